"""The ``aws:*`` keys, each by its effect: real botocore, and on loopback an emulator, moto for STS, proxies and TLS."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import socket
import ssl
import threading
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme
from moto.server import ThreadedMotoServer
from urllib3.exceptions import InsecureRequestWarning

from chime_voice_emulator import Emulator
from pulumi_chime_voice import ApiError, ConfigurationError, NotFoundError
from pulumi_chime_voice.api import ChimeSdkVoice
from pulumi_chime_voice.config import HARMLESS, HONOURED, read_config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONNECTOR = "abcdef1ghij2klmno3pqr4"
ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
MOTO_ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/telephony"
CORRECT = "correct it in the stack's configuration."
DOCUMENT = Path(__file__).parents[2] / "docs" / "configuration.md"

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


# --- servers


@dataclass
class Seen:
    """A request as it arrived. `target` is what the request line says: a proxy sees a whole URL, or a host to connect to."""

    method: str
    target: str
    headers: dict[str, str]
    form: dict[str, str]

    @property
    def signed_by(self) -> str | None:
        """Access key of the signature."""
        found = re.search(r"Credential=([^/]+)/", self.headers.get("authorization", ""))
        return found and found[1]

    @property
    def region(self) -> str | None:
        """Region of the signature."""
        found = re.search(r"Credential=[^/]+/[^/]+/([^/]+)/", self.headers.get("authorization", ""))
        return found and found[1]


@dataclass
class Relay:
    """A server that notes each request and hands it on, whatever host it names; it stands for a proxy too."""

    upstream: str
    context: ssl.SSLContext | None = None
    rewrite: Callable[[bytes], bytes] = bytes
    seen: list[Seen] = field(default_factory=list)
    url: str = ""

    def __enter__(self) -> Relay:
        self._server = _RelayServer(("127.0.0.1", 0), _RelayHandler)
        self._server.relay = self
        scheme = "http" if self.context is None else "https"
        self.url = f"{scheme}://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _RelayServer(ThreadingHTTPServer):
    daemon_threads = True
    relay: Relay

    def get_request(self) -> Any:
        connection, address = super().get_request()
        if self.relay.context is not None:
            connection = self.relay.context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, *_: Any) -> None:
        """A client that does not trust our certificate breaks off; that is what it is to do."""


class _RelayHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _RelayServer

    def log_message(self, *_: Any) -> None: ...

    def note(self, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.server.relay.seen.append(Seen(self.command, self.path, headers, form))

    def hand_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        self.note(body)
        where, path = urlsplit(self.server.relay.upstream), self.path
        if path.startswith("http"):
            path = path[path.index("/", len("https://")) :]
        connection = HTTPConnection(where.hostname or "", where.port, timeout=30)
        with contextlib.closing(connection):
            connection.request(self.command, path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            content = self.server.relay.rewrite(answer.read())
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "server", "date"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_PUT = do_POST = do_DELETE = hand_on  # noqa: N815

    def do_CONNECT(self) -> None:
        self.note(b"")
        where = urlsplit(self.server.relay.upstream)
        with socket.create_connection((where.hostname or "", where.port or 80)) as other:
            self.send_response(200)
            self.end_headers()
            _pump(self.connection, other)
        self.close_connection = True


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Bytes in both directions until one side ends."""
    while True:
        for ready in select.select([one, other], [], [], 30)[0]:
            sent = ready.recv(65536)
            if not sent:
                return
            (other if ready is one else one).sendall(sent)


