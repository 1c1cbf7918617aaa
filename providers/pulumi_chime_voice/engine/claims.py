"""Decides what a delete may do, from what this process has seen of the run. Runs in Pulumi's plugin.

The program's file says what is declared (`run_file`). A process adds what it sees: which resources the engine has checked, which
were written, and which voice connectors have answered.
"""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from ..errors import Refusal, RefusedError
from . import messages
from .run_file import Declaration, Declarations, Run, kind_of_reads, parent_type_and_name, types_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


class Delete(Enum):
    """What a delete may do."""

    SEND = "send it, after the guards"
    KEEP = "send nothing: another resource manages the settings, or this one was written again"
    KEEP_UNTIL_CREATED = "send nothing: the same resource is created again, on the same voice connector"


@dataclass(slots=True, eq=False)
class Resource:
    """What this process has seen of a resource in the run.

    Attributes:
        parent_type: the type of its parent, as in a `Declaration`.
        name: its name.
        parents: the types of all its parents.
        path: how messages name it.
        is_checked: whether the engine has checked it.
        checked: the voice connector of the last check; None if that was unknown.
        left: the voice connector of the state; None if the engine has not shown a state.
        old: the settings of the state on that voice connector.
        wanted: the declared settings of the last check, if they are known and a conflict matters.
        is_unchanged: whether the last check found nothing to write.
        written: the voice connectors to which it was written.
        failed: whether its last write failed.
    """

    parent_type: str
    name: str
    parents: str = ""
    path: str = ""
    is_checked: bool = False
    checked: str | None = None
    left: str | None = None
    old: Any = None
    wanted: Any = None
    is_unchanged: bool = False
    written: frozenset[str] = frozenset()
    failed: bool = False

    def may_be(self, declared: Declaration) -> bool:
        """Whether the program may declare this resource there. While not all types of its parents are known, it may."""
        is_same = (declared.parent_type, declared.name) == (self.parent_type, self.name)
        return is_same and declared.parents in (None, self.parents)

    def manages(self, connector: str) -> bool:
        return connector in self.written or (self.left == connector and not self.failed)

    def old_settings(self, connector: str) -> Any:
        """Returns the settings that the state has, or had before a replacement, on the voice connector; None if unknown."""
        return self.old if self.left == connector else None

    def record_written(self, connector: str) -> None:
        self.written |= {connector}
        self.failed = False


