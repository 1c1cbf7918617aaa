"""Addresses of host names, from DNS, with dnspython, which the extra ``[cli]`` installs.

On some platforms the system resolver does not distinguish a name that does not exist from one without addresses.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from dns.resolver import Resolver

OFF, SYSTEM = "off", "system"
DNS_PORT = 53
_MOST_PORT = 65535
_WITH_PORT = re.compile(r"(?P<v4>[^:\[\]]+):(?P<v4_port>\d{1,5})|\[(?P<v6>[^\]]+)\](?::(?P<v6_port>\d{1,5}))?")


@dataclass(frozen=True)
class DnsFailure:
    """The reason why a query returned no address.

    Attributes:
        code: for programs; a response code of DNS in lower case, such as ``servfail``, or one of the constants below.
        text: for people.
    """

    code: str
    text: str


NO_SUCH_NAME = DnsFailure("no_such_name", "NXDOMAIN: the name does not exist")
NO_ADDRESS = DnsFailure("no_address", "the name has no address")
NO_ANSWER = DnsFailure("no_answer", "DNS did not answer")
NO_RESOLVER = DnsFailure("no_resolver", "this machine has no DNS server")
MALFORMED = DnsFailure("malformed", "the answer of DNS is malformed")
NOT_A_NAME = DnsFailure("not_a_name", "DNS has no such names")
_SILENCE = (NO_ANSWER, NO_RESOLVER)
_HINTS = {
    "SERVFAIL": " (broken zone or DNSSEC)",
    "REFUSED": " (the DNS server does not serve this machine or this name)",
}


@dataclass(frozen=True)
class DnsAnswer:
    """The addresses of a name.

    Attributes:
        ipv4: its A records.
        ipv6: its AAAA records.
        failures: why there are none, by type of record; a type without an entry has some.
    """

    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()
    failures: tuple[tuple[str, DnsFailure], ...] = ()

    def failed(self, *kinds: str) -> list[tuple[str, DnsFailure]]:
        """Returns the queries of these types that failed. A name without records of a type is no failure."""
        return [(kind, failure) for kind, failure in self.failures if kind in kinds and failure != NO_ADDRESS]

    @property
    def trouble(self) -> DnsFailure | None:
        """The reason why the addresses are unknown or incomplete; None if they are complete."""
        failed = self.failed("A", "AAAA")
        if failed:
            return failed[0][1]
        return None if self.ipv4 or self.ipv6 else NO_ADDRESS


@dataclass(frozen=True)
class Server:
    """A DNS server: its IP address and its port."""

    address: str
    port: int = DNS_PORT


def read_server(where: str, value: object) -> Server | str:
    """A setting that names a DNS server, `OFF`, or `SYSTEM` for those of the machine.

    Raises:
        ConfigurationError: it is none of them; the sentence begins with `where`.
    """
    if value is False or (isinstance(value, str) and value.lower() in (OFF, "false")):
        return OFF
    if isinstance(value, str):
        if value == SYSTEM:
            return SYSTEM
        match = _WITH_PORT.fullmatch(value)
        address = (match["v4"] or match["v6"]) if match else value
        port = int((match["v4_port"] or match["v6_port"] or DNS_PORT) if match else DNS_PORT)
        try:
            if 0 < port <= _MOST_PORT:
                return Server(str(ipaddress.ip_address(address)), port)
        except ValueError:
            pass
    raise ConfigurationError(
        f"{where} is {value!r}: give {OFF}, {SYSTEM}, or the IP address of a DNS server, such as 9.9.9.9 or 127.0.0.1:5353."
    )


class Names:
    """Asks DNS for host names.

    Args:
        server: the DNS server; None for those of the machine.
        seconds: how long an answer may take.
    """

    def __init__(self, server: Server | None = None, seconds: float = 2.0) -> None:
        self._server = server
        self._seconds = seconds
        self._answered: str | None = None
        self._is_silent = False

    @staticmethod
    def is_installed() -> bool:
        return importlib.util.find_spec("dns") is not None

    def exists(self, name: str) -> bool:
        """Whether the name exists; True if DNS does not say. After a timeout of every server, names are not queried any more."""
        if self._is_silent:
            return True
        _, failure = self._query(name, "A")
        self._is_silent = failure in _SILENCE
        return failure != NO_SUCH_NAME

    def find(self, name: str) -> DnsAnswer:
        """Returns the addresses of the name. Without an answer for IPv4, IPv6 is not queried: it would time out as well."""
        ipv4, failure = self._query(name, "A")
        failures = {"A": failure}
        ipv6: tuple[str, ...] = ()
        if failure not in _SILENCE:
            ipv6, failures["AAAA"] = self._query(name, "AAAA")
        return DnsAnswer(ipv4, ipv6, tuple((kind, failure) for kind, failure in failures.items() if failure))

    def _query(self, name: str, kind: str) -> tuple[tuple[str, ...], DnsFailure | None]:
        import dns.exception  # noqa: PLC0415 - a preview without changes needs none of it
        import dns.resolver  # noqa: PLC0415

        try:
            answer: Any = self._resolver().resolve(f"{name}.", kind, lifetime=self._seconds, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return (), NO_SUCH_NAME
        except dns.resolver.NoResolverConfiguration:
            return (), NO_RESOLVER
        except (dns.resolver.NoNameservers, dns.resolver.LifetimeTimeout) as error:
            return (), _failure_of_servers(error)
        except (dns.exception.DNSException, UnicodeError):
            return (), NOT_A_NAME
        except OSError as error:
            return (), _unreachable(error)
        self._answered = answer.nameserver
        addresses = tuple(sorted(record.address for record in answer.rrset or ()))
        return addresses, None if addresses else NO_ADDRESS

    def _resolver(self) -> Resolver:
        """Returns a resolver that gives each server an equal part of the time, and first asks the one that answered last."""
        import dns.resolver  # noqa: PLC0415

        resolver = dns.resolver.Resolver(configure=self._server is None)
        if self._server is not None:
            resolver.nameservers = [self._server.address]
            resolver.port = self._server.port
        servers = list(resolver.nameservers)
        resolver.nameservers = sorted(servers, key=lambda server: server != self._answered)
        resolver.timeout = self._seconds / max(1, len(servers))
        return resolver


def _failure_of_servers(error: Any) -> DnsFailure:
    """Returns the response code of a server, if one responded, and otherwise the reason why none did."""
    import dns.rcode  # noqa: PLC0415
    import dns.resolver  # noqa: PLC0415

    errors = error.kwargs.get("errors") or ()
    codes = [response.rcode() for *_, response in errors if response is not None]
    failing = [dns.rcode.to_text(code) for code in codes if code != dns.rcode.NOERROR]
    if failing:
        return DnsFailure(failing[0].lower(), f"DNS answered {failing[0]}{_HINTS.get(failing[0], '')}")
    if codes:
        return MALFORMED
    if isinstance(error, dns.resolver.LifetimeTimeout):
        return NO_ANSWER
    causes = [cause for _, _, _, cause, _ in errors]
    return next((_unreachable(cause) for cause in causes if isinstance(cause, OSError)), MALFORMED)


def _unreachable(error: OSError) -> DnsFailure:
    return DnsFailure("unreachable", f"the DNS server cannot be reached: {(error.strerror or str(error)).lower()}")
