"""Hosts that are addresses, and addresses that AWS cannot reach."""

from __future__ import annotations

import functools
import ipaddress

_UNREACHABLE = {
    kind: [ipaddress.ip_network(block) for block in blocks]
    for kind, blocks in {
        "a loopback address": ("127.0.0.0/8", "::1"),
        "a link-local address": ("169.254.0.0/16", "fe80::/10"),
        "a multicast address": ("224.0.0.0/4", "ff00::/8"),
        "the unspecified address": ("0.0.0.0/32", "::"),
        "a private address (RFC 1918)": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),
        "a shared address of carriers (RFC 6598)": ("100.64.0.0/10",),
        "a private address (RFC 4193)": ("fc00::/7",),
        "an address for benchmarks (RFC 2544)": ("198.18.0.0/15",),
        "an address of a NAT64 gateway (RFC 6052)": ("64:ff9b::/96", "64:ff9b:1::/48"),
        "a reserved address": ("0.0.0.0/8", "fec0::/10"),
    }.items()
}
"""The blocks of each kind. Of a block in a larger one, the kind comes first."""


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
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    if address is None:
        return None
    kinds = (kind for kind, blocks in _UNREACHABLE.items() if any(address in block for block in blocks))
    return next(kinds, "a reserved address" if address.is_reserved else None)