@contextlib.contextmanager
def answering(answers: dict[str, tuple[int, str]]) -> Iterator[tuple[str, list[str]]]:
    """A server with fixed answers by path; its URL, and the paths asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            asked.append(self.path)
            status, text = answers.get(self.path, (404, ""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_PUT = do_POST = answer  # noqa: N815

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    """moto's server, which stands for STS."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def sts(moto: str) -> Iterator[Relay]:
    """STS as moto answers it; the emulator takes any access key whose secret is `test`, so that is what is issued."""

    def rewrite(answer: bytes) -> bytes:
        return re.sub(rb"(<SecretAccessKey>)[^<]*", rb"\1test", answer)

    with Relay(moto, rewrite=rewrite) as relay:
        yield relay


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine's own AWS settings or proxies, and the credentials of account 000000000000."""
    for name in os.environ:
        if name.startswith("AWS_") or name.lower() in ("http_proxy", "https_proxy", "no_proxy", "all_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


# --- asking


def config(**values: Any) -> Any:
    """Read as the engine hands it on: texts as they are, everything else as JSON."""
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
    return read_config({f"aws:{key}": value for key, value in texts.items()}.get, [f"aws:{key}" for key in texts])


def client(endpoint_url: str | None, sts: Relay | None = None, **values: Any) -> ChimeSdkVoice:
    endpoints = values.pop("endpoints", [{"chimesdkvoice": endpoint_url}, {"sts": sts.url if sts else None}])
    return ChimeSdkVoice(config(endpoints=endpoints, **values))


def ask(api: ChimeSdkVoice, region: str = "us-east-1") -> None:
    """One call that the service takes: the connector does not exist, which only accepted credentials are told."""
    with pytest.raises(NotFoundError):
        api.get_origination(CONNECTOR, region)


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
        """One key without the other is refused: the environment's would be used instead."""
        with pytest.raises(ConfigurationError, match="aws:accessKey and aws:secretKey go together"):
            client(emulator.endpoint_url, **values).get_origination(CONNECTOR, "us-east-1")
        assert emulator.requests == []

    def test_token(self) -> None:
        """aws:token is sent: the service knows the key only with it."""
        known = {"ASIAEXAMPLE": {"secret": "s3cr3t", "account": ACCOUNT, "session_token": "t0ken"}}
        with Emulator(credentials=known) as emulator:
            pair = {"accessKey": "ASIAEXAMPLE", "secretKey": "s3cr3t"}
            ask(client(emulator.endpoint_url, **pair, token="t0ken"))
            with pytest.raises(ApiError, match="ForbiddenException"):
                client(emulator.endpoint_url, **pair).get_origination(CONNECTOR, "us-east-1")

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
        """boto3 would pass over it, and take credentials from elsewhere."""
        missing = str(tmp_path / "nothing")
        with pytest.raises(ConfigurationError, match=rf"aws:{key} names {missing}, which does not exist"):
            client(emulator.endpoint_url, **{key: [missing]}).get_origination(CONNECTOR, "us-east-1")
        assert emulator.requests == []

    def test_profile_that_is_not_there(self, emulator: Emulator) -> None:
        """One sentence with the key."""
        with pytest.raises(
            ApiError, match=r"profile \(nobody\) could not be found.* Correct aws:profile, or AWS_PROFILE"
        ):
            client(emulator.endpoint_url, profile="nobody").get_origination(CONNECTOR, "us-east-1")

    def test_instance_metadata(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        """aws:ec2MetadataServiceEndpoint is where an instance's role is asked for, unless aws:skipMetadataApiCheck."""
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
                api.get_origination(CONNECTOR, "us-east-1")
            assert asked == []

    def test_instance_metadata_over_ipv6(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        """aws:ec2MetadataServiceEndpointMode: the address that is asked is the one of IPv6."""
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED"):
            monkeypatch.delenv(name)
        with Relay(emulator.endpoint_url) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            monkeypatch.setenv("NO_PROXY", "127.0.0.1")
            api = client(emulator.endpoint_url, ec2MetadataServiceEndpointMode="IPv6")
            with pytest.raises(ApiError, match="Unable to locate credentials"):
                api.get_origination(CONNECTOR, "us-east-1")
            assert {urlsplit(seen.target).hostname for seen in proxy.seen} == {"fd00:ec2::254"}


class TestRoles:
    def test_what_is_asked(self, emulator: Emulator, sts: Relay) -> None:
        """Everything that aws:assumeRoles says of a role reaches STS, and the calls are the role's."""
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
        """aws:assumeRole, one mapping; what is left out is left to STS, but a session has a name."""
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
        """One sentence that names the role, and nothing is sent with other credentials."""
        said = "User: arn:aws:iam::1:user/x is not authorized to perform: sts:AssumeRole on resource: y"
        answer = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{said}</Message></Error>"
            "<RequestId>d3553710</RequestId></ErrorResponse>"
        )
        with answering({"/": (403, answer)}) as (url, _):
            endpoints = {"chimesdkvoice": emulator.endpoint_url, "sts": url}
            with pytest.raises(ApiError) as refused:
                client(None, endpoints=endpoints, assumeRoles=[{"roleArn": ROLE}]).get_origination(
                    CONNECTOR, "us-east-1"
                )
        assert str(refused.value) == (
            f"assuming role {ROLE}: AccessDenied: {said} (request d3553710). "
            "Check the role's ARN, its trust policy and external id, and that the credentials may assume it."
        )
        assert emulator.requests == []

    def test_web_identity(self, emulator: Emulator, sts: Relay, tmp_path: Path) -> None:
        """The token is read from its file at each renewal; STS is asked without a signature; roles are assumed with it."""
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
        """A token that stands in the configuration, and a role assumed on from there."""
        identity = {"roleArn": ROLE, "webIdentityToken": "eyJhbGciOi"}
        on = f"arn:aws:iam::{OTHER_ACCOUNT}:role/voice"
        ask(client(emulator.endpoint_url, sts, assumeRoleWithWebIdentity=identity, assumeRoles=[{"roleArn": on}]))
        first, second = sts.seen
        assert first.form["WebIdentityToken"] == "eyJhbGciOi"
        assert (second.form["Action"], second.form["RoleArn"]) == ("AssumeRole", on)
        assert (second.signed_by or "").startswith("ASIA")

    def test_web_identity_token_that_is_not_there(self, emulator: Emulator, sts: Relay) -> None:
        """The sentence names the file and the key."""
        identity = {"roleArn": ROLE, "webIdentityTokenFile": "/nowhere/token"}
        api = client(emulator.endpoint_url, sts, assumeRoleWithWebIdentity=identity)
        with pytest.raises(ConfigurationError, match=r"the token file /nowhere/token cannot be read \(No such file"):
            api.get_origination(CONNECTOR, "us-east-1")

    def test_role_of_a_profile(self, emulator: Emulator, sts: Relay, tmp_path: Path) -> None:
        """A role that a profile names is assumed by botocore itself, and through the same endpoint of STS."""
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
        """STS is asked once, before the first call; then calls go on, in every region."""
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
        """Nothing is sent, not at the second call either."""
        api = client(emulator.endpoint_url, sts, **values)
        for _ in range(2):
            with pytest.raises(ConfigurationError) as refused:
                api.get_origination(CONNECTOR, "us-east-1")
            assert str(refused.value) == sentence
        assert emulator.requests == []

    def test_not_forbidden(self, emulator: Emulator, sts: Relay) -> None:
        """Another account than the forbidden one goes on; skipRequestingAccountId does not switch the question off."""
        api = client(emulator.endpoint_url, sts, forbiddenAccountIds=[ACCOUNT], skipRequestingAccountId=True)
        ask(api)
        assert len(sts.seen) == 1

    def test_the_roles_account_counts(self, emulator: Emulator, sts: Relay) -> None:
        """The account is that of the role, not of the credentials that assume it."""
        ask(client(emulator.endpoint_url, sts, assumeRoles=[{"roleArn": ROLE}], allowedAccountIds=[ACCOUNT]))
        with pytest.raises(
            ConfigurationError, match=f"of AWS account {ACCOUNT}, which aws:forbiddenAccountIds forbids"
        ):
            client(
                emulator.endpoint_url, sts, assumeRoles=[{"roleArn": ROLE}], forbiddenAccountIds=[ACCOUNT]
            ).get_origination(CONNECTOR, "us-east-1")

    def test_sts_does_not_answer(self, emulator: Emulator) -> None:
        """Not knowing the account is no permission."""
        with answering({"/": (403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>")}) as (
            url,
            _,
        ):
            endpoints = {"chimesdkvoice": emulator.endpoint_url, "sts": url}
            with pytest.raises(ApiError, match=r"^finding out the AWS account \(aws:allowedAccountIds"):
                client(None, endpoints=endpoints, allowedAccountIds=[ACCOUNT]).get_origination(CONNECTOR, "us-east-1")
        assert emulator.requests == []


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
        """aws:stsRegion, or the default region, or where there is none the resource's."""
        ask(client(emulator.endpoint_url, sts, forbiddenAccountIds=[ACCOUNT], **values), "eu-central-1")
        assert [seen.region for seen in sts.seen] == [region]


class TestWay:
    """How a call gets to the service."""

    def test_endpoints(self, emulator: Emulator) -> None:
        """A list of mappings as pulumi-aws has it, or one mapping; other services' endpoints are not ours."""
        url = emulator.endpoint_url
        for endpoints in (
            [{"ec2": "http://127.0.0.1:1", "chimesdkvoice": url}],
            {"chimesdkvoice": url},
            [{}, {"chimesdkvoice": url}],
        ):
            ask(client(None, endpoints=endpoints))
        assert len(emulator.requests) == 3

    def test_http_proxy(self, emulator: Emulator) -> None:
        """aws:httpProxy carries the calls to http endpoints: the proxy alone knows the name."""
        with Relay(emulator.endpoint_url) as proxy:
            ask(client("http://chime.example", httpProxy=proxy.url))
            assert [urlsplit(seen.target).hostname for seen in proxy.seen] == ["chime.example"]

    def test_no_proxy(self, emulator: Emulator) -> None:
        """aws:noProxy takes hosts out of it, of one service and not of another."""
        with Relay(emulator.endpoint_url) as proxy:
            direct = client(emulator.endpoint_url, httpProxy=proxy.url, noProxy="example.org,127.0.0.1")
            ask(direct)
            assert (len(proxy.seen), len(emulator.requests)) == (0, 1)
            ask(client("http://chime.example", httpProxy=proxy.url, noProxy="example.org,127.0.0.1"))
            ask(client(emulator.endpoint_url, httpProxy=proxy.url))
            assert (len(proxy.seen), len(emulator.requests)) == (2, 3)

    def test_no_proxy_and_the_environment(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
        """What the keys leave out comes from the environment, each of the three."""
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
        """A tunnel through aws:httpsProxy to a server whose certificate aws:customCaBundle vouches for."""
        authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("chime.example").configure_cert(context)
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        with Relay(emulator.endpoint_url, context) as tls, Relay(tls.url) as proxy:
            through = {"httpsProxy": proxy.url, "maxRetries": 1}
            ask(client("https://chime.example", **through, customCaBundle="~/ca.pem"))
            assert [(seen.method, seen.target) for seen in proxy.seen] == [("CONNECT", "chime.example:443")]
            with pytest.raises(
                ApiError, match=r"SSL validation failed.* Check the endpoint's certificate and aws:customCaBundle"
            ):
                client("https://chime.example", **through).get_origination(CONNECTOR, "us-east-1")
            assert len(emulator.requests) == 1
            with pytest.warns(InsecureRequestWarning):
                ask(client("https://chime.example", **through, insecure=True))

    def test_ca_bundle_that_is_not_there(self, emulator: Emulator) -> None:
        """A sentence with the key before anything is sent."""
        with pytest.raises(ConfigurationError, match=r"aws:customCaBundle names /nowhere\.pem, which does not exist"):
            client(emulator.endpoint_url, customCaBundle="/nowhere.pem").get_origination(CONNECTOR, "us-east-1")

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
        """The host that is asked for, as a proxy sees it; nothing leaves this machine."""
        with Relay(emulator.endpoint_url) as proxy:
            with pytest.raises(ApiError):
                client(None, httpsProxy=proxy.url, maxRetries=1, **values).get_origination(CONNECTOR, "us-east-1")
            assert [seen.target for seen in proxy.seen] == [f"{host}:443"]

    def test_user_agents(self, emulator: Emulator) -> None:
        """aws:userAgents is appended to our own."""
        ask(client(emulator.endpoint_url, userAgents=["acme-platform/2.1 (voice)"]))
        assert re.search(r"pulumi-chime-voice/\S+ acme-platform/2\.1 \(voice\)", emulator.requests[0].user_agent or "")


class TestRetries:
    @pytest.mark.parametrize("attempts", [1, 2])
    def test_attempts(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, attempts: int) -> None:
        """aws:maxRetries is the number of attempts, as in pulumi-aws; AWS_MAX_ATTEMPTS where it is not set."""
        emulator.faults.fail("*", [503], forever=True)
        with pytest.raises(ApiError, match="ServiceUnavailableException"):
            client(emulator.endpoint_url, maxRetries=attempts).get_origination(CONNECTOR, "us-east-1")
        assert len(emulator.requests) == attempts
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", str(attempts))
        emulator.clear_requests()
        with pytest.raises(ApiError, match="ServiceUnavailableException"):
            client(emulator.endpoint_url).get_origination(CONNECTOR, "us-east-1")
        assert len(emulator.requests) == attempts

    @pytest.mark.parametrize("mode", ["standard", "adaptive", "legacy"])
    def test_mode(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
        """aws:retryMode, or AWS_RETRY_MODE, is the mode that botocore works in."""
        letter = {"legacy": "D", "standard": "E", "adaptive": "F"}[mode]  # feature ids of the AWS SDKs' user agent
        monkeypatch.setenv("AWS_RETRY_MODE", "legacy" if mode == "standard" else "standard")
        ask(client(emulator.endpoint_url, retryMode=mode))
        monkeypatch.setenv("AWS_RETRY_MODE", mode)
        ask(client(emulator.endpoint_url))
        for request in emulator.requests:
            features = re.search(r" m/(\S+)", request.user_agent or "")
            assert features is not None
            assert letter in features[1].split(",")


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
            ({"endpoints": "[{"}, f"aws:endpoints looks like JSON but is not: {CORRECT}"),
            ({"endpoints": ["x"]}, "aws:endpoints is not a list of mappings from service to URL: correct it."),
            ({"assumeRoles": [{}]}, "aws:assumeRoles[0] has no roleArn: give the ARN of the role to assume."),
            ({"assumeRoles": {"roleArn": "x"}}, f"aws:assumeRoles is not a list: {CORRECT}"),
            (
                {"assumeRoles": [{"roleArn": "x", "duration": "soon"}]},
                "aws:assumeRoles[0].duration is 'soon': give it as 1h, 1h30m or 900s.",
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
            ({"sharedConfigFiles": ["a", "b"]}, "aws:sharedConfigFiles names 2 files: name one, boto3 reads no more."),
            ({"sharedCredentialsFiles": [1]}, f"aws:sharedCredentialsFiles is not a list of strings: {CORRECT}"),
            ({"useFipsEndpoint": "maybe"}, f"aws:useFipsEndpoint is neither true nor false: {CORRECT}"),
            ({"insecure": [1]}, f"aws:insecure is neither true nor false: {CORRECT}"),
            ({"ec2MetadataServiceEndpointMode": "IPv5"}, "aws:ec2MetadataServiceEndpointMode is 'IPv5': give one of IPv4, IPv6."),
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
        """Whatever cannot be used is refused before any call, by its key and with the way on."""
        with pytest.raises(ConfigurationError) as refused:
            config(**values)
        assert str(refused.value) == sentence

    def test_mistakes_in_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A variable is named where it is the variable that is wrong."""
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "many")
        with pytest.raises(ConfigurationError, match=r"^AWS_MAX_ATTEMPTS is 'many'"):
            config()

    def test_keys_of_others_are_left_alone(self) -> None:
        """Keys of other namespaces, and keys that resemble none of ours."""
        read_config({}.get, ["chime-voice:regions", "aws:somethingNew", "awsx:profil", "aws:region"])

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

    @pytest.mark.parametrize("key", sorted(HARMLESS))
    def test_harmless_keys_are_taken(self, key: str) -> None:
        """Whatever a harmless key says, the configuration is the same."""
        for value in (True, "x", [{"tags": {"a": "b"}}], 500):
            assert config(**{key: value}) == config()

    def test_the_table_of_the_documentation(self) -> None:
        """docs/configuration.md has a row for each key, with the answer that the code gives."""
        rows = re.findall(r"^\| `aws:(\w+)` \| (honoured|harmless) \| (.+) \|$", DOCUMENT.read_text(), re.MULTILINE)
        assert [key for key, _, _ in rows] == sorted([*HONOURED, *HARMLESS], key=str.lower)
        assert {key for key, answer, _ in rows if answer == "honoured"} == HONOURED
        assert {key: why for key, answer, why in rows if answer == "harmless"} == HARMLESS
