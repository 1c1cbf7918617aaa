"""Measures the figures: in each round, one or more samples of ours and of the null provider, one after the other."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import floors
from lab import CALL_SECONDS, NULL, OURS, Emulator, Names, Project

if TYPE_CHECKING:
    from pathlib import Path

LARGE = 1_000
"""Resources of the preview without changes."""
APPLIED = 200
"""Resources of the changes in the goals."""
PAIRS = 4
"""Samples of the preview without changes in each round: its goal is narrower than the noise of a single pair."""
WHOLE_LIFE = (1, 40, APPLIED)
"""The numbers of resources whose stacks are measured to their destroy. Terraform was measured with the same."""

QUIET = {"CHIME_VOICE_SDK_DEBUG": "off"}


@dataclass
class Measurements:
    """The samples of all rounds.

    Attributes:
        seconds: wall-clock time by figure (`up 200 ours`), in the order of the runs.
        cpu: CPU seconds of all processes together, by figure, in the order of the runs.
        calls: API calls by step and operation.
        bytes_of_state: size of a resource in the state as compact JSON, by kind.
        backend_bytes: size of the state's file in the backend, by kind and number of resources.
        peaks: peak memory in KiB, by process, step, kind and number of resources.
    """

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    cpu: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[str, dict[str, int]] = field(default_factory=dict)
    bytes_of_state: dict[str, int] = field(default_factory=dict)
    backend_bytes: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    peaks: dict[str, int] = field(default_factory=dict)

    def seconds_of(self, figure: str, kind: str) -> list[float]:
        """Returns the seconds of a figure; an empty list if it was not measured."""
        return self.seconds.get(f"{figure} {kind}", [])


class Bench:
    """Runs rounds of figures against one emulator."""

    def __init__(self, emulator: Emulator, home: Path, large: int = LARGE) -> None:
        self.measurements = Measurements()
        self._emulator = emulator
        self._home = home
        self._names = Names()
        self._large = large
        self._stacks: dict[str, Project] = {}

    def _new_connectors(self, count: int) -> list[str]:
        connectors = self._names.take(count)
        self._emulator.seed(connectors)
        return connectors

    def _order(self, turn: int) -> list[str]:
        return [OURS, NULL] if turn % 2 == 0 else [NULL, OURS]

    def _time(self, figure: str, project: Project, verb: str, *options: str, **environment: str) -> None:
        self._emulator.clear_requests()
        run = getattr(project, verb)(*options, **environment)
        self.measurements.seconds[f"{figure} {project.kind}"].append(run.seconds)
        self.measurements.cpu[f"{figure} {project.kind}"].append(run.cpu)
        if project.kind == OURS:
            self.measurements.calls[figure] = self._emulator.calls()

    # --- figures

    def startup(self, turn: int) -> None:
        """Measures imports, the plugin's first check, and the command line."""
        for kind in self._order(turn):
            # The package imports its public names on first use.
            statement = "from pulumi_chime_voice import Origination" if kind == OURS else "import pulumi"
            self.measurements.seconds[f"import {kind}"].append(floors.import_seconds(statement))
            self.measurements.seconds[f"first check {kind}"].append(floors.first_check(kind))
        self._emulator.latency(CALL_SECONDS)
        connector = self._new_connectors(1)[0]
        for figure, arguments in (("show --help", ["--help"]), ("show ID", [connector])):
            floors.show_seconds(
                self._emulator, *arguments
            )  # not counted: the system may have to read files from the disk
            self._emulator.clear_requests()
            seconds = floors.show_seconds(self._emulator, *arguments)
            self.measurements.seconds[f"{figure} {OURS}"].append(seconds)
            self.measurements.calls[figure] = self._emulator.calls()

    def api(self, _turn: int) -> None:
        """Measures plain boto3, and the emulator alone."""
        self._emulator.latency(0)
        self.measurements.seconds["answer floor"].append(
            floors.response_seconds(self._emulator, self._new_connectors(1)[0])
        )
        self._emulator.latency(CALL_SECONDS)
        seconds = floors.get_and_put_seconds(self._emulator, self._new_connectors(APPLIED))
        self.measurements.seconds[f"boto3 {APPLIED} floor"].append(seconds)

    def preview_without_changes(self, turn: int) -> None:
        """Measures previews without changes of large stacks. The first round creates the stacks, and measures memory."""
        self._emulator.latency(0)
        if not self._stacks:
            connectors = self._new_connectors(self._large)
            for kind in (OURS, NULL):
                self._stacks[kind] = project = Project(kind, self._emulator, self._home)
                project.declare(connectors)
                self._watch(project, "up")
                self.measurements.backend_bytes[kind][self._large] = project.checkpoint().stat().st_size
                self._watch(project, "preview")
        for pair in range(PAIRS):
            for kind in self._order(turn + pair):
                self._time(f"preview same {self._large}", self._stacks[kind], "preview")
        self._time(f"preview same quiet {self._large}", self._stacks[OURS], "preview", **QUIET)

    def _watch(self, project: Project, step: str) -> None:
        """Measures the memory of a step, whose time is not measured then."""
        for role, peak in getattr(project, step)(watch=True).peaks.items():
            self.measurements.peaks[f"{role} {step} {project.kind} {self._large}"] = peak

    def lifecycle(self, turn: int, count: int) -> None:
        """Measures a stack from its first preview to its destroy, at `CALL_SECONDS` for each call."""
        self._emulator.latency(CALL_SECONDS)
        connectors = self._new_connectors(count)
        projects = {kind: Project(kind, self._emulator, self._home) for kind in self._order(turn)}
        for project in projects.values():
            project.declare(connectors)
        for figure, verb in (("preview creates", "preview"), ("up", "up")):
            for project in projects.values():
                self._time(f"{figure} {count}", project, verb)
        for kind, project in projects.items():
            self.measurements.bytes_of_state[kind] = _size_in_state(project.resources()[0])
            self.measurements.backend_bytes[kind][count] = project.checkpoint().stat().st_size
        if count in WHOLE_LIFE:
            self._rest_of_lifecycle(connectors, list(projects.values()))
        for project in projects.values():
            with project:
                pass

    def _rest_of_lifecycle(self, connectors: list[str], projects: list[Project]) -> None:
        count = len(connectors)
        for figure, verb, options in (
            ("preview same", "preview", ()),
            ("preview --refresh", "preview", ("--refresh",)),
            ("refresh", "refresh", ()),
        ):
            for project in projects:
                self._time(f"{figure} {count}", project, verb, *options)
        for project in projects:
            project.declare(connectors, weight=2, changed=count)
            self._time(f"preview changes {count}", project, "preview")
        for project in projects:
            project.declare(connectors, weight=2, changed=1)
            self._time(f"up one changed of {count}", project, "up")
        for project in projects:
            self._time(f"destroy {count}", project, "destroy")

    def close(self) -> None:
        for project in self._stacks.values():
            with project:
                pass


def _size_in_state(resource: dict[str, Any]) -> int:
    """Returns the size of a resource as compact JSON, without the source positions that the engine adds."""
    kept = {key: value for key, value in resource.items() if key not in ("sourcePosition", "stackTrace")}
    return len(json.dumps(kept, separators=(",", ":")))
