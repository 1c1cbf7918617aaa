"""Every command in a terminal and in a script: width and colour, Ctrl-C, and output that cannot be written."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time
from typing import TYPE_CHECKING

import pytest

from ..support.hosts import SipHost
from .support import BIN, FRESH, api_route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chime_voice_emulator import Emulator

    Run = Callable[..., subprocess.CompletedProcess[str]]

COMMAND = str(BIN / "chime-voice")
HOSTS = [f"{name}-rather-long-host-name-of-a-border-controller.emea.telephony.example.net" for name in ("a", "another")]
SCHEMES: dict[str, str | None] = dict.fromkeys(
    ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLUMNS", "LINES", "COLORTERM")
)


@pytest.fixture(params=["show", "probe"])
def command(request: pytest.FixtureRequest, emulator: Emulator) -> list[str]:
    """A command that prints a table with two long host names."""
    routes = [api_route(host, port=0, protocol="TCP") for host in HOSTS]
    emulator.seed({"voice_connectors": [{"id": FRESH, "name": "fresh", "origination": {"Routes": routes}}]})
    return [
        request.param,
        FRESH,
        *(["--resolver", "127.0.0.1:9", "--timeout", "0.1"] if request.param == "probe" else []),
    ]


class TestWidthAndColour:
    @pytest.mark.parametrize(
        ("changes", "coloured"),
        [
            ({"TERM": "dumb"}, False),
            ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
            ({"TERM": "dumb", "FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
            ({"TERM": "dumb", "TTY_COMPATIBLE": "1"}, False),
            ({"TERM": "xterm", "TTY_COMPATIBLE": "1", "COLUMNS": "40"}, False),
        ],
    )
    def test_a_pipe(self, run: Run, command: list[str], changes: dict[str, str], coloured: bool) -> None:
        """One line for each route, whatever the variables for terminals are."""
        done = run(*command, **{**SCHEMES, **changes})
        assert [line.count("telephony.example.net:0/TCP") > 0 for line in done.stdout.splitlines()].count(True) == 2
        assert all(f" {host}:0/TCP " in done.stdout for host in HOSTS)
        assert ("\x1b[" in done.stdout) is coloured

    @pytest.mark.parametrize("term", ["xterm", "dumb"])
    @pytest.mark.parametrize("columns", [80, 300])
    def test_a_terminal(self, environment: dict[str, str], command: list[str], term: str, columns: int) -> None:
        """A table if the terminal is wide enough, otherwise lines: no host name is cut, and NO_COLOR removes colours."""
        for no_color in ("", "1"):
            shown = on_a_terminal(command, {**environment, "TERM": term, "NO_COLOR": no_color}, columns)
            assert all(f"{host}:0/TCP" in shown for host in HOSTS)
            assert ("\x1b[" in shown) is (term == "xterm" and not no_color)
            assert ("────" in shown) is (columns == 300)


def on_a_terminal(command: list[str], environment: dict[str, str], columns: int) -> str:
    """Returns what a command prints to a terminal on standard output."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 25, columns, 0, 0))
    env = {key: value for key, value in environment.items() if key not in SCHEMES or key == "NO_COLOR"}
    with subprocess.Popen([COMMAND, *command], env=env, stdout=theirs, stderr=subprocess.PIPE):
        os.close(theirs)
        printed = b""
        with contextlib.suppress(OSError):  # on Linux, the other side has closed it
            while part := os.read(ours, 4096):
                printed += part
        os.close(ours)
    return printed.decode()


@pytest.fixture
def silent_service() -> Iterator[tuple[str, threading.Event]]:
    """Provides an endpoint that accepts connections and never responds, and an event for the first connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        came = threading.Event()

        def accept() -> None:
            with contextlib.suppress(OSError):
                connections.append(server.accept()[0])
                came.set()

        connections: list[socket.socket] = []
        thread = threading.Thread(target=accept)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", came
        server.shutdown(socket.SHUT_RDWR)
        thread.join(10)
        for connection in connections:
            connection.close()


class TestInterrupted:
    @pytest.mark.parametrize("times", [1, 2])
    def test_probe(self, environment: dict[str, str], emulator: Emulator, times: int) -> None:
        """The host never answers, and is not waited for."""
        asked = threading.Event()
        with SipHost("TCP", answer=lambda _: asked.set() or []) as host:
            routes = [api_route("127.0.0.1", port=host.port, protocol="TCP")]
            emulator.seed({"voice_connectors": [{"id": FRESH, "name": "fresh", "origination": {"Routes": routes}}]})
            interrupt(["probe", FRESH, "--timeout", "60"], environment, asked, times)

    @pytest.mark.parametrize("times", [1, 2])
    def test_show(self, environment: dict[str, str], silent_service: tuple[str, threading.Event], times: int) -> None:
        """The service never answers, and is not waited for."""
        url, asked = silent_service
        interrupt(["show", "--endpoint-url", url], environment, asked, times)


def interrupt(command: list[str], environment: dict[str, str], asked: threading.Event, times: int) -> None:
    """Presses Ctrl-C once the command has sent a request, and checks that it ends at once."""
    with subprocess.Popen(
        [COMMAND, *command],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert asked.wait(60)
        began = time.monotonic()
        for _ in range(times):
            process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=60)
        assert time.monotonic() - began < 10
    assert (process.returncode, output) == (130, "")
    assert errors in ("Interrupted.\n", "")  # the second one may come before the sentence
    assert errors or times == 2


class TestUnwritable:
    @pytest.mark.parametrize(
        "command",
        [["show"], ["show", "--format", "json"], ["export"], ["probe", "--timeout", "0.1"], ["--help"]],
        ids=" ".join,
    )
    @pytest.mark.parametrize("unbuffered", ["", "1"])
    def test_a_full_disk(self, environment: dict[str, str], command: list[str], unbuffered: str) -> None:
        done = shell({**environment, "PYTHONUNBUFFERED": unbuffered}, command, "> /dev/full")
        assert done.returncode == 1
        assert done.stderr.splitlines()[-1] == "Error: the output cannot be written: No space left on device."
        assert "Traceback" not in done.stderr
        assert "Exception" not in done.stderr

    @pytest.mark.parametrize("command", [["show"], ["show", "--format", "json"], ["export"], ["probe"]], ids=" ".join)
    def test_no_standard_output(self, environment: dict[str, str], command: list[str]) -> None:
        done = shell(environment, command, ">&-")
        assert (done.returncode, done.stderr) == (1, "Error: standard output is closed.\n")

    @pytest.mark.parametrize("stream", ["2> /dev/full", "2>&-"])
    def test_no_standard_error(self, environment: dict[str, str], stream: str) -> None:
        """Results are printed; what cannot be written is lost."""
        done = shell(environment, ["show"], stream)
        assert (done.returncode, done.stderr) == (0, "")
        assert "Support line" in done.stdout
        failed = shell(environment, ["show", "cdefgh1ijkl2mnopq3rst9"], stream)
        assert (failed.returncode, failed.stderr) == (1, "")

    def test_a_reader_that_closes_the_pipe(self, environment: dict[str, str]) -> None:
        done = shell(environment, ["show"], "| head -1")
        assert (done.stdout, done.stderr) == ("campaign\n", "")


def shell(environment: dict[str, str], command: list[str], redirected: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", f'"$@" {redirected}', "sh", sys.executable, COMMAND, *command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
