"""Who changed the settings of a voice connector, as CloudTrail tells it; whatever it answers, nothing stops and nothing waits."""

from __future__ import annotations

import datetime
import gc
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_chime_voice.aws.cloudtrail import Event, api_form, last_change, read_events, recent_events
from pulumi_chime_voice.aws.failures import translate
from pulumi_chime_voice.errors import ApiError
from pulumi_chime_voice.origination.api import ORIGINATION_API

from ...support.cloudtrail import CloudTrailServer, origination_record, record
from .test_traffic import client

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE, OTHER = "abcdef1ghij2klmno3pqr4", "zbcdef1ghij2klmno3pqr4"
PUT, DELETE = "PutVoiceConnectorOrigination", "DeleteVoiceConnectorOrigination"
BOTH = (PUT, DELETE)
ROUTES = {"Routes": [{"Host": "203.0.113.7", "Port": 5060, "Protocol": "UDP", "Priority": 1, "Weight": 1}]}


@pytest.fixture
def server() -> Iterator[CloudTrailServer]:
    with CloudTrailServer() as running:
        yield running


def api(server: CloudTrailServer, **keys: Any) -> Any:
    return client(None, endpoints=[{"cloudtrail": server.url}], accessKey="test", secretKey="test", **keys)


class TestEvents:
    """Events of operations, newest first."""

    def test_members(self, server: CloudTrailServer) -> None:
        """Who, when, with what, from where, and the parameters, which api_form gives the names of the API."""
        server.records = [origination_record(LINE, ROUTES, minutes_ago=30), record(DELETE, OTHER, minutes_ago=10)]
        (delete, put), complete = read_events(api(server), BOTH, "us-east-1")
        assert complete
        assert (delete.operation, delete.connector) == (DELETE, OTHER)
        assert (put.who, put.source) == ("arn:aws:sts::111122223333:assumed-role/OnCall/jane", "198.51.100.7")
        assert put.user_agent.startswith("Mozilla/5.0")
        assert put.time.strftime("%Y-%m-%dT%H:%M:%SZ") == server.records[0]["eventTime"]
        assert api_form(put.parameters) == {"VoiceConnectorId": LINE, "Origination": ROUTES}

    def test_failed_calls_changed_nothing(self, server: CloudTrailServer) -> None:
        server.records = [record(PUT, LINE, errorCode="AccessDenied"), record(PUT, OTHER)]
        (event,), _ = read_events(api(server), BOTH, "us-east-1")
        assert event.connector == OTHER

    def test_callers_without_an_arn(self, server: CloudTrailServer) -> None:
        """An AWS service, and an event without any caller."""
        server.records = [
            record(PUT, LINE, minutes_ago=2, userIdentity={"type": "AWSService", "invokedBy": "chime.amazonaws.com"}),
            record(PUT, LINE, minutes_ago=1, userIdentity=None),
        ]
        events, _ = read_events(api(server), (PUT,), "us-east-1")
        assert [event.who for event in events] == ["unknown", "chime.amazonaws.com"]

    def test_pages_are_bounded(self, server: CloudTrailServer) -> None:
        """Two pages of fifty for each operation, and the caller learns that there are more."""
        server.records = [record(PUT, LINE, minutes_ago=minute) for minute in range(1, 121)]
        events, complete = read_events(api(server), BOTH, "us-east-1")
        assert (len(events), complete) == (100, False)
        assert server.requests == [(PUT, False), (PUT, True), (DELETE, False)]

    def test_two_requests_a_second(self, server: CloudTrailServer) -> None:
        """CloudTrail's quota."""
        ours = api(server)
        read_events(ours, (PUT,), "us-east-1")  # creates the client, which takes longer than a pause
        began = time.monotonic()
        read_events(ours, (PUT, DELETE, PUT), "us-east-1")
        assert [moment - began >= index / 2 for index, moment in enumerate(server.times[1:])] == [True] * 3

    @pytest.mark.parametrize(("days", "found"), [(7, 1), (90, 2)])
    def test_days(self, server: CloudTrailServer, days: int, found: int) -> None:
        server.records = [record(PUT, LINE, minutes_ago=60 * 24 * age) for age in (6, 89)]
        assert len(read_events(api(server), (PUT,), "us-east-1", days=days)[0]) == found

    def test_a_time_that_utc_does_not_have(self, server: CloudTrailServer) -> None:
        """It is passed over; the other events are not lost."""
        garbage = json.dumps(record(PUT, LINE, eventTime="0001-01-01T00:00:00+14:00"))
        entries = [{"CloudTrailEvent": text} for text in (garbage, json.dumps(record(PUT, OTHER)))]
        server.answer = lambda: json.dumps({"Events": entries}).encode()
        (event,), _ = read_events(api(server), (PUT,), "us-east-1")
        assert event.connector == OTHER

    @pytest.mark.parametrize("depth", [300, 700, 2000])
    def test_deeply_nested_settings(self, depth: int) -> None:
        """They are not shown, whatever part of Python reaches its limit."""
        text = json.dumps(record(PUT, LINE, requestParameters={"voiceConnectorId": LINE, "origination": "?"}))
        page = {"Events": [{"CloudTrailEvent": text.replace('"?"', "[" * depth + "]" * depth)}]}
        gc.disable()  # What other tests have left would be finalized at the limit.
        try:
            events, _ = read_events(_Answering(page), (PUT,), "us-east-1")  # type: ignore[arg-type]
            assert [ORIGINATION_API.recorded(event) for event in events] in ([], [None])
        finally:
            gc.enable()

    def test_a_failed_lookup_changed_nothing(self) -> None:
        error = ReadTimeoutError(endpoint_url="https://cloudtrail.us-east-1.amazonaws.com")
        assert str(translate(error, "looking up", "LookupEvents")).endswith("Nothing was changed: try again.")

    def test_a_missing_permission_is_named(self, server: CloudTrailServer) -> None:
        server.denied = True
        with pytest.raises(ApiError, match=r"AccessDeniedException.*Grant cloudtrail:LookupEvents\."):
            read_events(api(server), BOTH, "us-east-1")


