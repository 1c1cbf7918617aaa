"""Claims: which resource may write or delete the settings of a voice connector, from what its run has shown up to now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_chime_voice.engine.claims import Claims, Delete, Resource, RunMemory, memory_of
from pulumi_chime_voice.engine.run_file import Declaration, ProgramFile, Run, kind_of_reads
from pulumi_chime_voice.errors import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

HERE, THERE = "abcdef1ghij2klmno3pqr4", "bcdefg1hijk2lmnop3qrs4"
TYPE = "pulumi-python:dynamic/chime:Origination"
OLD, NEW = f"urn:pulumi:dev::x::{TYPE}::support", f"urn:pulumi:dev::x::{TYPE}::helpdesk"
RUN = Run("engine", stack="dev::x")


@dataclass(frozen=True)
class Settings:
    number: int

    def equals(self, other: Settings) -> bool:
        return self == other


class Program:
    """The file of a program, in which a later declaration of the same name replaces the first."""

    def __init__(self, folder: Path) -> None:
        self._file = ProgramFile(RUN, preview=False, folder=folder)
        self._serials: dict[str, int] = {}

    def declare(self, path: str, connector: str | None = HERE, **more: Any) -> None:
        declaration = Declaration(more.get("kind", "origination"), "", path, path, connector)
        if path not in self._serials:
            self._serials[path] = self._file.add(declaration)
        self._file.update(self._serials[path], connector=connector, **{"managed": None, **more})


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


@pytest.fixture
def memory(program: Program, tmp_path: Path) -> RunMemory:
    return RunMemory(RUN, tmp_path)


@pytest.fixture
def claims(memory: RunMemory) -> Claims:
    return Claims("origination", memory)


def claim(
    claims: Claims, urn: str, connector: str | None = HERE, left: str | None = None, old: Any = None
) -> str | None:
    both = claims.claim(connector, urn, left=left, old=old)
    return None if both is None else both[0]


class TestTwoStates:
    """Two states have one voice connector, and what one of them has may have been overwritten through the other."""

    @pytest.fixture
    def owner(self, claims: Claims) -> Resource:
        """A resource that the run leaves as it is."""
        assert claim(claims, OLD, HERE, left=HERE, old=Settings(1)) is None
        claims.resource(OLD).is_unchanged = True
        return claims.resource(OLD)

    def test_of_other_settings(self, claims: Claims, owner: Resource) -> None:
        """The state may be that of a resource that moves, or of one that left the program, which only its delete shows."""
        assert claims.overwritten(HERE, owner.old) is None
        assert claims.overwritten(HERE, Settings(2)) == (owner, [Settings(2)])
        claims.record_state(HERE, NEW, Settings(2))
        assert claims.overwritten(HERE, owner.old) == (owner, [Settings(2)])
        assert claims.overwritten(THERE, Settings(2)) is None

    def test_of_the_same_settings(self, claims: Claims, owner: Resource) -> None:
        """As after a rename that adopted them."""
        claims.record_state(HERE, NEW, Settings(1))
        assert claims.overwritten(HERE, owner.old) is None

    def test_that_is_written(self, claims: Claims, owner: Resource) -> None:
        """What this run writes is live, whatever was before."""
        claims.record_state(HERE, NEW, Settings(2))
        owner.record_written(HERE)
        assert claims.overwritten(HERE, owner.old) is None

    def test_that_will_be_written(self, claims: Claims, owner: Resource) -> None:
        """The guards of an update read the live settings."""
        claims.record_state(HERE, NEW, Settings(2))
        owner.is_unchanged = False
        assert claims.overwritten(HERE, owner.old) is None

    def test_that_left(self, claims: Claims, owner: Resource) -> None:
        """The other resource has moved on: its state is of another voice connector."""
        claims.record_state(HERE, NEW, Settings(2))
        claims.record_state(THERE, NEW, Settings(2))
        assert claims.overwritten(HERE, owner.old) is None


class TestOwners:
    def test_one_owner(self, claims: Claims) -> None:
        """A second resource for a voice connector is refused with the path of the first."""
        assert claim(claims, OLD) is None
        assert claim(claims, OLD) is None
        assert claim(claims, NEW) == "support"
        assert claims.is_declared_by_another(HERE, NEW)
        assert not claims.is_declared_by_another(HERE, OLD)
        assert not claims.is_declared_by_another(THERE, NEW)

    def test_declared_and_never_checked(self, claims: Claims, program: Program) -> None:
        """What the program declares counts, whether or not the engine checks it."""
        program.declare("support")
        assert claim(claims, NEW) == "support"

    def test_what_the_engine_checks_counts(self, claims: Claims, program: Program) -> None:
        """A transform or `ignore_changes` may leave another voice connector to a resource than it declares."""
        program.declare("support")
        assert claim(claims, OLD, THERE) is None
        assert claim(claims, NEW) is None

    def test_left_out_with_its_old_connector(self, claims: Claims, program: Program) -> None:
        """`--target` leaves out a resource that the program moves away: it is not declared twice, but still there."""
        program.declare("support", THERE, managed=HERE)
        with pytest.raises(RefusedError, match="because support still manages this voice connector, although"):
            claim(claims, NEW)

    def test_settings_that_do_not_change(self, claims: Claims) -> None:
        """They are kept once: a plugin sees those of every resource, and most of them do not change."""
        old, wanted = ({"routes": ["a"]} for _ in range(2))
        claims.claim(HERE, OLD, left=HERE, old=old, wanted=wanted)
        assert claims.resource(OLD).wanted is old

    def test_each_kind_has_its_own(self, claims: Claims, memory: RunMemory) -> None:
        """Settings of another kind are in no conflict."""
        assert claim(claims, OLD) is None
        assert claim(Claims("emergency calling", memory), NEW) is None

    def test_children_of_one_name(self, claims: Claims, program: Program) -> None:
        """The type of the parent tells them apart, also in the message."""
        child = f"urn:pulumi:dev::x::my:Line${TYPE}::support"
        program.declare("support", None, parent_type="my:Line")
        assert claims.claim(HERE, child, left=None, old=None) is None
        assert claims.claim(HERE, OLD, left=None, old=None) == (
            "support (in a component of type my:Line)",
            "support (in no component)",
        )

    @pytest.mark.parametrize("connectors", [(HERE, HERE), (None, None), (THERE, HERE)])
    def test_parents_of_one_type(self, claims: Claims, program: Program, connectors: tuple[str | None, ...]) -> None:
        """A URN has the types of all parents, and a declaration one: each resource still gets a path of its own."""
        for site, connector in zip(("east", "west"), connectors, strict=True):
            program.declare(f"{site}/line/support", connector, parent_type="my:Line", name="support")
        urns = [f"urn:pulumi:dev::x::{site}$my:Line${TYPE}::support" for site in ("my:East", "my:West")]
        assert claims.claim(connectors[0] or HERE, urns[0], left=None, old=None) is None
        assert claims.resource(urns[0]).path == "east/line/support"
        if connectors[0] == THERE:
            assert claims.claim(HERE, urns[1], left=None, old=None) is None
            assert claims.resource(urns[1]).path == "west/line/support"
        else:
            assert claims.claim(HERE, urns[1], left=None, old=None) == ("east/line/support", "west/line/support")


class TestDelete:
    """What a delete of `support` does, by what is known of its voice connector."""

    def test_not_declared(self, claims: Claims) -> None:
        """It is sent."""
        assert claims.decide_delete(HERE, OLD) is Delete.SEND

    def test_read(self, claims: Claims, program: Program) -> None:
        """It is refused while the program reads the settings with `get`, except in a destroy, which deletes all."""
        program.declare("theirs", kind=kind_of_reads("origination"))
        with pytest.raises(RefusedError, match=f"still reads .* as theirs.* pulumi state delete '{OLD}'"):
            claims.decide_delete(HERE, OLD)
        assert claims.decide_delete(THERE, OLD) is Delete.SEND
        program.declare("support", managed=HERE)
        assert claims.decide_delete(HERE, OLD) is Delete.SEND
        claim(claims, OLD, THERE, left=HERE)
        claims.resource(OLD).record_written(THERE)
        with pytest.raises(RefusedError, match="still reads"):
            claims.decide_delete(HERE, OLD)
        program.declare("theirs", None, kind=kind_of_reads("origination"))
        with pytest.raises(RefusedError, match="theirs with an ID that this run did not find out"):
            claims.decide_delete(HERE, OLD)

    @pytest.mark.parametrize("parents", ["my:Site$my:Line", None])
    def test_below_other_grandparents(self, claims: Claims, program: Program, parents: str | None) -> None:
        """It is another resource, which does not manage the settings yet, once the program knows the types of all parents."""
        program.declare("line/support", parent_type="my:Line", name="support", parents=parents)
        urn = f"urn:pulumi:dev::x::my:Line${TYPE}::support"
        if parents is None:
            assert claims.decide_delete(HERE, urn) is Delete.KEEP_UNTIL_CREATED
            return
        with pytest.raises(
            RefusedError, match="declares this voice connector as line/support, which does not manage it"
        ):
            claims.decide_delete(HERE, urn)
        below = f"urn:pulumi:dev::x::my:Site$my:Line${TYPE}::support"
        claim(claims, below)
        claims.resource(below).record_written(HERE)
        assert claims.decide_delete(HERE, urn) is Delete.KEEP

    @pytest.mark.parametrize("way", ["written", "in the state", "registered"])
    def test_another_resource_manages_it(self, claims: Claims, program: Program, way: str) -> None:
        """It sends nothing."""
        if way == "registered":
            program.declare("helpdesk", managed=HERE)
        else:
            claim(claims, NEW, left=HERE if way == "in the state" else None)
        if way == "written":
            claims.resource(NEW).record_written(HERE)
        assert claims.decide_delete(HERE, OLD) is Delete.KEEP

    @pytest.mark.parametrize("way", ["declared", "checked", "failed"])
    def test_another_resource_does_not_manage_it(self, claims: Claims, program: Program, way: str) -> None:
        """It is refused: otherwise nothing would own the live settings."""
        program.declare("helpdesk")
        if way != "declared":
            claim(claims, NEW, left=HERE if way == "failed" else None)
        if way == "failed":
            claims.resource(NEW).failed = True
        with pytest.raises(RefusedError, match="declares this voice connector as helpdesk, which does not manage it"):
            claims.decide_delete(HERE, OLD)

    def test_replaced_on_the_same_connector(self, claims: Claims) -> None:
        """It sends nothing, before the create (delete_before_replace) and after it."""
        claim(claims, OLD)
        assert claims.decide_delete(HERE, OLD) is Delete.KEEP_UNTIL_CREATED
        claims.resource(OLD).record_written(HERE)
        assert claims.decide_delete(HERE, OLD) is Delete.KEEP

    @pytest.mark.parametrize("is_shown", [False, True])
    def test_moved_while_an_id_is_not_found_out(self, claims: Claims, program: Program, *, is_shown: bool) -> None:
        """It is refused: what the program declares with that ID would be cleared, wherever the state has it now."""
        program.declare("support", THERE)
        program.declare("helpdesk", None)
        if is_shown:
            claims.record_state("cdefgh1ijkl2mnopq3rst4", NEW, object())
        claim(claims, OLD, THERE, left=HERE)
        claims.resource(OLD).record_written(THERE)
        with pytest.raises(RefusedError, match="declares helpdesk with an ID that this run did not find out"):
            claims.decide_delete(HERE, OLD)
        program.declare("helpdesk", "cdefgh1ijkl2mnopq3rst4")
        assert claims.decide_delete(HERE, OLD) is Delete.SEND

    def test_moved(self, claims: Claims, program: Program) -> None:
        """It is sent once the resource was written elsewhere, and refused if that failed."""
        program.declare("support", THERE)
        claim(claims, OLD, THERE, left=HERE)
        claims.resource(OLD).failed = True
        with pytest.raises(RefusedError):
            claims.decide_delete(HERE, OLD)
        claims.resource(OLD).record_written(THERE)
        assert claims.decide_delete(HERE, OLD) is Delete.SEND

    def test_deleted_first_without_a_check(self, claims: Claims, program: Program) -> None:
        """`replace_with`: nothing is sent on the same voice connector; on one not known, or another, it is refused."""
        program.declare("support")
        assert claims.decide_delete(HERE, OLD) is Delete.KEEP_UNTIL_CREATED
        for connector in (None, THERE):
            program.declare("support", connector)
            with pytest.raises(RefusedError, match="Remove the option replace_with or deleted_with from support"):
                claims.decide_delete(HERE, OLD)

    def test_another_declaration_whose_connector_is_not_known(self, claims: Claims, program: Program) -> None:
        """It may be this one, if what provides its ID was not created: refused until the engine has registered it."""
        program.declare("helpdesk", None)
        with pytest.raises(RefusedError, match="declares helpdesk with an ID that this run did not find out"):
            claims.decide_delete(HERE, OLD)
        assert claims.is_question(NEW)
        with pytest.raises(RefusedError):  # that the engine has asked shows nothing
            claims.decide_delete(HERE, OLD)
        program.declare("helpdesk", THERE, managed=THERE)
        assert claims.decide_delete(HERE, OLD) is Delete.SEND

    def test_destroyed_with_the_program(self, claims: Claims, program: Program) -> None:
        """`pulumi destroy --run-program` registers everything and checks nothing: it is sent."""
        program.declare("support", managed=HERE)
        assert claims.decide_delete(HERE, OLD) is Delete.SEND

    def test_moved_to_another_provider(self, memory: RunMemory, program: Program) -> None:
        """The process of the old `Provider` checks nothing, either: it sends nothing, because the name differs."""
        program.declare("support", managed=HERE, provider="new")
        assert Claims("origination", memory, "old").decide_delete(HERE, OLD) is Delete.KEEP
        assert Claims("origination", memory, "new").decide_delete(HERE, OLD) is Delete.SEND

    def test_two_of_one_type_and_name(self, claims: Claims, tmp_path: Path) -> None:
        """Only the types of grandparents differ, which a program does not know: the stricter answer counts."""
        file = ProgramFile(RUN, preview=False, folder=tmp_path)
        for more in ({"managed": HERE}, {"connector": HERE}):
            file.add(Declaration("origination", "", "support", "support", **more))
        assert claims.decide_delete(HERE, OLD) is Delete.KEEP_UNTIL_CREATED

    @pytest.mark.parametrize("parents", [("east", "west"), ("line", "line")])
    def test_only_a_grandparent_tells_the_checked_one(
        self, claims: Claims, tmp_path: Path, parents: tuple[str, str]
    ) -> None:
        """The check of one resource is none of the other: `--target` may leave that one out."""
        file = ProgramFile(RUN, preview=False, folder=tmp_path)
        for parent, connector in zip(parents, (HERE, None), strict=True):
            file.add(Declaration("origination", "my:Line", "line", f"{parent}/line", connector))
        west = f"urn:pulumi:dev::x::my:West$my:Line${TYPE}::line"
        assert claims.claim(THERE, west, left=THERE, old=None) is None  # `ignore_changes` keeps it
        with pytest.raises(RefusedError, match=f"as {parents[0]}/line, which does not manage it yet"):
            claims.decide_delete(HERE, OLD)

    def test_one_of_two_that_only_a_grandparent_tells_apart(self, claims: Claims, tmp_path: Path) -> None:
        """A check of one shows nothing of the other, whose voice connector is not known: `--target` may leave that one out."""
        file = ProgramFile(RUN, preview=False, folder=tmp_path)
        for parent, connector in (("east", None), ("west", THERE)):
            file.add(Declaration("origination", "my:Line", "line", f"{parent}/line", connector))
        claims.claim(THERE, f"urn:pulumi:dev::x::my:West$my:Line${TYPE}::line", left=THERE, old=None)
        with pytest.raises(RefusedError, match="declares east/line with an ID that this run did not find out"):
            claims.decide_delete(HERE, OLD)

    def test_moved_and_declared_by_one_that_only_a_grandparent_tells_apart(
        self, claims: Claims, tmp_path: Path
    ) -> None:
        """What a replacement leaves may be declared by a resource of the same name that `--target` leaves out."""
        file = ProgramFile(RUN, preview=False, folder=tmp_path)
        for parent, connector in (("east", THERE), ("west", HERE)):
            file.add(Declaration("origination", "my:Line", "line", f"{parent}/line", connector))
        east, west = (f"urn:pulumi:dev::x::my:{site}$my:Line${TYPE}::line" for site in ("East", "West"))
        assert claims.claim(THERE, east, left=HERE, old=None) is None
        claims.resource(east).record_written(THERE)
        with pytest.raises(RefusedError, match="as west/line, which does not manage it yet"):
            claims.decide_delete(HERE, east)
        assert claims.claim(HERE, west, left=None, old=None) is None
        claims.resource(west).record_written(HERE)
        assert claims.decide_delete(HERE, east) is Delete.KEEP

    def test_registered_with_another_connector(self, claims: Claims, program: Program) -> None:
        """`ignore_changes` or a transform has given it another one: what the engine registered counts."""
        program.declare("helpdesk", None, managed=HERE)
        assert claims.decide_delete(HERE, OLD) is Delete.KEEP


def test_memory_of_a_run() -> None:
    """All providers of a plugin process share it; outside a plugin, each has its own."""
    assert memory_of(RUN) is memory_of(Run(*RUN))
    assert memory_of(RUN) is not memory_of(Run("another"))
    assert memory_of(None) is not memory_of(None)


class TestReplacement:
    def test_settings_of_the_state(self, claims: Claims) -> None:
        """The second check of a replacement shows no state: what the first one has shown stays known, for its connector."""
        claim(claims, OLD, left=HERE, old="settings")
        claim(claims, OLD)
        assert claims.resource(OLD).old_settings(HERE) == "settings"
        assert claims.resource(OLD).old_settings(THERE) is None
        claim(claims, OLD, left=THERE, old="others")
        assert claims.resource(OLD).old_settings(THERE) == "others"


class TestQuestion:
    """A diff with an unknown voice connector: of a checked resource, or the engine's question what it deletes first."""

    def test_by_the_last_check(self, claims: Claims) -> None:
        """Only a check with an unknown voice connector makes it a plain diff."""
        assert claims.is_question(OLD)
        claim(claims, OLD, None)
        assert not claims.is_question(OLD)
        claim(claims, OLD)
        assert claims.is_question(OLD)
