"""Roles that are assumed, and accounts that are allowed. moto is STS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_chime_voice import ApiError, ConfigurationError
from pulumi_chime_voice.origination.api import ORIGINATION_API

from ...support.servers import Relay, answering
from .support import ACCOUNT, CONNECTOR, MOTO_ACCOUNT, OTHER_ACCOUNT, ROLE, ask, client

if TYPE_CHECKING:
    from pathlib import Path

    from chime_voice_emulator import Emulator


class TestRoles:
    def test_request(self, emulator: Emulator, sts: Relay) -> None:
        """Every field of aws:assumeRoles is sent to STS, and the role's credentials sign the calls."""
        role = {
            "roleArn": ROLE,
            "externalId": "telephony-1",
            "sessionName": "deploy",
            "duration": "1h30m",
            "policy": '{"Version": "2012-10-17", "Statement": []}',
            "policyArns": ["arn:aws:iam::aws:policy/AmazonChimeSDK"],
            "sourceIdentity": "ada",
            "tags": {"team": "voice"},
            "transitiveTagKeys": ["team"],
        }
        ask(client(emulator.endpoint_url, sts, assumeRoles=[role]))
        (asked,) = sts.seen
        assert asked.form == {
            "Action": "AssumeRole",
            "Version": "2011-06-15",
            "RoleArn": ROLE,
            "ExternalId": "telephony-1",
            "RoleSessionName": "deploy",
            "DurationSeconds": "5400",
            "Policy": role["policy"],
            "PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/AmazonChimeSDK",
            "SourceIdentity": "ada",
            "Tags.member.1.Key": "team",
            "Tags.member.1.Value": "voice",
            "TransitiveTagKeys.member.1": "team",
        }
        assert asked.signed_by == "test"
        (request,) = emulator.requests
        assert (request.access_key or "").startswith("ASIA"), "the call is not signed by the role's own key"

    def test_the_name_before_version_7(self, emulator: Emulator, sts: Relay) -> None:
        """aws:assumeRole is one mapping. Fields that are not set are not sent, except the session's name."""
        ask(client(emulator.endpoint_url, sts, assumeRole={"roleArn": ROLE, "durationSeconds": 3600}))
        assert [seen.form for seen in sts.seen] == [
            {
                "Action": "AssumeRole",
                "Version": "2011-06-15",
                "RoleArn": ROLE,
                "RoleSessionName": "pulumi-chime-voice",
                "DurationSeconds": "3600",
            }
        ]

    def test_chain(self, emulator: Emulator, sts: Relay) -> None:
        """Each role is assumed with the credentials of the one before it; the last one makes the calls."""
        last = f"arn:aws:iam::{OTHER_ACCOUNT}:role/voice"
        api = client(
            emulator.endpoint_url,
            sts,
            assumeRoles=[{"roleArn": ROLE}, {"roleArn": last}],
            allowedAccountIds=[OTHER_ACCOUNT],
        )
        ask(api)
        first, second, third = sts.seen
        assert [seen.form.get("RoleArn") for seen in (first, second)] == [ROLE, last]
        assert third.form["Action"] == "GetCallerIdentity"
        keys = [first.signed_by, second.signed_by, third.signed_by]
        assert keys[0] == "test"
        assert len(set(keys)) == 3
        assert emulator.requests[0].access_key == third.signed_by

    def test_renewed_before_it_expires(self, emulator: Emulator, sts: Relay) -> None:
        """A role is assumed again when less than a quarter of an hour is left, and not before."""
        long, short = (
            client(emulator.endpoint_url, sts, assumeRoles=[{"roleArn": ROLE, "duration": duration}])
            for duration in ("1h", "15m")
        )
        for _ in range(2):
            ask(long)
        assert len(sts.seen) == 1
        for _ in range(2):
            ask(short)
        keys = [request.access_key for request in emulator.requests]
        assert len(sts.seen) >= 3
        assert keys[0] == keys[1]
        assert keys[2] != keys[3]

    def test_refused(self, emulator: Emulator) -> None:
        """The error names the role, and nothing is sent with other credentials."""
        text = "User: arn:aws:iam::1:user/x is not authorized to perform: sts:AssumeRole on resource: y"
        answer = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{text}</Message></Error>"
            "<RequestId>d3553710</RequestId></ErrorResponse>"
        )
        with answering({"/": (403, answer)}) as (url, _):
            endpoints = {"chimesdkvoice": emulator.endpoint_url, "sts": url}
            with pytest.raises(ApiError) as refused:
                ORIGINATION_API.get(
                    client(None, endpoints=endpoints, assumeRoles=[{"roleArn": ROLE}]), CONNECTOR, "us-east-1"
                )
        assert str(refused.value) == (
            f"assuming role {ROLE}: AccessDenied: {text} (request d3553710). "
            "Check the role's ARN, its trust policy and external ID, and that the credentials may assume it."
        )
        assert emulator.requests == []

    def test_local_endpoint_that_is_not_running(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        """There is no second attempt for STS either."""
        monkeypatch.setattr("time.sleep", lambda _: pytest.fail("there was a second attempt"))
        endpoints = {"chimesdkvoice": emulator.endpoint_url, "sts": "http://127.0.0.1:9"}
        with pytest.raises(
            ApiError, match=rf"^assuming role {ROLE}: nothing listens on http://127.0.0.1:9\. Start the server"
        ):
            ORIGINATION_API.get(
                client(None, endpoints=endpoints, assumeRoles=[{"roleArn": ROLE}]), CONNECTOR, "us-east-1"
            )

    def test_web_identity(self, emulator: Emulator, sts: Relay, tmp_path: Path) -> None:
        """The token is read from its file at each renewal, and the request to STS is not signed."""
        (tmp_path / "token").write_text("first\n")
        identity = {"roleArn": ROLE, "webIdentityTokenFile": "~/token", "sessionName": "ci", "duration": "15m"}
        api = client(emulator.endpoint_url, sts, assumeRoleWithWebIdentity=identity)
        ask(api)
        (tmp_path / "token").write_text("second\n")
        ask(api)
        asked = [(seen.form["Action"], seen.form["RoleArn"], seen.form["RoleSessionName"]) for seen in sts.seen]
        assert set(asked) == {("AssumeRoleWithWebIdentity", ROLE, "ci")}
        assert {seen.form["DurationSeconds"] for seen in sts.seen} == {"900"}
        assert (sts.seen[0].form["WebIdentityToken"], sts.seen[-1].form["WebIdentityToken"]) == ("first", "second")
        assert [seen.signed_by for seen in sts.seen] == [None] * len(sts.seen)
        assert emulator.requests[0].access_key != "test"

    def test_web_identity_token(self, emulator: Emulator, sts: Relay) -> None:
        """The token is in the configuration; another role is assumed with the first one."""
        identity = {"roleArn": ROLE, "webIdentityToken": "eyJhbGciOi"}
        on = f"arn:aws:iam::{OTHER_ACCOUNT}:role/voice"
        ask(client(emulator.endpoint_url, sts, assumeRoleWithWebIdentity=identity, assumeRoles=[{"roleArn": on}]))
        first, second = sts.seen
        assert first.form["WebIdentityToken"] == "eyJhbGciOi"
        assert (second.form["Action"], second.form["RoleArn"]) == ("AssumeRole", on)
        assert (second.signed_by or "").startswith("ASIA")

    def test_web_identity_token_that_is_not_there(self, emulator: Emulator, sts: Relay) -> None:
        """The error names the file and the key."""
        identity = {"roleArn": ROLE, "webIdentityTokenFile": "/nowhere/token"}
        api = client(emulator.endpoint_url, sts, assumeRoleWithWebIdentity=identity)
        with pytest.raises(ConfigurationError, match=r"the token file /nowhere/token cannot be read \(No such file"):
            ORIGINATION_API.get(api, CONNECTOR, "us-east-1")

    def test_role_of_a_profile(self, emulator: Emulator, sts: Relay, tmp_path: Path) -> None:
        """botocore assumes the role of a profile, with the configured endpoint of STS."""
        (tmp_path / "config").write_text(
            f"[profile voice]\nrole_arn = {ROLE}\nsource_profile = base\n"
            "[profile base]\naws_access_key_id = base-key\naws_secret_access_key = test\n"
        )
        ask(client(emulator.endpoint_url, sts, profile="voice", sharedConfigFiles=[str(tmp_path / "config")]))
        (asked,) = sts.seen
        assert (asked.form["RoleArn"], asked.signed_by) == (ROLE, "base-key")
        assert emulator.requests[0].access_key != "base-key"


class TestAccounts:
    def test_allowed(self, emulator: Emulator, sts: Relay) -> None:
        """STS is called once, before the first call; then calls are sent, in every region."""
        api = client(emulator.endpoint_url, sts, allowedAccountIds=[OTHER_ACCOUNT, MOTO_ACCOUNT])
        ask(api)
        ask(api)
        ask(api, "eu-west-1")
        assert [seen.form["Action"] for seen in sts.seen] == ["GetCallerIdentity"]
        assert len(emulator.requests) == 3

    @pytest.mark.parametrize(
        ("values", "sentence"),
        [
            (
                {"allowedAccountIds": [ACCOUNT, OTHER_ACCOUNT]},
                f"the credentials are of AWS account {MOTO_ACCOUNT}, and aws:allowedAccountIds allows "
                f"{ACCOUNT}, {OTHER_ACCOUNT} only: nothing was sent; use the credentials of an allowed account.",
            ),
            (
                {"forbiddenAccountIds": [MOTO_ACCOUNT]},
                f"the credentials are of AWS account {MOTO_ACCOUNT}, which aws:forbiddenAccountIds forbids: "
                "nothing was sent; use the credentials of another account.",
            ),
        ],
    )
    def test_not_allowed(self, emulator: Emulator, sts: Relay, values: dict[str, Any], sentence: str) -> None:
        """Nothing is sent at the first or the second call."""
        api = client(emulator.endpoint_url, sts, **values)
        for _ in range(2):
            with pytest.raises(ConfigurationError) as refused:
                ORIGINATION_API.get(api, CONNECTOR, "us-east-1")
            assert str(refused.value) == sentence
        assert emulator.requests == []

    def test_not_forbidden(self, emulator: Emulator, sts: Relay) -> None:
        """Any account but the forbidden one is accepted; skipRequestingAccountId does not disable the check."""
        api = client(emulator.endpoint_url, sts, forbiddenAccountIds=[ACCOUNT], skipRequestingAccountId=True)
        ask(api)
        assert len(sts.seen) == 1

    def test_the_roles_account_counts(self, emulator: Emulator, sts: Relay) -> None:
        """The account is that of the role, not of the credentials that assume it."""
        ask(client(emulator.endpoint_url, sts, assumeRoles=[{"roleArn": ROLE}], allowedAccountIds=[ACCOUNT]))
        with pytest.raises(
            ConfigurationError, match=f"of AWS account {ACCOUNT}, which aws:forbiddenAccountIds forbids"
        ):
            ORIGINATION_API.get(
                client(emulator.endpoint_url, sts, assumeRoles=[{"roleArn": ROLE}], forbiddenAccountIds=[ACCOUNT]),
                CONNECTOR,
                "us-east-1",
            )

    def test_sts_does_not_answer(self, emulator: Emulator) -> None:
        """If the account is unknown, nothing is sent."""
        with answering({"/": (403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")}) as (
            url,
            _,
        ):
            endpoints = {"chimesdkvoice": emulator.endpoint_url, "sts": url}
            with pytest.raises(ApiError, match=r"^finding out the AWS account \(aws:allowedAccountIds"):
                ORIGINATION_API.get(
                    client(None, endpoints=endpoints, allowedAccountIds=[ACCOUNT]), CONNECTOR, "us-east-1"
                )
        assert emulator.requests == []
