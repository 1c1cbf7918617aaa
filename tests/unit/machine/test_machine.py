"""The guards in all interleavings of what Pulumi, its users and the service can do.

Each step is a run of a stack, or what happens beside the runs. After each step the service's own view shows that nothing was
cleared, overwritten or forgotten. `engine` has the model of Pulumi's engine.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from chime_voice_emulator.model import ServiceError

from .choices import (
    CHANGES,
    CONFIGURATION,
    EDITS,
    FAULTS,
    NUMBERS,
    ROUTES,
    STACKS,
    TARGETS,
    Edit,
    declared,
)
from .engine import Run
from .service import EMERGENCY, KINDS, ORIGINATION, Clock, Crash, Service, Value, is_blank, is_met, value_of_props
from .stack import ALIAS, CONNECTOR, READ, Goal, Stack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from pulumi_chime_voice.origination.routes import Route

    from .stack import State

SHORT = 500
"""The examples of the profile of `make test`."""

Key = tuple[str, str]
"""A kind of settings, and a voice connector."""


class Machine(RuleBasedStateMachine):
    """Two stacks, two voice connectors that nobody deletes but a colleague, and those that the stacks create."""

    folder: Path
    clock: Clock

    def __init__(self) -> None:
        super().__init__()
        self.service = Service()
        self.service.on_write = self._judge_write
        self.places = {place: self.service.new_connector() for place in "AB"}
        self.stacks = {name: Stack(name) for name in ("dev", "other")}
        self.run: Run | None = None
        self.attempted: set[Key] = set()
        self.cleared: set[Key] = set()
        self.written: dict[Key, tuple[str, Value]] = {}
        """What a stack wrote, and nobody has changed since."""
        self.reported: set[Key] = set()
        """What a run that failed or died left live without a state."""
        self.unsure: dict[str, set[Key]] = {"dev": set(), "other": set()}
        """Where the state of a stack may differ from what is live."""
        self.foreign: dict[str, set[Key]] = {"dev": set(), "other": set()}
        """What has changed unnoticed since a stack wrote it, or read it with `refresh`."""

    def teardown(self) -> None:
        self.service.store.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    # --- the program

    @initialize(place=st.sampled_from(["A", "@m", "@vc"]), edits=st.lists(EDITS, max_size=2))
    def begins(self, place: str, edits: list[Edit]) -> None:
        """Most examples need live settings that a state owns."""
        self._edit(self.stacks["dev"], [declared("o", place, 0, off=False, overwrite=False, along=False)])
        self._edit(self.stacks["dev"], edits)
        self._update("dev")

    def _edit(self, stack: Stack, edits: list[Edit]) -> None:
        """Changes the program: what depends on a resource that leaves it gets its last known ID as a constant."""
        program = stack.program
        for action, values in edits:
            name = values.get("name", "")
            if action == "declare":
                program[values["goal"].name] = self._placed(stack, values["goal"])
            elif action == "remove" and name in program:
                for each in [each.name for each in program.values() if each.source == name]:
                    self._freeze(stack, each)
                del program[name]
            elif action == "freeze" and name in program:
                self._freeze(stack, name)
            elif action == "trigger" and name in program:
                program[name] = replace(program[name], trigger=program[name].trigger + 1)
            elif action == "point" and "m" in program:
                program["m"] = replace(program["m"], connector=self.places[values["place"]])
            elif action == "change" and "o" in program:
                routes = ROUTES[values["routes"]]
                inputs = {**program["o"].inputs, "routes": routes, "disabled": not routes}
                program["o"] = replace(program["o"], inputs=inputs)
            elif action == "rename" and "o" in program and "e" not in program:
                program["p"] = replace(program.pop("o"), name="p")
        order = ("m", "vc", "o", "p", "e", "r")
        stack.program = {name: program[name] for name in order if name in program}

    def _placed(self, stack: Stack, goal: Goal) -> Goal:
        if goal.source == "m":
            stack.program.setdefault("m", Goal("m", ALIAS, self.places["A"]))
        elif goal.source == "vc":
            stack.program.setdefault("vc", Goal("vc", CONNECTOR))
        elif goal.source == "o" and "o" not in stack.program:
            return replace(goal, connector=self.places["A"])
        return replace(goal, connector=self.places.get(goal.connector, goal.connector))

    def _freeze(self, stack: Stack, name: str) -> None:
        state = stack.state(name)
        known = self.places["A"] if state is None else state.outputs["voiceConnectorId"]
        if stack.program[name].source:
            stack.program[name] = replace(stack.program[name], connector=known)

    # --- runs

    @rule(
        stack=STACKS,
        edits=st.lists(EDITS, max_size=2),
        faults=FAULTS,
        only=TARGETS,
        replaced=st.one_of(st.just(frozenset()), st.just(frozenset({"o"}))),
        goes_on=st.booleans(),
        failing=st.one_of(st.just(frozenset()), st.just(frozenset({"m", "vc"}))),
        early=st.booleans(),
        reverts=st.booleans(),
        meanwhile=st.one_of(st.none(), st.tuples(st.integers(0, 8), st.sampled_from("AB"), st.integers(0, 2))),
    )
    def up(self, stack: str, edits: list[Edit], meanwhile: Any, *, reverts: bool, **options: Any) -> None:
        """`pulumi up` of a changed program: with targets, replacements, errors, kills, and a colleague in the middle."""
        before = dict(self.stacks[stack].program)
        self._edit(self.stacks[stack], edits)
        if not self._update(stack, meanwhile, **options) and reverts:
            self.stacks[stack].program = before

    def _update(self, stack: str, meanwhile: Any = None, faults: Any = (), **options: Any) -> bool:
        names = {"only": "targets", "replaced": "replace", "goes_on": "continue_on_error"}
        given = {names.get(name, name): value for name, value in options.items()}
        countdown = [-1, "", 0] if meanwhile is None else list(meanwhile)

        def before_step() -> None:
            countdown[0] -= 1
            if countdown[0] == 0:
                self._put(self.places[countdown[1]], ROUTES[countdown[2]])

        return self._run(stack, Run.update, faults, before_step=before_step, **given)

    @rule(edits=st.lists(CHANGES, min_size=1, max_size=2))
    def plain_up(self, edits: list[Edit]) -> None:
        """`pulumi up` on a good day; a change that fails is reverted."""
        before = dict(self.stacks["dev"].program)
        self._edit(self.stacks["dev"], edits)
        if not self._update("dev"):
            self.stacks["dev"].program = before

    @rule(stack=STACKS, edits=st.lists(EDITS, max_size=2))
    def preview(self, stack: str, edits: list[Edit]) -> None:
        """`pulumi preview`, which writes nothing."""
        before = dict(self.stacks[stack].program)
        self._edit(self.stacks[stack], edits)
        self._run(stack, Run.update, preview=True)
        self.stacks[stack].program = before

    @rule(stack=STACKS, faults=st.one_of(st.none(), st.none(), FAULTS))
    def refresh_or_destroy(self, stack: str, faults: list[str | None] | None) -> None:
        """`pulumi refresh`: the state gets what is live; or `pulumi destroy`, with faults."""
        if faults is not None:
            self._run(stack, Run.destroy, faults)
            return
        if self.service.faults.read_lag:
            # A read may return what was there before.
            keys = {(each.goal.kind, each.id) for each in self.stacks[stack].snapshot}
            self.unsure[stack] |= keys
            self.foreign[stack] |= keys
        self._run(stack, Run.refresh)

    def _run(self, name: str, operation: Callable[[Run], bool], faults: Any = (), **options: Any) -> bool:
        stack = self.stacks[name]
        self.run = run = Run(stack, self.service, self.folder, judge=self._judge_asked, **options)
        before = {(each.goal.kind, each.name): each.id for each in stack.snapshot if not each.is_deleted}
        self.attempted, self.cleared, self.service.lost = set(), set(), set()
        self.service.plan = list(faults)
        died = False
        try:
            operation(run)
        except Crash:
            died = True
        self.service.plan, self.run = [], None
        self.foreign[name] |= self.service.lost  # The error, or Pulumi, says that a refresh comes next.
        assert not run.deleted_unasked, "the engine deletes what depends on a resource that it replaces"
        if run.preview:
            return not run.errors
        if died or any(faults):
            self.unsure[name] |= self.attempted
        # What left the program, and was no target, may have shared its settings with a resource that was changed or deleted; and
        # two resources that declare one voice connector as an output are refused once the ID is known.
        states = [(each.goal.kind, each.id) for each in stack.snapshot if not each.is_deleted and not each.is_replaced]
        left = {(each.goal.kind, each.id) for each in stack.snapshot if each.name not in stack.program}
        self.unsure[name] |= self.attempted & (left | {key for key in states if states.count(key) > 1})
        self._judge_cleared(run, before)
        self._judge_forgotten(run, died=died)
        self._judge_states()
        is_done = not died and not run.errors
        if is_done and operation == Run.refresh and not self.service.faults.read_lag:
            self.foreign[name].clear()
        if is_done and operation == Run.update and run.targets is None:
            self._judge_done(run)
        return is_done

    # --- beside the runs

    @rule(
        act=st.sampled_from(["put", "put", "put", "delete", "put emergency", "delete emergency", "delete connector"]),
        place=st.sampled_from(["A", "A", "B", "vc"]),
        settings=st.integers(0, 3),
    )
    def colleague(self, act: str, place: str, settings: int) -> None:
        """Another user changes settings with the console, or deletes a voice connector that a stack created."""
        created = self.stacks["dev"].state("vc")
        connector = self.places.get(place) or (created.id if created else "")
        numbers = [{"EmergencyPhoneNumber": NUMBERS[settings % 2], "CallingCountry": "US"}]
        if act == "put":
            self._put(connector, ROUTES[settings])
        elif act == "delete":
            self._by_hand(ORIGINATION, connector, "DeleteVoiceConnectorOrigination")
        elif act == "put emergency":
            emergency = {"EmergencyCallingConfiguration": {"DNIS": numbers}}
            self._by_hand(EMERGENCY, connector, f"Put{CONFIGURATION}", **emergency)
        elif act == "delete emergency":
            self._by_hand(EMERGENCY, connector, f"Delete{CONFIGURATION}")
        elif created is not None:
            self._by_hand(ORIGINATION, created.id, "DeleteVoiceConnector")

    @rule(seconds=st.sampled_from([0.0, 5.0]), passes=st.booleans())
    def reads_lag(self, seconds: float, *, passes: bool) -> None:
        """Reads return what was there before a write, or no longer."""
        self.service.faults.read_lag = seconds
        self.clock.sleep(60 if passes else 0)

    def _put(self, connector: str, routes: list[Route]) -> None:
        shown = [{field.capitalize(): value for field, value in route.items()} for route in routes]
        settings: Any = {"Disabled": False, "Routes": shown} if shown else {"Disabled": True}
        self._by_hand(ORIGINATION, connector, "PutVoiceConnectorOrigination", Origination=settings)

    def _by_hand(self, kind: str, connector: str, operation: str, **parameters: Any) -> None:
        """What lags is not what a colleague did: that could be seen by nobody."""
        self.clock.sleep(60)
        try:
            self.service.run(operation, VoiceConnectorId=connector, **parameters)
        except ServiceError:
            return
        self.clock.sleep(60)
        self.written.pop((kind, connector), None)
        for each in (*self.unsure.values(), *self.foreign.values()):
            each.add((kind, connector))

    # --- judged

    def _judge_write(self, kind: str, connector: str, before: Value) -> None:
        """Nothing is overwritten or deleted unseen."""
        run, key = self.run, (kind, connector)
        assert run is not None
        assert not run.preview, f"a preview writes {key}"
        self.attempted.add(key)
        wanted = None if run.acting_deletes else value_of_props(kind, run.acting)
        if wanted is None and not is_blank(kind, before):
            self.cleared.add(key)
        known = [value_of_props(kind, each.outputs) for each in _states_of(run.stack, key)]
        seen = any(is_met(kind, each, before) for each in ([*known, wanted] if wanted is not None else known))
        overwrites = run.acting.get("onConflict") == "overwrite"
        hidden = self._is_hidden(key, before)
        assert is_blank(kind, before) or seen or overwrites or hidden, f"{key} had {before}, the state has {known}"
        self.written.pop(key, None)
        for name, unsure in self.unsure.items():
            is_known = name == run.stack.name and (seen or is_blank(kind, before))
            unsure.discard(key) if is_known else unsure.add(key)
        for name, foreign in self.foreign.items():
            foreign.discard(key) if name == run.stack.name else foreign.add(key)
        if wanted is not None:
            self.written[key] = run.stack.name, wanted

    def _judge_asked(self, asked: State) -> None:
        """A voice connector that the run deletes takes nothing along that its resources do not know."""
        live, known = self.service.live(asked.goal.kind, asked.id), value_of_props(asked.goal.kind, asked.outputs)
        if not asked.is_replaced and asked.outputs.get("onConflict") != "overwrite":
            kind = asked.goal.kind
            hidden = self._is_hidden((kind, asked.id), live)
            assert is_blank(kind, live) or is_met(kind, known, live) or hidden, f"{asked.id} had {live}, not {known}"

    def _is_hidden(self, key: Key, live: Value) -> bool:
        """Whether a run wrote the live settings, and no read may show them yet: no guard can see them."""
        return bool(self.service.faults.read_lag) and self.written.get(key, ("", None))[1] == live

    def _judge_cleared(self, run: Run, before: dict[Key, str]) -> None:
        """Nothing is cleared that the program declares or reads: while its ID is not known, what the state has counts."""
        for goal in run.stack.program.values() if run.has_program else ():
            known = run.outputs.get(goal.name) or run.connector_of(goal) or before.get((goal.kind, goal.name))
            kind = ORIGINATION if goal.kind == READ else goal.kind
            assert (kind, known) not in self.cleared, f"{goal.name} declares {known}, which was cleared"

    def _judge_forgotten(self, run: Run, *, died: bool) -> None:
        """What a stack wrote is in its state, or the run that left it live has reported it, or was killed.

        Pulumi itself forgets what it deleted first and could not create again, if it leaves the program before that is repeated.
        """
        for key, (writer, value) in self.written.items():
            kind, connector = key
            if writer != run.stack.name or is_blank(kind, value) or self.service.live(kind, connector) != value:
                continue
            states = _states_of(run.stack, key)
            if any(not each.is_replaced for each in states):
                self.reported.discard(key)
            elif died or any(connector in error for error in run.errors):
                self.reported.add(key)
            elif not states:
                assert key in self.reported, f"{key} is forgotten: {run.errors}"

    def _judge_states(self) -> None:
        """What a state has is live, unless it was changed from outside."""
        for name, stack in self.stacks.items():
            for each in stack.snapshot:
                kind, key = each.goal.kind, (each.goal.kind, each.id)
                if kind not in KINDS or each.is_deleted or each.is_replaced or key in self.unsure[name]:
                    continue
                if self.service.connector(each.id) is not None:
                    has, live = value_of_props(kind, each.outputs), self.service.live(kind, each.id)
                    assert is_met(kind, has, live), f"{each.name} of {name} has {each.id}: {has}, live is {live}"

    def _judge_done(self, run: Run) -> None:
        """What a whole run that succeeded declares is live, unless others have changed it."""
        for goal in run.stack.program.values():
            key = goal.kind, str(run.connector_of(goal))
            is_foreign = key in self.foreign[run.stack.name] or self.service.connector(key[1]) is None
            if goal.kind in KINDS and not is_foreign:
                wanted, live = value_of_props(goal.kind, goal.inputs), self.service.live(*key)
                assert is_met(goal.kind, wanted, live), f"{goal.name} declares {key}: {wanted}, live is {live}"


def _states_of(stack: Stack, key: Key) -> list[State]:
    return [each for each in stack.snapshot if (each.goal.kind, each.id) == key]


def test_guards(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing is cleared that a program declares, nothing overwritten unseen, nothing forgotten."""
    clock = Clock()
    clock.install(monkeypatch)
    machine = type("Machine", (Machine,), {"folder": tmp_path / "runs", "clock": clock})
    limits = settings(
        max_examples=max(settings().max_examples // 2, 1),
        stateful_step_count=15,
        derandomize=settings().max_examples <= SHORT,  # the same examples every time; the long profile finds new ones
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=limits)  # type: ignore[no-untyped-call]
