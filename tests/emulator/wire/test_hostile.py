"""Requests that no client should send: each gets the right error quickly, and nothing is logged."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from chime_voice_emulator import Emulator

from ..support import CONNECTOR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..support import Raw

ORIGINATION = f"/voice-connectors/{CONNECTOR}/origination"
BODY = {"Origination": {"Disabled": True}}
BAD_REQUEST = (400, "BadRequestException")
MEBIBYTE = 1 << 20


@pytest.fixture(autouse=True)
def silent(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Checks that no request writes to the logs or the terminal."""
    with caplog.at_level(logging.WARNING):
        yield
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def talk(emulator: Emulator) -> Iterator[Callable[[bytes], bytes]]:
    """Sends bytes, and reads until the server closes the connection."""
    where = urlsplit(emulator.endpoint_url)
    opened: list[socket.socket] = []

    def send(data: bytes) -> bytes:
        connection = socket.create_connection((where.hostname, where.port), timeout=30)
        opened.append(connection)
        connection.sendall(data)
        with connection.makefile("rb") as answer:
            return answer.read()

    yield send
    for connection in opened:
        connection.close()


@pytest.mark.usefixtures("connector")
class TestBodies:
    """Invalid bodies."""

    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"nonsense",
            b'{"Origination": {"Disabled": true}',
            b'{"Origination": {"Disabled": true}} more',
            b'{"Origination": {"Disabled": NaN}}',
            b"\xff\xfe{}",
            b'{"Origination": {"Disabled": "\xc3\x28"}}',
            b"[" * 100_000,
            b'{"a":' * 100_000,
            b'{"Origination": {"Routes": [{"Port": ' + b"9" * 5_000 + b"}]}}",
            b"\0",
        ],
        ids=lambda body: repr(body[:20]),
    )
    def test_malformed_json(self, raw: Raw, body: bytes) -> None:
        """Malformed JSON is a bad request."""
        assert raw.send("PUT", ORIGINATION, body).error == BAD_REQUEST

    @pytest.mark.parametrize("body", [b"[]", b"null", b"1", b'"Origination"', b"{}", b"", b'{"Origination": []}'])
    def test_json_of_another_type(self, raw: Raw, body: bytes) -> None:
        """Another JSON type is a bad request, and the error names the expected type."""
        answer = raw.send("PUT", ORIGINATION, body)

        assert answer.error == BAD_REQUEST
        assert answer.json["Message"].startswith("1 validation error detected: ")

    def test_a_lone_surrogate(self, raw: Raw) -> None:
        """A lone surrogate is not valid Unicode."""
        body = b'{"Origination": {"Routes": [{"Host": "\\ud800"}]}}'

        assert raw.send("PUT", ORIGINATION, body).error == BAD_REQUEST

    def test_all_other_characters(self, raw: Raw) -> None:
        """All other characters are stored unchanged."""
        host = "\0\x7f é 電話 😀 \\ \" '"
        raw.send("PUT", ORIGINATION, {"Origination": {"Routes": [{"Host": host}]}})

        assert raw.send("GET", ORIGINATION).json["Origination"]["Routes"][0]["Host"] == host

    @pytest.mark.parametrize(
        "kind", ["text/plain", "application/xml", "application/x-www-form-urlencoded", "application/jsonp", ""]
    )
    def test_wrong_content_types(self, raw: Raw, kind: str) -> None:
        """Only JSON is accepted, and the error states that."""
        answer = raw.send("PUT", ORIGINATION, BODY, {"Content-Type": kind})

        assert answer.error == (415, "UnsupportedMediaTypeException")

    @pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "Application/JSON"])
    def test_right_content_types(self, raw: Raw, kind: str) -> None:
        """The content type can have any spelling, or be missing as in the reference's example."""
        assert raw.send("PUT", ORIGINATION, BODY, {"Content-Type": kind}).status == 200
        assert raw.send("PUT", ORIGINATION, BODY).status == 200

    def test_at_most_one_mebibyte(self, raw: Raw) -> None:
        """A body of 1 MiB is parsed. One more byte is too large."""
        padded = json.dumps({"Origination": {"Disabled": True}, "x": ""}).encode()
        fitting = padded.replace(b'""', b'"' + b"x" * (MEBIBYTE - len(padded)) + b'"')

        assert len(fitting) == MEBIBYTE
        assert raw.send("PUT", ORIGINATION, fitting).error == BAD_REQUEST
        assert raw.send("PUT", ORIGINATION, fitting + b" ").error == (413, "RequestEntityTooLargeException")

    @pytest.mark.parametrize(
        ("framing", "body"),
        [
            (b"Content-Length: %d" % (12 * MEBIBYTE), b"x" * 12 * MEBIBYTE),
            (b"Transfer-Encoding: chunked", (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 192 + b"0\r\n\r\n"),
        ],
        ids=["announced", "chunked"],
    )
    @pytest.mark.parametrize("connection", [b"close", b"keep-alive"])
    def test_a_client_that_sends_a_large_body_gets_the_response(
        self, emulator: Emulator, framing: bytes, body: bytes, connection: bytes
    ) -> None:
        """A client that first sends the whole body also gets the response to a body that is far too large."""
        where = urlsplit(emulator.endpoint_url)
        head = b"PUT /voice-connectors HTTP/1.1\r\nHost: a\r\nConnection: %s\r\n%s\r\n\r\n" % (connection, framing)
        with socket.create_connection((where.hostname, where.port), timeout=30) as client:
            client.sendall(head + body)
            answer = http.client.HTTPResponse(client)
            answer.begin()

            assert answer.status == 413
            assert json.loads(answer.read())["Code"] == "RequestEntityTooLarge"
            answer.close()

    def test_an_unexpected_body_is_ignored(self, raw: Raw) -> None:
        """If an operation has no body, a body is ignored."""
        assert raw.send("GET", f"/voice-connectors/{CONNECTOR}", b"nonsense").status == 200


class TestStalledRequests:
    """Requests that are never completed."""

    @pytest.mark.parametrize(
        ("sent", "answered"),
        [
            (b"", b""),
            (b"GET /voice-connectors HTT", b"HTTP/1.1 408 Request Timeout\r\n"),
            (b"GET /voice-connectors HTTP/1.1\r\nHost: a\r\n", b"HTTP/1.1 408 Request Timeout\r\n"),
            (b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost", b"HTTP/1.1 404 Not Found\r\n"),
        ],
        ids=["nothing", "half a line", "half a head", "half a second head"],
    )
    def test_an_incomplete_head(self, sent: bytes, answered: bytes) -> None:
        """After the request timeout, the connection closes. If part of the head has arrived, there is a response."""
        with Emulator(request_timeout=0.3) as emulator:
            where = urlsplit(emulator.endpoint_url)
            with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
                connection.sendall(sent)
                with connection.makefile("rb") as answer:
                    content = answer.read()

        assert content.startswith(answered)
        assert bool(content) == bool(sent)
        assert (b"RequestTimeoutException" in content) == bool(sent)

    def test_a_head_that_arrives_byte_by_byte(self) -> None:
        """The timeout applies to the whole head, even if a client keeps sending."""
        with Emulator(request_timeout=0.3) as emulator:
            where = urlsplit(emulator.endpoint_url)
            with socket.create_connection((where.hostname, where.port), timeout=0.02) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nX: ")
                content = b""
                while not content:
                    connection.sendall(b"x")
                    with contextlib.suppress(TimeoutError):
                        content = connection.recv(100)

        assert content.startswith(b"HTTP/1.1 408 ")

    @pytest.mark.parametrize("sent", [b"", b'{"Origination"'])
    def test_the_wait_for_a_body_ends(self, sent: bytes) -> None:
        """After the request timeout there is a response. Other requests do not wait."""
        with Emulator(request_timeout=0.3) as emulator:
            where = urlsplit(emulator.endpoint_url)
            head = f"PUT {ORIGINATION} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 100\r\n\r\n".encode()
            with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
                connection.sendall(head + sent)
                with connection.makefile("rb") as answer:
                    content = answer.read()

        assert content.startswith(b"HTTP/1.1 408 ")
        assert b"RequestTimeoutException" in content

    def test_a_client_that_disconnects(self, emulator: Emulator, raw: Raw) -> None:
        """The emulator ignores it, and handles the next request."""
        where = urlsplit(emulator.endpoint_url)
        with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
            connection.sendall(f"PUT {ORIGINATION} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{{".encode())

        assert raw.send("GET", "/voice-connectors").status == 200


class TestPaths:
    """Paths and methods of no operation."""

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/"),
            ("GET", "/nowhere"),
            ("GET", "/voice-connectors/"),
            ("GET", "//voice-connectors"),
            ("GET", f"/voice-connectors/{CONNECTOR}/"),
            ("GET", f"/voice-connectors/{CONNECTOR}/origination/"),
            ("GET", f"/voice-connectors/{CONNECTOR}%2Forigination%2Fx"),
            ("GET", "/voice-connectors%0A"),
            ("PUT", f"{ORIGINATION}%0A"),
            ("POST", ORIGINATION),
            ("PATCH", ORIGINATION),
            ("HEAD", ORIGINATION),
            ("OPTIONS", ORIGINATION),
            ("POST", "/tags"),
            ("POST", "/tags?operation=tag"),
            ("GET", "/_emulator/requests"),
            ("DELETE", "/_emulator/faults"),
        ],
    )
    def test_unknown(self, emulator: Emulator, raw: Raw, method: str, path: str) -> None:
        """An unknown path gets a 404 with a different error name from that of a missing connector."""
        answer = raw.send(method, path)

        assert answer.error == (404, "UnknownOperationException")
        assert [(request.operation, request.status) for request in emulator.requests] == [(None, 404)]

    @pytest.mark.parametrize("identity", ["%00", "..%2F..", "%FF%FE", "a" * 5000, "%F0%9F%98%80", "'; DROP TABLE x --"])
    def test_invalid_ids(self, raw: Raw, identity: str) -> None:
        """Invalid IDs are rejected by the model's pattern or as unknown paths."""
        path = f"/voice-connectors/{identity.replace(' ', '%20')}"

        assert raw.send("GET", path).status in {400, 404}

    @pytest.mark.parametrize(
        ("query", "error"),
        [
            ("max-results=ten", BAD_REQUEST),
            ("max-results=0", BAD_REQUEST),
            ("max-results=101", BAD_REQUEST),
            ("max-results=", BAD_REQUEST),
            ("max-results=" + "9" * 5000, BAD_REQUEST),
            ("next-token", BAD_REQUEST),
            # Bytes that are not text have no canonical form to sign.
            ("next-token=%FF", (403, "ForbiddenException")),
        ],
    )
    def test_invalid_queries(self, raw: Raw, query: str, error: tuple[int, str]) -> None:
        """An invalid query is a bad request, if its signature can be valid."""
        assert raw.send("GET", f"/voice-connectors?{query}").error == error

    def test_a_thousand_parameters(self, raw: Raw) -> None:
        """A thousand parameters are a bad request."""
        query = "&".join(f"a{number:04}={number}" for number in range(1000))

        assert raw.send("GET", f"/voice-connectors?{query}").error == BAD_REQUEST


