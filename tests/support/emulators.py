"""Emulators with voice connectors, and providers that call them."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pulumi.dynamic import Config, ConfigureRequest

from chime_voice_emulator import Emulator
from pulumi_chime_voice import OriginationProvider

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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


def set_preview(provider: OriginationProvider, *, preview: bool = True) -> None:
    """Makes the run of a provider a preview or an apply, as the program's file says it to a plugin."""
    provider.lifecycle._claims.memory.declarations().is_preview = preview


def request(name: str, step: Callable[[], Any]) -> Any:
    """A step as the plugin takes it: the SDK keeps the engine's request, with the URN, beside its call of the provider."""
    request = SimpleNamespace(urn=f"urn:pulumi:dev::x::t::{name}")
    assert request
    return step()
