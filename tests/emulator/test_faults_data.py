"""Faults as plain data, which is how other processes set them."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from chime_voice_emulator import Faults
from chime_voice_emulator.__main__ import main
from chime_voice_emulator.faults import Answer, Kind, parse_answer

from .support import DOCUMENTATION, OTHER

EVERYTHING: dict[str, Any] = {
    "latency": 0.1,
    "not_found_after_create": 2.0,
    "read_lag": 3.0,
    "clock_skew": -4.0,
    "throttle": "10/s:20",
    "fail": [
        {
            "operation": "*",
            "voice_connector_id": None,
            "answers": ["503:ServiceUnavailableException", "drop*3", "504*"],
        },
        {"operation": "GetVoiceConnector", "voice_connector_id": OTHER, "answers": ["slow:2s", "delay:0.5s", "ok"]},
    ],
}


def test_faults_survive_a_round_trip() -> None:
    """Faults can be read and set again."""
    faults = Faults()
    faults.update(EVERYTHING)
    again = Faults()
    again.update(faults.as_dict())

    assert faults.as_dict() == EVERYTHING
    assert again.as_dict() == EVERYTHING


def test_clear() -> None:
    """`clear` removes all faults."""
    faults = Faults()
    faults.update(EVERYTHING)
    faults.clear()

    assert faults.as_dict() == Faults().as_dict()


@pytest.mark.parametrize(
    "settings",
    [
        {"latencies": 1},
        {"latency": -1},
        {"latency": True},
        {"latency": "-1s"},
        {"not_found_after_create": "-1s"},
        {"latency": "1 fortnight"},
        {"read_lag": float("nan")},
        {"clock_skew": 1e10},
        {"clock_skew": None},
        {"throttle": "fast"},
        {"throttle": "0/s"},
        {"throttle": 10},
        {"fail": {}},
        {"fail": ["503"]},
        {"fail": [{"operation": "*"}]},
        {"fail": [{"operation": "*", "answers": []}]},
        {"fail": [{"operation": "*", "answers": [503], "voice_connector_id": 5}]},
        {"fail": [{"operation": "*", "answers": [503], "once": True}]},
    ],
)
def test_invalid_settings_change_nothing(settings: dict[str, Any]) -> None:
    """Invalid settings are rejected, including their valid members."""
    faults = Faults()
    with pytest.raises(ValueError, match=r"fail|fault|duration|rate|answer|ID"):
        faults.update({"not_found_after_create": 5, **settings})

    assert faults.as_dict() == Faults().as_dict()


@pytest.mark.parametrize(
    ("text", "seconds"), [("100ms", 0.1), ("2s", 2), ("1.5m", 90), ("1h", 3600), ("3", 3), (4, 4), (0.5, 0.5)]
)
def test_durations(text: Any, seconds: float) -> None:
    """A duration has a unit or is in seconds."""
    faults = Faults()
    faults.latency = text

    assert faults.latency == pytest.approx(seconds)


@pytest.mark.parametrize("kind", sorted({*get_args(Kind)} - {"error"}))
def test_every_kind_of_answer_is_documented(kind: str) -> None:
    """Every kind is in the help, the error message, the docstrings and docs/emulator.md."""
    with pytest.raises(ValueError, match="write a status") as error:
        parse_answer("nonsense!")
    (fault,) = (parameter for parameter in main.params if "--fault" in parameter.opts)
    for text in (str(error.value), vars(fault)["help"], Answer.__doc__, Faults.fail.__doc__):
        assert kind in str(text)
    assert f"| `{kind}" in DOCUMENTATION
