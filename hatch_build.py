"""Adds the commit to the version of a wheel or an sdist that is built between two releases: 0.1.0.dev0+g1a2b3c4.

`_version.py` names the version. A development release that is built from a clone gets the commit, so that a report of a user
names the code. Package indexes reject such a version. An unpacked sdist keeps the version of its PKG-INFO. Without git, or in
an editable install, in which the code changes and the metadata do not, `__version__` has no commit.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
FILE = Path("pulumi_chime_voice", "_version.py")


def distribution_version() -> str:
    """Returns the version of `_version.py`, with the commit if it is a development release and this is a clone."""
    names: dict[str, str] = {}
    exec((ROOT / "providers" / FILE).read_text(encoding="utf-8"), names)  # noqa: S102 (a file of this repo)
    version = names["__version__"]
    # Not any repo above this folder: an sdist can be unpacked in one.
    commit = _commit() if ".dev" in version and (ROOT / ".git").exists() else ""
    return f"{version}+g{commit}" if commit else version


def _commit() -> str:
    """Returns the abbreviated commit, with ".dirty" if files differ from it; an empty string if git does not answer."""
    command = ["git", "describe", "--always", "--dirty", "--exclude=*", "--abbrev=7"]
    try:
        answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return ""
    return answer.stdout.strip().replace("-", ".")


class VersionHook(BuildHookInterface[Any]):
    """Replaces `_version.py` in a wheel, so that `__version__` is the version of the metadata."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory()
        file = Path(self._folder.name, FILE.name)
        file.write_text(f'__version__ = "{self.metadata.version}"\n', encoding="utf-8")
        build_data["force_include"][str(file)] = str(FILE)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        del build_data, artifact_path
        if version != "editable":
            self._folder.cleanup()
