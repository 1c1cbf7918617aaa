"""Records which resource declares each voice connector, for the plugins of the run. Runs in the user's program.

The engine checks only what ``--target`` and ``--exclude`` leave, but a program runs whole. So the constructor records each
declaration before the engine hears of it, and again once the engine has registered the resource.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pulumi

from .. import sdk
from ..engine import messages
from ..engine.run_file import Declaration, ProgramFile, Run, kind_of_reads, types_of
from ..errors import ChimeVoiceError, ConfigurationError
from .arguments import DeclarationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..engine.kinds import Kind
    from .resource import Prepared


_STACK = "pulumi:pulumi:Stack"
"""The type of a stack, which the URNs of what is below it do not have."""


class Program:
    """The program of one run.

    Attributes:
        file: has the declarations.
        resources: those that declare a plain voice connector, by kind and voice connector.
        serials: the numbers of the declarations, by kind and name.
    """

    def __init__(self, run: Run) -> None:
        """Creates the file of the run. Raises ConfigurationError if that is not possible, or the SDK would not wait for it."""
        sdk.registrations()
        self.file: ProgramFile = ProgramFile(run, preview=pulumi.runtime.is_dry_run())
        self.resources: dict[tuple[str, str], list[pulumi.Resource]] = {}
        self.serials: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        self._run = run
        # The Automation API cancels what is left of a program that it runs in its own process.
        self._end = asyncio.ensure_future(asyncio.Event().wait())
        self._end.add_done_callback(self._close)
        atexit.register(self._close)

    def _close(self, *_: object) -> None:
        _programs.pop(self._run, None)
        atexit.unregister(self._close)
        self.file.close(remove=sdk.outlives_deletes())


_programs: dict[Run, Program] = {}
"""Each run has one program, in one thread."""


def program_of(kind: Kind, resource_name: str) -> Program | None:
    """Returns the program that declares a resource; None under `pulumi.runtime.set_mocks`.

    Raises:
        DeclarationError: the file of the run cannot be created, so the resource must not be registered.
    """
    with _named_errors(kind, resource_name):
        return _program_of_this_run()


@contextlib.contextmanager
def _named_errors(kind: Kind, resource_name: str) -> Iterator[None]:
    """Raises an error of this package as a `DeclarationError` that names the resource."""
    try:
        yield
    except ChimeVoiceError as error:
        raise DeclarationError(f"{kind.resource} {resource_name}: {error}") from error


def declared_before(program: Program | None, kind: Kind, connector: Any) -> list[pulumi.Resource]:
    """Returns the resources of a kind that the program has declared for a plain voice connector up to now."""
    if program is None or not isinstance(connector, str):
        return []
    return program.resources.get((kind.name, connector), [])


def record(kind: Kind, resource: pulumi.CustomResource, prepared: Prepared, *, turns_off: bool) -> None:
    """Records the declaration of a resource that was just constructed: its registration is sent at the next await, not before.

    Raises:
        DeclarationError: the file of the run cannot be written.
    """
    program, connector, opts = prepared.program, prepared.recorded, prepared.opts
    with _named_errors(kind, resource.pulumi_resource_name):
        sdk.yield_to_event_loop()
        if program is None:
            return
        is_below_stack = opts.parent is None or opts.parent.pulumi_resource_type == _STACK
        parent = None if is_below_stack else opts.parent
        declaration = Declaration(
            kind=kind.name,
            parent_type="" if parent is None else parent.pulumi_resource_type,
            name=resource.pulumi_resource_name,
            path=prepared.path,
            region=prepared.region if isinstance(prepared.region, str) else None,
            provider=sdk.provider_name(resource),
            retains=bool(opts.retain_on_delete),
            turns_off=turns_off,
            parents="" if parent is None else None,
        )
        serial = _add(program, declaration, connector)
    if isinstance(connector, str):
        program.resources.setdefault((kind.name, connector), []).append(resource)
    if not pulumi.runtime.is_dry_run():  # A preview deletes nothing, so no process reads what is managed.
        sdk.wait_for(_record_managed(program.file, serial, resource, parent))


def record_read(kind: Kind, resource_name: str, path: str, connector: Any) -> None:
    """Records that `get` reads the settings of a voice connector, so that this run does not delete them.

    Raises:
        DeclarationError: the file of the run cannot be written.
    """
    with _named_errors(kind, resource_name):
        sdk.yield_to_event_loop()
        program = _program_of_this_run()
        if program is not None:
            declaration = Declaration(kind=kind_of_reads(kind.name), parent_type="", name=resource_name, path=path)
            _add(program, declaration, connector)


def _add(program: Program, declaration: Declaration, connector: Any) -> int:
    """Writes a declaration, and its voice connector as soon as that is known. Returns the number of the declaration."""
    plain = connector if isinstance(connector, str) else None
    serial = program.file.add(declaration._replace(connector=plain))
    program.serials[declaration.kind, declaration.name].append(serial)
    if isinstance(connector, pulumi.Output):
        connector.apply(lambda known: program.file.update(serial, connector=known) if isinstance(known, str) else None)
    return serial


async def _record_managed(
    file: ProgramFile, serial: int, resource: pulumi.CustomResource, parent: pulumi.Resource | None
) -> None:
    """Records that the engine has registered the resource: then it has an ID. Pulumi reports a registration that fails.

    A resource that ``--target`` leaves out is registered as the state has it: what the program declares stays recorded, so that
    no other resource clears it.
    """
    with contextlib.suppress(Exception):
        if parent is not None and (urn := await parent.urn.future()):
            file.update(serial, parents=types_of(urn))
    with contextlib.suppress(Exception):
        if connector := await resource.id.future():
            file.update(serial, connector=file.declarations[serial].connector or connector, managed=connector)


async def record_transformed(kind: Kind, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> None:
    """Records what transforms have left to a resource."""
    program = _program_of_this_run()
    serials = [] if program is None else program.serials[kind.name, name]
    if program is None or len(serials) != 1:
        return  # Transforms do not show the parent. The check of a resource shows the rest.
    connector, ignored = props.get("voiceConnectorId"), opts.ignore_changes or ()
    if isinstance(connector, pulumi.Output):
        connector = await connector.future()
    program.file.update(
        serials[0],
        connector=connector if isinstance(connector, str) and "voiceConnectorId" not in ignored else None,
        retains=bool(opts.retain_on_delete),
        turns_off=props.get("disabled") is True and "disabled" not in ignored,
    )


def _program_of_this_run() -> Program | None:
    """Returns the program that runs here; None under `pulumi.runtime.set_mocks`.

    Raises:
        ConfigurationError: its file cannot be created, the SDK is not supported, or this thread has no event loop.
    """
    address = sdk.program_engine_address()
    if address is None:
        return None
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        raise ConfigurationError(messages.IN_A_THREAD.format()) from None
    # The Automation API runs programs in threads of a process, whose environment may be that of another engine.
    mark = sdk.second_engine_address() if threading.current_thread() is threading.main_thread() else ""
    run = Run(address, mark, f"{pulumi.get_stack().rpartition('/')[2]}::{pulumi.get_project()}")
    if run not in _programs:
        _programs[run] = Program(run)
    return _programs[run]
