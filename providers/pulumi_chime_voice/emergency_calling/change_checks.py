"""What a preview says about a planned change of emergency calling: which countries lose it, and when AWS will reject it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.change_checks import Change, ChangeChecks
from ..engine.guards import Guards
from ..engine.kinds import ORIGINATION
from ..engine.settings import CachedReads
from ..engine.target import NO_PERMISSION
from ..errors import ApiError
from . import messages
from .numbers import COUNTRY, Numbers

if TYPE_CHECKING:
    from ..aws.client import ChimeSdkVoice
    from ..engine.claims import Claims
    from ..engine.run_file import Declaration
    from ..engine.settings import LiveReads
    from ..engine.target import Target
    from ..errors import Message


class EmergencyCallingChangeChecks(ChangeChecks[Numbers]):
    """Collects the errors and warnings of a planned change of emergency calling."""

    def __init__(self, client: ChimeSdkVoice, claims: Claims, reader: LiveReads[Numbers]) -> None:
        answers = CachedReads(client, reader)
        super().__init__(answers, Guards(answers, reader))
        self._client = client
        self._claims = claims

    def _block_write(self, change: Change[Numbers]) -> None:
        if any(each.turns_off for each in self._originations(change.target.connector)):
            raise change.target.blocked_error(messages.ORIGINATION_OFF)

    def _warn(self, change: Change[Numbers], live: Numbers | None) -> None:
        target = change.target
        if live is None or live.is_blank:
            if not self._originations(target.connector):
                self._warn_unless_enabled(change.name, target, "Origination", messages.NO_ORIGINATION)
            self._warn_unless_enabled(change.name, target, "Termination", messages.NO_TERMINATION)
        if change.old is not None and change.wanted is not None:
            left = _countries(change.old) - _countries(change.wanted)
            if left:
                said = messages.COUNTRY_LOST.format(connector=target.label, countries=", ".join(sorted(left)))
                self._say(change.name, said)

    def _originations(self, connector: str) -> list[Declaration]:
        """Returns the originations that the program declares for the voice connector, as far as is known now."""
        return self._claims.memory.declarations().of_connector(ORIGINATION.name, connector)

    def _warn_unless_enabled(self, name: str, target: Target, settings: str, message: Message) -> None:
        """A warning only: another resource of the program, or another tool, may enable it in time."""
        try:
            if not self._client.is_enabled(settings, target.connector, target.region):
                self._say(name, message.format(connector=target.label))
        except ApiError as error:
            if error.status not in NO_PERMISSION:
                raise
            said = messages.NOT_CHECKED.format(connector=target.label, settings=settings.lower(), operation=settings)
            self._say(name, said)


def _countries(numbers: Numbers) -> set[str]:
    return {number[COUNTRY] for number in numbers.by_key.values()}
