"""An `up` of forty originations, killed at thirty points, three victims each: what a person can do then, every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ...support.ports import held_port
from ..crash import API_CALLS, VICTIMS, Machine
from ..support import Project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

POINTS = [1 + number * (API_CALLS - 2) // 29 for number in range(30)]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, pulumi_home: Path) -> Iterator[Machine]:
    with held_port() as port:
        project = Project(tmp_path_factory.mktemp("crash") / "project", f"http://127.0.0.1:{port}", pulumi_home)
        prepared = Machine(project, port)
        prepared.prepare()
        yield prepared


@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.parametrize("after", POINTS)
def test_killed(machine: Machine, note: Callable[..., None], victim: str, after: int) -> None:
    """`up` reaches exactly the wanted settings, `refresh` and `destroy` clear all that the engine knows of."""
    killed, left, right = None, 0, False
    try:
        killed = machine.kill(victim, after)
        machine.then_up()
        left = machine.then_destroy(killed)
        right = True
    finally:
        machine.stop()
        note(
            "crash",
            victim=victim,
            after=after,
            finished=killed is not None and killed.finished,
            torn=killed is not None and killed.torn,
            pending=sorted(kind for kind, _ in killed.pending) if killed else [],
            left=left,
            right=right,
        )
