"""Addresses of host names, from DNS."""

from __future__ import annotations

import functools
import importlib.util
import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import ConfigurationError
from .dns_answer import DNS_PORT, NO_ANSWER, NO_RESOLVER, NO_SUCH_NAME, DnsAnswer, Server

if TYPE_CHECKING:
    from .dns_client import DnsClient

OFF, SYSTEM = "off", "system"
_MOST_PORT = 65535
_SILENCE = (NO_ANSWER, NO_RESOLVER)
_WITH_PORT = re.compile(r"(?P<v4>[^:\[\]]+):(?P<v4_port>\d{1,5})|\[(?P<v6>[^\]]+)\](?::(?P<v6_port>\d{1,5}))?")


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

    @staticmethod
    def is_installed() -> bool:
        """Whether dnspython, which the extra ``[cli]`` installs, can be imported."""
        return importlib.util.find_spec("dns") is not None

    def exists(self, name: str) -> bool:
        """Whether the name exists; True if DNS does not say. After a timeout of every server, names are not queried any more."""
        if self._is_silent:
            return True
        _, failure = self._client.query(name, "A")
        self._is_silent = failure in _SILENCE
        return failure != NO_SUCH_NAME

    def find(self, name: str) -> DnsAnswer:
        """Returns the addresses of the name. Without an answer for IPv4, IPv6 is not queried: it would time out as well."""
        ipv4, failure = self._client.query(name, "A")
        failures = {"A": failure}
        ipv6: tuple[str, ...] = ()
        if failure not in _SILENCE:
            ipv6, failures["AAAA"] = self._client.query(name, "AAAA")
        return DnsAnswer(ipv4, ipv6, tuple((kind, failure) for kind, failure in failures.items() if failure))

    @functools.cached_property
    def _client(self) -> DnsClient:
        from .dns_client import DnsClient  # noqa: PLC0415 - a preview without changes has no use for dnspython

        return DnsClient(self.server, self.seconds)
