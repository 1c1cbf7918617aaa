"""The Pulumi CLI that `make setup` puts into .venv/bin."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from .support import BIN, CONNECTOR

if TYPE_CHECKING:
    from .support import Project


def test_its_parts_are_in_one_folder(project: Project) -> None:
    """Otherwise the CLI warns in every command that it takes a plugin from another folder of PATH."""
    version = subprocess.run(
        [str(BIN / "pulumi"), "version"], env=project.env, capture_output=True, text=True, check=True
    )
    assert version.stderr == ""
    project.program(f'Origination("support", voice_connector_id="{CONNECTOR}", routes=[route()])\n')
    for command in (["preview"], ["up", "--yes", "--skip-preview"], ["refresh", "--yes", "--skip-preview"]):
        result = project.run(*command, "--color=never")
        assert result.returncode == 0
        assert "warning" not in result.stdout + result.stderr
        assert "$PATH" not in result.stdout + result.stderr
