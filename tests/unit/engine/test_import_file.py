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
from pulumi_chime_voice.errors import ConfigurationError, RefusedError
from pulumi_chime_voice.origination.routes import Route, Settings, keyed

from ...support.emulators import request

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_chime_voice.engine.provider import ChimeProvider

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


def provider(kind: type[ChimeProvider], folder: Path) -> ChimeProvider:
    """A provider in Pulumi's plugin. As in an import, the run has no program."""
    made = kind()
    made.configure(ConfigureRequest(Config({"aws:region": "us-east-1"}, "project")))
    made.lifecycle._claims = Claims(kind()._parts().kind.name, RunMemory(RUN, folder))
    return made


def check(kind: type[ChimeProvider], folder: Path, **changes: Any) -> list[str]:
    """The failures of an import of the entry with these inputs; None takes one out. Pulumi passes the same inputs twice."""
    inputs = {**arriving(ENTRIES[kind]()["inputs"]), **changes}
    inputs = {name: value for name, value in inputs.items() if value is not None}
    return [failure.reason for failure in provider(kind, folder).check(dict(inputs), inputs).failures]


def refusal(kind: type[ChimeProvider], folder: Path, **changes: Any) -> str:
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
def test_references_are_those_of_the_sdk(kind: type[ChimeProvider]) -> None:
    """The command line does not load Pulumi, so it has them as text."""
    assert import_file.SERIALIZED[kind()._parts().kind] == serialize_provider(kind())


@both
def test_its_own_file_is_accepted(kind: type[ChimeProvider], tmp_path: Path) -> None:
    assert check(kind, tmp_path) == []


@both
@pytest.mark.parametrize("form", [1, "1", "2:0"])
def test_files_of_other_versions_are_refused(kind: type[ChimeProvider], form: object, tmp_path: Path) -> None:
    """A failure would only be a warning, so this is an error."""
    assert refusal(kind, tmp_path, __import=form).startswith(
        f"importing this {kind()._parts().kind.resource}: blocked, because the installed version of chime-voice export "
        "--import-file did not write it."
    )


@both
def test_other_files_are_refused(kind: type[ChimeProvider], tmp_path: Path) -> None:
    """One that was written by hand, or by another tool, looks like a declaration of a program that was not heard."""
    with pytest.raises(ConfigurationError, match=r"pulumi import takes only a file that this package has written"):
        check(kind, tmp_path, __import=None)


@both
@pytest.mark.parametrize(
    ("name", "value"),
    [("region", None), ("onConflict", "never"), ("voiceConnectorId", " "), ("extra", 1), ("__owner_", "x")],
)
def test_changed_inputs_are_refused(kind: type[ChimeProvider], name: str, value: object, tmp_path: Path) -> None:
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
def test_in_a_run_with_a_program(kind: type[ChimeProvider], tmp_path: Path) -> None:
    """The mark of a file stands for nothing: the declaration is claimed and checked like any other."""
    ProgramFile(RUN, preview=False, folder=tmp_path)
    declared = arriving(ENTRIES[kind]()["inputs"])
    plugin = provider(kind, tmp_path)
    first, second = (request(name, lambda: plugin.check({}, dict(declared))) for name in ("one", "two"))
    assert not first.failures
    assert "__import" not in first.inputs
    assert "declared twice in this program, by one and by two" in second.failures[0].reason


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
