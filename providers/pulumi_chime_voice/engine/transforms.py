"""Transforms: what they may change in a declaration after its constructor has run.

Pulumi does not tell a plugin which inputs are secret. So a resource registers a transform of its own that runs after all
others and passes that on. It is registered only if there are others, because each transform costs a call for every resource
of the stack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pulumi
from pulumi.runtime import rpc
from pulumi.runtime._callbacks import _CallbackServicer  # the SDK's settings import it, too

if TYPE_CHECKING:
    from collections.abc import Awaitable

    Transform: TypeAlias = pulumi.ResourceTransform

FOLLOWED = "__followed"
"""An input that is always None: what is awaited for it has to be done before the resource is registered."""


async def is_secret(value: Any) -> bool:
    """Whether a property, or any part of it, is secret."""
    if isinstance(value, pulumi.Output):
        return await value.is_secret() or await is_secret(await value.future())
    if isinstance(value, dict):
        return rpc.is_rpc_secret(value) or any([await is_secret(part) for part in value.values()])
    if isinstance(value, (list, tuple)):
        return any([await is_secret(part) for part in value])
    return False


def may_alter(opts: pulumi.ResourceOptions) -> bool:
    """Whether there is a transform that may alter the resource; those of a component may not be known yet."""
    parent = opts.parent or pulumi.runtime.get_root_resource()
    return bool(opts.transforms or opts.transformations or getattr(parent, "_transformations", None) or _any())


def _any() -> bool:
    return any(server._transforms for server in _servers())


def follow(opts: pulumi.ResourceOptions, last: Transform) -> tuple[pulumi.ResourceOptions, Awaitable[None] | None]:
    """Makes `last` run after the other transforms of a resource.

    Returns:
        The options of the resource, and what has to be awaited before it is registered.
    """
    parent = opts.parent or pulumi.runtime.get_root_resource()
    if opts.transforms or opts.transformations or getattr(parent, "_transformations", None):
        opts = pulumi.ResourceOptions.merge(opts, None)
        opts.transforms = [*(opts.transforms or []), last]
    _follow_those_of_the_stack(last)
    return opts, _after(opts.parent, last) if opts.parent is not None else None


async def _after(parent: pulumi.Resource, last: Transform) -> None:
    """A component's own transforms are known once it is registered, which its children wait for anyway."""
    await parent.urn.future()
    _follow_those_of_the_stack(last)


_followed: list[tuple[Any, int]] = []
"""The program whose transforms are followed, and how many they were then."""


def _follow_those_of_the_stack(last: Transform) -> None:
    servers = _servers()
    count = sum(len(server._transforms) for server in servers)
    if count and _followed != [(servers[0]._monitor, count)]:
        servers[-1].register_stack_transform(last)
        _followed[:] = [(servers[0]._monitor, sum(len(server._transforms) for server in servers))]


def _servers() -> list[Any]:
    """The SDK's servers of this program's transforms, which are not public."""
    monitor = pulumi.runtime.settings.SETTINGS.monitor
    return [server for server in _CallbackServicer._servicers if monitor is not None and server._monitor is monitor]
