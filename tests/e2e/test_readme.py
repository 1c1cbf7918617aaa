"""What the README and its pages show and tell to run is what happens."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ..unit.aws.test_failures import CALLS
from .guides import ROOT, blocks, clone

if TYPE_CHECKING:
    from pathlib import Path

README = (ROOT / "README.md").read_text(encoding="utf-8")
(EXCERPT,) = re.findall(r"<!-- excerpt: .*? -->\n```\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PERMISSIONS = (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8")
PREVIEWS = (ROOT / "docs" / "previews.md").read_text(encoding="utf-8")


@pytest.fixture
def previews(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(ROOT / "tools")
    import previews  # noqa: PLC0415

    return previews


def lines_of_blocks(text: str) -> list[list[str]]:
    """The lines of each preview; in no order, since the engine prints warnings over another stream."""
    blocks = re.findall(r"<!-- preview: .*? -->\n```\n(.*?)```\n", text, re.DOTALL)
    return [sorted(line for line in block.splitlines() if line) for block in blocks]


def test_previews_are_real(previews: Any) -> None:
    """The three previews, the excerpt in the README and the picture are what the CLI prints today."""
    printed, coloured = previews.previews()
    assert len(lines_of_blocks(PREVIEWS)) == 3
    assert lines_of_blocks(previews.placed(PREVIEWS, printed)) == lines_of_blocks(PREVIEWS)
    assert previews.with_excerpt(README, printed[previews.FAILOVER]) == README
    picture = previews.PICTURE.read_text(encoding="utf-8")
    assert previews.picture(coloured) == picture
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "").replace("https://www.textualize.io", "")


def test_the_quick_start(tmp_path: Path, free_port: int) -> None:
    """In an empty folder, line by line, it is applied and cleaned up; between them, the preview prints the excerpt."""
    folder = tmp_path / "telephony"
    folder.mkdir()
    section = README.partition("\n## Quick start\n")[2].partition("\n## ")[0].replace("4510", str(free_port))
    for name, text in re.findall(r"`(\w+\.\w+)`:\n\n```\w+\n(.*?)^```$", section, re.MULTILINE | re.DOTALL):
        (folder / name).write_text(text)
        example = (ROOT / "examples" / "quickstart" / name).read_text()
        assert example == text.replace("./pulumi-chime-voice", "../..")
    install, deploy, clean = (
        block.replace("$ ", "") for block in re.findall(r"^```console\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    )
    # What a package index and a host of repositories would bring is here already.
    (folder / "pulumi-chime-voice").symlink_to(ROOT)
    (folder / ".venv").symlink_to(sys.prefix)
    begin, requirements, serve = install.splitlines()[2:]
    run(folder, begin, f"{requirements} --dry-run --no-deps --no-index --no-build-isolation")
    with subprocess.Popen(
        **shell(folder, begin, f"exec {serve} --port {free_port}"), stdout=subprocess.PIPE
    ) as emulator:
        try:
            assert emulator.stdout is not None
            assert str(free_port) in emulator.stdout.readline()
            run(folder, deploy)
            opened = [line for line in deploy.splitlines() if line.startswith((".", "export"))]
            preview = run(folder, *opened, keep_the_first_route(folder), "pulumi preview --diff --color=never")
            warning, distribution = EXCERPT.split("\n", 1)
            assert warning in preview
            assert distribution in preview
            assert "no routes: no calls" in run(folder, *opened, clean, "chime-voice show")
        finally:
            emulator.terminate()


def keep_the_first_route(folder: Path) -> str:
    """Returns the command that removes the other routes from the program."""
    first, *others = re.findall(r"^ {8}OriginationRouteArgs.*\n", (folder / "__main__.py").read_text(), re.MULTILINE)
    assert "sbc-a" in first
    assert len(others) == 2
    return "sed -i -e '/sbc-b/d' -e '/sbc-dr/d' __main__.py"


def test_the_demo() -> None:
    """`make demo` runs to its end; what was live is gone, and the log shows what was sent."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "demo.py")], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    sent = [line.split()[1] for line in done.stdout.splitlines() if re.match(r"\d{3}  \w+", line)]
    assert sent.count("PutVoiceConnectorOrigination") == 2
    assert sent[-1] == "DeleteVoiceConnectorOrigination"


def test_the_tutorial(tmp_path: Path, free_port: int) -> None:
    """Both terminals, line by line, in a clone; the preview contains the lines of the page."""
    clone(tmp_path / "clone")
    # There is one port 4510, and other tests may run.
    stack = tmp_path / "clone" / "stacks" / "Pulumi.dev.yaml"
    stack.write_text(stack.read_text().replace("4510", str(free_port)))
    first, second, route, preview, shown, apply, down = (
        text.replace("$ ", "").replace("4510", str(free_port))
        for _, text in blocks("tutorial.md", "Deploy, change, destroy")
    )
    setup, begin, serve = first.splitlines()
    assert setup == "make setup", "which is how this test itself came here"
    folder = tmp_path / "clone"
    command = shell(folder, begin, f"exec {serve} --port {free_port}")
    with subprocess.Popen(**command, stdout=subprocess.PIPE) as emulator:
        try:
            assert emulator.stdout is not None
            assert str(free_port) in emulator.stdout.readline()
            assert "10.24.34.0 is not publicly reachable" in run(folder, second)
            stack.write_text(stack.read_text().replace("weight: 5}\n", "weight: 5}\n" + route))
            opened = [line for line in second.splitlines() if line.startswith((".", "export"))]
            assert shown in run(folder, *opened, preview)
            assert re.search(r"10\.24\.34\.0:1234/TCP +priority 2\n", run(folder, *opened, apply))
            removed, undo = down.splitlines()[:2], down.splitlines()[2:]
            run(folder, *opened, *removed)
            assert undo[0] == "git checkout stacks/Pulumi.dev.yaml"
        finally:
            emulator.terminate()


def shell(folder: Path, *lines: str) -> dict[str, Any]:
    """Returns the arguments for a shell in `folder` that begins without settings and confirms what Pulumi asks."""
    foreign = ("AWS_", "PULUMI_", "VIRTUAL_ENV")
    env = {key: value for key, value in os.environ.items() if not key.startswith(foreign)}
    env |= {
        "PULUMI_HOME": str(folder.parent),
        "PULUMI_SKIP_CONFIRMATIONS": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "NO_COLOR": "1",
    }
    return {"args": ["bash", "-ec", "\n".join(lines)], "cwd": folder, "env": env, "text": True}


def run(folder: Path, *lines: str) -> str:
    done = subprocess.run(**shell(folder, *lines), capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout + done.stderr)


def test_its_policy_names_every_operation() -> None:
    """The IAM policy of docs/permissions.md allows what the provider and the command line call, and nothing else."""
    (policy,) = (
        yaml.safe_load(block)
        for block in re.findall(r"```json\n(.*?)```", PERMISSIONS, re.DOTALL)
        if "Statement" in block
    )
    allowed = [action for statement in policy["Statement"] for action in statement["Action"]]
    called = [f"chime:{operation}" for operation in CALLS]
    assert sorted(allowed) == sorted([*called, "cloudtrail:LookupEvents", "cloudwatch:GetMetricData"])
