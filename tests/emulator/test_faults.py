"""Every fault, from a client's view."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from .support import OTHER

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator

    from .support import Raw

ROUTES = {
    "Routes": [{"Host": "a.example.net", "Port": 5060, "Protocol": "TCP", "Priority": 1, "Weight": 1}],
    "Disabled": False,
}
OFF = {"Disabled": True, "Routes": []}


def put(chime: Any, connector: str, settings: dict[str, Any] = OFF) -> None:
    given = {name: value for name, value in settings.items() if value != []}
    chime.put_voice_connector_origination(VoiceConnectorId=connector, Origination=given)


def get(chime: Any, connector: str) -> dict[str, Any] | None:
    try:
        return chime.get_voice_connector_origination(VoiceConnectorId=connector)["Origination"]
    except chime.exceptions.NotFoundException:
        return None


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Waits until the condition is true."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"


class TestPlannedAnswers:
    """Planned answers."""

    @pytest.mark.parametrize(
        ("answer", "status", "code"),
        [
            (400, 400, "BadRequestException"),
            (401, 401, "UnauthorizedClientException"),
            (403, 403, "ForbiddenException"),
            (404, 404, "NotFoundException"),
            (409, 409, "ConflictException"),
            (429, 429, "ThrottledClientException"),
            (500, 500, "ServiceFailureException"),
            (503, 503, "ServiceUnavailableException"),
            (504, 504, "504"),
            ("AccessDeniedException", 403, "AccessDeniedException"),
            ("ResourceLimitExceededException", 400, "ResourceLimitExceededException"),
            ("400:ExpiredTokenException", 400, "ExpiredTokenException"),
        ],
    )
    def test_errors(self, emulator: Emulator, chime: Any, connector: str, answer: Any, status: int, code: str) -> None:
        """An error can be selected by status, by name or by both. The operation does not run."""
        emulator.faults.fail("PutVoiceConnectorOrigination", [answer])

        with pytest.raises(ClientError) as caught:
            put(chime, connector)

        assert caught.value.response["Error"]["Code"] == code
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
        assert [request.status for request in emulator.requests] == [status]
        assert get(chime, connector) is None

    def test_answers_apply_in_order(self, emulator: Emulator, chime: Any, connector: str) -> None:
        """Each answer applies to one request for the operation. Then requests succeed again."""
        emulator.faults.fail("GetVoiceConnector", [503, "ok", "500*2"])
        for _ in range(5):
            with contextlib.suppress(ClientError):
                chime.get_voice_connector(VoiceConnectorId=connector)
        put(chime, connector)

        assert [request.status for request in emulator.requests] == [503, 200, 500, 500, 200, 200]

    def test_for_one_connector(self, emulator: Emulator, chime: Any, connector: str) -> None:
        """Other connectors are not affected."""
        emulator.create_voice_connector(voice_connector_id=OTHER)
        emulator.faults.fail("*", [500], voice_connector_id=OTHER)

        assert chime.get_voice_connector(VoiceConnectorId=connector)
        with pytest.raises(chime.exceptions.ServiceFailureException):
            chime.get_voice_connector(VoiceConnectorId=OTHER)
        assert chime.get_voice_connector(VoiceConnectorId=OTHER)

    @pytest.mark.parametrize("arguments", [{"answers": ["503*"]}, {"answers": ["ok", 503], "forever": True}])
    def test_an_answer_that_applies_until_cleared(
        self, emulator: Emulator, chime: Any, connector: str, arguments: Any
    ) -> None:
        """The last answer applies until the faults are cleared."""
        emulator.faults.fail("*", **arguments)
        statuses = []
        for _ in range(12):
            try:
                chime.get_voice_connector(VoiceConnectorId=connector)
                statuses.append(200)
            except chime.exceptions.ServiceUnavailableException:
                statuses.append(503)
        emulator.faults.clear()

        assert statuses[1:] == [503] * 11
        assert chime.get_voice_connector(VoiceConnectorId=connector)

    @pytest.mark.parametrize(
        "answer", ["nonsense", "200", "503 ", "", 99, 600, "slow", "slow:fast", "503*0", "*", "bad:request"]
    )
    def test_invalid_answers(self, emulator: Emulator, answer: Any) -> None:
        """An invalid answer is rejected with the valid forms."""
        with pytest.raises(ValueError, match=r"is not an answer|is not a duration|zero times"):
            emulator.faults.fail("*", [answer])

    def test_an_empty_list_of_answers(self, emulator: Emulator) -> None:
        """An empty list is rejected, because it has no effect."""
        with pytest.raises(ValueError, match="at least one answer"):
            emulator.faults.fail("*", [])

    @pytest.mark.parametrize("identity", ["connector", "", "*", 5])
    def test_invalid_connector_ids(self, emulator: Emulator, identity: Any) -> None:
        """An invalid ID is rejected, because it would match no request."""
        with pytest.raises(ValueError, match="is not a voice connector ID"):
            emulator.faults.fail("*", [503], voice_connector_id=identity)

    def test_unknown_operations(self, emulator: Emulator) -> None:
        """An unknown operation is rejected, because it would match no request."""
        with pytest.raises(ValueError, match="GetOrigination is not an operation"):
            emulator.faults.fail("GetOrigination", [503])

    def test_drop(self, emulator: Emulator, chime: Any, connector: str) -> None:
        """The connection closes, and the operation does not run."""
        emulator.faults.fail("PutVoiceConnectorOrigination", ["drop"])
        with pytest.raises(ConnectionClosedError):
            put(chime, connector)

        assert [request.status for request in emulator.requests] == [0]
        assert get(chime, connector) is None

    @pytest.mark.parametrize("answer", ["lose", "tear"])
    def test_a_response_without_a_body_is_lost(
        self, emulator: Emulator, chime: Any, connector: str, answer: str
    ) -> None:
        """The connection closes, and the operation runs."""
        put(chime, connector)
        emulator.faults.fail("DeleteVoiceConnectorOrigination", [answer])
        with pytest.raises(ConnectionClosedError):
            chime.delete_voice_connector_origination(VoiceConnectorId=connector)

        assert [request.status for request in emulator.requests] == [200, 0]
        assert get(chime, connector) is None

    def test_tear(self, emulator: Emulator, chime: Any, raw: Raw, connector: str) -> None:
        """Half of the body arrives, then the connection closes. The operation runs."""
        emulator.faults.fail("*", ["tear"])
        with pytest.raises(http.client.IncompleteRead) as caught:
            raw.send("PUT", f"/voice-connectors/{connector}/origination", {"Origination": {"Disabled": True}})

        assert caught.value.partial == b'{"Origination":{"Disab'
        assert len(caught.value.partial) + (caught.value.expected or 0) == 45
        assert get(chime, connector) == OFF

    def test_slow(self, emulator: Emulator, raw: Raw, connector: str) -> None:
        """The body arrives slowly and complete."""
        quick = raw.send("GET", f"/voice-connectors/{connector}")
        emulator.faults.fail("*", ["slow:300ms"])
        began = time.monotonic()
        slow = raw.send("GET", f"/voice-connectors/{connector}")

        assert time.monotonic() - began >= 0.29
        assert quick.content == slow.content

    def test_delay(self, emulator: Emulator, chime: Any, connector: str) -> None:
        """A delayed request does not block later ones, and runs after them."""
        emulator.faults.fail("PutVoiceConnectorOrigination", ["delay:500ms"])
        delayed = threading.Thread(target=put, args=(chime, connector))
        delayed.start()
        until(lambda: emulator.faults.as_dict()["fail"] == [])
        assert get(chime, connector) is None
        delayed.join()

        assert get(chime, connector) == OFF
        assert [request.operation for request in emulator.requests] == [
            "GetVoiceConnectorOrigination",
            "PutVoiceConnectorOrigination",
            "GetVoiceConnectorOrigination",
        ]


class TestLatency:
    """Latency delays every response."""

    def test_every_response_is_delayed(self, emulator: Emulator, chime: Any, connector: str) -> None:
        """Latency applies to every response, including errors."""
        emulator.faults.latency = 0.2
        began = time.monotonic()
        chime.get_voice_connector(VoiceConnectorId=connector)
        assert get(chime, connector) is None

        assert time.monotonic() - began >= 0.4

    def test_clients_wait_concurrently(self, emulator: Emulator, raw: Raw, connector: str) -> None:
        """Sixteen clients wait concurrently."""
        emulator.faults.latency = "500ms"
        began = time.monotonic()
        clients = [threading.Thread(target=raw.send, args=("GET", f"/voice-connectors/{connector}")) for _ in range(16)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()

        assert 0.5 <= time.monotonic() - began < 16 * 0.5 / 2
        assert [request.status for request in emulator.requests] == [200] * 16


class TestThrottle:
    """Each account has a token bucket."""

    def test_requests_after_a_burst_are_throttled(
        self, emulator: Emulator, raw: Raw, raw_at: Any, connector: str
    ) -> None:
        """After a burst, requests get ThrottledClientException. Another account has its own bucket."""
        emulator.faults.throttle = "1/m:3"
        answers = [raw.send("GET", f"/voice-connectors/{connector}") for _ in range(5)]
        other = raw_at(emulator.endpoint_url, key="OTHER").send("GET", "/voice-connectors")

        assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
        assert answers[-1].error == (429, "ThrottledClientException")
        assert answers[-1].json["Code"] == "Throttled"
        assert other.status == 200

    def test_the_bucket_fills_again(self, emulator: Emulator, raw: Raw) -> None:
        """Later, a request succeeds again."""
        emulator.faults.throttle = "10/s:1"
        statuses = [raw.send("GET", "/voice-connectors").status for _ in range(2)]
        until(lambda: raw.send("GET", "/voice-connectors").status == 200)

        assert statuses == [200, 429]

    def test_the_rate_is_kept(self, emulator: Emulator, raw: Raw) -> None:
        """Over more than a second, no more requests succeed than the rate and the burst allow."""
        emulator.faults.throttle = "20/s:5"
        began = time.monotonic()
        passed = 0
        while time.monotonic() - began < 1:
            passed += raw.send("GET", "/voice-connectors").status == 200

        assert passed <= 5 + 20 * (time.monotonic() - began)
        assert passed >= 15


class TestLag:
    """Reads that lag behind writes."""

    def test_a_new_connector_is_not_found(self, emulator: Emulator, chime: Any) -> None:
        """Reads, writes and lists do not find it until the time is over."""
        emulator.faults.not_found_after_create = "1s"
        made = chime.create_voice_connector(Name="a", RequireEncryption=False)["VoiceConnector"]
        (seeded,) = emulator.seed({"voice_connectors": [{}]})
        for operation in (chime.get_voice_connector, chime.delete_voice_connector):
            with pytest.raises(chime.exceptions.NotFoundException):
                operation(VoiceConnectorId=made["VoiceConnectorId"])
        with pytest.raises(chime.exceptions.NotFoundException):
            put(chime, made["VoiceConnectorId"])
        listed = [connector["VoiceConnectorId"] for connector in chime.list_voice_connectors()["VoiceConnectors"]]
        assert listed == [seeded]

        until(lambda: len(chime.list_voice_connectors()["VoiceConnectors"]) == 2)
        put(chime, made["VoiceConnectorId"])
        assert chime.get_voice_connector(VoiceConnectorId=made["VoiceConnectorId"])["VoiceConnector"] == made

    def test_a_connector_from_python_counts_as_new(self, emulator: Emulator, chime: Any) -> None:
        """A connector from `create_voice_connector` is new; one from a seed is not."""
        emulator.faults.not_found_after_create = 3600
        made = emulator.create_voice_connector()
        (seeded,) = emulator.seed({"voice_connectors": [{}]})

        assert chime.get_voice_connector(VoiceConnectorId=seeded)
        with pytest.raises(chime.exceptions.NotFoundException):
            chime.get_voice_connector(VoiceConnectorId=made)

    def test_reads_return_the_state_before_the_last_write(self, emulator: Emulator, chime: Any, connector: str) -> None:
        """Each read returns the state before the last Put. After the lag it returns the current state."""
        emulator.faults.read_lag = 3600
        put(chime, connector, ROUTES)
        assert get(chime, connector) is None
        put(chime, connector, OFF)
        assert get(chime, connector) == ROUTES
        chime.delete_voice_connector_origination(VoiceConnectorId=connector)
        assert get(chime, connector) == OFF

        emulator.faults.read_lag = 0
        assert get(chime, connector) is None

    def test_the_lag_ends(self, emulator: Emulator, chime: Any, connector: str) -> None:
        """The lag ends after the configured time."""
        put(chime, connector, ROUTES)
        emulator.faults.read_lag = 0.5
        put(chime, connector, OFF)
        began = time.monotonic()
        assert get(chime, connector) == ROUTES
        until(lambda: get(chime, connector) == OFF)

        assert time.monotonic() - began >= 0.4

    def test_creation_deletion_and_lists_lag(self, emulator: Emulator, chime: Any, connector: str) -> None:
        """A new connector is not visible yet, a deleted one still is, and a changed one is unchanged."""
        emulator.faults.read_lag = 3600
        made = chime.create_voice_connector(Name="new", RequireEncryption=False)["VoiceConnector"]
        chime.update_voice_connector(VoiceConnectorId=connector, Name="renamed", RequireEncryption=False)

        with pytest.raises(chime.exceptions.NotFoundException):
            chime.get_voice_connector(VoiceConnectorId=made["VoiceConnectorId"])
        listed = [found["Name"] for found in chime.list_voice_connectors()["VoiceConnectors"]]
        assert listed == [f"connector-{connector}"]

        chime.delete_voice_connector(VoiceConnectorId=connector)
        assert (
            chime.get_voice_connector(VoiceConnectorId=connector)["VoiceConnector"]["Name"] == f"connector-{connector}"
        )

    def test_a_deleted_connector_stays_in_lists(self, emulator: Emulator, chime: Any) -> None:
        """It keeps its position and its previous state, on every page, and appears once even if it was created again."""
        made = [emulator.create_voice_connector(name=name) for name in "abcd"]
        emulator.faults.read_lag = 3600
        chime.delete_voice_connector(VoiceConnectorId=made[1])
        chime.update_voice_connector(VoiceConnectorId=made[3], Name="renamed", RequireEncryption=False)
        chime.delete_voice_connector(VoiceConnectorId=made[3])

        def names() -> list[str]:
            page = chime.list_voice_connectors(MaxResults=2)
            listed = page["VoiceConnectors"]
            while "NextToken" in page:
                page = chime.list_voice_connectors(MaxResults=2, NextToken=page["NextToken"])
                listed += page["VoiceConnectors"]
            return [connector["Name"] for connector in listed]

        assert names() == ["a", "b", "c", "d"]
        emulator.create_voice_connector(voice_connector_id=made[1])
        assert sorted(names()) == ["a", "b", "c", "d"]
        emulator.faults.read_lag = 0
        assert names() == ["a", "c", f"connector-{made[1]}"]

    def test_each_setting_lags_independently(self, emulator: Emulator, chime: Any, connector: str) -> None:
        """A write of one setting does not end the lag of another."""
        put(chime, connector, ROUTES)
        chime.put_voice_connector_termination(VoiceConnectorId=connector, Termination={"Disabled": False})
        emulator.faults.read_lag = 3600
        put(chime, connector, {"Routes": ROUTES["Routes"] * 2, "Disabled": False})
        chime.put_voice_connector_emergency_calling_configuration(
            VoiceConnectorId=connector,
            EmergencyCallingConfiguration={"DNIS": [{"EmergencyPhoneNumber": "+12065550100", "CallingCountry": "US"}]},
        )

        assert get(chime, connector) == ROUTES
        with pytest.raises(chime.exceptions.NotFoundException):
            chime.get_voice_connector_emergency_calling_configuration(VoiceConnectorId=connector)

    def test_writes_use_the_current_state(self, emulator: Emulator, chime: Any, connector: str) -> None:
        """Writes are checked against the current state, whatever reads return."""
        emulator.faults.read_lag = 3600
        put(chime, connector, ROUTES)
        chime.put_voice_connector_termination(VoiceConnectorId=connector, Termination={"Disabled": False})
        dnis = {"DNIS": [{"EmergencyPhoneNumber": "+12065550100", "CallingCountry": "US"}]}
        chime.put_voice_connector_emergency_calling_configuration(
            VoiceConnectorId=connector, EmergencyCallingConfiguration=dnis
        )

        with pytest.raises(chime.exceptions.BadRequestException):
            put(chime, connector, OFF)


class TestClock:
    """A wrong clock."""

    def test_the_skew_is_visible(self, emulator: Emulator, raw: Raw) -> None:
        """The skew shows in the Date header, including that of errors, and in timestamps."""
        emulator.faults.clock_skew = -600
        made = raw.send("POST", "/voice-connectors", {"Name": "a", "RequireEncryption": False})
        emulator.faults.clock_skew = 3600
        refused = raw.send("GET", "/voice-connectors")

        assert -610 < parsedate_to_datetime(made.headers["Date"]).timestamp() - time.time() < -590
        assert made.json["VoiceConnector"]["CreatedTimestamp"][:19] < time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        assert refused.status == 401
        assert 3590 < parsedate_to_datetime(refused.headers["Date"]).timestamp() - time.time() < 3610
