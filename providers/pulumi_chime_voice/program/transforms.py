"""Records what transforms change in a declaration after its constructor has run. Runs in the user's program.

Pulumi does not tell a plugin which inputs are secret, and the constructor does not see the voice connector that a transform
sets. So a resource appends a transform that runs after all others and passes both on. It is registered only if there are
others, because each transform costs a call for every resource of the stack.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, TypeAlias, cast

import pulumi
from pulumi.runtime import rpc

from .. import sdk
from ..engine.internal_inputs import REFUSED
from .arguments import DeclarationError
from .options import CHECKED_VALUES, checked_values
from .registration import record_transformed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from ..engine.kinds import Kind

    PassOn: TypeAlias = Callable[[str, Mapping[str, Any], pulumi.ResourceOptions], Awaitable[Mapping[str, Any]]]

kinds: dict[str, tuple[Kind, Mapping[str, str], PassOn | None]] = {}
"""By type token: the kind of the resource, its properties in Python and in Pulumi, and what passes on values of transforms."""


async def is_secret(value: Any) -> bool:
    """Whether a property, or any part of it, is secret."""
    if isinstance(value, pulumi.Output):
        return await value.is_secret() or await is_secret(await value.future())
    if isinstance(value, dict):
        return rpc.is_rpc_secret(value) or any([await is_secret(part) for part in value.values()])
    if isinstance(value, (list, tuple)):
        return any([await is_secret(part) for part in value])
    return False


def has_transforms(opts: pulumi.ResourceOptions) -> bool:
    """Whether there is a transform that may alter the resource; those of a component may not be known yet."""
    return _has_its_own(opts) or sdk.count_stack_transforms() > 0


def append_last(opts: pulumi.ResourceOptions) -> tuple[pulumi.ResourceOptions, Awaitable[None] | None]:
    """Appends a transform that runs after the others of a resource.

    Returns:
        The options of the resource, and what has to be awaited before it is registered.
    """
    if _has_its_own(opts):
        opts = pulumi.ResourceOptions.merge(opts, None)
        opts.transforms = [*(opts.transforms or []), _last]
    _append_to_those_of_the_stack()
    return opts, _after_component(opts.parent) if opts.parent is not None else None


async def _last(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    if args.type_ not in kinds:
        return None
    kind, names, pass_on = kinds[args.type_]
    named = f"{kind.resource} {args.name}"
    try:
        opts = checked_values(named, args.opts, names)
        props = args.props if pass_on is None else await pass_on(named, args.props, opts)
    except DeclarationError as error:
        return pulumi.ResourceTransformResult(
            props={**args.props, REFUSED: str(error)}, opts=_opts_that_refuse(args.opts)
        )
    await record_transformed(kind, args.name, props, opts)
    changed = any(getattr(opts, name, None) != getattr(args.opts, name, None) for name in CHECKED_VALUES)
    if props is args.props and not changed:
        return None
    # The SDK cannot send all options back to the engine (hide_diffs, replace_with), which keeps its own if there are none.
    return pulumi.ResourceTransformResult(props=props, opts=cast("Any", opts if changed else None))


def _opts_that_refuse(opts: pulumi.ResourceOptions) -> Any:
    """Returns options with which the engine calls check with all inputs; None if it does with those that it has."""
    if opts.import_ is None and "*" not in (opts.ignore_changes or ()):
        return None
    opts = pulumi.ResourceOptions.merge(opts, None)
    opts.import_ = opts.ignore_changes = None
    return opts


def _has_its_own(opts: pulumi.ResourceOptions) -> bool:
    parent = opts.parent or pulumi.runtime.get_root_resource()
    inherits = parent is not None and sdk.has_transformations(parent)
    return bool(opts.transforms or opts.transformations or inherits)


async def _after_component(parent: pulumi.Resource) -> None:
    """Waits for the component's registration, because only then its transforms are known."""
    await parent.urn.future()
    _append_to_those_of_the_stack()


_appended: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
"""By the resource monitor of a program: how many transforms of the stack there were when the last one was appended."""


def _append_to_those_of_the_stack() -> None:
    count = sdk.count_stack_transforms()
    if count and _appended.get(monitor := pulumi.runtime.settings.get_monitor()) != count:
        sdk.append_stack_transform(_last)
        _appended[monitor] = sdk.count_stack_transforms()
