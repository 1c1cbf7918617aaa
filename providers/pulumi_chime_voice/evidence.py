"""Evidence about a change, such as counts of calls: worth a short wait, and never a reason to stop."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")


def in_thread(ask: Callable[..., Answer], *arguments: object) -> Future[Answer]:
    """Calls a function in a new daemon thread: a server may send a byte now and then for ever, and the process must still end."""
    outcome: Future[Answer] = Future()

    def run() -> None:
        try:
            outcome.set_result(ask(*arguments))
        except BaseException as error:  # noqa: BLE001 - the caller that waits raises it
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return outcome


class Evidence(Generic[Answer]):
    """Calls `ask` once for the same arguments. After callers have waited for `seconds` in all, it is no longer called."""

    def __init__(self, ask: Callable[..., Answer], seconds: float) -> None:
        self._ask = ask
        self._left = seconds
        self._lock = threading.Lock()
        self._outcomes: dict[tuple[str, ...], Future[Answer]] = {}

    def prefetch(self, *arguments: str) -> None:
        """Starts a call whose result is needed soon."""
        with self._lock:
            if self._left > 0 and arguments not in self._outcomes:
                self._outcomes[arguments] = in_thread(self._ask, *arguments)

    def __call__(self, *arguments: str) -> Answer | None:
        """Returns the result; None if it is late, or an error."""
        self.prefetch(*arguments)
        if arguments not in self._outcomes:
            return None
        began = time.monotonic()
        try:
            return self._outcomes[arguments].result(max(self._left, 0))
        except Exception:  # noqa: BLE001 - evidence is never a reason to stop
            return None
        finally:
            self._left -= time.monotonic() - began
