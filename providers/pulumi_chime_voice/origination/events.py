"""Reads the origination settings that an event of CloudTrail shows. Knows neither Pulumi nor boto3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..aws.cloudtrail import api_form
from .routes import Settings, from_api

if TYPE_CHECKING:
    from ..aws.cloudtrail import Event

PUT, DELETE = "PutVoiceConnectorOrigination", "DeleteVoiceConnectorOrigination"
OPERATIONS = (PUT, DELETE)
"""The operations that change origination settings."""


def recorded_settings(event: Event) -> Settings | None:
    """Returns the settings that a call left; None if the event does not show them."""
    if event.operation == DELETE:
        return Settings()
    if event.operation != PUT or event.has_hidden_values:
        return None
    try:
        return from_api(api_form(event.parameters)["Origination"])
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        return None


def left_live_settings(event: Event, live: Settings | None) -> bool | None:
    """Whether a call left the settings as they are now; None if the event does not show its settings.

    Args:
        event: of `OPERATIONS`.
        live: the settings now; None if there are none.
    """
    recorded = recorded_settings(event)
    return None if recorded is None else recorded.equals(live or Settings())
