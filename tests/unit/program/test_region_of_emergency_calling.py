"""`EmergencyCalling` without a region has that of the origination whose own output is its voice connector."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from pulumi_chime_voice import EmergencyCalling, Origination, sdk

from ...support.values import CONNECTOR

if TYPE_CHECKING:
    from collections.abc import Callable

ROUTE: Any = {"host": "203.0.113.9", "protocol": "UDP", "priority": 1, "weight": 1}
NUMBER: Any = {"emergency_phone_number": "+12065550100", "calling_country": "US"}


class Mocks(pulumi.runtime.Mocks):
    """Keeps the inputs of each resource. Its outputs may differ, as those of a state do."""

    def __init__(self) -> None:
        self.inputs: dict[str, dict[Any, Any]] = {}
        self.of_the_state: dict[str, str] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.inputs[args.name] = args.inputs
        return CONNECTOR, {**args.inputs, **self.of_the_state}

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[Any, Any]:
        return {}


@pytest.fixture(params=[True, False], ids=["preview", "up"], autouse=True)
def mocks(request: pytest.FixtureRequest) -> Mocks:
    mocks = Mocks()
    pulumi.runtime.set_mocks(mocks, preview=request.param)
    return mocks


async def later(value: Any) -> Any:
    return value


def line(**more: Any) -> Origination:
    return Origination("line", **{"voice_connector_id": CONNECTOR, "routes": [ROUTE], "region": "eu-west-1", **more})


def help_at(connector: Any, **more: Any) -> EmergencyCalling:
    return EmergencyCalling("help", voice_connector_id=connector, numbers=[NUMBER], **more)


def run(mocks: Mocks, declare: Callable[[], Any]) -> dict[Any, Any]:
    """Runs a program. Returns the inputs of its emergency calling, without those that are not set."""

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def program() -> Any:
        declared = declare()
        return declared if isinstance(declared, pulumi.Output) else None

    program()
    return {name: value for name, value in mocks.inputs["help"].items() if value is not None}


OWN: dict[str, Callable[[Origination], Any]] = {
    "voice_connector_id": lambda origination: origination.voice_connector_id,
    "id": lambda origination: origination.id,
}
REGIONS: dict[str, Callable[[], Any]] = {
    "plain": lambda: "eu-west-1",
    "coroutine": lambda: later("eu-west-1"),
    "output": lambda: pulumi.Output.from_input("eu-west-1"),
}


@pytest.mark.parametrize("own", OWN.values(), ids=OWN)
@pytest.mark.parametrize("region", REGIONS.values(), ids=REGIONS)
def test_own_output(mocks: Mocks, own: Callable[[Origination], Any], region: Callable[[], Any]) -> None:
    assert run(mocks, lambda: help_at(own(line(region=region()))))["region"] == "eu-west-1"


def test_origination_that_is_looked_up(mocks: Mocks) -> None:
    def declare() -> None:
        help_at(Origination.get("line", CONNECTOR, region="eu-west-1").voice_connector_id)

    assert run(mocks, declare)["region"] == "eu-west-1"


def test_secret_region(mocks: Mocks) -> None:
    declared = run(mocks, lambda: help_at(line(region=pulumi.Output.secret("eu-west-1")).id))
    assert declared["region"] == sdk.as_secret("eu-west-1")


def test_output_that_outlives_its_resource(mocks: Mocks) -> None:
    """The program keeps the output alone, and waits before it uses it."""

    def declare() -> Any:
        connector = line().voice_connector_id

        async def after_a_while() -> None:
            await connector.future()
            gc.collect()
            help_at(connector)

        return pulumi.Output.from_input(after_a_while())

    assert run(mocks, declare)["region"] == "eu-west-1"


def test_several_originations(mocks: Mocks) -> None:
    """Each output counts for its own resource."""

    def declare() -> None:
        first = line()
        other = Origination("other", voice_connector_id=CONNECTOR, routes=[ROUTE], region="us-west-2")
        assert first.id is not other.id
        help_at(other.voice_connector_id)

    assert run(mocks, declare)["region"] == "us-west-2"


def test_component(mocks: Mocks) -> None:
    """A component may hand the output on."""

    class Line(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("test:index:Line", "component")
            self.connector = line(opts=pulumi.ResourceOptions(parent=self)).voice_connector_id

    assert run(mocks, lambda: help_at(Line().connector))["region"] == "eu-west-1"


@pytest.mark.parametrize("region", ["eu-west-1", None])
def test_ignored_region(mocks: Mocks, region: str | None) -> None:
    """The engine keeps the region of the state, whether or not the program still has one, so that counts."""
    mocks.of_the_state = {"region": "ca-central-1"}
    ignored = pulumi.ResourceOptions(ignore_changes=["region"])
    assert run(mocks, lambda: help_at(line(region=region, opts=ignored).id))["region"] == "ca-central-1"


NOT_ITS: dict[str, Callable[[], Any]] = {
    "given": lambda: help_at(line().id, region="us-west-2"),
    "plain ID": lambda: (line(), help_at(CONNECTOR)),
    "derived output": lambda: help_at(line().voice_connector_id.apply(lambda connector: connector)),
    "another output": lambda: help_at(line().region),
    "origination without a region": lambda: help_at(line(region=None).id),
    "another emergency calling": lambda: help_at(
        EmergencyCalling("other", voice_connector_id=CONNECTOR, numbers=[NUMBER], region="eu-west-1").id
    ),
}


@pytest.mark.parametrize("declare", NOT_ITS.values(), ids=NOT_ITS)
def test_nothing_else(mocks: Mocks, declare: Callable[[], Any]) -> None:
    """The region that is given, or none: the provider's default."""
    assert run(mocks, lambda: declare() and None).get("region") in (None, "us-west-2")
