"""Two resources whose states have one voice connector: a run that failed half-way, or a target, has left both behind.

Only one of the states is true. The other resource does not change, so Pulumi would neither write nor read it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import HERE, OURS, assert_a_sentence

if TYPE_CHECKING:
    from chime_voice_emulator import Emulator

    from .support import Live, Project

SECOND = ("203.0.113.8", 5060, "UDP", 1, 1)


def origination(name: str, connector: str, host: str, more: str = "") -> str:
    return f'Origination("{name}", voice_connector_id="{connector}", routes=[route("{host}")]{more})\n'


OVERWRITE = ', on_conflict="overwrite"'
BOTH = origination("sales", CONNECTOR, OURS[0], OVERWRITE) + origination(
    "support", OTHER_CONNECTOR, SECOND[0], OVERWRITE
)
SWAPPED = BOTH.replace(CONNECTOR, "-").replace(OTHER_CONNECTOR, CONNECTOR).replace('"-"', f'"{OTHER_CONNECTOR}"')


def fail_half_way(project: Project, emulator: Emulator) -> None:
    """Swaps the voice connectors, until the second write fails."""
    project.deployed(BOTH)
    project.program(SWAPPED)
    emulator.faults.fail("PutVoiceConnectorOrigination", ["ok", "ForbiddenException"])
    assert "ForbiddenException" in project.up_err("--parallel", "1")


@pytest.mark.matrix
def test_swap_that_failed_is_reverted(project: Project, emulator: Emulator, live: Live) -> None:
    """What the failed run wrote to the voice connector of the other resource is not passed over as unchanged."""
    fail_half_way(project, emulator)
    # Pulumi may come to either of them first.
    there, owner = (CONNECTOR, "sales") if live.routes() != [OURS] else (OTHER_CONNECTOR, "support")
    project.program(BOTH)
    blocked = (
        f"origination of Voice Connector {there} (us-east-1): blocked, because the program declares {owner} there "
    )
    for said in (project.preview_err(), project.up_err()):
        assert_a_sentence(said)
        assert (
            f"{blocked}unchanged, but the live settings are those that an earlier run wrote for another resource"
            in said
        )
    project.refresh()
    project.up()
    assert live.routes() == [OURS]
    assert live.routes(OTHER_CONNECTOR) == [SECOND]
    project.nothing_to_change()


def test_rename_of_a_target_is_reverted(project: Project, live: Live) -> None:
    """Pulumi shows the state that leaves the program only when it deletes it: that is blocked, until a refresh."""
    support = origination("support", CONNECTOR, OURS[0])
    project.deployed(support)
    project.program(origination("line", CONNECTOR, SECOND[0], ', on_conflict="overwrite"'))
    project.up("--target", "**::line")
    assert live.routes() == [SECOND]

    project.program(support)
    said = project.up_err()
    assert_a_sentence(said)
    assert f"deleting origination of {HERE}: blocked, because the program declares support there unchanged" in said
    assert "Run pulumi refresh, then pulumi up" in said
    project.refresh()
    project.up()
    assert live.routes() == [OURS]
    assert set(project.state()) == {"support"}


@pytest.mark.full
def test_secret_settings(project: Project, live: Live) -> None:
    """The message shows no settings: redaction knows only the secrets of the resource in the request."""
    support = origination("support", CONNECTOR, "hidden.example.net").replace('"hidden', 'pulumi.Output.secret("hidden')
    support = support.replace('.net")', '.net"))')
    project.deployed(support)
    project.program(origination("line", CONNECTOR, SECOND[0], OVERWRITE))
    project.up("--target", "**::line")
    project.program(support)
    said = project.up_err()
    assert "blocked, because the program declares support there unchanged" in said
    assert "hidden" not in said
    assert live.routes() == [SECOND]


@pytest.mark.full
def test_change_by_hand(project: Project, live: Live) -> None:
    """What no run wrote is drift of a resource that does not change, as anywhere else: a renamed resource can be removed."""
    ignored = ', opts=pulumi.ResourceOptions(ignore_changes=["routes", "call_distribution"])'
    project.deployed(origination("support", CONNECTOR, OURS[0], ignored))
    live.put((*OURS[:4], 5))
    project.refresh()
    project.program(origination("line", CONNECTOR, OURS[0], f"{OVERWRITE}{ignored}"))
    project.up("--target", "**::line")
    live.put((*OURS[:4], 9))
    project.up()
    assert live.routes() == [(*OURS[:4], 9)]
    assert set(project.state()) == {"line"}


@pytest.mark.full
def test_swap_that_failed_goes_on(project: Project, emulator: Emulator, live: Live) -> None:
    """The next `up` of the same program finishes the swap: the resource that was written has the true state."""
    fail_half_way(project, emulator)
    project.up()
    assert live.routes() == [SECOND]
    assert live.routes(OTHER_CONNECTOR) == [OURS]
    project.nothing_to_change()
