"""tools/release.py: a tag is released only if version, changelog and links are those of a release."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]
READY = {
    "README.md": "# pulumi-chime-voice\n",
    "pyproject.toml": '[project.urls]\nRepository = "https://github.com/somebody/pulumi-chime-voice"\n',
    "providers/pulumi_chime_voice/_version.py": '__version__ = "1.2.3"\n',
    "CHANGELOG.md": "# Changelog\n\n## 1.2.3 (2026-12-01)\n\n### Added\n\n- A.\n\n## 1.2.2 (2026-11-01)\n\n- B.\n",
}


@pytest.fixture
def release() -> Any:
    spec = importlib.util.spec_from_file_location("release", ROOT / "tools" / "release.py")
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def repo(folder: Path, **changes: str) -> Path:
    for name, text in {**READY, **changes}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def test_the_notes_are_the_section_of_the_version(release: Any, tmp_path: Path) -> None:
    """The notes end before the next version."""
    assert release.main("v1.2.3", repo(tmp_path)) == "### Added\n\n- A.\n"


@pytest.mark.parametrize(
    ("tag", "changes", "sentence"),
    [
        ("1.2.3", {}, "the tag 1.2.3 and the version of _version.py"),
        ("v1.2.4", {}, 'the version of _version.py (__version__ = "1.2.3") differ'),
        ("v1.2.4", {}, 'CHANGELOG.md has no heading "## 1.2.4 (YYYY-MM-DD)"'),
        ("v1.2.3", {"CHANGELOG.md": "## Unreleased (1.2.3)\n"}, 'no heading "## 1.2.3 (YYYY-MM-DD)"'),
        ("v1.2.3.dev0", {}, "1.2.3.dev0 is not the version of a release"),
        ("v1.2.3", {"README.md": "https://github.com/OWNER/x"}, "README.md contains .com/OWNER/"),
        ("v1.2.3", {"pyproject.toml": "https://github.com/OWNER/x"}, "pyproject.toml contains .com/OWNER/"),
    ],
)
def test_what_is_left_to_do(release: Any, tmp_path: Path, tag: str, changes: dict[str, str], sentence: str) -> None:
    """Each thing that is left is a sentence, and nothing is printed as notes."""
    with pytest.raises(SystemExit) as stopped:
        release.main(tag, repo(tmp_path, **changes))
    assert sentence in str(stopped.value)
    assert all(line.startswith("Not ready for a release: ") for line in str(stopped.value).splitlines())


def test_the_sections_of_the_changelog() -> None:
    """CHANGELOG.md begins with the version to come, or with a release and its date."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    version = (ROOT / "providers" / "pulumi_chime_voice" / "_version.py").read_text().split('"')[1]
    heading = next(line for line in text.splitlines() if line.startswith("## "))
    assert heading.startswith(
        f"## Unreleased ({version.partition('.dev')[0]})" if ".dev" in version else f"## {version} ("
    )
