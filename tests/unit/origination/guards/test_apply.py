"""What create, update, delete and read ask, write and refuse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from pulumi_chime_voice import ApiError, ConfigurationError, NotFoundError, OriginationProvider
from pulumi_chime_voice.aws.settings_api import SettingsApi
from pulumi_chime_voice.engine import lifecycle as life
from pulumi_chime_voice.engine.internal_inputs import SECRET
from pulumi_chime_voice.engine.kinds import EMERGENCY_CALLING
from pulumi_chime_voice.errors import StateError
from pulumi_chime_voice.origination.routes import Route, Settings, keyed

from .support import (
    CONNECTOR,
    HERE,
    NUMBER,
    OFF,
    OTHER,
    OURS,
    THEIRS,
    UNDOCUMENTED,
    WANTED,
    OtherUser,
    props,
    refusal,
    request,
    route,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator


class TestCreate:
    @UNDOCUMENTED
    def test_on_a_blank_connector(self, steps: OriginationProvider, asked: Callable[[], list[str]]) -> None:
        """One look, one write, whatever a blank connector answers. An answer without settings is confirmed."""
        result = steps.create(props(OURS))
        assert asked() in (["Get", "Put"], ["Get", "GetVoiceConnector", "Put"])
        assert result.id == CONNECTOR
        assert result.outs == props(OURS, callDistribution={"priority 1": {"203.0.113.7:5060/UDP": "100%"}})

    def test_over_other_settings(
        self, steps: OriginationProvider, asked: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """Refused, and the routes found are named."""
        other_user.put(THEIRS)
        said = refusal(lambda: steps.create(props(OURS)))
        assert said.startswith(f"creating origination of {HERE}: blocked")
        assert "198.51.100.9:5060/UDP (priority 1, weight 7)." in said
        assert asked() == ["Get"]
        assert other_user.hosts() == ["198.51.100.9"]

    def test_over_equal_settings(self, steps: OriginationProvider, other_user: OtherUser) -> None:
        """Adopted."""
        other_user.put(OURS)
        assert steps.create(props(OURS)).id == CONNECTOR

    def test_overwrite(self, steps: OriginationProvider, asked: Callable[[], list[str]], other_user: OtherUser) -> None:
        """Nothing is looked at."""
        other_user.put(THEIRS)
        steps.create(props(OURS, onConflict="overwrite"))
        assert asked() == ["Put"]
        assert other_user.hosts() == ["203.0.113.7"]

    def test_turned_off(self, steps: OriginationProvider, asked: Callable[[], list[str]]) -> None:
        """A look at emergency calling comes first; it is not there."""
        steps.create(OFF)
        assert asked() == ["Get", "GetEmergency", "Put"]

    def test_turned_off_with_emergency_calling(
        self, steps: OriginationProvider, asked: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """Refused before anything is written, also where the look at the settings is skipped."""
        other_user.put(OURS)
        other_user.configure_emergency_calling()
        said = refusal(lambda: steps.create({**OFF, "onConflict": "overwrite"}))
        assert "emergency calling is configured" in said
        assert said.endswith(f"--voice-connector-id {CONNECTOR} --region us-east-1")
        assert NUMBER not in said
        assert asked() == ["GetEmergency"]

    def test_young_connector(
        self, steps: OriginationProvider, asked: Callable[[], list[str]], emulator: Emulator
    ) -> None:
        """NotFound is tried again; any other error is not."""
        emulator.faults.fail("PutVoiceConnectorOrigination", [404])
        steps.create(props(OURS))
        assert asked() == ["Get", "Put", "Put"]
        emulator.faults.fail("PutVoiceConnectorOrigination", [400])
        with pytest.raises(ApiError, match="BadRequestException"):
            steps.create(props(OURS))

    def test_a_connector_that_never_appears(
        self, steps: OriginationProvider, monkeypatch: pytest.MonkeyPatch, asked: Callable[[], list[str]]
    ) -> None:
        """Patience ends, with the service's answer."""
        monkeypatch.setattr(life, "YOUNG_CONNECTOR_SECONDS", 0)
        with pytest.raises(NotFoundError, match="creating origination of Voice Connector zz"):
            steps.create(props(OURS, voiceConnectorId="zz" + CONNECTOR[2:]))
        assert asked() == ["Get", "Put"]

    def test_an_answer_with_other_settings(
        self, steps: OriginationProvider, warned: Callable[[], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The user is told; the emulator answers what it has, so the answer is another one here."""
        steps.create(props(OURS))
        assert warned() == ""
        monkeypatch.setattr(SettingsApi, "put", lambda *_: Settings(routes=keyed(THEIRS)))
        steps.create(props(OURS))
        said = warned()
        assert f"{HERE} accepted the settings but reports different ones: " in said
        assert "203.0.113.7:5060/UDP (priority 1, weight 1) is gone" in said
        steps.create(props(OURS, **{SECRET: True}))
        assert "203.0.113.7" not in warned()


class TestUpdate:
    @pytest.mark.parametrize("live", [OURS, WANTED, list(reversed(WANTED))])
    def test_over_known_settings(
        self, steps: OriginationProvider, asked: Callable[[], list[str]], other_user: OtherUser, live: list[Route]
    ) -> None:
        """The state's settings, and the wanted ones, are nobody's change."""
        other_user.put(live)
        result = steps.update(CONNECTOR, props(OURS), props(WANTED))
        assert asked() == ["Get", "Put"]
        assert result.outs is not None
        assert result.outs["routes"] == keyed(WANTED)

    @UNDOCUMENTED
    def test_gone(
        self, steps: OriginationProvider, asked: Callable[[], list[str]], emulator: Emulator, other_user: OtherUser
    ) -> None:
        """Settings that stay away for the patience, of a connector that is there, are made again; off is another's doing."""
        if other_user.answers_off():
            assert "inbound calls are off" in refusal(lambda: steps.update(CONNECTOR, props(OURS), props(WANTED)))
            return
        emulator.clear_requests()
        steps.update(CONNECTOR, props(OURS), props(WANTED))
        sent = asked()
        assert sent.count("Get") > 2
        assert sent[-1] == "Put"
        assert {*sent} <= {"Get", "GetVoiceConnector", "Put"}

    def test_another_account(
        self, steps: OriginationProvider, asked: Callable[[], list[str]], emulator: Emulator
    ) -> None:
        """Where the connector does not answer either, nothing is written; an endpoint that is not AWS's is named."""
        missing = "zz" + CONNECTOR[2:]
        said = refusal(
            lambda: steps.update(
                missing, props(OURS, voiceConnectorId=missing), props(WANTED, voiceConnectorId=missing)
            )
        )
        assert "AWS finds neither the origination settings nor the voice connector in this account and region" in said
        assert (
            f"The endpoint is {emulator.endpoint_url}, not AWS: if it is an emulator, start it with the --data file"
            in said
        )
        assert said.index("--data file") < said.index("pulumi state delete")
        assert "Put" not in asked()

    def test_a_lag_that_hides_an_outside_change(
        self, steps: OriginationProvider, other_user: OtherUser, emulator: Emulator
    ) -> None:
        """A read that does not find the settings yet hides an outside change. The update reads again, then it is blocked."""
        other_user.put(THEIRS)
        emulator.faults.fail("GetVoiceConnectorOrigination", [404, 404])
        assert "198.51.100.9" in refusal(lambda: steps.update(CONNECTOR, props(OURS), props(WANTED)))

    @pytest.mark.parametrize("more", [{"onConflict": "overwrite"}, {SECRET: True}])
    def test_what_only_the_state_has_to_know(
        self, steps: OriginationProvider, asked: Callable[[], list[str]], more: dict[str, Any]
    ) -> None:
        """Neither on_conflict nor secrecy is the service's matter: nothing is sent, and the state has it."""
        result = steps.update(CONNECTOR, props(OURS), props(OURS, **more))
        assert asked() == []
        assert result.outs is not None
        assert more.items() <= result.outs.items()
        back = steps.update(CONNECTOR, props(OURS, **more), props(OURS))
        assert asked() == []
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
        steps: OriginationProvider,
        asked: Callable[[], list[str]],
        other_user: OtherUser,
        live: list[Route],
        disabled: bool,
        differences: str,
    ) -> None:
        """Looked at again, then refused with the difference."""
        other_user.put(live, disabled=disabled)
        said = refusal(lambda: steps.update(CONNECTOR, props(OURS), props(WANTED)))
        assert said.startswith(
            f"updating origination of {HERE}: blocked, because the live settings were changed outside Pulumi"
        )
        assert differences in said
        looks = asked()
        assert set(looks) == {"Get"}
        assert len(looks) > 2

    def test_turned_off_without_routes_is_no_loss(self, steps: OriginationProvider, other_user: OtherUser) -> None:
        """Off without routes may be other_user's doing: it is not taken for gone."""
        other_user.put([], disabled=True)
        assert "inbound calls are off" in refusal(lambda: steps.update(CONNECTOR, props(OURS), props(WANTED)))

    def test_overwrite(self, steps: OriginationProvider, asked: Callable[[], list[str]], other_user: OtherUser) -> None:
        """Nothing is looked at."""
        other_user.put(THEIRS)
        steps.update(CONNECTOR, props(OURS), props(WANTED, onConflict="overwrite"))
        assert asked() == ["Put"]

    def test_read_that_lags(self, steps: OriginationProvider, other_user: OtherUser, emulator: Emulator) -> None:
        """A difference that goes away within the patience was none."""
        other_user.put(THEIRS)
        emulator.faults.read_lag = 0.15
        other_user.put(OURS)
        steps.update(CONNECTOR, props(OURS), props(WANTED))
        emulator.faults.read_lag = 0
        assert other_user.hosts() == ["203.0.113.7"]

    @pytest.mark.parametrize(
        ("old", "sent"), [(props(OURS), ["Get", "GetEmergency", "Put"]), (props(OURS, disabled=True), ["Get", "Put"])]
    )
    def test_emergency_calling_is_asked_for_when_calls_go_off(
        self,
        steps: OriginationProvider,
        asked: Callable[[], list[str]],
        other_user: OtherUser,
        old: dict[str, Any],
        sent: list[str],
    ) -> None:
        """What is off already cannot be turned off."""
        other_user.put(list(old["routes"].values()), disabled=old["disabled"])
        steps.update(CONNECTOR, old, OFF)
        assert asked() == sent

    def test_a_young_connector_is_a_matter_of_create(
        self, steps: OriginationProvider, asked: Callable[[], list[str]], emulator: Emulator, other_user: OtherUser
    ) -> None:
        """An update's NotFound is told at once."""
        other_user.put(OURS)
        emulator.faults.fail("PutVoiceConnectorOrigination", [404])
        with pytest.raises(NotFoundError):
            steps.update(CONNECTOR, props(OURS), props(WANTED))
        assert asked() == ["Get", "Put"]


class TestDelete:
    def test_known_settings(
        self, steps: OriginationProvider, asked: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """A look at the settings, one at emergency calling, and the delete."""
        other_user.put(OURS)
        steps.delete(CONNECTOR, props(OURS))
        assert asked() == ["Get", "GetEmergency", "Delete"]

    @pytest.mark.parametrize(
        ("emulator", "sent"),
        [
            ({"never_configured": "404"}, ["Get", "GetEmergency", "Delete", "GetVoiceConnector"]),
            (
                {"never_configured": "absent"},
                ["Get", "GetVoiceConnector", "GetEmergency", "GetVoiceConnector", "Delete"],
            ),
            ({"never_configured": "off"}, ["Get", "GetEmergency", "Delete"]),
            ({"never_configured": "on"}, ["Get", "GetEmergency", "Delete"]),
        ],
        indirect=["emulator"],
    )
    def test_gone_already(self, steps: OriginationProvider, asked: Callable[[], list[str]], sent: list[str]) -> None:
        """Success, whatever a blank connector answers: the delete is sent, since a read may lag."""
        steps.delete(CONNECTOR, props(OURS))
        assert asked() == sent

    def test_gone_in_between(self, steps: OriginationProvider, other_user: OtherUser, emulator: Emulator) -> None:
        """NotFound on the delete itself is success."""
        other_user.put(OURS)
        emulator.faults.fail("DeleteVoiceConnectorOrigination", [404])
        steps.delete(CONNECTOR, props(OURS))

    def test_outside_change(
        self, steps: OriginationProvider, asked: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """Looked at again, then refused."""
        other_user.put(THEIRS)
        said = refusal(lambda: steps.delete(CONNECTOR, props(OURS)))
        assert said.startswith(
            f"deleting origination of {HERE}: blocked, because the live settings were changed outside Pulumi"
        )
        assert "Run pulumi refresh" in said
        looks = asked()
        assert set(looks) == {"Get"}
        assert len(looks) > 2

    def test_overwrite(self, steps: OriginationProvider, asked: Callable[[], list[str]], other_user: OtherUser) -> None:
        """A resource with on_conflict=overwrite is deleted without a check of its settings, if the voice connector answers."""
        other_user.put(THEIRS)
        steps.delete(CONNECTOR, props(OURS, onConflict="overwrite"))
        assert asked() == ["GetVoiceConnector", "GetEmergency", "Delete"]

    def test_emergency_calling(
        self, steps: OriginationProvider, asked: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """Refused before anything is written, and believed after a while: it may have just been deleted."""
        other_user.put(OURS)
        other_user.configure_emergency_calling()
        assert "emergency calling is configured" in refusal(lambda: steps.delete(CONNECTOR, props(OURS)))
        looks = asked()
        assert looks[:3] == ["Get", "GetEmergency", "GetEmergency"]
        assert set(looks[3:]) <= {"GetEmergency"}

    def test_emergency_calling_that_this_run_deleted(
        self, steps: OriginationProvider, asked: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """Not asked about: the delete of the `EmergencyCalling` came first."""
        other_user.put(OURS)
        steps._claims.memory.deleted.add((EMERGENCY_CALLING.name, CONNECTOR))
        steps.delete(CONNECTOR, props(OURS))
        assert asked() == ["Get", "Delete"]

    def test_a_claimed_connector(
        self, steps: OriginationProvider, asked: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """What this run's program declares is not cleared, through whichever region's endpoint, once its owner is written."""
        other_user.put(OURS)
        declared = {"voiceConnectorId": CONNECTOR, "routes": [dict(route())], "__owner": "helpdesk"}
        request("helpdesk", lambda: steps.check({}, declared))
        assert "as helpdesk, which does not manage it yet" in refusal(
            lambda: request("support", lambda: steps.delete(CONNECTOR, props(OURS)))
        )
        request("helpdesk", lambda: steps.create(props(OURS)))
        asked()
        for region in ("us-east-1", "eu-west-1"):
            request("support", lambda region=region: steps.delete(CONNECTOR, props(OURS, region=region)))  # type: ignore[misc]
        assert asked() == []
        steps.delete(OTHER, props(OURS, voiceConnectorId=OTHER))
        assert "Delete" in asked()

    def test_replaced_by_itself_and_deleted_before(
        self, steps: OriginationProvider, asked: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """delete_before_replace on the same connector sends nothing, if the create after it will go through."""
        other_user.put(OURS)
        declared = {"voiceConnectorId": CONNECTOR, "routes": [dict(route())], "__owner": "support"}
        request("support", lambda: steps.check({}, declared))
        request("support", lambda: steps.delete(CONNECTOR, props(OURS)))
        assert "Delete" not in asked()
        other_user.put(THEIRS)
        assert "already has different settings" in refusal(
            lambda: request("support", lambda: steps.delete(CONNECTOR, props(OURS)))
        )

    def test_another_account(self, steps: OriginationProvider) -> None:
        """NotFound of the settings and of the connector is no success: the state has to keep what lives elsewhere."""
        missing = "zz" + CONNECTOR[2:]
        said = refusal(lambda: request("support", lambda: steps.delete(missing, props(OURS, voiceConnectorId=missing))))
        assert said.startswith(f"deleting origination of Voice Connector {missing} (us-east-1): blocked")
        assert "pulumi state delete --force 'urn:pulumi:dev::x::t::support'." in said

    def test_a_state_without_a_region(self, steps: OriginationProvider, other_user: OtherUser) -> None:
        """Which region it was is not guessed: nothing is deleted."""
        other_user.put(OURS)
        without = {name: value for name, value in props(OURS).items() if name != "region"}
        with pytest.raises(StateError, match="region is missing"):
            steps.delete(CONNECTOR, without)
        assert other_user.hosts() == ["203.0.113.7"]


class TestAwssOwnRefusal:
    """Where the guard could not look, and AWS refuses."""

    def speaks(self, emulator: Emulator, status: int, other_user: OtherUser) -> None:
        other_user.put(OURS)
        other_user.configure_emergency_calling()
        emulator.faults.fail("GetVoiceConnectorEmergencyCallingConfiguration", [status], forever=True)

    @pytest.mark.parametrize(
        "emulator",
        [
            {"emergency_refusal": code}
            for code in ("BadRequestException", "AccessDeniedException", "ForbiddenException")
        ],
        indirect=True,
    )
    @pytest.mark.parametrize("status", [401, 403])
    def test_gets_the_guards_sentence(
        self,
        steps: OriginationProvider,
        emulator: Emulator,
        other_user: OtherUser,
        warned: Callable[[], str],
        status: int,
    ) -> None:
        """With the request id, and after a warning that it was not checked."""
        self.speaks(emulator, status, other_user)
        for step in (lambda: steps.update(CONNECTOR, props(OURS), OFF), lambda: steps.delete(CONNECTOR, props(OURS))):
            said = refusal(step)
            assert "emergency calling is configured" in said
            assert said.endswith(")")
            assert "(request " in said
            assert "could not check emergency calling" in warned()

    def test_another_error_of_the_look_ends_the_step(
        self, steps: OriginationProvider, emulator: Emulator, other_user: OtherUser, asked: Callable[[], list[str]]
    ) -> None:
        """A guard that cannot look lets nothing through."""
        self.speaks(emulator, 500, other_user)
        with pytest.raises(ApiError, match="reading emergency calling"):
            steps.delete(CONNECTOR, props(OURS))
        assert "Delete" not in asked()

    def test_another_refusal_keeps_its_own_words(
        self, steps: OriginationProvider, emulator: Emulator, other_user: OtherUser
    ) -> None:
        """Neither a 4xx about something else nor a 5xx is a matter of emergency calling."""
        other_user.put(OURS)
        for status in (400, 500):
            emulator.faults.fail("PutVoiceConnectorOrigination", [status])
            with pytest.raises(ApiError) as caught:
                steps.update(CONNECTOR, props(OURS), props(WANTED))
            assert "emergency" not in str(caught.value)

    @pytest.mark.parametrize("status", [500, 302, None])
    def test_only_a_4xx_is_a_refusal(
        self, steps: OriginationProvider, monkeypatch: pytest.MonkeyPatch, status: int | None
    ) -> None:
        """A failure that speaks of emergency calling is no refusal of it; the emulator's failures never do, so one is raised."""
        failure = ApiError(
            "its own sentence", code="ServiceFailureException", status=status, message="emergency calling"
        )

        def fails(*_: object) -> None:
            raise failure

        monkeypatch.setattr(SettingsApi, "put", fails)
        with pytest.raises(ApiError, match="its own sentence"):
            steps.create(props(OURS))


class TestRead:
    def test_keeps_keys_and_spelling(self, steps: OriginationProvider, other_user: OtherUser) -> None:
        """Settings that are the same come back as the state has them."""
        other_user.put([route("sbc.example.net")])
        state = props([route("SBC.example.net.")])
        assert steps.read(CONNECTOR, state).outs["routes"] == state["routes"]

    def test_drift(self, steps: OriginationProvider, other_user: OtherUser) -> None:
        """Live settings replace the state's, in outputs and inputs."""
        other_user.put(WANTED)
        result = steps.read(CONNECTOR, props(OURS))
        assert result.outs["routes"] == keyed(WANTED)
        assert result.inputs == result.outs

    def test_gone(self, steps: OriginationProvider, asked: Callable[[], list[str]]) -> None:
        """Believed once it has stayed so for the patience, and the connector itself answers."""
        assert steps.read(CONNECTOR, props(OURS)).id == ""
        sent = asked()
        assert sent[:3] == ["Get", "GetVoiceConnector", "Get"]
        assert set(sent[3:]) == {"Get"}

    def test_another_account(self, steps: OriginationProvider) -> None:
        """NotFound of the settings and of the connector forgets nothing."""
        missing = "zz" + CONNECTOR[2:]
        said = refusal(lambda: steps.read(missing, props(OURS, voiceConnectorId=missing)))
        assert said.startswith(f"reading origination of Voice Connector {missing} (us-east-1): blocked")

    @pytest.mark.parametrize("answer", [403, 500])
    def test_a_connector_that_does_not_answer(
        self, steps: OriginationProvider, emulator: Emulator, answer: int
    ) -> None:
        """Whatever keeps the connector from answering forgets nothing either."""
        emulator.faults.fail("GetVoiceConnector", [answer], forever=True)
        with pytest.raises(ApiError, match="reading Voice Connector"):
            steps.read(CONNECTOR, props(OURS))

    @pytest.mark.parametrize("emulator", [{"never_configured": answer} for answer in ("off", "on")], indirect=True)
    def test_a_lag_behind_the_first_write(
        self, steps: OriginationProvider, other_user: OtherUser, emulator: Emulator
    ) -> None:
        """A read that still finds no routes is not believed at once, whatever it answers instead."""
        emulator.faults.read_lag = 0.15
        other_user.put(OURS)
        assert steps.read(CONNECTOR, props(OURS)).outs["routes"] == props(OURS)["routes"]
        emulator.faults.read_lag = 0

    def test_back_at_the_second_look(
        self, steps: OriginationProvider, other_user: OtherUser, emulator: Emulator
    ) -> None:
        """One NotFound is not enough."""
        other_user.put(OURS)
        emulator.faults.fail("GetVoiceConnectorOrigination", [404])
        assert steps.read(CONNECTOR, props(OURS)).id == CONNECTOR

    def test_nothing_to_get(self, steps: OriginationProvider) -> None:
        """`Origination.get` of nothing is refused."""
        said = refusal(lambda: steps.read(CONNECTOR, {"voiceConnectorId": CONNECTOR, "__get": True}))
        assert said.startswith(f"reading origination of {HERE}: not found")

    def test_no_region(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a region nothing can be asked."""
        for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("AWS_CONFIG_FILE", "nowhere")
        nowhere = OriginationProvider()
        nowhere.configure(ConfigureRequest(Config({}, "project")))
        with pytest.raises(ConfigurationError, match="no region is set"):
            nowhere.read(CONNECTOR, {"__get": True})
