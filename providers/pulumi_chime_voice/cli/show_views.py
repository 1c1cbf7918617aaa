"""Voice connectors as tables for a terminal, as JSON, and as a Mermaid flowchart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from ..origination import render
from ..origination.routes import hosts, ordered
from .rich_output import Section, Table
from .stage import Outcome, judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..aws.client import ConnectorGroup
    from ..aws.traffic import Traffic
    from ..origination.routes import Settings
    from .inventory import ConnectorSnapshot
    from .stage import Stage, Verdict

UNKNOWN = render.UNKNOWN
MERMAID_EDGES, MERMAID_CHARACTERS = 500, 50_000  # Mermaid's default limits (maxEdges, maxTextSize)
BARS = "·▁▂▃▄▅▆▇█"  # of a sparkline; the first one stands for zero
_VERDICTS = {
    Outcome.OK: "passes: fewer failures than with a dead host",
    Outcome.FAILING: "fails: as many failures as with a dead host",
    Outcome.TOO_FEW_CALLS: "too few calls to judge",
}


def name(found: ConnectorSnapshot) -> str:
    """Returns the voice connector's name, or ``"unknown"``."""
    return (found.connector.name if found.connector else "") or UNKNOWN


# --- table


def sections(
    connectors: Iterable[ConnectorSnapshot], *, traffic: bool, stage: Stage | None, failing: str | None
) -> list[Section]:
    """Returns the facts and the routes of each voice connector.

    Args:
        traffic: whether calls were counted.
        stage: how to judge them.
        failing: a host; the tables show what is left without it, in place of what is next after each route.
    """
    return [
        Section(
            name(found),
            _facts(found, traffic=traffic, stage=stage, failing=failing),
            _routes(found, failing, traffic=traffic),
        )
        for found in connectors
    ]


def _facts(found: ConnectorSnapshot, *, traffic: bool, stage: Stage | None, failing: str | None) -> dict[str, str]:
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
    if found.groups != ():
        facts["groups"] = UNKNOWN if found.groups is None else ", ".join(_group(found, group) for group in found.groups)
    if traffic:
        facts |= _calls(found.traffic) if found.traffic else {"calls": UNKNOWN}
    if stage is not None:
        now, before = found.traffic, found.before
        verdict = judge(now, before, stage.share / 100) if now and before else None
        facts["before"] = failed(before) if before else UNKNOWN
        facts[f"share of {stage.share:g}%"] = _VERDICTS[verdict.outcome] if verdict else UNKNOWN
    if failing is not None:
        facts["if the host fails"] = _or_group(render.consequence(found.settings, failing), found)
    return facts


def _group(found: ConnectorSnapshot, group: ConnectorGroup) -> str:
    priority = group.priorities[found.id]
    return group.name if priority is None else f"{group.name} (priority {priority})"


def _or_group(text: str, found: ConnectorSnapshot) -> str:
    """Adds to a text that no host is left: a group with another voice connector passes its calls on to that."""
    names = [group.name for group in found.groups or () if len(group.priorities) > 1]
    if not names or render.NO_OTHER not in text:
        return text
    return f"{text}, unless group {' or '.join(names)} passes calls on"


def _calls(traffic: Traffic) -> dict[str, str]:
    """Returns the counts of calls, and a sparkline of them: each bar is an equal part of the time."""
    failed = f", {traffic.failures:,} failed ({traffic.failed_percent:.1f}%)" if traffic.attempts else ""
    active = "" if traffic.active is None else f"; {traffic.active:,} active now"
    return {
        "calls": f"{traffic.attempts:,} in {window(traffic.minutes)}{failed}, {traffic.answered:,} answered{active}",
        "": sparkline(traffic.course),
    }


def failed(calls: Traffic) -> str:
    """Describes the failures: ``"11 of 100 calls failed in 15 minutes (11.0%)"``."""
    counts = f"{calls.failures:,} of {calls.attempts:,} calls failed in {window(calls.minutes)}"
    return f"{counts} ({calls.failed_percent:.1f}%)"


def reason(stage: Stage, verdict: Verdict, now: Traffic, before: Traffic) -> str:
    """Describes why a stage does not pass, and what to do."""
    if verdict.calls_needed_before:
        few = f"{before.attempts:,} calls before the stage are too few to compare with"
        return f"{few}: {verdict.calls_needed_before:,} are needed. Count more with --baseline-minutes."
    if verdict.calls_needed:
        few = f"{now.attempts:,} calls are too few to judge a share of {stage.share:g}%"
        return f"{few}: about {verdict.calls_needed:,} are needed. Run the command again later."
    compared = f"{failed(now)}, and {before.failed_percent:.1f}% before"
    return f"{compared}. So many fail if a host with {stage.share:g}% of the calls is dead."


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


