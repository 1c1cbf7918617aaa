"""A port for servers that a test starts again and again."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def held_port() -> Iterator[int]:
    """Holds a port of loopback, which refuses connections until a test's own server listens there.

    It stays bound here, without listening. Linux lets a socket with SO_REUSEADDR that names the port share it, as the emulator's
    does, and gives it to no other: neither for port 0 nor as the source of a connection.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
