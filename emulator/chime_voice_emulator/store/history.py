"""What connectors were before their last writes, for reads that lag behind."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chime_voice_emulator.store.resources import Connector, Key

_PARTS = ("settings", "origination", "emergency", "tags", "termination")
_WHOLE = "whole"


class History:
    """What connectors were before their last writes, for reads that lag behind.

    Each part of a connector has its own history, so a change of emergency calling does not end the lag of a change of
    origination.
    """

    def __init__(self) -> None:
        # Two threads use it if the state is in a file: one reads and one writes.
        self._lock = threading.Lock()
        self._before: OrderedDict[Key, dict[str, tuple[float, Any]]] = OrderedDict()

    def record(self, old: Connector | None, new: Connector | None, lag: float, now: float) -> None:
        """Records what a write replaces.

        Args:
            old: the connector before the write; None if the write creates it.
            new: the connector after the write; None if the write deletes it.
            lag: how long reads can lag behind, in seconds.
            now: the time of the write, in seconds.
        """
        written = new or old
        if written is None:
            return
        with self._lock:
            parts = self._before.setdefault(written.key, {})
            self._before.move_to_end(written.key)
            if old is None or new is None:
                parts[_WHOLE] = (now, old)
            else:
                changed = [part for part in _PARTS if getattr(old, part) != getattr(new, part)]
                parts.update({part: (now, getattr(old, part)) for part in changed})
            self._forget(lag, now)

    def _forget(self, lag: float, now: float) -> None:
        while self._before:
            key, parts = next(iter(self._before.items()))
            if any(now - since < lag for since, _ in parts.values()):
                return
            del self._before[key]

    def deleted(self, lag: float, now: float) -> list[Connector]:
        """Returns the connectors that were deleted less than ``lag`` seconds ago."""
        with self._lock:
            deletions = [parts[_WHOLE] for parts in self._before.values() if _WHOLE in parts]
        return [before for since, before in deletions if before is not None and now - since < lag]

    def lagging(self, key: Key, connector: Connector | None, lag: float, now: float) -> Connector | None:
        """Returns what a read that lags behind by ``lag`` seconds sees of ``connector``, whose key is ``key``."""
        with self._lock:
            parts = self._before.get(key, {})
            before = {part: value for part, (since, value) in parts.items() if now - since < lag}
        if _WHOLE in before:
            connector = before.pop(_WHOLE)
        return connector if connector is None else replace(connector, **before)
