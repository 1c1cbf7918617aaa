"""Reads an account for every command, with the regions to ask and a progress bar."""

from __future__ import annotations

import difflib
import importlib.util
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from .extras import needs_extra
from .terminal import console, is_terminal, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from .inventory import Inventory

ATTEMPTS = 5
"""The attempts if neither AWS_MAX_ATTEMPTS nor the profile sets them; lower than in a deployment, because a user waits."""


def inventory(
    ids: Sequence[str],
    *,
    regions: Sequence[str],
    all_regions: bool,
    profile: str | None,
    endpoint_url: str | None,
    details: bool,
    minutes: int | None = None,
) -> Inventory:
    """The voice connectors of `ids`, or all of the regions; with `minutes`, their calls of that time too."""
    from ..aws.client import ChimeSdkVoice  # noqa: PLC0415 - nothing of it is needed for --help
    from ..aws.config import AwsConfig  # noqa: PLC0415
    from ..aws.values import check_url  # noqa: PLC0415
    from ..errors import ChimeVoiceError, ConfigurationError  # noqa: PLC0415
    from .inventory import InventoryReader  # noqa: PLC0415

    if importlib.util.find_spec("rich") is None:
        raise click.ClickException(needs_extra("rich"))
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
    asked = regions_of(regions, all_regions, profile)
    config = AwsConfig(
        region=asked[0],
        profile=profile,
        endpoints={"chimesdkvoice": endpoint_url} if endpoint_url else {},
        max_retries=_attempts(profile),
        # Slows down before the service throttles: hundreds of calls are made at once.
        retry_mode="adaptive",
    )
    try:
        with progress() as shown:
            reader = InventoryReader(ChimeSdkVoice(config), asked, details=details, minutes=minutes, progress=shown)
            read = reader.some(ids) if ids else reader.all()
    except ChimeVoiceError as error:
        raise click.ClickException(str(error)) from None
    if not ids and not read.found and not read.unread:
        say(f"There are no voice connectors in {', '.join(asked)} in the account of these credentials.")
    return read


def regions_of(given: Sequence[str], all_regions: bool, profile: str | None) -> list[str]:
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


def _attempts(profile: str | None) -> int:
    from ..aws.config import AwsConfig  # noqa: PLC0415
    from ..errors import ConfigurationError  # noqa: PLC0415

    try:
        return AwsConfig(profile=profile).default_attempts() or ATTEMPTS
    except ConfigurationError as error:
        raise click.ClickException(str(error).replace("aws:profile", "--profile")) from None


@contextmanager
def progress() -> Iterator[Callable[[str, int, int | None], None]]:
    """A progress bar on stderr, if stderr is a terminal."""
    if not is_terminal(sys.stderr):
        yield lambda *_: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console(sys.stderr), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)
