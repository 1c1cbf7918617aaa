"""The rules for routes, and the failure for each broken rule."""

from __future__ import annotations

import json
import re

import pytest
from botocore.session import Session

from pulumi_chime_voice.origination import routes as domain
from pulumi_chime_voice.origination import validation
from pulumi_chime_voice.origination.routes import Route

VALID = {"host": "a.example.net", "protocol": "TCP", "priority": 1, "weight": 1}


def route(
    host: str = "203.0.113.7", port: int = 5060, protocol: str = "UDP", priority: int = 1, weight: int = 1
) -> Route:
    return Route(host=host, port=port, protocol=protocol, priority=priority, weight=weight)


class TestRules:
    def test_port_defaults(self) -> None:
        """A route without a port is at 5060."""
        assert validation.check_routes([VALID]) == ({"a.example.net:5060/TCP": Route(**{**VALID, "port": 5060})}, [])  # type: ignore[typeddict-item]

    @pytest.mark.parametrize(
        ("change", "failure"),
        [
            ({"port": 70000}, "routes[0].port: must be between 0 and 65535; got 70000"),
            ({"port": True}, "routes[0].port: must be a whole number; got True"),
            ({"port": "5060"}, 'routes[0].port: must be a whole number; got "5060"; remove the quotes'),
            ({"port": "5060.5"}, 'routes[0].port: must be a whole number; got "5060.5"'),
            ({"weight": 1.5}, "routes[0].weight: must be a whole number; got 1.5"),
            ({"port": 10**400}, "routes[0].port: must be a whole number; got inf"),
            ({"weight": -(10**5000)}, "routes[0].weight: must be a whole number; got inf"),
            ({"priority": float("inf")}, "routes[0].priority: must be a whole number; got inf"),
            ({"priority": 101}, "routes[0].priority: must be between 1 and 100; got 101"),
            (
                {"weight": 0},
                "routes[0].weight: must be between 1 and 100; got 0; to send no calls to a host, set enabled=False on its "
                "route",
            ),
            ({"weight": -1}, "routes[0].weight: must be between 1 and 100; got -1"),
            ({"priority": 0}, "routes[0].priority: must be between 1 and 100; got 0"),
            ({"protocol": "tcp"}, 'routes[0].protocol: must be TCP or UDP; got "tcp"; use upper case'),
            (
                {"protocol": "tls"},
                'routes[0].protocol: must be TCP or UDP; got "tls"; for TLS, use TCP and require encryption on '
                "the voice connector",
            ),
            ({"protocol": "SCTP"}, 'routes[0].protocol: must be TCP or UDP; got "SCTP"'),
            ({"protocol": 7}, "routes[0].protocol: must be TCP or UDP; got 7"),
            (
                {"host": "under_score.example"},
                'routes[0].host: must be an IP address or a host name (RFC 1123); got "under_score.example"',
            ),
            ({"hots": "a"}, "routes[0].hots: unknown field (did you mean host?)"),
            ({"host": None}, "routes[0].host: is required"),
        ],
    )
    def test_broken_rule_is_named_with_its_path(self, change: dict[str, object], failure: str) -> None:
        """A value out of the model's limits, or of another type, is one sentence with the path to it."""
        assert validation.check_routes([{**VALID, **change}]) == (None, [failure])

    @pytest.mark.parametrize(
        "host",
        ["", "-a.example", "a..b", "10.24.34", "10.24.34.256", "[2001:db8::1]", "fe80::1%eth0", "a" * 64, "a:5060"],
    )
    def test_hosts_that_are_none(self, host: str) -> None:
        """Neither an address nor a name by RFC 1123."""
        routes, failures = validation.check_routes([{**VALID, "host": host}])
        assert (routes, len(failures)) == (None, 1)
        assert failures[0].startswith("routes[0].host: ")

    @pytest.mark.parametrize("host", ["sbc.example.net:5060", "203.0.113.7:5061", "[2001:db8::1]:5060"])
    def test_host_with_a_port(self, host: str) -> None:
        """Somebody who writes host:port is told where the port belongs."""
        _, failures = validation.check_routes([route(host)])
        assert failures == [f'routes[0].host: must not include a port; got "{host}". Set port instead']

    def test_every_failure_is_told_at_once(self) -> None:
        """Two wrong routes and a wrong field: three failures in one go."""
        _, failures = validation.check_routes([{**VALID, "port": -1, "weight": 0}, {**VALID, "protocol": "tcp"}])
        assert [failure.partition(":")[0] for failure in failures] == [
            "routes[0].port",
            "routes[0].weight",
            "routes[1].protocol",
        ]

    def test_names_of_the_api(self) -> None:
        """A field in the API's spelling is named once, and not missing as well."""
        _, failures = validation.check_routes([{name.capitalize(): value for name, value in VALID.items()}])
        assert failures == [f"routes[0].{name.capitalize()}: unknown field (did you mean {name}?)" for name in VALID]

    def test_routes_as_json(self) -> None:
        """Configuration has them as text until it is decoded."""
        (failure,) = validation.check_routes(json.dumps([VALID]))[1]
        assert failure.endswith("; decode the JSON first (json.loads, or require_object of pulumi.Config)")

    def test_equal_routes(self) -> None:
        """The same route twice is refused, whatever the spelling."""
        _, failures = validation.check_routes([VALID, {**VALID, "host": "A.example.net."}])
        assert failures == ["routes[1]: duplicates routes[0]; remove one of them"]

    def test_one_endpoint_at_two_priorities(self) -> None:
        """That is allowed: it is tried again later."""
        routes, failures = validation.check_routes([VALID, {**VALID, "priority": 2}])
        assert (sorted(routes or {}), failures) == (["a.example.net:5060/TCP", "a.example.net:5060/TCP#2"], [])

    def test_key_of_the_mapping_form_must_be_the_endpoint(self) -> None:
        """A key that says another endpoint than its route would mislead whoever reads the preview."""
        assert validation.check_routes({"b:5060/TCP": VALID}) == (
            None,
            ['routes["b:5060/TCP"]: the key of this route must be "a.example.net:5060/TCP"'],
        )

    @pytest.mark.parametrize(
        "declared",
        [
            VALID,
            {**VALID, "port": 5060.0},
            {"host": "a.example.net", "prot": "TCP"},
            {"host": None, "weight": {"secure": "v1:…"}},
        ],
    )
    def test_one_route_instead_of_a_list(self, declared: dict[str, object]) -> None:
        """Keys that are names of fields are no keys of routes: one failure, whatever else is wrong."""
        assert validation.check_routes(declared) == (
            None,
            ["routes: this is one route: put it into a list ([{…}])"],
        )

    def test_a_route_whose_key_is_the_name_of_a_field(self) -> None:
        """It is a mapping of routes all the same: the key is wrong."""
        _, failures = validation.check_routes({"host": VALID})
        assert failures == ['routes["host"]: the key of this route must be "a.example.net:5060/TCP"']

    def test_a_key_without_a_route(self) -> None:
        """YAML has null there if nothing follows the key; the state does not have the key."""
        _, failures = validation.check_routes({"a.example.net:5060/TCP": None})
        assert failures == [
            'routes["a.example.net:5060/TCP"]: expected a route with host, port, protocol, priority, weight; got None'
        ]

    def test_unknown_parts_are_skipped(self) -> None:
        """What a preview does not know yet is no failure; what it does know is checked all the same."""
        unknown = object()
        declared = [{**VALID, "host": unknown, "port": 70000}, unknown]
        assert validation.check_routes(declared, lambda value: value is unknown) == (
            None,
            ["routes[0].port: must be between 0 and 65535; got 70000"],
        )

    def test_limits_are_those_of_the_model(self) -> None:
        """Ports, priorities, weights and protocols are botocore's model's."""
        model = Session().get_service_model("chime-sdk-voice")
        fields = model.shape_for("OriginationRoute").members

        def limits(name: str) -> tuple[int, int]:
            return fields[name].metadata["min"], fields[name].metadata["max"]

        assert (limits("Port"), limits("Priority"), limits("Weight")) == (
            validation.PORTS,
            validation.PRIORITIES,
            validation.WEIGHTS,
        )
        assert tuple(fields["Protocol"].enum) == validation.PROTOCOLS
        assert sorted(name.lower() for name in fields) == sorted(domain.FIELDS)
        assert (
            f"Maximum value of {validation.MAX_ROUTES}."
            in model.shape_for("Origination").members["Routes"].documentation
        )


