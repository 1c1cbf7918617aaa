"""Fixtures of the tests of the guards."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from pulumi_chime_voice.engine import target

from ....support.emulators import configured_provider, running_emulator
from ....support.values import CONNECTOR, OTHER_CONNECTOR
from .support import OtherUser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chime_voice_emulator import Emulator
    from pulumi_chime_voice import OriginationProvider


@pytest.fixture
def emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    with running_emulator(CONNECTOR, OTHER_CONNECTOR, **getattr(request, "param", {})) as running:
        yield running


@pytest.fixture
def provider(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> OriginationProvider:
    """A provider whose patience is short."""
    monkeypatch.setattr(target, "LAG_SECONDS", 0.3)
    monkeypatch.setattr(target, "LAG_PAUSE_SECONDS", 0.05)
    return configured_provider(emulator, **{"aws:maxRetries": "1"})


@pytest.fixture
def other_user(emulator: Emulator) -> Iterator[OtherUser]:
    other_user = OtherUser(emulator)
    yield other_user
    other_user.client.close()


@pytest.fixture
def sent_operations(emulator: Emulator) -> Callable[[], list[str]]:
    """The operations since the last look, those of the provider alone, in short."""

    def take() -> list[str]:
        sent = [item.operation or "" for item in emulator.requests if "pulumi-chime-voice/" in (item.user_agent or "")]
        emulator.clear_requests()
        short = {"EmergencyCallingConfiguration": "Emergency", "VoiceConnectorOrigination": "", "VoiceConnectorE": "E"}
        for long, kept in short.items():
            sent = [name.replace(long, kept) for name in sent]
        return sent

    return take


@pytest.fixture
def warnings(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Callable[[], str]:
    """What was said since the last look, whether the SDK prints it or, once a test has set mocks, logs it."""
    caplog.set_level(logging.INFO)

    def take() -> str:
        text = capsys.readouterr().err + caplog.text
        caplog.clear()
        return text

    return take