def _routes(found: ConnectorSnapshot, failing: str | None, *, traffic: bool) -> Table | None:
    settings = found.settings
    if settings is None or not settings.routes:
        return None
    if failing is not None and not settings.disabled:
        return _without(settings, failing, _peak(found) if traffic else None)
    rows = [
        (str(row.priority), row.share, row.endpoint, _or_group(row.when_it_fails, found))
        for row in render.rows(settings)
    ]
    return Table(("priority", "share", "calls go to", "when it fails"), rows, numbers=2, grouped=True)


def _without(settings: Settings, failing: str, peak: int | str | None) -> Table:
    """Returns what is left if a host fails, with the calls that each endpoint carries at the peak, if there is one."""
    left = {(entry.priority, entry.endpoint): entry for entry in render.if_fails(settings, failing)}
    numbers = ["priority", "share", "if it fails", *(["peak calls"] if peak is not None else [])]
    rows = []
    for row in render.rows(settings):
        entry = left.get((row.priority, row.endpoint))
        cells = [Text(render.NO_CALLS, style="red") if entry is None else entry.share]
        if peak is not None:
            cells.append("0" if entry is None else _carried(entry, peak))
        rows.append((str(row.priority), row.share, *cells, row.endpoint))
    return Table((*numbers, "calls go to"), rows, numbers=len(numbers), grouped=True)


def _peak(found: ConnectorSnapshot) -> int | str:
    """Returns the most calls that were active at once, or ``"unknown"``."""
    return UNKNOWN if found.traffic is None or found.traffic.peak is None else found.traffic.peak


def _carried(left: render.Remaining, peak: int | str) -> str:
    return peak if isinstance(peak, str) else f"{left.carries(peak):,}"


# --- JSON


def as_json(connectors: Iterable[ConnectorSnapshot], *, traffic: bool, stage: Stage | None) -> list[dict[str, Any]]:
    """Returns the voice connectors; what could not be read is the string ``"unknown"``."""
    return [
        _entry(found, traffic=traffic)
        | ({"traffic": _traffic(found)} if traffic else {})
        | ({"stage": _stage(found, stage)} if stage else {})
        for found in connectors
    ]


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
        "peakActive": calls.peak,
        "course": list(calls.course),
    }


def _stage(found: ConnectorSnapshot, stage: Stage) -> Any:
    now, before = found.traffic, found.before
    if now is None or before is None:
        return UNKNOWN
    verdict = judge(now, before, stage.share / 100)
    return {
        "share": stage.share,
        "outcome": verdict.outcome.value,
        "callsNeeded": verdict.calls_needed or None,
        "before": {
            "minutes": before.minutes,
            "attempts": before.attempts,
            "failures": before.failures,
            "callsNeeded": verdict.calls_needed_before or None,
        },
    }


def _entry(found: ConnectorSnapshot, *, traffic: bool) -> dict[str, Any]:
    connector, settings, groups = found.connector, found.settings, found.groups
    entry = {
        "name": name(found),
        "id": found.id,
        "region": found.region,
        "ownRegion": connector and connector.region,
        "requireEncryption": connector and connector.require_encryption,
        "networkType": (connector and connector.network_type) or None,
        "emergencyCalling": found.emergency_calling,
        "phoneNumbers": found.phone_numbers,
        "groups": groups
        and [{"id": group.id, "name": group.name, "priority": group.priorities[found.id]} for group in groups],
        "disabled": settings and settings.disabled,
        "routes": settings and ordered(settings.routes.values()),
        "calls": settings
        and [
            {
                "priority": row.priority,
                "share": row.share,
                "endpoint": row.endpoint,
                "whenItFails": _or_group(row.when_it_fails, found),
            }
            for row in render.rows(settings)
        ],
        "ifFails": settings and _failures(settings, _peak(found), traffic=traffic),
    }
    return {key: UNKNOWN if value is None else value for key, value in entry.items()}


def _failures(settings: Settings, peak: int | str, *, traffic: bool) -> list[dict[str, Any]]:
    """Returns what is left if each of the hosts fails."""
    return [
        {
            "host": host,
            "calls": [
                {"priority": left.priority, "share": left.share, "endpoint": left.endpoint}
                | ({"peakActive": peak if isinstance(peak, str) else left.carries(peak)} if traffic else {})
                for left in render.if_fails(settings, host)
            ],
        }
        for host in hosts(settings)
    ]


# --- Mermaid


def as_mermaid(connectors: Iterable[ConnectorSnapshot]) -> str:
    """Returns one Mermaid flowchart of all voice connectors."""
    return render.flowchart((f"{name(found)}, {found.id}, {found.region}", found.settings) for found in connectors)


def is_too_large(flowchart: str) -> bool:
    """Whether the flowchart exceeds Mermaid's default limits."""
    links = sum(1 for line in flowchart.splitlines() if render.LINK.search(line))
    return links > MERMAID_EDGES or len(flowchart) > MERMAID_CHARACTERS
