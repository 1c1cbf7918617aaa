"""The end of a run's program: its file is closed, and nothing of the run is kept in a process that runs other programs later."""

from __future__ import annotations

import asyncio
import gc
import weakref
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pulumi
import pytest

from pulumi_chime_voice import sdk
from pulumi_chime_voice.engine import run_file
from pulumi_chime_voice.engine.kinds import ORIGINATION
from pulumi_chime_voice.program import registration
from pulumi_chime_voice.program.resource import Prepared

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CONNECTOR = "abcdef1ghij2klmno3pqr4"


@pytest.fixture(autouse=True)
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An engine whose address is known, and the SDK as far as a declaration needs it."""
    monkeypatch.setattr(run_file, "default_folder", lambda: tmp_path)
    monkeypatch.setattr(sdk, "program_engine_address", lambda: "127.0.0.1:1")
    monkeypatch.setattr(sdk, "registrations", list)
    monkeypatch.setattr(sdk, "wait_for", lambda awaitable: awaitable.close())
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: False)


class Line(SimpleNamespace):
    """A resource, as far as its declaration needs it."""


def declared() -> Line:
    resource: Any = Line(pulumi_resource_name="support", _provider=None)
    prepared = Prepared(
        "Origination support",
        "support",
        registration.program_of(ORIGINATION, "support"),
        pulumi.ResourceOptions(),
        {},
        CONNECTOR,
        "",
        is_altered=False,
    )
    registration.record(ORIGINATION, resource, prepared, turns_off=False)
    return resource


def run(program: Callable[[], object]) -> None:
    """Runs a program as the Automation API does, which cancels what is left of it."""

    async def main() -> None:
        program()

    loop = asyncio.new_event_loop()
    loop.run_until_complete(main())
    for task in asyncio.all_tasks(loop):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            loop.run_until_complete(task)
    loop.close()


def test_the_file_ends_with_the_run(tmp_path: Path) -> None:
    """No later run reads it."""
    seen = []

    def program() -> None:
        declared()
        seen.extend(tmp_path.iterdir())

    run(program)
    assert len(seen) == 1
    assert list(tmp_path.iterdir()) == []


def test_the_resources_end_with_the_run() -> None:
    """A service that runs programs for days keeps none of their resources."""
    kept = []

    def program() -> None:
        resource = declared()
        program = registration.program_of(ORIGINATION, "line")
        assert registration.declared_before(program, ORIGINATION, CONNECTOR) == [resource]
        kept.append(weakref.ref(resource))

    run(program)
    gc.collect()
    assert kept[0]() is None

    def next_program() -> None:
        assert registration.declared_before(registration.program_of(ORIGINATION, "line"), ORIGINATION, CONNECTOR) == []

    run(next_program)
