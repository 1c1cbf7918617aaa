"""Evidence is asked once, waited for within a limit, and never a reason to stop."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from pulumi_chime_voice.evidence import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG = 30.0


@pytest.fixture
def released() -> Iterator[threading.Event]:
    """What the slow questions wait for; a thread that still waits ends with the test."""
    event = threading.Event()
    yield event
    event.set()


def test_each_question_is_asked_once() -> None:
    asked: list[str] = []
    evidence = Evidence(lambda name: asked.append(name) or name.upper(), LONG)
    evidence.prefetch("a")
    assert [evidence("a"), evidence("a"), evidence("b")] == ["A", "A", "B"]
    assert asked == ["a", "b"]


@pytest.mark.parametrize("error", [ValueError("no"), OSError(), KeyboardInterrupt(), RecursionError()])
def test_an_error_is_no_answer(error: BaseException) -> None:
    def ask(_: str) -> str:
        raise error

    evidence = Evidence(ask, LONG)
    if isinstance(error, Exception):
        assert evidence("a") is None
    else:
        with pytest.raises(KeyboardInterrupt):
            evidence("a")


def test_the_wait_is_limited_in_all(released: threading.Event) -> None:
    """For all questions together; then nothing more is asked, and what has been answered meanwhile is still there."""
    asked: list[str] = []

    def ask(name: str) -> str:
        asked.append(name)
        if name != "quick":
            released.wait(LONG)
        return name

    evidence = Evidence(ask, 0.3)
    began = time.monotonic()
    evidence.prefetch("quick")
    assert [evidence(name) for name in ("slow", "slower", "slowest")] == [None] * 3
    assert 0.3 <= time.monotonic() - began < 20
    assert asked == ["quick", "slow"]
    assert evidence("quick") == "quick"
    assert evidence("new") is None
    assert "new" not in asked


def test_a_thread_that_hangs_does_not_hold_up_the_end(released: threading.Event) -> None:
    """It is a daemon: the process may end without it."""
    before = set(threading.enumerate())
    evidence = Evidence(lambda _: released.wait(LONG), 0.01)
    assert evidence("a") is None
    started = set(threading.enumerate()) - before
    assert started
    assert all(thread.daemon for thread in started)
