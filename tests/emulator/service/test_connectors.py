"""Voice connectors, their tags, and the lists of an account, through boto3."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from chime_voice_emulator import Emulator

    from ..support import Raw

NUMBER = "+12065550100"


def create(chime: Any, name: str = "support line", **settings: Any) -> dict[str, Any]:
    return chime.create_voice_connector(Name=name, RequireEncryption=True, **settings)["VoiceConnector"]


def test_a_new_connector(chime: Any) -> None:
    """The ID, ARN, host name and timestamps have AWS's form."""
    before = time.time()
    answer = chime.create_voice_connector(Name="support line", RequireEncryption=True, NetworkType="DUAL_STACK")
    made = answer["VoiceConnector"]
    identity = made["VoiceConnectorId"]

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert re.fullmatch("[a-z0-9]{21,22}", identity)
    assert made["VoiceConnectorArn"] == f"arn:aws:chime:us-east-1:000000000000:vc/{identity}"
    assert made["OutboundHostName"] == f"{identity}.voiceconnector.chime.aws"
    assert (made["Name"], made["RequireEncryption"], made["NetworkType"]) == ("support line", True, "DUAL_STACK")
    assert before - 1 <= made["CreatedTimestamp"].timestamp() <= time.time()
    assert made["CreatedTimestamp"] == made["UpdatedTimestamp"]
    assert chime.get_voice_connector(VoiceConnectorId=identity)["VoiceConnector"] == made


def test_region_defaults_to_us_east_1(chime: Any) -> None:
    """AwsRegion defaults to us-east-1, as in the model. The ARN has the region."""
    assert create(chime)["AwsRegion"] == "us-east-1"

    elsewhere = create(chime, AwsRegion="eu-west-1", IntegrationType="CONNECT_ANALYTICS_CONNECTOR")

    assert elsewhere["AwsRegion"] == "eu-west-1"
    assert elsewhere["IntegrationType"] == "CONNECT_ANALYTICS_CONNECTOR"
    assert elsewhere["VoiceConnectorArn"].startswith("arn:aws:chime:eu-west-1:")


def test_timestamps_are_written_in_iso_8601_with_milliseconds(raw: Raw) -> None:
    """Timestamps have AWS's format on the wire."""
    answer = raw.send("POST", "/voice-connectors", {"Name": "a", "RequireEncryption": False})

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", answer.json["VoiceConnector"]["CreatedTimestamp"])


def test_update_changes_name_and_encryption(chime: Any) -> None:
    """An update changes these and UpdatedTimestamp, and nothing else."""
    made = create(chime)

    changed = chime.update_voice_connector(
        VoiceConnectorId=made["VoiceConnectorId"], Name="sales", RequireEncryption=False
    )["VoiceConnector"]

    assert (changed["Name"], changed["RequireEncryption"]) == ("sales", False)
    assert changed["UpdatedTimestamp"] >= made["UpdatedTimestamp"]
    changing = ("Name", "RequireEncryption", "UpdatedTimestamp")
    assert {k: v for k, v in made.items() if k not in changing} == {
        k: v for k, v in changed.items() if k not in changing
    }
    assert chime.get_voice_connector(VoiceConnectorId=made["VoiceConnectorId"])["VoiceConnector"] == changed


def test_a_deleted_connector_is_gone_with_its_settings(chime: Any) -> None:
    """Every operation on a deleted connector returns NotFoundException."""
    identity = create(chime)["VoiceConnectorId"]
    chime.put_voice_connector_origination(VoiceConnectorId=identity, Origination={"Disabled": True})

    chime.delete_voice_connector(VoiceConnectorId=identity)

    for operation in (
        chime.get_voice_connector,
        chime.delete_voice_connector,
        chime.get_voice_connector_origination,
        chime.delete_voice_connector_origination,
        chime.get_voice_connector_emergency_calling_configuration,
    ):
        with pytest.raises(chime.exceptions.NotFoundException):
            operation(VoiceConnectorId=identity)
    assert chime.list_voice_connectors()["VoiceConnectors"] == []


def test_a_connector_with_phone_numbers_cannot_be_deleted(emulator: Emulator, chime: Any) -> None:
    """The phone numbers must be disassociated first. The error contains no phone number."""
    (identity,) = emulator.seed({"voice_connectors": [{"phone_numbers": [NUMBER]}]})

    with pytest.raises(chime.exceptions.ConflictException) as caught:
        chime.delete_voice_connector(VoiceConnectorId=identity)

    assert NUMBER not in str(caught.value)
    assert chime.get_voice_connector(VoiceConnectorId=identity)


