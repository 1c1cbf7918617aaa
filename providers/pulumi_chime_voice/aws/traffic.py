"""Reads counts of inbound calls from CloudWatch, which counts them for each voice connector, not for each route or host."""

from __future__ import annotations

import datetime
import math
from concurrent.futures import TimeoutError as WaitedTooLong
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Any

from ..errors import ApiError, ChimeVoiceError
from ..evidence import in_thread
from .config import CLOUDWATCH
from .failures import NO_CONNECTION, InvalidEvidenceError, not_evidence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .client import ChimeSdkVoice

DAY = 24 * 60
"""Minutes."""
BUCKETS = 24
ACTIVE_MINUTES = 15
"""The greatest age of the last count of active calls: CloudWatch data lags by a few minutes."""
SECONDS = 6.0
"""The longest wait for the counts of a voice connector, whatever CloudWatch sends meanwhile."""

_FINE, _COARSE, _FINE_MINUTES = 60, 300, 180
_METRICS = {
    "attempts": ("InboundCallAttempts", "Sum"),
    "failures": ("InboundCallFailures", "Sum"),
    "answered": ("InboundCallsAnswered", "Sum"),
    "active": ("InboundCallsActive", "Maximum"),
}
_MAX_PAGES = 5
"""A page has 100,800 counts, and the longest window a third of that."""
_MAX_CALLS = 10**9
_MAX_CLOCK_SKEW = datetime.timedelta(hours=1)

_UNREACHABLE = ("ConfigurationError", "ReadTimeoutError", *NO_CONNECTION)

Points = list[tuple[datetime.datetime, float]]


@dataclass(frozen=True)
class Traffic:
    """Inbound calls of a voice connector.

    Attributes:
        minutes: the length of the window.
        region: the region of the counts.
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
        """The percentage of attempts that failed; 0 if there were no attempts."""
        return 100 * self.failures / self.attempts if self.attempts else 0.0


class InboundCalls:
    """Reads counts, with one request for each voice connector. It neither raises an error nor waits for long.

    After a failure in a region, no more requests are sent to it; if it is `persistent`, only if CloudWatch did not answer at all.
    """

    def __init__(self, api: ChimeSdkVoice, *, persistent: bool = False) -> None:
        self._api = api
        self._persistent = persistent
        self._failures: dict[str, ApiError] = {}

    def __call__(
        self, connector: str, region: str, minutes: int = DAY, end: datetime.datetime | None = None
    ) -> Traffic | ApiError | None:
        """Returns the calls of the last `minutes`, or the error; None if CloudWatch has no metrics of the voice connector.

        Args:
            region: the voice connector's own, where its calls are counted.
            end: the end of the window; None for now.
        """
        if region in self._failures:
            return self._failures[region]
        what = f"reading inbound calls of Voice Connector {connector}"
        try:
            if not self._api.observes(CLOUDWATCH, region):
                return None
            return in_thread(self._read, what, connector, region, minutes, end).result(SECONDS)
        except ChimeVoiceError as error:
            failure = error if isinstance(error, ApiError) else ApiError(str(error), code="ConfigurationError")
        except WaitedTooLong:
            failure = ApiError(
                f"reading inbound calls ({region}): CloudWatch did not answer within {SECONDS:g} seconds. Try again later.",
                code="ReadTimeoutError",
            )
        except Exception as error:  # noqa: BLE001 - botocore's parser raises many kinds of them
            failure = not_evidence("CloudWatch", f"{what} ({region})", error)
        if failure.code in _UNREACHABLE or not self._persistent:
            self._failures[region] = failure
        return failure

    def _read(self, what: str, connector: str, region: str, minutes: int, end: datetime.datetime | None) -> Traffic:
        end = end or datetime.datetime.now(datetime.timezone.utc)
        start = end - datetime.timedelta(minutes=minutes)
        queries = [_query(name, connector, region, minutes) for name in _METRICS]
        request = {"MetricDataQueries": queries, "StartTime": start, "EndTime": end}
        pages = list(islice(self._api.pages("GetMetricData", region, what, CLOUDWATCH, **request), _MAX_PAGES + 1))
        if len(pages) > _MAX_PAGES:
            raise InvalidEvidenceError("its pages do not end")
        points = _points(pages, start, end)
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


def _query(name: str, connector: str, region: str, minutes: int) -> dict[str, Any]:
    metric, statistic = _METRICS[name]
    dimensions = [{"Name": "VoiceConnectorId", "Value": connector}, {"Name": "Region", "Value": region}]
    period = _COARSE if minutes > _FINE_MINUTES and statistic == "Sum" else _FINE
    of = {"Namespace": "AWS/ChimeVoiceConnector", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": of, "Period": period, "Stat": statistic}}


# --- checks and sums of a response


def _points(pages: Iterable[Any], start: datetime.datetime, end: datetime.datetime) -> dict[str, Points]:
    """Returns the counts of each query. All of them must be valid: a part of the counts would be a wrong number."""
    results = [result for page in pages for result in _list(page, "MetricDataResults")]
    points: dict[str, Points] = {}
    for name in _METRICS:
        parts = [part for part in results if isinstance(part, dict) and part.get("Id") == name]
        if not parts:
            raise InvalidEvidenceError("a result is missing")
        if parts[-1].get("StatusCode") not in (None, "Complete"):
            raise InvalidEvidenceError("a result is not complete")
        pairs = [pair for part in parts for pair in zip_longest(_list(part, "Timestamps"), _list(part, "Values"))]
        points[name] = [_point(*pair, start, end) for pair in pairs]
    return points


def _list(structure: Any, name: str) -> list[Any]:
    value = structure.get(name)
    if not isinstance(value, list):
        raise InvalidEvidenceError(f"{name} is not a list")
    return value


def _point(time: Any, value: Any, start: datetime.datetime, end: datetime.datetime) -> tuple[datetime.datetime, float]:
    if (
        not isinstance(time, datetime.datetime)
        or time.tzinfo is None
        or not start - _MAX_CLOCK_SKEW < time < end + _MAX_CLOCK_SKEW
    ):
        raise InvalidEvidenceError("a time is not one that was asked for")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MAX_CALLS:
        raise InvalidEvidenceError("a count is not a number of calls")
    return time, value


def _sum(points: Points) -> int:
    return round(math.fsum(value for _, value in points))


def _course(points: Points, start: datetime.datetime, end: datetime.datetime) -> tuple[int, ...]:
    course = [0.0] * BUCKETS
    for time, value in points:
        # CloudWatch rounds the start down, so the first count may begin before it.
        index = int((time - start) / (end - start) * BUCKETS)
        course[min(max(index, 0), BUCKETS - 1)] += value
    return tuple(round(value) for value in course)
