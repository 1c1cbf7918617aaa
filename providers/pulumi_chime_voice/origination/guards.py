"""What would hurt live calls, refused before anything is sent: conflict, outside change, emergency calling.

The guards look at the live settings. In an apply they look for themselves; a preview hands them answers that it keeps
(`preview.py`), so that the engine's second check of a replacement costs no second call.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ..aws.failures import lacks_a_grant
from ..engine.redaction import say
from ..errors import ApiError, NotFoundError, RefusedError
from . import messages
from . import routes as domain

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..aws.client import VoiceConnector
    from .routes import Settings

LAG_SECONDS = 10.0
"""How long a read may answer what was there before a write, until the difference is believed; "gone" is one, too."""
LAG_PAUSE_SECONDS = 1.0

UNAUTHORIZED = 401
NO_PERMISSION = (UNAUTHORIZED, 403)


@dataclass(frozen=True)
class Place:
    """Where a change goes, and which: what the sentences begin with."""

    connector: str
    region: str
    doing: str
    urn: str | None = None

    @property
    def named(self) -> str:
        return f"Voice Connector {self.connector} ({self.region})"

    def refused(self, message: messages.Message, live: Settings | None = None, **values: object) -> RefusedError:
        values = {
            "connector": self.named,
            "id": self.connector,
            "region": self.region,
            "doing": self.doing,
            "urn": self.urn or "<URN>",
            **values,
        }
        return RefusedError(message.say(**values), live=live)

    def refused_for_emergency_calling(self, request_id: str | None = None) -> RefusedError:
        request = f" (request {request_id})" if request_id else ""
        return self.refused(messages.EMERGENCY_CALLING, request=request)


class Looks(Protocol):
    """What the guards ask the service."""

    def get_origination(self, connector: str, region: str) -> Settings | None: ...

    def voice_connector(self, connector: str, region: str) -> VoiceConnector: ...

    def has_emergency_calling(self, connector: str, region: str) -> bool: ...


def is_blank(live: Settings | None) -> bool:
    """Whether no calls go anywhere. What AWS answers of a fresh connector is not documented: be right with all of it."""
    return live is None or not live.routes


class Guards:
    """Asks, and refuses.

    Args:
        first: answers the first look.
        again: answers a look that has to be fresh.
    """

    def __init__(self, first: Looks, again: Looks) -> None:
        self._first = first
        self._again = again

    def conflict(self, place: Place, wanted: Settings | None) -> Settings | None:
        """Before a create: refuses to overwrite settings that are not wanted.

        Args:
            wanted: None where a preview does not know them yet; then nothing is guessed, and nothing refused.

        Returns:
            What is live; None where there is nothing.
        """
        live = _look(self._first, place)
        if live is None or is_blank(live) or wanted is None or wanted.is_met_by(live):
            return live
        raise place.refused(messages.CONFLICT, live, found=domain.describe(live))

    def outside_change(self, place: Place, old: Settings, wanted: Settings | None) -> Settings | None:
        """Before an update: refuses to undo what somebody changed since the last up. `wanted` as above."""
        known = (old,) if wanted is None else (old, wanted)

        def accepted(live: Settings | None) -> bool:
            return live is not None and any(one.is_met_by(live) for one in known)

        live = _look(self._first, place)
        if wanted is None:
            return live
        live = self._patiently(place, live, accepted)
        if accepted(live) or self.is_gone(place, live):
            return live
        raise self._changed(place, messages.OUTSIDE_CHANGE, old, live)

    def outside_change_on_delete(self, place: Place, old: Settings) -> Settings | None:
        """Before a delete: refuses to delete what somebody changed. What is live; None where nothing is left to see.

        Nothing is not waited for: a delete is sent all the same, whose answer says more than that of a read.
        """

        def accepted(live: Settings | None) -> bool:
            return is_blank(live) or (live is not None and old.is_met_by(live))

        live = self._patiently(place, _look(self._first, place), accepted)
        if accepted(live):
            return live
        raise self._changed(place, messages.OUTSIDE_CHANGE_ON_DELETE, old, live)

    def settled(self, place: Place, known: Settings) -> Settings | None:
        """What is live; that there is nothing, or no routes any more, is believed after a while.

        Args:
            known: the settings of the state.

        Raises:
            RefusedError: neither the settings nor the voice connector are there.
        """
        live = _look(self._first, place)
        # Asked first, so that what keeps it from answering is told at once; a new voice connector may lag, too.
        seen = live is not None or self._is_seen(place)
        live = self._patiently(place, live, lambda live: live is not None and (is_blank(known) or not is_blank(live)))
        if live is None and not seen:
            self.is_gone(place, live)
        return live

    def _is_seen(self, place: Place) -> bool:
        try:
            self._first.voice_connector(place.connector, place.region)
        except NotFoundError:
            return False
        return True

    def is_gone(self, place: Place, live: Settings | None) -> bool:
        """Whether what is live is nothing. The voice connector itself has to answer for that.

        Off without routes may be somebody's doing, so it is not taken for gone; on without routes takes no calls.

        Raises:
            RefusedError: it does not: these are other credentials, another region or endpoint, or it was deleted.
        """
        if live is not None:
            return is_blank(live) and not live.disabled
        if not self._is_seen(place):
            raise place.refused(messages.NOT_HERE)
        return True

    def _patiently(
        self, place: Place, live: Settings | None, accepted: Callable[[Settings | None], bool]
    ) -> Settings | None:
        """Reads again while what is live is not accepted, since reads can lag behind writes."""
        deadline = time.monotonic() + LAG_SECONDS
        while not accepted(live) and time.monotonic() < deadline:
            time.sleep(LAG_PAUSE_SECONDS)
            live = _look(self._again, place)
        return live

    def _changed(self, place: Place, message: messages.Message, old: Settings, live: Settings | None) -> RefusedError:
        return place.refused(message, live, differences=domain.differences(old, live or domain.Settings()))

    def emergency_calling(self, place: Place) -> None:
        """Before calls are turned off, deleted or left: refuses where emergency calling is configured."""
        try:
            configured = self._first.has_emergency_calling(place.connector, place.region)
        except ApiError as error:
            if error.status not in NO_PERMISSION:
                raise
            say(_not_checked(error).say(connector=place.named))
            return
        if configured:
            raise place.refused_for_emergency_calling()


def _not_checked(error: ApiError) -> messages.Message:
    """Why emergency calling was not checked: a grant helps only where AWS says that one is missing."""
    if error.status == UNAUTHORIZED:
        return messages.EMERGENCY_NOT_ACCEPTED
    return messages.EMERGENCY_NOT_CHECKED if lacks_a_grant(error.message) else messages.EMERGENCY_REFUSED


def _look(looks: Looks, place: Place) -> Settings | None:
    try:
        return looks.get_origination(place.connector, place.region)
    except NotFoundError:
        return None
