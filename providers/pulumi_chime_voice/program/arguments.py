"""Converts the arguments of a declaration to inputs that Pulumi can send. Runs in the user's program.

An argument may be plain, an output, or an awaitable. Awaitables can be awaited only once, so each is converted to one output
here.
"""

from __future__ import annotations

import ipaddress
import math
import numbers
import sys
from collections.abc import Awaitable, Mapping
from enum import Enum
from inspect import isawaitable
from typing import Any, Literal, TypeAlias

import pulumi

from ..engine import messages
from ..errors import ChimeVoiceError

PACKAGE = "pulumi-python"
"""The package of every dynamic provider in Python."""
OnConflictInput: TypeAlias = Literal["fail", "overwrite"] | Awaitable[str] | pulumi.Output[str]
"""Outputs have any string: from configuration or another resource, only the preview can check it."""


class DeclarationError(ChimeVoiceError, pulumi.RunError):
    """Raised in the program if a declaration is not valid. Pulumi prints it as one sentence."""


def check_name(resource_name: Any) -> None:
    """Raises Pulumi's own error for a name that is not a string: a message that formats an output warns, or fails."""
    if not isinstance(resource_name, str):
        pulumi.CustomResource("pulumi-python:dynamic:Resource", resource_name)


def to_input(resource: str, path: str, value: Any) -> Any:
    """Returns a value that Pulumi can send: plain, or an output.

    Args:
        resource: its class and name, as messages show it: ``"Origination support"``.
        path: of the value in the declaration.
        value: of the argument.

    Raises:
        DeclarationError: Pulumi cannot send a value of its type.
    """
    if value is None or isinstance(value, (str, bool, int, float, pulumi.Output)):
        # Pulumi sends numbers as floats. Check reports that infinity is no whole number.
        return math.inf if isinstance(value, int) and abs(value) > sys.float_info.max else value
    if isawaitable(value):
        return pulumi.Output.from_input(value)
    if isinstance(value, Enum):
        return to_input(resource, path, value.value)
    return _converted(resource, path, value)


def _converted(resource: str, path: str, value: Any) -> Any:
    """Returns a value of a type that is not Pulumi's own in a form that Pulumi can send. Raises as `to_input`."""
    if isinstance(value, (ipaddress.IPv4Address, ipaddress.IPv6Address)):
        return str(value)
    if isinstance(value, numbers.Number) and hasattr(value, "__float__"):
        number = float(value)
        return int(number) if number.is_integer() else number
    if isinstance(value, Mapping):  # check reports what it has to be
        return {key: to_input(resource, path, part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_input(resource, path, part) for part in value]
    instead = "text, a number or True and False"
    if isinstance(value, pulumi.CustomResource):
        instead = "an output of it: its voice_connector_id, or the id of a voice connector"
    raise unsupported_type(resource, path, value, instead)


def unsupported_type(resource: str, path: str, value: Any, instead: str) -> DeclarationError:
    """Returns the error for a value of an unsupported type, with what to use instead."""
    text = messages.NOT_SENDABLE.format(named=resource, path=path, type=type(value).__name__, instead=instead)
    return DeclarationError(text)


def is_known(value: Any) -> bool:
    """Whether all parts of a value that Pulumi can send are known already."""
    if isinstance(value, (str, int)):
        return True
    if isinstance(value, dict):
        return all(is_known(part) for part in value.values())
    if isinstance(value, (list, tuple)):
        return all(is_known(part) for part in value)
    return not isinstance(value, pulumi.Output)
