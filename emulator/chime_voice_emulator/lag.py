"""What connectors were before their last writes, for reads that lag behind."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from chime_voice_emulator.records import Connector

Key: TypeAlias = "tuple[str, str, str]"

_PARTS = ("settings", "origination", "emergency", "tags")
_WHOLE = "whole"


class Past:
    """The states that lagging reads answer with.

    Each part of a connector has a past of its own, so that configuring emergency calling does not end the lag of a change
    to its origination.
    """

    def __init__(self) -> None:
        # A file's reads and writes come from two threads.
        self._lock = threading.Lock()
        self._before: OrderedDict[Key, dict[str, tuple[float, Any]]] = OrderedDict()

    def remember(self, old: Connector | None, new: Connector | None, lag: float, now: float) -> None:
        """Note what a write replaces.

        Args:
            old: the connector before; None for a creation.
            new: the connector after; None for a deletion.
            lag: seconds for which it may be asked for.
            now: the time of the write, in seconds.
        """
        one = new or old
        if one is None:
            return
        key = (one.account, one.region, one.voice_connector_id)
        with self._lock:
            parts = self._before.setdefault(key, {})
            self._before.move_to_end(key)
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
        """The connectors that were deleted less than ``lag`` seconds ago."""
        with self._lock:
            wholes = [parts[_WHOLE] for parts in self._before.values() if _WHOLE in parts]
        return [before for since, before in wholes if before is not None and now - since < lag]

    def seen(self, key: Key, connector: Connector | None, lag: float, now: float) -> Connector | None:
        """What a read that lags ``lag`` seconds behind sees of ``connector``, which has that account, region and id."""
        with self._lock:
            parts = self._before.get(key, {})
            before = {part: value for part, (since, value) in parts.items() if now - since < lag}
        if _WHOLE in before:
            connector = before.pop(_WHOLE)
        return connector if connector is None else replace(connector, **before)
