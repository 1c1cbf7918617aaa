"""What `chime-voice probe` found, as tables for a terminal and as JSON."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from rich.text import Text

from ..hosts.probe import UDP
from ..origination.routes import endpoint, is_drained
from ..text import printable
from .probing import Problem, Rules, problem_of
from .rich_output import Section, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..hosts.probe import Attempt
    from ..hosts.tls import Certificate
    from .probing import Probed, ProbeTarget

_NO_IPV4 = "no IPv4 address, and AWS tries no other on this voice connector"
_SERVER_ERROR = 500


# --- table


def sections(probed: Iterable[Probed], rules: Rules) -> list[Section]:
    """Returns a table of routes for each voice connector."""
    by_target = groupby(probed, lambda entry: entry.target)
    return [Section(_title(target), {}, _table(entries, rules)) for target, entries in by_target]


def _title(target: ProbeTarget) -> str:
    calls = "calls are on" if target.takes_calls else "calls are off"
    return f"{target.name} ({target.id}): {calls}{', signaling over TLS' if target.tls else ''}"


def _table(probed: Iterable[Probed], rules: Rules) -> Table:
    rows: list[tuple[str | Text, ...]] = []
    for entry in probed:
        place = f"{endpoint(entry.route)}{' (drained)' if is_drained(entry.route) else ''}"
        first = [str(entry.route["priority"]), place]
        for cells in (
            *(_row(entry, attempt, rules) for attempt in entry.attempts),
            *((Text(text, style="red"), "", "") for text in _without_address(entry)),
        ):
            rows.append((*first, *cells))
            first = ["", ""]
    return Table(("priority", "route", "address", "connection", "SIP OPTIONS"), rows, numbers=1)


def _row(entry: Probed, attempt: Attempt, rules: Rules) -> tuple[str | Text, ...]:
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
    if attempt.skipped:
        return Text("not tried: this machine has no IPv6", style="dim")
    parts = []
    response = attempt.response
    if response is not None:
        parts.append(f"{response.status} {response.reason}".strip() + f", {_milliseconds(response.seconds)}")
    if attempt.trouble:
        parts.append(printable(attempt.trouble))
    if problem_of(attempt, rules) not in (None, Problem.EXPIRING):
        style = "red"
    else:
        style = "green" if response is not None and response.status < _SERVER_ERROR else "yellow"
    return Text("; ".join(parts), style=style)


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1000:.0f} ms"


# --- JSON


def as_json(probed: Iterable[Probed], rules: Rules) -> list[dict[str, Any]]:
    """Returns an entry for each route."""
    return [_entry(entry, rules) for entry in probed]


def _entry(entry: Probed, rules: Rules) -> dict[str, Any]:
    outcome, problem = entry.outcome, entry.problem(rules)
    dns = outcome.dns
    return {
        "name": entry.target.name,
        "id": entry.target.id,
        **entry.route,
        "transport": outcome.endpoint.transport,
        "takesCalls": entry.takes_calls,
        "answered": entry.problem(Rules()) is None,
        "problem": problem.name.lower() if problem else None,
        "dns": dns and {"a": dns.ipv4, "aaaa": dns.ipv6, "trouble": dns.trouble.code if dns.trouble else None},
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
        "certificate": certificate
        and {
            "names": certificate.names,
            "expires": certificate.expires.isoformat() if certificate.expires else None,
            "daysLeft": rules.days_left(certificate),
            "trusted": not certificate.distrust,
            "reason": certificate.distrust or None,
            "tls": certificate.version,
            "requestsClientCertificate": certificate.requests_client_certificate,
        },
        "sip": response
        and {
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
