"""States that released versions wrote: the current code refreshes, updates and destroys them without a word."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from chime_voice_emulator import Emulator

    from .support import Live, Project

STATES = sorted((Path(__file__).parents[1] / "states").glob("*.json"))
SUPPORT, OFF, HIDDEN = "abcdef1ghij2klmno3pqr4", "bcdefg1hijk2lmnop3qrs4", "cdefgh1ijkl2mnopq3rst4"
PROVIDER = "gASVMQAAAAAAAACMEnB1bHVtaV9jaGltZV92b2ljZZSME09yaWdpbmF0aW9uUHJvdmlkZXKUk5QpgZQu"

PROGRAM = """
Origination("support", voice_connector_id="abcdef1ghij2klmno3pqr4", routes=[
    route("sbc-a.example.net", 5061, "TCP", 1, WEIGHT), route("2001:db8::1", weight=40),
    route("sbc-a.example.net", 5061, "TCP", 2, 1)])
Origination("off", voice_connector_id="bcdefg1hijk2lmnop3qrs4", disabled=True)
Origination("hidden", voice_connector_id="cdefgh1ijkl2mnopq3rst4", on_conflict="overwrite",
    routes=[route(pulumi.Output.secret("hidden.example.net"))])
"""
LIVE = [
    ("2001:db8::1", 5060, "UDP", 1, 40),
    ("sbc-a.example.net", 5061, "TCP", 1, 60),
    ("sbc-a.example.net", 5061, "TCP", 2, 1),
]


def _without(state: dict[str, Any], *keys: str) -> dict[str, Any]:
    for resource in state["deployment"]["resources"]:
        for kind in ("inputs", "outputs"):
            for key in keys:
                resource.get(kind, {}).pop(key, None)
    return state


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param((), id="whole"),
        pytest.param(("onConflict", "callDistribution"), id="without later keys", marks=pytest.mark.full),
    ],
)
@pytest.mark.parametrize("recorded", STATES, ids=lambda path: path.stem)
def test_recorded_state(
    project: Project, emulator: Emulator, live: Live, recorded: Path, keys: tuple[str, ...]
) -> None:
    """Refreshed without a change of settings, updated with one, destroyed; also before some properties existed."""
    state = _without(json.loads(recorded.read_text()), *keys)
    originations = [item for item in state["deployment"]["resources"] if item["type"].endswith("chime:Origination")]
    assert [item["inputs"]["__provider"] for item in originations] == [PROVIDER] * 3
    imported = project.folder / "recorded.json"
    imported.write_text(json.dumps(state))
    project.ok("stack", "import", "--file", str(imported))
    emulator.create_voice_connector(voice_connector_id=HIDDEN)
    live.put(*LIVE, connector=SUPPORT)
    live.client.put_voice_connector_origination(VoiceConnectorId=OFF, Origination={"Disabled": True})
    live.put(("hidden.example.net", 5060, "UDP", 1, 1), connector=HIDDEN)
    project.refresh(*([] if keys else ["--expect-no-changes"]))
    project.program(PROGRAM.replace("WEIGHT", "60"))
    project.preview("--expect-no-changes")
    project.program(PROGRAM.replace("WEIGHT", "61"))
    project.up()
    assert live.routes(SUPPORT) == [LIVE[0], ("sbc-a.example.net", 5061, "TCP", 1, 61), LIVE[2]]
    assert "hidden.example.net" not in project.ok("stack", "export")
    project.destroy()
    assert [live.routes(connector) for connector in (SUPPORT, OFF, HIDDEN)] == [None] * 3
