"""docs/reliability.md names tests: each is one that exists."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "reliability.md").read_text(encoding="utf-8")
FILES = sorted(set(re.findall(r"\btest_\w+\.py\b", PAGE)))
NAMES = sorted(
    {name for code in re.findall(r"`([^`]+)`", PAGE) for name in re.findall(r"\b(?:test_\w+|Test\w+)\b(?!\.py)", code)}
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
