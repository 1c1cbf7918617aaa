"""What check asks, refuses and warns of in a preview."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.output import Unknown
from pulumi.runtime import rpc

from pulumi_chime_voice.engine import lifecycle
from pulumi_chime_voice.engine.claims import Claims, RunMemory
from pulumi_chime_voice.engine.internal_inputs import SECRET
from pulumi_chime_voice.errors import RefusedError

from .support import CONNECTOR, HERE, NUMBER, OTHER, OURS, THEIRS, WANTED, OtherUser, asks_anew, props, request, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator
    from pulumi_chime_voice import OriginationProvider
    from pulumi_chime_voice.origination.routes import Route


class TestPreview:
    def news(self, declared: list[Route], /, **more: Any) -> dict[str, Any]:
        return {
            "voiceConnectorId": CONNECTOR,
            "routes": [dict(one) for one in declared],
            "__preview": True,
            "__owner": "support",
            **more,
        }

    def said(self, steps: OriginationProvider, olds: dict[str, Any], news: dict[str, Any]) -> list[str]:
        return [failure.reason for failure in steps.check(olds, dict(news)).failures]

    def test_without_changes(self, steps: OriginationProvider, asked: Callable[[], list[str]]) -> None:
        """Nothing is asked. The state's id is another string of the same letters, as it is when it comes from the engine."""
        olds = props(OURS, voiceConnectorId="".join(list(CONNECTOR)))
        assert self.said(steps, olds, self.news(OURS)) == []
        assert asked() == []

    def test_answers_are_kept(self, steps: OriginationProvider, asked: Callable[[], list[str]]) -> None:
        """The engine's second check costs nothing."""
        for _ in range(2):
            assert self.said(steps, {}, self.news(OURS)) == []
        assert sorted(asked()) == ["Get", "GetVoiceConnector"]

    def test_both_looks_at_once(self, steps: OriginationProvider, monkeypatch: pytest.MonkeyPatch) -> None:
        """Neither waits for the other's answer: the engine checks one resource after the other."""
        both = threading.Barrier(2, timeout=10)

        def met(ask: Callable[..., Any]) -> Callable[..., Any]:
            def meets_the_other(*arguments: Any) -> Any:
                both.wait()
                return ask(*arguments)

            return meets_the_other

        monkeypatch.setattr(steps._client, "call", met(steps._client.call))
        asks_anew(steps)
        assert self.said(steps, {}, self.news(OURS)) == []

    def test_overwrite(self, steps: OriginationProvider, asked: Callable[[], list[str]]) -> None:
        """The settings are not looked at."""
        assert self.said(steps, {}, self.news(OURS, onConflict="overwrite")) == []
        assert asked() == ["GetVoiceConnector"]

    def test_overwrite_where_nothing_is(self, steps: OriginationProvider, asked: Callable[[], list[str]]) -> None:
        """A connector that is not there is refused all the same."""
        missing = "zz" + CONNECTOR[2:]
        (said,) = self.said(steps, {}, self.news(OURS, onConflict="overwrite", voiceConnectorId=missing))
        assert "there is no such voice connector" in said
        assert "Check the ID, the region and the account. The endpoint is http://" in said
        assert asked() == ["GetVoiceConnector", "Get"]

    @pytest.mark.parametrize("on_conflict", ["fail", "overwrite"])
    def test_connector_that_the_service_denies(
        self,
        steps: OriginationProvider,
        other_user: OtherUser,
        emulator: Emulator,
        warned: Callable[[], str],
        on_conflict: str,
    ) -> None:
        """Where its settings are there, so is the connector, whatever GetVoiceConnector answers: it only cannot be warned of."""
        six = [route("2001:db8::7")]
        other_user.put(six)
        assert self.said(steps, {}, self.news(six, onConflict=on_conflict)) == []
        assert "AWS never tries 2001:db8::7" in warned()
        emulator.faults.fail("GetVoiceConnector", [404], forever=True)
        asks_anew(steps)
        assert self.said(steps, {}, self.news(six, onConflict=on_conflict)) == []
        assert "AWS never tries" not in warned()

    def test_an_apply_looks_later(self, steps: OriginationProvider, asked: Callable[[], list[str]]) -> None:
        """Without the flag, check asks nothing."""
        news = self.news(OURS)
        del news["__preview"]
        assert self.said(steps, {}, news) == []
        assert asked() == []

    def test_unknown_routes_are_not_guessed(
        self, steps: OriginationProvider, other_user: OtherUser, asked: Callable[[], list[str]]
    ) -> None:
        """Neither a conflict nor an outside change can be told from what is not known yet."""
        other_user.put(THEIRS)
        for olds in ({}, props(OURS)):
            assert self.said(steps, olds, self.news(OURS, routes=Unknown())) == []
        assert asked() == ["Get"], "the answer is kept"

    def test_unknown_connector(self, steps: OriginationProvider, asked: Callable[[], list[str]]) -> None:
        """Of a create, nothing is asked."""
        assert self.said(steps, {}, self.news(OURS, voiceConnectorId=Unknown())) == []
        assert asked() == []

    def test_replacement_by_an_unknown_connector(
        self,
        steps: OriginationProvider,
        asked: Callable[[], list[str]],
        other_user: OtherUser,
        emulator: Emulator,
        warned: Callable[[], str],
    ) -> None:
        """The connector that it leaves is known: its emergency calling refuses, its numbers are warned of."""
        other_user.put(OURS)
        emulator.seed({"phone_numbers": [{"number": NUMBER, "voice_connector_id": CONNECTOR}]})
        news = self.news(OURS, voiceConnectorId=Unknown())
        assert self.said(steps, props(OURS), news) == []
        assert sorted(asked()) == ["Get", "GetEmergency", "ListPhoneNumbers"]
        said = warned()
        assert f"support: routes move from {HERE} to a voice connector that does not exist yet" in said
        assert "assigned to it: 1" in said
        other_user.configure_emergency_calling()
        asks_anew(steps)
        (refused,) = self.said(steps, props(OURS), news)
        assert refused.startswith(f"replacing origination of {HERE}: blocked, because emergency calling is configured")

    @pytest.mark.parametrize("dry", [True, False])
    def test_replacement_of_what_somebody_changed(
        self, steps: OriginationProvider, other_user: OtherUser, dry: bool
    ) -> None:
        """The delete of the old half would refuse after the new one is written: so it is refused before."""
        other_user.put(THEIRS)
        news = self.news(OURS, voiceConnectorId=OTHER, **({} if dry else {"__preview": None}))
        (refused,) = self.said(steps, props(OURS), news)
        assert refused.startswith(
            f"replacing origination of {HERE}: blocked, because the live settings were changed outside Pulumi"
        )
        assert self.said(steps, props(OURS, onConflict="overwrite"), news) == []

    @pytest.mark.parametrize("dry", [True, False])
    def test_replacement_that_leaves_another_account(
        self, steps: OriginationProvider, warned: Callable[[], str], dry: bool
    ) -> None:
        """Credentials that do not find the old connector cannot check it: that is said, and not taken for "none"."""
        missing = "zz" + CONNECTOR[2:]
        news = self.news(OURS, **({} if dry else {"__preview": None}))
        for _ in range(2):
            assert self.said(steps, props(OURS, voiceConnectorId=missing), news) == []
        assert warned().count("could not check emergency calling, because these credentials do not find") == 1

    def test_an_apply_looks_at_where_a_replacement_goes(
        self, steps: OriginationProvider, other_user: OtherUser, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """With delete_before_replace, the old connector is cleared before create can refuse: so check refuses."""
        other_user.put(OURS)
        other_user.put(THEIRS, connector=OTHER)
        news = self.news(OURS, voiceConnectorId=OTHER, __preview=None)
        (refused,) = self.said(steps, props(OURS), news)
        assert refused.startswith(f"creating origination of Voice Connector {OTHER} (us-east-1): blocked")
        monkeypatch.setattr(lifecycle, "YOUNG_CONNECTOR_SECONDS", 0)
        asks_anew(steps)
        missing = "zz" + CONNECTOR[2:]
        (refused,) = self.said(steps, props(OURS), {**news, "voiceConnectorId": missing})
        assert "there is no such voice connector" in refused

    def test_a_replacement_waits_for_a_young_connector(
        self, steps: OriginationProvider, other_user: OtherUser, emulator: Emulator
    ) -> None:
        """One of the same run may not be known yet."""
        other_user.put(OURS)
        emulator.faults.fail("GetVoiceConnector", [404])
        assert self.said(steps, props(OURS), self.news(OURS, voiceConnectorId=OTHER, __preview=None)) == []

    @pytest.mark.parametrize("change", [{"onConflict": "overwrite"}, {SECRET: True}])
    def test_what_only_the_state_has_to_know(
        self, steps: OriginationProvider, asked: Callable[[], list[str]], change: dict[str, Any]
    ) -> None:
        """It is a change, and nothing is asked for it."""
        checked = steps.check(props(OURS), self.news(OURS, **change))
        assert checked.failures == []
        # The engine hands on what is secret as it is.
        news = {name: rpc.unwrap_rpc_secret(value) for name, value in checked.inputs.items()}
        assert steps.diff(CONNECTOR, props(OURS), news).changes
        assert asked() == []

    def test_adopting_what_is_stored_turned_off(
        self,
        steps: OriginationProvider,
        other_user: OtherUser,
        warned: Callable[[], str],
        asked: Callable[[], list[str]],
    ) -> None:
        """Off without routes adopts a connector that is off: the routes that it stores are named, and stay."""
        other_user.put(THEIRS, disabled=True)
        assert self.said(steps, {}, self.news([], disabled=True)) == []
        said = warned()
        assert "stores routes that this resource does not declare: 198.51.100.9:5060/UDP" in said
        assert "pulumi state move" in said
        asked()
        steps.create(props([], disabled=True))
        assert asked() == ["Get", "GetEmergency"]
        assert other_user.hosts() == ["198.51.100.9"]
        self.said(steps, {}, self.news([], disabled=True, __secret=True))
        assert "198.51" not in warned()

    def test_placeholders(
        self, steps: OriginationProvider, warned: Callable[[], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Documentation addresses are warned of, but with a local endpoint; a test can have no other, so it is one in name."""
        declared = [route("203.0.113.7"), route("sbc.example.net"), route("sbc.example.de")]
        assert self.said(steps, {}, self.news(declared)) == []
        assert "documentation" not in warned()
        monkeypatch.setattr(steps._client, "is_aws", lambda _: True)
        for _ in range(2):
            assert self.said(steps, {}, self.news(declared)) == []
        said = warned()
        assert (
            said.count("support: 203.0.113.7, sbc.example.net: reserved for documentation, so calls to it will fail.")
            == 1
        )

    def test_overwriting_calls_with_nothing(
        self, steps: OriginationProvider, other_user: OtherUser, warned: Callable[[], str]
    ) -> None:
        """overwrite with disabled=True over routes that take calls is not refused, but said."""
        news = self.news([], disabled=True, onConflict="overwrite")
        assert self.said(steps, {}, news) == []
        assert warned() == ""
        other_user.put(THEIRS)
        asks_anew(steps)
        assert self.said(steps, {}, news) == []
        assert f'{HERE} receives inbound calls now, and on_conflict="overwrite" turns them off' in warned()

    @pytest.mark.parametrize("new", [OTHER, "aaaaaa1aaaa2aaaaa3aaa4"])
    @pytest.mark.parametrize("preview", [True, False])
    def test_replacement_with_emergency_calling(
        self, steps: OriginationProvider, other_user: OtherUser, emulator: Emulator, preview: bool, new: str
    ) -> None:
        """Refused in preview and apply."""
        if new != OTHER:
            emulator.create_voice_connector(voice_connector_id=new)
        other_user.put(OURS)
        other_user.configure_emergency_calling()
        news = self.news(OURS, voiceConnectorId=new)
        if not preview:
            del news["__preview"]
        (said,) = self.said(steps, props(OURS), news)
        assert said.startswith(f"replacing origination of {HERE}: blocked, because emergency calling is configured")

    def test_replacement_of_a_connector_that_the_program_keeps(
        self, steps: OriginationProvider, other_user: OtherUser
    ) -> None:
        """What another resource declares is not left, and so not asked about."""
        other_user.put(OURS)
        other_user.configure_emergency_calling()
        assert request("sales", lambda: self.said(steps, props(OURS), self.news(OURS, __owner="sales"))) == []
        moved = self.news(OURS, voiceConnectorId=OTHER)
        assert request("support", lambda: self.said(steps, props(OURS), moved)) == []

    @pytest.mark.parametrize(
        ("olds", "routes", "more", "warning"),
        [
            (props([route("a.net"), route("b.net")]), [route("a.net")], {}, "loses its failover: a.net becomes"),
            (
                props(OURS),
                [],
                {"disabled": True},
                f"support: inbound calls of {HERE} will be turned off; callers will be rejected.",
            ),
            ({}, [route("2001:db8::7")], {}, "is IPV4_ONLY, so AWS never tries 2001:db8::7."),
        ],
    )
    def test_warnings(
        self,
        steps: OriginationProvider,
        other_user: OtherUser,
        warned: Callable[[], str],
        olds: dict[str, Any],
        routes: list[Route],
        more: dict[str, Any],
        warning: str,
    ) -> None:
        """Each once, however often check is called."""
        if olds:
            other_user.put(list(olds["routes"].values()))
        for _ in range(2):
            assert self.said(steps, olds, self.news(routes, **more)) == []
        assert warned().count(warning) == 1

    @pytest.mark.parametrize("emulator", [{"never_configured": answer} for answer in ("404", "on")], indirect=True)
    def test_routes_that_are_gone(self, steps: OriginationProvider, warned: Callable[[], str]) -> None:
        """Another user removed them, on purpose perhaps; with overwrite, nobody looks."""
        olds = props(OURS)
        for _ in range(2):
            assert self.said(steps, olds, self.news(WANTED)) == []
        assert (
            warned().count(f"support: the routes of {HERE} were removed outside Pulumi since the last pulumi up") == 1
        )
        for news in (self.news(WANTED, onConflict="overwrite"), self.news([], disabled=True)):
            assert self.said(steps, olds, news) == []
        assert self.said(steps, {}, self.news(WANTED)) == []
        assert "removed" not in warned()

    def test_routes_that_are_there(
        self, steps: OriginationProvider, other_user: OtherUser, warned: Callable[[], str]
    ) -> None:
        """Nobody removed them."""
        other_user.put(OURS)
        assert self.said(steps, props(OURS), self.news(WANTED)) == []
        assert warned() == ""

    @pytest.mark.parametrize("flags", [({SECRET: True}, {}), ({}, {SECRET: True})])
    def test_secrecy_that_moves(
        self, steps: OriginationProvider, other_user: OtherUser, flags: tuple[dict[str, Any], dict[str, Any]]
    ) -> None:
        """Secret to plain, and plain to secret: nothing names a host of either side."""
        was, becomes = flags
        other_user.put([route("live-host.example.net")])
        olds = props([route("state-host.example.net")], **was)
        (change,) = self.said(steps, olds, self.news([route("declared-host.example.net")], **becomes))
        with pytest.raises(RefusedError) as refused:
            steps.update(CONNECTOR, olds, props([route("declared-host.example.net")], **becomes))
        for text in (change, str(refused.value)):
            assert "[secret]" in text
            assert "host." not in text

    def test_secret_routes_are_not_named(
        self, steps: OriginationProvider, other_user: OtherUser, warned: Callable[[], str]
    ) -> None:
        """Neither in refusals, nor in warnings, nor in failures: declared, live, in the state."""
        secret = {SECRET: True}
        other_user.put([route("live-host.example.net")])
        (conflict,) = self.said(steps, {}, self.news([route("declared-host.example.net")], **secret))
        olds = props([route("state-host.example.net"), route("other-host.example.net")], **secret)
        (change,) = self.said(steps, olds, self.news([route("declared-host.example.net")], **secret))
        assert conflict.startswith(f"creating origination of {HERE}: blocked")
        assert change.startswith(f"updating origination of {HERE}: blocked")
        failures = self.said(steps, {}, self.news([route("broken host!", port=-1)], **secret))
        other_user.put(list(olds["routes"].values()))
        steps.update(CONNECTOR, olds, props([route("declared-host.example.net")], **secret))
        steps._claims = Claims("origination", RunMemory())  # as in a destroy, which checks nothing
        with pytest.raises(RefusedError) as refused:
            steps.delete(CONNECTOR, olds)
        text = " ".join([conflict, change, *failures, str(refused.value), warned()])
        assert "[secret]" in text
        assert "host." not in text
        assert "broken" not in text
        assert "port must be between 0 and 65535; got -1" in text
