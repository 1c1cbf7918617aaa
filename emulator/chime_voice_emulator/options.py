"""What AWS does not document, as options: every plausible answer can be chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

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
class Options:
    """The service's behaviour where AWS does not document it.

    Attributes:
        never_configured: what Get says of settings that nobody has put, or that were deleted: ``"404"`` a
            NotFoundException, ``"absent"`` a 200 without the member, ``"off"`` empty and disabled, ``"on"`` empty and not
            disabled. An emergency calling configuration follows it: ``"off"`` and ``"on"`` are then both an empty list.
        put_omitted: what PutVoiceConnectorOrigination does with a member that is left out: ``"replace"`` sets it to its
            default (no routes, not disabled), ``"merge"`` keeps what was there, or what Get says where nobody has put any.
        emergency_refusal: the error of turning off or deleting origination while emergency calling is configured, and
            of configuring emergency calling while origination is off. The model lists AccessDeniedException for
            PutVoiceConnectorOrigination only: the others then answer with ForbiddenException.
        most_routes: how many routes a connector takes; AWS's pages say ``"10"`` and ``"20"``.
        private_hosts: whether hosts of private networks (RFC 1918), which must be "publicly routable" by AWS's pages, are
            accepted.
        twin_routes: what happens to two routes with the same host, port and protocol: ``"keep"`` both, ``"merge"`` them, so
            that the last is kept, or ``"refuse"`` the Put.
        shared_regions: what a region's endpoint does with voice connectors that were made through another one: ``"no"`` (or
            False) does not see them, ``"read"`` reads but does not modify them, ``"write"`` (or True) does both. AWS
            documents that only the endpoint of the region that created a voice connector may modify it, but not the error
            of the others; here it is a BadRequestException, which the model lists for each of the operations.

    Raises:
        ValueError: a value is none of the above.
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
        """`shared_regions` by its name, also if it was given as a boolean."""
        if isinstance(self.shared_regions, bool):
            return "write" if self.shared_regions else "no"
        return self.shared_regions


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(allowed)}")
