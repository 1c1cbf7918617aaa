"""Every limit of botocore's model, tested at its edges over HTTP.

botocore's own serializer makes the requests without validating them, so the tests check the service's validation.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

import botocore.loaders
import botocore.model
import pytest
from botocore.serialize import create_serializer

from chime_voice_emulator import Emulator
from chime_voice_emulator.service.operations import SERVED

from .support import CONNECTOR, DOCUMENTATION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .support import Answer, Raw

SERVICE = botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model("chime-sdk-voice", "service-2"))
ARN = f"arn:aws:chime:us-east-1:000000000000:vc/{CONNECTOR}"

# For each pattern of the model's inputs, a value that matches and values that do not match completely.
PATTERNS = {
    "VoiceConnectorId": (
        CONNECTOR,
        [
            CONNECTOR[:20],
            CONNECTOR + "a",
            CONNECTOR.upper(),
            "12345678-1234-1234-1234-12345678901",
            CONNECTOR + "\n",
            " ",
        ],
    ),
    "VoiceConnectorName": ("support line_1.-", ["", "a/b", "é", "a\n", "a" * 257]),
    "NonEmptyString": ("a", [" "]),
    "Arn": (ARN, ["", "urn:x", "arn:a b", ARN + "\n"]),
    "E164PhoneNumber": ("+12065550100", ["+0123", "+1" + "2" * 15, "1-206", "+", "", "+1206555010٣", "+12065550100\n"]),
    "Alpha2CountryCode": ("US", ["us", "U", "USA", "", "US\n"]),
}
DESCRIBED = {"OriginationRouteList": (1, 20)}


class Place(NamedTuple):
    """A value within an operation's input."""

    operation: str
    path: tuple[str | int, ...]
    shape: botocore.model.Shape

    @property
    def name(self) -> str:
        return f"{self.operation}-{'.'.join(map(str, self.path))}"


def valid(shape: Any, optional: bool = True) -> Any:
    """Returns a valid value of the shape, with all its members."""
    if shape.type_name == "structure":
        return {
            name: valid(member) for name, member in shape.members.items() if optional or name in shape.required_members
        }
    if shape.type_name == "list":
        return [valid(shape.member)]
    if shape.type_name == "string":
        if shape.name in PATTERNS:
            return PATTERNS[shape.name][0]
        return shape.enum[0] if shape.enum else "a"
    return {"integer": shape.metadata.get("min", 1), "boolean": False}[shape.type_name]


def places(operation: str) -> Iterator[Place]:
    """Yields every value within the operation's input."""

    def walk(shape: Any, path: tuple[str | int, ...]) -> Iterator[Place]:
        yield Place(operation, path, shape)
        if shape.type_name == "structure":
            for name, member in shape.members.items():
                yield from walk(member, (*path, name))
        elif shape.type_name == "list":
            yield from walk(shape.member, (*path, 0))

    yield from walk(SERVICE.operation_model(operation).input_shape, ())


def everywhere(condition: Callable[[Any], bool], *, in_body: bool = False) -> list[Any]:
    """Returns pytest parameters: the places of all operations whose shape meets a condition."""
    found = [place for operation in sorted(SERVED) for place in places(operation) if condition(place.shape)]
    return [pytest.param(place, id=place.name) for place in found if not in_body or travels_in_body(place)]


def body_members(operation: str) -> set[str]:
    """Returns the members of an operation's input that are sent in the body."""
    members = SERVICE.operation_model(operation).input_shape.members
    return {name for name, shape in members.items() if "location" not in shape.serialization}


def travels_in_body(place: Place) -> bool:
    """Whether a place is in the body, or is the body."""
    members = body_members(place.operation)
    return str(place.path[0]) in members if place.path else bool(members)


def body_and_path(operation: str) -> tuple[dict[str, Any], str]:
    """Returns a complete, valid body and the path to send it to."""
    model = SERVICE.operation_model(operation)
    whole = valid(model.input_shape)
    path = model.http["requestUri"].replace("{voiceConnectorId}", CONNECTOR)
    return {name: whole[name] for name in body_members(operation)}, path


def put(value: Any, path: tuple[str | int, ...], item: Any) -> Any:
    """Returns ``value`` with another item at ``path``; None removes the item."""
    if not path:
        return item
    copy = value.copy()
    if item is None and len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = put(copy[path[0]], path[1:], item)
    return copy


@pytest.fixture(scope="module")
def shared_emulator() -> Iterator[Emulator]:
    """Starts one emulator for all limits. Errors for reasons other than a limit do not matter."""
    with Emulator(never_configured="on") as emulator:
        emulator.create_voice_connector(voice_connector_id=CONNECTOR)
        yield emulator


@pytest.fixture
def raw(shared_emulator: Emulator, raw_at: Callable[[str], Raw]) -> Raw:
    return raw_at(shared_emulator.endpoint_url)


