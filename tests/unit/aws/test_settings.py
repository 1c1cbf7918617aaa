"""One order for every setting: ``aws:*``, then the environment, then the profile. The session's value is the one that is used."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.parse import urlsplit

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pulumi_chime_voice import ApiError, ConfigurationError
from pulumi_chime_voice.aws.client import ChimeSdkVoice
from pulumi_chime_voice.origination.api import ORIGINATION_API

from ...support.servers import Relay, answering
from .support import CONNECTOR, ask, client, config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chime_voice_emulator import Emulator

PROFILES = ("default", "telephony", "sandbox")
REGIONS = ("us-east-1", "us-west-2", "eu-west-1")
OPTIONS = {
    "region": st.sampled_from(REGIONS),
    "aws_access_key_id": st.sampled_from(["KEYA", "KEYB"]),
    "endpoint_url": st.sampled_from(["profile-a", "profile-b"]),
    "max_attempts": st.sampled_from(["2", "3"]),
    "retry_mode": st.sampled_from(["standard", "adaptive"]),
    "metadata_service_timeout": st.sampled_from(["4", "5"]),
    "metadata_service_num_attempts": st.sampled_from(["6", "7"]),
    "ec2_metadata_service_endpoint": st.sampled_from(["http://127.0.0.1:3/", "http://127.0.0.1:4/"]),
}
CHOOSERS = {
    "AWS_PROFILE": st.sampled_from([*PROFILES, ""]),
    "AWS_DEFAULT_PROFILE": st.sampled_from([*PROFILES, ""]),
}
VARIABLES = {
    "AWS_REGION": st.sampled_from(["", *REGIONS]),
    "AWS_DEFAULT_REGION": st.sampled_from(["", *REGIONS]),
    "AWS_ACCESS_KEY_ID": st.sampled_from(["", "KEYENV"]),
    "AWS_ENDPOINT_URL": st.sampled_from(["", "any-service"]),
    "AWS_ENDPOINT_URL_CHIME_SDK_VOICE": st.sampled_from(["", "voice"]),
    "AWS_CONFIG_FILE": st.sampled_from(["", "other-config"]),
    "AWS_SHARED_CREDENTIALS_FILE": st.sampled_from(["", "other-credentials"]),
    "AWS_MAX_ATTEMPTS": st.sampled_from(["", "4", "5"]),
    "AWS_RETRY_MODE": st.sampled_from(["", "legacy", "standard"]),
    "AWS_METADATA_SERVICE_TIMEOUT": st.sampled_from(["", "8"]),
    "AWS_METADATA_SERVICE_NUM_ATTEMPTS": st.sampled_from(["", "9"]),
    "AWS_EC2_METADATA_SERVICE_ENDPOINT": st.sampled_from(["", "http://127.0.0.1:5/"]),
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": st.just(""),
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": st.just(""),
    "AWS_WEB_IDENTITY_TOKEN_FILE": st.just(""),
    "AWS_CA_BUNDLE": st.just(""),
    "AWS_CREDENTIAL_EXPIRATION": st.just(""),
}
KEYS = {
    "profile": st.sampled_from(PROFILES),
    "region": st.sampled_from(REGIONS),
    "accessKey": st.just("KEYAWS"),
    "endpoints": st.just("aws-endpoints"),
    "maxRetries": st.sampled_from([6, 7]),
    "retryMode": st.sampled_from(["adaptive", "legacy"]),
    "sharedConfigFiles": st.just("third-config"),
    "ec2MetadataServiceEndpoint": st.just("http://127.0.0.1:6/"),
}
FILES = (".aws/config", "other-config", "third-config", ".aws/credentials", "other-credentials")

FILE = st.fixed_dictionaries({name: st.fixed_dictionaries({}, optional=OPTIONS) for name in PROFILES})


@dataclass
class Setting:
    """The settings of a machine, and the order of docs/configuration.md."""

    files: dict[str, dict[str, dict[str, str]]]
    variables: dict[str, str]
    keys: dict[str, Any]
    home: Path = field(default_factory=Path)

    def first(self, key: str | None, variables: tuple[str, ...], option: str, default: Any = None) -> Any:
        """Returns the value that counts: of the key, of the first variable that is not empty, or of the profile."""
        if key in self.keys:
            return self.keys[key]
        for name in variables:
            if self.variables.get(name):
                return self.variables[name]
        return self.options(self.profile).get(option, default)

    @property
    def profile(self) -> str:
        chosen = (
            self.keys.get("profile"),
            self.variables.get("AWS_PROFILE"),
            self.variables.get("AWS_DEFAULT_PROFILE"),
        )
        return next((name for name in chosen if name), "default")

    def options(self, profile: str) -> dict[str, str]:
        config_file = self.keys.get("sharedConfigFiles") or self.variables.get("AWS_CONFIG_FILE") or ".aws/config"
        credentials_file = self.variables.get("AWS_SHARED_CREDENTIALS_FILE") or ".aws/credentials"
        return {**self.files[config_file][profile], **self.files[credentials_file][profile]}

    @property
    def access_key(self) -> str | None:
        """The profile of ``aws:profile`` comes before the variables of the keys, that of AWS_PROFILE after them."""
        if "accessKey" in self.keys:
            return str(self.keys["accessKey"])
        if "profile" not in self.keys and self.variables.get("AWS_ACCESS_KEY_ID"):
            return self.variables["AWS_ACCESS_KEY_ID"]
        return self.options(self.profile).get("aws_access_key_id")

    def write(self, home: Path, url: str) -> Any:
        """Writes the files; returns the configuration."""
        (home / ".aws").mkdir(exist_ok=True)
        for file, profiles in self.files.items():
            is_config = file.endswith("config")
            sections = []
            for name, written in profiles.items():
                options = dict(written)
                if "endpoint_url" in options:
                    options["endpoint_url"] = _url(url, options["endpoint_url"])
                if "aws_access_key_id" in options:
                    options["aws_secret_access_key"] = "test"
                heading = f"profile {name}" if is_config and name != "default" else name
                sections.append(
                    "\n".join([f"[{heading}]", *(f"{option} = {value}" for option, value in options.items())])
                )
            (home / file).write_text("\n".join(sections) + "\n")
        keys = dict(self.keys)
        if "accessKey" in keys:
            keys["secretKey"] = "test"
        if "sharedConfigFiles" in keys:
            keys["sharedConfigFiles"] = [str(home / keys["sharedConfigFiles"])]
        if "endpoints" in keys:
            keys["endpoints"] = [{"chimesdkvoice": _url(url, keys["endpoints"])}]
        return config(**keys)

    def environment(self, home: Path, url: str) -> dict[str, str]:
        found = {**self.variables, "HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true"}
        for name, value in self.variables.items():
            if value and "ENDPOINT_URL" in name:
                found[name] = _url(url, value)
            elif value and name.endswith("_FILE"):
                found[name] = str(home / value)
        if found.get("AWS_ACCESS_KEY_ID"):
            found["AWS_SECRET_ACCESS_KEY"] = "test"
        return found


def _url(base: str, name: str) -> str:
    return f"{base}/{name}"


SETTINGS = st.builds(
    Setting,
    files=st.fixed_dictionaries(dict.fromkeys(FILES, FILE)),
    variables=st.fixed_dictionaries(CHOOSERS, optional=VARIABLES),
    keys=st.fixed_dictionaries({}, optional=KEYS),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Relay]:
    """A server that records every request, and finds nothing."""
    with answering({}) as (url, _), Relay(url) as relay:
        yield relay


@settings(max_examples=50, deadline=None, database=None, phases=[Phase.generate])  # to shrink takes minutes
@given(setting=SETTINGS)
def test_what_is_used_is_what_the_session_answers(
    server: Relay, tmp_path_factory: pytest.TempPathFactory, setting: Setting
) -> None:
    """For every machine: profile, region, credentials, endpoint, files, retries and the metadata of an instance."""
    home = tmp_path_factory.mktemp("home")
    with patch.dict(os.environ, setting.environment(home, server.url), clear=True):
        read = setting.write(home, server.url)
        region = read.default_region()
        assert region == setting.first("region", ("AWS_REGION", "AWS_DEFAULT_REGION"), "region")

        api = ChimeSdkVoice(read)
        used = api._client(region or "us-east-1").meta.config.retries
        session = api._session
        answer = session.get_config_variable
        assert (answer("profile") or "default") == setting.profile
        assert answer("region") == region

        server.seen.clear()
        endpoint = setting.first("endpoints", ("AWS_ENDPOINT_URL_CHIME_SDK_VOICE", "AWS_ENDPOINT_URL"), "endpoint_url")
        if endpoint is None:
            assert api.is_aws(region or "us-east-1")
        else:
            with contextlib.suppress(ApiError):
                ORIGINATION_API.get(api, CONNECTOR, region or "us-east-1")
            sent = {(urlsplit(seen.target).path.split("/")[1], seen.signed_by, seen.region) for seen in server.seen}
            access_key = setting.access_key
            assert sent == ({(endpoint, access_key, region or "us-east-1")} if access_key else set())
        credentials = session.get_credentials()
        assert (credentials and credentials.access_key) == setting.access_key

        assert used["total_max_attempts"] == int(setting.first("maxRetries", ("AWS_MAX_ATTEMPTS",), "max_attempts", 7))
        assert used["mode"] == setting.first("retryMode", ("AWS_RETRY_MODE",), "retry_mode", "legacy")
        metadata = session.get_component("credential_provider").get_provider("iam-role")._role_fetcher
        names = ("metadata_service_timeout", "metadata_service_num_attempts")
        assert (metadata._timeout, metadata._num_attempts) == tuple(
            int(setting.first(None, (f"AWS_{name.upper()}",), name, 1)) for name in names
        )
        assert metadata._base_url == setting.first(
            "ec2MetadataServiceEndpoint",
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT",),
            "ec2_metadata_service_endpoint",
            "http://169.254.169.254/",
        )


class TestProfiles:
    @pytest.mark.parametrize(
        ("variables", "profile"),
        [
            ({"AWS_PROFILE": "telephony", "AWS_DEFAULT_PROFILE": "sandbox"}, "telephony"),
            ({"AWS_PROFILE": "", "AWS_DEFAULT_PROFILE": "sandbox"}, "sandbox"),
            ({"AWS_DEFAULT_PROFILE": "telephony"}, "telephony"),
        ],
    )
    def test_one_profile_for_everything(
        self,
        emulator: Emulator,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        variables: dict[str, str],
        profile: str,
    ) -> None:
        """AWS_PROFILE before AWS_DEFAULT_PROFILE, for the region and for the credentials."""
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        file = tmp_path / "aws.ini"
        file.write_text(
            "[profile telephony]\nregion = us-east-1\naws_access_key_id = 111122223333\naws_secret_access_key = test\n"
            "[profile sandbox]\nregion = us-west-2\naws_access_key_id = 444455556666\naws_secret_access_key = test\n"
        )
        monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        api = client(emulator.endpoint_url)
        region = config().default_region()
        ask(api, str(region))
        expected = {"telephony": ("111122223333", "us-east-1"), "sandbox": ("444455556666", "us-west-2")}
        assert [(request.account, request.region) for request in emulator.requests] == [expected[profile]]


class TestEmptyVariables:
    @pytest.mark.parametrize(
        "variable",
        [
            "AWS_METADATA_SERVICE_TIMEOUT",
            "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_PROFILE",
            "AWS_CONFIG_FILE",
            "AWS_MAX_ATTEMPTS",
            "AWS_RETRY_MODE",
            "AWS_USE_FIPS_ENDPOINT",
            "AWS_DEFAULTS_MODE",
            "AWS_STS_REGIONAL_ENDPOINTS",
            "AWS_ENDPOINT_URL",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
            "AWS_CREDENTIAL_EXPIRATION",
            "AWS_ACCOUNT_ID_ENDPOINT_MODE",
        ],
    )
    def test_count_as_not_set(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
        """Without credentials, the sentence is about credentials; with them, the call is sent."""
        monkeypatch.setenv(variable, "")
        ask(client(emulator.endpoint_url))
        monkeypatch.delenv("AWS_ACCESS_KEY_ID")
        monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
        for endpoint in (emulator.endpoint_url, None):
            with pytest.raises(ApiError, match="Unable to locate credentials"):
                ORIGINATION_API.get(client(endpoint), CONNECTOR, "us-east-1")

    def test_do_not_hide_those_of_a_profile(
        self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """A web identity of the profile, with the variables of another one empty."""
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        (tmp_path / "config").write_text("[default]\nrole_arn = x\nweb_identity_token_file = /nowhere/token\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", "")
        monkeypatch.setenv("AWS_ROLE_ARN", "")
        with pytest.raises(
            ApiError,
            match=r"from the web identity \(AWS_WEB_IDENTITY_TOKEN_FILE, or profile default\): /nowhere/token: No such file",
        ):
            ORIGINATION_API.get(client(emulator.endpoint_url), CONNECTOR, "us-east-1")

    def test_certificates_are_checked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """With an empty REQUESTS_CA_BUNDLE, botocore alone would check no certificate."""
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")
        for endpoint in (None, "https://127.0.0.1:9"):
            api = client(endpoint)
            assert api._client("us-east-1")._endpoint.http_session._verify is True


class TestNumbers:
    @pytest.mark.parametrize(
        ("variable", "option", "fix"),
        [
            ("AWS_MAX_ATTEMPTS", "max_attempts", "give the number of attempts, 1 or more."),
            ("AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", "give a whole number."),
            ("AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", "give a whole number."),
            ("AWS_RETRY_MODE", "retry_mode", "give one of standard, adaptive, legacy."),
        ],
    )
    @pytest.mark.parametrize("value", ["soon", "-1", "9" * 5000])
    def test_mistakes(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, option: str, fix: str, value: str
    ) -> None:
        """The error names the variable or the option of the profile, whichever counts."""
        (tmp_path / "config").write_text(f"[default]\n{option} = {value}\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        with pytest.raises(ConfigurationError) as refused:
            ORIGINATION_API.get(client("http://127.0.0.1:9"), CONNECTOR, "us-east-1")
        assert str(refused.value) == f"{option} of profile default is {value!r}: {fix}"
        monkeypatch.setenv(variable, value)
        with pytest.raises(ConfigurationError) as refused:
            ORIGINATION_API.get(client("http://127.0.0.1:9"), CONNECTOR, "us-east-1")
        assert str(refused.value) == f"{variable} is {value!r}: {fix}"


def test_botocore_is_loaded_only_for_the_region_of_a_profile(tmp_path: Path) -> None:
    """The files are read once for all resources."""
    (tmp_path / "config").write_text("[profile voice]\nregion = eu-west-2\n")
    script = (
        "import sys\n"
        "from pulumi_chime_voice.aws.config import AwsConfig\n"
        "import os\n"
        "config = AwsConfig(profile='voice')\n"
        "os.environ['AWS_DEFAULT_REGION'] = 'eu-west-1'\n"
        "print(config.default_region(), 'botocore' in sys.modules)\n"
        "del os.environ['AWS_DEFAULT_REGION']\n"
        "print(config.default_region(), 'botocore' in sys.modules)\n"
        "os.remove(os.environ['AWS_CONFIG_FILE'])\n"
        "print(config.default_region())\n"
    )
    environment = {**os.environ, "AWS_CONFIG_FILE": str(tmp_path / "config")}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["eu-west-1 False", "eu-west-2 True", "eu-west-2"]
