"""Collects the errors and warnings of a planned change, beyond Pulumi's diff. Runs in Pulumi's plugin.

Answers of the service are kept for the life of the process: the engine checks a replacement twice. It checks one resource
after the other, so a preview of many creates is as long as their looks: the looks of one go out together.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic

import pulumi

from ..aws.client import regions_hint
from ..errors import ApiError, ChimeVoiceError, NotFoundError, RefusedError
from .messages import ADOPTED
from .redaction import redacted, say
from .settings import S
from .target import NO_PERMISSION, retry_while_not_found

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..aws.client import VoiceConnector
    from .guards import Guards
    from .settings import CachedReads
    from .target import Target


@dataclass(frozen=True)
class Change(Generic[S]):
    """A create or an update, as far as it is known.

    Attributes:
        name: of the resource, as messages show it.
        target: the voice connector that is written.
        old: the settings of the state; None for a create.
        wanted: the declared settings; None if they are not known yet.
        overwrite: whether the check of the live settings is skipped.
        turns_off: whether calls are turned off; False if that is not known yet.
    """

    name: str
    target: Target
    old: S | None
    wanted: S | None
    overwrite: bool
    turns_off: bool = False

    def adopts(self, live: S | None) -> bool:
        """Whether a create finds what it would write."""
        creates = self.old is None and not self.overwrite
        return creates and live is not None and self.wanted is not None and self.wanted.is_satisfied_by(live)


@dataclass(frozen=True)
class Departure(Generic[S]):
    """A replacement leaves a voice connector, which loses its settings.

    Attributes:
        name: of the resource, as messages show it.
        target: the voice connector that loses its settings.
        old: the settings of the state.
        new: the voice connector that gets the settings; None if a preview does not know it yet.
        preview: whether to warn about what the replacement leaves behind.
        overwrite: whether on_conflict in the state allows a delete after a change outside Pulumi.
        deletes_first: whether the old settings are deleted before the new ones are written.
        is_question: whether the engine only asks what it would have to delete: the voice connector may stay the same.
    """

    name: str
    target: Target
    old: S
    new: str | None
    preview: bool
    overwrite: bool
    deletes_first: bool = False
    is_question: bool = False


class ChangeChecks(Generic[S]):
    """Collects the errors and warnings of a planned change. A kind of settings overrides the methods that do nothing."""

    def __init__(self, answers: CachedReads[S], guards: Guards[S]) -> None:
        self._answers = answers
        self._guards = guards
        self._said: set[str] = set()

    # --- what a kind of settings adds

    def _prefetch(self, change: Change[S]) -> None:
        """Asks for what `_warn` needs, so that it is answered together with what the guards ask."""

    def _block_write(self, change: Change[S]) -> None:
        """Raises `RefusedError` for what else stops a create or an update."""

    def _block_leave(self, leave: Departure[S]) -> None:
        """Raises `RefusedError` for what else stops the delete of a replacement."""

    def _warn(self, change: Change[S], live: S | None) -> None:
        """Warns about a create or an update that is not blocked."""

    def _warn_leave(self, leave: Departure[S], *, seen: bool) -> None:
        """Warns about a replacement; `seen` is whether the credentials find the voice connector that it leaves."""

    def warn_about_numbers(self, leave: Departure[S]) -> None:
        """Warns of phone numbers that a voice connector has which may be deleted."""

    # --- what every kind has

    def check_change(self, change: Change[S]) -> list[str]:
        """Why the change would be blocked, or an empty list. Logs warnings."""
        try:
            live = self._look(change)
            self._block_write(change)
            if change.adopts(live):
                self._say(change.name, ADOPTED.format(connector=change.target.label), pulumi.log.info)
            self._warn(change, live)
        except ChimeVoiceError as error:
            return [_as_failure(error)]
        return []

    def check_old_connector(self, leave: Departure[S]) -> list[str]:
        """Why a replacement could not clear the old voice connector. It is blocked before it begins."""
        try:
            live = None if leave.overwrite else self._guards.outside_change_on_delete(leave.target, leave.old)
            self._block_leave(leave)
            seen = live is not None or self._connector_exists(leave.target)
        except ChimeVoiceError as error:
            return [_as_failure(error)]
        self._warn_leave(leave, seen=seen)
        return []

    def check_new_connector(self, change: Change[S], patience: float) -> list[str]:
        """Why a replacement could not write the voice connector that it moves to, asked in an apply before it begins.

        With delete_before_replace, the old voice connector is cleared before the create can refuse.

        Args:
            patience: seconds that a voice connector of the same run may take to be known.
        """
        target = change.target
        try:
            live = None if change.overwrite else self._guards.conflict(target, change.wanted)
            self._block_write(change)
            if live is None:
                retry_while_not_found(lambda: self._voice_connector_now(target), patience)
        except NotFoundError:
            missing = self._guards.no_such_connector(target, regions_hint(target.region))
            return [_as_failure(missing)]
        except ChimeVoiceError as error:
            return [_as_failure(error)]
        return []

    def _voice_connector_now(self, target: Target) -> None:
        """Asks again, whatever the answer was. Raises NotFoundError if the credentials do not find it."""
        self._answers.voice_connector.forget(target.connector, target.region)
        self._voice_connector(target)

    def _look(self, change: Change[S]) -> S | None:
        target = change.target
        live: S | None = None
        self._prefetch(change)
        if not change.overwrite:
            if change.old is None:
                live = self._guards.conflict(target, change.wanted)
            else:
                live = self._guards.outside_change(target, change.old, change.wanted)
        if live is None:
            self._exists(target, looked=not change.overwrite)
        return live

    def _exists(self, target: Target, *, looked: bool) -> None:
        """Refuses a connector of which the service knows neither settings nor itself."""
        with contextlib.suppress(NotFoundError):
            self._voice_connector(target)
            return
        if not looked:
            with contextlib.suppress(NotFoundError):
                self._answers.settings(target.connector, target.region)
                return
        raise self._guards.no_such_connector(target, regions_hint(target.region))

    def _connector_exists(self, target: Target) -> bool:
        """Whether the credentials find the voice connector; True if they must not ask, since the settings then decide."""
        try:
            self._voice_connector(target)
        except NotFoundError:
            return False
        return True

    def _voice_connector(self, target: Target) -> VoiceConnector | None:
        """The voice connector; None if the permission to read it is missing."""
        try:
            return self._answers.voice_connector(target.connector, target.region)
        except ApiError as error:
            if error.status in NO_PERMISSION:
                return None
            raise

    def _say(self, name: str, text: str, how: Callable[[str], None] | None = None) -> None:
        self._say_once(f"{name}: {text}", how)

    def _say_once(self, line: str, how: Callable[[str], None] | None = None) -> None:
        """What is so for every resource is said for the first one."""
        if line not in self._said:
            self._said.add(line)
            say(line, how)


def _as_failure(error: ChimeVoiceError) -> str:
    """A refusal as a failure of check, which the boundary sees only as text."""
    return redacted(str(error), error.live if isinstance(error, RefusedError) else None)
