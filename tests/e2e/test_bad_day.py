"""Bad days: what AWS, the network, the machine or a colleague may do, and what state and live settings are afterwards."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_chime_voice import ApiError, NotFoundError
from pulumi_chime_voice.aws import session
from pulumi_chime_voice.aws.client import ChimeSdkVoice
from pulumi_chime_voice.aws.config import AwsConfig
from pulumi_chime_voice.errors import RefusedError
from pulumi_chime_voice.origination.api import ORIGINATION_API
from pulumi_chime_voice.origination.routes import Settings, keyed

from ..support.emulators import configured_provider
from ..support.values import CONNECTOR
from .crash import API_CALLS, Machine
from .dangers import assert_no_traceback

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator

    from .support import Calls, Live, Project

UNKNOWN = "zzzzzz1zzzz2zzzzz3zzz4"
ROUTE = ("203.0.113.7", 5060, "UDP", 1, 1)
SUPPORT = f'Origination("support", voice_connector_id="{CONNECTOR}", routes=[route()])\n'

# --- retries, through botocore and HTTP


@pytest.fixture
def client(emulator: Emulator) -> Callable[..., ChimeSdkVoice]:
    """Makes the client that the plugin makes, with retries as asked for."""

    def make(retry_mode: str | None = None, max_retries: int | None = None) -> ChimeSdkVoice:
        return ChimeSdkVoice(
            AwsConfig(
                region="us-east-1",
                access_key="test",
                secret_key="test",
                endpoints={"chimesdkvoice": emulator.endpoint_url},
                retry_mode=retry_mode,
                max_retries=max_retries,
            )
        )

    return make


@pytest.mark.parametrize("retry_mode", ["legacy", "standard", "adaptive"])
@pytest.mark.parametrize("answer", ["429", "500", "503", "drop", "tear", "delay:1s"])
def test_a_bad_answer_is_tried_again(
    client: Callable[..., ChimeSdkVoice],
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    retry_mode: str,
    answer: str,
) -> None:
    """botocore tries again whatever may be better the next time, in each of its modes."""
    monkeypatch.setattr(session, "READ_TIMEOUT", 0.5)
    emulator.faults.fail("GetVoiceConnector", [answer])
    assert client(retry_mode).voice_connector(CONNECTOR, "us-east-1").id == CONNECTOR
    attempts = "2" if answer != "delay:1s" else "1 or 2"
    assert str(len(emulator.requests)) in attempts, "an answer that nobody waits for may be in the log only later"


@pytest.mark.parametrize("answer", ["400", "401", "403", "404", "409:ConflictException"])
def test_a_refusal_is_not_tried_again(client: Callable[..., ChimeSdkVoice], emulator: Emulator, answer: str) -> None:
    """What will be the same the next time is told at once."""
    emulator.faults.fail("GetVoiceConnector", [answer], forever=True)
    with pytest.raises(ApiError):
        client().voice_connector(CONNECTOR, "us-east-1")
    assert len(emulator.requests) == 1


def test_a_torn_answer_is_a_sentence_in_the_end(client: Callable[..., ChimeSdkVoice], emulator: Emulator) -> None:
    """The sentence says how much of the answer came; of a write, that it may have happened."""
    emulator.faults.fail("*", ["tear"], forever=True)
    torn = r"the response was cut off after \d+ of \d+ bytes .*"
    settings = Settings(routes=keyed([{"host": "a", "port": 5060, "protocol": "UDP", "priority": 1, "weight": 1}]))
    with pytest.raises(ApiError, match=f"{torn}Nothing was changed: try again"):
        client(max_retries=2).voice_connector(CONNECTOR, "us-east-1")
    assert len(emulator.requests) == 2
    with pytest.raises(ApiError, match=f"{torn}The outcome is unknown"):
        ORIGINATION_API.put(client(max_retries=2), CONNECTOR, "us-east-1", settings, "updating")
    assert len(emulator.requests) == 4


@pytest.mark.parametrize("retry_mode", ["legacy", "standard", "adaptive"])
def test_a_call_ends(
    client: Callable[..., ChimeSdkVoice], emulator: Emulator, monkeypatch: pytest.MonkeyPatch, retry_mode: str
) -> None:
    """However many attempts are left, none begins once the time for them is up (test-long takes the real time)."""
    monkeypatch.setattr(session, "RETRY_SECONDS", 1.0)
    emulator.faults.latency = 0.3
    emulator.faults.fail("GetVoiceConnector", [503], forever=True)
    with pytest.raises(ApiError, match="ServiceUnavailableException"):
        client(retry_mode, max_retries=30).voice_connector(CONNECTOR, "us-east-1")
    *earlier, _ = emulator.requests
    assert 1 <= len(earlier) <= 4
    # The last attempt was decided on when the one before it had been answered.
    assert earlier[-1].time - earlier[0].time < 1.0


def test_hundred_originations_at_ten_requests_a_second(project: Project, emulator: Emulator) -> None:
    """An account that allows ten requests a second slows an `up` down, and fails none of it."""
    connectors = [emulator.create_voice_connector() for _ in range(100)]
    project.program(
        f"for connector in {connectors!r}:\n    Origination(connector, voice_connector_id=connector, routes=[route()])\n"
    )
    emulator.faults.throttle = "10/s"
    project.up()
    assert len(project.state()) == 100
    answered = [(request.operation, request.status) for request in emulator.requests]
    assert answered.count(("PutVoiceConnectorOrigination", 200)) == 100
    assert 429 in {status for _, status in answered}


# --- young connectors


def test_young_connector(project: Project, emulator: Emulator, live: Live) -> None:
    """A connector that the service does not know yet is tried again until it does."""
    emulator.faults.fail("PutVoiceConnectorOrigination", [404, 404])
    project.program(SUPPORT)
    project.up()
    assert live.routes() == [ROUTE]


def _props(connector: str) -> dict[str, Any]:
    """Returns the properties of an origination with one route."""
    host = {"host": "203.0.113.7", "port": 5060, "protocol": "UDP", "priority": 1, "weight": 1}
    return {"voiceConnectorId": connector, "region": "us-east-1", "routes": {"203.0.113.7:5060/UDP": host}}


def test_patience_with_a_young_connector_ends(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connector that stays unknown is an error in the end; only a create has this patience."""
    monkeypatch.setattr("pulumi_chime_voice.engine.lifecycle.YOUNG_CONNECTOR_SECONDS", 2)
    provider = configured_provider(emulator)
    props = _props(UNKNOWN)

    def puts() -> int:
        return [item.operation for item in emulator.requests].count("PutVoiceConnectorOrigination")

    began = time.monotonic()
    with pytest.raises(
        NotFoundError, match=r"creating origination of Voice Connector zzzzzz1zzzz2zzzzz3zzz4 .*NotFoundException"
    ):
        provider.create(props)
    assert time.monotonic() - began < 3
    assert puts() == 2
    monkeypatch.setattr("pulumi_chime_voice.engine.target.LAG_SECONDS", 0)
    with pytest.raises(RefusedError, match="finds neither the origination settings nor the voice connector"):
        provider.update(UNKNOWN, props, {**props, "disabled": True})
    assert puts() == 2


