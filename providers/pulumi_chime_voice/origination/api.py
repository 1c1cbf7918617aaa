"""Get, Put and Delete of a voice connector's origination settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.kinds import ORIGINATION
from . import routes as domain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..aws.client import ChimeSdkVoice
    from ..engine.target import Target


def get_origination(
    client: ChimeSdkVoice, connector: str, region: str, like: Mapping[str, domain.Route] | None = None
) -> domain.Settings | None:
    """The live settings (keys as in `like`, see `routes.keyed`); None if there are none."""
    what = f"reading {ORIGINATION.name} of Voice Connector {connector}"
    origination = client.settings("GetVoiceConnectorOrigination", connector, region, what)
    return None if origination is None else domain.from_api(origination, like)


def put_origination(client: ChimeSdkVoice, target: Target, settings: domain.Settings) -> domain.Settings:
    """Writes the settings and returns what the service reports."""
    answer = client.call(
        "PutVoiceConnectorOrigination",
        target.region,
        target.description(),
        target.connector,
        Origination=domain.to_api(settings),
    )
    return domain.from_api(answer["Origination"], settings.routes)


def delete_origination(client: ChimeSdkVoice, target: Target) -> None:
    """Deletes the settings: inbound calls to the voice connector end."""
    client.call("DeleteVoiceConnectorOrigination", target.region, target.description("deleting"), target.connector)
