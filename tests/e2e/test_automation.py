"""Workflows: this repo's own, and those of docs/automation.md, of which every Pulumi command is run.

What a runner brings is not here: the actions, GitHub's token and the installation of packages.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import yaml

from .guides import BIN, ROOT, clone, originations, shell
from .support import Live

if TYPE_CHECKING:
    from pathlib import Path

    from chime_voice_emulator import Emulator

    from .support import Project

OWN = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / ".github" / "workflows").glob("*.yml"))}
TEXT = (ROOT / "docs" / "automation.md").read_text(encoding="utf-8")
SHIFT = (ROOT / "docs" / "shift.md").read_text(encoding="utf-8")
DOCUMENTED = {
    loaded["name"]: text
    for text in re.findall(r"^```yaml\n(.*?)^```$", TEXT + SHIFT, re.MULTILINE | re.DOTALL)
    if "name" in (loaded := yaml.safe_load(text))
}
ALL = OWN | DOCUMENTED
PINNED = {True: r"[\w-]+/[\w-]+@[0-9a-f]{40}", False: r"[\w-]+/[\w-]+@v\d+"}
"""Actions of this repository's workflows are pinned by hash; those of the documentation by version, for readers."""
TRUST, RIGHTS = (
    json.loads(text)["Statement"] for text in re.findall(r"^```json\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
)


def jobs(text: str) -> dict[str, Any]:
    return dict(yaml.safe_load(text)["jobs"])


def commands(name: str) -> list[str]:
    """The Pulumi commands of a documented workflow, once for each entry of its job's matrix."""
    lines = []
    for job in jobs(DOCUMENTED[name]).values():
        for entry in job.get("strategy", {}).get("matrix", {}).get("include", [{}]):
            for step in job["steps"]:
                line = step.get("run", "")
                for key, value in entry.items():
                    line = line.replace(f"${{{{ matrix.{key} }}}}", value)
                if line.startswith("pulumi "):
                    assert "${{" not in line
                    lines.append(line)
    return lines


def reviewed(project: Project, stack: str) -> tuple[int, str]:
    """Runs the steps of the documented preview as GitHub does; returns the status of the first, and the summary."""
    summary = project.folder / f"{stack}.md"
    env = project.env | {"PATH": f"{BIN}:{project.env['PATH']}", "GITHUB_STEP_SUMMARY": str(summary)}
    steps = [step for step in jobs(DOCUMENTED["preview"])["preview"]["steps"] if "preview" in step.get("run", "")]
    statuses = []
    for step in steps:
        flags = "-eo" if step.get("shell") == "bash" else "-e"
        command = ["bash", flags, *(["pipefail"] if flags == "-eo" else []), "-c"]
        line = step["run"].replace("${{ matrix.stack }}", stack)
        done = subprocess.run([*command, line], cwd=project.folder, env=env, stdin=subprocess.DEVNULL, check=False)
        statuses.append(done.returncode)
    status, *others = statuses
    assert others == [0]
    return status, summary.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ALL)
def test_schema(name: str, tmp_path: Path) -> None:
    """GitHub's schema of workflows takes each."""
    file = tmp_path / "workflow.yml"
    file.write_text(ALL[name], encoding="utf-8")
    command = [str(BIN / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("workflow_name", ALL)
def test_privileges(workflow_name: str) -> None:
    """No job may more than read the code and ask for a token, or report and read no code; actions are pinned; what hangs ends."""
    workflow = yaml.safe_load(ALL[workflow_name])
    assert workflow["permissions"] in ({}, {"contents": "read"})
    for name, job in workflow["jobs"].items():
        if "steps" not in job:
            assert job["uses"].startswith("./.github/workflows/")
            continue
        if name == "announce":  # writes the release, and runs no action but the one that fetches what was built
            assert job["permissions"] == {"contents": "write"}
            assert [step["uses"].partition("@")[0] for step in job["steps"] if "uses" in step] == [
                "actions/download-artifact"
            ]
            continue
        reports = job.get("permissions") == {"issues": "write"} and not any("uses" in step for step in job["steps"])
        assert reports or job.get("permissions", {}).items() <= {"contents": "read", "id-token": "write"}.items()
        assert job["timeout-minutes"] <= 60
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step)
            if "uses" in step:
                assert re.fullmatch(PINNED[ALL[workflow_name] is OWN.get(workflow_name)], step["uses"])
            if "actions/checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False
        assert "pull_request_target" not in workflow


def test_own_workflows_run_what_the_makefile_has() -> None:
    """What CI runs is what a person runs."""
    run = [
        step["run"]
        for text in OWN.values()
        for name, job in jobs(text).items()
        for step in job.get("steps", ())
        if "run" in step and name not in ("report", "announce") and not step["run"].startswith(".venv/bin/")
    ]
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert {"make check", "make test", "make test-full", "make test-newest"} <= set(run)
    assert {line.removeprefix("make ") for line in run} <= targets


GH = """#!/bin/sh
echo "$@" >> asked
case "$*" in *list*) echo "$FOUND";; esac
"""


@pytest.mark.parametrize("found", ["", "7"])
def test_red_weeks_are_one_issue(tmp_path: Path, found: str) -> None:
    """A week that fails opens an issue, or adds its run to the one that is open."""
    needed = jobs(OWN["newest.yml"])
    report = needed.pop("report")
    assert report["needs"] == list(needed)
    assert "failure()" in report["if"]
    (tmp_path / "gh").write_text(GH)
    (tmp_path / "gh").chmod(0o755)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "FOUND": found, "TITLE": "the tests fail", "RUN": "the run"}
    (step,) = report["steps"]
    subprocess.run(["bash", "-ec", step["run"]], cwd=tmp_path, env=env, check=True)
    _, reported = (tmp_path / "asked").read_text().splitlines()
    assert reported == (
        "issue comment 7 --body the run" if found else "issue create --title the tests fail --body the run"
    )


