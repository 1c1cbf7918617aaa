"""`chime-voice network`: AWS's subnets and ports as a table and as data. It calls nobody."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from chime_voice_emulator import Emulator

    Run = Callable[..., subprocess.CompletedProcess[str]]


def test_rules_for_a_firewall(run: Run, emulator: Emulator) -> None:
    """One for each region, subnet and range of ports, in the order of the regions that were given."""
    done = run("network", "--format", "json", "--region", "us-east-1", "--region", "eu-west-1", "--region", "us-east-1")
    printed = json.loads(done.stdout)
    rules = [tuple(rule.values()) for rule in printed["rules"]]
    assert (done.returncode, done.stderr, emulator.requests) == (0, "", [])
    assert list(printed["rules"][0]) == ["region", "use", "subnet", "protocol", "fromPort", "toPort"]
    assert rules[:8] == [
        ("us-east-1", use, subnet, protocol, first, last)
        for use, protocol, first, last in (
            ("signaling", "udp", 5060, 5060),
            ("signaling", "tcp", 5060, 5060),
            ("signaling-tls", "tcp", 5061, 5061),
            ("media", "udp", 5000, 65000),
        )
        for subnet in ("3.80.16.0/23", "2600:f0f0:c040::/48")
    ]
    assert [region for region, *_ in rules] == ["us-east-1"] * 8 + ["eu-west-1"] * 8


def test_needs_neither_a_region_nor_credentials(run: Run) -> None:
    none = dict.fromkeys(("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"))
    done = run("network", **none)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("2600:f0f0:") == 10


@pytest.mark.parametrize("format_", ["table", "json"])
def test_a_region_without_the_service(run: Run, format_: str) -> None:
    done = run("network", "--region", "us-est-1", "--format", format_)
    assert (done.returncode, done.stdout) == (2, "")
    assert 'Chime SDK Voice is not in the region "us-est-1" (--region): did you mean us-east-1?' in done.stderr
