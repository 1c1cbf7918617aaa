"""The files in which the processes of one run tell each other what they know.

The program, and a plugin for each explicit `Provider`, are processes of their own. The engine's address names the run: it is all
that they share.

A plugin's file counts while its process lives and holds the lock on it. The program's counts for the run, since an older
engine ends the program before it deletes. Whatever a run leaves behind goes with the first file of the next.
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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from ..errors import ConfigurationError
from . import messages

try:
    import fcntl
except ImportError:  # Windows: a process knows only what it has seen itself.
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import TextIO

_FOLDER = "pulumi-chime-voice-3"
"""With the version of what stands in the files: other versions of the package may run beside this one."""
UNKNOWN = "0"
_ADDRESS = re.compile(r"[\w.:\[\]-]+:\d+")


class Entries(Protocol):
    """What the entries of one file add up to."""

    def add(self, *entry: Any) -> None:
        """Takes in an entry, as `RunFiles.write` was given it."""


E = TypeVar("E", bound=Entries)


class RunFiles(Generic[E]):
    """This process's file of a run, and those of the others.

    Args:
        run: names the run; None where this process shares nothing.
        new: makes what the entries of a file add up to.
        program: whether this is the program's own process.
        stack: the stack of a program, as `stack_of` gives it; a plugin learns its own from the first URN.
        folder: of the files; the default is the user's own in the system's temporary folder.
        word: tells the files of one process apart.
    """

    def __init__(
        self, run: str | None, new: Callable[[], E], *, program: bool, stack: str, folder: Path | None, word: str
    ) -> None:
        self.run = run
        self._new = new
        self._role = "program" if program else "plugin"
        self._stack = stack
        self._folder = folder
        self._word = word
        self._file: TextIO | None = None
        self._seen: dict[str, _Seen[E]] = {}

    def learn(self, urn: str | None) -> None:
        """Takes the stack from the URN of a resource, if it is not known yet."""
        if urn is not None and self._stack == UNKNOWN:
            self._stack = stack_of_urn(urn)
            self._seen = {}

    def open(self) -> None:
        """Shows the other processes that this one speaks, before it has anything to say."""
        if self.run is not None and self._file is None:
            self._file = self._opened()

    def write(self, *entry: Any) -> None:
        self.open()
        if self._file is not None:
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()

    def others(self) -> list[E]:
        """What the run's other processes have written. Each file is read on from where it was left: there are many reads."""
        if self.run is None:
            return []
        home = self.home()
        living: dict[str, _Seen[E]] = {}
        for name in os.listdir(home):
            if not name.startswith(self.run):
                continue
            seen = self._seen.get(name) or self._first_seen(name, home)
            if seen is not None and seen.read_on():
                living[name] = seen
        self._seen = living
        return [seen.entries for seen in living.values()]

    def program_speaks(self) -> bool:
        """Whether the program has a file, as far as was read; True where nothing is shared."""
        return self.run is None or any(name.startswith(f"{self.run}-program-") for name in self._seen)

    def close(self) -> None:
        """Ends this process's part, as the end of the process does."""
        if self._file is not None:
            self._file.close()

    def home(self) -> Path:
        """The folder of the files, which is made if it is not there."""
        if self._folder is None:
            folder = _default_folder()
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                raise ConfigurationError(messages.CLAIMS_OF_ANOTHER_USER.say(folder=folder))
            self._folder = folder
        return self._folder

    @contextlib.contextmanager
    def usable(self) -> Iterator[None]:
        """Makes a sentence of whatever a file system can do to the files: full, read-only, no locks, a file in the way."""
        try:
            yield
        except OSError as error:
            folder, cause = self._folder or _default_folder(), error.strerror or error
            raise ConfigurationError(messages.CLAIMS_FOLDER.say(folder=folder, cause=cause)) from error

    def _first_seen(self, name: str, home: Path) -> _Seen[E] | None:
        """None if the file is not one that another process of this run writes."""
        run, role, mark, stack, *_ = [*name.split("-"), "", "", ""]
        theirs = run == self.run and _same(mark, _engine_mark()) and _same(stack, self._stack)
        return (
            _Seen(home / name, self._new(), only_living=role == "plugin") if theirs and name != self._own_name else None
        )

    @property
    def _own_name(self) -> str:
        return f"{self.run}-{self._role}-{_engine_mark()}-{self._stack}-{os.getpid()}-{self._word}"

    def _opened(self) -> TextIO:
        home = self.home()
        for path in home.glob("*-*"):
            # A program counts after its end, but not for a later run whose engine has the same address.
            if self._role == "program" or not path.name.startswith(f"{self.run}-program-"):
                _is_living(path, remove=True)
        # Locked before it has its name, so that no other process takes it for one that was left behind.
        path = home / f".{self._role}.{self._word}.{os.getpid()}"
        file = path.open("w", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            path.rename(home / self._own_name)
        except OSError:
            file.close()
            path.unlink(missing_ok=True)
            raise
        return file


def _default_folder() -> Path:
    return Path(tempfile.gettempdir()) / f"{_FOLDER}-{os.getuid()}"


@dataclass
class _Seen(Generic[E]):
    """What was read of another process's file so far."""

    path: Path
    entries: E
    only_living: bool
    end: int = 0

    def read_on(self) -> bool:
        """Reads what is new; False if the file no longer counts."""
        if self.only_living and not _is_living(self.path):
            return False
        with contextlib.suppress(FileNotFoundError):
            if os.stat(self.path).st_size == self.end:
                return True
        with contextlib.suppress(FileNotFoundError), self.path.open("rb") as file:
            file.seek(self.end)
            # A line that is still being written is read the next time.
            whole, newline, _ = file.read().rpartition(b"\n")
            self.end += len(whole + newline)
            for line in whole.splitlines():
                self.entries.add(*json.loads(line))
            return True
        return False


def _is_living(path: Path, *, remove: bool = False) -> bool:
    """Whether the process that holds the lock of the file is alive."""
    with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        if remove:
            path.unlink()
    return False


def _engine_mark() -> str:
    """A second address of the engine, which tells runs apart whose first is the same port; `UNKNOWN` if there is none.

    An older engine has none, and neither does a program that the Automation API runs in its own process.
    """
    address = os.environ.get("PULUMI_LOG_OTLP_ENDPOINT")
    return _digest(address)[:8] if address else UNKNOWN


def _same(one: str, other: str) -> bool:
    return UNKNOWN in (one, other) or one == other


def stack_of(stack: str, project: str) -> str:
    """Tells runs of different stacks apart. A process that the Automation API runs programs in outlives their engines, and the
    engine of another stack may get the address of one of them."""
    return _digest(f"{stack.rpartition('/')[2]}::{project}")[:8]


def stack_of_urn(urn: str) -> str:
    """`stack_of` for the stack that is part of a URN."""
    stack, _, rest = urn.removeprefix("urn:pulumi:").partition("::")
    return stack_of(stack, rest.partition("::")[0])


# --- which run it is


def run_of_plugin() -> str | None:
    """The run of this plugin process; None outside a plugin. The engine gives each plugin its own address."""
    plugin = getattr(sys.modules.get("__main__"), "DynamicResourceProviderServicer", None)
    if plugin is None or fcntl is None or not sys.argv[1:] or not _ADDRESS.fullmatch(sys.argv[1]):
        return None
    return _digest(sys.argv[1])


def run_of_program(engine: Any) -> str | None:
    """The run of this program; None without an engine (`pulumi.runtime.set_mocks`) and on Windows.

    Args:
        engine: the SDK's client of the engine, whose address is not public.

    Raises:
        ConfigurationError: there is an engine, and its address is not to be found out.
    """
    channel = getattr(getattr(engine, "Log", None), "_channel", None)
    if channel is None or fcntl is None:
        return None
    target = channel.target()
    address = (target if isinstance(target, str) else target.decode()).rpartition("/")[2]
    if not _ADDRESS.fullmatch(address):
        raise ConfigurationError(messages.NO_ENGINE_ADDRESS.say(address=address))
    return _digest(address)


@functools.lru_cache
def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
