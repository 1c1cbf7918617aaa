"""The client for Chime SDK Voice: calls in any region, the reads that resources and the command line share, and `SettingsApi`.

botocore is imported when the first client is made, not before: a preview without changes needs none of it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from ..errors import ChimeVoiceError, NotFoundError
from ..text import without_password
from .cloudtrail import api_form
from .config import SERVICE
from .failures import NO_CONNECTION, InvalidResponseError, SetUpError, translate
from .subnets import REGIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .cloudtrail import Event
    from .config import AwsConfig

Settings = TypeVar("Settings")

DUAL_STACK = "DUAL_STACK"
MAX_PAGES = 1000
"""The most pages of a list that are read. AWS returns about a hundred entries a page."""


@dataclass(frozen=True)
class VoiceConnector:
    """A voice connector as the service describes it.

    Attributes:
        region: its own AWS region, which may differ from that of the endpoint that returned it.
        require_encryption: whether signaling is encrypted, whatever its routes declare.
        network_type: ``IPV4_ONLY`` or ``DUAL_STACK``; empty if the response has none.
    """

    id: str
    name: str
    region: str
    require_encryption: bool
    network_type: str


@dataclass(frozen=True)
class ConnectorGroup:
    """A voice connector group, with the priority of each voice connector by ID; None if the group balances the load."""

    id: str
    name: str
    priorities: Mapping[str, int | None]


class ChimeSdkVoice:
    """Has one session and a client for each region. It is safe for the plugin's four threads.

    Every method raises `ApiError` with a complete message, `NotFoundError` only for the service's NotFoundException, and
    `ConfigurationError` if no session can be created.
    """

    def __init__(self, config: AwsConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._set_up = threading.Lock()
        self._set_up_failure: tuple[float, Exception] | None = None
        self._session: Any = None
        self._clients: dict[tuple[str, str], Any] = {}

    def voice_connector(self, connector: str, region: str) -> VoiceConnector:
        """Returns the voice connector itself, whatever its origination."""

        def problem(response: Any) -> str:
            is_right = response["VoiceConnector"]["VoiceConnectorId"] == connector
            return "" if is_right else "the response has another voice connector"

        what = f"reading Voice Connector {connector}"
        response = self.call("GetVoiceConnector", region, what, problem=problem, VoiceConnectorId=connector)
        return _voice_connector(response["VoiceConnector"], region)

    def settings(self, operation: str, connector: str, region: str, name: str) -> Any:
        """Returns the settings in the response to a Get; None if there are none. Messages call them `name`.

        AWS does not document its response in that case. A response without settings counts only if the voice connector itself
        is found; otherwise any endpoint that returns ``{}`` would have none.
        """
        what = f"reading {name} of Voice Connector {connector}"
        response = self.call(operation, region, what, VoiceConnectorId=connector)
        found = next((value for name, value in response.items() if name != "ResponseMetadata"), None)
        if found is None:
            self.voice_connector(connector, region)
        return found

    def voice_connectors(self, region: str) -> Iterator[VoiceConnector]:
        """Yields every voice connector that the region's endpoint lists, page by page."""
        for page in self.pages("ListVoiceConnectors", region, "listing voice connectors"):
            for entry in page["VoiceConnectors"]:
                yield _voice_connector(entry, region)

    def voice_connector_groups(self, region: str) -> Iterator[ConnectorGroup]:
        """Yields every voice connector group that the region's endpoint lists, page by page."""
        for page in self.pages("ListVoiceConnectorGroups", region, "listing voice connector groups"):
            for entry in page["VoiceConnectorGroups"]:
                items = entry.get("VoiceConnectorItems") or []
                priorities = {item["VoiceConnectorId"]: item.get("Priority") for item in items}
                yield ConnectorGroup(entry.get("VoiceConnectorGroupId", ""), entry.get("Name", ""), priorities)

    def has_emergency_calling(self, connector: str, region: str) -> bool:
        """Whether emergency calling is configured. Its phone numbers are not returned."""
        operation = "GetVoiceConnectorEmergencyCallingConfiguration"
        return bool(self._settings_if_any(operation, connector, region, "emergency calling").get("DNIS"))

    def is_enabled(self, settings: str, connector: str, region: str) -> bool:
        """Whether the voice connector's ``"Origination"`` or ``"Termination"`` is configured, and not disabled."""
        found = self._settings_if_any(f"GetVoiceConnector{settings}", connector, region, settings.lower())
        return bool(found) and not found.get("Disabled")

    def _settings_if_any(self, operation: str, connector: str, region: str, name: str) -> Any:
        try:
            return self.settings(operation, connector, region, name) or {}
        except NotFoundError:
            return {}

    def count_phone_numbers(self, region: str, connector: str | None = None) -> Counter[str]:
        """Counts the phone numbers assigned to each voice connector, by ID: to `connector`, or to all of the region."""
        what = "counting phone numbers" + (f" of Voice Connector {connector}" if connector else "")
        only = {"FilterName": "VoiceConnectorId", "FilterValue": connector} if connector else {}
        return Counter(
            association["Value"]
            for page in self.pages("ListPhoneNumbers", region, what, **only)
            for number in page["PhoneNumbers"]
            for association in number.get("Associations") or []
            if association.get("Name") == "VoiceConnectorId" and association.get("Value")
        )

    def is_aws(self, region: str) -> bool:
        """Whether calls go to an endpoint of AWS itself, and not to an emulator."""
        return self.custom_endpoint(region) is None

    def custom_endpoint(self, region: str) -> str | None:
        """Returns the URL of an endpoint that is not AWS's own, as messages show it; None if it is AWS's."""
        url = self._endpoint(region, SERVICE)
        return None if self._session.is_aws(url) else without_password(url)

    def observes(self, service: str, region: str) -> bool:
        """Whether CloudWatch or CloudTrail has data of the region's voice connectors: an emulator's only at its own endpoint."""
        ours = self.custom_endpoint(region)
        if ours is None:
            return True
        endpoint = self._endpoint(region, service)
        return not self._session.is_aws(endpoint) and without_password(endpoint) != ours

    def _endpoint(self, region: str, service: str) -> str:
        try:
            return str(self._client(region, service).meta.endpoint_url)
        except SetUpError as error:
            raise translate(error, f"finding the service endpoint ({region})", "") from error

    # --- calls

    def pages(self, operation: str, region: str, what: str, service: str = SERVICE, **parameters: Any) -> Iterator[Any]:
        """Yields the pages of a list. botocore has paginators for other lists of the service only."""
        seen: set[str] = set()

        def problem(page: Any) -> str:
            token = page.get("NextToken")
            return "its pages do not end" if token and (token in seen or len(seen) == MAX_PAGES) else ""

        while True:
            page = self.call(operation, region, what, service, problem, **parameters)
            yield page
            if not page.get("NextToken"):
                return
            parameters["NextToken"] = page["NextToken"]
            seen.add(page["NextToken"])

    def call(
        self,
        operation: str,
        region: str,
        what: str,
        service: str = SERVICE,
        problem: Callable[[Any], str] | None = None,
        **parameters: Any,
    ) -> Any:
        """Calls an operation and returns its response.

        Args:
            what: the beginning of an error's message.
            problem: returns why a response that matches the model cannot be right; an empty string if it can.
        """
        from botocore import xform_name  # noqa: PLC0415

        try:
            client = self._ready_client(region, service)
            response = getattr(client, xform_name(operation))(**parameters)
            if problem and (text := problem(response)):
                status, headers = (response["ResponseMetadata"][name] for name in ("HTTPStatusCode", "HTTPHeaders"))
                raise InvalidResponseError(client.meta.endpoint_url, status, headers, operation, text)
            return response
        except ChimeVoiceError:
            raise
        except Exception as error:
            raise self._translated(error, operation, region, what, service) from error

    def _translated(self, error: Exception, operation: str, region: str, what: str, service: str) -> Exception:
        ours = self._clients.get((SERVICE, region))
        endpoint = self.custom_endpoint(region) if ours else None
        is_unreachable = ours and not endpoint and service == SERVICE and type(error).__name__ in NO_CONNECTION
        hint = regions_hint(region).strip() if is_unreachable else ""
        fix = hint and f"{hint} Correct the region."
        find_source = self._session.source if self._session else lambda: None
        return translate(error, f"{what} ({region})", operation, fix, find_source=find_source, endpoint=endpoint)

    def _ready_client(self, region: str, service: str) -> Any:
        """Returns a client. Fetches its credentials first, so that their failures are not reported as service errors.

        Calls that wait while the source of the credentials fails raise the same error, instead of trying it again in turn.
        """
        began = time.monotonic()
        with self._set_up:
            if self._set_up_failure is not None and self._set_up_failure[0] >= began:
                raise self._set_up_failure[1]
            try:
                client = self._client(region, service)
                self._session.fetch_credentials()
            except Exception as error:
                self._set_up_failure = (time.monotonic(), error)
                raise
            return client

    def _client(self, region: str, service: str = SERVICE) -> Any:
        from .session import Session  # noqa: PLC0415 - imports botocore

        with self._lock:
            if (service, region) not in self._clients:
                if self._session is None:
                    self._session = Session(self._config, region)
                self._clients[service, region] = self._session.create_client(service, region)
            return self._clients[service, region]


