"""What is stored: voice connectors with their settings, voice connector groups, and phone numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Key: TypeAlias = "tuple[str, str, str]"


@dataclass(frozen=True)
class Scope:
    """What a request can see: one account, through one region's endpoint or, if ``region`` is None, through all of them."""

    account: str
    region: str | None


@dataclass(frozen=True)
class Resource:
    """Something that an account has. A subclass is stored as a document of its fields.

    Attributes:
        account: its account, 12 digits.
        region: the region of the endpoint that created it.
        position: its position in lists; 0 before it is stored.
    """

    KIND: ClassVar[str]
    ID: ClassVar[str]
    """The name of the field with its ID."""

    account: str
    region: str
    position: int = field(default=0, kw_only=True)

    @property
    def key(self) -> Key:
        """Its account, region and ID, which are unique among the resources of a kind."""
        return (self.account, self.region, getattr(self, self.ID))


@dataclass(frozen=True)
class Connector(Resource):
    """A voice connector and its settings.

    Attributes:
        voice_connector_id: its ID.
        settings: Name, AwsRegion, RequireEncryption, NetworkType and IntegrationType, by the model's names.
        created: CreatedTimestamp, in seconds since the epoch by the service's clock.
        updated: UpdatedTimestamp, likewise.
        appeared: the time of its creation by the machine's clock; 0 if it does not count as new.
        origination: its origination settings in the API's form; None if there are none.
        emergency: its emergency calling configuration, likewise.
        tags: its tags.
        termination: its termination settings (outbound calls), likewise.
    """

    KIND = "voice connector"
    ID = "voice_connector_id"

    voice_connector_id: str
    settings: Mapping[str, Any]
    created: float
    updated: float
    appeared: float
    origination: Mapping[str, Any] | None = None
    emergency: Mapping[str, Any] | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    termination: Mapping[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Group(Resource):
    """A voice connector group; ``details`` is the API's VoiceConnectorGroup without its ARN."""

    KIND = "voice connector group"
    ID = "group_id"

    group_id: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class PhoneNumber(Resource):
    """A phone number of an account; ``details`` is the API's PhoneNumber without its associations."""

    KIND = "phone number"
    ID = "number"

    number: str = field(repr=False)
    voice_connector_id: str | None
    details: Mapping[str, Any] = field(repr=False)
