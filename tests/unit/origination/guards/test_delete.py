"""What delete sends to AWS, what it blocks, and how AWS's own rejections are reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_chime_voice import ApiError, OriginationProvider
from pulumi_chime_voice.engine.kinds import EMERGENCY_CALLING
from pulumi_chime_voice.errors import StateError

from ....support.emulators import request
from ....support.values import CONNECTOR, OTHER_CONNECTOR
from .support import HERE, OFF, OURS, THEIRS, WANTED, OtherUser, props, refusal, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator


class TestDelete:
    def test_known_settings(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """A delete reads the settings and emergency calling, and then sends the delete."""
        other_user.put(OURS)
        provider.delete(CONNECTOR, props(OURS))
        assert sent_operations() == ["Get", "GetEmergency", "Delete"]

    @pytest.mark.parametrize(
        ("emulator", "sent"),
        [
            ({"never_configured": "404"}, ["Get", "GetVoiceConnector", "GetEmergency", "Delete", "GetVoiceConnector"]),
            (
                {"never_configured": "absent"},
                ["Get", *["GetVoiceConnector"] * 2, "GetEmergency", "GetVoiceConnector", "Delete"],
            ),
            ({"never_configured": "off"}, ["Get", "GetEmergency", "Delete"]),
            ({"never_configured": "on"}, ["Get", "GetEmergency", "Delete"]),
        ],
        indirect=["emulator"],
    )
    def test_gone_already(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], sent: list[str]
    ) -> None:
        """A delete succeeds, whatever a blank connector answers; it is sent, because a read may lag."""
        provider.delete(CONNECTOR, props(OURS))
        assert sent_operations() == sent

    def test_gone_in_between(self, provider: OriginationProvider, other_user: OtherUser, emulator: Emulator) -> None:
        """A delete succeeds if AWS answers it with NotFound."""
        other_user.put(OURS)
        emulator.faults.fail("DeleteVoiceConnectorOrigination", [404])
        provider.delete(CONNECTOR, props(OURS))

    def test_outside_change(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """A delete after an outside change reads again, and is blocked."""
        other_user.put(THEIRS)
        said = refusal(lambda: provider.delete(CONNECTOR, props(OURS)))
        assert said.startswith(
            f"deleting origination of {HERE}: blocked, because the live settings were changed outside Pulumi"
        )
        assert "Run pulumi refresh" in said
        looks = sent_operations()
        assert set(looks) == {"Get"}
        assert len(looks) > 1

    def test_overwrite(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """A resource with on_conflict=overwrite is deleted without a check of its settings, if the voice connector answers."""
        other_user.put(THEIRS)
        provider.delete(CONNECTOR, props(OURS, onConflict="overwrite"))
        assert sent_operations() == ["GetVoiceConnector", "GetEmergency", "Delete"]

    def test_emergency_calling(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """A delete is blocked while emergency calling is configured; it is read again, because it may have just been deleted."""
        other_user.put(OURS)
        other_user.configure_emergency_calling()
        assert "emergency calling is configured" in refusal(lambda: provider.delete(CONNECTOR, props(OURS)))
        looks = sent_operations()
        assert looks[:3] == ["Get", "GetEmergency", "GetEmergency"]
        assert set(looks[3:]) <= {"GetEmergency"}

    def test_emergency_calling_that_this_run_deleted(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """A delete does not read emergency calling that this run has deleted."""
        other_user.put(OURS)
        provider.lifecycle._claims.memory.deleted.add((EMERGENCY_CALLING.name, CONNECTOR))
        provider.delete(CONNECTOR, props(OURS))
        assert sent_operations() == ["Get", "Delete"]

    def test_a_claimed_connector(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """What this run's program declares is not cleared, through whichever region's endpoint, once its owner is written."""
        other_user.put(OURS)
        declared = {"voiceConnectorId": CONNECTOR, "routes": [dict(route())]}
        request("helpdesk", lambda: provider.check({}, declared))
        assert "as helpdesk, which does not manage it yet" in refusal(
            lambda: request("support", lambda: provider.delete(CONNECTOR, props(OURS)))
        )
        request("helpdesk", lambda: provider.create(props(OURS)))
        sent_operations()
        for region in ("us-east-1", "eu-west-1"):
            request("support", lambda region=region: provider.delete(CONNECTOR, props(OURS, region=region)))  # type: ignore[misc]
        assert sent_operations() == []
        provider.delete(OTHER_CONNECTOR, props(OURS, voiceConnectorId=OTHER_CONNECTOR))
        assert "Delete" in sent_operations()

    def test_replaced_by_itself_and_deleted_before(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """delete_before_replace on the same connector sends nothing, if the create after it will go through."""
        other_user.put(OURS)
        declared = {"voiceConnectorId": CONNECTOR, "routes": [dict(route())]}
        request("support", lambda: provider.check({}, declared))
        request("support", lambda: provider.delete(CONNECTOR, props(OURS)))
        assert "Delete" not in sent_operations()
        other_user.put(THEIRS)
        assert "already has different settings" in refusal(
            lambda: request("support", lambda: provider.delete(CONNECTOR, props(OURS)))
        )

    def test_replaced_by_itself_and_overwritten(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """With on_conflict=overwrite, the create after it overwrites an outside change."""
        other_user.put(THEIRS)
        overwrite = {"onConflict": "overwrite"}
        declared = {"voiceConnectorId": CONNECTOR, "routes": [dict(route())], **overwrite}
        request("support", lambda: provider.check({}, declared))
        request("support", lambda: provider.delete(CONNECTOR, props(OURS)))
        assert sent_operations() == []
        request("support", lambda: provider.create(props(OURS, **overwrite)))
        assert other_user.hosts() == ["203.0.113.7"]

    def test_another_account(self, provider: OriginationProvider, sent_operations: Callable[[], list[str]]) -> None:
        """NotFound of the settings and of the connector is no success: the state has to keep what lives elsewhere."""
        missing = "zz" + CONNECTOR[2:]
        said = refusal(
            lambda: request("support", lambda: provider.delete(missing, props(OURS, voiceConnectorId=missing)))
        )
        assert said.startswith(f"deleting origination of Voice Connector {missing} (us-east-1): blocked")
        assert "pulumi state delete --force 'urn:pulumi:dev::x::t::support'." in said
        assert sent_operations() == ["Get", "GetVoiceConnector"]  # No delete is sent to another account.

    def test_without_permission_to_read_the_voice_connector(
        self,
        provider: OriginationProvider,
        other_user: OtherUser,
        emulator: Emulator,
        sent_operations: Callable[[], list[str]],
    ) -> None:
        """A read that finds no settings may lag: then the delete is sent, and its response decides."""
        other_user.put(OURS)
        emulator.faults.fail("GetVoiceConnectorOrigination", [404])
        emulator.faults.fail("GetVoiceConnector", [403])
        provider.delete(CONNECTOR, props(OURS))
        assert sent_operations()[-3:] == ["GetVoiceConnector", "GetEmergency", "Delete"]

    def test_a_state_without_a_region(self, provider: OriginationProvider, other_user: OtherUser) -> None:
        """Which region it was is not guessed: nothing is deleted."""
        other_user.put(OURS)
        without = {name: value for name, value in props(OURS).items() if name != "region"}
        with pytest.raises(StateError, match="region is missing"):
            provider.delete(CONNECTOR, without)
        assert other_user.hosts() == ["203.0.113.7"]


class TestAwssOwnRefusal:
    """AWS rejects a step whose guard could not read emergency calling."""

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
        provider: OriginationProvider,
        emulator: Emulator,
        other_user: OtherUser,
        warnings: Callable[[], str],
        status: int,
    ) -> None:
        """A rejection by AWS gets the guard's sentence and the request id, after a warning that it was not checked."""
        self.speaks(emulator, status, other_user)
        for step in (
            lambda: provider.update(CONNECTOR, props(OURS), OFF),
            lambda: provider.delete(CONNECTOR, props(OURS)),
        ):
            said = refusal(step)
            assert "emergency calling is configured" in said
            assert said.endswith(")")
            assert "(request " in said
            assert "could not check emergency calling" in warnings()

    def test_another_error_of_the_look_ends_the_step(
        self,
        provider: OriginationProvider,
        emulator: Emulator,
        other_user: OtherUser,
        sent_operations: Callable[[], list[str]],
    ) -> None:
        """A delete fails if emergency calling cannot be read because of an error of the service."""
        self.speaks(emulator, 500, other_user)
        with pytest.raises(ApiError, match="reading emergency calling"):
            provider.delete(CONNECTOR, props(OURS))
        assert "Delete" not in sent_operations()

    def test_another_refusal_keeps_its_own_words(
        self, provider: OriginationProvider, emulator: Emulator, other_user: OtherUser
    ) -> None:
        """A rejection that does not mention emergency calling is reported as AWS words it."""
        other_user.put(OURS)
        for status in (400, 500):
            emulator.faults.fail("PutVoiceConnectorOrigination", [status])
            with pytest.raises(ApiError) as caught:
                provider.update(CONNECTOR, props(OURS), props(WANTED))
            assert "emergency" not in str(caught.value)

    @pytest.mark.parametrize("status", [500, 302, None])
    def test_only_a_4xx_is_a_refusal(
        self, provider: OriginationProvider, monkeypatch: pytest.MonkeyPatch, status: int | None
    ) -> None:
        """A failure that speaks of emergency calling is no refusal of it; the emulator's failures never do, so one is raised."""
        failure = ApiError(
            "its own sentence", code="ServiceFailureException", status=status, message="emergency calling"
        )

        def fails(*_: object) -> None:
            raise failure

        monkeypatch.setattr("pulumi_chime_voice.aws.client.SettingsApi.put", fails)
        with pytest.raises(ApiError, match="its own sentence"):
            provider.create(props(OURS))
