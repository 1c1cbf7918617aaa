"""`chime-voice probe`: whether the hosts of routes answer, probed all at once, as a table and as JSON."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..aws.client import DUAL_STACK
from ..hosts.names import Names
from ..hosts.probe import TCP, TLS, UDP, Attempt, Endpoint, Outcome, probe
from ..origination import routes as domain
from ..text import printable
from .sections import Section, printed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rich.table import Table

    from ..hosts.names import Server
    from ..hosts.tls import Certificate
    from .inventory import Found

THREADS = 32
"""Endpoints that are probed at once."""


@dataclass(frozen=True)
class Line:
    """The routes of one voice connector, live or declared.

    Attributes:
        name: of the voice connector, or of the resource that declares it.
        id: of the voice connector.
        settings: its routes, and whether they take calls.
        tls: whether its signaling is encrypted, whatever its routes say.
        ipv6: whether AWS tries IPv6 addresses; None if that is not known.
    """

    name: str
    id: str
    settings: domain.Settings
    tls: bool
    ipv6: bool | None


@dataclass(frozen=True)
class Probed:
    """A route and what its host did."""

    line: Line
    route: domain.Route
    outcome: Outcome

    @property
    def takes_calls(self) -> bool:
        return not self.line.settings.disabled

    @property
    def attempts(self) -> list[Attempt]:
        """Those of the addresses that AWS tries."""
        every = self.outcome.attempts
        return [one for one in every if self.line.ipv6 is not False or ":" not in one.address] or list(every)

    @property
    def answered(self) -> bool:
        return Outcome(self.outcome.endpoint, self.outcome.dns, tuple(self.attempts)).answered


def live(found: Found) -> Line:
    """The line of a voice connector whose settings were read."""
    connector, settings = found.connector, found.settings or domain.Settings()
    ipv6 = connector.network_type == DUAL_STACK if connector and connector.network_type else None
    return Line(
        (connector.name if connector else "") or found.id,
        found.id,
        settings,
        tls=connector is not None and connector.require_encryption,
        ipv6=ipv6,
    )


def probe_all(
    lines: Sequence[Line], server: Server | None, seconds: float, progress: Callable[[str, int, int | None], None]
) -> list[Probed]:
    """Probes the hosts of every route, each endpoint once."""
    wanted = [(line, route, _endpoint(line, route)) for line in lines for route in _routes(line)]
    endpoints = list(dict.fromkeys(endpoint for *_, endpoint in wanted))
    names = Names(server, seconds)
    progress("Probing hosts", 0, len(endpoints))
    with ThreadPoolExecutor(THREADS, thread_name_prefix="chime-voice-probe") as threads:
        probes = {threads.submit(probe, endpoint, names, seconds): endpoint for endpoint in endpoints}
        outcomes: dict[Endpoint, Outcome] = {}
        for done, future in enumerate(as_completed(probes), 1):
            outcomes[probes[future]] = future.result()
            progress("Probing hosts", done, len(endpoints))
    return [Probed(line, route, outcomes[endpoint]) for line, route, endpoint in wanted]


def _routes(line: Line) -> list[domain.Route]:
    return domain.ordered(line.settings.routes.values())


def _endpoint(line: Line, route: domain.Route) -> Endpoint:
    transport = TLS if line.tls else {"UDP": UDP, "TCP": TCP}[route["protocol"]]
    return Endpoint(domain.canonical_host(route["host"]), route["port"], transport)


def unanswered(probed: Iterable[Probed]) -> list[str]:
    """The endpoints that take calls and did not answer, each once."""
    silent = (one for one in probed if one.takes_calls and not one.answered)
    return list(dict.fromkeys(domain.endpoint(one.route) for one in silent))


def origins(probed: Iterable[Probed]) -> list[str]:
    """The addresses of this machine that the hosts saw."""
    return sorted({attempt.here for one in probed for attempt in one.attempts if attempt.here})


# --- table


def tables(probed: Sequence[Probed]) -> str:
    """Each voice connector with its routes, for standard output: coloured where it is a terminal."""
    lines = {(one.line.name, one.line.id): one.line for one in probed}
    return printed(
        Section(_title(line), None, _table([one for one in probed if (one.line.name, one.line.id) == key]))
        for key, line in lines.items()
    )


def _title(line: Line) -> str:
    calls = "calls are off" if line.settings.disabled else "calls are on"
    return f"{line.name} ({line.id}): {calls}{', signaling over TLS' if line.tls else ''}"


def _table(probed: Iterable[Probed]) -> Table:
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=box.SIMPLE_HEAD, pad_edge=True, show_edge=False)
    table.add_column("priority", justify="right", no_wrap=True)
    for column in ("route", "address", "connection", "SIP OPTIONS"):
        table.add_column(column, overflow="fold")
    for one in probed:
        endpoint = Text(printable(domain.endpoint(one.route)))
        if not one.outcome.attempts:
            trouble = one.outcome.dns.trouble if one.outcome.dns else None
            table.add_row(str(one.route["priority"]), endpoint, Text(trouble.value if trouble else "", style="red"))
        for index, attempt in enumerate(one.attempts):
            first = index == 0
            table.add_row(
                str(one.route["priority"]) if first else "",
                endpoint if first else "",
                _address(attempt),
                _connection(one, attempt),
                _answer(attempt),
            )
    return table


def _address(attempt: Attempt) -> str:
    return f"{attempt.address} ({attempt.private})" if attempt.private else attempt.address


def _connection(one: Probed, attempt: Attempt) -> str:
    if attempt.certificate is not None:
        return f"TLS, {_milliseconds(attempt.connect_seconds)}; {_certificate(attempt.certificate)}"
    if attempt.connect_seconds is not None:
        return f"TCP, {_milliseconds(attempt.connect_seconds)}"
    return "" if one.outcome.endpoint.transport == UDP else "none"


def _certificate(certificate: Certificate) -> str:
    names = ", ".join(printable(name) for name in certificate.names) or "no name"
    trusted = "not trusted" if certificate.distrust else "trusted"
    requests = {True: "; requests a client certificate, which AWS does not support", False: "", None: ""}
    until = certificate.expires.date().isoformat()
    return f"certificate for {names} until {until}, {trusted}{requests[certificate.requests_client_certificate]}"


def _answer(attempt: Attempt) -> Any:
    from rich.text import Text  # noqa: PLC0415

    if attempt.skipped:
        return Text("not tried: this machine has no IPv6", style="dim")
    said = []
    if attempt.response is not None:
        response = attempt.response
        said.append(f"{response.status} {response.reason}".strip() + f", {_milliseconds(response.seconds)}")
    if attempt.trouble:
        said.append(printable(attempt.trouble))
    return Text("; ".join(said), style="red" if attempt.trouble else "green")


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds * 1000:.0f} ms"


# --- JSON


def as_json(probed: Iterable[Probed]) -> str:
    """A JSON list with one object for each route."""
    return json.dumps([_entry(one) for one in probed], indent=2)


def _entry(one: Probed) -> dict[str, Any]:
    dns = one.outcome.dns
    return {
        "name": one.line.name,
        "id": one.line.id,
        **one.route,
        "transport": one.outcome.endpoint.transport,
        "takesCalls": one.takes_calls,
        "answered": one.answered,
        "dns": None
        if dns is None
        else {
            "a": list(dns.ipv4),
            "aaaa": list(dns.ipv6),
            "trouble": dns.trouble.name.lower() if dns.trouble else None,
        },
        "addresses": [_attempt(attempt) for attempt in one.attempts],
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
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
            "expires": certificate.expires.isoformat(),
            "trusted": not certificate.distrust,
            "reason": certificate.distrust or None,
            "tls": certificate.version,
            "requestsClientCertificate": certificate.requests_client_certificate,
        },
        "sip": None
        if response is None
        else {"status": response.status, "reason": response.reason, "milliseconds": _rounded(response.seconds)},
        "trouble": attempt.trouble or None,
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
