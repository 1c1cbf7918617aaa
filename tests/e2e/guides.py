"""The code blocks of a guide in docs/, run as they stand: console lines by a shell, programs as the project's own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from .support import Project

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def blocks(guide: str, heading: str) -> list[tuple[str, str]]:
    """Language and text of the fenced blocks below a heading of docs/<guide>, in order."""
    text = (ROOT / "docs" / guide).read_text(encoding="utf-8")
    _, found, section = text.partition(f"\n## {heading}\n")
    assert found, f"docs/{guide} has no section {heading}"
    return re.findall(r"^```(\w+)\n(.*?)^```$", section.partition("\n## ")[0], re.MULTILINE | re.DOTALL)


def walk(project: Project, steps: list[tuple[str, str]]) -> str:
    """Follows the blocks: programs are written, console lines are run and succeed. All that was read on the way."""
    said = ""
    for language, text in steps:
        if language == "hcl":  # Terraform's, which is not here
            continue
        if language == "python":
            (project.folder / "__main__.py").write_text(text, encoding="utf-8")
            continue
        assert language == "console", f"nobody knows how to follow a block of {language}"
        for line in text.splitlines():
            assert line.startswith("$ "), f"what is run begins with a dollar sign: {line}"
            done = shell(project, line.removeprefix("$ "))
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
            said += done.stdout + done.stderr
    return said


def shell(project: Project, line: str, *, confirmed: bool = True) -> subprocess.CompletedProcess[str]:
    """Runs a line as it stands; `confirmed`: Pulumi takes the yes that a person would type from the environment."""
    env = project.env | {"NO_COLOR": "1"}
    if confirmed:
        env["PULUMI_SKIP_CONFIRMATIONS"] = "true"
    env["PATH"] = f"{BIN}{os.pathsep}{env['PATH']}"
    return subprocess.run(
        ["bash", "-c", line],
        cwd=project.folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def clone(folder: Path) -> None:
    """This repo's files as a clone has them, and the environment that `make setup` would make."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in listed.stdout.rstrip("\0").split("\0"):
        if (ROOT / name).exists():  # else: deleted, and not committed yet
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)


def originations(stack: str, folder: Path = ROOT) -> dict[str, Any]:
    """What a stack's file declares, each with its region."""
    config = yaml.safe_load((folder / "stacks" / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))["config"]
    return {
        name: {"region": config["aws:region"], **settings}
        for name, settings in config["chime-voice:originations"].items()
    }
