"""Kills the engine, the plugin or the emulator at a given API call of an `up`, and looks at what a person can do then.

The `up` has forty originations: twelve creates, twelve updates, six replacements and ten deletes.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..support.clients import client

if TYPE_CHECKING:
    from .support import Project

BIN = Path(sys.executable).parent
VICTIMS = ("engine", "plugin", "emulator")
CREATES, UPDATES, REPLACES, DELETES = 12, 12, 6, 10
API_CALLS = 2 * CREATES + 2 * UPDATES + 6 * REPLACES + 3 * DELETES
"""Of an `up` that nobody disturbs, as the design has them."""

CONNECTORS = [f"abcdefghij{number:012d}" for number in range(CREATES + UPDATES + 2 * REPLACES + DELETES)]
_CREATED, _UPDATED, _LEFT, _REACHED, _DELETED = (
    CONNECTORS[:12],
    CONNECTORS[12:24],
    CONNECTORS[24:30],
    CONNECTORS[30:36],
    CONNECTORS[36:],
)

Declared = dict[str, tuple[str, int]]
"""Name of a resource -> its voice connector and the weight of its route."""

BEFORE: Declared = (
    {f"updated-{n}": (connector, 1) for n, connector in enumerate(_UPDATED)}
    | {f"replaced-{n}": (connector, 1) for n, connector in enumerate(_LEFT)}
    | {f"deleted-{n}": (connector, 1) for n, connector in enumerate(_DELETED)}
)
AFTER: Declared = (
    {f"created-{n}": (connector, 1) for n, connector in enumerate(_CREATED)}
    | {f"updated-{n}": (connector, 2) for n, connector in enumerate(_UPDATED)}
    | {f"replaced-{n}": (connector, 1) for n, connector in enumerate(_REACHED)}
)


def program(declared: Declared) -> str:
    return (
        f"for name, (connector, weight) in {declared!r}.items():\n"
        "    Origination(name, voice_connector_id=connector, routes=[route(weight=weight), route('sbc.example.net')])\n"
    )


def live_of(declared: Declared) -> dict[str, int]:
    """What the service should hold: the weight of the first route, by voice connector."""
    return dict(declared.values())


@dataclass(frozen=True)
class Killed:
    """How an `up` was killed, and what that left.

    Attributes:
        victim: who was killed.
        after: how many API calls had been answered by then.
        finished: whether the `up` had already come to its end.
        live: the weight of the first route, by voice connector, right after the kill.
        torn: whether the kill hit the engine while it wrote the state's attributes, which the file backend does in place.
        known: voice connector by resource, as the state has it.
        pending: operations that the engine had begun and does not know the end of: (kind, voice connector).
    """

    victim: str
    after: int
    finished: bool
    live: dict[str, int]
    torn: bool
    known: dict[str, str]
    pending: set[tuple[str, str]]


class Machine:
    """A project and an emulator in a process of its own, which can be killed and put back to how they were."""

    def __init__(self, project: Project, port: int) -> None:
        self.project = project
        self.port = port
        self.data = project.folder / "emulator.db"
        self._saved = project.folder.parent / "saved"
        self._emulator: subprocess.Popen[str] | None = None
        project.env["AWS_ENDPOINT_URL_CHIME_SDK_VOICE"] = f"http://127.0.0.1:{port}"
        # Whatever a test would learn from a second attempt, it would learn half a minute later.
        project.ok("config", "set", "aws:maxRetries", "1")

    # --- the emulator

    def start(self, *options: str) -> None:
        command = [sys.executable, "-m", "chime_voice_emulator", "--port", str(self.port), "--data", str(self.data)]
        self._emulator = subprocess.Popen(
            [*command, "--control", *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._emulator.stdout is not None
        assert "http://" in self._emulator.stdout.readline()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._emulator is not None:
            self._emulator.send_signal(how)
            self._emulator.communicate(timeout=60)
            self._emulator = None

    def control(self, method: str, path: str, body: Any = None) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, f"/_emulator/{path}", None if body is None else json.dumps(body))
            content = connection.getresponse().read()
        finally:
            connection.close()
        return json.loads(content) if content else None

    def answered(self) -> int:
        return len(self.control("GET", "requests"))

    def live(self) -> dict[str, int]:
        """The weight of the first route, by voice connector, of all that have routes."""
        service = client(f"http://127.0.0.1:{self.port}")
        weights = {}
        for connector in CONNECTORS:
            try:
                answer = service.get_voice_connector_origination(VoiceConnectorId=connector)
            except service.exceptions.NotFoundException:
                continue
            for route in answer["Origination"]["Routes"]:
                if route["Host"] == "203.0.113.7":
                    weights[connector] = route["Weight"]
        service.close()
        return weights

    # --- how it was

    def save(self, name: str) -> None:
        """Keeps project, state and live settings; the emulator must be stopped."""
        shutil.copytree(self.project.folder, self._saved / name, dirs_exist_ok=True)

    def restore(self, name: str) -> None:
        shutil.rmtree(self.project.folder)
        shutil.copytree(self._saved / name, self.project.folder)

    def prepare(self) -> None:
        """Configures what the `up` will update, replace and delete."""
        self.start()
        seed = [{"id": connector, "name": f"line {n}"} for n, connector in enumerate(CONNECTORS)]
        self.control("POST", "seed", {"voice_connectors": seed})
        self.project.program(program(BEFORE))
        self.project.up()
        self.stop()
        self.save("before")

    # --- the kill

    def kill(self, victim: str, after: int) -> Killed:
        """An `up` to AFTER, in which the victim gets SIGKILL as soon as so many API calls have been answered."""
        self.restore("before")
        self.start("--latency", "30ms")
        self.project.program(program(AFTER))
        command = ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, cwd=self.project.folder, env=self.project.env, stdout=quiet, stderr=quiet) as up:
            while up.poll() is None and self.answered() < after:
                time.sleep(0.002)  # between two looks at the log: the engine tells nobody how far it is
            finished = up.poll() is not None
            family = _descendants(up.pid)
            if victim == "emulator":
                self.stop(signal.SIGKILL)
            elif victim == "plugin":
                _kill(pid for pid, command_line in family if "pulumi.dynamic" in command_line)
            elif not finished:
                up.kill()
                # The engine's own children stay behind, and would go on.
                _kill(pid for pid, _ in family)
            up.wait()
        self.stop()
        self.start()
        torn = self._mend()
        killed = Killed(victim, after, finished, self.live(), torn, *self._state())
        self.stop()
        self.save("killed")
        return killed

    @property
    def _checkpoint(self) -> Path:
        return self.project.folder / "backend" / ".pulumi" / "stacks" / "e2e" / "dev.json"

    def _mend(self) -> bool:
        """Removes the attributes that the file backend keeps beside the state, where the kill cut them short."""
        attributes = self._checkpoint.with_name("dev.json.attrs")
        try:
            json.loads(attributes.read_text())
        except FileNotFoundError:
            return False
        except ValueError:
            attributes.unlink()
            return True
        return False

    def _state(self) -> tuple[dict[str, str], set[tuple[str, str]]]:
        """Voice connector by resource, and pending operations, of the state as the file backend keeps it."""
        latest = json.loads(self._checkpoint.read_text())["checkpoint"]["latest"]
        ours = [
            item for item in latest.get("resources") or [] if "Origination" in item["type"] and not item.get("delete")
        ]
        pending = [item for item in latest.get("pending_operations") or [] if "Origination" in item["resource"]["type"]]
        return (
            {item["urn"].rpartition("::")[2]: item["inputs"]["voiceConnectorId"] for item in ours},
            {(item["type"], item["resource"]["inputs"]["voiceConnectorId"]) for item in pending},
        )

    # --- what a person does then

    def then_up(self) -> None:
        """One `up` reaches the wanted settings and no others; a second one finds nothing to change."""
        self.restore("killed")
        self.start()
        self._cancel()
        self.project.up()
        assert self.live() == live_of(AFTER)
        known, _ = self._state()
        assert known == {name: connector for name, (connector, _) in AFTER.items()}
        self.project.up("--expect-no-changes")
        self.stop()

    def then_destroy(self, killed: Killed) -> int:
        """`refresh` and `destroy` leave no settings that the engine knows of, and `up` and `destroy` leave none.

        Returns:
            How many voice connectors `refresh` and `destroy` left configured: by creates whose end the engine never saw.
        """
        self.restore("killed")
        self.start()
        self._cancel()
        self.project.refresh("--clear-pending-creates")
        self.project.destroy()
        left = self.live()
        known, _ = self._state()
        assert known == {}
        unseen = set(_CREATED + _REACHED)
        assert left.keys() <= killed.live.keys() & unseen - set(killed.known.values())
        if left:
            self.project.up()
            self.project.destroy()
            assert self.live() == {}
        self.stop()
        return len(left)

    def _cancel(self) -> None:
        # Lifts the lock that a killed engine leaves behind; where there is none, there is nothing to lift.
        self.project.run("cancel", "--yes")


def _descendants(pid: int) -> list[tuple[int, str]]:
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [
        (int(row[0]), int(row[1]), row[2]) for row in (line.split(None, 2) for line in listed.splitlines()) if row[2:]
    ]
    found, family = {pid}, []
    grown = True
    while grown:
        grown = False
        for child, parent, command_line in rows:
            if parent in found and child not in found:
                found.add(child)
                family.append((child, command_line))
                grown = True
    return family


def _kill(pids: Any) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
