"""The pytest fixture in another repository, and the examples of the documentation."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from .support import DOCUMENTATION

if TYPE_CHECKING:
    from pathlib import Path


def example(language: str, mark: str) -> str:
    """Returns the documentation's code block in this language that contains the mark."""
    blocks = re.findall(rf"```{language}\n(.*?)```", DOCUMENTATION, re.DOTALL)
    (found,) = [block for block in blocks if mark in block]
    return found


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs Python in an unrelated folder, without AWS settings and coverage."""
    foreign = ("AWS_", "PYTEST", "COVERAGE_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return subprocess.run(
        [sys.executable, *command], cwd=cwd, capture_output=True, text=True, check=False, timeout=120, env=environment
    )


def test_the_fixture_of_the_documentation_works(tmp_path: Path) -> None:
    """The example works in another repository without configuration."""
    (tmp_path / "test_calls.py").write_text(example("python", "def test_"), encoding="utf-8")
    done = run("-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", cwd=tmp_path)

    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


def test_the_python_example_of_the_documentation_works(tmp_path: Path) -> None:
    """The example prints what its comments state."""
    code = example("python", "with Emulator(")
    (tmp_path / "example.py").write_text(code, encoding="utf-8")
    done = run("-W", "error", "example.py", cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == re.findall(r"# prints (.*)", code)


def test_the_examples_of_the_documentation_are_typed(tmp_path: Path) -> None:
    """Both pass mypy in its strict mode."""
    (tmp_path / "test_calls.py").write_text(example("python", "def test_"), encoding="utf-8")
    (tmp_path / "example.py").write_text(example("python", "with Emulator("), encoding="utf-8")
    done = run("-m", "mypy", "--strict", "test_calls.py", "example.py", cwd=tmp_path)

    assert done.returncode == 0, done.stdout


def test_the_seed_of_the_documentation_works(tmp_path: Path) -> None:
    """The example can be loaded unchanged."""
    (tmp_path / "seed.json").write_text(example("json", "voice_connectors"), encoding="utf-8")
    code = (
        "import json; from chime_voice_emulator import Emulator\n"
        "with Emulator() as emulator: print(emulator.seed(json.load(open('seed.json', encoding='utf-8'))))"
    )
    done = run("-c", code, cwd=tmp_path)

    assert done.stdout == "['abcdef1ghij2klmno3pqr4']\n", done.stderr


def test_the_plugin_imports_nothing_heavy(tmp_path: Path) -> None:
    """pytest imports the plugin in every run, so it imports neither a web server nor an AWS client."""
    heavy = "{'starlette', 'uvicorn', 'botocore', 'boto3', 'click', 'sqlite3'}"
    done = run(
        "-c", f"import chime_voice_emulator.pytest_plugin, sys; print(sorted({heavy} & set(sys.modules)))", cwd=tmp_path
    )

    assert done.stdout == "[]\n", done.stderr


INSTALL = "Install it: pip install 'pulumi-chime-voice[emulator]', or from your clone: pip install '.[emulator]'."


@pytest.mark.parametrize("package", ["anyio", "starlette", "uvicorn"])
def test_the_fixture_without_the_extra(tmp_path: Path, package: str) -> None:
    """The test that uses the fixture fails with one sentence that names the extra."""
    (tmp_path / "conftest.py").write_text(f"import sys; sys.modules[{package!r}] = None\n", encoding="utf-8")
    (tmp_path / "test_calls.py").write_text("def test_calls(chime_voice_emulator): pass\n", encoding="utf-8")
    done = run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)

    assert done.returncode == 1
    assert f"the emulator needs the extra [emulator] ({package} is not installed). {INSTALL}" in done.stdout
    assert "During handling" not in done.stdout
    assert "site-packages" not in done.stdout


@pytest.mark.parametrize("package", ["anyio", "starlette", "uvicorn", "click"])
def test_the_program_without_the_extra(tmp_path: Path, package: str) -> None:
    """``python -m chime_voice_emulator`` prints the sentence, and exits with status 1."""
    code = f"import runpy, sys; sys.modules[{package!r}] = None; runpy.run_module('chime_voice_emulator', run_name='__main__')"
    done = run("-c", code, cwd=tmp_path)

    assert done.returncode == 1
    assert done.stderr == (f"Error: the emulator needs the extra [emulator] ({package} is not installed). {INSTALL}\n")


def test_python_without_sqlite(tmp_path: Path) -> None:
    """An extra does not install modules of Python itself."""
    code = "import sys; sys.modules['_sqlite3'] = None; from chime_voice_emulator import Emulator"
    done = run("-c", code, cwd=tmp_path)

    assert done.stderr.splitlines()[-1].startswith("ModuleNotFoundError: import of _sqlite3 halted")


def test_the_class_without_the_extra(tmp_path: Path) -> None:
    """Programs that import `Emulator` get the sentence in the error."""
    done = run(
        "-c", "import sys; sys.modules['uvicorn'] = None; from chime_voice_emulator import Emulator", cwd=tmp_path
    )

    assert done.stderr.splitlines()[-1] == (
        f"ModuleNotFoundError: the emulator needs the extra [emulator] (uvicorn is not installed). {INSTALL}"
    )


def test_the_provider_is_never_imported(tmp_path: Path) -> None:
    """The emulator does not depend on the provider."""
    code = "import chime_voice_emulator.__main__, sys; print('pulumi_chime_voice' in sys.modules)"
    done = run("-c", code, cwd=tmp_path)

    assert done.stdout == "False\n", done.stderr


@pytest.mark.parametrize("name", ["Emulator", "Faults", "Request", "StoreError"])
def test_public_names(name: str) -> None:
    """The package has exactly these public names."""
    import chime_voice_emulator  # noqa: PLC0415

    assert chime_voice_emulator.__all__ == ["Emulator", "Faults", "Request", "StoreError"]
    assert getattr(chime_voice_emulator, name).__name__ == name
    with pytest.raises(AttributeError, match="has no attribute 'Nothing'"):
        _ = chime_voice_emulator.Nothing


def test_every_option_is_documented() -> None:
    """The documentation has every option of the command line and every argument of `Emulator`."""
    from dataclasses import fields  # noqa: PLC0415
    from inspect import signature  # noqa: PLC0415

    from chime_voice_emulator import Emulator  # noqa: PLC0415
    from chime_voice_emulator.__main__ import main  # noqa: PLC0415
    from chime_voice_emulator.service.call import Options  # noqa: PLC0415

    wanted = {option for parameter in main.params for option in parameter.opts}
    arguments = {*signature(Emulator).parameters, *(option.name for option in fields(Options))} - {"options"}
    wanted |= {f"`{name}`" for name in arguments}

    assert {name for name in wanted if name not in DOCUMENTATION} == set()
