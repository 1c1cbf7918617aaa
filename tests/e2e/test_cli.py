"""The Pulumi CLI that `make setup` puts into .venv/bin, and the versions that tests run with."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

from ..support.values import CONNECTOR
from .support import BIN
from .versions import FULL, OLDEST, ROOT, Versions

if TYPE_CHECKING:
    from .support import Project


def test_its_parts_are_in_one_folder(project: Project) -> None:
    """Otherwise the CLI warns in every command that it takes a plugin from another folder of PATH."""
    version = subprocess.run(
        [str(BIN / "pulumi"), "version"], env=project.env, capture_output=True, text=True, check=True
    )
    assert version.stderr == ""
    project.program(f'Origination("support", voice_connector_id="{CONNECTOR}", routes=[route()])\n')
    for command in (["up", "--yes"], ["refresh", "--yes", "--skip-preview"]):
        result = project.run(*command, "--color=never")
        assert result.returncode == 0
        assert "warning" not in result.stdout + result.stderr
        assert "$PATH" not in result.stdout + result.stderr


def test_versions_of_the_docs() -> None:
    """The table of docs/reliability.md has the versions of each row, in the order of `make test` and `make test-full`."""
    table = re.findall(
        r"^\| `make test.*?\| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \|$", _text("docs/reliability.md"), re.MULTILINE
    )
    (linked,) = re.findall(r'^VERSION = "(.*)"$', _text("tools/pulumi-cli/install.py"), re.MULTILINE)
    pinned = dict(re.findall(r"^(pulumi|boto3)==(.*)$", _text("constraints.txt"), re.MULTILINE))

    def row(versions: Versions) -> tuple[str, str, str]:
        packages = pinned | dict(item.split("==") for item in versions.packages)
        return versions.engine or linked, _three(packages["pulumi"]), _three(packages["boto3"])

    assert table == [row(versions) for versions in (Versions(), OLDEST, *FULL.values())]


def _text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def _three(version: str) -> str:
    return version if version.count(".") > 1 else f"{version}.0"
