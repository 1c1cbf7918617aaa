"""Judges a stage of a shift of calls: whether a host that gets a share of a voice connector's calls fails them.

CloudWatch counts the calls of a voice connector, not those of a host. So the failures of the stage are compared with two
expectations: a healthy host leaves the failure rate as it was before, and a dead one adds its share. The expectation that makes
the counts likelier is the outcome, unless the other one would lead to such counts in more than 1 of 100 stages: then there are
too few calls to judge. The tests simulate what this finds and what it blames.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime

    from ..aws.traffic import Traffic

LEVEL = 0.01
"""The largest chance of counts like these under the expectation that is rejected."""
HIGH_RATE = 0.06
"""500 calls estimate a rate of 3% as more than this in 1 of 5,000 cases."""
MOST_SHARE = 0.99
_NEGLIGIBLE = 1e-18


class Outcome(Enum):
    OK = "ok"
    FAILING = "failing"
    TOO_FEW_CALLS = "tooFewCalls"


@dataclass(frozen=True)
class Verdict:
    """What the counts of a stage show. With too few calls in it or before it: about how many are needed in all; else 0."""

    outcome: Outcome
    calls_needed: int = 0
    calls_needed_before: int = 0


@dataclass(frozen=True)
class Stage:
    """A stage of a shift: the percentage of the calls that a host gets, since when, and the minutes before to compare with."""

    share: float
    since: datetime.datetime
    baseline_minutes: int


def judge(stage: Traffic, before: Traffic, share: float) -> Verdict:
    """Judges the calls of a voice connector since a host got its share (from 0 to 1), by those before."""
    # So many calls estimate the rate well enough: more of them if it is high, because it then varies more.
    needed = 5000 if before.failures > HIGH_RATE * before.attempts else 500
    if before.attempts < needed:
        return Verdict(Outcome.TOO_FEW_CALLS, calls_needed_before=needed)
    # CloudWatch counts a call and its failure in different minutes, so there may be more failures than calls. Laplace's rule:
    # none seen does not mean that none can fail.
    healthy = (min(before.failures, before.attempts) + 1) / (before.attempts + 2)
    dead = healthy + min(share, MOST_SHARE) * (1 - healthy)
    failures = min(stage.failures, stage.attempts)
    if failures >= _threshold(stage.attempts, healthy, dead):
        outcome, other = Outcome.FAILING, _at_least(failures, stage.attempts, healthy)
    else:
        outcome, other = Outcome.OK, _at_most(failures, stage.attempts, dead)
    if other <= LEVEL:
        return Verdict(outcome)
    needed = _needed(healthy, dead)
    # Rarely, there are enough calls, and the failures lie between both expectations.
    return Verdict(Outcome.TOO_FEW_CALLS, calls_needed=needed if stage.attempts < needed else 2 * stage.attempts)


def _threshold(calls: int, healthy: float, dead: float) -> int:
    """Returns the least number of failures that is likelier with a dead host than with a healthy one."""
    survival = math.log((1 - healthy) / (1 - dead))
    return math.floor(calls * survival / (math.log(dead / healthy) + survival)) + 1


def _needed(healthy: float, dead: float) -> int:
    """Returns the number of calls from which both mistakes have at most the chance of `LEVEL`."""

    def is_enough(calls: int) -> bool:
        threshold = _threshold(calls, healthy, dead)
        return _at_least(threshold, calls, healthy) <= LEVEL and _at_most(threshold - 1, calls, dead) <= LEVEL

    high = 1
    while not is_enough(high):
        high *= 2
    return bisect_left(range(high), True, lo=high // 2 + 1, key=is_enough)


# --- the binomial distribution


def _chance(failures: int, calls: int, rate: float) -> float:
    ways = math.lgamma(calls + 1) - math.lgamma(failures + 1) - math.lgamma(calls - failures + 1)
    return math.exp(ways + failures * math.log(rate) + (calls - failures) * math.log1p(-rate))


def _at_least(failures: int, calls: int, rate: float) -> float:
    """Returns the chance of so many failures, or more."""
    total = 0.0
    for number in range(failures, calls + 1):
        chance = _chance(number, calls, rate)
        total += chance
        if chance < _NEGLIGIBLE and number > calls * rate:
            break
    return total


def _at_most(failures: int, calls: int, rate: float) -> float:
    """Returns the chance of so many failures, or fewer."""
    return _at_least(calls - failures, calls, 1 - rate)
