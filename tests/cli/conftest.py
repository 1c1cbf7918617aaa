"""Fixtures of the tests of the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from chime_voice_emulator import Emulator

from .support import ACCOUNT, BIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


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
