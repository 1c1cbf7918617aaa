"""Drained routes through check, diff, create, update, read and delete, against the emulator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ....support.emulators import request, set_preview
from ....support.values import CONNECTOR
from .support import OFF, props, refusal, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_chime_voice import OriginationProvider
    from pulumi_chime_voice.origination.routes import Route

    from .support import OtherUser

A, B = route("sbc-a.acme.io", weight=9), route("sbc-b.acme.io")
DRAINED_B: Route = {**B, "enabled": False}
HEAVIER: Route = {**DRAINED_B, "weight": 7}
BOTH, ONE_DRAINED = props([A, B]), props([A, DRAINED_B])


@pytest.fixture
def managed(provider: OriginationProvider, sent_operations: Callable[[], list[str]]) -> OriginationProvider:
    """The provider, after it has created A with B drained."""
    provider.create(ONE_DRAINED)
    sent_operations()
    return provider


def update(provider: OriginationProvider, olds: dict[str, Any], news: dict[str, Any]) -> dict[str, Any]:
    return dict(provider.update(CONNECTOR, olds, news).outs or {})


def test_a_create_sends_only_enabled_routes(provider: OriginationProvider, other_user: OtherUser) -> None:
    """The state has both, the second with enabled: false, and a share is of the others."""
    checked = provider.check({}, {"voiceConnectorId": CONNECTOR, "routes": [A, DRAINED_B]})
    assert checked.failures == []
    made = provider.create(checked.inputs)
    assert other_user.hosts() == ["sbc-a.acme.io"]
    assert made.outs is not None
    assert made.outs["routes"] == {"sbc-a.acme.io:5060/UDP": A, "sbc-b.acme.io:5060/UDP": DRAINED_B}
    assert made.outs["callDistribution"] == {
        "priority 1": {"sbc-a.acme.io:5060/UDP": "100%", "sbc-b.acme.io:5060/UDP": "drained"}
    }


def test_what_is_live_is_adopted(provider: OriginationProvider, other_user: OtherUser) -> None:
    """The drained route is no part of the comparison."""
    other_user.put([A])
    provider.create(ONE_DRAINED)
    assert other_user.hosts() == ["sbc-a.acme.io"]


@pytest.mark.parametrize("changed", [HEAVIER, None, {**DRAINED_B, "port": 5070}])
def test_a_change_of_drained_routes_alone(
    managed: OriginationProvider, sent_operations: Callable[[], list[str]], changed: Route | None
) -> None:
    """It is a change of the state: diff reports it, and neither a preview nor the update calls AWS."""
    news = props([A] if changed is None else [A, changed])
    assert managed.diff(CONNECTOR, ONE_DRAINED, news).changes
    set_preview(managed)
    checked = managed.check(ONE_DRAINED, news)
    assert checked.failures == []
    assert update(managed, ONE_DRAINED, news)["routes"] == news["routes"]
    assert sent_operations() == []


def test_draining_and_enabling_again(
    provider: OriginationProvider, other_user: OtherUser, sent_operations: Callable[[], list[str]]
) -> None:
    """Each is one Put; the state is the first one again."""
    first = dict(provider.create(BOTH).outs or {})
    sent_operations()
    drained = update(provider, first, ONE_DRAINED)
    assert (other_user.hosts(), sent_operations()) == (["sbc-a.acme.io"], ["Get", "Put"])
    assert provider.diff(CONNECTOR, first, ONE_DRAINED).changes
    assert update(provider, drained, BOTH) == first
    assert sorted(other_user.hosts()) == ["sbc-a.acme.io", "sbc-b.acme.io"]


def test_a_refresh_keeps_drained_routes(managed: OriginationProvider) -> None:
    assert managed.read(CONNECTOR, ONE_DRAINED).outs["routes"] == ONE_DRAINED["routes"]


def test_live_although_drained(managed: OriginationProvider, other_user: OtherUser) -> None:
    """An outside change: refused by an update and a delete, and drift after a refresh."""
    other_user.put([A, B])
    text = "sbc-b.acme.io:5060/UDP (priority 1, weight 1) is live although it is drained"
    assert text in refusal(lambda: update(managed, ONE_DRAINED, props([{**A, "weight": 1}, DRAINED_B])))
    assert text in refusal(lambda: request("line", lambda: managed.delete(CONNECTOR, ONE_DRAINED)))
    refreshed = managed.read(CONNECTOR, ONE_DRAINED).outs
    assert refreshed["routes"]["sbc-b.acme.io:5060/UDP"] == {**B, "enabled": True}
    assert managed.diff(CONNECTOR, refreshed, ONE_DRAINED).changes
    assert not managed.diff(CONNECTOR, refreshed, BOTH).changes


def test_all_drained(provider: OriginationProvider) -> None:
    """It is refused, with the way to turn calls off; with disabled=True it is off without routes."""
    declared = {"voiceConnectorId": CONNECTOR, "routes": [DRAINED_B]}
    (failure,) = provider.check({}, declared).failures
    assert failure.reason.startswith("routes: every route is drained")
    assert "disabled=True" in failure.reason
    assert provider.check({}, {**declared, "disabled": True}).failures == []


def test_off_with_only_drained_routes(
    provider: OriginationProvider, other_user: OtherUser, sent_operations: Callable[[], list[str]]
) -> None:
    """Routes that somebody keeps while it is off are left alone, as without any route."""
    other_user.put([A], disabled=True)
    provider.create(props([DRAINED_B], disabled=True))
    assert "Put" not in sent_operations()
    assert other_user.hosts() == ["sbc-a.acme.io"]
    assert not provider.diff(CONNECTOR, OFF, OFF).changes
