"""Where calls go, also if a host fails, for people: rows of a table, Mermaid flowcharts, the Markdown of a stack's README.

Plain values in, text out, without rich, boto3 and Pulumi. `mermaid_text` and `markdown_text` escape whatever either language
would interpret in a name or a host.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from string import Template
from typing import TYPE_CHECKING

from ..text import printable
from .routes import (
    DRAINED,
    Route,
    Settings,
    canonical_host,
    distribution,
    endpoint,
    endpoint_weights,
    keyed,
    ordered,
    route_of_state,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

NO_CALLS = "no calls"
UNKNOWN = "unknown"
NO_OTHER = "no other host is left"


@dataclass(frozen=True)
class Row:
    """One place that calls go to, with its share of the calls that reach its priority, and what is tried when it fails."""

    priority: int
    share: str
    endpoint: str
    when_it_fails: str


def rows(settings: Settings) -> list[Row]:
    """Returns the places that calls go to, in the order in which they are tried; of settings that are off, those kept."""
    shares = distribution(settings)
    routes = ordered(settings.routes.values())
    hosts = {(route["priority"], endpoint(route)): canonical_host(route["host"]) for route in routes}
    result = []
    for (priority, place), host in hosts.items():
        share = shares.get(priority, {}).get(place, NO_CALLS)
        takes_calls = share not in (NO_CALLS, DRAINED)
        result.append(Row(priority, share, place, _when_it_fails(settings, priority, host) if takes_calls else ""))
    return result


def _when_it_fails(settings: Settings, priority: int, host: str) -> str:
    """Describes what is left when a host fails. Hosts count, not endpoints: another port of the same host is no way out."""
    left = if_fails(settings, host)
    beside = [entry.endpoint for entry in left if entry.priority == priority]
    below = [entry.priority for entry in left if entry.priority > priority]
    steps = []
    if beside:
        steps.append(beside[0] if len(beside) == 1 else f"the {len(beside)} others of priority {priority}")
    if below:
        steps.append(f"priority {below[0]}")
    return ", then ".join(steps) or f"nothing: {NO_OTHER}"


def consequence(settings: Settings | None, host: str) -> str:
    """Describes where calls go if a host fails; None stands for settings that could not be read."""
    if settings is None or settings.disabled or not settings.enabled_routes:
        return summary(settings)
    routes, left = settings.enabled_routes, if_fails(settings, host)
    lost = [route["priority"] for route in routes if canonical_host(route["host"]) == host]
    first = routes[0]["priority"]
    if not lost:
        return "no effect: no route goes there"
    if not left:
        return f"{NO_CALLS}: {NO_OTHER}"
    if first not in lost:
        return f"no effect: calls go to priority {first}"
    taker = left[0].priority
    return f"its calls go to the rest of priority {first}" if taker == first else f"calls go to priority {taker}"


def summary(settings: Settings | None) -> str:
    """Describes what happens to inbound calls, in a few words; None stands for settings that could not be read."""
    if settings is None:
        return UNKNOWN
    if settings.disabled:
        return f"off: {NO_CALLS}"
    return "on" if settings.enabled_routes else f"no routes: {NO_CALLS}"


# --- N-1


@dataclass(frozen=True)
class Remaining:
    """An endpoint that is left if a host fails."""

    priority: int
    endpoint: str
    share: str
    """Of the calls that reach its priority, such as ``"50%"``."""
    part: Fraction
    """Of all calls, as long as no other host fails."""

    def carries(self, calls: int) -> int:
        """Returns how many of these calls it carries on average, rounded up."""
        return math.ceil(self.part * calls)


def if_fails(settings: Settings, host: str) -> list[Remaining]:
    """Returns what is left if `host` fails with all its ports, in the order of failover; empty if no calls go anywhere.

    Weights share calls in proportion within a priority, and the next priority is used once every host of it fails. So what is
    left of a priority keeps its proportions, whether a call tries the failed host first or not.
    """
    others = {key: route for key, route in settings.routes.items() if canonical_host(route["host"]) != host}
    left = Settings(settings.disabled, others)
    shares, weights = distribution(left), endpoint_weights(left)
    # Only the first priority that is left gets calls.
    first = min(weights, default=0)
    total = sum(weights.get(first, {}).values())
    return [
        Remaining(
            priority,
            place,
            shares[priority][place],
            Fraction(weight, total) if priority == first and total else Fraction(0),
        )
        for priority, group in weights.items()
        for place, weight in group.items()
    ]


# --- Mermaid


_HEAD = ["---", "config: {layout: dagre, flowchart: {wrappingWidth: 3000}}", "---", "flowchart TB"]
"""Mermaid wraps labels at 200 pixels by default, so host names break at their hyphens. The default layout of Mermaid 12 reorders
the hosts of a priority."""

LINK = re.compile(r" (-->|--x|-\.->|-\.-|~~~)[ |]")
"""A link in a line of a flowchart. Mermaid counts invisible ones as well."""


def flowchart(flows: Iterable[tuple[str, Settings | None]]) -> str:
    """Returns a Mermaid flowchart of calls, priority by priority, for each title with its settings (None: not known).

    The order of nodes without a link between them depends on the version of Mermaid. So flows and priorities are linked from top
    to bottom, with an invisible link where calls do not take that way. The hosts of a priority are to the right of its calls, in
    a subgraph with its own direction, which Mermaid ignores if a node in the subgraph is linked to one outside. A title is the
    label of a node, because in Mermaid 11.4 the title of a subgraph covers the subgraph's content. That version also draws open
    links with an arrowhead, so a link to a drained host has a cross.

    Source: Mermaid's documentation, Flowcharts, "Special characters that break syntax", "Entity codes to escape
    characters", "An invisible link", "Cross edge example" and "Direction in subgraphs".
    """
    lines = [*_HEAD]
    last = ""
    for index, (title, settings) in enumerate(flows, 1):
        source = f"c{index}"
        lines.append(f'  {source}(["inbound calls of {mermaid_text(title)}"])')
        if last:
            lines.append(f"  {last} ~~~ {source}")
        flow, last = _flow(source, settings)
        lines += [f"  {line}" for line in flow]
    return "\n".join(lines) + "\n"


def _flow(source: str, settings: Settings | None) -> tuple[list[str], str]:
    """Returns the lines of the nodes below `source`, and the lowest node."""
    if settings is None or settings.disabled or not settings.routes:
        end = f"{source}none"
        return [f'{source} -.- {end}["{summary(settings)}"]'], end
    lines = []
    above = calls_from = source
    for priority, shares in distribution(settings).items():
        node = f"{source}p{priority}"
        lines += _priority(node, f"priority {priority}", shares)
        takes_calls = set(shares.values()) != {DRAINED}
        if not takes_calls or above != calls_from:
            lines.append(f"{above} ~~~ {node}")
        if takes_calls:
            link = "-->" if calls_from == source else '-.->|"when all of it fails"|'
            lines.append(f"{calls_from} {link} {node}")
            calls_from = node
        above = node
    return lines, above


def _priority(node: str, name: str, shares: Mapping[str, str]) -> list[str]:
    lines = [f'subgraph {node}["{name}"]', "  direction LR", f'  {node}calls(["calls"])']
    for index, (place, share) in enumerate(shares.items(), 1):
        link = "--x" if share == DRAINED else "-->"
        lines.append(f'  {node}calls {link}|"{share}"| {node}h{index}["{mermaid_text(place)}"]')
    return [*lines, "end"]


# A list at its beginning, a bare address, the words after which Mermaid's preprocessing swallows a semicolon: a label with
# one of these is drawn as something else, so the character in the group is written as an entity.
_MISREAD = re.compile(r"^\d+(\.)(?!\S)|^(-)(?!\S)|(s)tyle|(c)lassDef|(?i:www)(\.)")


def mermaid_text(text: str) -> str:
    """Returns `text` for the double quotes of a Mermaid label: all but plain characters as entity codes."""
    text = printable(text).strip() or "unnamed"  # Mermaid takes an empty label for a mistake
    misread = {found.start(found.lastindex or 0) for found in _MISREAD.finditer(text)}
    return "".join(
        character
        if (character.isalnum() or character in " .:/-,") and index not in misread and text[index : index + 3] != "://"
        else f"#{ord(character)};"
        for index, character in enumerate(text)
    )


# --- Markdown

FACTS = ("voice_connector_id", "region", "disabled", "routes")
"""What a section of a README is made from."""


def readme(template: str, originations: Mapping[str, Mapping[str, object]]) -> str:
    """Returns the README of `stack_readme`; `originations` are the `FACTS` of each, by resource name, with routes as a list."""
    sections = [_section(name, facts) for name, facts in sorted(originations.items())]
    return Template(template).safe_substitute(originations="\n".join(sections) or "No originations are configured.\n")


def _section(name: str, facts: Mapping[str, object]) -> str:
    routes: Iterable[Route] = facts["routes"]  # type: ignore[assignment]
    settings = Settings(bool(facts["disabled"]), keyed(map(route_of_state, routes)))
    connector, region = (markdown_text(str(facts[key])) for key in ("voice_connector_id", "region"))
    lines = [
        f"## {markdown_text(name)}",
        "",
        f"Voice Connector {connector} ({region}), inbound calls {summary(settings)}",
    ]
    if settings.routes:
        lines += ["", "| priority | share | calls go to | when it fails |", "|---|---|---|---|"]
        lines += [
            f"| {row.priority} | {row.share} | {markdown_text(row.endpoint)} | {markdown_text(row.when_it_fails)} |"
            for row in rows(settings)
        ]
    lines += ["", "```mermaid", flowchart([(name, settings)]).rstrip("\n"), "```", ""]
    return "\n".join(lines)


def markdown_text(text: str) -> str:
    """Returns `text` for a heading or a table's cell, with all that is special in Markdown or HTML escaped."""
    return re.sub(r"([\\`*_{}\[\]<>#|~&!$])", r"\\\1", printable(text))
