"""Queries DNS servers for the addresses of host names, with dnspython.

On some platforms the system resolver does not distinguish a name that does not exist from one without addresses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dns.exception
import dns.rcode
import dns.resolver

from .dns_answer import NO_ADDRESS, NO_ANSWER, NO_SUCH_NAME, DnsAnswer, DnsFailure

if TYPE_CHECKING:
    from .dns_answer import Server

NO_RESOLVER = DnsFailure("no_resolver", "this machine has no DNS server")
MALFORMED = DnsFailure("malformed", "the answer of DNS is malformed")
NOT_A_NAME = DnsFailure("not_a_name", "DNS has no such names")
_SILENCE = (NO_ANSWER, NO_RESOLVER)
_HINTS = {
    "SERVFAIL": " (broken zone or DNSSEC)",
    "REFUSED": " (the DNS server does not serve this machine or this name)",
}


@dataclass
class Names:
    """Looks up host names in DNS.

    Attributes:
        server: the DNS server; None for those of the machine.
        seconds: how long an answer may take.
    """

    server: Server | None = None
    seconds: float = 2.0
    _is_silent: bool = False
    _answered: str | None = None

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
        """Returns the addresses of a name, or the reason why there are none."""
        try:
            answer: Any = self._resolver().resolve(f"{name}.", kind, lifetime=self.seconds, raise_on_no_answer=False)
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

    def _resolver(self) -> dns.resolver.Resolver:
        """Returns a resolver that gives each server an equal part of the time, and queries the one that answered last first."""
        resolver = dns.resolver.Resolver(configure=self.server is None)
        if self.server is not None:
            resolver.nameservers = [self.server.address]
            resolver.port = self.server.port
        servers = list(resolver.nameservers)
        resolver.nameservers = sorted(servers, key=lambda server: server != self._answered)
        resolver.timeout = self.seconds / max(1, len(servers))
        return resolver


def _failure_of_servers(error: Any) -> DnsFailure:
    """Returns the response code of a server, if one responded, and otherwise the reason why none did."""
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
