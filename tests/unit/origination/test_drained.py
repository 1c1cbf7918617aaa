"""Drained routes: declared and kept in the state, but not sent to AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_chime_voice.origination import routes as domain
from pulumi_chime_voice.origination import validation, warnings
from pulumi_chime_voice.origination.render import consequence, flowchart, rows
from pulumi_chime_voice.origination.routes import Route, Settings

from .test_routes import DISTINCT_ROUTES, route

if TYPE_CHECKING:
    from collections.abc import Iterable


def drained(route: Route) -> Route:
    return {**route, "enabled": False}


def settings(*routes: Route, disabled: bool = False) -> Settings:
    return Settings(disabled, domain.keyed(routes))


A, B, C = route("sbc-a.acme.io", weight=60), route("sbc-b.acme.io", weight=40), route("sbc-c.acme.io", priority=2)
WITH_ENDPOINTS_OF_THEIR_OWN = DISTINCT_ROUTES.filter(
    lambda routes: len({domain.canonical_endpoint(route) for route in routes}) == len(routes)
)


@st.composite
def declarations(draw: st.DrawFn) -> tuple[list[Route], set[int]]:
    """Routes, and the positions of those to drain."""
    routes = draw(WITH_ENDPOINTS_OF_THEIR_OWN)
    return routes, draw(st.sets(st.integers(0, max(len(routes) - 1, 0)))) if routes else set()


def declare(routes: Iterable[Route], drain: Iterable[int]) -> list[Route]:
    return [drained(route) if index in drain else route for index, route in enumerate(routes)]


def checked(routes: list[Any]) -> dict[str, Route]:
    keyed, failures = validation.check_routes(routes)
    assert failures == []
    assert keyed is not None
    return keyed


class TestForAws:
    """For AWS, a drained route is the same as an absent one."""

    @given(declaration=declarations(), disabled=st.booleans())
    def test_drained_is_absent(self, declaration: tuple[list[Route], set[int]], disabled: bool) -> None:
        """The request, every comparison with live settings, and every warning."""
        routes, drain = declaration
        with_drained = settings(*declare(routes, drain), disabled=disabled)
        without = settings(*(route for index, route in enumerate(routes) if index not in drain), disabled=disabled)
        assert domain.to_api(with_drained) == domain.to_api(without)
        assert with_drained.equals(without)
        assert without.equals(with_drained)
        assert (with_drained.is_blank, with_drained.is_absent) == (without.is_blank, without.is_absent)
        for live in (without, settings(*routes), settings(A), Settings(True)):
            assert with_drained.is_satisfied_by(live) == without.is_satisfied_by(live)
            assert with_drained.overlooks(live, without) == without.overlooks(live, with_drained)
        assert warnings.of_declaration("x" * 21, with_drained) == warnings.of_declaration("x" * 21, without)
        assert warnings.names(with_drained) == warnings.names(without)
        placeholders = [warnings.hosts_that(each, warnings.is_placeholder) for each in (with_drained, without)]
        assert placeholders[0] == placeholders[1]
        assert warnings.loses_failover(settings(*routes), with_drained) == warnings.loses_failover(
            settings(*routes), without
        )

    @given(declaration=declarations(), disabled=st.booleans())
    def test_draining_and_enabling_again(self, declaration: tuple[list[Route], set[int]], disabled: bool) -> None:
        """The state is the first one again, in the same order, whatever AWS made of the order meanwhile."""
        routes, drain = declaration
        before = checked(list(routes))
        while_drained = checked(declare(routes, drain))
        live = domain.from_api(domain.to_api(Settings(disabled, while_drained)))
        refreshed = live.with_keys_of(Settings(disabled, while_drained))
        assert list(refreshed.routes.items()) == list(while_drained.items())
        after = checked([{**route, "enabled": True} for route in refreshed.routes.values()])
        assert list(after.items()) == list(before.items())

    def test_off_with_only_drained_routes_is_off_without_routes(self) -> None:
        """Stored routes are left open, and are no reason to write."""
        off = settings(drained(A), disabled=True)
        assert off.is_satisfied_by(settings(B, disabled=True))
        assert not off.is_satisfied_by(settings(B))
        assert domain.to_api(off) == {"Disabled": True}


class TestAsDeclared:
    """A change of what is drained is a change of the declaration, also if AWS gets the same."""

    def test_comparison(self) -> None:
        assert settings(A, drained(B)).is_declared_as(settings(drained(B), A))
        assert not settings(A, drained(B)).is_declared_as(settings(A))
        assert not settings(A, drained(B)).is_declared_as(settings(A, B))
        assert not settings(A, drained(B)).is_declared_as(settings(A, drained({**B, "weight": 1})))

    def test_what_is_enabled_has_no_field(self) -> None:
        """States of earlier versions do not change."""
        assert checked([{**A, "enabled": True}, {**B, "enabled": None}]) == checked([A, B])
        assert all("enabled" not in route for route in checked([{**A, "enabled": True}]).values())


class TestLiveAlthoughDrained:
    """Somebody enabled it outside Pulumi."""

    def test_differences(self) -> None:
        assert settings(A, drained(B)).differences(settings(A, B)) == (
            "sbc-b.acme.io:5060/UDP (priority 1, weight 40) is live although it is drained"
        )
        assert settings(A, drained(B)).differences(settings(A)) == ""

    def test_refresh_shows_it_as_enabled(self) -> None:
        known = settings(A, drained(B), drained(C))
        refreshed = settings(A, B).with_keys_of(known)
        assert refreshed.routes["sbc-b.acme.io:5060/UDP"] == {**B, "enabled": True}
        assert refreshed.routes["sbc-c.acme.io:5060/UDP"] == drained(C)
        assert not refreshed.is_declared_as(known)

    def test_enabled_declarations_are_matched_first(self) -> None:
        """One endpoint, enabled at one priority and drained at another: a live route is the enabled one's."""
        known = settings(A, drained({**A, "priority": 7}))
        refreshed = settings({**A, "weight": 5}).with_keys_of(known)
        assert refreshed.routes["sbc-a.acme.io:5060/UDP"] == {**A, "weight": 5}
        assert refreshed.routes["sbc-a.acme.io:5060/UDP#2"] == drained({**A, "priority": 7})

    @pytest.mark.parametrize("priority", [1, 3])
    def test_a_drained_declaration_before_the_enabled_one(self, priority: int) -> None:
        """It is not matched first either, not even by an equal live route."""
        live = {**A, "priority": priority}
        refreshed = settings(live).with_keys_of(settings(drained(A), {**A, "priority": 7}))
        assert refreshed.routes == {"sbc-a.acme.io:5060/UDP": drained(A), "sbc-a.acme.io:5060/UDP#2": live}

    def test_the_equal_one_of_two_drained_declarations(self) -> None:
        """It was enabled; the other one still is drained."""
        live = {**A, "priority": 7}
        refreshed = settings(live).with_keys_of(settings(drained(A), drained(live)))
        assert refreshed.routes == {
            "sbc-a.acme.io:5060/UDP": drained(A),
            "sbc-a.acme.io:5060/UDP#2": {**live, "enabled": True},
        }

    def test_the_key_of_a_drained_route_is_not_used_for_another_host(self) -> None:
        """A state that was edited by hand may have such a key."""
        refreshed = settings(B).with_keys_of(Settings(False, {"sbc-b.acme.io:5060/UDP": drained(A)}))
        assert refreshed.routes == {"sbc-b.acme.io:5060/UDP": drained(A), "sbc-b.acme.io:5060/UDP#2": B}


