"""Every key of the AWS provider is honoured or harmless, and a mistake in one is a sentence."""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from pulumi_chime_voice import ConfigurationError, Provider
from pulumi_chime_voice.aws.config import HARMLESS, HONOURED, AwsConfig, read_config

from .support import ACCOUNT, ROLE, config

CORRECT = "correct it in the stack or in the Provider."
DOCUMENT = Path(__file__).parents[3] / "docs" / "configuration.md"

PULUMI_AWS_7_51_1 = [
    "accessKey",
    "allowedAccountIds",
    "assumeRoleWithWebIdentity",
    "assumeRoles",
    "customCaBundle",
    "defaultTags",
    "ec2MetadataServiceEndpoint",
    "ec2MetadataServiceEndpointMode",
    "endpoints",
    "forbiddenAccountIds",
    "httpProxy",
    "httpsProxy",
    "ignoreTags",
    "insecure",
    "maxRetries",
    "noProxy",
    "profile",
    "region",
    "retryMode",
    "s3UsEast1RegionalEndpoint",
    "s3UsePathStyle",
    "secretKey",
    "sharedConfigFiles",
    "sharedCredentialsFiles",
    "skipCredentialsValidation",
    "skipMetadataApiCheck",
    "skipRegionValidation",
    "skipRequestingAccountId",
    "stsRegion",
    "tagPolicyCompliance",
    "token",
    "tokenBucketRateLimiterCapacity",
    "useDualstackEndpoint",
    "useFipsEndpoint",
    "userAgents",
]
"""The arguments of ``pulumi_aws.Provider``, version 7.51.1."""
BEFORE_7 = ["assumeRole", "s3ForcePathStyle", "skipGetEc2Platforms"]


class TestMistakes:
    @pytest.mark.parametrize(
        ("values", "sentence"),
        [
            ({"maxRetries": "-1"}, "aws:maxRetries is '-1': give the number of attempts, 1 or more."),
            ({"maxRetries": "often"}, "aws:maxRetries is 'often': give the number of attempts, 1 or more."),
            ({"retryMode": "often"}, "aws:retryMode is 'often': give one of standard, adaptive, legacy."),
            (
                {"endpoints": [{"chimesdkvoice": "localhost"}]},
                "aws:endpoints: chimesdkvoice is 'localhost': give a URL that begins with http:// or https://.",
            ),
            ({"endpoints": [{"chimesdkVoice": "http://x"}]}, "aws:endpoints has no chimesdkVoice: did you mean chimesdkvoice?"),
            ({"endpoints": {"chime-sdk-voice": "http://x"}}, "aws:endpoints has no chime-sdk-voice: did you mean chimesdkvoice?"),
            (
                {"endpoints": [{"chime": "http://127.0.0.1:4577"}]},
                "aws:endpoints sets chime but not chimesdkvoice, the service that has voice connectors now, so calls would go to "
                "AWS itself: add chimesdkvoice with the same URL, or remove chime.",
            ),
            (
                {"endpoints": [{"chimesdkvoice": "http://127.0.0.1:99999"}]},
                "aws:endpoints: chimesdkvoice is 'http://127.0.0.1:99999', whose host or port is not valid: correct the URL.",
            ),
            (
                {"endpoints": [{"sts": "http://127.0.0.1:4577/a b"}]},
                "aws:endpoints: sts is 'http://127.0.0.1:4577/a b', whose host or port is not valid: correct the URL.",
            ),
            *(
                (
                    {"endpoints": [{service: f"{scheme}me:S3CRET@127.0.0.1:9"}]},
                    f"aws:endpoints: {service} has a user name or a password before its host, and requests to AWS carry neither: "
                    "remove it from the URL.",
                )
                for service, scheme in (("chimesdkvoice", "http://"), ("sts", "https://"), ("cloudwatch", ""))
            ),
            ({"endpoints": "[{"}, f"aws:endpoints looks like JSON but is not: {CORRECT}"),
            ({"endpoints": ["x"]}, "aws:endpoints is not a list of mappings from service to URL: correct it."),
            ({"assumeRoles": [{}]}, "aws:assumeRoles[0] has no roleArn: give the ARN of the role to assume."),
            ({"assumeRoles": {"roleArn": "x"}}, f"aws:assumeRoles is not a list: {CORRECT}"),
            (
                {"assumeRoles": [{"roleArn": "x", "duration": "soon"}]},
                "aws:assumeRoles[0].duration is 'soon': use a duration such as 1h, 1h30m or 900s.",
            ),
            (
                {"assumeRoles": [{"roleArn": "x", "externalID": "y"}]},
                "aws:assumeRoles[0].externalID is not honoured by pulumi-chime-voice (known: duration, durationSeconds, "
                "externalId, policy, policyArns, roleArn, sessionName, sourceIdentity, tags, transitiveTagKeys).",
            ),
            (
                {"assumeRoles": [{"roleArn": "x", "externalId": 12}]},
                f"aws:assumeRoles[0].externalId is not a string: {CORRECT}",
            ),
            (
                {"assumeRoles": [{"roleArn": "x", "tags": ["a"]}]},
                f"aws:assumeRoles[0].tags is not a mapping of strings: {CORRECT}",
            ),
            (
                {"assumeRoleWithWebIdentity": {"roleArn": "x"}},
                "aws:assumeRoleWithWebIdentity: give webIdentityToken or webIdentityTokenFile, one of the two.",
            ),
            ({"sharedConfigFiles": ["a", "b"]}, "aws:sharedConfigFiles lists 2 files: boto3 supports only one."),
            ({"sharedCredentialsFiles": [1]}, f"aws:sharedCredentialsFiles is not a list of strings: {CORRECT}"),
            ({"useFipsEndpoint": "maybe"}, f"aws:useFipsEndpoint is neither true nor false: {CORRECT}"),
            ({"insecure": [1]}, f"aws:insecure is neither true nor false: {CORRECT}"),
            ({"ec2MetadataServiceEndpointMode": "IPv5"}, "aws:ec2MetadataServiceEndpointMode is 'IPv5': give one of IPv4, IPv6."),
            ({"userAgents": ["a", "b\nc"]}, "aws:userAgents[1] has a line break or another control character: remove it."),
            ({"userAgents": {"a": 1}}, f"aws:userAgents is not a list of strings: {CORRECT}"),
            (
                {"forbiddenAccountIds": [12345678901]},
                "aws:forbiddenAccountIds[0] is '12345678901': give the twelve digits of an AWS account, in quotes.",
            ),
            ({"allowedAccountIds": ACCOUNT}, f"aws:allowedAccountIds is not a list: {CORRECT}"),
            ({"region": ["eu-west-1"]}, f"aws:region is not a string: {CORRECT}"),
            (
                {"forbidenAccountIds": [ACCOUNT]},
                "aws:forbidenAccountIds is not a key of the AWS provider: did you mean aws:forbiddenAccountIds? "
                "Correct it in the stack's configuration.",
            ),
            (
                {"assumeRolles": []},
                "aws:assumeRolles is not a key of the AWS provider: did you mean aws:assumeRoles? "
                "Correct it in the stack's configuration.",
            ),
        ],
    )  # fmt: skip
    def test_one_sentence_with_the_key(self, values: dict[str, Any], sentence: str) -> None:
        """A value that cannot be used is an error before any call, with the key and the fix."""
        with pytest.raises(ConfigurationError) as refused:
            config(**values)
        assert str(refused.value) == sentence

    def test_endpoint_of_the_older_service(self) -> None:
        """`chime` is another service of pulumi-aws: it is accepted beside chimesdkvoice, in any entry, or without a URL."""
        ours, older = {"chimesdkvoice": "http://127.0.0.1:4577"}, {"chime": "http://127.0.0.1:4578"}
        for endpoints in ([older, ours], [ours, older], [{**ours, **older}], {**ours, **older}):
            assert config(endpoints=endpoints).endpoints == ours
        assert config(endpoints=[{"chime": ""}]).endpoints == {}

    def test_keys_of_others_are_left_alone(self) -> None:
        """Keys of other namespaces, and unknown keys that do not look like typos, are ignored."""
        read_config({}.get, ["chime-voice:regions", "aws:somethingNew", "awsx:profil", "aws:region"])

    def test_upper_and_lower_case(self) -> None:
        """Case does not matter in modes and flags."""
        read = config(retryMode="Standard", ec2MetadataServiceEndpointMode="ipv6", useFipsEndpoint="TRUE")
        assert (read.retry_mode, read.ec2_metadata_service_endpoint_mode, read.use_fips_endpoint) == (
            "standard",
            "IPv6",
            True,
        )

    def test_secrets_are_not_printed(self) -> None:
        """Neither secret key nor tokens are in the configuration's repr."""
        identity = {"roleArn": ROLE, "webIdentityToken": "hidden"}
        read = config(accessKey="a", secretKey="hidden", token="hidden", assumeRoleWithWebIdentity=identity)
        assert "hidden" not in repr(read)


