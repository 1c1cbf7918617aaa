"""How `make setup` comes by the Pulumi CLI."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

INSTALL = Path(__file__).parents[2] / "tools" / "pulumi-cli" / "install.py"


@pytest.fixture
def install() -> Any:
    spec = importlib.util.spec_from_file_location("install", INSTALL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cli(folder: Path, version: str, *, plugin: bool = True) -> None:
    folder.mkdir()
    (folder / "pulumi").write_text(f"#!/bin/sh\necho {version}\n")
    (folder / "pulumi").chmod(0o755)
    if plugin:
        (folder / "pulumi-language-python").write_text("#!/bin/sh\n")


def run(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "https_proxy": "http://127.0.0.1:9"}
    command = [sys.executable, str(INSTALL), "--cache", str(tmp_path / "cache"), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("version", "plugin", "used"),
    [
        ("v3.274.1", True, True),
        ("v3.280.0", True, True),
        ("v3.274.0", True, False),
        ("v4.0.0", True, False),
        ("v3.274.1", False, False),
    ],
)
def test_cli_on_path(
    install: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, plugin: bool, used: bool
) -> None:
    """A CLI on PATH is used where it is new enough, of the same major version, and has its plugin beside it."""
    cli(tmp_path / "bin", version, plugin=plugin)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    assert install._on_path(tmp_path / "target") == (tmp_path / "bin" if used else None)


def test_nothing_to_be_had_is_one_sentence(tmp_path: Path) -> None:
    """Without CLI, installer and Go the set-up says what to install, and leaves no half-made folder."""
    result = run(tmp_path, "--way", "path", "--way", "installer")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "install one of the three, then run make setup again." in result.stderr
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_built_cli_is_not_built_again(install: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the cache holds is used, Go or no Go, and the installer is not asked first."""
    (tmp_path / "cache").mkdir()
    cli(tmp_path / "cache" / f"pulumi-{install.VERSION}-go", f"v{install.VERSION}")
    monkeypatch.setenv("PATH", "")
    assert install._installed(tmp_path / "cache", install.VERSION) is None
    assert install._built(tmp_path / "cache", install.VERSION) == tmp_path / "cache" / f"pulumi-{install.VERSION}-go"


@pytest.mark.parametrize("module", sorted(INSTALL.parent.glob("engine*")), ids=lambda module: module.name)
def test_versions_of_the_engines(install: Any, module: Path) -> None:
    """Each module builds the version after which it is named; `engine` builds the one that is linked."""
    version = module.name.removeprefix("engine").removeprefix("-") or install.VERSION
    assert install._engine(version) == module
    required = re.findall(r"github.com/pulumi/pulumi/\w+/v3 v(\S+)", (module / "go.mod").read_text())
    assert required == [version, version]


def test_another_version_is_cached_and_not_linked(tmp_path: Path) -> None:
    """`--version` prints the folder of that version, and leaves the linked CLI as it is."""
    linked = Path(sys.executable).parent / "pulumi"
    before = linked.resolve()
    (tmp_path / "cache").mkdir()
    cli(tmp_path / "cache" / "pulumi-3.250.0-go", "v3.250.0")
    result = run(tmp_path, "--version", "3.250.0", "--way", "go")
    assert (result.returncode, result.stdout.strip()) == (0, str(tmp_path / "cache" / "pulumi-3.250.0-go"))
    assert linked.resolve() == before


def test_a_version_without_a_module_is_one_sentence(tmp_path: Path) -> None:
    """The path of the module that is missing is named."""
    result = run(tmp_path, "--version", "3.1.0", "--way", "go")
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert str(INSTALL.parent / "engine-3.1.0") in result.stderr
