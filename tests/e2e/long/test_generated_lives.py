"""Generated lives of a stack, through the real CLI and engine.

The state machine of tests/unit/machine has a model of Pulumi's engine; here is the engine itself. A life is a sequence of edits
of the program, commands with options, faults, and a colleague's changes. After each command, what the service has stored shows
that nothing was cleared that the program declares, nothing overwritten unseen, and nothing forgotten.
"""

from __future__ import annotations

import json
import os
import random
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from chime_voice_emulator.service import operations
from chime_voice_emulator.store import Scope
from chime_voice_emulator.wire.signature import account_of

from ...support.values import THIRD_CONNECTOR
from ...unit.machine.service import EMERGENCY, ORIGINATION, is_blank, is_met, value_of_api, value_of_props
from ..dangers import configure_emergency_calling
from .generated_programs import BODY, PLACES, ROUTES, Declared, Program

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator

    from ..support import Live, Project

LIVES = range(*map(int, os.environ.get("CHIME_VOICE_LIVES", "0:20").split(":")))
"""The seeds of the lives, for example ``300:340``."""
STEPS = 12
CONFIGURATION = "VoiceConnectorEmergencyCallingConfiguration"
OPERATIONS = {"VoiceConnectorOrigination": ORIGINATION, CONFIGURATION: EMERGENCY}
THEIRS = [["198.51.100.1", 7]]
Key = tuple[str, str]
"""A kind of settings, and a voice connector."""


@dataclass(frozen=True)
class Write:
    """A write that the service accepted, with the settings before and after it."""

    operation: str
    key: Key
    before: Any
    after: Any

    @property
    def clears(self) -> bool:
        return self.operation.startswith("Delete") and not is_blank(self.key[0], self.before)


@dataclass(frozen=True)
class Entry:
    """A resource in the state that manages settings."""

    name: str
    key: Key
    value: Any
    overwrites: bool
    is_retained: bool


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    arguments: list[str]
    status: int
    said: str
    writes: list[Write]
    before: list[Entry]
    after: list[Entry]
    declared: dict[Key, Declared]
    """What the program declares."""

    @property
    def is_partial(self) -> bool:
        return any(re.match("--(target|exclude)", each) for each in self.arguments)

    @property
    def refreshes(self) -> bool:
        return bool({"refresh", "--refresh"} & set(self.arguments))

    @property
    def is_whole_up(self) -> bool:
        """Whether it is an `up` of the whole program that succeeded."""
        return self.arguments[0] == "up" and self.status == 0 and not self.is_partial


