"""This repo's own program: its stacks, and what a mistake in their configuration says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from .conftest import Live, Project

ROOT = Path(__file__).parents[2]
CONNECTOR = "abcdef1ghij2klmno3pqr4"


@pytest.fixture
def configured(project: Project) -> Any:
    """Puts the repo's program in place, with `originations` as the stack's configuration."""
    for name in ("Pulumi.yaml", "__main__.py"):
        text = (ROOT / name).read_text().replace("virtualenv: .venv", f"virtualenv: {sys.prefix}")
        (project.folder / name).write_text(text)
    (project.folder / "stacks").mkdir()
    shutil.rmtree(project.folder / "backend")
    (project.folder / "backend").mkdir()
    project.init("test")

    def write(originations: Any) -> Project:
        stack = project.folder / "stacks" / "Pulumi.test.yaml"
        kept = yaml.safe_load(stack.read_text())
        stack.write_text(yaml.safe_dump({**kept, "config": {"chime-voice:originations": originations}}))
        return project

    return write


def test_dev_stack_is_the_references_example(configured: Any, live: Live) -> None:
    """The dev stack's originations go live as they stand, and the program says where calls go."""
    dev = yaml.safe_load((ROOT / "stacks" / "Pulumi.dev.yaml").read_text())["config"]
    project = configured(dev["chime-voice:originations"])
    project.up()
    assert live.routes() == [("10.24.34.0", 1234, "TCP", 1, 5)]
    assert project.outputs() == {"calls": {"support": {"priority 1": {"10.24.34.0:1234/TCP": "100 %"}}}}
    project.nothing_to_change()


@pytest.mark.parametrize("stack", ["staging", "prod"])
def test_other_stacks_are_valid(configured: Any, stack: str) -> None:
    """The stacks that call AWS preview without a mistake: a preview of them is what a newcomer tries first."""
    config = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{stack}.yaml").read_text())["config"]
    originations = config["chime-voice:originations"]
    assert configured(originations).steps() == dict.fromkeys(originations, "create")


ROUTE = {"host": "a.example.net", "protocol": "TCP", "priority": 1, "weight": 1}


@pytest.mark.parametrize(
    ("originations", "sentence"),
    [
        ({"support": {"routes": [ROUTE]}}, "chime-voice:originations.support.voiceConnectorId: is required"),
        (
            {"support": {"voiceConnectorId": CONNECTOR, "routs": [ROUTE]}},
            "chime-voice:originations.support.routs: is not known (did you mean routes?)",
        ),
        ({"support": ["x"]}, "chime-voice:originations.support: is not a mapping of voiceConnectorId, routes"),
        (
            {"support": {"voiceConnectorId": CONNECTOR, "routes": [{**ROUTE, "port": "5060"}]}},
            'routes[0].port: "5060" is not a whole number',
        ),
        (
            {"support": {"voiceConnectorId": CONNECTOR, "routes": "sbc"}},
            'routes: "sbc" is neither a list of routes nor a mapping',
        ),
        (
            {"support": {"voiceConnectorId": CONNECTOR, "disabled": "yes please"}},
            "disabled: 'yes please' is neither true nor false",
        ),
    ],
)
def test_mistake_in_configuration_is_a_sentence(configured: Any, originations: Any, sentence: str) -> None:
    """A missing id, an unknown key, a wrong type: one sentence with the path, no traceback."""
    said = configured(originations).preview_err()
    assert sentence in said
    assert "Traceback" not in said


def test_dev_stack_as_a_person_runs_it(configured: Any) -> None:
    """`chime-voice emulator` with the dev stack's seed answers the dev stack's originations."""
    command = [str(Path(sys.executable).parent / "chime-voice"), "emulator", "--port", "0"]
    command += ["--seed", str(ROOT / "stacks" / "dev.seed.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            dev = yaml.safe_load((ROOT / "stacks" / "Pulumi.dev.yaml").read_text())["config"]
            project = configured(dev["chime-voice:originations"])
            project.env["AWS_ENDPOINT_URL_CHIME_SDK_VOICE"] = url
            project.up()
            project.nothing_to_change()
        finally:
            process.terminate()
    assert process.returncode == 0
