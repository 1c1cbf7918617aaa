"""The ``chime-voice:*`` keys of a stack's configuration, and the fields that the example project and the probe read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .errors import ConfigurationError
from .text import nearest_name

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["EMERGENCY_NUMBER", "ORIGINATION", "RESOLVER", "origination_arguments", "read_fields"]

RESOLVER = "chime-voice:resolver"
"""The key of the DNS server that previews use."""

ORIGINATION = {
    "voiceConnectorId": "voice_connector_id",
    "routes": "routes",
    "disabled": "disabled",
    "region": "region",
    "onConflict": "on_conflict",
}
"""The fields of an entry of ``chime-voice:originations``, and the arguments of `Origination` that they become."""

EMERGENCY_NUMBER = {
    "emergencyPhoneNumber": "emergency_phone_number",
    "callingCountry": "calling_country",
    "testPhoneNumber": "test_phone_number",
}
"""The fields of a number in ``chime-voice:emergencyCalling``, and the arguments of `EmergencyNumberArgs`."""


def origination_arguments(path: str, given: object) -> dict[str, Any]:
    """Returns the arguments of an `Origination`.

    Raises:
        ConfigurationError: the entry is not a mapping, has an unknown field, or has no voice connector.
    """
    arguments = read_fields(path, given, ORIGINATION)
    if not arguments.get("voice_connector_id"):
        raise ConfigurationError(f"{path}.voiceConnectorId: is required: the id of the voice connector")
    return arguments


def read_fields(path: str, given: object, known: Mapping[str, str]) -> dict[str, Any]:
    """Returns the fields of a mapping, renamed: `known` has the new name of each field.

    Raises:
        ConfigurationError: it is not a mapping, or has an unknown field.
    """
    if not isinstance(given, dict):
        raise ConfigurationError(f"{path}: is not a mapping of {', '.join(known)}")
    for key in given:
        if key not in known:
            raise ConfigurationError(f"{path}.{key}: unknown field ({nearest_name(key, known)})")
    return {known[key]: value for key, value in given.items()}
