"""Defines how origination settings are read and written. The command line uses it too, so it imports nothing of Pulumi."""

from __future__ import annotations

from ..aws.client import SettingsApi
from ..engine.kinds import ORIGINATION
from .routes import from_api, to_api

ORIGINATION_API = SettingsApi(ORIGINATION.name, "VoiceConnectorOrigination", "Origination", from_api, to_api)
