import pulumi
from pulumi_chime_voice import Origination, OriginationRouteArgs

support = Origination(
    "support",
    voice_connector_id="abcdef1ghij2klmno3pqr4",
    routes=[
        OriginationRouteArgs(host="sbc-a.example.net", protocol="TCP", priority=1, weight=50),
        OriginationRouteArgs(host="sbc-b.example.net", protocol="TCP", priority=1, weight=50),
        OriginationRouteArgs(host="sbc-dr.example.net", protocol="TCP", priority=2, weight=1),  # if both fail
    ],
    opts=pulumi.ResourceOptions(protect=True),
)
pulumi.export("calls", support.call_distribution)
