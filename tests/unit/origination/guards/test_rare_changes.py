"""Rare changes: the engine's question before it deletes a dependency, and routes that were stored while calls are off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pulumi.output import Unknown

from pulumi_chime_voice.engine.claims import Claims, RunMemory
from pulumi_chime_voice.engine.kinds import EMERGENCY_CALLING, ORIGINATION
from pulumi_chime_voice.engine.run_file import Declaration, ProgramFile, Run
from pulumi_chime_voice.errors import StateError

from ....support.emulators import request, set_preview
from ....support.values import CONNECTOR, OTHER_CONNECTOR
from .support import OFF, OURS, THEIRS, OtherUser, asks_anew, props, refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chime_voice_emulator import Emulator
    from pulumi_chime_voice import OriginationProvider

DRAINED: list[Any] = [{**each, "enabled": False} for each in OURS]


class TestQuestion:
    """The engine asks what it has to delete before a resource that it replaces: a diff with an unknown voice connector."""

    UNKNOWN = props(OURS, voiceConnectorId=Unknown())

    def test_is_answered_with_no_changes(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """Whatever answers "replace" would be deleted. The answer needs reads only."""
        other_user.put(OURS)
        result = provider.diff(CONNECTOR, props(OURS), self.UNKNOWN)
        assert (result.changes, result.replaces) == (False, None)
        assert sent_operations() == ["Get", "GetEmergency", "ListPhoneNumbers"]

    def test_after_an_outside_change(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """The run ends before anything is deleted."""
        other_user.put(THEIRS)
        said = refusal(lambda: provider.diff(CONNECTOR, props(OURS), self.UNKNOWN))
        assert "blocked, because the live settings were changed outside Pulumi" in said
        assert set(sent_operations()) == {"Get"}
        assert provider.diff(CONNECTOR, props(OURS, onConflict="overwrite"), self.UNKNOWN).changes is False

    def test_a_connector_that_has_answered(
        self, provider: OriginationProvider, emulator: Emulator, other_user: OtherUser
    ) -> None:
        """If it is gone afterwards, so are its settings. One that never answered is refused."""
        other_user.put(OURS)
        provider.diff(CONNECTOR, props(OURS), self.UNKNOWN)
        for connector in (CONNECTOR, OTHER_CONNECTOR):
            other_user.client.delete_voice_connector(VoiceConnectorId=connector)
        provider.delete(CONNECTOR, props(OURS))
        there = props(OURS, voiceConnectorId=OTHER_CONNECTOR)
        assert "finds neither the origination settings nor" in refusal(lambda: provider.delete(OTHER_CONNECTOR, there))


class TestEmergencyCallingOfTheOldConnector:
    """It is configured; whether this run takes it along is known from what the program declares, or by a later check."""

    RUN = Run("engine", stack="dev::x")
    THERE = props(OURS, voiceConnectorId=OTHER_CONNECTOR)

    @pytest.fixture
    def program(self, provider: OriginationProvider, other_user: OtherUser, tmp_path: Path) -> ProgramFile:
        other_user.put(OURS)
        other_user.configure_emergency_calling()
        program = ProgramFile(self.RUN, preview=False, folder=tmp_path)
        provider.lifecycle._claims = Claims(ORIGINATION.name, RunMemory(self.RUN, tmp_path))
        asks_anew(provider)
        return program

    def declare(self, program: ProgramFile) -> None:
        program.add(Declaration(EMERGENCY_CALLING.name, "", "emergency", "emergency"))

    def failures(self, provider: OriginationProvider, olds: dict[str, Any]) -> list[str]:
        return [each.reason for each in request("support", lambda: provider.check(olds, self.THERE)).failures]

    def test_question(self, provider: OriginationProvider, program: ProgramFile) -> None:
        """The engine deletes nothing if emergency calling was configured by hand."""
        ask = lambda: provider.diff(CONNECTOR, props(OURS), TestQuestion.UNKNOWN)  # noqa: E731 - called twice
        assert "emergency calling is configured" in refusal(ask)
        self.declare(program)
        assert ask().changes is False

    def test_question_in_a_preview(
        self,
        provider: OriginationProvider,
        program: ProgramFile,
        sent_operations: Callable[[], list[str]],
        tmp_path: Path,
    ) -> None:
        """Nothing is deleted, so nothing is read."""
        program.close(remove=True)
        ProgramFile(self.RUN, preview=True, folder=tmp_path)
        sent_operations()
        assert provider.diff(CONNECTOR, props(OURS), TestQuestion.UNKNOWN).changes is False
        assert sent_operations() == []

    def test_stays_behind(self, provider: OriginationProvider, program: ProgramFile) -> None:
        """The replacement is refused before anything is written."""
        (failure,) = self.failures(provider, props(OURS))
        assert "this run does not move it" in failure

    def test_may_move_along(self, provider: OriginationProvider, program: ProgramFile) -> None:
        """The check of another resource reports it, once that of emergency calling has shown that it does not."""
        self.declare(program)
        assert self.failures(provider, props(OURS)) == []
        assert self.failures(provider, {}) == []
        emergency = Claims(EMERGENCY_CALLING.name, provider.lifecycle._claims.memory)
        emergency.claim(OTHER_CONNECTOR, "urn:pulumi:dev::x::t::emergency", left=None, old=None)
        (failure,) = self.failures(provider, {})
        assert "this run does not move it" in failure


class TestStoredWhileOff:
    """The state is off without routes, and another user has stored routes."""

    def test_other_routes(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """Turning on with others is refused, unless they are overwritten on purpose."""
        other_user.put(THEIRS, disabled=True)
        said = refusal(lambda: provider.update(CONNECTOR, OFF, props(OURS)))
        assert "AWS stores settings there that this resource does not declare" in said
        assert "198.51.100.9:5060/UDP" in said
        assert set(sent_operations()) == {"Get"}
        provider.update(CONNECTOR, OFF, props(OURS, onConflict="overwrite"))
        assert other_user.hosts() == ["203.0.113.7"]

    @pytest.mark.parametrize(
        ("state", "wanted", "hosts"),
        [
            (OFF, OURS, ["203.0.113.7"]),
            (OFF, [*OURS, *THEIRS], ["198.51.100.9", "203.0.113.7"]),
            (OFF, [*DRAINED, *THEIRS], ["198.51.100.9"]),
            (props(DRAINED, disabled=True), THEIRS, ["198.51.100.9"]),
        ],
        ids=["the same", "and others", "drained", "drained before"],
    )
    def test_declared_routes(
        self,
        provider: OriginationProvider,
        other_user: OtherUser,
        state: dict[str, Any],
        wanted: list[Any],
        hosts: list[str],
    ) -> None:
        """What the declaration or the state has, enabled or drained, is not overwritten unseen."""
        other_user.put(OURS, disabled=True)
        provider.update(CONNECTOR, state, props(wanted))
        assert sorted(other_user.hosts()) == hosts

    @pytest.mark.parametrize(("declared", "is_told"), [(DRAINED, False), ([{**THEIRS[0], "enabled": False}], True)])
    def test_adopted_while_off(
        self,
        provider: OriginationProvider,
        other_user: OtherUser,
        warnings: Callable[[], str],
        declared: list[Any],
        is_told: bool,
    ) -> None:
        """A stored route that is declared as drained is one that the resource declares."""
        other_user.put(OURS, disabled=True)
        set_preview(provider)
        request("line", lambda: provider.check({}, props(declared, disabled=True)))
        assert ("stores routes that this resource does not declare" in warnings()) == is_told

    @pytest.mark.parametrize("emulator", [{"put_omitted": mode} for mode in ("merge", "replace")], indirect=True)
    def test_no_routes(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """A state with routes, off, becomes one without: the routes that another user has stored since are kept."""
        other_user.put(THEIRS, disabled=True)
        provider.update(CONNECTOR, props(OURS, disabled=True), OFF)
        assert sent_operations() == ["Get"]
        assert other_user.hosts() == ["198.51.100.9"]


class TestEditedId:
    """The ID of the resource is another voice connector than that of its settings: either one could be meant."""

    def test_nothing_is_read_or_sent(
        self, provider: OriginationProvider, other_user: OtherUser, sent_operations: Callable[[], list[str]]
    ) -> None:
        other_user.put(OURS)
        sent_operations()
        state = props(OURS)
        for step in (
            lambda: provider.diff(OTHER_CONNECTOR, state, state),
            lambda: provider.update(OTHER_CONNECTOR, state, props(THEIRS)),
            lambda: provider.read(OTHER_CONNECTOR, state),
            lambda: request("line", lambda: provider.delete(OTHER_CONNECTOR, state)),
        ):
            with pytest.raises(StateError, match="id is not the voiceConnectorId of its outputs"):
                step()
        assert sent_operations() == []


class TestMoveWithoutEmergencyCalling:
    """A targeted move has written the new voice connector, and the old one still has emergency calling."""

    def test_what_ends_it(self, provider: OriginationProvider, other_user: OtherUser, tmp_path: Path) -> None:
        """What the program declares is named only if it declares any: it may have been configured by hand."""
        run = Run("engine", stack="dev::x")
        program = ProgramFile(run, preview=False, folder=tmp_path)
        provider.lifecycle._claims = Claims(ORIGINATION.name, RunMemory(run, tmp_path))
        asks_anew(provider)
        other_user.put(OURS)
        other_user.configure_emergency_calling()
        moved = props(OURS, voiceConnectorId=OTHER_CONNECTOR, onConflict="overwrite")
        inputs = request("line", lambda: provider.check({}, moved)).inputs
        text = refusal(lambda: request("line", lambda: provider.delete(CONNECTOR, props(OURS))))
        assert "this run did not move it" not in text  # The new voice connector has nothing yet.
        request("line", lambda: provider.create(inputs))
        text = refusal(lambda: request("line", lambda: provider.delete(CONNECTOR, props(OURS))))
        assert "delete-voice-connector-emergency-calling-configuration" in text
        assert "this run did not move it" not in text
        program.add(Declaration(EMERGENCY_CALLING.name, "", "emergency", "emergency", OTHER_CONNECTOR))
        text = refusal(lambda: request("line", lambda: provider.delete(CONNECTOR, props(OURS))))
        assert "this run did not move it" in text
        assert "left out by --target or --exclude, depends on a resource that failed" in text

    def test_changed_outside_pulumi(self, provider: OriginationProvider, other_user: OtherUser) -> None:
        """The old half of the replacement keeps its on_conflict: no program can set it any more."""
        other_user.put(THEIRS)
        moved = props(OURS, voiceConnectorId=OTHER_CONNECTOR, onConflict="overwrite")
        inputs = request("line", lambda: provider.check({}, moved)).inputs
        request("line", lambda: provider.create(inputs))
        text = refusal(lambda: request("line", lambda: provider.delete(CONNECTOR, props(OURS))))
        assert "The new voice connector has its settings already" in text
        assert "on_conflict" not in text
