"""A whole probe of an endpoint: every address of a name, and a result whatever happens."""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING

import pytest

from pulumi_chime_voice.hosts.dns_answer import NO_ADDRESS, NO_ANSWER, NO_SUCH_NAME, DnsAnswer, DnsFailure
from pulumi_chime_voice.hosts.names import Names
from pulumi_chime_voice.hosts.probe import UDP, Endpoint, probe

from ...support.hosts import Dns, SipHost
from .support import HOST, attempt_at, outcome_of

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def dns() -> Iterator[Dns]:
    zone: dict[str, dict[str, list[str] | str]] = {
        "both.acme.org": {"A": [HOST, "127.0.0.2"], "AAAA": ["2001:db8::7"]},
        "none.acme.org": {},
        "private.acme.org": {"A": ["10.0.0.7"]},
    }
    with Dns(zone, silent=("silent.acme.org",)) as running:
        yield running


@pytest.mark.parametrize(
    ("name", "trouble"),
    [("gone.acme.org", NO_SUCH_NAME), ("none.acme.org", NO_ADDRESS), ("silent.acme.org", NO_ANSWER)],
)
def test_no_addresses(dns: Dns, name: str, trouble: DnsFailure) -> None:
    outcome = outcome_of(Endpoint(name, 5060, UDP), dns, seconds=0.5)
    assert outcome.dns is not None
    assert (outcome.dns.trouble, outcome.attempts) == (trouble, ())


def test_every_address_is_probed(dns: Dns) -> None:
    """Calls may go to any of them, so one that is silent is a fault of the host."""
    with SipHost() as host:
        outcome = outcome_of(Endpoint("both.acme.org", host.port, UDP), dns)
    found = {attempt.address: attempt for attempt in outcome.attempts}
    assert found.keys() == {HOST, "127.0.0.2", "2001:db8::7"}
    assert found[HOST].response is not None
    assert found["127.0.0.2"].trouble == "connection refused: nothing listens on this port"


def test_addresses_that_aws_cannot_reach(dns: Dns) -> None:
    """They are flagged, whether they answer here or not."""
    (attempt,) = outcome_of(Endpoint("private.acme.org", 5060, UDP), dns, seconds=0.2).attempts
    assert attempt.private == "a private address (RFC 1918)"


def test_no_way_to_ipv6() -> None:
    """A machine without IPv6 cannot tell: the address is skipped. A documentation address has no route anywhere."""
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe_:
        try:
            probe_.connect(("2001:db8::7", 5060))
        except OSError:
            has_route = False
        else:
            has_route = True
    attempt = attempt_at(5060, UDP, "2001:db8::7", seconds=0.2)
    assert attempt.skipped is not has_route
    assert ipaddress.ip_address(attempt.address).version == 6


def test_an_unforeseen_exception_is_this_hosts_result() -> None:
    """It names the exception, and the probe of other hosts goes on."""

    class Broken(Names):
        def find(self, name: str) -> DnsAnswer:
            raise RuntimeError(f"no {name}\x1b")

    outcome = probe(Endpoint("sbc.acme.org", 5060, UDP), Broken(), 0.1)
    assert outcome.trouble == "the probe failed (RuntimeError: no sbc.acme.org\ufffd)"
    assert outcome.attempts == ()