class TestRules:
    @pytest.mark.parametrize(
        ("value", "failure"),
        [
            ("false", 'routes[0].enabled: must be true or false; got "false"; remove the quotes'),
            (0.0, "routes[0].enabled: must be true or false; got 0"),
            ([], "routes[0].enabled: must be true or false; got []"),
        ],
    )
    def test_enabled_is_a_boolean(self, value: object, failure: str) -> None:
        assert validation.check_routes([{**A, "enabled": value}]) == (None, [failure])

    @pytest.mark.parametrize("other", [{}, {"weight": 1}])
    def test_one_endpoint_is_not_drained_and_enabled_at_one_priority(self, other: dict[str, Any]) -> None:
        assert validation.check_routes([A, {**drained(A), **other}]) == (
            None,
            [
                "routes[1]: sbc-a.acme.io:5060/UDP is drained in one route of priority 1 and enabled in another: "
                "remove routes[0] or this route"
            ],
        )

    @pytest.mark.parametrize(
        ("added", "failure"),
        [
            (A, 'duplicates routes["sbc-a.acme.io:5060/UDP"]; remove one of them'),
            (
                drained(A),
                "sbc-a.acme.io:5060/UDP is drained in one route of priority 1 and enabled in another: "
                'remove routes["sbc-a.acme.io:5060/UDP"] or this route',
            ),
        ],
    )
    def test_a_route_of_the_state_counts_for_one_that_is_added(self, added: Route, failure: str) -> None:
        """A route that is declared as the state has it breaks no rule, but another one may break a rule because of it."""
        first, second = "sbc-a.acme.io:5060/UDP", "sbc-a.acme.io:5060/UDP#2"
        for declared in ({first: A, second: added}, {second: added, first: A}):
            assert validation.check_routes(declared, read={first: A}) == (None, [f'routes["{second}"]: {failure}'])
        read = {first: A, second: added}
        assert validation.check_routes(read, read=read) == (read, [])

    def test_a_drained_route_twice(self) -> None:
        assert validation.check_routes([drained(A), drained(A)])[1] == [
            "routes[1]: duplicates routes[0]; remove one of them"
        ]

    def test_only_enabled_routes_count(self) -> None:
        """Twenty and any number of drained ones."""
        enabled = [route(f"sbc-{number}.acme.io") for number in range(20)]
        assert checked([*enabled, drained(A)])
        assert "21" in validation.check_routes([*enabled, A])[1][0]
        unknown = object()
        for undecided in ({**A, "enabled": unknown}, unknown):
            assert validation.check_routes([*enabled, undecided], lambda value: value is unknown) == (None, [])

    def test_unknown(self) -> None:
        """While it is unknown whether a route is drained, the routes are not known."""
        unknown = object()
        assert validation.check_routes([{**A, "enabled": unknown}], lambda value: value is unknown) == (None, [])


