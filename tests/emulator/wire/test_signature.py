"""Signature Version 4, accounts, regions and credentials."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name

from chime_voice_emulator import Emulator

from ..support import CONNECTOR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ..support import Answer, Raw

PATH = f"/voice-connectors/{CONNECTOR}"
ROUTE = {"Host": "a.example.net", "Port": 5060, "Protocol": "UDP", "Priority": 1, "Weight": 1}
KEYS = {
    "AKIDLONGTERM": {"secret": "long", "account": "111122223333"},
    "ASIATEMPORARY": {"secret": "short", "account": "444455556666", "session_token": "a/token+with=signs"},
}
UNAUTHORIZED = (401, "UnauthorizedClientException")
FORBIDDEN = (403, "ForbiddenException")


def send_changed(raw: Raw, changes: dict[str, str | None], body: bytes = b"") -> Answer:
    """Sends a signed GET whose headers are changed after signing; None removes a header."""
    headers: dict[str, str | None] = {**raw.signer.headers(raw.endpoint_url + PATH, "GET", b"", {}), **changes}
    kept = {name: value for name, value in headers.items() if value is not None}
    return raw.send("GET", PATH, body, kept, sign=False)


@pytest.fixture
def client(emulator: Emulator, connector: str, raw: Raw) -> Raw:
    """Returns a client for which the connector exists, so that a 200 means an accepted signature."""
    assert raw.send("GET", PATH).status == 200
    return raw


class TestRefusals:
    """Invalid signatures and their errors."""

    def test_a_missing_signature(self, client: Raw) -> None:
        """A missing signature is unauthorized."""
        assert client.send("GET", PATH, sign=False).error == UNAUTHORIZED

    @pytest.mark.parametrize(
        "value", ["", "Bearer abc", "AWS4-HMAC-SHA256 nonsense", "AWS4-HMAC-SHA256 Credential=test/2"]
    )
    def test_malformed_signatures(self, client: Raw, value: str) -> None:
        """Another scheme or an incomplete header is unauthorized."""
        assert send_changed(client, {"Authorization": value}).error == UNAUTHORIZED

    def test_wrong_secret(self, emulator: Emulator, client: Raw, raw_at: Callable[..., Raw]) -> None:
        """A wrong secret is forbidden, with the message that AWS is known to send."""
        answer = raw_at(emulator.endpoint_url, secret="guess").send("GET", PATH)

        assert answer.error == FORBIDDEN
        assert answer.json["Code"] == "Forbidden"
        assert answer.json["Message"].startswith("AWS authorization failed: ")

    def test_wrong_service(self, emulator: Emulator, client: Raw, raw_at: Callable[..., Raw]) -> None:
        """The signing name is chime; any other service is forbidden."""
        assert raw_at(emulator.endpoint_url, service="voice-chime").send("GET", PATH).error == FORBIDDEN

    @pytest.mark.parametrize("skew", ["16m", "-16m", "26h"])
    def test_a_date_more_than_15_minutes_off(self, emulator: Emulator, client: Raw, skew: str) -> None:
        """More than 15 minutes from the service's clock is unauthorized."""
        emulator.faults.clock_skew = skew

        assert client.send("GET", PATH).error == UNAUTHORIZED

    @pytest.mark.parametrize("skew", ["14m", "-14m"])
    def test_a_date_less_than_15_minutes_off(self, emulator: Emulator, client: Raw, skew: str) -> None:
        """Up to 15 minutes are accepted."""
        emulator.faults.clock_skew = skew

        assert client.send("GET", PATH).status == 200

    @pytest.mark.parametrize("value", [None, "yesterday", "20261124T000000", "99999999T999999Z"])
    def test_no_date(self, client: Raw, value: str | None) -> None:
        """A missing or unreadable date is unauthorized."""
        assert send_changed(client, {"X-Amz-Date": value}).error == UNAUTHORIZED

    def test_a_path_that_was_not_signed(self, client: Raw) -> None:
        """If the path changes after signing, the request is forbidden."""
        headers = client.signer.headers(f"{client.endpoint_url}{PATH}", "GET", b"", {})

        assert client.send("GET", f"{PATH}/origination", headers=headers, sign=False).error == FORBIDDEN

    def test_a_query_that_was_not_signed(self, client: Raw) -> None:
        """The same applies to the query."""
        headers = client.signer.headers(f"{client.endpoint_url}/voice-connectors?max-results=1", "GET", b"", {})

        assert client.send("GET", "/voice-connectors?max-results=2", headers=headers, sign=False).error == FORBIDDEN

    def test_a_method_that_was_not_signed(self, client: Raw) -> None:
        """The same applies to the method."""
        headers = client.signer.headers(client.endpoint_url + PATH, "GET", b"", {})

        assert client.send("DELETE", PATH, headers=headers, sign=False).error == FORBIDDEN

    def test_a_body_that_was_not_signed(self, client: Raw) -> None:
        """The same applies to the body, with or without its digest in the headers."""
        digest = {"x-amz-content-sha256": hashlib.sha256(b"").hexdigest()}
        signed = client.signer.headers(client.endpoint_url + PATH, "GET", b"", digest)

        assert send_changed(client, {}, b"{}").error == FORBIDDEN
        assert client.send("GET", PATH, b"{}", {**digest, **signed}, sign=False).error == FORBIDDEN
        assert client.send("GET", PATH, b"", {**digest, **signed}, sign=False).status == 200

    def test_a_signed_header_that_changed(self, client: Raw) -> None:
        """The same applies to signed headers."""
        assert send_changed(client, {"Host": "example.com"}).error == FORBIDDEN

    def test_headers_that_must_be_signed(self, client: Raw) -> None:
        """An unsigned x-amz- header is unauthorized."""
        assert send_changed(client, {"x-amz-anything": "new"}).error == UNAUTHORIZED

    def test_a_rejected_request_changes_nothing(self, emulator: Emulator, client: Raw, raw_at: Any) -> None:
        """A Put with an invalid signature changes nothing."""
        body = {"Origination": {"Disabled": True}}
        assert raw_at(emulator.endpoint_url, secret="guess").send("PUT", f"{PATH}/origination", body).error == FORBIDDEN

        assert client.send("GET", f"{PATH}/origination").status == 404


