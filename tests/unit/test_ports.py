"""A held port belongs to the servers of one test."""

from __future__ import annotations

import socket

import pytest

from chime_voice_emulator import Emulator


def test_held(free_port: int) -> None:
    """Refused before, between and after two servers; nobody else can have it meanwhile."""
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", free_port))
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", free_port))
        with Emulator(port=free_port) as emulator:
            assert emulator.endpoint_url.endswith(f":{free_port}")
            socket.create_connection(("127.0.0.1", free_port)).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", free_port))
