"""What may hurt calls without being wrong: the warnings, worked out from settings alone. Each is said once, in words."""

from __future__ import annotations

import functools
import ipaddress
import re
from typing import TYPE_CHECKING

from . import messages
from . import routes as domain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .routes import Settings

DOCUMENTED_ROUTES = 10
DEFAULT_SIP_PORT = 5060
CONNECTOR_ID = re.compile(r"([a-z0-9]{21,22}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
"""The pattern of a voice connector's id in the service's model (a test holds the two equal)."""

_SHARED = ipaddress.ip_network("100.64.0.0/10")
_RFC_1918 = [ipaddress.ip_network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
_UNIQUE_LOCAL = ipaddress.ip_network("fc00::/7")
_THIS_NETWORK = ipaddress.ip_network("0.0.0.0/8")


def of_declaration(connector: object, settings: Settings) -> list[str]:
    """Warnings that the declared settings are enough for."""
    said = []
    if isinstance(connector, str) and not CONNECTOR_ID.fullmatch(connector):
        said.append(messages.ODD_ID.say(id=connector))
    routes = domain.ordered(settings.routes.values())
    for host in dict.fromkeys(route["host"] for route in routes):
        kind = unreachable(host)
        if kind is not None:
            said.append(messages.UNREACHABLE_HOST.say(host=host, kind=kind))
        elif is_single_label(host):
            said.append(messages.SINGLE_LABEL_HOST.say(host=host))
    said += [messages.PORT_ZERO.say(endpoint=domain.endpoint(route)) for route in routes if route["port"] == 0]
    if len(routes) > DOCUMENTED_ROUTES:
        said.append(messages.MANY_ROUTES.say(count=len(routes)))
    priorities: dict[str, list[int]] = {}
    for route in routes:
        priorities.setdefault(domain.canonical_endpoint(route), []).append(route["priority"])
    for endpoint, several in priorities.items():
        if len(set(several)) > 1:
            shown = _listed(dict.fromkeys(str(priority) for priority in several))
            said.append(messages.TWO_PRIORITIES.say(endpoint=endpoint, priorities=shown))
    return list(dict.fromkeys(said))


@functools.lru_cache(maxsize=4096)
def unreachable(host: str) -> str | None:
    """What kind of address it is where AWS cannot reach it; None for every other host, documentation ranges included."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    kinds = {
        "a loopback address": address.is_loopback,
        "a link-local address": address.is_link_local,
        "a multicast address": address.is_multicast,
        "the unspecified address": address.is_unspecified,
        "a private address (RFC 1918)": any(address in block for block in _RFC_1918),
        "a shared address of carriers (RFC 6598)": address in _SHARED,
        "a private address (RFC 4193)": address in _UNIQUE_LOCAL,
        "a reserved address": address.is_reserved
        or address in _THIS_NETWORK
        or (isinstance(address, ipaddress.IPv6Address) and address.is_site_local),
    }
    return next((kind for kind, is_so in kinds.items() if is_so), None)


def is_single_label(host: str) -> bool:
    """Whether it is a host name without a domain."""
    return "." not in host.rstrip(".") and ":" not in host


def loses_failover(old: Settings, new: Settings) -> str | None:
    """The host that is left where routes of two or more hosts become routes of one. Endpoints of one host count once."""
    if old.disabled or new.disabled:
        return None
    left = _hosts(new)
    return next(iter(left.values())) if len(left) == 1 and len(_hosts(old)) > 1 else None


def turns_off(old: Settings | None, new: Settings) -> bool:
    """Whether calls that are let in now are let in no more."""
    return new.disabled and old is not None and not old.disabled


def not_over_tls(settings: Settings) -> str:
    """The endpoints whose protocol or port encryption overrides; empty where there are none."""
    return _listed(
        domain.endpoint(route)
        for route in domain.ordered(settings.routes.values())
        if route["protocol"] == "UDP" or route["port"] == DEFAULT_SIP_PORT
    )


def ipv6_hosts(settings: Settings) -> str:
    """The IPv6 addresses among the hosts; empty where there are none."""
    return _listed(
        dict.fromkeys(route["host"] for route in domain.ordered(settings.routes.values()) if ":" in route["host"])
    )


def _hosts(settings: Settings) -> dict[str, str]:
    first: dict[str, str] = {}
    for route in domain.ordered(settings.routes.values()):
        first.setdefault(domain.canonical_host(route["host"]), route["host"])
    return first


def _listed(items: Iterable[str]) -> str:
    return ", ".join(items)
