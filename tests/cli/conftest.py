"""The command as a person runs it, against an emulator with the voice connectors that a test puts there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chime_voice_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BIN = Path(sys.executable).parent
SUPPORT = "abcdef1ghij2klmno3pqr4"
CAMPAIGN = "bcdefg1hijk2lmnop3qrs4"
FRESH = "cdefgh1ijkl2mnopq3rst4"
SALES = "defghi1jklm2nopqr3stu4"
EMERGENCY_NUMBERS = ("+12065550100", "+12065550199")
NUMBERS = ("+12065550111", "+12065550112")


def api_route(
    host: str = "203.0.113.7", port: int = 5060, protocol: str = "UDP", priority: int = 1, weight: int = 1
) -> dict[str, Any]:
    return {"Host": host, "Port": port, "Protocol": protocol, "Priority": priority, "Weight": weight}


ACCOUNT = {
    "voice_connectors": [
        {
            "id": SUPPORT,
            "name": "Support line",
            "require_encryption": True,
            "network_type": "DUAL_STACK",
            "origination": {
                "Routes": [
                    api_route("sbc-a.example.net", protocol="TCP", weight=3),
                    api_route("sbc-b.example.net", protocol="TCP", weight=1),
                    api_route("2001:db8::7", priority=2),
                ]
            },
            "emergency_calling": {
                "DNIS": [
                    {
                        "EmergencyPhoneNumber": EMERGENCY_NUMBERS[0],
                        "TestPhoneNumber": EMERGENCY_NUMBERS[1],
                        "CallingCountry": "US",
                    }
                ]
            },
            "phone_numbers": list(NUMBERS),
        },
        {"id": CAMPAIGN, "name": "campaign", "origination": {"Disabled": True, "Routes": [api_route("203.0.113.9")]}},
        {"id": FRESH, "name": "fresh"},
        {
            "id": SALES,
            "name": "sales",
            "region": "eu-west-1",
            "origination": {"Routes": [api_route("pbx.example.net", port=5061, protocol="TCP")]},
        },
    ]
}
"""Three voice connectors in us-east-1 (with routes, turned off, never configured), one in eu-west-1."""


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        running.seed(ACCOUNT)
        yield running


@pytest.fixture
def environment(emulator: Emulator, tmp_path: Path) -> dict[str, str]:
    """A process's environment: us-east-1, the emulator's credentials, and no files of the machine's own."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    return {
        **kept,
        **emulator.environment,
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "2",
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs `chime-voice` with these arguments to its end."""

    def command(*arguments: str, **changed: str | None) -> subprocess.CompletedProcess[str]:
        changes = {**environment, **changed}
        env = {key: value for key, value in changes.items() if value is not None}
        done = subprocess.run(
            [sys.executable, "-W", "error", str(BIN / "chime-voice"), *arguments],
            env=env,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return command
