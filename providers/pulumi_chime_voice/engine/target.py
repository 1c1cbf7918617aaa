"""Describes what an operation reads or writes, and how long it waits for the service. Runs in Pulumi's plugin."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from ..errors import ConfigurationError, NotFoundError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..aws.client import ChimeSdkVoice
    from ..errors import Message
    from .kinds import Kind

Live = TypeVar("Live")
Answer = TypeVar("Answer")

LAG_SECONDS = 10.0
"""The longest time for which a read may lag behind a write. A difference, or missing settings, are accepted only after it."""
LAG_VARIABLE = "CHIME_VOICE_LOCAL_LAG_SECONDS"
"""An environment variable with the longest lag of service endpoints that are not AWS's own, such as an emulator's."""
LAG_PAUSE_SECONDS = 1.0
"""The pause between two reads of what may lag: AWS does not report when a write has arrived everywhere."""
YOUNG_CONNECTOR_SECONDS = 60
"""The longest time for which the service may not find a voice connector that this run has created."""

UNAUTHORIZED = 401
NO_PERMISSION = (UNAUTHORIZED, 403)


@dataclass(frozen=True)
class Target:
    """The settings that an operation reads or writes, and the verb of the operation."""

    kind: Kind
    connector: str
    region: str
    verb: str
    urn: str = ""

    @property
    def label(self) -> str:
        """The voice connector as messages show it."""
        return f"Voice Connector {self.connector} ({self.region})"

    def blocked_error(self, message: Message, live: object = None, **values: object) -> RefusedError:
        """Returns the error of the blocked operation; `live` are the live settings that the message names."""
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

    def connector_exists(self, voice_connector: Callable[[str, str], object]) -> bool:
        """Whether the credentials find the voice connector itself."""
        try:
            voice_connector(self.connector, self.region)
        except NotFoundError:
            return False
        return True


def lag_seconds(client: ChimeSdkVoice, region: str) -> float:
    """Returns the longest time for which reads of the region may lag.

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
    """Reads again until `accepted` returns true or `seconds` have passed, because a read can lag behind a write."""
    deadline = time.monotonic() + seconds
    while not accepted(live) and time.monotonic() < deadline:
        time.sleep(LAG_PAUSE_SECONDS)
        live = read()
    return live


def retry_while_not_found(write: Callable[[], Answer], seconds: float) -> Answer:
    """Calls `write`, and retries for up to `seconds` while the service does not find the voice connector.

    The pauses grow, because a voice connector that is not found after a few seconds may take a minute, and each call counts
    towards a quota.
    """
    deadline, pause = time.monotonic() + seconds, 1.0
    while True:
        try:
            return write()
        except NotFoundError:
            if time.monotonic() + pause > deadline:
                raise
        time.sleep(pause)
        pause = min(pause * 2, 15.0)
