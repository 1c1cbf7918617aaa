"""Chime SDK Voice as botocore's service model describes it.

Methods, paths, statuses, shapes and error names come from the model that botocore ships. `PROSE` has the rules that only
the model's documentation texts state.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from urllib.parse import parse_qsl

import botocore.session

from chime_voice_emulator.shapes import Prose, compile_checker, compile_formatter, compile_members, missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel, ServiceModel, StringShape, StructureShape

    from chime_voice_emulator.shapes import Checker, Formatter, Problems

Input: TypeAlias = "dict[str, Any]"

SIGNING_NAME = "chime"

PROSE = Prose(
    # Origination.Routes: "Valid range: Minimum value of 1. Maximum value of 20."
    list_sizes={"OriginationRouteList": (1, 20)},
    # Origination and OriginationRoute: "The parameters listed below are not required, but you must use at least one."
    # For Origination that is also: "you must specify this parameter or Disabled".
    need_one_member=frozenset({"Origination", "OriginationRoute"}),
)

# OriginationRoute.Port: "Defaults to 5060." CreateVoiceConnector.AwsRegion: "Default value: us-east-1."
DEFAULT_PORT = 5060
DEFAULT_REGION = "us-east-1"

# TagList: at most 50 items. The limit also applies to tags that are added in several requests.
MAX_TAGS = 50

_BOOLEANS = {"true": True, "false": False}

# Some errors occur before the operation is known (an unknown path, a body that is too large). The model has no shapes for
# them; these are the names that AWS's other REST-JSON services use.
_PROTOCOL_STATUSES = {
    "UnknownOperationException": 404,
    "RequestTimeoutException": 408,
    "RequestEntityTooLargeException": 413,
    "UnsupportedMediaTypeException": 415,
    "NotImplementedException": 501,
}

# The name of the error with a plain status, if several shapes share the status.
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


@dataclass(frozen=True)
class Parameter:
    """A member of an operation's input that is sent in the path or in the query string."""

    member: str
    location: str
    wire_name: str
    type_name: str
    required: bool
    check: Checker


@dataclass(frozen=True)
class Operation:
    """One operation of the service: its method and path, its input and its output."""

    name: str
    method: str
    path: str
    literal_query: Mapping[str, str]
    status: int
    model: OperationModel = field(repr=False, compare=False)

    @functools.cached_property
    def has_body(self) -> bool:
        """Whether any member of the input is sent in the body."""
        return bool(self._body_members)

    @functools.cached_property
    def _body_members(self) -> list[str]:
        shape = self._input_shape
        return [name for name, member in shape.members.items() if "location" not in member.serialization]

    @property
    def _input_shape(self) -> StructureShape:
        return cast("StructureShape", self.model.input_shape)

    @functools.cached_property
    def _check_body(self) -> Checker:
        return compile_members(self._input_shape, self._body_members, PROSE)

    @functools.cached_property
    def _format(self) -> Formatter | None:
        return compile_formatter(self.model.output_shape) if self.model.output_shape else None

    @functools.cached_property
    def _parameters(self) -> list[Parameter]:
        shape = self._input_shape
        return [
            Parameter(
                member=name,
                location=member.serialization["location"],
                wire_name=member.serialization["name"],
                type_name=member.type_name,
                required=name in shape.required_members,
                check=compile_checker(member, PROSE),
            )
            for name, member in shape.members.items()
            if "location" in member.serialization
        ]

    def parse(self, path: Mapping[str, str], query: Mapping[str, str], body: Any) -> tuple[Input, list[str]]:
        """Returns the operation's input, by the model's member names, and a sentence for each rule that it breaks.

        Args:
            path: the path's labels, decoded.
            query: the query string's parameters, decoded.
            body: the decoded JSON body, or ``{}`` if the request has none.
        """
        problems: Problems = []
        values: Input = {}
        for parameter in self._parameters:
            given = path if parameter.location == "uri" else query
            if parameter.wire_name in given:
                value = _from_text(given[parameter.wire_name], parameter.type_name)
                values[parameter.member] = parameter.check(value, parameter.member, problems)
            elif parameter.required:
                problems.append(missing(parameter.member))
        if self.has_body:
            checked = self._check_body(body, "", problems)
            if isinstance(checked, dict):
                values.update(checked)
        return values, problems

    def format(self, result: Mapping[str, Any]) -> dict[str, Any] | None:
        """Returns the JSON body of a result, or None if the operation's response has no body."""
        return None if self._format is None else cast("dict[str, Any]", self._format(result))


