"""What `delete_before_replace` of the origination itself deletes first: docs/reliability.md has the table of the outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..support.values import CONNECTOR, OTHER_CONNECTOR, THIRD_CONNECTOR
from .dangers import NUMBER, OURS, assert_a_sentence
from .test_deletes_first import SOURCE, changes, enable_termination, numbers, source

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator

    from .support import Live, Project

__all__ = ["changes"]


class TestByItself:
    """The origination has `delete_before_replace`, or is replaced on the same voice connector."""

    FIRST = (
        f'support = Origination("support", voice_connector_id="{CONNECTOR}", routes=[route()], '
        "opts=options(delete_before_replace=True))\n"
        'emergency("emergency", support.voice_connector_id)\n'
    )

    @pytest.fixture(autouse=True)
    def _deployed(self, project: Project, live: Live) -> None:
        enable_termination(live)
        project.deployed(SOURCE + self.FIRST)

    @pytest.mark.matrix
    @pytest.mark.parametrize("way", ["--replace", "taint"])
    def test_replaced_in_place(self, project: Project, live: Live, changes: Callable[[], list[str]], way: str) -> None:
        """Nothing is deleted; the create puts the same settings once more."""
        urn = project.urn("support")
        if way == "taint":
            project.ok("state", "taint", urn, "--yes")
        option = ["--replace", urn] if way == "--replace" else []
        assert "no effect on calls" in project.preview(*option)
        project.up(*option)
        assert changes() == ["Put"]
        assert (live.routes(), numbers(live)) == ([OURS], [NUMBER])

    def test_moved(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """The apply is blocked before anything is sent, and names the option to remove."""
        project.program(SOURCE + self.FIRST.replace(CONNECTOR, OTHER_CONNECTOR))
        said = project.up_err()
        assert "Remove delete_before_replace, and run pulumi up again" in said
        assert_a_sentence(said)
        assert changes() == []

    def test_trigger_and_change(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """A trigger that changes together with a weight: the state's own settings are no conflict."""
        for turn, option in ((2, ", delete_before_replace=True"), (3, "")):
            program = self.FIRST.replace("weight=1", "").replace(
                "options(delete_before_replace=True)", f"options(replacement_trigger={turn}{option})"
            )
            project.program(SOURCE + program.replace("route()", f"route(weight={turn})"))
            project.up()
            assert changes() == ["Put"]
            assert live.routes() == [(*OURS[:4], turn)]

    def test_changed_outside_pulumi(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """The create would be refused, so the delete is, too: otherwise nothing would own the live settings."""
        live.put((*OURS[:4], 7))
        said = project.up_err("--replace", project.urn("support"))
        assert "blocked" in said
        assert changes() == []
        assert set(project.state()) == {"support", "emergency"}


@pytest.mark.matrix
class TestBeforeAnIdIsKnown:
    """The origination has `delete_before_replace`, and another one gets an ID that the program does not know yet."""

    SUPPORT = (
        f'Origination("support", voice_connector_id="{OTHER_CONNECTOR}", routes=[route()], '
        "opts=options(delete_before_replace=True))\n"
    )
    HELPDESK = 'Origination("helpdesk", voice_connector_id=source.connector, routes=[route()])\n'

    @pytest.fixture(autouse=True)
    def _deployed(self, project: Project, emulator: Emulator) -> None:
        emulator.create_voice_connector(voice_connector_id=THIRD_CONNECTOR)
        project.deployed(SOURCE + self.SUPPORT.replace(OTHER_CONNECTOR, CONNECTOR))

    @pytest.mark.parametrize("connector", [CONNECTOR, THIRD_CONNECTOR])
    def test_moved(self, project: Project, live: Live, connector: str) -> None:
        """The delete waits for the other one: if it gets the old voice connector, that is not cleared."""
        project.program(source(connector) + self.SUPPORT + self.HELPDESK)
        project.up()
        assert live.routes() == ([OURS] if connector == CONNECTOR else None)
        assert [live.routes(each) for each in (OTHER_CONNECTOR, connector)] == [[OURS], [OURS]]

    def test_moved_alone(self, project: Project, live: Live) -> None:
        """While Pulumi does one thing at a time, no other resource is created: blocked, and the advice works."""
        moved = source() + self.SUPPORT + self.HELPDESK
        project.program(moved)
        said = project.up_err("--parallel", "1")
        assert "the program declares helpdesk with this ID, or with one that is not known yet" in said
        assert_a_sentence(said)
        assert live.routes() == [OURS]
        project.program(moved.replace("(delete_before_replace=True)", "()"))
        project.up("--parallel", "1")
        assert [live.routes(each) for each in (CONNECTOR, OTHER_CONNECTOR)] == [[OURS], [OURS]]
