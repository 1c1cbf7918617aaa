"""Probes an endpoint from this machine: DNS, then a connection, then SIP OPTIONS, for each address of the host."""

from __future__ import annotations

import errno
import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import sip, tls
from .addresses import unreachable

if TYPE_CHECKING:
    from .names import Found, Names

UDP, TCP, TLS = "UDP", "TCP", "TLS"
_NO_ROUTE = {errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}


@dataclass(frozen=True)
class Endpoint:
    """What is probed.

    Attributes:
        host: a name or an IP address.
        port: 0 to 65535.
        transport: `UDP`, `TCP`, or `TLS` over TCP.
    """

    host: str
    port: int
    transport: str


@dataclass
class Attempt:
    """What one address did.

    Attributes:
        address: the IP address.
        private: which kind of address it is, if AWS cannot reach it; else None.
        here: the address of this machine that asked; empty if there was no connection.
        connect_seconds: the time that the connection took, with the handshake of TLS; None over UDP, or if it failed.
        certificate: of the host, over TLS.
        response: the answer to SIP OPTIONS.
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


@dataclass(frozen=True)
class Outcome:
    """What was found out about an endpoint.

    Attributes:
        endpoint: that was probed.
        dns: the answer of DNS; None if the host is an address.
        attempts: one for each address.
    """

    endpoint: Endpoint
    dns: Found | None
    attempts: tuple[Attempt, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether every address that could be tried answered, and there is one."""
        tried = [attempt for attempt in self.attempts if not attempt.skipped]
        return bool(tried) and not any(attempt.trouble for attempt in tried)


def probe(endpoint: Endpoint, names: Names, seconds: float) -> Outcome:
    """Probes one endpoint.

    Args:
        names: asks DNS.
        seconds: the timeout of each step of each address: the answer of DNS, the connection, the handshake, the SIP answer.
    """
    try:
        addresses: tuple[str, ...] = (str(ipaddress.ip_address(endpoint.host)),)
        dns = None
    except ValueError:
        dns = names.find(endpoint.host.rstrip("."))
        addresses = (*dns.ipv4, *dns.ipv6)
    return Outcome(endpoint, dns, tuple(_attempt(endpoint, address, seconds) for address in addresses))


def _attempt(endpoint: Endpoint, address: str, seconds: float) -> Attempt:
    attempt = Attempt(address, unreachable(address))
    if endpoint.port == 0:
        attempt.trouble = "port 0 takes no calls"
        return attempt
    try:
        began = time.monotonic()
        with _connect(endpoint, attempt, seconds) as connection:
            if endpoint.transport != UDP:
                attempt.connect_seconds = time.monotonic() - began
            attempt.here = connection.getsockname()[0]
            attempt.response = sip.options(connection, endpoint.host.rstrip("."), endpoint.transport, seconds)
    except sip.NoResponseError as error:
        attempt.trouble = str(error)
    except (TimeoutError, OSError) as error:
        attempt.trouble = _trouble(error, attempt)
        attempt.skipped = ":" in address and isinstance(error, OSError) and error.errno in _NO_ROUTE
    certificate = attempt.certificate
    if certificate is not None and certificate.distrust:
        attempt.trouble = f"certificate: {certificate.distrust}"
    elif certificate is not None and certificate.requests_client_certificate and attempt.trouble:
        attempt.trouble = str(tls.ClientCertificateError())
    return attempt


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


def _trouble(error: Exception, attempt: Attempt) -> str:
    if isinstance(error, TimeoutError):
        return "no connection in time" if attempt.connect_seconds is None else "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused: nothing listens on this port"
    if isinstance(error, ConnectionResetError):
        return "the host closed the connection"
    if isinstance(error, ssl.SSLError):
        return f"no TLS: {(error.reason or str(error)).replace('_', ' ').lower()}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return str(error)
