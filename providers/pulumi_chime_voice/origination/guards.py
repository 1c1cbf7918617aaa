"""The guard that only origination has: calls cannot be turned off while emergency calling is configured."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from ..aws.failures import is_missing_permission
from ..engine.guards import Guards
from ..engine.redaction import say
from ..engine.target import NO_PERMISSION, UNAUTHORIZED, read_until
from ..errors import ApiError
from . import messages
from .routes import Settings

if TYPE_CHECKING:
    from ..engine.settings import CachedReads, LiveReads
    from ..engine.target import Target
    from ..errors import Message, RefusedError


def emergency_calling_refused(target: Target, request_id: str | None = None) -> RefusedError:
    request = f" (request {request_id})" if request_id else ""
    return target.blocked_error(messages.EMERGENCY_CALLING, request=request)


class OriginationGuards(Guards[Settings]):
    """The guards of an origination."""

    def emergency_calling(self, target: Target, *, patient: bool = False) -> None:
        """Before calls are turned off, deleted or moved: blocks the change if emergency calling is configured.

        Args:
            patient: read again before it is believed: it may have just been deleted, or be deleted at the same time.
        """

        def is_configured(reader: LiveReads[Settings] | CachedReads[Settings]) -> bool:
            return reader.has_emergency_calling(target.connector, target.region)

        try:
            configured = is_configured(self._first)
            if patient:
                seconds = self._again.lag_seconds(target.region)
                configured = read_until(lambda: is_configured(self._again), configured, operator.not_, seconds)
        except ApiError as error:
            if error.status not in NO_PERMISSION:
                raise
            say(_not_checked(error).format(connector=target.label))
            return
        if configured:
            raise emergency_calling_refused(target)


def _not_checked(error: ApiError) -> Message:
    """Why emergency calling was not checked: a grant helps only if AWS reports a missing permission."""
    if error.status == UNAUTHORIZED:
        return messages.EMERGENCY_NOT_ACCEPTED
    return messages.EMERGENCY_NOT_CHECKED if is_missing_permission(error.message) else messages.EMERGENCY_REFUSED
