"""TLS with hosts on loopback, offered as AWS offers it, and certificates of every kind."""

from __future__ import annotations

import datetime
import socket
import ssl
import struct
from typing import TYPE_CHECKING

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from pulumi_chime_voice.hosts import tls
from pulumi_chime_voice.hosts.probe import TCP, TLS

from ...support.hosts import SipHost
from .support import HOST, attempt_at

if TYPE_CHECKING:
    from pathlib import Path

UTC = datetime.timezone.utc
CLIENT_CERTIFICATE = "the host requires a client certificate; AWS sends one of a private certificate authority"


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """An authority that this machine trusts."""
    authority = trustme.CA(key_type=trustme.KeyType.RSA)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


def issue(
    authority: trustme.CA,
    *names: str,
    not_after: datetime.datetime | None = None,
    key_type: trustme.KeyType = trustme.KeyType.RSA,
) -> trustme.LeafCert:
    """A certificate with an RSA key, as AWS's suites require one."""
    return authority.issue_cert(*(names or (HOST,)), not_after=not_after, key_type=key_type)


def host_with(certificate: trustme.LeafCert, ca: trustme.CA | None = None, ask: int = ssl.CERT_NONE) -> SipHost:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    if ca is not None:
        ca.configure_trust(context)
    context.verify_mode = ssl.VerifyMode(ask)
    return SipHost("TLS", context=context)


class Resetting(SipHost):
    """A host of TLS 1.3 that resets the connection of a client of TLS 1.2."""

    def _connection(self, plain: socket.socket) -> None:
        if b"\x00\x2b" + b"\x00\x05\x04\x03\x04" in plain.recv(65_535, socket.MSG_PEEK):  # supported_versions: 1.3
            super()._connection(plain)
        else:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class TestSuites:
    @pytest.mark.parametrize("suite", tls.SUITES)
    def test_those_of_aws(self, authority: trustme.CA, suite: str) -> None:
        """A host that accepts one of them alone is reached with it. Python's own selection lacks RSA key exchange."""
        host = host_with(issue(authority))
        assert host.context is not None
        host.context.set_ciphers(suite)
        with host:
            attempt = attempt_at(host.port, TLS)
        assert attempt.response is not None, attempt.trouble
        assert attempt.certificate is not None
        assert (attempt.certificate.version, attempt.trouble) == ("TLSv1.2", "")

    @pytest.mark.parametrize("suite", ["ECDHE-RSA-CHACHA20-POLY1305", "ECDHE-RSA-AES256-SHA", "AES256-SHA"])
    def test_others(self, authority: trustme.CA, suite: str) -> None:
        """AWS cannot reach such a host, so the probe does not either, and says what the host accepts."""
        host = host_with(issue(authority))
        assert host.context is not None
        host.context.set_ciphers(suite)
        host.context.maximum_version = ssl.TLSVersion.TLSv1_2
        with host:
            attempt = attempt_at(host.port, TLS)
        assert attempt.response is None
        assert attempt.trouble == (
            f"the host accepts TLSv1.2 with {suite}, but none of the cipher suites of AWS (docs/network.md)"
        )

    def test_a_host_of_tls_1_3_alone(self, authority: trustme.CA) -> None:
        host = host_with(issue(authority))
        assert host.context is not None
        host.context.minimum_version = ssl.TLSVersion.TLSv1_3
        with host:
            trouble = attempt_at(host.port, TLS).trouble
        assert trouble.startswith("the host accepts TLSv1.3 with TLS_")

    def test_a_host_that_resets_the_connection(self, authority: trustme.CA) -> None:
        """A host need not send an alert when it accepts no cipher suite."""
        host = Resetting("TLS", context=host_with(issue(authority)).context)
        with host:
            trouble = attempt_at(host.port, TLS).trouble
        assert trouble.startswith("the host accepts TLSv1.3 with TLS_")

    def test_a_key_that_is_not_rsa(self, authority: trustme.CA) -> None:
        """Every suite of AWS requires an RSA key."""
        with host_with(issue(authority, key_type=trustme.KeyType.ECDSA)) as host:
            trouble = attempt_at(host.port, TLS).trouble
        assert trouble.endswith(", but none of the cipher suites of AWS (docs/network.md)")

    @pytest.mark.usefixtures("authority")
    def test_no_tls(self) -> None:
        """A port that speaks SIP in the clear: it answers what it does not understand, or waits for the rest of it."""
        with SipHost(TCP, lambda _: [b"SIP/2.0 400 Bad Request\r\n\r\n"], ends=b"") as host:
            assert attempt_at(host.port, TLS).trouble == "no TLS: wrong version number"
        with SipHost(TCP) as host:
            trouble = attempt_at(host.port, TLS, seconds=0.3).trouble
        assert trouble == "the port is open, but there was no TLS handshake in time"


