"""The pages name what exists: docs/reliability.md tests and figures, and every page files and headings."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

TESTS = Path(__file__).parents[1]
ROOT = TESTS.parent
PAGES = sorted(
    page
    for folder in (".", "docs", "docs/decisions", "bench", "examples/*", "tools/pulumi-cli")
    for page in ROOT.glob(f"{folder}/*.md")
)
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
FILES = sorted(set(re.findall(r"\btest_\w+\.py\b", PAGE)))
NAMES = sorted(
    {
        name
        for code in re.findall(r"`([^`\n]+)`", PAGE)
        for name in re.findall(r"\b(?:test_\w+|Test\w+)\b(?!\.py)", code)
    }
)


def defined() -> set[str]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in TESTS.rglob("test_*.py")]
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


@pytest.mark.parametrize("name", FILES)
def test_files(name: str) -> None:
    """The file."""
    assert list(TESTS.rglob(name))


def test_names() -> None:
    """The functions and classes."""
    assert len(NAMES) > 30
    assert set(NAMES) - defined() == set()


def test_files_of_contributing() -> None:
    """CONTRIBUTING.md names only files of the repo, by the end of their path."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"[\w./-]*\w\.(?:json|md|py|toml|yaml)\b", text))
    assert len(named) > 60
    folders = [ROOT / folder for folder in ("providers", "emulator", "tests")]
    found = {name for name in named if (ROOT / name).exists() or any(next(at.rglob(name), None) for at in folders)}
    assert named - found == set()


def test_figures_of_the_bench() -> None:
    """The figures of docs/reliability.md and bench/README.md are those that bench/tables.py prints."""
    command = [sys.executable, str(ROOT / "bench" / "tables.py")]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(printed) > 25
    pages = f"{PAGE}\n{(ROOT / 'bench' / 'README.md').read_text(encoding='utf-8')}".splitlines()
    assert [line for line in printed if line not in pages] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links(page: Path) -> None:
    """Every link to the repo is a file of it, and its anchor is a heading of that file."""
    broken = []
    for link, folder in links(page):
        name, _, anchor = link.partition("#")
        target = folder / name if name else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


def test_links_of_the_package_index() -> None:
    """Each is absolute and defined, and each definition is used: the index shows the README without the repository's files."""
    command = [sys.executable, "-m", "hatch_fancy_pypi_readme"]
    page = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found: dict[str, Any] = {}
    shown = MarkdownIt("commonmark").enable("table").render(page, found)
    targets = re.findall(r'(?:href|src)="([^"]*)"', shown)
    assert len(targets) > 15
    assert [target for target in targets if not target.startswith("https://")] == []
    assert {reference["href"] for reference in found["references"].values()} <= set(targets)
    assert re.findall(r"\[[\w ]*\]\[[\w-]*\]", re.sub("<code.*?</code>", "", shown, flags=re.DOTALL)) == []


def links(page: Path) -> list[tuple[str, Path]]:
    """Returns the links to files of the repo, each with the folder that it is relative to."""
    text = page.read_text(encoding="utf-8")
    found = re.findall(r"\]\((?!http)([^)]+)\)", text) + re.findall(r"^\[[\w-]+\]: (?!http)(\S+)$", text, re.MULTILINE)
    return [(link, page.parent) for link in found]


def anchors(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
