"""`chime-voice show --traffic`: what CloudWatch (moto) counted, and the exit status of a pipeline's gate."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING

import pytest

from chime_voice_emulator import Emulator
from pulumi_chime_voice.cli.show_views import sparkline, window

from ..support.calls import ACTIVE, ANSWERED, ATTEMPTS, FAILURES, NONE, answer, as_json, count, forget
from ..support.servers import Reply, Stranger, answering
from .support import ACCOUNT, CAMPAIGN, FRESH, SALES, SUPPORT, cells

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    Run = Callable[..., subprocess.CompletedProcess[str]]

DENIED = '{"__type": "AccessDenied", "message": "User: u is not authorized to perform: cloudwatch:GetMetricData"}'


@pytest.fixture
def traffic(run: Run, moto: str) -> Run:
    return lambda *arguments: run("show", "--traffic", *arguments, AWS_ENDPOINT_URL_CLOUDWATCH=moto)


def facts(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Returns the lines of the calls: the counts, and the sparkline."""
    lines = done.stdout.splitlines()
    (index,) = (index for index, line in enumerate(lines) if line.startswith("  calls  "))
    return [line[21:] for line in lines[index : index + 2]]


class TestShown:
    def test_a_day(self, traffic: Run, moto: str) -> None:
        count(
            moto,
            SUPPORT,
            {
                (ATTEMPTS, 1): 1200,
                (ATTEMPTS, 1300): 4,
                (FAILURES, 1): 18,
                (ANSWERED, 1): 1100,
                (ACTIVE, 1): 3,
                (ACTIVE, 600): 40,
            },
        )
        done = traffic(SUPPORT)
        said, course = facts(done)
        assert (done.returncode, done.stderr) == (0, "")
        assert said == "1,204 in 24 hours, 18 failed (1.5%), 1,100 answered; 3 active now"
        assert len(course) == 24
        assert (course.strip("·"), course[-1]) == (f"▁{course.strip('·')[1:-1]}█", "█")
        (entry,) = json.loads(traffic("--format", "json", SUPPORT).stdout)
        assert entry["traffic"].pop("course")[-1] == 1200
        assert entry["traffic"] == {
            "minutes": 1440,
            "region": "us-east-1",
            "attempts": 1204,
            "failures": 18,
            "failedPercent": 1.5,
            "answered": 1100,
            "active": 3,
            "peakActive": 40,
        }
        assert entry["ifFails"][0] == {
            "host": "sbc-a.example.net",
            "calls": [
                {"priority": 1, "share": "100%", "endpoint": "sbc-b.example.net:5060/TCP", "peakActive": 40},
                {"priority": 2, "share": "100%", "endpoint": "[2001:db8::7]:5060/UDP", "peakActive": 0},
            ],
        }

    def test_what_the_others_carry_if_a_host_fails(self, traffic: Run, moto: str) -> None:
        """The peak is that of the window; a host carries its part of it, rounded up."""
        forget(moto)
        count(moto, SUPPORT, {(ATTEMPTS, 1): 9, (ACTIVE, 1): 3, (ACTIVE, 30): 41, (ACTIVE, 90): 99})
        done = traffic("--minutes", "60", "--if-fails", "2001:db8::7", SUPPORT)
        assert done.returncode == 0
        assert cells(done.stdout) == [
            ["1", "75%", "75%", "31", "sbc-a.example.net:5060/TCP"],
            ["1", "25%", "25%", "11", "sbc-b.example.net:5060/TCP"],
            ["2", "100%", "no calls", "0", "[2001:db8::7]:5060/UDP"],
        ]

    def test_a_peak_that_was_not_counted(self, traffic: Run, moto: str) -> None:
        forget(moto)
        done = traffic("--if-fails", "sbc-a.example.net", SUPPORT)
        assert cells(done.stdout)[1] == ["1", "25%", "100%", "unknown", "sbc-b.example.net:5060/TCP"]

    def test_another_region(self, traffic: Run, moto: str) -> None:
        """The counts of a voice connector are in its own region."""
        count(moto, SALES, {(ATTEMPTS, 1): 7}, region="eu-west-1")
        assert facts(traffic("--region", "eu-west-1", SALES))[0].startswith("7 in 24 hours, 0 failed (0.0%)")

    def test_nothing_counted(self, traffic: Run) -> None:
        done = traffic("--minutes", "60", FRESH)
        assert facts(done) == ["0 in 1 hour, 0 answered", "·" * 24]
        assert done.returncode == 0

    def test_not_requested(self, run: Run) -> None:
        """Without the option, nothing is read and nothing printed."""
        done = run("show", SUPPORT, "--format", "json")
        assert "traffic" not in json.loads(done.stdout)[0]

    def test_no_permission(self, run: Run) -> None:
        """Unknown, with a reason for each of the three."""
        with answering({"/": (400, DENIED)}) as (url, _):
            done = run("show", "--traffic", AWS_ENDPOINT_URL_CLOUDWATCH=url)
        assert done.returncode == 0
        assert done.stdout.count("  calls              unknown\n") == 3
        assert done.stderr.count("Grant cloudwatch:GetMetricData.\n") == 3

    def test_answers_that_are_none(self, run: Run) -> None:
        """Unknown, and one sentence each; nothing else is missing."""
        negative = answer(datetime.datetime.now(datetime.timezone.utc), **{**NONE, "attempts": [-7.0]})
        for reply in (Reply(204), Reply(200, b"{}"), Reply(200, b"<html>"), Reply(200, as_json(negative))):
            with Stranger(reply) as server:
                done = run("show", "--traffic", SUPPORT, AWS_ENDPOINT_URL_CLOUDWATCH=server.url)
            assert done.returncode == 0
            assert facts(done)[0] == "unknown"
            assert "sbc-a.example.net" in done.stdout
            assert done.stderr.startswith(
                f"reading inbound calls of Voice Connector {SUPPORT} (us-east-1): the response is"
            )
            assert done.stderr.count("\n") == 1

    def test_no_cloudwatch_beside_an_emulator(self, run: Run) -> None:
        """AWS's own CloudWatch is not read for voice connectors of another service endpoint."""
        done = run("show", "--traffic")
        assert done.stdout.count("  calls              unknown\n") == 3
        assert done.stderr == (  # once for all voice connectors
            "Inbound calls cannot be counted: set AWS_ENDPOINT_URL_CLOUDWATCH, because the service endpoint is not AWS's.\n"
        )


