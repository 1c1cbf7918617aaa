"""`chime-voice`, the command line for people."""

from __future__ import annotations

import difflib
import importlib.util
import io
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

try:
    import click
except ModuleNotFoundError:
    raise SystemExit("chime-voice needs more than the provider does: pip install 'pulumi-chime-voice[cli]'") from None

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .inventory import Inventory, Unread

ATTEMPTS = 5
"""The default of AWS_MAX_ATTEMPTS; lower than in a deployment, because a user waits."""

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
def show(format_: str, ids: tuple[str, ...], **where: Any) -> None:
    """Show where the calls of voice connectors go, for the given IDs or for all.

    Values that cannot be read are "unknown"; stderr has the reasons. The exit status is 1 if a voice connector or its
    settings cannot be read.
    """
    from . import show as shown  # noqa: PLC0415 - nothing of it is needed for --help

    inventory = _inventory(ids, details=True, **where)
    if format_ == "json":
        click.echo(shown.as_json(inventory.found))
    elif format_ == "mermaid":
        flowchart = shown.as_mermaid(inventory.found)
        click.echo(flowchart, nl=False)
        if flowchart.count("-->|") > shown.MERMAID_EDGES or len(flowchart) > shown.MERMAID_CHARACTERS:
            _say("This flowchart exceeds Mermaid's default limits. Pass the IDs of the voice connectors to draw.")
    else:
        click.echo(shown.tables(inventory.found), nl=False)
    _finish(inventory.unread)


@main.command(short_help="Print live settings as stack configuration.")
@_reads
def export(ids: tuple[str, ...], **where: Any) -> None:
    """Print the settings of voice connectors as stack configuration, for the given IDs or for all.

    Paste the output into a stack's file; pulumi up adopts the settings with no effect on calls. The exit status is 1 if a
    voice connector cannot be read or exported.
    """
    from . import export as exported  # noqa: PLC0415 - nothing of it is needed for --help

    inventory = _inventory(ids, details=False, **where)
    regions = _regions(where["regions"], where["all_regions"], where["profile"])
    result = exported.export(inventory.found, regions=len(regions) > 1)
    click.echo(exported.document(result, regions[0] if len(regions) == 1 else None), nl=False)
    if result.empty:
        _say(f"{_counted(result.empty)} without origination settings omitted.")
    for sentence in (*result.refused, *result.secret):
        _say(sentence)
    _finish(inventory.unread, failed=bool(result.refused))


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


def _inventory(
    ids: Sequence[str],
    *,
    regions: Sequence[str],
    all_regions: bool,
    profile: str | None,
    endpoint_url: str | None,
    details: bool,
) -> Inventory:
    from ..aws.client import ChimeSdkVoice  # noqa: PLC0415 - nothing of it is needed for --help
    from ..aws.config import AwsConfig, check_url  # noqa: PLC0415
    from ..errors import ChimeVoiceError, ConfigurationError  # noqa: PLC0415
    from .inventory import InventoryReader  # noqa: PLC0415

    if importlib.util.find_spec("rich") is None:
        raise click.ClickException("rich is not installed: pip install 'pulumi-chime-voice[cli]'")
    for id_ in ids:
        if not id_.strip():
            raise click.UsageError("an ID is blank: give the id of a voice connector, or none for all of them.")
    if endpoint_url is not None and not endpoint_url.startswith(("http://", "https://")):
        raise click.UsageError(f"--endpoint-url {endpoint_url}: give a URL that begins with http:// or https://.")
    if endpoint_url is not None:
        try:
            check_url("--endpoint-url", endpoint_url)
        except ConfigurationError as error:
            raise click.UsageError(str(error)) from None
    asked = _regions(regions, all_regions, profile)
    config = AwsConfig(
        region=asked[0],
        profile=profile,
        endpoints={"chimesdkvoice": endpoint_url} if endpoint_url else {},
        max_retries=_attempts(),
        # Slows down before the service throttles: hundreds of calls are made at once.
        retry_mode="adaptive",
    )
    try:
        with _progress() as progress:
            reader = InventoryReader(ChimeSdkVoice(config), asked, details=details, progress=progress)
            inventory = reader.some(ids) if ids else reader.all()
    except ChimeVoiceError as error:
        raise click.ClickException(str(error)) from None
    if not ids and not inventory.found and not inventory.unread:
        _say(f"There are no voice connectors in {', '.join(asked)} in the account of these credentials.")
    return inventory


def _regions(given: Sequence[str], all_regions: bool, profile: str | None) -> list[str]:
    """The regions to ask, each once. Rejects a region without the service: it would fail with a confusing DNS error."""
    from ..aws.client import REGIONS  # noqa: PLC0415
    from ..aws.config import AwsConfig  # noqa: PLC0415
    from ..errors import ConfigurationError  # noqa: PLC0415

    if all_regions and given:
        raise click.UsageError("--region and --all-regions are mutually exclusive.")
    if all_regions:
        return list(REGIONS)
    if given:
        asked = list(dict.fromkeys(given))
    else:
        try:
            default = AwsConfig(profile=profile).default_region()
        except ConfigurationError as error:
            raise click.ClickException(str(error).replace("aws:profile", "--profile")) from None
        if not default:
            raise click.UsageError("no region is set: pass --region or --all-regions, or set AWS_REGION.")
        asked = [default]
    for region in asked:
        if region not in REGIONS:
            nearest = difflib.get_close_matches(region, REGIONS, n=1)
            known = f"did you mean {nearest[0]}?" if nearest else f"it is in {', '.join(REGIONS)}."
            raise click.UsageError(f"Chime SDK Voice is not in the region {region}: {known}")
    return asked


def _attempts() -> int:
    given = os.environ.get("AWS_MAX_ATTEMPTS", "")
    return int(given) if given.isdecimal() and int(given) > 0 else ATTEMPTS


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int | None], None]]:
    """A progress bar on stderr, if stderr is a terminal."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Listing voice connectors", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)


# --- telling


def _finish(unread: Sequence[Unread], failed: bool = False) -> None:
    """Prints what could not be read, and sets the exit status."""
    alike: dict[tuple[str, str], list[Unread]] = {}
    for one in unread:
        if one.vital:
            _say(one.sentence)
        else:
            alike.setdefault((one.what, one.code), []).append(one)
    for (what, code), details in alike.items():
        for one in details[:MOST_ALIKE]:
            _say(one.sentence)
        if len(details) > MOST_ALIKE:
            _say(f"{what}: unknown for the same reason ({code}) {len(details) - MOST_ALIKE} times more.")
    if failed or any(one.vital for one in unread):
        raise click.exceptions.Exit(1)


def _say(sentence: str) -> None:
    click.echo(sentence, err=True)


def _counted(number: int) -> str:
    return "1 voice connector" if number == 1 else f"{number} voice connectors"
