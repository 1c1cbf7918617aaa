"""What all tests share."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from .support.calls import forget
from .support.ports import held_port
from .support.servers import moto_server

if TYPE_CHECKING:
    from collections.abc import Iterator

# A shell has what it runs in the background ignore SIGINT, and so all that this starts: a plugin would not hear the engine
# tell it to end, and the engine waits five seconds for it at every command.
signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadline for an example: how long one takes says more of the machine than of the code.
settings.register_profile("short", max_examples=500, deadline=None)
settings.register_profile("long", max_examples=20_000, deadline=None)
settings.load_profile("short")


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """moto's server, which stands for STS and takes all credentials for those of one account."""
    with moto_server() as url:
        forget(url)  # moto's state belongs to the process: another module may have left counts
        yield url


@pytest.fixture
def free_port() -> Iterator[int]:
    """A port that nothing listens on, held for this test."""
    with held_port() as port:
        yield port
