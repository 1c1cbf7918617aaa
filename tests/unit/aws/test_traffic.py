"""Counts of calls: requests to CloudWatch (moto), and sums of the response."""

from __future__ import annotations

import pytest

from pulumi_chime_voice.aws.traffic import BUCKETS, InboundCalls, Traffic
from pulumi_chime_voice.errors import ApiError

from ...support.calls import ACTIVE, ANSWERED, ATTEMPTS, FAILURES, count
from ...support.servers import answering
from .support import client

LINE, OTHER = "abcdef1ghij2klmno3pqr4", "bcdefg1hijk2lmnop3qrs4"


def asking(url: str, *, persistent: bool = False) -> InboundCalls:
    return InboundCalls(
        client(None, endpoints=[{"cloudwatch": url}], accessKey="test", secretKey="test"), persistent=persistent
    )


def calls(url: str, connector: str = LINE, region: str = "us-east-1", minutes: int = 24 * 60) -> Traffic:
    found = asking(url)(connector, region, minutes)
    assert isinstance(found, Traffic)
    return found


def failure(url: str) -> str:
    found = asking(url)(LINE, "us-east-1")
    assert isinstance(found, ApiError)
    assert str(found).startswith(f"reading inbound calls of Voice Connector {LINE} (us-east-1): ")
    return str(found)


def test_the_last_day(moto: str) -> None:
    """Counts of this voice connector in this region, the oldest first."""
    count(moto, LINE, {(ATTEMPTS, 10): 5, (ATTEMPTS, 12 * 60): 7, (ATTEMPTS, 25 * 60): 100, (FAILURES, 10): 2})
    count(moto, LINE, {(ANSWERED, 10): 3, (ACTIVE, 4): 6, (ACTIVE, 2): 4})
    count(moto, LINE, {(ATTEMPTS, 10): 1000}, region="eu-west-1")
    count(moto, OTHER, {(ATTEMPTS, 10): 1000})
    found = calls(moto)
    assert (found.minutes, found.region) == (24 * 60, "us-east-1")
    assert (found.attempts, found.failures, found.answered, found.active) == (12, 2, 3, 4)
    assert len(found.course) == BUCKETS
    assert (found.course[-1], sum(found.course)) == (5, 12)
    assert [index for index, value in enumerate(found.course) if value == 7] in ([11], [12])
    assert found.failed_percent == pytest.approx(100 * 2 / 12)


def test_a_short_time(moto: str) -> None:
    """A short window has counts of single minutes; an old count of active calls is not used."""
    count(moto, "short", {(ATTEMPTS, 3): 5, (ATTEMPTS, 20): 7, (ACTIVE, 40): 9})
    found = calls(moto, "short", minutes=10)
    assert (found.attempts, found.active, found.counted) == (5, None, None)


def test_nothing_counted(moto: str) -> None:
    assert calls(moto, "new") == Traffic(minutes=24 * 60, region="us-east-1")


def test_one_failure_is_enough() -> None:
    """It is returned again without another request, unless the reader is persistent."""
    with answering({"/": (400, '{"__type": "AccessDenied", "message": "User is not authorized to perform: x"}')}) as (
        url,
        asked,
    ):
        for persistent, requests in ((False, 1), (True, 3)):
            ask = asking(url, persistent=persistent)
            for connector in (LINE, OTHER):
                assert "Grant cloudwatch:GetMetricData" in str(ask(connector, "us-east-1"))
            assert len(asked) == requests


def test_another_region_is_another_matter() -> None:
    """After a failure in one region, the next is still read."""
    with answering({"/": (400, '{"__type": "AccessDenied", "message": "no"}')}) as (url, asked):
        ask = asking(url)
        for region in ("us-east-1", "eu-west-1", "us-east-1"):
            assert f"({region})" in str(ask(LINE, region))
        assert len(asked) == 2


@pytest.mark.parametrize(
    ("endpoints", "counted"),
    [
        ([], True),
        ([{"cloudwatch": "http://127.0.0.1:1"}], True),
        ([{"chimesdkvoice": "http://127.0.0.1:1"}], False),
        ([{"chimesdkvoice": "http://127.0.0.1:1", "cloudwatch": "http://127.0.0.1:2"}], True),
        ([{"chimesdkvoice": "http://127.0.0.1:1", "cloudwatch": "http://127.0.0.1:1"}], False),
    ],
)
def test_what_cloudwatch_can_know(endpoints: list[dict[str, str]], counted: bool) -> None:
    """AWS is not asked about an emulator's voice connectors."""
    api = client(None, endpoints=endpoints, accessKey="test", secretKey="test")
    assert api.observes("cloudwatch", "us-east-1") is counted


def test_without_a_connection_is_one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also if the name of its endpoint does not resolve."""
    pauses: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", pauses.append)
    assert "Could not connect" in failure("http://cloudwatch.invalid")
    assert pauses == []


def test_cloudwatch_does_not_hold_up_a_preview(free_port: int) -> None:
    """One attempt if nothing listens; shorter timeouts and fewer attempts than calls of the service."""
    api = client(None, endpoints=[{"cloudwatch": f"http://127.0.0.1:{free_port}"}], accessKey="test", secretKey="test")
    assert "nothing listens on" in str(InboundCalls(api)(LINE, "us-east-1"))
    config = api._client("us-east-1", "cloudwatch").meta.config
    assert (config.connect_timeout, config.read_timeout, config.retries["total_max_attempts"]) == (2, 5, 3)