class TestRecentEvents:
    """The events for a message: found or not, without an error."""

    def test_one_lookup_for_all_voice_connectors(self, server: CloudTrailServer) -> None:
        server.records = [record(PUT, LINE), record(PUT, OTHER)]
        read = recent_events(api(server))
        for events in (read("us-east-1", *BOTH), read("us-east-1", *BOTH)):
            assert {event.connector for event in events or []} == {LINE, OTHER}
        assert server.requests == [(PUT, False), (DELETE, False)]

    def test_an_emulator_has_no_cloudtrail(self) -> None:
        """Its endpoint gets no credentials of a made-up account, unless it is set."""
        ours = client(None, endpoints=[{"chimesdkvoice": "http://127.0.0.1:1"}], accessKey="test", secretKey="test")
        assert not ours.observes("cloudtrail", "us-east-1")
        assert not recent_events(ours)("us-east-1", *BOTH)

    @pytest.mark.parametrize(
        "answer",
        [
            b"",
            b"null",
            b"[]",
            b"{}",
            b'{"Events": null}',
            b'{"Events": [null, {}]}',
            b'{"Events": "x"}',
            b"<html>",
            b"\xff",
        ],
    )
    def test_garbage(self, server: CloudTrailServer, answer: bytes) -> None:
        server.answer = lambda: answer
        assert not recent_events(api(server))("us-east-1", *BOTH)

    def test_pages_without_end(self, server: CloudTrailServer) -> None:
        server.answer = lambda: b'{"Events": [], "NextToken": "again"}'
        assert not recent_events(api(server))("us-east-1", *BOTH)
        assert len(server.requests) == 4

    def test_no_permission(self, server: CloudTrailServer) -> None:
        server.denied = True
        assert not recent_events(api(server))("us-east-1", *BOTH)

    def test_no_answer(self, server: CloudTrailServer, monkeypatch: pytest.MonkeyPatch) -> None:
        """The wait is bounded, all pages together."""
        monkeypatch.setattr("pulumi_chime_voice.aws.cloudtrail.SECONDS", 0.2)
        server.answer = lambda: time.sleep(1) or b"{}"
        began = time.monotonic()
        assert not recent_events(api(server))("us-east-1", *BOTH)
        assert time.monotonic() - began < 0.9

    @settings(max_examples=60, deadline=None)
    @given(data=st.data())
    def test_any_record(self, data: st.DataObject) -> None:
        """Whatever an event contains, it is passed over or has members of the right types."""
        value = st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from([PUT, LINE]),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
            max_leaves=5,
        )
        event = record(PUT, LINE)
        for name in data.draw(st.sets(st.sampled_from(sorted(event)), max_size=3)):
            event[name] = data.draw(value)
        entry = {"CloudTrailEvent": data.draw(st.just(json.dumps(event)) | st.text() | st.none())}
        events, complete = read_events(_Answering({"Events": [entry]}), (PUT,), "us-east-1")  # type: ignore[arg-type]
        assert complete
        for found in events:
            assert isinstance(found.who, str)
            assert found.time.tzinfo is datetime.timezone.utc
            assert isinstance(found.connector, str)
            assert isinstance(found.has_hidden_values, bool)


class _Answering:
    """Answers every call with this page: the property is about what is made of it, not about how it came."""

    def __init__(self, page: dict[str, Any]) -> None:
        self._page = page

    def call(self, *_: Any, **__: Any) -> dict[str, Any]:
        return self._page


NOW = datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.timezone.utc)
LIVE, OTHERS, HIDDEN = True, False, None
OWN = "Boto3/1.40 pulumi-chime-voice/0.1.0"


def event(minutes_ago: float, matches: bool | None, user_agent: str = "console", who: str = "") -> Event:
    moment = NOW - datetime.timedelta(minutes=minutes_ago)
    return Event(moment, PUT, LINE, "us-east-1", who or f"{minutes_ago}", user_agent, "", {"matches": matches})


@pytest.mark.parametrize(
    ("events", "who"),
    [
        ([], None),
        ([event(1, LIVE), event(2, LIVE)], "1"),
        ([event(1, OTHERS), event(2, LIVE)], None),
        ([event(1, OTHERS), event(1, LIVE)], "1"),
        ([event(1, OTHERS), event(1, HIDDEN)], "1"),
        ([event(1, LIVE, who="jane"), event(1, LIVE, who="john")], None),
        ([event(1, OTHERS), event(2, HIDDEN)], None),
        ([event(1, HIDDEN), event(1, LIVE), event(2, HIDDEN, OWN)], "1"),
        ([event(1, HIDDEN), event(2, OTHERS)], "1"),
        ([event(1, HIDDEN, OWN), event(2, LIVE)], None),
        ([event(1, HIDDEN), event(15, HIDDEN, OWN)], None),
        ([event(1, HIDDEN), event(16, HIDDEN, OWN)], "1"),
        ([event(1, LIVE, OWN)], "1"),
    ],
)
def test_which_event_explains_the_live_settings(events: list[Event], who: str | None) -> None:
    """Only the newest counts, or one of those in its second: after an older one, a change was made that is not recorded yet.

    Settings that are shown must be the live ones; an event without them must be none of this package's.
    """
    found = last_change(events, lambda event: event.parameters["matches"])
    assert (found and found.who) == who
