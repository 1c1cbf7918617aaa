"""One validated request: its caller, its input, the options for undocumented behaviour and the state that it can see."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict, get_args

from chime_voice_emulator.model import ServiceError, bad_request, not_found
from chime_voice_emulator.store import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chime_voice_emulator.faults import Faults
    from chime_voice_emulator.model import Input
    from chime_voice_emulator.store import Connector, View

Result: TypeAlias = "Mapping[str, Any]"

EMPTY: Result = {}

NeverConfigured: TypeAlias = Literal["404", "absent", "off", "on"]
PutOmitted: TypeAlias = Literal["replace", "merge"]
EmergencyRefusal: TypeAlias = Literal["BadRequestException", "ForbiddenException", "AccessDeniedException"]
MostRoutes: TypeAlias = Literal["20", "10"]
PrivateHosts: TypeAlias = Literal["accept", "refuse"]
TwinRoutes: TypeAlias = Literal["keep", "merge", "refuse"]
SharedRegions: TypeAlias = Literal["no", "read", "write"]


class OptionValues(TypedDict, total=False):
    """The arguments of `Options`, for functions that pass them on."""

    never_configured: NeverConfigured
    put_omitted: PutOmitted
    emergency_refusal: EmergencyRefusal
    most_routes: MostRoutes
    private_hosts: PrivateHosts
    twin_routes: TwinRoutes
    shared_regions: SharedRegions | bool


def _described(values: object, text: str, *, without_value: str | None = None) -> dict[str, Any]:
    """Returns the metadata of an option: its choices, its help, and its value if the command line has it without one."""
    return {"choices": get_args(values), "help": text, "without_value": without_value}


@dataclass(frozen=True)
class Options:
    """Undocumented behaviour of the service. docs/emulator.md describes every value.

    Raises:
        ValueError: an option has no such value.
    """

    never_configured: NeverConfigured = field(
        default="404", metadata=_described(NeverConfigured, "Response of Get for settings that were never put.")
    )
    put_omitted: PutOmitted = field(
        default="replace", metadata=_described(PutOmitted, "How Put treats an omitted member.")
    )
    emergency_refusal: EmergencyRefusal = field(
        default="BadRequestException",
        metadata=_described(EmergencyRefusal, "Error if emergency calling blocks a change."),
    )
    most_routes: MostRoutes = field(
        default="20", metadata=_described(MostRoutes, "Maximum number of routes of a voice connector.")
    )
    private_hosts: PrivateHosts = field(
        default="accept", metadata=_described(PrivateHosts, "How Put treats private hosts (RFC 1918).")
    )
    twin_routes: TwinRoutes = field(
        default="keep",
        metadata=_described(TwinRoutes, "How Put treats two routes with the same host, port and protocol."),
    )
    shared_regions: SharedRegions | bool = field(
        default="no",
        metadata=_described(
            SharedRegions,
            "Whether a region's endpoint can read, or also modify, voice connectors of other regions. Without a value:"
            " write.",
            without_value="write",
        ),
    )

    def __post_init__(self) -> None:
        if isinstance(self.shared_regions, bool):
            object.__setattr__(self, "shared_regions", "write" if self.shared_regions else "no")
        for option in fields(self):
            value, choices = getattr(self, option.name), option.metadata["choices"]
            if value not in choices:
                raise ValueError(f"{option.name} is {value!r}; it must be one of {', '.join(map(repr, choices))}")


@dataclass(frozen=True)
class Caller:
    """The signer of a request, and the region of the endpoint that the request is for."""

    access_key: str
    account: str
    region: str


@dataclass(frozen=True)
class Call:
    """One request to an operation.

    Attributes:
        caller: the signer of the request.
        input: the validated input, by the model's member names.
        view: the stored state, within the transaction of this request.
        options: undocumented behaviour.
        faults: the read lag, and how long a new connector is not found.
        now: the time by the service's clock, in seconds since the epoch.
        real_now: the time by the machine's clock, likewise.
        sequence: the number of the request, which is different for each.
    """

    caller: Caller
    input: Input
    view: View
    options: Options
    faults: Faults
    now: float
    real_now: float
    sequence: int

    @property
    def connector_id(self) -> str:
        """The voice connector that the path names."""
        return str(self.input["VoiceConnectorId"])

    @property
    def scope(self) -> Scope:
        """The part of the state that the caller can see."""
        return Scope(self.caller.account, self.caller.region if self.options.shared_regions == "no" else None)

    def for_write(self, connector_id: str) -> Connector:
        """Returns the current state of a connector.

        Raises NotFoundException, or BadRequestException if the endpoint can only read the connector.
        """
        connector = self._find(connector_id)
        if connector is None or not self.is_visible(connector):
            raise _no_connector(connector_id)
        if self.options.shared_regions == "read" and connector.region != self.caller.region:
            raise bad_request(
                f"Voice Connector {connector_id} was created in {connector.region}:"
                " only the endpoint of that region can modify it."
            )
        return connector

    def for_read(self, connector_id: str) -> Connector:
        """Returns the state of a connector that a read sees, which can lag behind. Raises NotFoundException."""
        connector = self._find(connector_id)
        key = (self.caller.account, self.caller.region, connector_id) if connector is None else connector.key
        connector = self.view.lagging(key, connector)
        if connector is None or not self.is_visible(connector):
            raise _no_connector(connector_id)
        return connector

    def _find(self, connector_id: str) -> Connector | None:
        own = None
        if self.options.shared_regions == "read":
            # A seed can use one ID in several regions: prefer the connector that this endpoint can modify.
            own = self.view.connector(Scope(self.caller.account, self.caller.region), connector_id)
        return own or self.view.connector(self.scope, connector_id)

    def is_visible(self, connector: Connector) -> bool:
        """Whether the connector is old enough to be found."""
        return self.real_now - connector.appeared >= self.faults.not_found_after_create

    def never_configured(self, member: str, empty: Result) -> Result:
        """Returns the response of Get for settings that were never put; ``empty`` is the value for "off" and "on"."""
        if self.options.never_configured == "404":
            raise not_found("The Voice Connector has no such settings.")
        return EMPTY if self.options.never_configured == "absent" else {member: empty}

    def refuse_unconfigured(self, settings: object, name: str) -> None:
        """Raises NotFoundException if a Delete of settings that were never put (None) must fail."""
        if settings is None and self.options.never_configured == "404":
            raise not_found(f"The Voice Connector has no {name}.")

    def is_on(self, settings: Mapping[str, Any] | None) -> bool:
        """Whether origination or termination is on; its settings are None if they were never put."""
        return self.options.never_configured == "on" if settings is None else not settings["Disabled"]

    def emergency_error(self, message: str, *, of_put: bool = False) -> ServiceError:
        """Returns the error if emergency calling blocks a change.

        ``of_put`` is true if the operation is PutVoiceConnectorOrigination.
        """
        code = self.options.emergency_refusal
        # The model lists AccessDeniedException only for that operation.
        return ServiceError("ForbiddenException" if code == "AccessDeniedException" and not of_put else code, message)


def _no_connector(connector_id: str) -> ServiceError:
    # AWS's own text, from public reports (terraform-provider-aws 34218).
    return not_found(f"Could not find VoiceConnector with Id '{connector_id}'")