@dataclass(frozen=True)
class SettingsApi(Generic[Settings]):
    """The Get, Put and Delete of one kind of settings.

    Attributes:
        name: of the settings, as messages show it: ``"origination"``.
        operation: the name of the operations without their verb: ``"VoiceConnectorOrigination"``.
        member: the name of the settings in requests and responses: ``"Origination"``.
        to_settings: converts the member of a response.
        to_request: converts settings to the member of a request.
        is_in_events: whether the settings of a Put are taken from its event in CloudTrail.
    """

    name: str
    operation: str
    member: str
    to_settings: Callable[[Any], Settings]
    to_request: Callable[[Settings], Any]
    is_in_events: bool = True

    @property
    def writes(self) -> tuple[str, str]:
        """The operations that change the settings."""
        return f"Put{self.operation}", f"Delete{self.operation}"

    def get(self, client: ChimeSdkVoice, connector: str, region: str) -> Settings | None:
        """Returns the live settings; None if there are none."""
        found = client.settings(f"Get{self.operation}", connector, region, self.name)
        return None if found is None else self.to_settings(found)

    def put(self, client: ChimeSdkVoice, connector: str, region: str, settings: Settings, verb: str) -> Settings:
        """Writes settings and returns those of the response. `verb` is for messages: ``"updating"``."""
        request = {"VoiceConnectorId": connector, self.member: self.to_request(settings)}
        what = f"{verb} {self.name} of Voice Connector {connector}"
        response = client.call(f"Put{self.operation}", region, what, **request)
        return self.to_settings(response[self.member])

    def delete(self, client: ChimeSdkVoice, connector: str, region: str) -> None:
        what = f"deleting {self.name} of Voice Connector {connector}"
        client.call(f"Delete{self.operation}", region, what, VoiceConnectorId=connector)

    def recorded(self, event: Event) -> Settings | None:
        """Returns the settings that a call of `writes` left; None if its event does not show them."""
        put, delete = self.writes
        if event.operation == delete:
            return self.to_settings({})
        with contextlib.suppress(AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
            if event.operation == put and self.is_in_events and not event.has_hidden_values:
                return self.to_settings(api_form(event.parameters)[self.member])
        return None


def regions_hint(region: str) -> str:
    """Returns a sentence, after a space, that names the regions of the service; empty if `region` is one of them."""
    return "" if region in REGIONS else f" Chime SDK Voice is not in {region}; it is in {', '.join(REGIONS)}."


def _voice_connector(entry: Mapping[str, Any], region: str) -> VoiceConnector:
    return VoiceConnector(
        id=entry.get("VoiceConnectorId", ""),
        name=entry.get("Name", ""),
        region=entry.get("AwsRegion") or region,
        require_encryption=bool(entry.get("RequireEncryption", False)),
        network_type=entry.get("NetworkType", ""),
    )
