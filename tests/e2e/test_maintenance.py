"""docs/maintenance.md: its commands, one after the other, and what drained routes do through the engine."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import pytest
import yaml

from ..support.values import CONNECTOR
from .guides import ROOT, shell
from .support import HEADER

if TYPE_CHECKING:
    from collections.abc import Callable

    from .support import Calls, Live, Project

TEXT = (ROOT / "docs" / "maintenance.md").read_text(encoding="utf-8")
(STACK,) = (yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
COMMANDS = re.findall(r"^\$ (.*)$", TEXT, re.MULTILINE)
PROGRAM = """
for name, settings in pulumi.Config("chime-voice").require_object("originations").items():
    line = Origination(name, voice_connector_id=settings["voiceConnectorId"], routes=settings["routes"])
    pulumi.export("calls", line.call_distribution)
    pulumi.export("routes", line.routes)
"""
A, B = "sbc-a.example.net", "sbc-b.example.net"
PLACE_A, PLACE_B = f"{A}:5060/TCP", f"{B}:5060/TCP"


def weights(live: Live) -> dict[str, int]:
    return {host: weight for host, _, _, _, weight in live.routes() or []}


def test_maintenance(project: Project, live: Live, calls: Calls) -> None:
    """Each command of the page succeeds, and the live settings are what the page says after each `up`."""
    assert next(iter(STACK["config"]["chime-voice:originations"].values()))["voiceConnectorId"] == CONNECTOR
    (project.folder / "__main__.py").write_text(HEADER + PROGRAM)
    project.init("prod")
    file = project.folder / "Pulumi.prod.yaml"
    salt, _, _ = file.read_text().partition("config:")
    file.write_text(salt + yaml.safe_dump(STACK))
    project.ok("up", "--stack", "prod", "--yes", "--skip-preview")
    state = project.settings()
    (project.folder / "stacks").mkdir()
    after_each_up = iter([{A: 50}, {A: 50, B: 5}, {A: 50, B: 50}])
    for command in COMMANDS:
        if "probe" in command:
            continue  # tests/cli probes drained routes: the hosts of the page do not exist
        done = shell(project, command)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        if "preview" in command:
            shown = re.sub(r" +: ", ": ", done.stdout)
            assert f'{PLACE_B}: "50%" => "drained"' in shown
            assert f'{PLACE_A}: "50%" => "100%"' in shown
            assert f"loses its failover: {A} becomes the only host" in done.stdout + done.stderr
        if shlex.split(command)[:2] == ["pulumi", "up"]:
            assert weights(live) == next(after_each_up)
            project.nothing_to_change()
    assert next(after_each_up, None) is None
    assert project.settings() == state
    assert "Put" in calls.take()


def test_a_drained_route(project: Project, live: Live, calls: Calls) -> None:
    """Outputs carry it; a change of it alone is an update without a request; `ignore_changes` leaves it to others."""

    def program(enabled: str, weight: int = 40, more: str = "", other: int = 60) -> str:
        return f"""
line = Origination("line", voice_connector_id="{CONNECTOR}", routes={{
    "{PLACE_A}": route("{A}", protocol="TCP", weight={other}),
    "{PLACE_B}": {{"host": "{B}", "port": 5060, "protocol": "TCP", "priority": 1, "weight": {weight}, "enabled": {enabled}}},
}}{more})
pulumi.export("calls", line.call_distribution)
pulumi.export("enabled", line.routes.apply(lambda routes: [route.enabled for route in routes]))
"""

    project.program(program("False"))
    project.up()
    assert weights(live) == {A: 60}
    assert project.outputs() == {
        "calls": {"priority 1": {PLACE_A: "100%", PLACE_B: "drained"}},
        "enabled": [True, False],
    }
    calls.take()
    project.program(program("False", weight=30))
    assert "routes" in project.preview()
    project.up()
    assert calls.take() == []
    ignored = f""", opts=pulumi.ResourceOptions(ignore_changes=['routes["{PLACE_B}"].enabled', "callDistribution"])"""
    project.program(program("True", weight=30, more=ignored))
    assert project.steps() == {}
    live.put((A, 5060, "TCP", 1, 60), (B, 5060, "TCP", 1, 30))
    project.program(program("False", weight=30, other=70))
    assert f"{PLACE_B} (priority 1, weight 30) is live although it is drained" in project.preview_err()
    assert "enabled" in project.refresh()
    assert f'{PLACE_B}: "33.3%" => "drained"' in project.preview()


@pytest.mark.matrix
def test_drained_by_a_plan(project: Project, live: Live, calls: Calls) -> None:
    """A plan applies the drain that was previewed, and nothing else; a secret host is not in the plan."""

    def program(weight: int, enabled: bool) -> str:
        drained = {"host": B, "protocol": "TCP", "priority": 1, "weight": weight, "enabled": enabled}
        routes = f'pulumi.Output.secret([route("{A}", protocol="TCP", weight=60), {drained}])'
        return f'Origination("line", voice_connector_id="{CONNECTOR}", routes={routes})\n'

    project.deployed(program(40, enabled=True))
    project.program(program(40, enabled=False))
    project.preview("--save-plan", "plan.json")
    calls.take()
    project.program(program(30, enabled=True))
    refused = project.up_err("--plan", "plan.json")
    assert "violates plan" in refused
    assert "Put" not in calls.take()
    assert weights(live) == {A: 60, B: 40}
    project.program(program(40, enabled=False))
    project.up("--plan", "plan.json")
    assert weights(live) == {A: 60}
    assert B not in (project.folder / "plan.json").read_text()
    assert (B in refused) == project.ok("version").startswith("v3.250.")  # that engine's own message shows secrets
    project.nothing_to_change()


def test_renamed_while_drained(project: Project, live: Live, writes: Callable[[], list[str]]) -> None:
    """A create that fails, with `--continue-on-error`, and a rename by target: the drained route stays in the state."""

    def program(name: str, weight: int = 60) -> str:
        drained = {"host": B, "protocol": "TCP", "priority": 1, "weight": 40, "enabled": False}
        routes = f'[route("{A}", protocol="TCP", weight={weight}), {drained}]'
        return f'Origination("{name}", voice_connector_id="{CONNECTOR}", routes={routes})\n'

    project.deployed(program("line"))
    old = project.urn("line")
    kept = project.settings()["line"]
    assert kept[2]["routes"][PLACE_B]["enabled"] is False
    writes()
    project.program(program("helpdesk", weight=50))
    assert "already has different settings" in project.up_err("--continue-on-error")
    assert (project.settings(), writes()) == ({"line": kept}, [])
    project.program(program("helpdesk"))
    project.up("--exclude", old)
    project.up("--target", old)
    assert project.settings() == {"helpdesk": kept}
    assert "Delete" not in writes()
    assert weights(live) == {A: 60}
    project.nothing_to_change()
