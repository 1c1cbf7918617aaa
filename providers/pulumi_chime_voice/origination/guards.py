"""The guards that only origination has: calls cannot be turned off while emergency calling is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.guards import Guards
from . import messages
from .routes import Settings

if TYPE_CHECKING:
    from ..engine.target import Target
    from ..errors import ApiError, RefusedError


class OriginationGuards(Guards[Settings]):
    """The guards of an origination."""

    emergency_calling = messages.EMERGENCY_CALLING

    def explain_rejection(self, target: Target, rejection: ApiError) -> RefusedError | None:
        """Returns the guard's own error if AWS's, which is not documented, is about emergency calling."""
        if "emergency" not in rejection.message.lower():
            return None
        request = f" (request {rejection.request_id})" if rejection.request_id else ""
        return target.blocked_error(messages.EMERGENCY_CALLING, request=request)
