"""The content of the request log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from chime_voice_emulator import Emulator

from ..support import CONNECTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..support import Raw


def test_the_content_of_an_entry(emulator: Emulator, raw: Raw, connector: str) -> None:
    """The log has the operation, connector, region, account, key, status, method, path and client."""
    raw.send("GET", f"/voice-connectors/{connector}", headers={"User-Agent": "curious/1.0"})
    (request,) = emulator.requests

    assert (request.operation, request.voice_connector_id) == ("GetVoiceConnector", connector)
    assert (request.region, request.account, request.access_key) == ("us-east-1", "000000000000", "test")
    assert (request.status, request.method, request.path) == (200, "GET", f"/voice-connectors/{connector}")
    assert request.user_agent == "curious/1.0"


def test_a_rejected_signature_has_no_account(emulator: Emulator, raw: Raw, connector: str) -> None:
    """If the signature is rejected, region, account and key are None."""
    raw.send("GET", f"/voice-connectors/{connector}", sign=False)
    (request,) = emulator.requests

    assert (request.region, request.account, request.access_key) == (None, None, None)
    assert (request.operation, request.status) == ("GetVoiceConnector", 401)


def test_a_percent_encoded_id(emulator: Emulator, raw: Raw, connector: str) -> None:
    """A percent-encoded ID is logged, and gets the connector's faults."""
    emulator.faults.fail("*", [503], voice_connector_id=connector)
    answer = raw.send("GET", f"/voice-connectors/%{ord(connector[0]):02X}{connector[1:]}")

    assert answer.status == 503
    assert [request.voice_connector_id for request in emulator.requests] == [connector]


@pytest.mark.parametrize(
    "path",
    [
        "/phone-numbers/+12065550100",
        "/phone-numbers/%2B12065550100",
        "/voice-connectors/+12065550100",
        "/voice-connectors/12065550100/origination",
        "/phone-numbers?filter-value=%2B12065550100",
        f"/voice-connectors/{CONNECTOR}/12065550100",
        "/nowhere/12065550100",
        "/phone-numbers/" + "".join(f"%{ord(digit):x}" for digit in "+12065550100"),
    ],
)
def test_phone_numbers_are_never_logged(emulator: Emulator, raw: Raw, path: str) -> None:
    """Phone numbers in paths, queries, bodies and client names are not logged."""
    number = {"DNIS": [{"EmergencyPhoneNumber": "+12065550100", "CallingCountry": "US"}]}
    for method in ("GET", "PUT"):
        raw.send(method, path, {"EmergencyCallingConfiguration": number}, {"User-Agent": "for +12065550100"})

    assert len(emulator.requests) == 2
    assert "2065550100" not in unquote(repr(emulator.requests))


def test_the_last_requests_are_kept(connect: Callable[..., Any]) -> None:
    """The log keeps the configured number of requests, oldest first, and can be cleared."""
    with Emulator(log_size=3) as emulator:
        chime = connect(emulator.endpoint_url)
        chime.list_voice_connector_groups()
        for _ in range(2):
            chime.list_voice_connectors()
        chime.list_phone_numbers()

        kept = [request.operation for request in emulator.requests]
        emulator.clear_requests()

        assert kept == ["ListVoiceConnectors", "ListVoiceConnectors", "ListPhoneNumbers"]
        assert emulator.requests == []
