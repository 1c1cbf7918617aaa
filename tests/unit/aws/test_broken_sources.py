"""Each source of credentials that expires, is rejected or cannot be reached: one sentence, with the fix of that source."""

from __future__ import annotations

import datetime
import hashlib
import json
import shlex
import socket
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_chime_voice import ApiError, ChimeVoiceError
from pulumi_chime_voice.aws.client import ChimeSdkVoice
from pulumi_chime_voice.cli.inventory import FATAL_CODES
from pulumi_chime_voice.origination.api import ORIGINATION_API

from ...support.servers import answering
from .support import CONNECTOR, ROLE, client, config

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chime_voice_emulator import Emulator

READING = f"reading origination of Voice Connector {CONNECTOR} (us-east-1): "
PAST = "2001-01-01T00:00:00Z"
CLOCK = "Correct the system clock."
TRUST = "Check the role's ARN, its trust policy and external ID, and that the credentials may assume it."
POD = "Check the agent, and the role and the token of the task or pod."
START = "https://acme.awsapps.com/start"
ENVIRONMENT = (
    "Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN again (and AWS_CREDENTIAL_EXPIRATION, if set)."
)
FULL_URI, TOKEN_FILE = "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
AGENT = f"the agent of the container ({FULL_URI} or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI)"
TOKEN = "the web identity (AWS_WEB_IDENTITY_TOKEN_FILE, or profile default)"

BASE = "[profile base]\naws_access_key_id = test\naws_secret_access_key = test\n"
ISSUED = {"AccessKeyId": "ASIAX", "SecretAccessKey": "s", "Token": "t", "Expiration": PAST}


def assumed(action: str) -> str:
    """Returns a response of STS with credentials that have expired."""
    return (
        f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result><Credentials>'
        "<AccessKeyId>ASIAX</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
        f"<Expiration>{PAST}</Expiration></Credentials></{action}Result></{action}Response>"
    )


def rejected(code: str, message: str) -> str:
    error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return f"<ErrorResponse>{error}<RequestId>r-1</RequestId></ErrorResponse>"


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    cache = tmp_path / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    # botocore works it out when it is imported.
    monkeypatch.setattr("botocore.credentials.SSOProvider._SSO_TOKEN_CACHE_DIR", str(cache))
    return tmp_path


def sentence(emulator: Emulator, **values: Any) -> str:
    """Returns the error of a call that has not reached the service. Its code ends the reads of the command line."""
    with pytest.raises(ChimeVoiceError) as caught:
        ORIGINATION_API.get(client(emulator.endpoint_url, **values), CONNECTOR, "us-east-1")
    assert emulator.requests == []
    assert isinstance(caught.value, ApiError)
    assert caught.value.code in FATAL_CODES
    text = str(caught.value)
    assert "\n" not in text
    return text


def role_profile(home: Path) -> None:
    (home / ".aws" / "config").write_text(f"[profile voice]\nrole_arn = {ROLE}\nsource_profile = base\n{BASE}")


def sign_on(home: Path, more: str = "") -> None:
    """Writes a profile with an SSO session that is valid for another hour."""
    options = f"sso_start_url={START}\nsso_region=us-east-1\nsso_account_id=111122223333\nsso_role_name=voice\n{more}"
    (home / ".aws" / "config").write_text(f"[profile voice]\n{options}")
    expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)
    token = {"startUrl": START, "region": "us-east-1", "accessToken": "t", "expiresAt": f"{expires:%Y-%m-%dT%H:%M:%SZ}"}
    name = hashlib.sha1(START.encode()).hexdigest()
    (home / ".aws" / "sso" / "cache" / f"{name}.json").write_text(json.dumps(token))


