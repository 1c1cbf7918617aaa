"""Tests that take longer than a few minutes: `make test-long` runs them, and writes their figures into the docs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

FIGURES = os.environ.get("CHIME_VOICE_LONG")
"""The file that takes the figures, a line of JSON each. Without it, these tests are left alone."""

if not FIGURES:
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture
def note() -> Callable[..., None]:
    """Keeps a figure: its kind, and values by name."""

    def keep(kind: str, **values: Any) -> None:
        with Path(FIGURES or os.devnull).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": kind, **values}) + "\n")

    return keep
