"""Whether a response is one of Chime SDK Voice, as botocore's model describes it. Nothing else is believed.

botocore parses what it can: an empty body or another service's JSON becomes an answer without members, which would mean that
settings do not exist, and a value of another type ends in an error of Python. So every response passes `check_responses` first.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..text import printable
from .failures import CHECK_ENDPOINT, SetUpError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TORN, BAD_GATEWAY = "RequestTimeoutException", 502
"""The error that stands for an answer cut short. Its status is one that botocore tries again in every retry mode."""

MOST_BYTES = 4 * 2**20
"""Of a response of CloudWatch: the counts of two weeks are a megabyte."""

_SUCCESS, _ERRORS = range(200, 300), 400
_MOST_TEXT = 80
_INT32 = 2**31
_IDENTITY = {"VoiceConnector": ("VoiceConnectorId",)}
"""What the model does not require of a structure, and the provider does."""


class NotAnAnswerError(SetUpError):
    """Raised for a response that is not one of the service: its sentence names the endpoint and what it answered."""

    def __init__(self, endpoint: str, status: int, headers: Mapping[str, Any], operation: str, problem: str) -> None:
        content_type = _short(headers.get("content-type") or "no content type")
        cause = f"{endpoint} answered {status} ({content_type}), which is no answer of Chime SDK Voice: {problem}"
        writes = not operation.startswith(("Get", "List"))
        fix = f"The outcome is unknown. {CHECK_ENDPOINT} Then run pulumi refresh." if writes else CHECK_ENDPOINT
        super().__init__(cause, fix, code="ResponseParserError")


def check_responses(client: Any) -> None:
    """Makes a client of the service accept only what is an answer of it.

    Older versions of botocore have no event between a response and its parser, so the response is checked where it is received.
    A call raises `NotAnAnswerError`, without another attempt, if a complete response that reports success, or a redirect, is
    not what the model describes.
    """

    def check(response: Any, operation: str) -> Any:
        return _checked(client.meta.endpoint_url, client.meta.service_model.operation_model(operation), response)

    _receive(client, check)


def limit_responses(client: Any) -> None:
    """Makes a client read no response that is longer than `MOST_BYTES`."""

    def limit(response: Any, _: str) -> Any:
        response.raw = _Limited(response.raw)
        return response

    _receive(client, limit, stream=True)


def _receive(client: Any, change: Callable[[Any, str], Any], *, stream: bool = False) -> None:
    def send(*, request: Any, event_name: str, **_: Any) -> Any:
        request.stream_output = stream
        return change(client._endpoint.http_session.send(request), event_name.rpartition(".")[2])

    client.meta.events.register_last(f"before-send.{client.meta.service_model.service_id.hyphenize()}", send)


def _checked(endpoint: str, operation: Any, response: Any) -> Any:
    """Returns the response for botocore to parse.

    An answer cut short becomes an error that is tried again. An error that is not of AWS's form gets that form.
    """
    body, headers, status = response.content, response.headers, response.status_code
    promised = headers.get("content-length") or ""
    # Not redundant: botocore (1.44 too) passes enforce_content_length=False to urllib3, so it accepts a body that is too short.
    if promised.isdecimal() and len(body) != int(promised):
        text = f"the answer was cut off after {len(body)} of {promised} bytes"
        return _error(response, BAD_GATEWAY, text, TORN)
    if status >= _ERRORS:
        if not body or _is_error(body):
            return response
        kind = _short(headers.get("content-type") or "without a content type")
        return _error(response, status, f"{endpoint} answered with a body that is no error of AWS ({kind})")
    problem = _problem(operation, status, headers, body)
    if problem is not None:
        raise NotAnAnswerError(endpoint, status, headers, operation.name, problem)
    return response


def _error(response: Any, status: int, message: str, code: str | None = None) -> Any:
    """Returns `response` as an error in the form that AWS's errors have."""
    body = json.dumps({"message": message}).encode()
    response = type(response)(response.url, status, response.headers, _Whole(body))
    if code is not None:
        response.headers["x-amzn-errortype"] = code
    return response


