"""What the program records once the engine has registered a resource."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from pulumi_chime_voice.engine.run_file import Declaration, ProgramFile, Run
from pulumi_chime_voice.program.registration import _record_managed

from ...support.values import CONNECTOR, OTHER_CONNECTOR

if TYPE_CHECKING:
    from pathlib import Path


class Registered:
    """An ID or a URN, as the engine returns it."""

    def __init__(self, id_: str | None) -> None:
        self._id = id_

    async def future(self) -> str | None:
        return self._id


@pytest.mark.parametrize(
    ("declared", "registered", "recorded"),
    [
        (CONNECTOR, OTHER_CONNECTOR, (CONNECTOR, OTHER_CONNECTOR)),
        (None, OTHER_CONNECTOR, (OTHER_CONNECTOR, OTHER_CONNECTOR)),
        (CONNECTOR, None, (CONNECTOR, None)),
    ],
    ids=["left out, with the one of the state", "ignored, or known late", "not registered"],
)
def test_what_is_registered(
    declared: str | None, registered: str | None, recorded: tuple[str | None, str | None], tmp_path: Path
) -> None:
    """What the program declares stays known: a resource that `--target` leaves out is registered with its old ID."""
    file = ProgramFile(Run("engine", stack="dev::x"), preview=False, folder=tmp_path)
    serial = file.add(Declaration("origination", "", "support", "support", declared))
    resource = cast("Any", SimpleNamespace(id=Registered(registered)))
    asyncio.run(_record_managed(file, serial, resource, None))
    (found,) = file.declarations
    assert (found.connector, found.managed) == recorded


@pytest.mark.parametrize(
    "urn", ["urn:pulumi:dev::x::my:Site$my:Line::line", None], ids=["registered", "not registered"]
)
def test_parents(urn: str | None, tmp_path: Path) -> None:
    """The types of all parents are known once the nearest is registered."""
    file = ProgramFile(Run("engine", stack="dev::x"), preview=False, folder=tmp_path)
    serial = file.add(Declaration("origination", "my:Line", "support", "line/support", CONNECTOR))
    resource = cast("Any", SimpleNamespace(id=Registered(None)))
    asyncio.run(_record_managed(file, serial, resource, cast("Any", SimpleNamespace(urn=Registered(urn)))))
    assert file.declarations[serial].parents == (None if urn is None else "my:Site$my:Line")
