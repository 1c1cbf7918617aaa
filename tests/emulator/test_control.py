"""The control API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .support import CONNECTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from .support import Process, Raw


@pytest.fixture
def control(start_process: Callable[..., Process], raw_at: Callable[..., Raw]) -> Raw:
    """Returns a client of an emulator in another process that serves the control API."""
    return raw_at(start_process("--control").endpoint_url)


def test_the_request_log(control: Raw) -> None:
    """The log can be read and cleared. It does not contain control requests."""
    control.send("GET", f"/voice-connectors/{CONNECTOR}")
    (logged,) = control.send("GET", "/_emulator/requests", sign=False).json

    assert {**logged, "time": 0, "user_agent": None} == {
        "operation": "GetVoiceConnector",
        "voice_connector_id": CONNECTOR,
        "region": "us-east-1",
        "account": "000000000000",
        "access_key": "test",
        "status": 404,
        "method": "GET",
        "path": f"/voice-connectors/{CONNECTOR}",
        "user_agent": None,
        "time": 0,
    }
    assert control.send("DELETE", "/_emulator/requests", sign=False).status == 204
    assert control.send("GET", "/_emulator/requests", sign=False).json == []


def test_faults(control: Raw) -> None:
    """Faults can be set, read and cleared while the emulator runs."""
    body = {"latency": "1ms", "fail": [{"operation": "ListVoiceConnectors", "answers": [503]}]}
    answer = control.send("POST", "/_emulator/faults", body, sign=False)

    assert answer.status == 200
    assert answer.json == control.send("GET", "/_emulator/faults", sign=False).json
    assert answer.json["latency"] == 0.001
    assert control.send("GET", "/voice-connectors").status == 503
    control.send("DELETE", "/_emulator/faults", sign=False)
    assert control.send("GET", "/_emulator/faults", sign=False).json["latency"] == 0


def test_seed(control: Raw) -> None:
    """A seed can be loaded."""
    answer = control.send("POST", "/_emulator/seed", {"voice_connectors": [{"id": CONNECTOR}]}, sign=False)

    assert (answer.status, answer.json) == (201, {"voice_connectors": [CONNECTOR]})
    assert control.send("GET", f"/voice-connectors/{CONNECTOR}").status == 200


@pytest.mark.parametrize("path", ["/_emulator/faults", "/_emulator/seed"])
@pytest.mark.parametrize("body", [b"nonsense", b"[]", b'{"nothing": 1}', b"[" * 100_000, b"x" * ((1 << 20) + 1)])
def test_invalid_bodies(control: Raw, path: str, body: bytes) -> None:
    """An invalid body gets a 400 with a message."""
    answer = control.send("POST", path, body, sign=False)

    assert answer.status == 400
    assert set(answer.json) == {"message"}


@pytest.mark.parametrize("headers", [{"Origin": "http://example.com"}, {"Host": "example.com"}, {"Host": "[::"}])
def test_web_pages_are_rejected(control: Raw, headers: dict[str, str]) -> None:
    """Requests from web pages or for other host names are rejected."""
    assert control.send("GET", "/_emulator/requests", headers=headers, sign=False).status == 403


def test_it_is_off_by_default(raw: Raw) -> None:
    """Without the option, the path is unknown."""
    assert raw.send("GET", "/_emulator/requests", sign=False).status == 404
