"""Errors of AWS and of the network as one sentence: the operation, the cause, the request ID, and the fix."""

from __future__ import annotations

import contextlib
import ipaddress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import ApiError, NotFoundError
from ..text import printable, without_password

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_AGAIN = "The change was probably not applied. Run the command again."
_NOT_KNOWN = "The outcome is unknown. Run pulumi refresh, then pulumi up."
CHECK_ENDPOINT = "Check the endpoint, and any proxy or sign-in page before it."
_REACH = "Check the region, the endpoint and the network."
START_SERVER = "Start the server there, or correct the endpoint."
_PROXIES = "Check aws:httpProxy and aws:httpsProxy, or HTTP_PROXY and HTTPS_PROXY."
_FORBIDDEN = 403
_MAX_SHOWN = 80
WAYS_TO_CREDENTIALS = (
    "Do one of these: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; set AWS_PROFILE, or aws:profile of the stack, to a "
    "profile that has credentials; sign in to a profile (aws sso login); use an instance, a task or a pod that has a role."
)

SERVICE_ERRORS = {
    "AccessDeniedException": "Check that the credentials belong to the right account and region, and what they may do there.",
    "BadRequestException": "Correct the value that AWS names.",
    "ConflictException": "Another request is changing the voice connector. Run the command again.",
    "ExpiredTokenException": "The credentials have expired. Sign in again, or set new ones.",
    "ForbiddenException": "Check which account and which access key made the call.",
    "GoneException": "The voice connector has been permanently deleted. Check its ID.",
    "NotFoundException": "Check the ID of the voice connector, and the region.",
    "RequestTimeoutException": _NOT_KNOWN,
    "ResourceLimitExceededException": "Request a quota increase, then run the command again.",
    "ServiceFailureException": _AGAIN,
    "ServiceUnavailableException": _AGAIN,
    "ThrottledClientException": "Run the command again later; pulumi also with a lower --parallel.",
    "UnauthorizedClientException": "Check the credentials and the system clock.",
    "UnprocessableEntityException": "Correct the value that AWS names.",
}
"""Error code of the service -> fix. A test checks that it is complete against botocore's model."""
UNFORESEEN_CODE = "Try again. If the error persists, contact AWS Support with the request ID."

CLIENT_ERRORS = {
    "NoCredentialsError": WAYS_TO_CREDENTIALS,
    "EndpointConnectionError": _REACH,
    "ConnectTimeoutError": _REACH,
    "ReadTimeoutError": _NOT_KNOWN,
    "ConnectionClosedError": _NOT_KNOWN,
    "HTTPClientError": _NOT_KNOWN,
    "ResponseParserError": CHECK_ENDPOINT,
    "ResponseStreamingError": _NOT_KNOWN,
    "IncompleteReadError": _NOT_KNOWN,
    "SSLError": "Check the endpoint's certificate, and AWS_CA_BUNDLE or aws:customCaBundle. If it has no TLS, use http://.",
    "ProxyConnectionError": _PROXIES,
    "InvalidProxiesConfigError": _PROXIES,
    "NoRegionError": "Set region on the resource, aws:region, or AWS_REGION.",
    "InvalidRegionError": "Correct the region.",
    "UnknownEndpointError": "Chime SDK Voice is not in that region. Correct the region.",
}
"""Name of botocore's error -> fix."""
UNFORESEEN_CLIENT_ERROR = "Check the AWS configuration of the stack and of the environment."

NO_CONNECTION = ("ConnectTimeoutError", "EndpointConnectionError", "ProxyConnectionError")
"""Names of botocore's errors if no connection was made: a region without the service has no endpoint to connect to."""

NO_TLS = ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER")
"""OpenSSL's reasons that another attempt does not change."""

_PREFIX = {"GetCallerIdentity": "sts", "GetMetricData": "cloudwatch", "LookupEvents": "cloudtrail"}
"""Operation of another service -> the prefix of its permission."""


class SetUpError(Exception):
    """Raised for a failure of the set-up, before any request is sent; `translate` adds the operation."""

    def __init__(self, cause: str, fix: str, code: str = "CredentialRetrievalError") -> None:
        super().__init__(f"{cause}. {fix}")
        self.code = code


class InvalidResponseError(SetUpError):
    """Raised if what an endpoint returns is not a response to the operation: another server answers there."""

    def __init__(self, endpoint: str, status: int, headers: Mapping[str, Any], operation: str, problem: str) -> None:
        content_type = shortened(headers.get("content-type") or "no content type")
        cause = f"{endpoint} answered {status} ({content_type}), which is not a response to {operation}: {problem}"
        fix = (
            f"The outcome is unknown. {CHECK_ENDPOINT} Then run pulumi refresh."
            if writes(operation)
            else CHECK_ENDPOINT
        )
        super().__init__(cause, fix, code="ResponseParserError")


class InvalidEvidenceError(Exception):
    """Raised for a response of CloudWatch or CloudTrail from which nothing can be trusted."""


def not_evidence(service: str, what: str, error: Exception) -> ApiError:
    """Returns the error for a response that is not one of the service, whatever its parser or its reader raised."""
    problem = str(error) if isinstance(error, InvalidEvidenceError) else "it cannot be parsed"
    text = f"{what}: the response is not one of {service} ({problem}). {CHECK_ENDPOINT}"
    return ApiError(text, code="ResponseParserError")


