"""CloudWatch and DNS never stop a preview, whatever they answer, and never hold it up for long."""

from __future__ import annotations

import datetime
import math
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from ..support.calls import ATTEMPTS, NONE, answer, as_json, count, forget
from ..support.emulators import running_emulator
from ..support.servers import Relay, Reply, Stranger
from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import assert_a_sentence, program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chime_voice_emulator import Emulator

    from .support import Project

TWO = '[route("sbc-a.example.net"), route("sbc-b.example.net")]'
ONE = '[route("sbc-a.example.net")]'
NOW = datetime.datetime.now(datetime.timezone.utc)
NOTE = "Inbound calls are not shown."
GARBAGE = (
    Reply(200, as_json(answer(NOW, **{**NONE, "attempts": [math.nan]}))),
    Reply(200, b"<html>", content_type="text/html"),
)
"""tests/unit/aws/test_traffic_garbage.py has more."""


@pytest.fixture
def losing(project: Project) -> Project:
    """A stack whose next preview takes the failover of a voice connector away."""
    project.deployed(program(TWO))
    project.program(program(ONE))
    return project


def test_answers_that_are_none(losing: Project) -> None:
    """The diff, and one note that the counts are missing; no number that CloudWatch did not count."""
    for reply in GARBAGE:
        with Stranger(reply) as server:
            losing.env["AWS_ENDPOINT_URL_CLOUDWATCH"] = server.url
            text = losing.preview()
        assert "~ pulumi-python:dynamic/chime:Origination" in text
        assert "loses its failover" in text
        assert text.count(NOTE) == 1, reply
        assert "received" not in text
        assert_a_sentence(text)


def test_a_byte_now_and_then(losing: Project) -> None:
    """The preview ends, although the server never does."""
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not ended.wait(0.5):
                    try:
                        connection.sendall(b" ")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        losing.env["AWS_ENDPOINT_URL_CLOUDWATCH"] = f"http://127.0.0.1:{listener.getsockname()[1]}"
        began = time.monotonic()
        text = losing.preview()
        seconds = time.monotonic() - began
        ended.set()
        thread.join()
    assert f"CloudWatch did not answer within 6 seconds. Try again later. {NOTE}" in text
    assert seconds < 100


class TestAnotherRegion:
    """A voice connector of us-west-2, through the endpoint of us-east-1."""

    @pytest.fixture
    def emulator(self) -> Iterator[Emulator]:
        with running_emulator(CONNECTOR, region="us-west-2", shared_regions="write") as running:
            yield running

    def test_its_own_counts(self, moto: str, losing: Project) -> None:
        """Its own region's CloudWatch is asked, with its own region, and named."""
        forget(moto)
        with Relay(moto) as relay:
            losing.env["AWS_ENDPOINT_URL_CLOUDWATCH"] = relay.url
            assert "CloudWatch in us-west-2 counted no inbound calls of Voice Connector" in losing.preview()
            count(moto, CONNECTOR, {(ATTEMPTS, 30): 4321}, region="us-west-2")
            count(moto, CONNECTOR, {(ATTEMPTS, 30): 9}, region="us-east-1")
            text = losing.preview()
            assert (
                f"Voice Connector {CONNECTOR} (us-east-1) received 4,321 inbound calls in the last 24 hours "
                "(CloudWatch in us-west-2)." in text
            )
            assert [seen.region for seen in relay.seen] == ["us-west-2"] * 2

    def test_a_region_that_cannot_be_read(self, moto: str, losing: Project, emulator: Emulator) -> None:
        """Without the permission to read the voice connector, what was asked is text."""
        forget(moto)
        losing.env["AWS_ENDPOINT_URL_CLOUDWATCH"] = moto
        emulator.faults.fail("GetVoiceConnector", ["403"], forever=True)
        assert "CloudWatch in us-east-1 counted no inbound calls of Voice Connector" in losing.preview()


@pytest.mark.parametrize(
    "junk",
    [
        pytest.param(b"", id="empty", marks=pytest.mark.full),
        pytest.param(b"\x00", id="short", marks=pytest.mark.full),
        pytest.param(b"\xff" * 4000, id="long"),
    ],
)
def test_a_dns_server_that_sends_junk(project: Project, junk: bytes) -> None:
    """Silence about the hosts, and a bounded wait for all of them together."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve() -> None:
            while (request := server.recvfrom(4096))[0] != b"end":
                server.sendto(request[0][:2] + junk, request[1])

        thread = threading.Thread(target=serve)
        thread.start()
        project.ok("config", "set", "chime-voice:resolver", f"127.0.0.1:{server.getsockname()[1]}")
        hosts = "[route(f'sbc-{number}.acme.org') for number in range(9)]"
        project.program(program(hosts) + program(hosts, connector=OTHER_CONNECTOR, name="sales"))
        began = time.monotonic()
        text = project.preview()
        seconds = time.monotonic() - began
        server.sendto(b"end", server.getsockname())
        thread.join()
    assert "NXDOMAIN" not in text
    assert text.count("+ pulumi-python:dynamic/chime:Origination") == 2
    assert seconds < 100
    assert_a_sentence(text)
