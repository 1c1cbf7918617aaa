"""docs/network.md lists the subnets of the regions that have the service, and the cipher suites of AWS."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path

from pulumi_chime_voice.aws import client
from pulumi_chime_voice.hosts import tls

PAGE = (Path(__file__).parents[2] / "docs" / "network.md").read_text(encoding="utf-8")


def test_regions() -> None:
    """Each region once, in order, with a network of public addresses."""
    rows = re.findall(r"^\| `([\w-]+)` \| ([\d./]+) \|$", PAGE, re.MULTILINE)
    assert tuple(region for region, _ in rows) == client.REGIONS
    assert all(ipaddress.ip_network(subnet).is_global for _, subnet in rows)


def test_cipher_suites() -> None:
    """Those that a probe offers."""
    assert tuple(re.findall(r"^\| ([A-Z0-9]+(?:-[A-Z0-9]+)+) \|$", PAGE, re.MULTILINE)) == tls.SUITES
