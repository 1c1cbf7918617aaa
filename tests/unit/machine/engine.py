"""A small model of Pulumi's engine: what it asks a provider in an update, a refresh and a destroy, and in which order.

The names are those of the engine's source (pkg/resource/deploy, `step_generator.go` and `step_executor.go`). It handles one
resource after the other, as `--parallel 1` does.
"""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

from pulumi.dynamic import Config, ConfigureRequest
from pulumi.runtime import rpc

from pulumi_chime_voice import EmergencyCallingProvider, OriginationProvider
from pulumi_chime_voice.engine import lifecycle as life
from pulumi_chime_voice.engine.claims import RunMemory
from pulumi_chime_voice.engine.run_file import Declaration, ProgramFile, kind_of_reads, stack_of_urn
from pulumi_chime_voice.engine.run_file import Run as RunKey
from pulumi_chime_voice.errors import ChimeVoiceError

from .service import CONFIGURATION, EMERGENCY, KINDS, ORIGINATION
from .stack import ALIAS, CONNECTOR, READ, State, stored

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .service import Service
    from .stack import Goal, Stack

_TYPES = {ORIGINATION: "Origination", EMERGENCY: "EmergencyCalling", CONNECTOR: "Connector", ALIAS: "Alias"}
_engines = itertools.count()


class StopError(Exception):
    """The run ends with an error."""


