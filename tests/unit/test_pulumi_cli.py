"""How `make setup` comes by the Pulumi CLI."""

from __future__ import annotations

import importlib.util
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


@pytest.mark.parametrize(
    ("version", "plugin", "used"),
    [
        ("v3.250.0", True, True),
        ("v3.260.1", True, True),
        ("v3.249.9", True, False),
        ("v4.0.0", True, False),
        ("v3.250.0", False, False),
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
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "https_proxy": "http://127.0.0.1:9"}
    result = subprocess.run(
        [sys.executable, str(INSTALL), "--cache", str(tmp_path / "cache"), "--way", "path", "--way", "installer"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.count("\n") == 1
    assert "install one of the three, then run make setup again." in result.stderr
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_built_cli_is_not_built_again(install: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the cache holds is used, Go or no Go, and the installer is not asked first."""
    (tmp_path / "cache").mkdir()
    cli(tmp_path / "cache" / f"pulumi-{install.VERSION}-go", "v3.250.0")
    monkeypatch.setenv("PATH", "")
    assert install._installed(tmp_path / "cache") is None
    assert install._built(tmp_path / "cache") == tmp_path / "cache" / f"pulumi-{install.VERSION}-go"