def one_line(text: object) -> str:
    """Returns another program's text for the middle of a sentence. It may have contained a password."""
    return printable(without_password(" ".join(str(text).split()))).rstrip(".")


def shortened(text: str) -> str:
    text = printable(text)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}…"


def writes(operation: str) -> bool:
    return not operation.startswith(("Get", "List", "Lookup"))


@dataclass(frozen=True)
class Source:
    """Where credentials come from, what to correct if it fails, and how to renew them if that is something else."""

    name: str
    fix: str
    renewal: str = ""

    @property
    def fix_if_expired(self) -> str:
        return self.renewal or self.fix


@dataclass(frozen=True)
class Rejection:
    """An error response of AWS. As a string, its code, its message and the request ID."""

    code: str
    message: str
    status: int | None
    request_id: str | None

    @classmethod
    def of(cls, response: Mapping[str, Any]) -> Rejection:
        details, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
        return cls(
            code=details.get("Code") or "an error without a code",
            message=printable(" ".join((details.get("Message") or "").split())),
            status=metadata.get("HTTPStatusCode"),
            request_id=metadata.get("RequestId"),
        )

    def __str__(self) -> str:
        request = f" (request {self.request_id})" if self.request_id else ""
        return f"{self.code}: {self.message}".rstrip(": .") + request

    def credential_fix(self, find_source: Callable[[], Source | None]) -> str:
        """Returns the fix if AWS rejects the credentials, which are of the source that is found; else an empty string."""
        message = self.message.lower()
        is_expired = self.code in ("ExpiredToken", "ExpiredTokenException") or (
            "token" in message and "expired" in message
        )
        is_signature = self.status == _FORBIDDEN and "signature" in message and "expired" not in message
        if not (is_expired or is_signature or self.code in ("SignatureDoesNotMatch", "InvalidSignatureException")):
            return ""
        source = find_source()
        if is_expired:
            return f"The credentials of {source.name} have expired. {source.fix_if_expired}" if source else ""
        return f"The secret key does not belong to the access key. {source.fix if source else 'Correct it.'}"


def translate(
    error: Exception,
    what: str,
    operation: str,
    fix: str = "",
    *,
    find_source: Callable[[], Source | None] = lambda: None,
    endpoint: str | None = None,
) -> Exception:
    """Returns the error as one sentence that begins with `what`; an unexpected error is returned unchanged.

    Args:
        fix: replaces the fix of a failure without a response of the service.
        find_source: returns the source of the credentials that sign the request; None if it is not known.
        endpoint: the URL that the request goes to, if it is not AWS's own.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    if isinstance(error, ClientError):
        return _service_error(Rejection.of(error.response), what, operation, find_source, endpoint)
    if isinstance(error, SetUpError):
        return ApiError(f"{what}: {error}", code=error.code)
    if isinstance(error, (BotoCoreError, ResponseParserError)):
        name = type(error).__name__
        cause, usual_fix = str(error), _after(operation, CLIENT_ERRORS.get(name, UNFORESEEN_CLIENT_ERROR))
        if refused := refused_on_loopback(error):
            emulator = "Is the emulator running? Start it, or correct the endpoint."
            cause, usual_fix = refused, START_SERVER if operation in _PREFIX else emulator
        return ApiError(f"{what}: {one_line(cause)}. {fix or usual_fix}", code=name)
    return error


def refused_on_loopback(error: Exception) -> str:
    """Returns the cause if nothing listens at an endpoint on this machine; else an empty string."""
    url = getattr(error, "kwargs", {}).get("endpoint_url", "")
    if type(error).__name__ != "EndpointConnectionError" or not is_loopback(url):
        return ""
    parts = urlsplit(without_password(url))
    return f"nothing listens on {parts.scheme}://{parts.netloc}"


def is_loopback(url: str) -> bool:
    """Whether a URL is of this machine."""
    host = urlsplit(url).hostname or ""
    with contextlib.suppress(ValueError):
        address = ipaddress.ip_address(host)
        return address.is_loopback or address.is_unspecified
    return host == "localhost" or host.endswith(".localhost")


def _service_error(
    rejection: Rejection, what: str, operation: str, find_source: Callable[[], Source | None], endpoint: str | None
) -> ApiError:
    code = rejection.code
    if is_missing_permission(rejection.message):
        fix = f"Grant {_PREFIX.get(operation, 'chime')}:{operation}."
    elif code == "NotFoundException" and endpoint:
        fix = f"Check the ID of the voice connector, the region, and the endpoint {endpoint}."
    else:
        fix = rejection.credential_fix(find_source) or _after(operation, SERVICE_ERRORS.get(code, UNFORESEEN_CODE))
    kind = NotFoundError if code == "NotFoundException" else ApiError
    return kind(f"{what}: {rejection}. {fix}", **asdict(rejection))


def is_missing_permission(message: str) -> bool:
    """Whether AWS reports a missing permission. It returns 403 for other reasons as well, even to administrators."""
    return "not authorized to perform" in message.lower()


def _after(operation: str, fix: str) -> str:
    """Returns the fix: a failed read has changed nothing, whatever would be true of a write."""
    return "Nothing was changed: try again." if fix in (_AGAIN, _NOT_KNOWN) and not writes(operation) else fix