class TestHeaders:
    """Invalid headers, and data that is not HTTP."""

    def test_too_many(self, talk: Callable[[bytes], bytes]) -> None:
        """More than 64 KiB of headers get a 400, and the connection closes."""
        headers = b"".join(b"X-Bomb-%d: %s\r\n" % (number, b"x" * 100) for number in range(2000))

        assert talk(b"GET /voice-connectors HTTP/1.1\r\nHost: a\r\n" + headers + b"\r\n").startswith(b"HTTP/1.1 400 ")

    def test_too_long(self, talk: Callable[[bytes], bytes]) -> None:
        """A header without an end gets a 400."""
        assert talk(b"GET / HTTP/1.1\r\nX-Bomb: " + b"x" * 200_000).startswith(b"HTTP/1.1 400 ")

    @pytest.mark.parametrize(
        "data",
        [
            b"nonsense\r\n\r\n",
            b"GET / JUNK/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nNo colon\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
            b"GET / HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: " + b"9" * 30 + b"\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"\0" * 100 + b"\r\n\r\n",
        ],
        ids=lambda data: repr(data[-30:]),
    )
    def test_data_that_is_not_http(self, talk: Callable[[bytes], bytes], data: bytes) -> None:
        """Data that is not HTTP gets a 400 in the usual form, and the connection closes."""
        answer = talk(data)

        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"x-amzn-ErrorType: BadRequestException" in answer
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["Code"] == "BadRequest"

    def test_a_body_that_breaks_off_into_nonsense(self, talk: Callable[[bytes], bytes]) -> None:
        """A chunk without a length gets a 400, and no request is left waiting."""
        head = b"PUT /voice-connectors HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

        assert talk(head + b"1\r\n{\r\nnonsense\r\n").startswith(b"HTTP/1.1 400 ")

    def test_an_upgrade_request(self, talk: Callable[[bytes], bytes]) -> None:
        """An upgrade request is handled as a normal request."""
        data = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\n\r\n"

        assert talk(data).startswith(b"HTTP/1.1 404 ")

    def test_pipelined_requests(self, talk: Callable[[bytes], bytes]) -> None:
        """Pipelined requests are answered in order."""
        first = b"GET /voice-connectors HTTP/1.1\r\nHost: a\r\n\r\n"
        last = b"GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        answer = talk(first + first + last)

        assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"401", b"401", b"404"]

    def test_an_error_honours_connection_close(self, talk: Callable[[bytes], bytes]) -> None:
        """ "Connection: close" is honoured, and sent once."""
        answer = talk(b"GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

        assert answer.lower().count(b"connection: ") == 1
        assert b"onnection: close" in answer
