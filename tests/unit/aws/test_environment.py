"""Settings of the environment and of the shared files that cannot be used: the error names them."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from pulumi_chime_voice import ApiError, ConfigurationError
from pulumi_chime_voice.origination.api import ORIGINATION_API

from ...support.servers import Relay
from .support import ACCOUNT, CONNECTOR, ask, config
from .support import client as client_of

if TYPE_CHECKING:
    from pathlib import Path

    from chime_voice_emulator import Emulator

VOICE = "AWS_ENDPOINT_URL_CHIME_SDK_VOICE"
SETTINGS = f"the endpoint ({VOICE}, AWS_ENDPOINT_URL or endpoint_url of profile default)"


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """~/.aws, in the home of `environment`."""
    (tmp_path / ".aws").mkdir()
    return tmp_path / ".aws"


def refusal(endpoint_url: str | None = None, **values: object) -> str:
    """Returns the error of a configuration that is rejected."""
    with pytest.raises(ConfigurationError) as refused:
        ORIGINATION_API.get(client_of(endpoint_url, **values), CONNECTOR, "us-east-1")
    return str(refused.value)


class TestEndpoints:
    @pytest.mark.parametrize("variable", [VOICE, "AWS_ENDPOINT_URL"])
    @pytest.mark.parametrize("url", ["localhost:4577", "127.0.0.1:4577", "::::"])
    def test_without_a_scheme(self, monkeypatch: pytest.MonkeyPatch, variable: str, url: str) -> None:
        """The error names the places that can set it, and the value."""
        monkeypatch.setenv(variable, url)
        assert refusal() == f"{SETTINGS} is not a valid URL (Invalid endpoint: {url}): correct it (http://host:port)."

    def test_of_sts(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        """It is checked only if STS is called."""
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "localhost:4577")
        ask(client_of(emulator.endpoint_url))
        text = refusal(emulator.endpoint_url, forbiddenAccountIds=[ACCOUNT])
        assert text.startswith(
            f"{SETTINGS.replace('CHIME_SDK_VOICE', 'STS')} is not a valid URL (Invalid endpoint: local"
        )

    @pytest.mark.parametrize(
        "written",
        [
            "[profile voice]\nendpoint_url = {}\n",
            "[profile voice]\nservices = local\n[services local]\nchime_sdk_voice =\n  endpoint_url = {}\n",
        ],
    )
    def test_of_a_profile(
        self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, shared: Path, written: str
    ) -> None:
        """The error names the profile; a valid endpoint is used."""
        monkeypatch.setenv("AWS_PROFILE", "voice")
        (shared / "config").write_text(written.format("localhost:4577"))
        assert refusal().startswith(
            f"{SETTINGS.replace('default', 'voice')} is not a valid URL (Invalid endpoint: localh"
        )
        (shared / "config").write_text(written.format(emulator.endpoint_url))
        ask(client_of(None))
        assert len(emulator.requests) == 1

    def test_what_does_not_count_is_not_refused(
        self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, shared: Path
    ) -> None:
        """aws:endpoints comes before the environment, and the variable of the service before the general one."""
        monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost:4577")
        ask(client_of(emulator.endpoint_url))
        monkeypatch.setenv(VOICE, emulator.endpoint_url)
        (shared / "config").write_text("[default]\nendpoint_url = localhost:4577\n")
        ask(client_of(None))
        assert len(emulator.requests) == 2

    def test_ignored_ones(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        """With AWS_IGNORE_CONFIGURED_ENDPOINT_URLS, the call goes to AWS, whatever the value of the variable."""
        monkeypatch.setenv(VOICE, "localhost:4577")
        monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
        with Relay(emulator.endpoint_url) as proxy:
            with pytest.raises(ApiError):
                ORIGINATION_API.get(client_of(None, httpsProxy=proxy.url, maxRetries=1), CONNECTOR, "us-east-1")
            assert [seen.target for seen in proxy.seen] == ["voice-chime.us-east-1.amazonaws.com:443"]

    @pytest.mark.parametrize(
        "url",
        ["http://", "http://:4577", "http://127.0.0.1:port", "http://127.0.0.1:99999", "http://[::1", "http://a b", "http://a_b"],
    )  # fmt: skip
    def test_without_a_host_or_port(self, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
        """The endpoint is from aws:endpoints, then from the environment."""
        text = refusal(endpoints={"chimesdkvoice": url})
        assert text.startswith(
            ("aws:endpoints: chimesdkvoice is '", "aws:endpoints: chimesdkvoice is not a valid URL (")
        )
        monkeypatch.setenv(VOICE, url)
        assert refusal().startswith((f"{SETTINGS} is '{url}'", f"{SETTINGS} is not a valid URL ("))


class TestProxies:
    @pytest.mark.parametrize(
        "proxy", ["http://u:S3/CRET@127.0.0.1:9", "http://u:S3CRET@127.0.0.1:port", "http://", "::::", "127.0.0.1:9\n"]
    )
    def test_not_a_url(self, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
        """The error names the setting, and not its value, which may contain a password."""
        reason = "has no valid host or port (in a password, write / as %2F and @ as %40): correct the URL."
        assert refusal("http://chime.example", httpProxy=proxy) == f"aws:httpProxy {reason}"
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        assert refusal("https://chime.example") == f"HTTPS_PROXY {reason}"

    def test_of_another_kind(self) -> None:
        """botocore would use socks5:// as the name of a host."""
        assert refusal("http://chime.example", httpProxy="socks5://u:S3CRET@127.0.0.1:9") == (
            "aws:httpProxy is not the URL of an HTTP proxy: give one that begins with http:// or https://."
        )

    def test_without_a_scheme(self, emulator: Emulator) -> None:
        """A host and a port are enough, as in every AWS tool."""
        with Relay(emulator.endpoint_url) as proxy:
            ask(client_of("http://chime.example", httpProxy=proxy.url.removeprefix("http://")))
            assert len(proxy.seen) == 1

    def test_that_is_not_on_the_way(self, emulator: Emulator) -> None:
        """A proxy for another scheme, or one that the endpoint bypasses, is not checked."""
        ask(client_of(emulator.endpoint_url, httpsProxy="::::"))
        ask(client_of(emulator.endpoint_url, httpProxy="::::", noProxy="127.0.0.1"))
        assert len(emulator.requests) == 2


