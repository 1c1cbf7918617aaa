"""What the program declares, with Pulumi's mocks: neither Pulumi's engine nor AWS runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NoReturn

import pulumi
import pytest
import yaml
from phone_line import PhoneLine
from stack import declare

CONNECTORS = {"us-east-1": "abcdef1ghij2klmno3pqr4", "us-west-2": "bcdefg1hijk2lmnop3qrs4"}
HOSTS = {"us-east-1": ["sbc-1.east.example.net", "sbc-2.east.example.net"], "us-west-2": ["sbc-1.west.example.net"]}


class Mocks(pulumi.runtime.Mocks):
    """Records each resource by name, and returns its inputs as outputs."""

    def __init__(self) -> None:
        self.resources: dict[str, pulumi.runtime.MockResourceArgs] = {}

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.resources[args.name] = args
        return f"{args.name}-id", args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> NoReturn:
        raise NotImplementedError(args.token)


@pytest.fixture
def mocks() -> Mocks:
    """Makes resources of this test go to new mocks."""
    recorder = Mocks()
    pulumi.runtime.set_mocks(recorder, project="telephony", stack="test")
    return recorder


def test_calls_stay_in_their_region_while_its_hosts_answer(mocks: Mocks) -> None:
    """Hosts of the region share its calls; those of the other one are the failover."""

    @pulumi.runtime.test
    def declared() -> pulumi.Output[None]:
        line = PhoneLine("support", connectors=CONNECTORS, hosts=HOSTS)

        def check(calls: dict[str, Any]) -> None:
            assert calls["us-east-1"] == {
                "priority 1": {"sbc-1.east.example.net:5060/TCP": "50%", "sbc-2.east.example.net:5060/TCP": "50%"},
                "priority 2": {"sbc-1.west.example.net:5060/TCP": "100%"},
            }
            assert calls["us-west-2"]["priority 1"] == {"sbc-1.west.example.net:5060/TCP": "100%"}

        return line.calls.apply(check)

    declared()
    assert set(mocks.resources) == {"support", "support-us-east-1", "support-us-west-2"}


def test_emergency_calls_of_each_region(mocks: Mocks) -> None:
    """With a number, each voice connector gets it."""

    @pulumi.runtime.test
    def declared() -> None:
        PhoneLine("support", connectors=CONNECTORS, hosts=HOSTS, emergency_number="+12065550100")

    declared()
    assert {"support-us-east-1-emergency", "support-us-west-2-emergency"} < set(mocks.resources)


def test_production_is_safe_from_credentials_of_another_account(mocks: Mocks) -> None:
    """Every resource of the stack `prod` uses the provider that is limited to the production account."""
    settings = yaml.safe_load(Path(__file__).with_name("Pulumi.prod.yaml").read_text())["config"]
    values = {key: value if isinstance(value, str) else json.dumps(value) for key, value in settings.items()}
    pulumi.runtime.set_all_config(values | {"telephony:emergencyNumber": "+12065550100"})
    pulumi.runtime.test(declare)()
    limited = mocks.resources["aws"].inputs["aws:allowedAccountIds"]
    assert json.loads(limited) == [settings["telephony:account"]]
    unlimited = [name for name, args in mocks.resources.items() if "::aws::" not in (args.provider or "")]
    assert set(unlimited) == {"aws", "support"}, "all but the provider and the component"
