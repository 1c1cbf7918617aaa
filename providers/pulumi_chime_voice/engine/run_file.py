"""Writes and reads the file of a Pulumi run, in which the program records its declarations. Used in both processes.

The engine checks only part of what a program declares (``--target``, ``--exclude``), deletes some resources before their turn,
and runs a plugin process for each explicit `Provider`. So each of them reads what the whole program declares from this file.

A run is identified by the address of Pulumi's engine, the only value that its processes have in common, and by its stack: the
Automation API runs programs of several stacks in one process, whose engines may reuse an address one after the other.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import re
import sys
import tempfile
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError
from . import messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_FOLDER = "pulumi-chime-voice-4"
"""Includes the version of the format, because another version of the package may run at the same time."""
_LONGEST_RUN_SECONDS = 7 * 24 * 3600
_STARTED = time.time()
_ANY = "0"
_ADDRESS = re.compile(r"[\w.:\[\]-]+:\d+")


@dataclass(frozen=True)
class Declaration:
    """A resource of this package that the program declares.

    Attributes:
        serial: the number of the declaration in the program.
        kind: the name of its kind of settings.
        parent_type: the type of its parent; empty if the parent is the stack.
        name: its name.
        path: how messages name it.
        connector: the voice connector that the program declares; None while it is not known.
        provider: the name of its explicit `Provider`; empty for the default one.
        deletes_first: whether it has the option ``delete_before_replace``.
        turns_off: whether it turns inbound calls off.
        managed: the voice connector with which the engine registered it in this run; None before that.
    """

    serial: int
    kind: str
    parent_type: str
    name: str
    path: str
    connector: str | None = None
    provider: str = ""
    deletes_first: bool = False
    turns_off: bool = False
    managed: str | None = None

    @property
    def connectors(self) -> set[str]:
        """The voice connectors that it is known to claim: what the engine registered may differ from what was declared."""
        return {connector for connector in (self.connector, self.managed) if connector}


def parent_type_and_name(urn: str) -> tuple[str, str]:
    """Returns what a program knows of a URN. Types of grandparents are left out: a program does not know them."""
    *_, types, name = urn.split("::", 3)
    return types.split("$")[-2] if "$" in types else "", name


@dataclass(frozen=True)
class Run:
    """A Pulumi run, as far as one of its processes can identify it.

    Attributes:
        engine: digest of the engine's address.
        mark: digest of a second address of the engine, which older engines and the Automation API's programs lack.
        stack: digest of stack and project; a plugin knows it from the first URN.
    """

    engine: str
    mark: str
    stack: str = _ANY

    @property
    def file_name(self) -> str:
        """The name of this process's file: a component of another package may declare resources in a process of its own."""
        return f"{self.engine}-{self.mark}-{self.stack}-{os.getpid()}"

    def may_be(self, file_name: str) -> bool:
        """Whether a program of this run wrote the file."""
        engine, mark, stack, *_ = [*file_name.split("-"), "", ""]
        return engine == self.engine and _match(mark, self.mark) and _match(stack, self.stack)


class ProgramFile:
    """The file as the program writes it.

    Raises:
        ConfigurationError: the file cannot be created.
    """

    def __init__(self, run: Run, *, preview: bool, folder: Path | None = None) -> None:
        self.path = (folder or _default_folder()) / run.file_name
        self._is_open = True
        with _usable(self.path.parent):
            for path in _made(self.path.parent).iterdir():
                if _is_left_over(path, run):
                    path.unlink(missing_ok=True)
        self._write({"preview": preview})

    def record(self, declaration: Declaration) -> None:
        """Adds a declaration, or replaces the one of the same resource. Does nothing once the file is closed."""
        if self._is_open:
            self._write(vars(declaration))

    def close(self, *, remove: bool) -> None:
        self._is_open = False
        if remove:
            self.path.unlink(missing_ok=True)

    def _write(self, entry: dict[str, Any]) -> None:
        with _usable(self.path.parent), self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry) + "\n")