class Life:
    """A stack, its program and its surroundings."""

    def __init__(self, project: Project, live: Live, emulator: Emulator, writes: list[Write], seed: int) -> None:
        self.project, self.live, self.emulator, self.writes = project, live, emulator, writes
        self.chance = random.Random(seed)
        self.program = Program(self.chance)
        self.ours: dict[Key, Any] = {}
        """What the stack wrote, unless a colleague has changed it since."""
        self.foreign: set[Key] = set()
        """What a colleague has changed since the stack wrote or read it."""
        self.entries: list[Entry] = []
        """The state after the last command."""
        self.trace: list[str] = []
        project.program(BODY)
        for connector in PLACES:
            live.enable_termination(connector)

    def live_on(self) -> None:
        self._run("up")
        for _ in range(STEPS):
            if self.chance.random() < 0.25:
                self._let_a_colleague_act()
            before, self.program.raises = self.program.parts(), False
            for _ in range(self.chance.choice([0, 1, 1, 2, 2, 3])):
                self.program.edit()
            commands = [["up"], ["preview"], ["refresh"], ["destroy"], ["destroy", "--run-program"]]
            (command,) = self.chance.choices(commands, [72, 12, 11, 3, 2])
            is_done = self._run(*command)
            if not is_done and self.chance.random() < 0.5:
                self.program.revert(before)

    # --- commands

    def _run(self, *command: str) -> bool:
        """Runs a command with random options and faults, and judges what it did. Returns whether it succeeded."""
        (self.project.folder / "declared.json").write_text(self.program.as_json())
        self.trace.append(str(self.program))
        before, arguments = self.entries, [*command, *self._options(command[0])]
        if command != ("preview",) and self.chance.random() < 0.25:
            self._plan_fault()
        self.writes.clear()
        more = ["--color=never"] if command == ("preview",) else ["--color=never", "--yes", "--skip-preview"]
        result = self.project.run(*arguments, *more)
        self.emulator.faults.clear()
        said = result.stdout + result.stderr
        resources = self._resources()
        self.entries, declared = _entries(resources), self.program.by_connector(_output_of_source(resources))
        outcome = Outcome(arguments, result.returncode, said, [*self.writes], before, self.entries, declared)
        lines = [f"    | {line.strip()}" for line in said.splitlines() if re.search("error:|warning:", line)]
        self.trace += [f"{' '.join(arguments)} -> {outcome.status}", *lines]
        self.trace += [f"    {each}" for each in (*outcome.writes, *outcome.after)]
        for judge in (self._judge_words, self._judge_writes, self._judge_forgotten, self._judge_done):
            judge(outcome)
        return outcome.status == 0

    def _options(self, command: str) -> list[str]:
        state = self.project.state()
        names = sorted({*state, *(each.name for each in self.program.resources), "source"})
        options: list[str] = []
        if self.chance.random() < 0.45:
            way = self.chance.choice(["--target", "--exclude"])
            for name in self.chance.sample(names, min(len(names), self.chance.choice([1, 1, 2]))):
                options += [way, f"**::{name}"]
            options += [f"{way}-dependents"] if self.chance.random() < 0.4 else []
        if command in ("up", "preview"):
            options += ["--refresh"] if self.chance.random() < 0.15 else []
            if state and self.chance.random() < 0.15:
                options += ["--replace", self.chance.choice([each["urn"] for each in state.values()])]
        options += ["--continue-on-error"] if command == "up" and self.chance.random() < 0.2 else []
        return options + (["--parallel", "1"] if self.chance.random() < 0.2 else [])

    def _plan_fault(self) -> None:
        operation = self.chance.choice(["Put", "Put", "Delete", "Get"]) + self.chance.choice([*OPERATIONS])
        answers = ["ok"] * self.chance.choice([0, 0, 1, 2]) + ["ForbiddenException"] * self.chance.choice([1, 1, 9])
        self.emulator.faults.fail(operation, answers)
        self.trace.append(f"fault: {operation} {answers}")

    def _let_a_colleague_act(self) -> None:
        connector = self.chance.choice(PLACES)
        routes = [(host, 5060, "UDP", 1, weight) for host, weight in self.chance.choice([*ROUTES, THEIRS])]
        acts: dict[str, tuple[str, Callable[[], object]]] = {
            "put": (ORIGINATION, lambda: self.live.put(*routes, connector=connector)),
            "delete": (ORIGINATION, lambda: self.live.delete(connector)),
            "put emergency": (EMERGENCY, lambda: configure_emergency_calling(self.live, connector)),
            "delete emergency": (
                EMERGENCY,
                lambda: self.live.client.delete_voice_connector_emergency_calling_configuration(
                    VoiceConnectorId=connector
                ),
            ),
        }
        act = self.chance.choice(["put", *acts])
        kind, run = acts[act]
        try:
            run()
        except self.live.client.exceptions.ClientError as error:
            self.trace.append(f"colleague: {act} {connector}: {error}")
            return
        self.trace.append(f"colleague: {act} {connector} {routes}")
        self.ours.pop((kind, connector), None)
        self.foreign.add((kind, connector))

    # --- what there is

    def _resources(self) -> list[dict[str, Any]]:
        exported = json.loads(self.project.ok("stack", "export", "--show-secrets"))
        return [*exported["deployment"].get("resources", [])]

    # --- judged

    def _judge_words(self, outcome: Outcome) -> None:
        """No exception of this package's code is shown as a traceback. (The SDK's own calls fail where a run is blocked.)"""
        ours = r'File ".*pulumi_chime_voice/.*\n.*\n(?:[ ~^]*\n)?(?! *File)(?!.*KeyboardInterrupt)'
        unforeseen = rf"{ours}|panic:|KeyError|AttributeError|TypeError|AssertionError"
        assert not re.search(unforeseen, outcome.said), self._story(outcome.said)

    def _judge_writes(self, outcome: Outcome) -> None:
        """Nothing is cleared that is declared, and nothing overwritten unseen."""
        command, declared = outcome.arguments[0], outcome.declared
        assert not outcome.writes or command in ("up", "destroy"), self._story(f"{command} writes")
        unchecked = {key for key, each in declared.items() if each.overwrite}
        unchecked |= {each.key for each in outcome.before if each.overwrites}
        known: dict[Key, list[Any]] = {}
        for each in outcome.before:
            known.setdefault(each.key, []).append(each.value)
        for write in outcome.writes:
            is_declared = command == "up" and write.key in declared
            assert not (is_declared and write.clears), self._story(f"cleared, although declared: {write}")
            values = known.setdefault(write.key, [])
            is_seen = is_blank(write.key[0], write.before) or any(
                is_met(write.key[0], value, write.before) for value in (*values, write.after)
            )
            assert is_seen or outcome.refreshes or write.key in unchecked, self._story(f"not seen before: {write}")
            values.append(write.after)
            self.ours[write.key] = write.after
            self.foreign.discard(write.key)

    def _judge_forgotten(self, outcome: Outcome) -> None:
        """What the stack wrote is in its state, unless the state retained it, or an error names it."""
        kept = {each.key for each in outcome.after} | {each.key for each in outcome.before if each.is_retained}
        for key, value in [*self.ours.items()]:
            if is_blank(key[0], value) or self._stored(key) != value:
                del self.ours[key]
            elif key not in kept:
                is_reported = outcome.status != 0 and key[1] in outcome.said
                assert is_reported, self._story(f"forgotten: {key}")
                del self.ours[key]

    def _judge_done(self, outcome: Outcome) -> None:
        """What a whole `up` that succeeded declares is live."""
        if outcome.refreshes and outcome.status == 0 and not outcome.is_partial:
            self.foreign -= {each.key for each in outcome.after}
        for key, each in outcome.declared.items() if outcome.is_whole_up else ():
            routes = frozenset((host, 5060, "UDP", 1, weight) for host, weight in each.routes)
            value = (each.off, routes) if each.kind == "Origination" else frozenset({(each.number, "US")})
            if each.kind != "get" and not each.ignore and key not in self.foreign:
                assert self._stored(key) == value, self._story(f"not live: {each}")

    def _stored(self, key: Key) -> Any:
        """Returns the service's own view of settings."""
        return _stored(self.emulator._live.store, Scope(account_of("test"), "us-east-1"), key)

    def _story(self, end: str) -> str:
        return "\n".join([*self.trace, "", end])


