"""Errors of AWS and of the network as one sentence: the operation, the cause, the request ID, and the fix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import ApiError, NotFoundError
from ..text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

_AGAIN = "The change was probably not applied. Run the command again."
_READ_AGAIN = "Nothing was changed: try again."
_NOT_KNOWN = "The outcome is unknown. Run pulumi refresh, then pulumi up."
_SIGN_IN = "Sign in again (aws sso login), or correct the profile."
_EXPIRED = "The session token has expired. Sign in again."
CHECK_ENDPOINT = "Check the endpoint, and any proxy or sign-in page before it."
_REACH = "Check the region, the endpoint and the network."

SERVICE_ERRORS: dict[str, tuple[str, str]] = {
    "AccessDeniedException": (
        "the credentials lack a permission",
        "Check that the credentials belong to the right account and region.",
    ),
    "BadRequestException": (
        "AWS rejects a value",
        "Correct the value that AWS names.",
    ),
    "ConflictException": (
        "another request is changing the voice connector",
        "Another request is changing the voice connector. Run the command again.",
    ),
    "ExpiredTokenException": ("the session token has expired", _EXPIRED),
    "ForbiddenException": (
        "AWS rejects the account, the access key or its signature",
        "Check which account and which access key made the call.",
    ),
    "GoneException": ("the voice connector has been permanently deleted", "Check the ID of the voice connector."),
    "NotFoundException": (
        "the voice connector is not in this account and region",
        "Check the ID of the voice connector, and the region.",
    ),
    "RequestTimeoutException": ("the request or its response was cut off on every attempt", _NOT_KNOWN),
    "ResourceLimitExceededException": (
        "a quota of the account is exhausted",
        "Request a quota increase, then run the command again.",
    ),
    "ServiceFailureException": ("AWS returned a server error on every attempt", _AGAIN),
    "ServiceUnavailableException": ("the service was unavailable on every attempt", _AGAIN),
    "ThrottledClientException": (
        "AWS throttled every attempt",
        "Run the command again later, or with a lower --parallel.",
    ),
    "UnauthorizedClientException": (
        "AWS rejects the credentials",
        "Check the credentials and the system clock.",
    ),
    "UnprocessableEntityException": (
        "AWS rejects a value",
        "Correct the value that AWS names.",
    ),
}
"""Error code of the service -> cause and fix. A test checks that it is complete against botocore's model."""

CLIENT_ERRORS: dict[str, tuple[str, str]] = {
    "NoCredentialsError": (
        "no AWS credentials were found",
        "Set aws:profile, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in.",
    ),
    "PartialCredentialsError": (
        "the access key or the secret key is missing",
        "Set both the access key and the secret key, or complete the profile.",
    ),
    "CredentialRetrievalError": ("the source of the credentials failed", _SIGN_IN),
    "TokenRetrievalError": ("the SSO session has expired", _SIGN_IN),
    "SSOTokenLoadError": ("the SSO session has expired", _SIGN_IN),
    "UnauthorizedSSOTokenError": ("the SSO session has expired", _SIGN_IN),
    "ProfileNotFound": ("the profile is not in the shared AWS config files", "Correct aws:profile, or AWS_PROFILE."),
    "EndpointConnectionError": ("the endpoint's name does not resolve, or nothing listens there", _REACH),
    "ConnectTimeoutError": ("the endpoint did not accept the connection", _REACH),
    "ReadTimeoutError": ("the response timed out on every attempt", _NOT_KNOWN),
    "ConnectionClosedError": ("the connection was closed before the response on every attempt", _NOT_KNOWN),
    "HTTPClientError": ("the connection failed", _NOT_KNOWN),
    "ResponseParserError": (
        "the response is not one of the service: it came from a proxy, a sign-in page or another service",
        CHECK_ENDPOINT,
    ),
    "ResponseStreamingError": ("the response was cut off", _NOT_KNOWN),
    "IncompleteReadError": ("the response was cut off", _NOT_KNOWN),
    "SSLError": (
        "the endpoint's certificate is not trusted",
        "Check the endpoint's certificate and aws:customCaBundle.",
    ),
    "ProxyConnectionError": (
        "the proxy cannot be reached",
        "Check aws:httpProxy and aws:httpsProxy, or HTTP_PROXY and HTTPS_PROXY.",
    ),
    "InvalidProxiesConfigError": (
        "the proxy settings are invalid",
        "Check aws:httpProxy and aws:httpsProxy, or HTTP_PROXY and HTTPS_PROXY.",
    ),
    "NoRegionError": ("no region is set", "Set region on the resource, aws:region, or AWS_REGION."),
    "InvalidRegionError": ("the region is not valid", "Correct the region."),
    "UnknownEndpointError": (
        "the service is not in that region",
        "Chime SDK Voice is not in that region. Correct the region.",
    ),
}
"""Name of botocore's error -> cause and fix."""