def _from_text(text: str, type_name: str) -> object:
    if type_name == "integer" and re.fullmatch(r"-?[0-9]{1,18}", text):
        return int(text)
    if type_name == "boolean":
        return _BOOLEANS.get(text, text)
    return text


class Service:
    """The operations and errors of Chime SDK Voice."""

    def __init__(self, model: ServiceModel) -> None:
        self.model = model
        self.operations: dict[str, Operation] = {
            name: _operation(model.operation_model(name)) for name in model.operation_names
        }
        self.error_statuses: dict[str, int] = {
            shape.name: int(shape.metadata["error"]["httpStatusCode"]) for shape in model.error_shapes
        }

    def checker(self, shape_name: str, *members: str) -> Checker:
        """Returns the compiled checker of a shape. ``members`` limits a structure to these members."""
        shape = self.model.shape_for(shape_name)
        return (
            compile_members(cast("StructureShape", shape), members, PROSE) if members else compile_checker(shape, PROSE)
        )

    def members(self, shape_name: str) -> set[str]:
        """Returns the names of a structure's members."""
        return set(cast("StructureShape", self.model.shape_for(shape_name)).members)

    @functools.cached_property
    def connector_id_pattern(self) -> re.Pattern[str]:
        """The pattern of voice connector IDs."""
        return re.compile(self.model.shape_for("VoiceConnectorId").metadata["pattern"])

    @functools.cached_property
    def regions(self) -> list[str]:
        """The regions in which a voice connector can be created."""
        return list(cast("StringShape", self.model.shape_for("VoiceConnectorAwsRegion")).enum)


def _operation(model: OperationModel) -> Operation:
    path, _, query = model.http["requestUri"].partition("?")
    return Operation(
        name=model.name,
        method=model.http["method"],
        path=path,
        literal_query=dict(parse_qsl(query)),
        status=int(model.http.get("responseCode", 200)),
        model=model,
    )


@functools.cache
def _load() -> Service:
    return Service(botocore.session.Session().get_service_model("chime-sdk-voice"))


SERVICE = _load()


class ServiceError(Exception):
    """An error response.

    Args:
        code: the error's name: a shape of the model ("NotFoundException"), or any other name together with ``status``.
        message: the human-readable message. It must not contain a phone number.
        status: the HTTP status; by default the one that the model declares for ``code``.
        reason: the member ``Code`` of the body, from the model's ErrorCode; by default derived from ``code``.

    Raises:
        ValueError: ``code`` is unknown and ``status`` is missing.
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
    """Returns the HTTP status of the error named ``code``. Raises ValueError if the name is unknown."""
    status = SERVICE.error_statuses.get(code) or _PROTOCOL_STATUSES.get(code)
    if status is None:
        names = ", ".join(sorted(SERVICE.error_statuses))
        raise ValueError(f"{code} is not an error of Chime SDK Voice; its errors: {names}")
    return status


def code_of(status: int) -> str:
    """Returns the name of the error with a plain HTTP status: a shape of the model, or the number if the model has none."""
    return _CODE_OF_STATUS.get(status, str(status))


def not_found(message: str = "The requested resource couldn't be found.") -> ServiceError:
    """Returns a NotFoundException."""
    return ServiceError("NotFoundException", message)


def bad_request(message: str) -> ServiceError:
    """Returns a BadRequestException."""
    return ServiceError("BadRequestException", message)
