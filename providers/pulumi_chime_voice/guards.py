"""What would hurt live calls, refused before anything is sent: conflict, outside change, emergency calling.

The guards look at the live settings. In an apply they look for themselves; a preview hands them answers that it keeps
(`preview.py`), so that the engine's second check of a replacement costs no second call.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pulumi

from . import messages
from . import routes as domain
from .errors import ApiError, NotFoundError, RefusedError
from .sentences import lacks_a_grant

if TYPE_CHECKING:
    from .routes import Settings

LAG_SECONDS = 10.0
"""How long a read may answer what was there before a write of ours, until the difference is believed."""
LAG_PAUSE_SECONDS = 1.0

UNAUTHORIZED = 401
NO_PERMISSION = (UNAUTHORIZED, 403)


@dataclass(frozen=True)
class Place:
    """Where a change goes, and which: what the sentences begin with."""

    connector: str
    region: str
    doing: str

    @property
    def named(self) -> str:
        return f"Voice Connector {self.connector} ({self.region})"

    def refused(self, message: messages.Message, live: Settings | None = None, **values: object) -> RefusedError:
        values = {"connector": self.named, "id": self.connector, "region": self.region, "doing": self.doing, **values}
        return RefusedError(message.say(**values), live=live)

    def refused_for_emergency_calling(self, request_id: str | None = None) -> RefusedError:
        request = f" (request {request_id})" if request_id else ""
        return self.refused(messages.EMERGENCY_CALLING, request=request)


class Looks(Protocol):
    """What the guards ask the service."""

    def get_origination(self, connector: str, region: str) -> Settings | None: ...

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
            # Off without routes may be somebody's doing, so it is not taken for gone; on without routes takes no calls.
            return live is None or (is_blank(live) and not live.disabled) or any(one.is_met_by(live) for one in known)

        live = _look(self._first, place)
        if wanted is None and not accepted(live):
            return live
        deadline = time.monotonic() + LAG_SECONDS
        while not accepted(live):
            live = self._look_again(place, live, deadline, messages.OUTSIDE_CHANGE, old)
        return live

    def outside_change_on_delete(self, place: Place, old: Settings) -> bool:
        """Before a delete: refuses to delete what somebody changed. False where nothing is left to delete."""
        live = _look(self._first, place)
        deadline = time.monotonic() + LAG_SECONDS
        while live is not None and not is_blank(live) and not old.is_met_by(live):
            live = self._look_again(place, live, deadline, messages.OUTSIDE_CHANGE_ON_DELETE, old)
        return live is not None

    def _look_again(
        self, place: Place, live: Settings | None, deadline: float, message: messages.Message, old: Settings
    ) -> Settings | None:
        """A fresh look after a pause, since reads can lag behind writes; refuses once the time for that is over."""
        if time.monotonic() >= deadline and live is not None:
            raise place.refused(message, live, differences=domain.differences(old, live))
        time.sleep(LAG_PAUSE_SECONDS)
        return _look(self._again, place)

    def emergency_calling(self, place: Place) -> None:
        """Before calls are turned off, deleted or left: refuses where emergency calling is configured."""
        try:
            configured = self._first.has_emergency_calling(place.connector, place.region)
        except ApiError as error:
            if error.status not in NO_PERMISSION:
                raise
            pulumi.log.warn(_not_checked(error).say(connector=place.named))
            return
        if configured:
            raise place.refused_for_emergency_calling()


def _not_checked(error: ApiError) -> messages.Message:
    """Why emergency calling was not checked: a grant helps only where AWS says that one is missing."""
    if error.status == UNAUTHORIZED:
        return messages.EMERGENCY_NOT_ACCEPTED
    return messages.EMERGENCY_NOT_CHECKED if lacks_a_grant(error.message) else messages.EMERGENCY_REFUSED


def live_in(error: Exception) -> Settings | None:
    """The settings that a refusal names, so that they can be taken out of it where they are secret."""
    return error.live if isinstance(error, RefusedError) else None


def _look(looks: Looks, place: Place) -> Settings | None:
    try:
        return looks.get_origination(place.connector, place.region)
    except NotFoundError:
        return None
