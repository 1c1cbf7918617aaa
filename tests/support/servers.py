"""Servers on loopback that see what is sent: a relay that stands for a proxy or for TLS, and fixed answers."""

from __future__ import annotations

import contextlib
import re
import select
import socket
import threading
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator


@dataclass
class Seen:
    """A request as it arrived. `target` is what the request line says: a proxy sees a whole URL, or a host to connect to."""

    method: str
    target: str
    headers: dict[str, str]
    form: dict[str, str]

    @property
    def signed_by(self) -> str | None:
        """Access key of the signature."""
        found = re.search(r"Credential=([^/]+)/", self.headers.get("authorization", ""))
        return found and found[1]

    @property
    def region(self) -> str | None:
        """Region of the signature."""
        found = re.search(r"Credential=[^/]+/[^/]+/([^/]+)/", self.headers.get("authorization", ""))
        return found and found[1]


class _Running:
    """A server in a thread, for as long as a `with` block."""

    def _start(self, server: ThreadingHTTPServer) -> None:
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@dataclass
class Relay(_Running):
    """A server that notes each request and hands it on, whatever host it names; it stands for a proxy too."""

    upstream: str
    context: ssl.SSLContext | None = None
    rewrite: Callable[[bytes], bytes] = bytes
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0
    url: str = ""

    def __enter__(self) -> Relay:
        server = _RelayServer(("127.0.0.1", 0), _RelayHandler)
        server.relay = self
        scheme = "http" if self.context is None else "https"
        self.url = f"{scheme}://127.0.0.1:{server.server_port}"
        self._start(server)
        return self


class _RelayServer(ThreadingHTTPServer):
    daemon_threads = True
    relay: Relay

    def get_request(self) -> Any:
        connection, address = super().get_request()
        self.relay.connections += 1
        if self.relay.context is not None:
            connection = self.relay.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, *_: Any) -> None:
        """A client that does not trust our certificate breaks off; that is what it is to do."""


class _RelayHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _RelayServer

    def log_message(self, *_: Any) -> None: ...

    def note(self, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.server.relay.seen.append(Seen(self.command, self.path, headers, form))

    def hand_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.note(body)
        where, path = urlsplit(self.server.relay.upstream), self.path
        if path.startswith("http"):
            path = path[path.index("/", len("https://")) :]
        connection = HTTPConnection(where.hostname or "", where.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(self.command, path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            content = self.server.relay.rewrite(answer.read())
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "server", "date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = hand_on  # noqa: N815

    def do_CONNECT(self) -> None:
        self.note(b"")
        where = urlsplit(self.server.relay.upstream)
        with socket.create_connection((where.hostname or "", where.port or 80)) as other:
            self.send_response(200)
            self.end_headers()
            _pump(self.connection, other)
        self.close_connection = True


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Bytes in both directions until one side ends."""
    while True:
        for ready in select.select([one, other], [], [], 30)[0]:
            sent = ready.recv(65536)
            if not sent:
                return
            (other if ready is one else one).sendall(sent)


@contextlib.contextmanager
def answering(answers: dict[str, tuple[int, str]]) -> Iterator[tuple[str, list[str]]]:
    """A server with fixed answers by path; its URL, and the paths asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            asked.append(self.path)
            status, text = answers.get(self.path, (404, ""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_PUT = do_POST = answer  # noqa: N815

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Reply:
    """A response as a server sends it: `head` are whole header lines, in which no length is added."""

    status: int
    body: bytes = b""
    head: tuple[str, ...] = ()
    content_type: str | None = "application/json"

    def as_bytes(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} .", *self.head, "Connection: close"]
        if self.content_type is not None:
            lines.append(f"Content-Type: {self.content_type}")
        if self.status != NO_CONTENT and not any(line.lower().startswith(_FRAMING) for line in self.head):
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode() + self.body


NO_CONTENT = 204
_FRAMING = ("content-length", "transfer-encoding")


class Stranger(_Running):
    """A server that gives one reply to every request, or to each the reply that `reply` makes of its method and path."""

    def __init__(self, reply: Reply | Callable[[str, str], Reply]) -> None:
        self.reply: Reply | Callable[[str, str], Reply] = reply
        self.asked: list[tuple[str, str]] = []

    def __enter__(self) -> Stranger:
        stranger = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None: ...

            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("content-length") or 0))
                stranger.asked.append((self.command, self.path))
                reply = stranger.reply
                self.wfile.write((reply(self.command, self.path) if callable(reply) else reply).as_bytes())
                self.close_connection = True

            do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{server.server_port}"
        self._start(server)
        return self


@contextlib.contextmanager
def moto_server() -> Iterator[str]:
    """Runs moto's server, which stands for other services of AWS; its state belongs to the process."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - a second that few tests need

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()
