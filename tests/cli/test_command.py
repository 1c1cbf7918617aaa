"""The command itself: what it loads, and what it says where a part of it is not installed."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from .support import BIN

if TYPE_CHECKING:
    from pathlib import Path


def python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)


def test_help_loads_nothing_that_it_does_not_need() -> None:
    """Neither boto3 nor rich, so that --help and completion come at once."""
    done = python(
        "import sys\n"
        "from pulumi_chime_voice.cli.main import main\n"
        "main(['show', '--help'], standalone_mode=False)\n"
        "print(sorted({'boto3', 'botocore', 'rich'} & set(sys.modules)))\n"
    )
    assert done.stdout.startswith("Usage: ")
    assert done.stdout.endswith("\n[]\n")


INSTALL = "Install it: pip install 'pulumi-chime-voice[{0}]', or from your clone: pip install '.[{0}]'."


@pytest.mark.parametrize(
    ("module", "arguments", "extra"),
    [
        ("click", [], "cli"),
        ("click", ["show"], "cli"),
        ("click", ["emulator", "--port", "0"], "emulator"),
        ("starlette", ["emulator", "--port", "0"], "emulator"),
        ("rich", ["show", "--region", "us-east-1"], "cli"),
        ("rich", ["export", "--region", "us-east-1"], "cli"),
        *((module, ["probe", "--region", "us-east-1"], "cli") for module in ("rich", "dns", "cryptography")),
    ],
)
def test_says_what_to_install(module: str, arguments: list[str], extra: str, tmp_path: Path) -> None:
    """Where a package is missing: one sentence that names it and its extra, for a clone too. No traceback."""
    # Also in the process that replaces this one.
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.modules[{module!r}] = None\n")
    done = subprocess.run(
        [BIN / "chime-voice", *arguments],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    (sentence,) = done.stderr.splitlines()
    assert (done.returncode, done.stdout) == (1, "")
    assert sentence.startswith("Error: ")
    assert f"needs the extra [{extra}] ({module} is not installed). {INSTALL.format(extra)}" in sentence
