"""What the emulator keeps: voice connectors and phone numbers of accounts, and what a request can see of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class World:
    """What a request can see: an account through one region's endpoint, or through all where ``region`` is None."""

    account: str
    region: str | None


@dataclass(frozen=True)
class Connector:
    """A voice connector and all that hangs on it.

    Attributes:
        account: its account, 12 digits.
        region: the region of the endpoint that it was made through.
        voice_connector_id: its id.
        settings: Name, AwsRegion, RequireEncryption, NetworkType and IntegrationType, by the model's names.
        created: CreatedTimestamp, seconds since the epoch by the service's clock.
        updated: UpdatedTimestamp, likewise.
        appeared: when it was made, by the machine's clock; 0 for one that is told to have been there always.
        origination: its origination settings as the API has them, None if there are none.
        emergency: its emergency calling configuration likewise.
        tags: its tags.
        position: where it stands in lists; 0 before it is stored.
    """

    account: str
    region: str
    voice_connector_id: str
    settings: Mapping[str, Any]
    created: float
    updated: float
    appeared: float
    origination: Mapping[str, Any] | None = None
    emergency: Mapping[str, Any] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    position: int = 0


@dataclass(frozen=True)
class PhoneNumber:
    """A phone number of an account; ``details`` is the API's PhoneNumber without its associations."""

    account: str
    region: str
    number: str = field(repr=False)
    voice_connector_id: str | None
    details: Mapping[str, Any] = field(repr=False)
    position: int = 0
