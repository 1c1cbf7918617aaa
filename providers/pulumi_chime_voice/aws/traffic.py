"""Inbound calls as CloudWatch counts them, for each voice connector. It has no counts of single routes or hosts."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import ApiError
from .config import CLOUDWATCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .client import ChimeSdkVoice

NAMESPACE = "AWS/ChimeVoiceConnector"
DAY = 24 * 60
"""Minutes."""
BUCKETS = 24
ACTIVE_MINUTES = 15
"""How old the last count of active calls may be: CloudWatch is some minutes behind."""

_FINE, _COARSE, _FINE_MINUTES = 60, 300, 180
_SUMS = {"attempts": "InboundCallAttempts", "failures": "InboundCallFailures", "answered": "InboundCallsAnswered"}
_ACTIVE = "InboundCallsActive"

Points = list[tuple[datetime.datetime, float]]


@dataclass(frozen=True)
class Traffic:
    """Inbound calls of a voice connector.

    Attributes:
        minutes: the length of the window, which ends now.
        attempts: calls that came in.
        failures: those that failed.
        answered: those that were answered.
        active: calls at the last count; None if there is no recent one.
        counted: the time of that count, in UTC.
        course: `attempts` in `BUCKETS` equal parts of the window, the oldest first.
    """

    minutes: int
    attempts: int = 0
    failures: int = 0
    answered: int = 0
    active: int | None = None
    counted: datetime.datetime | None = None
    course: tuple[int, ...] = (0,) * BUCKETS

    @property
    def failed_percent(self) -> float:
        """Failures as a percentage of attempts; 0 if there were no attempts."""
        return 100 * self.failures / self.attempts if self.attempts else 0.0


class InboundCalls:
    """Asks CloudWatch, one request for a voice connector; after a failure, no more.

    Args:
        api: whose session and credentials are used.
        persistent: whether to go on asking after a failure.
    """

    def __init__(self, api: ChimeSdkVoice, *, persistent: bool = False) -> None:
        self._api = api
        self._persistent = persistent
        self._failure: ApiError | None = None

    def __call__(self, connector: str, region: str, minutes: int = DAY) -> Traffic | None:
        """The calls of the last `minutes`; None if CloudWatch has no counts.

        Raises:
            ApiError: CloudWatch rejected the request or could not be reached, this time or before.
            ConfigurationError: no session can be made.
        """
        if self._failure is not None:
            raise self._failure
        if not self._api.is_counted(region):
            return None
        try:
            return self._read(connector, region, minutes)
        except ApiError as error:
            if not self._persistent:
                self._failure = error
            raise

    def _read(self, connector: str, region: str, minutes: int) -> Traffic | None:
        end = datetime.datetime.now(datetime.timezone.utc)
        start = end - datetime.timedelta(minutes=minutes)
        period = _FINE if minutes <= _FINE_MINUTES else _COARSE
        dimensions = [{"Name": "VoiceConnectorId", "Value": connector}, {"Name": "Region", "Value": region}]
        queries = [_query(name, metric, dimensions, period, "Sum") for name, metric in _SUMS.items()]
        queries.append(_query("active", _ACTIVE, dimensions, _FINE, "Maximum"))
        points: dict[str, Points] = {query["Id"]: [] for query in queries}
        request: dict[str, Any] = {"MetricDataQueries": queries, "StartTime": start, "EndTime": end}
        what = f"reading inbound calls of Voice Connector {connector}"
        while True:
            page = self._api.call("GetMetricData", region, what, service=CLOUDWATCH, **request)
            for result in page.get("MetricDataResults") or []:
                points[result["Id"]] += zip(result["Timestamps"], result["Values"], strict=True)
            if not page.get("NextToken"):
                return _traffic(points, start, end, minutes)
            request["NextToken"] = page["NextToken"]


def _query(name: str, metric: str, dimensions: list[dict[str, str]], period: int, statistic: str) -> dict[str, Any]:
    metric_of = {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": metric_of, "Period": period, "Stat": statistic}}


def _traffic(
    points: Mapping[str, Points], start: datetime.datetime, end: datetime.datetime, minutes: int
) -> Traffic | None:
    if not any(points.values()):
        return None
    latest, active = max(points["active"], default=(start, 0.0))
    is_recent = end - latest < datetime.timedelta(minutes=ACTIVE_MINUTES) and bool(points["active"])
    return Traffic(
        minutes=minutes,
        attempts=_sum(points["attempts"]),
        failures=_sum(points["failures"]),
        answered=_sum(points["answered"]),
        active=round(active) if is_recent else None,
        counted=latest if is_recent else None,
        course=_course(points["attempts"], start, end),
    )


def _sum(points: Iterable[tuple[datetime.datetime, float]]) -> int:
    return round(sum(value for _, value in points))


def _course(points: Points, start: datetime.datetime, end: datetime.datetime) -> tuple[int, ...]:
    course = [0.0] * BUCKETS
    for time, value in points:
        # CloudWatch rounds the start down, so the first count may begin before it.
        index = int((time - start) / (end - start) * BUCKETS)
        course[min(max(index, 0), BUCKETS - 1)] += value
    return tuple(round(value) for value in course)
