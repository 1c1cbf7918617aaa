"""Records which resource declares each voice connector, for the plugins of the run. Runs in the user's program.

The engine checks only what ``--target`` and ``--exclude`` leave, but a program runs whole. So the constructor records each
declaration before the engine hears of it, and again once the engine has registered the resource.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.runtime import stack as sdk_stack

from ..engine.internal_inputs import OWNER, PREVIEW
from ..engine.run_file import Declaration, ProgramFile, run_of_program
from ..errors import ChimeVoiceError
from .arguments import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from ..engine.kinds import Kind
    from ..engine.run_file import Run

_ENDS_WITH_THE_RUN = hasattr(sdk_stack, "_wait_for_shutdown")
"""Whether the program outlives the engine's deletes. With older SDKs it does not, so its file has to stay."""


@dataclass
class _Program:
    """The program of one run.

    Attributes:
        file: its file.
        declarations: by number, as recorded last.
        resources: those that declare a plain voice connector, by kind and voice connector.
        end: a task that ends with the event loop of the program.
    """

    file: ProgramFile
    declarations: list[Declaration] = field(default_factory=list)
    resources: dict[tuple[str, str], list[pulumi.Resource]] = field(default_factory=dict)
    end: asyncio.Future[None] | None = None

    def add(self, declaration: Declaration) -> Declaration:
        """Records a declaration under the next number."""
        self.declarations.append(replace(declaration, serial=len(self.declarations)))
        self.file.record(self.declarations[-1])
        return self.declarations[-1]

    def update(self, serial: int, **changes: Any) -> None:
        """Records what has become known of a declaration."""
        self.declarations[serial] = replace(self.declarations[serial], **changes)
        self.file.record(self.declarations[serial])


_programs: dict[Run, _Program] = {}
_lock = threading.Lock()


def owner_input(kind: Kind, resource_name: str, path: str) -> dict[str, str]:
    """Returns the internal input that has the path of a resource, and whether this is a preview.

    Raises:
        DeclarationError: the file of the run cannot be created, so the resource must not be registered.
    """
    try:
        _program_of_this_run()
    except ChimeVoiceError as error:
        raise DeclarationError(f"{kind.resource} {resource_name}: {error}") from error
    return {PREVIEW if pulumi.runtime.is_dry_run() else OWNER: path}


def declared_before(kind: Kind, connector: Any) -> list[pulumi.Resource]:
    """Returns the resources of a kind that the program has declared for a plain voice connector up to now."""
    program = _program_of_this_run() if isinstance(connector, str) else None
    return [] if program is None else program.resources.get((kind.name, connector), [])


def record(
    kind: Kind,
    resource: pulumi.CustomResource,
    path: str,
    opts: pulumi.ResourceOptions,
    connector: Any,
    *,
    turns_off: bool = False,
    before: Kind | None = None,
) -> bool:
    """Records the declaration of a resource that was just constructed: its registration is sent at the next await, not before.

    Args:
        kind: of the resource.
        resource: whose constructor has run.
        path: of the resource, as messages name it.
        opts: its options.
        connector: the voice connector, plain or an output; None if the engine may get another one from elsewhere.
        turns_off: whether it turns inbound calls off.
        before: a kind that has to be declared after this resource.

    Returns:
        Whether the program has declared `before` for the same plain voice connector already.

    Raises:
        DeclarationError: the file of the run cannot be written.
    """
    try:
        program = _program_of_this_run()
        if program is None:
            yield_to_event_loop()
            return False
        declaration = program.add(
            Declaration(
                serial=0,
                kind=kind.name,
                parent_type="" if opts.parent is None else opts.parent.pulumi_resource_type,
                name=resource.pulumi_resource_name,
                path=path,
                connector=connector if isinstance(connector, str) else None,
                provider=provider_name(resource),
                deletes_first=bool(opts.delete_before_replace),
                turns_off=turns_off,
            )
        )
    except ChimeVoiceError as error:
        raise DeclarationError(f"{kind.resource} {resource.pulumi_resource_name}: {error}") from error
    if isinstance(connector, str):
        program.resources.setdefault((kind.name, connector), []).append(resource)
    elif isinstance(connector, pulumi.Output):
        connector.apply(
            lambda known: program.update(declaration.serial, connector=known) if isinstance(known, str) else None
        )
    if pulumi.runtime.is_dry_run():
        yield_to_event_loop()  # A preview deletes nothing, so nobody asks what is managed.
    else:
        _wait_for(_record_managed(program, declaration.serial, resource))
    return before is not None and isinstance(connector, str) and (before.name, connector) in program.resources


