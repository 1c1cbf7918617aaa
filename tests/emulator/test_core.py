"""The emulator's core, from outside: the reference's request by hand, and the operations through boto3."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from chime_voice_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONNECTOR = "abcdef1ghij2klmno3pqr4"
ROUTE = {"Host": "10.24.34.0", "Port": 1234, "Protocol": "TCP", "Priority": 1, "Weight": 5}
REQUEST = (
    '{"Origination": {"Routes": [{"Host": "10.24.34.0", "Port": 1234, "Protocol": "TCP", "Priority": 1, "Weight": 5}],'
    ' "Disabled": false}}'
)
RESPONSE = (
    b'{"Origination":{"Disabled":false,'
    b'"Routes":[{"Host":"10.24.34.0","Port":1234,"Priority":1,"Protocol":"TCP","Weight":5}]}}'
)


def client(endpoint_url: str, secret: str = "test", key: str = "test", region: str = "us-east-1") -> Any:
    return boto3.client(
        "chime-sdk-voice",
        region_name=region,
        endpoint_url=endpoint_url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
    )


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        running.create_voice_connector(voice_connector_id=CONNECTOR, name="support")
        yield running


@pytest.fixture
def voice(emulator: Emulator) -> Iterator[Any]:
    made = client(emulator.endpoint_url)
    yield made
    made.close()


def test_the_references_request_by_hand(emulator: Emulator) -> None:
    """The request that the API reference prints, signed, gets the response that it prints, to the letter.

    The reference gives its length as 122; the body that it prints has 120 bytes, and so has ours.
    """
    url = f"{emulator.endpoint_url}/voice-connectors/{CONNECTOR}/origination"
    request = AWSRequest("PUT", url, headers={"Accept-Encoding": "identity"}, data=REQUEST.encode())
    SigV4Auth(Credentials("test", "test"), "chime", "us-east-1").add_auth(request)
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request("PUT", urlsplit(url).path, body=REQUEST.encode(), headers=dict(request.headers))
    response = connection.getresponse()
    body = response.read()
    connection.close()
    assert (response.status, response.headers["Content-Type"], body) == (200, "application/json", RESPONSE)
    assert response.headers["Content-Length"] == str(len(RESPONSE))
    assert len(response.headers["x-amzn-RequestId"]) == len("d3553710-2dee-4b18-afd1-903aa88d53be")


def test_origination_lives(voice: Any) -> None:
    """Put, get and delete through boto3; what was deleted is not found."""
    origination = {"Disabled": False, "Routes": [ROUTE]}
    assert (
        voice.put_voice_connector_origination(VoiceConnectorId=CONNECTOR, Origination=origination)["Origination"]
        == origination
    )
    assert voice.get_voice_connector_origination(VoiceConnectorId=CONNECTOR)["Origination"] == origination
    voice.delete_voice_connector_origination(VoiceConnectorId=CONNECTOR)
    with pytest.raises(voice.exceptions.NotFoundException):
        voice.get_voice_connector_origination(VoiceConnectorId=CONNECTOR)


def test_voice_connectors_live(voice: Any) -> None:
    """A connector that is created is listed and read, and gone once it is deleted."""
    made = voice.create_voice_connector(Name="sales", RequireEncryption=True)["VoiceConnector"]
    assert made["OutboundHostName"] == f"{made['VoiceConnectorId']}.voiceconnector.chime.aws"
    assert made in voice.list_voice_connectors()["VoiceConnectors"]
    assert voice.get_voice_connector(VoiceConnectorId=made["VoiceConnectorId"])["VoiceConnector"] == made
    voice.delete_voice_connector(VoiceConnectorId=made["VoiceConnectorId"])
    with pytest.raises(voice.exceptions.NotFoundException):
        voice.get_voice_connector(VoiceConnectorId=made["VoiceConnectorId"])


def test_wrong_secret_is_forbidden(emulator: Emulator) -> None:
    """A signature made with another secret is refused, and nothing is written."""
    stranger = client(emulator.endpoint_url, secret="guess")
    with pytest.raises(stranger.exceptions.ForbiddenException):
        stranger.put_voice_connector_origination(VoiceConnectorId=CONNECTOR, Origination={"Disabled": True})
    stranger.close()


@pytest.mark.parametrize(("key", "region"), [("other", "us-east-1"), ("test", "eu-west-1")])
def test_accounts_and_regions_are_worlds_apart(emulator: Emulator, key: str, region: str) -> None:
    """Another account, or another region, does not know the connector."""
    elsewhere = client(emulator.endpoint_url, key=key, region=region)
    with pytest.raises(elsewhere.exceptions.NotFoundException):
        elsewhere.get_voice_connector(VoiceConnectorId=CONNECTOR)
    elsewhere.close()


@pytest.mark.parametrize(
    "change",
    [{"Port": 65536}, {"Priority": 101}, {"Weight": 101}, {"Protocol": "TLS"}],
)
def test_limits_that_botocore_does_not_check(voice: Any, change: dict[str, Any]) -> None:
    """Maximums and enums of the model are the service's to refuse."""
    with pytest.raises(voice.exceptions.BadRequestException):
        voice.put_voice_connector_origination(VoiceConnectorId=CONNECTOR, Origination={"Routes": [{**ROUTE, **change}]})


def test_state_outlives_the_process(tmp_path: Path) -> None:
    """What was acknowledged is there when an emulator opens the same file again."""
    data = tmp_path / "state.db"
    with Emulator(data=data) as first:
        first.create_voice_connector(voice_connector_id=CONNECTOR, name="support")
        voice = client(first.endpoint_url)
        voice.put_voice_connector_origination(
            VoiceConnectorId=CONNECTOR, Origination={"Disabled": False, "Routes": [ROUTE]}
        )
        voice.close()
    with Emulator(data=data) as second:
        voice = client(second.endpoint_url)
        assert voice.get_voice_connector_origination(VoiceConnectorId=CONNECTOR)["Origination"]["Routes"] == [ROUTE]
        voice.close()
