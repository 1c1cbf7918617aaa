"""Hosts that are addresses, and addresses that AWS cannot reach."""

from __future__ import annotations

import functools
import ipaddress

_BENCHMARK = ipaddress.ip_network("198.18.0.0/15")
_NAT64 = [ipaddress.ip_network(block) for block in ("64:ff9b::/96", "64:ff9b:1::/48")]
_SHARED = ipaddress.ip_network("100.64.0.0/10")
_RFC_1918 = [ipaddress.ip_network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
_UNIQUE_LOCAL = ipaddress.ip_network("fc00::/7")
_THIS_NETWORK = ipaddress.ip_network("0.0.0.0/8")


def address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Returns a host as an address; None if it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


@functools.lru_cache(maxsize=4096)
def unreachable(host: str) -> str | None:
    """Returns the kind of an address that AWS cannot reach; None for every other host, documentation ranges included."""
    address = address_of(host)
    if address is None:
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
        "an address for benchmarks (RFC 2544)": address in _BENCHMARK,
        "an address of a NAT64 gateway (RFC 6052)": any(address in block for block in _NAT64),
        "a reserved address": address.is_reserved
        or address in _THIS_NETWORK
        or (isinstance(address, ipaddress.IPv6Address) and address.is_site_local),
    }
    return next((kind for kind, is_so in kinds.items() if is_so), None)
