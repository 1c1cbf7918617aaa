"""Voice connector groups, which come from seeds, through boto3."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.loaders import Loader

from ..support import CONNECTOR, OTHER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chime_voice_emulator import Emulator

    from ..support import Raw

GROUP = "1f2e3d4c-0000-4000-8000-000000000001"
ITEMS = [{"VoiceConnectorId": CONNECTOR, "Priority": 1}, {"VoiceConnectorId": OTHER, "Priority": 2}]


def seed_group(emulator: Emulator, **members: Any) -> None:
    emulator.seed({"voice_connector_groups": [{"id": GROUP, "name": "main", **members}]})


def test_a_group_from_a_seed(emulator: Emulator, chime: Any) -> None:
    """Get and the list return the same group, with its ARN and timestamps."""
    seed_group(emulator, call_distribution_type="PriorityWeightedDistribution", voice_connector_items=ITEMS)

    group = chime.get_voice_connector_group(VoiceConnectorGroupId=GROUP)["VoiceConnectorGroup"]

    assert chime.list_voice_connector_groups()["VoiceConnectorGroups"] == [group]
    assert group.pop("CreatedTimestamp") == group.pop("UpdatedTimestamp")
    assert group == {
        "VoiceConnectorGroupId": GROUP,
        "VoiceConnectorGroupArn": f"arn:aws:chime:us-east-1:000000000000:vcg/{GROUP}",
        "Name": "main",
        "CallDistributionType": "PriorityWeightedDistribution",
        "VoiceConnectorItems": ITEMS,
    }


def test_items_without_a_priority(emulator: Emulator, raw: Raw) -> None:
    """With load balancing, the priority of an item can be omitted or null, and the response has none."""
    items = [{"VoiceConnectorId": item["VoiceConnectorId"]} for item in ITEMS]
    given = [items[0], {**items[1], "Priority": None}]
    seed_group(emulator, call_distribution_type="LoadBalancedDistribution", voice_connector_items=given)

    group = raw.send("GET", f"/voice-connector-groups/{GROUP}").json["VoiceConnectorGroup"]

    assert (group["CallDistributionType"], group["VoiceConnectorItems"]) == ("LoadBalancedDistribution", items)


def test_defaults(emulator: Emulator, chime: Any) -> None:
    """A group needs neither ID nor name nor items."""
    emulator.seed({"voice_connector_groups": [{}, {}]})

    groups = chime.list_voice_connector_groups()["VoiceConnectorGroups"]

    assert len({group["VoiceConnectorGroupId"] for group in groups}) == 2
    assert [group["VoiceConnectorItems"] for group in groups] == [[], []]
    assert [name for group in groups for name in group if name == "CallDistributionType"] == []


def test_a_group_that_does_not_exist(emulator: Emulator, chime: Any, connect: Callable[..., Any]) -> None:
    """An unknown ID, and a group of another account or region, are not found and not listed."""
    seed_group(emulator)
    with pytest.raises(chime.exceptions.NotFoundException, match="Voice Connector group unknown does not exist"):
        chime.get_voice_connector_group(VoiceConnectorGroupId="unknown")

    for other in (connect(emulator.endpoint_url, key="OTHER"), connect(emulator.endpoint_url, region="eu-west-1")):
        assert other.list_voice_connector_groups()["VoiceConnectorGroups"] == []
        with pytest.raises(other.exceptions.NotFoundException):
            other.get_voice_connector_group(VoiceConnectorGroupId=GROUP)


def test_pages(emulator: Emulator, chime: Any) -> None:
    """Three groups make pages of two and one, in the order of the seed."""
    emulator.seed({"voice_connector_groups": [{"name": name} for name in ("a", "b", "c")]})
    first = chime.list_voice_connector_groups(MaxResults=2)
    second = chime.list_voice_connector_groups(MaxResults=2, NextToken=first["NextToken"])

    assert [group["Name"] for page in (first, second) for group in page["VoiceConnectorGroups"]] == ["a", "b", "c"]
    assert "NextToken" not in second


@pytest.mark.parametrize(
    ("members", "complaint"),
    [
        ({"items": []}, r"voice_connector_groups\[0\]: unknown member items"),
        ({"id": " "}, r"voice_connector_groups\[0\]: Value ' ' at 'VoiceConnectorGroupId'"),
        ({"voice_connector_items": [{}]}, r"'VoiceConnectorItems\[0\]\.VoiceConnectorId'"),
        ({"voice_connector_items": [{"VoiceConnectorId": CONNECTOR, "Priority": 100}]}, r"'100' at .*Priority'"),
        ({"call_distribution_type": "Random"}, "Value 'Random' at 'CallDistributionType'"),
    ],
)
def test_an_invalid_group_is_rejected(emulator: Emulator, chime: Any, members: Any, complaint: str) -> None:
    """The error has the path of the value, and nothing is stored."""
    with pytest.raises(ValueError, match=complaint):
        seed_group(emulator, **members)

    assert chime.list_voice_connector_groups()["VoiceConnectorGroups"] == []


@pytest.mark.parametrize("members", [{}, {"call_distribution_type": "LoadBalancedDistribution"}])
def test_a_model_without_call_distribution(
    connect: Callable[..., Any],
    start_process: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    members: dict[str, str],
) -> None:
    """With botocore before 1.43.50, groups have priorities only, and the distribution is an unknown member."""
    model = Loader().load_service_model("chime-sdk-voice", "service-2")
    del model["shapes"]["VoiceConnectorGroup"]["members"]["CallDistributionType"]
    model["shapes"]["VoiceConnectorItem"]["required"] = ["VoiceConnectorId", "Priority"]
    folder = tmp_path / "models" / "chime-sdk-voice" / "2022-08-03"
    folder.mkdir(parents=True)
    (folder / "service-2.json").write_text(json.dumps(model), encoding="utf-8")
    seed = tmp_path / "seed.json"
    group = {"id": GROUP, "voice_connector_items": ITEMS, **members}
    seed.write_text(json.dumps({"voice_connector_groups": [group]}), encoding="utf-8")
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path / "models"))

    process = start_process("--seed", str(seed))

    if members:
        assert "unknown member 'CallDistributionType'" in process.announcement[0]
        return
    chime = connect(process.endpoint_url)
    read = chime.get_voice_connector_group(VoiceConnectorGroupId=GROUP)["VoiceConnectorGroup"]
    assert read["VoiceConnectorItems"] == ITEMS
