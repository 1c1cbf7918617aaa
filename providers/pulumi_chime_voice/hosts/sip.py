"""SIP OPTIONS (RFC 3261, section 11): asks a host whether it speaks SIP. Every final response is an answer."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._version import __version__
from ..text import printable

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping

FIRST_WAIT, LONGEST_WAIT = 0.5, 4.0
"""Seconds between two sendings over UDP: T1 and T2 of RFC 3261, section 17.1.2."""

_MOST_BYTES = 65_535
_STATUS = re.compile(r"SIP/2\.0 ([1-6]\d\d)(?: (.*))?")
_FINAL = 200
_COMPACT = {"i": "call-id", "l": "content-length"}


@dataclass(frozen=True)
class Response:
    """A final response.

    Attributes:
        status: 200 to 699.
        reason: the reason phrase.
        seconds: the time from the request (over UDP the last of them) to the response.
    """

    status: int
    reason: str
    seconds: float


class NoResponseError(Exception):
    """The host sent no final response; the text says what it did."""


def options(connection: socket.socket, host: str, transport: str, seconds: float) -> Response:
    """Sends OPTIONS over a connected socket and waits for the final response.

    Args:
        connection: connected to the host; UDP, TCP or TLS.
        host: the host as its route names it.
        transport: ``"UDP"``, ``"TCP"`` or ``"TLS"``.
        seconds: how long to wait.

    Raises:
        NoResponseError: there was none in time, or what came was no response to this request.
        OSError: the connection failed.
    """
    call = secrets.token_hex(12)
    request = _request(connection, host, transport, call)
    deadline = time.monotonic() + seconds
    messages = (
        _datagrams(connection, request, deadline) if transport == "UDP" else _stream(connection, request, deadline)
    )
    for began, text in messages:
        lines = text.split("\r\n")
        status = _STATUS.fullmatch(lines[0])
        if status is None or _headers(lines[1:]).get("call-id") != call:
            if transport != "UDP":
                raise NoResponseError(f"the answer is not SIP: {printable(lines[0][:60])!r}")
            continue
        if int(status[1]) >= _FINAL:
            return Response(int(status[1]), printable(status[2] or ""), time.monotonic() - began)
    raise NoResponseError(f"no answer in {seconds:g} s")


def _request(connection: socket.socket, host: str, transport: str, call: str) -> bytes:
    local, port = connection.getsockname()[:2]
    remote = connection.getpeername()[1]
    here, there = _bracketed(local), f"{_bracketed(host)}:{remote}"
    kind = transport.lower()
    lines = (
        f"OPTIONS sip:{there};transport={kind} SIP/2.0",
        f"Via: SIP/2.0/{transport} {here}:{port};branch=z9hG4bK{secrets.token_hex(8)};rport",
        "Max-Forwards: 70",
        f"From: <sip:probe@{here}>;tag={secrets.token_hex(4)}",
        f"To: <sip:{there}>",
        f"Call-ID: {call}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:probe@{here}:{port};transport={kind}>",
        "Accept: application/sdp",
        f"User-Agent: chime-voice/{__version__}",
        "Content-Length: 0",
    )
    return "\r\n".join((*lines, "", "")).encode()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _datagrams(connection: socket.socket, request: bytes, deadline: float) -> Iterator[tuple[float, str]]:
    """Each datagram that arrives, and when the request was sent last: a lost request is sent again."""
    wait = FIRST_WAIT
    while (began := time.monotonic()) < deadline:
        connection.send(request)
        until = min(began + wait, deadline)
        while (left := until - time.monotonic()) > 0:
            connection.settimeout(left)
            try:
                yield began, connection.recv(_MOST_BYTES).decode("utf-8", "replace")
            except TimeoutError:
                break
        wait = min(2 * wait, LONGEST_WAIT)


def _stream(connection: socket.socket, request: bytes, deadline: float) -> Iterator[tuple[float, str]]:
    """Each message that arrives, and when the request was sent."""
    began = time.monotonic()
    connection.sendall(request)
    received = b""
    while (left := deadline - time.monotonic()) > 0:
        head, ends, rest = received.partition(b"\r\n\r\n")
        text = head.decode("utf-8", "replace").lstrip("\r\n")
        length = _headers(text.split("\r\n")).get("content-length", "0") if ends else ""
        if ends and text and length.isdecimal() and len(rest) >= int(length):
            yield began, text
            received = rest[int(length) :]
            continue
        if len(received) > _MOST_BYTES:
            raise NoResponseError("the answer is not SIP")
        connection.settimeout(left)
        try:
            more = connection.recv(_MOST_BYTES)
        except TimeoutError:
            break
        if not more:
            if received:
                raise NoResponseError(f"the answer is not SIP: {printable(text[:60])!r}")
            raise NoResponseError("the host closed the connection without an answer")
        received += more


def _headers(lines: list[str]) -> Mapping[str, str]:
    pairs = (line.partition(":") for line in lines if ":" in line)
    named = ((name.strip().lower(), value.strip()) for name, _, value in pairs)
    return {_COMPACT.get(name, name): value for name, value in named}
