"""Origination settings of Amazon Chime SDK Voice Connectors as Pulumi resources: where inbound phone calls go."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__

if TYPE_CHECKING:
    from .emergency_calling.provider import EmergencyCallingProvider as EmergencyCallingProvider
    from .emergency_calling.resource import (
        EmergencyCalling,
        EmergencyNumber,
        EmergencyNumberArgs,
        EmergencyNumberArgsDict,
    )
    from .errors import ApiError, ChimeVoiceError, ConfigurationError, NotFoundError
    from .origination.args import OriginationRoute, OriginationRouteArgs, OriginationRouteArgsDict
    from .origination.provider import OriginationProvider as OriginationProvider
    from .origination.resource import Origination, stack_readme
    from .program.arguments import DeclarationError
    from .program.aws_provider import Provider

__all__ = [
    "ApiError",
    "ChimeVoiceError",
    "ConfigurationError",
    "DeclarationError",
    "EmergencyCalling",
    "EmergencyNumber",
    "EmergencyNumberArgs",
    "EmergencyNumberArgsDict",
    "NotFoundError",
    "Origination",
    "OriginationRoute",
    "OriginationRouteArgs",
    "OriginationRouteArgsDict",
    "Provider",
    "__version__",
    "stack_readme",
]

_MODULES = {
    "ApiError": "errors",
    "ChimeVoiceError": "errors",
    "ConfigurationError": "errors",
    "DeclarationError": "program.arguments",
    "EmergencyCalling": "emergency_calling.resource",
    "EmergencyNumber": "emergency_calling.resource",
    "EmergencyNumberArgs": "emergency_calling.resource",
    "EmergencyNumberArgsDict": "emergency_calling.resource",
    "NotFoundError": "errors",
    "Origination": "origination.resource",
    "OriginationRoute": "origination.args",
    "OriginationRouteArgs": "origination.args",
    "OriginationRouteArgsDict": "origination.args",
    "Provider": "program.aws_provider",
    "stack_readme": "origination.resource",
    # States refer to these two by name. They are not public.
    "EmergencyCallingProvider": "emergency_calling.provider",
    "OriginationProvider": "origination.provider",
}


_OF_PULUMI_AWS = {
    "VoiceConnectorOrigination": "Origination",
    "VoiceConnectorOriginationArgs": "Origination",
    "VoiceConnectorOriginationRouteArgs": "OriginationRouteArgs",
}
"""Names in pulumi-aws -> names in this package."""


def __getattr__(name: str) -> object:
    # Every import of a module of this package runs this one. The command line must not load Pulumi for it.
    if name in _MODULES:
        value = globals()[name] = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        return value
    if name in _OF_PULUMI_AWS:
        # An AttributeError would lose its text in `from pulumi_chime_voice import …`.
        raise ImportError(
            f"{name} is the name in pulumi-aws: in this package it is {_OF_PULUMI_AWS[name]}. docs/migration.md moves a stack "
            "from pulumi-aws, without an effect on calls."
        )
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
