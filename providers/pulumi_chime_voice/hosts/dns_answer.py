"""Defines a DNS server, and what it answers about a name."""

from __future__ import annotations

from dataclasses import dataclass

DNS_PORT = 53


@dataclass(frozen=True)
class Server:
    """A DNS server: its IP address and its port."""

    address: str
    port: int = DNS_PORT


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
