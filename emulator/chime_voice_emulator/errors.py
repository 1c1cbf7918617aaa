"""What the endpoint answers when it does not do as asked.

Errors that Chime SDK Voice declares are taken from botocore's service model: a shape's name is the error's code and the
shape says the HTTP status. A few errors come before any operation is known (an unknown path, a body that is too large);
the model has no shapes for those, and the names here are the ones AWS's other REST-JSON services use.
"""

from __future__ import annotations

from chime_voice_emulator.model import SERVICE

_PROTOCOL_STATUSES = {
    "UnknownOperationException": 404,
    "RequestTimeoutException": 408,
    "RequestEntityTooLargeException": 413,
    "UnsupportedMediaTypeException": 415,
    "NotImplementedException": 501,
}

# Where several shapes share a status, the one that a plain number stands for.
_CODE_OF_STATUS = {
    400: "BadRequestException",
    401: "UnauthorizedClientException",
    403: "ForbiddenException",
    404: "NotFoundException",
    409: "ConflictException",
    410: "GoneException",
    422: "UnprocessableEntityException",
    429: "ThrottledClientException",
    500: "ServiceFailureException",
    503: "ServiceUnavailableException",
}

# The model's ErrorCode enumeration is not always the shape's name without "Exception".
_REASONS = {
    "ThrottledClientException": "Throttled",
    "UnauthorizedClientException": "Unauthorized",
    "UnprocessableEntityException": "Unprocessable",
}


class ServiceError(Exception):
    """An error answer.

    Args:
        code: the error's name: a shape of the model ("NotFoundException"), or any other name together with ``status``.
        message: the sentence for people. It must not hold a phone number.
        status: the HTTP status; by default the one that the model declares for ``code``.
        reason: the member ``Code`` of the body, from the model's ErrorCode; by default derived from ``code``.

    Raises:
        ValueError: ``code`` is not known and ``status`` is not given.
    """

    def __init__(self, code: str, message: str, *, status: int | None = None, reason: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status_of(code) if status is None else status
        self.reason = reason or _REASONS.get(code) or code.removesuffix("Exception")

    @property
    def body(self) -> dict[str, str]:
        """The members of the JSON body."""
        return {"Code": self.reason, "Message": self.message}


def status_of(code: str) -> int:
    """The HTTP status of the error named ``code``. Raises ValueError for a name that is not known."""
    status = SERVICE.error_statuses.get(code) or _PROTOCOL_STATUSES.get(code)
    if status is None:
        known = ", ".join(sorted(SERVICE.error_statuses))
        raise ValueError(f"{code} is not an error of Chime SDK Voice; it has {known}")
    return status


def code_of(status: int) -> str:
    """The error that a bare HTTP status stands for: the model's shape, or the number itself where it has none."""
    return _CODE_OF_STATUS.get(status, str(status))


def not_found(message: str = "The requested resource couldn't be found.") -> ServiceError:
    """A NotFoundException."""
    return ServiceError("NotFoundException", message)


def bad_request(message: str) -> ServiceError:
    """A BadRequestException."""
    return ServiceError("BadRequestException", message)
