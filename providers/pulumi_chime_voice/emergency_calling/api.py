"""Get, Put and Delete of a voice connector's emergency calling configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.kinds import EMERGENCY_CALLING
from .numbers import Numbers, from_api, to_api

if TYPE_CHECKING:
    from ..aws.client import ChimeSdkVoice
    from ..engine.target import Target

_OPERATION = "VoiceConnectorEmergencyCallingConfiguration"


def get_numbers(client: ChimeSdkVoice, connector: str, region: str) -> Numbers | None:
    """The live numbers; None if there is no configuration."""
    what = f"reading {EMERGENCY_CALLING.name} of Voice Connector {connector}"
    answer = client.settings(f"Get{_OPERATION}", connector, region, what)
    return None if answer is None else from_api(answer)


def put_numbers(client: ChimeSdkVoice, target: Target, numbers: Numbers) -> Numbers:
    """Writes the numbers and returns what the service reports."""
    operation, wanted = f"Put{_OPERATION}", to_api(numbers)
    answer = client.call(
        operation, target.region, target.description(), target.connector, EmergencyCallingConfiguration=wanted
    )
    return from_api(answer["EmergencyCallingConfiguration"])


def delete_numbers(client: ChimeSdkVoice, target: Target) -> None:
    """Deletes the configuration: the voice connector routes no emergency calls any more."""
    client.call(f"Delete{_OPERATION}", target.region, target.description("deleting"), target.connector)
