"""The whole program, with Pulumi's engine and the emulator. The fixture `chime_voice_emulator` comes with the package."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pulumi.automation as auto
import pytest
import yaml
from stack import declare

if TYPE_CHECKING:
    from chime_voice_emulator import Emulator

FOLDER = Path(__file__).parent
CONFIG = yaml.safe_load((FOLDER / "Pulumi.dev.yaml").read_text())["config"]
CONNECTORS: dict[str, str] = CONFIG["telephony:connectors"]


@pytest.fixture
def stack(chime_voice_emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> auto.Stack:
    """Creates a stack with the configuration of `dev`, whose state is in a temporary folder."""
    chime_voice_emulator.seed(json.loads((FOLDER / "dev.seed.json").read_text()))
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "test")
    monkeypatch.setenv("CHIME_VOICE_LOCAL_LAG_SECONDS", "0")
    monkeypatch.setenv("PULUMI_BACKEND_URL", tmp_path.as_uri())
    made = auto.create_stack("test", project_name="telephony", program=declare)
    values = {key: auto.ConfigValue(json.dumps(value)) for key, value in CONFIG.items()}
    made.set_all_config(values | {"telephony:emergencyNumber": auto.ConfigValue("+12065550100", secret=True)})
    return made


def test_deployed_and_destroyed(stack: auto.Stack, chime_voice_emulator: Emulator) -> None:
    """Calls of each region reach its host first; a second preview changes nothing; destroy leaves nothing live."""
    stack.up()
    for region, connector in CONNECTORS.items():
        chime = boto3.client("chime-sdk-voice", region_name=region)
        live = chime.get_voice_connector_origination(VoiceConnectorId=connector)["Origination"]["Routes"]
        first = [route["Host"] for route in live if route["Priority"] == 1]
        assert first == CONFIG["telephony:hosts"][region]
    assert set(stack.preview().change_summary) == {"same"}

    stack.destroy()
    written = [request.operation for request in chime_voice_emulator.requests if request.method != "GET"]
    deleted = [name for name in written if name and name.startswith("Delete")]
    # AWS rejects it the other way around.
    assert deleted[:2] == ["DeleteVoiceConnectorEmergencyCallingConfiguration"] * 2
    assert deleted[2:] == ["DeleteVoiceConnectorOrigination"] * 2


def test_a_change_by_hand_is_not_overwritten(stack: auto.Stack) -> None:
    """The preview of another change is blocked, and names the reason."""
    stack.up()
    chime = boto3.client("chime-sdk-voice", region_name="us-east-1")
    chime.put_voice_connector_origination(
        VoiceConnectorId=CONNECTORS["us-east-1"],
        Origination={"Routes": [{"Host": "sbc-9.example.net", "Protocol": "TCP", "Priority": 1, "Weight": 1}]},
    )
    stack.set_config("telephony:hosts", auto.ConfigValue(json.dumps({"us-east-1": ["sbc-2.east.dev.example.net"]})))
    with pytest.raises(auto.CommandError, match="were changed outside Pulumi"):
        stack.preview()
