"""docs/network.md has the subnets and ports that `chime-voice network` prints, and the cipher suites that a probe offers."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path

from pulumi_chime_voice.aws import subnets
from pulumi_chime_voice.hosts import tls

PAGE = (Path(__file__).parents[2] / "docs" / "network.md").read_text(encoding="utf-8")


def test_subnets() -> None:
    """Those that `chime-voice network` prints: each region once, in order, with networks of public addresses."""
    rows = re.findall(r"^\| `([\w-]+)` \| ([\d./]+) \| ([\da-f:/]+) \|$", PAGE, re.MULTILINE)
    assert {region: (ipv4, ipv6) for region, ipv4, ipv6 in rows} == subnets.SUBNETS
    assert tuple(region for region, *_ in rows) == subnets.REGIONS
    networks = [ipaddress.ip_network(subnet) for _, *both in rows for subnet in both]
    assert [network.version for network in networks] == [4, 6] * len(rows)
    assert all(network.is_global for network in networks)
    assert len(set(networks)) == len(networks)


def test_ports_and_date() -> None:
    """Those that `chime-voice network` prints."""
    uses = dict(re.findall(r"^\| (signaling|media) \| .* \| (.*) \|$", PAGE, re.MULTILINE))
    signaling = [str(ports) for ports in subnets.PORTS if ports.use in ("signaling", "signaling-tls")]
    assert uses["signaling"].replace("or ", "").split(", ") == signaling
    assert [uses["media"]] == [str(ports) for ports in subnets.PORTS if ports.use == "media"]
    assert f"]({subnets.SOURCE}) on {subnets.READ}." in " ".join(PAGE.split())


def test_cipher_suites() -> None:
    """Those that a probe offers."""
    assert tuple(re.findall(r"^\| ([A-Z0-9]+(?:-[A-Z0-9]+)+) \|$", PAGE, re.MULTILINE)) == tls.SUITES
