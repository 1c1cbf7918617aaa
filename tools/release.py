"""Checks that the repo is ready for the release of a tag, and prints the notes of the release from CHANGELOG.md.

.venv/bin/python tools/release.py v1.2.3 > notes.md
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACEHOLDER = ".com/OWNER/"


def main(tag: str, root: Path = ROOT) -> str:
    """Returns the notes of the release; exits with a sentence for each thing that is left to do."""
    version = tag.removeprefix("v")
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    section = re.search(
        rf"^## {re.escape(version)} \(\d{{4}}-\d\d-\d\d\)\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    problems = []
    module = (root / "providers" / "pulumi_chime_voice" / "_version.py").read_text(encoding="utf-8")
    if module != f'__version__ = "{version}"\n' or not tag.startswith("v"):
        problems.append(f"the tag {tag} and the version of _version.py ({module.strip()}) differ")
    if not re.fullmatch(r"\d+\.\d+\.\d+(rc\d+)?", version):
        problems.append(f"{version} is not the version of a release")
    if section is None:
        problems.append(f'CHANGELOG.md has no heading "## {version} (YYYY-MM-DD)"')
    problems += [
        f"{name} contains {PLACEHOLDER}: write the repo's owner"
        for name in ("README.md", "pyproject.toml")
        if PLACEHOLDER in (root / name).read_text(encoding="utf-8")
    ]
    if problems or section is None:
        raise SystemExit("\n".join(f"Not ready for a release: {problem}." for problem in problems))
    return section[1].strip() + "\n"


if __name__ == "__main__":
    sys.stdout.write(main(*sys.argv[1:2]))
