"""SIP OPTIONS over real sockets on loopback: what counts as an answer, and what a probe reads on the way to it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_chime_voice.hosts.probe import TCP, TLS, UDP

from ...support.hosts import SipHost, respond
from .support import HOST, SECONDS, attempt_at

OPTIONS = (
    b"OPTIONS sip:probe@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKq\r\nFrom: <sip:q@127.0.0.1>;tag=1\r\n"
    b"To: <sip:probe@127.0.0.1>\r\nCall-ID: theirs\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)
NOTIFY = OPTIONS.replace(b"OPTIONS", b"NOTIFY").replace(b"Content-Length: 0\r\n\r\n", b"l: 6\r\n\r\nSIP/2.")


def altered(old: bytes, new: bytes) -> dict[str, object]:
    """A host whose response differs in this."""
    return {"answer": lambda request: [message.replace(old, new) for message in respond(request)]}


def with_call_id(request: str, call: str) -> str:
    line = next(line for line in request.split("\r\n") if line.startswith("Call-ID"))
    return request.replace(line, f"Call-ID: {call}")


class TestAnswers:
    @pytest.mark.parametrize("transport", [UDP, TCP])
    def test_a_response(self, transport: str) -> None:
        """The request has what RFC 3261 (8.1.1) requires; the answer has its status, reason and time."""
        with SipHost(transport) as host:
            attempt = attempt_at(host.port, transport)
        assert attempt.response is not None
        assert (attempt.response.status, attempt.response.reason, attempt.trouble) == (200, "OK", "")
        assert 0 < attempt.response.seconds < SECONDS
        assert attempt.here == HOST
        line, *headers = host.requests[0].split("\r\n")
        assert line == f"OPTIONS sip:127.0.0.1:{host.port};transport={transport.lower()} SIP/2.0"
        fields = dict(header.split(": ", 1) for header in headers if header)
        assert {"Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq", "Contact"} <= set(fields)
        assert fields["Via"].startswith(f"SIP/2.0/{transport} 127.0.0.1:")
        assert ";branch=z9hG4bK" in fields["Via"]
        assert ";tag=" in fields["From"]
        assert fields["CSeq"] == "1 OPTIONS"
        assert fields["Content-Length"] == "0"

    @pytest.mark.parametrize(
        "status",
        [
            "401 Unauthorized",
            "404 Not Found",
            "405 Method Not Allowed",
            "500 Error",
            "501 Not Implemented",
            "603 Decline",
        ],
    )
    def test_other_final_responses(self, status: str) -> None:
        """A host that rejects OPTIONS speaks SIP; the status tells a person the rest."""
        with SipHost(answer=lambda request: respond(request, status)) as host:
            attempt = attempt_at(host.port)
        assert attempt.response is not None
        assert f"{attempt.response.status} {attempt.response.reason}" == status
        assert (attempt.trouble, attempt.is_out_of_service) == ("", False)

    @pytest.mark.parametrize(
        ("header", "trouble"),
        [
            ("", "out of service"),
            ("Retry-After: 600\r\n", "out of service, retry after 600 s"),
            ("retry-after: 120 (maintenance)\r\n", "out of service, retry after 120 s"),
            ("Retry-After: 18000;duration=3600\r\n", "out of service, retry after 18000 s"),
            ("Retry-After: soon\r\n", "out of service"),
            (f"Retry-After: {'9' * 5000}\r\n", "out of service"),
        ],
    )
    def test_out_of_service(self, header: str, trouble: str) -> None:
        """503 is how a SIP host says that it takes no calls now."""

        def answer(request: str) -> list[bytes]:
            (message,) = respond(request, "503 Service Unavailable")
            return [message.replace(b"Content-Length", f"{header}Content-Length".encode())]

        with SipHost(answer=answer) as host:
            attempt = attempt_at(host.port)
        assert attempt.response is not None
        assert (attempt.trouble, attempt.is_out_of_service) == (trouble, True)

    @pytest.mark.parametrize("transport", [UDP, TCP])
    def test_provisional_responses_are_waited_out(self, transport: str) -> None:
        """100 Trying is not the answer."""

        def answer(request: str) -> list[bytes]:
            return [*respond(request, "100 Trying"), *respond(request)]

        with SipHost(transport, answer) as host:
            attempt = attempt_at(host.port, transport)
        assert attempt.response is not None
        assert attempt.response.status == 200

    def test_a_lost_datagram_is_sent_again(self) -> None:
        """As RFC 3261 (17.1.2) has it: after half a second."""

        def answer(request: str) -> list[bytes]:
            return respond(request) if len(host.requests) > 1 else []

        with SipHost(answer=answer) as host:
            attempt = attempt_at(host.port, seconds=3)
        assert len(host.requests) == 2
        assert host.requests[0] == host.requests[1]
        assert attempt.response is not None
        assert attempt.response.seconds < 0.5


class TestFraming:
    @pytest.mark.parametrize("transport", [UDP, TCP])
    @pytest.mark.parametrize(
        "host",
        [
            altered(b"SIP/2.0 200", b"\r\nSIP/2.0 200"),
            altered(b"SIP/2.0 200", b"\r\n\r\nSIP/2.0 200"),
            altered(b"SIP/2.0 200", b"sip/2.0 200"),
            altered(b"Call-ID: ", b"Call-ID:\r\n "),
            altered(b"Call-ID: ", b"i:"),
            altered(b"Content-Length: 0\r\n\r\n", b"l:4\r\n\r\nbody"),
        ],
        ids=["line end", "line ends", "case", "folded", "short", "short with a body"],
    )
    def test_legal_forms(self, transport: str, host: dict[str, object]) -> None:
        """RFC 3261: line ends before a start line (7.5), the case of SIP (7.1), folding (7.3.1), short names (7.3.3)."""
        with SipHost(transport, **host) as running:  # type: ignore[arg-type]
            attempt = attempt_at(running.port, transport)
        assert attempt.response is not None, attempt.trouble
        assert (attempt.response.status, attempt.trouble) == (200, "")

    @pytest.mark.parametrize(
        "before",
        [b"\r\n\r\n", b"\r\n" * 20_000, OPTIONS, NOTIFY, NOTIFY + b"\r\n\r\n" + OPTIONS],
        ids=["keep-alive", "many line ends", "request", "request with a body", "requests"],
    )
    @pytest.mark.parametrize("when", ["at once", "before the answer"])
    def test_what_comes_before_the_answer(self, before: bytes, when: str) -> None:
        """A host may send keep-alives and requests on a connection; they do not end the probe."""
        greeting = before if when == "at once" else b""
        late = b"" if greeting else before
        with SipHost(TCP, lambda request: [late + respond(request)[0]], greeting=greeting) as host:
            attempt = attempt_at(host.port, TCP)
        assert attempt.response is not None, attempt.trouble
        assert (attempt.response.status, attempt.trouble) == (200, "")

    @pytest.mark.parametrize("transport", [UDP, TCP])
    def test_another_calls_response_is_not_ours(self, transport: str) -> None:
        """A response with another Call-ID is ignored."""

        def answer(request: str) -> list[bytes]:
            return [*respond(with_call_id(request, "other"), "500 Other"), *respond(request)]

        with SipHost(transport, answer) as host:
            attempt = attempt_at(host.port, transport)
        assert attempt.response is not None
        assert attempt.response.status == 200

    def test_byte_by_byte(self) -> None:
        with SipHost(TCP, lambda request: [bytes([byte]) for byte in respond(request)[0]]) as host:
            attempt = attempt_at(host.port, TCP)
        assert attempt.response is not None

    @pytest.mark.parametrize("transport", [UDP, TCP])
    @pytest.mark.parametrize(
        ("host", "trouble"),
        [
            (altered(b"\r\n", b"\n"), "answers, but ends lines with LF"),
            (altered(b"Length: 0", b"Length: " + b"9" * 5000), "answers, but its Content-Length is invalid"),
            (altered(b"Length: 0", b"Length: none"), "answers, but its Content-Length is invalid"),
        ],
    )
    def test_illegal_forms(self, transport: str, host: dict[str, object], trouble: str) -> None:
        """The answer is read, and its fault is reported: it is neither silence nor another protocol."""
        with SipHost(transport, **host) as running:  # type: ignore[arg-type]
            attempt = attempt_at(running.port, transport)
        assert attempt.response is not None, attempt.trouble
        assert (attempt.response.status, attempt.trouble) == (200, trouble)


class TestNoAnswer:
    @pytest.mark.parametrize("transport", [UDP, TCP])
    def test_silence(self, transport: str) -> None:
        """It is distinguished from a port that nothing listens on."""
        with SipHost(transport, lambda _: []) as host:
            attempt = attempt_at(host.port, transport, seconds=0.3)
        assert attempt.response is None
        assert attempt.trouble == "no answer in 0.3 s"

    @pytest.mark.parametrize("transport", [UDP, TCP, TLS])
    def test_nothing_listens(self, transport: str) -> None:
        """The system of this machine reports it."""
        with SipHost(UDP if transport == UDP else TCP) as host:
            port = host.port
        assert attempt_at(port, transport).trouble == "connection refused: nothing listens on this port"

    @pytest.mark.parametrize("transport", [UDP, TCP])
    @pytest.mark.parametrize(
        ("sent", "only"),
        [
            (OPTIONS, ", only a request (OPTIONS)"),
            (OPTIONS.replace(b"Length: 0", b"Length: 50"), ", only a request (OPTIONS)"),
            (
                respond("Call-ID: other", "400 Bad Request")[0],
                ", only 'SIP/2.0 400 Bad Request' without the request's Call-ID",
            ),
        ],
    )
    def test_something_else_in_its_place(self, transport: str, sent: bytes, only: str) -> None:
        """The trouble names it: it may be the reason."""
        with SipHost(transport, lambda _: [sent]) as host:
            assert attempt_at(host.port, transport, seconds=0.3).trouble == f"no answer in 0.3 s{only}"

    def test_a_datagram_that_is_not_sip(self) -> None:
        """A datagram can come from anywhere, so the answer is waited for."""
        with SipHost(answer=lambda _: [b"hello\x1b"]) as host:
            assert attempt_at(host.port, seconds=0.3).trouble == "no answer in 0.3 s, only 'hello\ufffd': not SIP"

    @pytest.mark.parametrize(
        ("sent", "closes", "trouble"),
        [
            (
                b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
                False,
                "the answer is not SIP: 'HTTP/1.1 400 Bad Request'",
            ),
            (b"\x1b[31mSSH-2.0\r\n", False, "the answer is not SIP: '\ufffd[31mSSH-2.0'"),
            (b"SIP/3.0 200 OK\r\n\r\n", False, "the answer is not SIP: 'SIP/3.0 200 OK'"),
            (b"220 mail", True, "the answer is not SIP: '220 mail'"),
            (b"x" * 70_000, False, f"the answer is not SIP: '{'x' * 60}'"),
            (b"SIP/2.0 200 OK\r\nVia: x", True, "the answer breaks off: 'SIP/2.0 200 OK'"),
            (b"SIP/2.0 200 OK\r\nVia: " + b"x" * 70_000, False, "the answer is too long: 'SIP/2.0 200 OK'"),
            (b"", True, "the host closed the connection without an answer"),
            (OPTIONS, True, "the host closed the connection without an answer, only a request (OPTIONS)"),
            (
                OPTIONS.replace(b"Length: 0", b"Length: " + b"9" * 5000),
                False,
                "no answer: Content-Length is invalid in 'OPTIONS sip:probe@127.0.0.1 SIP/2.0'",
            ),
        ],
    )
    def test_a_stream_that_cannot_be_read(self, sent: bytes, closes: bool, trouble: str) -> None:
        """It is not waited for: the sentence comes at once, without control characters."""
        began = time.monotonic()
        with SipHost(TCP, lambda _: [sent], closes=closes) as host:
            assert attempt_at(host.port, TCP, seconds=30).trouble == trouble
        assert time.monotonic() - began < 10

    @pytest.mark.parametrize("piece", [b"\r\n", OPTIONS])
    def test_a_stream_without_end(self, piece: bytes) -> None:
        """A host that never stops sending is given up, whatever it sends."""
        with SipHost(TCP, lambda _: [piece * (2_000_000 // len(piece))]) as host:
            trouble = attempt_at(host.port, TCP, seconds=60).trouble
        assert trouble == "no answer in the first 1,048,560 bytes"

    @settings(max_examples=60, deadline=None)
    @given(
        sent=st.binary(max_size=200) | st.text(alphabet="SIP/2.0 13:\r\nl-\t", max_size=60).map(str.encode),
        transport=st.sampled_from([UDP, TCP]),
    )
    def test_any_bytes(self, sent: bytes, transport: str) -> None:
        """There is a result, and it is not that the probe failed."""
        with SipHost(transport, lambda _: [sent] if sent else [], closes=True) as host:
            attempt = attempt_at(host.port, transport, seconds=0.1)
        assert attempt.trouble
        assert attempt.trouble.isprintable()

    def test_port_zero(self) -> None:
        """The API takes it; nothing can be sent there."""
        assert attempt_at(0).trouble == "port 0 takes no calls"

    def test_a_route_without_a_protocol(self) -> None:
        """The model does not require one; a request without one would say nothing about the host."""
        assert attempt_at(5060, "").trouble == "the route has no protocol"
