"""How a call gets to the service: region, endpoint, proxies, certificates, retries."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
import trustme
from urllib3.exceptions import InsecureRequestWarning

from pulumi_chime_voice import ApiError, ChimeVoiceError, ConfigurationError, NotFoundError
from pulumi_chime_voice.aws import session
from pulumi_chime_voice.engine.target import LAG_SECONDS, lag_seconds
from pulumi_chime_voice.origination.api import ORIGINATION_API

from ...support.servers import Relay, answering
from .support import ACCOUNT, CONNECTOR, ask, client, config

if TYPE_CHECKING:
    from pathlib import Path

    from chime_voice_emulator import Emulator


class TestRegions:
    def test_default_region(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """aws:region, then AWS_REGION, then AWS_DEFAULT_REGION."""
        assert config().default_region() is None
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        assert config().default_region() == "eu-west-1"
        monkeypatch.setenv("AWS_REGION", "eu-west-2")
        assert config().default_region() == "eu-west-2"
        assert config(region="us-west-2").default_region() == "us-west-2"

    def test_resource_region_is_the_endpoints(self, emulator: Emulator) -> None:
        """A call is signed for the region of its resource, whatever aws:region says."""
        ask(client(emulator.endpoint_url, region="us-west-2"), "eu-central-1")
        assert [request.region for request in emulator.requests] == ["eu-central-1"]

    @pytest.mark.parametrize(
        ("values", "region"),
        [({}, "eu-central-1"), ({"region": "us-west-2"}, "us-west-2"), ({"stsRegion": "eu-west-1"}, "eu-west-1")],
    )
    def test_region_of_sts(self, emulator: Emulator, sts: Relay, values: dict[str, str], region: str) -> None:
        """aws:stsRegion, or the default region, or else the resource's."""
        ask(client(emulator.endpoint_url, sts, forbiddenAccountIds=[ACCOUNT], **values), "eu-central-1")
        assert [seen.region for seen in sts.seen] == [region]


