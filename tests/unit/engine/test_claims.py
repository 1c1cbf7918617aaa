"""Claims: which resource may write or delete the settings of a voice connector, from what its run has shown up to now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_chime_voice.engine import target
from pulumi_chime_voice.engine.claims import Claims, Delete, RunMemory
from pulumi_chime_voice.engine.run_file import Declaration, ProgramFile, Run
from pulumi_chime_voice.errors import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

HERE, THERE = "abcdef1ghij2klmno3pqr4", "bcdefg1hijk2lmnop3qrs4"
TYPE = "pulumi-python:dynamic/chime:Origination"
OLD, NEW = f"urn:pulumi:dev::x::{TYPE}::support", f"urn:pulumi:dev::x::{TYPE}::helpdesk"
EMERGENCY = "urn:pulumi:dev::x::pulumi-python:dynamic/chime:EmergencyCalling::emergency"
RUN = Run("engine", "0", "0")


def declaration(name: str, connector: str | None = HERE, kind: str = "origination", **more: Any) -> Declaration:
    return Declaration(
        serial=_serial(name), kind=kind, parent_type="", name=name, path=name, connector=connector, **more
    )


def _serial(name: str) -> int:
    return ["support", "helpdesk", "emergency"].index(name)


@pytest.fixture
def program(tmp_path: Path) -> ProgramFile:
    return ProgramFile(RUN, preview=False, folder=tmp_path)


@pytest.fixture
def memory(program: ProgramFile, tmp_path: Path) -> RunMemory:
    return RunMemory(RUN, tmp_path)


@pytest.fixture
def claims(memory: RunMemory) -> Claims:
    return Claims("origination", memory)


def claim(
    claims: Claims, urn: str, connector: str | None = HERE, left: str | None = None, old: Any = None
) -> str | None:
    both = claims.claim(connector, urn, urn.rpartition("::")[2], left=left, old=old)
    return None if both is None else both[0]


class TestOwners:
    def test_one_owner(self, claims: Claims) -> None:
        """A second resource for a voice connector is refused with the path of the first."""
        assert claim(claims, OLD) is None
        assert claim(claims, OLD) is None
        assert claim(claims, NEW) == "support"
        assert claims.is_declared_by_another(HERE, NEW, "helpdesk")
        assert not claims.is_declared_by_another(HERE, OLD, "support")
        assert not claims.is_declared_by_another(THERE, NEW, "helpdesk")

    def test_declared_and_never_checked(self, claims: Claims, program: ProgramFile) -> None:
        """What the program declares counts, whether or not the engine checks it."""
        program.record(declaration("support"))
        assert claim(claims, NEW) == "support"

    def test_what_the_engine_checks_counts(self, claims: Claims, program: ProgramFile) -> None:
        """A transform or `ignore_changes` may leave another voice connector to a resource than it declares."""
        program.record(declaration("support"))
        assert claim(claims, OLD, THERE) is None
        assert claim(claims, NEW) is None

    def test_each_kind_has_its_own(self, claims: Claims, memory: RunMemory) -> None:
        """Settings of another kind are in no conflict."""
        assert claim(claims, OLD) is None
        assert claim(Claims("emergency calling", memory), EMERGENCY) is None

    def test_children_of_one_name(self, claims: Claims) -> None:
        """The type of the parent tells them apart, also in the message."""
        child = f"urn:pulumi:dev::x::my:Line${TYPE}::support"
        assert claims.claim(HERE, child, "a/support", left=None, old=None) is None
        assert claims.claim(HERE, OLD, "a/support", left=None, old=None) == (
            "a/support (in a component of type my:Line)",
            "a/support (in no component)",
        )


class TestDelete:
    """What a delete of `support` does, by what is known of its voice connector."""

    def test_not_declared(self, claims: Claims) -> None:
        """It is sent."""
        assert claims.decide_delete(HERE, OLD) is Delete.SEND

    @pytest.mark.parametrize("way", ["written", "in the state", "registered"])
    def test_another_resource_manages_it(self, claims: Claims, program: ProgramFile, way: str) -> None:
        """It sends nothing."""
        if way == "registered":
            program.record(declaration("helpdesk", managed=HERE))
        else:
            claim(claims, NEW, left=HERE if way == "in the state" else None)
        if way == "written":
            claims.record_written(HERE, NEW)
        assert claims.decide_delete(HERE, OLD) is Delete.KEEP

    @pytest.mark.parametrize("way", ["declared", "checked", "failed"])
    def test_another_resource_does_not_manage_it(self, claims: Claims, program: ProgramFile, way: str) -> None:
        """It is refused: otherwise nothing would own the live settings."""
        program.record(declaration("helpdesk"))
        if way != "declared":
            claim(claims, NEW, left=HERE if way == "failed" else None)
        if way == "failed":
            claims.record_failed(NEW)
        with pytest.raises(RefusedError, match="declares this voice connector as helpdesk, which does not manage it"):
            claims.decide_delete(HERE, OLD)

    def test_replaced_on_the_same_connector(self, claims: Claims) -> None:
        """It sends nothing, before the create (delete_before_replace) and after it."""
        claim(claims, OLD)
        assert claims.decide_delete(HERE, OLD) is Delete.KEEP_UNTIL_CREATED
        claims.record_written(HERE, OLD)
        assert claims.decide_delete(HERE, OLD) is Delete.KEEP

    def test_moved(self, claims: Claims) -> None:
        """It is sent once the resource was written elsewhere, and refused if that failed."""
        claim(claims, OLD, THERE, left=HERE)
        claims.record_failed(OLD)
        with pytest.raises(RefusedError):
            claims.decide_delete(HERE, OLD)
        claims.record_written(THERE, OLD)
        assert claims.decide_delete(HERE, OLD) is Delete.SEND

    def test_deleted_first_without_a_check(self, claims: Claims, program: ProgramFile) -> None:
        """`replace_with`: nothing is sent on the same voice connector; on one not known, or another, it is refused."""
        program.record(declaration("support"))
        assert claims.decide_delete(HERE, OLD) is Delete.KEEP_UNTIL_CREATED
        for connector in (None, THERE):
            program.record(declaration("support", connector))
            with pytest.raises(RefusedError, match="Remove the option replace_with or deleted_with from support"):
                claims.decide_delete(HERE, OLD)

    def test_another_declaration_whose_connector_is_not_known(self, claims: Claims, program: ProgramFile) -> None:
        """It may be this one, if what provides its ID was not created: refused until the engine has registered it."""
        program.record(declaration("helpdesk", None))
        with pytest.raises(RefusedError, match="declares helpdesk with an ID that this run did not find out"):
            claims.decide_delete(HERE, OLD)
        program.record(declaration("helpdesk", None, managed=THERE))
        assert claims.decide_delete(HERE, OLD) is Delete.SEND

    def test_destroyed_with_the_program(self, claims: Claims, program: ProgramFile) -> None:
        """`pulumi destroy --run-program` registers everything and checks nothing: it is sent."""
        program.record(declaration("support", managed=HERE))
        assert claims.decide_delete(HERE, OLD) is Delete.SEND

    def test_moved_to_another_provider(self, memory: RunMemory, program: ProgramFile) -> None:
        """The process of the old `Provider` checks nothing, either: it sends nothing, because the name differs."""
        program.record(declaration("support", managed=HERE, provider="new"))
        assert Claims("origination", memory, "old").decide_delete(HERE, OLD) is Delete.KEEP
        assert Claims("origination", memory, "new").decide_delete(HERE, OLD) is Delete.SEND

    def test_without_a_urn(self, claims: Claims, program: ProgramFile) -> None:
        """It sends nothing where a declaration manages the voice connector, and is refused where one does not."""
        program.record(declaration("support", managed=HERE))
        assert claims.decide_delete(HERE, None) is Delete.KEEP
        program.record(declaration("support"))
        with pytest.raises(RefusedError):
            claims.decide_delete(HERE, None)

    def test_registered_with_another_connector(self, claims: Claims, program: ProgramFile) -> None:
        """`ignore_changes` or a transform has given it another one: what the engine registered counts."""
        program.record(replace(declaration("helpdesk", None), managed=HERE))
        assert claims.decide_delete(HERE, OLD) is Delete.KEEP


class TestQuestion:
    """A diff with an unknown voice connector: of a checked resource, or the engine's question what it deletes first."""

    def test_by_the_last_check(self, claims: Claims) -> None:
        """Only a check with an unknown voice connector makes it a plain diff."""
        assert claims.is_question(OLD)
        claim(claims, OLD, None)
        assert not claims.is_question(OLD)
        claim(claims, OLD)
        assert claims.is_question(OLD)


