"""A local emulator of Amazon Chime SDK Voice.

`Emulator` serves voice connectors and their origination settings over HTTP to any AWS client. It verifies signatures, enforces
every rule of the service model and injects faults on demand. ``python -m chime_voice_emulator`` runs it as a program.

If AWS does not document a behaviour, `Emulator` has an option for each plausible one.
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
    # Lazy: if the package is installed, every pytest run imports it for the fixture.
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
