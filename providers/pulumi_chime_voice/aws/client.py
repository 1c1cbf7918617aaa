"""Chime SDK Voice as this provider and its command line see it: the operations, one method each.

boto3 is imported when the first call is made, not before: a preview without changes needs none of it.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import ChimeVoiceError, NotFoundError
from ..text import without_password
from .config import CLOUDTRAIL, CLOUDWATCH
from .credentials import fetch_credentials
from .failures import NO_CONNECTION, SetUpError, translate
from .responses import NotAnAnswerError, check_responses, limit_responses
from .session import SERVICE, give_up_without_connection, is_aws, new_session
from .sources import source_of_credentials

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .config import AwsConfig

REGIONS = (
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "us-east-1",
    "us-west-2",
)
"""The regions that have Chime SDK Voice, as botocore lists them (a test holds the two equal)."""

DUAL_STACK = "DUAL_STACK"
MOST_PAGES = 1000
"""Of a list. AWS returns about a hundred entries a page."""


@dataclass(frozen=True)
class VoiceConnector:
    """A voice connector as the service describes it.

    Attributes:
        id: its id.
        name: its name.
        region: its own AWS region, which need not be that of the endpoint that was asked.
        require_encryption: whether signaling is encrypted, whatever its routes declare.
        network_type: ``IPV4_ONLY`` or ``DUAL_STACK``; empty if the response has none.
    """

    id: str
    name: str
    region: str
    require_encryption: bool
    network_type: str


class ChimeSdkVoice:
    """One session, a client per region, safe for the plugin's four threads.

    Every method raises `ApiError` with a complete message, `NotFoundError` only for the service's NotFoundException, and
    `ConfigurationError` if no session can be made.
    """

    def __init__(self, config: AwsConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._set_up = threading.Lock()
        self._set_up_failure: tuple[float, Exception] | None = None
        self._session: Any = None
        self._clients: dict[tuple[str, str], Any] = {}

    def voice_connector(self, connector: str, region: str) -> VoiceConnector:
        """The voice connector itself, whatever its origination."""
        what = f"reading {_named(connector)}"
        answer = self.call("GetVoiceConnector", region, what, connector)
        found = _voice_connector(answer["VoiceConnector"], region)
        if found.id != connector:
            raise self._no_answer("GetVoiceConnector", region, what, answer, "it is another voice connector")
        return found

    def settings(self, operation: str, connector: str, region: str, what: str) -> Any:
        """Returns the settings in the answer to a Get; None if there are none.

        AWS does not document how it answers then. An answer without settings counts only if the voice connector itself is
        found; otherwise any endpoint that answers ``{}`` would have none.
        """
        answer = self.call(operation, region, what, connector)
        found = next((value for name, value in answer.items() if name != "ResponseMetadata"), None)
        if found is None:
            self.voice_connector(connector, region)
        return found

    def voice_connectors(self, region: str) -> Iterator[VoiceConnector]:
        """Every voice connector that the region's endpoint lists, page by page."""
        for page in self._pages("ListVoiceConnectors", region, "listing voice connectors"):
            for entry in page["VoiceConnectors"]:
                yield _voice_connector(entry, region)

    def has_emergency_calling(self, connector: str, region: str) -> bool:
        """Whether emergency calling is configured; its phone numbers go no further than here."""
        what = f"reading emergency calling of {_named(connector)}"
        try:
            found = self.settings("GetVoiceConnectorEmergencyCallingConfiguration", connector, region, what)
        except NotFoundError:
            return False
        return bool(found and found.get("DNIS"))

    def is_enabled(self, settings: str, connector: str, region: str) -> bool:
        """Whether the voice connector's ``"Origination"`` or ``"Termination"`` is configured, and not disabled."""
        what = f"reading {settings.lower()} of {_named(connector)}"
        try:
            found = self.settings(f"GetVoiceConnector{settings}", connector, region, what)
        except NotFoundError:
            return False
        return bool(found) and not found.get("Disabled")

    def count_phone_numbers(self, region: str, connector: str | None = None) -> Counter[str]:
        """The number of phone numbers assigned to each voice connector, by ID: of one, or of all of the region."""
        what = "counting phone numbers" + (f" of {_named(connector)}" if connector else "")
        only = {"FilterName": "VoiceConnectorId", "FilterValue": connector} if connector else {}
        counted: Counter[str] = Counter()
        for page in self._pages("ListPhoneNumbers", region, what, **only):
            for number in page["PhoneNumbers"]:
                for association in number.get("Associations") or []:
                    if association.get("Name") == "VoiceConnectorId" and association.get("Value"):
                        counted[association["Value"]] += 1
        return counted

    def is_aws(self, region: str) -> bool:
        """Whether calls go to an endpoint of AWS itself, and not to an emulator, whatever its name."""
        return self.custom_endpoint(region) is None

    def custom_endpoint(self, region: str) -> str | None:
        """Returns the URL of an endpoint that is not AWS's own, as messages show it; None if it is.

        Raises:
            ApiError: the source of the credentials failed.
            ConfigurationError: no session can be made.
        """
        url = self._endpoint(region, SERVICE)
        return None if is_aws(self._session, url) else without_password(url)

    def is_counted(self, region: str) -> bool:
        """Whether CloudWatch can know the region's voice connectors: not those of an emulator, unless it has its own endpoint."""
        return self._has_evidence(region, CLOUDWATCH)

    def has_cloudtrail(self, region: str) -> bool:
        """Whether CloudTrail can know the region's voice connectors, as `is_counted` for CloudWatch."""
        return self._has_evidence(region, CLOUDTRAIL)

    def _has_evidence(self, region: str, service: str) -> bool:
        ours = self.custom_endpoint(region)
        if ours is None:
            return True
        endpoint = self._endpoint(region, service)
        return not is_aws(self._session, endpoint) and without_password(endpoint) != ours

    def _endpoint(self, region: str, service: str) -> str:
        try:
            return str(self._client(region, service).meta.endpoint_url)
        except SetUpError as error:
            raise translate(error, f"finding the service endpoint ({region})", "") from error

    # --- calls

    def _pages(self, operation: str, region: str, what: str, **parameters: Any) -> Iterator[Any]:
        token: dict[str, str] = {}
        seen: set[str] = set()
        while True:
            page = self.call(operation, region, what, **parameters, **token)
            yield page
            following = page.get("NextToken")
            if not following:
                return
            if following in seen or len(seen) == MOST_PAGES:
                raise self._no_answer(operation, region, what, page, "its pages do not end")
            seen.add(following)
            token = {"NextToken": following}

    def _no_answer(self, operation: str, region: str, what: str, answer: Any, problem: str) -> Exception:
        """Returns the error of an answer that has the form of the model, and still cannot be right."""
        endpoint, metadata = self._client(region).meta.endpoint_url, answer["ResponseMetadata"]
        status, headers = metadata["HTTPStatusCode"], metadata["HTTPHeaders"]
        error = NotAnAnswerError(endpoint, status, headers, operation, problem)
        return translate(error, f"{what} ({region})", operation)

    def call(
        self,
        operation: str,
        region: str,
        what: str,
        connector: str | None = None,
        *,
        service: str = SERVICE,
        **parameters: Any,
    ) -> Any:
        if connector is not None:
            parameters["VoiceConnectorId"] = connector
        try:
            client = self._ready_client(region, service)
            return getattr(client, _ALL_METHODS[operation])(**parameters)
        except ChimeVoiceError:
            raise
        except Exception as error:
            fix = ""
            if service == SERVICE and type(error).__name__ in NO_CONNECTION and self._has_no_service(region):
                known = regions_hint(region)
                fix = f"{known.strip()} Correct the region."
            raise self._translated(error, f"{what} ({region})", operation, region, fix) from error

    def _translated(self, error: Exception, what: str, operation: str, region: str, fix: str) -> Exception:
        ready = (SERVICE, region) in self._clients
        endpoint = self.custom_endpoint(region) if ready else None
        source = source_of_credentials(self._session)
        return translate(error, what, operation, fix, source=source, endpoint=endpoint)

    def _ready_client(self, region: str, service: str) -> Any:
        """Returns a client whose credentials are at hand: a failure of their source is not a failure of the service.

        Calls that wait for a source that fails do not try it again, one after the other.
        """
        began = time.monotonic()
        with self._set_up:
            if self._set_up_failure is not None and self._set_up_failure[0] >= began:
                raise self._set_up_failure[1]
            try:
                client = self._client(region, service)
                fetch_credentials(self._session)
            except Exception as error:
                self._set_up_failure = (time.monotonic(), error)
                raise
            return client

    def _has_no_service(self, region: str) -> bool:
        """Whether calls go to AWS's own endpoint of a region that is not known to have one."""
        client = self._clients.get((SERVICE, region))
        return region not in REGIONS and client is not None and is_aws(self._session, client.meta.endpoint_url)

    def _client(self, region: str, service: str = SERVICE) -> Any:
        with self._lock:
            if (service, region) not in self._clients:
                if self._session is None:
                    self._session = new_session(self._config, region)
                client = self._session.create_client(service, region)
                if service == SERVICE:
                    check_responses(client)
                self._clients[service, region] = client
                if service in (CLOUDWATCH, CLOUDTRAIL) or self._has_no_service(region):
                    give_up_without_connection(client)
                if service in (CLOUDWATCH, CLOUDTRAIL):
                    limit_responses(client)
            return self._clients[service, region]


