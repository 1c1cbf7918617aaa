"""States that were edited by hand: what can be read is read, everything else is a `StateError` that shows no value."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi.dynamic import Config

from pulumi_chime_voice.emergency_calling import parts as emergency_calling
from pulumi_chime_voice.emergency_calling.numbers import Numbers
from pulumi_chime_voice.engine.lifecycle import Lifecycle
from pulumi_chime_voice.errors import StateError
from pulumi_chime_voice.origination import parts as originations
from pulumi_chime_voice.origination.routes import Settings

ROUTE = {"host": "hidden.example.net", "port": 5060.0, "protocol": "UDP", "priority": 1.0, "weight": 0.0}
NUMBER = {"emergencyPhoneNumber": "+12065550100", "callingCountry": "US", "revision": 1.0}
IDENTITY = {"voiceConnectorId": "abcdef1ghij2klmno3pqr4", "region": "us-east-1"}
KEY = "hidden.example.net:5060/UDP"
ORIGINATION: Lifecycle[Any] = Lifecycle(originations.PARTS, Config({}, "x"))
EMERGENCY_CALLING: Lifecycle[Any] = Lifecycle(emergency_calling.PARTS, Config({}, "x"))


def origination(**changes: Any) -> dict[str, Any]:
    return {**IDENTITY, "routes": {KEY: ROUTE}, "disabled": False, **changes}


def route(**changes: Any) -> dict[str, Any]:
    return origination(routes={KEY: {**ROUTE, **changes}})


def numbers(**changes: Any) -> dict[str, Any]:
    return {**IDENTITY, "numbers": {"US 1": {**NUMBER, **changes}}}


def test_a_right_state() -> None:
    """Numbers arrive as floats; a live weight of 0 stays one."""
    settings = ORIGINATION._settings(origination())
    assert settings.routes[KEY] == {**ROUTE, "port": 5060, "priority": 1, "weight": 0}
    assert EMERGENCY_CALLING._settings(numbers()).by_key == {"US 1": NUMBER}


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        (origination(region=None), "region is missing"),
        (origination(region=""), "region is not a name"),
        (origination(region=7.0), "region is not a name"),
        (origination(voiceConnectorId=None), "voiceConnectorId is missing"),
        (origination(disabled="no"), "disabled is neither true nor false"),
        (origination(routes=[ROUTE]), "routes is not a mapping of routes by endpoint"),
        (origination(routes="x"), "routes is not a mapping of routes by endpoint"),
        (origination(routes={KEY: [ROUTE]}), f'routes["{KEY}"] is not a route'),
        (origination(routes={KEY: None}), f'routes["{KEY}"] is not a route'),
        (route(host=None), ".host is missing"),
        (route(host=7.0), ".host is not text"),
        (route(protocol=None), ".protocol is missing"),
        (route(port="5060"), ".port is not a whole number"),
        (route(port=5060.5), ".port is not a whole number"),
        (route(port=float("inf")), ".port is not a whole number"),
        (route(priority=float("nan")), ".priority is not a whole number"),
        (route(weight=True), ".weight is not a whole number"),
        (route(weight=None), ".weight is missing"),
    ],
)
def test_an_origination(state: dict[str, Any], problem: str) -> None:
    with pytest.raises(StateError) as caught:
        ORIGINATION._settings(state)
    text = str(caught.value)
    assert text.startswith("the state of this resource cannot be used: ")
    assert f"{problem}. Nothing was changed." in text


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        ({**numbers(), "region": None}, "region is missing"),
        ({**numbers(), "numbers": [NUMBER]}, "numbers is not a mapping of numbers"),
        ({**numbers(), "numbers": {"US 1": "+12065550100"}}, "numbers[US 1] is not an emergency number"),
        ({**numbers(), "numbers": {"+12065550100": "x"}}, "numbers[[secret]] is not an emergency number"),
        (numbers(callingCountry=None), "numbers[US 1].callingCountry is missing"),
        (numbers(emergencyPhoneNumber=12065550100.0), "numbers[US 1].emergencyPhoneNumber is not text"),
        (numbers(testPhoneNumber=[]), "numbers[US 1].testPhoneNumber is not text"),
        (numbers(revision="new"), "numbers[US 1].revision is not a number"),
        (numbers(revision=-1.0), "numbers[US 1].revision is not a number"),
        (numbers(revision=float("inf")), "numbers[US 1].revision is not a number"),
    ],
)
def test_emergency_calling(state: dict[str, Any], problem: str) -> None:
    with pytest.raises(StateError) as caught:
        EMERGENCY_CALLING._settings(state)
    assert f"{problem}. Nothing was changed." in str(caught.value)
    assert "2065550" not in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
names = ["voiceConnectorId", "region", "routes", "disabled", "numbers"]
inner_names = [*ROUTE, *NUMBER]
states = st.dictionaries(
    st.sampled_from(names),
    json_values | st.dictionaries(st.text(max_size=5), st.dictionaries(st.sampled_from(inner_names), json_values)),
).map(lambda state: {**IDENTITY, **state})


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(state=states)
def test_any_state(state: dict[str, Any]) -> None:
    """Settings, with which everything else can be done, or a `StateError`; no KeyError, no TypeError."""
    for lifecycle, kind in ((ORIGINATION, Settings), (EMERGENCY_CALLING, Numbers)):
        try:
            settings: Any = lifecycle._settings(state)
        except StateError:
            continue
        assert isinstance(settings, kind)
        assert settings.equals(settings)
        assert settings.with_keys_of(settings).equals(settings)
        assert settings.as_state()
        assert settings.describe()
