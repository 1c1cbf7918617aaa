"""The control API, ``/_emulator/…``: the request log, faults and seeds for programs in other processes.

It is off by default. Its requests are not signed, so it rejects web pages, whose requests have an ``Origin`` header, and host
names other than those of the loopback interface, which blocks DNS rebinding.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from chime_voice_emulator.store import StoreError
from chime_voice_emulator.wire.exchange import MAX_BODY_BYTES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from chime_voice_emulator.faults import Faults
    from chime_voice_emulator.wire.requestlog import Request as Logged

PREFIX = "/_emulator"
_LOOPBACK_NAMES = {"127.0.0.1", "localhost", "::1"}


class Controlled(Protocol):
    """The part of `Emulator` that the control API uses."""

    @property
    def faults(self) -> Faults: ...

    @property
    def requests(self) -> list[Logged]: ...

    def clear_requests(self) -> None: ...

    def seed(self, state: Mapping[str, Any]) -> list[str]: ...


def routes(emulator: Controlled) -> list[BaseRoute]:
    """Returns the routes of the control API."""

    async def requests(request: Request) -> Response:
        if request.method == "DELETE":
            emulator.clear_requests()
            return Response(status_code=204)
        return JSONResponse([asdict(logged) for logged in emulator.requests])

    async def faults(request: Request) -> Response:
        if request.method == "DELETE":
            emulator.faults.clear()
        elif request.method == "POST":
            emulator.faults.update(await _object(request))
        return JSONResponse(emulator.faults.as_dict())

    async def seed(request: Request) -> Response:
        state = await _object(request)
        return JSONResponse({"voice_connectors": emulator.seed(state)}, status_code=201)

    return [
        Mount(
            PREFIX,
            routes=[
                Route("/requests", _guarded(requests), methods=["GET", "DELETE"]),
                Route("/faults", _guarded(faults), methods=["GET", "POST", "DELETE"]),
                Route("/seed", _guarded(seed), methods=["POST"]),
            ],
        )
    ]


def _guarded(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def guarded(request: Request) -> Response:
        if "origin" in request.headers or _hostname(request) not in _LOOPBACK_NAMES:
            return JSONResponse({"message": "Programs on this machine only."}, status_code=403)
        try:
            return await handler(request)
        except ValueError as error:
            return JSONResponse({"message": str(error)}, status_code=400)
        except StoreError as error:
            return JSONResponse({"message": str(error)}, status_code=500)

    return guarded


def _hostname(request: Request) -> str | None:
    try:
        return urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return None


async def _object(request: Request) -> dict[str, Any]:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise ValueError("the body is larger than 1 MiB")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise ValueError("the body is not JSON") from None
    if not isinstance(value, dict):
        raise ValueError("the body must be an object")
    return value
