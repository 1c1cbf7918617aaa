"""The life of an origination through the real CLI and engine: what is sent, what is live, what the state holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import assert_no_traceback
from .support import LATER, REFERENCE, REFERENCE_ROUTE

if TYPE_CHECKING:
    from .support import Calls, Live, Project

LOWEST = {
    "test_basic",
    "test_replace",
    "test_connector_that_stays_keeps_its_calls",
    "test_two_owners_of_one_connector",
}
"""These tests run with the oldest versions of pulumi and boto3 too (conftest.py)."""


def test_basic(project: Project, live: Live, calls: Calls) -> None:
    """The reference's example goes live, comes back out of the state, and is deleted, each with the calls of the design."""
    project.program(REFERENCE)
    project.preview()
    assert sorted(calls.take()) == ["Get", "GetVoiceConnector"]
    project.up()
    assert calls.take() == ["Get", "Put"]
    assert live.routes() == [REFERENCE_ROUTE]
    assert project.outputs() == {
        "calls": {"priority 1": {"10.24.34.0:1234/TCP": "100%"}},
        "routes": [
            {"host": "10.24.34.0", "port": 1234, "protocol": "TCP", "priority": 1, "weight": 5, "enabled": True}
        ],
        "port": 1235,
        "id": CONNECTOR,
        "region": "us-east-1",
        "disabled": False,
        "connector": CONNECTOR,
    }
    state = project.state()["support"]
    assert state["type"] == "pulumi-python:dynamic/chime:Origination"
    assert state["inputs"] == state["outputs"]
    assert state["inputs"] == {
        "__provider": "gASVMQAAAAAAAACMEnB1bHVtaV9jaGltZV92b2ljZZSME09yaWdpbmF0aW9uUHJvdmlkZXKUk5QpgZQu",
        "voiceConnectorId": CONNECTOR,
        "routes": {
            "10.24.34.0:1234/TCP": {"host": "10.24.34.0", "port": 1234, "protocol": "TCP", "priority": 1, "weight": 5}
        },
        "disabled": False,
        "region": "us-east-1",
        "onConflict": "fail",
        "callDistribution": {"priority 1": {"10.24.34.0:1234/TCP": "100%"}},
    }
    project.preview("--expect-no-changes")
    assert calls.take() == []
    project.refresh("--expect-no-changes")
    assert calls.take() == ["Get"]
    project.destroy()
    assert calls.take() == ["Get", "GetEmergency", "Delete"]
    assert live.routes() is None
    assert project.state() == {}


@pytest.mark.matrix
def test_update(project: Project, live: Live, calls: Calls) -> None:
    """A changed weight and a new route are one Put; the preview says what they do to calls."""
    project.deployed(
        f'Origination("support", voice_connector_id="{CONNECTOR}",'
        ' routes=[route("sbc-a.example.net", weight=50), route("sbc-b.example.net", weight=50)])'
    )
    project.program(
        f'Origination("support", voice_connector_id="{CONNECTOR}", routes=[route("sbc-c.example.net", weight=40),'
        ' route("sbc-b.example.net", weight=20), route("sbc-a.example.net", weight=40)])'
    )
    shown = project.preview()
    assert '~ sbc-a.example.net:5060/UDP: "50%" => "40%"' in shown
    assert '~ sbc-b.example.net:5060/UDP: "50%" => "20%"' in shown
    assert '+ sbc-c.example.net:5060/UDP: "40%"' in shown
    calls.take()
    project.up()
    assert calls.take() == ["Get", "Put"]
    assert live.routes() == [
        ("sbc-a.example.net", 5060, "UDP", 1, 40),
        ("sbc-b.example.net", 5060, "UDP", 1, 20),
        ("sbc-c.example.net", 5060, "UDP", 1, 40),
    ]


def test_disappears(project: Project, live: Live, calls: Calls) -> None:
    """A refresh finds that the settings were deleted outside Pulumi; the next up writes them again."""
    del project.env["CHIME_VOICE_LOCAL_LAG_SECONDS"]
    project.deployed(REFERENCE)
    live.delete()
    calls.take()
    project.refresh()
    sent = calls.take()
    assert sent[:3] == ["Get", "GetVoiceConnector", "Get"]
    assert set(sent[3:]) == {"Get"}, "until reads cannot lag any more"
    assert project.state() == {}
    project.up()
    assert live.routes() == [REFERENCE_ROUTE]


