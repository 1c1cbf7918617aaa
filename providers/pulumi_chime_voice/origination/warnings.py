"""Warns about settings that are valid but may harm calls, from the settings only."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from ..engine.kinds import CONNECTOR_ID
from ..engine.messages import ODD_ID
from ..hosts.addresses import address_of, unreachable
from . import messages
from .routes import DEFAULT_PORT, canonical_endpoint, canonical_host, endpoint, hosts

if TYPE_CHECKING:
    from collections.abc import Callable

    from .routes import Settings

DOCUMENTED_ROUTES = 10

_DOCUMENTATION = [
    # RFC 5737, RFC 3849, RFC 9637
    ipaddress.ip_network(block)
    for block in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
]
_DOCUMENTATION_NAMES = ("example.com", "example.net", "example.org", "example", "test", "invalid")  # RFC 2606
_PRIVATE_NAMES = {
    "local": "mDNS (RFC 6762)",
    "internal": "private networks (reserved by ICANN)",
    "home.arpa": "home networks (RFC 8375)",
    "localhost": "the host itself (RFC 6761)",
}
_OWN_DOMAIN = ".voiceconnector.chime.aws"
_INTERNAL_LOAD_BALANCER = re.compile(r"internal-[^.]+\.(?:[^.]+\.)?elb\.amazonaws\.com(?:\.cn)?")


def of_declaration(connector: object, settings: Settings) -> list[str]:
    """Returns the warnings that need only the declared settings."""
    texts = []
    if isinstance(connector, str) and not CONNECTOR_ID.fullmatch(connector):
        texts.append(ODD_ID.format(id=connector))
    routes = settings.enabled_routes
    for host in dict.fromkeys(route["host"] for route in routes):
        texts += _of_host(host)
    texts += [messages.PORT_ZERO.format(endpoint=endpoint(route)) for route in routes if route["port"] == 0]
    if len(routes) > DOCUMENTED_ROUTES:
        texts.append(messages.MANY_ROUTES.format(count=len(routes)))
    priorities: dict[str, dict[str, None]] = {}
    for route in routes:
        priorities.setdefault(canonical_endpoint(route), {})[str(route["priority"])] = None
    for place, numbers in priorities.items():
        if len(numbers) > 1:
            texts.append(messages.TWO_PRIORITIES.format(endpoint=place, priorities=", ".join(numbers)))
    return list(dict.fromkeys(texts))


def _of_host(host: str) -> list[str]:
    kind, name = unreachable(host), canonical_host(host)
    if kind is not None:
        return [messages.UNREACHABLE_HOST.format(host=host, kind=kind)]
    if name.endswith(_OWN_DOMAIN):
        return [messages.OWN_NAME.format(host=host)]
    if _INTERNAL_LOAD_BALANCER.fullmatch(name):
        return [messages.INTERNAL_LOAD_BALANCER.format(host=host)]
    for ending, use in _PRIVATE_NAMES.items():
        if name.endswith(f".{ending}"):
            return [messages.PRIVATE_NAME.format(host=host, ending=ending, use=use)]
    return [] if "." in name or ":" in name else [messages.SINGLE_LABEL_HOST.format(host=host)]


def hosts_that(settings: Settings, rule: Callable[[str], bool]) -> str:
    """Returns the hosts that obey a rule; empty if there are none."""
    return ", ".join(dict.fromkeys(route["host"] for route in settings.enabled_routes if rule(route["host"])))


def is_placeholder(host: str) -> bool:
    """Whether a host is reserved for documentation and tests."""
    name = canonical_host(host)
    if address := address_of(name):
        return any(address in block for block in _DOCUMENTATION)
    return any(name == reserved or name.endswith(f".{reserved}") for reserved in _DOCUMENTATION_NAMES)


def names(settings: Settings) -> list[str]:
    """Returns the host names that public DNS should have, as DNS spells them, without those of other warnings."""
    found = sorted(hosts(settings))
    return [host for host in found if not (address_of(host) or is_placeholder(host) or _of_host(host))]


def loses_failover(old: Settings, new: Settings) -> str | None:
    """Returns the only host that remains if routes of several hosts become routes of one. Endpoints of a host count once."""
    is_alone = len(hosts(new)) == 1 and len(hosts(old)) > 1
    return new.enabled_routes[0]["host"] if is_alone else None


def loses_routes(old: Settings, new: Settings) -> bool:
    """Whether endpoints that receive calls now are no longer declared."""
    left = {canonical_endpoint(route) for route in new.enabled_routes}
    return not old.disabled and any(canonical_endpoint(route) not in left for route in old.enabled_routes)


def turns_off(old: Settings | None, new: Settings) -> bool:
    """Whether calls that are accepted now will be rejected."""
    return new.disabled and old is not None and not old.disabled


def not_over_tls(settings: Settings) -> str:
    """Returns the endpoints whose protocol or port encryption overrides; empty if there are none."""
    return ", ".join(
        endpoint(route)
        for route in settings.enabled_routes
        if route["protocol"] == "UDP" or route["port"] == DEFAULT_PORT
    )
