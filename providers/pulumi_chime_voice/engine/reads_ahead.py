"""Reads what the next resources of a preview will need before the engine checks them. Runs in Pulumi's plugin.

The engine checks one resource after the other, so a preview of many changes would wait for each of them in turn. Neither the
program nor the plugin knows beforehand which resources change (docs/decisions/0027).
"""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING, Any

from ..errors import ChimeVoiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .claims import Claims
    from .reads import CachedCall, CachedReads
    from .run_file import Declaration
    from .target import Target

CONNECTORS = 8
"""The number of voice connectors that are read ahead at a time, and the most that a preview reads in vain."""
CHANGES_IN_A_ROW = 2
"""The number of resources in a row that must have been read before any is read ahead."""


class ReadsAhead:
    """Starts the reads of the next declarations, the same ones that the last check needed.

    Args:
        reads: of the service; those of a voice connector can be sent ahead.
        claims: have the declarations of the program, and the name of the provider that this process serves.
        default_region: returns the region of a declaration without one.
    """

    def __init__(
        self,
        reads: CachedReads[Any],
        claims: Claims,
        default_region: Callable[[], str | None],
    ) -> None:
        self._calls: tuple[CachedCall[Any], ...] = (
            reads.settings,
            reads.voice_connector,
            reads.has_emergency_calling,
        )
        self._threads = reads.ahead
        self._claims = claims
        self._default_region = default_region
        self._last_urn = ""
        self._in_a_row = 0
        self._done: set[tuple[str, str]] = set()
        self._pending: dict[tuple[str, str], list[CachedCall[Any]]] = {}
        self._in_vain: set[tuple[str, str]] = set()

    def end_check(self, target: Target, *, was_read: bool) -> None:
        """Ends the check of a resource in a preview, and reads ahead if the next ones are likely to change.

        Args:
            target: of the resource.
            was_read: whether the check needed reads; False for a resource that does not change.
        """
        connector = (target.connector, target.region)
        started = self._pending.pop(connector, [])
        if started and all(call.is_unused(*connector) for call in started):
            self._in_vain.add(connector)
        self._done.add(connector)
        if not was_read:
            self._in_a_row = 0
        elif target.urn != self._last_urn:  # The engine checks a replacement twice.
            self._in_a_row += 1
        self._last_urn = target.urn
        if self._in_a_row >= CHANGES_IN_A_ROW:
            with contextlib.suppress(ChimeVoiceError):  # The check of the resource itself will raise it.
                self._read_next(target)

    def _read_next(self, target: Target) -> None:
        if self._threads.has_failed:
            return
        calls = [call for call in self._calls if call.has_answer(target.connector, target.region)]
        number = CONNECTORS - len(self._in_vain) - len(self._pending)
        if not calls or number <= 0:
            return
        for connector in itertools.islice(self._next_connectors(target), number):
            self._pending[connector] = calls
            for call in calls:
                call.read_ahead(*connector)

    def _next_connectors(self, target: Target) -> Iterator[tuple[str, str]]:
        """Yields the voice connectors, with their regions, that the program declares after a resource, in its order."""
        for each in self._claims.memory.declarations(target.urn).after(target.kind.name, target.urn):
            connector = self._connector_of(each)
            if connector is not None and connector not in self._done and connector not in self._pending:
                yield connector

    def _connector_of(self, declared: Declaration) -> tuple[str, str] | None:
        """Returns a voice connector and its region; None if this process cannot know or read it."""
        is_served_here = declared.kind == self._claims.kind and declared.provider == self._claims.provider
        if declared.connector is None or declared.region is None or not is_served_here:
            return None
        region = declared.region or self._default_region()
        return (declared.connector, region) if region else None
