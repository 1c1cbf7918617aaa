"""Defines the provider of originations. Used in both processes: see `engine.provider`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.provider import ChimeProvider

if TYPE_CHECKING:
    from ..engine.lifecycle import Parts
    from .routes import Settings


class OriginationProvider(ChimeProvider):
    """Origination settings of an Amazon Chime SDK Voice Connector, created, read, updated and deleted."""

    def _parts(self) -> Parts[Settings]:
        from .parts import PARTS  # noqa: PLC0415 - only the plugin needs it

        return PARTS
