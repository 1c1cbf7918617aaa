"""The options of a declaration, and who declares it."""

from __future__ import annotations

import re
import weakref
from typing import TYPE_CHECKING, Any

import pulumi

from ..text import nearest_name
from . import messages
from .arguments import DeclarationError, sendable
from .aws_provider import PACKAGE
from .redaction import SECRET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .base import Kind


def checked_options(
    kind: Kind, resource_name: str, opts: pulumi.ResourceOptions | None, properties: Mapping[str, str]
) -> pulumi.ResourceOptions:
    """The options, with property names that the engine knows.

    Args:
        kind: of the resource.
        resource_name: its name in the stack.
        opts: as the program gives them.
        properties: arguments and outputs in Python, with the engine's name of each.

    Raises:
        DeclarationError: an option cannot work with this resource.
    """
    named = f"{kind.resource} {resource_name}"
    opts = opts or pulumi.ResourceOptions()
    if opts.import_ is not None:
        raise DeclarationError(messages.IMPORT.say(named=named))
    for option in ("id", "urn"):
        if getattr(opts, option) is not None:
            raise DeclarationError(messages.OPTION_ID.say(named=named, resource=kind.resource, option=option))
    provider = opts.provider
    if provider is not None and provider.package != PACKAGE:
        raise DeclarationError(messages.FOREIGN_PROVIDER.say(named=named, package=provider.package))
    if not (opts.ignore_changes or opts.additional_secret_outputs):
        return opts
    checked = pulumi.ResourceOptions.merge(opts, None)
    if opts.ignore_changes:
        # The engine takes "*" for internal inputs, too, and takes them out.
        paths = [*properties.values()] if "*" in opts.ignore_changes else opts.ignore_changes
        checked.ignore_changes = [_property_path(named, properties, "ignore_changes", path) for path in paths]
        if "routes" in checked.ignore_changes:
            # Routes that come from the state are as secret as they are there.
            checked.ignore_changes.append(SECRET)
    if opts.additional_secret_outputs:
        checked.additional_secret_outputs = [
            _property_path(named, properties, "additional_secret_outputs", path)
            for path in opts.additional_secret_outputs
        ]
    return checked


def arguments_of_get(
    kind: Kind,
    resource_name: str,
    id: Any,
    region: Any,
    opts: Any,
    properties: Mapping[str, str],
) -> tuple[dict[str, Any], pulumi.ResourceOptions]:
    """The inputs and the options of a resource's `get`, whose options may also stand third, as in other packages.

    Raises:
        DeclarationError: for options and arguments that cannot work.
    """
    if isinstance(region, pulumi.ResourceOptions):
        region, opts = opts, region
    named = f"{kind.resource} {resource_name}"
    id, region = sendable(named, "id", id), sendable(named, "region", region)
    opts = checked_options(kind, resource_name, opts, properties)
    return {"voiceConnectorId": id, "region": region}, pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))


def _property_path(named: str, properties: Mapping[str, str], option: str, path: str) -> str:
    """A path of properties that exist; the names of Python's arguments are taken for the engine's, which it obeys."""
    name = re.match(r"(?:\[\"(\w+)\"\]|(\w*))", path)
    root = (name.group(1) or name.group(2)) if name else ""
    if root in properties:
        return properties[root] + path[name.end() :] if name else path
    if root not in properties.values():
        hint = nearest_name(root or path, properties.values())
        raise DeclarationError(messages.NO_SUCH_PROPERTY.say(named=named, option=option, path=path, hint=hint))
    return path


_parents: weakref.WeakKeyDictionary[pulumi.Resource, dict[tuple[str, str], list[pulumi.Resource | None]]] = (
    weakref.WeakKeyDictionary()
)
"""Of the stack of a run: the components in which a resource of this name path is declared."""


def owner_of(kind: Kind, resource_name: str, opts: pulumi.ResourceOptions) -> str:
    """Who declares a voice connector, as a message names it: the resource, and the component that it belongs to.

    Components of different types may have one name; then the type, and a number, tell their resources apart. The number depends
    only on the order of the declarations, so a preview and its apply agree.
    """
    parent = opts.parent
    path = resource_name if parent is None else f"{parent.pulumi_resource_name}/{resource_name}"
    root = pulumi.runtime.get_root_resource() or parent
    if root is None:
        return path
    parents = _parents.setdefault(root, {}).setdefault((kind.name, path), [])
    parents.append(parent)
    if len(parents) == 1:
        return path
    within = "outside of components" if parent is None else f"in a component of type {parent.pulumi_resource_type}"
    return f"{path} (no. {len(parents)} of this name, {within})"
