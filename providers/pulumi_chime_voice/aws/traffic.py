"""Inbound calls as CloudWatch counts them, for each voice connector. It has no counts of single routes or hosts."""

from __future__ import annotations

import datetime
import math
from concurrent.futures import TimeoutError as WaitedTooLong
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from ..errors import ApiError, ChimeVoiceError
from ..evidence import in_thread
from .config import CLOUDWATCH
from .failures import CHECK_ENDPOINT, NO_CONNECTION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .client import ChimeSdkVoice

NAMESPACE = "AWS/ChimeVoiceConnector"
DAY = 24 * 60
"""Minutes."""
BUCKETS = 24
ACTIVE_MINUTES = 15
"""How old the last count of active calls may be: CloudWatch is some minutes behind."""
SECONDS = 6.0
"""The longest wait for the counts of one voice connector, whatever CloudWatch sends meanwhile."""

_FINE, _COARSE, _FINE_MINUTES = 60, 300, 180
_SUMS = {"attempts": "InboundCallAttempts", "failures": "InboundCallFailures", "answered": "InboundCallsAnswered"}
_ACTIVE = "InboundCallsActive"
_MOST_PAGES = 5
"""One page has 100,800 counts, and the longest window a third of that."""
_MOST_CALLS = 10**9
_CLOCKS = datetime.timedelta(hours=1)
"""By how much the clocks of this machine and of AWS may differ."""

_UNREACHABLE = ("ConfigurationError", "ReadTimeoutError", *NO_CONNECTION)

Points = list[tuple[datetime.datetime, float]]


@dataclass(frozen=True)
class Traffic:
    """Inbound calls of a voice connector.

    Attributes:
        minutes: the length of the window, which ends now.
        region: whose CloudWatch counted.
        attempts: calls that came in.
        failures: those that failed.
        answered: those that were answered.
        active: calls at the last count; None if there is no recent one.
        counted: the time of that count, in UTC.
        peak: the most calls that were active at once; None if there is no count.
        course: `attempts` in `BUCKETS` equal parts of the window, the oldest first.
    """

    minutes: int
    region: str
    attempts: int = 0
    failures: int = 0
    answered: int = 0
    active: int | None = None
    counted: datetime.datetime | None = None
    peak: int | None = None
    course: tuple[int, ...] = (0,) * BUCKETS

    @property
    def failed_percent(self) -> float:
        """Failures as a percentage of attempts; 0 if there were no attempts."""
        return 100 * self.failures / self.attempts if self.attempts else 0.0


class InboundCalls:
    """Asks CloudWatch, one request for a voice connector. It neither raises an error nor waits for long.

    After a failure in a region, it does not ask there again.

    Args:
        api: whose session and credentials are used.
        persistent: whether to continue after a failure, unless CloudWatch does not answer at all.
    """

    def __init__(self, api: ChimeSdkVoice, *, persistent: bool = False) -> None:
        self._api = api
        self._persistent = persistent
        self._failures: dict[str, ApiError] = {}

    def __call__(self, connector: str, region: str, minutes: int = DAY) -> Traffic | ApiError | None:
        """Returns the calls of the last `minutes`, or why they cannot be read; None if CloudWatch cannot know them.

        Args:
            region: the voice connector's own, which is where its calls are counted.
        """
        if region in self._failures:
            return self._failures[region]
        what = f"reading inbound calls of Voice Connector {connector}"
        try:
            if not self._api.is_counted(region):
                return None
            return in_thread(self._read, what, connector, region, minutes).result(SECONDS)
        except ApiError as error:
            failure = error
        except ChimeVoiceError as error:
            failure = ApiError(str(error), code="ConfigurationError")
        except WaitedTooLong:
            failure = ApiError(
                f"reading inbound calls ({region}): CloudWatch did not answer within {SECONDS:g} seconds. Try again later.",
                code="ReadTimeoutError",
            )
        except Exception as error:  # noqa: BLE001 - botocore's parser raises many kinds for what it does not expect
            problem = str(error) if isinstance(error, _NoCountsError) else "it cannot be parsed"
            failure = ApiError(
                f"{what} ({region}): the response is not one of CloudWatch ({problem}). {CHECK_ENDPOINT}",
                code="ResponseParserError",
            )
        if failure.code in _UNREACHABLE or not self._persistent:
            self._failures[region] = failure
        return failure

    def _read(self, what: str, connector: str, region: str, minutes: int) -> Traffic:
        end = datetime.datetime.now(datetime.timezone.utc)
        start = end - datetime.timedelta(minutes=minutes)
        period = _FINE if minutes <= _FINE_MINUTES else _COARSE
        dimensions = [{"Name": "VoiceConnectorId", "Value": connector}, {"Name": "Region", "Value": region}]
        queries = [_query(name, metric, dimensions, period, "Sum") for name, metric in _SUMS.items()]
        queries.append(_query("active", _ACTIVE, dimensions, _FINE, "Maximum"))
        request: dict[str, Any] = {"MetricDataQueries": queries, "StartTime": start, "EndTime": end}
        pages = []
        for _ in range(_MOST_PAGES):
            pages.append(self._api.call("GetMetricData", region, what, service=CLOUDWATCH, **request))
            following = pages[-1].get("NextToken")
            if not following:
                points = _points(pages, [query["Id"] for query in queries], start, end)
                return _traffic(points, start, end, minutes, region)
            request["NextToken"] = following
        raise _NoCountsError("its pages do not end")


