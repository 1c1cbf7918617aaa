"""Checks that a response is one of Chime SDK Voice, as botocore's model describes it.

botocore parses what it can: from an empty body, or another service's JSON, it makes a response without members, which would mean
that settings do not exist; a value of another type ends in an error of Python. So every response passes `checked` first.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.utils import parse_timestamp

from .failures import InvalidResponseError, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.awsrequest import AWSResponse

TORN, BAD_GATEWAY = "RequestTimeoutException", 502
"""The error that stands for a response cut short. botocore retries its status in every retry mode."""

MAX_BYTES = 4 * 2**20
"""The longest response of CloudWatch that is read: the counts of two weeks are a megabyte."""

_SUCCESS, _ERRORS = range(200, 300), 400
_INT32 = 2**31
_IDENTITY = {"VoiceConnector": ("VoiceConnectorId",)}
"""Members that the provider requires of a structure, and the model does not."""


def on_response(client: Any, change: Callable[[Any, AWSResponse, str], AWSResponse], *, stream: bool = False) -> None:
    """Makes a client parse what `change` returns for the client, a response and the name of the operation: one of the next two.

    Older versions of botocore have no event between a response and its parser, so the request is sent here.
    """

    def send(*, request: Any, event_name: str, **_: Any) -> AWSResponse:
        request.stream_output = stream
        return change(client, client._endpoint.http_session.send(request), event_name.rpartition(".")[2])

    client.meta.events.register_last(f"before-send.{client.meta.service_model.service_id.hyphenize()}", send)


def limited(_: Any, response: AWSResponse, __: str) -> AWSResponse:
    """Stops reading a streamed response after `MAX_BYTES`."""
    body = bytearray()
    for chunk in response.raw.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            response.raw.close()
            raise ValueError("the response is too long")
    response._content = bytes(body)  # type: ignore[attr-defined]
    return response


def checked(client: Any, response: AWSResponse, operation_name: str) -> AWSResponse:
    """Raises `InvalidResponseError`, which ends the attempts, for what is not a response of the service.

    A response cut short becomes an error that is retried. An error in another form than AWS's gets that form.
    """
    endpoint, body, headers, status = client.meta.endpoint_url, response.content, response.headers, response.status_code
    expected_length = headers.get("content-length") or ""
    # Not redundant: botocore (1.44 too) passes enforce_content_length=False to urllib3, so it accepts a body that is too short.
    if expected_length.isdecimal() and len(body) != int(expected_length):
        text = f"the response was cut off after {len(body)} of {expected_length} bytes"
        return _error(response, BAD_GATEWAY, text, TORN)
    if status >= _ERRORS:
        if not body or _is_error(body):
            return response
        content_type = shortened(headers.get("content-type") or "without a content type")
        return _error(response, status, f"{endpoint} answered with a body that is no error of AWS ({content_type})")
    problem = _problem(client.meta.service_model.operation_model(operation_name), status, headers, body)
    if problem is not None:
        raise InvalidResponseError(endpoint, status, headers, operation_name, problem)
    return response


def _error(response: AWSResponse, status: int, message: str, code: str | None = None) -> AWSResponse:
    """Makes the response an error in the form that AWS's errors have."""
    response.status_code = status
    response._content = json.dumps({"message": message}).encode()  # type: ignore[attr-defined]
    if code is not None:
        response.headers["x-amzn-errortype"] = code
    return response


def _is_error(body: bytes) -> bool:
    """Whether botocore can parse the body as an error: it assumes an object, in which these members are text."""
    value = _parsed(body)
    names = ("__type", "code", "Code", "message", "Message")
    return isinstance(value, dict) and all(isinstance(value.get(name, ""), str) for name in names)


def _problem(operation: Any, status: int, headers: Mapping[str, Any], body: bytes) -> str | None:
    """Returns why this is not a response to the operation; None if it is."""
    expected = operation.http.get("responseCode", 200)
    if status not in _SUCCESS:
        host = urlsplit(headers.get("location") or "").hostname
        return f"it is a redirect to {shortened(host)}" if host else "it is a redirect"
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
    # The response to a Get of settings does not contain them if there are none.
    is_optional = operation.name.startswith("Get") and operation.name != "GetVoiceConnector"
    expected = [] if is_optional else [name for name in operation.output_shape.members if name != "NextToken"]
    missing = [name for name in expected if value.get(name) is None]
    return f"{missing[0]} is missing" if missing else _mismatch(operation.output_shape, value, "")


_NOT_JSON = object()


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError):
        return _NOT_JSON


def _mismatch(shape: Any, value: Any, path: str) -> str | None:
    """Returns which part of a value does not have the type of its shape, without the value. Unknown members are ignored."""
    expected, has_type = _TYPES.get(shape.type_name, ("", lambda _: True))
    if not has_type(value):
        return f"{path} is {_type_of(value)}, not {expected}"
    parts = []
    if shape.type_name == "structure":
        required = {*shape.required_members, *_IDENTITY.get(shape.name, ())}
        missing = [name for name in shape.members if name in required and value.get(name) is None]
        if missing:
            return f"{path}.{missing[0]} is missing".lstrip(".")
        parts = [
            (f"{path}.{name}".lstrip("."), member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None  # botocore ignores a member that is null.
        ]
    elif shape.type_name == "list":
        parts = [(f"{path}[{index}]", shape.member, item) for index, item in enumerate(value)]
    return next((problem for name, member, part in parts if (problem := _mismatch(member, part, name))), None)


def _is_text(value: Any) -> bool:
    """Whether the value is text that can be encoded: JSON can contain half of a surrogate pair."""
    try:
        return isinstance(value, str) and value.encode() is not None
    except UnicodeEncodeError:
        return False


def _is_whole(value: Any) -> bool:
    """Whether the value is an integer of 32 bits; it may be written as 5060.0."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return (isinstance(value, int) or value.is_integer()) and -_INT32 <= value < _INT32


def _is_time(value: Any) -> bool:
    try:
        parse_timestamp(value)
    except Exception:  # noqa: BLE001 - botocore's parser would raise it as well
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
