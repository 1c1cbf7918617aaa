"""How long reads may lag behind writes."""

from __future__ import annotations

import pytest

from pulumi_chime_voice import ConfigurationError
from pulumi_chime_voice.aws.client import ChimeSdkVoice
from pulumi_chime_voice.aws.config import AwsConfig
from pulumi_chime_voice.engine.target import LAG_VARIABLE, lag_seconds

LOCAL = "http://127.0.0.1:4510"


def client(endpoint: str | None) -> ChimeSdkVoice:
    endpoints = {} if endpoint is None else {"chimesdkvoice": endpoint}
    return ChimeSdkVoice(AwsConfig(access_key="test", secret_key="test", endpoints=endpoints))


@pytest.mark.parametrize(
    ("endpoint", "value", "seconds"),
    [
        (LOCAL, None, 10),
        (LOCAL, "", 10),
        (LOCAL, "0", 0),
        (LOCAL, "1.5", 1.5),
        (LOCAL, "60", 10),
        (LOCAL, "-1", 0),
        (None, "0", 10),
        ("https://chime.example", "0", 0),
        ("https://vpce-0a1b-2c3d.voice-chime.us-east-1.vpce.amazonaws.com", "0", 10),
    ],
)
def test_lag_of_reads(monkeypatch: pytest.MonkeyPatch, endpoint: str | None, value: str | None, seconds: float) -> None:
    """The environment can shorten it, but never for an endpoint of AWS itself."""
    monkeypatch.delenv("AWS_ENDPOINT_URL_CHIME_SDK_VOICE", raising=False)
    if value is not None:
        monkeypatch.setenv(LAG_VARIABLE, value)
    assert lag_seconds(client(endpoint), "us-east-1") == seconds


def test_lag_that_is_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the variable."""
    monkeypatch.setenv(LAG_VARIABLE, "soon")
    with pytest.raises(ConfigurationError, match=f"{LAG_VARIABLE} is not a number of seconds"):
        lag_seconds(client(LOCAL), "us-east-1")
