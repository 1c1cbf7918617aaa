"""Declares what a stack's configuration describes."""

from __future__ import annotations

import pulumi
from phone_line import PhoneLine
from pulumi_chime_voice import Provider


def declare() -> None:
    """Declares the phone line, and exports where its calls go."""
    config = pulumi.Config()
    connectors: dict[str, str] = config.require_object("connectors")
    hosts: dict[str, list[str]] = config.require_object("hosts")
    account = config.get("account")
    aws = Provider("aws", allowed_account_ids=[account] if account else None)
    line = PhoneLine(
        "support",
        connectors=connectors,
        hosts=hosts,
        emergency_number=config.get_secret("emergencyNumber"),
        opts=pulumi.ResourceOptions(providers=[aws]),
    )
    pulumi.export("calls", line.calls)
