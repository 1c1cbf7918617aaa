"""A local endpoint that stands in for Amazon Chime SDK Voice.

`Emulator` serves voice connectors and their origination settings over HTTP to any AWS client, with signatures checked,
every rule of the service model enforced, and faults on demand. ``python -m chime_voice_emulator`` runs it by itself.

Where AWS does not document what the service does, `Emulator` has an option with every plausible answer.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chime_voice_emulator.faults import Faults
    from chime_voice_emulator.server import Emulator
    from chime_voice_emulator.store import StoreError
    from chime_voice_emulator.wire.requestlog import Request

__all__ = ["Emulator", "Faults", "Request", "StoreError"]

_HOMES = {"Emulator": "server", "Faults": "faults", "Request": "wire.requestlog", "StoreError": "store"}


def __getattr__(name: str) -> object:
    # Lazy, because pytest imports this package in every run of every repository that has it installed: for the fixture.
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
