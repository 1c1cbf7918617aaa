"""Fixtures of the tests of the guards."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from chime_voice_emulator import Emulator
from pulumi_chime_voice import OriginationProvider
from pulumi_chime_voice.engine import target

from .support import CONNECTOR, OTHER, OtherUser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    with Emulator(**getattr(request, "param", {})) as running:
        for connector in (CONNECTOR, OTHER):
            running.create_voice_connector(voice_connector_id=connector)
        yield running


@pytest.fixture
def provider(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> OriginationProvider:
    """A provider whose patience is short."""
    monkeypatch.setattr(target, "LAG_SECONDS", 0.3)
    monkeypatch.setattr(target, "LAG_PAUSE_SECONDS", 0.05)
    values = {
        "aws:region": "us-east-1",
        "aws:accessKey": "test",
        "aws:secretKey": "test",
        "aws:maxRetries": "1",
        "aws:endpoints": f'[{{"chimesdkvoice": "{emulator.endpoint_url}"}}]',
    }
    made = OriginationProvider()
    made.configure(ConfigureRequest(Config(values, "project")))
    return made


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
