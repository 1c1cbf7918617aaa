"""What a program may write as an argument: everything that is an input, and a sentence for the rest."""

from __future__ import annotations

import ipaddress
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

import pulumi
import pytest

from pulumi_chime_voice import (
    DeclarationError,
    EmergencyCalling,
    Origination,
    OriginationRouteArgs,
    Provider,
    stack_readme,
)

from ...support.values import CONNECTOR

if TYPE_CHECKING:
    from collections.abc import Callable

ROUTE = {"host": "203.0.113.9", "protocol": "UDP", "priority": 1, "weight": 1}
NUMBER: Any = {"emergency_phone_number": "+12065550100", "calling_country": "US"}
CALLS = {"priority 1": {"203.0.113.9:5060/UDP": "100%"}}


class Protocol(str, Enum):
    """As a program may have it."""

    UDP = "UDP"


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        return "mocked", args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[Any, Any]:
        return {}


@pytest.fixture(params=[True, False], ids=["preview", "up"], autouse=True)
def _mocks(request: pytest.FixtureRequest) -> None:
    pulumi.runtime.set_mocks(Mocks(), preview=request.param)


async def later(value: Any) -> Any:
    return value


INPUTS: dict[str, Callable[[], dict[str, Any]]] = {
    "coroutine as a field": lambda: {"routes": [{**ROUTE, "host": later("203.0.113.9")}]},
    "coroutine as a field of args": lambda: {
        "routes": [OriginationRouteArgs(**{**ROUTE, "host": later("203.0.113.9")})]
    },  # type: ignore[arg-type]
    "coroutine as the routes": lambda: {"routes": later([ROUTE])},
    "coroutine as a route": lambda: {"routes": [later(ROUTE)]},
    "coroutines in the rest": lambda: {
        "routes": [ROUTE],
        "voice_connector_id": later(CONNECTOR),
        "disabled": later(False),
        "region": later("us-east-1"),
        "on_conflict": later("fail"),
    },
    "generator": lambda: {"routes": (route for route in [ROUTE])},
    "map": lambda: {"routes": map(dict, [ROUTE])},
    "set": lambda: {"routes": {OriginationRouteArgs(**ROUTE)}},  # type: ignore[arg-type]
    "values of a mapping": lambda: {"routes": {"a": ROUTE}.values()},
    "ip_address": lambda: {"routes": [{**ROUTE, "host": ipaddress.ip_address("203.0.113.9")}]},
    "Decimal": lambda: {"routes": [{**ROUTE, "weight": Decimal(1), "priority": Decimal("1.0")}]},
    "Enum": lambda: {"routes": [{**ROUTE, "protocol": Protocol.UDP}]},
    "output of a tuple": lambda: {"routes": pulumi.Output.from_input(1).apply(lambda _: (ROUTE,))},
}


@pytest.mark.parametrize("inputs", INPUTS.values(), ids=INPUTS)
@pulumi.runtime.test  # type: ignore[untyped-decorator]
def test_inputs(inputs: Callable[[], dict[str, Any]]) -> Any:
    """Each declares the same route."""
    support = Origination("support", **{"voice_connector_id": CONNECTOR, **inputs()})
    return support.call_distribution.apply(lambda calls: compare(calls, CALLS))


def compare(found: Any, wanted: Any) -> None:
    assert found == wanted


class Unfit:
    pass


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        (
            {"routes": [{**ROUTE, "host": Unfit()}]},
            "Origination support: routes[0].host is a Unfit, which Pulumi cannot send.",
        ),
        ({"routes": [Unfit()]}, "routes[0] is a Unfit, which Pulumi cannot send. Use a route: "),
        ({"routes": Unfit()}, "routes is a Unfit, which Pulumi cannot send. Use a list of routes, or a mapping"),
        ({"routes": [ROUTE], "voice_connector_id": Unfit()}, "voice_connector_id is a Unfit"),
        ({"routes": [{**ROUTE, "protocol": {"UDP"}}]}, "routes[0].protocol is a set, which Pulumi cannot send."),
        ({"routes": [{**ROUTE, "host": b"sbc"}]}, "routes[0].host is a bytes, which Pulumi cannot send."),
        ({"routes": [ROUTE], "voice_connector_id": {"CreatedTimestamp": Unfit()}}, "voice_connector_id is a Unfit"),
        ({"routes": [ROUTE], "region": ["us-east-1", Unfit()]}, "region is a Unfit"),
        ({"routes": [ROUTE], "opts": {"protect": True}}, "opts is a dict, not a ResourceOptions."),
        (
            {"routes": [ROUTE], "opts": pulumi.ResourceOptions(provider=cast("Any", "prod"))},
            "opts.provider is a str, not a ProviderResource.",
        ),
        (
            {"routes": [ROUTE], "opts": pulumi.ResourceOptions(parent=cast("Any", "line"))},
            "opts.parent is a str, not a Resource.",
        ),
    ],
)
def test_what_is_no_input(inputs: dict[str, Any], said: str) -> None:
    """One sentence that names the argument."""
    with pytest.raises(DeclarationError) as refused:
        Origination("support", **{"voice_connector_id": CONNECTOR, **inputs})
    assert said in str(refused.value)


