"""One validated request: its caller, its input, the options for undocumented behaviour and the state that it can see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

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
MostRoutes: TypeAlias = Literal["10", "20"]
PrivateHosts: TypeAlias = Literal["accept", "refuse"]
TwinRoutes: TypeAlias = Literal["keep", "merge", "refuse"]
SharedRegions: TypeAlias = Literal["no", "read", "write"]

NEVER_CONFIGURED: tuple[NeverConfigured, ...] = get_args(NeverConfigured)
PUT_OMITTED: tuple[PutOmitted, ...] = get_args(PutOmitted)
EMERGENCY_REFUSAL: tuple[EmergencyRefusal, ...] = get_args(EmergencyRefusal)
MOST_ROUTES: tuple[MostRoutes, ...] = get_args(MostRoutes)
PRIVATE_HOSTS: tuple[PrivateHosts, ...] = get_args(PrivateHosts)
TWIN_ROUTES: tuple[TwinRoutes, ...] = get_args(TwinRoutes)
SHARED_REGIONS: tuple[SharedRegions, ...] = get_args(SharedRegions)


@dataclass(frozen=True)
class Caller:
    """The signer of a request, and the region of the endpoint that the request is for."""

    access_key: str
    account: str
    region: str


@dataclass(frozen=True)
class Options:
    """Undocumented behaviour of the service.

    Attributes:
        never_configured: the response of Get for settings that were never put, or were deleted: ``"404"`` a
            NotFoundException, ``"absent"`` a 200 without the member, ``"off"`` empty and disabled, ``"on"`` empty and not
            disabled. It also applies to emergency calling, for which ``"off"`` and ``"on"`` both mean an empty list.
        put_omitted: how PutVoiceConnectorOrigination treats an omitted member: ``"replace"`` sets it to its default (no
            routes, not disabled), ``"merge"`` keeps the current value, or the value that Get returns if none was put.
        emergency_refusal: the error for disabling or deleting origination while emergency calling is configured, and for
            configuring emergency calling while origination is disabled. The model lists AccessDeniedException only for
            PutVoiceConnectorOrigination; the other operations then return a ForbiddenException.
        most_routes: the maximum number of routes of a connector; AWS's pages state both ``"10"`` and ``"20"``.
        private_hosts: whether private hosts (RFC 1918) are accepted; AWS's pages require hosts to be "publicly routable".
        twin_routes: how Put treats two routes with the same host, port and protocol: ``"keep"`` stores both, ``"merge"``
            stores the last one, ``"refuse"`` rejects the request.
        shared_regions: what a region's endpoint does with voice connectors of other regions: ``"no"`` (or False) hides them,
            ``"read"`` allows reads, ``"write"`` (or True) allows reads and writes. AWS documents that only the endpoint of
            the region in which a voice connector was created can modify it, but not the error of the others. The emulator
            returns a BadRequestException, which the model lists for each of the operations.

    Raises:
        ValueError: a value is not valid.
    """

    never_configured: NeverConfigured = "404"
    put_omitted: PutOmitted = "replace"
    emergency_refusal: EmergencyRefusal = "BadRequestException"
    shared_regions: SharedRegions | bool = False
    most_routes: MostRoutes = "20"
    private_hosts: PrivateHosts = "accept"
    twin_routes: TwinRoutes = "keep"

    def __post_init__(self) -> None:
        _one_of("never_configured", self.never_configured, NEVER_CONFIGURED)
        _one_of("put_omitted", self.put_omitted, PUT_OMITTED)
        _one_of("emergency_refusal", self.emergency_refusal, EMERGENCY_REFUSAL)
        _one_of("most_routes", self.most_routes, MOST_ROUTES)
        _one_of("private_hosts", self.private_hosts, PRIVATE_HOSTS)
        _one_of("twin_routes", self.twin_routes, TWIN_ROUTES)
        _one_of("shared_regions", self.regions, SHARED_REGIONS)

    @property
    def regions(self) -> SharedRegions:
        """`shared_regions` by name, also if it is a boolean."""
        if isinstance(self.shared_regions, bool):
            return "write" if self.shared_regions else "no"
        return self.shared_regions


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(allowed)}")


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
        return Scope(self.caller.account, self.caller.region if self.options.regions == "no" else None)

    def for_write(self, connector_id: str) -> Connector:
        """The current state of a connector. Raises NotFoundException, or BadRequestException if the endpoint can only read it."""
        connector = self._find(connector_id)
        if connector is None or not self.is_visible(connector):
            raise _no_connector(connector_id)
        if self.options.regions == "read" and connector.region != self.caller.region:
            raise bad_request(
                f"Voice Connector {connector_id} was created in {connector.region}:"
                " only the endpoint of that region can modify it."
            )
        return connector

    def for_read(self, connector_id: str) -> Connector:
        """The state of a connector that a read sees, which can lag behind. Raises NotFoundException."""
        connector = self._find(connector_id)
        if self.faults.read_lag:
            region = self.caller.region if connector is None else connector.region
            key = (self.caller.account, region, connector_id)
            connector = self.view.lagging(key, connector, self.faults.read_lag, self.real_now)
        if connector is None or not self.is_visible(connector):
            raise _no_connector(connector_id)
        return connector

    def _find(self, connector_id: str) -> Connector | None:
        own = None
        if self.options.regions == "read":
            # A seed can use one ID in several regions: prefer the connector that this endpoint can modify.
            own = self.view.connector(Scope(self.caller.account, self.caller.region), connector_id)
        return own or self.view.connector(self.scope, connector_id)

    def is_visible(self, connector: Connector) -> bool:
        """Whether the connector is old enough to be found."""
        return self.real_now - connector.appeared >= self.faults.not_found_after_create

    def never_configured(self, member: str, empty: Result) -> Result:
        """The response of Get for settings that were never put; ``empty`` is the value for "off" and "on"."""
        if self.options.never_configured == "404":
            raise not_found("The Voice Connector has no such settings.")
        return EMPTY if self.options.never_configured == "absent" else {member: empty}

    def refuse_unconfigured(self, settings: object, named: str) -> None:
        """For Delete: NotFoundException, if the settings (None) were never put and the option says so."""
        if settings is None and self.options.never_configured == "404":
            raise not_found(f"The Voice Connector has no {named}.")

    def emergency_error(self, message: str, *, of_put: bool = False) -> ServiceError:
        """The error if emergency calling blocks a change; ``of_put`` if the operation is PutVoiceConnectorOrigination."""
        code = self.options.emergency_refusal
        # The model lists AccessDeniedException only for that operation.
        return ServiceError("ForbiddenException" if code == "AccessDeniedException" and not of_put else code, message)


def _no_connector(connector_id: str) -> ServiceError:
    return not_found(f"Voice Connector {connector_id} does not exist.")
