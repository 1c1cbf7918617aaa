"""`chime-voice`, the command line for people."""

from __future__ import annotations

import functools
import io
import os
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ChimeVoiceError
from . import CLI, EMULATOR, needs_extra

try:
    import click
except ModuleNotFoundError:
    raise SystemExit(f"Error: {needs_extra('click', EMULATOR if sys.argv[1:2] == [EMULATOR] else CLI)}") from None

from .terminal import UNWRITABLE, discard_unwritten, report

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_MINUTES = 14 * 24 * 60
"""CloudWatch keeps counts of single minutes for 15 days."""

_OF_THE_EXTRA = ("cryptography", "dns", "rich", "yaml")  # the modules of commands import them


class _Commands(click.Group):
    """Ends every command at once on Ctrl-C, and with one sentence if its output cannot be written."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            try:
                report("Interrupted.")
            finally:
                # 128 and the number of the signal. Otherwise, the interpreter waits for calls that are under way.
                os._exit(130)

    def main(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().main(*arguments, **options)
        except OSError as error:
            if error.errno not in UNWRITABLE:
                raise
            with suppress(OSError):
                report(f"Error: the output cannot be written: {error.strerror}.")
            discard_unwritten()
            sys.exit(1)


class _Option(click.Option):
    """Says in plain words what it accepts, where click names the format of a time or the range of a number."""

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        try:
            return super().type_cast_value(ctx, value)
        except click.BadParameter:
            raise click.UsageError(f"{self.opts[0]} {value}: give {self._accepted()}.", ctx) from None

    def _accepted(self) -> str:
        if not isinstance(self.type, (click.IntRange, click.FloatRange)):
            return "a time with its zone, such as 2026-11-29T09:30Z"
        number = "a whole number" if isinstance(self.type, click.IntRange) else "a number"
        unit = ", without %" if self.metavar == "PERCENT" else ""
        return f"{number} from {self.type.min:g} to {self.type.max:g}{unit}"


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="pulumi-chime-voice")
@click.pass_context
def main(context: click.Context) -> None:
    """Origination settings of Amazon Chime SDK Voice Connectors: where inbound phone calls go."""
    if sys.stdout is None and context.invoked_subcommand != emulator.name:
        raise click.ClickException("standard output is closed.")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a host may have characters that a terminal cannot show


def _run(command: str, **options: Any) -> None:
    """Loads the module of a command and runs it. Nothing else loads one, so --help and completion respond at once."""
    try:
        module = import_module(f".{command}", __package__)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _OF_THE_EXTRA:
            raise
        raise click.ClickException(needs_extra(package)) from None
    try:
        module.run(**options)
    except ChimeVoiceError as error:
        raise click.ClickException(str(error)) from None


def _regions(description: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return click.option("--region", "regions", metavar="REGION", multiple=True, help=description)


def _reads(command: Callable[..., None]) -> Callable[..., None]:
    """Adds the arguments of every command that reads an account."""
    for decorate in (
        click.option(
            "--endpoint-url", metavar="URL", help="The endpoint to read instead of AWS's, such as an emulator's."
        ),
        click.option("--profile", metavar="NAME", help="The profile of the shared AWS files; default: AWS_PROFILE."),
        click.option("--all-regions", is_flag=True, help="Read every region that has Chime SDK Voice."),
        _regions(
            "The region to read; may be given several times. Default: AWS_REGION, AWS_DEFAULT_REGION, the profile's."
        ),
        click.argument("ids", metavar="[ID]...", nargs=-1),
    ):
        command = decorate(command)
    return command


def _format(*formats: str, description: str | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    choice = click.Choice(formats)
    return click.option("--format", "format_", type=choice, default="table", show_default=True, help=description)


_option = functools.partial(click.option, cls=_Option)
_MINUTES = click.IntRange(min=1, max=MOST_MINUTES)


@main.command(short_help="Show where the calls of voice connectors go.")
@_reads
@_format("table", "json", "mermaid", description="Tables for a terminal, JSON for a program, or a Mermaid flowchart.")
@click.option("--traffic", is_flag=True, help="Show how many inbound calls CloudWatch counted.")
@_option("--minutes", type=_MINUTES, help="With --traffic: the minutes to count, up to now; default: 1440, a day.")
@_option(
    "--max-failures",
    metavar="PERCENT",
    type=click.FloatRange(min=0, max=100),
    help="With --traffic: exit with 1 if a greater part of the calls failed, or if no calls were counted.",
)
@_option(
    "--share",
    metavar="PERCENT",
    type=click.FloatRange(min=1, max=100),
    help="With --traffic: judge whether a host that gets this share of the calls since --since fails them. Exit with 1 if it "
    "does, and with 3 if there are too few calls to judge.",
)
@_option(
    "--since",
    metavar="TIME",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M%z"]),
    help="With --traffic: count the calls since this time instead, such as 2026-11-29T09:30Z.",
)
@_option(
    "--baseline-minutes",
    type=_MINUTES,
    help="With --share: the minutes before --since whose failures are normal; default: 1440, a day.",
)
@click.option(
    "--if-fails",
    metavar="HOST",
    help="Show where calls go if this host fails; with --traffic, also how many calls the others carry. JSON has every host.",
)
def show(**options: Any) -> None:
    """Show where the calls of voice connectors go, for the given IDs or for all.

    Values that cannot be read are "unknown"; stderr has the reasons. The exit status is 1 if a voice connector or its
    settings cannot be read.
    """
    _run("show", **options)


@main.command(short_help="Print live settings as stack configuration.")
@_reads
@click.option(
    "--name", "names", metavar="ID=NAME", multiple=True, help="The name of a resource; may be given several times."
)
@click.option(
    "--import-file",
    "file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Also write a file for pulumi import --file (Pulumi CLI 3.254 or newer).",
)
@click.option(
    "--parent",
    "parents",
    metavar="TYPE::NAME",
    multiple=True,
    help="With --import-file: the component of the resources; of several, the outermost first.",
)
@click.option("--provider", metavar="NAME", help="With --import-file: the explicit Provider of the resources.")
@click.option(
    "--emergency-calling",
    is_flag=True,
    help="With --import-file: import emergency calling. The file then contains phone numbers.",
)
def export(**options: Any) -> None:
    """Print the settings of voice connectors as stack configuration, for the given IDs or for all.

    Paste the output into a stack's file; pulumi up adopts the settings with no effect on calls. With --import-file, pulumi
    import takes them over without a write. The exit status is 1 if a voice connector cannot be read or exported.
    """
    _run("export", **options)


@main.command(short_help="Show who changed the settings of voice connectors.")
@_reads
@_option(
    "--days",
    metavar="N",
    type=click.IntRange(min=1, max=90),
    default=7,
    show_default=True,
    help="How far to look back. CloudTrail keeps 90 days.",
)
@_format("table", "json")
def history(**options: Any) -> None:
    """Show who changed origination and emergency calling of voice connectors, when, and with what, newest first.

    CloudTrail has recorded it, some minutes after each change. Phone numbers are never shown, and addresses of callers only in
    JSON. The exit status is 1 if CloudTrail cannot be read.
    """
    _run("history", **options)


@main.command(short_help="Check whether the hosts of routes respond.")
@_reads
@click.option(
    "--stack-config",
    "file",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Probe the routes that this stack's file declares. AWS is not called.",
)
@click.option("--tls", is_flag=True, help="With --stack-config: the voice connectors require encryption.")
@click.option(
    "--allow-secret-routes", is_flag=True, help="With --stack-config: exit with 0 although secrets are left out."
)
@click.option(
    "--allow-out-of-service", is_flag=True, help="Exit with 0 although a host answers 503: it takes no calls now."
)
@_option(
    "--min-days",
    metavar="DAYS",
    type=click.IntRange(min=0, max=36_500),
    help="Exit with 1 if a certificate expires in fewer days.",
)
@click.option("--resolver", metavar="ADDRESS", help="The DNS server to query; default: system, those of this machine.")
@_option(
    "--timeout",
    "seconds",
    type=click.FloatRange(min=0.1, max=60),
    default=5.0,
    show_default=True,
    help="Seconds for each step: the answer of DNS, the connection, the SIP answer.",
)
@_format("table", "json")
def probe(**options: Any) -> None:
    """Check whether the hosts of routes respond: DNS, a TCP or TLS connection, then SIP OPTIONS.

    The exit status is 0 only if every route that takes calls was probed and its host takes calls. The hosts are probed from
    this machine: one that allows only AWS does not answer.
    """
    _run("probe", **options)


@main.command(short_help="Print AWS's subnets and ports, for firewall rules.")
@_regions("The region of voice connectors; may be given several times. Default: every region.")
@_format("table", "json")
def network(**options: Any) -> None:
    """Print the subnets and ports that calls of voice connectors come from, for the firewall of a SIP host.

    They are those of AWS's documentation on the date that is printed. Nothing is read over the network.
    """
    _run("network", **options)


@main.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
    short_help="Run a local Chime SDK Voice endpoint.",
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def emulator(options: tuple[str, ...]) -> None:
    """Replaces this process with a local Chime SDK Voice endpoint. Nothing of it is imported."""
    command = [sys.executable, "-m", "chime_voice_emulator", *options]
    os.environ["CHIME_VOICE_PROGRAM"] = "chime-voice emulator"  # its name in usage errors
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter and module
