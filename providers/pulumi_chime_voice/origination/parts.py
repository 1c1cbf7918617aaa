"""Assembles what an origination adds to the lifecycle of a resource (`engine.lifecycle`). Runs in Pulumi's plugin."""

from __future__ import annotations

from typing import ClassVar

from ..engine.guards import Guards
from ..engine.kinds import ORIGINATION
from ..engine.lifecycle import Parts
from . import messages
from .api import ORIGINATION_API
from .change_checks import OriginationChangeChecks
from .inputs import OriginationInputs, settings_of, texts_of, with_secrets
from .routes import Settings


class OriginationGuards(Guards[Settings]):
    """The guards of an origination: calls cannot be turned off while emergency calling is configured."""

    emergency_calling = messages.EMERGENCY_CALLING
    rejections: ClassVar = {"emergency": messages.EMERGENCY_CALLING}


PARTS = Parts(
    kind=ORIGINATION,
    api=ORIGINATION_API,
    inputs=OriginationInputs,
    settings_of=settings_of,
    texts_of=texts_of,
    with_secrets=with_secrets,
    guards=OriginationGuards,
    change_checks=OriginationChangeChecks,
)
