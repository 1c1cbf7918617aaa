"""Changes that hurt nobody: no refusal, no warning, and only what is needed is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import assert_a_sentence
from .support import LATER

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
    "add": f'{A}, {B}, route("sbc-c.example.net", priority=2)',
    "reweigh": A.replace("9", "5") + ", " + B,
    "exchange a host": f"{A}, {B.replace('b', 'c')}",
}


def test_changes_of_routes(quiet: Project) -> None:
    """The preview of each change prints its diff, and neither a warning nor an error."""
    for routes in CHANGES.values():
        quiet.program(program(routes))
        assert_no_alarm(quiet.preview())


def test_order_and_spelling(quiet: Project, calls: Calls) -> None:
    """Routes in another order, with a host spelled otherwise, change nothing: no call is sent."""
    quiet.program(program(B + ', route("SBC-A.example.net.", weight=9)'))
    assert_no_alarm(quiet.up())
    assert calls.take() == []


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


def test_adopt_what_is_turned_off(project: Project, live: Live) -> None:
    """Off stays off; the routes that are kept turned off are nobody's conflict."""
    live.put(LIVE_A, disabled=True)
    project.program(program("", ", disabled=True"))
    assert "warning" not in project.preview()
    project.up()
    project.nothing_to_change()


def test_ignored_changes(quiet: Project, live: Live, calls: Calls) -> None:
    """Routes that are ignored are left to others, in the program and live."""
    calls.take()
    for ignored in ('"routes", "call_distribution"', '"*"', '"routes"'):
        quiet.program(program(A, f", opts=pulumi.ResourceOptions(ignore_changes=[{ignored}])"))
        quiet.up("--expect-no-changes")
    assert calls.take() == []
    assert live.routes() == [LIVE_A, LIVE_B]


def test_new_route_that_is_ignored(quiet: Project) -> None:
    """The engine takes a path out that the state does not have: the message names the option."""
    third = '"sbc-c.example.net:5060/UDP": route("sbc-c.example.net", weight=5)'
    routes = f'{{"sbc-a.example.net:5060/UDP": {A}, "sbc-b.example.net:5060/UDP": {B}, {third}}}'
    ignored = "pulumi.ResourceOptions(ignore_changes=['routes[\"sbc-c.example.net:5060/UDP\"].weight'])"
    quiet.program(f'Origination("support", voice_connector_id="{CONNECTOR}", routes={routes}, opts={ignored})\n')
    assert "missing, because ignore_changes names " in quiet.preview_err()


def test_targeted_up(quiet: Project, live: Live, calls: Calls) -> None:
    """A targeted up changes its target alone; the other resource's change is neither looked at nor sent."""
    other = program(B).replace('"support"', '"sales"').replace(CONNECTOR, OTHER_CONNECTOR)
    quiet.deployed(program(f"{A}, {B}") + other)
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


def test_reads_that_lag(quiet: Project, live: Live, emulator: object) -> None:
    """Two changes in quick succession: a read that still answers the state before the last one is no outside change."""
    del quiet.env["CHIME_VOICE_LOCAL_LAG_SECONDS"]
    emulator.faults.read_lag = 6  # type: ignore[attr-defined]
    for weight in (8, 7):
        quiet.program(program(f"{A}, {B}".replace("9", str(weight))))
        quiet.up()
    emulator.faults.read_lag = 0  # type: ignore[attr-defined]
    assert live.routes() == [(*LIVE_A[:4], 7), LIVE_B]


def test_numbers_that_no_float_holds(project: Project) -> None:
    """Pulumi sends numbers as floats; a failure of check has the path, and the program does not end with a Python error."""
    project.program(program("route(port=10**400, priority=-10**400, weight=float('inf'))"))
    output = project.preview_err()
    for field in ("port", "priority", "weight"):
        assert f"routes[0].{field}: must be a whole number; got inf" in output
    assert_a_sentence(output)