class TestThroughAnotherRegion:
    """Voice connectors of eu-west-1, through the endpoint of us-east-1."""

    @pytest.fixture
    def emulator(self) -> Iterator[Emulator]:
        with Emulator(shared_regions="read") as running:
            running.seed(ACCOUNT)
            yield running

    def test_counts_of_its_own_region(self, traffic: Run, moto: str) -> None:
        forget(moto)
        count(moto, SALES, {(ATTEMPTS, 1): 4321}, region="eu-west-1")
        count(moto, SALES, {(ATTEMPTS, 1): 9}, region="us-east-1")
        assert facts(traffic(SALES))[0].startswith("4,321 in 24 hours")
        assert json.loads(traffic("--format", "json", SALES).stdout)[0]["traffic"]["region"] == "eu-west-1"

    def test_a_region_that_cannot_be_read(self, traffic: Run, moto: str, emulator: Emulator) -> None:
        """A count of zero in the region of the endpoint may be wrong."""
        forget(moto)
        emulator.faults.fail("GetVoiceConnector", ["403"], forever=True)
        done = traffic(SALES)
        assert facts(done)[0] == "unknown"
        assert "CloudWatch in us-east-1 counted none, but the voice connector's own region is not known." in done.stderr


class TestGate:
    """Rows: the counts, the exit status, and the sentence."""

    @pytest.mark.parametrize(
        ("attempts", "failures", "status", "said"),
        [
            (100, 10, 0, ""),
            (100, 11, 1, f"campaign ({CAMPAIGN}): 11 of 100 calls failed in 15 minutes (11.0%), more than 10%.\n"),
            (
                0,
                0,
                1,
                f"campaign ({CAMPAIGN}): no calls were counted in 15 minutes, so failures cannot be judged. Count more",
            ),
        ],
    )
    def test_failures(self, traffic: Run, moto: str, attempts: int, failures: int, status: int, said: str) -> None:
        forget(moto)
        if attempts:
            count(moto, CAMPAIGN, {(ATTEMPTS, 2): attempts, (FAILURES, 2): failures})
        done = traffic("--minutes", "15", "--max-failures", "10", CAMPAIGN)
        assert (done.returncode, done.stderr[: len(said)]) == (status, said)

    def test_what_cannot_be_counted_does_not_pass(self, run: Run) -> None:
        with answering({"/": (400, DENIED)}) as (url, _):
            done = run("show", "--traffic", "--max-failures", "10", SUPPORT, AWS_ENDPOINT_URL_CLOUDWATCH=url)
        assert done.returncode == 1
        assert f"({SUPPORT}): the calls cannot be counted, so their failures cannot be judged." in done.stderr

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (
                ("--minutes", "5"),
                "--minutes, --since, --share, --baseline-minutes and --max-failures go with --traffic.",
            ),
            (
                ("--max-failures", "5"),
                "--minutes, --since, --share, --baseline-minutes and --max-failures go with --traffic.",
            ),
            (("--traffic", "--format", "mermaid"), "--traffic goes with tables and with JSON."),
        ],
    )
    def test_options_that_make_no_sense(self, run: Run, arguments: tuple[str, ...], said: str) -> None:
        done = run("show", *arguments)
        assert done.returncode == 2
        assert said in done.stderr


@pytest.mark.parametrize(
    ("values", "bars"),
    [((), ""), ((0, 0), "··"), ((1, 1), "██"), ((0, 1, 1000), "·▁█"), ((0, 125, 126, 500, 1000), "·▁▂▄█")],
)
def test_sparkline(values: tuple[int, ...], bars: str) -> None:
    """Bars are eighths of the greatest value; a value that is not zero has one."""
    assert sparkline(values) == bars


@pytest.mark.parametrize(
    ("minutes", "said"), [(1, "1 minute"), (15, "15 minutes"), (60, "1 hour"), (90, "90 minutes"), (1440, "24 hours")]
)
def test_window(minutes: int, said: str) -> None:
    assert window(minutes) == said
