"""What programs write, each way that is documented; every line of it passes in the strictest mode."""

from __future__ import annotations

from typing import Literal

import pulumi
from typing_extensions import assert_type

from pulumi_chime_voice import (
    ApiError,
    ChimeVoiceError,
    ConfigurationError,
    DeclarationError,
    EmergencyCalling,
    EmergencyNumber,
    EmergencyNumberArgs,
    NotFoundError,
    Origination,
    OriginationRoute,
    OriginationRouteArgs,
    OriginationRouteArgsDict,
    Provider,
    __version__,
)

config = pulumi.Config()
connector: pulumi.Output[str] = config.require_secret("connector")
weight: pulumi.Output[int] = pulumi.Output.from_input(50)

plain: OriginationRouteArgsDict = {"host": "203.0.113.7", "protocol": "UDP", "priority": 2, "weight": 1}
typed = OriginationRouteArgs(host="sbc-a.example.net", port=5061, protocol="TCP", priority=1, weight=weight)

support = Origination("support", voice_connector_id=connector, routes=[typed, plain])
Origination("a", voice_connector_id="abcdef1ghij2klmno3pqr4", routes=[plain, {**plain, "port": 5061}], disabled=False)
Origination("b", voice_connector_id=connector, routes=(typed, pulumi.Output.from_input(typed)), region="eu-west-1")
Origination(
    "c", voice_connector_id=connector, routes={"203.0.113.7:5060/UDP": plain, "sbc-a.example.net:5061/TCP": typed}
)
Origination("d", voice_connector_id=connector, disabled=True, on_conflict="overwrite")
Origination(
    "e", voice_connector_id=connector, routes=pulumi.Output.from_input([typed, typed]), disabled=support.disabled
)
Origination(
    "f",
    pulumi.ResourceOptions(protect=True),
    voice_connector_id=support.voice_connector_id,
    routes=[
        {
            "host": support.region,
            "protocol": "TCP",
            "priority": 1,
            "weight": weight.apply(lambda value: value + 1),
        }
    ],
    region=support.region,
)

# From configuration, a protocol is any string until the preview checks it.
OriginationRouteArgs(
    host="a", protocol=pulumi.Output.from_input(config.require("protocol")), priority=1, weight=1, port=5060
)
OriginationRouteArgs(host="a", protocol=config.require_secret("protocol"), priority=1, weight=1)
Origination(
    "g",
    voice_connector_id=connector,
    routes=config.require_object("routes"),
    on_conflict=pulumi.Output.from_input(config.get("onConflict") or "fail"),
)
# The routes of one voice connector for another one.
Origination(
    "h",
    voice_connector_id=connector,
    routes=support.routes.apply(
        lambda routes: [
            OriginationRouteArgs(host=route.host, protocol=route.protocol, priority=1, weight=1) for route in routes
        ]
    ),
)

elsewhere = Provider(
    "elsewhere",
    region="eu-west-1",
    profile="sales",
    endpoints=[{"chimesdkvoice": "http://127.0.0.1:4510"}],
    assume_roles=[{"roleArn": "arn:aws:iam::111122223333:role/voice", "externalId": "x", "policyArns": ["y"]}],
    allowed_account_ids=["111122223333"],
    secret_key=config.require_secret("secretKey"),
    max_retries=3,
    use_fips_endpoint=True,
)
found = Origination.get("found", "abcdef1ghij2klmno3pqr4", "us-east-1", pulumi.ResourceOptions(provider=elsewhere))

assert_type(found, Origination)
assert_type(support.voice_connector_id, pulumi.Output[str])
assert_type(support.region, pulumi.Output[str])
assert_type(support.disabled, pulumi.Output[bool])
assert_type(support.routes, pulumi.Output[list[OriginationRoute]])
assert_type(support.call_distribution, pulumi.Output[dict[str, dict[str, str]]])
version: str = __version__


def endpoints(routes: list[OriginationRoute]) -> list[str]:
    for route in routes:
        assert_type(route.host, str)
        assert_type(route.port, int)
        assert_type(route.protocol, Literal["TCP", "UDP"])
        assert_type(route.priority, int)
        assert_type(route.weight, int)
    return [f"{route.host}:{route.port}" for route in routes]


pulumi.export("endpoints", support.routes.apply(endpoints))
pulumi.export("calls", support.call_distribution)


class Line(pulumi.ComponentResource):
    """A component of somebody else's."""

    origination: Origination

    def __init__(self, name: str, routes: list[OriginationRouteArgs | OriginationRouteArgsDict]) -> None:
        super().__init__("acme:voice:Line", name)
        self.origination = Origination(
            name, voice_connector_id=connector, routes=routes, opts=pulumi.ResourceOptions(parent=self)
        )
        self.register_outputs({"calls": self.origination.call_distribution})


def explain(error: ChimeVoiceError) -> str:
    if isinstance(error, ApiError):
        return f"{error.code} {error.status} {error.request_id}"
    return str(error) if isinstance(error, (ConfigurationError, DeclarationError)) else repr(NotFoundError)


emergency = EmergencyCalling(
    "emergency",
    voice_connector_id="abcdef1ghij2klmno3pqr4",
    numbers=[
        EmergencyNumberArgs(
            emergency_phone_number=pulumi.Config().require_secret("number"),
            calling_country="US",
            test_phone_number=None,
        ),
        {"emergency_phone_number": "+13125550123", "calling_country": "US"},
    ],
)
EmergencyCalling(
    "whole",
    voice_connector_id="bcdefg1hijk2lmnop3qrs4",
    numbers=pulumi.Config().require_secret_object("numbers"),
    region="eu-west-1",
    on_conflict="overwrite",
)
assert_type(emergency.numbers, pulumi.Output[list[EmergencyNumber]])
assert_type(emergency.voice_connector_id, pulumi.Output[str])
assert_type(EmergencyCalling.get("read", "cdefgh1ijkl2mnopq3rst4"), EmergencyCalling)
