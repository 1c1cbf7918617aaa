"""SIP OPTIONS (RFC 3261, section 11): asks a host whether it speaks SIP, and reads what it sends until it has responded."""

from __future__ import annotations

import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from .._version import __version__
from ..text import printable

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Mapping

FIRST_WAIT, LONGEST_WAIT = 0.5, 4.0
"""Seconds between two sendings over UDP: T1 and T2 of RFC 3261, section 17.1.2."""

OUT_OF_SERVICE = 503
ENDS_WITH_LF = "answers, but ends lines with LF"
INVALID_LENGTH = "answers, but its Content-Length is invalid"

_MOST_BYTES = 65_535
"""Of one message; a datagram cannot be longer."""
_MOST_RECEIVED = 16 * _MOST_BYTES
"""Of a connection, until the response has come."""
_MOST_SHOWN = 60

_STATUS = re.compile(r"SIP/2\.0 ([1-6]\d\d)(?: (.*))?", re.ASCII | re.IGNORECASE | re.DOTALL)
_REQUEST = re.compile(r"([^\s:]+) \S+ SIP/2\.0", re.ASCII | re.IGNORECASE)
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(r"\r?\n[ \t]+")
_LONE_LF = re.compile(r"(?<!\r)\n")
_NUMBER = re.compile(r"\d{1,9}(?!\d)", re.ASCII)
_FINAL = 200
_COMPACT = {"i": "call-id", "l": "content-length"}


@dataclass(frozen=True)
class Response:
    """A final response.

    Attributes:
        status: 200 to 699.
        seconds: the time from the request (over UDP the last of them) to the response.
        retry_after: the seconds after which the host asks to be called again; None if it names no time.
        fault: how the response breaks the rules of SIP, although it can be read; empty if it does not.
    """

    status: int
    reason: str
    seconds: float
    retry_after: int | None = None
    fault: str = ""


class NoResponseError(Exception):
    """The host sent no final response; the text says what it did."""


class _ClosedError(Exception):
    """The host closed the connection between two messages."""


class _Message(NamedTuple):
    """The head of a message: its first line and its headers, by name in lower case and without folding."""

    start: str
    headers: Mapping[str, str]
    ends_with_lf: bool

    @property
    def is_sip(self) -> bool:
        return bool(_STATUS.fullmatch(self.start) or _REQUEST.fullmatch(self.start))

    @property
    def body_length(self) -> int | None:
        """Returns the length; None if it cannot be read, or is longer than any message."""
        length = self.headers.get("content-length", "0")
        return int(length) if _NUMBER.fullmatch(length) and int(length) <= _MOST_BYTES else None


def options(connection: socket.socket, host: str, transport: str, seconds: float) -> Response:
    """Sends OPTIONS over a connected socket and waits for the final response.

    Requests of the host itself, and responses to other requests, are ignored.

    Args:
        host: as its route names it.
        transport: ``"UDP"``, ``"TCP"`` or ``"TLS"``.

    Raises:
        NoResponseError: there was none in time, or the stream is not SIP.
        OSError: the connection failed.
    """
    call = secrets.token_hex(12)
    request = _request(connection, host, transport, call)
    deadline = time.monotonic() + seconds
    read = _datagrams if transport == "UDP" else _stream
    ending, instead = f"no answer in {seconds:g} s", ""
    try:
        for sent, message in read(connection, request, deadline):
            status = _STATUS.fullmatch(message.start)
            if status is None or message.headers.get("call-id") != call:
                instead = _instead(message, status)
            elif int(status[1]) >= _FINAL:
                return _response(message, status, time.monotonic() - sent)
    except _ClosedError:
        ending = "the host closed the connection without an answer"
    raise NoResponseError(ending + instead)


def _response(message: _Message, status: re.Match[str], seconds: float) -> Response:
    after = _NUMBER.match(message.headers.get("retry-after", ""))
    fault = ENDS_WITH_LF if message.ends_with_lf else "" if message.body_length is not None else INVALID_LENGTH
    return Response(int(status[1]), printable(status[2] or ""), seconds, int(after[0]) if after else None, fault)


def _instead(message: _Message, status: re.Match[str] | None) -> str:
    """Describes a message that is no response to the request, for a sentence that ends with it."""
    if status is not None:
        return f", only {_quoted(message.start)} without the request's Call-ID"
    request = _REQUEST.fullmatch(message.start)
    return f", only a request ({printable(request[1])})" if request else f", only {_quoted(message.start)}: not SIP"


def _quoted(text: str) -> str:
    return repr(printable(text[:_MOST_SHOWN]))


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


def _datagrams(connection: socket.socket, request: bytes, deadline: float) -> Iterator[tuple[float, _Message]]:
    """Yields each datagram and when the request was sent last: a lost request is sent again."""
    wait = FIRST_WAIT
    while (sent := time.monotonic()) < deadline:
        connection.send(request)
        until = min(sent + wait, deadline)
        while (datagram := _receive(connection, until)) is not None:
            if message := datagram.lstrip(b"\r\n"):  # otherwise it keeps a path open
                yield sent, _message(message)
        wait = min(2 * wait, LONGEST_WAIT)


def _stream(connection: socket.socket, request: bytes, deadline: float) -> Iterator[tuple[float, _Message]]:
    """Yields each message as soon as its head is complete (RFC 3261, sections 7.5 and 18.3), and when the request was sent."""
    sent = time.monotonic()
    connection.sendall(request)
    received, body, allowed = b"", 0, _MOST_RECEIVED
    while True:
        received, body = received[body:], max(0, body - len(received))
        if not body:
            received = received.lstrip(b"\r\n")
            end, message = _END_OF_HEAD.search(received), _message(received)
            if (b"\n" in received and not message.is_sip) or (end is None and len(received) > _MOST_BYTES):
                raise _unreadable(message, "is too long")
            if end is not None:
                yield sent, message
                if message.body_length is None:
                    raise NoResponseError(f"no answer: Content-Length is invalid in {_quoted(message.start)}")
                received, body = received[end.end() :], message.body_length
                continue
        more = _receive(connection, deadline)
        if not more and received:
            raise _unreadable(_message(received), "breaks off")
        if more is None:
            return
        if not more:
            raise _ClosedError
        received += more
        allowed -= len(more)
        if allowed < 0:
            raise NoResponseError(f"no answer in the first {_MOST_RECEIVED:,} bytes")


def _receive(connection: socket.socket, deadline: float) -> bytes | None:
    """Returns what arrives in time; None if nothing does. Of a stream, no bytes are its end."""
    seconds = deadline - time.monotonic()
    if seconds > 0:
        connection.settimeout(seconds)
        with suppress(TimeoutError):
            return connection.recv(_MOST_BYTES)
    return None


def _unreadable(message: _Message, why: str) -> NoResponseError:
    """Returns the error for a message that cannot be read: that it is not SIP, or otherwise the reason."""
    return NoResponseError(f"the answer {why if message.is_sip else 'is not SIP'}: {_quoted(message.start)}")


def _message(data: bytes) -> _Message:
    head = _END_OF_HEAD.split(data, 1)[0]
    end = data[len(head) : len(head) + 4]
    text = head.decode("utf-8", "replace")
    start, *lines = re.split(r"\r?\n", _FOLD.sub(" ", text))
    pairs = (line.partition(":") for line in lines if ":" in line)
    named = ((name.strip().lower(), value.strip()) for name, _, value in pairs)
    headers = {_COMPACT.get(name, name): value for name, value in named}
    return _Message(start, headers, bool(_LONE_LF.search(text) or (end and not end.startswith(b"\r\n\r\n"))))
