"""What the program declares, with Pulumi's mocks: neither Pulumi's engine nor AWS runs."""

from __future__ import annotations

from typing import Any, NoReturn

import pulumi
import pytest
from trunk import HOSTS, declare

CONNECTORS = {"us-east-1": "east000000000000000000", "us-west-2": "west000000000000000000"}
ORIGINATION = "pulumi-python:dynamic/chime:Origination"


class Mocks(pulumi.runtime.Mocks):
    """Records the inputs of each resource, and returns them as outputs."""

    def __init__(self) -> None:
        self.inputs: dict[tuple[str, str], dict[str, Any]] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.inputs[args.typ, args.name] = args.inputs
        return CONNECTORS.get(args.name.removeprefix("support-")), args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> NoReturn:
        raise NotImplementedError(args.token)


@pytest.fixture(scope="module")
def declared() -> dict[tuple[str, str], dict[str, Any]]:
    """Runs the program, and returns the inputs of each resource by type and name."""
    mocks = Mocks()
    pulumi.runtime.set_mocks(mocks, project="whole-trunk", stack="test")
    pulumi.runtime.set_all_config({"whole-trunk:emergencyNumber": "+12065550100"})
    pulumi.runtime.test(declare)()
    return mocks.inputs


@pytest.mark.parametrize("region", HOSTS)
def test_each_setting_belongs_to_the_connector_of_its_region(
    declared: dict[tuple[str, str], dict[str, Any]], region: str
) -> None:
    """Logs, settings of both directions and emergency numbers name the voice connector of the same region."""
    settings = {typ: inputs for (typ, name), inputs in declared.items() if name == f"support-{region}"}
    connectors = [inputs["voiceConnectorId"] for typ, inputs in settings.items() if "/voiceConnector:" not in typ]
    assert connectors == [CONNECTORS[region]] * 4
    assert {inputs["region"] for inputs in settings.values()} == {region}
    assert [route["host"] for route in settings[ORIGINATION]["routes"]] == HOSTS[region]


def test_the_group_tries_each_connector_in_turn(declared: dict[tuple[str, str], dict[str, Any]]) -> None:
    """In the order of the regions."""
    ((_, group),) = [item for item in declared.items() if "VoiceConnectorGroup" in item[0][0]]
    tried = {item["priority"]: item["voiceConnectorId"] for item in group["connectors"]}
    assert tried == {priority: CONNECTORS[region] for priority, region in enumerate(HOSTS, 1)}
