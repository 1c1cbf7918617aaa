"""The arguments of a declaration, as a program may write them, in the form that Pulumi can send.

An argument may be plain, an output, or something to await. What can be awaited can be awaited once, so each becomes one
output here, whatever it is handed on to.
"""

from __future__ import annotations

import ipaddress
import numbers
from collections.abc import Iterable, Mapping
from enum import Enum
from inspect import isawaitable
from typing import Any

import pulumi

from ..errors import ChimeVoiceError
from ..origination import messages
from ..origination.args import OriginationRouteArgs
from ..origination.routes import FIELDS


class DeclarationError(ChimeVoiceError, pulumi.RunError):
    """Raised in the program when a declaration cannot mean what it says. Pulumi prints it as one sentence."""


def sendable(resource_name: str, path: str, value: Any) -> Any:
    """A value that Pulumi can send: plain, or an output.

    Raises:
        DeclarationError: the value has a type that is no input.
    """
    if value is None or isinstance(value, (str, bool, int, float, pulumi.Output)):
        return value
    if isawaitable(value):
        return pulumi.Output.from_input(value)
    if isinstance(value, Enum):
        return sendable(resource_name, path, value.value)
    if isinstance(value, (ipaddress.IPv4Address, ipaddress.IPv6Address)):
        return str(value)
    if isinstance(value, numbers.Number) and hasattr(value, "__float__"):
        number = float(value)
        return int(number) if number.is_integer() else number
    instead = "text, a number or True and False"
    if isinstance(value, pulumi.CustomResource):
        instead = "an output of it, such as its id"
    elif isinstance(value, (Mapping, Iterable)):
        return value
    raise _not_sendable(resource_name, path, value, instead)


def sendable_routes(resource_name: str, routes: Any) -> Any:
    """Routes that Pulumi can send: a list, or a mapping by endpoint, of routes with sendable values."""
    if routes is None or isinstance(routes, (str, bytes, int, float, pulumi.Output)):
        return routes
    if isawaitable(routes):
        return pulumi.Output.from_input(routes)
    if isinstance(routes, Mapping):
        return {key: _sendable_route(resource_name, f'routes["{key}"]', route) for key, route in routes.items()}
    if isinstance(routes, Iterable) and not isinstance(routes, OriginationRouteArgs):
        return [_sendable_route(resource_name, f"routes[{index}]", route) for index, route in enumerate(routes)]
    raise _not_sendable(resource_name, "routes", routes, "a list of routes, or a mapping of routes by endpoint")


def _sendable_route(resource_name: str, path: str, route: Any) -> Any:
    if isawaitable(route) and not isinstance(route, pulumi.Output):
        return pulumi.Output.from_input(route)
    if isinstance(route, OriginationRouteArgs):
        given = {name: value for name in FIELDS if (value := pulumi.get(route, name)) is not None}
    elif isinstance(route, Mapping):
        given = dict(route)
    elif route is None or isinstance(route, (str, bool, int, float, list, tuple, pulumi.Output)):
        return route  # check says what a route has
    else:
        raise _not_sendable(resource_name, path, route, "a route: OriginationRouteArgs, or a mapping of its fields")
    return {name: sendable(resource_name, f"{path}.{name}", value) for name, value in given.items()}


def _not_sendable(resource_name: str, path: str, value: Any, instead: str) -> DeclarationError:
    said = messages.NOT_SENDABLE.say(name=resource_name, path=path, type=type(value).__name__, instead=instead)
    return DeclarationError(said)


def is_known(value: Any) -> bool:
    """Whether no part of a sendable value is still to come."""
    if isinstance(value, (str, int)):
        return True
    if isinstance(value, dict):
        return all(is_known(part) for part in value.values())
    if isinstance(value, (list, tuple)):
        return all(is_known(part) for part in value)
    return not isinstance(value, pulumi.Output)
