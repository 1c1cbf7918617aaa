"""The projects of examples/: their own tests, their types, and the commands of their README."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from ..cache import CACHE, filled_once
from .guides import BIN, ROOT, shell

if TYPE_CHECKING:
    from pathlib import Path

    from chime_voice_emulator import Emulator

    from .support import Project

EXAMPLES = ROOT / "examples"
PULUMI_AWS = "7.51.1"
STRICT = ("--strict", "--follow-imports=silent", "--allow-untyped-calls", "--allow-untyped-decorators")
"""Of mypy: Pulumi's decorator for tests has no types, and neither have parts of pulumi-aws."""


@pytest.fixture
def telephony(project: Project) -> Project:
    """Puts the example into a folder of this test, as a user has it."""
    return copied(project, "telephony")


def copied(project: Project, example: str) -> Project:
    ignored = shutil.ignore_patterns(".venv", ".state", "__pycache__", ".*_cache")
    shutil.copytree(EXAMPLES / example, project.folder, dirs_exist_ok=True, ignore=ignored)
    (project.folder / ".venv").symlink_to(sys.prefix)
    return project


def succeed(project: Project, *command: str) -> str:
    """Runs a command in the folder of the example, with only the environment of a user."""
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=project.folder,
        env=project.env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "file", ["test_phone_line.py", pytest.param("test_stack.py", marks=pytest.mark.full, id="emulator")]
)
def test_tests_of_telephony(telephony: Project, file: str) -> None:
    """They pass."""
    assert " passed" in succeed(telephony, "pytest", file)


def test_tests_of_telephony_are_found_in_the_clone() -> None:
    """The settings of this repo's own tests do not apply to them."""
    command = [str(BIN / "pytest"), "--collect-only", "--quiet", "-p", "no:cacheprovider"]
    found = subprocess.run(command, cwd=EXAMPLES / "telephony", capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_page_about_testing() -> None:
    """The code of docs/testing.md is that of the example, whose tests run."""
    page = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    code = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    tests = "".join(path.read_text(encoding="utf-8") for path in (EXAMPLES / "telephony").glob("test_*.py"))
    assert len(code) == 5
    assert [block for block in code if block not in tests] == []


def test_types_of_telephony(telephony: Project) -> None:
    """The component, the program and their tests pass mypy."""
    succeed(telephony, "mypy", *STRICT, ".")


@pytest.mark.full
def test_readme_of_telephony(telephony: Project, emulator: Emulator) -> None:
    """Its commands deploy the stack, and remove what it declared."""
    emulator.seed(json.loads((telephony.folder / "dev.seed.json").read_text()))
    text = (EXAMPLES / "telephony" / "README.md").read_text(encoding="utf-8")
    *_, deploy, clean = re.findall(r"^```console\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    deploy = deploy.replace("http://127.0.0.1:4510", emulator.endpoint_url).replace("$ ", "")
    opened = "".join(line for line in deploy.splitlines(keepends=True) if line.startswith((".", "export")))
    for block in (deploy, opened + clean.replace("$ ", "")):
        done = shell(telephony, f"set -e\n{block}")
        assert done.returncode == 0, done.stdout + done.stderr
    written = [request.operation for request in emulator.requests if request.method in ("PUT", "DELETE")]
    assert len(written) == 8


@pytest.fixture
def whole_trunk(project: Project) -> Project:
    """Puts the example into a folder of this test, beside the parts of pulumi-aws that it uses."""
    copied(project, "whole-trunk")
    project.env["PYTHONPATH"] = str(filled_once(CACHE / f"pulumi-aws-{PULUMI_AWS}", fill_with_pulumi_aws))
    return project


def fill_with_pulumi_aws(folder: Path) -> None:
    """Unpacks the modules of pulumi-aws that the example uses: all of them have 300 MB, and take mypy minutes."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    subprocess.run([*pip, f"pulumi-aws=={PULUMI_AWS}"], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    wanted = r"pulumi_aws/(_utilities\.py|py\.typed|(chime|cloudwatch|iam)/.*)|[^/]*\.dist-info/.*"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder, [name for name in archive.namelist() if re.fullmatch(wanted, name)])
    (folder / "pulumi_aws" / "__init__.py").write_text("from . import chime as chime, cloudwatch as cloudwatch\n")
    wheel.unlink()


@pytest.mark.full
def test_whole_trunk(whole_trunk: Project) -> None:
    """The program and its tests pass mypy with pulumi-aws's own types, and the tests pass."""
    assert f"pulumi-aws=={PULUMI_AWS}" in (whole_trunk.folder / "requirements.txt").read_text().splitlines()
    whole_trunk.env["MYPYPATH"] = whole_trunk.env["PYTHONPATH"]
    succeed(whole_trunk, "mypy", *STRICT, ".")
    assert " passed" in succeed(whole_trunk, "pytest")
