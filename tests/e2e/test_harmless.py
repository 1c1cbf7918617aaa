"""Changes that hurt nobody: no refusal, no warning, and only what is needed is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .dangers import assert_a_sentence
from .support import CONNECTOR, LATER, OTHER_CONNECTOR

if TYPE_CHECKING:
    from .support import Calls, Live, Project
A, B = 'route("sbc-a.example.net", weight=9)', 'route("sbc-b.example.net")'
LIVE_A = ("sbc-a.example.net", 5060, "UDP", 1, 9)
LIVE_B = ("sbc-b.example.net", 5060, "UDP", 1, 1)


def program(routes: str, more: str = "") -> str:
    return f'Origination("support", voice_connector_id="{CONNECTOR}", routes=[{routes}]{more})\n'


@pytest.fixture
def quiet(project: Project) -> Project:
    """A stack with two hosts. Previews and applies of the project fail the test where they warn or refuse."""
    project.deployed(program(f"{A}, {B}"))
    return project


def assert_no_alarm(said: str) -> None:
    assert "warning" not in said.lower()
    assert "Diagnostics:" not in said


CHANGES = {
    "spelling": ('route("SBC-A.example.net.", weight=9), ' + B, []),
    "reorder": (f"{B}, {A}", []),
    "add": (f'{A}, {B}, route("sbc-c.example.net", priority=2)', ["Get", "Put"]),
    "reweigh": (A.replace("9", "5") + ", " + B, ["Get", "Put"]),
    "exchange a host": (f"{A}, {B.replace('b', 'c')}", ["Get", "Put"]),
}
"""Routes after those of the stack, one after the other, and the calls of `up`."""


def test_changes_of_routes(quiet: Project, calls: Calls) -> None:
    """The preview is silent beside the diff, and up sends what the design says."""
    for change, (routes, sent) in CHANGES.items():
        quiet.program(program(routes))
        assert_no_alarm(quiet.preview())
        calls.take()
        assert_no_alarm(quiet.up())
        assert calls.take() == sent, change
    quiet.nothing_to_change()


def test_adopt(project: Project, live: Live) -> None:
    """Equal settings are adopted, whatever their order and spelling; the preview says so, and no call changes."""
    live.put(LIVE_B, LIVE_A)
    project.program(program(f"{A}, {B}".replace("sbc-a", "SBC-A")))
    said = project.preview()
    assert (
        "support: Voice Connector abcdef1ghij2klmno3pqr4 (us-east-1) already has these settings; adopting them" in said
    )
    assert "warning" not in said
    project.up()
    assert [tuple(str(part).lower() for part in route) for route in live.routes() or []] == [
        tuple(str(part).lower() for part in route) for route in (LIVE_A, LIVE_B)
    ]
    project.nothing_to_change()


def test_adopt_what_is_turned_off(project: Project, live: Live) -> None:
    """Off stays off; the routes that are kept turned off are nobody's conflict."""
    live.put(LIVE_A, disabled=True)
    project.program(program("", ", disabled=True"))
    assert "warning" not in project.preview()
    project.up()
    project.nothing_to_change()


def test_up_after_refresh(quiet: Project, live: Live) -> None:
    """After a refresh the live settings are known, and the next up puts back what the program says."""
    live.put(LIVE_A)
    quiet.refresh()
    said = quiet.preview()
    assert_no_alarm(said)
    assert "+ sbc-b.example.net:5060/UDP" in said
    quiet.up()
    assert live.routes() == [LIVE_A, LIVE_B]
    quiet.nothing_to_change()


def test_ignored_changes(quiet: Project, live: Live, calls: Calls) -> None:
    """Routes that are ignored are left to others, in the program and live."""
    calls.take()
    for ignored in ('"routes", "callDistribution"', '"routes", "call_distribution"', '"*"', '"routes"'):
        quiet.program(program(A, f", opts=pulumi.ResourceOptions(ignore_changes=[{ignored}])"))
        quiet.preview("--expect-no-changes")
    quiet.up()
    assert calls.take() == []
    assert live.routes() == [LIVE_A, LIVE_B]


