"""A phone line that is served in several regions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
from pulumi_chime_voice import EmergencyCalling, EmergencyNumberArgs, Origination, OriginationRouteArgs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def routes(region: str, hosts: Mapping[str, Sequence[str]]) -> list[OriginationRouteArgs]:
    """Returns the hosts of a region, which share the calls, and those of all other regions as failover."""
    return [
        OriginationRouteArgs(host=host, protocol="TCP", priority=1 if home == region else 2, weight=1)
        for home, names in hosts.items()
        for host in names
    ]


class PhoneLine(pulumi.ComponentResource):
    """The inbound and the emergency calls of one line, with a voice connector in each region.

    Args:
        name: the name of the component.
        connectors: the ID of the voice connector in each region.
        hosts: the SIP hosts in each region.
        emergency_number: the number to which emergency calls of the United States are routed; None for none.
        opts: resource options, such as `providers`.
    """

    def __init__(
        self,
        name: str,
        *,
        connectors: Mapping[str, pulumi.Input[str]],
        hosts: Mapping[str, Sequence[str]],
        emergency_number: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("telephony:index:PhoneLine", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.originations = {
            region: Origination(
                f"{name}-{region}",
                voice_connector_id=connector,
                region=region,
                routes=routes(region, hosts),
                opts=child,
            )
            for region, connector in connectors.items()
        }
        if emergency_number is not None:
            for region, origination in self.originations.items():
                EmergencyCalling(
                    f"{name}-{region}-emergency",
                    voice_connector_id=origination.voice_connector_id,
                    region=region,
                    numbers=[EmergencyNumberArgs(emergency_phone_number=emergency_number, calling_country="US")],
                    opts=child,
                )
        self.calls = pulumi.Output.all(
            **{region: origination.call_distribution for region, origination in self.originations.items()}
        )
        self.register_outputs({"calls": self.calls})
