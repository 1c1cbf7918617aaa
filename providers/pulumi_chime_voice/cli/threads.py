"""The thread pool of the commands."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from .rich_output import Update

_T = TypeVar("_T")


class Threads(ThreadPoolExecutor):
    """A pool that ends at once on a failure and on Ctrl-C: it cancels calls that have not begun, and does not await others."""

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self.shutdown(wait=kind is None, cancel_futures=kind is not None)


def gather(futures: Sequence[Future[_T]], what: str, progress: Update) -> list[_T]:
    """Returns the results in the order of the calls, and shows how many there are. Raises the first error at once."""
    progress(what, 0, len(futures))
    for done, future in enumerate(as_completed(futures), 1):
        future.result()
        progress(what, done, len(futures))
    return [future.result() for future in futures]
