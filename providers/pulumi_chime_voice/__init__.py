"""Origination settings of Amazon Chime SDK Voice Connectors as Pulumi resources: where inbound phone calls go."""

from ._version import __version__
from .emergency_calling.provider import (
    EmergencyCallingProvider as EmergencyCallingProvider,  # not in __all__: the name that states refer to
)
from .emergency_calling.resource import (
    EmergencyCalling,
    EmergencyNumber,
    EmergencyNumberArgs,
    EmergencyNumberArgsDict,
)
from .engine.arguments import DeclarationError
from .engine.aws_provider import Provider
from .errors import ApiError, ChimeVoiceError, ConfigurationError, NotFoundError
from .origination.args import OriginationRoute, OriginationRouteArgs, OriginationRouteArgsDict
from .origination.provider import (
    OriginationProvider as OriginationProvider,  # not in __all__: the name that states refer to
)
from .origination.readme import stack_readme
from .origination.resource import Origination

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
