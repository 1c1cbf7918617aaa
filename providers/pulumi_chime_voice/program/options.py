"""Checks the resource options of a declaration. Runs in the user's program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

import pulumi

from ..engine import messages
from ..engine.internal_inputs import SECRET
from ..text import nearest_name
from .arguments import PACKAGE, DeclarationError, check_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..engine.kinds import Kind

T = TypeVar("T")


def checked_options(
    kind: Kind, resource_name: str, opts: pulumi.ResourceOptions | None, properties: Mapping[str, str]
) -> pulumi.ResourceOptions:
    """Returns the options, with the property names of the engine.

    Args:
        kind: of the resource.
        resource_name: its name in the stack.
        opts: those of the program.
        properties: arguments and outputs in Python, with the engine's name of each.

    Raises:
        DeclarationError: an option cannot work with this resource.
        TypeError: the name is not a string.
    """
    check_name(resource_name)
    named = f"{kind.resource} {resource_name}"
    opts = _typed(named, "opts", opts, pulumi.ResourceOptions) or pulumi.ResourceOptions()
    for option in ("id", "urn"):
        if getattr(opts, option) is not None:
            raise DeclarationError(messages.OPTION_ID.format(named=named, resource=kind.resource, option=option))
    provider = _typed(named, "opts.provider", opts.provider, pulumi.ProviderResource)
    _typed(named, "opts.parent", opts.parent, pulumi.Resource)
    if provider is not None and provider.package != PACKAGE:
        raise DeclarationError(messages.FOREIGN_PROVIDER.format(named=named, package=provider.package))
    opts = checked_values(named, opts, properties)
    if opts.parent is not None and opts.parent is pulumi.runtime.get_root_resource():
        opts = pulumi.ResourceOptions.merge(opts, None)
        opts.parent = None  # The same, as URNs and messages have it.
    return opts


def checked_values(named: str, opts: pulumi.ResourceOptions, properties: Mapping[str, str]) -> pulumi.ResourceOptions:
    """Returns the options, with the property names of the engine. Transforms may set those that are checked here.

    Raises:
        DeclarationError: an option cannot work with this resource.
    """
    if opts.import_ is not None:
        raise DeclarationError(messages.IMPORT.format(named=named))
    opts = _without_delete_first(named, opts)
    given = {option: paths for option in _PROPERTY_OPTIONS if (paths := getattr(opts, option, None))}
    if not given:
        return opts
    checked = pulumi.ResourceOptions.merge(opts, None)
    for option, paths in given.items():
        # The engine takes "*" for internal inputs, too, and takes them out.
        named_paths = [*properties.values()] if "*" in paths else [path for path in paths if path != SECRET]
        setattr(checked, option, [_property_path(named, properties, option, path) for path in named_paths])
    if "routes" in (checked.ignore_changes or ()):
        # Routes that come from the state are as secret as they are there.
        checked.ignore_changes = [*(checked.ignore_changes or ()), SECRET]
    return checked


def _without_delete_first(named: str, opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """Returns the options without ``delete_before_replace``, with a warning in previews.

    What is deleted first is deleted before it is known what else the program declares, and before anything can fail
    (docs/decisions/0028).
    """
    if not opts.delete_before_replace:
        return opts
    if pulumi.runtime.is_dry_run():
        pulumi.log.warn(messages.DELETE_FIRST_IGNORED.format(named=named))
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=False))


def _typed(named: str, what: str, value: T | None, expected: type[T]) -> T | None:
    """Returns the options, or one of them. Raises `DeclarationError` if it has another type: Pulumi would fail inside."""
    if value is not None and not isinstance(value, expected):
        text = messages.NOT_OPTIONS.format(named=named, what=what, type=type(value).__name__, instead=expected.__name__)
        raise DeclarationError(text)
    return value


_PROPERTY_OPTIONS = ("ignore_changes", "additional_secret_outputs", "hide_diffs", "replace_on_changes")
"""The options that take names of properties, in the SDKs that have them."""


CHECKED_VALUES = (*_PROPERTY_OPTIONS, "delete_before_replace")
"""The options that `checked_values` may change."""


def below(opts: pulumi.ResourceOptions, name: str) -> list[str]:
    """Returns the paths of `ignore_changes` below a property, in checked options."""
    return [path for path in opts.ignore_changes or [] if path.startswith((f"{name}[", f"{name}."))]


def refuse_ignored_below(named: str, opts: pulumi.ResourceOptions, name: str, instead: str) -> None:
    """Checks that `ignore_changes` has no path below a property whose items the engine cannot match with those of the state.

    Raises:
        DeclarationError: there is such a path.
    """
    paths = below(opts, name)
    if paths:
        raise DeclarationError(
            messages.IGNORED_BELOW.format(named=named, paths=repr(paths), name=name, instead=instead)
        )


def as_declared(opts: pulumi.ResourceOptions, name: str, value: Any, *, is_altered: bool) -> Any:
    """Returns the value of an input; None if the engine ignores the input, or a transform may set another value."""
    return None if is_altered or name in (opts.ignore_changes or ()) else value


def _property_path(named: str, properties: Mapping[str, str], option: str, path: str) -> str:
    """Returns a path with the engine's name of the property instead of Python's. The property must exist."""
    quoted, plain, rest = re.findall(r"^(?:\[\"(\w+)\"\]|(\w*))(.*)", path, re.DOTALL)[0]
    root = quoted or plain
    if root in properties:
        return f"{properties[root]}{rest}"
    if root not in properties.values():
        hint = nearest_name(root or path, properties.values())
        raise DeclarationError(messages.NO_SUCH_PROPERTY.format(named=named, option=option, path=path, hint=hint))
    return f"{root}{rest}"