class TestWhatPeopleSee:
    def test_shares_are_of_the_others(self) -> None:
        """Drained stands under its priority, in its place."""
        assert domain.call_distribution(settings(drained(A), B, C)) == {
            "priority 1": {"sbc-a.acme.io:5060/UDP": "drained", "sbc-b.acme.io:5060/UDP": "100%"},
            "priority 2": {"sbc-c.acme.io:5060/UDP": "100%"},
        }

    def test_nothing_while_off(self) -> None:
        assert domain.call_distribution(settings(drained(A), B, disabled=True)) == {}

    def test_it_never_takes_over(self) -> None:
        """What is tried when a host fails is never a drained host."""
        shown = {row.endpoint: (row.share, row.when_it_fails) for row in rows(settings(A, drained(B), drained(C)))}
        assert shown == {
            "sbc-a.acme.io:5060/UDP": ("100%", "nothing: no other host is left"),
            "sbc-b.acme.io:5060/UDP": ("drained", ""),
            "sbc-c.acme.io:5060/UDP": ("drained", ""),
        }

    def test_a_drained_host_may_fail(self) -> None:
        """That changes nothing, and its priority does not count."""
        no_effect = "no effect: no route goes there"
        assert consequence(settings(A, drained(B)), "sbc-b.acme.io") == no_effect
        assert consequence(settings(drained(A), C), "sbc-a.acme.io") == no_effect

    def test_flowchart(self) -> None:
        """No call flows to a drained host, nor to a priority that has none other."""
        drawn = flowchart([("line", settings(drained(A), B, drained(C)))])
        assert 'c1p1calls --x|"drained"| c1p1h1' in drawn
        assert 'c1p1calls -->|"100%"| c1p1h2' in drawn
        assert "when all of it fails" not in drawn

    def test_draining_is_losing_a_host(self) -> None:
        assert warnings.loses_failover(settings(A, B), settings(A, drained(B))) == "sbc-a.acme.io"
        assert warnings.loses_routes(settings(A, B), settings(A, drained(B)))
