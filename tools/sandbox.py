"""A Pulumi project in a folder of its own: its backend, its plugins and its passphrase touch nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a command in the sandbox: none of the caller's AWS settings, a backend below `folder`."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PULUMI_"))}
    here = Path(sys.executable).parent
    return {
        **kept,
        "PATH": f"{here}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_BACKEND_URL": (folder / "backend").as_uri(),
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "sandbox",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        **more,
    }


def pulumi(
    folder: Path, *arguments: str, environ: dict[str, str], capture: bool = False
) -> subprocess.CompletedProcess[str]:
    """Runs the CLI in the sandbox's project; with `capture`, what it prints is in the result, in order."""
    command = [str(Path(sys.executable).parent / "pulumi"), *arguments, "--non-interactive"]
    return subprocess.run(
        command,
        cwd=folder / "project",
        env=environ,
        stdout=subprocess.PIPE if capture else None,
        stderr=subprocess.STDOUT if capture else None,
        text=True,
        check=False,
    )
