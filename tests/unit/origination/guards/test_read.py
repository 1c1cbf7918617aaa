"""What read returns, and when it reports that settings are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from pulumi_chime_voice import ApiError, ConfigurationError, OriginationProvider
from pulumi_chime_voice.origination.routes import keyed

from ....support.values import CONNECTOR
from .support import HERE, OURS, WANTED, OtherUser, props, refusal, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator


class TestRead:
    def test_keeps_keys_and_spelling(self, provider: OriginationProvider, other_user: OtherUser) -> None:
        """A read returns equal settings with the keys and the spelling of the state."""
        other_user.put([route("sbc.example.net")])
        state = props([route("SBC.example.net.")])
        assert provider.read(CONNECTOR, state).outs["routes"] == state["routes"]

    def test_drift(self, provider: OriginationProvider, other_user: OtherUser) -> None:
        """A read returns changed live settings as outputs and inputs."""
        other_user.put(WANTED)
        result = provider.read(CONNECTOR, props(OURS))
        assert result.outs["routes"] == keyed(WANTED)
        assert result.inputs == result.outs

    def test_gone(self, provider: OriginationProvider, sent_operations: Callable[[], list[str]]) -> None:
        """A read reports settings as gone if they stay missing while the connector exists."""
        assert provider.read(CONNECTOR, props(OURS)).id == ""
        sent = sent_operations()
        assert sent[:3] == ["Get", "GetVoiceConnector", "Get"]
        assert set(sent[3:]) == {"Get"}

    def test_another_account(self, provider: OriginationProvider) -> None:
        """A read is blocked if AWS finds neither the settings nor the connector."""
        missing = "zz" + CONNECTOR[2:]
        said = refusal(lambda: provider.read(missing, props(OURS, voiceConnectorId=missing)))
        assert said.startswith(f"reading origination of Voice Connector {missing} (us-east-1): blocked")

    @pytest.mark.parametrize("answer", [403, 500])
    def test_a_connector_that_does_not_answer(
        self, provider: OriginationProvider, emulator: Emulator, answer: int
    ) -> None:
        """A read fails if the connector cannot be read, and so the state keeps its settings."""
        emulator.faults.fail("GetVoiceConnector", [answer], forever=True)
        with pytest.raises(ApiError, match="reading Voice Connector"):
            provider.read(CONNECTOR, props(OURS))

    @pytest.mark.parametrize("emulator", [{"never_configured": answer} for answer in ("off", "on")], indirect=True)
    def test_a_lag_behind_the_first_write(
        self, provider: OriginationProvider, other_user: OtherUser, emulator: Emulator
    ) -> None:
        """A read right after the first write reads again until it finds the routes, whatever a blank connector answers."""
        emulator.faults.read_lag = 0.15
        other_user.put(OURS)
        assert provider.read(CONNECTOR, props(OURS)).outs["routes"] == props(OURS)["routes"]
        emulator.faults.read_lag = 0

    def test_back_at_the_second_look(
        self, provider: OriginationProvider, other_user: OtherUser, emulator: Emulator
    ) -> None:
        """A read does not report settings as gone after one NotFound."""
        other_user.put(OURS)
        emulator.faults.fail("GetVoiceConnectorOrigination", [404])
        assert provider.read(CONNECTOR, props(OURS)).id == CONNECTOR

    def test_nothing_to_get(self, provider: OriginationProvider) -> None:
        """`Origination.get` fails if there are no settings."""
        said = refusal(lambda: provider.read(CONNECTOR, {"voiceConnectorId": CONNECTOR, "__get": True}))
        assert said.startswith(f"reading origination of {HERE}: not found")

    def test_no_region(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A read without a region is a configuration error."""
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_CONFIG_FILE", "nowhere")
        nowhere = OriginationProvider()
        nowhere.configure(ConfigureRequest(Config({}, "project")))
        with pytest.raises(ConfigurationError, match="no region is set"):
            nowhere.read(CONNECTOR, {"__get": True})
