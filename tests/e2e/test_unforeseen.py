"""An unexpected exception keeps its traceback: only expected failures are sentences."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..support.values import CONNECTOR

if TYPE_CHECKING:
    from .support import Project


def test_an_unexpected_exception_keeps_its_traceback(project: Project) -> None:
    """A broken installation of botocore: the traceback says where."""
    project.deployed(f'Origination("support", voice_connector_id="{CONNECTOR}", routes=[route()])')
    broken = project.folder / "broken" / "botocore"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("1 / 0\n")
    project.env["PYTHONPATH"] = f"{broken.parent}{os.pathsep}{project.env['PYTHONPATH']}"
    said = project.refresh_err()
    assert "Traceback (most recent call last)" in said
    assert "ZeroDivisionError" in said
