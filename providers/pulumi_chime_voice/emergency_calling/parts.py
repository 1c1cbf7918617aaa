"""Assembles what emergency calling adds to the lifecycle of a resource (`engine.lifecycle`). Runs in Pulumi's plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.change_checks import Change, ChangeChecks
from ..engine.guards import Guards
from ..engine.kinds import EMERGENCY_CALLING, ORIGINATION
from ..engine.lifecycle import Parts
from ..engine.target import NO_PERMISSION
from ..errors import ApiError
from . import messages
from .api import EMERGENCY_CALLING_API
from .inputs import EmergencyCallingInputs, texts_of, with_secrets
from .numbers import Numbers, settings_of

if TYPE_CHECKING:
    from ..engine.claims import Claims
    from ..engine.run_file import Declaration
    from ..engine.target import Target
    from ..errors import Message


class EmergencyCallingGuards(Guards[Numbers]):
    """The guards of emergency calling."""

    rejections = dict.fromkeys(("origination", "termination", "enabled"), messages.REJECTED)

    def block_write(self, target: Target, old: Numbers | None, wanted: Numbers | None) -> None:
        """Blocks a write that AWS would reject, because the program turns inbound calls off."""
        if any(declared.turns_off for declared in _declared_originations(self._claims, target)):
            raise target.blocked_error(messages.ORIGINATION_OFF)


class EmergencyCallingChangeChecks(ChangeChecks[Numbers]):
    """Logs the warnings of a planned change: which countries lose emergency calling, and when AWS will reject it."""

    def _warn(self, change: Change[Numbers], live: Numbers | None) -> None:
        if live is None or live.is_blank:
            if change.old and not change.overwrite:
                self._log(change, messages.NUMBERS_GONE)
            if not _declared_originations(self._claims, change.target):
                self._warn_unless_enabled(change, "Origination", messages.NO_ORIGINATION)
            self._warn_unless_enabled(change, "Termination", messages.NO_TERMINATION)
        if change.old and change.wanted and (lost := change.old.countries - change.wanted.countries):
            self._log(change, messages.COUNTRY_LOST, countries=", ".join(sorted(lost)))

    def _warn_unless_enabled(self, change: Change[Numbers], settings: str, message: Message) -> None:
        """Warns if other settings are not enabled. It does not block, because another resource or tool may enable them."""
        try:
            if not self._client.is_enabled(settings, change.target.connector, change.target.region):
                self._log(change, message)
        except ApiError as error:
            if error.status not in NO_PERMISSION:
                raise
            self._log(change, messages.NOT_CHECKED, settings=settings.lower(), operation=settings)


def _declared_originations(claims: Claims, target: Target) -> list[Declaration]:
    """Returns the originations that the program declares for a voice connector, as far as is known now."""
    return claims.memory.declarations(target.urn).of_connector(ORIGINATION.name, target.connector)


PARTS = Parts(
    kind=EMERGENCY_CALLING,
    api=EMERGENCY_CALLING_API,
    inputs=EmergencyCallingInputs,
    settings_of=settings_of,
    texts_of=texts_of,
    with_secrets=with_secrets,
    guards=EmergencyCallingGuards,
    change_checks=EmergencyCallingChangeChecks,
    is_always_secret=True,
)
