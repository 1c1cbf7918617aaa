"""Fixtures of the end-to-end tests."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from chime_voice_emulator import Emulator

from .guides import originations
from .oldest import ROOT, oldest_environment
from .support import CONNECTOR, OTHER_CONNECTOR, Calls, Live, Project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator with two voice connectors that nobody has configured."""
    with Emulator() as running:
        running.create_voice_connector(voice_connector_id=CONNECTOR, name="support")
        running.create_voice_connector(voice_connector_id=OTHER_CONNECTOR, name="sales")
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
    return tmp_path_factory.mktemp("pulumi-home")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What a module names in `LOWEST` runs with the oldest versions of pulumi and boto3 too."""
    if metafunc.function.__name__ in getattr(metafunc.module, "LOWEST", ()):
        metafunc.parametrize("project", ["newest", "oldest"], indirect=True)


@pytest.fixture
def project(tmp_path: Path, emulator: Emulator, pulumi_home: Path, request: pytest.FixtureRequest) -> Project:
    made = Project(tmp_path / "project", emulator.endpoint_url, pulumi_home)
    if getattr(request, "param", "newest") == "oldest":
        made.env |= {
            "PATH": f"{oldest_environment() / 'bin'}{os.pathsep}{made.env['PATH']}",
            "PYTHONPATH": f"{ROOT / 'providers'}{os.pathsep}{made.env['PYTHONPATH']}",
        }
    return made


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