class TestEmergencyCallingThatMovesAlong:
    REFUSAL = RefusedError("emergency calling is configured")

    @pytest.fixture(autouse=True)
    def no_pause(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("pulumi_chime_voice.engine.claims._LATE_DECLARATION_SECONDS", 0)
        monkeypatch.setattr(target, "LAG_PAUSE_SECONDS", 0)

    @pytest.fixture
    def emergency(self, memory: RunMemory) -> Claims:
        return Claims("emergency calling", memory)

    def declare(self, program: ProgramFile, connector: str | None) -> None:
        program.record(declaration("emergency", connector, kind="emergency calling"))

    @pytest.mark.parametrize("connector", ["nowhere", HERE])
    def test_that_does_not(self, claims: Claims, program: ProgramFile, connector: str) -> None:
        """None is declared, or the one that is stays there."""
        if connector == HERE:
            self.declare(program, HERE)
        assert not claims.moves_along(HERE, self.REFUSAL)

    @pytest.mark.parametrize("connector", [None, THERE])
    def test_decided_by_its_check(
        self, claims: Claims, emergency: Claims, program: ProgramFile, connector: str | None
    ) -> None:
        """One that is not checked yet may move along; the state that its check shows decides, once."""
        self.declare(program, connector)
        assert claims.moves_along(HERE, self.REFUSAL)
        assert emergency.refusals_decided() == []
        claim(emergency, EMERGENCY, THERE, left=HERE)
        assert emergency.refusals_decided() == []
        assert claims.moves_along(HERE, self.REFUSAL)

    @pytest.mark.parametrize("left", [None, "cdefgh1ijkl2mnopq3rst4"])
    def test_refused_by_its_check(
        self, claims: Claims, emergency: Claims, program: ProgramFile, left: str | None
    ) -> None:
        """It is new, or belongs to a third voice connector."""
        self.declare(program, THERE)
        assert claims.moves_along(HERE, self.REFUSAL)
        claim(emergency, EMERGENCY, THERE, left=left)
        assert emergency.refusals_decided() == [self.REFUSAL]
        assert emergency.refusals_decided() == []

    def test_known_before(self, claims: Claims, emergency: Claims, program: ProgramFile) -> None:
        """An unrelated one whose check came first does not count."""
        self.declare(program, THERE)
        claim(emergency, EMERGENCY, THERE, left=THERE)
        assert not claims.moves_along(HERE, self.REFUSAL)

    def test_deleted_first(self, claims: Claims, emergency: Claims, program: ProgramFile) -> None:
        """The engine's question has shown its state."""
        self.declare(program, None)
        emergency.record_state(EMERGENCY, HERE, None)
        assert claims.moves_along(HERE, self.REFUSAL)
        emergency.record_state(EMERGENCY, THERE, None)
        assert not claims.moves_along(HERE, self.REFUSAL)