class TestEveryKey:
    def test_every_key_of_pulumi_aws_has_an_answer(self) -> None:
        """Each is honoured or harmless, and none is both."""
        assert HONOURED | set(HARMLESS) == {*PULUMI_AWS_7_51_1, *BEFORE_7}
        assert HONOURED & set(HARMLESS) == set()

    def test_every_honoured_key_is_an_argument_of_provider(self) -> None:
        """Each has the same name in `Provider`, its docstring and `AwsConfig`, except those from before version 7."""
        arguments = list(inspect.signature(Provider.__init__).parameters)[3:]
        names = {re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", key) for key in HONOURED - {*BEFORE_7}}
        assert names == set(arguments)
        assert names == {field.name for field in dataclasses.fields(AwsConfig)}
        assert (
            re.findall(r"^        (\w+): ", str(Provider.__doc__).partition("Raises:")[0], re.MULTILINE)[2:]
            == arguments
        )

    def test_every_honoured_key_is_read(self) -> None:
        """Every honoured key is read."""
        asked = set()
        read_config(asked.add)
        assert asked == {f"aws:{key}" for key in HONOURED}

    @pytest.mark.parametrize("key", sorted(HARMLESS))
    def test_harmless_keys_are_taken(self, key: str) -> None:
        """No value of a harmless key changes the configuration."""
        for value in (True, "x", [{"tags": {"a": "b"}}], 500):
            assert config(**{key: value}) == config()

    def test_the_table_of_the_documentation(self) -> None:
        """docs/configuration.md has a row for each key, with the answer that the code gives."""
        rows = re.findall(r"^\| `aws:(\w+)` \| (honoured|harmless) \| (.+) \|$", DOCUMENT.read_text(), re.MULTILINE)
        assert [key for key, _, _ in rows] == sorted([*HONOURED, *HARMLESS], key=str.lower)
        assert {key for key, answer, _ in rows if answer == "honoured"} == HONOURED
        assert {key: why for key, answer, why in rows if answer == "harmless"} == HARMLESS
