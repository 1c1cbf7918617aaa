"""What AWS does not document, as options: every plausible answer can be chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

NeverConfigured: TypeAlias = Literal["404", "absent", "off", "on"]
PutOmitted: TypeAlias = Literal["replace", "merge"]
EmergencyRefusal: TypeAlias = Literal[
    "BadRequestException", "ForbiddenException", "AccessDeniedException", "ConflictException"
]

NEVER_CONFIGURED: tuple[NeverConfigured, ...] = get_args(NeverConfigured)
PUT_OMITTED: tuple[PutOmitted, ...] = get_args(PutOmitted)
EMERGENCY_REFUSAL: tuple[EmergencyRefusal, ...] = get_args(EmergencyRefusal)


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
            of configuring emergency calling while origination is off.
        shared_regions: whether every region's endpoint sees every voice connector of the account; otherwise an endpoint
            sees those that were made through it.

    Raises:
        ValueError: a value is none of the above.
    """

    never_configured: NeverConfigured = "404"
    put_omitted: PutOmitted = "replace"
    emergency_refusal: EmergencyRefusal = "BadRequestException"
    shared_regions: bool = False

    def __post_init__(self) -> None:
        _one_of("never_configured", self.never_configured, NEVER_CONFIGURED)
        _one_of("put_omitted", self.put_omitted, PUT_OMITTED)
        _one_of("emergency_refusal", self.emergency_refusal, EMERGENCY_REFUSAL)


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(allowed)}")
