"""What an import file contains, and which inputs of an import `check` accepts: Pulumi stores them as they are."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.dynamic.dynamic import serialize_provider

from chime_voice_emulator import Emulator
from pulumi_chime_voice import EmergencyCallingProvider, OriginationProvider
from pulumi_chime_voice.cli import import_file
from pulumi_chime_voice.cli.export import export
from pulumi_chime_voice.cli.inventory import ConnectorSnapshot
from pulumi_chime_voice.cli.reading import account
from pulumi_chime_voice.engine.claims import Claims, RunMemory
from pulumi_chime_voice.engine.internal_inputs import import_mark
from pulumi_chime_voice.engine.run_file import ProgramFile, Run
from pulumi_chime_voice.errors import RefusedError
from pulumi_chime_voice.origination.routes import Route, Settings, keyed

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_chime_voice.engine.lifecycle import ChimeProvider

CONNECTOR = "abcdef1ghij2klmno3pqr4"
RUN = Run("engine", "0", "0")
WHERE = {"voiceConnectorId": CONNECTOR, "region": "us-east-1"}
ROUTE = {"host": "203.0.113.7", "port": 5060, "protocol": "UDP", "priority": 1, "weight": 1}
NUMBER = {"emergencyPhoneNumber": "+12065550100", "callingCountry": "US"}


FOUND = ConnectorSnapshot(CONNECTOR, "us-east-1", None, Settings(routes=keyed([Route(**ROUTE)])))


def origination() -> dict[str, Any]:
    (entry,) = export([FOUND], regions=False, names={CONNECTOR: "support"}).imports
    return entry


@functools.cache
def emergency_calling() -> dict[str, Any]:
    numbers = {"DNIS": [{"EmergencyPhoneNumber": "+12065550100", "CallingCountry": "US"}]}
    with Emulator() as emulator, pytest.MonkeyPatch.context() as environment:
        emulator.seed({"voice_connectors": [{"id": CONNECTOR, "name": "support", "emergency_calling": numbers}]})
        for name, value in emulator.environment.items():
            environment.setenv(name, value)
        source = account([], regions=["us-east-1"], all_regions=False, profile=None, endpoint_url=emulator.endpoint_url)
        (entry,), failed = import_file.emergency_calling({"support": FOUND}, source.client)
    assert failed == []
    return entry


ENTRIES = {OriginationProvider: origination, EmergencyCallingProvider: emergency_calling}
both = pytest.mark.parametrize("kind", ENTRIES)


def arriving(value: Any) -> Any:
    """Properties as the plugin gets them: numbers are floats, and secrets are plain."""
    if isinstance(value, dict) and "plaintext" in value:
        return json.loads(value["plaintext"])
    if isinstance(value, dict):
        return {key: arriving(item) for key, item in value.items()}
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def provider(kind: type[ChimeProvider[Any]], folder: Path) -> ChimeProvider[Any]:
    """A provider in Pulumi's plugin. As in an import, the run has no program."""
    made = kind()
    made.configure(ConfigureRequest(Config({"aws:region": "us-east-1"}, "project")))
    made._claims = Claims(kind.parts.kind.name, RunMemory(RUN, folder))
    return made


def check(kind: type[ChimeProvider[Any]], folder: Path, **changes: Any) -> list[str]:
    """The failures of an import of the entry with these inputs; None takes one out. Pulumi passes the same inputs twice."""
    inputs = {**arriving(ENTRIES[kind]()["inputs"]), **changes}
    inputs = {name: value for name, value in inputs.items() if value is not None}
    return [failure.reason for failure in provider(kind, folder).check(dict(inputs), inputs).failures]


def refusal(kind: type[ChimeProvider[Any]], folder: Path, **changes: Any) -> str:
    with pytest.raises(RefusedError) as refused:
        check(kind, folder, **changes)
    return str(refused.value)


def test_origination() -> None:
    """Outputs have the form of a state, and inputs have the version of the form as well."""
    entry = origination()
    assert entry["outputs"] == {
        **WHERE,
        "onConflict": "fail",
        "routes": {"203.0.113.7:5060/UDP": ROUTE},
        "disabled": False,
        "callDistribution": {"priority 1": {"203.0.113.7:5060/UDP": "100%"}},
        "__provider": serialize_provider(OriginationProvider()),
    }
    assert entry["inputs"] == {"__import": import_mark(entry["outputs"]), **entry["outputs"]}
    assert entry["type"] == "pulumi-python:dynamic/chime:Origination"
    assert (entry["logicalName"], entry["id"]) == ("support", CONNECTOR)