async def record_transformed(kind: Kind, name: str, connector: Any) -> None:
    """Records the voice connector that transforms have left to a resource."""
    program = _program_of_this_run()
    if isinstance(connector, pulumi.Output):
        connector = await connector.future()
    if program is not None and isinstance(connector, str):
        found = [each for each in program.declarations if (each.kind, each.name) == (kind.name, name)]
        if len(found) == 1:  # Transforms do not show the parent. The check of a resource shows the rest.
            program.update(found[0].serial, connector=connector)


def provider_name(resource: pulumi.Resource) -> str:
    """Returns the name of the explicit `Provider` of a resource, its own or its component's; empty for the default one."""
    provider = getattr(resource, "_provider", None)
    return "" if provider is None else str(provider.pulumi_resource_name)


def yield_to_event_loop() -> None:
    """Makes the SDK wait for registrations before it waits for outputs.

    A registration counts only once it has begun, on the next turn of the event loop, and a plain program ends without one.
    Without this turn, the SDK looks at every pending output each time that one is done (docs/decisions/0013).
    """
    if _registrations() == []:
        _wait_for(asyncio.sleep(0))


def _wait_for(awaitable: Coroutine[Any, Any, None]) -> None:
    """Makes the SDK wait for something before it ends the program. Without its list of registrations, it just runs."""
    task = asyncio.ensure_future(awaitable)
    registrations = _registrations()
    if registrations is not None:
        registrations.append(task)
    else:
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)


_tasks: set[asyncio.Future[None]] = set()
"""Keeps references: the event loop holds only weak ones."""


def _registrations() -> list[Any] | None:
    rpc_manager = getattr(pulumi.runtime.settings.SETTINGS, "rpc_manager", None)
    registrations = getattr(rpc_manager, "rpcs", None)
    return registrations if isinstance(registrations, list) else None


async def _record_managed(program: _Program, serial: int, resource: pulumi.CustomResource) -> None:
    """Records that the engine has registered the resource: then it has an ID. Pulumi reports a registration that fails."""
    with contextlib.suppress(Exception):
        connector = await resource.id.future()
        if connector:
            program.update(serial, connector=connector, managed=connector)


def _program_of_this_run() -> _Program | None:
    """Returns the program that runs here; None under `pulumi.runtime.set_mocks`.

    Raises:
        ConfigurationError: its file cannot be created, or the engine's address cannot be determined.
    """
    run = run_of_program(pulumi.runtime.settings.get_engine(), pulumi.get_stack, pulumi.get_project)
    if run is None:
        return None
    with _lock:
        program = _programs.get(run)
        if program is None:
            program = _programs[run] = _Program(ProgramFile(run, preview=pulumi.runtime.is_dry_run()))
            program.end = asyncio.ensure_future(_close_at_end(run, program.file))
            atexit.register(program.file.close, remove=_ENDS_WITH_THE_RUN)
    return program


async def _close_at_end(run: Run, file: ProgramFile) -> None:
    """Closes the file with the run. The Automation API cancels what is left of a program that it runs in its own process."""
    try:
        await asyncio.Event().wait()
    finally:
        file.close(remove=_ENDS_WITH_THE_RUN)
        _programs.pop(run, None)
