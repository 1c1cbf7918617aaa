"""Defines the provider of emergency calling. Used in both processes: see `engine.provider`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..engine.provider import ChimeProvider

if TYPE_CHECKING:
    from ..engine.lifecycle import Parts
    from .numbers import Numbers


class EmergencyCallingProvider(ChimeProvider):
    """Emergency calling of an Amazon Chime SDK Voice Connector, created, read, updated and deleted."""

    def _parts(self) -> Parts[Numbers]:
        from .parts import PARTS  # noqa: PLC0415 - only the plugin needs it

        return PARTS
