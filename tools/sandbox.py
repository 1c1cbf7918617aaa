"""Runs Pulumi in a separate folder, with its own backend, plugins and passphrase."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Returns the environment of a command in the sandbox: without the caller's AWS settings, and with a backend in `folder`."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "PULUMI_"))}
    bin_folder = Path(sys.executable).parent
    return {
        **inherited,
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_BACKEND_URL": (folder / "backend").as_uri(),
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "sandbox",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        **more,
    }


def pulumi(
    folder: Path, *arguments: str, environ: dict[str, str], capture: bool = False
) -> subprocess.CompletedProcess[str]:
    """Runs the CLI in the project of the sandbox. With `capture`, the result contains stdout and stderr in order."""
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
