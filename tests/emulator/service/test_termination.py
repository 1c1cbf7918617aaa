"""Termination settings, and that emergency calling needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

TERMINATION = {"CpsLimit": 1, "CallingRegions": ["US", "CA"], "CidrAllowedList": ["203.0.113.0/27"], "Disabled": False}
DNIS = {"DNIS": [{"EmergencyPhoneNumber": "+12065550100", "CallingCountry": "US"}]}
ROUTE = {"Host": "sbc.example.net", "Protocol": "TCP", "Priority": 1, "Weight": 1}


@pytest.fixture
def enabled(chime: Any, connector: str) -> str:
    """Enables the origination of the connector."""
    chime.put_voice_connector_origination(VoiceConnectorId=connector, Origination={"Routes": [ROUTE]})
    return connector


def test_get_returns_what_was_put(chime: Any, connector: str) -> None:
    """Get returns the settings until they are deleted; an omitted Disabled is False."""
    given = {name: value for name, value in TERMINATION.items() if name != "Disabled"}
    put = chime.put_voice_connector_termination(VoiceConnectorId=connector, Termination=given)
    assert put["Termination"] == TERMINATION
    assert chime.get_voice_connector_termination(VoiceConnectorId=connector)["Termination"] == TERMINATION
    chime.delete_voice_connector_termination(VoiceConnectorId=connector)
    with pytest.raises(chime.exceptions.NotFoundException):
        chime.get_voice_connector_termination(VoiceConnectorId=connector)
    with pytest.raises(chime.exceptions.NotFoundException):
        chime.delete_voice_connector_termination(VoiceConnectorId=connector)


@pytest.mark.parametrize("termination", [None, {"Disabled": True}])
def test_emergency_calling_needs_termination(chime: Any, enabled: str, termination: Any) -> None:
    """If termination was never put, or is disabled, emergency calling is rejected; otherwise it is accepted."""
    if termination is not None:
        chime.put_voice_connector_termination(VoiceConnectorId=enabled, Termination=termination)
    with pytest.raises(chime.exceptions.BadRequestException, match="while its termination settings are turned off"):
        chime.put_voice_connector_emergency_calling_configuration(
            VoiceConnectorId=enabled, EmergencyCallingConfiguration=DNIS
        )
    chime.put_voice_connector_termination(VoiceConnectorId=enabled, Termination={"Disabled": False})
    chime.put_voice_connector_emergency_calling_configuration(
        VoiceConnectorId=enabled, EmergencyCallingConfiguration=DNIS
    )


@pytest.mark.parametrize(
    ("option", "expected"), [("absent", None), ("off", {"Disabled": True}), ("on", {"Disabled": False})]
)
def test_never_configured(start: Callable[..., Any], option: Any, expected: Any) -> None:
    """The option for settings that were never put also applies to termination."""
    chime, connector = start(never_configured=option)
    assert chime.get_voice_connector_termination(VoiceConnectorId=connector).get("Termination") == expected
