"""Answers of the service that a preview keeps: Pulumi checks a replacement twice, and should not ask twice."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

Answer = TypeVar("Answer")


def new_pool() -> ThreadPoolExecutor:
    """Threads for the questions about one resource, which go out together."""
    return ThreadPoolExecutor(max_workers=3)


class AskOnce(Generic[Answer]):
    """One question to the service; each answer, or error, is kept for the life of the process."""

    def __init__(self, ask: Callable[..., Answer], pool: ThreadPoolExecutor) -> None:
        self._ask = ask
        self._pool = pool
        self._lock = threading.Lock()
        self._outcomes: dict[tuple[str, ...], Future[Answer]] = {}

    def ahead(self, *arguments: str) -> None:
        """Asks now what is needed soon, in parallel with the questions before it."""
        with self._lock:
            if arguments not in self._outcomes:
                self._outcomes[arguments] = self._pool.submit(self._ask, *arguments)

    def forget(self, *arguments: str) -> None:
        """Asks again the next time."""
        self._outcomes.pop(arguments, None)

    def __call__(self, *arguments: str) -> Answer:
        self.ahead(*arguments)
        return self._outcomes[arguments].result()
