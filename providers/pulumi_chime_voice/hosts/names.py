"""What DNS says of host names, with dnspython, which the extra ``[cli]`` installs.

The system's own resolver does not tell a name that does not exist from one without an address on every platform.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import re
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from dns.resolver import Resolver

RESOLVER = "chime-voice:resolver"
"""The key of the stack's configuration that says which DNS server a preview asks."""
OFF, SYSTEM = "off", "system"
DNS_PORT = 53
_MOST_PORT = 65535
_WITH_PORT = re.compile(r"(?P<v4>[^:\[\]]+):(?P<v4_port>\d{1,5})|\[(?P<v6>[^\]]+)\](?::(?P<v6_port>\d{1,5}))?")


class Trouble(Enum):
    """Why a name has no addresses; the value is how people read it."""

    NO_SUCH_NAME = "NXDOMAIN: the name does not exist"
    NO_ADDRESS = "the name has no address"
    NO_ANSWER = "DNS did not answer"
    NO_RESOLVER = "this machine has no DNS server"


@dataclass(frozen=True)
class Found:
    """What DNS says of a name.

    Attributes:
        ipv4: its A records.
        ipv6: its AAAA records.
        trouble: why there are none; None if there are some.
    """

    ipv4: tuple[str, ...] = ()
    ipv6: tuple[str, ...] = ()
    trouble: Trouble | None = None


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
        self._is_silent = False

    @staticmethod
    def is_installed() -> bool:
        return importlib.util.find_spec("dns") is not None

    def exists(self, name: str) -> bool:
        """Whether the name exists; True if DNS does not say. A DNS server that did not answer once is asked no more."""
        if self._is_silent:
            return True
        trouble = self._ask(name, "A")[1]
        self._is_silent = trouble in (Trouble.NO_ANSWER, Trouble.NO_RESOLVER)
        return trouble is not Trouble.NO_SUCH_NAME

    def find(self, name: str) -> Found:
        """The addresses of the name."""
        ipv4, trouble = self._ask(name, "A")
        if trouble not in (None, Trouble.NO_ADDRESS):
            return Found(trouble=trouble)
        ipv6, _ = self._ask(name, "AAAA")
        return Found(ipv4, ipv6, None if ipv4 or ipv6 else Trouble.NO_ADDRESS)

    def _ask(self, name: str, kind: str) -> tuple[tuple[str, ...], Trouble | None]:
        import dns.exception  # noqa: PLC0415 - a preview without changes needs none of it
        import dns.resolver  # noqa: PLC0415

        try:
            answer: Any = self._resolver().resolve(f"{name}.", kind, lifetime=self._seconds, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return (), Trouble.NO_SUCH_NAME
        except dns.resolver.NoResolverConfiguration:
            return (), Trouble.NO_RESOLVER
        except (dns.exception.DNSException, OSError):
            return (), Trouble.NO_ANSWER
        addresses = tuple(sorted(record.address for record in answer.rrset or ()))
        return addresses, None if addresses else Trouble.NO_ADDRESS

    def _resolver(self) -> Resolver:
        import dns.resolver  # noqa: PLC0415

        resolver = dns.resolver.Resolver(configure=self._server is None)
        if self._server is not None:
            resolver.nameservers = [self._server.address]
            resolver.port = self._server.port
        return resolver
