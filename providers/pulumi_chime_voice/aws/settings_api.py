"""Reads, writes and deletes one kind of settings of a voice connector."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .cloudtrail import api_form

if TYPE_CHECKING:
    from collections.abc import Callable

    from .client import ChimeSdkVoice
    from .cloudtrail import Event

Settings = TypeVar("Settings")


@dataclass(frozen=True)
class SettingsApi(Generic[Settings]):
    """The Get, Put and Delete of one kind of settings.

    Attributes:
        name: of the settings, as messages show it: ``"origination"``.
        operation: the name of the operations without their verb: ``"VoiceConnectorOrigination"``.
        member: the name of the settings in requests and responses: ``"Origination"``.
        to_settings: converts the member of a response.
        to_request: converts settings to the member of a request.
        is_in_events: whether the settings of a Put are taken from its event in CloudTrail.
    """

    name: str
    operation: str
    member: str
    to_settings: Callable[[Any], Settings]
    to_request: Callable[[Settings], Any]
    is_in_events: bool = True

    @property
    def writes(self) -> tuple[str, str]:
        """The operations that change the settings."""
        return f"Put{self.operation}", f"Delete{self.operation}"

    def get(self, client: ChimeSdkVoice, connector: str, region: str) -> Settings | None:
        """Returns the live settings; None if there are none."""
        found = client.settings(f"Get{self.operation}", connector, region, self.name)
        return None if found is None else self.to_settings(found)

    def put(self, client: ChimeSdkVoice, connector: str, region: str, settings: Settings, verb: str) -> Settings:
        """Writes settings and returns those of the response. `verb` is for messages: ``"updating"``."""
        request = {"VoiceConnectorId": connector, self.member: self.to_request(settings)}
        what = f"{verb} {self.name} of Voice Connector {connector}"
        response = client.call(f"Put{self.operation}", region, what, **request)
        return self.to_settings(response[self.member])

    def delete(self, client: ChimeSdkVoice, connector: str, region: str) -> None:
        what = f"deleting {self.name} of Voice Connector {connector}"
        client.call(f"Delete{self.operation}", region, what, VoiceConnectorId=connector)

    def recorded(self, event: Event) -> Settings | None:
        """Returns the settings that a call of `writes` left; None if its event does not show them."""
        put, delete = self.writes
        if event.operation == delete:
            return self.to_settings({})
        with contextlib.suppress(AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError):
            if event.operation == put and self.is_in_events and not event.has_hidden_values:
                return self.to_settings(api_form(event.parameters)[self.member])
        return None
