"""Writes and reads the file of a Pulumi run, in which the program records its declarations. Used in both processes.

The engine checks only part of what a program declares (``--target``, ``--exclude``), deletes some resources before their turn,
and runs a plugin process for each explicit `Provider`. So each of them reads what the whole program declares from this file.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import itertools
import json
import os
import re
import stat
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import ConfigurationError
from . import messages

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOLDER = "pulumi-chime-voice-11"
"""Includes the version of the format, because another version of the package may run at the same time."""
_LONGEST_RUN_SECONDS = 7 * 24 * 3600
_LONGEST_PAUSE_SECONDS = 15 * 60
_STARTED = time.time()
_VARIABLES = ("TMPDIR", "TEMP", "TMP")
"""Those from which Python takes the folder for temporary files, if it can write there."""


class Declaration(NamedTuple):
    """A resource of this package that the program declares.

    Attributes:
        kind: the name of its kind of settings.
        parent_type: the type of its parent; empty if the parent is the stack.
        name: its name.
        path: how messages name it.
        connector: the voice connector that the program declares; None while it is not known.
        region: the region that the program declares; empty for the provider's default, None if the program does not know it.
        provider: the name of its explicit `Provider`; empty for the default one.
        retains: whether it has the option ``retain_on_delete``.
        turns_off: whether it turns inbound calls off.
        managed: the voice connector with which the engine registered it in this run; None before that.
        parents: the types of all its parents, as a URN has them; None until an `up` knows them.
        serial: the number of the declaration in its file.
    """

    kind: str
    parent_type: str
    name: str
    path: str
    connector: str | None = None
    region: str | None = None
    provider: str = ""
    retains: bool = False
    turns_off: bool = False
    managed: str | None = None
    parents: str | None = None
    serial: int = 0

    def manages(self, connector: str) -> bool:
        return self.managed == connector


def kind_of_reads(kind: str) -> str:
    """Returns the kind with which `get` declares that the program reads settings of a kind."""
    return f"{kind} (get)"


def types_of(urn: str) -> str:
    """Returns the types of a resource and of all its parents."""
    return urn.split("::", 3)[2] if urn else ""


def parent_type_and_name(urn: str) -> tuple[str, str]:
    """Returns what a program knows of a URN. Types of grandparents are left out: a program does not know them."""
    types = types_of(urn)
    return types.split("$")[-2] if "$" in types else "", urn.split("::", 3)[3] if urn else ""


class Run(NamedTuple):
    """A Pulumi run, as far as one of its processes can identify it.

    The Automation API runs programs of several stacks in one process, whose engines may reuse an address one after the other.

    Attributes:
        engine: the engine's address, which all processes of a run know.
        mark: a second address of the engine, against files that an earlier run at the first one left behind; empty with older
            engines, and in programs of the Automation API.
        stack: stack and project, as a URN has them; empty in a plugin until the first request.
    """

    engine: str
    mark: str = ""
    stack: str = ""

    @property
    def file_name(self) -> str:
        """The name of this process's file: a component of another package may declare resources in a process of its own."""
        return f"{_digest(self.engine)}-{_digest(self.mark) or 0}-{_digest(self.stack)}-{os.getpid()}"

    def may_be(self, file_name: str) -> bool:
        """Whether a program of this run wrote the file, as far as is known."""
        return _file_names(self).fullmatch(file_name) is not None


@functools.cache
def _file_names(run: Run) -> re.Pattern[str]:
    engine, mark, stack = (_digest(each) or r"\w+" for each in run)
    return re.compile(rf"{engine}-({mark}|0)-{stack}-\d+")


def stack_of_urn(urn: str) -> str:
    return "::".join(urn.removeprefix("urn:pulumi:").split("::")[:2])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16] if text else ""


class ProgramFile:
    """The file as the program writes it. Writes nothing once it is closed.

    Attributes:
        path: of the file.
        declarations: by number, as they were written last.

    Each method that writes raises `ConfigurationError` if that is not possible.
    """

    def __init__(self, run: Run, *, preview: bool, folder: Path | None = None) -> None:
        self.path: Path = (folder or default_folder()) / run.file_name
        self.declarations: list[Declaration] = []
        self._writer = os.getpid()
        with usable(self.path.parent):
            for path in self.path.parent.iterdir():
                with contextlib.suppress(FileNotFoundError):
                    if path == self.path or path.stat().st_mtime < _STARTED - _seconds_in_use(path.name, run):
                        path.unlink()
            self.path.open("ab").close()
        self._is_open = True
        self._write({"preview": preview, "began": time.time()})

    def add(self, declaration: Declaration) -> int:
        """Writes a declaration, and returns its number."""
        serial = len(self.declarations)
        self.declarations.append(declaration._replace(serial=serial))
        self.update(serial)
        return serial

    def update(self, serial: int, **changes: Any) -> None:
        """Writes what has become known of a declaration."""
        self.declarations[serial] = self.declarations[serial]._replace(**changes)
        self._write(self.declarations[serial])

    def close(self, *, remove: bool) -> None:
        """Ends the writing. In a process that the program has forked, the file stays."""
        self._is_open = False
        if remove and self._writer == os.getpid():
            self.path.unlink(missing_ok=True)

    def _write(self, entry: Declaration | dict[str, Any]) -> None:
        if not self._is_open:
            return
        line = json.dumps(entry).encode() + b"\n"
        with usable(self.path.parent):
            # A file that was removed is not created again: plugins would miss what it had. `open` makes three more calls of the
            # system, and in each of them another thread may take the interpreter.
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND)
            try:
                if os.write(file, line) < len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            finally:
                os.close(file)


