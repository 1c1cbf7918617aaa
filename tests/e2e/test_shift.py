"""docs/shift.md: its workflow, job by job, against an emulator and the counts of moto's CloudWatch."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ..support.calls import ATTEMPTS, FAILURES, count
from ..support.hosts import Dns, SipHost
from ..support.values import CONNECTOR
from .guides import ROOT
from .support import HEADER, Live, Project

if TYPE_CHECKING:
    from chime_voice_emulator import Emulator

TEXT = (ROOT / "docs" / "shift.md").read_text(encoding="utf-8")
STACK, WORKFLOW = (yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
PROBE, *BACK = re.findall(r"^\$ (.*)$", TEXT, re.MULTILINE)
PROGRAM = """
for name, settings in pulumi.Config("chime-voice").require_object("originations").items():
    Origination(name, voice_connector_id=settings["voiceConnectorId"], routes=settings["routes"])
"""


def steps(job: str) -> list[list[str]]:
    """The commands of a job beside those that set up its machine."""
    lines = [step["run"] for step in WORKFLOW["jobs"][job]["steps"] if "run" in step]
    return [shlex.split(line.replace("$CONNECTOR", WORKFLOW["env"]["CONNECTOR"])) for line in lines[1:]]


def do(project: Project, words: list[str]) -> tuple[int, str]:
    command = [words[0].removeprefix(".venv/bin/"), *words[1:]]
    done = subprocess.run(
        command, cwd=project.folder, env=project.env, capture_output=True, text=True, timeout=300, check=False
    )
    return done.returncode, done.stdout + done.stderr


def shares(live: Live) -> list[tuple[str, int, int]]:
    """Host, priority and weight of each live route."""
    return [(host, priority, weight) for host, _, _, priority, weight in live.routes() or []]


@pytest.mark.full
def test_three_stages(project: Project, live: Live, moto: str, emulator: Emulator) -> None:
    """90/10, 50/50, then all, with the old host as failover. Failures between two stages stop the workflow before it writes."""
    assert emulator
    assert (
        WORKFLOW["env"]["CONNECTOR"]
        == CONNECTOR
        == STACK["config"]["chime-voice:originations"]["support"]["voiceConnectorId"]
    )
    project.env["AWS_ENDPOINT_URL_CLOUDWATCH"] = moto
    project.init("prod")
    old, new = "sbc-old.example.net", "sbc-new.example.net"
    live.put((old, 5060, "TCP", 1, 1))
    (project.folder / "__main__.py").write_text(HEADER + PROGRAM)
    file = project.folder / "Pulumi.prod.yaml"
    salt, _, _ = file.read_text().partition("config:")
    start: Any = yaml.safe_load(yaml.safe_dump(STACK))
    (was,) = start["config"]["chime-voice:originations"].values()
    was["routes"] = [{**was["routes"][0], "priority": 1, "weight": 1}]
    file.write_text(salt + yaml.safe_dump(start))
    project.ok("up", "--stack", "prod", "--yes")

    def run_stage(job: str) -> tuple[int, str]:
        """On a fresh checkout of what was merged."""
        file.write_text(salt + yaml.safe_dump(STACK))
        for words in steps(job):
            status, said = do(project, words)
            if status:
                return status, said
        return 0, ""

    assert run_stage("tenth") == (0, "")
    assert shares(live) == [(new, 1, 10), (old, 1, 90)]

    status, said = run_stage("half")
    assert status == 1
    assert f"({CONNECTOR}): no calls were counted in 15 minutes" in said
    assert shares(live) == [(new, 1, 10), (old, 1, 90)]

    count(moto, CONNECTOR, {(ATTEMPTS, 3): 100, (FAILURES, 3): 11})
    status, said = run_stage("half")
    assert status == 1
    assert "11 of 100 calls failed in 15 minutes (11.0%), more than 10%." in said
    assert shares(live) == [(new, 1, 10), (old, 1, 90)]

    count(moto, CONNECTOR, {(ATTEMPTS, 2): 100, (FAILURES, 2): 1})
    assert run_stage("half") == (0, "")
    assert shares(live) == [(new, 1, 50), (old, 1, 50)]
    assert run_stage("all") == (0, "")
    assert shares(live) == [(new, 1, 50), (old, 2, 50)]

    first, second = map(shlex.split, BACK)
    assert do(project, first)[0] == 0
    assert do(project, [*second, "--yes", "--non-interactive"])[0] == 0
    assert shares(live) == [(new, 2, 50), (old, 1, 50)]


def test_the_new_host_is_asked_first(project: Project) -> None:
    """The command of the page, with the file of the page, and hosts of this machine."""
    (project.folder / "stacks").mkdir()
    words = shlex.split(PROBE)
    with SipHost("TCP") as host, Dns({f"sbc-{age}.acme.org": {"A": ["127.0.0.1"]} for age in ("old", "new")}) as dns:
        text = yaml.safe_dump(STACK).replace("example.net", "acme.org").replace("5060", str(host.port))
        (project.folder / words[-1]).write_text(text)
        status, said = do(project, [*words, "--resolver", dns.address])
    assert status == 0, said
    assert said.count("200 OK") == 2
