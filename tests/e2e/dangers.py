"""What the tests of dangers to live calls have in common."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..support.values import CONNECTOR

if TYPE_CHECKING:
    from .support import Live

HERE = f"Voice Connector {CONNECTOR} (us-east-1)"

NUMBER = "+12065550100"
OURS = ("203.0.113.7", 5060, "UDP", 1, 1)
THEIRS = ("198.51.100.9", 5061, "TCP", 1, 10)


def program(routes: str = "[route()]", more: str = "", connector: str = CONNECTOR, name: str = "support") -> str:
    return f'Origination("{name}", voice_connector_id="{connector}", routes={routes}{more})\n'


def configure_emergency_calling(live: Live, connector: str = CONNECTOR) -> None:
    live.client.put_voice_connector_termination(VoiceConnectorId=connector, Termination={"Disabled": False})
    live.client.put_voice_connector_emergency_calling_configuration(
        VoiceConnectorId=connector,
        EmergencyCallingConfiguration={
            "DNIS": [{"EmergencyPhoneNumber": NUMBER, "TestPhoneNumber": NUMBER[:-1] + "9", "CallingCountry": "US"}]
        },
    )


def assert_no_traceback(said: str) -> None:
    """Asserts that no error is a traceback. If a run has failed, Pulumi may interrupt the program, which prints where it was."""
    one = r"Traceback \(most recent call last\):\n(?:(?!.*Traceback).*\n)*?"
    chain = rf"(?:{one}.*another exception occurred:\n(?:\s*\n)*.*?)*{one}.*KeyboardInterrupt"
    assert "Traceback" not in re.sub(chain, "", said), said


def assert_a_sentence(said: str) -> None:
    """Asserts that it has no traceback, except of a program that the engine interrupts when a resource has failed."""
    assert_no_traceback(said)
    assert NUMBER not in said