class TestCredentialsFile:
    """Access keys from a mapping."""

    @pytest.fixture
    def mapped(self, tmp_path: Path) -> Iterator[Emulator]:
        """Starts an emulator with mapped keys, and a connector in each account."""
        path = tmp_path / "keys.json"
        path.write_text(json.dumps(KEYS), encoding="utf-8")
        with Emulator(credentials=path) as emulator:
            for entry in KEYS.values():
                emulator.create_voice_connector(voice_connector_id=CONNECTOR, account=entry["account"])
            yield emulator

    @pytest.mark.parametrize("key", sorted(KEYS))
    def test_a_mapped_key(self, mapped: Emulator, connect: Callable[..., Any], key: str) -> None:
        """A right secret and token give access to the key's account."""
        entry = KEYS[key]
        chime = connect(mapped.endpoint_url, key=key, secret=entry["secret"], token=entry.get("session_token"))

        arn = chime.get_voice_connector(VoiceConnectorId=CONNECTOR)["VoiceConnector"]["VoiceConnectorArn"]

        assert arn == f"arn:aws:chime:us-east-1:{entry['account']}:vc/{CONNECTOR}"

    @pytest.mark.parametrize(
        ("key", "secret", "token"),
        [
            ("ASIATEMPORARY", "short", None),
            ("ASIATEMPORARY", "short", "another token"),
            ("AKIDLONGTERM", "long", "a/token+with=signs"),
            ("AKIDLONGTERM", "short", None),
            ("AKIDLONGTERM", "test", None),
            ("test", "test", None),
            ("NOBODY", "long", None),
        ],
    )
    def test_other_keys_secrets_and_tokens(
        self, mapped: Emulator, raw_at: Any, key: str, secret: str, token: str | None
    ) -> None:
        """A missing, wrong or unexpected token, a wrong secret or an unknown key is forbidden."""
        assert raw_at(mapped.endpoint_url, key=key, secret=secret, token=token).send("GET", PATH).error == FORBIDDEN

    def test_a_token_that_is_not_signed(self, mapped: Emulator, raw_at: Any) -> None:
        """A right token that is added after signing is unauthorized."""
        raw = raw_at(mapped.endpoint_url, key="ASIATEMPORARY", secret="short")

        assert send_changed(raw, {"X-Amz-Security-Token": "a/token+with=signs"}).error == UNAUTHORIZED

    @pytest.mark.parametrize(
        ("entry", "complaint"),
        [
            ({"secret": "s"}, "twelve digits"),
            ({"secret": "s", "account": "12345678901"}, "twelve digits"),
            ({"secret": "s", "account": 123456789012}, "twelve digits"),
            ({"account": "123456789012"}, "a secret and an account"),
            ("s", "a secret and an account"),
            (
                {"secret": "s", "account": "123456789012", "token": "t"},
                r"unknown member token \(known: account, secret, session_token\)",
            ),
            ({"secret": "s", "account": "123456789012", "session_token": 1}, "session_token must be a string"),
        ],
    )
    def test_an_invalid_entry(self, entry: Any, complaint: str) -> None:
        """The error names the key, and never contains the secret."""
        with pytest.raises(ValueError, match=f"access key AKID: .*{complaint}"):
            Emulator(credentials={"AKID": entry})

    def test_a_file_that_is_not_json(self, tmp_path: Path) -> None:
        """The error names the file."""
        path = tmp_path / "keys.json"
        path.write_text("nonsense", encoding="utf-8")
        with pytest.raises(ValueError, match=r"keys\.json is not JSON"):
            Emulator(credentials=path)
        path.write_text("[]", encoding="utf-8")
        with pytest.raises(ValueError, match=r"keys\.json must contain an object"):
            Emulator(credentials=path)


