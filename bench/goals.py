"""Computes the goals, each from samples of the same round; `bench/README.md` gives the reasons for them."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from figures import APPLIED
from floors import THREADS
from lab import CALL_SECONDS, NULL, OURS, ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from figures import Measurements

AHEAD = 8
"""The number of voice connectors that a preview reads ahead."""
GROWTH = (50, 400)
STATE_BYTES = 500
PREVIEW_MIB, UP_MIB = 5, 45
HELP_SECONDS, SHOW_SECONDS = 0.15, 0.5
SHOW_TURNS = 2
"""How often `show ID` waits for calls: for the voice connector, then for all else at once."""


@dataclass(frozen=True)
class Goal:
    """A figure with a limit.

    Attributes:
        what: its description in tables.
        values: one for each sample.
        high: the upper limit of the median.
        low: its lower limit; None if there is none.
    """

    what: str
    values: list[float]
    high: float
    low: float | None = None

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def is_met(self) -> bool:
        return (self.low is None or self.median >= self.low) and self.median <= self.high


def goals(measurements: Measurements, large: int) -> list[Goal]:
    """Returns the goals for which there are samples."""
    calls = 2 * APPLIED
    of_preview = f"(null provider + {calls} calls, {AHEAD} at a time)"
    found = [
        Goal(
            f"preview without changes, N = {large}: ours / null provider",
            _ratios(measurements, f"preview same {large}", 0),
            1.05,
        ),
        Goal(
            f"up creating N = {APPLIED}: ours / (null provider + {calls} calls on {THREADS} threads)",
            _ratios(measurements, f"up {APPLIED}", calls * CALL_SECONDS / THREADS),
            0.90,
        ),
        Goal(
            f"preview of N = {APPLIED} creates: ours / {of_preview}",
            _ratios(measurements, f"preview creates {APPLIED}", calls * CALL_SECONDS / AHEAD),
            1.4,
        ),
        Goal(
            f"preview of N = {APPLIED} changes: ours / {of_preview}",
            _ratios(measurements, f"preview changes {APPLIED}", calls * CALL_SECONDS / AHEAD),
            1.4,
        ),
        Goal(
            f"time of preview creates per resource beyond the first, N = {GROWTH[1]} / N = {GROWTH[0]}: ours / null provider",
            [ours / null for ours, null in zip(*(growth(measurements, kind) for kind in (OURS, NULL)), strict=True)],
            1.10,
        ),
        Goal("seconds of chime-voice show --help", measurements.seconds.get("show --help ours", []), HELP_SECONDS),
        Goal(
            "seconds of chime-voice show ID, without waiting for calls",
            [seconds - SHOW_TURNS * CALL_SECONDS for seconds in measurements.seconds_of("show ID", OURS)],
            SHOW_SECONDS,
        ),
        *[
            Goal(
                f"MiB of the {role}, {step} of N = {large}: ours - null provider",
                _memory(measurements, f"{role} {step}", large),
                limit,
            )
            for step, limit in (("preview", PREVIEW_MIB), ("up", UP_MIB))
            for role in ROLES
        ],
        Goal("bytes of state per resource with one route: ours - null provider", _bytes(measurements), STATE_BYTES),
    ]
    return [goal for goal in found if goal.values]


def _ratios(measurements: Measurements, figure: str, call_seconds: float) -> list[float]:
    """Returns the ratios of ours to the null provider, to whose time `call_seconds` are added."""
    pairs = zip(measurements.seconds_of(figure, OURS), measurements.seconds_of(figure, NULL), strict=True)
    return [ours / (null + call_seconds) for ours, null in pairs]


def growth(measurements: Measurements, kind: str, name: str = "preview creates") -> Iterable[float]:
    """Yields the ratio of the time per resource at the larger number to that at the smaller one, without the first resource."""
    few, many = GROWTH
    samples = zip(*(measurements.seconds_of(f"{name} {count}", kind) for count in (1, few, many)), strict=False)
    for alone, at_few, at_many in samples:
        yield ((at_many - alone) / (many - 1)) / ((at_few - alone) / (few - 1))


def _memory(measurements: Measurements, process: str, large: int) -> list[float]:
    """Returns the difference of the peaks of a process; an empty list if they were not measured."""
    ours, null = (measurements.peaks.get(f"{process} {kind} {large}") for kind in (OURS, NULL))
    return [] if ours is None or null is None else [(ours - null) / 1024]


def _bytes(measurements: Measurements) -> list[float]:
    sizes = measurements.bytes_of_state
    return [float(sizes[OURS] - sizes[NULL])] if {OURS, NULL} <= sizes.keys() else []