class RunMemory:
    """What the providers of one plugin process have seen in the run, for all kinds of settings.

    Attributes:
        lock: for what reads or changes more than one value.
        seen: resources by kind and URN.
        checked: resources by kind and by each voice connector that the engine has checked them with.
        states: resources by kind and by each voice connector that the engine has shown in their state.
        deleted: kinds and voice connectors whose settings this process has deleted.
        answered: voice connectors that the service has found.
        waiting: refusals that a later check of emergency calling decides, by voice connector (`emergency_moves`).
        known: what the program declares, as of the last call of `declarations`.
    """

    def __init__(self, run: Run | None = None, folder: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.seen: dict[tuple[str, str], Resource] = {}
        self.checked: defaultdict[tuple[str, str], list[Resource]] = defaultdict(list)
        self.states: defaultdict[tuple[str, str], list[Resource]] = defaultdict(list)
        self.deleted: set[tuple[str, str]] = set()
        self.answered: set[str] = set()
        self.waiting: dict[str, RefusedError] = {}
        self.known = Declarations(run, folder)

    def declarations(self, urn: str = "") -> Declarations:
        """Returns what the program declares now; `urn` is of any resource of the stack, unless an earlier one has shown that.

        Raises:
            ConfigurationError: the folder of the program's file cannot be read.
        """
        with self.lock:
            self.known.read(urn)
        return self.known

    def has_program(self, urn: str) -> bool:
        """Whether the program of this run has been heard; True outside a plugin. The rest is as in `declarations`."""
        return self.known.has_program or self.declarations(urn).has_program

    def resources(self, kind: str) -> list[Resource]:
        return [resource for (each, _), resource in list(self.seen.items()) if each == kind]

    def declared(self, kind: str) -> list[tuple[Declaration, Resource | None]]:
        """Returns the declarations, each with its resource; None if the engine has shown neither a check nor a state of it."""
        shown = _by_name(each for each in self.resources(kind) if each.is_checked or each.left is not None)
        return [(each, self._resource_of(each, shown)) for each in self.declarations().of_kind(kind)]

    def is_checked(self, declared: Declaration) -> bool:
        """Whether the engine has checked a declared resource."""
        checked = _by_name(each for each in self.resources(declared.kind) if each.is_checked)
        return self._resource_of(declared, checked) is not None

    def _resource_of(
        self, declared: Declaration, resources: Mapping[tuple[str, str], list[Resource]]
    ) -> Resource | None:
        """Returns the resource of a declaration; None if it is missing, or may be, because several declarations have its name."""
        name = (declared.parent_type, declared.name)
        found = resources.get(name, [])
        return found[-1] if len(found) >= len(self.known.of_resource(declared.kind, *name)) else None

    def unseen(self, kind: str) -> list[Declaration]:
        """Returns the declarations of which the engine has shown neither a check nor a state."""
        return [each for each, resource in self.declared(kind) if resource is None]


def _by_name(resources: Iterable[Resource]) -> Mapping[tuple[str, str], list[Resource]]:
    """Returns resources by what a program knows of their URNs."""
    found: defaultdict[tuple[str, str], list[Resource]] = defaultdict(list)
    for each in resources:
        found[each.parent_type, each.name].append(each)
    return found


_memories: dict[Run, RunMemory] = {}


def memory_of(run: Run | None) -> RunMemory:
    """Returns what this process has seen in a run; a new memory outside a plugin."""
    return RunMemory() if run is None else _memories.setdefault(run, RunMemory(run))


class Claims:
    """The voice connectors that resources of one kind claim in a run.

    Args:
        kind: name of the kind of settings.
        memory: of the run.
        provider: name of the explicit `Provider` that this process serves; empty for the default one.

    Methods that read the program's file raise `ConfigurationError` if its folder cannot be read.
    """

    def __init__(self, kind: str, memory: RunMemory, provider: str = "") -> None:
        self.memory = memory
        self.kind = kind
        self.provider = provider

    def claim(
        self, connector: str | None, urn: str, *, left: str | None, old: Any, wanted: Any = None
    ) -> tuple[str, str] | None:
        """Records a check. If another resource claims the voice connector, returns how messages name both, and records nothing.

        Args:
            connector: the voice connector that the engine checks; None if it is unknown. The rest is as in a `Resource`.

        Raises:
            RefusedError: another resource still has the voice connector, although the program declares another one for it.
        """
        with self.memory.lock:
            declarations, resource = self.memory.declarations(urn), self.resource(urn)
            path = self._path(declarations, resource, connector)
            if connector is not None and (others := self._others(declarations, connector, urn)):
                other = others[0]
                if isinstance(other, Declaration) and other.connector not in (None, connector):
                    raise self._refused(messages.NOT_LEFT_YET, connector, other)
                if other.path != path:
                    return other.path, path
                return _with_type(path, other.parent_type), _with_type(path, resource.parent_type)
            resource.path, resource.checked, resource.is_checked = path, connector, True
            resource.wanted = old if wanted == old else wanted  # The same object takes memory once.
            if connector is not None:
                self.memory.checked[self.kind, connector].append(resource)
            if left is not None:
                self.record_state(left, urn, old)
        return None

    def record_state(self, connector: str, urn: str, old: Any) -> None:
        """Records what the state of a resource has."""
        resource, states = self.resource(urn), self.memory.states[self.kind, connector]
        resource.left, resource.old = connector, old
        if resource not in states:
            states.append(resource)

    def overwritten(self, connector: str, old: Any) -> tuple[Resource, list[Any]] | None:
        """Returns the resource that keeps the voice connector without a write, and the other settings that states have there.

        A run that failed, or that left one of the resources out, has written through another one. Only the live settings show
        which of the states is true.

        Args:
            old: the settings of a state that may not be recorded.
        """
        states = self.memory.states.get((self.kind, connector), ())
        if len(states) == 1 and states[0].old is old:
            return None  # as usual: each check comes here
        for owner in states:
            if owner.is_unchanged and owner.checked == owner.left == connector and connector not in owner.written:
                all_olds = (old, *(each.old for each in states if each.left == connector))
                others = [each for each in all_olds if each is not owner.old and not owner.old.equals(each)]
                if others:
                    return owner, others
        return None

    def path(self, connector: str, urn: str) -> str:
        """Returns how messages name a resource."""
        return self._path(self.memory.declarations(urn), self.resource(urn), connector)

    def _path(self, declarations: Declarations, me: Resource, connector: str | None) -> str:
        """Returns the path that the program declares: a URN does not have the names of its parents."""
        declared = declarations.of_resource(self.kind, me.parent_type, me.name)
        if len(declared) > 1:  # Only the types of grandparents tell them apart.
            declared = [each for each in declared if each.connector == connector] or declared
            taken = {each.path for each in self.memory.resources(self.kind) if each is not me}
            declared = [each for each in declared if each.path not in taken] or declared
        return declared[0].path if declared else me.name or connector or ""

    def resource(self, urn: str) -> Resource:
        """Returns what was seen of a resource of this kind."""
        seen, key = self.memory.seen, (self.kind, urn)
        if key in seen:
            return seen[key]
        return seen.setdefault(key, Resource(*parent_type_and_name(urn), types_of(urn).rpartition("$")[0]))

    def has_only_default_provider(self) -> bool:
        """Whether the program uses only the default provider, so that no other process has other credentials."""
        return not any((self.provider, *(each.provider for each in self.memory.declarations().of_kind(self.kind))))

    def is_declared_by_another(self, connector: str, urn: str) -> bool:
        return bool(self._others(self.memory.declarations(urn), connector, urn))

    def block_if_read(self, connector: str, urn: str) -> None:
        """Raises `RefusedError` if the program reads the settings with `get`, which would find none."""
        readers = self.memory.declarations(urn).of_connector(kind_of_reads(self.kind), connector)
        if readers:
            raise self._refused(messages.STILL_READ, connector, readers[0], urn=urn)

    def is_question(self, urn: str) -> bool:
        """Whether a diff with an unknown voice connector is the engine's question what a replacement would delete first."""
        resource = self.resource(urn)
        return not resource.is_checked or resource.checked is not None

    def decide_delete(self, connector: str, urn: str) -> Delete:
        """Decides what a delete of a resource may do.

        Raises:
            RefusedError: the program declares the voice connector through a resource that does not manage it, because its
                write failed, was left out of this run, or was never tried; or it declares this resource, or another one, with
                a voice connector that is not known, or is another one that does not have the settings yet.
        """
        with self.memory.lock:
            declarations, resource = self.memory.declarations(urn), self.resource(urn)
            others = self._others(declarations, connector, urn)
            if connector in resource.written or any(each.manages(connector) for each in others):
                return Delete.KEEP
            if others:
                raise self._refused(messages.STILL_DECLARED, connector, others[0])
            if resource.checked == connector:
                return Delete.KEEP_UNTIL_CREATED
            if resource.is_checked and resource.failed:
                raise self._refused(messages.STILL_DECLARED, connector, resource)
            same_name = declarations.of_resource(self.kind, resource.parent_type, resource.name)
            declared = [each for each in same_name if resource.may_be(each)]
            if resource.is_checked or not declared:
                self._block_if_undecided(connector)
                self.block_if_read(connector, urn)
                return Delete.SEND
        decisions = [self._decide_unchecked(each, connector) for each in declared]
        return next((each for each in decisions if each is not Delete.SEND), Delete.SEND)

    def _block_if_undecided(self, connector: str) -> None:
        """Raises `RefusedError` if the program declares or reads a voice connector that is not known, so it may be this one."""
        kinds = self.kind, kind_of_reads(self.kind)
        for declared, other in itertools.chain.from_iterable(map(self.memory.declared, kinds)):
            if declared.connector is None and (other is None or other.checked is None):
                raise self._refused(messages.MAY_BE_DECLARED, connector, declared)

    def _decide_unchecked(self, declared: Declaration, connector: str) -> Delete:
        """Decides on a resource that the program declares, and that this process has not checked in this run."""
        if declared.managed == connector and declared.provider != self.provider:
            return Delete.KEEP  # It was moved to another `Provider`, whose process has checked it.
        if declared.managed is not None:
            # `pulumi destroy --run-program` registers everything before it deletes, and checks nothing.
            return Delete.SEND
        if declared.connector == connector:
            return Delete.KEEP_UNTIL_CREATED
        raise self._refused(messages.DELETED_FIRST, connector, declared)

    def _others(self, declarations: Declarations, connector: str, urn: str) -> list[Resource | Declaration]:
        """Returns the other resources that claim the voice connector, as the engine has checked them, or else as declared."""
        me = self.resource(urn)
        resources = self.memory.checked.get((self.kind, connector), ())
        checked = [each for each in resources if each.checked == connector and each is not me]
        declared = declarations.of_connector(self.kind, connector)
        others = [each for each in declared if not me.may_be(each)]
        if len(others) < len(declared) and me.checked not in (None, connector):
            own = declarations.of_resource(self.kind, me.parent_type, me.name)
            if any(each.connector == me.checked for each in own):
                # Only the types of grandparents tell the others of this name from the resource.
                others += [each for each in own if each.connector == connector]
        if not others:
            return [*checked]
        # What the engine checks counts: a transform may have changed it.
        return [*checked, *[each for each in others if not self.memory.is_checked(each)]]

    def _refused(self, message: Refusal, connector: str, owner: Resource | Declaration, **values: str) -> RefusedError:
        return RefusedError(message.format(id=connector, owner=owner.path, what=self.kind, **values))


def _with_type(path: str, parent_type: str) -> str:
    """Returns how messages name one of two resources of the same path."""
    return f"{path} (in a component of type {parent_type})" if parent_type else f"{path} (in no component)"
