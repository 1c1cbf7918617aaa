"""Defines what emergency calling adds to the lifecycle of a resource (`engine.lifecycle`). Runs in Pulumi's plugin.

States contain the import path of the class: it is ``pulumi_chime_voice.EmergencyCallingProvider`` permanently.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.change_checks import Change, ChangeChecks
from ..engine.guards import Guards
from ..engine.kinds import EMERGENCY_CALLING, ORIGINATION
from ..engine.lifecycle import ChimeProvider, Parts
from ..engine.target import NO_PERMISSION
from ..errors import ApiError
from . import messages
from .api import EMERGENCY_CALLING_API
from .inputs import EmergencyCallingInputs, settings_of, texts_of, with_secrets
from .numbers import COUNTRY, Numbers

if TYPE_CHECKING:
    from ..engine.claims import Claims
    from ..engine.run_file import Declaration
    from ..engine.target import Target
    from ..errors import Message, RefusedError

_NEEDED = ("origination", "termination", "enabled")
"""Words by which AWS's undocumented error names what is missing."""


class EmergencyCallingGuards(Guards[Numbers]):
    """The guards of emergency calling."""

    def block_write(self, target: Target, old: Numbers | None, wanted: Numbers | None) -> None:
        """Blocks a write that AWS would reject, because the program turns inbound calls off."""
        if any(each.turns_off for each in _declared_originations(self._claims, target)):
            raise target.blocked_error(messages.ORIGINATION_OFF)

    def explain_rejection(self, target: Target, rejection: ApiError) -> RefusedError | None:
        """Adds to AWS's undocumented error what emergency calling needs."""
        text = rejection.message.rstrip(".")
        if not any(word in text.lower() for word in _NEEDED):
            return None
        request = f" (request {rejection.request_id})" if rejection.request_id else ""
        return target.blocked_error(messages.REJECTED, said=text, request=request)


class EmergencyCallingChangeChecks(ChangeChecks[Numbers]):
    """Collects the warnings of a planned change: which countries lose emergency calling, and when AWS will reject it."""

    def _warn(self, change: Change[Numbers], live: Numbers | None) -> None:
        target = change.target
        if live is None or live.is_blank:
            if not _declared_originations(self._claims, target):
                self._warn_unless_enabled(change.name, target, "Origination", messages.NO_ORIGINATION)
            self._warn_unless_enabled(change.name, target, "Termination", messages.NO_TERMINATION)
        if change.old is not None and change.wanted is not None:
            lost = _countries(change.old) - _countries(change.wanted)
            if lost:
                countries = ", ".join(sorted(lost))
                self._log(change.name, messages.COUNTRY_LOST.format(connector=target.label, countries=countries))

    def _warn_unless_enabled(self, name: str, target: Target, settings: str, message: Message) -> None:
        """Warns if other settings are not enabled. It does not block, because another resource or tool may enable them."""
        try:
            if not self._client.is_enabled(settings, target.connector, target.region):
                self._log(name, message.format(connector=target.label))
        except ApiError as error:
            if error.status not in NO_PERMISSION:
                raise
            text = messages.NOT_CHECKED.format(connector=target.label, settings=settings.lower(), operation=settings)
            self._log(name, text)


def _countries(numbers: Numbers) -> set[str]:
    return {number[COUNTRY] for number in numbers.by_key.values()}


def _declared_originations(claims: Claims, target: Target) -> list[Declaration]:
    """Returns the originations that the program declares for a voice connector, as far as is known now."""
    return claims.memory.declarations(target.urn).of_connector(ORIGINATION.name, target.connector)


class EmergencyCallingProvider(ChimeProvider[Numbers]):
    """Emergency calling of an Amazon Chime SDK Voice Connector, created, read, updated and deleted."""

    parts = Parts(
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


EmergencyCallingProvider.__module__ = "pulumi_chime_voice"
