"""What each of botocore's retry modes makes of a bad quarter of a minute: the figures of docs/decisions/0004."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from pulumi_chime_voice import ApiError
from pulumi_chime_voice.aws.client import ChimeSdkVoice
from pulumi_chime_voice.aws.config import AwsConfig

from ...support.values import CONNECTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator

CALLS, THREADS, OUTAGE_SECONDS = 200, 4, 10


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
@pytest.mark.parametrize("trouble", ["10/s", "drop", "503"])
def test_calls_of_an_up(emulator: Emulator, note: Callable[..., None], trouble: str, mode: str) -> None:
    """Two hundred calls on four threads, as an `up` makes them: legacy, our default, loses none."""
    endpoints = {"chimesdkvoice": emulator.endpoint_url}
    config = AwsConfig(region="us-east-1", access_key="test", secret_key="test", endpoints=endpoints, retry_mode=mode)
    api = ChimeSdkVoice(config)

    def fails(_: int) -> bool:
        try:
            api.voice_connector(CONNECTOR, "us-east-1")
        except ApiError:
            return True
        return False

    if trouble == "10/s":
        emulator.faults.throttle = trouble
    else:
        emulator.faults.fail("GetVoiceConnector", [trouble], forever=True)
        threading.Timer(OUTAGE_SECONDS, emulator.faults.clear).start()
    began = time.monotonic()
    with ThreadPoolExecutor(THREADS) as pool:
        failed = sum(pool.map(fails, range(CALLS)))
    note("retry mode", trouble=trouble, mode=mode, failed=failed, seconds=round(time.monotonic() - began))
    assert mode != "legacy" or failed == 0
