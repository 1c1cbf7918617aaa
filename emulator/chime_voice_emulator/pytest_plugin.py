"""A pytest fixture that starts the emulator; pytest finds it by itself where this package is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chime_voice_emulator import Emulator


@pytest.fixture
def chime_voice_emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """A fresh emulator for one test, with the AWS environment variables that point every client at it."""
    from chime_voice_emulator import Emulator  # noqa: PLC0415 - only a test that asks for it pays for the import

    with Emulator() as emulator:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        yield emulator
