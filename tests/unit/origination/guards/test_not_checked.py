"""Emergency calling that could not be read: the guard goes on, and the warning says why, and what would help."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pulumi_chime_voice.aws.client import ChimeSdkVoice
from pulumi_chime_voice.aws.config import AwsConfig
from pulumi_chime_voice.engine.claims import Claims, RunMemory
from pulumi_chime_voice.engine.kinds import ORIGINATION
from pulumi_chime_voice.engine.reads import LiveReads
from pulumi_chime_voice.engine.target import Target
from pulumi_chime_voice.origination.api import ORIGINATION_API
from pulumi_chime_voice.origination.parts import OriginationGuards

from ....support.servers import answering
from ....support.values import CONNECTOR
from .support import HERE

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator

NOT_CHECKED = f"could not check emergency calling of {HERE}: "
OPERATION = "GetVoiceConnectorEmergencyCallingConfiguration"


def look(endpoint_url: str) -> None:
    """The guard's look before calls are turned off."""
    api = ChimeSdkVoice(
        AwsConfig(access_key="test", secret_key="test", endpoints={"chimesdkvoice": endpoint_url}, max_retries=1)
    )
    reader = LiveReads(api, ORIGINATION_API, set())
    guards = OriginationGuards(Claims("origination", RunMemory()), reader, reader)
    guards.block_emergency_calling(Target(ORIGINATION, CONNECTOR, "us-east-1", "updating"))


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            "UnauthorizedClientException",
            "AWS rejected the credentials. Check the credentials and the system clock.",
        ),
        (
            "ForbiddenException",
            "AWS rejected the account, the access key or its signature. "
            "Check which account and which access key made the call.",
        ),
    ],
)
def test_no_grant_would_help(emulator: Emulator, warnings: Callable[[], str], answer: str, reason: str) -> None:
    """AWS says nothing of a permission."""
    emulator.faults.fail(OPERATION, [answer], forever=True)
    look(emulator.endpoint_url)
    said = warnings()
    assert NOT_CHECKED + reason in said
    assert "Grant" not in said


def test_a_grant_would_help(warnings: Callable[[], str]) -> None:
    """AWS says that a permission is missing: it is named."""
    message = f"User: arn:aws:iam::111122223333:user/x is not authorized to perform: chime:{OPERATION}"
    answer = json.dumps({"code": "AccessDeniedException", "message": message})
    path = f"/voice-connectors/{CONNECTOR}/emergency-calling-configuration"
    with answering({path: (403, answer)}) as (url, asked):
        look(url)
        assert asked == [path]
    assert f"{NOT_CHECKED}missing permission. Grant chime:{OPERATION}." in warnings()
