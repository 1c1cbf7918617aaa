"""The guard that only origination has: calls cannot be turned off while emergency calling is configured."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from ..aws.failures import is_missing_permission
from ..engine.guards import Guards
from ..engine.kinds import EMERGENCY_CALLING
from ..engine.redaction import log
from ..engine.target import NO_PERMISSION, UNAUTHORIZED, read_until
from ..errors import ApiError
from . import messages
from .routes import Settings

if TYPE_CHECKING:
    from ..engine.reads import CachedReads, LiveReads
    from ..engine.target import Target
    from ..errors import Message, RefusedError


class OriginationGuards(Guards[Settings]):
    """The guards of an origination."""

    def block_write(self, target: Target, old: Settings | None, wanted: Settings | None) -> None:
        if wanted is not None and wanted.disabled and not (old and old.disabled):
            self.emergency_calling(target)

    def block_delete(self, target: Target) -> None:
        if (EMERGENCY_CALLING.name, target.connector) not in self._claims.memory.deleted:
            self.emergency_calling(target, rereads=True)

    def explain_rejection(self, target: Target, rejection: ApiError) -> RefusedError | None:
        """Returns the guard's own error if AWS's, which is not documented, is about emergency calling."""
        if "emergency" not in rejection.message.lower():
            return None
        request = f" (request {rejection.request_id})" if rejection.request_id else ""
        return target.blocked_error(messages.EMERGENCY_CALLING, request=request)

    def emergency_calling(self, target: Target, *, rereads: bool = False) -> None:
        """Before calls are turned off, deleted or moved: blocks the change if emergency calling is configured.

        Args:
            rereads: whether to read again if it is configured: it may have just been deleted, or be deleted at the same time.
        """

        def is_configured(reads: LiveReads[Settings] | CachedReads[Settings]) -> bool:
            return reads.has_emergency_calling(target.connector, target.region)

        try:
            configured = is_configured(self._first)
            if rereads:
                seconds = self._lag_seconds(target)
                configured = read_until(lambda: is_configured(self._again), configured, operator.not_, seconds)
        except ApiError as error:
            if error.status not in NO_PERMISSION:
                raise
            log(_not_checked(error).format(connector=target.label))
            return
        if configured:
            raise target.blocked_error(messages.EMERGENCY_CALLING, request="")


def _not_checked(error: ApiError) -> Message:
    """Returns why emergency calling was not checked: a grant helps only if AWS reports a missing permission."""
    if error.status == UNAUTHORIZED:
        return messages.EMERGENCY_NOT_ACCEPTED
    return messages.EMERGENCY_NOT_CHECKED if is_missing_permission(error.message) else messages.EMERGENCY_REFUSED
