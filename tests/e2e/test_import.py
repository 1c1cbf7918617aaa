"""`pulumi import` of what `chime-voice export --import-file` writes: nothing is sent, nothing is warned of, nothing changes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from .dangers import assert_no_traceback
from .guides import blocks, clone, shell, walk
from .support import CONNECTOR, OTHER_CONNECTOR
from .versions import NEWEST, OLDEST, SINCE_3_254, Versions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chime_voice_emulator import Emulator

    from .support import Live, Project

pytestmark = SINCE_3_254

FIRST = ("203.0.113.7", 5060, "UDP", 1, 1)
SECOND = ("sbc.example.net", 5061, "TCP", 4, 7)
NUMBER = "+12065550100"
IMPORT = ("import", "--file", "import.json", "--generate-code=false", "--protect=false", "--yes", "--color=never")

PROGRAM = f"""
from pulumi_chime_voice import EmergencyCalling

prod = Provider("prod", region="us-east-1")
team = pulumi.ComponentResource("acme:telephony:Team", "team", opts=pulumi.ResourceOptions(providers=[prod]))
line = Origination("line", voice_connector_id="{CONNECTOR}", routes=[route()], opts=pulumi.ResourceOptions(parent=team))
EmergencyCalling("line-emergency", voice_connector_id=line.voice_connector_id, opts=pulumi.ResourceOptions(parent=team),
    numbers=[{{"emergency_phone_number": "{NUMBER}", "calling_country": "US"}}])
"""
"""Both kinds of settings in a component, with an explicit Provider."""


def writes(emulator: Emulator) -> list[str]:
    return [str(item.operation) for item in emulator.requests if not str(item.operation).startswith(("Get", "List"))]


@pytest.mark.full
def test_read_only(project: Project, live: Live, emulator: Emulator) -> None:
    """The guide as it stands: exported, imported, unchanged, and without drift. Nothing is written."""
    clone(project.folder)
    live.put(FIRST)
    live.put(SECOND, disabled=True, connector=OTHER_CONNECTOR)
    emulator.clear_requests()
    said = walk(project, blocks("migration.md", "With read-only credentials"))

    assert writes(emulator) == []
    assert "warning" not in said
    assert {item["id"] for item in project.state().values()} == {CONNECTOR, OTHER_CONNECTOR}


@pytest.fixture
def exported(project: Project, live: Live, emulator: Emulator) -> Path:
    """The file that imports `PROGRAM`."""
    live.put(FIRST)
    live.client.put_voice_connector_termination(
        VoiceConnectorId=CONNECTOR,
        Termination={"Disabled": False, "CallingRegions": ["US"], "CidrAllowedList": ["192.0.2.0/28"]},
    )
    numbers = {"DNIS": [{"EmergencyPhoneNumber": NUMBER, "CallingCountry": "US"}]}
    live.client.put_voice_connector_emergency_calling_configuration(
        VoiceConnectorId=CONNECTOR, EmergencyCallingConfiguration=numbers
    )
    project.program(PROGRAM)
    where = "--parent acme:telephony:Team::team --provider prod --emergency-calling"
    line = (
        f"chime-voice export --region us-east-1 --import-file import.json --name {CONNECTOR}=line {where} {CONNECTOR}"
    )
    done = shell(project, line)
    assert done.returncode == 0, done.stderr
    emulator.clear_requests()
    return project.folder / "import.json"


@pytest.mark.parametrize(
    "project",
    [pytest.param(NEWEST, id="newest"), pytest.param(OLDEST, id="oldest", marks=pytest.mark.full)],
    indirect=True,
)
def test_everything(project: Project, emulator: Emulator, exported: Path) -> None:
    """Both kinds, in a component, with a Provider: imported without a request or a warning, and unchanged in the next preview.
    The file is for its owner; no output and no state has a phone number."""
    assert exported.stat().st_mode & 0o777 == 0o600
    said = project.said(*IMPORT)
    assert emulator.requests == []
    assert "warning" not in said
    said += project.preview("--expect-no-changes")
    assert "unchanged" in said
    assert emulator.requests == []
    kept = "".join(path.read_text() for path in (project.folder / "backend").rglob("*.json"))
    assert CONNECTOR in kept
    assert NUMBER.lstrip("+") not in said + kept


@pytest.mark.full
def test_afterwards(project: Project, emulator: Emulator, exported: Path) -> None:
    """Other arguments of the Provider are an update of its own. `up` sends nothing, takes the version of the form out of the
    state, and agrees with what is live; then a change and a destroy work as ever."""
    assert exported.exists()
    project.ok(*IMPORT)
    project.program(PROGRAM.replace('region="us-east-1")', 'region="us-east-1", max_retries=3)'))
    assert project.steps() == {"prod": "update"}
    project.up()
    assert not any("__import" in item["inputs"] for item in project.state().values())
    project.nothing_to_change()
    assert writes(emulator) == []
    project.program(PROGRAM.replace("route()", "route(weight=2)"))
    project.up()
    assert writes(emulator) == ["PutVoiceConnectorOrigination"]
    project.destroy()


@pytest.mark.full
def test_refresh_first(project: Project, exported: Path) -> None:
    """It takes the version of the form out of the state, too."""
    assert exported.exists()
    project.ok(*IMPORT)
    project.refresh("--expect-no-changes")
    assert not any("__import" in item["inputs"] for item in project.state().values())
    project.preview("--expect-no-changes")


@pytest.mark.full
@pytest.mark.parametrize("project", [pytest.param(Versions(engine="3.250.0"), id="engine 3.250.0")], indirect=True)
def test_older_engine(project: Project, live: Live, emulator: Emulator) -> None:
    """It fails with the error that docs/migration.md quotes, and imports nothing."""
    live.put(FIRST)
    assert shell(project, "chime-voice export --region us-east-1 --import-file import.json").returncode == 0
    emulator.clear_requests()
    project.program("")
    assert "'__provider'" in project.err(*IMPORT)
    assert project.state() == {}
    assert emulator.requests == []


def _edited(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    def edit(file: Path) -> None:
        document = json.loads(file.read_text())
        for resource in document["resources"]:
            if "outputs" in resource:
                change(resource["inputs"])
        file.write_text(json.dumps(document))

    return edit


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (
            _edited(lambda inputs: inputs.pop("__import")),
            "pulumi import takes only a file that this package has written: chime-voice export",
        ),
        pytest.param(
            _edited(lambda inputs: inputs.update(__import=99)), "--import-file did not write it", marks=pytest.mark.full
        ),
        pytest.param(
            _edited(lambda inputs: inputs.update(region="")), "changed after the export (region", marks=pytest.mark.full
        ),
    ],
)
def test_refused(
    project: Project, emulator: Emulator, exported: Path, edit: Callable[[Path], None], sentence: str
) -> None:
    """A file of another hand, of another version, or edited: one sentence for each resource, and nothing is imported."""
    edit(exported)
    said = project.err(*IMPORT)
    assert sentence in said
    assert_no_traceback(said)
    assert NUMBER.lstrip("+") not in said
    assert project.state() == {}
    assert emulator.requests == []
