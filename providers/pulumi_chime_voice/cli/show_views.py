"""Voice connectors as tables for a terminal, as JSON, and as a Mermaid flowchart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from ..origination import render
from ..origination import routes as domain
from ..text import printable
from .rich_output import Section, printed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..aws.traffic import Traffic
    from .inventory import ConnectorSnapshot

UNKNOWN = render.UNKNOWN
MERMAID_EDGES, MERMAID_CHARACTERS = 500, 50_000
"""Mermaid's default limits (maxEdges, maxTextSize)."""

BARS = "·▁▂▃▄▅▆▇█"
"""The bars of a sparkline; the first one stands for zero."""


def name(found: ConnectorSnapshot) -> str:
    """Returns the voice connector's name, or ``"unknown"``."""
    return (found.connector.name if found.connector else "") or UNKNOWN


# --- table


def tables(connectors: Iterable[ConnectorSnapshot], *, traffic: bool = False) -> str:
    """Returns the facts and the routes of each voice connector, for standard output."""
    return printed(
        Section(
            name(found),
            _facts(found, traffic=traffic),
            _routes(found.settings) if found.settings is not None and found.settings.routes else None,
        )
        for found in connectors
    )


def _facts(found: ConnectorSnapshot, *, traffic: bool) -> Text:
    facts = {
        "id": found.id,
        "region": _region(found),
        "inbound calls": render.summary(found.settings),
        "encryption": _encryption(found),
        "network type": (found.connector and found.connector.network_type) or UNKNOWN,
        "emergency calling": {True: "yes", False: "no", None: UNKNOWN}[found.emergency_calling],
        # A voice connector group may have numbers that come here.
        "phone numbers": UNKNOWN
        if found.phone_numbers is None
        else str(found.phone_numbers or "none assigned directly"),
    }
    if traffic:
        facts |= _calls(found.traffic) if found.traffic else {"calls": UNKNOWN}
    lines = [Text.assemble((f"  {what:<19}", "dim"), printable(value)) for what, value in facts.items()]
    return Text("\n").join(lines)


def _calls(traffic: Traffic) -> dict[str, str]:
    """Returns the counts of calls, and a sparkline of them: each bar is an equal part of the time."""
    failed = f", {traffic.failures:,} failed ({traffic.failed_percent:.1f}%)" if traffic.attempts else ""
    active = "" if traffic.active is None else f"; {traffic.active:,} active now"
    return {
        "calls": f"{traffic.attempts:,} in {window(traffic.minutes)}{failed}, {traffic.answered:,} answered{active}",
        "": sparkline(traffic.course),
    }


def window(minutes: int) -> str:
    """Formats a number of minutes: ``"24 hours"``, ``"10 minutes"``."""
    hours, rest = divmod(minutes, 60)
    number, unit = (hours, "hour") if not rest else (minutes, "minute")
    return f"{number} {unit}{'' if number == 1 else 's'}"


def sparkline(values: Sequence[int]) -> str:
    """Draws a bar for each value, in proportion to the greatest one; a value that is not 0 has at least the lowest bar."""
    most = max(values, default=0)
    if not most:
        return BARS[0] * len(values)
    return "".join(BARS[-(-value * (len(BARS) - 1) // most)] for value in values)


def _region(found: ConnectorSnapshot) -> str:
    own = found.connector.region if found.connector else found.region
    return found.region if own == found.region else f"{own}, through the endpoint of {found.region}"


def _encryption(found: ConnectorSnapshot) -> str:
    if found.connector is None:
        return UNKNOWN
    return "required: signaling over TLS" if found.connector.require_encryption else "not required"


def _routes(settings: domain.Settings) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=True, show_edge=False)
    table.add_column("priority", justify="right")
    table.add_column("share", justify="right")
    table.add_column("calls go to")
    table.add_column("when it fails")
    previous: int | None = None
    for row in render.rows(settings):
        if previous not in (None, row.priority):
            table.add_section()
        previous = row.priority
        table.add_row(
            str(row.priority),
            row.share,
            Text(printable(row.endpoint)),
            Text(printable(row.when_it_fails)),
        )
    return table


# --- JSON


def as_json(connectors: Iterable[ConnectorSnapshot], *, traffic: bool = False) -> str:
    """Returns a JSON list of voice connectors; what could not be read is the string ``"unknown"``."""
    entries = [_entry(found) | ({"traffic": _traffic(found)} if traffic else {}) for found in connectors]
    return json.dumps(entries, indent=2)


def _traffic(found: ConnectorSnapshot) -> Any:
    calls = found.traffic
    if calls is None:
        return UNKNOWN
    return {
        "minutes": calls.minutes,
        "region": calls.region,
        "attempts": calls.attempts,
        "failures": calls.failures,
        "failedPercent": round(calls.failed_percent, 2),
        "answered": calls.answered,
        "active": calls.active,
        "course": list(calls.course),
    }


def _entry(found: ConnectorSnapshot) -> dict[str, Any]:
    connector, settings = found.connector, found.settings
    return {
        "name": name(found),
        "id": found.id,
        "region": found.region,
        "ownRegion": connector.region if connector else UNKNOWN,
        "requireEncryption": connector.require_encryption if connector else UNKNOWN,
        "networkType": (connector and connector.network_type) or UNKNOWN,
        "emergencyCalling": UNKNOWN if found.emergency_calling is None else found.emergency_calling,
        "phoneNumbers": UNKNOWN if found.phone_numbers is None else found.phone_numbers,
        "disabled": settings.disabled if settings else UNKNOWN,
        "routes": domain.ordered(settings.routes.values()) if settings else UNKNOWN,
        "calls": [
            {
                "priority": row.priority,
                "share": row.share,
                "endpoint": row.endpoint,
                "whenItFails": row.when_it_fails,
            }
            for row in render.rows(settings)
        ]
        if settings
        else UNKNOWN,
    }


# --- Mermaid


def as_mermaid(connectors: Iterable[ConnectorSnapshot]) -> str:
    """Returns one Mermaid flowchart of all voice connectors."""
    return render.flowchart((f"{name(found)}, {found.id}, {found.region}", found.settings) for found in connectors)


def is_too_large(flowchart: str) -> bool:
    """Whether the flowchart exceeds Mermaid's default limits."""
    return flowchart.count("-->|") > MERMAID_EDGES or len(flowchart) > MERMAID_CHARACTERS
