"""Raises the errors and logs the warnings of a planned change, beyond Pulumi's diff. Runs in Pulumi's plugin.

Answers of the service are kept for the life of the process, because the engine checks a replacement twice. It checks resources
one by one, so the reads for one resource are sent in parallel.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic

import pulumi

from ..aws.client import regions_hint
from ..errors import ApiError, NotFoundError
from .kinds import S
from .messages import ADOPTED
from .redaction import log
from .target import NO_PERMISSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..aws.client import VoiceConnector
    from ..errors import Message
    from .claims import Claims, Resource
    from .guards import Guards
    from .reads import CachedReads
    from .reads_ahead import ReadsAhead
    from .target import Target


@dataclass(frozen=True)
class Change(Generic[S]):
    """A create or an update, as far as it is known.

    Attributes:
        name: of the resource, as messages show it.
        target: the voice connector that is written.
        old: the settings of the state; None for a create.
        wanted: the declared settings; None if they are not known yet.
        partial: the declared settings without what is not known yet; None if that leaves nothing.
        overwrite: whether the check of the live settings is skipped.
    """

    name: str
    target: Target
    old: S | None
    wanted: S | None
    partial: S | None
    overwrite: bool

    def adopts(self, live: S | None) -> bool:
        """Whether a create finds the settings that it would write."""
        creates = self.old is None and not self.overwrite
        return creates and live is not None and self.wanted is not None and self.wanted.is_satisfied_by(live)


@dataclass(frozen=True)
class Departure(Generic[S]):
    """A replacement that leaves a voice connector, which loses its settings.

    Attributes:
        name: of the resource, as messages show it.
        target: the voice connector that loses its settings.
        old: the settings of the state.
        new: the voice connector that gets the settings; None if a preview does not know it yet.
        overwrite: whether on_conflict in the state allows a delete after a change outside Pulumi.
        is_question: whether the engine only determines what it would have to delete: the voice connector may stay the same.
    """

    name: str
    target: Target
    old: S
    new: str | None
    overwrite: bool
    is_question: bool = False


class ChangeChecks(Generic[S]):
    """Raises the errors and logs the warnings of a planned change. A kind of settings may override the methods that do nothing.

    Args:
        claims: what is known of the run.
        reads: of the service, cached.
        ahead: starts the reads of the next resources.
        guards: which use the same reads.
        option: returns the value of a key of the stack's configuration.
    """

    def __init__(
        self,
        claims: Claims,
        reads: CachedReads[S],
        ahead: ReadsAhead,
        guards: Guards[S],
        option: Callable[[str], Any],
    ) -> None:
        self._claims = claims
        self._client = reads.client
        self._reads = reads
        self._ahead = ahead
        self._guards = guards
        self._logged: set[str] = set()
        self._set_up(option)

    # --- what a kind of settings may add

    def _set_up(self, option: Callable[[str], Any]) -> None:
        """Reads the options. Raises `ConfigurationError` if one of them is not valid."""

    def _prefetch(self, change: Change[S]) -> None:
        """Starts the reads that `_warn` needs, in parallel with those of the guards."""

    def _block_departure(self, departure: Departure[S]) -> None:
        """Raises `RefusedError` for what else stops the delete of a replacement."""
        self._guards.block_emergency_calling(departure.target)

    def _warn(self, change: Change[S], live: S | None) -> None:
        """Warns about a create or an update that is not blocked."""

    def _warn_departure(self, departure: Departure[S], *, exists: bool) -> None:
        """Warns about a replacement; `exists` is whether the credentials find the voice connector that it leaves."""

    def warn_about_numbers(self, departure: Departure[S]) -> None:
        """Warns of phone numbers that a voice connector has which may be deleted."""

    # --- what every kind has

    def check_change(self, change: Change[S]) -> None:
        """Raises the error with which the change would be blocked, or would fail. Logs warnings."""
        try:
            live = self._read_live(change)
            self._guards.block_write(change.target, change.old, change.partial)
            if change.adopts(live):
                self._log(change, ADOPTED, pulumi.log.info)
            self._warn(change, live)
        finally:
            self._ahead.end_check(change.target, was_read=True)

    def block_overwritten(self, target: Target, owner: Resource, others: Iterable[S]) -> None:
        """Raises `RefusedError` as the guard of that name does."""
        self._guards.block_overwritten(target, owner, others)

    def pass_over(self, target: Target) -> None:
        """Ends the check of a resource that does not change."""
        self._ahead.end_check(target, was_read=False)

    def check_old_connector(self, departure: Departure[S]) -> None:
        """Raises the error for which a replacement could not clear the old voice connector: it is blocked before it begins."""
        target = departure.target
        if not departure.is_question:
            self._claims.block_if_read(target.connector, target.urn)
        live = None if departure.overwrite else self._guards.outside_change_on_delete(target, departure.old)
        self._block_departure(departure)
        exists = live is not None or target.connector_exists(self._voice_connector)
        was_found = exists or target.connector in self._claims.memory.answered
        if not was_found and not departure.is_question and self._claims.has_only_default_provider():
            raise self._guards.not_here(target)
        self._warn_departure(departure, exists=exists)

    def _read_live(self, change: Change[S]) -> S | None:
        """Returns the live settings, unless the guards block the change; None if there are none, or none are read."""
        target = change.target
        live: S | None = None
        self._prefetch(change)
        if not change.overwrite:
            if change.old is None:
                live = self._guards.conflict(target, change.wanted)
            else:
                live = self._guards.outside_change(target, change.old, change.wanted)
        if live is None:
            self._require_connector(target, is_read=not change.overwrite)
        return live

    def _require_connector(self, target: Target, *, is_read: bool) -> None:
        """Raises `RefusedError` if neither the settings nor the voice connector exist; `is_read`: the settings do not."""
        if target.connector_exists(self._voice_connector):
            return
        if not is_read:
            with contextlib.suppress(NotFoundError):
                self._reads.settings(target.connector, target.region)
                return
        raise self._guards.no_such_connector(target, regions_hint(target.region))

    def _voice_connector(self, connector: str, region: str) -> VoiceConnector | None:
        """Reads the voice connector; returns None if the permission is missing: then the settings decide whether it exists."""
        try:
            return self._reads.voice_connector(connector, region)
        except ApiError as error:
            if error.status in NO_PERMISSION:
                return None
            raise

    def _log(
        self,
        change: Change[S] | Departure[S],
        message: Message,
        write: Callable[[str], None] | None = None,
        **values: object,
    ) -> None:
        """Logs a message about a change of a resource, once."""
        self._log_once(f"{change.name}: {message.format(connector=change.target.label, **values)}", write)

    def _log_once(self, line: str, write: Callable[[str], None] | None = None) -> None:
        if line not in self._logged:
            self._logged.add(line)
            log(line, write)