def test_phone_numbers_are_secrets() -> None:
    """The country is not, and neither is the revision."""
    number = emergency_calling()["outputs"]["numbers"]["US 1"]
    assert (number["callingCountry"], number["revision"]) == ("US", 1)
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"+12065550100"'}
    assert number["emergencyPhoneNumber"] == secret


@both
def test_references_are_those_of_the_sdk(kind: type[ChimeProvider[Any]]) -> None:
    """The command line does not load Pulumi, so it has them as text."""
    assert import_file.SERIALIZED[kind.parts.kind] == serialize_provider(kind())


@both
def test_its_own_file_is_accepted(kind: type[ChimeProvider[Any]], tmp_path: Path) -> None:
    assert check(kind, tmp_path) == []


@both
@pytest.mark.parametrize("form", [None, 0, 1, "1", "2:0"])
def test_other_files_are_refused(kind: type[ChimeProvider[Any]], form: object, tmp_path: Path) -> None:
    """Written by hand, by another tool, or by another version. A failure would only be a warning, so this is an error."""
    assert refusal(kind, tmp_path, __import=form).startswith(
        f"importing this {kind.parts.kind.resource}: blocked, because the installed version of chime-voice export "
        "--import-file did not write it."
    )


@both
@pytest.mark.parametrize(
    ("name", "value"),
    [("region", None), ("onConflict", "never"), ("voiceConnectorId", " "), ("extra", 1), ("__owner_", "x")],
)
def test_changed_inputs_are_refused(kind: type[ChimeProvider[Any]], name: str, value: object, tmp_path: Path) -> None:
    """What the state would keep has to be what `check` of a program would have made of it; the message names the property."""
    said = refusal(kind, tmp_path, **{name: value})
    assert "were changed after the export" in said
    assert name in said


@pytest.mark.parametrize(
    ("name", "value"),
    [("routes", [ROUTE]), ("routes", {"203.0.113.8:5060/UDP": ROUTE}), ("disabled", True), ("callDistribution", {})],
)
def test_changed_routes_are_refused(name: str, value: object, tmp_path: Path) -> None:
    said = refusal(OriginationProvider, tmp_path, **{name: value})
    assert "were changed after the export" in said


def test_no_routes_are_refused(tmp_path: Path) -> None:
    """They break a rule of declarations, although their form is right."""
    said = refusal(OriginationProvider, tmp_path, routes={}, callDistribution={})
    assert "(routes: " in said


def test_changed_numbers_are_refused(tmp_path: Path) -> None:
    """Without a number in the message."""
    said = refusal(
        EmergencyCallingProvider, tmp_path, numbers={"US 1": {**NUMBER, "emergencyPhoneNumber": "12065550100x"}}
    )
    assert "were changed after the export" in said
    assert "2065550100" not in said


@both
def test_a_program_cannot_use_it(kind: type[ChimeProvider[Any]], tmp_path: Path) -> None:
    """In a run with a program, the version of the form replaces no internal input."""
    ProgramFile(RUN, preview=False, folder=tmp_path)
    (failure,) = check(kind, tmp_path)
    assert "arrived without its internal inputs" in failure


def test_inputs_that_agree_with_themselves_are_refused(tmp_path: Path) -> None:
    """Outputs still have the settings of the file, so a preview would show no property that changes."""
    changed = {"203.0.113.7:5060/UDP": {**ROUTE, "weight": 9.0}}
    assert "the inputs" in refusal(OriginationProvider, tmp_path, routes=changed)
    numbers = {"US 1": {**NUMBER, "emergencyPhoneNumber": "+12065550199"}}
    text = refusal(EmergencyCallingProvider, tmp_path, numbers=numbers)
    assert "blocked, because its inputs in the import file were changed" in text
    assert "+1206" not in text


def test_the_mark_of_phone_numbers_is_secret() -> None:
    """A digest of phone numbers can be tried out."""
    mark = emergency_calling()["inputs"]["__import"]
    assert mark["4dabf18193072939515e22adb298388d"] == "1b47061264138c4ac30d75fd1eb44270"
