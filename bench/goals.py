"""Computes the goals, each from samples of the same round; `bench/README.md` gives the reasons for them."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from figures import APPLIED
from floors import THREADS
from lab import CALL_SECONDS, LADEN, NULL, OURS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from figures import Measurements

PREVIEWED = 40
GROWTH = (50, 400)
STATE_BYTES = 1_200


@dataclass(frozen=True)
class Goal:
    """A figure with a limit.

    Attributes:
        what: its description in tables.
        values: one for each round.
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
    calls = 2 * APPLIED * CALL_SECONDS / THREADS
    reads = 2 * PREVIEWED * CALL_SECONDS
    up = f"up creating N = {APPLIED} at 50 ms per call: ours /"
    found = [
        Goal(
            f"preview without changes, N = {large}: ours / null provider",
            _ratios(measurements, f"preview same {large}", 0),
            1.05,
        ),
        Goal(
            "the same: ours / null provider with as large a state",
            _ratios(measurements, f"preview same {large}", 0, LADEN),
            1.05,
        ),
        Goal(
            f"{up} (null provider + {2 * APPLIED} calls on {THREADS} threads)",
            _ratios(measurements, f"up {APPLIED}", calls),
            1.10,
        ),
        Goal(
            f"{up} (null provider with as large a state + the calls)",
            _ratios(measurements, f"up {APPLIED}", calls, LADEN),
            1.10,
        ),
        Goal(
            f"preview of N = {PREVIEWED} creates at 50 ms per call: ours / (null provider + {2 * PREVIEWED} calls in a row)",
            _ratios(measurements, f"preview creates {PREVIEWED}", reads),
            1.05,
        ),
        Goal(
            f"time of preview creates per resource beyond the first: N = {GROWTH[1]} / N = {GROWTH[0]}",
            list(growth(measurements, "preview creates", OURS)),
            1.10,
            0.90,
        ),
    ]
    if {OURS, NULL} <= measurements.bytes_of_state.keys():
        difference = measurements.bytes_of_state[OURS] - measurements.bytes_of_state[NULL]
        found.append(
            Goal("bytes of state per resource with one route: ours - null provider", [difference], STATE_BYTES)
        )
    return [goal for goal in found if goal.values]


def _ratios(measurements: Measurements, figure: str, call_seconds: float, other: str = NULL) -> list[float]:
    """Returns the ratios of ours to another provider, to whose time `call_seconds` are added."""
    pairs = zip(measurements.seconds_of(figure, OURS), measurements.seconds_of(figure, other), strict=True)
    return [ours / (null + call_seconds) for ours, null in pairs]


def growth(measurements: Measurements, name: str, kind: str) -> Iterable[float]:
    """Yields the ratio of the time per resource at the larger number to that at the smaller one, without the first resource."""
    few, many = GROWTH
    samples = zip(*(measurements.seconds_of(f"{name} {count}", kind) for count in (1, few, many)), strict=False)
    for alone, at_few, at_many in samples:
        yield ((at_many - alone) / (many - 1)) / ((at_few - alone) / (few - 1))
