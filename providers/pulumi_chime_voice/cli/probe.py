"""`chime-voice probe`: whether the hosts of routes answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..errors import ConfigurationError
from ..hosts.dns_answer import OFF, SYSTEM, Server, read_server
from ..text import printable
from . import declared as stack_file
from . import probe_views as views
from .probing import Problem, Rules, failing, live, probe_all
from .reading import account, finish, inventory
from .rich_output import progress, write_json, write_sections
from .terminal import report

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .declared import Declared
    from .inventory import ReadError
    from .probing import Probed

ONLY_AWS = "Hosts that allow only AWS subnets (chime-voice network lists them) do not answer this machine."


def run(
    *,
    ids: Sequence[str],
    file: Path | None,
    tls: bool,
    allow_secret_routes: bool,
    allow_out_of_service: bool,
    min_days: int | None,
    resolver: str | None,
    seconds: float,
    format_: str,
    **where: Any,
) -> None:
    if file is not None and (ids or any(where.values())):
        raise click.UsageError("--stack-config cannot be combined with IDs or with the options that say where to read.")
    if tls and file is None:
        raise click.UsageError(
            "--tls goes with --stack-config: live voice connectors say whether they require encryption."
        )
    if allow_secret_routes and file is None:
        raise click.UsageError("--allow-secret-routes goes with --stack-config: live routes are not secret.")
    server = _server(resolver)
    unread: list[ReadError] = []
    if file is not None:
        declared = stack_file.read(file, tls=tls)
    else:
        read = inventory(account(ids, **where), details=False)
        declared, unread = stack_file.Declared([live(snapshot) for snapshot in read.found]), read.unread
    with progress() as update:
        probed = probe_all(declared.targets, server, seconds, update)
    rules = Rules(min_days, allow_out_of_service)
    if format_ == "json":
        write_json(views.as_json(probed, rules))
    else:
        write_sections(views.sections(probed, rules))
    failed = _report_secrets(declared, allowed=allow_secret_routes)
    if declared.targets and not probed and not unread:
        report("There are no routes to probe.")
    failed |= _report_problems(probed, rules)
    # A gate that probes no voice connector has a wrong region, or the credentials of another account.
    finish(unread, failed=failed or (file is None and not declared.targets))


def _server(resolver: str | None) -> Server | None:
    """Returns the DNS server to query; None for those of this machine."""
    try:
        server = read_server("--resolver", SYSTEM if resolver is None else resolver)
    except ConfigurationError:  # it would offer OFF, which is for previews
        server = OFF
    if server == OFF:
        raise click.UsageError(
            f"--resolver {resolver}: give the IP address of a DNS server, such as 9.9.9.9 or 127.0.0.1:5353, "
            f"or {SYSTEM} for those of this machine."
        )
    return server if isinstance(server, Server) else None


def _report_secrets(declared: Declared, *, allowed: bool) -> bool:
    """Reports what was left out. Returns whether that counts."""
    for sentence in declared.left_out:
        report(sentence)
    counts = declared.missing and not allowed
    if counts:
        report(
            "To probe secret routes, probe the live voice connectors by ID. To leave them out, pass --allow-secret-routes."
        )
    return counts


def _report_problems(probed: Sequence[Probed], rules: Rules) -> bool:
    """Reports from where the hosts were probed, and which of those that take calls do not pass. Returns whether there are any."""
    problems = failing(probed, rules)
    if here := sorted({attempt.here for entry in probed for attempt in entry.attempts if attempt.here}):
        report(f"Probed from {', '.join(here)}. {ONLY_AWS if Problem.NO_ANSWER in problems else ''}".rstrip())
    for problem, endpoints in problems.items():
        report(f"{problem.value.format(days=rules.min_days)}: {', '.join(map(printable, endpoints))}.")
    return bool(problems)
