"""`chime-voice`, the command line for people."""

from __future__ import annotations

import importlib.util
import io
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .extras import CLI, EMULATOR, needs_extra

try:
    import click
except ModuleNotFoundError:
    raise SystemExit(f"Error: {needs_extra('click', EMULATOR if sys.argv[1:2] == [EMULATOR] else CLI)}") from None

from ..text import printable
from .reading import inventory, progress, regions_of
from .terminal import UNWRITABLE, discard_unwritten, say, write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..hosts.names import Server
    from .declared import Declared
    from .inventory import ConnectorSnapshot, ReadError
    from .probe import Probed, Rules

ONLY_AWS = "Hosts that allow only AWS subnets (docs/network.md lists them) do not answer this machine."

INTERRUPTED = 130
"""The exit status of a command that Ctrl-C ended: 128 and the number of the signal."""

DAY, MOST_MINUTES = 24 * 60, 14 * 24 * 60
"""The minutes of calls to count; CloudWatch keeps counts of single minutes for 15 days."""

MOST_LISTED = 3
"""The number of unknown details with the same reason that are listed; the others are counted."""


class _Commands(click.Group):
    """Ends every command at once on Ctrl-C, and with one sentence if its output cannot be written."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            try:
                say("Interrupted.")
            finally:
                os._exit(INTERRUPTED)  # otherwise the interpreter waits for calls that are under way

    def main(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().main(*arguments, **options)
        except OSError as error:
            if error.errno not in UNWRITABLE:
                raise
            with suppress(OSError):
                say(f"Error: the output cannot be written: {error.strerror}.")
            discard_unwritten()
            sys.exit(1)


@click.group(cls=_Commands)
@click.version_option(package_name="pulumi-chime-voice")
@click.pass_context
def main(context: click.Context) -> None:
    """Origination settings of Amazon Chime SDK Voice Connectors: where inbound phone calls go."""
    if sys.stdout is None and context.invoked_subcommand != emulator.name:
        raise click.ClickException("standard output is closed.")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a host may hold what a terminal cannot show


def _reads(command: Callable[..., None]) -> Callable[..., None]:
    """The arguments of every command that reads an account."""
    for decorate in (
        click.option(
            "--endpoint-url", metavar="URL", help="The endpoint to ask instead of AWS's, such as an emulator's."
        ),
        click.option("--profile", metavar="NAME", help="The profile of the shared AWS files; default: AWS_PROFILE."),
        click.option("--all-regions", is_flag=True, help="Ask every region that has Chime SDK Voice."),
        click.option(
            "--region",
            "regions",
            metavar="REGION",
            multiple=True,
            help="The region to ask; may be given several times. Default: AWS_REGION, AWS_DEFAULT_REGION, the profile's.",
        ),
        click.argument("ids", metavar="[ID]...", nargs=-1),
    ):
        command = decorate(command)
    return command


@main.command(short_help="Show where the calls of voice connectors go.")
@_reads
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "mermaid"]),
    default="table",
    show_default=True,
    help="Tables for a terminal, JSON for a program, or a Mermaid flowchart.",
)
@click.option("--traffic", is_flag=True, help="Show how many inbound calls CloudWatch counted.")
@click.option(
    "--minutes",
    type=click.IntRange(min=1, max=MOST_MINUTES),
    help="With --traffic: the minutes to count, up to now; default: 1440, a day.",
)
@click.option(
    "--max-failures",
    metavar="PERCENT",
    type=click.FloatRange(min=0, max=100),
    help="With --traffic: exit with 1 if a greater part of the calls failed, or if no calls were counted.",
)
def show(
    format_: str,
    ids: tuple[str, ...],
    traffic: bool,
    minutes: int | None,
    max_failures: float | None,
    **where: Any,
) -> None:
    """Show where the calls of voice connectors go, for the given IDs or for all.

    Values that cannot be read are "unknown"; stderr has the reasons. The exit status is 1 if a voice connector or its
    settings cannot be read.
    """
    from . import show as shown  # noqa: PLC0415 - nothing of it is needed for --help

    if not traffic and (minutes is not None or max_failures is not None):
        raise click.UsageError("--minutes and --max-failures go with --traffic.")
    if traffic and format_ == "mermaid":
        raise click.UsageError("--traffic goes with tables and with JSON.")
    read = inventory(ids, details=True, minutes=(minutes or DAY) if traffic else None, **where)
    if format_ == "json":
        write(shown.as_json(read.found, traffic=traffic) + "\n")
    elif format_ == "mermaid":
        flowchart = shown.as_mermaid(read.found)
        write(flowchart)
        if flowchart.count("-->|") > shown.MERMAID_EDGES or len(flowchart) > shown.MERMAID_CHARACTERS:
            say("This flowchart exceeds Mermaid's default limits. Pass the IDs of the voice connectors to draw.")
    else:
        write(shown.tables(read.found, traffic=traffic))
    failing = max_failures is not None and not _all_within(max_failures, read.found)
    _finish(read.unread, failed=failing)


def _all_within(most: float, connectors: Sequence[ConnectorSnapshot]) -> bool:
    """Whether every voice connector is within the failure limit. Prints those that are not."""
    from .show import name, window  # noqa: PLC0415

    within = bool(connectors)
    for found in connectors:
        calls, who = found.traffic, f"{printable(name(found))} ({found.id})"
        if calls is None:
            say(f"{who}: the calls cannot be counted, so their failures cannot be judged.")
        elif not calls.attempts:
            say(
                f"{who}: no calls were counted in {window(calls.minutes)}, so failures cannot be judged. Count more minutes."
            )
        elif calls.failed_percent > most:
            share = f"{calls.failures} of {calls.attempts} calls failed in {window(calls.minutes)}"
            say(f"{who}: {share} ({calls.failed_percent:.1f}%), more than {most:g}%.")
        else:
            continue
        within = False
    return within


@main.command(short_help="Print live settings as stack configuration.")
@_reads
def export(ids: tuple[str, ...], **where: Any) -> None:
    """Print the settings of voice connectors as stack configuration, for the given IDs or for all.

    Paste the output into a stack's file; pulumi up adopts the settings with no effect on calls. The exit status is 1 if a
    voice connector cannot be read or exported.
    """
    from . import export as exported  # noqa: PLC0415 - nothing of it is needed for --help

    read = inventory(ids, details=False, **where)
    regions = regions_of(where["regions"], where["all_regions"], where["profile"])
    result = exported.export(read.found, regions=len(regions) > 1)
    write(exported.document(result, regions[0] if len(regions) == 1 else None))
    if result.empty:
        say(f"{_counted(result.empty)} without origination settings omitted.")
    for sentence in (*result.refused, *result.secret):
        say(sentence)
    _finish(read.unread, failed=bool(result.refused))


@main.command(short_help="Check whether the hosts of routes respond.")
@_reads
@click.option(
    "--stack-config",
    "file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Probe the routes that this stack's file declares. AWS is not asked.",
)
@click.option("--tls", is_flag=True, help="With --stack-config: the voice connectors require encryption.")
@click.option(
    "--allow-secret-routes", is_flag=True, help="With --stack-config: exit with 0 although secrets are left out."
)
@click.option(
    "--allow-out-of-service", is_flag=True, help="Exit with 0 although a host answers 503: it takes no calls now."
)
@click.option(
    "--min-days",
    metavar="DAYS",
    type=click.IntRange(min=0, max=36_500),
    help="Exit with 1 if a certificate expires in fewer days.",
)
@click.option("--resolver", metavar="ADDRESS", help="The DNS server to ask; default: those of this machine.")
@click.option(
    "--timeout",
    "seconds",
    type=click.FloatRange(min=0.1, max=60),
    default=5.0,
    show_default=True,
    help="Seconds for each step: the answer of DNS, the connection, the SIP answer.",
)
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
def probe(
    ids: tuple[str, ...],
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
    """Check whether the hosts of routes respond: DNS, a TCP or TLS connection, then SIP OPTIONS.

    The exit status is 0 only if every route that takes calls was probed and its host takes calls. The hosts are asked from
    this machine: one that allows only AWS does not answer.
    """
    from ..errors import ConfigurationError  # noqa: PLC0415 - nothing of it is needed for --help

    for package in ("rich", "dns", "cryptography", "yaml"):
        if importlib.util.find_spec(package) is None:
            raise click.ClickException(needs_extra(package))
    if file is not None and (ids or any(where.values())):
        raise click.UsageError("--stack-config cannot be combined with IDs or with the options that say where to read.")
    if tls and file is None:
        raise click.UsageError(
            "--tls goes with --stack-config: live voice connectors say whether they require encryption."
        )
    if allow_secret_routes and file is None:
        raise click.UsageError("--allow-secret-routes goes with --stack-config: live routes are not secret.")
    from . import declared as stack  # noqa: PLC0415
    from . import probe as probing  # noqa: PLC0415

    try:
        server = _server(resolver)
        unread: list[ReadError] = []
        if file is not None:
            declared = stack.read(file, tls=tls)
        else:
            read = inventory(ids, details=False, **where)
            declared, unread = stack.Declared([probing.live(snapshot) for snapshot in read.found]), read.unread
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from None
    with progress() as shown:
        probed = probing.probe_all(declared.targets, server, seconds, shown)
    rules = probing.Rules(min_days, allow_out_of_service)
    write(f"{probing.as_json(probed, rules)}\n" if format_ == "json" else probing.tables(probed, rules))
    left_out = _report_secrets(declared, allowed=allow_secret_routes)
    _finish(unread, failed=_report_problems(probed, rules) or left_out)


def _server(resolver: str | None) -> Server | None:
    from ..hosts.names import OFF, Server, read_server  # noqa: PLC0415

    server = read_server("--resolver", resolver) if resolver is not None else None
    if server == OFF:
        raise click.UsageError("--resolver off: give the IP address of a DNS server.")
    return server if isinstance(server, Server) else None


def _report_secrets(declared: Declared, *, allowed: bool) -> bool:
    """Prints what was left out; whether that counts."""
    for sentence in declared.left_out:
        say(sentence)
    counts = declared.missing and not allowed
    if counts:
        say(
            "To probe secret routes, probe the live voice connectors by ID. To leave them out, pass --allow-secret-routes."
        )
    return counts


def _report_problems(probed: Sequence[Probed], rules: Rules) -> bool:
    """Prints from where the hosts were probed, and which of those that take calls do not pass; whether there are any."""
    from .probe import Problem, failing, origins  # noqa: PLC0415

    found, here = failing(probed, rules), origins(probed)
    if not probed:
        say("There are no routes to probe.")
    if here:
        say(f"Probed from {', '.join(here)}. {ONLY_AWS if Problem.NO_ANSWER in found else ''}".rstrip())
    for problem, endpoints in found.items():
        say(f"{problem.value.format(days=rules.min_days)}: {', '.join(map(printable, endpoints))}.")
    return bool(found)


@main.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
    short_help="Run a local Chime SDK Voice endpoint.",
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def emulator(options: tuple[str, ...]) -> None:
    """Replaces this process with a local Chime SDK Voice endpoint. Nothing of it is imported."""
    command = [sys.executable, "-m", "chime_voice_emulator", *options]
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter and module


def _finish(unread: Sequence[ReadError], failed: bool = False) -> None:
    """Prints what could not be read, and sets the exit status."""
    unknown: dict[tuple[str, str], list[ReadError]] = {}
    for error in unread:
        if error.vital:
            say(error.sentence)
        else:
            unknown.setdefault((error.what, error.code), []).append(error)
    for (what, code), details in unknown.items():
        for error in details[:MOST_LISTED]:
            say(error.sentence)
        if len(details) > MOST_LISTED:
            say(f"{what}: unknown for the same reason ({code}) {len(details) - MOST_LISTED} times more.")
    if failed or any(error.vital for error in unread):
        raise click.exceptions.Exit(1)


def _counted(number: int) -> str:
    return "1 voice connector" if number == 1 else f"{number} voice connectors"