class TestWhatIsNoHost:
    @pytest.mark.parametrize(
        ("value", "said"),
        [
            (
                "sip:sbc.example.net;transport=tls",
                "; use sbc.example.net. Port and transport have their own fields",
            ),
            ("sips:sbc.example.net:5061", "; use sbc.example.net."),
            ("https://sbc.example.net", "; use sbc.example.net."),
            ("https://203.0.113.7/x", "; use 203.0.113.7."),
            ("sip:203.0.113.7", "; use 203.0.113.7."),
            ("user@sbc.example.net", "; use sbc.example.net."),
            ("sip.example.net?x=1", "; use sip.example.net."),
            ("sbc.example.net:5061;transport=tls", "; use sbc.example.net."),
            ("sbc.example.net:5061", 'must not include a port; got "sbc.example.net:5061". Set port instead'),
            (
                "sbc-a.example.net,sbc-b.example.net",
                'must be a single host; got "sbc-a.example.net,sbc-b.example.net". Add one route per host',
            ),
            ("sbc-a.example.net sbc-b.example.net", "must be a single host"),
            ("203.0.113.0/24", "must be the address of a host, not a network"),
            ("2001:db8::/32", "must be the address of a host, not a network"),
            ("*.example.net", "must be the name of one host, not a pattern"),
            ("bücher.example", 'must be ASCII; write "bücher.example" as xn--bcher-kva.example'),
            (" sbc.example.net", 'must have no spaces; got " sbc.example.net"'),
            ("sbc.example.net\n", "must have no spaces"),
            ("_sip._tcp.example.net", "must be a host, not a name of SRV records"),
            ("<sip:sbc.example.net>", "must be a host, not a URI"),
            ("203.0.113.256", "not a valid IP address"),
            ("203.0.113", "not a valid IP address"),
            ("0203.0.113.9", "not a valid IP address"),
            ("[2001:db8::1]", "not a valid IP address"),
            ("fe80::1%eth0", "not a valid IP address"),
            ("", "must be an IP address or a host name"),
        ],
    )
    def test_message(self, value: str, said: str) -> None:
        """What people write in place of a host is told what it is, and what to give."""
        with pytest.raises(ValueError, match=re.escape(said)):
            validation.check_host(value)

    @pytest.mark.parametrize("value", [float("inf"), float("nan"), 1.5, "1", True, None])
    def test_numbers(self, value: object) -> None:
        """What is no whole number is a failure, and no crash."""
        _, failures = validation.check_routes(
            [{"host": "a.example", "protocol": "UDP", "priority": 1, "weight": value}]
        )
        assert failures
