"""Whatever CloudWatch sends, the result is valid counts or one sentence, in limited time."""

from __future__ import annotations

import datetime
import math
import socket
import threading
import time
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_chime_voice.aws import responses, traffic
from pulumi_chime_voice.aws.traffic import Traffic
from pulumi_chime_voice.errors import ApiError

from ...support.calls import NONE, answer, as_json
from ...support.servers import Reply, Stranger
from .test_traffic import LINE, asking, failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = datetime.datetime.now(datetime.timezone.utc)
FOUR = {"attempts": [3.0, 4.0], "failures": [1.0], "answered": [2.0], "active": [5.0]}
JSON = "application/x-amz-json-1.0"
SENTENCE = "the response is not one of CloudWatch ({}). Check the endpoint"


def reply(value: Any) -> Reply:
    return Reply(200, as_json(value), content_type=JSON)


def changed(name: str, **members: Any) -> dict[str, Any]:
    """Returns a valid response, in which the result of this query has these members."""
    made = answer(NOW, **FOUR)
    for result in made["MetricDataResults"]:
        if result["Id"] == name:
            result.update(members)
    return made


@pytest.fixture(scope="module")
def asked() -> Iterator[Callable[[Reply], Traffic | ApiError | None]]:
    """Reads counts from a CloudWatch that sends the reply."""
    with Stranger(Reply(204)) as server:
        ask = asking(server.url, persistent=True)

        def with_reply(reply: Reply) -> Traffic | ApiError | None:
            server.reply = reply
            return ask(LINE, "us-east-1")

        yield with_reply


def test_a_right_answer() -> None:
    """A valid response is read, even with a result and members that were not requested."""
    right = answer(NOW, **FOUR, other=[-1.0])
    right["MetricDataResults"][0]["Messages"] = None
    right["New"] = {"a": [1]}
    with Stranger(reply(right)) as server:
        found = asking(server.url)(LINE, "us-east-1")
    assert isinstance(found, Traffic)
    assert (found.attempts, found.failures, found.answered, found.active) == (7, 1, 2, 5)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({}, "MetricDataResults is not a list"),
        ({"MetricDataResults": None}, "MetricDataResults is not a list"),
        ({"MetricDataResults": []}, "a result is missing"),
        (answer(NOW, **{**NONE, "attempts": [-7.0]}), "a count is not a number of calls"),
        (answer(NOW, **{**NONE, "attempts": [math.nan]}), "a count is not a number of calls"),
        (answer(NOW, **{**NONE, "attempts": [math.inf]}), "a count is not a number of calls"),
        (answer(NOW, **{**NONE, "active": [1e300]}), "a count is not a number of calls"),
        (answer(NOW, **{**NONE, "attempts": [None]}), "a count is not a number of calls"),  # type: ignore[list-item]
        (answer(NOW, **{**NONE, "attempts": ["4"]}), "a count is not a number of calls"),  # type: ignore[list-item]
        (answer(NOW, attempts=[1.0], x=[]), "a result is missing"),
        (changed("attempts", Id=None), "a result is missing"),
        (changed("attempts", Id="unknown"), "a result is missing"),
        (changed("attempts", Timestamps=[]), "a time is not one that was asked for"),
        (changed("attempts", Values=[1.0]), "a count is not a number of calls"),
        (changed("attempts", Values=None), "Values is not a list"),
        (changed("attempts", StatusCode="InternalError"), "a result is not complete"),
        (changed("attempts", StatusCode="Forbidden"), "a result is not complete"),
        (changed("attempts", StatusCode="PartialData"), "a result is not complete"),
        (changed("active", Timestamps=[NOW + datetime.timedelta(days=1)]), "a time is not one that was asked for"),
        (changed("active", Timestamps=[NOW - datetime.timedelta(days=9000)]), "a time is not one that was asked for"),
        (changed("active", Timestamps=["now"]), "it cannot be parsed"),
        (changed("active", Timestamps=["2026-01-01T00:00:00"]), "a time is not one that was asked for"),
        (changed("active", Timestamps=[1e300]), None),
        (changed("active", Timestamps=[math.nan]), None),
        ([], None),
        (None, None),
        ("ok", None),
        ({"MetricDataResults": "x"}, None),
        ({"MetricDataResults": [None]}, None),
        ({"MetricDataResults": [[1]]}, None),
    ],
)
def test_no_counts(asked: Callable[[Reply], object], value: Any, problem: str | None) -> None:
    """An invalid part makes the whole response invalid: a part of the counts would be a wrong number."""
    text = str(asked(reply(value)))
    assert (SENTENCE.format(problem) if problem else "the response is not one of CloudWatch (") in text


