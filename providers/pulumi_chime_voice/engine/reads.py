"""Reads live settings and voice connectors, each time or once per process. Runs in Pulumi's plugin."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, TypeVar

from ..aws.cloudtrail import LastChanges
from .kinds import S

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from concurrent.futures import Future

    from ..aws.client import ChimeSdkVoice, VoiceConnector
    from ..aws.cloudtrail import Event
    from ..aws.settings_api import SettingsApi

Answer = TypeVar("Answer")


class LiveReads(Generic[S]):
    """Reads from the service each time.

    Args:
        client: of the service.
        api: of the settings.
        answered: collects the voice connectors that the service has found.
    """

    def __init__(self, client: ChimeSdkVoice, api: SettingsApi[S], answered: set[str]) -> None:
        self.client = client
        self.has_emergency_calling = client.has_emergency_calling
        self.count_phone_numbers = client.count_phone_numbers
        self._api = api
        self._answered = answered
        self._last_changes = LastChanges(client)

    def settings(self, connector: str, region: str) -> S | None:
        live = self._api.get(self.client, connector, region)
        if live is not None:
            self._answered.add(connector)
        return live

    def last_change(self, connector: str, region: str, live: S | None) -> Event | None:
        """Returns the event of CloudTrail that left the live settings (None if there are none); None if it does not tell."""

        def left_live_settings(event: Event) -> bool | None:
            recorded = self._api.recorded(event)
            if recorded is None:
                return None
            return recorded.is_absent if live is None else recorded.equals(live)

        return self._last_changes(connector, region, self._api.writes, left_live_settings)

    def voice_connector(self, connector: str, region: str) -> VoiceConnector:
        found = self.client.voice_connector(connector, region)
        self._answered.add(connector)
        return found


def new_pool() -> ThreadPoolExecutor:
    """Returns threads for the reads of one resource, which are sent in parallel."""
    return ThreadPoolExecutor(max_workers=3)


class CachedCall(Generic[Answer]):
    """A read whose answers and errors are kept for the life of the process."""

    def __init__(self, call: Callable[..., Answer], pool: ThreadPoolExecutor) -> None:
        self._call = call
        self._pool = pool
        self._lock = threading.Lock()
        self._outcomes: dict[tuple[str, ...], Future[Answer]] = {}

    def prefetch(self, *arguments: str) -> None:
        """Starts the read in the background."""
        with self._lock:
            if arguments not in self._outcomes:
                self._outcomes[arguments] = self._pool.submit(self._call, *arguments)

    def forget(self, *arguments: str) -> None:
        """Drops an answer, so that the next call reads again."""
        self._outcomes.pop(arguments, None)

    def __call__(self, *arguments: str) -> Answer:
        self.prefetch(*arguments)
        return self._outcomes[arguments].result()


class CachedReads(Generic[S]):
    """Reads from the service once."""

    def __init__(self, live: LiveReads[S]) -> None:
        pool = new_pool()
        self.client = live.client
        self.settings: CachedCall[S | None] = CachedCall(live.settings, pool)
        self.voice_connector: CachedCall[VoiceConnector] = CachedCall(live.voice_connector, pool)
        self.has_emergency_calling: CachedCall[bool] = CachedCall(live.has_emergency_calling, pool)
        self.count_phone_numbers: CachedCall[Counter[str]] = CachedCall(live.count_phone_numbers, pool)
