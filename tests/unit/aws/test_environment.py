"""What the environment and the shared files say of the way to AWS, where it cannot be used: one sentence that names it."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from pulumi_chime_voice import ApiError, ConfigurationError
from pulumi_chime_voice.origination.api import get_origination

from .servers import Relay
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
    """What the configuration is refused with."""
    with pytest.raises(ConfigurationError) as refused:
        get_origination(client_of(endpoint_url, **values), CONNECTOR, "us-east-1")
    return str(refused.value)


class TestEndpoints:
    @pytest.mark.parametrize("variable", [VOICE, "AWS_ENDPOINT_URL"])
    @pytest.mark.parametrize("url", ["localhost:4577", "127.0.0.1:4577", "::::"])
    def test_without_a_scheme(self, monkeypatch: pytest.MonkeyPatch, variable: str, url: str) -> None:
        """The places that may set it are named, with the value."""
        monkeypatch.setenv(variable, url)
        assert refusal() == f"{SETTINGS} is not a valid URL (Invalid endpoint: {url}): correct it (http://host:port)."

    def test_of_sts(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        """It counts where STS is asked, and only there."""
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "localhost:4577")
        ask(client_of(emulator.endpoint_url))
        said = refusal(emulator.endpoint_url, forbiddenAccountIds=[ACCOUNT])
        assert said.startswith(
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
        """The profile is named; an endpoint that is right is used."""
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
        """With AWS_IGNORE_CONFIGURED_ENDPOINT_URLS the call goes to AWS, whatever stands in the variable."""
        monkeypatch.setenv(VOICE, "localhost:4577")
        monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
        with Relay(emulator.endpoint_url) as proxy:
            with pytest.raises(ApiError):
                get_origination(client_of(None, httpsProxy=proxy.url, maxRetries=1), CONNECTOR, "us-east-1")
            assert [seen.target for seen in proxy.seen] == ["voice-chime.us-east-1.amazonaws.com:443"]

    @pytest.mark.parametrize(
        "url",
        ["http://", "http://:4577", "http://127.0.0.1:port", "http://127.0.0.1:99999", "http://[::1", "http://a b", "http://a_b"],
    )  # fmt: skip
    def test_without_a_host_or_port(self, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
        """From the environment and from aws:endpoints."""
        said = refusal(endpoints={"chimesdkvoice": url})
        assert said.startswith(
            ("aws:endpoints: chimesdkvoice is '", "aws:endpoints: chimesdkvoice is not a valid URL (")
        )
        monkeypatch.setenv(VOICE, url)
        assert refusal().startswith((f"{SETTINGS} is '{url}'", f"{SETTINGS} is not a valid URL ("))


class TestProxies:
    @pytest.mark.parametrize(
        "proxy", ["http://u:S3/CRET@127.0.0.1:9", "http://u:S3CRET@127.0.0.1:port", "http://", "::::", "127.0.0.1:9\n"]
    )
    def test_not_a_url(self, monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
        """The setting is named, and its value, which may hold a password, is not shown."""
        reason = "has no valid host or port (in a password, write / as %2F and @ as %40): correct the URL."
        assert refusal("http://chime.example", httpProxy=proxy) == f"aws:httpProxy {reason}"
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        assert refusal("https://chime.example") == f"HTTPS_PROXY {reason}"

    def test_of_another_kind(self) -> None:
        """botocore would take socks5:// for the name of a host."""
        assert refusal("http://chime.example", httpProxy="socks5://u:S3CRET@127.0.0.1:9") == (
            "aws:httpProxy is not the URL of an HTTP proxy: give one that begins with http:// or https://."
        )

    def test_without_a_scheme(self, emulator: Emulator) -> None:
        """A host and a port are enough, as for every AWS tool."""
        with Relay(emulator.endpoint_url) as proxy:
            ask(client_of("http://chime.example", httpProxy=proxy.url.removeprefix("http://")))
            assert len(proxy.seen) == 1

    def test_that_is_not_on_the_way(self, emulator: Emulator) -> None:
        """A proxy for another scheme, or one that the endpoint is taken out of, is left alone."""
        ask(client_of(emulator.endpoint_url, httpsProxy="::::"))
        ask(client_of(emulator.endpoint_url, httpProxy="::::", noProxy="127.0.0.1"))
        assert len(emulator.requests) == 2


