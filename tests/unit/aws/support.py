"""Shared by the tests of the ``aws:*`` keys: a configuration, a client and a call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_chime_voice import NotFoundError
from pulumi_chime_voice.aws.client import ChimeSdkVoice
from pulumi_chime_voice.aws.config import read_config
from pulumi_chime_voice.origination.api import ORIGINATION_API

if TYPE_CHECKING:
    from ...support.servers import Relay

CONNECTOR = "abcdef1ghij2klmno3pqr4"

ACCOUNT, OTHER_ACCOUNT = "111122223333", "444455556666"

MOTO_ACCOUNT = "123456789012"

ROLE = f"arn:aws:iam::{ACCOUNT}:role/telephony"


def config(**values: Any) -> Any:
    """Reads a configuration as the engine passes it: strings as they are, everything else as JSON."""
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
    return read_config({f"aws:{key}": value for key, value in texts.items()}.get, [f"aws:{key}" for key in texts])


def client(endpoint_url: str | None, sts: Relay | None = None, **values: Any) -> ChimeSdkVoice:
    endpoints = values.pop("endpoints", [{"chimesdkvoice": endpoint_url}, {"sts": sts.url if sts else None}])
    return ChimeSdkVoice(config(endpoints=endpoints, **values))


def ask(api: ChimeSdkVoice, region: str = "us-east-1") -> None:
    """Makes a call that the service accepts. It returns NotFound, which requires valid credentials."""
    with pytest.raises(NotFoundError):
        ORIGINATION_API.get(api, CONNECTOR, region)
