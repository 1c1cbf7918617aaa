"""Whether emergency calling leaves a voice connector together with its origination, by what a run has shown up to now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_chime_voice.engine import emergency_moves, target
from pulumi_chime_voice.engine.claims import Claims, RunMemory
from pulumi_chime_voice.engine.run_file import Declaration, ProgramFile, Run
from pulumi_chime_voice.errors import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

HERE, THERE = "abcdef1ghij2klmno3pqr4", "bcdefg1hijk2lmnop3qrs4"
EMERGENCY = "urn:pulumi:dev::x::pulumi-python:dynamic/chime:EmergencyCalling::emergency"
RUN = Run("engine", stack="dev::x")
REFUSAL = RefusedError("emergency calling is configured")


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emergency_moves, "_LATE_DECLARATION_SECONDS", 0)
    monkeypatch.setattr(target, "LAG_PAUSE_SECONDS", 0)


@pytest.fixture
def program(tmp_path: Path) -> ProgramFile:
    return ProgramFile(RUN, preview=False, folder=tmp_path)


@pytest.fixture
def memory(program: ProgramFile, tmp_path: Path) -> RunMemory:
    return RunMemory(RUN, tmp_path)


@pytest.fixture
def emergency(memory: RunMemory) -> Claims:
    return Claims("emergency calling", memory)


def declare(program: ProgramFile, connector: str | None, **more: Any) -> None:
    program.add(Declaration("emergency calling", "", "emergency", "emergency", connector, **more))


def check(emergency: Claims, left: str | None, connector: str = THERE) -> None:
    """The engine checks it with a voice connector, and the one that its state has."""
    assert emergency.claim(connector, EMERGENCY, left=left, old=None) is None


@pytest.mark.parametrize("connector", ["nowhere", HERE])
def test_that_does_not(memory: RunMemory, program: ProgramFile, connector: str) -> None:
    """None is declared, or the one that is stays there."""
    if connector == HERE:
        declare(program, HERE)
    assert not emergency_moves.moves_along(memory, HERE, REFUSAL)


@pytest.mark.parametrize("is_checked", [False, True])
def test_that_is_retained(memory: RunMemory, emergency: Claims, program: ProgramFile, is_checked: bool) -> None:
    """With `retain_on_delete`, Pulumi does not delete it from the voice connector that it leaves."""
    declare(program, THERE, retains=True)
    if is_checked:
        check(emergency, left=HERE)
    assert not emergency_moves.moves_along(memory, HERE, REFUSAL)


@pytest.mark.parametrize("connector", [None, THERE])
def test_decided_by_its_check(
    memory: RunMemory, emergency: Claims, program: ProgramFile, connector: str | None
) -> None:
    """One that is not checked yet may move along; the state that its check shows decides, once."""
    declare(program, connector)
    assert emergency_moves.may_leave(memory, HERE) == ["emergency"]
    assert emergency_moves.moves_along(memory, HERE, REFUSAL)
    assert emergency_moves.refusals_decided(memory) == []
    check(emergency, left=HERE)
    assert emergency_moves.refusals_decided(memory) == []
    assert memory.waiting == {}
    assert emergency_moves.may_leave(memory, HERE) == []
    assert emergency_moves.moves_along(memory, HERE, REFUSAL)
    assert memory.waiting == {}


@pytest.mark.parametrize("left", [None, "cdefgh1ijkl2mnopq3rst4"])
def test_refused_by_its_check(memory: RunMemory, emergency: Claims, program: ProgramFile, left: str | None) -> None:
    """It is new, or belongs to a third voice connector."""
    declare(program, THERE)
    assert emergency_moves.moves_along(memory, HERE, REFUSAL)
    check(emergency, left)
    assert emergency_moves.refusals_decided(memory) == [REFUSAL]
    assert emergency_moves.refusals_decided(memory) == []


def test_known_before(memory: RunMemory, emergency: Claims, program: ProgramFile) -> None:
    """An unrelated one whose check came first does not count."""
    declare(program, THERE)
    check(emergency, left=THERE)
    assert not emergency_moves.moves_along(memory, HERE, REFUSAL)


def test_that_stays(memory: RunMemory, emergency: Claims, program: ProgramFile) -> None:
    """Its ID was not known, and its check shows that it is the old one."""
    declare(program, None)
    check(emergency, left=HERE, connector=HERE)
    assert not emergency_moves.moves_along(memory, HERE, REFUSAL)


def test_deleted_first(memory: RunMemory, emergency: Claims, program: ProgramFile) -> None:
    """The engine's question has shown its state."""
    declare(program, None)
    emergency.record_state(HERE, EMERGENCY, None)
    assert emergency_moves.moves_along(memory, HERE, REFUSAL)
    emergency.record_state(THERE, EMERGENCY, None)
    assert not emergency_moves.moves_along(memory, HERE, REFUSAL)


def test_that_leaves_the_program(memory: RunMemory, emergency: Claims) -> None:
    """The engine's question has shown its state, but the program does not declare it: it is deleted after the origination."""
    emergency.record_state(HERE, EMERGENCY, None)
    assert not emergency_moves.moves_along(memory, HERE, REFUSAL)
    assert not emergency_moves.is_declared(memory, HERE)


@pytest.mark.parametrize("connector", [None, HERE, THERE])
def test_that_may_be_the_one(memory: RunMemory, program: ProgramFile, connector: str | None) -> None:
    """Declared there, or not shown by the engine yet."""
    declare(program, connector)
    assert emergency_moves.is_declared(memory, HERE)


def test_that_is_not_the_one(memory: RunMemory, emergency: Claims, program: ProgramFile) -> None:
    """Its check has shown that it belongs to another voice connector."""
    declare(program, THERE)
    check(emergency, left=THERE)
    assert not emergency_moves.is_declared(memory, HERE)
