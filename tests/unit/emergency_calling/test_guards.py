"""The guard of emergency calling, in an apply: AWS would reject it while the program turns inbound calls off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from chime_voice_emulator import Emulator
from pulumi_chime_voice import EmergencyCallingProvider
from pulumi_chime_voice.engine.claims import Claims, RunMemory
from pulumi_chime_voice.engine.run_file import Declaration, ProgramFile, Run
from pulumi_chime_voice.errors import RefusedError

if TYPE_CHECKING:
    from pathlib import Path

CONNECTOR = "abcdef1ghij2klmno3pqr4"
NUMBERS = {"US 1": {"emergencyPhoneNumber": "+12065550100", "callingCountry": "US"}}
PROPS = {"voiceConnectorId": CONNECTOR, "region": "us-east-1", "onConflict": "fail", "numbers": NUMBERS}


@pytest.mark.parametrize("is_off", [True, False])
def test_origination_that_the_program_turns_off(tmp_path: Path, is_off: bool) -> None:
    """Nothing is written; with calls on, it is."""
    run = Run("engine", stack="dev::x")
    program = ProgramFile(run, preview=False, folder=tmp_path)
    program.add(Declaration("origination", parent_type="", name="a", path="a", connector=CONNECTOR, turns_off=is_off))
    with Emulator(never_configured="on") as emulator:
        emulator.create_voice_connector(voice_connector_id=CONNECTOR)
        values = {"aws:accessKey": "test", "aws:secretKey": "test"}
        values["aws:endpoints"] = f'[{{"chimesdkvoice": "{emulator.endpoint_url}"}}]'
        provider = EmergencyCallingProvider()
        provider.configure(ConfigureRequest(Config(values, "project")))
        provider.lifecycle._claims = Claims("emergency calling", RunMemory(run, tmp_path))
        provider.lifecycle._make_guards(set(), {}.get)
        if is_off:
            with pytest.raises(RefusedError, match="this program turns inbound calls off"):
                provider.create(PROPS)
        else:
            provider.create(PROPS)
        sent = [request.operation for request in emulator.requests]
    assert ("PutVoiceConnectorEmergencyCallingConfiguration" in sent) is not is_off
    program.close(remove=True)
