"""Defines a DNS server, and what it answers about a name. Needs no dnspython."""

from __future__ import annotations

import importlib.util
import ipaddress
import re
from dataclasses import dataclass

from ..errors import ConfigurationError

DNS_PORT = 53
OFF, SYSTEM = "off", "system"
_MOST_PORT = 65535
_WITH_PORT = re.compile(r"(?P<v4>[^:\[\]]+):(?P<v4_port>\d{1,5})|\[(?P<v6>[^\]]+)\](?::(?P<v6_port>\d{1,5}))?")


@dataclass(frozen=True)
class Server:
    """A DNS server: its IP address and its port."""

    address: str
    port: int = DNS_PORT


def read_server(where: str, value: object) -> Server | str:
    """Reads a setting that names a DNS server, `OFF`, or `SYSTEM` for those of the machine.

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


def can_query() -> bool:
    """Whether dnspython, which the extra ``[cli]`` installs, can be imported."""
    return importlib.util.find_spec("dns") is not None


@dataclass(frozen=True)
class DnsFailure:
    """The reason why a query returned no address.

    Attributes:
        code: for programs; a response code of DNS in lower case, such as ``servfail``, or that of a constant here or in `names`.
        text: for people.
    """

    code: str
    text: str


NO_SUCH_NAME = DnsFailure("no_such_name", "NXDOMAIN: the name does not exist")
NO_ADDRESS = DnsFailure("no_address", "the name has no address")
NO_ANSWER = DnsFailure("no_answer", "DNS did not answer")


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
