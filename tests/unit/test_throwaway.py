"""What tools/observe.py leaves behind: nothing, or the command that deletes it."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from chime_voice_emulator import Emulator

from .observing import PATIENCE, command, created, environment, left, line_of, run

if TYPE_CHECKING:
    from collections.abc import Iterator


class TestNothingIsLeft:
    """The voice connector is deleted however the run ends, or its ID is printed."""

    @pytest.mark.parametrize(
        "operation",
        [
            "GetVoiceConnector",
            "PutVoiceConnectorOrigination",
            "GetVoiceConnectorOrigination",
            "DeleteVoiceConnectorOrigination",
        ],
    )
    @pytest.mark.parametrize("answer", ["ForbiddenException", 500, "drop"])
    def test_a_failure_in_the_middle(self, operation: str, answer: Any) -> None:
        """One sentence at the end, and the connector is gone all the same."""
        with Emulator() as emulator:
            emulator.faults.fail(operation, [answer], forever=True)
            done = run(emulator, "--yes")
            assert done.returncode == 1
            assert done.stderr.splitlines()[-1].startswith("Error: ")
            assert "Traceback" not in done.stderr
            assert (created(emulator), left(emulator)) == (1, [])

    def test_findings_before_a_failure(self) -> None:
        """Are printed."""
        with Emulator(never_configured="off") as emulator:
            emulator.faults.fail("PutVoiceConnectorOrigination", ["ForbiddenException"], forever=True)
            done = run(emulator, "--yes")
        assert done.returncode == 1
        assert done.stdout.rstrip().endswith("\nchime-voice emulator --never-configured off")
        unknown = "--put-omitted, --most-routes, --private-hosts, --twin-routes, --shared-regions, --emergency-refusal"
        assert f"\nNot known: {unknown}\n" in done.stdout

    def test_no_quota(self) -> None:
        """What to do is said, and there is nothing to delete."""
        with Emulator() as emulator:
            emulator.faults.fail("CreateVoiceConnector", ["ResourceLimitExceededException"])
            done = run(emulator, "--yes")
            assert done.returncode == 1
            assert done.stderr.rstrip().endswith(
                "Delete a voice connector that is not needed, or give another --region."
            )
            assert [one.operation for one in emulator.requests] == ["CreateVoiceConnector"]

    @pytest.mark.parametrize("answer", ["lose", "tear"])
    def test_a_lost_answer(self, answer: str) -> None:
        """A connector whose ID was lost with the answer is found by its name; another of the account is left alone."""
        with Emulator() as emulator:
            other = emulator.create_voice_connector(name="pulumi-chime-voice-observe")
            emulator.faults.fail("CreateVoiceConnector", [answer])
            done = run(emulator, "--yes")
            assert done.returncode == 1
            assert "Traceback" not in done.stderr
            assert "Deleted voice connector" in done.stderr
            if answer == "tear":  # boto3 takes it for an empty answer
                assert "CreateVoiceConnector has no voice connector in it" in done.stderr.splitlines()[-1]
            assert (created(emulator), left(emulator)) == (1, [other])

    def test_a_lost_answer_that_is_tried_again(self) -> None:
        """botocore sends the request again, so there are two connectors: both are deleted."""
        with Emulator() as emulator:
            emulator.faults.fail("CreateVoiceConnector", ["lose"])
            done = run(emulator, "--yes", AWS_MAX_ATTEMPTS="3")
            assert done.returncode == 0, done.stderr
            assert (created(emulator), left(emulator)) == (2, [])

    def test_a_lost_answer_that_cannot_be_followed_up(self) -> None:
        """Its name and the command that finds it are printed."""
        with Emulator() as emulator:
            emulator.faults.fail("CreateVoiceConnector", ["lose"])
            emulator.faults.fail("ListVoiceConnectors", ["ForbiddenException"], forever=True)
            done = run(emulator, "--yes")
            assert done.returncode == 1
            assert "Whether a voice connector named pulumi-chime-voice-observe-" in done.stderr
            assert "aws chime-sdk-voice list-voice-connectors --region us-east-1" in done.stderr
            assert len(left(emulator)) == 1

    def test_a_connector_that_cannot_be_deleted(self) -> None:
        """Its ID and the command that deletes it are printed, after the findings, and the exit status is 1."""
        with Emulator() as emulator:
            emulator.faults.fail("DeleteVoiceConnector", [500], forever=True)
            done = run(emulator, "--yes", "--region", "eu-west-1")
            (connector,) = left(emulator, "eu-west-1")
            assert (
                f"aws chime-sdk-voice delete-voice-connector --voice-connector-id {connector} --region eu-west-1"
                f" --endpoint-url {emulator.endpoint_url}\n" in done.stderr
            )
            assert done.returncode == 1
            assert done.stdout.rstrip().endswith(line_of({}))

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    @pytest.mark.parametrize("hidden", [0, 2])
    def test_stopped(self, number: signal.Signals, hidden: float) -> None:
        """Stopped in the middle, it deletes its connector before it ends, also one that AWS does not find yet."""
        with Emulator() as emulator:
            emulator.faults.not_found_after_create = hidden
            emulator.faults.fail("GetVoiceConnector", [404], forever=True)
            with stopping(emulator, "Created", number) as rest:
                assert "Deleted voice connector" in rest
                assert "Error: stopped." in rest
            assert (created(emulator), left(emulator)) == (1, [])

    def test_stopped_while_it_creates(self) -> None:
        """The answer to the creation is waited for, so that there is an ID to delete."""
        with Emulator() as emulator:
            emulator.faults.fail("CreateVoiceConnector", ["slow:2s"])
            with stopping(emulator, "This creates", signal.SIGINT, before=True) as rest:
                assert "Deleted voice connector" in rest
            assert (created(emulator), left(emulator)) == (1, [])

    def test_stopped_again_while_it_deletes(self) -> None:
        """A second Ctrl-C does not stop the deletion."""
        with Emulator() as emulator:
            emulator.faults.not_found_after_create = 1
            emulator.faults.fail("DeleteVoiceConnector", ["delay:2s"])
            with stopping(emulator, "Created", signal.SIGINT, signal.SIGINT, signal.SIGTERM, between=True) as rest:
                assert "Deleted voice connector" in rest
            assert (created(emulator), left(emulator)) == (1, [])


def taken(emulator: Emulator) -> None:
    """Waits until the emulator has begun to answer with the fault that was set last."""
    end = time.monotonic() + PATIENCE
    while emulator.faults.as_dict()["fail"]:
        assert time.monotonic() < end
        time.sleep(0.02)


@contextlib.contextmanager
def stopping(
    emulator: Emulator, line: str, *numbers: signal.Signals, before: bool = False, between: bool = False
) -> Iterator[str]:
    """The tool, sent signals once it has printed `line`; what it prints after that. It must not end with success.

    Args:
        before: whether the fault that is set is to have begun before the first signal.
        between: whether it is to have begun before the second one.
    """
    with subprocess.Popen(
        command(emulator, "--yes", "--settle", "0"),
        env=environment(),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stderr is not None
        for text in process.stderr:
            if text.startswith(line):
                break
        if before:
            taken(emulator)
        process.send_signal(numbers[0])
        if between:
            taken(emulator)
        for number in numbers[1:]:
            process.send_signal(number)
        rest = process.stderr.read()
    assert process.returncode == 1
    assert "Traceback" not in rest
    yield rest
