"""The example request and response of the API reference, sent over a socket."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from ..support import CONNECTOR

if TYPE_CHECKING:
    from chime_voice_emulator import Emulator

    from ..support import Raw

SENT = (
    '{"Origination": {"Routes": [{"Host": "%s", "Port": 1234, "Protocol": "TCP", "Priority": 1, "Weight": 5}],'
    ' "Disabled": false}}'
)
RECEIVED = (
    '{"Origination":{"Disabled":false,"Routes":[{"Host":"%s","Port":1234,"Priority":1,"Protocol":"TCP","Weight":5}]}}'
)


def exchange(raw: Raw, body: bytes) -> tuple[list[str], bytes]:
    """Sends the reference's request line and headers; returns the lines of the response's head, and its body."""
    path = f"/voice-connectors/{CONNECTOR}/origination"
    extra = {"Accept-Encoding": "identity", "User-Agent": "aws-cli/1.16.170 Python/3.6.0 Windows/10 botocore/1.12.160"}
    headers = raw.signer.headers(raw.endpoint_url + path, "PUT", body, extra)
    where = urlsplit(raw.endpoint_url)
    head = [f"PUT {path} HTTP/1.1", f"Host: {where.netloc}", *(f"{name}: {value}" for name, value in headers.items())]
    head.append(f"Content-Length: {len(body)}")
    with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
        with connection.makefile("rb") as answer:
            lines = [line.decode().rstrip("\r\n") for line in iter(answer.readline, b"\r\n")]
            (length,) = (int(line.partition(": ")[2]) for line in lines if line.startswith("Content-Length: "))
            return lines, answer.read(length)


def test_the_printed_request_gets_the_printed_response(raw: Raw, connector: str) -> None:
    """The response is the reference's, byte for byte."""
    assert connector == CONNECTOR
    lines, body = exchange(raw, (SENT % "10.24.34.0").encode())

    assert lines[0] == "HTTP/1.1 200 OK"
    assert (RECEIVED % "10.24.34.0").encode() == body


@pytest.mark.usefixtures("connector")
def test_the_printed_lengths_are_those_of_a_host_of_twelve_characters(raw: Raw) -> None:
    """The reference's Content-Length values of 135 and 122 exceed its bodies by two: its host was shortened by two characters."""
    sent = (SENT % "10.24.134.10").encode()
    lines, body = exchange(raw, sent)

    assert len(sent) == 135
    assert "Content-Length: 122" in lines
    assert len(body) == 122


@pytest.mark.usefixtures("connector")
def test_the_response_has_the_headers_of_the_reference(raw: Raw) -> None:
    """The response has a request ID, content type, date and keep-alive in AWS's spelling."""
    lines, _ = exchange(raw, (SENT % "10.24.34.0").encode())
    headers = dict(line.split(": ", 1) for line in lines[1:])

    assert {"x-amzn-RequestId", "Date", "Content-Type", "Content-Length", "Connection"} == set(headers)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", headers["x-amzn-RequestId"])
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", headers["Date"])
    assert headers["Content-Type"] == "application/json"
    assert headers["Connection"] == "keep-alive"


def test_a_connector_that_does_not_exist_is_not_found(emulator: Emulator, raw: Raw) -> None:
    """Put does not create a voice connector."""
    answer = raw.send("PUT", f"/voice-connectors/{CONNECTOR}/origination", {"Origination": {"Disabled": True}})

    assert answer.error == (404, "NotFoundException")
    assert answer.json["Code"] == "NotFound"
    assert [request.status for request in emulator.requests] == [404]