def test_a_list_for_the_readme() -> None:
    """`stack_readme` needs the name that heads each section."""
    with pytest.raises(DeclarationError, match="originations is a list, not a mapping"):
        stack_readme("", cast("Any", []))


@pulumi.runtime.test  # type: ignore[untyped-decorator]
def test_a_resource_as_the_id() -> None:
    """The resource instead of its id."""
    with pytest.raises(DeclarationError, match="Use an output of it: its voice_connector_id, or the id"):
        Origination("support", voice_connector_id=Provider("p"), routes=[ROUTE])  # type: ignore[arg-type, list-item]


DECLARATIONS: dict[str, Callable[[Any], Any]] = {
    "Origination": lambda name: Origination(name, voice_connector_id=CONNECTOR, routes=[]),
    "Origination.get": lambda name: Origination.get(name, CONNECTOR),
    "EmergencyCalling": lambda name: EmergencyCalling(name, voice_connector_id=CONNECTOR, numbers=[]),
    "EmergencyCalling.get": lambda name: EmergencyCalling.get(name, CONNECTOR),
    "Provider": lambda name: Provider(name, region="us-east-1"),
}


@pytest.mark.parametrize("declare", DECLARATIONS.values(), ids=DECLARATIONS)
@pytest.mark.parametrize("make_name", [lambda: pulumi.Output.from_input("x"), lambda: None, lambda: 5, lambda: ""])
@pulumi.runtime.test  # type: ignore[untyped-decorator]
def test_names_that_are_none(
    declare: Callable[[Any], Any], make_name: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pulumi's own error. Nothing formats the name before: of an output that is a warning, or with this variable an error."""
    monkeypatch.setenv("PULUMI_ERROR_OUTPUT_STRING", "true")
    with pytest.raises(TypeError) as own:
        pulumi.CustomResource("test:index:Resource", make_name())
    with pytest.raises(TypeError) as ours:
        declare(make_name())
    assert str(ours.value) == str(own.value)


@pytest.mark.parametrize(
    ("opts", "said"),
    [
        (
            pulumi.ResourceOptions(id=CONNECTOR),
            "the option id reads settings instead of managing them. To read settings, use Origination.get",
        ),
        (pulumi.ResourceOptions(urn="urn:pulumi:dev::x::t::a"), "the option urn reads settings"),
        (
            pulumi.ResourceOptions(ignore_changes=["Routes"]),
            "ignore_changes='Routes' names no property (did you mean routes?)",
        ),
        (pulumi.ResourceOptions(ignore_changes=['["Routes"]']), "names no property (did you mean routes?)"),
        (pulumi.ResourceOptions(ignore_changes=["route[0]"]), "names no property (did you mean routes?)"),
        (
            pulumi.ResourceOptions(additional_secret_outputs=["hosts"]),
            "additional_secret_outputs='hosts' names no property",
        ),
    ],
)
def test_options_that_cannot_work(opts: pulumi.ResourceOptions, said: str) -> None:
    """Each is refused in one sentence that names what to do."""
    with pytest.raises(DeclarationError) as refused:
        Origination("support", voice_connector_id=CONNECTOR, routes=[ROUTE], opts=opts)  # type: ignore[list-item]
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("opts", "said"),
    [
        (
            pulumi.ResourceOptions(ignore_changes=["numbers[0].testPhoneNumber"]),
            "has no effect. A number cannot be ignored alone",
        ),
        (
            pulumi.ResourceOptions(hide_diffs=["number"]),
            "hide_diffs='number' names no property (did you mean numbers?)",
        ),
        (
            pulumi.ResourceOptions(replace_on_changes=["number"]),
            "replace_on_changes='number' names no property (did you mean numbers?)",
        ),
    ],
)
def test_options_of_emergency_calling_that_cannot_work(opts: pulumi.ResourceOptions, said: str) -> None:
    """Each is refused in one sentence, as those of an origination are."""
    with pytest.raises(DeclarationError) as refused:
        EmergencyCalling("support", voice_connector_id=CONNECTOR, numbers=[NUMBER], opts=opts)
    assert said in str(refused.value)


@pulumi.runtime.test  # type: ignore[untyped-decorator]
def test_get_takes_options_third() -> Any:
    """As every generated `get` does; a region may then follow."""
    found = Origination.get("found", later(CONNECTOR), pulumi.ResourceOptions(protect=False))
    also = Origination.get("also", CONNECTOR, "us-east-1", pulumi.ResourceOptions(protect=False))
    return pulumi.Output.all(found.urn, also.urn).apply(lambda urns: compare(len(urns), 2))
