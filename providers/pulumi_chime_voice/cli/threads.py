"""The threads on which a command waits for many services and hosts at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor


class Threads(ThreadPoolExecutor):
    """A pool that is left at once on a failure, and on Ctrl-C: calls that have not begun are given up, others not awaited."""

    def __init__(self, number: int) -> None:
        super().__init__(number, thread_name_prefix="chime-voice")

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.shutdown(wait=kind is None, cancel_futures=kind is not None)
