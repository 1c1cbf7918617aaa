"""`chime-voice`, the command line for people."""

from __future__ import annotations

import importlib.util
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

try:
    import click
except ModuleNotFoundError:
    raise SystemExit("chime-voice needs more than the provider does: pip install 'pulumi-chime-voice[cli]'") from None

from ..text import printable
from .reading import inventory, progress, regions_of, say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .inventory import Found, Unread
    from .probe import Line, Probed

ONLY_AWS = "A host that admits only the subnets of AWS (docs/network.md lists them) does not answer this machine."

DAY, MOST_MINUTES = 24 * 60, 14 * 24 * 60
"""The minutes of calls to count; CloudWatch keeps counts of single minutes for 15 days."""

MOST_ALIKE = 3
"""How many unknown details with the same reason are listed one by one."""


@click.group()
@click.version_option(package_name="pulumi-chime-voice")
def main() -> None:
    """Origination settings of Amazon Chime SDK Voice Connectors: where inbound phone calls go."""
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
        click.echo(shown.as_json(read.found, traffic=traffic))
    elif format_ == "mermaid":
        flowchart = shown.as_mermaid(read.found)
        click.echo(flowchart, nl=False)
        if flowchart.count("-->|") > shown.MERMAID_EDGES or len(flowchart) > shown.MERMAID_CHARACTERS:
            say("This flowchart exceeds Mermaid's default limits. Pass the IDs of the voice connectors to draw.")
    else:
        click.echo(shown.tables(read.found, traffic=traffic), nl=False)
    failing = max_failures is not None and not _all_within(max_failures, read.found)
    _finish(read.unread, failed=failing)


def _all_within(most: float, connectors: Sequence[Found]) -> bool:
    """Whether at most so many percent of each voice connector's calls failed. Says which do not pass, and why."""
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
    click.echo(exported.document(result, regions[0] if len(regions) == 1 else None), nl=False)
    if result.empty:
        say(f"{_counted(result.empty)} without origination settings omitted.")
    for sentence in (*result.refused, *result.secret):
        say(sentence)
    _finish(read.unread, failed=bool(result.refused))


@main.command(short_help="Ask the hosts of routes whether they answer.")
@_reads
@click.option(
    "--stack-config",
    "file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Probe the routes that this stack's file declares. AWS is not asked.",
)
@click.option("--tls", is_flag=True, help="With --stack-config: the voice connectors require encryption.")
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
    resolver: str | None,
    seconds: float,
    format_: str,
    **where: Any,
) -> None:
    """Ask the hosts of routes whether they answer: DNS, a TCP or TLS connection, then SIP OPTIONS.

    The exit status is 1 if a host that takes calls does not answer, or if a voice connector cannot be read. The hosts are
    asked from this machine: one that admits only AWS does not answer.
    """
    from ..errors import ConfigurationError  # noqa: PLC0415 - nothing of it is needed for --help
    from ..hosts.names import OFF, Server, read_server  # noqa: PLC0415

    for package in ("rich", "dns", "cryptography"):
        if importlib.util.find_spec(package) is None:
            raise click.ClickException(f"{package} is not installed: pip install 'pulumi-chime-voice[cli]'")
    from . import probe as probing  # noqa: PLC0415

    if file is not None and (ids or any(where.values())):
        raise click.UsageError("--stack-config cannot be combined with IDs or with the options that say where to read.")
    if tls and file is None:
        raise click.UsageError(
            "--tls goes with --stack-config: live voice connectors say whether they require encryption."
        )
    try:
        server = read_server("--resolver", resolver) if resolver is not None else None
        if server == OFF:
            raise click.UsageError("--resolver off: give the IP address of a DNS server.")
        lines, left, unread = _declared(file, tls) if file is not None else _live(ids, **where)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from None
    with progress() as shown:
        probed = probing.probe_all(lines, server if isinstance(server, Server) else None, seconds, shown)
    click.echo(probing.as_json(probed) if format_ == "json" else probing.tables(probed), nl=format_ == "json")
    for sentence in left:
        say(sentence)
    _finish(unread, failed=_silent(probed))


def _silent(probed: Sequence[Probed]) -> bool:
    """Says from where the hosts were asked, and which of those that take calls did not answer; whether there are any."""
    from .probe import origins, unanswered  # noqa: PLC0415

    silent, here = unanswered(probed), origins(probed)
    if not probed:
        say("There are no routes to probe.")
    if here:
        say(f"Probed from {', '.join(here)}. {ONLY_AWS if silent else ''}".rstrip())
    if silent:
        say(f"No answer, although calls go there: {', '.join(map(printable, silent))}.")
    return bool(silent)


@main.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
    short_help="Run a local Chime SDK Voice endpoint.",
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def emulator(options: tuple[str, ...]) -> None:
    """Replaces this process with a local Chime SDK Voice endpoint. Nothing of it is imported."""
    if importlib.util.find_spec("starlette") is None or importlib.util.find_spec("uvicorn") is None:
        raise click.ClickException("the emulator is not installed: pip install 'pulumi-chime-voice[emulator]'")
    command = [sys.executable, "-m", "chime_voice_emulator", *options]
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter and module


# --- reading


def _declared(file: Path, tls: bool) -> tuple[list[Line], list[str], list[Unread]]:
    from . import declared  # noqa: PLC0415

    lines, left = declared.read(file, tls=tls)
    return lines, left, []


def _live(ids: Sequence[str], **where: Any) -> tuple[list[Line], list[str], list[Unread]]:
    from .probe import live  # noqa: PLC0415

    read = inventory(ids, details=False, **where)
    return [live(found) for found in read.found], [], read.unread


# --- telling


def _finish(unread: Sequence[Unread], failed: bool = False) -> None:
    """Prints what could not be read, and sets the exit status."""
    alike: dict[tuple[str, str], list[Unread]] = {}
    for one in unread:
        if one.vital:
            say(one.sentence)
        else:
            alike.setdefault((one.what, one.code), []).append(one)
    for (what, code), details in alike.items():
        for one in details[:MOST_ALIKE]:
            say(one.sentence)
        if len(details) > MOST_ALIKE:
            say(f"{what}: unknown for the same reason ({code}) {len(details) - MOST_ALIKE} times more.")
    if failed or any(one.vital for one in unread):
        raise click.exceptions.Exit(1)


def _counted(number: int) -> str:
    return "1 voice connector" if number == 1 else f"{number} voice connectors"
