"""Programs that the Automation API runs in its own process: each run hears its own program, also side by side and nested."""

from __future__ import annotations

import json
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from pulumi import automation

from pulumi_chime_voice import Origination

from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import OURS
from .versions import SINCE_3_254

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chime_voice_emulator import Emulator

    from .support import Live, Project

ROUTE: Any = {"host": "203.0.113.7", "protocol": "UDP", "priority": 1, "weight": 1}


@pytest.fixture(autouse=True)
def _environment(project: Project, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name, value in {**project.env, "TMPDIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)


def declared(name: str | None, connector: str = CONNECTOR) -> Callable[[], None]:
    def program() -> None:
        if name is not None:
            Origination(name, voice_connector_id=connector, routes=[ROUTE])

    return program


def files(folder: Path) -> list[str]:
    """What the runs have left behind."""
    return [path.name for path in folder.glob("pulumi-chime-voice-*/*")]


def test_renamed_between_two_runs_of_one_process(
    project: Project, live: Live, writes: Callable[[], list[str]], tmp_path: Path
) -> None:
    """The declarations of the first run are none in the second: renamed, the calls stay; taken out, they end."""
    stack = automation.create_stack("inline", project_name="e2e", program=declared("support"))
    stack.up()
    assert live.routes() == [OURS]
    assert files(tmp_path) == []
    writes()
    stack.workspace.program = declared("helpdesk")
    stack.up()
    assert "Delete" not in writes()
    assert live.routes() == [OURS]
    stack.workspace.program = declared(None)
    stack.up()
    assert live.routes() is None
    assert files(tmp_path) == []


def test_two_stacks_side_by_side(project: Project, live: Live, writes: Callable[[], list[str]], tmp_path: Path) -> None:
    """In threads of one process: created, renamed one target at a time, and nothing is cleared."""
    connectors = {"one": CONNECTOR, "two": OTHER_CONNECTOR}
    stacks = {
        name: automation.create_stack(name, project_name="e2e", program=declared("support", connector))
        for name, connector in connectors.items()
    }

    def in_threads(step: Callable[[str], Any]) -> None:
        with ThreadPoolExecutor(len(stacks)) as pool:
            list(pool.map(step, stacks))

    def urn(stack: str, name: str) -> str:
        return f"urn:pulumi:{stack}::e2e::pulumi-python:dynamic/chime:Origination::{name}"

    in_threads(lambda name: stacks[name].up())
    assert all(live.routes(connector) == [OURS] for connector in connectors.values())
    for name, stack in stacks.items():
        stack.workspace.program = declared("helpdesk", connectors[name])
    writes()
    in_threads(lambda name: stacks[name].up(target=[urn(name, "helpdesk")]))
    in_threads(lambda name: stacks[name].up(target=[urn(name, "support")]))
    assert "Delete" not in writes()
    assert all(live.routes(connector) == [OURS] for connector in connectors.values())
    assert files(tmp_path) == []


def test_a_run_inside_another(project: Project, live: Live, writes: Callable[[], list[str]], tmp_path: Path) -> None:
    """A program that runs another stack's `up` before and after its own declaration keeps both apart."""
    inner = automation.create_stack("inner", project_name="e2e", program=declared("inner", OTHER_CONNECTOR))

    def program() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(inner.up).result()
            Origination("helpdesk", voice_connector_id=CONNECTOR, routes=[ROUTE])
            pool.submit(inner.up).result()

    outer = automation.create_stack("outer", project_name="e2e", program=declared("support"))
    outer.up()
    writes()
    outer.workspace.program = program
    outer.up()
    assert "Delete" not in writes()
    assert (live.routes(), live.routes(OTHER_CONNECTOR)) == ([OURS], [OURS])
    assert files(tmp_path) == []


@SINCE_3_254
def test_an_import_inside_a_run(project: Project, live: Live, writes: Callable[[], list[str]], tmp_path: Path) -> None:
    """A program imports a file into another stack: an edited file is blocked there as on the command line."""
    live.put(OURS)
    file = tmp_path / "import.json"
    export = ("chime-voice", "export", "--import-file", str(file), "--name", f"{CONNECTOR}=support", CONNECTOR)
    subprocess.run(export, env=project.env, check=True, capture_output=True)
    exported, edited = (json.loads(file.read_text())["resources"] for _ in range(2))
    edited[0]["inputs"]["routes"]["203.0.113.7:5060/UDP"]["weight"] = 50
    inner = automation.create_stack("inner", project_name="e2e", program=declared("support"))
    refused: list[str] = []

    def program() -> None:
        Origination("helpdesk", voice_connector_id=OTHER_CONNECTOR, routes=[ROUTE])
        with ThreadPoolExecutor(1) as pool:
            for resources in (edited, exported):
                run = pool.submit(inner.import_resources, resources=resources, protect=False, generate_code=False)
                if (error := run.exception()) is not None:
                    refused.append(str(error))

    automation.create_stack("outer", project_name="e2e", program=program).up()
    (text,) = refused
    assert "blocked, because its inputs in the import file were changed after the export" in text
    assert writes() == ["Put"]  # of the program around it
    inner.up(expect_no_changes=True)
    assert writes() == []
    assert live.routes() == [OURS]
    assert files(tmp_path) == []
