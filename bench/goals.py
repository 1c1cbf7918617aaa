"""The goals, each worked out round by round from samples of the same round; `bench/README.md` says where they come from."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from figures import APPLIED
from floors import THREADS
from lab import CALL_SECONDS, LADEN, NULL, OURS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from figures import Notes

PREVIEWED = 40
GROWTH = (50, 400)
STATE_BYTES = 1_200


@dataclass(frozen=True)
class Goal:
    """A figure with a limit.

    Attributes:
        values: one for each round.
        low: what the median may not fall below; None where there is no such limit.
        high: what it may not exceed.
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


def goals(notes: Notes, large: int) -> list[Goal]:
    """Those for which there are samples."""
    calls = 2 * APPLIED * CALL_SECONDS / THREADS
    looks = 2 * PREVIEWED * CALL_SECONDS
    up = f"up creating N = {APPLIED} at 50 ms a call: ours /"
    found = [
        Goal(
            f"preview without changes, N = {large}: ours / null provider",
            _ratios(notes, f"preview same {large}", 0),
            1.05,
        ),
        Goal(
            "the same: ours / null provider that carries as much",
            _ratios(notes, f"preview same {large}", 0, LADEN),
            1.05,
        ),
        Goal(
            f"{up} (null provider + {2 * APPLIED} calls on {THREADS} threads)",
            _ratios(notes, f"up {APPLIED}", calls),
            1.10,
        ),
        Goal(
            f"{up} (null provider that carries as much + the calls)",
            _ratios(notes, f"up {APPLIED}", calls, LADEN),
            1.10,
        ),
        Goal(
            f"preview of N = {PREVIEWED} creates at 50 ms a call: ours / (null provider + {2 * PREVIEWED} calls in a row)",
            _ratios(notes, f"preview creates {PREVIEWED}", looks),
            1.05,
        ),
        Goal(
            f"time of preview creates per resource beyond the first: N = {GROWTH[1]} / N = {GROWTH[0]}",
            list(growth(notes, "preview creates", OURS)),
            1.10,
            0.90,
        ),
    ]
    if {OURS, NULL} <= notes.bytes_of_state.keys():
        more = notes.bytes_of_state[OURS] - notes.bytes_of_state[NULL]
        found.append(Goal("bytes of state per resource with one route: ours - null provider", [more], STATE_BYTES))
    return [goal for goal in found if goal.values]


def _ratios(notes: Notes, figure: str, more: float, other: str = NULL) -> list[float]:
    pairs = zip(notes.of(figure, OURS), notes.of(figure, other), strict=True)
    return [ours / (null + more) for ours, null in pairs]


def growth(notes: Notes, name: str, kind: str) -> Iterable[float]:
    """What a resource costs at the larger number against the smaller one; what one resource costs alone is taken off both."""
    few, many = GROWTH
    samples = zip(*(notes.of(f"{name} {count}", kind) for count in (1, few, many)), strict=False)
    for alone, at_few, at_many in samples:
        yield ((at_many - alone) / (many - 1)) / ((at_few - alone) / (few - 1))