def test_removed_and_changed(project: Project, live: Live) -> None:
    """Without a refresh, the preview of a change says that the settings were removed outside Pulumi; up writes them again."""
    project.deployed(REFERENCE)
    live.delete()
    project.program(REFERENCE.replace("weight=5", "weight=6"))
    assert "were removed outside Pulumi since the last pulumi up" in project.preview()
    project.up()
    assert live.routes() == [("10.24.34.0", 1234, "TCP", 1, 6)]


@pytest.mark.matrix
def test_drift(project: Project, live: Live) -> None:
    """A weight changed by somebody else shows in the refresh, and the next preview offers to put it back."""
    project.deployed(REFERENCE)
    live.put(("10.24.34.0", 1234, "TCP", 1, 9))
    assert project.err("refresh", "--preview-only", "--expect-no-changes")
    project.refresh()
    assert project.state()["support"]["outputs"]["routes"]["10.24.34.0:1234/TCP"]["weight"] == 9
    assert "~ weight: 9 => 5" in project.up()
    assert live.routes() == [REFERENCE_ROUTE]


def test_replace(project: Project, live: Live, calls: Calls) -> None:
    """Another voice connector is configured before the old one is cleared."""
    project.deployed(REFERENCE)
    project.program(REFERENCE.replace(CONNECTOR, OTHER_CONNECTOR))
    calls.take()
    project.up()
    checked, written = ["Get", "GetEmergency"], ["Get", "Put", "Get", "GetEmergency", "Delete"]
    assert calls.take() == checked + written, "check looks at the old connector before anything is sent"
    assert live.routes() is None
    assert live.routes(OTHER_CONNECTOR) == [REFERENCE_ROUTE]
    assert project.outputs()["id"] == OTHER_CONNECTOR
    project.nothing_to_change()


def test_connector_that_stays_keeps_its_calls(project: Project, live: Live, calls: Calls) -> None:
    """A forced replacement, a taint and a rename without alias delete nothing: the program still declares the connector."""
    project.deployed(REFERENCE)
    urn = project.urn("support")
    for way in ("replace", "taint", "rename"):
        calls.take()
        if way == "replace":
            project.up("--replace", urn)
        elif way == "taint":
            project.ok("state", "taint", urn, "--yes")
            project.up()
        else:
            project.program(REFERENCE.replace('Origination("support"', 'Origination("helpdesk"'))
            project.up()
        assert calls.take() == ["Get", "Put"], way
        assert live.routes() == [REFERENCE_ROUTE], way
        assert list(project.state()) == ["helpdesk" if way == "rename" else "support"]


def test_two_owners_of_one_connector(project: Project, calls: Calls) -> None:
    """An apply without a preview refuses two resources for one connector, and names both."""
    project.program(
        REFERENCE
        + REFERENCE.replace('Origination("support"', 'Origination("helpdesk"').replace('export("', 'export("2')
    )
    twice = f"Voice Connector {CONNECTOR} (us-east-1) is declared twice in this program, by helpdesk and by support"
    assert twice in project.up_err()
    assert calls.take().count("Put") <= 1, "the one that comes first may have been written"


def test_middle_route_of_twenty(project: Project, live: Live) -> None:
    """Taking one route from the middle of twenty shows as that route alone."""
    body = f"""
Origination("support", voice_connector_id="{CONNECTOR}",
    routes=[route(f"203.0.113.{{n}}", priority=n) for n in range(1, 21) if n not in GONE])
"""
    project.deployed(body.replace("GONE", "()"))
    assert len(live.routes() or []) == 20
    project.program(body.replace("GONE", "(10,)"))
    shown = project.preview().partition("Resources:")[0]
    changes = [line.strip() for line in shown.splitlines() if line.strip()[:2] in ("- ", "+ ", "~ ")]
    assert changes == [
        "~ pulumi-python:dynamic/chime:Origination: (update)",
        "~ callDistribution: {",
        "- \u200bpriority 10: {",
        '- 203.0.113.10:5060/UDP: "100%"',
        "~ routes: {",
        "- 203.0.113.10:5060/UDP: {",
        '- host: "203.0.113.10"',
        "- port: 5060",
        "- priority: 10",
        '- protocol: "UDP"',
        "- weight: 1",
    ]


