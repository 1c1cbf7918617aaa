"""Counts of calls and hosts that DNS does not know, by every way on which the engine comes to a preview of a change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import dns
import pytest

from ..support.calls import ATTEMPTS, count, forget
from ..support.hosts import Dns
from ..support.servers import Relay
from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import program
from .support import LATER
from .versions import NEWEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chime_voice_emulator import Emulator

    from .support import Project

LOWEST = ("test_of_a_change", "test_through_another_provider")
"""These tests run with the oldest versions of pulumi and boto3 too (conftest.py)."""

TWO = '[route("sbc-a.acme.org"), route("sbc-b.acme.org")]'
GONE = '[route("sbc-a.acme.org"), route("sbc-gone.acme.org")]'
COUNTED = "{}: Voice Connector {} (us-east-1) received {} inbound calls in the last 24 hours"
SUPPORT, SALES = COUNTED.format("support", CONNECTOR, "1,204"), COUNTED.format("sales", OTHER_CONNECTOR, "7")
NOT_IN_DNS = "{}: DNS does not know sbc-gone.acme.org (NXDOMAIN)"


class Evidence(NamedTuple):
    """What is asked: CloudWatch, and DNS."""

    cloudwatch: Relay
    dns: Dns

    def asked(self) -> tuple[int, list[str]]:
        """Requests to CloudWatch, and names that DNS was asked for, since the last look."""
        result = len(self.cloudwatch.seen), sorted(self.dns.asked)
        self.cloudwatch.seen.clear()
        self.dns.asked.clear()
        return result


@pytest.fixture
def evidence(moto: str, project: Project, request: pytest.FixtureRequest) -> Iterator[Evidence]:
    """Two resources have calls; DNS knows two hosts."""
    forget(moto)
    count(moto, CONNECTOR, {(ATTEMPTS, 30): 1204})
    count(moto, OTHER_CONNECTOR, {(ATTEMPTS, 30): 7})
    zone = {name: {"A": ["203.0.113.7"]} for name in ("sbc-a.acme.org", "sbc-b.acme.org")}
    with Relay(moto) as relay, Dns(zone) as server:
        project.env["AWS_ENDPOINT_URL_CLOUDWATCH"] = relay.url
        project.ok("config", "set", "chime-voice:resolver", server.address)
        callspec = getattr(request.node, "callspec", None)
        if callspec is not None and callspec.params.get("project", NEWEST).packages:
            # An environment with other versions has no extra; this is what `[cli]` adds for previews.
            extra = project.folder / "extra"
            extra.mkdir()
            (extra / "dns").symlink_to(Path(dns.__file__).parent)
            project.env["PYTHONPATH"] += f":{extra}"
        yield Evidence(relay, server)


def both(support: str, sales: str) -> str:
    return program(support) + program(sales, connector=OTHER_CONNECTOR, name="sales")


@pytest.mark.parametrize(
    "ways",
    [
        pytest.param((("", ("support", "sales")), ("--target", ("support",))), id="plain and target"),
        pytest.param(
            (("--exclude", ("sales",)), ("--refresh", ("support", "sales"))),
            id="exclude and refresh",
            marks=pytest.mark.full,
        ),
    ],
)
def test_of_a_change(project: Project, evidence: Evidence, ways: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
    """Each resource that the engine goes on to check says what it knows, and nothing is asked about the others."""
    project.deployed(both(TWO, TWO))
    project.program(both(GONE, GONE))
    options = {"": (), "--refresh": ("--refresh",)}
    for way, named in ways:
        said = project.preview(*options.get(way, (way, project.urn("support"))))
        for name, counted in (("support", SUPPORT), ("sales", SALES)):
            times = 1 if name in named else 0
            assert said.count(counted) == times, way
            assert said.count(NOT_IN_DNS.format(name)) == times, way
        assert evidence.asked() == (len(named), ["sbc-a.acme.org", "sbc-gone.acme.org"]), way


@pytest.mark.parametrize(
    "options",
    [(), *(pytest.param(option, marks=pytest.mark.full) for option in (("--continue-on-error",), ("--refresh",)))],
)
def test_the_apply_asks_nothing(project: Project, evidence: Evidence, options: tuple[str, ...]) -> None:
    """`up` has it in its preview, once; the apply after it asks neither CloudWatch nor DNS again."""
    project.deployed(program(TWO))
    project.program(program(GONE))
    preview, _, apply = project.said("up", "--yes", "--color=never", *options).partition("@ updating")
    assert SUPPORT in preview
    assert SUPPORT not in apply
    assert evidence.asked() == (1, ["sbc-a.acme.org", "sbc-gone.acme.org"])


@pytest.mark.full
def test_a_replacement_that_changes_nothing(project: Project, evidence: Evidence) -> None:
    """Asked for, or after a taint: the same settings are written again, which takes no calls away."""
    project.deployed(program(TWO))
    said = project.preview("--replace", project.urn("support"))
    project.ok("state", "taint", "--yes", project.urn("support"))
    said += project.preview()
    assert said.count("+-pulumi-python:dynamic/chime:Origination") > 0
    assert "received" not in said
    assert "NXDOMAIN" not in said
    assert evidence.asked()[0] == 0


def test_a_move(project: Project, evidence: Evidence) -> None:
    """The connector that is left says its calls, once."""
    project.deployed(program(TWO))
    project.program(program(TWO, connector=OTHER_CONNECTOR))
    said = project.preview()
    assert said.count(SUPPORT) == 1
    assert evidence.asked()[0] == 1


def test_what_is_not_known_yet(project: Project, evidence: Evidence) -> None:
    """Routes that another resource makes say nothing, and stop nothing. Calls of a connector that is left are known."""
    project.deployed(program(TWO))
    project.program(f'{LATER}{program("""[route(Made("made").host)]""")}')
    said = project.preview()
    assert "received" not in said
    assert evidence.asked() == (0, [])
    moved = program(TWO).replace(f'"{CONNECTOR}"', 'Made("made").connector')
    project.program(LATER + moved)
    said = project.preview()
    assert said.count(SUPPORT) == 1
    assert evidence.asked()[0] == 1


def test_through_another_provider(project: Project, evidence: Evidence) -> None:
    """An explicit `Provider` has the stack's DNS server, and endpoints of its own; another server replaces nothing."""
    line = program(TWO, ", opts=pulumi.ResourceOptions(provider=other)")
    url = evidence.cloudwatch.url
    project.env["AWS_ENDPOINT_URL_CLOUDWATCH"] = "http://127.0.0.1:1"
    here = project.env["AWS_ENDPOINT_URL_CHIME_SDK_VOICE"]
    places = f'endpoints=[{{"chimesdkvoice": "{here}", "cloudwatch": "{url}"}}]'
    other = f'other = Provider("other", region="us-east-1", {places})\n'
    project.program(other + line)
    project.up()
    evidence.asked()
    project.program(other + line.replace(TWO, GONE))
    said = project.preview()
    assert said.count(SUPPORT) == 1
    assert said.count(NOT_IN_DNS.format("support")) == 1
    assert evidence.asked() == (1, ["sbc-a.acme.org", "sbc-gone.acme.org"])
    project.program(other + line)
    project.ok("config", "set", "chime-voice:resolver", "off")
    assert project.steps() == {"other": "update"}
    project.program(other + line.replace(TWO, GONE))
    assert "NXDOMAIN" not in project.preview()
    assert evidence.asked() == (1, [])


