"""Describes what an operation reads or writes, and how long it waits for the service. Runs in Pulumi's plugin."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ..errors import ConfigurationError, NotFoundError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..aws.client import ChimeSdkVoice, VoiceConnector
    from ..errors import Message
    from .kinds import Kind

Live = TypeVar("Live")
Answer = TypeVar("Answer")

LAG_SECONDS = 10.0
"""How long a read may return what was there before a write. After that, a difference is believed; so is "gone"."""
LAG_VARIABLE = "CHIME_VOICE_LOCAL_LAG_SECONDS"
"""Environment variable: the same for service endpoints that are not AWS's own, such as an emulator's."""
LAG_PAUSE_SECONDS = 1.0
YOUNG_CONNECTOR_SECONDS = 60
"""How long a voice connector that this run creates may take until the service knows it."""

UNAUTHORIZED = 401
NO_PERMISSION = (UNAUTHORIZED, 403)


@dataclass(frozen=True)
class Target:
    """The settings that an operation reads or writes, and which operation it is: how messages begin."""

    kind: Kind
    connector: str
    region: str
    verb: str
    urn: str = ""

    @property
    def label(self) -> str:
        return f"Voice Connector {self.connector} ({self.region})"

    def description(self, verb: str | None = None) -> str:
        """What is being done, without the region: ``"updating origination of Voice Connector abc…"``."""
        return f"{verb or self.verb} {self.kind.name} of Voice Connector {self.connector}"

    def blocked_error(self, message: Message, live: object = None, **values: object) -> RefusedError:
        """A refusal of the operation; `live` are the live settings that the message names."""
        values = {
            "connector": self.label,
            "id": self.connector,
            "region": self.region,
            "doing": self.verb,
            "what": self.kind.name,
            "resource": self.kind.resource,
            "urn": self.urn or "<URN>",
            **values,
        }
        return RefusedError(message.format(**values), live=live)

    def connector_exists(self, voice_connector: Callable[[str, str], VoiceConnector]) -> bool:
        """Whether the credentials find the voice connector itself."""
        try:
            voice_connector(self.connector, self.region)
        except NotFoundError:
            return False
        return True


def lag_seconds(client: ChimeSdkVoice, region: str) -> float:
    """How long reads of the region may lag.

    Raises:
        ConfigurationError: the environment variable is not a number of seconds.
    """
    value = os.environ.get(LAG_VARIABLE)
    if not value or client.is_aws(region):
        return LAG_SECONDS
    try:
        return min(max(float(value), 0.0), LAG_SECONDS)
    except ValueError:
        raise ConfigurationError(
            f"{LAG_VARIABLE} is not a number of seconds: correct the environment variable."
        ) from None


def read_until(read: Callable[[], Live], live: Live, accepted: Callable[[Live], bool], seconds: float) -> Live:
    """Reads again until `accepted`, or for so many seconds, since a read can lag behind a write."""
    deadline = time.monotonic() + seconds
    while not accepted(live) and time.monotonic() < deadline:
        time.sleep(LAG_PAUSE_SECONDS)
        live = read()
    return live


def retry_while_not_found(write: Callable[[], Answer], seconds: float) -> Answer:
    """What `write` returns, tried again for so long while the service does not know the voice connector yet."""
    deadline, pause = time.monotonic() + seconds, 1.0
    while True:
        try:
            return write()
        except NotFoundError:
            if time.monotonic() + pause > deadline:
                raise
        time.sleep(pause)
        pause = min(pause * 2, 15.0)
