"""The command itself: which modules it loads, and its error if a package is not installed."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from .support import BIN

if TYPE_CHECKING:
    from pathlib import Path


LOADED = "print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"


def loaded_by(arguments: list[str], environment: dict[str, str]) -> set[str]:
    """Runs the command in a process of its own. Returns the packages that it has loaded at its end."""
    code = f"import sys\nfrom pulumi_chime_voice.cli.main import main\nmain({arguments!r}, standalone_mode=False)\n{LOADED}\n"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout, done.stderr
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [[], ["show"], ["export"], ["probe"]])
def test_help_loads_nothing_that_it_does_not_need(arguments: list[str]) -> None:
    """--help and completion respond at once."""
    loaded = loaded_by([*arguments, "--help"], dict(os.environ))
    assert "click" in loaded
    assert loaded & {"boto3", "botocore", "cryptography", "dns", "grpc", "pulumi", "rich", "yaml"} == set()


@pytest.mark.parametrize("arguments", [["show"], ["show", "--traffic"], ["export"], ["probe", "--timeout", "0.1"]])
def test_no_command_loads_pulumi(environment: dict[str, str], arguments: list[str]) -> None:
    """What is loaded in the process counts, and not only what the modules of the command line import themselves."""
    loaded = loaded_by(arguments, environment)
    assert {"botocore", "pulumi_chime_voice"} <= loaded
    assert loaded & {"google", "grpc", "pulumi"} == set()


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
        ("yaml", ["export", "--region", "us-east-1"], "cli"),
        *((module, ["probe", "--region", "us-east-1"], "cli") for module in ("rich", "dns", "cryptography", "yaml")),
    ],
)
def test_names_what_to_install(module: str, arguments: list[str], extra: str, tmp_path: Path) -> None:
    """One sentence names the package and its extra, also for a clone. No traceback."""
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
