"""A local emulator of Amazon Chime SDK Voice.

`Emulator` serves voice connectors and their origination settings over HTTP to any AWS client. It verifies signatures, enforces
every rule of the service model and injects faults on demand. ``python -m chime_voice_emulator`` runs it as a program.

If AWS does not document a behaviour, `Emulator` has an option for each plausible one.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chime_voice_emulator.faults import Faults
    from chime_voice_emulator.server import Emulator
    from chime_voice_emulator.store import StoreError
    from chime_voice_emulator.wire.requestlog import Request

__all__ = ["Emulator", "Faults", "Request", "StoreError"]

_HOMES = {"Emulator": "server", "Faults": "faults", "Request": "wire.requestlog", "StoreError": "store"}


def needs_extra(error: ModuleNotFoundError) -> ModuleNotFoundError:
    """Returns an error that names the missing package and its extra; the same error for modules that no extra contains."""
    package = str(error.name).partition(".")[0]
    if package == __name__ or package in sys.stdlib_module_names:
        return error
    return ModuleNotFoundError(
        f"the emulator needs the extra [emulator] ({package} is not installed). Install it:"
        " pip install 'pulumi-chime-voice[emulator]', or from your clone: pip install '.[emulator]'.",
        name=error.name,
    )


def __getattr__(name: str) -> object:
    # Lazy: if the package is installed, every pytest run imports it for the fixture.
    if name in _HOMES:
        try:
            return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        except ModuleNotFoundError as error:
            raise needs_extra(error) from None
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
