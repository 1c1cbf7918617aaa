"""Reads an account for every command: checks its options, and reports what could not be read."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

from ..aws.client import ChimeSdkVoice
from ..aws.config import AwsConfig
from ..aws.subnets import REGIONS
from ..aws.values import REGION, check_url
from ..engine.kinds import CONNECTOR_ID
from ..errors import ConfigurationError
from ..text import nearest, shown
from .inventory import InventoryReader
from .rich_output import progress
from .terminal import report

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable, Sequence

    from .inventory import Inventory, ReadError

_T = TypeVar("_T")

_ATTEMPTS = 5  # if neither AWS_MAX_ATTEMPTS nor the profile sets them; lower than in a deployment, because a user waits
_ID_IN_TEXT = re.compile(rf"(?<![a-z0-9]){CONNECTOR_ID.pattern}(?![a-z0-9])")
_MOST_LISTED = 3  # of unknown details with the same reason; the others are counted


class Account(NamedTuple):
    """The voice connectors that a command reads: those of `ids`, or all of the regions."""

    ids: Sequence[str]
    regions: Sequence[str]
    client: ChimeSdkVoice


def account(
    ids: Sequence[str], *, regions: Sequence[str], all_regions: bool, profile: str | None, endpoint_url: str | None
) -> Account:
    """Checks the options of every command that reads an account: IDs, regions, and the URL of the endpoint."""
    regions = _regions(regions, all_regions, profile)
    for id_ in ids:
        _check_id(id_)
    if endpoint_url is not None:
        try:
            check_url("--endpoint-url", endpoint_url)
        except ConfigurationError as error:
            raise click.UsageError(str(error)) from None
    config = AwsConfig(
        region=regions[0],
        profile=profile,
        endpoints={"chimesdkvoice": endpoint_url} if endpoint_url else {},
        max_retries=_default(AwsConfig.default_attempts, profile) or _ATTEMPTS,
        # Slows down before the service throttles: hundreds of calls are made at once.
        retry_mode="adaptive",
    )
    return Account(ids, regions, ChimeSdkVoice(config))


def _check_id(text: str) -> None:
    """Rejects what is not the ID of a voice connector, and names the IDs that it contains, as an ARN or a URL does."""
    if CONNECTOR_ID.fullmatch(text):
        return
    if not text.strip():
        raise click.UsageError("an ID is blank: give the ID of a voice connector, or none for all of them.")
    problem = f"{shown(text)} is not the ID of a voice connector"
    if CONNECTOR_ID.fullmatch(text.lower()):
        raise click.UsageError(f"{problem}: use lower case.")
    if ids := _ID_IN_TEXT.findall(text):
        raise click.UsageError(f"{problem}: use {' '.join(ids)}.")
    form = "21 or 22 lower-case letters and digits, or a UUID"
    raise click.UsageError(f"{problem} ({form}). chime-voice show without an ID lists them.")


def inventory(
    where: Account, *, details: bool, minutes: int | None = None, before: tuple[int, datetime.datetime] | None = None
) -> Inventory:
    """Reads the voice connectors; `details`, `minutes` and `before` as in `InventoryReader`."""
    with progress() as update:
        reader = InventoryReader(where.client, where.regions, details, minutes, before, update)
        read = reader.read(where.ids)
    if not where.ids and not read.found and not read.unread:
        report(f"There are no voice connectors in {', '.join(where.regions)} in the account of these credentials.")
    return read


def _regions(given: Sequence[str], all_regions: bool, profile: str | None) -> list[str]:
    """Returns the regions, each once. Rejects a region without the service: it would fail with a confusing DNS error."""
    if all_regions and given:
        raise click.UsageError("--region and --all-regions are mutually exclusive.")
    if all_regions:
        return list(REGIONS)
    regions, place = list(dict.fromkeys(given)), "--region"
    if not given:
        default = _default(AwsConfig.default_region, profile)
        if not default:
            raise click.UsageError("no region is set: pass --region or --all-regions, or set AWS_REGION.")
        regions, place = [default], next((name for name in REGION if os.environ.get(name)), "the region of the profile")
    for region in regions:
        check_region(region, place)
    return regions


def check_region(region: str, place: str = "--region") -> None:
    """Rejects a region without the service, and names the one that is meant; `place` is where the region is set."""
    if region in REGIONS:
        return
    fix = f"it is in {', '.join(REGIONS)}."
    if (plain := region.strip().lower()) in REGIONS:
        fix = f"use {plain}."
    elif not _is_of_aws(plain) and (similar := nearest(plain, REGIONS)):
        fix = f"did you mean {similar}?"
    raise click.UsageError(f"Chime SDK Voice is not in the region {shown(region)} ({place}): {fix}")


def _is_of_aws(region: str) -> bool:
    """Whether AWS has the region. It is then no mistyped one."""
    from botocore.loaders import create_loader  # noqa: PLC0415 - only a mistake needs it, and botocore takes a tenth of a second

    partitions = create_loader().load_data("partitions")["partitions"]
    return any(region in partition["regions"] for partition in partitions)


def finish(unread: Sequence[ReadError], *, failed: bool = False, status: int = 0) -> None:
    """Reports what could not be read, and sets the exit status: 1 after a failure, otherwise `status`."""
    unknown: dict[tuple[str, str], list[ReadError]] = {}
    for error in unread:
        if error.vital:
            report(error.sentence)
        else:
            unknown.setdefault((error.what, error.code), []).append(error)
    for (what, code), details in unknown.items():
        for error in details[:_MOST_LISTED]:
            report(error.sentence)
        if len(details) > _MOST_LISTED:
            report(f"{what}: unknown for the same reason ({code}) {len(details) - _MOST_LISTED} times more.")
    if failed or any(error.vital for error in unread):
        status = 1
    if status:
        raise click.exceptions.Exit(status)


def _default(read: Callable[[AwsConfig], _T], profile: str | None) -> _T:
    """Returns what the environment or the profile sets."""
    try:
        return read(AwsConfig(profile=profile))
    except ConfigurationError as error:
        sentence = str(error)
        kind = click.UsageError if "(aws:profile)" in sentence else click.ClickException
        raise kind(sentence.replace("aws:profile", "--profile")) from None
