"""The message that blocks an outside change names who made it, if CloudTrail tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ....support.cloudtrail import CloudTrailServer, origination_record, record
from ....support.emulators import request, set_preview
from ....support.values import CONNECTOR, OTHER_CONNECTOR
from .support import OURS, THEIRS, WANTED, OtherUser, props, refusal, route

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_chime_voice import OriginationProvider

PUT, DELETE = "PutVoiceConnectorOrigination", "DeleteVoiceConnectorOrigination"
JANE = "arn:aws:sts::111122223333:assumed-role/OnCall/jane"
OWN = "Boto3/1.44.5 pulumi-chime-voice/0.1.0"
ENDING = 'or set on_conflict="overwrite" to discard those changes.'


@pytest.fixture
def cloudtrail(monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudTrailServer]:
    with CloudTrailServer() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", server.url)
        yield server


def settings(routes: list[Any]) -> dict[str, Any]:
    return {
        "Routes": [{name.capitalize(): value for name, value in each.items()} for each in routes],
        "Disabled": False,
    }


def update(provider: OriginationProvider) -> str:
    """Returns the refusal of an update of settings that somebody has changed."""
    return refusal(lambda: provider.update(CONNECTOR, props(OURS), props(WANTED)))


def test_who_and_when(provider: OriginationProvider, other_user: OtherUser, cloudtrail: CloudTrailServer) -> None:
    """Of several changes, the one that left the live settings, also if another voice connector has changed since."""
    cloudtrail.records = [
        origination_record(CONNECTOR, settings([route(weight=99)]), minutes_ago=90, who="arn:aws:iam::1:user/before"),
        origination_record(CONNECTOR, settings(THEIRS), minutes_ago=50, who=JANE),
        record(PUT, OTHER_CONNECTOR, minutes_ago=5, who="arn:aws:iam::1:user/elsewhere"),
    ]
    other_user.put(THEIRS)
    time = cloudtrail.records[1]["eventTime"][:16].replace("T", " ")
    assert update(provider).endswith(
        f"{ENDING} The live settings are those of CloudTrail's last change: {JANE}, {time} UTC."
    )
    assert cloudtrail.requests == [(PUT, False), (DELETE, False)]


def test_a_delete(provider: OriginationProvider, other_user: OtherUser, cloudtrail: CloudTrailServer) -> None:
    """Settings that are blank were not left by a Put of routes."""
    cloudtrail.records = [origination_record(CONNECTOR, settings(OURS), minutes_ago=9, who=JANE)]
    other_user.put([], disabled=True)
    assert update(provider).endswith(ENDING)


def test_blocked_deletes(provider: OriginationProvider, other_user: OtherUser, cloudtrail: CloudTrailServer) -> None:
    cloudtrail.records = [record(PUT, CONNECTOR, who=JANE)]
    other_user.put(THEIRS)
    text = refusal(lambda: request("line", lambda: provider.delete(CONNECTOR, props(OURS))))
    assert (
        "first. The live settings may be those of a later change, because the newest event does not show its settings. "
        f"CloudTrail's last change: {JANE}, "
    ) in text


def test_previews(provider: OriginationProvider, other_user: OtherUser, cloudtrail: CloudTrailServer) -> None:
    """One lookup for the whole process."""
    cloudtrail.records = [record(PUT, CONNECTOR, who=JANE)]
    other_user.put(THEIRS)
    set_preview(provider)
    for _ in range(2):
        (failure,) = provider.check(props(OURS), props(WANTED)).failures
        assert f"CloudTrail's last change: {JANE}, " in failure.reason
    assert cloudtrail.requests == [(PUT, False), (DELETE, False)]


@pytest.mark.parametrize(
    "records",
    [
        [],
        [origination_record(CONNECTOR, settings([route(weight=99)]))],
        [origination_record(CONNECTOR, settings(THEIRS), minutes_ago=31), record(DELETE, CONNECTOR)],
        [record(PUT, CONNECTOR, user_agent=OWN)],
        [record(PUT, CONNECTOR, minutes_ago=20), record(PUT, CONNECTOR, minutes_ago=30, user_agent=OWN)],
    ],
)
def test_nothing_that_explains_it(
    provider: OriginationProvider, other_user: OtherUser, cloudtrail: CloudTrailServer, records: list[dict[str, Any]]
) -> None:
    """No event, other settings, an event that a later one undid, or a deployment of this package: the message has no name."""
    cloudtrail.records = records
    other_user.put(THEIRS)
    assert update(provider).endswith(ENDING)


def test_a_put_and_a_delete_in_one_second(
    provider: OriginationProvider, other_user: OtherUser, cloudtrail: CloudTrailServer
) -> None:
    """Whichever of them CloudTrail lists first: the one that left the live settings was the last."""
    put = origination_record(CONNECTOR, settings(THEIRS), who=JANE)
    delete = record(DELETE, CONNECTOR, who="arn:aws:iam::1:user/other", eventTime=put["eventTime"])
    cloudtrail.records = [put, delete]
    other_user.put(THEIRS)
    assert f"CloudTrail's last change: {JANE}, " in update(provider)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "InternalFailure"])
def test_refused(provider: OriginationProvider, other_user: OtherUser, cloudtrail: CloudTrailServer, code: str) -> None:
    """No permission, throttled or broken: CloudTrail is asked once, and the message is complete without it."""
    cloudtrail.denied = code
    other_user.put(THEIRS)
    assert update(provider).endswith(ENDING)
    assert len(cloudtrail.requests) == 1


def test_without_a_refusal(provider: OriginationProvider, other_user: OtherUser, cloudtrail: CloudTrailServer) -> None:
    """CloudTrail is read only where something is blocked."""
    other_user.put(OURS)
    provider.update(CONNECTOR, props(OURS), props(WANTED))
    provider.delete(CONNECTOR, props(WANTED))
    assert cloudtrail.requests == []
