"""Shares of the hosts that are left if one fails, against every order in which calls may try the hosts."""

from __future__ import annotations

import itertools
from collections import defaultdict
from fractions import Fraction

import hypothesis.strategies as st
from hypothesis import given

from pulumi_chime_voice.origination.render import if_fails
from pulumi_chime_voice.origination.routes import Route, Settings, call_distribution, endpoint, hosts, keyed


def settings(*routes: tuple[str, int, int], port: int = 5060, disabled: bool = False) -> Settings:
    """Host, priority and weight of each route."""
    return Settings(
        disabled,
        keyed(
            {"host": host, "port": port, "protocol": "TCP", "priority": priority, "weight": weight}
            for host, priority, weight in routes
        ),
    )


def table(live: Settings, host: str) -> list[tuple[int, str, str, int]]:
    """Priority, share, endpoint, and the calls that it carries of 10."""
    return [(left.priority, left.share, left.endpoint, left.carries(10)) for left in if_fails(live, host)]


def test_the_rest_of_its_priority_takes_the_calls() -> None:
    live = settings(("a", 1, 50), ("b", 1, 25), ("c", 1, 25), ("d", 2, 1))
    assert hosts(live) == ["a", "b", "c", "d"]
    assert table(live, "a") == [(1, "50%", "b:5060/TCP", 5), (1, "50%", "c:5060/TCP", 5), (2, "100%", "d:5060/TCP", 0)]


def test_a_priority_that_is_lost_passes_calls_on() -> None:
    live = settings(("a", 1, 50), ("b", 2, 1), ("c", 2, 2), ("a", 3, 1))
    assert table(live, "a") == [(2, "66.7%", "c:5060/TCP", 7), (2, "33.3%", "b:5060/TCP", 4)]


def test_every_port_of_the_host_fails() -> None:
    live = Settings(routes={**settings(("a", 1, 1)).routes, **settings(("a", 2, 1), port=5061).routes})
    assert table(live, "a") == []


def test_nothing_is_left_of_settings_that_are_off() -> None:
    live = settings(("a", 1, 1), ("b", 1, 1), disabled=True)
    assert (hosts(live), table(live, "a")) == ([], [])


def test_weights_of_zero() -> None:
    """AWS may return them, although no declaration may have one."""
    assert table(settings(("a", 1, 1), ("b", 1, 0)), "a") == [(1, "0%", "b:5060/TCP", 0)]


def by_brute_force(routes: list[Route], failed: str) -> dict[tuple[int, str], Fraction]:
    """Sends a call along every order of the routes of a priority; an order is drawn route by route, in proportion to weight."""
    received: dict[tuple[int, str], Fraction] = defaultdict(Fraction)
    for priority in sorted({route["priority"] for route in routes}):
        group = [route for route in routes if route["priority"] == priority]
        for order in itertools.permutations(group):
            left, chance = sum(route["weight"] for route in group), Fraction(1)
            for route in order:
                chance *= Fraction(route["weight"], left)
                left -= route["weight"]
            taken = next((route for route in order if route["host"] != failed), None)
            if taken is not None:
                received[priority, endpoint(taken)] += chance
        if received:
            break
    return received


ROUTES = st.lists(
    st.builds(
        Route,
        host=st.sampled_from(["a", "b", "c", "d"]),
        port=st.sampled_from([5060, 5061]),
        protocol=st.just("TCP"),
        priority=st.integers(1, 3),
        weight=st.integers(1, 100),
    ),
    max_size=6,
)


@given(ROUTES, st.sampled_from(["a", "b", "c", "d"]))
def test_parts_are_those_of_every_order(routes: list[Route], failed: str) -> None:
    left = if_fails(Settings(routes=keyed(routes)), failed)
    parts = {(entry.priority, entry.endpoint): entry.part for entry in left if entry.part}
    assert parts == by_brute_force(routes, failed)
    assert all(
        abs(Fraction(entry.share.rstrip("%")) / 100 - entry.part) <= Fraction(1, 1000) for entry in left if entry.part
    )


@given(ROUTES)
def test_a_host_without_routes_changes_nothing(routes: list[Route]) -> None:
    live = Settings(routes=keyed(routes))
    left = [(f"priority {entry.priority}", entry.endpoint, entry.share) for entry in if_fails(live, "other")]
    now = [(name, *pair) for name, shares in call_distribution(live).items() for pair in shares.items()]
    assert sorted(left) == sorted(now)
