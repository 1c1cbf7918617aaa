"""The inputs of emergency calling: every mistake has its path, and no failure shows a phone number."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.rpc import UNKNOWN

from pulumi_chime_voice.aws.config import AwsConfig
from pulumi_chime_voice.emergency_calling.inputs import EmergencyCallingInputs, texts_of, with_secrets

NUMBER = {"emergencyPhoneNumber": "+12065550100", "callingCountry": "US"}
SHOWN = "2065550"
"""A part of every number here."""


def read(numbers: Any, olds: dict[str, Any] | None = None) -> EmergencyCallingInputs:
    news = {"voiceConnectorId": "abcdef1ghij2klmno3pqr4", "numbers": numbers, "region": "us-east-1"}
    return EmergencyCallingInputs(olds or {}, news, AwsConfig())


@pytest.mark.parametrize(
    ("numbers", "path", "reason"),
    [
        (None, "numbers", "set at least one emergency number"),
        ([], "numbers", "set at least one emergency number"),
        ("+12065550100", "numbers", "expected a list of emergency numbers; got a str"),
        (["+12065550100"], "numbers[0]", "expected an emergency number with"),
        (NUMBER, "numbers", "this is one emergency number: put it into a list ([{…}])"),
        ({"emergencyPhoneNumber": "206-5550-100", "country": "us"}, "numbers", "this is one emergency number"),
        ([{**NUMBER, "emergencyPhoneNumber": "206-5550-100"}], "numbers[0].emergencyPhoneNumber", "E.164"),
        ([{**NUMBER, "emergencyPhoneNumber": "+02065550"}], "numbers[0].emergencyPhoneNumber", "E.164"),
        ([{**NUMBER, "emergencyPhoneNumber": "+1206555010000000"}], "numbers[0].emergencyPhoneNumber", "E.164"),
        ([{**NUMBER, "emergencyPhoneNumber": "+1206555010\u0660"}], "numbers[0].emergencyPhoneNumber", "E.164"),
        ([{**NUMBER, "emergencyPhoneNumber": 12065550100.0}], "numbers[0].emergencyPhoneNumber", "put it in quotes"),
        ([NUMBER, {**NUMBER, "testPhoneNumber": "2065550 199"}], "numbers[1].testPhoneNumber", "E.164"),
        ([{**NUMBER, "callingCountry": "us"}], "numbers[0].callingCountry", "such as US; use US"),
        ([{**NUMBER, "callingCountry": "+12065550100"}], "numbers[0].callingCountry", "two upper-case letters"),
        ([{"callingCountry": "US"}], "numbers[0].emergencyPhoneNumber", "is required"),
        ([{"emergencyPhoneNumber": "+12065550100"}], "numbers[0].callingCountry", "is required"),
        ([{**NUMBER, "calling_land": "US"}], "numbers[0].calling_land", "did you mean calling_country?"),
        (
            [NUMBER, {**NUMBER, "testPhoneNumber": "+12065550199"}],
            "numbers[1]",
            "duplicates numbers[0]; remove one of them",
        ),
        ({"+12065550100": {**NUMBER, "callingCountry": "us"}}, "numbers[[secret]].callingCountry", "use US"),
        ({"+1 206-555-0100": "x"}, "numbers[[secret]]", "expected an emergency number with"),
        ([{**NUMBER, "12065550100": "US"}], "numbers[0].[secret]", "unknown field"),
    ],
)
def test_mistakes(numbers: Any, path: str, reason: str) -> None:
    """One failure each, with its path and what to do."""
    (failure,) = read(numbers).failures
    assert failure.startswith(f"{path}: ")
    assert reason in failure
    assert SHOWN not in failure


def test_all_at_once() -> None:
    """The mistakes of all numbers, in the order of the declaration, though the engine does not keep it."""
    wrong = {str(index): {**NUMBER, "emergencyPhoneNumber": "?"} for index in range(12)}
    shuffled = dict(sorted(wrong.items(), reverse=True))
    paths = [failure.partition(":")[0] for failure in read(shuffled).failures]
    assert paths == [f"numbers[{index}].emergencyPhoneNumber" for index in range(12)]


def test_unknown_parts() -> None:
    """Nothing is guessed, and the known parts are validated all the same."""
    inputs = read([{**NUMBER, "emergencyPhoneNumber": UNKNOWN}])
    assert inputs.failures == []
    assert inputs.as_state()["numbers"] == UNKNOWN
    (failure,) = read([{"emergencyPhoneNumber": UNKNOWN, "callingCountry": "usa"}]).failures
    assert failure.startswith("numbers[0].callingCountry: ")


def test_what_stands_in_the_state() -> None:
    """Ignored numbers come from there; they were read from the service, and need not keep to any rule."""
    state = {"US 1": {"emergencyPhoneNumber": "0", "callingCountry": "usa", "revision": 3.0}}
    inputs = read(state, {"numbers": state})
    assert inputs.failures == []
    assert inputs.as_state()["numbers"] == state


def test_sealed() -> None:
    """Every phone number is a secret of the engine; country and revision are not."""
    state = with_secrets(read([{**NUMBER, "testPhoneNumber": "+12065550199"}]).as_state())
    (number,) = state["numbers"].values()
    assert number["callingCountry"] == "US"
    assert number["revision"] == 1
    assert number["emergencyPhoneNumber"]["value"] == "+12065550100"
    assert number["testPhoneNumber"]["value"] == "+12065550199"


def test_keys_that_are_phone_numbers() -> None:
    """Two of them have one path in messages, which show no key, and are two numbers."""
    numbers = {"+12065550100": NUMBER, "+12065550101": {**NUMBER, "callingCountry": "CA"}}
    inputs = read(numbers)
    assert inputs.failures == []
    assert list(inputs.as_state()["numbers"]) == ["CA 1", "US 1"]
    assert {"+12065550101", "12065550101"} <= texts_of({"numbers": numbers})
    (failure,) = read({"+12065550100": NUMBER, "+12065550101": NUMBER}).failures
    assert failure == "numbers[[secret]]: duplicates numbers[[secret]]; remove one of them"


def test_texts() -> None:
    """What no message may show: the numbers, with and without their plus sign."""
    numbers = {"0": {**NUMBER, "testPhoneNumber": "12065550199"}}
    assert texts_of({"numbers": numbers}) == {"+12065550100", "12065550100", "12065550199"}
    assert texts_of(read(numbers).settings) == {"+12065550100", "12065550100", "12065550199"}
