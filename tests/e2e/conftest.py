"""Fixtures of the end-to-end tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ..support.emulators import running_emulator
from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .guides import originations
from .support import Calls, Live, Project
from .versions import FULL, NEWEST, OLDEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from chime_voice_emulator import Emulator

COMMANDS = "pulumi commands"


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator with two voice connectors that nobody has configured."""
    with running_emulator(CONNECTOR, OTHER_CONNECTOR) as running:
        yield running


@pytest.fixture
def connectors(emulator: Emulator) -> Emulator:
    """The voice connectors that the stacks of staging and prod name."""
    for stack in ("staging", "prod"):
        for settings in originations(stack).values():
            emulator.create_voice_connector(voice_connector_id=settings["voiceConnectorId"], region=settings["region"])
    return emulator


@pytest.fixture(scope="session")
def pulumi_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of this process; all processes of a run share the templates of projects."""
    home, shared = tmp_path_factory.mktemp("pulumi-home"), tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    (shared / "templates").mkdir(exist_ok=True)
    (home / "templates").symlink_to(shared / "templates")
    return home


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What a module names in `LOWEST` runs with the oldest versions too, and in `make test-full` with those of `FULL`.

    What is marked `matrix` runs with those of `FULL` alone.
    """
    lowest = metafunc.function.__name__ in getattr(metafunc.module, "LOWEST", ())
    if lowest or metafunc.definition.get_closest_marker("matrix"):
        versions = [pytest.param(NEWEST, id="newest")]
        versions += [pytest.param(OLDEST, id="oldest")] if lowest else []
        versions += [pytest.param(row, id=name, marks=pytest.mark.full) for name, row in FULL.items()]
        metafunc.parametrize("project", versions, indirect=True)


@pytest.fixture
def project(tmp_path: Path, emulator: Emulator, pulumi_home: Path, request: pytest.FixtureRequest) -> Iterator[Project]:
    made = Project(tmp_path / "project", emulator.endpoint_url, pulumi_home)
    made.env |= getattr(request, "param", NEWEST).environment(made.env["PATH"], made.env["PYTHONPATH"])
    yield made
    request.node.user_properties.append((COMMANDS, made.spent))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """With --durations, adds the number and the CPU seconds of the Pulumi commands of each file."""
    if terminalreporter.config.getoption("durations") is None:
        return
    spent: dict[str, list[float]] = {}
    for report in terminalreporter.getreports(""):  # what a test's fixtures did after it is among these
        for name, seconds in report.user_properties:
            if name == COMMANDS and report.when == "teardown":
                spent.setdefault(report.nodeid.partition("::")[0], []).extend(seconds)
    terminalreporter.section("Pulumi commands, CPU seconds")
    for file, seconds in sorted(spent.items(), key=lambda item: -sum(item[1])):
        terminalreporter.line(f"{len(seconds):5} {sum(seconds):8.1f}  {file}")


@pytest.fixture
def live(emulator: Emulator) -> Iterator[Live]:
    client = Live(emulator.endpoint_url)
    yield client
    client.client.close()


@pytest.fixture
def calls(emulator: Emulator) -> Calls:
    return Calls(emulator)


@pytest.fixture
def writes(calls: Calls) -> Callable[[], list[str]]:
    """What the provider has written since the last look."""
    return lambda: [name for name in calls.take() if name in ("Put", "Delete")]
