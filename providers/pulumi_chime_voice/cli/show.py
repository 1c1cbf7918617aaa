"""`chime-voice show`: where the calls of voice connectors go, and whether too many of them failed."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import click

from ..aws.traffic import DAY
from ..origination.routes import canonical_host, hosts
from ..text import printable
from . import show_views as views
from .main import MOST_MINUTES
from .reading import account, finish, inventory
from .rich_output import write_json, write_sections
from .stage import Outcome, Stage, judge
from .terminal import report, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .inventory import ConnectorSnapshot

_TOO_FEW_CALLS = 3  # the exit status if there are too few calls to judge a stage, and nothing else is wrong


def run(
    *,
    ids: Sequence[str],
    format_: str,
    traffic: bool,
    minutes: int | None,
    since: datetime.datetime | None,
    share: float | None,
    baseline_minutes: int | None,
    max_failures: float | None,
    if_fails: str | None,
    **where: Any,
) -> None:
    if not traffic and (minutes, since, share, baseline_minutes, max_failures) != (None,) * 5:
        raise click.UsageError("--minutes, --since, --share, --baseline-minutes and --max-failures go with --traffic.")
    if traffic and format_ == "mermaid":
        raise click.UsageError("--traffic goes with tables and with JSON.")
    if if_fails is not None and format_ != "table":
        raise click.UsageError("--if-fails goes with tables: JSON has every host, under ifFails.")
    if since is not None:
        if minutes is not None:
            raise click.UsageError("--since and --minutes are mutually exclusive.")
        minutes = _minutes_since(since)
    stage = _stage(share, since, baseline_minutes)
    before = (stage.baseline_minutes, stage.since) if stage else None
    minutes = (minutes or DAY) if traffic else None
    read = inventory(account(ids, **where), details=True, minutes=minutes, before=before)
    host = None if if_fails is None else canonical_host(if_fails.strip("[]"))
    if format_ == "json":
        write_json(views.as_json(read.found, traffic=traffic, stage=stage))
    elif format_ == "mermaid":
        flowchart = views.as_mermaid(read.found) if read.found else ""
        write(flowchart)
        if views.is_too_large(flowchart):
            report("This flowchart exceeds Mermaid's default limits. Pass the IDs of the voice connectors to draw.")
    else:
        write_sections(views.sections(read.found, traffic=traffic, stage=stage, failing=host))
    failed = max_failures is not None and not _all_within(max_failures, read.found)
    status = _report_stage(stage, read.found) if stage else 0
    if host is not None and not any(host in hosts(found.settings) for found in read.found if found.settings):
        report(
            f"No voice connector that was read sends calls to {printable(str(if_fails))}. "
            "Pass a host of a route, without its port."
        )
        failed = True
    finish(read.unread, failed=failed, status=status)


def _minutes_since(since: datetime.datetime) -> int:
    """Returns the whole minutes since a time; CloudWatch counts whole minutes."""
    passed = datetime.datetime.now(datetime.timezone.utc) - since
    minutes = int(passed.total_seconds() // 60)
    if not 0 < minutes <= MOST_MINUTES:
        raise click.UsageError(f"--since {since:%Y-%m-%dT%H:%M%z}: give a time between a minute and 14 days ago.")
    return minutes


def _stage(share: float | None, since: datetime.datetime | None, baseline_minutes: int | None) -> Stage | None:
    if share is None:
        if baseline_minutes is not None:
            raise click.UsageError("--baseline-minutes goes with --share.")
        return None
    if since is None:
        raise click.UsageError("--share needs --since: the time from which the host gets its share.")
    return Stage(share, since, baseline_minutes or DAY)


def _all_within(most: float, connectors: Sequence[ConnectorSnapshot]) -> bool:
    """Whether every voice connector is within the failure limit. Reports those that are not."""
    within = bool(connectors)
    for found in connectors:
        calls, who = found.traffic, _who(found)
        if calls is None:
            report(f"{who}: the calls cannot be counted, so their failures cannot be judged.")
        elif not calls.attempts:
            window = views.window(calls.minutes)
            report(f"{who}: no calls were counted in {window}, so failures cannot be judged. Count more minutes.")
        elif calls.failed_percent > most:
            report(f"{who}: {views.failed(calls)}, more than {most:g}%.")
        else:
            continue
        within = False
    return within


def _report_stage(stage: Stage, connectors: Sequence[ConnectorSnapshot]) -> int:
    """Reports the voice connectors that do not pass. Returns the exit status: a failure is worse than too few calls."""
    statuses = {0 if connectors else 1}
    for found in connectors:
        if found.traffic is None or found.before is None:
            report(f"{_who(found)}: the calls cannot be counted, so the stage cannot be judged.")
            statuses.add(1)
            continue
        verdict = judge(found.traffic, found.before, stage.share / 100)
        if verdict.outcome is not Outcome.OK:
            report(f"{_who(found)}: {views.reason(stage, verdict, found.traffic, found.before)}")
            statuses.add(1 if verdict.outcome is Outcome.FAILING else _TOO_FEW_CALLS)
    return 1 if 1 in statuses else max(statuses)


def _who(found: ConnectorSnapshot) -> str:
    return f"{printable(views.name(found))} ({found.id})"
