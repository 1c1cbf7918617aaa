"""Get, Put and Delete of a voice connector's origination settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.answers import AskOnce, new_pool
from ..engine.base import Kind, Target, lag_seconds
from . import routes as domain

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping

    from ..aws.client import ChimeSdkVoice, VoiceConnector

ORIGINATION = Kind("origination", "Origination")


def get_origination(
    client: ChimeSdkVoice, connector: str, region: str, like: Mapping[str, domain.Route] | None = None
) -> domain.Settings | None:
    """The live settings (keys as in `like`, see `routes.keyed`); None if the answer has none."""
    what = f"reading {ORIGINATION.name} of Voice Connector {connector}"
    answer = client.call("GetVoiceConnectorOrigination", region, what, connector)
    origination = answer.get("Origination")
    return None if origination is None else domain.from_api(origination, like)


def put_origination(client: ChimeSdkVoice, target: Target, settings: domain.Settings) -> domain.Settings | None:
    """Writes the settings and returns what the service reports; None if the answer has none."""
    answer = client.call(
        "PutVoiceConnectorOrigination",
        target.region,
        target.doing(),
        target.connector,
        Origination=domain.to_api(settings),
    )
    origination = answer.get("Origination")
    return None if origination is None else domain.from_api(origination, settings.routes)


def delete_origination(client: ChimeSdkVoice, target: Target) -> None:
    """Deletes the settings: inbound calls to the voice connector end."""
    client.call("DeleteVoiceConnectorOrigination", target.region, target.doing("deleting"), target.connector)


class Reader:
    """What the guards read, fresh each time."""

    def __init__(self, client: ChimeSdkVoice) -> None:
        self._client = client

    def get_origination(self, connector: str, region: str) -> domain.Settings | None:
        return get_origination(self._client, connector, region)

    def lag_seconds(self, region: str) -> float:
        return lag_seconds(self._client, region)

    def voice_connector(self, connector: str, region: str) -> VoiceConnector:
        return self._client.voice_connector(connector, region)

    def has_emergency_calling(self, connector: str, region: str) -> bool:
        return self._client.has_emergency_calling(connector, region)


class Answers:
    """The service's answers, each asked for once."""

    def __init__(self, client: ChimeSdkVoice) -> None:
        pool, reader = new_pool(), Reader(client)
        self.get_origination: AskOnce[domain.Settings | None] = AskOnce(reader.get_origination, pool)
        self.voice_connector: AskOnce[VoiceConnector] = AskOnce(client.voice_connector, pool)
        self.has_emergency_calling: AskOnce[bool] = AskOnce(client.has_emergency_calling, pool)
        self.count_phone_numbers: AskOnce[Counter[str]] = AskOnce(client.count_phone_numbers, pool)
