"""Seeds, from Python and from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chime_voice_emulator import Emulator

from .support import CONNECTOR, SEED

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .support import Process


def test_clients_see_everything(connect: Callable[..., Any]) -> None:
    """Clients see everything in a seed, and the seed is not in the request log."""
    with Emulator() as emulator:
        assert emulator.seed(SEED) == [CONNECTOR]
        assert emulator.requests == []
        chime = connect(emulator.endpoint_url, key="123456789012", region="eu-west-1")
        shown = chime.get_voice_connector(VoiceConnectorId=CONNECTOR)["VoiceConnector"]
        tags = chime.list_tags_for_resource(ResourceARN=shown["VoiceConnectorArn"])["Tags"]
        origination = chime.get_voice_connector_origination(VoiceConnectorId=CONNECTOR)["Origination"]
        emergency = chime.get_voice_connector_emergency_calling_configuration(VoiceConnectorId=CONNECTOR)
        numbers = chime.list_phone_numbers()["PhoneNumbers"]

    assert (shown["Name"], shown["RequireEncryption"], shown["NetworkType"]) == ("support", True, "DUAL_STACK")
    assert shown["VoiceConnectorArn"] == f"arn:aws:chime:eu-west-1:123456789012:vc/{CONNECTOR}"
    assert tags == [{"Key": "team", "Value": "voice"}]
    # Seeds also get the service's defaults.
    assert origination["Routes"] == [
        {"Host": "a.example.net", "Port": 5060, "Protocol": "TCP", "Priority": 1, "Weight": 1}
    ]
    assert emergency["EmergencyCallingConfiguration"] == SEED["voice_connectors"][0]["emergency_calling"]
    assert [(number["E164PhoneNumber"], number["Status"]) for number in numbers] == [
        ("+12065550101", "Assigned"),
        ("+12065550102", "Unassigned"),
    ]


def test_null_gives_the_default() -> None:
    """A member that is null gets its default."""
    empty = dict.fromkeys(SEED["voice_connectors"][0])
    with Emulator() as emulator:
        (made,) = emulator.seed({"voice_connectors": [empty], "phone_numbers": None})

        assert len(made) == 22


def test_existing_connectors_are_replaced_or_kept(connect: Callable[..., Any]) -> None:
    """The argument `replace` selects what happens to a connector that exists."""
    other = {"voice_connectors": [{"id": CONNECTOR, "name": "other"}]}
    with Emulator() as emulator:
        chime = connect(emulator.endpoint_url)

        def name() -> str:
            return chime.get_voice_connector(VoiceConnectorId=CONNECTOR)["VoiceConnector"]["Name"]

        emulator.seed({"voice_connectors": [{"id": CONNECTOR, "name": "first"}]})
        emulator.seed(other, replace=False)
        kept = name()
        emulator.seed(other)

        assert (kept, name()) == ("first", "other")


def test_the_command_line_keeps_existing_connectors(
    start_process: Callable[..., Process], raw_at: Any, tmp_path: Path, seed_file: str
) -> None:
    """An emulator can be restarted with the same data file and seed."""
    arguments = ("--data", str(tmp_path / "state.db"), "--seed", seed_file)
    path = f"/voice-connectors/{CONNECTOR}/origination"
    first = start_process(*arguments)
    raw = raw_at(first.endpoint_url, key="123456789012", region="eu-west-1")
    raw.send("PUT", path, {"Origination": {"Routes": [{"Host": "changed"}]}})
    first.kill()
    raw.endpoint_url = start_process(*arguments).endpoint_url

    assert raw.send("GET", path).json["Origination"]["Routes"][0]["Host"] == "changed"


@pytest.mark.parametrize(
    ("state", "complaint"),
    [
        ({"connectors": []}, r"seed: unknown member connectors \(did you mean voice_connectors\?\)"),
        (
            {"nothing": []},
            r"seed: unknown member nothing \(known: phone_numbers, voice_connector_groups, voice_connectors\)",
        ),
        ({"voice_connectors": {}}, "seed: voice_connectors must be a list"),
        ({"voice_connectors": ["a"]}, r"voice_connectors\[0\] must be an object"),
        (
            {"voice_connectors": [{"ID": "a", "regon": "b"}]},
            r"voice_connectors\[0\]: unknown member ID \(did you mean id\?\), regon \(did you mean region\?\)$",
        ),
        ({"voice_connectors": [{"NetworkType": "a"}]}, r"NetworkType \(did you mean network_type\?\)"),
        ({"phone_numbers": [{"Number": "+12065550100"}]}, r"Number \(did you mean number\?\)"),
        (
            {"voice_connectors": [{"origination": {"Routes": [{"Hots": "a"}]}}]},
            r"at 'Routes\[0\]' has the unknown member 'Hots' \(did you mean Host\?\)",
        ),
        ({"voice_connectors": [{"id": "a"}]}, r"voice_connectors\[0\]: Value 'a' at 'VoiceConnectorId'"),
        ({"voice_connectors": [{"region": "mars"}]}, r"voice_connectors\[0\]: Value 'mars' at 'AwsRegion'"),
        ({"voice_connectors": [{"region": 1, "aws_region": "us-east-1"}]}, "region must be the name of a region"),
        (
            {"voice_connectors": [{"region": "\ud800", "aws_region": "us-east-1"}]},
            "region must be the name of a region",
        ),
        (
            {"phone_numbers": [{"number": "+12065550100", "region": "US EAST"}]},
            "region must be the name of a region",
        ),
        ({"voice_connectors": [{"account": "1"}]}, r"voice_connectors\[0\]: the account must be"),
        ({"voice_connectors": [{"require_encryption": 1}]}, "Member must be a boolean"),
        ({"voice_connectors": [{"tags": []}]}, r"voice_connectors\[0\]\.tags must be an object"),
        ({"voice_connectors": [{"tags": {"a": 1}}]}, r"voice_connectors\[0\]\.tags: "),
        (
            {"voice_connectors": [{"origination": {"Routes": [{"Port": 70000}]}}]},
            r"voice_connectors\[0\]\.origination: Value '70000' at 'Routes\[0\]\.Port'",
        ),
        (
            {"voice_connectors": [{"emergency_calling": {"DNIS": [{}]}}]},
            r"voice_connectors\[0\]\.emergency_calling: ",
        ),
        (
            {"voice_connectors": [{"phone_numbers": ["+1-2065550100"]}]},
            r"voice_connectors\[0\]\.phone_numbers\[0\]: ",
        ),
        ({"phone_numbers": [{}]}, r"phone_numbers\[0\]: number is missing"),
        ({"phone_numbers": [{"number": "+12065550100", "voice_connector_id": "a"}]}, "'VoiceConnectorId'"),
        ({"phone_numbers": [{"number": "+12065550100", "status": "Lost"}]}, r"phone_numbers\[0\]: Value 'Lost'"),
    ],
)
def test_an_invalid_seed_is_rejected(state: dict[str, Any], complaint: str) -> None:
    """Errors have a path but no phone number, and nothing of an invalid seed is stored."""
    with Emulator() as emulator:
        good = {"voice_connectors": [{"id": CONNECTOR}]}
        for name, entries in state.items():
            state = {**state, name: good.get(name, []) + entries if isinstance(entries, list) else entries}
        offset = complaint.replace(r"voice_connectors\[0\]", r"voice_connectors\[1\]")
        with pytest.raises(ValueError, match=offset) as caught:
            emulator.seed(state)

        assert "206" not in str(caught.value)
        emulator.seed(good, replace=False)
        assert emulator.seed(good) == [CONNECTOR]