def _seconds_in_use(file_name: str, run: Run) -> float:
    """Returns for how many seconds a file may stay unchanged while its run goes on."""
    engine, mark = (*file_name.split("-"), "", "")[:2]
    marks = {mark, _digest(run.mark) or "0"}
    if engine != _digest(run.engine) or (len(marks) == 1 and "0" not in marks):
        return _LONGEST_RUN_SECONDS
    # No two engines have one address at the same time. Without a mark, it may be that of this run's program: a component's
    # process begins later.
    return _LONGEST_PAUSE_SECONDS if "0" in marks else 0


class Declarations:
    """What the program of a run declares, as a plugin reads it. What was read stays known after the file is gone.

    Args:
        run: of the plugin process; None outside a plugin, where no program is read.
        folder: of the files; the default is the user's own in the system's temporary folder.

    Attributes, as of the last `read`:
        is_preview: whether the run is a preview.
        has_program: whether the program has been heard; True outside a plugin.
    """

    def __init__(self, run: Run | None = None, folder: Path | None = None) -> None:
        self._run = run
        self.folder = folder or default_folder()
        self._other_folders = [] if folder else _other_folders()
        self._read_up_to: dict[str, int] = {}
        self._entries: dict[tuple[str, int], Declaration] = {}
        self._keys: dict[tuple[str, ...], tuple[tuple[str, int], ...]] = {}
        self._began = 0.0
        self.is_preview = False
        self.has_program = run is None

    def read(self, urn: str = "") -> None:
        """Reads what the program has declared since the last time.

        Args:
            urn: of any resource of the run's stack; empty if the stack is known from an earlier one.

        Raises:
            ConfigurationError: the folder of the files cannot be read.
        """
        if self._run is None:
            return
        if urn and not self._run.stack:
            self._run = self._run._replace(stack=stack_of_urn(urn))
        for folder in (self.folder, *filter(Path.is_dir, self._other_folders)):
            with usable(folder):
                for name in filter(self._run.may_be, os.listdir(folder)):
                    with contextlib.suppress(FileNotFoundError):
                        self._read_new_entries(f"{folder}{os.sep}{name}")

    def of_kind(self, kind: str) -> list[Declaration]:
        return [each for each in list(self._entries.values()) if each.kind == kind]

    def of_resource(self, kind: str, parent_type: str, name: str) -> list[Declaration]:
        """Returns the declarations that may be of a resource: more than one only if types of grandparents tell them apart."""
        return [self._entries[key] for key in sorted(self._keys.get((kind, parent_type, name), ()))]

    def after(self, kind: str, urn: str) -> Iterator[Declaration]:
        """Yields the declarations that follow that of a resource in its program."""
        for file, serial in sorted(self._keys.get((kind, *parent_type_and_name(urn)), ()))[:1]:
            for number in itertools.count(serial + 1):
                if (file, number) not in self._entries:
                    return
                yield self._entries[file, number]

    def of_connector(self, kind: str, connector: str) -> list[Declaration]:
        """Returns the declarations of a voice connector. What the engine registered may differ from what was declared."""
        found = [self._entries[key] for key in sorted(self._keys.get((kind, connector), ()))]
        return [each for each in found if connector in (each.connector, each.managed)]

    def _read_new_entries(self, path: str) -> None:
        begin = self._read_up_to.get(path, 0)
        if os.stat(path).st_size == begin:  # Each check comes here, and opening is three calls of the system more.
            return
        with open(path, "rb") as file:
            file.seek(begin)
            for line in file.read().split(b"\n")[:-1]:  # An incomplete line is read the next time.
                begin += len(line) + 1
                self._read_up_to[path] = begin
                entry = json.loads(line)
                if isinstance(entry, dict):
                    self.has_program = True
                    # An older SDK leaves the file of the preview before an `up` behind, and engines may reuse an address.
                    if entry["began"] >= self._began:
                        self._began, self.is_preview = entry["began"], entry["preview"]
                else:
                    declaration = Declaration(*entry)
                    self._add((path, declaration.serial), declaration)

    def _add(self, key: tuple[str, int], new: Declaration) -> None:
        self._entries[key] = new
        connectors = [(new.kind, each) for each in (new.connector, new.managed) if each is not None]
        for name in ((new.kind, new.parent_type, new.name), *connectors):
            keys = self._keys.get(name, ())
            self._keys[name] = keys if key in keys else (*keys, key)


# --- the folder


def default_folder() -> Path:
    user = f"-{os.getuid()}" if hasattr(os, "getuid") else ""  # On Windows, each user has a temporary folder.
    return Path(tempfile.gettempdir()) / f"{_FOLDER}{user}"


def _other_folders() -> list[Path]:
    """Returns where the program may have written, if this process takes another folder because that one is full now."""
    folder = default_folder()
    named = [Path(value).absolute() / folder.name for name in _VARIABLES if (value := os.environ.get(name))]
    return [each for each in dict.fromkeys(named) if each != folder]


@contextlib.contextmanager
def usable(folder: Path) -> Iterator[None]:
    """Creates the folder, and translates an `OSError` (disk full, read-only, a file of that name) into a `ConfigurationError`."""
    try:
        try:
            status = os.lstat(folder)
        except FileNotFoundError:
            with contextlib.suppress(FileExistsError):
                os.mkdir(folder, mode=0o700)
            status = os.lstat(folder)
        if hasattr(os, "getuid") and (stat.S_ISLNK(status.st_mode) or status.st_uid != os.getuid()):
            raise ConfigurationError(messages.CLAIMS_OF_ANOTHER_USER.format(folder=folder))
        yield
    except OSError as error:
        raise ConfigurationError(messages.CLAIMS_FOLDER.format(folder=folder, cause=error.strerror or error)) from error