def send(raw: Raw, operation: str, given: dict[str, Any]) -> Answer:
    """Sends one request, serialized by botocore without validation."""
    model = SERVICE.operation_model(operation)
    request = create_serializer("rest-json", include_validation=False).serialize_to_request(given, model)
    path = quote(request["url_path"], safe="/?=%")
    if request["query_string"]:
        path += ("&" if "?" in path else "?") + urlencode(request["query_string"], quote_via=quote)
    return raw.send(request["method"], path, request["body"] or b"")


def is_refused(answer: Answer) -> bool:
    """Whether a limit, and nothing else, caused an error."""
    return answer.error == (400, "BadRequestException") and "validation error" in answer.json["Message"]


def attempt(raw: Raw, place: Place, item: Any) -> Answer:
    return send(
        raw, place.operation, put(valid(SERVICE.operation_model(place.operation).input_shape), place.path, item)
    )


@pytest.mark.parametrize("operation", sorted(SERVED))
def test_an_input_within_all_limits_is_accepted(raw: Raw, operation: str) -> None:
    """An input with every member of the model is accepted."""
    assert not is_refused(send(raw, operation, valid(SERVICE.operation_model(operation).input_shape)))


@pytest.mark.parametrize("place", everywhere(lambda shape: shape.type_name == "integer" and "max" in shape.metadata))
def test_integers_have_a_minimum_and_a_maximum(raw: Raw, place: Place) -> None:
    """The minimum and the maximum are accepted, and nothing beyond them."""
    least, most = place.shape.metadata["min"], place.shape.metadata["max"]

    assert not is_refused(attempt(raw, place, least))
    assert not is_refused(attempt(raw, place, most))
    assert is_refused(attempt(raw, place, least - 1))
    assert is_refused(attempt(raw, place, most + 1))


@pytest.mark.parametrize("place", everywhere(lambda shape: shape.type_name == "string" and bool(shape.enum)))
def test_enumerations_are_closed(raw: Raw, place: Place) -> None:
    """Only the model's values are accepted, in their spelling."""
    for value in place.shape.enum:
        assert not is_refused(attempt(raw, place, value))
        assert is_refused(attempt(raw, place, value.swapcase()))


@pytest.mark.parametrize("place", everywhere(lambda shape: "pattern" in shape.metadata))
def test_patterns_apply_to_the_whole_value(raw: Raw, place: Place) -> None:
    """A pattern must match the whole value."""
    right, wrong = PATTERNS[place.shape.name]
    assert re.fullmatch(place.shape.metadata["pattern"], right)

    assert not is_refused(attempt(raw, place, right))
    for value in wrong:
        if value or "uri" not in place.shape.serialization.values():
            assert is_refused(attempt(raw, place, value)), value


@pytest.mark.parametrize(
    "place", everywhere(lambda shape: shape.type_name == "string" and "max" in shape.metadata and shape.name != "Arn")
)
def test_strings_have_a_minimum_and_a_maximum_length(raw: Raw, place: Place) -> None:
    """Lengths count characters, not bytes."""
    least, most = place.shape.metadata["min"], place.shape.metadata["max"]
    letter = "a" if "pattern" in place.shape.metadata else "é"

    assert not is_refused(attempt(raw, place, letter * most))
    assert is_refused(attempt(raw, place, letter * (most + 1)))
    if least:
        assert is_refused(attempt(raw, place, ""))
    else:
        assert not is_refused(attempt(raw, place, ""))


@pytest.mark.parametrize(
    "place",
    everywhere(lambda shape: shape.type_name == "list" and ("max" in shape.metadata or shape.name in DESCRIBED)),
)
def test_lists_have_a_minimum_and_a_maximum_length(raw: Raw, place: Place) -> None:
    """This includes the limits that only the model's texts state."""
    least, most = DESCRIBED.get(place.shape.name, (place.shape.metadata.get("min"), place.shape.metadata.get("max")))
    item = valid(place.shape.member)

    assert not is_refused(attempt(raw, place, [item] * least))
    assert not is_refused(attempt(raw, place, [item] * most))
    assert is_refused(attempt(raw, place, [item] * (least - 1)))
    assert is_refused(attempt(raw, place, [item] * (most + 1)))


@pytest.mark.parametrize(
    "place", everywhere(lambda shape: shape.type_name == "structure" and bool(shape.required_members))
)
def test_required_members_are_required(raw: Raw, place: Place) -> None:
    """A missing member is an error, and so is null."""
    for name in place.shape.required_members:
        if place.shape.members[name].serialization.get("location") == "uri":
            continue
        where = Place(place.operation, (*place.path, name), place.shape.members[name])
        answer = attempt(raw, where, None)
        assert is_refused(answer), name
        assert name in answer.json["Message"]


