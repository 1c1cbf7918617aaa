"""`chime-voice show --if-fails`: what is left of a voice connector's hosts without one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .support import FRESH, SUPPORT, api_route, cells

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from chime_voice_emulator import Emulator

    Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("spelling", ["sbc-a.example.net", "SBC-A.example.net."])
def test_shares(run: Run, spelling: str) -> None:
    done = run("show", "--if-fails", spelling, SUPPORT)
    assert (done.returncode, done.stderr) == (0, "")
    assert "  if the host fails  its calls go to the rest of priority 1\n" in done.stdout
    assert cells(done.stdout) == [
        ["1", "75%", "no calls", "sbc-a.example.net:5060/TCP"],
        ["1", "25%", "100%", "sbc-b.example.net:5060/TCP"],
        ["2", "100%", "100%", "[2001:db8::7]:5060/UDP"],
    ]


@pytest.mark.parametrize("spelling", ["2001:db8::7", "[2001:DB8:0::7]"])
def test_a_host_of_a_later_priority(run: Run, spelling: str) -> None:
    done = run("show", "--if-fails", spelling, SUPPORT)
    assert "  if the host fails  no effect: calls go to priority 1\n" in done.stdout


def test_a_priority_and_everything(run: Run, emulator: Emulator) -> None:
    routes = [
        api_route("a.acme.org"),
        api_route("b.acme.org", priority=7),
        api_route("a.acme.org", 5061, priority=9),
    ]
    emulator.seed({"voice_connectors": [{"id": FRESH, "origination": {"Routes": routes}}]})
    done = run("show", "--if-fails", "a.acme.org", FRESH)
    assert "  if the host fails  calls go to priority 7\n" in done.stdout
    done = run("show", "--if-fails", "pbx.example.net", "--region", "eu-west-1")
    assert "  if the host fails  no calls: no other host is left\n" in done.stdout
    assert done.returncode == 0


def test_connectors_without_the_host(run: Run) -> None:
    done = run("show", "--if-fails", "sbc-a.example.net", "--region", "us-east-1", "--region", "eu-west-1")
    assert done.returncode == 0
    assert done.stdout.count("  if the host fails  off: no calls\n") == 1
    assert done.stdout.count("  if the host fails  no routes: no calls\n") == 1
    assert done.stdout.count("  if the host fails  no effect: no route goes there\n") == 1
    assert ["1", "no calls", "203.0.113.9:5060/UDP"] in cells(done.stdout)


@pytest.mark.parametrize("host", ["nowhere.example.net", "sbc-a.example.net:5060/TCP", "203.0.113.9"])
def test_a_host_that_receives_no_calls(run: Run, host: str) -> None:
    """A mistyped host must not look like one that can be taken out."""
    done = run("show", "--if-fails", host)
    assert done.returncode == 1
    assert done.stderr == (
        f"No voice connector that was read sends calls to {host}. Pass a host of a route, without its port.\n"
    )


def test_the_other_formats(run: Run) -> None:
    done = run("show", "--format", "json", "--if-fails", "sbc-a.example.net")
    assert done.returncode == 2
    assert "--if-fails goes with tables: JSON has every host, under ifFails." in done.stderr
