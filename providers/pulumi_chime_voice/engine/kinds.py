"""Names the kinds of settings of this package. Used in both processes, the user's program and Pulumi's plugin."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of settings that a voice connector has once.

    Attributes:
        name: of the settings, as messages show it: ``"origination"``.
        resource: the class that declares them: ``"Origination"``.
    """

    name: str
    resource: str


ORIGINATION = Kind("origination", "Origination")
EMERGENCY_CALLING = Kind("emergency calling", "EmergencyCalling")
