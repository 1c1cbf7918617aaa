"""Every failure of a call is one sentence, through real botocore and a real server."""

from __future__ import annotations

import re
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest

import pulumi_chime_voice
from chime_voice_emulator import Emulator
from pulumi_chime_voice import ApiError, NotFoundError
from pulumi_chime_voice.aws import session
from pulumi_chime_voice.aws.client import ChimeSdkVoice
from pulumi_chime_voice.aws.config import read_config
from pulumi_chime_voice.emergency_calling.api import EMERGENCY_CALLING_API
from pulumi_chime_voice.emergency_calling.numbers import Numbers
from pulumi_chime_voice.origination.api import ORIGINATION_API
from pulumi_chime_voice.origination.routes import Route, Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONNECTOR = "abcdef1ghij2klmno3pqr4"
HERE = f"Voice Connector {CONNECTOR} (us-east-1)"
REQUEST_ID = re.compile(r"\(request [0-9a-f]{8}-[0-9a-f-]{27}\)")
SETTINGS = Settings(
    routes={"a:5060/UDP": Route(host="a", port=5060, protocol="UDP", priority=1, weight=1)}, disabled=False
)
NUMBERS = Numbers({"US 1": {"emergencyPhoneNumber": "+12065550100", "callingCountry": "US"}})
MODEL = botocore.session.Session().get_service_model("chime-sdk-voice")

CALLS: dict[str, tuple[str, Callable[[ChimeSdkVoice], Any]]] = {
    "GetVoiceConnectorOrigination": (
        f"reading origination of {HERE}",
        lambda chime: ORIGINATION_API.get(chime, CONNECTOR, "us-east-1"),
    ),
    "PutVoiceConnectorOrigination": (
        f"updating origination of {HERE}",
        lambda chime: ORIGINATION_API.put(chime, CONNECTOR, "us-east-1", SETTINGS, "updating"),
    ),
    "DeleteVoiceConnectorOrigination": (
        f"deleting origination of {HERE}",
        lambda chime: ORIGINATION_API.delete(chime, CONNECTOR, "us-east-1"),
    ),
    "GetVoiceConnector": (f"reading {HERE}", lambda chime: chime.voice_connector(CONNECTOR, "us-east-1")),
    "ListVoiceConnectors": (
        "listing voice connectors (us-east-1)",
        lambda chime: list(chime.voice_connectors("us-east-1")),
    ),
    "ListVoiceConnectorGroups": (
        "listing voice connector groups (us-east-1)",
        lambda chime: list(chime.voice_connector_groups("us-east-1")),
    ),
    "GetVoiceConnectorEmergencyCallingConfiguration": (
        f"reading emergency calling of {HERE}",
        lambda chime: chime.has_emergency_calling(CONNECTOR, "us-east-1"),
    ),
    "PutVoiceConnectorEmergencyCallingConfiguration": (
        f"updating emergency calling of {HERE}",
        lambda chime: EMERGENCY_CALLING_API.put(chime, CONNECTOR, "us-east-1", NUMBERS, "updating"),
    ),
    "DeleteVoiceConnectorEmergencyCallingConfiguration": (
        f"deleting emergency calling of {HERE}",
        lambda chime: EMERGENCY_CALLING_API.delete(chime, CONNECTOR, "us-east-1"),
    ),
    "GetVoiceConnectorTermination": (
        f"reading termination of {HERE}",
        lambda chime: chime.is_enabled("Termination", CONNECTOR, "us-east-1"),
    ),
    "ListPhoneNumbers": (
        f"counting phone numbers of {HERE}",
        lambda chime: chime.count_phone_numbers("us-east-1", CONNECTOR),
    ),
}

NOT_FOUND_IS_A_RESULT = ("GetVoiceConnectorEmergencyCallingConfiguration", "GetVoiceConnectorTermination")
"""Here NotFound is an answer."""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        running.create_voice_connector(voice_connector_id=CONNECTOR)
        yield running


@pytest.fixture(autouse=True)
def _no_faults(emulator: Emulator) -> Iterator[None]:
    yield
    emulator.faults.clear()


@pytest.fixture
def client(emulator: Emulator) -> Callable[..., ChimeSdkVoice]:
    """Creates a client that makes one attempt."""

    def make(endpoint: str | None = None, **keys: str) -> ChimeSdkVoice:
        values = {
            "region": "us-east-1",
            "accessKey": "test",
            "secretKey": "test",
            "maxRetries": "1",
            "endpoints": f'[{{"chimesdkvoice": "{endpoint or emulator.endpoint_url}"}}]',
            **keys,
        }
        return ChimeSdkVoice(read_config({f"aws:{key}": value for key, value in values.items() if value}.get))

    return make


def failure(ask: Callable[[], Any]) -> ApiError:
    with pytest.raises(ApiError) as caught:
        ask()
    return caught.value


def assert_one_sentence_with_a_fix(text: str) -> None:
    assert "\n" not in text
    assert text.endswith(".")
    assert text.count(". ") >= 1, "the cause, and then the way on"


def test_every_operation_is_here() -> None:
    """Every operation that the package names is in `CALLS`, so that its errors are tested."""
    package = Path(pulumi_chime_voice.__file__).parent
    words = {word for path in package.rglob("*.py") for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}
    assert words & set(MODEL.operation_names) <= set(CALLS)


