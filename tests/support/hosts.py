"""Servers on loopback that stand for SIP hosts and for DNS: real sockets, real TLS, real DNS messages."""

from __future__ import annotations

import contextlib
import socket
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping


@dataclass
class Dns:
    """A DNS server. A name that is not in the zone does not exist; one in `silent` gets no answer.

    Attributes:
        zone: the addresses of each name, by type: ``{"sbc.acme.org": {"A": ["127.0.0.1"]}}``; in place of a list of
            addresses, a response code.
        host: the address of the server.
        asked: the names that were asked for, as often as they were.
    """

    zone: Mapping[str, Mapping[str, list[str] | str]]
    silent: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 0
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> Dns:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.host, self.port))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        _end(self._socket, self._thread)

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def _serve(self) -> None:
        while True:
            data, sender = self._socket.recvfrom(4096)
            if not data:
                return
            query = dns.message.from_wire(data)
            question = query.question[0]
            name = question.name.to_text(omit_final_dot=True)
            self.asked.append(name)
            if name in self.silent:
                continue
            answer = dns.message.make_response(query, recursion_available=True)
            if name not in self.zone:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            kind = dns.rdatatype.to_text(question.rdtype)
            addresses = self.zone.get(name, {}).get(kind, [])
            if isinstance(addresses, str):
                answer.set_rcode(dns.rcode.from_text(addresses))
            elif addresses:
                answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *addresses))
            self._socket.sendto(answer.to_wire(), sender)


def respond(request: str, status: str = "200 OK") -> list[bytes]:
    """A SIP response to a request, with the headers that RFC 3261 has copied into it."""
    copied = [
        line for line in request.split("\r\n") if line.partition(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq")
    ]
    return ["\r\n".join([f"SIP/2.0 {status}", *copied, "Content-Length: 0", "", ""]).encode()]


@dataclass
class SipHost:
    """A SIP host on one port. `answer` makes the responses to a request, which is over at `ends`; none, and it stays silent.

    Attributes:
        greeting: what it sends on a connection before any request.
        closes: whether it closes a connection after the responses; otherwise the client does.
    """

    transport: str = "UDP"
    answer: Callable[[str], list[bytes]] = respond
    context: ssl.SSLContext | None = None
    ends: bytes = b"\r\n\r\n"
    greeting: bytes = b""
    closes: bool = False
    requests: list[str] = field(default_factory=list)

    def __enter__(self) -> SipHost:
        kind = socket.SOCK_DGRAM if self.transport == "UDP" else socket.SOCK_STREAM
        self._socket = socket.socket(socket.AF_INET, kind)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        if self.transport != "UDP":
            self._socket.listen()
        self._thread = threading.Thread(target=self._datagrams if self.transport == "UDP" else self._connections)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        _end(self._socket, self._thread)

    def _datagrams(self) -> None:
        while True:
            data, sender = self._socket.recvfrom(65_535)
            if not data:
                return
            self.requests.append(data.decode())
            for message in self.answer(self.requests[-1]):
                self._socket.sendto(message, sender)

    def _connections(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = self._socket.accept()
                with plain, contextlib.suppress(OSError):
                    self._connection(plain)

    def _connection(self, plain: socket.socket) -> None:
        connection: Any = plain
        if self.context is not None:
            connection = self.context.wrap_socket(plain, server_side=True)
        with connection:
            connection.sendall(self.greeting)
            received = b""
            while not received or self.ends not in received:
                more = connection.recv(4096)
                if not more:
                    return
                received += more
            self.requests.append(received.decode("utf-8", "replace"))
            for message in self.answer(self.requests[-1]):
                connection.sendall(message)
            if not self.closes:
                connection.recv(4096)  # until the client closes


def _end(server: socket.socket, thread: threading.Thread) -> None:
    """An empty datagram ends a server of datagrams; a listening socket that is shut down ends its `accept`."""
    if server.type == socket.SOCK_DGRAM:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", server.getsockname())
    else:
        server.shutdown(socket.SHUT_RDWR)
    thread.join(10)
    server.close()
    assert not thread.is_alive()