class TestAccounts:
    """Accounts without a mapping."""

    def test_every_access_key_is_a_separate_account(self, emulator: Emulator, connect: Callable[..., Any]) -> None:
        """Accounts do not see each other's connectors. A key always has the same account."""
        first, same, other = (connect(emulator.endpoint_url, key=key) for key in ("ONE", "ONE", "OTHER"))
        made = first.create_voice_connector(Name="a", RequireEncryption=False)["VoiceConnector"]

        assert same.get_voice_connector(VoiceConnectorId=made["VoiceConnectorId"])["VoiceConnector"] == made
        assert other.list_voice_connectors()["VoiceConnectors"] == []
        for operation in (other.get_voice_connector, other.delete_voice_connector):
            with pytest.raises(other.exceptions.NotFoundException):
                operation(VoiceConnectorId=made["VoiceConnectorId"])

    @pytest.mark.parametrize(
        ("key", "account"),
        [("test", "000000000000"), ("123456789012", "123456789012"), ("AKIDEXAMPLE", "022373312560")],
    )
    def test_accounts_of_keys_never_change(self, emulator: Emulator, connect: Any, key: str, account: str) -> None:
        """The key test is account 000000000000, twelve digits are an account, and any other key has a constant account."""
        connect(emulator.endpoint_url, key=key).list_voice_connectors()

        assert [request.account for request in emulator.requests] == [account]
        assert [request.access_key for request in emulator.requests] == [key]

    def test_any_key_can_have_a_session_token(self, emulator: Emulator, connect: Callable[..., Any]) -> None:
        """Without a mapping, any session token is accepted."""
        assert connect(emulator.endpoint_url, token="anything").list_voice_connectors()["VoiceConnectors"] == []


