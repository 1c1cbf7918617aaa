"""What a probe finds out about a host: real sockets on loopback, real TLS, real DNS messages."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from pulumi_chime_voice.hosts.names import Names, Server, Trouble
from pulumi_chime_voice.hosts.probe import TCP, TLS, UDP, Attempt, Endpoint, Outcome, probe

from ...hosts import Dns, SipHost, respond

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 1.0
HOST = "127.0.0.1"


def outcome_of(endpoint: Endpoint, dns: Dns | None = None, seconds: float = SECONDS) -> Outcome:
    address, _, port = (dns.address if dns else "127.0.0.1:9").rpartition(":")
    return probe(endpoint, Names(Server(address, int(port)), seconds), seconds)


def attempt_at(port: int, transport: str = UDP, host: str = HOST, seconds: float = SECONDS) -> Attempt:
    (attempt,) = outcome_of(Endpoint(host, port, transport), seconds=seconds).attempts
    return attempt


class TestSip:
    @pytest.mark.parametrize("transport", [UDP, TCP])
    def test_it_answers(self, transport: str) -> None:
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
        "status", ["403 Forbidden", "405 Method Not Allowed", "503 Service Unavailable", "603 Decline"]
    )
    def test_a_refusal_is_an_answer(self, status: str) -> None:
        """Whoever refuses speaks SIP; the status tells a person the rest."""
        with SipHost(answer=lambda request: respond(request, status)) as host:
            attempt = attempt_at(host.port)
        assert attempt.response is not None
        assert f"{attempt.response.status} {attempt.response.reason}" == status
        assert attempt.trouble == ""

    @pytest.mark.parametrize("transport", [UDP, TCP])
    def test_provisional_answers_are_waited_out(self, transport: str) -> None:
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

    def test_another_calls_answer_is_not_ours(self) -> None:
        """A datagram with another Call-ID is passed over."""

        def answer(request: str) -> list[bytes]:
            call = next(line for line in request.split("\r\n") if line.startswith("Call-ID"))
            return [respond(request.replace(call, "Call-ID: other"), "500 Other")[0], *respond(request)]

        with SipHost(answer=answer) as host:
            attempt = attempt_at(host.port)
        assert attempt.response is not None
        assert attempt.response.status == 200

    def test_headers_in_their_short_form(self) -> None:
        """RFC 3261 (7.3.3): i is Call-ID, l is Content-Length."""

        def answer(request: str) -> list[bytes]:
            (response,) = respond(request)
            return [response.replace(b"Call-ID", b"i").replace(b"Content-Length: 0\r\n\r\n", b"l: 4\r\n\r\nbody")]

        with SipHost(TCP, answer) as host:
            attempt = attempt_at(host.port, TCP)
        assert attempt.response is not None

    @pytest.mark.parametrize("transport", [UDP, TCP])
    def test_silence(self, transport: str) -> None:
        """It is told apart from a port that nothing listens on."""
        with SipHost(transport, lambda _: []) as host:
            attempt = attempt_at(host.port, transport, seconds=0.3)
        assert attempt.response is None
        assert attempt.trouble == "no answer in 0.3 s"

    @pytest.mark.parametrize("transport", [UDP, TCP, TLS])
    def test_nothing_listens(self, transport: str) -> None:
        """The machine itself says so."""
        with SipHost(UDP if transport == UDP else TCP) as host:
            port = host.port
        assert attempt_at(port, transport).trouble == "connection refused: nothing listens on this port"

    @pytest.mark.parametrize(
        ("sent", "trouble"),
        [
            (
                b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
                "the answer is not SIP: 'HTTP/1.1 400 Bad Request'",
            ),
            (b"\x1b[31mSSH-2.0\r\n\r\n", "the answer is not SIP: '�[31mSSH-2.0'"),
            (b"x" * 70_000, "the answer is not SIP"),
        ],
    )
    def test_it_speaks_something_else(self, sent: bytes, trouble: str) -> None:
        """What it said is shown without control characters, and never waited for without end."""
        with SipHost(TCP, lambda _: [sent]) as host:
            assert attempt_at(host.port, TCP).trouble == trouble

    def test_port_zero(self) -> None:
        """The API takes it; nothing can be sent there."""
        assert attempt_at(0).trouble == "port 0 takes no calls"


class TestTls:
    @pytest.fixture
    def authority(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
        """An authority that this machine trusts."""
        authority = trustme.CA()
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        return authority

    def host(self, certificate: trustme.LeafCert, ca: trustme.CA | None = None, ask: int = ssl.CERT_NONE) -> SipHost:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        if ca is not None:
            ca.configure_trust(context)
        context.verify_mode = ssl.VerifyMode(ask)
        return SipHost("TLS", context=context)

    def test_a_good_certificate(self, authority: trustme.CA) -> None:
        """Names, expiry, trust; no request for a client certificate."""
        expires = datetime.datetime(2031, 5, 1, tzinfo=datetime.timezone.utc)
        with self.host(authority.issue_cert(HOST, "sbc.acme.org", not_after=expires)) as host:
            attempt = attempt_at(host.port, TLS)
        assert attempt.certificate is not None
        assert sorted(attempt.certificate.names) == [HOST, "sbc.acme.org"]
        assert attempt.certificate.expires == expires
        assert (attempt.certificate.distrust, attempt.certificate.requests_client_certificate) == ("", False)
        assert attempt.response is not None
        assert attempt.trouble == ""
        assert attempt.connect_seconds

    def test_another_name(self, authority: trustme.CA) -> None:
        """The answer is shown all the same, and the certificate is the trouble."""
        with self.host(authority.issue_cert("pbx.acme.org")) as host:
            attempt = attempt_at(host.port, TLS)
        assert attempt.certificate is not None
        assert attempt.certificate.names == ("pbx.acme.org",)
        assert attempt.trouble.startswith("certificate: IP address mismatch")
        assert attempt.response is not None

    def test_expired(self, authority: trustme.CA) -> None:
        past = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
        with self.host(authority.issue_cert(HOST, not_after=past)) as host:
            assert attempt_at(host.port, TLS).trouble == "certificate: certificate has expired"

    @pytest.mark.usefixtures("authority")
    def test_an_authority_that_is_not_known(self) -> None:
        with self.host(trustme.CA().issue_cert(HOST)) as host:
            assert attempt_at(host.port, TLS).trouble.startswith("certificate: unable to get local issuer")

    @pytest.mark.parametrize(
        ("ask", "trouble"),
        [
            (ssl.CERT_OPTIONAL, ""),
            (ssl.CERT_REQUIRED, "the host requires a client certificate, which AWS does not support"),
        ],
    )
    @pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
    def test_a_client_certificate(self, authority: trustme.CA, ask: int, trouble: str, newest: ssl.TLSVersion) -> None:
        """Who only requests one is noted; who requires one takes no calls. In TLS 1.2 the handshake itself fails."""
        host = self.host(authority.issue_cert(HOST), authority, ask)
        assert host.context is not None
        host.context.maximum_version = newest
        with host:
            attempt = attempt_at(host.port, TLS)
        assert attempt.trouble == trouble
        if not trouble:
            assert attempt.certificate is not None
            assert attempt.certificate.requests_client_certificate is True

    @pytest.mark.usefixtures("authority")
    def test_no_tls(self) -> None:
        """A port that speaks SIP in the clear: it answers what it does not understand, or waits for the rest of it."""
        with SipHost(TCP, lambda _: [b"SIP/2.0 400 Bad Request\r\n\r\n"], ends=b"") as host:
            assert attempt_at(host.port, TLS).trouble == "no TLS: wrong version number"
        with SipHost(TCP) as host:
            said = attempt_at(host.port, TLS, seconds=0.3).trouble
        assert said == "the port is open, but there was no TLS handshake in time"


class TestNames:
    @pytest.fixture
    def dns(self) -> Iterator[Dns]:
        zone = {
            "both.acme.org": {"A": ["127.0.0.1", "127.0.0.2"], "AAAA": ["2001:db8::7"]},
            "six.acme.org": {"AAAA": ["::1"]},
            "none.acme.org": {},
            "private.acme.org": {"A": ["10.0.0.7"]},
        }
        with Dns(zone, silent=("silent.acme.org",)) as running:
            yield running

    @pytest.mark.parametrize(
        ("name", "trouble"),
        [
            ("gone.acme.org", Trouble.NO_SUCH_NAME),
            ("none.acme.org", Trouble.NO_ADDRESS),
            ("silent.acme.org", Trouble.NO_ANSWER),
        ],
    )
    def test_no_addresses(self, dns: Dns, name: str, trouble: Trouble) -> None:
        """A name that does not exist, one without an address, and no answer are three things."""
        outcome = outcome_of(Endpoint(name, 5060, UDP), dns, seconds=0.5)
        assert outcome.dns is not None
        assert (outcome.dns.trouble, outcome.attempts, outcome.answered) == (trouble, (), False)

    def test_every_address_is_probed(self, dns: Dns) -> None:
        """Calls may go to any of them, so one that is silent is a fault of the host."""
        with SipHost() as host:
            outcome = outcome_of(Endpoint("both.acme.org", host.port, UDP), dns)
        found = {attempt.address: attempt for attempt in outcome.attempts}
        assert found.keys() == {"127.0.0.1", "127.0.0.2", "2001:db8::7"}
        assert found["127.0.0.1"].response is not None
        assert found["127.0.0.2"].trouble == "connection refused: nothing listens on this port"
        assert not outcome.answered

    def test_addresses_that_aws_cannot_reach(self, dns: Dns) -> None:
        """They are flagged, whether they answer here or not."""
        (attempt,) = outcome_of(Endpoint("private.acme.org", 5060, UDP), dns, seconds=0.2).attempts
        assert attempt.private == "a private address (RFC 1918)"

    def test_no_way_to_ipv6(self) -> None:
        """A machine without IPv6 cannot tell: the address is skipped. A documentation address has no route anywhere."""
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe_:
            try:
                probe_.connect(("2001:db8::7", 5060))
            except OSError:
                has_route = False
            else:
                has_route = True
        attempt = attempt_at(5060, UDP, "2001:db8::7", seconds=0.2)
        assert attempt.skipped is not has_route
        assert ipaddress.ip_address(attempt.address).version == 6

    def test_exists(self, dns: Dns) -> None:
        """Only a name that does not exist is missing; one that got no answer is asked for once, and nothing after it."""
        address, _, port = dns.address.rpartition(":")
        names = Names(Server(address, int(port)), 0.3)
        assert [names.exists(name) for name in ("both.acme.org", "none.acme.org", "gone.acme.org")] == [
            True,
            True,
            False,
        ]
        assert names.exists("silent.acme.org")
        dns.asked.clear()
        assert names.exists("gone.acme.org")
        assert dns.asked == []
