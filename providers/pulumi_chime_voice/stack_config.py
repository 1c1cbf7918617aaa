"""The ``chime-voice:*`` keys of a stack's configuration, and the fields that the example project and the probe read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import ConfigurationError
from .text import camel_case, nearest_name

if TYPE_CHECKING:
    from collections.abc import Iterable

ORIGINATIONS, EMERGENCY_CALLING = "chime-voice:originations", "chime-voice:emergencyCalling"
"""The keys of what the example project declares: a mapping from the names of resources for each kind of settings."""
RESOLVER = "chime-voice:resolver"
"""The key of the DNS server that previews use."""

_KEYS = (ORIGINATIONS, EMERGENCY_CALLING, RESOLVER)
_ORIGINATION = ("voice_connector_id", "routes", "disabled", "region", "on_conflict")
EMERGENCY_NUMBER = ("emergency_phone_number", "calling_country", "test_phone_number")
"""The arguments of `EmergencyNumberArgs`, whose names in camel case are the fields in ``chime-voice:emergencyCalling``."""


def check_keys(keys: Iterable[str]) -> None:
    """Checks the ``chime-voice:*`` keys among those of a stack's configuration.

    Pulumi accepts any key, and with a mistyped ``chime-voice:originations`` a program declares nothing, so `up` deletes all.

    Raises:
        ConfigurationError: a key is not known.
    """
    for key in sorted(keys):
        if key.startswith("chime-voice:") and key not in _KEYS:
            raise ConfigurationError(f"{key}: unknown key ({nearest_name(key, _KEYS)})")


def origination_arguments(path: str, given: object) -> dict[str, Any]:
    """Returns the arguments of an `Origination`. Raises `ConfigurationError` as `read_fields`, or without a voice connector."""
    arguments = read_fields(path, given, _ORIGINATION)
    if not arguments.get("voice_connector_id"):
        raise ConfigurationError(f"{path}.voiceConnectorId: is required: the ID of the voice connector")
    return arguments


def read_fields(path: str, given: object, arguments: Iterable[str]) -> dict[str, Any]:
    """Returns the fields of a mapping as arguments; the name of a field is that of an argument in camel case.

    Raises:
        ConfigurationError: it is not a mapping, or has an unknown field.
    """
    known = {camel_case(name): name for name in arguments}
    if not isinstance(given, dict):
        raise ConfigurationError(f"{path}: is not a mapping of {', '.join(known)}")
    for key in given:
        if key not in known:
            raise ConfigurationError(f"{path}.{key}: unknown field ({nearest_name(key, known)})")
    return {known[key]: value for key, value in given.items()}
