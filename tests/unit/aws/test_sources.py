"""A broken source of credentials is one sentence, which has the setting and never what a helper printed."""

from __future__ import annotations

import hashlib
import json
import shlex
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import botocore.session
import pytest

from pulumi_chime_voice import ApiError, ChimeVoiceError
from pulumi_chime_voice.aws.credentials import SOURCES
from pulumi_chime_voice.origination.api import ORIGINATION_API

from ...support.servers import answering
from .support import CONNECTOR, ROLE, ask, client

if TYPE_CHECKING:
    from pathlib import Path

    from chime_voice_emulator import Emulator

SECRET = "S3CRET-that-a-helper-printed"
READING = f"reading origination of Voice Connector {CONNECTOR} (us-east-1): "
GETTING = f"{READING}getting credentials from "
START = "https://acme.awsapps.com/start"
SIGN_ON = f"sso_start_url={START}\nsso_region=us-east-1\nsso_account_id=111122223333\nsso_role_name=voice\n"


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_PROFILE", "voice")


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    """~/.aws/config, in the home of `environment`."""
    (tmp_path / ".aws").mkdir()
    return tmp_path / ".aws" / "config"


def printing(text: str, then: str = "") -> str:
    """Returns the command of a helper that prints `text`."""
    return shlex.join([sys.executable, "-c", f"import sys; sys.stdout.write({text!r}); {then}"])