class TestCertificates:
    @pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
    def test_of_the_environment(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
        """A file that is not there is named with its variable, where there is TLS at all."""
        monkeypatch.setenv(variable, "/nowhere.pem")
        said = f"{variable} names /nowhere.pem, which does not exist: correct the path."
        assert refusal("https://chime.example") == said
        ask(client_of(emulator.endpoint_url))

    def test_of_a_profile(self, shared: Path) -> None:
        """The same for ca_bundle."""
        (shared / "config").write_text("[default]\nca_bundle = /nowhere.pem\n")
        said = "ca_bundle of profile default names /nowhere.pem, which does not exist: correct the path."
        assert refusal("https://chime.example") == said


class TestProfiles:
    @pytest.fixture(autouse=True)
    def files(self, shared: Path) -> None:
        (shared / "config").write_text(
            "[default]\noutput = json\n[profile voice]\nregion = eu-west-2\n[sales]\nregion = x\n"
        )

    @pytest.mark.parametrize("variable", ["aws:profile", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"])
    def test_that_is_not_there(self, monkeypatch: pytest.MonkeyPatch, shared: Path, variable: str) -> None:
        """Told instead of a missing region, with what asked for it and where it was looked for."""
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
        """The config file wants the word profile in front."""
        monkeypatch.setenv("AWS_PROFILE", "sales")
        with pytest.raises(ConfigurationError, match=r"config, which has \[sales\] instead of \[profile sales\], or"):
            config().default_region()

    def test_other_places_of_the_region_come_first(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the region is known without the profile, its absence is the first call's to tell."""
        monkeypatch.setenv("AWS_PROFILE", "vioce")
        monkeypatch.setenv("AWS_REGION", "eu-west-1")
        assert config().default_region() == "eu-west-1"

    def test_without_a_region(self, monkeypatch: pytest.MonkeyPatch, shared: Path) -> None:
        """A profile that is there, in either file, says no region: that is no mistake of the profile's."""
        assert config().default_region() is None
        (shared / "credentials").write_text("[support]\naws_access_key_id = test\n")
        monkeypatch.setenv("AWS_PROFILE", "support")
        assert config().default_region() is None

    @pytest.mark.parametrize("heading", ["profile voice", 'profile "voice"', "profile   voice"])
    def test_region(self, monkeypatch: pytest.MonkeyPatch, shared: Path, heading: str) -> None:
        """As botocore reads it: with quotes too, and the credentials file before the config file."""
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
        """Told instead of a missing region; the line, which may hold a key, is not shown."""
        (shared / "config").write_bytes(content)
        with pytest.raises(ConfigurationError) as refused:
            config().default_region()
        assert str(refused.value) == f"{shared}/config {reason}: correct the file."

    def test_file_that_cannot_be_read(self, monkeypatch: pytest.MonkeyPatch, shared: Path) -> None:
        """A folder in its place."""
        monkeypatch.setenv("AWS_CONFIG_FILE", str(shared))
        monkeypatch.setenv("AWS_PROFILE", "voice")
        with pytest.raises(ConfigurationError, match=rf"is not in {shared} or {shared}/credentials"):
            config().default_region()


class TestRegionsWithoutTheService:
    """As the network has it: no name of a region without the service resolves."""

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
    def test_told_at_once(self, monkeypatch: pytest.MonkeyPatch, values: dict[str, object]) -> None:
        """With the regions that have it, after one attempt."""
        monkeypatch.setattr("time.sleep", lambda _: pytest.fail("there was a second attempt"))
        with pytest.raises(ApiError) as refused:
            get_origination(client_of(None, **values), CONNECTOR, "eu-west-3")
        said = str(refused.value)
        assert said.startswith(f"reading origination of Voice Connector {CONNECTOR} (eu-west-3): Could not connect")
        assert self.HINT in said
        assert said.endswith("us-west-2. Correct the region.")

    def test_through_a_proxy(self) -> None:
        """A proxy that cannot connect either."""
        with pytest.raises(ApiError, match="Chime SDK Voice is not in eu-west-3"):
            get_origination(client_of(None, httpsProxy="http://127.0.0.1:9"), CONNECTOR, "eu-west-3")

    @pytest.mark.parametrize("region", ["eu-west-3", "eu-west-1"])
    def test_not_where_it_is_no_reason(self, region: str) -> None:
        """An endpoint of the user's own, or a region that has the service."""
        endpoint_url = "http://127.0.0.1:9" if region == "eu-west-3" else None
        with pytest.raises(ApiError) as refused:
            get_origination(client_of(endpoint_url, maxRetries=1), CONNECTOR, region)
        assert "is not in" not in str(refused.value)
        fix = (
            "Is the emulator running? Start it, or correct"
            if endpoint_url
            else "Check the region, the endpoint and the network."
        )
        assert fix in str(refused.value)

    def test_other_regions_are_tried_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A name that has not resolved once may resolve the next time, where the service is."""
        pauses: list[float] = []
        monkeypatch.setattr("time.sleep", pauses.append)
        with pytest.raises(ApiError):
            get_origination(client_of(None, maxRetries=3), CONNECTOR, "eu-west-1")
        assert len(pauses) == 2

    def test_a_region_of_tomorrow(self, emulator: Emulator, tmp_path: Path) -> None:
        """One that this version does not know, and that answers, is used."""
        authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("voice-chime.eu-west-3.amazonaws.com").configure_cert(context)
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        with Relay(emulator.endpoint_url, context) as tls, Relay(tls.url) as proxy:
            through = client_of(None, httpsProxy=proxy.url, customCaBundle=str(tmp_path / "ca.pem"))
            ask(through, "eu-west-3")
        assert [request.region for request in emulator.requests] == ["eu-west-3"]
