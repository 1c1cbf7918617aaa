"""The versions that a project runs with: those of .venv, or others in a folder and an environment of their own."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from ..cache import CACHE, filled_once

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


class Versions(NamedTuple):
    """Of the engine and of the packages; what is left out is the one of .venv."""

    engine: str | None = None
    packages: tuple[str, ...] = ()

    def environment(self, path: str, modules: str) -> dict[str, str]:
        """PATH and PYTHONPATH that put these versions before those of the given ones."""
        folders = [engine_folder(self.engine)] if self.engine else []
        if self.packages:
            folders.append(environment_with(*self.packages, PIP) / "bin")
            modules = os.pathsep.join((str(ROOT / "providers"), modules))
        return {"PATH": os.pathsep.join([*map(str, folders), path]), "PYTHONPATH": modules}


NEWEST = Versions(engine=os.environ.get("CHIME_VOICE_TEST_ENGINE"))
"""What .venv has; CHIME_VOICE_TEST_ENGINE=3.250.0 runs all tests with that engine, from the cache of tools/pulumi-cli."""

SINCE_3_254 = pytest.mark.skipif(
    NEWEST.engine is not None and tuple(map(int, NEWEST.engine.split(".")[:2])) < (3, 254),
    reason="needs engine 3.254",
)
"""For tests of what older engines do not have, when CHIME_VOICE_TEST_ENGINE is one of those."""

OLDEST = Versions(packages=(*lowest_requirements(), OLDEST_BOTOCORE))
"""The lowest versions of pyproject.toml: `make test` runs with them what a module names in `LOWEST`."""

FULL = {
    "engine 3.250.0": Versions(engine="3.250.0"),
    "engine 3.250.0, oldest": Versions(engine="3.250.0", packages=OLDEST.packages),
    "SDK 3.254.0": Versions(packages=("pulumi==3.254.0", "boto3==1.36.0")),
}
"""`make test-full` runs with each of these what is marked `matrix`."""


def engine_folder(version: str) -> Path:
    """The folder into which `tools/pulumi-cli/install.py --version` has put this version."""
    found = [path for name in ("official/bin", "go") if (path := CACHE / f"pulumi-{version}-{name}").exists()]
    assert found, f"run: {sys.executable} tools/pulumi-cli/install.py --version {version}"
    return found[0]


def environment_with(*requirements: str) -> Path:
    """An environment that has these, kept per user and made once."""
    digest = hashlib.sha256("\n".join([sys.version, *requirements]).encode()).hexdigest()[:12]

    def fill(home: Path) -> None:
        pip = [sys.executable, "-m", "pip", "--python", str(home / "bin" / "python"), "install", "--quiet"]
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
        subprocess.run([*pip, *requirements], check=True, capture_output=True)

    return filled_once(CACHE / "environments" / digest, fill)
