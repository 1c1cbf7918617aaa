"""`chime-voice show --share`: a stage is judged by its own calls and by those before it (moto counts them)."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING

import pytest

from ..support.calls import ATTEMPTS, FAILURES, count, forget
from ..support.servers import answering
from .support import CAMPAIGN, FRESH, SUPPORT
from .test_traffic import DENIED

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Run = Callable[..., subprocess.CompletedProcess[str]]

MINUTES = 30
"""The length of the stage."""


def ago(minutes: float) -> str:
    """The time so many minutes ago, as `date -u +%FT%TZ` prints it."""
    return f"{datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def judge(run: Run, moto: str) -> Run:
    """Judges a stage that began half an hour ago, in which a host gets 10% of the calls."""
    forget(moto)
    return lambda *arguments: run(
        "show",
        "--traffic",
        "--since",
        ago(MINUTES + 0.5),
        "--share",
        "10",
        *arguments,
        AWS_ENDPOINT_URL_CLOUDWATCH=moto,
    )


def counted(moto: str, connector: str, stage: tuple[int, int], before: tuple[int, int]) -> None:
    """Counts calls and failures, the last ones of before a few minutes before the stage."""
    count(
        moto,
        connector,
        {
            (ATTEMPTS, 5): stage[0],
            (FAILURES, 5): stage[1],
            (ATTEMPTS, MINUTES + 3): before[0] - 1,
            (FAILURES, MINUTES + 3): before[1],
            (ATTEMPTS, 1200): 1,
        },
    )


def facts(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {line[2:21].strip(): line[21:] for line in done.stdout.splitlines() if line.startswith("  ")}


def test_a_dead_host(judge: Run, moto: str) -> None:
    """The gate of --max-failures does not see it."""
    counted(moto, SUPPORT, stage=(200, 20), before=(1000, 10))
    done = judge("--max-failures", "10", SUPPORT)
    assert done.returncode == 1
    assert done.stderr == (
        f"Support line ({SUPPORT}): 20 of 200 calls failed in 30 minutes (10.0%), and 1.0% before. So many fail if a host with "
        "10% of the calls is dead.\n"
    )
    assert facts(done)["before"] == "10 of 1,000 calls failed in 24 hours (1.0%)"
    assert facts(done)["share of 10%"] == "fails: as many failures as with a dead host"


def test_a_healthy_host(judge: Run, moto: str) -> None:
    counted(moto, SUPPORT, stage=(200, 3), before=(1000, 10))
    done = judge(SUPPORT)
    assert (done.returncode, done.stderr) == (0, "")
    assert facts(done)["share of 10%"] == "passes: fewer failures than with a dead host"
    (entry,) = json.loads(judge("--format", "json", SUPPORT).stdout)
    assert entry["traffic"]["minutes"] == 30
    assert entry["stage"] == {
        "share": 10.0,
        "outcome": "ok",
        "callsNeeded": None,
        "before": {"minutes": 1440, "attempts": 1000, "failures": 10, "callsNeeded": None},
    }


def test_too_few_calls(judge: Run, moto: str) -> None:
    """A status of its own: the same command may pass later."""
    counted(moto, SUPPORT, stage=(20, 1), before=(1000, 10))
    done = judge(SUPPORT)
    assert done.returncode == 3
    assert facts(done)["share of 10%"] == "too few calls to judge"
    (entry,) = json.loads(judge("--format", "json", SUPPORT).stdout)
    needed = entry["stage"]["callsNeeded"]
    assert (entry["stage"]["outcome"], 50 < needed < 200) == ("tooFewCalls", True)
    assert done.stderr == (
        f"Support line ({SUPPORT}): 20 calls are too few to judge a share of 10%: about {needed} are needed. "
        "Run the command again later.\n"
    )


def test_too_few_calls_before(judge: Run, moto: str) -> None:
    counted(moto, SUPPORT, stage=(200, 3), before=(499, 1))
    done = judge(SUPPORT)
    assert done.returncode == 3
    assert done.stderr == (
        f"Support line ({SUPPORT}): 499 calls before the stage are too few to compare with: 500 are needed. Count more with "
        "--baseline-minutes.\n"
    )
    assert judge("--baseline-minutes", "60", SUPPORT).stderr.startswith(f"Support line ({SUPPORT}): 498 calls before")


def test_the_worst_of_several(judge: Run, moto: str) -> None:
    counted(moto, SUPPORT, stage=(200, 3), before=(1000, 10))
    counted(moto, CAMPAIGN, stage=(20, 1), before=(1000, 10))
    assert judge(SUPPORT, CAMPAIGN).returncode == 3
    counted(moto, FRESH, stage=(200, 20), before=(1000, 10))
    assert judge(SUPPORT, CAMPAIGN, FRESH).returncode == 1


def test_what_cannot_be_counted_does_not_pass(run: Run) -> None:
    with answering({"/": (400, DENIED)}) as (url, _):
        done = run("show", "--traffic", "--since", ago(9), "--share", "10", SUPPORT, AWS_ENDPOINT_URL_CLOUDWATCH=url)
    assert done.returncode == 1
    assert f"({SUPPORT}): the calls cannot be counted, so the stage cannot be judged." in done.stderr
    assert done.stderr.count("Grant cloudwatch:GetMetricData.") == 1
    assert facts(done)["share of 10%"] == facts(done)["before"] == "unknown"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--share", "10"], "--minutes, --since, --share, --baseline-minutes and --max-failures go with --traffic."),
        (["--traffic", "--share", "10"], "--share needs --since: the time from which the host gets its share."),
        (["--traffic", "--baseline-minutes", "60"], "--baseline-minutes goes with --share."),
        (["--traffic", "--since", ago(60), "--minutes", "9"], "--since and --minutes are mutually exclusive."),
        (["--traffic", "--since", ago(-60)], "give a time between a minute and 14 days ago."),
        (["--traffic", "--since", ago(15 * 24 * 60)], "give a time between a minute and 14 days ago."),
        (["--traffic", "--since", "2026-11-29 09:30"], "--since 2026-11-29 09:30: give a time with its zone"),
    ],
)
def test_options_that_make_no_sense(run: Run, arguments: list[str], sentence: str) -> None:
    done = run("show", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
