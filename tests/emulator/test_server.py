"""The life cycle and the arguments of an emulator in this process."""

from __future__ import annotations

import contextlib
import gc
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from chime_voice_emulator import Emulator

from .support import CONNECTOR

if TYPE_CHECKING:
    from collections.abc import Callable


def test_it_ends_with_its_block() -> None:
    """After the block, the port is free and the emulator is not running."""
    with Emulator() as emulator:
        where = urlsplit(emulator.endpoint_url)
    with pytest.raises(RuntimeError, match="is not running"):
        _ = emulator.endpoint_url
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((where.hostname, where.port), timeout=30)
    emulator.stop()


def test_no_connection_stays_open() -> None:
    """No connection stays open, even if the emulator stops while clients connect."""
    for _ in range(5):
        with Emulator() as emulator:
            where = urlsplit(emulator.endpoint_url)
            connections = [socket.create_connection((where.hostname, where.port), timeout=30) for _ in range(3)]
        for connection in connections:
            # The kernel resets one that the emulator had not accepted yet.
            with connection, contextlib.suppress(ConnectionResetError):
                assert connection.recv(1) == b""
    # Unclosed connections become warnings here, which pytest treats as errors.
    gc.collect()


def test_can_be_started_again(connect: Callable[..., Any]) -> None:
    """After a restart, the memory is empty."""
    emulator = Emulator()
    for _ in range(2):
        with emulator:
            assert connect(emulator.endpoint_url).list_voice_connectors()["VoiceConnectors"] == []
            emulator.create_voice_connector()
            with pytest.raises(RuntimeError, match="is already running"):
                emulator.start()


@pytest.mark.parametrize(
    "options",
    [
        {"host": "0.0.0.0"},
        {"never_configured": "maybe"},
        {"put_omitted": "forget"},
        {"emergency_refusal": "NotFoundException"},
        {"shared_regions": "some"},
        {"twin_routes": "drop"},
        {"port": 65536},
        {"port": -1},
    ],
)
def test_arguments_are_checked(options: dict[str, Any]) -> None:
    """Invalid arguments are rejected by the constructor."""
    with pytest.raises(ValueError, match=r"is not a loopback address|must be one of|is not a TCP port"):
        Emulator(**options)


def test_emulators_are_independent(connect: Callable[..., Any]) -> None:
    """Each emulator has its own state and faults."""
    with Emulator() as first, Emulator() as second:
        first.create_voice_connector(voice_connector_id=CONNECTOR)
        first.faults.fail("*", ["500*"])

        assert connect(second.endpoint_url).list_voice_connectors()["VoiceConnectors"] == []


def test_ipv6(connect: Callable[..., Any]) -> None:
    """::1 is also a loopback address."""
    with Emulator(host="::1") as emulator:
        assert emulator.endpoint_url.startswith("http://[::1]:")
        assert connect(emulator.endpoint_url).list_voice_connectors()["VoiceConnectors"] == []


SIGNALLED = """
import signal, sys, threading
from chime_voice_emulator import __main__ as command

announced, main = threading.Event(), threading.main_thread().ident

def another():
    announced.wait()
    while sys._current_frames()[main].f_code.co_name != "wait":
        pass
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

command._announce = lambda _: announced.set()
threading.Thread(target=another).start()
command.main(["--port", "0"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_a_signal_delivered_to_another_thread() -> None:
    """The emulator stops even if the system delivers the signal to another thread."""
    assert subprocess.run([sys.executable, "-c", SIGNALLED], timeout=30, check=False).returncode == 0
