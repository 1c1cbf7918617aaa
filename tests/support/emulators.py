"""Emulators with voice connectors, and providers that call them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from pulumi.dynamic import Config, ConfigureRequest

from chime_voice_emulator import Emulator
from pulumi_chime_voice import OriginationProvider

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def running_emulator(*connectors: str, region: str = "us-east-1", **options: Any) -> Iterator[Emulator]:
    """Runs an emulator that has these voice connectors, none of them configured."""
    with Emulator(**options) as emulator:
        for connector in connectors:
            emulator.create_voice_connector(voice_connector_id=connector, region=region)
        yield emulator


def settings_for(emulator: Emulator) -> dict[str, str]:
    """Returns the `aws:*` keys of a stack that calls the emulator."""
    return {
        "aws:region": "us-east-1",
        "aws:accessKey": "test",
        "aws:secretKey": "test",
        "aws:endpoints": f'[{{"chimesdkvoice": "{emulator.endpoint_url}"}}]',
    }


def configured_provider(emulator: Emulator, **settings: str) -> OriginationProvider:
    """Returns a provider that calls the emulator, configured as in Pulumi's plugin."""
    provider = OriginationProvider()
    provider.configure(ConfigureRequest(Config(settings_for(emulator) | settings, "project")))
    return provider