class TestCertificates:
    @pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
    def test_of_the_environment(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
        """If TLS is used, a missing file is an error that names its variable."""
        monkeypatch.setenv(variable, "/nowhere.pem")
        text = f"{variable} names /nowhere.pem, which does not exist: correct the path."
        assert refusal("https://chime.example") == text
        ask(client_of(emulator.endpoint_url))

    def test_of_a_profile(self, shared: Path) -> None:
        """A missing file of ca_bundle is an error that names the profile."""
        (shared / "config").write_text("[default]\nca_bundle = /nowhere.pem\n")
        text = "ca_bundle of profile default names /nowhere.pem, which does not exist: correct the path."
        assert refusal("https://chime.example") == text


class TestProfiles:
    @pytest.fixture(autouse=True)
    def files(self, shared: Path) -> None:
        (shared / "config").write_text(
            "[default]\noutput = json\n[profile voice]\nregion = eu-west-2\n[sales]\nregion = x\n"
        )

    @pytest.mark.parametrize("variable", ["aws:profile", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
    def test_that_is_not_there(self, monkeypatch: pytest.MonkeyPatch, shared: Path, variable: str) -> None:
        """Reports the missing profile, the setting that names it, and the files, instead of a missing region."""
        values = {"profile": "vioce"} if variable.startswith("aws") else {}
        if not values:
            monkeypatch.setenv(variable, "vioce")
        with pytest.raises(ConfigurationError) as refused:
            config(**values).default_region()
        assert str(refused.value) == (
            f"profile vioce ({variable}) is not in {shared}/config or {shared}/credentials (which does not exist): "
            f"correct {variable}, or add the profile."
        )

    def test_that_is_no_profile(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The config file requires the word `profile` in the heading."""
        monkeypatch.setenv("AWS_PROFILE", "sales")
        with pytest.raises(ConfigurationError, match=r"config, which has \[sales\] instead of \[profile sales\], or"):
            config().default_region()

    def test_other_places_of_the_region_come_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """If the region is known without the profile, the first call reports that the profile is missing."""
        monkeypatch.setenv("AWS_PROFILE", "vioce")
        monkeypatch.setenv("AWS_REGION", "eu-west-1")
        assert config().default_region() == "eu-west-1"

    def test_without_a_region(self, monkeypatch: pytest.MonkeyPatch, shared: Path) -> None:
        """A profile without a region, in either file, is not an error."""
        assert config().default_region() is None
        (shared / "credentials").write_text("[support]\naws_access_key_id = test\n")
        monkeypatch.setenv("AWS_PROFILE", "support")
        assert config().default_region() is None

    @pytest.mark.parametrize("heading", ["profile voice", 'profile "voice"', "profile   voice"])
    def test_region(self, monkeypatch: pytest.MonkeyPatch, shared: Path, heading: str) -> None:
        """As in botocore: the heading may have quotes, and the credentials file comes before the config file."""
        monkeypatch.setenv("AWS_PROFILE", "voice")
        (shared / "config").write_text(f"[{heading}]\nregion = eu-west-2\n")
        assert config().default_region() == "eu-west-2"
        (shared / "credentials").write_text("[voice]\nregion = eu-central-1\n")
        assert config().default_region() == "eu-central-1"

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"aws_secret_access_key = S3CRET\n", "cannot be parsed (line 1)"),
            (b"[default]\nS3CRET without an equals sign\n", "cannot be parsed (line 2)"),
            (b"[default]\nregion = \xff\xfe\n", "cannot be parsed"),
        ],
    )
    def test_file_that_cannot_be_parsed(self, shared: Path, content: bytes, reason: str) -> None:
        """Reported instead of a missing region. The line, which may contain a key, is not shown."""
        (shared / "config").write_bytes(content)
        with pytest.raises(ConfigurationError) as refused:
            config().default_region()
        assert str(refused.value) == f"{shared}/config {reason}: correct the file."

    def test_file_that_cannot_be_read(self, monkeypatch: pytest.MonkeyPatch, shared: Path) -> None:
        """There is a folder in its place."""
        monkeypatch.setenv("AWS_CONFIG_FILE", str(shared))
        monkeypatch.setenv("AWS_PROFILE", "voice")
        with pytest.raises(ConfigurationError, match=rf"is not in {shared} or {shared}/credentials"):
            config().default_region()


class TestRegionsWithoutTheService:
    """No endpoint name of a region without the service resolves."""

    HINT = "Chime SDK Voice is not in eu-west-3; it is in ap-northeast-1, "

    @pytest.fixture(autouse=True)
    def names(self, monkeypatch: pytest.MonkeyPatch) -> None:
        resolve = socket.getaddrinfo

        def resolved(host: str, *more: object, **options: object) -> object:
            if host.endswith(("amazonaws.com", "api.aws")):
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            return resolve(host, *more, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(socket, "getaddrinfo", resolved)

    @pytest.mark.parametrize(
        "values", [{}, {"useFipsEndpoint": True}, {"useDualstackEndpoint": True}, {"retryMode": "standard"}]
    )
    def test_reported_at_once(self, monkeypatch: pytest.MonkeyPatch, values: dict[str, object]) -> None:
        """After one attempt, the error lists the regions of the service."""
        monkeypatch.setattr("time.sleep", lambda _: pytest.fail("there was a second attempt"))
        with pytest.raises(ApiError) as refused:
            ORIGINATION_API.get(client_of(None, **values), CONNECTOR, "eu-west-3")
        text = str(refused.value)
        assert text.startswith(f"reading origination of Voice Connector {CONNECTOR} (eu-west-3): Could not connect")
        assert self.HINT in text
        assert text.endswith("us-west-2. Correct the region.")

    def test_through_a_proxy(self) -> None:
        """A proxy cannot connect to the endpoint either."""
        with pytest.raises(ApiError, match="Chime SDK Voice is not in eu-west-3"):
            ORIGINATION_API.get(client_of(None, httpsProxy="http://127.0.0.1:9"), CONNECTOR, "eu-west-3")

    @pytest.mark.parametrize("region", ["eu-west-3", "eu-west-1"])
    def test_not_where_it_is_no_reason(self, region: str) -> None:
        """The region is not blamed for the user's own endpoint, nor if it has the service."""
        endpoint_url = "http://127.0.0.1:9" if region == "eu-west-3" else None
        with pytest.raises(ApiError) as refused:
            ORIGINATION_API.get(client_of(endpoint_url, maxRetries=1), CONNECTOR, region)
        assert "is not in" not in str(refused.value)
        fix = (
            "Is the emulator running? Start it, or correct"
            if endpoint_url
            else "Check the region, the endpoint and the network."
        )
        assert fix in str(refused.value)

    @pytest.mark.parametrize(("endpoint_url", "region"), [(None, "eu-west-1"), ("http://chime.invalid", "eu-west-3")])
    def test_others_are_tried_again(
        self, monkeypatch: pytest.MonkeyPatch, endpoint_url: str | None, region: str
    ) -> None:
        """In a region with the service, and at the user's own endpoint, a name that does not resolve is tried again."""
        pauses: list[float] = []
        monkeypatch.setattr("time.sleep", pauses.append)
        with pytest.raises(ApiError):
            ORIGINATION_API.get(client_of(endpoint_url, maxRetries=3), CONNECTOR, region)
        assert len(pauses) == 2

    def test_a_new_region(self, emulator: Emulator, tmp_path: Path) -> None:
        """A region that this version does not know is used if it answers."""
        authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("voice-chime.eu-west-3.amazonaws.com").configure_cert(context)
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        with Relay(emulator.endpoint_url, context) as tls, Relay(tls.url) as proxy:
            through = client_of(None, httpsProxy=proxy.url, customCaBundle=str(tmp_path / "ca.pem"))
            ask(through, "eu-west-3")
        assert [request.region for request in emulator.requests] == ["eu-west-3"]