class TestExpired:
    """The clock is ahead, or the source returns expired credentials."""

    def test_environment(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", PAST)
        source = "the environment (AWS_ACCESS_KEY_ID)"

        assert sentence(emulator) == (
            f"{READING}getting credentials from {source}: the credentials have expired. {ENVIRONMENT}"
        )
        monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", "soon")
        assert sentence(emulator).startswith(f"{READING}getting credentials from {source}: ")
        monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", "2001-01-01T00:00:00")
        assert sentence(emulator).startswith(f"{READING}getting credentials from {source}: ")

    def test_role_of_a_profile(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        role_profile(home)
        monkeypatch.setenv("AWS_PROFILE", "voice")
        with answering({"/": (200, assumed("AssumeRole"))}) as (url, _):
            monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
            assert sentence(emulator) == (
                f"{READING}getting credentials from the role of profile voice: the credentials have expired. {CLOCK}"
            )

    @pytest.mark.parametrize("key", ["assumeRoles", "assumeRoleWithWebIdentity"])
    def test_roles_of_the_configuration(self, emulator: Emulator, key: str) -> None:
        role = {"roleArn": ROLE}
        values: Any = {key: [role]} if key == "assumeRoles" else {key: {**role, "webIdentityToken": "token"}}
        action = "AssumeRole" if key == "assumeRoles" else "AssumeRoleWithWebIdentity"
        with answering({"/": (200, assumed(action))}) as (url, _):
            endpoints = [{"chimesdkvoice": emulator.endpoint_url, "sts": url}]
            text = sentence(emulator, endpoints=endpoints, accessKey="test", secretKey="test", **values)
        assert text == f"{READING}getting credentials from STS (aws:{key}): the credentials have expired. {CLOCK}"

    def test_web_identity(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        (home / "token").write_text("token")
        monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
        monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(home / "token"))
        with answering({"/": (200, assumed("AssumeRoleWithWebIdentity"))}) as (url, _):
            monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
            assert (
                sentence(emulator)
                == f"{READING}getting credentials from {TOKEN}: the credentials have expired. {CLOCK}"
            )

    def test_container(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        with answering({"/v1": (200, json.dumps(ISSUED))}) as (url, _):
            monkeypatch.setenv(FULL_URI, f"{url}/v1")
            assert sentence(emulator) == (
                f"{READING}getting credentials from {AGENT}: the credentials have expired. {POD}"
            )

    def test_single_sign_on(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        sign_on(home)
        monkeypatch.setenv("AWS_PROFILE", "voice")
        issued = {"roleCredentials": {"accessKeyId": "A", "secretAccessKey": "s", "sessionToken": "t", "expiration": 1}}
        path = "/federation/credentials?role_name=voice&account_id=111122223333"
        with answering({path: (200, json.dumps(issued))}) as (url, _):
            monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", url)
            assert sentence(emulator) == (
                f"{READING}getting credentials from the SSO session of profile voice: the credentials have expired. "
                "Sign in again (aws sso login --profile voice)."
            )

    @pytest.mark.parametrize("code", ["ExpiredTokenException", "ExpiredToken"])
    def test_reported_by_the_service(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
        """Keys without an expiration time: the source is named, because the session knows it."""
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        emulator.faults.fail("*", [f"403:{code}"])
        with pytest.raises(ApiError) as caught:
            ORIGINATION_API.get(client(emulator.endpoint_url), CONNECTOR, "us-east-1")
        assert str(caught.value).endswith(
            "The credentials of the environment (AWS_ACCESS_KEY_ID) have expired. " + ENVIRONMENT
        )


class TestContainers:
    def test_agent_that_refuses(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        """The error mentions neither SSO nor a profile, because there is none."""
        (home / "token").write_text("token")
        monkeypatch.setenv(TOKEN_FILE, str(home / "token"))
        with answering({"/v1": (400, "the token is expired")}) as (url, _):
            monkeypatch.setenv(FULL_URI, f"{url}/v1")
            assert sentence(emulator) == (
                f"{READING}getting credentials from {AGENT}: Error retrieving metadata: "
                f"Received non 200 response 400 from container metadata: the token is expired. {POD}"
            )

    def test_no_agent(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(FULL_URI, "http://127.0.0.1:9/v1")
        text = sentence(emulator)
        assert text.startswith(f"{READING}getting credentials from {AGENT}: ")
        assert text.endswith(POD)

    @pytest.mark.parametrize("content", ["token\n", None])
    def test_token_file(
        self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, home: Path, content: str | None
    ) -> None:
        """The file ends in a line break, or is missing: the fix names the token."""
        if content is not None:
            (home / "token").write_text(content)
        monkeypatch.setenv(FULL_URI, "http://127.0.0.1:9/v1")
        monkeypatch.setenv(TOKEN_FILE, str(home / "token"))
        text = sentence(emulator)
        assert text.startswith(f"{READING}getting credentials from {AGENT}: ")
        assert ("Auth token value is not a legal header value." if content else "No such file or directory") in text
        assert text.endswith(POD)

    def test_another_host(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        """botocore rejects hosts outside of the machine and the network of the container."""
        monkeypatch.setenv(FULL_URI, "http://203.0.113.7/credentials")
        assert f"{AGENT}: Unsupported host '203.0.113.7'" in sentence(emulator)

    def test_source_of_a_profile(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        """``credential_source`` outside a container: the error names the profile."""
        (home / ".aws" / "config").write_text(f"[profile voice]\nrole_arn = {ROLE}\ncredential_source = EcsContainer\n")
        monkeypatch.setenv("AWS_PROFILE", "voice")
        assert sentence(emulator) == (
            f"{READING}getting credentials from {AGENT}: No credentials found in "
            f"credential_source referenced in profile voice. {POD}"
        )


class TestRejected:
    def test_web_identity(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        """STS rejects the token."""
        (home / "token").write_text("token")
        monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
        monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(home / "token"))
        answer = rejected("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
        with answering({"/": (403, answer)}) as (url, _):
            monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
            assert sentence(emulator) == (
                f"{READING}getting credentials from {TOKEN}: AccessDenied: "
                "Not authorized to perform sts:AssumeRoleWithWebIdentity (request r-1). "
                "Check the role, its trust policy and the token."
            )

    def test_wrong_secret_key_behind_a_role(
        self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, home: Path
    ) -> None:
        """In a profile and in ``aws:assumeRoles``, the keys that assume the role are wrong, and not the role."""
        role_profile(home)
        monkeypatch.setenv("AWS_PROFILE", "voice")
        answer = rejected("SignatureDoesNotMatch", "The request signature we calculated does not match")
        fix = "The secret key does not belong to the access key. Correct the keys that assume the role."
        with answering({"/": (403, answer)}) as (url, _):
            monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
            assert sentence(emulator).endswith(f"(request r-1). {fix}")
            roles = {"assumeRoles": [{"roleArn": ROLE}], "accessKey": "test", "secretKey": "wrong"}
            text = sentence(emulator, **roles)
        assert text.startswith(f"assuming role {ROLE}: SignatureDoesNotMatch: ")
        assert text.endswith(fix)

    @pytest.mark.parametrize(
        ("place", "fix"),
        [
            ("environment", ENVIRONMENT),
            ("credentials", "Correct the keys of the profile."),
            ("config", "Correct the keys of the profile."),
            ("process", "Run it by hand to see what it prints, and correct it."),
        ],
    )
    def test_wrong_secret_key(
        self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, home: Path, place: str, fix: str
    ) -> None:
        """The service rejects the signature: the fix names the source of the keys."""
        keys = "aws_access_key_id = test\naws_secret_access_key = wrong\n"
        if place == "environment":
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
        elif place == "process":
            printed = json.dumps({"Version": 1, "AccessKeyId": "test", "SecretAccessKey": "wrong"})
            command = shlex.join([sys.executable, "-c", f"print({printed!r})"])
            (home / ".aws" / "config").write_text(f"[default]\ncredential_process = {command}\n")
        else:
            (home / ".aws" / place).write_text(f"[default]\n{keys}")
        with pytest.raises(ApiError) as caught:
            ORIGINATION_API.get(client(emulator.endpoint_url), CONNECTOR, "us-east-1")
        assert caught.value.code == "ForbiddenException"
        assert str(caught.value).endswith(f"The secret key does not belong to the access key. {fix}")

    def test_sign_on_without_the_role(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        """The fix is not to sign in again, which would not help."""
        sign_on(home)
        monkeypatch.setenv("AWS_PROFILE", "voice")
        path = "/federation/credentials?role_name=voice&account_id=111122223333"
        with answering({path: (403, '{"message": "No access", "__type": "ForbiddenException"}')}) as (url, _):
            monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", url)
            text = sentence(emulator)
        assert text.endswith("Check sso_account_id and sso_role_name of the profile.")


def test_the_endpoint_without_credentials(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Reading the endpoint before the first call raises the same error as the call."""
    (home / ".aws" / "config").write_text("[profile voice]\ncredential_process = /nowhere/helper\n")
    for ask, service in (("is_aws", ()), ("custom_endpoint", ()), ("observes", ("cloudwatch",))):
        with pytest.raises(
            ApiError, match="getting credentials from credential_process of profile voice: /nowhere/helper"
        ):
            getattr(client(emulator.endpoint_url, profile="voice"), ask)(*service, "us-east-1")


class TestUnreachable:
    @pytest.fixture
    def port(self) -> Iterator[int]:
        """A port that is bound, and on which nothing listens."""
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            yield closed.getsockname()[1]

    @pytest.mark.parametrize("way", ["profile", "configuration", "account", "proxy"])
    def test_sts_on_this_machine(
        self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, home: Path, port: int, way: str
    ) -> None:
        """The call fails at once, whatever needs STS: waiting would not start it."""
        monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: pytest.fail("there was a second attempt"))
        url = f"http://127.0.0.1:{port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
        values: dict[str, Any] = {"accessKey": "test", "secretKey": "test"}
        if way == "profile":
            role_profile(home)
            values = {"profile": "voice"}
        elif way == "configuration":
            values["assumeRoles"] = [{"roleArn": ROLE}]
        elif way == "account":
            values["allowedAccountIds"] = ["111122223333"]
        else:
            monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://sts.example")
            values.update(assumeRoles=[{"roleArn": ROLE}], httpProxy=url, noProxy="127.0.0.1")
        with pytest.raises(ApiError) as caught:
            ORIGINATION_API.get(client(emulator.endpoint_url, **values), CONNECTOR, "us-east-1")
        expected = (
            f'Failed to connect to proxy URL: "{url}"'
            if way == "proxy"
            else f"nothing listens on {url}. Start the server"
        )
        assert expected in str(caught.value)

    def test_sts_elsewhere(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        """Three attempts: every call waits for it, and nothing has been sent yet."""
        pauses: list[float] = []
        monkeypatch.setattr("botocore.endpoint.time.sleep", pauses.append)
        role_profile(home)
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://sts.invalid")
        text = sentence(emulator, profile="voice")
        assert "Check the network, the proxy and the endpoint." in text
        assert len(pauses) == 2

    def test_calls_that_wait_for_it(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
        """Four calls at once fail together, and not one after the other."""
        (home / ".aws" / "config").write_text("[default]\ncredential_process = /nowhere/helper\n")
        api = ChimeSdkVoice(config(endpoints=[{"chimesdkvoice": emulator.endpoint_url}]))
        waiting: list[threading.Thread] = []
        all_wait = threading.Event()
        loads: list[object] = []
        errors: list[str] = []

        class Lock:
            """Counts the calls that have reached it."""

            lock = threading.Lock()

            def __enter__(self) -> None:
                waiting.append(threading.current_thread())
                if len(waiting) == len(threads):
                    all_wait.set()
                self.lock.acquire()

            def __exit__(self, *_: object) -> None:
                self.lock.release()

        def load(*_: object) -> None:
            loads.append(all_wait.wait(30))
            raise OSError(2, "No such file or directory", "/nowhere/helper")

        def call() -> None:
            try:
                ORIGINATION_API.get(api, CONNECTOR, "us-east-1")
            except ApiError as error:
                errors.append(str(error))

        monkeypatch.setattr(api, "_set_up", Lock())
        monkeypatch.setattr("botocore.credentials.ProcessProvider._retrieve_credentials_using", load)
        threads = [threading.Thread(target=call) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(errors) == 4
        assert loads == [True]