def test_ignored_connector(quiet: Project, live: Live, calls: Calls) -> None:
    """By the name of Python's argument, too."""
    ignored = ', opts=pulumi.ResourceOptions(ignore_changes=["voice_connector_id"])'
    quiet.program(program(f"{A}, {B}", ignored).replace(CONNECTOR, OTHER_CONNECTOR))
    calls.take()
    quiet.preview("--expect-no-changes")
    quiet.up()
    assert calls.take() == []


def test_new_route_that_is_ignored(quiet: Project) -> None:
    """The engine takes a path out that the state does not have: the message says so, and what to do works."""
    mapping = '{"sbc-a.example.net:5060/UDP": %s, "sbc-b.example.net:5060/UDP": %s%s}'
    third = ', "sbc-c.example.net:5060/UDP": route("sbc-c.example.net", weight=5)'
    body = f'Origination("support", voice_connector_id="{CONNECTOR}", routes=%s%s)\n'
    ignored = ", opts=pulumi.ResourceOptions(ignore_changes=['routes[\"sbc-c.example.net:5060/UDP\"].weight'])"
    quiet.program(body % (mapping % (A, B, third), ignored))
    assert "missing, because ignore_changes names " in quiet.preview_err()
    quiet.program(body % (mapping % (A, B, third), ""))
    quiet.up()
    quiet.program(body % (mapping % (A, B, third.replace("5)", "9)")), ignored))
    quiet.preview("--expect-no-changes")


def test_targeted_up(quiet: Project, live: Live, calls: Calls) -> None:
    """A targeted up changes its target alone; the other resource's change is neither looked at nor sent."""
    other = program(B).replace('"support"', '"sales"').replace(CONNECTOR, OTHER_CONNECTOR)
    quiet.program(program(f"{A}, {B}") + other)
    quiet.up()
    urn = quiet.urn("sales")
    quiet.program(program(A) + other.replace("sbc-b", "sbc-c"))
    calls.take()
    assert_no_alarm(quiet.preview("--target", urn))
    quiet.up("--target", urn)
    assert sorted(calls.take()) == ["Get", "Get", "GetVoiceConnector", "Put"]
    assert live.routes() == [LIVE_A, LIVE_B]
    assert live.routes(OTHER_CONNECTOR) == [("sbc-c.example.net", 5060, "UDP", 1, 1)]


def test_unknown_id_and_host(quiet: Project, live: Live, calls: Calls) -> None:
    """What a preview does not know yet is neither guessed nor looked at, only the connector that would be left."""
    quiet.program(LATER + 'made = Made("one")\n' + program(f"route(made.host, weight=9), {B}"))
    calls.take()
    assert_no_alarm(quiet.preview())
    quiet.up()
    quiet.nothing_to_change()
    quiet.program(
        LATER
        + 'made = Made("one")\nother = Made("two")\n'
        + program(f"{A}, {B}").replace(f'"{CONNECTOR}"', "other.connector")
    )
    calls.take()
    assert_no_alarm(quiet.preview())
    assert sorted(calls.take()) == ["Get", "GetEmergency", "ListPhoneNumbers"]
    quiet.up()
    assert live.routes() == [LIVE_A, LIVE_B]
    quiet.nothing_to_change()


def test_reads_that_lag(quiet: Project, live: Live, emulator: object) -> None:
    """Two changes in quick succession: a read that still answers the state before the last one is no outside change."""
    del quiet.env["CHIME_VOICE_LOCAL_LAG_SECONDS"]
    emulator.faults.read_lag = 6  # type: ignore[attr-defined]
    for weight in (8, 7):
        quiet.program(program(f"{A}, {B}".replace("9", str(weight))))
        quiet.up()
    emulator.faults.read_lag = 0  # type: ignore[attr-defined]
    assert live.routes() == [(*LIVE_A[:4], 7), LIVE_B]
    quiet.nothing_to_change()


def test_numbers_that_no_float_holds(project: Project) -> None:
    """Pulumi sends numbers as floats; a failure of check has the path, and the program does not end with a Python error."""
    for field, value in (("port", "10**400"), ("priority", "-10**400"), ("weight", "float('inf')")):
        project.program(program(f"route({field}={value})"))
        output = project.preview_err()
        assert f"routes[0].{field}: must be a whole number; got inf" in output
        assert_a_sentence(output)
