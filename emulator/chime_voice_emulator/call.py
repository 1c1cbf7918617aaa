"""One request, understood: who calls, with what input, and what of the stored state it may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from chime_voice_emulator.errors import ServiceError, bad_request, not_found
from chime_voice_emulator.records import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chime_voice_emulator.faults import Faults
    from chime_voice_emulator.model import Input
    from chime_voice_emulator.options import Options
    from chime_voice_emulator.records import Connector
    from chime_voice_emulator.signature import Caller
    from chime_voice_emulator.store import View

Result: TypeAlias = "Mapping[str, Any]"

NOTHING: Result = {}


@dataclass(frozen=True)
class Call:
    """One request to an operation.

    Attributes:
        caller: who signed it.
        input: its input, checked, by the model's member names.
        view: the stored state, within this request's transaction.
        options: what AWS does not document.
        faults: what lags behind and what is not found yet.
        now: the time by the service's clock, in seconds since the epoch.
        real_now: the time by the machine's clock, likewise.
        turn: a number that is another one at each request.
    """

    caller: Caller
    input: Input
    view: View
    options: Options
    faults: Faults
    now: float
    real_now: float
    turn: int

    @property
    def connector_id(self) -> str:
        """The voice connector that the path names."""
        return str(self.input["VoiceConnectorId"])

    @property
    def world(self) -> World:
        """The part of the store that the caller sees."""
        return World(self.caller.account, self.caller.region if self.options.regions == "no" else None)

    def current(self, connector_id: str) -> Connector:
        """The connector as it is, for a write. Raises NotFoundException, and BadRequestException if it may only be read."""
        connector = self._found(connector_id)
        if connector is None or not self.appears(connector):
            raise _no_connector(connector_id)
        if self.options.regions == "read" and connector.region != self.caller.region:
            raise bad_request(
                f"Voice Connector {connector_id} was created in {connector.region}:"
                " only the endpoint of that region can modify it."
            )
        return connector

    def seen(self, connector_id: str) -> Connector:
        """The connector as a read sees it, which may lag behind. Raises NotFoundException."""
        connector = self._found(connector_id)
        if self.faults.read_lag:
            region = self.caller.region if connector is None else connector.region
            key = (self.caller.account, region, connector_id)
            connector = self.view.lagging(key, connector, self.faults.read_lag, self.real_now)
        if connector is None or not self.appears(connector):
            raise _no_connector(connector_id)
        return connector

    def _found(self, connector_id: str) -> Connector | None:
        own = None
        if self.options.regions == "read":
            # A seed can give one ID to connectors of several regions: the one that may be modified goes first.
            own = self.view.connector(World(self.caller.account, self.caller.region), connector_id)
        return own or self.view.connector(self.world, connector_id)

    def appears(self, connector: Connector) -> bool:
        """Whether a connector is old enough to be found."""
        return self.real_now - connector.appeared >= self.faults.not_found_after_create

    def never_configured(self, member: str, empty: Result) -> Result:
        """What Get says of settings that are not there, with ``empty`` where they are said to be empty."""
        if self.options.never_configured == "404":
            raise not_found("The Voice Connector has no such settings.")
        return NOTHING if self.options.never_configured == "absent" else {member: empty}

    def refusal(self, message: str, *, of_put: bool = False) -> ServiceError:
        """The error where emergency calling is in the way; `of_put` of PutVoiceConnectorOrigination."""
        code = self.options.emergency_refusal
        # The model lists it for that operation only.
        return ServiceError("ForbiddenException" if code == "AccessDeniedException" and not of_put else code, message)


def _no_connector(connector_id: str) -> ServiceError:
    return not_found(f"Voice Connector {connector_id} does not exist.")
