"""The package as other infrastructure repos have it: a wheel, in an environment of its own, outside this repo."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Live, Project

ROOT = Path(__file__).parents[2]
CONNECTOR = "abcdef1ghij2klmno3pqr4"


def test_wheel_in_a_fresh_environment(project: Project, live: Live, tmp_path: Path) -> None:
    """The wheel needs pulumi and boto3 alone, and manages an origination from a project that has nothing else of ours."""
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path / "dist"), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "pulumi_chime_voice/py.typed" in names
    assert "pulumi_chime_voice/data/chime-sdk-voice/2022-08-03/service-2.sdk-extras.json" in names
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=True, symlinks=True)
    python = environment / "bin" / "python"
    constraints = ["--constraint", str(ROOT / "constraints.txt")]
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", *constraints, str(wheel)], check=True, capture_output=True
    )
    imported = subprocess.run([python, "-c", "import click"], capture_output=True, check=False)
    assert imported.returncode != 0, "a production install has no command line"
    project.env["PATH"] = f"{environment / 'bin'}:{project.env['PATH']}"
    project.program(f'Origination("support", voice_connector_id="{CONNECTOR}", routes=[route()])')
    project.up()
    assert live.routes() == [("203.0.113.7", 5060, "UDP", 1, 1)]
    project.nothing_to_change()
    project.destroy()
    assert live.routes() is None
