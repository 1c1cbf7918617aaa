"""Links the Pulumi CLI and its language plugin for Python into the folder of the running interpreter (.venv/bin).

Uses the first of three ways that works: a CLI on PATH that is new enough; Pulumi's installer, through the Automation API; a
build of the CLI's Go modules, once per version, which is kept in a per-user cache. With --version, puts that version into the
cache and prints its folder. See README.md in this folder.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

HERE = Path(__file__).parent
VERSION = "3.274.1"
INSTALLER_SECONDS = 180
ENGINE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
LANGUAGE = "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
VERSION_SYMBOL = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
LAUNCHERS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")
PLUGIN = "pulumi-language-python"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=_default_cache(), help="folder that keeps the built CLI")
    parser.add_argument("--way", choices=("path", "installer", "go"), action="append", help="try this way only")
    parser.add_argument("--version", help=f"put this version into the cache and link nothing (linked: {VERSION})")
    arguments = parser.parse_args()
    target = Path(sys.executable).parent
    version = arguments.version or VERSION
    ways = arguments.way or (["installer", "go"] if arguments.version else ["path", "installer", "go"])
    for way in ways:
        source = {
            "path": lambda: _on_path(target),
            "installer": lambda: _installed(arguments.cache, version),
            "go": lambda: _built(arguments.cache, version),
        }[way]()
        if source is not None:
            if arguments.version:
                _log(str(source))
            else:
                _link(source, target)
            return
    if not _engine(version).exists():
        sys.exit(
            f"Pulumi's installer cannot be reached, and {_engine(version)} does not exist to build {version} from."
        )
    go = ".".join(str(part) for part in _needed_go(version))
    sys.exit(
        f"The Pulumi CLI {version} is not on PATH, its installer cannot be reached, and there is no Go "
        f"{go} or newer to build it with: install one of the three, then run make setup again."
    )


def _default_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pulumi-chime-voice"


def _log(text: str) -> None:
    print(text, flush=True)


# --- on PATH


def _on_path(target: Path) -> Path | None:
    folders = [folder for folder in os.environ.get("PATH", "").split(os.pathsep) if folder and Path(folder) != target]
    found = shutil.which("pulumi", path=os.pathsep.join(folders))
    if found is None:
        return None
    folder = Path(found).resolve().parent
    version = _version(folder / "pulumi")
    if version is None or version < _parts(VERSION) or version[0] != _parts(VERSION)[0]:
        _log(f"Pulumi CLI on PATH ({found}) is not version {VERSION} or newer of the same major version: not used.")
        return None
    if not (folder / PLUGIN).exists():
        _log(f"Pulumi CLI on PATH ({found}) has no {PLUGIN} beside it: not used.")
        return None
    _log(f"Pulumi CLI: the one on PATH, {found}.")
    return folder


def _version(pulumi: Path) -> tuple[int, ...] | None:
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1"}
    try:
        answer = subprocess.run(
            [pulumi, "version"], capture_output=True, text=True, timeout=60, check=True, env=environment
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.match(r"v?(\d+\.\d+\.\d+)", answer.stdout.strip())
    return _parts(match.group(1)) if match else None


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


# --- Pulumi's own installer


def _installed(cache: Path, version: str) -> Path | None:
    built = cache / f"pulumi-{version}-go"
    if built.exists():
        return None  # An earlier run could not reach the installer and built the CLI: do not wait again.
    root = cache / f"pulumi-{version}-official"
    if (root / "bin" / "pulumi").exists():
        return root / "bin"
    script = (
        "import sys, semver; from pulumi.automation import PulumiCommand; "
        "PulumiCommand.install(root=sys.argv[1], version=semver.VersionInfo.parse(sys.argv[2]))"
    )
    _log(f"Pulumi CLI: asking Pulumi's installer for {version} …")
    with tempfile.TemporaryDirectory(dir=_made(cache)) as scratch:
        try:
            subprocess.run(
                [sys.executable, "-c", script, scratch, version],
                capture_output=True,
                timeout=INSTALLER_SECONDS,
                check=True,
            )
        except (OSError, subprocess.SubprocessError):
            _log("Pulumi CLI: its installer cannot be reached.")
            return None
        if not root.exists():
            shutil.move(scratch, root)
            Path(scratch).mkdir()
    return root / "bin"


# --- Go modules


def _built(cache: Path, version: str) -> Path | None:
    root = cache / f"pulumi-{version}-go"
    if root.exists():
        return root
    go = shutil.which("go")
    if not _engine(version).exists() or go is None or _go_version(go, version) < _needed_go(version):
        return None
    _log(f"Pulumi CLI: building {version} from its Go modules, three to six minutes, once per user and version …")
    with tempfile.TemporaryDirectory(dir=_made(cache)) as scratch:
        out = Path(scratch) / "bin"
        out.mkdir()
        flags = f"-s -w -X {VERSION_SYMBOL}=v{version}"
        engine = _copy(_engine(version), scratch)
        _go_build(go, engine, ENGINE, out / "pulumi", flags)
        _go_build(go, _copy(HERE / "language", scratch), LANGUAGE, out / PLUGIN, "-s -w")
        listing = ["list", "-mod=mod", "-m", "-f", "{{.Dir}}", "github.com/pulumi/pulumi/sdk/v3"]
        sdk = subprocess.run([go, *listing], cwd=engine, capture_output=True, text=True, check=True)
        for launcher in LAUNCHERS:
            copy = out / Path(launcher).name
            shutil.copyfile(Path(sdk.stdout.strip()) / launcher, copy)
            copy.chmod(0o755)
        if not root.exists():
            out.rename(root)
    return root


def _engine(version: str) -> Path:
    """Returns the folder of the Go module that builds this version of the engine."""
    return HERE / ("engine" if version == VERSION else f"engine-{version}")


def _needed_go(version: str) -> tuple[int, ...]:
    lines = (_engine(version) / "go.mod").read_text(encoding="utf-8").splitlines()
    return _parts(next(line for line in lines if line.startswith("go ")).removeprefix("go "))


def _go_version(go: str, version: str) -> tuple[int, ...]:
    """Returns the version of Go that would build the module. It is read there, because `go` may download a newer toolchain."""
    answer = subprocess.run([go, "env", "GOVERSION"], cwd=_engine(version), capture_output=True, text=True, check=False)
    match = re.match(r"go(\d+(?:\.\d+)+)", answer.stdout)
    return _parts(match.group(1)) if match else (0,)


def _copy(module: Path, scratch: str) -> Path:
    """Copies the module, because a build may write to go.sum."""
    return Path(shutil.copytree(module, Path(scratch) / module.name))


def _go_build(go: str, module: Path, package: str, out: Path, ldflags: str) -> None:
    begin = time.monotonic()
    done = threading.Event()

    def report_progress() -> None:
        while not done.wait(30):
            _log(f"  … still building {out.name}, {time.monotonic() - begin:.0f} s so far")

    threading.Thread(target=report_progress, daemon=True).start()
    command = [go, "build", "-mod=mod", "-trimpath", "-ldflags", ldflags, "-o", str(out), package]
    result = subprocess.run(command, cwd=module, capture_output=True, text=True, check=False)
    done.set()
    if result.returncode != 0:
        sys.exit(f"Building {out.name} with Go failed:\n{result.stderr.strip()}")
    _log(f"  {out.name} built in {time.monotonic() - begin:.0f} s.")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _link(source: Path, target: Path) -> None:
    """Links the CLI and its plugins. The CLI searches for plugins in the folder of the link's target."""
    for name in ("pulumi", PLUGIN, *(Path(launcher).name for launcher in LAUNCHERS)):
        if (source / name).exists():
            link = target / name
            link.unlink(missing_ok=True)
            link.symlink_to(source / name)


if __name__ == "__main__":
    main()
