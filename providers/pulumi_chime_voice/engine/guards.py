"""Blocks changes that would harm live calls, for every kind of settings: conflict and outside change. Runs in Pulumi's plugin.

The guards look at the live settings. In an apply they look for themselves; a preview hands them answers that it keeps
(`preview.py`), so that the engine's second check of a replacement costs no second call.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from ..errors import NotFoundError, RefusedError
from .messages import CONFLICT, NO_SUCH_CONNECTOR, NOT_HERE, OUTSIDE_CHANGE, OUTSIDE_CHANGE_ON_DELETE, STORED
from .settings import CachedReads, LiveReads, S
from .target import Target, read_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..errors import Message


class Guards(Generic[S]):
    """Asks, and refuses.

    Args:
        first: answers the first look.
        again: answers reads that must be fresh.
    """

    def __init__(self, first: LiveReads[S] | CachedReads[S], again: LiveReads[S]) -> None:
        self._first = first
        self._again = again

    def conflict(self, target: Target, wanted: S | None, old: S | None = None) -> S | None:
        """Before a create: blocks it if the live settings are different.

        Args:
            wanted: None if a preview does not know them yet; then nothing is blocked.
            old: what the state had there, if this create is half of a replacement on the same voice connector.

        Returns:
            The live settings; None if there are none.
        """
        live = _look(self._first, target)
        if live is None or live.is_blank or wanted is None or wanted.is_satisfied_by(live):
            return live
        if old is not None and old.is_satisfied_by(live) and not old.overlooks(live, wanted):
            return live
        raise target.blocked_error(CONFLICT, live, found=live.describe())

    def outside_change(self, target: Target, old: S, wanted: S | None) -> S | None:
        """Before an update: blocks it if the settings were changed outside Pulumi. `wanted` as above."""
        known = (old,) if wanted is None else (old, wanted)

        def is_expected(live: S | None) -> bool:
            return live is not None and any(settings.is_satisfied_by(live) for settings in known)

        def accepted(live: S | None) -> bool:
            return is_expected(live) and not (wanted is not None and old.overlooks(live, wanted))

        live = _look(self._first, target)
        if wanted is None:
            return live
        live = self._reread_until(target, live, accepted)
        if accepted(live) or self.is_gone(target, live):
            return live
        if live is not None and is_expected(live):
            raise target.blocked_error(STORED, live, found=live.describe())
        raise self._changed(target, OUTSIDE_CHANGE, old, live)

    def outside_change_on_delete(self, target: Target, old: S) -> S | None:
        """Before a delete: blocks it if the settings were changed outside Pulumi. Returns the live settings, or None.

        If no settings are found, it does not read again: the delete is sent anyway, and its response is more reliable.
        """

        def accepted(live: S | None) -> bool:
            return live is None or live.is_blank or old.is_satisfied_by(live)

        live = self._reread_until(target, _look(self._first, target), accepted)
        if accepted(live):
            return live
        raise self._changed(target, OUTSIDE_CHANGE_ON_DELETE, old, live)

    def read_confirmed(self, target: Target, known: S) -> S | None:
        """What is live; that there is nothing, or nothing with an effect any more, is believed after a while.

        Args:
            known: the settings of the state.

        Raises:
            RefusedError: neither the settings nor the voice connector are there.
        """
        live = _look(self._first, target)
        # First, so that an error is raised immediately; a new voice connector may lag, too.
        seen = live is not None or target.connector_exists(self._first.voice_connector)
        live = self._reread_until(target, live, lambda live: live is not None and (known.is_blank or not live.is_blank))
        if live is None and not seen:
            self.is_gone(target, live)
        return live

    def is_gone(self, target: Target, live: S | None, *, has_answered: bool = False) -> bool:
        """Whether the settings are gone. Confirmed by reading the voice connector itself.

        Args:
            has_answered: whether the service has found the voice connector in this run: then it was deleted since, for example
                by this run, if it stays away as long as reads may lag.

        Raises:
            RefusedError: it is not found: these are other credentials, another region or endpoint, or it was deleted before.
        """
        if live is not None:
            return live.is_absent
        if target.connector_exists(self._first.voice_connector):
            return True
        if has_answered:
            seconds = self._again.lag_seconds(target.region)
            read_until(lambda: target.connector_exists(self._again.voice_connector), False, bool, seconds)
            return True
        raise target.blocked_error(NOT_HERE, service=self._again.endpoint_note(target.region))

    def no_such_connector(self, target: Target, regions: str = "") -> RefusedError:
        """Returns the refusal of a voice connector that the service does not know."""
        service = self._again.endpoint_note(target.region)
        return target.blocked_error(NO_SUCH_CONNECTOR, service=service, regions=regions)

    def _reread_until(self, target: Target, live: S | None, accepted: Callable[[S | None], bool]) -> S | None:
        """Reads again while what is live is not accepted, since reads can lag behind writes."""
        if accepted(live):
            return live
        seconds = self._again.lag_seconds(target.region)
        return read_until(lambda: _look(self._again, target), live, accepted, seconds)

    def _changed(self, target: Target, message: Message, old: S, live: S | None) -> RefusedError:
        return target.blocked_error(message, live, differences=old.differences(live))


def _look(reader: LiveReads[S] | CachedReads[S], target: Target) -> S | None:
    try:
        return reader.settings(target.connector, target.region)
    except NotFoundError:
        return None
