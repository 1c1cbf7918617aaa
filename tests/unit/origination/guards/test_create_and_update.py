"""What create and update send to AWS, what they block, and what they store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_chime_voice import ApiError, NotFoundError, OriginationProvider
from pulumi_chime_voice.engine import lifecycle as life
from pulumi_chime_voice.engine.internal_inputs import SECRET
from pulumi_chime_voice.origination.routes import Route, Settings, keyed

from ....support.values import CONNECTOR
from .support import HERE, NUMBER, OFF, OURS, THEIRS, UNDOCUMENTED, WANTED, OtherUser, props, refusal, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator


class TestCreate:
    @UNDOCUMENTED
    def test_on_a_blank_connector(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]]
    ) -> None:
        """A create reads once and writes once, whatever a blank connector answers; an answer without settings is confirmed."""
        result = provider.create(props(OURS))
        assert sent_operations() in (["Get", "Put"], ["Get", "GetVoiceConnector", "Put"])
        assert result.id == CONNECTOR
        assert result.outs == props(OURS, callDistribution={"priority 1": {"203.0.113.7:5060/UDP": "100%"}})

    def test_over_other_settings(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """A create over other settings is blocked, and the error lists the routes found."""
        other_user.put(THEIRS)
        said = refusal(lambda: provider.create(props(OURS)))
        assert said.startswith(f"creating origination of {HERE}: blocked")
        assert "198.51.100.9:5060/UDP (priority 1, weight 7)." in said
        assert sent_operations() == ["Get"]
        assert other_user.hosts() == ["198.51.100.9"]

    def test_over_equal_settings(self, provider: OriginationProvider, other_user: OtherUser) -> None:
        """A create over equal settings adopts them."""
        other_user.put(OURS)
        assert provider.create(props(OURS)).id == CONNECTOR

    def test_overwrite(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """With on_conflict="overwrite", the settings are not read first."""
        other_user.put(THEIRS)
        provider.create(props(OURS, onConflict="overwrite"))
        assert sent_operations() == ["Put"]
        assert other_user.hosts() == ["203.0.113.7"]

    def test_turned_off(self, provider: OriginationProvider, sent_operations: Callable[[], list[str]]) -> None:
        """A create that turns calls off reads emergency calling first, and writes if there is none."""
        provider.create(OFF)
        assert sent_operations() == ["Get", "GetEmergency", "Put"]

    def test_turned_off_with_emergency_calling(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """A create that turns calls off is blocked before it writes, also with on_conflict="overwrite"."""
        other_user.put(OURS)
        other_user.configure_emergency_calling()
        said = refusal(lambda: provider.create({**OFF, "onConflict": "overwrite"}))
        assert "emergency calling is configured" in said
        assert said.endswith(f"--voice-connector-id {CONNECTOR} --region us-east-1")
        assert NUMBER not in said
        assert sent_operations() == ["GetEmergency"]

    def test_young_connector(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], emulator: Emulator
    ) -> None:
        """A create repeats a Put that gets NotFound, and no other error."""
        emulator.faults.fail("PutVoiceConnectorOrigination", [404])
        provider.create(props(OURS))
        assert sent_operations() == ["Get", "Put", "Put"]
        emulator.faults.fail("PutVoiceConnectorOrigination", [400])
        with pytest.raises(ApiError, match="BadRequestException"):
            provider.create(props(OURS))

    def test_a_connector_that_never_appears(
        self, provider: OriginationProvider, monkeypatch: pytest.MonkeyPatch, sent_operations: Callable[[], list[str]]
    ) -> None:
        """A create stops repeating after a while, and raises the service's error."""
        monkeypatch.setattr(life, "YOUNG_CONNECTOR_SECONDS", 0)
        with pytest.raises(NotFoundError, match="creating origination of Voice Connector zz"):
            provider.create(props(OURS, voiceConnectorId="zz" + CONNECTOR[2:]))
        assert sent_operations() == ["Get", "Put"]

    def test_an_answer_with_other_settings(
        self, provider: OriginationProvider, warnings: Callable[[], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A create warns if AWS returns settings that differ from those it sent; a secret host is not named."""
        provider.create(props(OURS))
        assert warnings() == ""
        monkeypatch.setattr("pulumi_chime_voice.aws.client.SettingsApi.put", lambda *_: Settings(routes=keyed(THEIRS)))
        provider.create(props(OURS))
        said = warnings()
        assert f"{HERE} accepted the settings but reports different ones: " in said
        assert "203.0.113.7:5060/UDP (priority 1, weight 1) is gone" in said
        provider.create(props(OURS, **{SECRET: True}))
        assert "203.0.113.7" not in warnings()


class TestUpdate:
    @pytest.mark.parametrize("live", [OURS, WANTED, list(reversed(WANTED))])
    def test_over_known_settings(
        self,
        provider: OriginationProvider,
        sent_operations: Callable[[], list[str]],
        other_user: OtherUser,
        live: list[Route],
    ) -> None:
        """An update goes on if AWS has the settings of the state, or those that are wanted."""
        other_user.put(live)
        result = provider.update(CONNECTOR, props(OURS), props(WANTED))
        assert sent_operations() == ["Get", "Put"]
        assert result.outs is not None
        assert result.outs["routes"] == keyed(WANTED)

    @UNDOCUMENTED
    def test_gone(
        self,
        provider: OriginationProvider,
        sent_operations: Callable[[], list[str]],
        emulator: Emulator,
        other_user: OtherUser,
    ) -> None:
        """An update writes missing settings again if the connector exists; calls that are off are an outside change."""
        if other_user.answers_off():
            assert "inbound calls are off" in refusal(lambda: provider.update(CONNECTOR, props(OURS), props(WANTED)))
            return
        emulator.clear_requests()
        provider.update(CONNECTOR, props(OURS), props(WANTED))
        sent = sent_operations()
        assert sent.count("Get") > 1
        assert sent[-1] == "Put"
        assert {*sent} <= {"Get", "GetVoiceConnector", "Put"}

    def test_another_account(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], emulator: Emulator
    ) -> None:
        """An update is blocked if AWS does not find the connector; the error names an endpoint that is not AWS."""
        missing = "zz" + CONNECTOR[2:]
        said = refusal(
            lambda: provider.update(
                missing, props(OURS, voiceConnectorId=missing), props(WANTED, voiceConnectorId=missing)
            )
        )
        assert "AWS finds neither the origination settings nor the voice connector in this account and region" in said
        assert (
            f"The endpoint is {emulator.endpoint_url}, not AWS: if it is an emulator, start it with the --data file"
            in said
        )
        assert said.index("--data file") < said.index("pulumi state delete")
        assert "Put" not in sent_operations()

    def test_a_lag_that_hides_an_outside_change(
        self, provider: OriginationProvider, other_user: OtherUser, emulator: Emulator
    ) -> None:
        """A read that does not find the settings yet hides an outside change. The update reads again, then it is blocked."""
        other_user.put(THEIRS)
        emulator.faults.fail("GetVoiceConnectorOrigination", [404, 404])
        assert "198.51.100.9" in refusal(lambda: provider.update(CONNECTOR, props(OURS), props(WANTED)))

    @pytest.mark.parametrize("more", [{"onConflict": "overwrite"}, {SECRET: True}])
    def test_what_only_the_state_has_to_know(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], more: dict[str, Any]
    ) -> None:
        """An update of on_conflict or secrecy alone sends nothing and changes only the state."""
        result = provider.update(CONNECTOR, props(OURS), props(OURS, **more))
        assert sent_operations() == []
        assert result.outs is not None
        assert more.items() <= result.outs.items()
        back = provider.update(CONNECTOR, props(OURS, **more), props(OURS))
        assert sent_operations() == []
        assert back.outs is not None
        assert (back.outs["onConflict"], SECRET in back.outs) == ("fail", False)

    @pytest.mark.parametrize(
        ("live", "disabled", "differences"),
        [
            (THEIRS, False, "203.0.113.7:5060/UDP (priority 1, weight 1) is gone, 198.51.100.9:5060/UDP"),
            ([route(weight=9)], False, "203.0.113.7:5060/UDP has weight 9 instead of 1."),
            ([route(priority=2, weight=9)], False, "has priority 2 instead of 1 and 203.0.113.7:5060/UDP has weight 9"),
            (OURS, True, "inbound calls are off."),
            ([*OURS, *THEIRS], False, "198.51.100.9:5060/UDP (priority 1, weight 7) is new."),
        ],
    )
    def test_over_an_outside_change(
        self,
        provider: OriginationProvider,
        sent_operations: Callable[[], list[str]],
        other_user: OtherUser,
        live: list[Route],
        disabled: bool,
        differences: str,
    ) -> None:
        """An update over an outside change reads again, and is blocked with the difference."""
        other_user.put(live, disabled=disabled)
        said = refusal(lambda: provider.update(CONNECTOR, props(OURS), props(WANTED)))
        assert said.startswith(
            f"updating origination of {HERE}: blocked, because the live settings were changed outside Pulumi"
        )
        assert differences in said
        looks = sent_operations()
        assert set(looks) == {"Get"}
        assert len(looks) > 2

    def test_turned_off_without_routes_is_no_loss(self, provider: OriginationProvider, other_user: OtherUser) -> None:
        """Off without routes may be other_user's doing: it is not taken for gone."""
        other_user.put([], disabled=True)
        assert "inbound calls are off" in refusal(lambda: provider.update(CONNECTOR, props(OURS), props(WANTED)))

    def test_overwrite(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """With on_conflict="overwrite", the settings are not read first."""
        other_user.put(THEIRS)
        provider.update(CONNECTOR, props(OURS), props(WANTED, onConflict="overwrite"))
        assert sent_operations() == ["Put"]

    def test_read_that_lags(self, provider: OriginationProvider, other_user: OtherUser, emulator: Emulator) -> None:
        """An update reads a difference again, and goes on if it has gone."""
        other_user.put(THEIRS)
        emulator.faults.read_lag = 0.15
        other_user.put(OURS)
        provider.update(CONNECTOR, props(OURS), props(WANTED))
        emulator.faults.read_lag = 0
        assert other_user.hosts() == ["203.0.113.7"]

    @pytest.mark.parametrize(
        ("old", "sent"), [(props(OURS), ["Get", "GetEmergency", "Put"]), (props(OURS, disabled=True), ["Get", "Put"])]
    )
    def test_emergency_calling_is_asked_for_when_calls_go_off(
        self,
        provider: OriginationProvider,
        sent_operations: Callable[[], list[str]],
        other_user: OtherUser,
        old: dict[str, Any],
        sent: list[str],
    ) -> None:
        """An update that turns calls off reads emergency calling; if they are off already, it does not."""
        other_user.put(list(old["routes"].values()), disabled=old["disabled"])
        provider.update(CONNECTOR, old, OFF)
        assert sent_operations() == sent

    def test_a_young_connector_is_a_matter_of_create(
        self,
        provider: OriginationProvider,
        sent_operations: Callable[[], list[str]],
        emulator: Emulator,
        other_user: OtherUser,
    ) -> None:
        """An update does not repeat a Put that gets NotFound."""
        other_user.put(OURS)
        emulator.faults.fail("PutVoiceConnectorOrigination", [404])
        with pytest.raises(NotFoundError):
            provider.update(CONNECTOR, props(OURS), props(WANTED))
        assert sent_operations() == ["Get", "Put"]
