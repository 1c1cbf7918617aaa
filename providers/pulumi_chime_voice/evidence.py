"""Evidence about a change, such as counts of calls: it is worth a short wait, and never a reason to stop."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")


def in_thread(ask: Callable[..., Answer], *arguments: object) -> Future[Answer]:
    """Asks in a new daemon thread: a server may send a byte now and then for ever, and the process must still be able to end."""
    outcome: Future[Answer] = Future()

    def run() -> None:
        try:
            outcome.set_result(ask(*arguments))
        except BaseException as error:  # noqa: BLE001 - whatever it is, it belongs to who waits
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return outcome


class Evidence(Generic[Answer]):
    """Asks each question once, and waits for all answers together only for a limited time.

    Args:
        ask: answers a question.
        seconds: the time for which callers wait in all. After that, nothing is asked any more.
    """

    def __init__(self, ask: Callable[..., Answer], seconds: float) -> None:
        self._ask = ask
        self._left = seconds
        self._outcomes: dict[tuple[str, ...], Future[Answer]] = {}

    def prefetch(self, *arguments: str) -> None:
        """Asks now what is needed soon."""
        if self._left > 0 and arguments not in self._outcomes:
            self._outcomes[arguments] = in_thread(self._ask, *arguments)

    def __call__(self, *arguments: str) -> Answer | None:
        """Returns the answer; None if there is none in time, or an error instead of it."""
        self.prefetch(*arguments)
        if arguments not in self._outcomes:
            return None
        began = time.monotonic()
        try:
            return self._outcomes[arguments].result(max(self._left, 0))
        except Exception:  # noqa: BLE001 - the question is not worth more than its answer
            return None
        finally:
            self._left -= time.monotonic() - began
