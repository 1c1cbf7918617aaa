"""Everything of a SIP trunk: pulumi-aws has the voice connectors, this package where their calls go."""

from __future__ import annotations

import pulumi
import pulumi_aws as aws
from pulumi_chime_voice import EmergencyCalling, EmergencyNumberArgs, Origination, OriginationRouteArgs

HOSTS = {"us-east-1": ["sbc-1.east.example.net", "sbc-2.east.example.net"], "us-west-2": ["sbc-1.west.example.net"]}
SUBNET = "198.51.100.0/27"
"""The addresses from which the hosts send outbound calls."""


def declare() -> None:
    """Declares a voice connector in each region, and the group that fails over between them."""
    connectors = {region: connector(region, hosts) for region, hosts in HOSTS.items()}
    aws.chime.VoiceConnectorGroup(
        "support",
        region=next(iter(connectors)),
        connectors=[
            aws.chime.VoiceConnectorGroupConnectorArgs(voice_connector_id=each.id, priority=priority)
            for priority, each in enumerate(connectors.values(), 1)
        ],
    )
    pulumi.export("outbound hosts", {region: each.outbound_host_name for region, each in connectors.items()})


def connector(region: str, hosts: list[str]) -> aws.chime.VoiceConnector:
    """Declares a voice connector that requires encryption, with its settings in both directions, logs and an alarm."""
    trunk = aws.chime.VoiceConnector(
        f"support-{region}",
        region=region,
        aws_region=region,
        require_encryption=True,
        opts=pulumi.ResourceOptions(protect=True),
    )
    termination = aws.chime.VoiceConnectorTermination(
        f"support-{region}",
        region=region,
        voice_connector_id=trunk.id,
        calling_regions=["US"],
        cidr_allow_lists=[SUBNET],
    )
    aws.chime.VoiceConnectorLogging(
        f"support-{region}",
        region=region,
        voice_connector_id=trunk.id,
        enable_sip_logs=True,
        enable_media_metric_logs=True,
    )
    origination = Origination(
        f"support-{region}",
        region=region,
        voice_connector_id=trunk.id,
        # With encryption, AWS uses TLS, whatever the protocol of a route is.
        routes=[OriginationRouteArgs(host=host, port=5061, protocol="TCP", priority=1, weight=1) for host in hosts],
        opts=pulumi.ResourceOptions(protect=True),
    )
    EmergencyCalling(
        f"support-{region}",
        region=region,
        voice_connector_id=origination.voice_connector_id,
        numbers=[
            EmergencyNumberArgs(
                emergency_phone_number=pulumi.Config().require_secret("emergencyNumber"), calling_country="US"
            )
        ],
        # AWS accepts emergency numbers only while calls in both directions are enabled.
        opts=pulumi.ResourceOptions(depends_on=[termination]),
    )
    alarm(region, trunk)
    return trunk


def alarm(region: str, trunk: aws.chime.VoiceConnector) -> aws.cloudwatch.MetricAlarm:
    """Declares the alarm of AWS's documentation: more than 10% of the inbound calls of a minute failed."""
    query = aws.cloudwatch.MetricAlarmMetricQueryArgs

    def counted(name: str, metric: str) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
        return query(
            id=name,
            metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace="AWS/ChimeVoiceConnector",
                metric_name=metric,
                dimensions={"VoiceConnectorId": trunk.id, "Region": region},
                period=60,
                stat="Sum",
            ),
        )

    return aws.cloudwatch.MetricAlarm(
        f"support-{region}-failed",
        region=region,
        comparison_operator="GreaterThanThreshold",
        threshold=10,
        evaluation_periods=1,
        metric_queries=[
            query(id="percent", expression="failures / attempts * 100", return_data=True),
            counted("attempts", "InboundCallAttempts"),
            counted("failures", "InboundCallFailures"),
        ],
    )
