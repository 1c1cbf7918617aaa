"""Whose credentials sign a call: keys, profiles, shared files and the environment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from chime_voice_emulator import Emulator
from pulumi_chime_voice import ApiError, ConfigurationError
from pulumi_chime_voice.origination.api import ORIGINATION_API

from ...support.servers import Relay, answering
from .support import ACCOUNT, CONNECTOR, OTHER_ACCOUNT, ask, client, config

if TYPE_CHECKING:
    from pathlib import Path


class TestCredentials:
    def test_keys(self, emulator: Emulator) -> None:
        """aws:accessKey and aws:secretKey come before the environment's."""
        ask(client(emulator.endpoint_url, accessKey=ACCOUNT, secretKey="test"))
        assert [request.account for request in emulator.requests] == [ACCOUNT]

    def test_environment(self, emulator: Emulator) -> None:
        """Without keys, boto3's own chain finds credentials."""
        ask(client(emulator.endpoint_url))
        assert [request.access_key for request in emulator.requests] == ["test"]

    @pytest.mark.parametrize("values", [{"accessKey": ACCOUNT}, {"secretKey": "test"}])
    def test_half_a_pair(self, emulator: Emulator, values: dict[str, str]) -> None:
        """One key without the other is an error: the environment's would be used instead."""
        with pytest.raises(ConfigurationError, match="aws:accessKey and aws:secretKey go together"):
            ORIGINATION_API.get(client(emulator.endpoint_url, **values), CONNECTOR, "us-east-1")
        assert emulator.requests == []

    def test_token(self) -> None:
        """aws:token is sent: the service knows the key only with it."""
        known = {"ASIAEXAMPLE": {"secret": "s3cr3t", "account": ACCOUNT, "session_token": "t0ken"}}
        with Emulator(credentials=known) as emulator:
            pair = {"accessKey": "ASIAEXAMPLE", "secretKey": "s3cr3t"}
            ask(client(emulator.endpoint_url, **pair, token="t0ken"))
            with pytest.raises(ApiError, match="ForbiddenException"):
                ORIGINATION_API.get(client(emulator.endpoint_url, **pair), CONNECTOR, "us-east-1")

    def test_profile_in_shared_files(self, emulator: Emulator, tmp_path: Path) -> None:
        """A profile of the files that aws:shared… name: its credentials, and its region, before the environment's keys."""
        (tmp_path / "credentials").write_text(
            f"[voice]\naws_access_key_id = {OTHER_ACCOUNT}\naws_secret_access_key = test\n"
        )
        (tmp_path / "config").write_text("[profile voice]\nregion = eu-west-2\n")
        files = {"sharedCredentialsFiles": ["~/credentials"], "sharedConfigFiles": [str(tmp_path / "config")]}
        read = config(profile="voice", **files)
        assert read.default_region() == "eu-west-2"
        ask(client(emulator.endpoint_url, profile="voice", **files), "eu-west-2")
        assert [(request.account, request.region) for request in emulator.requests] == [(OTHER_ACCOUNT, "eu-west-2")]

    @pytest.mark.parametrize("key", ["sharedCredentialsFiles", "sharedConfigFiles"])
    def test_shared_file_that_is_not_there(self, emulator: Emulator, key: str, tmp_path: Path) -> None:
        """boto3 would ignore it, and use other credentials."""
        missing = str(tmp_path / "nothing")
        with pytest.raises(ConfigurationError, match=rf"aws:{key} names {missing}, which does not exist"):
            ORIGINATION_API.get(client(emulator.endpoint_url, **{key: [missing]}), CONNECTOR, "us-east-1")
        assert emulator.requests == []

    def test_profile_that_is_not_there(self, emulator: Emulator) -> None:
        """The error names the key."""
        with pytest.raises(
            ConfigurationError, match=r"^profile nobody \(aws:profile\) is not in .*: correct aws:profile, or"
        ):
            ORIGINATION_API.get(client(emulator.endpoint_url, profile="nobody"), CONNECTOR, "us-east-1")

    def test_instance_metadata(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        """aws:ec2MetadataServiceEndpoint has the role of an instance. aws:skipMetadataApiCheck disables the request."""
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED"):
            monkeypatch.delenv(name)
        path = "/latest/meta-data/iam/security-credentials/"
        issued = {
            "Code": "Success",
            "AccessKeyId": ACCOUNT,
            "SecretAccessKey": "test",
            "Token": "t",
            "Expiration": "2099-01-01T00:00:00Z",
        }
        answers = {"/latest/api/token": (200, "imds"), path: (200, "voice"), path + "voice": (200, json.dumps(issued))}
        with answering(answers) as (url, asked):
            ask(client(emulator.endpoint_url, ec2MetadataServiceEndpoint=url + "/"))
            assert [request.account for request in emulator.requests] == [ACCOUNT]
            asked.clear()
            api = client(emulator.endpoint_url, ec2MetadataServiceEndpoint=url + "/", skipMetadataApiCheck=True)
            with pytest.raises(ApiError, match="Unable to locate credentials"):
                ORIGINATION_API.get(api, CONNECTOR, "us-east-1")
            assert asked == []

    def test_instance_metadata_without_a_role(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        """The metadata service is asked once, not at every call."""
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED"):
            monkeypatch.delenv(name)
        counts = []
        with answering({"/latest/api/token": (200, "imds")}) as (url, asked):
            api = client(emulator.endpoint_url, ec2MetadataServiceEndpoint=url + "/")
            for _ in range(2):
                with pytest.raises(ApiError, match="Unable to locate credentials"):
                    ORIGINATION_API.get(api, CONNECTOR, "us-east-1")
                counts.append(len(asked))
        assert counts[0] > 0
        assert counts[0] == counts[1]

    def test_instance_metadata_over_ipv6(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        """With aws:ec2MetadataServiceEndpointMode, the metadata service is asked at its IPv6 address."""
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED"):
            monkeypatch.delenv(name)
        with Relay(emulator.endpoint_url) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            monkeypatch.setenv("NO_PROXY", "127.0.0.1")
            api = client(emulator.endpoint_url, ec2MetadataServiceEndpointMode="IPv6")
            with pytest.raises(ApiError, match="Unable to locate credentials"):
                ORIGINATION_API.get(api, CONNECTOR, "us-east-1")
            assert {urlsplit(seen.target).hostname for seen in proxy.seen} == {"fd00:ec2::254"}
