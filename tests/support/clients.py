"""boto3 clients of servers on loopback."""

from __future__ import annotations

from typing import Any

import boto3


def client(url: str, region: str = "us-east-1", *, service: str = "chime-sdk-voice", key: str = "test") -> Any:
    """Returns a client with static credentials; the emulator takes the access key for the account."""
    return boto3.client(  # type: ignore[call-overload]
        service, region_name=region, endpoint_url=url, aws_access_key_id=key, aws_secret_access_key="test"
    )