@pytest.mark.parametrize("place", everywhere(lambda shape: shape.type_name == "structure", in_body=True))
@pytest.mark.parametrize("unknown", ["Unknown", "VoiceConnectorId"])
def test_unknown_members_are_rejected(raw: Raw, place: Place, unknown: str) -> None:
    """Each structure accepts only its own members. A member of the path is unknown in the body."""
    body, path = body_and_path(place.operation)
    structure: Any = body
    for step in place.path:
        structure = structure[step]
    extended = put(body, place.path, {**structure, unknown: CONNECTOR})

    answer = raw.send(SERVICE.operation_model(place.operation).http["method"], path, extended)

    assert is_refused(answer)
    assert f"unknown member '{unknown}'" in answer.json["Message"]


@pytest.mark.parametrize("place", everywhere(lambda _: True, in_body=True))
def test_types_are_checked(raw: Raw, place: Place) -> None:
    """Values are not converted: a boolean, "5060" and 5060.0 are not integers."""
    body, path = body_and_path(place.operation)
    method = SERVICE.operation_model(place.operation).http["method"]
    values = {"structure": {}, "list": [], "string": "5060", "integer": 1, "boolean": True, "number": 5060.0}
    for kind, value in values.items():
        if kind != place.shape.type_name:
            answer = raw.send(method, path, put(body, place.path, value))
            assert is_refused(answer), (kind, answer.content)


def test_the_models_texts_have_the_limits_of_prose() -> None:
    """The limits of `PROSE` are in the model's texts, so a change of the texts is noticed."""
    origination, route = SERVICE.shape_for("Origination"), SERVICE.shape_for("OriginationRoute")

    assert "Minimum value of 1. Maximum value of 20." in origination.members["Routes"].documentation
    assert "you must specify this parameter or <code>Disabled</code>" in origination.members["Routes"].documentation
    assert "you must use at least one" in origination.documentation
    assert "you must use at least one" in route.documentation
    assert "Defaults to 5060" in route.members["Port"].documentation
    created = SERVICE.shape_for("CreateVoiceConnectorRequest").members["AwsRegion"].documentation
    assert "Default value: <code>us-east-1</code>" in created


@pytest.mark.parametrize("origination", [{}, {"Disabled": None, "Routes": None}, {"Routes": []}, {"Routes": [{}]}])
def test_routes_or_disabled_must_be_given(raw: Raw, origination: dict[str, Any]) -> None:
    """Neither is required, but at least one must be given. A route also needs at least one member."""
    assert is_refused(raw.send("PUT", f"/voice-connectors/{CONNECTOR}/origination", {"Origination": origination}))


def test_an_error_lists_all_problems(raw: Raw) -> None:
    """An error lists all problems, each with its path and value."""
    body = {"Origination": {"Routes": [{"Host": "a", "Port": 70000}, {"Host": "b", "Weight": 0, "Protocol": "TLS"}]}}
    message = raw.send("PUT", f"/voice-connectors/{CONNECTOR}/origination", body).json["Message"]

    assert message.startswith("3 validation errors detected: ")
    assert "Value '70000' at 'Origination.Routes[0].Port'" in message
    assert "Value '0' at 'Origination.Routes[1].Weight'" in message
    assert "Value 'TLS' at 'Origination.Routes[1].Protocol'" in message


def test_sensitive_values_are_not_repeated(raw: Raw) -> None:
    """An invalid phone number is not in the response."""
    body = {
        "EmergencyCallingConfiguration": {"DNIS": [{"EmergencyPhoneNumber": "+1-206-555-0100", "CallingCountry": "US"}]}
    }
    answer = raw.send("PUT", f"/voice-connectors/{CONNECTOR}/emergency-calling-configuration", body)

    assert is_refused(answer)
    assert b"206" not in answer.content


def test_every_error_of_the_model_has_its_status() -> None:
    """The names and statuses of errors are the model's."""
    from chime_voice_emulator.model import status_of  # noqa: PLC0415

    expected = {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in SERVICE.error_shapes}

    assert {name: status_of(name) for name in expected} == expected


def test_the_served_operations_are_those_of_the_documentation() -> None:
    """The documentation names exactly the supported operations."""
    assert {name for name in SERVICE.operation_names if f"`{name}`" in DOCUMENTATION} == SERVED


@pytest.mark.parametrize("operation", sorted(set(SERVICE.operation_names) - SERVED))
def test_other_operations_are_named_and_not_served(raw: Raw, operation: str) -> None:
    """Any other operation gets a 501 with its name, even if it shares a path or query with another."""
    model = SERVICE.operation_model(operation)
    path = re.sub(r"\{\w+\}", CONNECTOR, model.http["requestUri"])

    answer = raw.send(model.http["method"], path)

    assert answer.error == (501, "NotImplementedException")
    assert answer.json["Message"].startswith(f"{operation} is an operation of Chime SDK Voice")
