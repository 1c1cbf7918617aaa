"""`chime-voice probe`: whether the hosts of routes answer, probed in parallel, as a table and as JSON."""

from __future__ import annotations

import datetime
import json
from concurrent.futures import as_completed
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from ..aws.client import DUAL_STACK
from ..hosts.names import Names
from ..hosts.probe import TCP, TLS, UDP, Attempt, Endpoint, Outcome, ProbeTarget, probe
from ..origination import routes as domain
from ..text import printable
from .terminal import Section, printed
from .threads import Threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rich.table import Table
    from rich.text import Text

    from ..hosts.names import Server
    from ..hosts.tls import Certificate
    from .inventory import ConnectorSnapshot

THREADS = 32
"""Endpoints that are probed at once."""

_NO_IPV4 = "no IPv4 address, and AWS tries no other on this voice connector"
_SERVER_ERROR = 500


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
        now: the time that counts.
    """

    min_days: int | None = None
    allow_out_of_service: bool = False
    now: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.timezone.utc))

    def days_left(self, certificate: Certificate) -> int | None:
        """Returns the whole days until the certificate expires; None if its expiry cannot be read."""
        return None if certificate.expires is None else (certificate.expires - self.now).days

    def is_expiring(self, certificate: Certificate | None) -> bool:
        if certificate is None or self.min_days is None:
            return False
        left = self.days_left(certificate)
        return left is None or left < self.min_days


@dataclass(frozen=True)
class Probed:
    """A route and what its host did."""

    target: ProbeTarget
    route: Mapping[str, Any]
    outcome: Outcome

    @property
    def endpoint(self) -> str:
        return domain.endpoint(self.route)  # type: ignore[arg-type]

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
        problems = {_problem(attempt, rules) for attempt in tried}
        if not tried:
            problems.add(Problem.NO_ANSWER)
        # Few hosts have IPv6 addresses, and few connectors try them: AAAA counts only where they do.
        counted = (
            self.dns_failures if self.target.ipv6 else [text for text in self.dns_failures if text.startswith("A:")]
        )
        if counted:
            problems.add(Problem.ADDRESSES_UNKNOWN)
        return next((problem for problem in Problem if problem in problems), None)


def _problem(attempt: Attempt, rules: Rules) -> Problem | None:
    if attempt.is_out_of_service:
        if not rules.allow_out_of_service:
            return Problem.OUT_OF_SERVICE
    elif attempt.trouble:
        return Problem.NO_ANSWER if attempt.response is None else Problem.FAULT
    return Problem.EXPIRING if rules.is_expiring(attempt.certificate) else None


def live(snapshot: ConnectorSnapshot) -> ProbeTarget:
    """Returns the target for a voice connector whose settings were read."""
    connector, settings = snapshot.connector, snapshot.settings or domain.Settings()
    ipv6 = connector.network_type == DUAL_STACK if connector and connector.network_type else None
    return ProbeTarget(
        (connector.name if connector else "") or snapshot.id,
        snapshot.id,
        domain.ordered(settings.routes.values()),
        takes_calls=not settings.disabled,
        tls=connector is not None and connector.require_encryption,
        ipv6=ipv6,
    )


def probe_all(
    targets: Sequence[ProbeTarget],
    server: Server | None,
    seconds: float,
    progress: Callable[[str, int, int | None], None],
) -> list[Probed]:
    """Probes the hosts of every route, each endpoint once."""
    wanted = [(target, route, _endpoint(target, route)) for target in targets for route in target.routes]
    endpoints = list(dict.fromkeys(endpoint for *_, endpoint in wanted))
    names = Names(server, seconds)
    progress("Probing hosts", 0, len(endpoints))
    with Threads(THREADS) as threads:
        probes = {threads.submit(probe, endpoint, names, seconds): endpoint for endpoint in endpoints}
        outcomes: dict[Endpoint, Outcome] = {}
        for done, future in enumerate(as_completed(probes), 1):
            outcomes[probes[future]] = future.result()
            progress("Probing hosts", done, len(endpoints))
    return [Probed(target, route, outcomes[endpoint]) for target, route, endpoint in wanted]


def _endpoint(target: ProbeTarget, route: Mapping[str, Any]) -> Endpoint:
    transport = TLS if target.tls else {"UDP": UDP, "TCP": TCP}[route["protocol"]]
    return Endpoint(domain.canonical_host(route["host"]), route["port"], transport)


def failing(probed: Iterable[Probed], rules: Rules) -> dict[Problem, list[str]]:
    """Returns the endpoints that take calls and do not pass, each once, by their worst problem."""
    found: dict[Problem, dict[str, None]] = {}
    for entry in probed:
        problem = entry.problem(rules)
        if problem is not None and entry.target.takes_calls:
            found.setdefault(problem, {})[entry.endpoint] = None
    return {problem: list(found[problem]) for problem in Problem if problem in found}


def origins(probed: Iterable[Probed]) -> list[str]:
    """Returns the addresses of this machine that the hosts saw."""
    return sorted({attempt.here for entry in probed for attempt in entry.attempts if attempt.here})


# --- table


def tables(probed: Sequence[Probed], rules: Rules) -> str:
    """Returns a table of routes for each voice connector, for standard output."""
    targets = {(entry.target.name, entry.target.id): entry.target for entry in probed}
    return printed(
        Section(
            _title(target),
            None,
            _table([entry for entry in probed if (entry.target.name, entry.target.id) == key], rules),
        )
        for key, target in targets.items()
    )


def _title(target: ProbeTarget) -> str:
    calls = "calls are on" if target.takes_calls else "calls are off"
    return f"{target.name} ({target.id}): {calls}{', signaling over TLS' if target.tls else ''}"


def _table(probed: Iterable[Probed], rules: Rules) -> Table:
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, pad_edge=True, show_edge=False)
    table.add_column("priority", justify="right")
    for column in ("route", "address", "connection", "SIP OPTIONS"):
        table.add_column(column)
    for entry in probed:
        rows = [_row(entry, attempt, rules) for attempt in entry.attempts]
        rows += [(Text(text, style="red"), "", "") for text in _without_address(entry)]
        for index, row in enumerate(rows):
            first = (str(entry.route["priority"]), Text(printable(entry.endpoint))) if index == 0 else ("", "")
            table.add_row(*first, *row)
    return table


def _row(entry: Probed, attempt: Attempt, rules: Rules) -> tuple[Any, Any, Any]:
    address = f"{attempt.address} ({attempt.private})" if attempt.private else attempt.address
    return address, _connection(entry, attempt, rules), _answer(attempt, rules)


def _without_address(entry: Probed) -> list[str]:
    """Returns the reasons why addresses are missing, each for a row."""
    outcome = entry.outcome
    if outcome.trouble:
        return [outcome.trouble]
    if entry.attempts:
        return entry.dns_failures
    if outcome.attempts:
        return [_NO_IPV4, *entry.dns_failures]
    return [outcome.dns.trouble.text] if outcome.dns and outcome.dns.trouble else []


def _connection(entry: Probed, attempt: Attempt, rules: Rules) -> str | Text:
    from rich.text import Text  # noqa: PLC0415

    if attempt.certificate is not None:
        style = "red" if rules.is_expiring(attempt.certificate) else ""
        certificate = Text(_certificate(attempt.certificate, rules), style=style)
        return Text.assemble(f"TLS, {_milliseconds(attempt.connect_seconds)}; ", certificate)
    if attempt.connect_seconds is not None:
        return f"TCP, {_milliseconds(attempt.connect_seconds)}"
    return "" if entry.outcome.endpoint.transport == UDP else "none"


def _certificate(certificate: Certificate, rules: Rules) -> str:
    """Names the hosts only of a certificate that is not trusted: the name may be the reason."""
    names = ", ".join(printable(name) for name in certificate.names) or "no name"
    left = rules.days_left(certificate)
    parts = [
        f" for {names}" if certificate.distrust else "",
        f" until {certificate.expires.date().isoformat()}" if certificate.expires else "",
        "" if left is None else f" ({_days(left)})",
        ", not trusted" if certificate.distrust else ", trusted",
        "; requests a client certificate" if certificate.requests_client_certificate else "",
    ]
    return f"certificate{''.join(parts)}"


def _days(days: int) -> str:
    if days < 0:
        return "expired"
    return "1 day" if days == 1 else f"{days} days"


def _answer(attempt: Attempt, rules: Rules) -> Text:
    from rich.text import Text  # noqa: PLC0415

    if attempt.skipped:
        return Text("not tried: this machine has no IPv6", style="dim")
    parts = []
    response = attempt.response
    if response is not None:
        parts.append(f"{response.status} {response.reason}".strip() + f", {_milliseconds(response.seconds)}")
    if attempt.trouble:
        parts.append(printable(attempt.trouble))
    if _problem(attempt, rules) not in (None, Problem.EXPIRING):
        style = "red"
    else:
        style = "green" if response is not None and response.status < _SERVER_ERROR else "yellow"
    return Text("; ".join(parts), style=style)


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1000:.0f} ms"


# --- JSON


def as_json(probed: Iterable[Probed], rules: Rules) -> str:
    """Returns a JSON list with one object for each route."""
    return json.dumps([_entry(entry, rules) for entry in probed], indent=2)


def _entry(entry: Probed, rules: Rules) -> dict[str, Any]:
    outcome, problem = entry.outcome, entry.problem(rules)
    dns = outcome.dns
    return {
        "name": entry.target.name,
        "id": entry.target.id,
        **entry.route,
        "transport": outcome.endpoint.transport,
        "takesCalls": entry.target.takes_calls,
        "answered": entry.problem(Rules()) is None,
        "problem": problem.name.lower() if problem else None,
        "dns": None
        if dns is None
        else {"a": list(dns.ipv4), "aaaa": list(dns.ipv6), "trouble": dns.trouble.code if dns.trouble else None},
        "addresses": [_attempt(attempt, rules) for attempt in entry.attempts],
        "trouble": outcome.trouble or None,
    }


def _attempt(attempt: Attempt, rules: Rules) -> dict[str, Any]:
    certificate, response = attempt.certificate, attempt.response
    return {
        "address": attempt.address,
        "notReachable": attempt.private,
        "probedFrom": attempt.here or None,
        "skipped": attempt.skipped,
        "connectMilliseconds": _rounded(attempt.connect_seconds),
        "certificate": None
        if certificate is None
        else {
            "names": list(certificate.names),
            "expires": certificate.expires.isoformat() if certificate.expires else None,
            "daysLeft": rules.days_left(certificate),
            "trusted": not certificate.distrust,
            "reason": certificate.distrust or None,
            "tls": certificate.version,
            "requestsClientCertificate": certificate.requests_client_certificate,
        },
        "sip": None
        if response is None
        else {
            "status": response.status,
            "reason": response.reason,
            "retryAfter": response.retry_after,
            "milliseconds": _rounded(response.seconds),
        },
        "outOfService": attempt.is_out_of_service,
        "trouble": attempt.trouble or None,
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
