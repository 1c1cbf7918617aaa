"""Probes the hosts of routes in parallel, and decides which routes pass."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from ..aws.client import DUAL_STACK
from ..hosts.names import Names
from ..hosts.probe import TLS, Attempt, Endpoint, Outcome, probe
from ..origination.routes import Route, Settings, canonical_host, endpoint, is_drained, ordered
from .threads import Threads, gather

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..hosts.dns_answer import Server
    from ..hosts.tls import Certificate
    from .inventory import ConnectorSnapshot
    from .rich_output import Update

_THREADS = 32


class Problem(Enum):
    """The reason why a route does not pass; the value begins a sentence that lists its endpoints. The worst comes first."""

    NO_ANSWER = "No answer, although calls go there"
    FAULT = "The answer has a fault, although calls go there"
    OUT_OF_SERVICE = "Out of service, although calls go there"
    ADDRESSES_UNKNOWN = "DNS did not return every address, although calls go there"
    EXPIRING = "The certificate expires in fewer than {days} days"


@dataclass(frozen=True)
class Rules:
    """The conditions that a route must satisfy beyond an answer.

    Attributes:
        min_days: the least number of days until the certificate expires; None if that does not matter.
        allow_out_of_service: whether a host may say that it takes no calls now.
    """

    min_days: int | None = None
    allow_out_of_service: bool = False
    now: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.timezone.utc))

    def days_left(self, certificate: Certificate) -> int | None:
        """Returns the whole days until the certificate expires; None if its expiry cannot be read."""
        return None if certificate.expires is None else (certificate.expires - self.now).days

    def is_expiring(self, certificate: Certificate | None) -> bool:
        """Whether the certificate expires too early. One that cannot be read does, if that matters."""
        if certificate is None or self.min_days is None:
            return False
        left = self.days_left(certificate)
        return left is None or left < self.min_days


@dataclass(frozen=True)
class ProbeTarget:
    """The voice connector whose hosts are probed, live or declared.

    Attributes:
        name: of the voice connector, or of the resource that declares it.
        takes_calls: whether its inbound calls are on.
        tls: whether its signaling is encrypted, whatever its routes say.
        ipv6: whether AWS tries IPv6 addresses; None if that is not known.
    """

    name: str
    id: str
    routes: Sequence[Route]
    takes_calls: bool
    tls: bool
    ipv6: bool | None


@dataclass(frozen=True)
class Probed:
    """A route and what its host did."""

    target: ProbeTarget
    route: Route
    outcome: Outcome

    @property
    def takes_calls(self) -> bool:
        """Whether calls go to the route: not if they are off, or if it is drained."""
        return self.target.takes_calls and not is_drained(self.route)

    @property
    def attempts(self) -> list[Attempt]:
        """Returns the attempts at addresses that AWS tries."""
        every = self.outcome.attempts
        return [attempt for attempt in every if self.target.ipv6 is not False or ":" not in attempt.address]

    @property
    def dns_failures(self) -> list[str]:
        """Returns the failures of DNS for the types of addresses that AWS tries."""
        kinds = ("A",) if self.target.ipv6 is False else ("A", "AAAA")
        failed = self.outcome.dns.failed(*kinds) if self.outcome.dns else []
        return [f"{kind}: {failure.text}" for kind, failure in failed]

    def problem(self, rules: Rules) -> Problem | None:
        """Returns the worst problem; None if the route passes."""
        tried = [attempt for attempt in self.attempts if not attempt.skipped]
        problems = {problem_of(attempt, rules) for attempt in tried}
        if not tried:
            problems.add(Problem.NO_ANSWER)
        # Few hosts have IPv6 addresses, and few connectors try them: AAAA counts only where they do.
        if any(self.target.ipv6 or text.startswith("A:") for text in self.dns_failures):
            problems.add(Problem.ADDRESSES_UNKNOWN)
        return next((problem for problem in Problem if problem in problems), None)


def problem_of(attempt: Attempt, rules: Rules) -> Problem | None:
    """Returns the problem at one address; None if it takes calls."""
    if attempt.is_out_of_service:
        if not rules.allow_out_of_service:
            return Problem.OUT_OF_SERVICE
    elif attempt.trouble:
        return Problem.NO_ANSWER if attempt.response is None else Problem.FAULT
    return Problem.EXPIRING if rules.is_expiring(attempt.certificate) else None


def live(snapshot: ConnectorSnapshot) -> ProbeTarget:
    """Returns the target for a voice connector whose settings were read."""
    connector, settings = snapshot.connector, snapshot.settings or Settings()
    ipv6 = connector.network_type == DUAL_STACK if connector and connector.network_type else None
    return ProbeTarget(
        (connector.name if connector else "") or snapshot.id,
        snapshot.id,
        ordered(settings.routes.values()),
        takes_calls=not settings.disabled,
        tls=connector is not None and connector.require_encryption,
        ipv6=ipv6,
    )


def probe_all(targets: Sequence[ProbeTarget], server: Server | None, seconds: float, progress: Update) -> list[Probed]:
    """Probes the hosts of every route, each endpoint once."""
    wanted = [(target, route, _endpoint(target, route)) for target in targets for route in target.routes]
    endpoints = list(dict.fromkeys(endpoint for *_, endpoint in wanted))
    names = Names(server, seconds)
    with Threads(_THREADS) as threads:
        probes = [threads.submit(probe, endpoint, names, seconds) for endpoint in endpoints]
        outcomes = dict(zip(endpoints, gather(probes, "Probing hosts", progress), strict=True))
    return [Probed(target, route, outcomes[endpoint]) for target, route, endpoint in wanted]


def _endpoint(target: ProbeTarget, route: Route) -> Endpoint:
    return Endpoint(canonical_host(route["host"]), route["port"], TLS if target.tls else route["protocol"])


def failing(probed: Iterable[Probed], rules: Rules) -> dict[Problem, list[str]]:
    """Returns the endpoints that take calls and do not pass, each once, by their worst problem."""
    found: dict[Problem, dict[str, None]] = {problem: {} for problem in Problem}
    for entry in probed:
        problem = entry.problem(rules)
        if problem is not None and entry.takes_calls:
            found[problem][endpoint(entry.route)] = None
    return {problem: list(endpoints) for problem, endpoints in found.items() if endpoints}
