"""The gate of a stage: what it finds and what it blames, summed over every count of a stage, and simulated call by call."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from pulumi_chime_voice.aws.traffic import Traffic
from pulumi_chime_voice.cli.stage import Outcome, Verdict, judge

OK, FAILING, TOO_FEW = Outcome.OK, Outcome.FAILING, Outcome.TOO_FEW_CALLS


def counted(calls: int, failures: int) -> Traffic:
    return Traffic(minutes=0, region="", attempts=calls, failures=failures)


def chances(calls: int, rate: float) -> dict[int, float]:
    """Number of failures -> its chance; numbers that do not occur in a million stages are left out."""
    if rate in (0, 1):
        return {int(rate * calls): 1.0}
    chance, found = (1 - rate) ** calls, {}
    for number in range(calls + 1):
        if chance > 1e-7:
            found[number] = chance
        chance *= (calls - number) / (number + 1) * rate / (1 - rate)
    return found


def outcomes(calls: int, rate: float, before: int, baseline: float, share: float) -> Counter[Outcome]:
    """Outcome -> its chance, for a stage with one rate of failures after calls with another."""
    found: Counter[Outcome] = Counter()
    for earlier, chance_before in chances(before, baseline).items():
        for failures, chance in chances(calls, rate).items():
            verdict = judge(counted(calls, failures), counted(before, earlier), share)
            found[verdict.outcome] += chance_before * chance  # type: ignore[assignment]
    return found


@pytest.mark.parametrize("baseline", [0.0, 0.003, 0.01, 0.02, 0.03])
@pytest.mark.parametrize(("calls", "before", "share"), [(200, 500, 0.1), (50, 500, 0.5)])
def test_finds_a_dead_host_and_blames_no_healthy_one(calls: int, before: int, share: float, baseline: float) -> None:
    """With a share of 10%, 200 calls are enough after 500 with at most 3% failures."""
    healthy = outcomes(calls, baseline, before, baseline, share)
    dead = outcomes(calls, share + (1 - share) * baseline, before, baseline, share)
    assert dead[FAILING] >= 0.99
    assert healthy[FAILING] <= 0.01
    assert healthy[OK] >= 0.99
    assert dead[OK] <= 0.01


@pytest.mark.parametrize(("baseline", "power"), [(0.05, 0.986), (0.1, 0.89)])
def test_a_high_baseline_that_is_well_known(baseline: float, power: float) -> None:
    """200 calls find a dead host less often. What is not found does not pass."""
    healthy = outcomes(200, baseline, 5000, baseline, 0.1)
    dead = outcomes(200, 0.1 + 0.9 * baseline, 5000, baseline, 0.1)
    assert power <= dead[FAILING] < 0.99
    assert dead[OK] <= 0.01
    assert healthy[FAILING] <= 0.01


def test_call_by_call() -> None:
    """Each call goes to one of two hosts, and fails there or not."""
    draw = random.Random(27)

    def fails(dead: bool) -> bool:
        return (dead and draw.random() < 0.1) or draw.random() < 0.02

    def verdict(dead: bool) -> Outcome:
        before = counted(500, sum(fails(False) for _ in range(500)))
        return judge(counted(200, sum(fails(dead) for _ in range(200))), before, 0.1).outcome

    stages = 1000
    assert sum(verdict(True) is FAILING for _ in range(stages)) >= 0.985 * stages
    assert sum(verdict(False) is FAILING for _ in range(stages)) <= 0.015 * stages


class TestTooFew:
    @pytest.mark.parametrize("share", [0.02, 0.1, 0.5])
    @pytest.mark.parametrize("earlier", [0, 5, 25])
    def test_the_number_that_is_needed_is_enough(self, share: float, earlier: int) -> None:
        """With it, both a healthy and a dead host are recognised in 99 of 100 stages; with a third of it, they are not."""
        before = counted(500, earlier)
        baseline = (earlier + 1) / 502
        needed = judge(counted(0, 0), before, share).calls_needed
        dead = share + (1 - share) * baseline
        for calls, enough in ((needed, True), (needed // 3, False)):
            right = [
                sum(
                    chance
                    for n, chance in chances(calls, rate).items()
                    if judge(counted(calls, n), before, share).outcome is outcome
                )
                for rate, outcome in ((baseline, OK), (dead, FAILING))
            ]
            assert (min(right) >= 0.99) is enough

    @pytest.mark.parametrize(
        ("before", "needed"), [((499, 0), 500), ((499, 29), 500), ((500, 31), 5000), ((4999, 2500), 5000)]
    )
    def test_before(self, before: tuple[int, int], needed: int) -> None:
        """Whatever the stage has: without a baseline, nothing is compared."""
        assert judge(counted(1000, 1000), counted(*before), 0.1) == Verdict(TOO_FEW, calls_needed_before=needed)

    def test_more_failures_than_calls(self) -> None:
        """CloudWatch counts a call and its failure in different minutes, so a window may have more failures."""
        assert judge(counted(200, 210), counted(5000, 5100), 0.1) == judge(counted(200, 200), counted(5000, 5000), 0.1)

    def test_more_are_needed_than_there_are(self) -> None:
        """Also if the failures lie between both expectations."""
        before = counted(5000, 250)
        few = [
            (calls, verdict.calls_needed)
            for calls in range(190, 260)
            for failures in range(calls + 1)
            if (verdict := judge(counted(calls, failures), before, 0.1)).outcome is TOO_FEW
        ]
        assert max(calls for calls, _ in few) > min(needed for _, needed in few)
        assert all(needed > calls for calls, needed in few)


def test_more_failures_are_never_better() -> None:
    order = (OK, TOO_FEW, FAILING)
    for calls in (0, 1, 10, 50, 200, 3000):
        for before in (counted(500, 0), counted(500, 15), counted(6000, 600)):
            ranks = [order.index(judge(counted(calls, failures), before, 0.1).outcome) for failures in range(calls + 1)]
            assert ranks == sorted(ranks)


def test_counts_that_do_not_fit() -> None:
    """A failure may be counted in another minute than its call."""
    assert judge(counted(200, 201), counted(500, 0), 0.1).outcome is FAILING
    assert judge(counted(0, 1), counted(500, 0), 0.1).outcome is TOO_FEW


def test_half_dead_hosts_and_drift() -> None:
    """Many calls also find a host that fails half of its calls, and do not blame one for a slightly worse hour."""
    before = counted(5000, 50)
    assert judge(counted(2000, 120), before, 0.1).outcome is FAILING
    assert judge(counted(2000, 30), before, 0.1).outcome is OK
