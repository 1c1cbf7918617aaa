"""`chime-voice export --import-file`: what the file has, who can read it, and what the command says about the rest."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from .support import CAMPAIGN, EMERGENCY_NUMBERS, FRESH, SALES, SUPPORT

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from chime_voice_emulator import Emulator

    Run = Callable[..., subprocess.CompletedProcess[str]]


def resources(file: Path) -> dict[str, dict[str, Any]]:
    """The entries of a file, by the name in the stack."""
    return {entry["logicalName"]: entry for entry in json.loads(file.read_text())["resources"]}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "import.json"


@pytest.fixture
def pulumi(tmp_path: Path) -> Callable[[str], str]:
    """PATH with a Pulumi CLI that prints this version."""

    def on_path(version: str) -> str:
        command = tmp_path / "bin" / "pulumi"
        command.parent.mkdir()
        command.write_text(f"#!/bin/sh\necho {version}\n")
        command.chmod(0o755)
        return f"{command.parent}{os.pathsep}{os.environ['PATH']}"

    return on_path


def test_declared_as_imported(run: Run, file: Path) -> None:
    """The stack configuration is printed as ever, and has the names, IDs and regions of the file."""
    plain, done = run("export", "--all-regions"), run("export", "--all-regions", "--import-file", str(file))
    assert done.returncode == 0
    assert done.stdout == plain.stdout
    declared = yaml.safe_load(done.stdout)["config"]["chime-voice:originations"]
    imported = {name: (entry["id"], entry["outputs"]["region"]) for name, entry in resources(file).items()}
    assert imported == {name: (entry["voiceConnectorId"], entry["region"]) for name, entry in declared.items()}
    assert imported["sales"] == (SALES, "eu-west-1")
    off = resources(file)["campaign"]["outputs"]
    assert (off["disabled"], list(off["routes"]), off["callDistribution"]) == (True, ["203.0.113.9:5060/UDP"], {})


def test_off_without_routes(run: Run, file: Path, emulator: Emulator) -> None:
    emulator.seed({"voice_connectors": [{"id": FRESH, "name": "fresh", "origination": {"Disabled": True}}]})
    run("export", FRESH, "--import-file", str(file))
    outputs = resources(file)["fresh"]["outputs"]
    assert (outputs["disabled"], outputs["routes"]) == (True, {})


def test_names(run: Run, file: Path) -> None:
    """Chosen names count in both; the others keep theirs."""
    done = run("export", "--import-file", str(file), "--name", f"{SUPPORT}=helpdesk")
    assert set(yaml.safe_load(done.stdout)["config"]["chime-voice:originations"]) == {"campaign", "helpdesk"}
    assert set(resources(file)) == {"campaign", "helpdesk"}


def test_components_and_provider(run: Run, file: Path) -> None:
    """Each component is in the one before it, and the resources are in the last, with the Provider."""
    around = ["--parent", "acme:telephony:Org::org", "--parent", "acme:telephony:Team::team", "--provider", "org"]
    run("export", SUPPORT, "--region", "us-east-1", "--import-file", str(file), *around)
    org, team, provider, line = json.loads(file.read_text())["resources"]
    assert (org["component"], "parent" in org, team["component"], team["parent"]) == (True, False, True, org["name"])
    assert (org["type"], team["type"]) == ("acme:telephony:Org", "acme:telephony:Team")
    assert (provider["type"], provider["logicalName"]) == ("pulumi:providers:pulumi-python", "org")
    assert provider["inputs"] == {"aws:region": "us-east-1", "chime-voice:provider": "org"}
    assert (line["parent"], line["provider"]) == (team["name"], provider["name"])
    assert len({entry["name"] for entry in (org, team, provider, line)}) == 4


def test_emergency_calling(run: Run, file: Path) -> None:
    """Only if it is asked for: the file then has the numbers, only its owner can read it, and no output has one."""
    file.write_text("before")
    file.chmod(0o644)
    done = run("export", SUPPORT, "--import-file", str(file))
    assert "support-line-emergency" not in resources(file)
    assert "which is not exported" in done.stderr
    done = run("export", SUPPORT, "--import-file", str(file), "--emergency-calling")
    assert file.stat().st_mode & 0o777 == 0o600
    number = resources(file)["support-line-emergency"]["outputs"]["numbers"]["US 1"]
    assert [json.loads(number[name]["plaintext"]) for name in ("emergencyPhoneNumber", "testPhoneNumber")] == list(
        EMERGENCY_NUMBERS
    )
    assert f"{file} contains phone numbers. Delete it after the import.\n" in done.stderr
    assert f"which only {file} contains, because" in done.stderr
    assert not any(number in done.stdout + done.stderr for number in EMERGENCY_NUMBERS)


def test_no_emergency_calling(run: Run, file: Path) -> None:
    """The file is as harmless as without the option."""
    done = run("export", CAMPAIGN, "--import-file", str(file), "--emergency-calling")
    assert done.returncode == 0
    assert "phone numbers" not in done.stderr
    assert set(resources(file)) == {"campaign"}


@pytest.mark.parametrize("answers", [["ok", "403*9"], ["403*9"]])
def test_emergency_calling_that_cannot_be_imported(
    run: Run, file: Path, emulator: Emulator, answers: list[str]
) -> None:
    """Also if it is not known whether there is some. The reason is printed, the rest is in the file, and the exit status is 1."""
    operation = "GetVoiceConnectorEmergencyCallingConfiguration"
    emulator.faults.fail(operation, answers, voice_connector_id=SUPPORT)
    done = run("export", SUPPORT, "--import-file", str(file), "--emergency-calling")
    assert done.returncode == 1
    assert f"reading emergency calling of Voice Connector {SUPPORT} (us-east-1): ForbiddenException" in done.stderr
    assert set(resources(file)) == {"support-line"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--provider", "prod"], "--parent, --provider and --emergency-calling go with --import-file."),
        (
            ["--import-file", "x", "--parent", "team"],
            "--parent team is not TYPE::NAME, such as acme:telephony:Team::support.",
        ),
        (["--name", "helpdesk"], "--name helpdesk: give the ID of a voice connector and a name, as ID=NAME."),
        (["--name", "x=helpdesk"], "--name x: there is no such voice connector among those exported."),
        (["--name", f"{SUPPORT}=campaign"], "--name: campaign would be the name of two resources."),
    ],
)
def test_usage(run: Run, arguments: list[str], sentence: str) -> None:
    done = run("export", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(f"Error: {sentence}\n")


def test_nothing_to_import(run: Run, file: Path) -> None:
    """Pulumi has no use for an empty file."""
    done = run("export", FRESH, "--import-file", str(file))
    assert done.returncode == 1
    assert done.stderr.endswith(f"There is nothing to import, so {file} is not written.\n")
    assert not file.exists()


def test_cannot_be_written(run: Run, tmp_path: Path) -> None:
    there = tmp_path / "missing" / "import.json"
    done = run("export", CAMPAIGN, "--import-file", str(there))
    assert done.returncode == 1
    assert done.stderr.endswith(f"Error: {there} cannot be written: No such file or directory.\n")


@pytest.mark.parametrize("version", ["v3.253.0", "v3.250.0-dev"])
def test_older_pulumi(run: Run, file: Path, pulumi: Callable[[str], str], version: str) -> None:
    done = run("export", CAMPAIGN, "--import-file", str(file), PATH=pulumi(version))
    assert done.returncode == 0
    assert done.stderr == f"Pulumi CLI {version[1:]} cannot import {file}. Upgrade it to 3.254 or newer first.\n"


@pytest.mark.parametrize("version", ["v3.254.0", "v4.0.0", "what?"])
def test_other_pulumi(run: Run, file: Path, pulumi: Callable[[str], str], version: str) -> None:
    assert run("export", CAMPAIGN, "--import-file", str(file), PATH=pulumi(version)).stderr == ""
