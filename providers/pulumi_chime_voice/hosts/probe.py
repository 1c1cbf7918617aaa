"""Probes an endpoint from this machine: DNS, then a connection, then SIP OPTIONS, for each address of the host."""

from __future__ import annotations

import errno
import socket
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..text import printable
from . import sip, tls
from .addresses import address_of, unreachable

if TYPE_CHECKING:
    from .dns_answer import DnsAnswer
    from .names import Names

UDP, TCP, TLS = "UDP", "TCP", "TLS"
_NO_ROUTE = {errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


@dataclass(frozen=True)
class Endpoint:
    """A host (a name or an IP address) and how it is reached: port, and `UDP`, `TCP`, or `TLS` over TCP."""

    host: str
    port: int
    transport: str


@dataclass
class Attempt:
    """The result for one address.

    Attributes:
        private: which kind of address it is, if AWS cannot reach it; else None.
        here: the address of this machine that probed it; empty if there was no connection.
        connect_seconds: the time that the connection took, with the handshake of TLS; None over UDP, or if it failed.
        trouble: why the address does not take calls, as far as this machine can tell; empty if it does.
        skipped: whether it was not tried, because this machine has no way to such addresses.
    """

    address: str
    private: str | None = None
    here: str = ""
    connect_seconds: float | None = None
    certificate: tls.Certificate | None = None
    response: sip.Response | None = None
    trouble: str = ""
    skipped: bool = False

    @property
    def is_out_of_service(self) -> bool:
        """Whether the host says that it takes no calls now, and has no other trouble."""
        return self.response is not None and self.trouble == _out_of_service(self.response) != ""


@dataclass(frozen=True)
class Outcome:
    """The result for an endpoint.

    Attributes:
        dns: the answer of DNS; None if the host is an address.
        attempts: one for each address.
        trouble: why the probe itself failed; empty if it did not.
    """

    endpoint: Endpoint
    dns: DnsAnswer | None = None
    attempts: tuple[Attempt, ...] = ()
    trouble: str = ""


def probe(endpoint: Endpoint, names: Names, seconds: float) -> Outcome:
    """Probes one endpoint. No host can make it raise: then the outcome says what went wrong.

    Args:
        names: looks up the host in DNS.
        seconds: the timeout of each step of each address: the answer of DNS, the connection, the handshake, the SIP answer.
    """
    try:
        address = address_of(endpoint.host)
        dns = None if address else names.find(endpoint.host.rstrip("."))
        addresses = (*dns.ipv4, *dns.ipv6) if dns else (str(address),)
        return Outcome(endpoint, dns, tuple(_attempt(endpoint, address, seconds) for address in addresses))
    except Exception as error:  # noqa: BLE001 - the other hosts are probed whatever this one sends
        return Outcome(endpoint, trouble=f"the probe failed ({type(error).__name__}: {printable(str(error))})")


def _attempt(endpoint: Endpoint, address: str, seconds: float) -> Attempt:
    private = unreachable(address)
    if endpoint.port == 0:
        return Attempt(address, private, trouble="port 0 takes no calls")
    if not endpoint.transport:
        return Attempt(address, private, trouble="the route has no protocol")
    attempt = Attempt(address, private)
    try:
        began = time.monotonic()
        with _connect(endpoint, attempt, seconds) as connection:
            if endpoint.transport != UDP:
                attempt.connect_seconds = time.monotonic() - began
            attempt.here = connection.getsockname()[0]
            attempt.response = sip.options(connection, endpoint.host.rstrip("."), endpoint.transport, seconds)
            attempt.trouble = attempt.response.fault or _out_of_service(attempt.response)
    except sip.NoResponseError as error:
        attempt.trouble = str(error)
    except OSError as error:
        attempt.trouble = _trouble(error, attempt)
        attempt.skipped = ":" in address and error.errno in _NO_ROUTE
    if attempt.certificate and attempt.certificate.distrust:
        attempt.trouble = f"certificate: {attempt.certificate.distrust}"
    return attempt


def _out_of_service(response: sip.Response) -> str:
    """Describes a response that says that the host takes no calls now; empty for every other response."""
    if response.status != sip.OUT_OF_SERVICE:
        return ""
    return "out of service" + ("" if response.retry_after is None else f", retry after {response.retry_after} s")


def _connect(endpoint: Endpoint, attempt: Attempt, seconds: float) -> socket.socket:
    if endpoint.transport == TLS:
        secured, attempt.certificate = tls.connect(attempt.address, endpoint.port, endpoint.host.rstrip("."), seconds)
        return secured
    if endpoint.transport == TCP:
        return socket.create_connection((attempt.address, endpoint.port), seconds)
    family = socket.AF_INET6 if ":" in attempt.address else socket.AF_INET
    connection = socket.socket(family, socket.SOCK_DGRAM)
    try:
        connection.connect((attempt.address, endpoint.port))
    except BaseException:
        connection.close()
        raise
    return connection


def _trouble(error: OSError, attempt: Attempt) -> str:
    if isinstance(error, TimeoutError):
        return "no connection in time" if attempt.connect_seconds is None else "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused: nothing listens on this port"
    if isinstance(error, ConnectionResetError):
        return "the host closed the connection"
    if isinstance(error, ssl.SSLError):
        return f"no TLS: {(error.reason or str(error)).replace('_', ' ').lower()}"
    return error.strerror.lower() if error.strerror else str(error)