@pytest.mark.full
def test_after_an_import_of_the_state(project: Project, evidence: Evidence) -> None:
    """A state that comes from another backend knows what the change takes away."""
    project.program(program(TWO))
    project.up()
    project.ok("stack", "export", "--file", "state.json")
    backend = project.folder / "other-backend"
    backend.mkdir()
    project.env["PULUMI_BACKEND_URL"] = backend.as_uri()
    project.init("dev")
    project.ok("stack", "import", "--file", "state.json")
    evidence.asked()
    project.program(program(GONE))
    assert project.preview().count(SUPPORT) == 1
    assert evidence.asked()[0] == 1


@pytest.mark.full
def test_reads_that_lag(project: Project, evidence: Evidence, emulator: Emulator) -> None:
    """What was there before the last `up` is no reason to say something else."""
    project.program(program(GONE))
    project.up()
    emulator.faults.read_lag = 60
    project.deployed(program(TWO))
    project.program(program(GONE))
    said = project.preview()
    emulator.faults.read_lag = 0
    assert said.count(SUPPORT) == 1
    assert evidence.asked()[0] == 1


def test_other_credentials(project: Project, evidence: Evidence) -> None:
    """They do not find the voice connector: the preview is blocked, and counts of another account are not taken for its own."""
    project.deployed(program(TWO))
    project.env["AWS_ACCESS_KEY_ID"] = "111111111111"
    project.program(program(GONE))
    said = project.preview_err()
    assert "received" not in said
    assert f"Voice Connector {CONNECTOR} (us-east-1)" in said
