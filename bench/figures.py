"""What is measured: each figure adds samples of ours and of the null provider, one after the other, round by round."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import floors
from lab import CALL_SECONDS, LADEN, NULL, OURS, Emulator, Names, Project

if TYPE_CHECKING:
    from pathlib import Path

LARGE = 1_000
"""Resources of the preview without changes."""
APPLIED = 200
"""Resources of the apply, the refresh and the destroy that the goals and the neighbours' figures speak of."""

QUIET = {"CHIME_VOICE_SDK_DEBUG": "off"}


@dataclass
class Notes:
    """Everything that was measured.

    Attributes:
        seconds: by figure (`up 200 ours`), one for each round.
        cpu: likewise, of all processes together.
        calls: API calls by step and operation.
        bytes_of_state: compact JSON of a resource in the state, by kind.
        backend_bytes: of the state's file in the backend, by kind, with the number of resources.
        peaks: KiB of memory at most, by process, kind and number of resources.
    """

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    cpu: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[str, dict[str, int]] = field(default_factory=dict)
    bytes_of_state: dict[str, int] = field(default_factory=dict)
    backend_bytes: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    peaks: dict[str, int] = field(default_factory=dict)

    def of(self, figure: str, kind: str) -> list[float]:
        """The seconds of a figure; none where it was not measured."""
        return self.seconds.get(f"{figure} {kind}", [])


class Bench:
    """Runs rounds of figures against one emulator."""

    def __init__(self, emulator: Emulator, home: Path, large: int = LARGE) -> None:
        self.notes = Notes()
        self._emulator = emulator
        self._home = home
        self._names = Names()
        self._large = large
        self._stacks: dict[str, Project] = {}

    def _fresh(self, count: int) -> list[str]:
        connectors = self._names.take(count)
        self._emulator.seed(connectors)
        return connectors

    def _order(self, turn: int, *more: str) -> list[str]:
        kinds = [OURS, NULL, *more]
        return kinds if turn % 2 == 0 else kinds[::-1]

    def _time(self, figure: str, project: Project, verb: str, *options: str, **environment: str) -> None:
        self._emulator.forget_requests()
        run = getattr(project, verb)(*options, **environment)
        self.notes.seconds[f"{figure} {project.kind}"].append(run.seconds)
        self.notes.cpu[f"{figure} {project.kind}"].append(run.cpu)
        if project.kind == OURS:
            self.notes.calls[figure] = self._emulator.calls()

    # --- figures

    def start(self, turn: int) -> None:
        """Imports, and the plugin's first check."""
        for kind in self._order(turn):
            module = "pulumi_chime_voice" if kind == OURS else "pulumi"
            self.notes.seconds[f"import {kind}"].append(floors.importing(module))
            self.notes.seconds[f"first check {kind}"].append(floors.first_check(kind))

    def api(self, _turn: int) -> None:
        """Plain boto3, and the emulator alone."""
        self._emulator.latency(0)
        self.notes.seconds["answer floor"].append(floors.answer(self._emulator, self._fresh(1)[0]))
        self._emulator.latency(CALL_SECONDS)
        took = floors.calls_over_threads(self._emulator, self._fresh(APPLIED))
        self.notes.seconds[f"boto3 {APPLIED} floor"].append(took)

    def same(self, turn: int) -> None:
        """Previews without changes of a large stack, and once their memory; the stacks are made in the first round."""
        self._emulator.latency(0)
        if not self._stacks:
            connectors = self._fresh(self._large)
            for kind in (OURS, NULL, LADEN):
                self._stacks[kind] = project = Project(kind, self._emulator, self._home)
                project.declare(connectors)
                project.up()
                self.notes.backend_bytes[kind][self._large] = project.checkpoint().stat().st_size
                peaks = project.preview(watch=True).peaks
                self.notes.peaks |= {f"{role} {kind} {self._large}": peak for role, peak in peaks.items()}
        for kind in self._order(turn, LADEN):
            self._time(f"preview same {self._large}", self._stacks[kind], "preview")
        self._time(f"preview same quiet {self._large}", self._stacks[OURS], "preview", **QUIET)

    def life(self, turn: int, count: int) -> None:
        """A stack from its first preview to its end, each call taking `CALL_SECONDS`."""
        self._emulator.latency(CALL_SECONDS)
        connectors = self._fresh(count)
        kinds = self._order(turn, LADEN) if count == APPLIED else self._order(turn)
        projects = {kind: Project(kind, self._emulator, self._home) for kind in kinds}
        for project in projects.values():
            project.declare(connectors)
        steps: list[tuple[str, str, tuple[str, ...]]] = [("preview creates", "preview", ()), ("up", "up", ())]
        for figure, verb, options in steps:
            for project in projects.values():
                self._time(f"{figure} {count}", project, verb, *options)
        for kind, project in projects.items():
            self.notes.bytes_of_state[kind] = _bytes(project.resources()[0])
            self.notes.backend_bytes[kind][count] = project.checkpoint().stat().st_size
        if count == APPLIED:
            self._rest_of_life(connectors, projects)
        for project in projects.values():
            with project:
                pass

    def _rest_of_life(self, connectors: list[str], projects: dict[str, Project]) -> None:
        count = len(connectors)
        for figure, verb, options in (
            ("preview same", "preview", ()),
            ("preview --refresh", "preview", ("--refresh",)),
            ("refresh", "refresh", ()),
        ):
            for project in projects.values():
                self._time(f"{figure} {count}", project, verb, *options)
        self._time(f"preview same quiet {count}", projects[OURS], "preview", **QUIET)
        for project in projects.values():
            project.declare(connectors, weight=2, changed=1)
            self._time(f"up one changed of {count}", project, "up")
        for project in projects.values():
            self._time(f"destroy {count}", project, "destroy")

    def close(self) -> None:
        for project in self._stacks.values():
            with project:
                pass


def _bytes(resource: dict[str, Any]) -> int:
    """Of a resource as compact JSON, without what the engine notes of the program's source."""
    kept = {key: value for key, value in resource.items() if key not in ("sourcePosition", "stackTrace")}
    return len(json.dumps(kept, separators=(",", ":")))