def _is_error(body: bytes) -> bool:
    """Whether botocore can parse it as an error: it takes the body for an object, and these members for text."""
    value = _parsed(body)
    names = ("__type", "code", "Code", "message", "Message")
    return isinstance(value, dict) and all(isinstance(value.get(name, ""), str) for name in names)


def _problem(operation: Any, status: int, headers: Mapping[str, Any], body: bytes) -> str | None:
    """Returns what keeps a response from being an answer to the operation; None if it is one."""
    expected = operation.http.get("responseCode", 200)
    if status not in _SUCCESS:
        host = urlsplit(headers.get("location") or "").hostname
        return f"it is a redirect to {_short(host)}" if host else "it is a redirect"
    if status != expected:
        return f"{expected} is expected"
    if operation.output_shape is None:
        return "its body is not empty" if body else None
    return _problem_of_body(operation, _parsed(body)) if body else "its body is empty"


def _problem_of_body(operation: Any, value: Any) -> str | None:
    if value is _NOT_JSON:
        return "its body is not JSON"
    if not isinstance(value, dict):
        return f"its body is {_type_of(value)}, not an object"
    missing = [name for name in _expected_members(operation) if value.get(name) is None]
    return f"{missing[0]} is missing" if missing else _mismatch(operation.output_shape, value, "")


def _expected_members(operation: Any) -> list[str]:
    """Returns the members without which an answer says nothing. A Get of settings may leave them out where there are none."""
    if operation.name.startswith("Get") and operation.name != "GetVoiceConnector":
        return []
    return [name for name in operation.output_shape.members if name != "NextToken"]


_NOT_JSON = object()


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError):
        return _NOT_JSON


def _mismatch(shape: Any, value: Any, path: str) -> str | None:
    """Returns where a value has not the type of its shape, without the value. What the model does not know is ignored."""
    expected, has_type = _TYPES.get(shape.type_name, ("", lambda _: True))
    if not has_type(value):
        return f"{path} is {_type_of(value)}, not {expected}"
    parts = []
    if shape.type_name == "structure":
        required = {*shape.required_members, *_IDENTITY.get(shape.name, ())}
        missing = [name for name in shape.members if name in required and value.get(name) is None]
        if missing:
            return f"{path}.{missing[0]} is missing".lstrip(".")
        # botocore leaves out a member that is null.
        given = [(name, member) for name, member in shape.members.items() if value.get(name) is not None]
        parts = [(f"{path}.{name}".lstrip("."), member, value[name]) for name, member in given]
    elif shape.type_name == "list":
        parts = [(f"{path}[{index}]", shape.member, item) for index, item in enumerate(value)]
    return next((problem for name, member, part in parts if (problem := _mismatch(member, part, name))), None)


def _is_text(value: Any) -> bool:
    """Whether it is text that can be sent on: JSON may hold half of a surrogate pair."""
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def _is_whole(value: Any) -> bool:
    """Whether it is an integer of 32 bits; it may be written as 5060.0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return (isinstance(value, int) or value.is_integer()) and -_INT32 <= value < _INT32


def _is_time(value: Any) -> bool:
    from botocore.utils import parse_timestamp  # noqa: PLC0415

    try:
        parse_timestamp(value)
    except Exception:  # noqa: BLE001 - whatever it is, botocore's parser would end with it too
        return False
    return True


_TYPES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "structure": ("an object", lambda value: isinstance(value, dict)),
    "list": ("a list", lambda value: isinstance(value, list)),
    "string": ("valid text", _is_text),
    "integer": ("a whole number", _is_whole),
    "boolean": ("true or false", lambda value: isinstance(value, bool)),
    "timestamp": ("a time", _is_time),
}
"""Type of a shape -> how messages name it, and whether a value of JSON has it."""


def _type_of(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return names.get(type(value), "null")


def _short(text: str) -> str:
    text = printable(text)
    return text if len(text) <= _MOST_TEXT else f"{text[:_MOST_TEXT]}…"


# --- bodies, as botocore reads them


class _Whole:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


class _Limited:
    """Ends with an error where a body is too long. botocore reads it whole, however long it is."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        read = 0
        for chunk in self._body.stream():
            read += len(chunk)
            if read > MOST_BYTES:
                self._body.close()
                raise ValueError("the response is too long")
            yield chunk
