"""`chime-voice show`: the groups of a voice connector, and what they change when no host is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .support import CAMPAIGN, FRESH, SALES, SUPPORT, cells, shown

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    from chime_voice_emulator import Emulator

    Run = Callable[..., subprocess.CompletedProcess[str]]

MAIN, SPARE = "1f2e3d4c-0000-4000-8000-000000000001", "1f2e3d4c-0000-4000-8000-000000000002"
NO_OTHER = "no other host is left"


def seed(emulator: Emulator, *groups: tuple[str, str, dict[str, int | None]]) -> None:
    """Id, name, and priorities of voice connectors."""
    entries = [
        {
            "id": id_,
            "name": name,
            "voice_connector_items": [
                {"VoiceConnectorId": connector} | ({} if priority is None else {"Priority": priority})
                for connector, priority in priorities.items()
            ],
        }
        for id_, name, priorities in groups
    ]
    emulator.seed({"voice_connector_groups": entries})


def test_named_with_their_priorities(run: Run, emulator: Emulator) -> None:
    seed(emulator, (MAIN, "main", {SUPPORT: 2, CAMPAIGN: 1}), (SPARE, "spare", {SUPPORT: None}))
    done = run("show", SUPPORT)
    assert (done.returncode, done.stderr) == (0, "")
    assert "  groups             main (priority 2), spare\n" in done.stdout
    entries = shown(run("show", "--format", "json"))
    assert entries[SUPPORT]["groups"] == [
        {"id": MAIN, "name": "main", "priority": 2},
        {"id": SPARE, "name": "spare", "priority": None},
    ]
    assert entries[CAMPAIGN]["groups"] == [{"id": MAIN, "name": "main", "priority": 1}]
    assert entries[FRESH]["groups"] == []


def test_none(run: Run) -> None:
    """No line for what most voice connectors do not have."""
    assert "groups" not in run("show", SUPPORT).stdout


@pytest.mark.parametrize(
    ("others", "last"),
    [
        ({CAMPAIGN: 2}, f"{NO_OTHER}, unless group main passes calls on"),
        ({}, NO_OTHER),
    ],
)
def test_when_no_host_is_left(run: Run, emulator: Emulator, others: dict[str, int | None], last: str) -> None:
    """A group with another voice connector may pass the call on; hosts that are left are tried first."""
    seed(emulator, (MAIN, "main", {SUPPORT: 1, SALES: 1, **others}) if others else (MAIN, "main", {SUPPORT: 1}))
    assert [row[-1] for row in cells(run("show", SUPPORT).stdout)] == [
        "sbc-b.example.net:5060/TCP, then priority 2",
        "sbc-a.example.net:5060/TCP, then priority 2",
        f"nothing: {last}",
    ]
    calls = shown(run("show", "--format", "json", SUPPORT))[SUPPORT]["calls"]
    assert calls[-1]["whenItFails"] == f"nothing: {last}"


def test_if_the_last_host_fails(run: Run, emulator: Emulator) -> None:
    emulator.seed(
        {
            "voice_connector_groups": [
                {
                    "id": MAIN,
                    "name": "main",
                    "region": "eu-west-1",
                    "voice_connector_items": [{"VoiceConnectorId": id_, "Priority": 1} for id_ in (SALES, SUPPORT)],
                }
            ]
        }
    )
    done = run("show", "--if-fails", "pbx.example.net", "--region", "eu-west-1")
    assert f"  if the host fails  no calls: {NO_OTHER}, unless group main passes calls on\n" in done.stdout


@pytest.mark.parametrize("ids", [[], [SUPPORT, CAMPAIGN]])
def test_without_the_permission(run: Run, emulator: Emulator, ids: list[str]) -> None:
    """Unknown, with one reason for the region; that alone is no failure."""
    emulator.faults.fail("ListVoiceConnectorGroups", ["AccessDeniedException"], forever=True)
    done = run("show", *ids)
    assert done.returncode == 0
    assert done.stdout.count("  groups             unknown\n") == (len(ids) or 3)
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("listing voice connector groups (us-east-1): AccessDeniedException")
    assert {entry["groups"] for entry in shown(run("show", "--format", "json", *ids)).values()} == {"unknown"}


def test_other_commands_do_not_read_them(run: Run, emulator: Emulator) -> None:
    run("export")
    assert "ListVoiceConnectorGroups" not in {request.operation for request in emulator.requests}
