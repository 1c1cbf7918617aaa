"""tools/observe.py against the emulator in each of its options: it prints what the emulator was started with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

from chime_voice_emulator import Emulator

TOOL = Path(__file__).parents[2] / "tools" / "observe.py"
DEFAULTS = {
    "never_configured": "404",
    "put_omitted": "replace",
    "most_routes": "20",
    "private_hosts": "accept",
    "twin_routes": "keep",
}


def command(emulator: Emulator, *arguments: str) -> tuple[list[str], dict[str, str]]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")} | {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return [sys.executable, str(TOOL), "--endpoint-url", emulator.endpoint_url, *arguments], environment


def run(emulator: Emulator, *arguments: str) -> subprocess.CompletedProcess[str]:
    line, environment = command(emulator, *arguments)
    return subprocess.run(
        line, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=120
    )


def left(emulator: Emulator) -> list[str]:
    client = boto3.client(
        "chime-sdk-voice",
        region_name="us-east-1",
        endpoint_url=emulator.endpoint_url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    found = [one["VoiceConnectorId"] for one in client.list_voice_connectors()["VoiceConnectors"]]
    client.close()
    return found


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"never_configured": "absent"},
        {"never_configured": "off"},
        {"never_configured": "on"},
        {"put_omitted": "merge"},
        {"most_routes": "10"},
        {"private_hosts": "refuse"},
        {"twin_routes": "refuse"},
        {"never_configured": "off", "put_omitted": "merge", "most_routes": "10", "private_hosts": "refuse"},
    ],
    ids=str,
)
def test_options(changed: dict[str, Any]) -> None:
    """What is printed last is the command line of an emulator like the one that was asked; nothing is left behind."""
    with Emulator(**changed) as emulator:
        done = run(emulator, "--yes", "--format", "json")
        assert done.returncode == 0, done.stderr
        report = json.loads(done.stdout)
        wanted = [f"--{name.replace('_', '-')} {value}" for name, value in {**DEFAULTS, **changed}.items()]
        assert report["emulator"] == " ".join(["chime-voice emulator", *wanted])
        assert all(one["request"] for one in report["findings"])
        assert left(emulator) == []
        assert 10 <= len(emulator.requests) <= 20


def test_text_and_a_young_connector() -> None:
    """A new connector that is not known yet is waited for; the lines name the requests."""
    with Emulator() as emulator:
        emulator.faults.fail("GetVoiceConnector", [404, 404])
        done = run(emulator, "--yes")
        assert done.returncode == 0, done.stderr
        first, *_, last = done.stdout.strip().splitlines()
        assert first.startswith("Get on a connector that was never configured: 404 NotFoundException (request ")
        assert last.startswith("chime-voice emulator --never-configured 404")
        assert "a dozen calls" in done.stderr
        assert left(emulator) == []


def test_it_asks() -> None:
    """Without a terminal and without --yes, nothing is sent."""
    with Emulator() as emulator:
        done = run(emulator)
        assert done.returncode != 0
        assert "give --yes" in done.stderr
        assert emulator.requests == []


@pytest.mark.parametrize(
    "operation", ["GetVoiceConnector", "PutVoiceConnectorOrigination", "GetVoiceConnectorOrigination"]
)
def test_a_failure_in_the_middle(operation: str) -> None:
    """One sentence, and the connector is gone all the same."""
    with Emulator() as emulator:
        emulator.faults.fail(operation, ["ForbiddenException"], forever=True)
        done = run(emulator, "--yes")
        assert done.returncode != 0
        assert "ForbiddenException" in done.stderr
        assert "Traceback" not in done.stderr
        assert left(emulator) == []


def test_a_connector_that_cannot_be_deleted() -> None:
    """Its ID and the command that deletes it are printed."""
    with Emulator() as emulator:
        emulator.faults.fail("DeleteVoiceConnector", [500], forever=True)
        done = run(emulator, "--yes")
        (connector,) = left(emulator)
        assert f"delete-voice-connector --voice-connector-id {connector} --region us-east-1" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped(number: signal.Signals) -> None:
    """Stopped in the middle, it deletes its connector before it ends."""
    with Emulator() as emulator:
        emulator.faults.fail("GetVoiceConnector", [404], forever=True)
        line, environment = command(emulator, "--yes")
        with subprocess.Popen(line, env=environment, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            for text in process.stderr:
                if text.startswith("Created"):
                    process.send_signal(number)
                    break
            rest = process.stderr.read()
        assert process.returncode != 0
        assert "Deleted voice connector" in rest
        assert "Traceback" not in rest
        assert left(emulator) == []
