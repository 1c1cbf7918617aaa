"""Runs the emulator in a separate process, and Pulumi projects against it.

All files are in a temporary folder, and all connections are on loopback.
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
OURS, NULL = "ours", "null"
ROLES = ("program", "plugin")
CALL_SECONDS = 0.05
"""The time of each API call in figures with calls: about that of a call to AWS within a continent."""

_SEED_SIZE = 500
_POLL_SECONDS = 0.02
"""The pause between two looks at the processes: the kernel does not report new ones, and a process that has ended has no peak."""


class Emulator:
    """The emulator in a separate process: it shares no interpreter with what is measured."""

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
        """Creates voice connectors without settings."""
        for start in range(0, len(connectors), _SEED_SIZE):
            part = connectors[start : start + _SEED_SIZE]
            self._control("POST", "seed", {"voice_connectors": [{"id": id_, "region": "us-east-1"} for id_ in part]})

    def clear_requests(self) -> None:
        self._control("DELETE", "requests")

    def calls(self) -> dict[str, int]:
        """Returns the number of requests by operation, since they were last cleared."""
        return dict(sorted(Counter(request["operation"] for request in self._control("GET", "requests")).items()))

    def _control(self, method: str, resource: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_emulator/{resource}", data, method=method)
        with urllib.request.urlopen(request) as response:
            text = response.read()
        return json.loads(text) if text else None


@dataclass
class Run:
    """A Pulumi command that has ended.

    Attributes:
        seconds: wall-clock time.
        cpu: CPU seconds of the command and of every process that it started and waited for.
        output: what it printed.
        peaks: peak memory in KiB of the program and the plugin, if they were watched.
    """

    seconds: float
    cpu: float
    output: str
    peaks: dict[str, int] = field(default_factory=dict)


class Project:
    """A Pulumi project with its own stack and backend.

    Args:
        kind: `OURS`, or `NULL` for the same program with a provider that does nothing.
        emulator: the service endpoint.
        home: the value of PULUMI_HOME, which projects share.
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
        """Sets what the program declares, with another weight for the first `changed` connectors."""
        plan = {"connectors": connectors, "weight": weight, "changed": changed}
        (self.folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")

    def __call__(self, *arguments: str, watch: bool = False, **environment: str) -> Run:
        """Runs Pulumi with the arguments. Ends the process if the command fails."""
        command = [str(BIN / "pulumi"), *arguments, "--non-interactive", "--color=never"]
        with tempfile.TemporaryFile("w+") as file:
            began = time.perf_counter()
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**self.environment, **environment},
                stdout=file,
                stderr=subprocess.STDOUT,
            )
            peaks: dict[str, int] = {}
            if watch:
                peaks = _watch(process)
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            file.seek(0)
            output = file.read()
        if process.returncode:
            raise SystemExit(f"pulumi {' '.join(arguments)} ({self.kind}) failed:\n{output}")
        return Run(seconds, usage.ru_utime + usage.ru_stime, output, peaks)

    def preview(self, *options: str, **more: Any) -> Run:
        return self("preview", *options, **more)

    def up(self, *options: str, **more: Any) -> Run:
        return self("up", "--yes", "--skip-preview", *options, **more)

    def refresh(self, **more: Any) -> Run:
        return self("refresh", "--yes", "--skip-preview", **more)

    def destroy(self, **more: Any) -> Run:
        return self("destroy", "--yes", "--skip-preview", **more)

    def resources(self) -> list[dict[str, Any]]:
        """Returns the resources of the state, without the stack itself."""
        state = json.loads(self.checkpoint().read_text(encoding="utf-8"))
        resources = state["checkpoint"]["latest"].get("resources", [])
        return [resource for resource in resources if resource["type"].startswith("pulumi-python:")]

    def checkpoint(self) -> Path:
        """Returns the file of the stack's state in the backend."""
        return next((self.folder / "backend" / ".pulumi" / "stacks").rglob("bench.json"))


def _watch(process: subprocess.Popen[bytes]) -> dict[str, int]:
    """Returns the peak resident memory, in KiB, of the descendants of a process, once it has ended. Does not wait for it."""
    peaks: dict[str, int] = {}
    while os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        for pid, command in _descendants(process.pid):
            role = "plugin" if "pulumi.dynamic" in command else "program" if "language-python-exec" in command else ""
            if role:
                peaks[role] = max(peaks.get(role, 0), _peak_memory(pid))
        time.sleep(_POLL_SECONDS)
    return peaks


def _descendants(root: int) -> Iterator[tuple[int, str]]:
    parents: dict[int, int] = {}
    commands: dict[int, str] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            commands[int(folder.name)] = (folder / "cmdline").read_text().replace("\0", " ")
        except (OSError, ValueError):
            continue
    for pid, command in commands.items():
        ancestor = parents.get(pid)
        while ancestor and ancestor != root:
            ancestor = parents.get(ancestor)
        if ancestor == root:
            yield pid, command


def _peak_memory(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) if found else 0


class Names:
    """Generates IDs of voice connectors that were not used before."""

    def __init__(self) -> None:
        self._next = 0

    def take(self, count: int) -> list[str]:
        start, self._next = self._next, self._next + count
        return [f"bench{number:017}" for number in range(start, self._next)]
