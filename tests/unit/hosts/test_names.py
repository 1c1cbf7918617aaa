"""DNS: real messages of servers on loopback, and what a probe and a preview make of their answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import dns.resolver
import pytest

from pulumi_chime_voice.hosts.dns_answer import NO_ADDRESS, NO_ANSWER, NO_SUCH_NAME, DnsAnswer, DnsFailure, Server
from pulumi_chime_voice.hosts.names import Names

from ...support.hosts import Dns
from .support import names_at

if TYPE_CHECKING:
    from collections.abc import Iterator

SERVFAIL = DnsFailure("servfail", "DNS answered SERVFAIL (broken zone or DNSSEC)")
REFUSED = DnsFailure("refused", "DNS answered REFUSED (the DNS server does not serve this machine or this name)")
V4, V6 = "127.0.0.1", "::1"


@pytest.fixture
def server() -> Iterator[Dns]:
    zone: dict[str, dict[str, list[str] | str]] = {
        "both.acme.org": {"A": ["127.0.0.2", V4], "AAAA": [V6]},
        "six.acme.org": {"AAAA": [V6]},
        "none.acme.org": {},
        "servfail.acme.org": {"A": "SERVFAIL", "AAAA": "SERVFAIL"},
        "refused.acme.org": {"A": "REFUSED", "AAAA": "REFUSED"},
        "notimp.acme.org": {"A": "NOTIMP", "AAAA": "NOTIMP"},
        "a-fails.acme.org": {"A": "SERVFAIL", "AAAA": [V6]},
        "aaaa-fails.acme.org": {"A": [V4], "AAAA": "SERVFAIL"},
        "a-is-gone.acme.org": {"A": "NXDOMAIN", "AAAA": [V6]},
    }
    with Dns(zone, silent=("silent.acme.org",)) as running:
        yield running


class TestFind:
    @pytest.mark.parametrize(
        ("name", "trouble"),
        [
            ("gone.acme.org", NO_SUCH_NAME),
            ("none.acme.org", NO_ADDRESS),
            ("silent.acme.org", NO_ANSWER),
            ("servfail.acme.org", SERVFAIL),
            ("refused.acme.org", REFUSED),
            ("notimp.acme.org", DnsFailure("notimp", "DNS answered NOTIMP")),
            (f"{'x' * 64}.acme.org", DnsFailure("not_a_name", "DNS has no such names")),
            ("a..acme.org", DnsFailure("not_a_name", "DNS has no such names")),
        ],
    )
    def test_no_addresses(self, server: Dns, name: str, trouble: DnsFailure) -> None:
        """Each reason is its own: only a timeout is no answer."""
        answer = names_at(server, 0.5).find(name)
        assert (answer.ipv4, answer.ipv6, answer.trouble) == ((), (), trouble)

    def test_silence_takes_the_time_and_an_answer_does_not(self, server: Dns) -> None:
        names, began = names_at(server, 3), time.monotonic()
        assert names.find("refused.acme.org").trouble == REFUSED
        assert time.monotonic() - began < 2
        began = time.monotonic()
        assert names_at(server, 0.4).find("silent.acme.org").trouble == NO_ANSWER
        assert time.monotonic() - began >= 0.4

    @pytest.mark.parametrize(
        ("name", "ipv4", "ipv6", "failed"),
        [
            ("both.acme.org", (V4, "127.0.0.2"), (V6,), []),
            ("six.acme.org", (), (V6,), []),
            ("a-fails.acme.org", (), (V6,), [("A", SERVFAIL)]),
            ("a-is-gone.acme.org", (), (V6,), [("A", NO_SUCH_NAME)]),
            ("aaaa-fails.acme.org", (V4,), (), [("AAAA", SERVFAIL)]),
        ],
    )
    def test_addresses(
        self, server: Dns, name: str, ipv4: tuple[str, ...], ipv6: tuple[str, ...], failed: list[Any]
    ) -> None:
        """Each family is queried, whatever the other answers."""
        answer = names_at(server).find(name)
        assert (answer.ipv4, answer.ipv6, answer.failed("A", "AAAA")) == (ipv4, ipv6, failed)
        assert answer.trouble == (failed[0][1] if failed else None)

    def test_a_name_without_ipv6_is_complete(self) -> None:
        assert DnsAnswer((V4,), (), (("AAAA", NO_ADDRESS),)).trouble is None


class TestExists:
    def test_only_a_name_that_does_not_exist_is_missing(self, server: Dns) -> None:
        names = names_at(server)
        found = {name: names.exists(name) for name in ("both.acme.org", "none.acme.org", "gone.acme.org")}
        assert found == {"both.acme.org": True, "none.acme.org": True, "gone.acme.org": False}

    @pytest.mark.parametrize("name", ["servfail.acme.org", "refused.acme.org", f"{'x' * 64}.acme.org"])
    def test_a_failure_of_one_name_does_not_end_dns(self, server: Dns, name: str) -> None:
        names = names_at(server)
        assert names.exists(name)
        assert not names.exists("gone.acme.org")

    def test_silence_ends_dns(self, server: Dns) -> None:
        """A preview does not wait for each of its hosts."""
        names = names_at(server, 0.3)
        assert names.exists("silent.acme.org")
        server.asked.clear()
        assert names.exists("gone.acme.org")
        assert server.asked == []


class TestServersOfTheMachine:
    def test_a_silent_server_does_not_hide_the_next(self, server: Dns, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each gets a part of the time, and the one that answered is queried first from then on."""

        def configure(resolver: dns.resolver.Resolver, *_: object) -> None:
            resolver.nameservers = [dead.host, server.host]
            resolver.nameserver_ports = {dead.host: dead.port, server.host: server.port}

        monkeypatch.setattr(dns.resolver.Resolver, "read_resolv_conf", configure)
        with Dns({}, silent=("both.acme.org", "gone.acme.org"), host="127.0.0.3") as dead:
            names = Names(None, 1.0)
            assert names.find("both.acme.org").ipv4 == (V4, "127.0.0.2")
            assert dead.asked == ["both.acme.org"]
            assert not names.exists("gone.acme.org")
            assert dead.asked == ["both.acme.org"]

    def test_no_server_at_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def configure(*_: object) -> None:
            raise dns.resolver.NoResolverConfiguration

        monkeypatch.setattr(dns.resolver.Resolver, "read_resolv_conf", configure)
        trouble = Names().find("both.acme.org").trouble
        assert trouble is not None
        assert trouble.code == "no_resolver"


def test_a_server_that_cannot_be_reached() -> None:
    """The system rejects the query: a broadcast address needs a permission that no resolver requests."""
    assert Names(Server("255.255.255.255"), 2).find("both.acme.org").trouble == DnsFailure(
        "unreachable", "the DNS server cannot be reached: permission denied"
    )
