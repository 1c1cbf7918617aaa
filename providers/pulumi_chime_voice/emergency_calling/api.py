"""Get, Put and Delete of a voice connector's emergency calling configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.base import EMERGENCY_CALLING, Target
from .numbers import Numbers, from_api, to_api

if TYPE_CHECKING:
    from ..aws.client import ChimeSdkVoice

_OPERATION = "VoiceConnectorEmergencyCallingConfiguration"


def get_numbers(client: ChimeSdkVoice, connector: str, region: str) -> Numbers | None:
    """The live numbers; None if the answer has no configuration."""
    what = f"reading {EMERGENCY_CALLING.name} of Voice Connector {connector}"
    answer = client.call(f"Get{_OPERATION}", region, what, connector).get("EmergencyCallingConfiguration")
    return None if answer is None else from_api(answer)


def put_numbers(client: ChimeSdkVoice, target: Target, numbers: Numbers) -> Numbers | None:
    """Writes the numbers and returns what the service reports; None if the answer has none."""
    operation, wanted = f"Put{_OPERATION}", to_api(numbers)
    answer = client.call(
        operation, target.region, target.doing(), target.connector, EmergencyCallingConfiguration=wanted
    ).get("EmergencyCallingConfiguration")
    return None if answer is None else from_api(answer)


def delete_numbers(client: ChimeSdkVoice, target: Target) -> None:
    """Deletes the configuration: the voice connector routes no emergency calls any more."""
    client.call(f"Delete{_OPERATION}", target.region, target.doing("deleting"), target.connector)
