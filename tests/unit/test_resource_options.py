"""docs/environments.md has every resource option of the installed SDK."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pulumi

PAGE = Path(__file__).parents[2] / "docs" / "environments.md"


def documented() -> set[str]:
    """The names in the first column of the table of resource options."""
    table = PAGE.read_text(encoding="utf-8").partition("## Resource options\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (.*?) \|", table, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


def test_the_table_has_every_option_of_the_sdk() -> None:
    """An SDK with a new option fails here, until the option has been tried and is in the table."""
    options = set(inspect.signature(pulumi.ResourceOptions).parameters)
    assert len(options) > 20
    assert options - documented() == set()
