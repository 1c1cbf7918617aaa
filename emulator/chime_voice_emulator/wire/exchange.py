"""One HTTP request and its response, which can be sent whole, in part, slowly or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import anyio

from chime_voice_emulator.faults import OK
from chime_voice_emulator.model import ServiceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Message, Receive, Scope, Send

    from chime_voice_emulator.faults import Answer
    from chime_voice_emulator.service.call import Caller

MAX_BODY_BYTES = 1 << 20

# The key of the connection's transport in the ASGI scope: ASGI itself cannot close a connection.
TRANSPORT = "chime_voice_emulator.transport"

LINGER_SECONDS = 2.0
"""How long to read from a client that still sends: if a connection closes with unread data, the client loses its response."""

_TRICKLES = 20


@dataclass(frozen=True)
class Reply:
    """A response before it is sent.

    Attributes:
        status: the HTTP status.
        content: the body; empty if there is none.
        error_type: the error's name; None if the response is not an error.
        fault: how the response is sent.
    """

    status: int
    content: bytes = b""
    error_type: str | None = None
    fault: Answer = OK

    @classmethod
    def of(cls, status: int, body: Mapping[str, Any] | None, fault: Answer = OK) -> Reply:
        """Returns a successful response, with a JSON body or without one."""
        return cls(status, b"" if body is None else encode(body), fault=fault)

    @classmethod
    def of_error(cls, error: ServiceError) -> Reply:
        """Returns an error response."""
        return cls(error.status, encode(error.body), error_type=error.code)

    @property
    def is_sent(self) -> bool:
        """Whether the client gets any part of the response."""
        # A response without a body has no half to send, so "tear" has the effect of "lose".
        return self.fault.kind not in {"drop", "lose"} and not (self.fault.kind == "tear" and not self.content)


def encode(body: Mapping[str, Any]) -> bytes:
    """Encodes a JSON body in the service's form: members in alphabetical order, no spaces."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def headers_of(reply: Reply, now: float, *, keep_alive: bool) -> list[tuple[bytes, bytes]]:
    """Returns the headers of a response, in AWS's spelling.

    Args:
        reply: the response.
        now: the time by the service's clock, in seconds since the epoch.
        keep_alive: whether to add ``Connection: keep-alive``.
    """
    headers = [
        (b"x-amzn-RequestId", str(uuid.uuid4()).encode()),
        (b"Date", formatdate(now, usegmt=True).encode()),
    ]
    if reply.error_type is not None:
        headers.append((b"x-amzn-ErrorType", reply.error_type.encode()))
    if reply.content:
        headers.append((b"Content-Type", b"application/json"))
        headers.append((b"Content-Length", str(len(reply.content)).encode()))
    if keep_alive:
        headers.append((b"Connection", b"keep-alive"))
    return headers


def raw_error(error: ServiceError) -> bytes:
    """Returns the bytes of an error response to incomplete or malformed HTTP."""
    reply = Reply.of_error(error)
    headers = [*headers_of(reply, time.time(), keep_alive=False), (b"Connection", b"close")]
    status = f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}".encode()
    lines = [status, *(name + b": " + value for name, value in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + reply.content


class Exchange:
    """One HTTP request and its response.

    Names of headers are in lower case; path and query are still encoded. ``caller`` is set when the signature is verified.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self.method: str = scope["method"]
        self.path: str = scope["raw_path"].decode("latin-1")
        self.query: str = scope["query_string"].decode("latin-1")
        self.headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        self._last_headers = dict(self.headers)
        self.caller: Caller | None = None
        self.labels: Mapping[str, str] = scope.get("path_params", {})
        self._too_large = False

    def header(self, name: str) -> str | None:
        """Returns the last value of the header with this lower-case name; None if it is missing."""
        return self._last_headers.get(name)

    async def body(self, timeout: float) -> bytes:
        """Reads the request's body.

        Raises:
            ServiceError: the body is larger than 1 MiB, or takes longer than ``timeout`` seconds.
            ConnectionResetError: the client closed the connection.
        """
        length = self.header("content-length")
        if length is not None and int(length) > MAX_BODY_BYTES:
            raise self._refuse_body()
        body = bytearray()
        with anyio.move_on_after(timeout):
            more = True
            while more:
                message = await self._next_message()
                body += message["body"]
                more = message["more_body"]
                if len(body) > MAX_BODY_BYTES:
                    raise self._refuse_body()
            return bytes(body)
        raise ServiceError("RequestTimeoutException", "The request's body did not arrive in time.")

    def _refuse_body(self) -> ServiceError:
        self._too_large = True
        return ServiceError(
            "RequestEntityTooLargeException", f"The request's body is larger than {MAX_BODY_BYTES} bytes."
        )

    async def _next_message(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ConnectionResetError
        return message

    async def send(self, reply: Reply, now: float) -> None:
        """Sends a response with its fault; ``now`` is the time by the service's clock."""
        headers = headers_of(reply, now, keep_alive=(self.header("connection") or "").lower() != "close")
        if not reply.is_sent:
            await self._hang_up()
        elif reply.fault.kind == "tear":
            await self._start(reply, headers)
            await self._send_body(reply.content[: len(reply.content) // 2], more=True)
            await self._hang_up()
        elif reply.fault.kind == "slow":
            await self._trickle(reply, headers)
        else:
            await self._start(reply, headers)
            if self._too_large:
                await self._send_body(reply.content, more=True)
                await self._drain()
                await self._send_body(b"")
            else:
                await self._send_body(reply.content)

    async def _drain(self) -> None:
        with anyio.move_on_after(LINGER_SECONDS), contextlib.suppress(ConnectionResetError):
            while (await self._next_message())["more_body"]:
                pass

    async def _trickle(self, reply: Reply, headers: list[tuple[bytes, bytes]]) -> None:
        step = len(reply.content) // _TRICKLES + 1
        pause = reply.fault.seconds * step / (len(reply.content) + step)
        await asyncio.sleep(pause)
        await self._start(reply, headers)
        for start in range(0, len(reply.content), step):
            await asyncio.sleep(pause)
            await self._send_body(reply.content[start : start + step], more=True)
        await self._send_body(b"")

    async def _start(self, reply: Reply, headers: list[tuple[bytes, bytes]]) -> None:
        await self._send({"type": "http.response.start", "status": reply.status, "headers": headers})

    async def _send_body(self, part: bytes, *, more: bool = False) -> None:
        await self._send({"type": "http.response.body", "body": part, "more_body": more})

    async def _hang_up(self) -> None:
        self._scope[TRANSPORT].close()
        while (await self._receive())["type"] != "http.disconnect":
            pass
