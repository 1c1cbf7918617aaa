"""What the tests of the ``aws:*`` keys share: STS, an emulator, an empty environment, and a call."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from chime_voice_emulator import Emulator
from pulumi_chime_voice import NotFoundError
from pulumi_chime_voice.aws.client import ChimeSdkVoice
from pulumi_chime_voice.aws.config import read_config
from pulumi_chime_voice.origination.api import get_origination

from .servers import Relay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONNECTOR = "abcdef1ghij2klmno3pqr4"
ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"
MOTO_ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/telephony"


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
        get_origination(api, CONNECTOR, region)
