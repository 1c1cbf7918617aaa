"""`chime-voice show`: where the calls of voice connectors go, and whether too many of them failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..origination.failover import hosts
from ..origination.routes import canonical_host
from ..text import printable
from . import show_views as views
from .reading import finish, inventory
from .terminal import report, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .inventory import ConnectorSnapshot

DAY = 24 * 60
"""The minutes of calls to count, unless `--minutes` is given."""


def run(
    *,
    ids: Sequence[str],
    format_: str,
    traffic: bool,
    minutes: int | None,
    max_failures: float | None,
    if_fails: str | None,
    **where: Any,
) -> None:
    """Runs the command with the options of `main.show`."""
    if not traffic and (minutes is not None or max_failures is not None):
        raise click.UsageError("--minutes and --max-failures go with --traffic.")
    if traffic and format_ == "mermaid":
        raise click.UsageError("--traffic goes with tables and with JSON.")
    if if_fails is not None and format_ != "table":
        raise click.UsageError("--if-fails goes with tables: JSON has every host, under ifFails.")
    host = None if if_fails is None else canonical_host(if_fails.strip("[]"))
    read = inventory(ids, details=True, minutes=(minutes or DAY) if traffic else None, **where)
    if format_ == "json":
        write(views.as_json(read.found, traffic=traffic) + "\n")
    elif format_ == "mermaid":
        flowchart = views.as_mermaid(read.found)
        write(flowchart)
        if views.is_too_large(flowchart):
            report("This flowchart exceeds Mermaid's default limits. Pass the IDs of the voice connectors to draw.")
    else:
        write(views.tables(read.found, traffic=traffic, failing=host))
    failed = max_failures is not None and not _all_within(max_failures, read.found)
    if host is not None and not any(host in hosts(found.settings) for found in read.found if found.settings):
        report(
            f"No voice connector that was read sends calls to {printable(str(if_fails))}. "
            "Pass a host of a route, without its port."
        )
        failed = True
    finish(read.unread, failed=failed)


def _all_within(most: float, connectors: Sequence[ConnectorSnapshot]) -> bool:
    """Whether every voice connector is within the failure limit. Reports those that are not."""
    within = bool(connectors)
    for found in connectors:
        calls, who = found.traffic, f"{printable(views.name(found))} ({found.id})"
        if calls is None:
            report(f"{who}: the calls cannot be counted, so their failures cannot be judged.")
        elif not calls.attempts:
            window = views.window(calls.minutes)
            report(f"{who}: no calls were counted in {window}, so failures cannot be judged. Count more minutes.")
        elif calls.failed_percent > most:
            failed = f"{calls.failures} of {calls.attempts} calls failed in {views.window(calls.minutes)}"
            report(f"{who}: {failed} ({calls.failed_percent:.1f}%), more than {most:g}%.")
        else:
            continue
        within = False
    return within
