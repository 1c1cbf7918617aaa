"""Keys, call distribution, comparison and texts of routes, and their form in the API."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_chime_voice.origination import routes as domain
from pulumi_chime_voice.origination.routes import Route, Settings

HOSTS = st.sampled_from(
    ["sbc-a.example.net", "SBC-B.example.net.", "203.0.113.7", "2001:db8::1", "2001:DB8:0::2", "pbx", "10.24.34.0"]
)
ROUTES = st.builds(
    lambda host, port, protocol, priority, weight: Route(
        host=host, port=port, protocol=protocol, priority=priority, weight=weight
    ),
    HOSTS,
    st.integers(0, 65535) | st.just(5060),
    st.sampled_from(["TCP", "UDP"]),
    st.integers(1, 100),
    st.integers(1, 100),
)
DISTINCT_ROUTES = st.lists(
    ROUTES,
    max_size=20,
    unique_by=lambda route: (domain.canonical_endpoint(route), route["priority"], route["weight"]),
)


def route(
    host: str = "203.0.113.7", port: int = 5060, protocol: str = "UDP", priority: int = 1, weight: int = 1
) -> Route:
    return Route(host=host, port=port, protocol=protocol, priority=priority, weight=weight)


class TestKeys:
    def test_key_is_the_endpoint(self) -> None:
        """A route is keyed by host, port and protocol; an IPv6 address stands in brackets."""
        keys = list(domain.keyed([route(), route("2001:db8::1", protocol="TCP", priority=2)]))
        assert keys == ["203.0.113.7:5060/UDP", "[2001:db8::1]:5060/TCP"]

    def test_order(self) -> None:
        """By priority, then weight descending, then host."""
        expected = [route("b", weight=9), route("a", weight=1), route("c", weight=1), route("0", priority=2, weight=50)]
        assert domain.ordered(reversed(expected)) == expected

    def test_second_route_of_an_endpoint_gets_a_suffix(self) -> None:
        """One endpoint at two priorities is two routes, the higher priority under the plain key."""
        keyed = domain.keyed([route(priority=7), route(priority=2)])
        assert {key: value["priority"] for key, value in keyed.items()} == {
            "203.0.113.7:5060/UDP": 2,
            "203.0.113.7:5060/UDP#2": 7,
        }

    def test_keys_in_use_are_kept(self) -> None:
        """A live route keeps the key and the spelling that the state has for it, whatever AWS makes of them."""
        state = domain.keyed([route("SBC.Example.net.", weight=3)])
        live = domain.keyed([route("sbc.example.net", weight=9)], previous=state)
        assert live == {"SBC.Example.net.:5060/UDP": route("SBC.Example.net.", weight=9)}

    def test_a_key_is_kept_by_its_own_endpoint_alone(self) -> None:
        """Not by the next one in the alphabet, in either direction."""
        for old, new in (("sbc-a", "sbc-b"), ("sbc-b", "sbc-a")):
            assert list(domain.keyed([route(new)], previous=domain.keyed([route(old)]))) == [f"{new}:5060/UDP"]

    def test_an_equal_route_is_looked_for_first(self) -> None:
        """Of two keys of an endpoint, the one whose route is the same."""
        like = {"203.0.113.7:5060/UDP": route(priority=7), "203.0.113.7:5060/UDP#2": route(priority=2)}
        assert domain.keyed([route(priority=2)], previous=like) == {"203.0.113.7:5060/UDP#2": route(priority=2)}

    def test_priority_decides_which_of_two_keys_is_kept(self) -> None:
        """With one endpoint at two priorities, the route that is unchanged keeps its key though the other went."""
        state = domain.keyed([route(priority=1), route(priority=2)])
        live = domain.keyed([route(priority=2)], previous=state)
        assert live == {"203.0.113.7:5060/UDP#2": route(priority=2)}

    def test_no_live_route_is_lost(self) -> None:
        """A second live route of an endpoint gets a key, although the state has one for the first only."""
        state = domain.keyed([route(priority=1)])
        live = domain.keyed([route(priority=2), route(priority=1)], previous=state)
        assert live == {"203.0.113.7:5060/UDP": route(priority=1), "203.0.113.7:5060/UDP#2": route(priority=2)}

    @given(DISTINCT_ROUTES, st.randoms())
    def test_order_does_not_matter(self, declared: list[Route], random: object) -> None:
        """The same routes in another order have the same keys, and none is lost."""
        shuffled = list(declared)
        random.shuffle(shuffled)  # type: ignore[attr-defined]
        keyed = domain.keyed(declared)
        assert len(keyed) == len(declared)
        assert domain.keyed(shuffled) == keyed


class TestCallDistribution:
    def test_shares_follow_weights_within_a_priority(self) -> None:
        """Weights 50 and 50 share the first priority; the second is a group of its own."""
        settings = Settings(routes=domain.keyed([route("a", weight=50), route("b", weight=50), route("c", priority=2)]))
        assert domain.call_distribution(settings) == {
            "priority 1": {"a:5060/UDP": "50%", "b:5060/UDP": "50%"},
            "priority 2": {"c:5060/UDP": "100%"},
        }

    def test_thirds_are_equal(self) -> None:
        """Three equal weights show three equal shares, though their sum is a tenth short of 100%."""
        settings = Settings(routes=domain.keyed([route(host) for host in "abc"]))
        assert domain.call_distribution(settings) == {
            "priority 1": {"a:5060/UDP": "33.3%", "b:5060/UDP": "33.3%", "c:5060/UDP": "33.3%"}
        }

    def test_a_group_of_equal_weights_is_rounded_up_together(self) -> None:
        """2, 2, 1 and 1 of 6: two tenths are left over, enough for both of the smaller ones."""
        declared = [route("a", weight=2), route("b", weight=2), route("c"), route("d")]
        shares = domain.call_distribution(Settings(routes=domain.keyed(declared)))["priority 1"]
        assert list(shares.values()) == ["33.3%", "33.3%", "16.7%", "16.7%"]

    def test_keys_that_sort_as_numbers(self) -> None:
        """In the state, the keys of priorities stand in the order of failover when they are sorted as text."""
        priorities = (1, 2, 9, 10, 11, 99, 100)
        settings = Settings(routes=domain.keyed([route(f"h{one}", priority=one) for one in priorities]))
        keys = sorted(domain.keyed_distribution(settings), key=str.encode)
        assert [key.strip("\u200b") for key in keys] == [f"priority {one}" for one in priorities]
        assert keys[:3] == ["priority 1", "priority 2", "priority 9"]
        assert list(domain.call_distribution(settings)) == [f"priority {one}" for one in priorities]

    def test_a_share_below_a_tenth_is_not_none(self) -> None:
        """One part of 1,901: 0.05%, and the hundredth that is left over by the largest remainder. All add up to 100%."""
        hosts = [route(f"sbc-{number:02}", weight=100) for number in range(19)]
        shares = domain.call_distribution(Settings(False, domain.keyed([*hosts, route("small")])))["priority 1"]
        assert shares.pop("small:5060/UDP") == "0.06%"
        assert set(shares.values()) == {"5.26%"}

    def test_the_largest_remainder_gets_what_is_left(self) -> None:
        """4 and 3 of 7: 57.14 and 42.86%, so that the second is rounded up."""
        settings = Settings(False, domain.keyed([route("a", weight=4), route("b", weight=3)]))
        assert domain.call_distribution(settings) == {"priority 1": {"a:5060/UDP": "57.1%", "b:5060/UDP": "42.9%"}}

    def test_weights_of_one_endpoint_add_up(self) -> None:
        """Two routes of one endpoint and priority are one place: 3 and 1 of 8 are half of the calls."""
        settings = Settings(False, domain.keyed([route(weight=3), route(weight=1), route("sbc", weight=4)]))
        assert domain.call_distribution(settings) == {
            "priority 1": {"203.0.113.7:5060/UDP": "50%", "sbc:5060/UDP": "50%"}
        }

    def test_off_sends_no_calls_anywhere(self) -> None:
        """Turned off, the routes may stay, and no call goes to any."""
        assert domain.call_distribution(Settings(True, domain.keyed([route()]))) == {}

    @given(DISTINCT_ROUTES)
    def test_shares_of_a_priority(self, declared: list[Route]) -> None:
        """Positive, within a tenth of the truth, equal for equal weights, never less for a larger weight, never above 100%."""
        distribution = domain.call_distribution(Settings(routes=domain.keyed(declared)))
        for priority, shares in distribution.items():
            parts = {place: Fraction(share.removesuffix("%")) for place, share in shares.items()}
            assert all(part > 0 for part in parts.values())
            group = [item for item in declared if f"priority {item['priority']}" == priority]
            weights = {
                place: sum(item["weight"] for item in group if domain.endpoint(item) == place) for place in parts
            }
            total = sum(weights.values())
            for place, part in parts.items():
                assert abs(part - Fraction(100 * weights[place], total)) < Fraction(1, 10)
            by_weight = sorted(parts, key=lambda place: weights[place])
            assert [parts[place] for place in by_weight] == sorted(parts.values())
            assert len({(weights[place], parts[place]) for place in parts}) == len(set(weights.values()))
            assert sum(parts.values()) <= 100
            if len(set(weights.values())) == len(weights):
                assert sum(parts.values()) == 100, "no two weights are equal, so nothing stands in the way"

    def test_live_text_is_printable(self) -> None:
        """What a host of a live route may hold cannot act on a terminal; letters of other scripts may stay."""
        odd = route("sbc\x1b[31m\u202e.bücher.example")
        said = Settings(routes=domain.keyed([odd])).describe()
        assert said.startswith("sbc\ufffd[31m\ufffd.bücher.example:5060/UDP")
        assert said.isprintable()


class TestApiForm:
    @given(DISTINCT_ROUTES, st.booleans())
    def test_round_trip(self, declared: list[Route], disabled: bool) -> None:
        """What is written reads back as the same settings, under the same keys."""
        settings = Settings(disabled, domain.keyed(declared))
        assert domain.from_api(domain.to_api(settings)) == settings

    def test_routes_are_left_out_where_there_are_none(self) -> None:
        """`Disabled` is always sent, `Routes` only with a route in it."""
        assert domain.to_api(Settings(disabled=True)) == {"Disabled": True}

    def test_what_an_answer_leaves_out(self) -> None:
        """The least of each; an answer without a host has none."""
        found = domain.from_api({"Routes": [{"Host": "sbc", "Protocol": "TCP"}]})
        assert found == Settings(False, {"sbc:5060/TCP": route("sbc", protocol="TCP")})

    def test_an_answer_without_port_means_the_default(self) -> None:
        """AWS documents 5060 as the default port."""
        live = domain.from_api({"Routes": [{"Host": "a", "Protocol": "TCP", "Priority": 1, "Weight": 1}]})
        assert live == Settings(False, {"a:5060/TCP": route("a", protocol="TCP")})


class TestComparison:
    @pytest.mark.parametrize(
        ("one", "other"), [("SBC.example.net.", "sbc.example.net"), ("2001:DB8:0:0::1", "2001:db8::1")]
    )
    def test_spelling_of_a_host_does_not_count(self, one: str, other: str) -> None:
        """Letter case, a trailing dot and long forms of an address make no difference to calls."""
        assert Settings(routes=domain.keyed([route(one)])).equals(Settings(routes=domain.keyed([route(other)])))

    def test_weight_counts(self) -> None:
        """Another weight is another setting."""
        assert not Settings(routes=domain.keyed([route()])).equals(Settings(routes=domain.keyed([route(weight=2)])))

    def test_one_route_more_or_less_counts(self) -> None:
        """In both directions, and so does the switch."""
        one, two = (Settings(False, domain.keyed(some)) for some in ([route()], [route(), route("sbc")]))
        off = Settings(True, one.routes)
        for this, that in ((one, two), (one, off)):
            assert not this.equals(that)
            assert not that.equals(this)

    def test_off_without_routes_is_met_by_any_routes(self) -> None:
        """Off, with no routes declared, says nothing about the routes that AWS keeps; on would."""
        live = Settings(True, domain.keyed([route()]))
        assert Settings(True).is_satisfied_by(live)
        assert not Settings(False).is_satisfied_by(live)
        assert not Settings(True, domain.keyed([route("b")])).is_satisfied_by(live)

    def test_stored_routes(self) -> None:
        """Off without routes keeps what is stored there, and nothing else does."""
        off, stored = Settings(True), Settings(True, domain.keyed([route()]))
        assert off.is_kept_by(stored)
        assert not any(off.is_kept_by(live) for live in (off, Settings(False, stored.routes)))
        assert off.overlooks(stored, Settings(True, domain.keyed([route("b")])))
        assert not any(off.overlooks(stored, wanted) for wanted in (off, stored))


class TestWords:
    @pytest.mark.parametrize(
        ("old", "live", "said"),
        [
            ([route(weight=1)], [route(weight=9)], "203.0.113.7:5060/UDP has weight 9 instead of 1"),
            ([route(weight=9)], [route(weight=1)], "203.0.113.7:5060/UDP has weight 1 instead of 9"),
            (
                [route(priority=2, weight=5)],
                [route(priority=1, weight=4)],
                "203.0.113.7:5060/UDP has priority 1 instead of 2 and 203.0.113.7:5060/UDP has weight 4 instead of 5",
            ),
            (
                [route("sbc-a"), route("sbc-b")],
                [route("sbc-b"), route("sbc-c", priority=3, weight=7)],
                "sbc-a:5060/UDP (priority 1, weight 1) is gone, sbc-c:5060/UDP (priority 3, weight 7) is new",
            ),
            ([route()], [route()], ""),
        ],
    )
    def test_differences(self, old: list[Route], live: list[Route], said: str) -> None:
        """What somebody changed, gone before new, and nothing that is the same."""
        assert Settings(False, domain.keyed(old)).differences(Settings(False, domain.keyed(live))) == said

    @pytest.mark.parametrize(
        ("old", "live", "said"), [(False, True, "inbound calls are off"), (True, False, "inbound calls are on")]
    )
    def test_the_switch(self, old: bool, live: bool, said: str) -> None:
        """Which way it is now."""
        routes = domain.keyed([route()])
        assert Settings(old, routes).differences(Settings(live, routes)) == said

    @pytest.mark.parametrize(
        ("settings", "said"),
        [
            (Settings(), "no routes"),
            (Settings(True), "no routes, inbound calls off"),
            (
                Settings(False, domain.keyed([route("b", priority=2), route("a", weight=3)])),
                "a:5060/UDP (priority 1, weight 3), b:5060/UDP (priority 2, weight 1)",
            ),
        ],
    )
    def test_described(self, settings: Settings, said: str) -> None:
        """In a line, in order."""
        assert settings.describe() == said