@pytest.mark.parametrize(
    "stranger",
    [
        Reply(204, content_type=None),
        Reply(200),
        Reply(200, b"{}"),
        Reply(200, b'{"status": "ok"}'),
        Reply(200, b"<html>", content_type="text/html"),
        Reply(200, as_json(answer(NOW, **FOUR))[:40], content_type=JSON),
        Reply(200, b"[" * 50_000, content_type=JSON),
        Reply(200, b"\xff", content_type=JSON),
        Reply(302, b"", ("Location: https://sso.example.com/",), "text/html"),
        Reply(403, as_json([1]), content_type=JSON),
        Reply(403, as_json({"__type": 5, "message": {"a": 1}}), content_type=JSON),
        Reply(404, b"<html>", content_type="text/html"),
    ],
)
def test_another_server(asked: Callable[[Reply], object], stranger: Reply) -> None:
    found = asked(stranger)
    assert isinstance(found, ApiError)
    assert str(found).startswith(f"reading inbound calls of Voice Connector {LINE} (us-east-1): ")
    assert "\n" not in str(found)


class TestAnswersWithoutAnEnd:
    def test_pages(self) -> None:
        """A few pages are read, and no more; a repeated token is an error at once."""
        tokens = count()
        with Stranger(lambda *_: reply({**answer(NOW, **FOUR), "NextToken": str(next(tokens))})) as server:
            assert SENTENCE.format("its pages do not end") in failure(server.url)
        assert len(server.asked) == 6
        with Stranger(reply({**answer(NOW, **FOUR), "NextToken": "more"})) as server:
            assert "which is not a response to GetMetricData: its pages do not end. Check" in failure(server.url)
        assert len(server.asked) == 2

    def test_two_pages(self) -> None:
        """Counts of both pages are added; only the last state of a result matters."""
        first = changed("attempts", StatusCode="PartialData")
        pages = iter([reply({**first, "NextToken": "more"}), reply(answer(NOW, **FOUR))])
        with Stranger(lambda *_: next(pages)) as server:
            found = asking(server.url)(LINE, "us-east-1")
        assert isinstance(found, Traffic)
        assert found.attempts == 14

    def test_a_long_body(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The response is not read to its end."""
        monkeypatch.setattr(responses, "MAX_BYTES", 100_000)
        with Stranger(reply("x" * 200_000)) as server:
            assert SENTENCE.format("it cannot be parsed") in failure(server.url)

    @pytest.fixture
    def dripping(self) -> Iterator[Callable[[bytes], str]]:
        """Starts a server that sends a beginning, and then a byte every 50 ms."""
        ended = threading.Event()
        threads: list[threading.Thread] = []
        with socket.create_server(("127.0.0.1", 0)) as listener:

            def serve(beginning: bytes) -> None:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(beginning)
                    while not ended.wait(0.05):
                        connection.sendall(b"x")

            def start(beginning: bytes) -> str:
                threads.append(threading.Thread(target=serve, args=(beginning,)))
                threads[-1].start()
                return f"http://127.0.0.1:{listener.getsockname()[1]}"

            yield start
            ended.set()
            for thread in threads:
                thread.join()

    @pytest.mark.parametrize(
        "beginning", [b"HTTP", b"HTTP/1.1 200 OK\r\nX-Long: ", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"]
    )
    def test_a_byte_now_and_then(
        self, dripping: Callable[[bytes], str], beginning: bytes, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each byte restarts botocore's read timeout. The wait ends, in status, headers or body."""
        monkeypatch.setattr(traffic, "SECONDS", 0.5)
        url = dripping(beginning)
        began = time.monotonic()
        ask = asking(url, persistent=True)
        found = ask(LINE, "us-east-1")
        assert "CloudWatch did not answer within 0.5 seconds." in str(found)
        assert ask("other", "us-east-1") is found, "nobody waits for it a second time"
        assert time.monotonic() - began < 20


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
times = st.lists(
    st.integers(-1500, 60).map(lambda ago: NOW + datetime.timedelta(minutes=ago)) | json_values, max_size=3
)
results = st.fixed_dictionaries(
    {"Id": st.sampled_from(sorted(FOUR)) | json_values},
    optional={
        "Timestamps": times | json_values,
        "Values": st.lists(st.floats() | st.integers() | json_values, max_size=3) | json_values,
        "StatusCode": st.sampled_from(["Complete", "PartialData"]) | json_values,
    },
)
answers = st.fixed_dictionaries(
    {}, optional={"MetricDataResults": st.lists(results, max_size=6) | json_values, "NextToken": json_values}
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(value=answers | json_values)
def test_any_answer(asked: Callable[[Reply], Any], value: Any) -> None:
    """No response leads to an exception, or to a number that is not a count."""
    found = asked(reply(value))
    if isinstance(found, Traffic):
        counts = (found.attempts, found.failures, found.answered, *found.course, found.active or 0)
        assert all(isinstance(number, int) and number >= 0 for number in counts)
    else:
        assert isinstance(found, ApiError)
        assert "\n" not in str(found)
