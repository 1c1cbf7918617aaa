"""The TLS side of a host: its certificate, as this machine trusts it, and whether it requests one of the client."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import datetime

CERTIFICATE_REQUEST = 13
"""The handshake message of that name (RFC 8446, section 4.3.2)."""


@dataclass(frozen=True)
class Certificate:
    """The certificate of a host.

    Attributes:
        names: the host names and addresses that it is for.
        expires: when it expires, in UTC.
        distrust: why this machine does not trust it for the host; empty if it does.
        version: the version of TLS.
        requests_client_certificate: whether the host requests a certificate of the client, which AWS does not support; None
            if this Python does not tell.
    """

    names: tuple[str, ...]
    expires: datetime.datetime
    distrust: str
    version: str
    requests_client_certificate: bool | None


class ClientCertificateError(OSError):
    """The host ended the handshake, because it requires a certificate of the client."""

    def __init__(self) -> None:
        super().__init__("the host requires a client certificate, which AWS does not support")


def connect(address: str, port: int, host: str, seconds: float) -> tuple[ssl.SSLSocket, Certificate]:
    """A TLS connection, even with a certificate that is not trusted.

    Args:
        address: IP address to connect to.
        host: the name or address that the certificate must be for.
        seconds: the timeout of each step.

    Raises:
        ClientCertificateError: the host requires a client certificate and says so in the handshake, as in TLS 1.2.
        ssl.SSLError: the host does not speak TLS.
        OSError: there is no connection.
    """
    distrust = ""
    try:
        connection, requests = _handshake(address, port, host, seconds, ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        distrust = error.verify_message.rstrip(".")
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection, requests = _handshake(address, port, host, seconds, context)
    names, expires = _read(connection.getpeercert(binary_form=True) or b"")
    return connection, Certificate(names, expires, distrust, connection.version() or "", requests)


def _handshake(
    address: str, port: int, host: str, seconds: float, context: ssl.SSLContext
) -> tuple[ssl.SSLSocket, bool | None]:
    requests: list[int] = []

    def note(_: Any, _direction: Any, _version: Any, _content: Any, message: int, _data: Any) -> None:
        if message == CERTIFICATE_REQUEST:
            requests.append(message)

    tells = hasattr(context, "_msg_callback")
    if tells:
        # The one way to see the message in Python; the standard library has it for its own tests.
        context._msg_callback = note  # type: ignore[attr-defined]
    plain = socket.create_connection((address, port), seconds)
    try:
        connection = context.wrap_socket(plain, server_hostname=host)
    except BaseException as error:  # whatever it is, the socket is closed
        plain.close()
        if requests and isinstance(error, ssl.SSLError) and not isinstance(error, ssl.SSLCertVerificationError):
            raise ClientCertificateError from error
        if isinstance(error, TimeoutError):
            raise OSError("the port is open, but there was no TLS handshake in time") from error
        raise
    return connection, bool(requests) if tells else None


def _read(der: bytes) -> tuple[tuple[str, ...], datetime.datetime]:
    from cryptography import x509  # noqa: PLC0415 - only this module needs it

    certificate = x509.load_der_x509_certificate(der)
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = []
    else:
        names = [
            *extension.get_values_for_type(x509.DNSName),
            *map(str, extension.get_values_for_type(x509.IPAddress)),
        ]
    return tuple(names), certificate.not_valid_after_utc
