"""Whatever AWS or the way to it answers, as one sentence: what was being done, the cause, the request id, the way on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import ApiError, NotFoundError
from ..text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

_AGAIN = "Nothing is known to have changed: run pulumi again."
_READ_AGAIN = "Nothing was changed: try again."
_NOT_KNOWN = "Whether the service carried it out is not known: run pulumi refresh, then pulumi up."
_SIGN_IN = "Sign in again (aws sso login), or correct the profile."
_EXPIRED = "The session token has expired: sign in again."
_REACH = "Check the region, the endpoint and the network."

SERVICE_ERRORS: dict[str, tuple[str, str]] = {
    "AccessDeniedException": (
        "the credentials may not do this",
        "Check that the credentials belong to the account and region meant.",
    ),
    "BadRequestException": (
        "the service does not accept a value",
        "Correct what the service names.",
    ),
    "ConflictException": (
        "something else is changing the voice connector",
        "Something else is changing the voice connector: run pulumi again.",
    ),
    "ExpiredTokenException": ("the session token has expired", _EXPIRED),
    "ForbiddenException": (
        "the account, the access key or its signature is not accepted",
        "Check which account and which access key the call was made with.",
    ),
    "GoneException": ("the voice connector is gone for good", "Check the id of the voice connector."),
    "NotFoundException": (
        "the voice connector is not in this account and region",
        "Check the id of the voice connector, and the region.",
    ),
    "RequestTimeoutException": ("the request or its answer was cut off, at every try", _NOT_KNOWN),
    "ResourceLimitExceededException": (
        "a quota of the account is used up",
        "Ask AWS for a higher limit, then run pulumi again.",
    ),
    "ServiceFailureException": ("the service failed, at every try", _AGAIN),
    "ServiceUnavailableException": ("the service was unavailable, at every try", _AGAIN),
    "ThrottledClientException": (
        "too many requests, at every try",
        "The call was tried several times: run pulumi again later, or with a lower --parallel.",
    ),
    "UnauthorizedClientException": (
        "the credentials are not accepted",
        "Check the credentials and the system clock.",
    ),
    "UnprocessableEntityException": (
        "the service does not accept a value",
        "Correct what the service names.",
    ),
}
"""Error code of the service -> cause and way on. A test holds it complete against botocore's model."""

CLIENT_ERRORS: dict[str, tuple[str, str]] = {
    "NoCredentialsError": (
        "no AWS credentials were found",
        "Set aws:profile, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in.",
    ),
    "PartialCredentialsError": (
        "half of the credentials is missing",
        "Set both the access key and the secret key, or complete the profile.",
    ),
    "CredentialRetrievalError": ("the source of the credentials failed", _SIGN_IN),
    "TokenRetrievalError": ("single sign-on has ended", _SIGN_IN),
    "SSOTokenLoadError": ("single sign-on has ended", _SIGN_IN),
    "UnauthorizedSSOTokenError": ("single sign-on has ended", _SIGN_IN),
    "ProfileNotFound": ("the profile is in none of the shared files", "Correct aws:profile, or AWS_PROFILE."),
    "EndpointConnectionError": ("the name of the endpoint is not known, or nothing listens there", _REACH),
    "ConnectTimeoutError": ("the endpoint did not take the connection", _REACH),
    "ReadTimeoutError": ("the answer did not come in time, at every try", _NOT_KNOWN),
    "ConnectionClosedError": ("the connection was closed before the answer, at every try", _NOT_KNOWN),
    "HTTPClientError": ("the connection failed", _NOT_KNOWN),
    "ResponseParserError": ("what came is no answer of this service", _NOT_KNOWN),
    "ResponseStreamingError": ("the answer was cut off", _NOT_KNOWN),
    "IncompleteReadError": ("the answer was cut off", _NOT_KNOWN),
    "SSLError": (
        "the endpoint's certificate is not trusted",
        "Check the endpoint's certificate and aws:customCaBundle.",
    ),
    "ProxyConnectionError": (
        "the proxy cannot be reached",
        "Check aws:httpProxy and aws:httpsProxy, or HTTP_PROXY and HTTPS_PROXY.",
    ),
    "InvalidProxiesConfigError": (
        "the proxy's settings cannot be used",
        "Check aws:httpProxy and aws:httpsProxy, or HTTP_PROXY and HTTPS_PROXY.",
    ),
    "NoRegionError": ("no region is set", "Set region on the resource, aws:region, or AWS_REGION."),
    "InvalidRegionError": ("what is set as region cannot be one", "Correct the region."),
    "UnknownEndpointError": ("the service is not in that region", "Chime SDK Voice is not in that region: correct it."),
}
"""Name of botocore's own error -> cause and way on."""

