"""Decides what a delete may do, from what this process has seen of the run. Runs in Pulumi's plugin.

The program's file says what is declared (`run_file`). A process adds what it sees: which resources the engine has checked, which
were written, and which voice connectors have answered.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError, RefusedError
from . import messages
from .kinds import EMERGENCY_CALLING
from .run_file import Declarations, parent_type_and_name
from .target import read_until

if TYPE_CHECKING:
    from pathlib import Path

    from ..errors import Refusal
    from .run_file import Declaration, Run

_LATE_DECLARATION_SECONDS = 2.0


class Delete(Enum):
    """What a delete may do."""

    SEND = "send it, after the guards"
    KEEP = "send nothing: another resource manages the settings, or this one was written again"
    KEEP_UNTIL_CREATED = "send nothing: the same resource is created again, on the same voice connector"


@dataclass
class Resource:
    """What this process has seen of a resource in the run.

    Attributes:
        path: how messages name it.
        checked: the voice connector of the last check; None if that was unknown, or if there was no check.
        is_checked: whether there was a check.
        left: the voice connector of the state; None if the engine has not shown a state.
        old: the settings of the state on that voice connector.
        wanted: the settings of the last check, if they are known and a conflict matters.
        written: the voice connectors to which it was written.
        failed: whether its last write failed.
    """

    path: str = ""
    checked: str | None = None
    is_checked: bool = False
    left: str | None = None
    old: Any = None
    wanted: Any = None
    written: set[str] = field(default_factory=set)
    failed: bool = False


class RunMemory:
    """What the providers of one plugin process have seen in the run, for all kinds of settings.

    Attributes:
        resources: by kind and URN (or path, without a URN).
        claimed: by kind and voice connector, the keys of the resources that were checked with it.
        urns: by kind, type of the parent, and name.
        deleted: kinds and voice connectors whose settings this process has deleted.
        answered: voice connectors that the service has found.
        waiting: refusals that a later check of emergency calling decides, by voice connector.
    """

    def __init__(self, run: Run | None = None, folder: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.declarations = Declarations(run, folder)
        self.resources: dict[tuple[str, str], Resource] = defaultdict(Resource)
        self.claimed: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
        self.urns: dict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
        self.deleted: set[tuple[str, str]] = set()
        self.answered: set[str] = set()
        self.waiting: dict[str, RefusedError] = {}


_memories: dict[Run, RunMemory] = {}
_memories_lock = threading.Lock()


def memory_of(run: Run | None) -> RunMemory:
    """Returns what this process has seen in a run; a new memory outside a plugin."""
    if run is None:
        return RunMemory()
    with _memories_lock:
        return _memories.setdefault(run, RunMemory(run))


class Claims:
    """The voice connectors that resources of one kind claim in a run.

    Args:
        kind: name of the kind of settings.
        memory: of the run.
        provider: name of the explicit `Provider` that this process serves; empty for the default one.

    Methods that read the program's file raise `ConfigurationError` if its folder cannot be read.
    """

    def __init__(self, kind: str, memory: RunMemory, provider: str = "") -> None:
        self._kind = kind
        self._memory = memory
        self._provider = provider

    def is_preview(self, urn: str | None) -> bool:
        """Whether the program runs for a preview. A run without a program is no preview: it may delete."""
        return self._read(urn).is_preview

    # --- recorded

    def claim(
        self, connector: str | None, urn: str | None, path: str, *, left: str | None, old: Any, wanted: Any = None
    ) -> tuple[str, str] | None:
        """Records a check. If another resource claims the voice connector, returns how messages name both, and records nothing.

        Args:
            connector: the voice connector that the engine checks; None if it is unknown.
            urn: of the resource.
            path: of the resource, as messages name it.
            left: the voice connector of the state; None if the engine shows no state.
            old: the settings of the state.
            wanted: the declared settings, if they are known and a conflict matters.

        Raises:
            ConfigurationError: the program has written no file.
        """
        with self._memory.lock:
            self._read(urn)
            others = [] if connector is None else self._others(connector, urn, path)
            if not self._memory.declarations.has_program:
                raise ConfigurationError(messages.PROGRAM_NOT_HEARD.format(folder=self._memory.declarations.folder))
            if others:
                other = others[0][0]
                is_same_path = other.startswith(f"{path} (")
                return other, _label(path, parent_type_and_name(urn)[0]) if is_same_path and urn else path
            resource = self._resource(urn, path)
            if resource.checked != connector:
                self._memory.claimed[self._kind, resource.checked or ""].pop(urn or path, None)
            resource.path, resource.checked, resource.is_checked, resource.wanted = path, connector, True, wanted
            if connector is not None:
                self._memory.claimed[self._kind, connector][urn or path] = None
            if left is not None:
                resource.left, resource.old = left, old
        return None

    def record_state(self, urn: str | None, connector: str, old: Any) -> None:
        """Records what the state has, where no check shows it."""
        with self._memory.lock:
            resource = self._resource(urn)
            resource.left, resource.old = connector, old

    def record_written(self, connector: str, urn: str | None) -> None:
        with self._memory.lock:
            resource = self._resource(urn)
            resource.written.add(connector)
            resource.failed = False

    def record_failed(self, urn: str | None) -> None:
        self._resource(urn).failed = True

    def record_deleted(self, connector: str) -> None:
        self._memory.deleted.add((self._kind, connector))

    # --- asked

    def has_deleted(self, kind: str, connector: str) -> bool:
        """Whether this process has deleted the settings of a kind in this run."""
        return (kind, connector) in self._memory.deleted

    def has_answered(self, connector: str) -> bool:
        """Whether the service has found the voice connector, or settings of it, in this run."""
        return connector in self._memory.answered

    def old_settings(self, connector: str, urn: str | None, path: str = "") -> Any:
        """Returns the settings that the state has, or had before a replacement, on the voice connector; None if unknown."""
        resource = self._resource(urn, path)
        return resource.old if resource.left == connector else None

    def wanted_settings(self, urn: str | None) -> Any:
        return self._resource(urn).wanted

    def is_declared(self, kind: str, connector: str) -> bool:
        """Whether the program declares settings of a kind for the voice connector, as far as is known now."""
        return bool(self._read(None).of_connector(kind, connector))

    def turns_off(self, kind: str, connector: str) -> bool:
        """Whether the program declares settings of a kind that turn calls of the voice connector off."""
        return any(each.turns_off for each in self._read(None).of_connector(kind, connector))

    def deletes_first(self, urn: str | None) -> bool:
        """Whether the resource has the option ``delete_before_replace``."""
        return any(each.deletes_first for each in self._read(urn).of_resource(self._kind, urn))

    def is_declared_by_another(self, connector: str, urn: str | None, path: str) -> bool:
        with self._memory.lock:
            self._read(urn)
            return bool(self._others(connector, urn, path))

    def is_question(self, urn: str | None) -> bool:
        """Whether a diff with an unknown voice connector is the engine's question what a replacement would delete first."""
        resource = self._memory.resources.get((self._kind, urn or ""))
        return resource is None or not resource.is_checked or resource.checked is not None

    def decide_delete(self, connector: str, urn: str | None) -> Delete:
        """Decides what a delete of a resource may do.

        Raises:
            RefusedError: the program declares the voice connector through a resource that does not manage it, because its
                write failed, was left out of this run, or was never tried; or it declares this resource, or another one, with
                a voice connector that is not known, or is another one that does not have the settings yet.
        """
        with self._memory.lock:
            self._read(urn)
            others = self._others(connector, urn)
            if any(is_managed for _, is_managed in others):
                return Delete.KEEP
            if others:
                raise self._refused(messages.STILL_DECLARED, connector, others[0][0])
            known = self._memory.resources.get((self._kind, urn or ""), Resource())
            if connector in known.written:
                return Delete.KEEP
            if known.is_checked:
                if known.checked == connector:
                    return Delete.KEEP_UNTIL_CREATED
                if known.failed:
                    raise self._refused(messages.STILL_DECLARED, connector, known.path)
                return Delete.SEND
            mine = self._memory.declarations.of_resource(self._kind, urn)
            if not mine and (unresolved := self._unresolved()) is not None:
                raise self._refused(messages.MAY_BE_DECLARED, connector, unresolved)
        decisions = [self._decide_unchecked(each, connector) for each in mine]
        return next((each for each in decisions if each is not Delete.SEND), Delete.SEND)

    def _unresolved(self) -> str | None:
        """Returns the path of a declaration whose voice connector this run has not found out; None if there is none."""
        for declared in self._memory.declarations.all_of(self._kind):
            if not declared.connectors and self._seen(declared) is None:
                return declared.path
        return None

    def _decide_unchecked(self, mine: Declaration, connector: str) -> Delete:
        """Decides on a resource that the program declares, and that this process has not checked in this run."""
        if mine.managed == connector and mine.provider != self._provider:
            return Delete.KEEP  # It was moved to another `Provider`, whose process has checked it.
        if mine.managed is not None:
            # `pulumi destroy --run-program` registers everything before it deletes, and checks nothing.
            return Delete.SEND
        if mine.connector == connector:
            return Delete.KEEP_UNTIL_CREATED
        raise self._refused(messages.DELETED_FIRST, connector, mine.path)

    # --- emergency calling that moves along

    def moves_along(self, connector: str, refusal: RefusedError) -> bool:
        """Whether emergency calling of the voice connector leaves it in this run, or may, as far as is known now.

        If that depends on a resource that the engine has not checked yet, the check that decides it reports `refusal`.
        """

        def leaving() -> list[str]:
            return self.leaving_emergency_calling(connector)

        paths = read_until(leaving, leaving(), bool, _LATE_DECLARATION_SECONDS)
        if paths and "" not in paths:
            self._memory.waiting[connector] = refusal
        return bool(paths)

    def has_emergency_calling_declared(self, connector: str) -> bool:
        """Whether the program declares emergency calling that may be that of the voice connector."""
        kind = EMERGENCY_CALLING.name
        return self.is_declared(kind, connector) or bool(self.leaving_emergency_calling(connector))

    def refusals_decided(self) -> list[RefusedError]:
        """Returns the refusals of `moves_along` that the checks up to now have decided, each once."""
        refused = []
        with self._memory.lock:
            for connector in list(self._memory.waiting):
                paths = self.leaving_emergency_calling(connector)
                if not paths:
                    refused.append(self._memory.waiting[connector])
                if not paths or "" in paths:
                    del self._memory.waiting[connector]
        return refused

    def leaving_emergency_calling(self, connector: str) -> list[str]:
        """Returns the paths of the declared resources that may leave the voice connector; an empty path for one that does."""
        kind, paths = EMERGENCY_CALLING.name, []
        for declared in self._read(None).all_of(kind):
            known = self._seen(declared)
            if known is not None and (known.is_checked or known.left is not None):
                paths += [""] if known.left == connector and known.checked != connector else []
            elif declared.connector != connector:
                paths.append(declared.path)
        return paths

    # --- shared

    def _resource(self, urn: str | None, path: str = "") -> Resource:
        key = self._kind, urn or path
        if urn is not None and key not in self._memory.resources:
            parent_type, name = parent_type_and_name(urn)
            self._memory.urns[self._kind, parent_type, name][urn] = None
        return self._memory.resources[key]

    def _read(self, urn: str | None) -> Declarations:
        with self._memory.lock:
            self._memory.declarations.read(urn)
        return self._memory.declarations

    def _seen(self, declared: Declaration) -> Resource | None:
        """Returns what this process has seen of a declared resource."""
        key = declared.kind, declared.parent_type, declared.name
        urns = self._memory.urns.get(key, ())
        return next((self._memory.resources[declared.kind, urn] for urn in urns), None)

    def _others(self, connector: str, urn: str | None, path: str = "") -> list[tuple[str, bool]]:
        """Returns the path of every other resource that claims the voice connector, and whether it manages the settings."""
        others = []
        for key in self._memory.claimed.get((self._kind, connector), ()):
            each = self._memory.resources[self._kind, key]
            if key != (urn or path):
                is_managed = connector in each.written or (each.left == connector and not each.failed)
                others.append(
                    (each.path if each.path != path else _label(path, parent_type_and_name(key)[0]), is_managed)
                )
        declarations = self._memory.declarations
        mine = declarations.of_resource(self._kind, urn)
        for declared in declarations.of_connector(self._kind, connector):
            known = self._seen(declared)
            # What the engine checks counts: a transform may have changed it.
            if declared not in mine and (known is None or not known.is_checked):
                name = declared.path if declared.path != path else _label(path, declared.parent_type)
                others.append((name, declared.managed == connector))
        return others

    def _refused(self, message: Refusal, connector: str, path: str) -> RefusedError:
        return RefusedError(message.format(id=connector, owner=path, what=self._kind))


def _label(path: str, parent_type: str) -> str:
    """Returns how messages name one of two resources of the same path."""
    return f"{path} (in a component of type {parent_type})" if parent_type else f"{path} (in no component)"
