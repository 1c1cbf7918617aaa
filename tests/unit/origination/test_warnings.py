"""The warnings that the declared settings are enough for."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_chime_voice.origination import routes as domain
from pulumi_chime_voice.origination import warnings
from pulumi_chime_voice.origination.routes import Route, Settings

from ...support.values import CONNECTOR


def route(host: str = "sbc.example.net", **facts: Any) -> Route:
    return Route(**{"host": host, "port": 5060, "protocol": "TCP", "priority": 1, "weight": 1, **facts})  # type: ignore[typeddict-item]


def said(*routes: Route, connector: object = CONNECTOR) -> list[str]:
    return warnings.of_declaration(connector, Settings(False, domain.keyed(routes)))


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("10.24.34.0", "a private address (RFC 1918)"),
        ("172.31.255.255", "a private address (RFC 1918)"),
        ("192.168.0.1", "a private address (RFC 1918)"),
        ("100.64.0.9", "a shared address of carriers (RFC 6598)"),
        ("127.0.0.1", "a loopback address"),
        ("::ffff:127.0.0.1", "a loopback address"),
        ("169.254.1.1", "a link-local address"),
        ("fd00::1", "a private address (RFC 4193)"),
        ("0.0.0.0", "the unspecified address"),
        ("224.0.0.1", "a multicast address"),
        ("240.0.0.1", "a reserved address"),
        ("198.19.255.255", "an address for benchmarks (RFC 2544)"),
        ("64:ff9b::cb00:7107", "an address of a NAT64 gateway (RFC 6052)"),
        ("64:ff9b:1::1", "an address of a NAT64 gateway (RFC 6052)"),
    ],
)
def test_unreachable(host: str, kind: str) -> None:
    """Said once, however many routes have the host."""
    (text,) = said(route(host), route(host, priority=2, port=5061))
    assert text.startswith(f"{host} is not publicly reachable: it is {kind}. ")


@pytest.mark.parametrize(
    "host", ["203.0.113.7", "198.51.100.7", "2001:db8::1", "172.32.0.1", "100.128.0.1", "sbc.example.net."]
)
def test_nothing_to_say(host: str) -> None:
    """Documentation ranges, the neighbours of private ranges, and names with a domain."""
    assert said(route(host)) == []


@pytest.mark.parametrize(
    ("host", "text"),
    [
        (f"{CONNECTOR}.voiceconnector.chime.aws", "is the outbound name of a voice connector"),
        ("VC.VoiceConnector.Chime.AWS.", "is the outbound name of a voice connector"),
        ("internal-sbc-1234.us-east-1.elb.amazonaws.com", "is an internal load balancer"),
        ("internal-sbc-1234.elb.amazonaws.com", "is an internal load balancer"),
        ("pbx.local", "ends in .local, which is for mDNS"),
        ("sbc.corp.internal.", "ends in .internal, which is for private networks"),
        ("pbx.home.arpa", "ends in .home.arpa"),
        ("pbx.localhost", "ends in .localhost"),
    ],
)
def test_names_that_lead_nowhere(host: str, text: str) -> None:
    """Each once, and nothing else about the host."""
    (warning,) = said(route(host), route(host, priority=2, port=5061))
    assert warning.startswith(f"{host} {text}")


@pytest.mark.parametrize(
    "host",
    ["sbc-1234.us-east-1.elb.amazonaws.com", "local.example.net", "internal.example.net", "voiceconnector.example.net"],
)
def test_names_that_only_look_like_these(host: str) -> None:
    """Nothing is said."""
    assert said(route(host)) == []


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("192.0.2.1", True),
        ("198.51.100.7", True),
        ("203.0.113.255", True),
        ("2001:DB8::1", True),
        ("3fff::1", True),
        ("sbc.example.net", True),
        ("SBC.Example.COM.", True),
        ("example.org", True),
        ("pbx.test", True),
        ("203.0.114.1", False),
        ("2001:db9::1", False),
        ("myexample.net", False),
        ("sbc.example.de", False),
    ],
)
def test_placeholders(host: str, is_one: bool) -> None:
    """What is reserved for documentation; whether to warn of it depends on the service endpoint."""
    settings = Settings(False, domain.keyed([route(host)]))
    assert warnings.hosts_that(settings, warnings.is_placeholder) == (host if is_one else "")


def test_the_rest() -> None:
    """A name without a domain, port 0, an odd id, and one endpoint at two priorities."""
    assert said(route("pbx"))[0].startswith("pbx has no domain")
    assert said(route(port=0))[0].startswith("port 0 of sbc.example.net:0/TCP")
    assert said(route(), connector="nonsense")[0].startswith("nonsense does not look like the ID of a voice connector")
    assert said(route(), route(priority=7))[0].startswith("sbc.example.net:5060/TCP appears at priorities 1, 7; ")


@pytest.mark.parametrize(("count", "warned"), [(10, False), (11, True)])
def test_many_routes(count: int, warned: bool) -> None:
    """AWS's pages differ between ten and twenty."""
    texts = said(*(route(f"sbc-{number}.example.net") for number in range(count)))
    assert [text.partition(":")[0] for text in texts] == ["11 routes"] * warned