class TestTransport:
    """How a call gets to the service."""

    def test_endpoints(self, emulator: Emulator) -> None:
        """A list of mappings as in pulumi-aws, or one mapping; other services are ignored."""
        url = emulator.endpoint_url
        for endpoints in (
            [{"ec2": "http://127.0.0.1:1", "chimesdkvoice": url}],
            {"chimesdkvoice": url},
            [{}, {"chimesdkvoice": url}],
        ):
            ask(client(None, endpoints=endpoints))
        assert len(emulator.requests) == 3

    def test_http_proxy(self, emulator: Emulator) -> None:
        """Calls to http endpoints go through aws:httpProxy, which resolves the name."""
        with Relay(emulator.endpoint_url) as proxy:
            ask(client("http://chime.example", httpProxy=proxy.url))
            assert [urlsplit(seen.target).hostname for seen in proxy.seen] == ["chime.example"]

    def test_no_proxy(self, emulator: Emulator) -> None:
        """Hosts in aws:noProxy bypass the proxy, others do not."""
        with Relay(emulator.endpoint_url) as proxy:
            direct = client(emulator.endpoint_url, httpProxy=proxy.url, noProxy="example.org,127.0.0.1")
            ask(direct)
            assert (len(proxy.seen), len(emulator.requests)) == (0, 1)
            ask(client("http://chime.example", httpProxy=proxy.url, noProxy="example.org,127.0.0.1"))
            ask(client(emulator.endpoint_url, httpProxy=proxy.url))
            assert (len(proxy.seen), len(emulator.requests)) == (2, 3)

    def test_no_proxy_and_the_environment(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each of the three keys that is not set comes from the environment."""
        with Relay(emulator.endpoint_url) as proxy:
            monkeypatch.setenv("NO_PROXY", "127.0.0.1")
            ask(client(emulator.endpoint_url, httpProxy=proxy.url))
            assert proxy.seen == []
            monkeypatch.delenv("NO_PROXY")
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            ask(client(emulator.endpoint_url, httpsProxy="http://127.0.0.1:1"))
            assert len(proxy.seen) == 1
            ask(client(emulator.endpoint_url, noProxy="127.0.0.1"))
            assert len(proxy.seen) == 1

    def test_https_proxy_and_ca_bundle(self, emulator: Emulator, tmp_path: Path) -> None:
        """A tunnel through aws:httpsProxy leads to a server whose certificate is in aws:customCaBundle."""
        authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("chime.example").configure_cert(context)
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        with Relay(emulator.endpoint_url, context) as tls, Relay(tls.url) as proxy:
            through = {"httpsProxy": proxy.url, "maxRetries": 1}
            ask(client("https://chime.example", **through, customCaBundle="~/ca.pem"))
            assert [(seen.method, seen.target) for seen in proxy.seen] == [("CONNECT", "chime.example:443")]
            with pytest.raises(
                ApiError,
                match=r"SSL validation failed.* Check the endpoint's certificate, and AWS_CA_BUNDLE or aws:customCaBundle",
            ):
                ORIGINATION_API.get(client("https://chime.example", **through), CONNECTOR, "us-east-1")
            assert len(emulator.requests) == 1
            before = len(proxy.seen)
            with pytest.raises(ApiError, match="CERTIFICATE_VERIFY_FAILED"):
                ask(client("https://chime.example", httpsProxy=proxy.url))
            assert len(proxy.seen) == before + 1  # Another attempt would meet the same certificate.
            with pytest.warns(InsecureRequestWarning):
                ask(client("https://chime.example", **through, insecure=True))

    def test_endpoint_without_tls(self, emulator: Emulator) -> None:
        """It is tried once: another attempt would meet no TLS either."""
        with Relay(emulator.endpoint_url) as plain:
            with pytest.raises(ApiError, match=r"WRONG_VERSION_NUMBER.*If it has no TLS, use http://"):
                ask(client(plain.url.replace("http://", "https://")))
            assert plain.connections == 1

    def test_ca_bundle_that_is_not_there(self, emulator: Emulator) -> None:
        """The error names the key, before anything is sent."""
        with pytest.raises(ConfigurationError, match=r"aws:customCaBundle names /nowhere\.pem, which does not exist"):
            ORIGINATION_API.get(client(emulator.endpoint_url, customCaBundle="/nowhere.pem"), CONNECTOR, "us-east-1")

    @pytest.mark.parametrize(
        ("values", "host"),
        [
            ({}, "voice-chime.us-east-1.amazonaws.com"),
            ({"useFipsEndpoint": True}, "voice-chime-fips.us-east-1.amazonaws.com"),
            ({"useDualstackEndpoint": "true"}, "voice-chime.us-east-1.api.aws"),
            ({"useFipsEndpoint": "true", "useDualstackEndpoint": True}, "voice-chime-fips.us-east-1.api.aws"),
        ],
    )
    def test_variants_of_the_endpoint(self, emulator: Emulator, values: dict[str, Any], host: str) -> None:
        """A proxy receives the host of the endpoint; nothing leaves this machine."""
        with Relay(emulator.endpoint_url) as proxy:
            with pytest.raises(ApiError):
                ORIGINATION_API.get(client(None, httpsProxy=proxy.url, maxRetries=1, **values), CONNECTOR, "us-east-1")
            assert [seen.target for seen in proxy.seen] == [f"{host}:443"]

    def test_user_agents(self, emulator: Emulator) -> None:
        """aws:userAgents is appended to the provider's user agent."""
        ask(client(emulator.endpoint_url, userAgents=["acme-platform/2.1 (voice)"]))
        assert re.search(r"pulumi-chime-voice/\S+ acme-platform/2\.1 \(voice\)", emulator.requests[0].user_agent or "")


class TestWhoseEndpoint:
    """Whether an endpoint is AWS's own decides on waiting times, DNS, CloudWatch, and the text of messages."""

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1:4510",
            "http://emulator:4510",
            "https://chime.example.net",
            "http://amazonaws.com.example.net",
            "http://notamazonaws.com",
        ],
    )
    def test_another(self, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
        """Any other name is not AWS; messages have its URL."""
        monkeypatch.setenv("CHIME_VOICE_LOCAL_LAG_SECONDS", "0")
        api = client(url)
        assert not api.is_aws("us-east-1")
        assert api.custom_endpoint("us-east-1") == url
        assert lag_seconds(api, "us-east-1") == 0

    @pytest.mark.parametrize("variant", ["useFipsEndpoint", "useDualstackEndpoint", None])
    @pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1"])
    def test_of_every_partition(self, monkeypatch: pytest.MonkeyPatch, region: str, variant: str | None) -> None:
        """Public, FIPS and dual-stack endpoints of every partition are AWS's own, with the full waiting time."""
        monkeypatch.setenv("CHIME_VOICE_LOCAL_LAG_SECONDS", "0")
        api = client(None, **({variant: True} if variant else {}))
        assert api.is_aws(region)
        assert api.custom_endpoint(region) is None
        assert lag_seconds(api, region) == LAG_SECONDS

    @pytest.mark.parametrize(
        "url",
        [
            "https://voice-chime.us-east-1.amazonaws.com",
            "https://VOICE-CHIME.us-east-1.amazonaws.com./",
            "https://vpce-0a1b-2c3d.voice-chime.us-east-1.vpce.amazonaws.com",
            "https://voice-chime.us-east-1.api.aws",
            "https://voice-chime.cn-north-1.amazonaws.com.cn:443",
        ],
    )
    def test_aws_by_its_url(self, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
        """A VPC endpoint, or AWS's own URL, is AWS's own."""
        monkeypatch.setenv("CHIME_VOICE_LOCAL_LAG_SECONDS", "0")
        api = client(url)
        assert api.is_aws("us-east-1")
        assert lag_seconds(api, "us-east-1") == LAG_SECONDS

    def test_is_named_where_nothing_is_found(self, emulator: Emulator) -> None:
        """The voice connector may exist in AWS, so the error names the endpoint."""
        with pytest.raises(NotFoundError) as caught:
            client(emulator.endpoint_url).voice_connector(CONNECTOR, "us-east-1")
        fix = f"Check the ID of the voice connector, the region, and the endpoint {emulator.endpoint_url}."
        assert str(caught.value).endswith(fix)

    def test_password_of_an_endpoint(self) -> None:
        """No message has it, whether the URL is valid or not."""
        for url in ("http://user:S3CRET@127.0.0.1:9", "http://user:S3/CRET@127.0.0.1:9", "user:S3CRET@chime.example"):
            with pytest.raises(ChimeVoiceError) as caught:
                ORIGINATION_API.get(client(url), CONNECTOR, "us-east-1")
            assert "S3" not in str(caught.value)


class TestRetries:
    def test_time(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Once the time is up, neither STS nor Chime SDK Voice is tried again."""
        monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: pytest.fail("there was a second attempt"))
        monkeypatch.setattr(session, "RETRY_SECONDS", -1)
        path = f"/voice-connectors/{CONNECTOR}/origination"
        with answering({"/": (503, ""), path: (503, "{}")}) as (url, asked):
            for values in ({}, {"allowedAccountIds": [ACCOUNT]}):
                with pytest.raises(ApiError):
                    ORIGINATION_API.get(
                        client(None, endpoints=[{"chimesdkvoice": url, "sts": url}], **values), CONNECTOR, "us-east-1"
                    )
        assert asked == [path, "/"]

    @pytest.mark.parametrize("attempts", [1, 2])
    def test_attempts(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, attempts: int) -> None:
        """aws:maxRetries is the number of attempts, as in pulumi-aws; AWS_MAX_ATTEMPTS if it is not set."""
        emulator.faults.fail("*", [503], forever=True)
        with pytest.raises(ApiError, match="ServiceUnavailableException"):
            ORIGINATION_API.get(client(emulator.endpoint_url, maxRetries=attempts), CONNECTOR, "us-east-1")
        assert len(emulator.requests) == attempts
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", str(attempts))
        emulator.clear_requests()
        with pytest.raises(ApiError, match="ServiceUnavailableException"):
            ORIGINATION_API.get(client(emulator.endpoint_url), CONNECTOR, "us-east-1")
        assert len(emulator.requests) == attempts

    def test_default_attempts(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """aws:maxRetries, then AWS_MAX_ATTEMPTS, then the profile's; None if none is set."""
        assert config().default_attempts() is None
        (tmp_path / "config").write_text("[default]\nmax_attempts = 3\n")
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        assert config().default_attempts() == 3
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "4")
        assert config().default_attempts() == 4
        assert config(maxRetries=2).default_attempts() == 2

    @pytest.mark.parametrize("mode", ["standard", "adaptive", "legacy"])
    def test_mode(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
        """aws:retryMode, or AWS_RETRY_MODE, is botocore's retry mode."""
        letter = {"legacy": "D", "standard": "E", "adaptive": "F"}[mode]  # feature ids of the AWS SDKs' user agent
        monkeypatch.setenv("AWS_RETRY_MODE", "legacy" if mode == "standard" else "standard")
        ask(client(emulator.endpoint_url, retryMode=mode))
        monkeypatch.setenv("AWS_RETRY_MODE", mode)
        ask(client(emulator.endpoint_url))
        for request in emulator.requests:
            features = re.search(r" m/(\S+)", request.user_agent or "")
            assert features is not None
            assert letter in features[1].split(",")
