"""docs/migration.md works as it stands: the settings are adopted, and no call changes.

Neither pulumi-aws's plugin nor Terraform runs here. The old resource of pulumi-aws is a stand-in, a module `pulumi_aws` with a
dynamic provider that does with the service what the real one does: Put on create, Delete on delete, without a look at what is
live. The order in which the engine asks the two, which is what the guide is about, is the engine's own. Of Terraform, what it
leaves behind is there, settings that were put through the API; its own commands are not run.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .guides import blocks, clone, walk

if TYPE_CHECKING:
    from chime_voice_emulator import Emulator

    from .support import Live, Project

FIRST = ("203.0.113.7", 5060, "UDP", 1, 1)
SECOND = ("203.0.113.8", 5060, "UDP", 2, 1)
KEPT_OFF = ("sbc.example.net", 5061, "TCP", 4, 7)

PULUMI_AWS = '''
"""Stands in for pulumi-aws: the one resource, by a dynamic provider."""
import os
import types

import pulumi
import pulumi.dynamic


def client():
    import boto3

    return boto3.client("chime-sdk-voice", region_name=os.environ["AWS_REGION"])


class Old(pulumi.dynamic.ResourceProvider):
    def create(self, props):
        names = {"host": "Host", "port": "Port", "protocol": "Protocol", "priority": "Priority", "weight": "Weight"}
        routes = [{names[key]: int(value) if isinstance(value, float) else value for key, value in route.items()}
                  for route in props["routes"]]
        client().put_voice_connector_origination(
            VoiceConnectorId=props["voice_connector_id"], Origination={"Routes": routes, "Disabled": False})
        return pulumi.dynamic.CreateResult(props["voice_connector_id"], props)

    def diff(self, _id, olds, news):
        return pulumi.dynamic.DiffResult(changes=olds["routes"] != news["routes"])

    def delete(self, id_, props):
        client().delete_voice_connector_origination(VoiceConnectorId=id_)


class VoiceConnectorOrigination(pulumi.dynamic.Resource):
    def __init__(self, name, voice_connector_id, routes, opts=None):
        super().__init__(Old(), name, {"voice_connector_id": voice_connector_id, "routes": routes}, opts)


chime = types.SimpleNamespace(VoiceConnectorOrigination=VoiceConnectorOrigination, VoiceConnectorOriginationRouteArgs=dict)
'''


def live_settings(live: Live) -> dict[str, Any]:
    """What the service answers of every connector that the guides move; the order of routes is the service's own."""
    found = {}
    for connector in (CONNECTOR, OTHER_CONNECTOR):
        found[connector] = live.client.get_voice_connector_origination(VoiceConnectorId=connector).get("Origination")
        if found[connector] is not None:
            found[connector]["Routes"].sort(key=str)
    return found


def written(emulator: Emulator, since: int) -> list[tuple[str, str | None]]:
    """What was sent since then that is no read, and to which connector."""
    return [
        (str(item.operation), item.voice_connector_id)
        for item in emulator.requests[since:]
        if not str(item.operation).startswith(("Get", "List"))
    ]


def stand_in(project: Project) -> None:
    """Puts the stand-in for pulumi-aws where the program and the plugin find it."""
    (project.folder / "pulumi_aws.py").write_text(PULUMI_AWS, encoding="utf-8")
    others = project.env.get("PYTHONPATH")
    project.env["PYTHONPATH"] = os.pathsep.join([str(project.folder), *([others] if others else [])])


@pytest.fixture
def cloned(project: Project) -> Project:
    clone(project.folder)
    return project


@pytest.fixture
def before(live: Live) -> dict[str, Any]:
    """A connector with two hosts that takes calls, and one that is turned off and keeps a route."""
    live.put(FIRST, SECOND)
    live.put(KEPT_OFF, disabled=True, connector=OTHER_CONNECTOR)
    return live_settings(live)


@pytest.mark.parametrize(
    ("heading", "moved"),
    [
        ("From a connector made by hand", {CONNECTOR, OTHER_CONNECTOR}),
        pytest.param("From Terraform", {CONNECTOR}, marks=pytest.mark.full),
    ],
)
def test_adopted(
    cloned: Project, live: Live, emulator: Emulator, before: dict[str, Any], heading: str, moved: set[str]
) -> None:
    """Exported, previewed, adopted: each connector gets its own settings once, nothing is deleted, and all is as it was."""
    since = len(emulator.requests)
    said = walk(cloned, blocks("migration.md", heading))

    assert said.count("already has these settings; adopting them") >= len(moved)
    assert sorted(written(emulator, since)) == [("PutVoiceConnectorOrigination", one) for one in sorted(moved)]
    assert live_settings(live) == before
    assert {one["id"] for one in cloned.state().values()} == moved


def test_from_pulumi_aws(project: Project, live: Live, emulator: Emulator) -> None:
    """With retain_on_delete first, one Put of the same settings is all that is sent."""
    stand_in(project)
    old, *steps = blocks("migration.md", "From pulumi-aws")
    mending = steps.pop()
    walk(project, [old, ("console", "$ pulumi up")])
    assert live.routes() == [FIRST, SECOND]
    since = len(emulator.requests)
    said = walk(project, steps)

    assert "already has these settings; adopting them" in said
    assert written(emulator, since) == [("PutVoiceConnectorOrigination", CONNECTOR)]
    assert live.routes() == [FIRST, SECOND]
    assert mending[0] == "console"


@pytest.mark.full
def test_from_pulumi_aws_at_once(project: Project, live: Live, emulator: Emulator) -> None:
    """Why not: the swap without the first apply loses the calls, although `up` succeeds; the guide's last block mends it."""
    stand_in(project)
    steps = blocks("migration.md", "From pulumi-aws")
    old, *_, new = [step for step in steps if step[0] == "python"]
    up = ("console", "$ pulumi up")
    walk(project, [old, up])
    since = len(emulator.requests)
    walk(project, [new, up])
    assert written(emulator, since) == [
        ("PutVoiceConnectorOrigination", CONNECTOR),
        ("DeleteVoiceConnectorOrigination", CONNECTOR),
    ]
    assert live.routes() is None

    walk(project, [steps[-1]])
    assert live.routes() == [FIRST, SECOND]
    project.nothing_to_change()