NO_CONNECTION = ("ConnectTimeoutError", "EndpointConnectionError", "ProxyConnectionError")
"""Names of botocore's errors if no connection came about: a region without the service has no endpoint to connect to."""

UNFORESEEN_CODE = (
    "an error that the service's model does not list",
    "Try again. If the error persists, contact AWS Support with the request ID.",
)
UNFORESEEN_CLIENT_ERROR = (
    "the AWS configuration is invalid",
    "Check the AWS configuration of the stack and of the environment.",
)


_PREFIX = {"GetCallerIdentity": "sts", "GetMetricData": "cloudwatch"}
"""Operation of another service -> the prefix of its permission."""


class SetUpError(Exception):
    """A failure of the caller's set-up, before any request is sent; `translate` adds the operation.

    Attributes:
        cause: the problem; the beginning of a sentence.
        fix: the sentence with what to do.
        code: as that of `ApiError`.
    """

    def __init__(self, cause: str, fix: str, code: str = "CredentialRetrievalError") -> None:
        super().__init__(f"{cause}. {fix}")
        self.cause = cause
        self.fix = fix
        self.code = code


def translate(error: Exception, what: str, operation: str, fix: str = "") -> Exception:
    """The error as one sentence that begins with the operation (`what`); an unexpected error is returned unchanged.

    Args:
        fix: replaces the fix of a failure without a response of the service.
    """
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError  # noqa: PLC0415
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    if isinstance(error, ClientError):
        return _service_error(error.response, what, operation)
    if isinstance(error, SetUpError):
        return ApiError(f"{what}: {error}", code=error.code)
    if isinstance(error, (BotoCoreError, HTTPClientError, ResponseParserError)):
        name = type(error).__name__
        fix = fix or _fix_of(CLIENT_ERRORS.get(name, UNFORESEEN_CLIENT_ERROR), operation)
        return ApiError(f"{what}: {_sentence(str(error))} {fix}", code=name)
    return error


def _service_error(response: Mapping[str, Any], what: str, operation: str) -> ApiError:
    details, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
    code = details.get("Code") or "an error without a code"
    message = printable(" ".join((details.get("Message") or "").split()))
    status, request_id = metadata.get("HTTPStatusCode"), metadata.get("RequestId")
    if lacks_a_grant(message):
        fix = f"Grant {_PREFIX.get(operation, 'chime')}:{operation}."
    else:
        fix = _fix_of(SERVICE_ERRORS.get(code, UNFORESEEN_CODE), operation)
    cause = f"{code}: {message}".rstrip(": .")
    request = f" (request {request_id})" if request_id else ""
    kind = NotFoundError if code == "NotFoundException" else ApiError
    return kind(f"{what}: {cause}{request}. {fix}", code=code, status=status, request_id=request_id, message=message)


def lacks_a_grant(message: str) -> bool:
    """Whether AWS reports a missing permission: it returns 403 for other reasons, and to administrators, too."""
    return "not authorized to perform" in message.lower()


def _fix_of(entry: tuple[str, str], operation: str) -> str:
    _, fix = entry
    if operation.startswith(("Get", "List")) and fix in (_AGAIN, _NOT_KNOWN):
        return _READ_AGAIN
    return fix


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."
