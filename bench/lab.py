"""What the measurements are made with: an emulator in a process of its own, and Pulumi projects beside it.

Everything lies in a temporary folder, and talks over loopback alone.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
OURS, NULL, LADEN = "ours", "null", "laden"
CALL_SECONDS = 0.05
"""How long an answer takes where a figure speaks of calls: the order of a call to AWS within a continent."""

_SEED = 500
_POLL_SECONDS = 0.02
_SECONDS = 600


class Emulator:
    """The local endpoint, in a process of its own: it shares no interpreter with what is measured."""

    def __init__(self) -> None:
        command = [sys.executable, "-u", "-m", "chime_voice_emulator", "--port", "0", "--control"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        found = re.search(r"http://\S+", self._process.stdout.readline())
        assert found is not None
        self.url = found[0]

    def __enter__(self) -> Emulator:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()

    def latency(self, seconds: float) -> None:
        self._control("POST", "faults", {"latency": seconds})

    def seed(self, connectors: list[str]) -> None:
        """Voice connectors that nobody has configured."""
        for start in range(0, len(connectors), _SEED):
            part = connectors[start : start + _SEED]
            self._control("POST", "seed", {"voice_connectors": [{"id": one, "region": "us-east-1"} for one in part]})

    def forget_requests(self) -> None:
        self._control("DELETE", "requests")

    def calls(self) -> dict[str, int]:
        """The requests since they were last forgotten, by operation."""
        return dict(sorted(Counter(one["operation"] for one in self._control("GET", "requests")).items()))

    def _control(self, method: str, what: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_emulator/{what}", data, method=method)
        with urllib.request.urlopen(request) as answer:
            text = answer.read()
        return json.loads(text) if text else None


@dataclass
class Run:
    """A command of Pulumi's that has ended.

    Attributes:
        seconds: by the clock on the wall.
        cpu: of the command and of every process it started and waited for.
        peaks: KiB of memory at most, of the program and of the plugin, where they were watched.
    """

    seconds: float
    cpu: float
    said: str
    peaks: dict[str, int] = field(default_factory=dict)


class Project:
    """A Pulumi project with a stack and a backend of its own.

    Args:
        kind: `OURS`, `NULL` for the same program with a provider that does nothing, or `LADEN` with one that carries as much.
        emulator: what the calls go to.
        home: Pulumi's own folder, which projects share.
    """

    def __init__(self, kind: str, emulator: Emulator, home: Path) -> None:
        self.kind = kind
        self.folder = Path(tempfile.mkdtemp(prefix=f"{kind}-", dir=home.parent))
        (self.folder / "backend").mkdir()
        (self.folder / "Pulumi.yaml").write_text("name: bench\nruntime: python\n", encoding="utf-8")
        shutil.copy(HERE / "programs" / kind / "__main__.py", self.folder)
        foreign = ("AWS_", "PULUMI_", "VIRTUAL_ENV", "PYTHON")
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith(foreign)} | {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(HERE / "programs"),
            "PULUMI_HOME": str(home),
            "PULUMI_BACKEND_URL": (self.folder / "backend").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "bench",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_CONFIG_FILE": str(self.folder / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "none"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_CHIME_SDK_VOICE": emulator.url,
        }
        self("stack", "init", "bench")

    def __enter__(self) -> Project:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def declare(self, connectors: list[str], *, weight: int = 1, changed: int = 0) -> None:
        """What the program declares from now on; the first `changed` connectors with another weight."""
        plan = {"connectors": connectors, "weight": weight, "changed": changed}
        (self.folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")

    def __call__(self, *arguments: str, watch: bool = False, **environment: str) -> Run:
        """Runs Pulumi with the arguments, and fails where it fails."""
        command = [str(BIN / "pulumi"), *arguments, "--non-interactive", "--color=never"]
        with tempfile.TemporaryFile("w+") as output:
            began = time.perf_counter()
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**self.environment, **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            peaks: dict[str, int] = {}
            if watch:
                peaks = _watch(process)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            said = output.read()
        if process.returncode:
            raise SystemExit(f"pulumi {' '.join(arguments)} ({self.kind}) failed:\n{said}")
        return Run(seconds, usage.ru_utime + usage.ru_stime, said, peaks)

    def preview(self, *options: str, **more: Any) -> Run:
        return self("preview", *options, **more)

    def up(self, *options: str, **more: Any) -> Run:
        return self("up", "--yes", "--skip-preview", *options, **more)

    def refresh(self, **more: Any) -> Run:
        return self("refresh", "--yes", "--skip-preview", **more)

    def destroy(self, **more: Any) -> Run:
        return self("destroy", "--yes", "--skip-preview", **more)

    def resources(self) -> list[dict[str, Any]]:
        """The resources of the state, the stack's own left out."""
        state = json.loads(self.checkpoint().read_text(encoding="utf-8"))
        resources = state["checkpoint"]["latest"].get("resources", [])
        return [one for one in resources if one["type"].startswith("pulumi-python:")]

    def checkpoint(self) -> Path:
        """The backend's file of the stack's state."""
        return next((self.folder / "backend" / ".pulumi" / "stacks").rglob("bench.json"))


def _watch(process: subprocess.Popen[bytes]) -> dict[str, int]:
    """Follows the processes below one until it ends (without waiting for it): their peaks of resident memory, in KiB."""
    peaks: dict[str, int] = {}
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        for pid, command in _below(process.pid):
            role = "plugin" if "pulumi.dynamic" in command else "program" if "language-python-exec" in command else ""
            if role:
                peaks[role] = max(peaks.get(role, 0), _peak(pid))
        time.sleep(_POLL_SECONDS)
    return peaks


def _below(root: int) -> Iterator[tuple[int, str]]:
    parents: dict[int, int] = {}
    commands: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            commands[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        except (OSError, ValueError):
            continue
    for pid, command in commands.items():
        above = parents.get(pid)
        while above and above != root:
            above = parents.get(above)
        if above == root:
            yield pid, command


def _peak(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) if found else 0


class Names:
    """Ids of voice connectors that were never used before."""

    def __init__(self) -> None:
        self._next = 0

    def take(self, count: int) -> list[str]:
        start, self._next = self._next, self._next + count
        return [f"bench{number:017}" for number in range(start, self._next)]