NO_CONNECTION = ("ConnectTimeoutError", "EndpointConnectionError", "ProxyConnectionError")
"""Names of botocore's errors if no connection came about: a region without the service has no endpoint to connect to."""

UNFORESEEN_CODE = (
    "an error that the service's model does not list",
    "Try again; if it stays, ask AWS with the request id.",
)
UNFORESEEN_CLIENT_ERROR = (
    "the AWS configuration cannot be used",
    "Check the AWS configuration of the stack and of the environment.",
)


class SetUpError(Exception):
    """A failure of the caller's own set-up before any request is sent; `translate` says what was being done.

    Attributes:
        cause: what is wrong; the beginning of a sentence.
        way_on: the sentence that says what to do.
        code: as that of `ApiError`.
    """

    def __init__(self, cause: str, way_on: str, code: str = "CredentialRetrievalError") -> None:
        super().__init__(f"{cause}. {way_on}")
        self.cause = cause
        self.way_on = way_on
        self.code = code


def translate(error: Exception, what: str, operation: str, way_on: str = "") -> Exception:
    """The error as one sentence that begins with `what` was being done; an error nobody foresaw comes back as it is.

    Args:
        way_on: replaces the way on of a failure that no answer of the service explains.
    """
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError  # noqa: PLC0415
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    if isinstance(error, ClientError):
        return _service_error(error.response, what, operation)
    if isinstance(error, SetUpError):
        return ApiError(f"{what}: {error}", code=error.code)
    if isinstance(error, (BotoCoreError, HTTPClientError, ResponseParserError)):
        name = type(error).__name__
        way_on = way_on or _way_on(CLIENT_ERRORS.get(name, UNFORESEEN_CLIENT_ERROR), operation)
        return ApiError(f"{what}: {_sentence(str(error))} {way_on}", code=name)
    return error


def _service_error(response: Mapping[str, Any], what: str, operation: str) -> ApiError:
    details, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
    code = details.get("Code") or "an error without a code"
    message = printable(" ".join((details.get("Message") or "").split()))
    status, request_id = metadata.get("HTTPStatusCode"), metadata.get("RequestId")
    if lacks_a_grant(message):
        way_on = f"Grant {'sts' if operation == 'GetCallerIdentity' else 'chime'}:{operation}."
    else:
        way_on = _way_on(SERVICE_ERRORS.get(code, UNFORESEEN_CODE), operation)
    cause = f"{code}: {message}".rstrip(": .")
    request = f" (request {request_id})" if request_id else ""
    kind = NotFoundError if code == "NotFoundException" else ApiError
    return kind(f"{what}: {cause}{request}. {way_on}", code=code, status=status, request_id=request_id, message=message)


def lacks_a_grant(message: str) -> bool:
    """Whether AWS itself says that a permission is missing: it answers 403 for other reasons, and to administrators, too."""
    return "not authorized to perform" in message.lower()


def _way_on(entry: tuple[str, str], operation: str) -> str:
    _, way_on = entry
    if operation.startswith(("Get", "List")) and way_on in (_AGAIN, _NOT_KNOWN):
        return _READ_AGAIN
    return way_on


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."
