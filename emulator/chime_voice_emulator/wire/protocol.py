"""uvicorn's HTTP/1.1 protocol with AWS's responses to malformed and incomplete requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

from chime_voice_emulator.model import ServiceError, bad_request
from chime_voice_emulator.wire.exchange import LINGER_SECONDS, TRANSPORT, raw_error

if TYPE_CHECKING:
    import asyncio

    from starlette.types import Receive, Scope, Send
    from uvicorn.protocols.http.h11_impl import RequestResponseCycle

    from chime_voice_emulator.wire.app import Application


class Protocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol with three changes.

    - The ASGI scope has the transport, so that faults can close the connection.
    - Malformed HTTP and too many headers get AWS's error response. The connection then reads on for a while, because a client
      loses its response if the connection closes with unread data.
    - A request's head must arrive within the request timeout, like its body.
    """

    _refused = False
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        application = self.app
        self._head_timer = self.loop.call_later(self._application.request_timeout, self._head_is_overdue)

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = transport
            await application(scope, receive, send)

        self.app = with_transport

    def data_received(self, data: bytes) -> None:
        if not self._refused:
            super().data_received(data)
            self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_head()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch_head()

    @property
    def _application(self) -> Application:
        return cast("Application", self.config.app)

    def _watch_head(self) -> None:
        if self._under_way is not None or not self.conn.trailing_data[0]:
            self._forget_head()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(self._application.request_timeout, self._head_is_overdue)

    def _forget_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_is_overdue(self) -> None:
        if self.conn.trailing_data[0]:
            self._refuse(ServiceError("RequestTimeoutException", "The request's head did not arrive in time."))
        else:
            self.transport.close()

    @property
    def _under_way(self) -> RequestResponseCycle | None:
        return self.cycle if self.cycle is not None and not self.cycle.response_complete else None

    def send_400_response(self, msg: str) -> None:
        self._refuse(bad_request(msg))

    def _refuse(self, error: ServiceError) -> None:
        self._refused = True
        self._forget_head()
        under_way = self._under_way
        if under_way is None or not under_way.response_started:
            self.transport.write(raw_error(error))
        if under_way is not None:
            under_way.disconnected = True
            under_way.message_event.set()
        self.flow.resume_reading()
        self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)
