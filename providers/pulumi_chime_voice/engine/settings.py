"""Defines what settings of any kind must answer, and reads them from the service. Runs in Pulumi's plugin."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from .messages import CUSTOM_ENDPOINT
from .target import lag_seconds

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable
    from concurrent.futures import Future

    from ..aws.client import ChimeSdkVoice, VoiceConnector


class Settings(Protocol):
    """The settings of one kind that a voice connector has. Another object of the same class is `Any` here."""

    @property
    def is_blank(self) -> bool:
        """Whether the settings have no effect, so that nothing is lost if they are overwritten."""

    @property
    def is_absent(self) -> bool:
        """Whether the service may answer this for a voice connector without settings."""

    def equals(self, other: Any) -> bool:
        """Whether both have the same effect."""

    def is_declared_as(self, other: Any) -> bool:
        """Whether both are the same declaration. Settings that are declared differently may have the same effect."""

    def is_satisfied_by(self, live: Any) -> bool:
        """Whether `live` is what these settings ask for."""

    def overlooks(self, live: Any, wanted: Any) -> bool:
        """Whether `live`, which satisfies these settings, has more than they say, and a write of `wanted` would replace that."""

    def with_keys_of(self, known: Any) -> Any:
        """These settings with the keys and the spelling of `known`."""

    def describe(self) -> str:
        """The settings in a line, without secrets that no message may show."""

    def differences(self, live: Any) -> str:
        """How `live` (None if there are none) differs from these settings, in a line."""


S = TypeVar("S", bound=Settings)
Answer = TypeVar("Answer")


class LiveReads(Generic[S]):
    """What the guards read, fresh each time.

    Args:
        client: of the service.
        get: reads the settings of a voice connector in a region; None if the answer has none.
        answered: collects the voice connectors that the service has found.
    """

    def __init__(
        self,
        client: ChimeSdkVoice,
        get: Callable[[ChimeSdkVoice, str, str], S | None],
        answered: set[str] | None = None,
    ) -> None:
        self._client = client
        self._get = get
        self._answered = set() if answered is None else answered

    def settings(self, connector: str, region: str) -> S | None:
        live = self._get(self._client, connector, region)
        if live is not None:
            self._answered.add(connector)
        return live

    def endpoint_note(self, region: str) -> str:
        """Returns a sentence that names the service endpoint; empty if it is AWS's own."""
        url = self._client.custom_endpoint(region)
        return "" if url is None else CUSTOM_ENDPOINT.format(url=url)

    def lag_seconds(self, region: str) -> float:
        return lag_seconds(self._client, region)

    def voice_connector(self, connector: str, region: str) -> VoiceConnector:
        found = self._client.voice_connector(connector, region)
        self._answered.add(connector)
        return found

    def has_emergency_calling(self, connector: str, region: str) -> bool:
        return self._client.has_emergency_calling(connector, region)


def new_pool() -> ThreadPoolExecutor:
    """Threads for the questions about one resource, which go out together."""
    return ThreadPoolExecutor(max_workers=3)


class CachedCall(Generic[Answer]):
    """One question to the service; each answer, or error, is kept for the life of the process."""

    def __init__(self, ask: Callable[..., Answer], pool: ThreadPoolExecutor) -> None:
        self._ask = ask
        self._pool = pool
        self._lock = threading.Lock()
        self._outcomes: dict[tuple[str, ...], Future[Answer]] = {}

    def prefetch(self, *arguments: str) -> None:
        """Asks now what is needed soon, in parallel with the questions before it."""
        with self._lock:
            if arguments not in self._outcomes:
                self._outcomes[arguments] = self._pool.submit(self._ask, *arguments)

    def forget(self, *arguments: str) -> None:
        """Asks again the next time."""
        self._outcomes.pop(arguments, None)

    def __call__(self, *arguments: str) -> Answer:
        self.prefetch(*arguments)
        return self._outcomes[arguments].result()


class CachedReads(Generic[S]):
    """The service's answers, each asked for once."""

    def __init__(self, client: ChimeSdkVoice, reader: LiveReads[S]) -> None:
        self.pool = pool = new_pool()
        self.settings: CachedCall[S | None] = CachedCall(reader.settings, pool)
        self.voice_connector: CachedCall[VoiceConnector] = CachedCall(reader.voice_connector, pool)
        self.has_emergency_calling: CachedCall[bool] = CachedCall(client.has_emergency_calling, pool)
        self.count_phone_numbers: CachedCall[Counter[str]] = CachedCall(client.count_phone_numbers, pool)
