"""A Pulumi project in a temporary folder, with a backend of its own, against an emulator in this process.

One helper per verb. Those that succeed assert that they did; `*_err` assert the opposite and return what a person reads.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..support.clients import client
from ..support.emulators import running_emulator
from ..support.values import CONNECTOR, OTHER_CONNECTOR, THIRD_CONNECTOR

if TYPE_CHECKING:
    from chime_voice_emulator import Emulator

BIN = Path(sys.executable).parent

HEADER = """
import pulumi
from pulumi_chime_voice import Origination, OriginationRouteArgs, Provider

def route(host="203.0.113.7", port=5060, protocol="UDP", priority=1, weight=1):
    return OriginationRouteArgs(host=host, port=port, protocol=protocol, priority=priority, weight=weight)
"""

REFERENCE_ROUTE = ("10.24.34.0", 1234, "TCP", 1, 5)

REFERENCE = f"""
support = Origination("support", voice_connector_id="{CONNECTOR}",
    routes=[OriginationRouteArgs(host="10.24.34.0", port=1234, protocol="TCP", priority=1, weight=5)])
pulumi.export("calls", support.call_distribution)
pulumi.export("routes", support.routes)
pulumi.export("port", support.routes.apply(lambda routes: routes[0].port + 1))
pulumi.export("id", support.id)
pulumi.export("region", support.region)
pulumi.export("disabled", support.disabled)
pulumi.export("connector", support.voice_connector_id)
"""
"""The example of the API reference."""

LATER = f"""
import pulumi.dynamic

class Later(pulumi.dynamic.ResourceProvider):
    def create(self, props):
        return pulumi.dynamic.CreateResult("later", {{"connector": "{CONNECTOR}", "host": "sbc-a.example.net"}})

class Made(pulumi.dynamic.Resource):
    connector: pulumi.Output[str]
    host: pulumi.Output[str]

    def __init__(self, name):
        super().__init__(Later(), name, {{"connector": None, "host": None}})
"""
"""`Made(name)`: a resource whose voice connector and host no preview knows."""


def _unaligned(shown: str) -> str:
    """The engine pads the names of properties to one width; here they stand as `name: value`."""
    return re.sub(r" +: ", ": ", shown)


PIP = """
import hashlib, os, subprocess, sys
from pathlib import Path

command = [sys.executable, "-m", "pip", *sys.argv[1:]]
real = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
if sys.argv[1] != "list":
    os.execve(sys.executable, command, real)
answer = Path(__file__).with_name(hashlib.sha256(repr((sys.prefix, sys.argv[1:])).encode()).hexdigest())
if not answer.exists():
    answer.write_bytes(subprocess.run(command, env=real, stdout=subprocess.PIPE, check=True).stdout)
sys.stdout.write(answer.read_text())
"""


SITE = """
import atexit, gc

gc.set_threshold(5_000)
atexit.register(gc.freeze)
"""
"""At its end, Python collects all that was imported, in each of a command's processes: a fifth of the command's CPU."""


def _faster_python(home: Path) -> Path:
    """Makes a folder for PYTHONPATH in which Python ends without a collection and `pip list` remembers its answer.

    The language host lists the packages at every command, which takes pip half a second each time. They do not change.
    """
    folder = home / "pip"
    if not folder.exists():
        (folder / "pip").mkdir(parents=True)
        (folder / "sitecustomize.py").write_text(SITE)
        (folder / "pip" / "__init__.py").write_text("")
        (folder / "pip" / "__main__.py").write_text(PIP)
    return folder


def _copy(source: Path, target: Path) -> None:
    """Copies a folder or a file, and makes the folders above it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)


