"""`get` under the name of a managed resource: Pulumi would take both for one, and delete or forget the managed one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import OURS, assert_a_sentence, program

if TYPE_CHECKING:
    from chime_voice_emulator import Emulator

    from .support import Calls, Live, Project

PROTECTED = program(more=", opts=pulumi.ResourceOptions(protect=True)")


def lookup(connector: str) -> str:
    return f'Origination.get("support", "{connector}")\n'


@pytest.mark.parametrize("connector", [OTHER_CONNECTOR, pytest.param(CONNECTOR, marks=pytest.mark.full)])
def test_of_what_is_protected(project: Project, live: Live, connector: str) -> None:
    """The managed resource has left the program, so that Pulumi obeys its protection, and shows the delete."""
    live.put(OURS, connector=OTHER_CONNECTOR)
    project.deployed(PROTECTED)
    project.program(lookup(connector))
    for said in (project.preview_err(), project.up_err()):
        assert_a_sentence(said)
        assert "cannot be deleted" in said
    assert live.routes() == [OURS]
    assert project.state()["support"]["protect"]


@pytest.mark.matrix
def test_of_another_voice_connector(project: Project, live: Live, emulator: Emulator) -> None:
    """A delete that fails is tried again: what is managed is not forgotten."""
    live.put(OURS, connector=OTHER_CONNECTOR)
    project.deployed(program())
    project.program(lookup(OTHER_CONNECTOR))
    emulator.faults.fail("DeleteVoiceConnectorOrigination", ["ForbiddenException"])
    assert "ForbiddenException" in project.up_err()
    assert live.routes() == [OURS]
    project.up()
    assert live.routes() is None
    assert live.routes(OTHER_CONNECTOR) == [OURS]


@pytest.mark.full
def test_of_a_target(project: Project, live: Live) -> None:
    """A target that is read leaves what is managed in the state."""
    live.put(OURS, connector=OTHER_CONNECTOR)
    project.deployed(program())
    project.program(lookup(OTHER_CONNECTOR) + program(connector=OTHER_CONNECTOR, name="other"))
    project.up("--target", "**::other")
    assert f'"id": "{CONNECTOR}"' in project.ok("stack", "export")
    assert live.routes() == [OURS]


@pytest.mark.full
def test_state_of_an_earlier_version(project: Project, live: Live, calls: Calls) -> None:
    """What earlier versions read has the type of managed resources in the state: it is discarded, and nothing is sent."""
    live.put(OURS)
    project.program(lookup(CONNECTOR))
    project.up()
    exported = project.ok("stack", "export")
    assert exported.count("OriginationLookup") > 1
    (project.folder / "state.json").write_text(exported.replace("OriginationLookup", "Origination"))
    project.ok("stack", "import", "--file", "state.json")
    calls.take()
    project.preview("--expect-no-changes")
    project.up("--expect-no-changes")
    assert set(calls.take()) == {"Get"}
    assert live.routes() == [OURS]
