"""tools/observe.py as a process, against an emulator.

It cannot reach AWS: every service endpoint that the process knows is a local one.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..support.clients import client

if TYPE_CHECKING:
    from chime_voice_emulator import Emulator

TOOL = Path(__file__).parents[2] / "tools" / "observe.py"
DEFAULTS = {
    "never_configured": "404",
    "put_omitted": "replace",
    "most_routes": "20",
    "private_hosts": "accept",
    "twin_routes": "keep",
    "shared_regions": "no",
}
NOWHERE = "http://127.0.0.1:9"
PATIENCE = 120


def environment(**changes: str) -> dict[str, str]:
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_MAX_ATTEMPTS": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_ENDPOINT_URL": NOWHERE,
        **changes,
    }


def command(emulator: Emulator, *arguments: str) -> list[str]:
    return [sys.executable, str(TOOL), "--endpoint-url", emulator.endpoint_url, *arguments]


def run(emulator: Emulator, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    """The tool, to its end. The emulator's reads do not lag unless a test says so, so nothing is waited for."""
    line = command(emulator, "--settle", "0", *arguments)
    return subprocess.run(
        line,
        env=environment(**changes),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=PATIENCE,
    )


def report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def answers(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {one["question"]: one["answer"] for one in report(done)["findings"]}


def line_of(changed: dict[str, Any], *without: str) -> str:
    options = {name: value for name, value in {**DEFAULTS, **changed}.items() if name not in without}
    return " ".join(
        ["chime-voice emulator", *(f"--{name.replace('_', '-')} {value}" for name, value in options.items())]
    )


def left(emulator: Emulator, region: str = "us-east-1") -> list[str]:
    emulator.faults.clear()
    with contextlib.closing(client(emulator.endpoint_url, region)) as other_user:
        return [item["VoiceConnectorId"] for item in other_user.list_voice_connectors()["VoiceConnectors"]]


def created(emulator: Emulator) -> int:
    """How many voice connectors were made; that none is left means nothing if none was made."""
    return sum(one.operation == "CreateVoiceConnector" for one in emulator.requests)
