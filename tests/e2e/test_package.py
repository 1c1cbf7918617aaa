"""The package as other infrastructure repos have it: built, checked, and at work in environments of its own."""

from __future__ import annotations

import email
import re
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pulumi_chime_voice

from ..support.values import CONNECTOR
from .dangers import assert_no_traceback
from .versions import OLDEST, OLDEST_BOTOCORE, PIP, environment_with, lowest_requirements

if TYPE_CHECKING:
    from email.message import Message

    from chime_voice_emulator import Emulator

    from .support import Live, Project

ROOT = Path(__file__).parents[2]


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    """A step that has to succeed; what it printed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(source: Path, target: Path, *options: str) -> None:
    run(sys.executable, "-m", "build", "--no-isolation", *options, "--outdir", target, source)


@pytest.fixture(scope="module")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `python -m build` fills: the sdist of this repo, and the wheel that is built from that sdist."""
    folder = tmp_path_factory.mktemp("dist")
    build(ROOT, folder)
    return folder


@pytest.fixture
def wheel(dist: Path) -> Path:
    return next(dist.glob("*.whl"))


@pytest.fixture
def unpacked(dist: Path, tmp_path: Path) -> Path:
    """The folder that the sdist unpacks to."""
    with tarfile.open(next(dist.glob("*.tar.gz"))) as archive:
        archive.extractall(tmp_path, filter="data")
    return next(tmp_path.glob("pulumi_chime_voice-*"))


@pytest.fixture
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        return email.message_from_bytes(archive.read(name))


def test_what_a_package_index_asks_for(dist: Path) -> None:
    """`twine check --strict` has nothing to say of either."""
    files = sorted(dist.iterdir())
    assert [file.suffix for file in files] == [".whl", ".gz"]
    run(sys.executable, "-m", "twine", "check", "--strict", *files)


def test_the_sdist_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """From the repo or from the sdist: the same wheel, byte for byte."""
    build(ROOT, tmp_path, "--wheel")
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_the_sdist_is_the_repo(unpacked: Path) -> None:
    """Whatever the repo has is in it, so that its own `make test` and documentation have all they need; and it runs."""
    inside = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()} - {"PKG-INFO"}
    if (ROOT / ".git").exists():
        listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard").splitlines()
        assert inside == {name for name in listed if (ROOT / name).exists()}
    program = "import pulumi_chime_voice, sys; print(pulumi_chime_voice.__file__)"
    command = f"import sys; sys.path.insert(0, 'providers'); {program}"
    assert Path(run(sys.executable, "-c", command, cwd=unpacked).strip()).is_relative_to(unpacked)
    assert "make test" in run("make", "help", cwd=unpacked)


def test_what_it_requires(metadata: Message) -> None:
    """pulumi, boto3, and what pulumi itself has required since 3.260; the rest belongs to the two extras."""
    requirements = metadata.get_all("Requires-Dist") or []
    names = {re.split(r"[<>=!~; ]", requirement)[0] for requirement in requirements if "extra ==" not in requirement}
    assert names == {"pulumi", "boto3"}
    assert metadata.get_all("Provides-Extra") == ["cli", "emulator"]


def test_the_version_stands_in_one_place(wheel: Path, metadata: Message) -> None:
    """In `_version.py`. What is built of a clone between two releases also has the commit: in names, metadata and package."""
    version = pulumi_chime_voice.__version__
    places = [path for path in (ROOT / "providers").rglob("*.py") if f'"{version}"' in path.read_text()]
    assert [path.name for path in places] == ["_version.py"]
    assert f'"{version}"' not in (ROOT / "pyproject.toml").read_text()
    built = metadata["Version"]
    if ".dev" in version and (ROOT / ".git").exists():
        commit = run("git", "rev-parse", "HEAD").strip()
        public, _, local = built.partition("+g")
        assert public == version
        assert commit.startswith(local.removesuffix(".dirty"))
        assert len(local) >= 7
    else:
        assert built == version
    assert wheel.name == f"pulumi_chime_voice-{built}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as archive:
        assert archive.namelist().count("pulumi_chime_voice/_version.py") == 1
        assert archive.read("pulumi_chime_voice/_version.py").decode() == f'__version__ = "{built}"\n'


def test_versions_of_other_builds(tmp_path: Path, unpacked: Path, metadata: Message) -> None:
    """An sdist keeps the commit of its PKG-INFO. A release has none, nor has a folder without git, as GitHub archives are."""
    build(unpacked, tmp_path / "sdist", "--wheel")
    assert next((tmp_path / "sdist").iterdir()).name.split("-")[1] == metadata["Version"]

    (unpacked / "PKG-INFO").unlink()
    build(unpacked, tmp_path / "archive", "--wheel")
    assert next((tmp_path / "archive").iterdir()).name.split("-")[1] == pulumi_chime_voice.__version__

    run("git", "init", "--quiet", cwd=unpacked)
    (unpacked / "providers" / "pulumi_chime_voice" / "_version.py").write_text('__version__ = "7.0.0"\n')
    run(
        "git",
        "-c",
        "user.name=a",
        "-c",
        "user.email=a@example.com",
        "commit",
        "--allow-empty",
        "-qm",
        "a",
        cwd=unpacked,
    )
    build(unpacked, tmp_path / "release", "--wheel")
    assert next((tmp_path / "release").iterdir()).name.split("-")[1] == "7.0.0"


