"""Which voice connectors the program of this run declares, who declares each, and whether the declaration holds it.

The program declares, the plugin's check claims, and a create, an update or the state shows that the owner holds what it
claims. A delete asks all of them, because the engine checks only some of what a program declares (``--target``,
``--exclude``), and each explicit `Provider` is a plugin process of its own. So the processes of one run, the program's
included, write what they know into files of that run. The engine's address names the run: it is all that they share.

A plugin's file counts while its process lives and holds the lock on it. The program's counts for the run, since an older
engine ends the program before it deletes. Whatever a run leaves behind goes with the first claim of the next.
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
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError, RefusedError
from . import messages

try:
    import fcntl
except ImportError:  # Windows: a process knows only its own claims.
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

_FOLDER = "pulumi-chime-voice-3"
"""With the version of what stands in the files: other versions of the package may run beside this one."""
_UNKNOWN = "0"
_ADDRESS = re.compile(r"[\w.:\[\]-]+:\d+")
_DECLARES, _CHECKED, _WROTE, _HOLDS, _KEPT = "declares", "checked", "wrote", "holds", "kept"
"""The last one is checked and held."""
DECLARED, DELETED, TURNED_OFF = "any", "deleted", "off"
"""Facts that resources of another kind ask for: that the program declares some resource of the kind, what this run deleted, and
what the program turns off."""


@dataclass
class Claim:
    """What is known of one owner's claim to a voice connector.

    Attributes:
        owner: the resource, as messages name it.
        urns: its URNs; empty where only the program has spoken of it so far.
        checked: whether check has seen it in this run: then the engine creates, updates or keeps it.
        wrote: whether its settings were written in this run.
        holds: whether the state has it with this voice connector.
    """

    owner: str
    urns: set[str] = field(default_factory=set)
    checked: bool = False
    wrote: bool = False
    holds: bool = False


@dataclass(frozen=True)
class Stays:
    """The program still declares the voice connector, so a delete sends nothing.

    Attributes:
        replaced: whether the owner is the very resource that is deleted, and is not written yet: it is replaced, and
            deleted before that.
    """

    replaced: bool = False


class Claims:
    """The voice connectors that a program declares, through whichever of its providers, by kind of resource.

    Args:
        run: names the run whose processes share their claims; None keeps them in this process.
        program: whether this is the program's own process.
        stack: the stack of a program, as `stack_of` gives it; a plugin learns its own from the first URN.
        folder: of the files; the default is the user's own in the system's temporary folder.
        kind: of the resource.

    Every method raises `ConfigurationError` if the folder of the files cannot be used.
    """

    def __init__(
        self,
        run: str | None = None,
        *,
        program: bool = False,
        stack: str = _UNKNOWN,
        folder: Path | None = None,
        kind: str,
    ) -> None:
        self.run = run
        self._stack = stack
        self._role = "program" if program else "plugin"
        self._folder = folder
        self._kind = kind
        self._word = kind.partition(" ")[0]
        self._lock = threading.Lock()
        self._own = _Records()
        self._file: TextIO | None = None
        self._seen: dict[str, _Seen] = {}

    # --- what is made known

    def open(self) -> None:
        """Shows the other processes of the run that this one speaks, before it has anything to say."""
        with self._lock, self._usable_folder():
            if self.run is not None and self._file is None:
                self._file = self._open()

    def declare(self, connector: str, owner: str) -> None:
        """The program declares the voice connector, whether or not the engine goes on to check that."""
        self._record(_DECLARES, connector, owner)

    def claim(self, connector: str, owner: str, urn: str | None = None, *, holds: bool = False) -> str | None:
        """Records that check has seen the declaration. Returns another owner if there is one; then nothing is recorded.

        Args:
            holds: whether the state has the owner with this voice connector, as for `hold`.
        """
        with self._lock, self._usable_folder():
            self._learn(urn)
            claims = self._claims(connector)
            if self.run is not None and not self._program_speaks():
                raise ConfigurationError(messages.PROGRAM_NOT_HEARD.say(folder=self._home()))
            for holder in claims:
                if holder.owner != owner:
                    return holder.owner
            self._write(_KEPT if holds else _CHECKED, connector, owner, urn)
        return None

    def wrote(self, connector: str, urn: str | None) -> None:
        """A create or an update of the resource has succeeded."""
        self._record(_WROTE, connector, "", urn)

    def hold(self, connector: str, owner: str, urn: str | None) -> None:
        """The state has the owner with this voice connector."""
        self._record(_HOLDS, connector, owner, urn)

    def note(self, fact: str, connector: str = "") -> None:
        """Makes known what resources of another kind ask for: `DECLARED` (of no voice connector), `DELETED` or `TURNED_OFF`."""
        if (fact, self._kind, connector) not in self._own.facts:
            self._record(fact, connector, "")

    # --- what is asked

    def noted(self, kind: str, fact: str, connector: str = "") -> bool:
        """Whether the fact is known of the voice connector's settings of another kind."""
        with self._lock, self._usable_folder():
            return any((fact, kind, connector) in records.facts for records in self._everything())

    def declared(self, kind: str, connector: str) -> bool:
        """Whether the program declares settings of another kind for the voice connector, as far as is known now."""
        with self._lock, self._usable_folder():
            return any(records.of(kind, connector) for records in self._everything())

    def others(self, connector: str, owner: str) -> bool:
        """Whether the program declares the voice connector through another owner."""
        with self._lock, self._usable_folder():
            return any(claim.owner != owner for claim in self._claims(connector))

    def on_delete(self, connector: str, urn: str | None) -> Stays | None:
        """What a delete of the resource `urn` has to leave; None where no declaration stands behind the voice connector.

        Raises:
            RefusedError: the program declares it through a resource that does not hold it, because its create failed, was
                left out of this run, or was never tried. Without the old resource, the settings would have no owner.
        """
        with self._lock, self._usable_folder():
            self._learn(urn)
            claims = self._claims(connector)
        mine = [claim for claim in claims if urn is not None and urn in claim.urns]
        others = [claim for claim in claims if claim not in mine]
        if any(claim.holds or claim.wrote for claim in others):
            return Stays()
        if others:
            raise RefusedError(messages.STILL_DECLARED.say(id=connector, owner=others[0].owner, what=self._kind))
        if any(claim.wrote for claim in mine):
            return Stays()
        if any(claim.checked for claim in mine):
            return Stays(replaced=True)
        # `pulumi destroy --run-program` runs the program, and checks nothing of it.
        return None

    def close(self) -> None:
        """Ends this process's part, as the end of the process does."""
        if self._file is not None:
            self._file.close()

    # --- records

    def _learn(self, urn: str | None) -> None:
        if urn is not None and self._stack == _UNKNOWN:
            self._stack = stack_of_urn(urn)
            self._seen = {}

    def _record(self, event: str, connector: str, owner: str, urn: str | None = None) -> None:
        with self._lock, self._usable_folder():
            self._write(event, connector, owner, urn)

    def _everything(self) -> list[_Records]:
        return [self._own, *(seen.records for seen in self._others())]

    def _claims(self, connector: str) -> list[Claim]:
        return _merged(records.of(self._kind, connector) for records in self._everything())

    def _write(self, event: str, connector: str, owner: str, urn: str | None) -> None:
        self._own.add(event, self._kind, connector, owner, urn)
        if self.run is None:
            return
        if self._file is None:
            self._file = self._open()
        self._file.write(json.dumps([event, self._kind, connector, owner, urn]) + "\n")
        self._file.flush()

    # --- files

    def _others(self) -> list[_Seen]:
        """What the run's other processes have written. Each file is read on from where it was left: there are many reads."""
        if self.run is None:
            return []
        home = self._home()
        living: dict[str, _Seen] = {}
        for name in os.listdir(home):
            if not name.startswith(self.run):
                continue
            seen = self._seen.get(name) or self._first_seen(name, home)
            if seen is not None and seen.read_on():
                living[name] = seen
        self._seen = living
        return list(living.values())

    def _first_seen(self, name: str, home: Path) -> _Seen | None:
        """None if the file is not one that another process of this run writes."""
        run, role, mark, stack, *_ = [*name.split("-"), "", "", ""]
        theirs = run == self.run and _same(mark, _engine_mark()) and _same(stack, self._stack)
        return _Seen(home / name, only_living=role == "plugin") if theirs and name != self._name else None

    def _program_speaks(self) -> bool:
        """Whether the program has a file, as far as was read."""
        return any(name.startswith(f"{self.run}-program-") for name in self._seen)

    @property
    def _name(self) -> str:
        return f"{self.run}-{self._role}-{_engine_mark()}-{self._stack}-{os.getpid()}-{self._word}"

    def _open(self) -> TextIO:
        home = self._home()
        for path in home.glob("*-*"):
            # A program counts after its end, but not for a later run whose engine has the same address.
            if self._role == "program" or not path.name.startswith(f"{self.run}-program-"):
                _is_living(path, remove=True)
        # Locked before it has its name, so that no other process takes it for one that was left behind.
        path = home / f".{self._role}.{self._word}.{os.getpid()}"
        file = path.open("w", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            path.rename(home / self._name)
        except OSError:
            file.close()
            path.unlink(missing_ok=True)
            raise
        return file

    def _home(self) -> Path:
        if self._folder is None:
            folder = Path(tempfile.gettempdir()) / f"{_FOLDER}-{os.getuid()}"
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                raise ConfigurationError(messages.CLAIMS_OF_ANOTHER_USER.say(folder=folder))
            self._folder = folder
        return self._folder

    @contextlib.contextmanager
    def _usable_folder(self) -> Iterator[None]:
        """Makes a sentence of whatever a file system can do to the files: full, read-only, no locks, a file in the way."""
        try:
            yield
        except OSError as error:
            folder = self._folder or Path(tempfile.gettempdir()) / f"{_FOLDER}-{os.getuid()}"
            raise ConfigurationError(
                messages.CLAIMS_FOLDER.say(folder=folder, cause=error.strerror or error)
            ) from error


class _Records:
    """Claims as one process has written them down."""

    def __init__(self) -> None:
        self._claims: dict[tuple[str, str], dict[str, Claim]] = {}
        self.facts: set[tuple[str, str, str]] = set()

    def add(self, event: str, kind: str, connector: str, owner: str, urn: str | None) -> None:
        if event in (DECLARED, DELETED, TURNED_OFF):
            self.facts.add((event, kind, connector))
            return
        claim = self._claims.setdefault((kind, connector), {}).setdefault(owner or urn or "", Claim(owner))
        if urn is not None:
            claim.urns.add(urn)
        claim.checked |= event in (_CHECKED, _KEPT)
        claim.wrote |= event == _WROTE
        claim.holds |= event in (_HOLDS, _KEPT)

    def of(self, kind: str, connector: str) -> list[Claim]:
        return list(self._claims.get((kind, connector), {}).values())


def _merged(several: Any) -> list[Claim]:
    """One claim for each owner. A write knows only its URN, which the check of its owner has told."""
    merged: dict[str, Claim] = {}
    for claim in sorted((claim for claims in several for claim in claims), key=lambda claim: not claim.owner):
        known = next((one for one in merged.values() if one.urns & claim.urns), None) if not claim.owner else None
        one = known or merged.setdefault(claim.owner, Claim(claim.owner))
        one.urns |= claim.urns
        one.checked |= claim.checked
        one.wrote |= claim.wrote
        one.holds |= claim.holds
    return list(merged.values())


@dataclass
class _Seen:
    """What was read of another process's file so far."""

    path: Path
    only_living: bool
    records: _Records = field(default_factory=_Records)
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
                self.records.add(*json.loads(line))
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
    """A second address of the engine, which tells runs apart whose first is the same port; `_UNKNOWN` if there is none.

    An older engine has none, and neither does a program that the Automation API runs in its own process.
    """
    address = os.environ.get("PULUMI_LOG_OTLP_ENDPOINT")
    return _name(address)[:8] if address else _UNKNOWN


def _same(one: str, other: str) -> bool:
    return _UNKNOWN in (one, other) or one == other


def stack_of(stack: str, project: str) -> str:
    """Tells runs of different stacks apart. A process that the Automation API runs programs in outlives their engines, and the
    engine of another stack may get the address of one of them."""
    return _name(f"{stack.rpartition('/')[2]}::{project}")[:8]


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
    return _name(sys.argv[1])


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
    return _name(address)


@functools.lru_cache
def _name(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:16]
