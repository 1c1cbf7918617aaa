"""What the program's process makes known of its declarations beside the engine: to whom a voice connector belongs.

The engine checks only what ``--target`` and ``--exclude`` leave, but a program runs whole. So the constructor declares each
voice connector, and what the engine gives back shows whether the state has the resource.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
from typing import TYPE_CHECKING, Any

import pulumi

from ..errors import ChimeVoiceError
from .arguments import DeclarationError
from .claims import DECLARED, Claims
from .inputs import OWNER, PREVIEW
from .runs import run_of_program, stack_of

if TYPE_CHECKING:
    from .base import Kind

_claims: dict[str, Claims] = {}
"""By kind, of the run that this process is in: the Automation API runs several in one process, one after the other."""


def owned(owner: str) -> dict[str, str]:
    """The internal input that says who declares a resource, and whether this is a preview."""
    return {PREVIEW if pulumi.runtime.is_dry_run() else OWNER: owner}


def begin_registrations() -> None:
    """Has the SDK wait for the registrations of a program, before it waits for outputs.

    A registration counts only once it has begun, which takes a turn of the event loop, and a plain program ends without one. So
    that turn is put where the SDK looks for registrations. Without it, the SDK looks at every output that is still to come for
    each one that has come (docs/decisions/0013); that is all that happens if an SDK has no such place any more.
    """
    registrations = getattr(getattr(pulumi.runtime.settings.SETTINGS, "rpc_manager", None), "rpcs", None)
    if registrations == []:
        registrations.append(asyncio.ensure_future(asyncio.sleep(0)))


def declare(kind: Kind, resource_name: str, connector: Any, owner: str, *, altered: bool) -> None:
    """Makes known that the program declares the voice connector, before the resource is registered.

    Args:
        kind: of the resource.
        resource_name: its name.
        connector: the voice connector's id, plain or an output.
        owner: the resource, as messages name it.
        altered: whether a transform may give it another voice connector: then what the engine gives back has to do.

    Raises:
        DeclarationError: the files of the run cannot be used.
    """
    try:
        claims = _claims_of_this_run(kind)
        if claims is None:
            return
        claims.note(DECLARED)
        if altered:
            return
        if isinstance(connector, str):
            claims.declare(connector, owner)
    except ChimeVoiceError as error:
        raise DeclarationError(f"{kind.resource} {resource_name}: {error}") from error
    if isinstance(connector, pulumi.Output):
        connector.apply(lambda known: claims.declare(known, owner) if isinstance(known, str) else None)


def watch(kind: Kind, resource: pulumi.CustomResource, owner: str) -> None:
    """Makes known that the state has the resource, once the engine gives back its id. A preview deletes nothing."""
    claims = None if pulumi.runtime.is_dry_run() else _claims_of_this_run(kind)
    if claims is not None:
        task = asyncio.ensure_future(_hold(claims, resource, owner))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)


_tasks: set[asyncio.Future[None]] = set()
"""The event loop itself keeps no task alive."""


async def _hold(claims: Claims, resource: pulumi.CustomResource, owner: str) -> None:
    """Whatever has an id is in the state. A registration that fails is the engine's to report."""
    with contextlib.suppress(Exception):
        connector, urn = await resource.id.future(), await resource.urn.future()
        if connector:
            claims.hold(connector, owner, urn)


def _claims_of_this_run(kind: Kind) -> Claims | None:
    """The program's claims; None under `pulumi.runtime.set_mocks`."""
    run = run_of_program(pulumi.runtime.settings.get_engine())
    if run is None:
        return None
    for name in [name for name, claims in _claims.items() if claims.run != run]:
        _claims.pop(name).close()
    if kind.name not in _claims:
        stack = stack_of(pulumi.get_stack(), pulumi.get_project())
        claims = Claims(run, program=True, stack=stack, kind=kind.name)
        atexit.register(claims.close)
        claims.open()
        _claims[kind.name] = claims
    return _claims[kind.name]
