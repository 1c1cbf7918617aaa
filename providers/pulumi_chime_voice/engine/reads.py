"""Reads live settings and voice connectors, each time or once per process. Runs in Pulumi's plugin."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, TypeVar

from ..aws.cloudtrail import LastChanges
from ..errors import ChimeVoiceError, NotFoundError
from .kinds import S

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from concurrent.futures import Future

    from ..aws.client import ChimeSdkVoice, VoiceConnector
    from ..aws.cloudtrail import Event
    from ..aws.settings_api import SettingsApi

Answer = TypeVar("Answer")

READS_OF_A_RESOURCE = 3
"""The number of reads for one resource that are sent in parallel."""
READS_AHEAD = 8
"""The number of reads for later resources that are sent in parallel."""


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

    def is_recorded(self, event: Event) -> bool:
        """Whether an event shows the settings that it left."""
        return self._api.recorded(event) is not None

    def voice_connector(self, connector: str, region: str) -> VoiceConnector:
        found = self.client.voice_connector(connector, region)
        self._answered.add(connector)
        return found


def new_pool(threads: int) -> ThreadPoolExecutor:
    """Returns threads for reads that are sent in parallel."""
    return ThreadPoolExecutor(max_workers=threads)


class CachedCall(Generic[Answer]):
    """A read whose answers and errors are kept for the life of the process.

    Args:
        call: the read.
        pool: threads for reads that the resource needs which the engine checks.
        pool_ahead: threads for reads that a later resource may need.
    """

    def __init__(self, call: Callable[..., Answer], pool: ThreadPoolExecutor, pool_ahead: ThreadPoolExecutor) -> None:
        self._call = call
        self._pool = pool
        self._pool_ahead = pool_ahead
        self._lock = threading.Lock()
        self._outcomes: dict[tuple[str, ...], Future[Answer]] = {}
        self._unused: set[tuple[str, ...]] = set()
        self._failed: set[tuple[str, ...]] = set()

    def prefetch(self, *arguments: str) -> None:
        """Starts the read in the background."""
        with self._lock:
            self._unused.discard(arguments)
            if arguments not in self._outcomes:
                self._outcomes[arguments] = self._pool.submit(self._call, *arguments)

    def forget(self, *arguments: str) -> None:
        """Drops an answer, so that the next call reads again."""
        self._outcomes.pop(arguments, None)

    def __call__(self, *arguments: str) -> Answer:
        self.prefetch(*arguments)
        try:
            return self._outcomes[arguments].result()
        except ChimeVoiceError:
            if arguments not in self._failed:
                raise
        # It was read ahead of its turn, maybe faster than the service allows.
        self._failed.discard(arguments)
        self.forget(*arguments)
        return self(*arguments)

    # --- reads ahead (`reads_ahead.py`)

    def read_ahead(self, *arguments: str) -> None:
        """Starts a read that a later resource may need."""
        with self._lock:
            if arguments not in self._outcomes:
                self._unused.add(arguments)
                self._outcomes[arguments] = self._pool_ahead.submit(self._call_ahead, *arguments)

    def _call_ahead(self, *arguments: str) -> Answer:
        try:
            return self._call(*arguments)
        except NotFoundError:  # an answer
            raise
        except ChimeVoiceError:
            self.has_failed_ahead = True
            self._failed.add(arguments)
            raise

    has_failed_ahead = False
    """Whether a read ahead has failed, for example because the service limits their rate."""

    def has_answer(self, *arguments: str) -> bool:
        """Whether a resource needed the read, and the service has answered it."""
        outcome = self._outcomes.get(arguments)
        if outcome is None or arguments in self._unused or not outcome.done():
            return False
        return isinstance(outcome.exception(), (NotFoundError, type(None)))

    def is_unused(self, *arguments: str) -> bool:
        """Whether the read was started ahead, and no resource has needed it since."""
        return arguments in self._unused


class CachedReads(Generic[S]):
    """Reads from the service once."""

    def __init__(self, live: LiveReads[S]) -> None:
        # Of their own: a resource never waits for the reads of later ones.
        pool, pool_ahead = new_pool(READS_OF_A_RESOURCE), new_pool(READS_AHEAD)
        self.client = live.client
        self.settings: CachedCall[S | None] = CachedCall(live.settings, pool, pool_ahead)
        self.voice_connector: CachedCall[VoiceConnector] = CachedCall(live.voice_connector, pool, pool_ahead)
        self.has_emergency_calling: CachedCall[bool] = CachedCall(live.has_emergency_calling, pool, pool_ahead)
        self.count_phone_numbers: CachedCall[Counter[str]] = CachedCall(live.count_phone_numbers, pool, pool_ahead)