def _query(name: str, metric: str, dimensions: list[dict[str, str]], period: int, statistic: str) -> dict[str, Any]:
    metric_of = {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": metric_of, "Period": period, "Stat": statistic}}


# --- what is made of an answer


class _NoCountsError(Exception):
    """Raised for an answer of CloudWatch that no number may be taken from."""


def _points(
    pages: Iterable[Any], names: Iterable[str], start: datetime.datetime, end: datetime.datetime
) -> dict[str, Points]:
    """Returns the counts of each query. All of them must make sense: a part of the counts would be a wrong number."""
    results = [result for page in pages for result in _list(page, "MetricDataResults")]
    points: dict[str, Points] = {}
    for name in names:
        parts = [part for part in results if isinstance(part, dict) and part.get("Id") == name]
        if not parts:
            raise _NoCountsError("a result is missing")
        if parts[-1].get("StatusCode") not in (None, "Complete"):
            raise _NoCountsError("a result is not complete")
        pairs = [pair for part in parts for pair in zip_longest(_list(part, "Timestamps"), _list(part, "Values"))]
        points[name] = [_point(*pair, start, end) for pair in pairs]
    return points


def _list(structure: Any, name: str) -> list[Any]:
    value = structure.get(name)
    if not isinstance(value, list):
        raise _NoCountsError(f"{name} is not a list")
    return value


def _point(time: Any, value: Any, start: datetime.datetime, end: datetime.datetime) -> tuple[datetime.datetime, float]:
    if not isinstance(time, datetime.datetime) or time.tzinfo is None or not start - _CLOCKS < time < end + _CLOCKS:
        raise _NoCountsError("a time is not one that was asked for")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MOST_CALLS:
        raise _NoCountsError("a count is not a number of calls")
    return time, value


def _traffic(
    points: Mapping[str, Points], start: datetime.datetime, end: datetime.datetime, minutes: int, region: str
) -> Traffic:
    latest, active = max(points["active"], default=(start, 0.0))
    is_recent = end - latest < datetime.timedelta(minutes=ACTIVE_MINUTES) and bool(points["active"])
    return Traffic(
        minutes=minutes,
        region=region,
        attempts=_sum(points["attempts"]),
        failures=_sum(points["failures"]),
        answered=_sum(points["answered"]),
        active=round(active) if is_recent else None,
        counted=latest if is_recent else None,
        peak=round(max(value for _, value in points["active"])) if points["active"] else None,
        course=_course(points["attempts"], start, end),
    )


def _sum(points: Points) -> int:
    return round(math.fsum(value for _, value in points))


def _course(points: Points, start: datetime.datetime, end: datetime.datetime) -> tuple[int, ...]:
    course = [0.0] * BUCKETS
    for time, value in points:
        # CloudWatch rounds the start down, so the first count may begin before it.
        index = int((time - start) / (end - start) * BUCKETS)
        course[min(max(index, 0), BUCKETS - 1)] += value
    return tuple(round(value) for value in course)
