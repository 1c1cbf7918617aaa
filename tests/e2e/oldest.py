"""The lowest versions that the package claims to work with, in an environment of their own."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
OLDEST_BOTOCORE = "botocore==1.31.0"
"""The oldest that the oldest boto3 takes; boto3 leaves that to pip, which takes a newer one."""

PIP = "pip"
"""The language host lists what is installed with the environment's own pip at every command."""


def lowest_requirements() -> list[str]:
    """``pulumi==…`` and so on, from the lower bounds of pyproject.toml."""
    line = re.search(r"^dependencies = \[(.*)\]$", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    assert line is not None
    return sorted(re.sub(r"^([\w-]+).*>=([\d.]+).*$", r"\1==\2", item) for item in re.findall(r'"([^"]+)"', line[1]))


def environment_with(*requirements: str) -> Path:
    """An environment that has these, kept per user and made once: filled under another name, so never half-made."""
    digest = hashlib.sha256("\n".join([sys.version, *requirements]).encode()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pulumi-chime-voice" / "environments"
    home = cache / digest
    if not home.exists():
        cache.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=cache, prefix="unfinished-"))
        pip = [sys.executable, "-m", "pip", "--python", str(unfinished / "bin" / "python"), "install", "--quiet"]
        try:
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", unfinished], check=True)
            subprocess.run([*pip, *requirements], check=True, capture_output=True)
            unfinished.rename(home)
        except OSError:
            # Another run has finished first; anything else is an error of this one.
            if not home.exists():
                raise
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return home


def oldest_environment() -> Path:
    """The environment with the lowest versions of everything."""
    return environment_with(*lowest_requirements(), OLDEST_BOTOCORE, PIP)