NOT_A_REGION_OF_THE_SERVICE = " Chime SDK Voice is not in {region}; it is in {regions}."


def regions_hint(region: str) -> str:
    """The regions that have the service, as a part of a message; empty if the region is one of them."""
    if region in REGIONS:
        return ""
    return NOT_A_REGION_OF_THE_SERVICE.format(region=region, regions=", ".join(REGIONS))


METHODS = {
    "GetVoiceConnectorOrigination": "get_voice_connector_origination",
    "PutVoiceConnectorOrigination": "put_voice_connector_origination",
    "DeleteVoiceConnectorOrigination": "delete_voice_connector_origination",
    "GetVoiceConnector": "get_voice_connector",
    "GetVoiceConnectorTermination": "get_voice_connector_termination",
    "ListVoiceConnectors": "list_voice_connectors",
    "GetVoiceConnectorEmergencyCallingConfiguration": "get_voice_connector_emergency_calling_configuration",
    "PutVoiceConnectorEmergencyCallingConfiguration": "put_voice_connector_emergency_calling_configuration",
    "DeleteVoiceConnectorEmergencyCallingConfiguration": "delete_voice_connector_emergency_calling_configuration",
    "ListPhoneNumbers": "list_phone_numbers",
}
"""Every operation of the service that is called, and its method of the client."""
_ALL_METHODS = {**METHODS, "GetMetricData": "get_metric_data", "LookupEvents": "lookup_events"}


def _named(connector: str) -> str:
    return f"Voice Connector {connector}"


def _voice_connector(entry: Mapping[str, Any], region: str) -> VoiceConnector:
    return VoiceConnector(
        id=entry.get("VoiceConnectorId", ""),
        name=entry.get("Name", ""),
        region=entry.get("AwsRegion") or region,
        require_encryption=bool(entry.get("RequireEncryption", False)),
        network_type=entry.get("NetworkType", ""),
    )
