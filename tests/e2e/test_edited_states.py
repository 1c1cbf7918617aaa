"""States that were edited by hand: one sentence that names the property and the way to mend it, and nothing is lost.

tests/unit/test_states.py has more of them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import NUMBER, OURS, assert_a_sentence, program

if TYPE_CHECKING:
    from collections.abc import Callable

    from .support import Calls, Live, Project

OF_OTHER = ", opts=pulumi.ResourceOptions(provider=other)"
KEY = "203.0.113.7:5060/UDP"
EMERGENCY = f"""
from pulumi_chime_voice import EmergencyCalling, EmergencyNumberArgs
EmergencyCalling("support", voice_connector_id="{CONNECTOR}", numbers=[
    EmergencyNumberArgs(emergency_phone_number="{NUMBER}", calling_country="US")])
"""


def route_without(name: str) -> Callable[[dict[str, Any]], object]:
    return lambda props: props["routes"][KEY].pop(name)


def route_with(name: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda props: props["routes"][KEY].update({name: value})


def number(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], object]:
    return lambda props: change(props["numbers"]["US 1"])


ORIGINATION: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "without a region": (lambda props: props.pop("region"), "region is missing"),
    "without an id": (lambda props: props.pop("voiceConnectorId"), "voiceConnectorId is missing"),
    "routes as a list": (
        lambda props: props.update(routes=list(props["routes"].values())),
        "routes is not a mapping of routes by endpoint",
    ),
    "port as text": (route_with("port", "5060"), f'routes["{KEY}"].port is not a whole number'),
    "without a weight": (route_without("weight"), f'routes["{KEY}"].weight is missing'),
}
NUMBERS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "without a country": (number(lambda entry: entry.pop("callingCountry")), "numbers[US 1].callingCountry is missing"),
    "numbers as a list": (
        lambda props: props.update(numbers=list(props["numbers"].values())),
        "numbers is not a mapping of numbers",
    ),
}


def edit(project: Project, change: Callable[[dict[str, Any]], object]) -> None:
    """What the message says: an export, the same edit in inputs and outputs, an import."""
    project.ok("stack", "export", "--show-secrets", "--file", "state.json")
    state = json.loads((project.folder / "state.json").read_text())
    for resource in state["deployment"]["resources"]:
        if "dynamic/chime:" in resource["type"]:
            change(resource["inputs"])
            change(resource["outputs"])
    (project.folder / "state.json").write_text(json.dumps(state))
    project.ok("stack", "import", "--file", "state.json")


def rare_but(name: str, first: str) -> Any:
    """Marks what `make test` does not run: the check is the same, and tests/unit/test_states.py has every edit."""
    return name if name == first else pytest.param(name, marks=pytest.mark.full)


def assert_nothing_is_lost(project: Project, calls: Calls, problem: str, changed: str) -> None:
    """Refresh, destroy and a change."""
    before = project.state()
    calls.take()
    texts = [project.refresh_err(), project.err("destroy", "--yes", "--skip-preview", "--color=never")]
    project.program(changed)
    texts.append(project.up_err())
    for text in texts:
        assert f"the state of this resource cannot be used: {problem}. Nothing was changed." in text
        assert "pulumi stack import --file state.json" in text
        assert_a_sentence(text)
    assert project.state().keys() == before.keys()
    assert calls.take() == []


@pytest.mark.parametrize("edited", [rare_but(name, "port as text") for name in ORIGINATION])
def test_an_origination(project: Project, live: Live, calls: Calls, edited: str) -> None:
    change, problem = ORIGINATION[edited]
    project.deployed(program())
    edit(project, change)
    assert_nothing_is_lost(project, calls, problem, program("[route(weight=2)]"))
    assert live.routes() == [OURS]


def test_mended_as_the_message_says(project: Project, live: Live) -> None:
    """The same export, edit and import the other way."""
    project.deployed(program())
    edit(project, route_without("weight"))
    assert "cannot be used" in project.refresh_err()
    edit(project, route_with("weight", 1))
    project.refresh("--expect-no-changes")
    project.destroy()
    assert live.routes() is None


@pytest.mark.parametrize("way", ["two stacks", pytest.param("an explicit Provider", marks=pytest.mark.full)])
def test_the_id_of_a_connector_that_another_stack_manages(project: Project, live: Live, calls: Calls, way: str) -> None:
    """Both stacks declare the same routes, so no comparison of settings would protect those of the other stack."""
    project.deployed(program(connector=OTHER_CONNECTOR, name="theirs"))
    project.init("second")
    own = program()
    if way == "an explicit Provider":
        own = f'other = Provider("other", region="us-east-1")\n{program(more=OF_OTHER)}'
    project.program(own)
    project.up()
    project.ok("stack", "export", "--file", "state.json")
    state = (project.folder / "state.json").read_text().replace(f'"id": "{CONNECTOR}"', f'"id": "{OTHER_CONNECTOR}"')
    (project.folder / "state.json").write_text(state)
    project.ok("stack", "import", "--file", "state.json")
    assert_nothing_is_lost(
        project, calls, "id is not the voiceConnectorId of its outputs", own.replace("route()", "route(weight=2)")
    )
    assert (live.routes(), live.routes(OTHER_CONNECTOR)) == ([OURS], [OURS])


@pytest.mark.parametrize("edited", [rare_but(name, "without a country") for name in NUMBERS])
def test_emergency_calling(project: Project, live: Live, calls: Calls, edited: str) -> None:
    change, problem = NUMBERS[edited]
    live.put(OURS)
    live.client.put_voice_connector_termination(VoiceConnectorId=CONNECTOR, Termination={"Disabled": False})
    project.program(EMERGENCY)
    project.up()
    edit(project, change)
    assert_nothing_is_lost(project, calls, problem, EMERGENCY.replace('"US"', '"CA"'))