class Declarations:
    """What the program of a run declares, as a plugin reads it. What was read stays known after the file is gone.

    Args:
        run: of the plugin process; None outside a plugin, where no program is read.
        folder: of the files; the default is the user's own in the system's temporary folder.
    """

    def __init__(self, run: Run | None = None, folder: Path | None = None) -> None:
        self._run = run
        self.folder = folder or _default_folder()
        self._read_up_to: dict[str, int] = {}
        self._known: dict[tuple[str, int], Declaration] = {}
        self._by_resource: dict[tuple[str, str, str], dict[tuple[str, int], Declaration]] = defaultdict(dict)
        self._by_connector: dict[tuple[str, str], dict[tuple[str, int], Declaration]] = defaultdict(dict)
        self.is_preview = False

    def read(self, urn: str | None) -> None:
        """Reads what the program has declared since the last time.

        Args:
            urn: of any resource of the run's stack.

        Raises:
            ConfigurationError: the folder of the files cannot be read.
        """
        if self._run is None:
            return
        if urn is not None and self._run.stack == _ANY:
            self._run = replace(self._run, stack=stack_of_urn(urn))
        with _usable(self.folder):
            for name in os.listdir(self.folder) if self._read_up_to else os.listdir(_made(self.folder)):
                if name.startswith(self._run.engine) and self._run.may_be(name):
                    self._read_new_entries(name)

    def all_of(self, kind: str) -> list[Declaration]:
        return [each for each in self._known.values() if each.kind == kind]

    def of_resource(self, kind: str, urn: str | None) -> list[Declaration]:
        """Returns the declarations that may be of a resource: more than one only if types of grandparents tell them apart."""
        return [] if urn is None else list(self._by_resource.get((kind, *parent_type_and_name(urn)), {}).values())

    def of_connector(self, kind: str, connector: str) -> list[Declaration]:
        return list(self._by_connector.get((kind, connector), {}).values())

    @property
    def has_program(self) -> bool:
        """Whether the program has been heard, as of the last `read`; True outside a plugin."""
        return self._run is None or bool(self._read_up_to)

    def _read_new_entries(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            path, end = os.path.join(self.folder, name), self._read_up_to.setdefault(name, 0)
            if os.stat(path).st_size == end:
                return
            with open(path, "rb") as file:
                file.seek(end)
                # The last line may be incomplete: it is read the next time.
                lines, newline, _ = file.read().rpartition(b"\n")
            self._read_up_to[name] = end + len(lines + newline)
            for entry in map(json.loads, lines.splitlines()):
                if "preview" in entry:
                    self.is_preview = entry["preview"]
                else:
                    self._add((name, entry["serial"]), Declaration(**entry))

    def _add(self, key: tuple[str, int], new: Declaration) -> None:
        old = self._known.get(key)
        for connector in old.connectors if old else ():
            del self._by_connector[new.kind, connector][key]
        self._known[key] = self._by_resource[new.kind, new.parent_type, new.name][key] = new
        for connector in new.connectors:
            self._by_connector[new.kind, connector][key] = new


def _is_left_over(path: Path, run: Run) -> bool:
    """Whether a file is of an earlier run: no two engines have one address at the same time."""
    with contextlib.suppress(FileNotFoundError):
        written = path.stat().st_mtime
        if path.name.startswith(f"{run.engine}-"):
            return written < _STARTED or path.name.endswith(f"-{os.getpid()}")
        return written < _STARTED - _LONGEST_RUN_SECONDS
    return False


# --- which run a process belongs to


def run_of_plugin() -> Run | None:
    """Returns the run of this plugin process; None outside a plugin. The engine passes its address as the first argument."""
    plugin = getattr(sys.modules.get("__main__"), "DynamicResourceProviderServicer", None)
    if plugin is None or not sys.argv[1:] or not _ADDRESS.fullmatch(sys.argv[1]):
        return None
    return Run(_digest(sys.argv[1]), _mark())


def run_of_program(engine: Any, stack: Callable[[], str], project: Callable[[], str]) -> Run | None:
    """Returns the run of the calling program; None without an engine (`pulumi.runtime.set_mocks`).

    Args:
        engine: the SDK's client of the engine, whose address is not public.
        stack: returns the name of the stack.
        project: returns the name of the project.

    Raises:
        ConfigurationError: there is an engine, but its address cannot be determined.
    """
    channel = getattr(getattr(engine, "Log", None), "_channel", None)
    if channel is None:
        return None
    target = channel.target()
    address = (target if isinstance(target, str) else target.decode()).rpartition("/")[2]
    if not _ADDRESS.fullmatch(address):
        raise ConfigurationError(messages.NO_ENGINE_ADDRESS.format(address=address))
    # The Automation API runs programs in threads of a process, whose environment may be that of another engine.
    mark = _mark() if threading.current_thread() is threading.main_thread() else _ANY
    return Run(_digest(address), mark, _stack_digest(stack().rpartition("/")[2], project()))


def stack_of_urn(urn: str) -> str:
    stack, project, *_ = urn.removeprefix("urn:pulumi:").split("::")
    return _stack_digest(stack, project)


def _stack_digest(stack: str, project: str) -> str:
    return _digest(f"{stack}::{project}")[:8]


def _mark() -> str:
    address = os.environ.get("PULUMI_LOG_OTLP_ENDPOINT")
    return _digest(address)[:8] if address else _ANY


def _match(value: str, other: str) -> bool:
    return _ANY in (value, other) or value == other


@functools.lru_cache
def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


# --- the folder


def _default_folder() -> Path:
    user = f"-{os.getuid()}" if hasattr(os, "getuid") else ""  # On Windows, each user has a temporary folder.
    return Path(tempfile.gettempdir()) / f"{_FOLDER}{user}"


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid") and (folder.is_symlink() or folder.stat().st_uid != os.getuid()):
        raise ConfigurationError(messages.CLAIMS_OF_ANOTHER_USER.format(folder=folder))
    return folder


@contextlib.contextmanager
def _usable(folder: Path) -> Iterator[None]:
    """Translates an `OSError` (disk full, read-only, a file of that name) into a `ConfigurationError`."""
    try:
        yield
    except OSError as error:
        raise ConfigurationError(messages.CLAIMS_FOLDER.format(folder=folder, cause=error.strerror or error)) from error
