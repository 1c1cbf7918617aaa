"""The guards, which block changes that would harm live calls: conflict, outside change, emergency calling.

The guards look at the live settings. In an apply they look for themselves; a preview hands them answers that it keeps
(`preview.py`), so that the engine's second check of a replacement costs no second call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..aws.failures import lacks_a_grant
from ..engine.base import NO_PERMISSION, UNAUTHORIZED, Target, confirmed
from ..engine.messages import CONFLICT, NOT_HERE, OUTSIDE_CHANGE, OUTSIDE_CHANGE_ON_DELETE
from ..engine.redaction import say
from ..errors import ApiError, NotFoundError, RefusedError
from . import messages
from . import routes as domain

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..errors import Message
    from .api import Answers, Reader
    from .routes import Settings


def emergency_calling_refused(target: Target, request_id: str | None = None) -> RefusedError:
    request = f" (request {request_id})" if request_id else ""
    return target.refused(messages.EMERGENCY_CALLING, request=request)


def is_blank(live: Settings | None) -> bool:
    """Whether no calls go anywhere. AWS does not document the response for a new connector; accept every variant."""
    return live is None or not live.routes


class Guards:
    """Asks, and refuses.

    Args:
        first: answers the first look.
        again: answers reads that must be fresh.
    """

    def __init__(self, first: Reader | Answers, again: Reader) -> None:
        self._first = first
        self._again = again

    def conflict(self, target: Target, wanted: Settings | None) -> Settings | None:
        """Before a create: blocks it if the live settings are different.

        Args:
            wanted: None if a preview does not know them yet; then nothing is blocked.

        Returns:
            The live settings; None if there are none.
        """
        live = _look(self._first, target)
        if live is None or is_blank(live) or wanted is None or wanted.is_met_by(live):
            return live
        raise target.refused(CONFLICT, live, found=domain.describe(live))

    def outside_change(self, target: Target, old: Settings, wanted: Settings | None) -> Settings | None:
        """Before an update: blocks it if the settings were changed outside Pulumi. `wanted` as above."""
        known = (old,) if wanted is None else (old, wanted)

        def accepted(live: Settings | None) -> bool:
            return live is not None and any(one.is_met_by(live) for one in known)

        live = _look(self._first, target)
        if wanted is None:
            return live
        live = self._patiently(target, live, accepted)
        if accepted(live) or self.is_gone(target, live):
            return live
        raise self._changed(target, OUTSIDE_CHANGE, old, live)

    def outside_change_on_delete(self, target: Target, old: Settings) -> Settings | None:
        """Before a delete: blocks it if the settings were changed outside Pulumi. Returns the live settings, or None.

        If no settings are found, it does not read again: the delete is sent anyway, and its response is more reliable.
        """

        def accepted(live: Settings | None) -> bool:
            return is_blank(live) or (live is not None and old.is_met_by(live))

        live = self._patiently(target, _look(self._first, target), accepted)
        if accepted(live):
            return live
        raise self._changed(target, OUTSIDE_CHANGE_ON_DELETE, old, live)

    def settled(self, target: Target, known: Settings) -> Settings | None:
        """What is live; that there is nothing, or no routes any more, is believed after a while.

        Args:
            known: the settings of the state.

        Raises:
            RefusedError: neither the settings nor the voice connector are there.
        """
        live = _look(self._first, target)
        # First, so that an error is raised immediately; a new voice connector may lag, too.
        seen = live is not None or target.is_seen(self._first.voice_connector)
        live = self._patiently(target, live, lambda live: live is not None and (is_blank(known) or not is_blank(live)))
        if live is None and not seen:
            self.is_gone(target, live)
        return live

    def is_gone(self, target: Target, live: Settings | None) -> bool:
        """Whether what is live is nothing. The voice connector itself has to answer for that.

        Disabled with no routes may be deliberate, so treat it as a change, not as deleted.

        Raises:
            RefusedError: it does not: these are other credentials, another region or endpoint, or it was deleted.
        """
        if live is not None:
            return is_blank(live) and not live.disabled
        if not target.is_seen(self._first.voice_connector):
            raise target.refused(NOT_HERE)
        return True

    def _patiently(
        self, target: Target, live: Settings | None, accepted: Callable[[Settings | None], bool]
    ) -> Settings | None:
        """Reads again while what is live is not accepted, since reads can lag behind writes."""
        if accepted(live):
            return live
        seconds = self._again.lag_seconds(target.region)
        return confirmed(lambda: _look(self._again, target), live, accepted, seconds)

    def _changed(self, target: Target, message: Message, old: Settings, live: Settings | None) -> RefusedError:
        return target.refused(message, live, differences=domain.differences(old, live or domain.Settings()))

    def emergency_calling(self, target: Target) -> None:
        """Before calls are turned off, deleted or moved: blocks the change if emergency calling is configured."""
        try:
            configured = self._first.has_emergency_calling(target.connector, target.region)
        except ApiError as error:
            if error.status not in NO_PERMISSION:
                raise
            say(_not_checked(error).say(connector=target.named))
            return
        if configured:
            raise emergency_calling_refused(target)


def _not_checked(error: ApiError) -> Message:
    """Why emergency calling was not checked: a grant helps only if AWS reports a missing permission."""
    if error.status == UNAUTHORIZED:
        return messages.EMERGENCY_NOT_ACCEPTED
    return messages.EMERGENCY_NOT_CHECKED if lacks_a_grant(error.message) else messages.EMERGENCY_REFUSED


def _look(reader: Reader | Answers, target: Target) -> Settings | None:
    try:
        return reader.get_origination(target.connector, target.region)
    except NotFoundError:
        return None