def _entries(resources: list[dict[str, Any]]) -> list[Entry]:
    found = []
    for each in resources:
        kind = {"Origination": ORIGINATION, "EmergencyCalling": EMERGENCY}.get(each["type"].rpartition(":")[2])
        if kind is not None and each["type"].startswith("pulumi-python:dynamic/chime:"):
            outputs = _plain(each["outputs"])
            name, overwrites = each["urn"].rpartition("::")[2], outputs.get("onConflict") == "overwrite"
            value, is_retained = value_of_props(kind, outputs), bool(each.get("retainOnDelete"))
            found.append(Entry(name, (kind, each["id"]), value, overwrites, is_retained))
    return found


def _output_of_source(resources: list[dict[str, Any]]) -> str:
    """Returns the ID that the source has in the state, which it keeps if a command leaves it out; empty if there is none."""
    sources = [each for each in resources if each["urn"].endswith("::source") and not each.get("delete")]
    outputs = [str(each["outputs"]["connector"]) for each in sources if not each.get("pendingReplacement")]
    return outputs[0] if outputs else ""


def _plain(value: Any) -> Any:
    """Returns properties of an exported state without the marks of secrets."""
    if isinstance(value, dict):
        if "plaintext" in value:
            return _plain(json.loads(value["plaintext"]))
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _stored(store: Any, scope: Scope, key: Key) -> Any:
    with store.reading() as view:
        found = view.connector(scope, key[1])
    if found is None:
        return None
    return value_of_api(key[0], found.origination if key[0] == ORIGINATION else found.emergency)


@pytest.fixture
def writes(monkeypatch: pytest.MonkeyPatch) -> list[Write]:
    """What the emulator stores."""
    found: list[Write] = []
    run = operations.Operations.run

    def run_and_record(self: Any, operation: str, caller: Any, given: Any) -> Any:
        kind = OPERATIONS.get(re.sub("^(Put|Delete)", "", operation))
        if kind is None or operation.startswith("Get"):
            return run(self, operation, caller, given)
        key, scope = (kind, given["VoiceConnectorId"]), Scope(caller.account, caller.region)
        before = _stored(self._store, scope, key)
        result = run(self, operation, caller, given)
        found.append(Write(operation, key, before, _stored(self._store, scope, key)))
        return result

    monkeypatch.setattr(operations.Operations, "run", run_and_record)
    return found


@pytest.mark.parametrize("seed", LIVES)
def test_lives(project: Project, live: Live, emulator: Emulator, writes: list[Write], seed: int) -> None:
    """Nothing is cleared that the program declares, nothing overwritten unseen, nothing forgotten."""
    emulator.create_voice_connector(voice_connector_id=THIRD_CONNECTOR)
    Life(project, live, emulator, writes, seed).live_on()