def _spent_by_children() -> float:
    """Returns the seconds of CPU that this process's children have used."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Project:
    """A Pulumi project with one selected stack. `spent` has the CPU seconds of each command."""

    def __init__(self, folder: Path, endpoint_url: str, home: Path) -> None:
        self.folder = folder
        self.home = home
        self.templates = home / "templates"
        self.spent: list[float] = []
        (folder / "backend").mkdir(parents=True)
        (folder / "Pulumi.yaml").write_text("name: e2e\nruntime: python\n")
        ours = ("AWS_", "PULUMI_", "VIRTUAL_ENV")
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(ours)} | {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_HOME": str(home),
            "PULUMI_BACKEND_URL": (folder / "backend").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "e2e",
            "PULUMI_SKIP_UPDATE_CHECK": "1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_CONFIG_FILE": str(folder / "no-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "no-credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL_CHIME_SDK_VOICE": endpoint_url,
            "CHIME_VOICE_LOCAL_LAG_SECONDS": "1",
            "GOGC": "400",  # a tenth less CPU for each command
            "PYTHONPATH": str(_faster_python(home)),
        }
        self._first_stack(home)

    def _first_stack(self, home: Path) -> None:
        """`pulumi stack init dev`; all projects after the first get a copy of what it made."""
        if not self._copied("first-stack"):
            self.init("dev")
            self._keep("first-stack")
            self._copied("first-stack")  # another process may have been first, with another salt
        # Which stack is selected: for older engines, and for those that keep one for each backend.
        name = "organization/e2e/dev"
        selected = {"stack": name, "stacks": {self.env["PULUMI_BACKEND_URL"]: name}}
        digest = hashlib.sha1(str(self.folder / "Pulumi.yaml").encode(), usedforsecurity=False).hexdigest()
        (home / "workspaces").mkdir(exist_ok=True)
        (home / "workspaces" / f"e2e-{digest}-workspace.json").write_text(json.dumps(selected))

    def _keep(self, name: str, settings: dict[str, Any] | None = None) -> None:
        """Makes a template of the backend, of the stack's file and of live settings, unless another process has."""
        self.templates.mkdir(exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=self.templates, prefix="unfinished-"))
        for part in ("backend", "Pulumi.dev.yaml"):
            _copy(self.folder / part, unfinished / part)
        (unfinished / "live.json").write_text(json.dumps(settings))
        with contextlib.suppress(OSError):
            unfinished.rename(self.templates / name)

    def _copied(self, name: str) -> bool:
        """Puts a template in place; False if there is none."""
        if not (self.templates / name).exists():
            return False
        shutil.rmtree(self.folder / "backend")
        for part in ("backend", "Pulumi.dev.yaml"):
            _copy(self.templates / name / part, self.folder / part)
        return True

    def deployed(self, body: str) -> None:
        """Puts the program, its state and its live settings in place as `up` leaves them, without its calls.

        They are copies of what an `up` made in this run of the tests, in a project of its own. Use it where the first `up` of
        a test is not what is tested.
        """
        self.program(body)
        stack_file = self.folder / "Pulumi.dev.yaml"
        configured = stack_file.read_text()
        settings = [line for line in configured.splitlines() if "chime-voice:resolver" not in line]  # no state has it
        known = (body, self.env["PATH"], settings)
        name = hashlib.sha256(repr(known).encode()).hexdigest()[:16]
        if not self._copied(name):
            self._deploy_template(name, body)
            assert self._copied(name)
        stack_file.write_text(configured)
        live = Live(self.env["AWS_ENDPOINT_URL_CHIME_SDK_VOICE"])
        live.restore(json.loads((self.templates / name / "live.json").read_text()))
        live.client.close()

    def _deploy_template(self, name: str, body: str) -> None:
        connectors = (CONNECTOR, OTHER_CONNECTOR, THIRD_CONNECTOR)
        with running_emulator(*connectors) as emulator:
            live = Live(emulator.endpoint_url)
            if "EmergencyCalling" in body:
                for connector in connectors:
                    live.enable_termination(connector)
            made = Project(self.folder.parent / "template", emulator.endpoint_url, self.home)
            made.env |= {key: self.env[key] for key in ("PATH", "PYTHONPATH")}
            shutil.copy(self.folder / "Pulumi.dev.yaml", made.folder)
            made.program(body)
            made.up()
            self.spent += made.spent
            made._keep(name, live.settings())
            live.client.close()
        shutil.rmtree(made.folder)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["pulumi", *arguments, "--non-interactive"]
        before = _spent_by_children()
        try:
            return subprocess.run(
                command, cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=300, check=False
            )
        finally:
            self.spent.append(_spent_by_children() - before)

    def ok(self, *arguments: str) -> str:
        return self._succeed(*arguments).stdout

    def said(self, *arguments: str) -> str:
        """All that a person reads: with --diff, the warnings of the plugin come over stderr."""
        result = self._succeed(*arguments)
        return result.stdout + result.stderr

    def _succeed(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        result = self.run(*arguments)
        assert result.returncode == 0, f"pulumi {' '.join(arguments)}\n{result.stdout}\n{result.stderr}"
        return result

    def err(self, *arguments: str) -> str:
        result = self.run(*arguments)
        assert result.returncode != 0, f"pulumi {' '.join(arguments)} should have failed\n{result.stdout}"
        return result.stdout + result.stderr

    def init(self, stack: str) -> None:
        self.ok("stack", "init", stack)

    def program(self, body: str) -> None:
        """The program; `Origination`, `Provider` and `route(…)` are there to use."""
        (self.folder / "__main__.py").write_text(HEADER + body)
        # Python takes a program of the same second and size for the one that it has compiled.
        shutil.rmtree(self.folder / "__pycache__", ignore_errors=True)

    def up(self, *options: str) -> str:
        return _unaligned(self.said("up", "--yes", "--skip-preview", "--diff", "--color=never", *options))

    def up_err(self, *options: str) -> str:
        return self.err("up", "--yes", "--skip-preview", "--color=never", *options)

    def preview(self, *options: str) -> str:
        return _unaligned(self.said("preview", "--diff", "--color=never", *options))

    def preview_err(self, *options: str) -> str:
        return self.err("preview", "--diff", "--color=never", *options)

    def refresh(self, *options: str) -> str:
        return self.ok("refresh", "--yes", "--skip-preview", "--diff", "--color=never", *options)

    def refresh_err(self, *options: str) -> str:
        return self.err("refresh", "--yes", "--skip-preview", "--color=never", *options)

    def destroy(self, *options: str) -> str:
        return self.ok("destroy", "--yes", "--skip-preview", "--color=never", *options)

    def steps(self) -> dict[str, str]:
        """What a preview would do, by resource name; the stack itself left out."""
        plan = json.loads(self.ok("preview", "--json"))
        steps = {
            step["urn"].rpartition("::")[2]: step["op"]
            for step in plan["steps"]
            if "pulumi:pulumi:Stack" not in step["urn"]
        }
        return {name: operation for name, operation in steps.items() if operation != "same"}

    def nothing_to_change(self) -> None:
        """A preview that refreshes first finds state, live settings and program in agreement."""
        self.ok("preview", "--refresh", "--expect-no-changes")

    def outputs(self) -> dict[str, Any]:
        return json.loads(self.ok("stack", "output", "--json"))

    def settings(self) -> dict[str, tuple[Any, Any, Any]]:
        """Id, inputs and outputs of the originations in the state, by resource name."""
        return {name: (item["id"], item["inputs"], item["outputs"]) for name, item in self.state().items()}

    def urn(self, name: str) -> str:
        """The URN of the resource of this name in the state."""
        return str(self.state()[name]["urn"])

    def state(self) -> dict[str, dict[str, Any]]:
        """The resources of this package in the state, by name."""
        files = list((self.folder / "backend" / ".pulumi" / "stacks").glob("*/*.json"))
        if len(files) == 1:  # the file that `stack export` would print, without the time of a command
            resources = json.loads(files[0].read_text())["checkpoint"]["latest"].get("resources", [])
        else:
            resources = json.loads(self.ok("stack", "export"))["deployment"].get("resources", [])
        ours = [item for item in resources if item["type"].startswith("pulumi-python:dynamic/chime:")]
        return {item["urn"].rpartition("::")[2]: item for item in ours}


KINDS = {
    "Origination": "origination",
    "Termination": "termination",
    "EmergencyCallingConfiguration": "emergency_calling_configuration",
}
"""The settings of a voice connector that a stack's template keeps: their names in the API and in boto3."""


class Live:
    """What the service holds, asked through boto3, as a colleague with the console would."""

    def __init__(self, endpoint_url: str, region: str = "us-east-1") -> None:
        self.client = client(endpoint_url, region)

    def settings(self) -> dict[str, dict[str, Any]]:
        """Returns the settings of each voice connector that has routes, by kind, in the API's form."""
        found: dict[str, dict[str, Any]] = {}
        for connector in self.client.list_voice_connectors()["VoiceConnectors"]:
            kinds = found[connector["VoiceConnectorId"]] = {}
            for kind, name in KINDS.items():
                get = getattr(self.client, f"get_voice_connector_{name}")
                with contextlib.suppress(self.client.exceptions.NotFoundException):
                    kinds[kind] = get(VoiceConnectorId=connector["VoiceConnectorId"])[kind]
        return {connector: kinds for connector, kinds in found.items() if "Origination" in kinds}

    def restore(self, settings: dict[str, dict[str, Any]]) -> None:
        """Writes what `settings` returned."""
        for connector, kinds in settings.items():
            for kind, value in kinds.items():
                put = getattr(self.client, f"put_voice_connector_{KINDS[kind]}")
                put(VoiceConnectorId=connector, **{kind: value})

    def enable_termination(self, connector: str) -> None:
        """Enables outbound calls, without which there is no emergency calling."""
        termination = {"CallingRegions": ["US"], "CidrAllowedList": ["203.0.113.0/27"], "Disabled": False}
        self.client.put_voice_connector_termination(VoiceConnectorId=connector, Termination=termination)

    def routes(self, connector: str = CONNECTOR) -> list[tuple[str, int, str, int, int]] | None:
        """(host, port, protocol, priority, weight) in order; None where nothing is configured or all is off."""
        try:
            origination = self.client.get_voice_connector_origination(VoiceConnectorId=connector).get("Origination", {})
        except self.client.exceptions.NotFoundException:
            return None
        names = ("Host", "Port", "Protocol", "Priority", "Weight")
        routes = sorted(tuple(item[name] for name in names) for item in origination.get("Routes", []))
        return None if origination.get("Disabled") or not routes else routes

    def put(self, *routes: tuple[str, int, str, int, int], disabled: bool = False, connector: str = CONNECTOR) -> None:
        names = ("Host", "Port", "Protocol", "Priority", "Weight")
        origination = {"Disabled": disabled, "Routes": [dict(zip(names, item, strict=True)) for item in routes]}
        self.client.put_voice_connector_origination(VoiceConnectorId=connector, Origination=origination)

    def delete(self, connector: str = CONNECTOR) -> None:
        self.client.delete_voice_connector_origination(VoiceConnectorId=connector)


class Calls:
    """The requests that the provider has sent since the last look, by operation; a colleague's own do not count."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.seen = 0

    def take(self) -> list[str]:
        sent = self.emulator.requests[self.seen :]
        self.seen = len(self.emulator.requests)
        names = [str(item.operation) for item in sent if "pulumi-chime-voice/" in (item.user_agent or "")]
        short = {"VoiceConnectorOrigination": "", "VoiceConnectorEmergencyCallingConfiguration": "Emergency"}
        for long, kept in short.items():
            names = [name.replace(long, kept) for name in names]
        return names
