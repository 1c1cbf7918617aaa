"""examples/policies, the policy pack of docs/policies.md, through the engine: what each policy reports, and what it lets pass."""

from __future__ import annotations

import re
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from ..support.values import CONNECTOR
from .guides import ROOT
from .support import LATER
from .test_examples import STRICT, succeed
from .versions import PIP, environment_with

if TYPE_CHECKING:
    from pathlib import Path

    from chime_voice_emulator import Emulator

    from .support import Project

PACK = ROOT / "examples" / "policies"
WRAPPER = """#!/bin/sh
# An older language host (of SDK 3.79) does not name the folder of a policy pack to Python, as later ones do.
if [ -z "$1" ]; then shift; exec {pack}/.venv/bin/python -u -m pulumi.policy "$@" {pack}; fi
exec {program} "$@"
"""


@pytest.fixture(scope="module")
def environment() -> Path:
    """Returns the environment of the pack: that of a program may have other versions."""
    return environment_with((PACK / "requirements.txt").read_text(encoding="utf-8").strip(), PIP)


@pytest.fixture
def pack(project: Project, environment: Path) -> Path:
    """Returns a copy of the pack, with its environment."""
    pack = project.folder / "policies"
    shutil.copytree(PACK, pack, ignore=shutil.ignore_patterns(".venv", "__pycache__"))
    (pack / ".venv").symlink_to(environment)
    wrapper = project.folder / "python"
    wrapper.write_text(WRAPPER.format(pack=pack, program=sys.executable))
    wrapper.chmod(0o700)
    project.env["PULUMI_PYTHON_CMD"] = str(wrapper)
    return pack


def policies(project: Project, pack: Path, arguments: str, name: str = "support") -> str:
    """Returns what a preview prints about the policies."""
    project.program(f'Origination("{name}", voice_connector_id="{CONNECTOR}", {arguments})\n')
    done = project.run("preview", "--policy-pack", "policies", "--color=never")
    assert "calls@v" in done.stdout, done.stdout + done.stderr  # the pack has run
    shown = done.stdout[done.stdout.index("Policies:") :].partition("\n\n")[0]
    assert (done.returncode != 0) == ("[mandatory]" in shown), done.stdout + done.stderr
    return shown.replace(str(pack), "policies")


def reported(project: Project, pack: Path, arguments: str) -> str:
    """Returns what the policies report about an origination; empty if the preview succeeds."""
    violations = re.findall(
        r"^ +- \[mandatory\] +([\w-]+).*\n.*\n +(.*)$", policies(project, pack, arguments), re.MULTILINE
    )
    return "\n".join(": ".join(violation) for violation in violations)


def test_page(project: Project, pack: Path) -> None:
    """What docs/policies.md shows is what a preview prints."""
    page = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```\n(Policies:\n.*?)^```$", page, re.MULTILINE | re.DOTALL)
    project.init("prod")
    assert policies(project, pack, 'routes=[route(host="sbc-1.acme.org")]', "support-line") == shown.rstrip("\n")


def test_code_of_the_page() -> None:
    """The code of docs/policies.md is that of the pack."""
    page = (ROOT / "docs" / "policies.md").read_text(encoding="utf-8")
    code = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert len(code) == 1
    assert code[0] in (PACK / "__main__.py").read_text(encoding="utf-8")


def test_dev(project: Project, pack: Path) -> None:
    """Only the second host is required."""
    assert reported(project, pack, "routes=[route()]") == (
        "second-host: All calls go to one host: add a second one at priority 1, or one at priority 2 for failover."
    )
    assert reported(project, pack, 'routes=[route(), route(host="203.0.113.8", priority=2)]') == ""


def test_prod(project: Project, pack: Path) -> None:
    """It also requires protection, calls that are on, and hosts that AWS can reach."""
    project.init("prod")
    wrong = [reported(project, pack, arguments) for arguments in WRONG_IN_PROD]
    assert wrong == [f"protected: {PROTECT}\ntakes-calls: {text}" for text in WRONG_IN_PROD.values()]
    assert reported(project, pack, f"{REAL}, {PROTECTED}") == ""


PROTECTED = "opts=pulumi.ResourceOptions(protect=True)"
PROTECT = f"Set {PROTECTED}."
REAL = 'routes=[route(host="contest.acme.org"), route(host="8.8.4.4")]'
WRONG_IN_PROD = {
    f"disabled=True, {REAL}": "Inbound calls are turned off: remove disabled=True.",
    'routes=[route(host=host) for host in ("sbc.Example.net.", "sbc.test", "192.168.0.7", "2001:db8::7", "8.8.4.4")]': (
        "AWS cannot reach 4 of the hosts: declare those of production."
    ),
}


@pytest.mark.full
def test_drained_host(project: Project, pack: Path) -> None:
    """It does not take over, so it does not count."""
    drained = '{"host": "8.8.4.4", "protocol": "UDP", "priority": 1, "weight": 1, "enabled": False}'
    assert reported(project, pack, f'routes=[{drained}, route(host="8.8.8.8")]').startswith("second-host: ")


def test_secret_hosts(project: Project, pack: Path) -> None:
    """A policy sees them, and its report does not contain them."""
    project.init("prod")
    secret = f'routes=pulumi.Output.secret([route(host="sbc.example.net")]), {PROTECTED}'
    assert reported(project, pack, secret) == (
        "second-host: All calls go to one host: add a second one at priority 1, or one at priority 2 for failover.\n"
        "takes-calls: AWS cannot reach 1 of the hosts: declare those of production."
    )


@pytest.mark.full
def test_hosts_that_are_not_known(project: Project, pack: Path) -> None:
    """A preview cannot judge them, and says so; it does not fail."""
    project.program(
        LATER + f'Origination("support", voice_connector_id="{CONNECTOR}", routes=[route(host=Made("x").host)])\n'
    )
    assert "can't run policy 'second-host'" in project.preview("--policy-pack", "policies")


def test_nothing_is_sent(project: Project, pack: Path, emulator: Emulator) -> None:
    """`pulumi up` ends before the resource is created."""
    project.program(f'Origination("support", voice_connector_id="{CONNECTOR}", routes=[route()])\n')
    assert "All calls go to one host" in project.up_err("--policy-pack", "policies")
    assert [request.operation for request in emulator.requests if request.method == "PUT"] == []


@pytest.mark.full
def test_types(project: Project, pack: Path) -> None:
    """The pack passes mypy, with the types of Pulumi's package."""
    succeed(project, "mypy", *STRICT, "--python-executable", str(pack / ".venv" / "bin" / "python"), str(pack))
