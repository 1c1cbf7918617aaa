"""A pytest fixture that starts the emulator. pytest discovers it if this package is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chime_voice_emulator import Emulator


@pytest.fixture
def chime_voice_emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """Starts an emulator for one test. The AWS environment variables point every client at it."""
    try:
        from chime_voice_emulator import Emulator  # noqa: PLC0415 - only for tests that use the fixture
    except ModuleNotFoundError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    with Emulator() as emulator:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        yield emulator