class TestCertificates:
    def test_a_good_certificate(self, authority: trustme.CA) -> None:
        """Names, expiry, trust; no request for a client certificate."""
        expires = datetime.datetime(2031, 5, 1, tzinfo=UTC)
        with host_with(issue(authority, HOST, "sbc.acme.org", not_after=expires)) as host:
            attempt = attempt_at(host.port, TLS)
        assert attempt.certificate is not None
        assert sorted(attempt.certificate.names) == [HOST, "sbc.acme.org"]
        assert attempt.certificate.expires == expires
        assert (attempt.certificate.distrust, attempt.certificate.requests_client_certificate) == ("", False)
        assert attempt.response is not None
        assert attempt.trouble == ""
        assert attempt.connect_seconds

    def test_another_name(self, authority: trustme.CA) -> None:
        """The answer is shown, and the certificate is the trouble."""
        with host_with(issue(authority, "pbx.acme.org")) as host:
            attempt = attempt_at(host.port, TLS)
        assert attempt.certificate is not None
        assert attempt.certificate.names == ("pbx.acme.org",)
        assert attempt.trouble.startswith("certificate: IP address mismatch")
        assert attempt.response is not None

    def test_expired(self, authority: trustme.CA) -> None:
        past = datetime.datetime(2020, 1, 1, tzinfo=UTC)
        with host_with(issue(authority, not_after=past)) as host:
            assert attempt_at(host.port, TLS).trouble == "certificate: certificate has expired"

    @pytest.mark.usefixtures("authority")
    def test_an_unknown_authority(self) -> None:
        with host_with(issue(trustme.CA())) as host:
            assert attempt_at(host.port, TLS).trouble.startswith("certificate: unable to get local issuer")

    @pytest.mark.usefixtures("authority")
    @pytest.mark.parametrize(
        "damage",
        [b"\x30\x03\x82\x01\xff", b"\x30\x07\x87\x05\x01\x02\x03\x04\x05", b"\x30\x04\xa3\x02\x30\x00"],
        ids=["name that is not ASCII", "address of five bytes", "X.400 address"],
    )
    def test_a_malformed_certificate(self, tmp_path: Path, damage: bytes) -> None:
        """The host is not trusted, its answer is shown, and the probe goes on."""
        names = x509.UnrecognizedExtension(x509.SubjectAlternativeName.oid, damage)
        key = rsa.generate_private_key(65537, 2048)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "sbc.acme.org")])
        now = datetime.datetime.now(UTC)
        builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=9))
        certificate = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
        pem = certificate.public_bytes(serialization.Encoding.PEM) + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (tmp_path / "host.pem").write_bytes(pem)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(tmp_path / "host.pem")
        with SipHost("TLS", context=context) as host:
            attempt = attempt_at(host.port, TLS)
        assert attempt.response is not None
        assert attempt.certificate is not None
        assert attempt.certificate.names == ()
        assert attempt.trouble.startswith("certificate: ")

    @pytest.mark.parametrize(("ask", "trouble"), [(ssl.CERT_OPTIONAL, ""), (ssl.CERT_REQUIRED, CLIENT_CERTIFICATE)])
    def test_a_client_certificate(self, authority: trustme.CA, ask: int, trouble: str) -> None:
        """A request for one is noted. A host that requires one is not reached: this machine has none that AWS would send."""
        with host_with(issue(authority), authority, ask) as host:
            attempt = attempt_at(host.port, TLS)
        assert attempt.trouble == trouble
        if not trouble:
            assert attempt.certificate is not None
            assert attempt.certificate.requests_client_certificate is True
