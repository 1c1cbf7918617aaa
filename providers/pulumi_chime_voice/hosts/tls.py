"""The TLS side of a host: whether AWS and the host have a cipher suite in common, and the certificate of the host."""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography import x509

if TYPE_CHECKING:
    import datetime

SUITES = (
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-SHA384",
    "ECDHE-RSA-AES128-SHA256",
    "AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
    "AES128-SHA256",
)
"""The cipher suites that AWS offers to hosts, in OpenSSL's names; all of them are of TLS 1.2 (docs/network.md)."""

_CERTIFICATE_REQUEST = 13  # the handshake message of that name (RFC 5246, section 7.4.4)


@dataclass(frozen=True)
class Certificate:
    """The certificate of a host.

    Attributes:
        names: the host names and addresses that it is for.
        expires: when it expires, in UTC; None if that cannot be read.
        distrust: why this machine does not trust it for the host; empty if it does.
        version: the version of TLS.
        requests_client_certificate: whether the host requests one of the client; None if this Python does not show it.
    """

    names: tuple[str, ...]
    expires: datetime.datetime | None
    distrust: str
    version: str
    requests_client_certificate: bool | None


def connect(address: str, port: int, host: str, seconds: float) -> tuple[ssl.SSLSocket, Certificate]:
    """Makes a TLS connection as AWS does, even with a certificate that is not trusted.

    Args:
        host: the name or address that the certificate must be for.
        seconds: the timeout of each step.

    Raises:
        ssl.SSLError: the host does not speak TLS.
        OSError: there is no connection, or the host requires a client certificate or other cipher suites than AWS's.
    """
    distrust = ""
    try:
        connection, requests = _handshake(address, port, host, seconds, _context(verify=True))
    except ssl.SSLCertVerificationError as error:
        distrust = error.verify_message.rstrip(".")
        connection, requests = _handshake(address, port, host, seconds, _context(verify=False))
    except (ssl.SSLError, ConnectionResetError):
        _check_other_suites(address, port, host, seconds)
        raise
    names, expires, unreadable = _read(connection.getpeercert(binary_form=True) or b"")
    return connection, Certificate(names, expires, distrust or unreadable, connection.version() or "", requests)


def _context(*, verify: bool, as_aws: bool = True) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_ciphers(":".join(SUITES) if as_aws else "ALL")
    if as_aws:
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _check_other_suites(address: str, port: int, host: str, seconds: float) -> None:
    """Raises an OSError if the host accepts what this machine can offer beyond AWS's suites."""
    try:
        connection, _ = _handshake(address, port, host, seconds, _context(verify=False, as_aws=False))
    except OSError:
        return
    with connection:
        suite = (connection.cipher() or ("?",))[0]
        if suite not in SUITES:  # otherwise something else ended the first handshake
            raise OSError(
                f"the host accepts {connection.version() or 'TLS'} with {suite}, "
                "but none of the cipher suites of AWS (docs/network.md)"
            )


def _handshake(
    address: str, port: int, host: str, seconds: float, context: ssl.SSLContext
) -> tuple[ssl.SSLSocket, bool | None]:
    requests: list[int] = []

    def note(_: Any, _direction: Any, _version: Any, _content: Any, message: int, _data: Any) -> None:
        if message == _CERTIFICATE_REQUEST:
            requests.append(message)

    tells = hasattr(context, "_msg_callback")
    if tells:
        # The only way to see the message in Python; the standard library uses it in its own tests.
        context._msg_callback = note  # type: ignore[attr-defined]
    plain = socket.create_connection((address, port), seconds)
    try:
        connection = context.wrap_socket(plain, server_hostname=host)
    except BaseException as error:  # whatever it is, the socket is closed
        plain.close()
        if requests and isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLCertVerificationError):
            raise OSError(
                "the host requires a client certificate; AWS sends one of a private certificate authority"
            ) from error
        if isinstance(error, TimeoutError):
            raise OSError("the port is open, but there was no TLS handshake in time") from error
        raise
    return connection, bool(requests) if tells else None


def _read(der: bytes) -> tuple[tuple[str, ...], datetime.datetime | None, str]:
    """Returns the names of a certificate, its expiry, and why it cannot be read, as far as it cannot."""
    names: tuple[str, ...] = ()
    expires = None
    try:
        certificate = x509.load_der_x509_certificate(der)
        expires = certificate.not_valid_after_utc
        with suppress(x509.ExtensionNotFound):
            extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            addresses = map(str, extension.get_values_for_type(x509.IPAddress))
            names = (*extension.get_values_for_type(x509.DNSName), *addresses)
    except Exception as error:  # noqa: BLE001 - a host sends what it likes, and each kind of damage has its own exception
        return names, expires, f"it cannot be read ({type(error).__name__})"
    return names, expires, ""