class TestPaging:
    """ListVoiceConnectors in pages."""

    @pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 100])
    def test_pages_have_every_connector_once(self, chime: Any, size: int) -> None:
        """The pages have all connectors in the order of creation, for any page size."""
        made = [create(chime, f"connector-{number}")["Name"] for number in range(7)]
        listed: list[str] = []
        token: dict[str, str] = {}
        pages = 0
        while True:
            page = chime.list_voice_connectors(MaxResults=size, **token)
            listed += [connector["Name"] for connector in page["VoiceConnectors"]]
            pages += 1
            assert len(page["VoiceConnectors"]) <= size
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}

        assert made == listed
        assert pages == -(-7 // size)

    def test_a_page_is_not_lost_when_its_first_connector_is_deleted(self, chime: Any) -> None:
        """A token refers to a position, not to an offset."""
        made = [create(chime, f"connector-{number}")["VoiceConnectorId"] for number in range(4)]
        first = chime.list_voice_connectors(MaxResults=2)
        chime.delete_voice_connector(VoiceConnectorId=made[0])

        second = chime.list_voice_connectors(MaxResults=2, NextToken=first["NextToken"])

        assert made[2:] == [connector["VoiceConnectorId"] for connector in second["VoiceConnectors"]]

    def test_the_last_page_has_a_null_token(self, raw: Raw) -> None:
        """On the last page, AWS returns NextToken with the value null."""
        assert raw.send("GET", "/voice-connectors").content == b'{"NextToken":null,"VoiceConnectors":[]}'

    @pytest.mark.parametrize("token", ["nonsense", "", "eyJhZnRlciI6IC0xfQ==", "eyJhZnRlciI6ICJhIn0=", "MQ=="])
    def test_an_invalid_token(self, chime: Any, token: str) -> None:
        """An invalid token is a bad request."""
        for operation in (chime.list_voice_connectors, chime.list_voice_connector_groups, chime.list_phone_numbers):
            with pytest.raises(chime.exceptions.BadRequestException):
                operation(NextToken=token)


class TestTags:
    """Tags of voice connectors."""

    def test_tags_at_creation_and_later(self, chime: Any) -> None:
        """Tags can be set at creation, added, replaced and removed."""
        arn = create(chime, Tags=[{"Key": "team", "Value": "voice"}, {"Key": "cost", "Value": ""}])["VoiceConnectorArn"]

        chime.tag_resource(
            ResourceARN=arn, Tags=[{"Key": "team", "Value": "contact center é"}, {"Key": "x", "Value": "1"}]
        )
        chime.untag_resource(ResourceARN=arn, TagKeys=["x", "never there"])

        tags = {tag["Key"]: tag["Value"] for tag in chime.list_tags_for_resource(ResourceARN=arn)["Tags"]}
        assert tags == {"team": "contact center é", "cost": ""}

    def test_at_most_fifty_tags(self, chime: Any) -> None:
        """A request that would exceed 50 tags fails and sets none."""
        arn = create(chime)["VoiceConnectorArn"]
        chime.tag_resource(ResourceARN=arn, Tags=[{"Key": str(number), "Value": ""} for number in range(50)])

        with pytest.raises(chime.exceptions.ResourceLimitExceededException):
            chime.tag_resource(ResourceARN=arn, Tags=[{"Key": "0", "Value": "new"}, {"Key": "50", "Value": ""}])

        assert {tag["Value"] for tag in chime.list_tags_for_resource(ResourceARN=arn)["Tags"]} == {""}

    @pytest.mark.parametrize(
        "change", [("vc/", "vcg/"), ("vc/", "vc/no"), ("000000000000", "111111111111"), ("us-east-1", "eu-west-1")]
    )
    def test_another_resource_is_invalid(self, chime: Any, change: tuple[str, str]) -> None:
        """An ARN of another resource type, ID, account or region gets the error that public reports have."""
        arn = create(chime)["VoiceConnectorArn"].replace(*change)
        for attempt in (
            lambda: chime.list_tags_for_resource(ResourceARN=arn),
            lambda: chime.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "b"}]),
            lambda: chime.untag_resource(ResourceARN=arn, TagKeys=["a"]),
        ):
            with pytest.raises(chime.exceptions.BadRequestException, match="Invalid resource"):
                attempt()


class TestPhoneNumbers:
    """ListPhoneNumbers over seeded numbers."""

    @pytest.fixture
    def connectors(self, emulator: Emulator) -> list[str]:
        """Seeds two connectors with two numbers and one number, and a number without a connector."""
        return emulator.seed(
            {
                "voice_connectors": [{"phone_numbers": [NUMBER, "+12065550101"]}, {"phone_numbers": ["+12065550102"]}],
                "phone_numbers": [{"number": "+12065550103", "product_type": "SipMediaApplicationDialIn"}],
            }
        )

    def test_all(self, chime: Any, connectors: list[str]) -> None:
        """Without a filter, all phone numbers of the account are returned with their associations."""
        found = chime.list_phone_numbers()["PhoneNumbers"]

        assert [f"+1206555010{last}" for last in range(4)] == [number["E164PhoneNumber"] for number in found]
        assert [[connectors[0]], [connectors[0]], [connectors[1]], []] == [
            [association["Value"] for association in number["Associations"]] for number in found
        ]

    @pytest.mark.parametrize(
        ("filters", "count"),
        [
            ({"FilterName": "VoiceConnectorId", "FilterValue": 0}, 2),
            ({"FilterName": "VoiceConnectorId", "FilterValue": 1}, 1),
            ({"FilterName": "VoiceConnectorId", "FilterValue": "nobody"}, 0),
            ({"FilterName": "VoiceConnectorGroupId", "FilterValue": 0}, 0),
            ({"Status": "Assigned"}, 3),
            ({"Status": "Unassigned"}, 1),
            ({"ProductType": "SipMediaApplicationDialIn"}, 1),
            ({"Status": "Assigned", "ProductType": "SipMediaApplicationDialIn"}, 0),
        ],
    )
    def test_filters(self, chime: Any, connectors: list[str], filters: dict[str, Any], count: int) -> None:
        """Filters select by association, status and product type."""
        value = filters.get("FilterValue")
        if isinstance(value, int):
            filters = {**filters, "FilterValue": connectors[value]}

        assert len(chime.list_phone_numbers(**filters)["PhoneNumbers"]) == count

    @pytest.mark.usefixtures("connectors")
    def test_pages(self, chime: Any) -> None:
        """Four phone numbers make pages of three and one."""
        first = chime.list_phone_numbers(MaxResults=3)
        second = chime.list_phone_numbers(MaxResults=3, NextToken=first["NextToken"])

        assert [len(page["PhoneNumbers"]) for page in (first, second)] == [3, 1]
        assert "NextToken" not in second
