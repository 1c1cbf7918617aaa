"""The command line: start, announcement, end, and the address."""

from __future__ import annotations

import json
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from .support import CONNECTOR, DOCUMENTATION, run_program

if TYPE_CHECKING:
    from collections.abc import Callable

    from .support import Process, Raw


def test_the_announcement(start_process: Callable[..., Process], raw_at: Callable[..., Raw]) -> None:
    """The program prints its endpoint and every line that a shell needs."""
    process = start_process()

    assert process.announcement == [
        f"Chime SDK Voice emulator at {process.endpoint_url}",
        f"export AWS_ENDPOINT_URL_CHIME_SDK_VOICE={process.endpoint_url}",
        "export AWS_ACCESS_KEY_ID=test",
        "export AWS_SECRET_ACCESS_KEY=test",
        "export AWS_REGION=us-east-1",
        "export AWS_DEFAULT_REGION=us-east-1",
        "unset AWS_PROFILE AWS_SESSION_TOKEN",
    ]
    assert raw_at(process.endpoint_url).send("GET", "/voice-connectors").status == 200
    documented = "\n".join(process.announcement).replace(process.endpoint_url, "http://127.0.0.1:4510")
    assert f"\n{documented}\n" in DOCUMENTATION


@pytest.mark.parametrize("token", [None, "a token"])
def test_a_shell_with_the_announced_lines(
    start_process: Callable[..., Process], tmp_path: Path, token: str | None
) -> None:
    """In a shell with other credentials, the lines are enough: also with ``--credentials``, and a secret with a quote."""
    file = tmp_path / "credentials.json"
    entry = {"secret": "it's $HOME", "account": "111122223333", **({} if token is None else {"session_token": token})}
    file.write_text(json.dumps({"AKIAEXAMPLE": entry, "AKIAOTHER": {"secret": "b", "account": "111122223334"}}))
    process = start_process("--credentials", str(file))
    program = "import boto3; print(boto3.client('chime-sdk-voice').list_voice_connectors()['VoiceConnectors'])"
    lines = [*process.announcement[1:], f'exec {shlex.quote(sys.executable)} -c "{program}"']
    foreign = {"AWS_PROFILE": "mine", "AWS_SESSION_TOKEN": "mine", "AWS_DEFAULT_REGION": "eu-west-1"}
    done = subprocess.run(["bash", "-ec", "\n".join(lines)], env=foreign, capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr, done.returncode) == ("[]\n", "", 0)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("{}", "the credentials have no access key"), ("[]", "must contain an object"), ("{", "is not JSON")],
)
def test_unusable_credentials(tmp_path: Path, content: str, sentence: str) -> None:
    """A file without usable credentials is one sentence."""
    (tmp_path / "credentials.json").write_text(content)
    done = run_program("--credentials", str(tmp_path / "credentials.json"))

    assert done.returncode == 1
    assert sentence in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it(start_process: Callable[..., Process], raw_at: Any, number: int) -> None:
    """It exits with status 0 and without further output, even if a client is connected and a request is in progress."""
    process = start_process("--fault", "GetVoiceConnector=delay:1h")
    where = urlsplit(process.endpoint_url)
    with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
        connection.sendall(raw_at(process.endpoint_url).bytes("GET", f"/voice-connectors/{CONNECTOR}"))
        with socket.create_connection((where.hostname, where.port), timeout=30):
            status = process.signal(number)

    assert status == 0
    assert process.popen.stdout is not None
    assert process.popen.stdout.read() == ""


def test_a_port_in_use(start_process: Callable[..., Process]) -> None:
    """If the port is in use, the program prints one sentence that names the port and the option."""
    port = urlsplit(start_process().endpoint_url).port
    done = run_program("--port", str(port))

    assert done.returncode == 1
    assert done.stderr == (
        f"Error: cannot listen on port {port} of 127.0.0.1: Address already in use. Select another port with --port"
        " (0 selects a free one), or stop the program that uses it.\n"
    )


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com", "::", ""])
def test_other_hosts_are_rejected(host: str) -> None:
    """A host that is not loopback is rejected with the reason."""
    done = run_program("--host", host)

    assert done.returncode == 2
    assert "is not a loopback address: the emulator has no real authentication" in done.stderr


def test_loopback_names(start_process: Callable[..., Process], raw_at: Any) -> None:
    """localhost is a loopback name."""
    process = start_process("--host", "localhost")

    assert raw_at(process.endpoint_url).send("GET", "/voice-connectors").status == 200


def test_the_help_has_the_name_of_the_command() -> None:
    """It is the command that the user has typed, also in an error."""
    ours = subprocess.run(
        [Path(sys.executable).parent / "chime-voice", "emulator", "--help"], capture_output=True, text=True, check=False
    )

    assert ours.stdout.startswith("Usage: chime-voice emulator [OPTIONS]\n")
    assert run_program("--help").stdout.startswith("Usage: python -m chime_voice_emulator [OPTIONS]\n")
    assert run_program("--hlep").stderr.startswith("Usage: python -m chime_voice_emulator [OPTIONS]\n")
