"""Reads live settings and voice connectors, each time or once per process. Runs in Pulumi's plugin."""

from __future__ import annotations

import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Generic, TypeVar

from ..aws.cloudtrail import last_change, recent_events
from ..errors import ApiError, ChimeVoiceError, NotFoundError
from ..evidence import in_thread
from .kinds import S

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from concurrent.futures import Future

    from ..aws.client import ChimeSdkVoice, SettingsApi, VoiceConnector
    from ..aws.cloudtrail import Event

Answer = TypeVar("Answer")

READS_AHEAD = 8
"""The number of reads for later resources that are sent in parallel."""
SHORT_SECONDS = 5.0
"""The longest wait for a failed read after which it is repeated: a longer one has been retried long enough."""
THROTTLED_SECONDS = 1.0
"""The pause before a throttled read is repeated: the service allows a number of reads per second."""


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
        self._api = api
        self._answered = answered
        self._events = recent_events(client)

    def settings(self, connector: str, region: str) -> S | None:
        live = self._api.get(self.client, connector, region)
        if live is not None:
            self._answered.add(connector)
        return live

    def last_change(self, connector: str, region: str, live: S | None) -> Event | None:
        """Returns the event of CloudTrail that left the live settings (None if there are none); None if that is not known."""

        def left_live_settings(event: Event) -> bool | None:
            recorded = self._api.recorded(event)
            if recorded is None:
                return None
            return recorded.is_absent if live is None else recorded.equals(live)

        events = self._events(region, *self._api.writes) or []
        return last_change([event for event in events if event.connector == connector], left_live_settings)

    def is_recorded(self, event: Event) -> bool:
        """Whether an event shows the settings that it left."""
        return self._api.recorded(event) is not None

    def voice_connector(self, connector: str, region: str) -> VoiceConnector:
        found = self.client.voice_connector(connector, region)
        self._answered.add(connector)
        return found


class AheadThreads:
    """Threads for reads that later resources may need. They are daemons, so that a preview never waits for them at its end.

    Attributes:
        has_failed: whether a read has failed, for example because the service limits their rate.
        is_burdening_until: the monotonic time until which these reads may have used up the rate that the service allows.
    """

    def __init__(self) -> None:
        self.has_failed = False
        self.is_burdening_until = 0.0
        self._slots = threading.BoundedSemaphore(READS_AHEAD)

    def start(self, call: Callable[..., Answer], *arguments: str) -> Future[Answer]:
        return in_thread(self._call, call, *arguments)

    def _call(self, call: Callable[..., Answer], *arguments: str) -> Answer:
        with self._slots:
            try:
                return call(*arguments)
            except NotFoundError:  # an answer
                raise
            except ChimeVoiceError:
                self.has_failed = True
                raise
            finally:
                self.is_burdening_until = time.monotonic() + SHORT_SECONDS


class CachedCall(Generic[Answer]):
    """A read whose answers and errors are kept for the life of the process.

    Args:
        call: the read.
        ahead: threads for reads that a later resource may need.
    """

    def __init__(self, call: Callable[..., Answer], ahead: AheadThreads) -> None:
        self._call = call
        self._ahead = ahead
        self._lock = threading.Lock()
        self._outcomes: dict[tuple[str, ...], Future[Answer]] = {}
        self._started_ahead: set[Future[Answer]] = set()
        self._unused: set[tuple[str, ...]] = set()

    def prefetch(self, *arguments: str) -> Future[Answer]:
        """Starts the read in the background, if it was not started before."""
        with self._lock:
            self._unused.discard(arguments)
            if arguments not in self._outcomes:
                self._outcomes[arguments] = in_thread(self._call, *arguments)
            return self._outcomes[arguments]

    def __call__(self, *arguments: str) -> Answer:
        began, outcome = time.monotonic(), self.prefetch(*arguments)
        try:
            return outcome.result()
        except ApiError as error:
            if not self._is_due_to_reads_ahead(outcome, error) or time.monotonic() > began + SHORT_SECONDS:
                raise
            if error.status == HTTPStatus.TOO_MANY_REQUESTS:
                self._ahead.has_failed = True
                time.sleep(THROTTLED_SECONDS)
        with self._lock:
            if self._outcomes.get(arguments) is outcome:
                del self._outcomes[arguments]
        return self.prefetch(*arguments).result()

    def _is_due_to_reads_ahead(self, outcome: Future[Answer], error: ApiError) -> bool:
        """Whether another read may succeed: one ahead of its turn has failed, or the reads ahead have used up the rate."""
        is_throttled = error.status == HTTPStatus.TOO_MANY_REQUESTS
        if is_throttled and time.monotonic() < self._ahead.is_burdening_until:
            return True
        is_refused = error.status is not None and error.status < HTTPStatus.INTERNAL_SERVER_ERROR and not is_throttled
        return outcome in self._started_ahead and not is_refused

    # --- reads ahead (`reads_ahead.py`)

    def read_ahead(self, *arguments: str) -> None:
        """Starts a read that a later resource may need."""
        with self._lock:
            if arguments not in self._outcomes:
                self._unused.add(arguments)
                self._outcomes[arguments] = self._ahead.start(self._call, *arguments)
                self._started_ahead.add(self._outcomes[arguments])

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
    """Reads from the service once.

    Attributes:
        ahead: threads for the reads of later resources. They are separate, so that the resource which the engine checks does not
            wait for them.
    """

    def __init__(self, live: LiveReads[S]) -> None:
        self.ahead = AheadThreads()
        self.client = live.client
        self.settings: CachedCall[S | None] = CachedCall(live.settings, self.ahead)
        self.voice_connector: CachedCall[VoiceConnector] = CachedCall(live.voice_connector, self.ahead)
        self.has_emergency_calling: CachedCall[bool] = CachedCall(live.has_emergency_calling, self.ahead)
        self.count_phone_numbers: CachedCall[Counter[str]] = CachedCall(live.client.count_phone_numbers, self.ahead)