@pytest.mark.matrix
def test_turned_off_and_on(project: Project, live: Live, calls: Calls) -> None:
    """disabled=True without routes turns calls off, and routes bring them back; live routes kept by AWS are no drift."""
    project.deployed(REFERENCE)
    project.program(f'Origination("support", voice_connector_id="{CONNECTOR}", disabled=True)')
    project.up()
    assert live.routes() is None
    live.put(REFERENCE_ROUTE, disabled=True)
    project.nothing_to_change()
    project.program(REFERENCE)
    project.up()
    assert live.routes() == [REFERENCE_ROUTE]


def test_get(project: Project, live: Live, calls: Calls) -> None:
    """`Origination.get` reads what another stack manages, with one call, and changes nothing."""
    live.put(REFERENCE_ROUTE)
    project.program(
        f'found = Origination.get("found", "{CONNECTOR}")\n'
        'pulumi.export("calls", found.call_distribution)\npulumi.export("port", found.routes[0]["port"])\n'
        'pulumi.export("region", found.region)\n'
    )
    project.up()
    assert calls.take() == ["Get"]
    assert project.outputs() == {
        "calls": {"priority 1": {"10.24.34.0:1234/TCP": "100%"}},
        "port": 1234,
        "region": "us-east-1",
    }
    project.destroy()
    assert live.routes() == [REFERENCE_ROUTE]


def test_get_of_what_was_managed(project: Project, live: Live) -> None:
    """While the program reads the settings, this stack deletes them neither after a removal nor in a move."""
    project.deployed(REFERENCE)
    urn = project.urn("support")
    read = f'Origination.get("found", "{CONNECTOR}")\n'
    project.program(read + REFERENCE.replace(CONNECTOR, OTHER_CONNECTOR))
    assert "blocked, because the program still reads these settings with get, as found" in project.preview_err()
    project.program(read)
    assert f"no longer managed by this stack, run pulumi state delete '{urn}'" in project.up_err()
    assert live.routes() == [REFERENCE_ROUTE]
    project.ok("state", "delete", urn, "--yes")
    project.up()
    project.destroy()
    assert live.routes() == [REFERENCE_ROUTE]


def test_get_of_nothing(project: Project) -> None:
    """Nothing to be read is an error that names id and region."""
    project.program(f'Origination.get("found", "{CONNECTOR}")')
    said = project.preview_err()
    assert f"reading origination of Voice Connector {CONNECTOR} (us-east-1): not found" in said
    assert_no_traceback(said)


@pytest.mark.matrix
def test_unknown_connector_and_host_in_preview(project: Project) -> None:
    """A preview that does not know id and host yet guesses neither, and still checks the parts that it knows."""
    body = (
        LATER
        + 'made = Made("made")\n'
        + 'Origination("support", voice_connector_id=made.connector, routes=[route(made.host, port=PORT)])'
    )
    project.program(body.replace("PORT", "70000"))
    assert "routes[0].port: must be between 0 and 65535; got 70000" in project.preview_err()
    project.program(body.replace("PORT", "5061"))
    assert "callDistribution: [unknown]" in project.preview()
    project.up()
    assert project.state()["support"]["outputs"]["routes"].keys() == {"sbc-a.example.net:5061/UDP"}


def test_ignore_changes_below_routes(project: Project, calls: Calls) -> None:
    """With routes by endpoint one weight can be left to others; with a list that is refused, as it would not be obeyed."""
    body = (
        'Origination("support", voice_connector_id="' + CONNECTOR + '", routes=ROUTES,'
        " opts=pulumi.ResourceOptions(ignore_changes=['routes[\"203.0.113.7:5060/UDP\"].weight']))"
    )
    mapping = '{"203.0.113.7:5060/UDP": route(weight=WEIGHT)}'
    project.deployed(body.replace("ROUTES", mapping.replace("WEIGHT", "5")))
    project.program(body.replace("ROUTES", mapping.replace("WEIGHT", "6")))
    project.preview("--expect-no-changes")
    project.program(body.replace("ROUTES", "[route()]"))
    assert "has no effect. Pass routes as a mapping" in project.preview_err()


def test_import_is_refused(project: Project) -> None:
    """import_ cannot work for a dynamic resource; the sentence says what to do instead."""
    project.program(
        f'Origination("support", voice_connector_id="{CONNECTOR}", routes=[route()], opts=pulumi.ResourceOptions(import_="x"))'
    )
    said = project.preview_err()
    assert "import_ is not supported by dynamic providers. Declare the live settings" in said
    assert_no_traceback(said)
