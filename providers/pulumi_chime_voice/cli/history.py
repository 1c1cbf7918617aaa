"""`chime-voice history`: who changed the settings of voice connectors, as CloudTrail recorded it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from ..aws.cloudtrail import PAGE_SIZE, read_events
from ..aws.config import CLOUDTRAIL
from ..emergency_calling.api import EMERGENCY_CALLING_API
from ..origination.api import ORIGINATION_API
from ..origination.routes import ordered
from ..text import printable
from .reading import account
from .rich_output import Section, Table, write_json, write_sections
from .terminal import report

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..aws.cloudtrail import Event

CHANGES = {
    operation: f"{api.name}{suffix}"
    for api in (ORIGINATION_API, EMERGENCY_CALLING_API)
    for operation, suffix in zip(api.writes, ("", " deleted"), strict=True)
}
"""The operations that are looked up, as the table names them."""

MOST_PAGES = 20
"""Of each operation and region. CloudTrail accepts two requests a second, so they take ten seconds."""

_TOOLS = {
    r"pulumi-chime-voice/(\S+)": "pulumi-chime-voice {}",
    r"console\.amazonaws\.com|Mozilla/": "AWS console",
    r"cloudformation\.amazonaws\.com": "CloudFormation",
    r"pulumi": "Pulumi",
    r"terraform": "Terraform",
    r"opentofu": "OpenTofu",
    r"aws-cli/(\S+)": "AWS CLI {}",
    r"aws-sdk-(\S+?)[/ ]": "AWS SDK ({})",
    r"boto3/(\S+)": "boto3 {}",
}
"""What user agents contain, and the tool that sends it. The first that fits counts: the tools use AWS's SDKs."""


def run(*, ids: Sequence[str], days: int, format_: str, **where: Any) -> None:
    _, regions, client = account(ids, **where)
    events: list[Event] = []
    is_complete = True
    for region in regions:
        if not client.observes(CLOUDTRAIL, region):
            raise click.ClickException(
                "CloudTrail has no events of an endpoint that is not AWS's own. To read another CloudTrail, set "
                "AWS_ENDPOINT_URL_CLOUDTRAIL."
            )
        found, has_all = read_events(client, CHANGES, region, days=days, pages=MOST_PAGES)
        events += found
        is_complete &= has_all
    events = [event for event in events if not ids or event.connector in ids]
    events.sort(key=lambda event: event.time, reverse=True)
    window = f"the last {days} days" if days > 1 else "the last day"
    if format_ == "json":
        write_json({"days": days, "complete": is_complete, "events": [_as_json(event) for event in events]})
    elif events:
        write_sections([Section(f"Changes of {window}, newest first (UTC)", {}, _table(events))])
    if not events:
        whose = ", ".join(ids) or f"voice connectors in {', '.join(regions)}"
        report(f"CloudTrail has none (it is minutes behind): no change of {printable(whose)} in {window}.")
    if not is_complete:
        report(
            f"CloudTrail has more events than the {MOST_PAGES * PAGE_SIZE:,} of an operation that were read. Pass fewer --days."
        )


def tool(user_agent: str) -> str:
    """Returns the name of the tool that sends a user agent; its first word if the tool is not known."""
    for pattern, name in _TOOLS.items():
        found = re.search(pattern, user_agent, re.IGNORECASE)
        if found is not None:
            return name.format(*found.groups())
    return user_agent.partition(" ")[0] or "unknown"


def _table(events: Sequence[Event]) -> Table:
    rows = [
        (
            event.time.strftime("%Y-%m-%d %H:%M"),
            event.connector,
            CHANGES[event.operation],
            event.who,
            tool(event.user_agent),
            _described(event),
        )
        for event in events
    ]
    return Table(("time", "voice connector", "change", "who", "with", "routes"), rows)


def _described(event: Event) -> str:
    settings = ORIGINATION_API.recorded(event)
    return "" if settings is None or event.operation not in ORIGINATION_API.writes[:1] else settings.describe()


def _as_json(event: Event) -> dict[str, Any]:
    settings = ORIGINATION_API.recorded(event)
    return {
        "time": event.time.isoformat().replace("+00:00", "Z"),
        "region": event.region,
        "voiceConnectorId": event.connector,
        "operation": event.operation,
        "who": event.who,
        "tool": tool(event.user_agent),
        "userAgent": event.user_agent,
        "sourceIpAddress": event.source,
        "disabled": None if settings is None else settings.disabled,
        "routes": None if settings is None else ordered(settings.routes.values()),
    }
