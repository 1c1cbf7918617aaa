"""docs/shift.md: its workflow, job by job, against an emulator and the counts of moto's CloudWatch."""

from __future__ import annotations

import datetime
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


def steps(job: str, began: str = "") -> list[list[str]]:
    """The commands of a job beside those that set up its machine; the stage before it ended at `began`."""
    lines = [step["run"] for step in WORKFLOW["jobs"][job]["steps"] if "run" in step]
    values = {"$CONNECTOR": WORKFLOW["env"]["CONNECTOR"], "$BEGAN": began}
    commands = [[values.get(word, word) for word in shlex.split(line)] for line in lines[1:]]
    return [words for words in commands if words[0] != "echo"]


def ago(minutes: float) -> str:
    """A time, as the workflow's `date` prints it."""
    time = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=minutes)
    return subprocess.run(
        ["date", "-u", "-d", time.isoformat(), *_format_of_date()], capture_output=True, text=True, check=True
    ).stdout.strip()


def _format_of_date() -> list[str]:
    (line,) = {
        step["run"]
        for job in WORKFLOW["jobs"].values()
        for step in job["steps"]
        if step.get("run", "").startswith("echo")
    }
    found = re.search(r"\$\(date -u (\S+)\)", line)
    assert found
    return [found[1]]


def test_each_gate_judges_the_stage_before_it() -> None:
    """From its end, with its share."""
    gates = {
        job: (step["env"]["BEGAN"], re.search(r"--share (\d+)", step["run"])[1])  # type: ignore[index]
        for job, settings in WORKFLOW["jobs"].items()
        for step in settings["steps"]
        if "--share" in step.get("run", "")
    }
    assert gates == {
        "half": ("${{ needs.tenth.outputs.began }}", "10"),
        "all": ("${{ needs.half.outputs.began }}", "50"),
    }
    for before in ("tenth", "half"):
        job = WORKFLOW["jobs"][before]
        assert job["outputs"] == {"began": "${{ steps.end.outputs.began }}"}
        assert job["steps"][-1]["id"] == "end"


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
        """On a fresh checkout of what was merged, a quarter of an hour after the stage before."""
        file.write_text(salt + yaml.safe_dump(STACK))
        for words in steps(job, ago(15)):
            status, said = do(project, words)
            if status:
                return status, said
        return 0, ""

    assert run_stage("tenth") == (0, "")
    assert shares(live) == [(new, 1, 10), (old, 1, 90)]

    status, said = run_stage("half")
    assert status == 3
    assert f"({CONNECTOR}): 0 calls before the stage are too few to compare with: 500 are needed." in said
    count(moto, CONNECTOR, {(ATTEMPTS, 60): 1000, (FAILURES, 60): 10})
    status, said = run_stage("half")
    assert status == 3
    assert f"({CONNECTOR}): 0 calls are too few to judge a share of 10%" in said

    count(moto, CONNECTOR, {(ATTEMPTS, 3): 200, (FAILURES, 3): 20})
    status, said = run_stage("half")
    assert status == 1
    assert "20 of 200 calls failed in 15 minutes (10.0%), and 1.0% before." in said
    assert shares(live) == [(new, 1, 10), (old, 1, 90)]

    count(moto, CONNECTOR, {(ATTEMPTS, 2): 2000, (FAILURES, 2): 20})
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
