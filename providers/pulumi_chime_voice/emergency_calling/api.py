"""Defines how emergency calling is read and written. The command line uses it too, so it imports nothing of Pulumi."""

from __future__ import annotations

from ..aws.client import SettingsApi
from ..engine.kinds import EMERGENCY_CALLING
from .numbers import from_api, to_api

EMERGENCY_CALLING_API = SettingsApi(
    EMERGENCY_CALLING.name,
    "VoiceConnectorEmergencyCallingConfiguration",
    "EmergencyCallingConfiguration",
    from_api,
    to_api,
    is_in_events=False,
)