def test_what_an_index_shows(metadata: Message) -> None:
    """Links, an author, and a classifier for each version of Python that the workflow tests or that lies between them."""
    links = dict(link.split(", ", 1) for link in metadata.get_all("Project-URL") or [])
    assert set(links) == {"Repository", "Documentation", "Changelog", "Issues"}
    assert metadata["Author"]
    classifiers = metadata.get_all("Classifier") or []
    minors = [int(found[1]) for name in classifiers if (found := re.search(r":: 3\.(\d+)$", name))]
    assert minors == list(range(min(minors), max(minors) + 1))
    assert metadata["Requires-Python"] == f">=3.{minors[0]}"
    workflow = (ROOT / ".github" / "workflows" / "check.yml").read_text()
    assert f'python: ["3.{minors[0]}", "3.{minors[-1]}"]' in workflow


def test_wheel_in_a_fresh_environment(project: Project, live: Live, wheel: Path, tmp_path: Path) -> None:
    """The wheel needs pulumi and boto3 alone, and manages an origination from a project that has nothing else of ours."""
    names = zipfile.ZipFile(wheel).namelist()
    assert "pulumi_chime_voice/py.typed" in names
    assert "pulumi_chime_voice/pulumi-plugin.json" in names
    assert "pulumi_chime_voice/data/chime-sdk-voice/2022-08-03/service-2.sdk-extras.json" in names
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=True, symlinks=True)
    python = environment / "bin" / "python"
    run(python, "-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt", wheel)
    run(python, "-m", "pip", "check")
    imported = subprocess.run([python, "-c", "import click"], capture_output=True, check=False)
    assert imported.returncode != 0, "a production install has no command line"
    for extra, command in (
        ("cli", (environment / "bin" / "chime-voice", "show")),
        ("emulator", (environment / "bin" / "chime-voice", "emulator")),
        ("emulator", (python, "-m", "chime_voice_emulator")),
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        (sentence,) = done.stderr.splitlines()
        assert done.returncode == 1
        assert f"needs the extra [{extra}] (click is not installed)" in sentence
    project.env["PATH"] = f"{environment / 'bin'}:{project.env['PATH']}"
    project.program(f'Origination("support", voice_connector_id="{CONNECTOR}", routes=[route()])')
    project.up()
    assert live.routes() == [("203.0.113.7", 5060, "UDP", 1, 1)]
    project.destroy()
    assert live.routes() is None


def test_life_with_the_oldest(
    project: Project, live: Live, emulator: Emulator, wheel: Path, metadata: Message, tmp_path: Path
) -> None:
    """Everything works with the lowest versions that the wheel claims: a life, drift, retries, and messages in sentences."""
    required = [item for item in metadata.get_all("Requires-Dist") or [] if "extra ==" not in item]
    lowest = lowest_requirements()
    assert [item.partition("==")[0] for item in lowest] == sorted(re.split(r"[<>=]", item)[0] for item in required)
    environment = environment_with(*OLDEST.packages, PIP)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    project.env |= {
        "PATH": f"{environment / 'bin'}:{project.env['PATH']}",
        "PYTHONPATH": str(tmp_path / "site"),
    }
    routed = 'Origination("support", voice_connector_id="{}", routes=[route(weight={})])\n'
    project.program(
        routed.format(CONNECTOR, 1)
        + "import boto3, os\nfrom importlib.metadata import version\n"
        + 'pulumi.export("versions", [version("pulumi"), version("botocore")])\n'
    )
    emulator.faults.fail("PutVoiceConnectorOrigination", [429, 503])
    project.up()
    oldest = dict(item.split("==") for item in lowest)
    assert project.outputs()["versions"] == [f"{oldest['pulumi']}.0", OLDEST_BOTOCORE.partition("==")[2]]
    assert live.routes() == [("203.0.113.7", 5060, "UDP", 1, 1)]

    project.program(routed.format(CONNECTOR, 2))
    live.put(("203.0.113.9", 5060, "TCP", 1, 1))
    said = project.up_err()
    assert re.search(
        r"error: [\w ]*:? ?updating origination of Voice Connector \w+ \(us-east-1\): blocked, because ", said
    )
    assert_no_traceback(said)
    assert "203.0.113.9:5060/TCP" in project.refresh()
    project.up()
    assert live.routes() == [("203.0.113.7", 5060, "UDP", 1, 2)]
    project.destroy()
    assert live.routes() is None


def test_no_plugin_is_asked_for(project: Project) -> None:
    """The distribution's name begins with pulumi-, from which the engine would conclude that there is a plugin to download."""
    project.program(f'Origination("support", voice_connector_id="{CONNECTOR}", routes=[route()])')
    done = project.run("preview", "--logtostderr", "-v=9")
    assert done.returncode == 0
    assert "pulumi-resource-chime-voice" not in done.stderr


def test_an_older_sdk_is_refused(project: Project, live: Live, wheel: Path, tmp_path: Path) -> None:
    """Before 3.235 the SDK drops internal inputs. Forced into such an environment, nothing is created, read or deleted."""
    project.deployed(f'Origination("support", voice_connector_id="{CONNECTOR}", routes=[route()])')
    environment = environment_with("pulumi==3.216.0", "boto3==1.28.0", OLDEST_BOTOCORE, PIP)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    project.env |= {
        "PATH": f"{environment / 'bin'}:{project.env['PATH']}",
        "PYTHONPATH": str(tmp_path / "site"),
    }
    commands = [project.up_err, project.refresh_err]
    commands.append(lambda: project.err("destroy", "--yes", "--skip-preview", "--color=never"))
    for command in commands:
        assert "needs Pulumi SDK 3.235 or newer" in command()
    assert live.routes() == [("203.0.113.7", 5060, "UDP", 1, 1)]
    assert list(project.state()) == ["support"]
