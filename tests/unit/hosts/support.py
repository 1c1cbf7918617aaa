"""A probe of one endpoint on loopback."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pulumi_chime_voice.hosts.dns_answer import Server
from pulumi_chime_voice.hosts.names import Names
from pulumi_chime_voice.hosts.probe import UDP, Attempt, Endpoint, Outcome, probe

if TYPE_CHECKING:
    from ...support.hosts import Dns

SECONDS = 1.0
HOST = "127.0.0.1"


def names_at(dns: Dns, seconds: float = SECONDS) -> Names:
    return Names(Server(dns.host, dns.port), seconds)


def outcome_of(endpoint: Endpoint, dns: Dns | None = None, seconds: float = SECONDS) -> Outcome:
    return probe(endpoint, names_at(dns, seconds) if dns else Names(Server(HOST, 9), seconds), seconds)


def attempt_at(port: int, transport: str = UDP, host: str = HOST, seconds: float = SECONDS) -> Attempt:
    (attempt,) = outcome_of(Endpoint(host, port, transport), seconds=seconds).attempts
    return attempt
