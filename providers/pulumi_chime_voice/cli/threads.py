"""The thread pool of the commands."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor


class Threads(ThreadPoolExecutor):
    """A pool that ends at once on a failure and on Ctrl-C: it cancels calls that have not begun, and does not await others."""

    def __init__(self, number: int) -> None:
        super().__init__(number, thread_name_prefix="chime-voice")

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.shutdown(wait=kind is None, cancel_futures=kind is not None)
