"""What the component declares, with Pulumi's mocks: neither Pulumi's engine nor AWS runs."""

from __future__ import annotations

from typing import Any, NoReturn

import pulumi
import pytest
from phone_line import PhoneLine

CONNECTORS = {"us-east-1": "abcdef1ghij2klmno3pqr4", "us-west-2": "bcdefg1hijk2lmnop3qrs4"}
HOSTS = {"us-east-1": ["sbc-1.east.example.net", "sbc-2.east.example.net"], "us-west-2": ["sbc-1.west.example.net"]}


class Mocks(pulumi.runtime.Mocks):
    """Records each resource, and returns its inputs as outputs."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.names.append(args.name)
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
    assert set(mocks.names) == {"support", "support-us-east-1", "support-us-west-2"}


def test_emergency_calls_of_each_region(mocks: Mocks) -> None:
    """With a number, each voice connector gets it."""

    @pulumi.runtime.test
    def declared() -> None:
        PhoneLine("support", connectors=CONNECTORS, hosts=HOSTS, emergency_number="+12065550100")

    declared()
    assert {"support-us-east-1-emergency", "support-us-west-2-emergency"} < set(mocks.names)
