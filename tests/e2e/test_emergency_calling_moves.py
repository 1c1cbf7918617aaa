"""Emergency calling beside an origination that moves, is created or is deleted: in which order, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..support.values import CONNECTOR, OTHER_CONNECTOR, THIRD_CONNECTOR
from .dangers import HERE, NUMBER, OURS, assert_a_sentence, configure_emergency_calling
from .test_deletes_first import SOURCE, changes, enable_termination, numbers

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator

    from .support import Live, Project

__all__ = ["changes"]

SUPPORT = f'support = Origination("support", voice_connector_id="{CONNECTOR}", routes=[route()])\n'
MOVED = SUPPORT.replace(CONNECTOR, OTHER_CONNECTOR)
EMERGENCY = 'emergency("emergency", support.voice_connector_id)\n'
IN_APPLY = f'pulumi.Output.secret("{NUMBER}").apply(lambda number: emergency("emergency", support.voice_connector_id, number))\n'


class TestMoves:
    @pytest.fixture(autouse=True)
    def _termination(self, live: Live, emulator: Emulator) -> None:
        emulator.create_voice_connector(voice_connector_id=THIRD_CONNECTOR)
        live.enable_termination(THIRD_CONNECTOR)
        enable_termination(live)

    @pytest.mark.parametrize("emergency", [EMERGENCY, IN_APPLY])
    def test_along(self, project: Project, live: Live, changes: Callable[[], list[str]], emergency: str) -> None:
        """Also if it is declared in an `apply`."""
        project.deployed(SOURCE + SUPPORT + emergency)
        project.program(SOURCE + MOVED + emergency)
        project.up()
        assert changes() == ["Put", "PutEmergency", "DeleteEmergency", "Delete"]
        assert (live.routes(OTHER_CONNECTOR), numbers(live, OTHER_CONNECTOR)) == ([OURS], [NUMBER])
        project.nothing_to_change()

    def test_unrelated(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """Emergency calling of a third voice connector, or a new one, leaves that of the old one where it is: refused first."""
        third = f'third = Origination("third", voice_connector_id="{THIRD_CONNECTOR}", routes=[route()])\n'
        unrelated = third + 'emergency("emergency", third.voice_connector_id)\n'
        project.deployed(SOURCE + SUPPORT + unrelated)
        configure_emergency_calling(live)
        project.program(SOURCE + MOVED + unrelated)
        said = project.preview_err()
        assert f"replacing origination of {HERE}: blocked, because emergency calling is configured there" in said
        assert_a_sentence(said)
        project.program(SOURCE + MOVED + EMERGENCY.replace('"emergency"', '"new"') + unrelated)
        assert f"replacing origination of {HERE}: blocked" in project.preview_err()
        assert changes() == []

    def test_in_an_apply_of_its_own_output(self, project: Project, changes: Callable[[], list[str]]) -> None:
        """No run can see that it moves along before the origination has moved: refused, with the way to declare it."""
        later = EMERGENCY.strip().replace("support.voice_connector_id", "known")
        in_apply = f"support.voice_connector_id.apply(lambda known: {later})\n"
        project.deployed(SOURCE + SUPPORT + in_apply)
        project.program(SOURCE + MOVED + in_apply)
        said = project.up_err()
        assert "declare EmergencyCalling with the voice_connector_id of this origination, outside of apply" in said
        assert changes() == []

    def test_with_targets(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """The preview says what has to be included. Without it, the old one keeps its calls, and the next `up` ends the move."""
        project.deployed(SOURCE + SUPPORT + EMERGENCY)
        project.program(SOURCE + MOVED + EMERGENCY)
        urn = project.urn("support")
        assert f"emergency calling of {HERE} moves along only if this run also updates emergency" in project.preview(
            "--target", urn
        )
        said = project.up_err("--target", urn)
        assert "blocked, because emergency calling is still configured there: this run did not move it" in " ".join(
            said.split()
        )
        assert (
            "was left out by --target or --exclude, depends on a resource that failed, or has retain_on_delete"
            in " ".join(said.split())
        )
        assert (live.routes(), live.routes(OTHER_CONNECTOR)) == ([OURS], [OURS])
        assert changes() == ["Put"]
        project.up()
        assert changes() == ["PutEmergency", "DeleteEmergency", "Delete"]

    def test_retained_by_the_state(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """Pulumi uses the option in the state, which no check shows: the message says how to end the move."""
        retained = EMERGENCY.replace(")\n", ", opts=options(retain_on_delete=True))\n")
        project.deployed(SOURCE + SUPPORT + retained)
        project.program(SOURCE + MOVED + EMERGENCY)
        assert "this run did not move it" in project.up_err()
        said = project.up_err()
        assert (
            f"delete-voice-connector-emergency-calling-configuration --voice-connector-id {CONNECTOR} --region us-east-1"
            in said
        )
        live.client.delete_voice_connector_emergency_calling_configuration(VoiceConnectorId=CONNECTOR)
        changes()
        project.up()
        assert changes() == ["Delete"]
        assert (live.routes(OTHER_CONNECTOR), numbers(live, OTHER_CONNECTOR)) == ([OURS], [NUMBER])
        project.nothing_to_change()


class TestTogether:
    """Created or deleted in one run, both with a plain ID."""

    PLAIN = f'emergency("emergency", "{CONNECTOR}")\n'

    def test_without_a_dependency(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """The declaration makes one: emergency calling is created last and deleted first."""
        enable_termination(live)
        project.program(SOURCE + SUPPORT + self.PLAIN)
        project.up("--parallel", "1")
        assert changes() == ["Put", "PutEmergency"]
        project.program("")
        project.up("--parallel", "1")
        assert changes() == ["DeleteEmergency", "Delete"]

    def test_declared_in_the_wrong_order(self, project: Project) -> None:
        """The preview says what to change."""
        project.program(SOURCE + self.PLAIN + SUPPORT)
        assert "Declare the Origination first" in project.preview()
