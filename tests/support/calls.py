"""Counts of calls in moto's CloudWatch, as AWS's voice connectors write them, and answers that CloudWatch itself never gives."""

from __future__ import annotations

import contextlib
import datetime
import json
import urllib.request
from typing import TYPE_CHECKING, Any

from .clients import client

if TYPE_CHECKING:
    from collections.abc import Mapping

ATTEMPTS, FAILURES, ANSWERED = "InboundCallAttempts", "InboundCallFailures", "InboundCallsAnswered"
ACTIVE = "InboundCallsActive"


def count(
    url: str, connector: str, counts: Mapping[tuple[str, float], float], region: str = "us-east-1"
) -> datetime.datetime:
    """Writes (metric, minutes ago) -> value; returns the time that counts as now."""
    now = datetime.datetime.now(datetime.timezone.utc)
    dimensions = [{"Name": "VoiceConnectorId", "Value": connector}, {"Name": "Region", "Value": region}]
    data = [
        {
            "MetricName": metric,
            "Dimensions": dimensions,
            "Timestamp": now - datetime.timedelta(minutes=ago),
            "Value": value,
            "Unit": "Count",
        }
        for (metric, ago), value in counts.items()
    ]
    with contextlib.closing(client(url, region, service="cloudwatch")) as cloudwatch:
        cloudwatch.put_metric_data(Namespace="AWS/ChimeVoiceConnector", MetricData=data)
    return now


def forget(url: str) -> None:
    """Drops all counts, and whatever else moto holds."""
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST")).close()


def as_json(value: Any) -> bytes:
    """Any JSON as CloudWatch's protocol has it: a time is a number of seconds."""
    return json.dumps(value, default=lambda time: time.timestamp()).encode()


def answer(now: datetime.datetime, **results: list[float]) -> dict[str, Any]:
    """An answer to GetMetricData that has these values for each query, one a minute up to a minute ago."""
    return {
        "MetricDataResults": [
            {
                "Id": name,
                "StatusCode": "Complete",
                "Timestamps": [now - datetime.timedelta(minutes=1 + index) for index in range(len(values))],
                "Values": values,
            }
            for name, values in results.items()
        ]
    }


NONE: dict[str, list[float]] = {"attempts": [], "failures": [], "answered": [], "active": []}
