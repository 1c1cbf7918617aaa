"""The command itself: what it loads, and what it says where a part of it is not installed."""

from __future__ import annotations

import subprocess
import sys

import pytest


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


@pytest.mark.parametrize(("module", "arguments"), [("click", []), ("rich", ["show", "--region", "us-east-1"])])
def test_says_what_to_install(module: str, arguments: list[str]) -> None:
    """Where the extra is missing: one sentence, no traceback."""
    done = python(
        f"import sys\nsys.modules[{module!r}] = None\nfrom pulumi_chime_voice.cli.main import main\nmain({arguments!r})\n"
    )
    (sentence,) = done.stderr.splitlines()
    assert done.returncode == 1
    assert sentence.endswith("pip install 'pulumi-chime-voice[cli]'")