def test_role_for_previews() -> None:
    """Its documents say what its row of the table says, in operations of the service."""
    (row,) = re.findall(r"^\| `telephony-preview` \| (.*) \| (.*) \|$", TEXT, re.MULTILINE)
    subjects, rights = (re.findall("`(.*?)`", part) for part in row)
    (condition,) = TRUST[0]["Condition"].values()
    assert condition["token.actions.githubusercontent.com:sub"] == subjects
    assert RIGHTS[0]["Action"] == rights
    known = boto3.client("chime-sdk-voice", "us-east-1").meta.service_model.operation_names
    assert {right.removeprefix("chime:") for right in rights if right != "cloudwatch:GetMetricData"} <= set(known)


def test_two_ups_never_race() -> None:
    """Each job that runs `up` is in its stack's own group, alone there, and is never cancelled."""
    groups = {}
    for job in jobs(DOCUMENTED["up"]).values():
        (line,) = [step["run"] for step in job["steps"] if step.get("run", "").startswith("pulumi up")]
        stack = line.split("--stack ")[1].split()[0]
        assert job["concurrency"] == {"group": f"up-{stack}", "cancel-in-progress": False}
        groups[stack] = job["concurrency"]["group"]
    assert groups.keys() == {"staging", "prod"}
    others = itertools.chain.from_iterable(jobs(DOCUMENTED[name]).values() for name in ("preview", "drift"))
    assert not {job.get("concurrency", {}).get("group") for job in others} & set(groups.values())


def test_commands(project: Project, connectors: Emulator) -> None:
    """Previews write nothing; up makes it live; without drift the nightly look ends with 0, with drift with 7, and where it
    could not look with another status; it changes neither the service nor the state, and takes no lock: here there is one,
    as an `up` that died leaves it, which stops the next one until it is removed."""
    clone(project.folder)
    for stack in ("staging", "prod"):
        project.init(stack)
    written = lambda: [one for one in connectors.requests if str(one.operation).startswith(("Put", "Delete"))]  # noqa: E731

    asked = _preview_both(project, connectors)
    assert asked
    assert asked <= set(RIGHTS[0]["Action"])
    for line in commands("up"):
        _run(project, line, status=0)
    declared = {item["voiceConnectorId"] for stack in ("staging", "prod") for item in originations(stack).values()}
    assert {one.voice_connector_id for one in written()} == declared

    lock = project.folder / "backend/.pulumi/locks/organization/chime-voice/staging/lost.json"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text(
        json.dumps({"pid": 1, "username": "runner", "hostname": "lost", "timestamp": "2026-01-01T00:00:00Z"})
    )
    drift, prod = commands("drift")
    assert "staging" in drift
    _run(project, drift, status=0)
    _run(project, prod, status=0)
    assert "runner@lost" in _run(project, commands("up")[0], status=None)
    (cancel,) = re.findall(r"`(pulumi cancel [^`]*)`", TEXT)
    _run(project, cancel.replace("prod", "staging"), status=0)
    assert not lock.exists()
    connectors.clear_requests()
    drifted = ("sbc-a.staging.example.net", 5060, "TCP", 1, 49)
    _colleague(connectors, originations("staging")["support"]["voiceConnectorId"], drifted)
    connectors.clear_requests()
    state = project.ok("stack", "export", "-s", "staging")
    said = _run(project, drift, status=7)
    assert "sbc-a.staging.example.net:5060/TCP" in said
    assert project.ok("stack", "export", "-s", "staging") == state
    connectors.faults.fail("GetVoiceConnectorOrigination", ["403"] * 10)
    assert "ForbiddenException" in _run(project, prod, status=None)
    connectors.faults.clear()
    assert written() == []


def _preview_both(project: Project, connectors: Emulator) -> set[str]:
    """Previews staging, with a warning, and prod, which is blocked: the summaries have the diff, the warning and the reason.
    Returns the permissions that were needed."""
    staging, prod = (originations(stack)["support"]["voiceConnectorId"] for stack in ("staging", "prod"))
    someone = Live(connectors.endpoint_url, "eu-west-1")
    someone.client.update_voice_connector(VoiceConnectorId=staging, Name="support", RequireEncryption=True)
    someone.put(("203.0.113.99", 5060, "UDP", 1, 1), connector=prod)
    connectors.clear_requests()
    status, summary = reviewed(project, "staging")
    assert status == 0
    assert "to create" in summary
    assert "warning: support: " in summary
    status, summary = reviewed(project, "prod")
    assert status not in (0, 7)
    assert "blocked, because the voice connector already has different settings" in summary
    asked = {f"chime:{one.operation}" for one in connectors.requests}
    someone.delete(connector=prod)
    someone.client.close()
    connectors.clear_requests()
    return asked


def _colleague(connectors: Emulator, connector: str, *routes: tuple[str, int, str, int, int]) -> None:
    someone = Live(connectors.endpoint_url, "eu-west-1")
    someone.put(*routes, connector=connector)
    someone.client.close()


def _run(project: Project, line: str, *, status: int | None) -> str:
    """Runs a line, which ends with this status; None: with one that means neither success nor drift."""
    done = shell(project, line, confirmed=False)
    said = done.stdout + done.stderr
    if status is None:
        assert done.returncode not in (0, 7), f"{line}\n{said}"
    else:
        assert done.returncode == status, f"{line}\n{said}"
    return said