# --- refresh


def _kept(project: Project) -> str:
    return json.dumps(project.state()["support"])


def test_refresh_forgets_nothing(project: Project, emulator: Emulator, live: Live) -> None:
    """A refresh that fails leaves the state as it was, byte for byte; `test_only_not_found_means_gone` has every answer."""
    project.deployed(SUPPORT)
    project.env["AWS_MAX_ATTEMPTS"] = "1"
    # A refresh, whatever its end, drops what the engine had noted of the program; not so the next one.
    project.refresh()
    before = _kept(project)
    for answer in ("403", "503", "tear"):
        emulator.faults.fail("GetVoiceConnectorOrigination", [answer], forever=True)
        said = project.refresh_err()
        assert f"reading origination of Voice Connector {CONNECTOR} (us-east-1)" in said, answer
        assert_no_traceback(said)
        assert _kept(project) == before, answer
        emulator.faults.clear()
    assert live.routes() == [ROUTE]


@pytest.mark.parametrize("answer", ["401", "403", "429", "500", "503", "delay:1s", "tear", "drop"])
def test_only_not_found_means_gone(
    emulator: Emulator, live: Live, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    """A read that gets any other answer raises, so that the engine keeps the state of the resource."""
    monkeypatch.setattr(session, "READ_TIMEOUT", 0.5)
    live.put(ROUTE)
    provider = configured_provider(emulator, **{"aws:maxRetries": "1"})
    emulator.faults.fail("GetVoiceConnectorOrigination", [answer], forever=True)
    with pytest.raises(ApiError, match=rf"reading origination of Voice Connector {CONNECTOR} \(us-east-1\)"):
        provider.read(CONNECTOR, _props(CONNECTOR))


def test_refresh_looks_twice_before_it_believes_gone(project: Project, emulator: Emulator, calls: Calls) -> None:
    """One NotFound may be a read that lags: a second look finds the settings, and the state stays as it was."""
    project.deployed(SUPPORT)
    emulator.faults.fail("GetVoiceConnectorOrigination", ["404"])
    calls.take()
    project.refresh("--expect-no-changes")
    assert calls.take() == ["Get", "GetVoiceConnector", "Get"]
    assert list(project.state()) == ["support"]


# --- crashes


@pytest.mark.parametrize(
    ("victim", "after"),
    [
        ("engine", API_CALLS // 3),
        pytest.param("plugin", API_CALLS // 2, marks=pytest.mark.full),
        pytest.param("emulator", API_CALLS - 9, marks=pytest.mark.full),
    ],
)
def test_killed(project: Project, free_port: int, victim: str, after: int) -> None:
    """A sample of the matrix that test-long runs: each victim once, in the middle of creates, updates and deletes."""
    machine = Machine(project, free_port)
    try:
        machine.prepare()
        killed = machine.kill(victim, after)
        assert not killed.finished
        machine.then_up()
        if victim == "engine":
            machine.then_destroy(killed)
    finally:
        machine.stop()


def test_destroy_after_a_killed_update(project: Project, emulator: Emulator, live: Live) -> None:
    """An update whose answer is lost leaves the new settings live and the old ones in the state: refresh, then destroy."""
    project.deployed(SUPPORT)
    project.env["AWS_MAX_ATTEMPTS"] = "1"
    project.program(SUPPORT.replace("route()", "route(weight=2)"))
    emulator.faults.fail("PutVoiceConnectorOrigination", ["lose"])
    assert "The outcome is unknown. Run pulumi refresh, then pulumi up" in project.up_err()
    said = project.err("destroy", "--yes", "--skip-preview", "--color=never")
    assert f"deleting origination of Voice Connector {CONNECTOR} (us-east-1): blocked" in said
    assert "203.0.113.7:5060/UDP has weight 2 instead of 1" in said
    assert "Run pulumi refresh, then try again" in said
    assert live.routes() == [("203.0.113.7", 5060, "UDP", 1, 2)]
    project.refresh()
    project.destroy()
    assert live.routes() is None


# --- two plugin processes


@pytest.mark.matrix
def test_renamed_and_moved_to_an_explicit_provider(project: Project, live: Live, calls: Calls) -> None:
    """A new name and a Provider of the same account at once: two plugin processes, and the calls go on."""
    project.deployed(SUPPORT)
    project.program(
        'here = Provider("here", region="us-east-1")\n'
        f'Origination("helpdesk", voice_connector_id="{CONNECTOR}", routes=[route()], '
        "opts=pulumi.ResourceOptions(provider=here))"
    )
    calls.take()
    project.up()
    assert calls.take() == ["Get", "Put"]
    assert live.routes() == [ROUTE]


@pytest.mark.matrix
def test_two_owners_across_providers(project: Project, live: Live) -> None:
    """An apply without a preview refuses one connector declared through two providers, as through one."""
    project.program(
        'here = Provider("here", region="us-east-1")\n'
        + SUPPORT
        + f'Origination("helpdesk", voice_connector_id="{CONNECTOR}", routes=[route("sbc.example.net")], '
        "opts=pulumi.ResourceOptions(provider=here))"
    )
    assert f"Voice Connector {CONNECTOR} (us-east-1) is declared twice in this program" in project.up_err()