def refusal(emulator: Emulator, **values: object) -> str:
    """Returns the error of a call; nothing has been sent."""
    with pytest.raises(ChimeVoiceError) as refused:
        ORIGINATION_API.get(client(emulator.endpoint_url, **values), CONNECTOR, "us-east-1")
    assert emulator.requests == []
    sentence = str(refused.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert SECRET not in sentence
    return sentence


VOICE = "AWS_WEB_IDENTITY_TOKEN_FILE, or profile voice"
RUN_IT = "Run it by hand to see what it prints, and correct it."


class TestHelpers:
    """credential_process."""

    GOOD = json.dumps({"Version": 1, "AccessKeyId": "test", "SecretAccessKey": "test"})
    WRONG = (
        f"{GETTING}credential_process of profile voice: it failed, or did not print the JSON that AWS tools expect "
        "(Version, AccessKeyId, SecretAccessKey). Run it by hand to see what it prints, and correct it."
    )

    def test_one_that_works(self, emulator: Emulator, profiles: Path) -> None:
        """Its credentials sign."""
        profiles.write_text(f"[profile voice]\ncredential_process = {printing(self.GOOD)}\n")
        ask(client(emulator.endpoint_url))
        assert [request.access_key for request in emulator.requests] == ["test"]

    def test_missing(self, emulator: Emulator, profiles: Path) -> None:
        """The error names the program."""
        profiles.write_text("[profile voice]\ncredential_process = /nowhere/helper --token x\n")
        assert refusal(emulator) == (
            f"{GETTING}credential_process of profile voice: /nowhere/helper: No such file or directory. {RUN_IT}"
        )

    def test_not_a_program(self, emulator: Emulator, profiles: Path, tmp_path: Path) -> None:
        """The file cannot be executed."""
        (tmp_path / "helper").write_text(SECRET)
        (tmp_path / "helper").chmod(stat.S_IRUSR)
        profiles.write_text(f"[profile voice]\ncredential_process = {tmp_path}/helper\n")
        assert f"credential_process of profile voice: {tmp_path}/helper: Permission denied." in refusal(emulator)

    @pytest.mark.parametrize("command", ["", "helper 'half"])
    def test_not_a_command(self, emulator: Emulator, profiles: Path, command: str) -> None:
        """The command is empty, or has a quote that does not end."""
        profiles.write_text(f"[profile voice]\ncredential_process = {command}\n")
        assert refusal(emulator) == self.WRONG

    @pytest.mark.parametrize(
        "printed",
        [
            "",
            SECRET,
            f'["{SECRET}"]',
            json.dumps({"SecretAccessKey": SECRET}),
            json.dumps({"Version": SECRET}),
            json.dumps({"Version": 1, "SecretAccessKey": SECRET}),
            json.dumps({"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b", "Expiration": f"soon {SECRET}"}),
        ],
    )
    def test_prints_something_else(self, emulator: Emulator, profiles: Path, printed: str) -> None:
        """Output that is not JSON, other JSON, or has half of the keys is never shown."""
        profiles.write_text(f"[profile voice]\ncredential_process = {printing(printed)}\n")
        assert refusal(emulator) == self.WRONG

    def test_fails(self, emulator: Emulator, profiles: Path) -> None:
        """What it wrote to standard error is not shown either."""
        profiles.write_text(f"[profile voice]\ncredential_process = {printing('', f'sys.exit({SECRET!r})')}\n")
        assert refusal(emulator) == self.WRONG

    def test_expired(self, emulator: Emulator, profiles: Path) -> None:
        """The error is the same whichever step needs the credentials first."""
        expired = {**json.loads(self.GOOD), "Expiration": "2001-01-01T00:00:00Z"}
        profiles.write_text(f"[profile voice]\ncredential_process = {printing(json.dumps(expired))}\n")
        sentence = (
            f"getting credentials from credential_process of profile voice: the credentials have expired. {RUN_IT}"
        )
        assert refusal(emulator) == READING + sentence
        assert refusal(emulator, assumeRoles=[{"roleArn": ROLE}]) == f"assuming role {ROLE}: {sentence}"
        assert refusal(emulator, forbiddenAccountIds=["111122223333"]).endswith(f"forbiddenAccountIds): {sentence}")

    def test_null(self, emulator: Emulator, profiles: Path) -> None:
        """The keys are null."""
        nothing = {"Version": 1, "AccessKeyId": None, "SecretAccessKey": None}
        profiles.write_text(f"[profile voice]\ncredential_process = {printing(json.dumps(nothing))}\n")
        assert "the access key is missing or contains whitespace" in refusal(emulator)

    def test_of_a_source_profile(self, emulator: Emulator, profiles: Path) -> None:
        """The error names the profile that has the helper, and not the one that is used."""
        profiles.write_text(
            f"[profile voice]\nrole_arn = {ROLE}\nsource_profile = base\n"
            "[profile base]\ncredential_process = /nowhere/helper\n"
        )
        assert "from credential_process of profile base: /nowhere/helper: No such file" in refusal(emulator)

    def test_behind_roles_and_accounts(self, emulator: Emulator, profiles: Path) -> None:
        """The error is the same whichever step needs the credentials first."""
        profiles.write_text(f"[profile voice]\ncredential_process = {printing(SECRET)}\n")
        assert refusal(emulator, assumeRoles=[{"roleArn": ROLE}]) == self.WRONG
        assert refusal(emulator, forbiddenAccountIds=["111122223333"]) == self.WRONG.replace(
            READING, "finding out the AWS account (aws:allowedAccountIds, aws:forbiddenAccountIds): "
        )


class TestOtherSources:
    @pytest.mark.parametrize("missing", [True, False])
    def test_web_identity_token_file(
        self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: bool
    ) -> None:
        """The error names the variable and the file."""
        monkeypatch.delenv("AWS_PROFILE")
        file = tmp_path / "token" if missing else tmp_path
        monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(file))
        monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
        reason = "No such file or directory" if missing else "Is a directory"
        assert refusal(emulator) == (
            f"{GETTING}the web identity (AWS_WEB_IDENTITY_TOKEN_FILE, or profile default): {file}: {reason}. "
            "Check the role, its trust policy and the token."
        )

    def test_web_identity_token_file_of_a_profile(
        self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, profiles: Path
    ) -> None:
        """The error names the profile; with aws:profile, its file counts and not that of the variable."""
        profiles.write_text(f"[profile voice]\nrole_arn = {ROLE}\nweb_identity_token_file = /nowhere/token\n")
        assert f"the web identity ({VOICE}): /nowhere/token: No such file" in refusal(emulator)
        monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/other")
        monkeypatch.setenv("AWS_ROLE_ARN", "other")
        assert f"the web identity ({VOICE}): /nowhere/token: No such" in refusal(emulator, profile="voice")

    def test_token_file_that_is_not_a_text(self, emulator: Emulator, tmp_path: Path, profiles: Path) -> None:
        """The file of aws:assumeRoleWithWebIdentity is not UTF-8."""
        profiles.write_text("[profile voice]\n")
        (tmp_path / "token").write_bytes(b"\xff\xfe")
        identity = {"roleArn": ROLE, "webIdentityTokenFile": str(tmp_path / "token")}
        assert "cannot be read (it is not valid UTF-8): correct" in refusal(
            emulator, assumeRoleWithWebIdentity=identity
        )

    @pytest.mark.parametrize("cached", ['{"startUrl', "{}", None])
    def test_stored_sign_on(
        self,
        emulator: Emulator,
        monkeypatch: pytest.MonkeyPatch,
        profiles: Path,
        tmp_path: Path,
        cached: str | None,
    ) -> None:
        """The cached SSO token is cut short, empty, or missing: sign in again."""
        profiles.write_text(f"[profile voice]\n{SIGN_ON}")
        cache = tmp_path / ".aws" / "sso" / "cache"
        cache.mkdir(parents=True)
        # botocore works it out when it is imported.
        monkeypatch.setattr("botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR", str(cache))
        if cached is not None:
            name = hashlib.sha1(START.encode()).hexdigest()
            (cache / f"{name}.json").write_text(cached)
        assert refusal(emulator) == (
            f"{GETTING}the SSO session of profile voice: it has expired, or cannot be read. "
            "Sign in again (aws sso login --profile voice)."
        )

    def test_role_of_a_profile_that_is_refused(self, emulator: Emulator, profiles: Path) -> None:
        """The fix is about that role: a permission for Chime SDK Voice would not help."""
        profiles.write_text(
            f"[profile voice]\nrole_arn = {ROLE}\nsource_profile = base\n"
            "[profile base]\naws_access_key_id = test\naws_secret_access_key = test\n"
        )
        sentence = "User: x is not authorized to perform: sts:AssumeRole on resource: y"
        answer = f"<ErrorResponse><Error><Code>AccessDenied</Code><Message>{sentence}</Message></Error></ErrorResponse>"
        with answering({"/": (403, answer)}) as (url, _):
            shown = refusal(emulator, endpoints={"chimesdkvoice": emulator.endpoint_url, "sts": url})
        assert shown == (
            f"{GETTING}the role of profile voice: AccessDenied: {sentence}. "
            "Check the role's ARN, its trust policy and external ID, and that the credentials may assume it."
        )

    def test_mfa(self, profiles: Path) -> None:
        """A role requires a code, in a process without a terminal."""
        profiles.write_text(
            f"[profile voice]\nrole_arn = {ROLE}\nsource_profile = base\nmfa_serial = x\n"
            "[profile base]\naws_access_key_id = test\naws_secret_access_key = test\n"
        )

        code = (
            "from pulumi_chime_voice.aws.client import ChimeSdkVoice\n"
            "from pulumi_chime_voice.aws.config import AwsConfig\n"
            "from pulumi_chime_voice.origination.api import ORIGINATION_API\n"
            f"ORIGINATION_API.get(ChimeSdkVoice(AwsConfig()), {CONNECTOR!r}, 'us-east-1')"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "the role of profile voice: it asks for an MFA code, which cannot be entered here." in done.stderr

    def test_unexpected_exception(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        """An unexpected exception keeps its traceback."""

        monkeypatch.delenv("AWS_PROFILE")

        def broken(_: object) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("botocore.session.Session.get_credentials", broken)
        with pytest.raises(ZeroDivisionError):
            ORIGINATION_API.get(client(emulator.endpoint_url), CONNECTOR, "us-east-1")


class TestKeys:
    @pytest.mark.parametrize(
        ("variable", "name"),
        [
            ("AWS_ACCESS_KEY_ID", "access key"),
            ("AWS_SECRET_ACCESS_KEY", "secret key"),
            ("AWS_SESSION_TOKEN", "session token"),
        ],
    )
    @pytest.mark.parametrize("value", [f"{SECRET}\n", f" {SECRET}", f"{SECRET}…"])
    def test_no_request_can_carry_it(
        self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, variable: str, name: str, value: str
    ) -> None:
        """With a line break, a blank or another character in a key, botocore would show it, or sign wrongly."""
        monkeypatch.delenv("AWS_PROFILE")
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", variable: value}
        for key, text in keys.items():
            monkeypatch.setenv(key, text)
        assert refusal(emulator) == (
            f"{READING}the {name} is missing or contains whitespace or another invalid character. "
            "Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN again (and AWS_CREDENTIAL_EXPIRATION, if set)."
        )

    def test_half_of_a_pair_in_a_file(self, emulator: Emulator, tmp_path: Path, profiles: Path) -> None:
        """The error names the missing key."""
        profiles.write_text("[profile voice]\n")
        (tmp_path / ".aws" / "credentials").write_text("[voice]\naws_access_key_id = test\n")
        sentence = refusal(emulator)
        assert sentence == (
            f"{GETTING}profile voice (shared credentials file): Partial credentials found in shared-credentials-file, "
            "missing: aws_secret_access_key. Correct the keys of the profile."
        )

    def test_code_ends_a_survey(self, emulator: Emulator, profiles: Path) -> None:
        """The command line ends at once with this code: no other call would succeed."""
        profiles.write_text("[profile voice]\ncredential_process = /nowhere/helper\n")
        with pytest.raises(ApiError) as refused:
            ORIGINATION_API.get(client(emulator.endpoint_url), CONNECTOR, "us-east-1")
        assert refused.value.code == "CredentialRetrievalError"


def test_every_source_of_botocore_has_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every source of botocore has a sentence, except two of boto 2, which have only keys and cannot fail."""
    monkeypatch.delenv("AWS_PROFILE")
    resolver = botocore.session.Session().get_component("credential_provider")
    methods = {provider.METHOD for provider in resolver.providers}
    assert methods - {"ec2-credentials-file", "boto-config"} <= set(SOURCES)