@pytest.mark.parametrize(
    ("operation", "shape"),
    [(operation, shape.name) for operation in CALLS for shape in MODEL.operation_model(operation).error_shapes],
)
def test_every_error_of_every_operation(
    client: Callable[..., ChimeSdkVoice], emulator: Emulator, operation: str, shape: str
) -> None:
    """The error has the operation, the service's code, the request ID, and the fix."""
    what, call = CALLS[operation]
    emulator.faults.fail(operation, [shape], forever=True)
    if shape == "NotFoundException" and operation in NOT_FOUND_IS_A_RESULT:
        assert call(client()) is False
        return
    error = failure(lambda: call(client()))
    text = str(error)
    assert text.startswith(f"{what}: {shape}")
    assert REQUEST_ID.search(text)
    assert error.request_id is not None
    assert error.request_id in text
    assert isinstance(error, NotFoundError) == (shape == "NotFoundException")
    assert_one_sentence_with_a_fix(text)


READ = CALLS["GetVoiceConnectorOrigination"][1]
READING = CALLS["GetVoiceConnectorOrigination"][0]


def test_expired_token(client: Callable[..., ChimeSdkVoice], emulator: Emulator) -> None:
    """The error names the source, and how to renew it."""
    emulator.faults.fail("GetVoiceConnectorOrigination", ["403:ExpiredTokenException"])
    text = str(failure(lambda: READ(client())))
    assert "ExpiredTokenException" in text
    assert text.endswith(
        "The credentials of aws:accessKey and aws:secretKey have expired. Set both again, and aws:token."
    )


def test_wrong_secret(client: Callable[..., ChimeSdkVoice]) -> None:
    """The error says that the keys do not match, and names their source."""
    text = str(failure(lambda: READ(client(secretKey="wrong"))))
    assert "ForbiddenException" in text
    assert text.endswith("The secret key does not belong to the access key. Set both again, and aws:token.")
    assert "Grant" not in text


def test_no_credentials(client: Callable[..., ChimeSdkVoice], monkeypatch: pytest.MonkeyPatch) -> None:
    """The error lists the ways to set credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "nowhere")
    error = failure(lambda: READ(client(accessKey="", secretKey="")))
    assert error.code == "NoCredentialsError"
    assert str(error) == (
        f"{READING}: Unable to locate credentials. Do one of these: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; "
        "set AWS_PROFILE, or aws:profile of the stack, to a profile that has credentials; sign in to a profile (aws sso login); "
        "use an instance, a task or a pod that has a role."
    )


def test_a_name_that_does_not_resolve(client: Callable[..., ChimeSdkVoice]) -> None:
    """The endpoint's name does not resolve."""
    error = failure(lambda: READ(client("http://chime.invalid:1")))
    assert error.code == "EndpointConnectionError"
    assert str(error).startswith(f"{READING}: ")
    assert "http://chime.invalid:1" in str(error)
    assert str(error).endswith("Check the region, the endpoint and the network.")


def test_refused_connection(client: Callable[..., ChimeSdkVoice], monkeypatch: pytest.MonkeyPatch) -> None:
    """If nothing listens at a local endpoint, there is no second attempt."""
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: pytest.fail("there was a second attempt"))
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        error = failure(lambda: READ(client(url, maxRetries="7")))
    assert error.code == "EndpointConnectionError"
    assert str(error) == (
        f"{READING}: nothing listens on {url}. Is the emulator running? Start it, or correct the endpoint."
    )


def test_timeout(client: Callable[..., ChimeSdkVoice], monkeypatch: pytest.MonkeyPatch) -> None:
    """A server accepts the request and never answers: the outcome of a write is unknown."""
    monkeypatch.setattr(session, "READ_TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        read = failure(lambda: READ(client(url)))
        written = failure(lambda: CALLS["PutVoiceConnectorOrigination"][1](client(url)))
    assert read.code == written.code == "ReadTimeoutError"
    assert str(read).endswith("Nothing was changed: try again.")
    assert str(written).endswith("The outcome is unknown. Run pulumi refresh, then pulumi up.")


def test_tls_failure(client: Callable[..., ChimeSdkVoice]) -> None:
    """The endpoint does not use TLS."""
    with socket.create_server(("127.0.0.1", 0)) as plain:

        def answer() -> None:
            connection, _ = plain.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        error = failure(lambda: READ(client(f"https://127.0.0.1:{plain.getsockname()[1]}")))
        thread.join()
    assert error.code == "SSLError"
    assert str(error).endswith("If it has no TLS, use http://.")


def test_throttled_to_the_end(client: Callable[..., ChimeSdkVoice], emulator: Emulator) -> None:
    """Every attempt is used."""
    emulator.faults.fail("GetVoiceConnectorOrigination", ["ThrottledClientException"], forever=True)
    emulator.clear_requests()
    text = str(failure(lambda: READ(client(maxRetries="3"))))
    assert len(emulator.requests) == 3
    assert "Run the command again later; pulumi also with a lower --parallel." in text


@pytest.mark.parametrize("fault", ["tear", "drop"])
def test_broken_answers(client: Callable[..., ChimeSdkVoice], emulator: Emulator, fault: str) -> None:
    """A response that is cut off, or missing, is never read as an empty one."""
    emulator.faults.fail("*", [fault], forever=True)
    for operation in ("GetVoiceConnectorOrigination", "PutVoiceConnectorOrigination"):
        what, call = CALLS[operation]
        text = str(failure(lambda call=call: call(client())))  # type: ignore[misc]
        assert text.startswith(f"{what}: ")
        assert_one_sentence_with_a_fix(text)


def test_wrong_region(client: Callable[..., ChimeSdkVoice]) -> None:
    """A region's name has a space."""
    error = failure(lambda: ORIGINATION_API.get(client(), CONNECTOR, "us east"))
    assert error.code == "InvalidRegionError"
    assert str(error).endswith("Correct the region.")
