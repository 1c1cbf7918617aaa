"""How long a call, and a create on a young connector, may take in the worst case: in real time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from pulumi_chime_voice import ApiError
from pulumi_chime_voice.aws.client import ChimeSdkVoice
from pulumi_chime_voice.aws.config import AwsConfig

from ...support.values import CONNECTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator

    from ..support import Project


@pytest.mark.parametrize("answer", ["429", "503", "drop", "tear", "delay:16s"])
def test_an_outage_that_lasts(emulator: Emulator, note: Callable[..., None], answer: str) -> None:
    """A call ends in a sentence after about a minute, whatever it met."""
    endpoints = {"chimesdkvoice": emulator.endpoint_url}
    config = AwsConfig(region="us-east-1", access_key="test", secret_key="test", endpoints=endpoints)
    emulator.faults.fail("GetVoiceConnector", [answer], forever=True)
    began = time.monotonic()
    with pytest.raises(ApiError):
        ChimeSdkVoice(config).voice_connector(CONNECTOR, "us-east-1")
    seconds = round(time.monotonic() - began)
    note("outage", answer=answer, seconds=seconds, attempts=len(emulator.requests))
    assert seconds <= 80


def test_a_connector_that_stays_unknown(project: Project, note: Callable[..., None]) -> None:
    """A create on a connector that the service never knows is given up after a minute, with a sentence."""
    project.program('Origination("support", voice_connector_id="zzzzzz1zzzz2zzzzz3zzz4", routes=[route()])')
    began = time.monotonic()
    said = project.up_err()
    seconds = round(time.monotonic() - began)
    note("unknown connector", seconds=seconds)
    assert "creating origination of Voice Connector zzzzzz1zzzz2zzzzz3zzz4 (us-east-1): NotFoundException" in said
    assert 45 <= seconds <= 80