class Run:
    """A run of the engine on a stack, and its plugin process.

    Args:
        folder: of the programs' files.
        targets: the names of ``--target``, or all but those of ``--exclude``; None for all.
        replace: the names of ``--replace``.
        failing: names of other packages' resources whose create fails.
        early: whether the program hears of an output before the engine comes to the next resource.
        before_step: called before each call of a provider.
        judge: called with each resource that was asked before its voice connector is deleted.
    """

    def __init__(
        self,
        stack: Stack,
        service: Service,
        folder: Path,
        *,
        preview: bool = False,
        targets: frozenset[str] | None = None,
        replace: frozenset[str] = frozenset(),
        continue_on_error: bool = False,
        failing: frozenset[str] = frozenset(),
        early: bool = True,
        before_step: Callable[[], None] = lambda: None,
        judge: Callable[[State], None] = lambda _asked: None,
    ) -> None:
        self.stack, self.preview = stack, preview
        self.targets, self.replace, self.failing = targets, replace, failing
        self.continue_on_error, self.early, self.before_step = continue_on_error, early, before_step
        self.errors: list[str] = []
        self.outputs: dict[str, str] = {}
        self.deleted_unasked: list[str] = []
        self.acting: dict[str, Any] = {}
        self.acting_deletes = False
        self.has_program = False
        self._service, self._folder, self._judge = service, folder, judge
        self._key = RunKey(f"engine{next(_engines)}", stack=stack_of_urn(self._urn(ORIGINATION, "x")))
        self._serials: dict[str, int] = {}
        self._done: set[str] = set()
        self._deleted: set[str] = set()
        self._skipped: set[str] = set()
        self._file: ProgramFile | None = None
        memory = RunMemory(RunKey(self._key.engine), folder)
        self._providers = {ORIGINATION: OriginationProvider(), EMERGENCY: EmergencyCallingProvider()}
        with mock.patch.multiple(life, memory_of=lambda _: memory, ChimeSdkVoice=lambda _: service):
            for each in self._providers.values():
                each.configure(ConfigureRequest(Config(CONFIGURATION, "x")))

    def _urn(self, kind: str, name: str) -> str:
        return f"urn:pulumi:{self.stack.name}::x::pulumi-python:dynamic/chime:{_TYPES[kind]}::{name}"

    # --- operations

    def update(self) -> bool:
        """`pulumi up`, or `pulumi preview`. Returns whether it succeeds."""
        self.has_program = True
        self._file = ProgramFile(self._key, preview=self.preview, folder=self._folder)
        for goal in self.stack.program.values():
            self._record(goal, None if goal.source else goal.connector)
        try:
            for goal in self.stack.program.values():
                self._register(goal)
            self._generate_deletes()
        except StopError as error:
            self.errors.append(str(error))
        self._file.close(remove=True)
        return not self.errors

    def destroy(self) -> bool:
        """`pulumi destroy`, which runs no program."""
        try:
            self._generate_deletes()
        except StopError as error:
            self.errors.append(str(error))
        return not self.errors

    def refresh(self) -> bool:
        """`pulumi refresh`, which runs no program, and goes on after errors."""
        for old in [each for each in self.stack.snapshot if each.goal.kind in KINDS and not each.is_replaced]:
            if not self._is_targeted(old.name):
                continue
            try:
                read = self._call(old.goal, "read", old.id, old.outputs)
            except StopError as error:
                self.errors.append(str(error))
                continue
            if not read.id:
                self.stack.snapshot.remove(old)
            else:
                old.outputs, old.inputs = stored(read.outs), stored(read.inputs)
        return not self.errors

    # --- the program

    def _record(self, goal: Goal, connector: str | None, managed: str | None = None) -> None:
        if goal.kind not in (*KINDS, READ) or self._file is None:
            return
        if goal.name not in self._serials:
            declaration = Declaration(
                kind=kind_of_reads(ORIGINATION) if goal.kind == READ else goal.kind,
                parent_type="",
                name=goal.name,
                path=goal.name,
                region="",  # so that previews read ahead
                turns_off=bool(goal.inputs.get("disabled")),
            )
            self._serials[goal.name] = self._file.add(declaration)
        self._file.update(self._serials[goal.name], connector=connector, managed=None if self.preview else managed)

    def connector_of(self, goal: Goal) -> str | None:
        """The voice connector that a resource gets, as far as the run knows."""
        return self.outputs.get(goal.source) if goal.source else goal.connector

    def _registered(self, goal: Goal, state: State) -> None:
        """The program hears of the outputs."""
        self._done.add(goal.name)
        self.outputs[goal.name] = state.outputs["voiceConnectorId"]
        self._record(goal, self.connector_of(goal) or state.id, managed=state.id)
        for each in self.stack.program.values():
            if self.early and each.source == goal.name:
                self._record(each, self.outputs[goal.name])

    # --- generateSteps

    def _register(self, goal: Goal) -> None:
        old = self.stack.state(goal.name)
        connector = self.connector_of(goal)
        if goal.source in self._skipped:
            if self._is_targeted(goal.name) and self.targets is not None:
                raise StopError(f"{goal.name} depends on {goal.source}, which was not specified in --target list")
            self._skipped.add(goal.name)
            self._done.add(goal.name)
            return
        if goal.source and connector is not None:
            self._record(goal, connector)
        if goal.kind == READ:
            self._done.add(goal.name)
            return
        if not self._is_targeted(goal.name):
            if old is None:
                self._skipped.add(goal.name)
                self._done.add(goal.name)
            else:
                self._registered(goal, old)
            return
        step = self._foreign if goal.kind not in KINDS else self._generate_steps
        try:
            step(goal, old, connector)
        except _StepError as error:
            self._done.add(goal.name)
            self._skipped.add(goal.name)
            if not self.continue_on_error:
                raise StopError(str(error)) from error
            self.errors.append(str(error))

    def _is_targeted(self, name: str) -> bool:
        return self.targets is None or name in self.targets

    def _foreign(self, goal: Goal, old: State | None, connector: str | None) -> None:
        """A resource of another package, whose trigger replaces it delete-first."""
        if old is not None and (old.goal.trigger != goal.trigger or old.is_replaced):
            self._delete_first(old)
        exists = old is not None and not old.is_replaced and goal.name not in self._deleted
        if self.preview:
            if old is not None and exists:
                self.outputs[goal.name] = old.id if goal.kind == CONNECTOR else goal.connector
            self._done.add(goal.name)
            return
        if not exists and goal.name in self.failing:
            raise _StepError(f"creating {goal.name}: asked for as a fault")
        if goal.kind == CONNECTOR:
            connector = old.id if old is not None and exists else self._service.new_connector()
        props = {"voiceConnectorId": connector}
        new = State(goal, connector or "", props, props)
        self._save(new, old)
        self._registered(goal, new)

    def _generate_steps(self, goal: Goal, old: State | None, connector: str | None) -> None:
        recreating = goal.name in self._deleted
        forgets = recreating or old is None or goal.name in self.replace
        inputs = self._check(goal, {} if forgets or old is None else old.inputs, connector)
        if recreating or old is None:
            self._create(goal, inputs, old)
            return
        if goal.name not in self.replace:
            diff = self._call(goal, "diff", old.id, old.outputs, inputs)
            if not diff.replaces and not old.is_replaced:
                self._update(goal, old, inputs, changes=bool(diff.changes))
                return
            inputs = self._check(goal, {}, connector)
        self._create(goal, inputs, old)

    def _check(self, goal: Goal, olds: dict[str, Any], connector: str | None) -> dict[str, Any]:
        news = {**goal.inputs, "voiceConnectorId": connector or rpc.UNKNOWN, "region": None}
        checked = self._call(goal, "check", olds, news)
        if checked.failures:
            raise StopError("; ".join(failure.reason for failure in checked.failures))
        return stored(checked.inputs)

    def _delete_first(self, old: State) -> None:
        """`DeleteBeforeReplace`: first what would be replaced with it goes, the last dependent first."""
        affected = self._calculate_dependent_replacements(old)
        self.deleted_unasked += [each.name for each in affected]
        affected += [
            each
            for each in self.stack.snapshot
            if each.goal.replace_with == old.name and not each.is_deleted and each.name not in self._done
        ]
        for each in [*reversed(affected), old]:
            if each.name not in self._deleted and not each.is_replaced:
                self._delete(each, pending=True)
                self._deleted.add(each.name)

    def _calculate_dependent_replacements(self, root: State) -> list[State]:
        """Asks `diff` of what depends on the resource, with unknown inputs: what answers "replace" is deleted first."""
        affected, names = [], {root.name}
        for each in self.stack.snapshot:
            goal = each.goal
            if goal.source in names and not each.is_deleted and each.name not in self._done and goal.kind in KINDS:
                inputs = {**each.inputs, "voiceConnectorId": rpc.UNKNOWN}
                if self._call(goal, "diff", each.id, each.outputs, inputs).replaces:
                    affected.append(each)
                    names.add(each.name)
        return affected

    # --- steps

    def _create(self, goal: Goal, inputs: dict[str, Any], old: State | None) -> None:
        if self.preview:
            self._preview(goal, inputs["voiceConnectorId"])
            return
        made = self._apply(goal, "create", inputs)
        if old is not None and not old.is_replaced:
            old.is_deleted = True
        new = State(goal, made.id, inputs, stored(made.outs))
        self._save(new, old if old is not None and old.is_replaced else None)
        self._registered(goal, new)

    def _update(self, goal: Goal, old: State, inputs: dict[str, Any], *, changes: bool) -> None:
        if self.preview:
            self._preview(goal, old.id)
            return
        outputs = stored(self._apply(goal, "update", old.id, old.outputs, inputs).outs) if changes else old.outputs
        new = State(goal, old.id, inputs, outputs)
        self._save(new, old)
        self._registered(goal, new)

    def _preview(self, goal: Goal, connector: str) -> None:
        self._done.add(goal.name)
        if connector != rpc.UNKNOWN:
            self.outputs[goal.name] = connector
            self._record(goal, connector)

    def _save(self, new: State, old: State | None) -> None:
        """The snapshot has what the program registers in that order, and the rest after it."""
        rest = [each for each in self.stack.snapshot if each is not old]
        place = sum(1 for each in rest if each.name in self._done and not each.is_deleted)
        self.stack.snapshot[:] = [*rest[:place], new, *rest[place:]]

    def _generate_deletes(self) -> None:
        """What the program no longer declares, and what was replaced create-first: dependents go first."""
        kept: set[str] = set()
        for old in reversed(self.stack.snapshot[:]):
            if not self._is_targeted(old.name) or (old.name in self._done and not old.is_deleted) or self.preview:
                continue
            if old.name in kept:
                continue
            if old.is_replaced:
                self.stack.snapshot.remove(old)
                continue
            try:
                self._delete(old, pending=False)
            except _StepError as error:
                if not self.continue_on_error:
                    raise StopError(str(error)) from error
                self.errors.append(str(error))
                kept.add(old.goal.source)

    def _delete(self, old: State, *, pending: bool) -> None:
        if self.preview:
            return
        if old.goal.kind in KINDS:
            self._apply(old.goal, "delete", old.id, old.outputs)
        elif old.goal.kind == CONNECTOR and self._service.connector(old.id) is not None:
            if pending:
                self._judge_connector(old)
            self._service.run("DeleteVoiceConnector", VoiceConnectorId=old.id)
        if pending:
            old.is_replaced = True
        else:
            self.stack.snapshot.remove(old)

    def _judge_connector(self, connector: State) -> None:
        for each in self.stack.snapshot:
            if each.goal.source == connector.name and each.name not in self._done and not each.is_deleted:
                self._judge(each)

    # --- the provider

    def _apply(self, goal: Goal, method: str, *arguments: Any) -> Any:
        """A step, whose failure ends the run only without ``--continue-on-error``."""
        try:
            return self._call(goal, method, *arguments)
        except StopError as error:
            raise _StepError(str(error)) from error

    def _call(self, goal: Goal, method: str, *arguments: Any) -> Any:
        """Calls the provider as the plugin does: the SDK keeps the engine's request, with the URN, beside its call."""
        self.before_step()
        self.acting, self.acting_deletes = {} if method == "read" else arguments[-1], method == "delete"
        request = SimpleNamespace(urn=self._urn(goal.kind, goal.name))
        assert request
        copies = [stored(each) if isinstance(each, dict) else each for each in arguments]
        try:
            return getattr(self._providers[goal.kind], method)(*copies)
        except ChimeVoiceError as error:
            raise StopError(str(error)) from error


class _StepError(StopError):
    """A step fails."""
