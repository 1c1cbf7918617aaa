"""Which voice connectors this run's program declares, and who declares each.

Every explicit `Provider` is a plugin process of its own, and a resource's old half may be deleted by another process than
the one that checked its new half. So each process writes its claims into a file of the run, and reads those of the others.
A file counts for as long as its process lives and holds the lock on it: nothing of a run outlasts the run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import sys
import tempfile
import threading
from collections import ChainMap
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import ConfigurationError

try:
    import fcntl
except ImportError:  # Windows: a process knows its own claims alone.
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

_ENGINE = re.compile(r"[\w.:\[\]-]+:\d+")


def engine_run() -> str | None:
    """A name that the plugin processes of one engine run share and no other run has; None outside a plugin.

    The engine gives each plugin its own address, which is of a random port, and newer engines a second one.
    """
    plugin = getattr(sys.modules.get("__main__"), "DynamicResourceProviderServicer", None)
    if plugin is None or fcntl is None or not sys.argv[1:] or not _ENGINE.fullmatch(sys.argv[1]):
        return None
    addresses = f"{sys.argv[1]} {os.environ.get('PULUMI_LOG_OTLP_ENDPOINT', '')}"
    return hashlib.sha256(addresses.encode()).hexdigest()[:16]


class Claims:
    """The voice connectors that a program declares, through whichever of its providers.

    Args:
        run: names the run whose processes share their claims; None keeps them in this process.
        folder: of the files; the default is the user's own in the system's temporary folder.
    """

    def __init__(self, run: str | None = None, folder: Path | None = None) -> None:
        self._run = run
        self._folder = folder
        self._lock = threading.Lock()
        self._own: dict[tuple[str, str], str] = {}
        self._file: TextIO | None = None
        self._seen: dict[str, _Seen] = {}

    def claim(self, region: str, connector: str, owner: str) -> str | None:
        """Records the claim; the other owner where there is one already."""
        with self._lock:
            holder = self._own.get((region, connector)) or self._others().get((region, connector))
            if holder is None:
                self._own[region, connector] = owner
                self._write(region, connector, owner)
        return None if holder in (None, owner) else holder

    def claims(self, connector: str) -> bool:
        """Whether the program declares the connector, through whichever region's endpoint."""
        with self._lock:
            return any(connector == claimed for _, claimed in (*self._own, *self._others()))

    def close(self) -> None:
        """Ends this process's claims, as the end of the process does."""
        if self._file is not None:
            self._file.close()

    # --- files

    def _others(self) -> Mapping[tuple[str, str], str]:
        """The claims of the run's other living processes. Each file is read on from where it was left: there are many looks."""
        if self._run is None:
            return {}
        own = self._file and f"{self._run}-{os.getpid()}"
        living: dict[str, _Seen] = {}
        home = self._home()
        for name in os.listdir(home):
            if name != own and name.startswith(f"{self._run}-"):
                seen = self._seen.get(name) or _Seen()
                if seen.read_on(home / name):
                    living[name] = seen
        self._seen = living
        return ChainMap(*(seen.claims for seen in living.values()))

    def _write(self, region: str, connector: str, owner: str) -> None:
        if self._run is None:
            return
        if self._file is None:
            self._file = self._open()
        self._file.write(json.dumps([region, connector, owner]) + "\n")
        self._file.flush()

    def _open(self) -> TextIO:
        home = self._home()
        for path in home.glob("*-*"):
            _Seen().read_on(path)
        # Locked before it has its name, so that no other process takes it for one that was left behind.
        path = home / f".{os.getpid()}"
        file = path.open("w", encoding="utf-8")
        fcntl.flock(file, fcntl.LOCK_EX)
        path.rename(home / f"{self._run}-{os.getpid()}")
        return file

    def _home(self) -> Path:
        if self._folder is None:
            folder = Path(tempfile.gettempdir()) / f"pulumi-chime-voice-{os.getuid()}"
            folder.mkdir(mode=0o700, exist_ok=True)
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                raise ConfigurationError(
                    f"{folder} belongs to another user, so what this program declares cannot be kept there: "
                    "remove it, or set TMPDIR to a folder of your own."
                )
            self._folder = folder
        return self._folder


@dataclass
class _Seen:
    """What was read of another process's file so far."""

    claims: dict[tuple[str, str], str] = field(default_factory=dict)
    end: int = 0

    def read_on(self, path: Path) -> bool:
        """Reads what is new. False where the file's process has ended: then the file is removed."""
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(self.end)
                # A line that is still being written is read the next time.
                whole, newline, _ = file.read().rpartition(b"\n")
                self.end += len(whole + newline)
                for line in whole.splitlines():
                    region, connector, owner = json.loads(line)
                    self.claims[region, connector] = owner
                return True
            path.unlink()
        return False
