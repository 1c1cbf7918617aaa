"""Origination settings of Amazon Chime SDK Voice Connectors as Pulumi resources: where inbound phone calls go."""

from ._version import __version__
from .arguments import DeclarationError
from .aws_provider import Provider
from .errors import ApiError, ChimeVoiceError, ConfigurationError, NotFoundError
from .origination import Origination
from .provider import OriginationProvider as OriginationProvider  # not in __all__: the name that states refer to
from .route_types import OriginationRoute, OriginationRouteArgs, OriginationRouteArgsDict

__all__ = [
    "ApiError",
    "ChimeVoiceError",
    "ConfigurationError",
    "DeclarationError",
    "NotFoundError",
    "Origination",
    "OriginationRoute",
    "OriginationRouteArgs",
    "OriginationRouteArgsDict",
    "Provider",
    "__version__",
]