class TestRegions:
    """Regions, which come from the signature's scope."""

    def test_regions_are_separate(self, emulator: Emulator, connect: Callable[..., Any]) -> None:
        """Two regions can have different connectors with the same ID."""
        for region in ("us-east-1", "eu-west-1"):
            emulator.create_voice_connector(voice_connector_id=CONNECTOR, name=region, region=region)

        names = {
            region: connect(emulator.endpoint_url, region=region).get_voice_connector(VoiceConnectorId=CONNECTOR)[
                "VoiceConnector"
            ]["Name"]
            for region in ("us-east-1", "eu-west-1")
        }

        assert names == {"us-east-1": "us-east-1", "eu-west-1": "eu-west-1"}
        elsewhere = connect(emulator.endpoint_url, region="eu-west-2")
        with pytest.raises(elsewhere.exceptions.NotFoundException):
            elsewhere.get_voice_connector(VoiceConnectorId=CONNECTOR)
        assert elsewhere.list_voice_connectors()["VoiceConnectors"] == []

    def test_every_endpoint_can_see_every_connector(self, connect: Callable[..., Any]) -> None:
        """With "write", all regions' endpoints find a connector; other accounts do not."""
        with Emulator(shared_regions=True) as emulator:
            here, there = (connect(emulator.endpoint_url, region=region) for region in ("us-east-1", "eu-west-1"))
            made = here.create_voice_connector(Name="a", RequireEncryption=False)["VoiceConnector"]
            there.put_voice_connector_origination(
                VoiceConnectorId=made["VoiceConnectorId"], Origination={"Disabled": True}
            )

            read = here.get_voice_connector_origination(VoiceConnectorId=made["VoiceConnectorId"])

            assert read["Origination"]["Disabled"] is True
            assert there.list_voice_connectors()["VoiceConnectors"] == [made]
            assert connect(emulator.endpoint_url, key="OTHER").list_voice_connectors()["VoiceConnectors"] == []

    def test_every_endpoint_can_read_every_connector(self, connect: Callable[..., Any]) -> None:
        """With "read", every region's endpoint reads a connector, but only that of its own region modifies it."""
        with Emulator(shared_regions="read") as emulator:
            here, there = (connect(emulator.endpoint_url, region=region) for region in ("us-east-1", "eu-west-1"))
            made = here.create_voice_connector(Name="a", RequireEncryption=False)["VoiceConnector"]
            named = {"VoiceConnectorId": made["VoiceConnectorId"]}
            settings = {"Disabled": False, "Routes": [ROUTE]}
            dnis = {"DNIS": [{"EmergencyPhoneNumber": "+12065550100", "CallingCountry": "US"}]}
            here.put_voice_connector_origination(**named, Origination=settings)
            here.put_voice_connector_termination(**named, Termination={"Disabled": False})
            here.put_voice_connector_emergency_calling_configuration(**named, EmergencyCallingConfiguration=dnis)
            tagged = {"ResourceARN": made["VoiceConnectorArn"]}
            refused: list[tuple[str, dict[str, Any]]] = [
                ("PutVoiceConnectorOrigination", {**named, "Origination": {"Disabled": True}}),
                ("DeleteVoiceConnectorOrigination", named),
                ("PutVoiceConnectorTermination", {**named, "Termination": {"Disabled": False}}),
                ("DeleteVoiceConnectorTermination", named),
                ("PutVoiceConnectorEmergencyCallingConfiguration", {**named, "EmergencyCallingConfiguration": dnis}),
                ("DeleteVoiceConnectorEmergencyCallingConfiguration", named),
                ("UpdateVoiceConnector", {**named, "Name": "b", "RequireEncryption": True}),
                ("TagResource", {**tagged, "Tags": [{"Key": "k", "Value": "v"}]}),
                ("UntagResource", {**tagged, "TagKeys": ["k"]}),
                ("DeleteVoiceConnector", named),
            ]
            for operation, parameters in refused:
                # The model lists this error for the operation.
                shapes = there.meta.service_model.operation_model(operation).error_shapes
                assert "BadRequestException" in {shape.name for shape in shapes}
                with pytest.raises(there.exceptions.BadRequestException, match="created in us-east-1"):
                    getattr(there, xform_name(operation))(**parameters)

            assert there.get_voice_connector_origination(**named)["Origination"] == settings
            assert there.get_voice_connector(**named)["VoiceConnector"] == made
            assert there.list_voice_connectors()["VoiceConnectors"] == [made]
            read = there.get_voice_connector_emergency_calling_configuration(**named)
            assert read["EmergencyCallingConfiguration"] == dnis
            assert there.list_tags_for_resource(**tagged)["Tags"] == []
            with pytest.raises(there.exceptions.NotFoundException):
                there.delete_voice_connector(VoiceConnectorId=CONNECTOR)
            here.delete_voice_connector(**named)

    @pytest.mark.parametrize("own", ["us-east-1", "eu-west-1"])
    def test_a_write_finds_the_connector_of_its_own_region(self, connect: Callable[..., Any], own: str) -> None:
        """With "read" and one ID in two regions, each endpoint modifies its own connector."""
        with Emulator(shared_regions="read") as emulator:
            for region in ("us-east-1", "eu-west-1"):
                emulator.create_voice_connector(voice_connector_id=CONNECTOR, region=region)
            chime = connect(emulator.endpoint_url, region=own)
            chime.put_voice_connector_origination(VoiceConnectorId=CONNECTOR, Origination={"Routes": [ROUTE]})

            read = chime.get_voice_connector_origination(VoiceConnectorId=CONNECTOR)
            assert read["Origination"]["Routes"] == [ROUTE]
            other = connect(emulator.endpoint_url, region={"us-east-1": "eu-west-1", "eu-west-1": "us-east-1"}[own])
            with pytest.raises(other.exceptions.NotFoundException):
                other.get_voice_connector_origination(VoiceConnectorId=CONNECTOR)

    @pytest.mark.parametrize(("value", "same_as"), [("no", False), ("write", True)])
    def test_names_of_the_booleans(self, connect: Callable[..., Any], value: Any, same_as: bool) -> None:
        """False means "no", and True means "write"."""
        for option in (value, same_as):
            with Emulator(shared_regions=option) as emulator:
                connector = emulator.create_voice_connector()
                there = connect(emulator.endpoint_url, region="eu-west-1")
                assert bool(there.list_voice_connectors()["VoiceConnectors"]) is same_as
                if same_as:
                    there.delete_voice_connector(VoiceConnectorId=connector)
