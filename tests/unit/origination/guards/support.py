"""The provider's own provider against the emulator, in this process, and another user with access to the account.

What the engine makes of it is in tests/e2e; here each rule is held on its own, quickly enough for mutation testing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_chime_voice.errors import RefusedError
from pulumi_chime_voice.origination.routes import Route, keyed

from ....support.clients import client
from ....support.values import CONNECTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator
    from pulumi_chime_voice import OriginationProvider

HERE = f"Voice Connector {CONNECTOR} (us-east-1)"

NUMBER = "+12065550100"


def route(host: str = "203.0.113.7", **facts: Any) -> Route:
    return Route(**{"host": host, "port": 5060, "protocol": "UDP", "priority": 1, "weight": 1, **facts})  # type: ignore[typeddict-item]


OURS, THEIRS, WANTED = [route()], [route("198.51.100.9", weight=7)], [route(weight=3)]


def props(routes: list[Route], **more: Any) -> dict[str, Any]:
    return {
        "voiceConnectorId": CONNECTOR,
        "routes": dict(keyed(routes)),
        "disabled": False,
        "region": "us-east-1",
        "onConflict": "fail",
        "callDistribution": {},
        **more,
    }


OFF = props([], disabled=True)


class OtherUser:
    """Another user else with access to the account."""

    def __init__(self, emulator: Emulator) -> None:
        self.client = client(emulator.endpoint_url)

    def put(self, routes: list[Route], *, disabled: bool = False, connector: str = CONNECTOR) -> None:
        shown = [{key.capitalize(): value for key, value in one.items()} for one in routes]
        origination: Any = {"Disabled": disabled, "Routes": shown} if shown else {"Disabled": disabled}
        self.client.put_voice_connector_origination(VoiceConnectorId=connector, Origination=origination)

    def delete(self) -> None:
        self.client.delete_voice_connector_origination(VoiceConnectorId=CONNECTOR)

    def configure_emergency_calling(self) -> None:
        self.client.put_voice_connector_termination(VoiceConnectorId=CONNECTOR, Termination={"Disabled": False})
        self.client.put_voice_connector_emergency_calling_configuration(
            VoiceConnectorId=CONNECTOR,
            EmergencyCallingConfiguration={"DNIS": [{"EmergencyPhoneNumber": NUMBER, "CallingCountry": "US"}]},
        )

    def answers_off(self) -> bool:
        """Whether a connector that was never configured says that it is turned off."""
        try:
            answer = self.client.get_voice_connector_origination(VoiceConnectorId=CONNECTOR)
        except self.client.exceptions.NotFoundException:
            return False
        return bool(answer.get("Origination", {}).get("Disabled"))

    def hosts(self) -> list[str]:
        answer = self.client.get_voice_connector_origination(VoiceConnectorId=CONNECTOR)
        return [one["Host"] for one in answer["Origination"]["Routes"]]


def refusal(step: Callable[[], Any]) -> str:
    with pytest.raises(RefusedError) as caught:
        step()
    return str(caught.value)


UNDOCUMENTED = pytest.mark.parametrize(
    "emulator", [{"never_configured": answer} for answer in ("404", "absent", "off", "on")], indirect=True
)


def asks_anew(provider: OriginationProvider) -> None:
    """Drops the answers that the process of a preview keeps."""
    provider.lifecycle._make_guards(set(), {}.get)
