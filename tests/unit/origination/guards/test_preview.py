"""What check asks, refuses and warns of in a preview."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.output import Unknown
from pulumi.runtime import rpc

from pulumi_chime_voice.engine.claims import Claims, RunMemory
from pulumi_chime_voice.engine.internal_inputs import PROVIDER, SECRET
from pulumi_chime_voice.errors import RefusedError

from ....support.emulators import configured_provider, request, set_preview
from ....support.values import CONNECTOR, OTHER_CONNECTOR
from .support import HERE, NUMBER, OURS, THEIRS, WANTED, OtherUser, asks_anew, props, route

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
            **more,
        }

    def said(
        self,
        provider: OriginationProvider,
        olds: dict[str, Any],
        news: dict[str, Any],
        *,
        preview: bool = True,
        name: str = "support",
    ) -> list[str]:
        set_preview(provider, preview=preview)
        return [failure.reason for failure in request(name, lambda: provider.check(olds, dict(news))).failures]

    def test_without_changes(self, provider: OriginationProvider, sent_operations: Callable[[], list[str]]) -> None:
        """Nothing is sent. The state's id is another string of the same letters, as it is when it comes from the engine."""
        olds = props(OURS, voiceConnectorId="".join(list(CONNECTOR)))
        assert self.said(provider, olds, self.news(OURS)) == []
        assert sent_operations() == []

    def test_answers_are_kept(self, provider: OriginationProvider, sent_operations: Callable[[], list[str]]) -> None:
        """The engine's second check costs nothing."""
        for _ in range(2):
            assert self.said(provider, {}, self.news(OURS)) == []
        assert sorted(sent_operations()) == ["Get", "GetVoiceConnector"]

    def test_both_looks_at_once(self, provider: OriginationProvider, monkeypatch: pytest.MonkeyPatch) -> None:
        """Neither waits for the other's answer: the engine checks one resource after the other."""
        both = threading.Barrier(2, timeout=10)

        def met(ask: Callable[..., Any]) -> Callable[..., Any]:
            def meets_the_other(*arguments: Any, **parameters: Any) -> Any:
                both.wait()
                return ask(*arguments, **parameters)

            return meets_the_other

        monkeypatch.setattr(provider.lifecycle._client, "call", met(provider.lifecycle._client.call))
        asks_anew(provider)
        assert self.said(provider, {}, self.news(OURS)) == []

    def test_overwrite(self, provider: OriginationProvider, sent_operations: Callable[[], list[str]]) -> None:
        """The settings are not looked at."""
        assert self.said(provider, {}, self.news(OURS, onConflict="overwrite")) == []
        assert sent_operations() == ["GetVoiceConnector"]

    def test_overwrite_where_nothing_is(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]]
    ) -> None:
        """A connector that is not there is refused all the same."""
        missing = "zz" + CONNECTOR[2:]
        (said,) = self.said(provider, {}, self.news(OURS, onConflict="overwrite", voiceConnectorId=missing))
        assert "there is no such voice connector" in said
        assert "Check the ID, the region and the account. The endpoint is http://" in said
        assert sent_operations() == ["GetVoiceConnector", "Get"]

    @pytest.mark.parametrize("on_conflict", ["fail", "overwrite"])
    def test_connector_that_the_service_denies(
        self,
        provider: OriginationProvider,
        other_user: OtherUser,
        emulator: Emulator,
        warnings: Callable[[], str],
        on_conflict: str,
    ) -> None:
        """Where its settings are there, so is the connector, whatever GetVoiceConnector answers: it only cannot be warned of."""
        six = [route("2001:db8::7")]
        other_user.put(six)
        assert self.said(provider, {}, self.news(six, onConflict=on_conflict)) == []
        assert "AWS never tries 2001:db8::7" in warnings()
        emulator.faults.fail("GetVoiceConnector", [404], forever=True)
        asks_anew(provider)
        assert self.said(provider, {}, self.news(six, onConflict=on_conflict)) == []
        assert "AWS never tries" not in warnings()

    def test_an_apply_looks_later(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]]
    ) -> None:
        """Without the flag, check asks nothing."""
        assert self.said(provider, {}, self.news(OURS), preview=False) == []
        assert sent_operations() == []

    def test_unknown_routes_are_not_guessed(
        self, provider: OriginationProvider, other_user: OtherUser, sent_operations: Callable[[], list[str]]
    ) -> None:
        """Neither a conflict nor an outside change can be told from what is not known yet."""
        other_user.put(THEIRS)
        for olds in ({}, props(OURS)):
            assert self.said(provider, olds, self.news(OURS, routes=Unknown())) == []
        assert sent_operations() == ["Get"], "the answer is kept"

    def test_unknown_connector(self, provider: OriginationProvider, sent_operations: Callable[[], list[str]]) -> None:
        """The preview of a create on an unknown connector sends nothing."""
        assert self.said(provider, {}, self.news(OURS, voiceConnectorId=Unknown())) == []
        assert sent_operations() == []

    def test_replacement_by_an_unknown_connector(
        self,
        provider: OriginationProvider,
        sent_operations: Callable[[], list[str]],
        other_user: OtherUser,
        emulator: Emulator,
        warnings: Callable[[], str],
    ) -> None:
        """The connector that it leaves is known: its emergency calling refuses, its numbers are warned of."""
        other_user.put(OURS)
        emulator.seed({"phone_numbers": [{"number": NUMBER, "voice_connector_id": CONNECTOR}]})
        news = self.news(OURS, voiceConnectorId=Unknown())
        assert self.said(provider, props(OURS), news) == []
        assert sorted(sent_operations()) == ["Get", "GetEmergency", "ListPhoneNumbers"]
        said = warnings()
        assert f"support: routes move from {HERE} to a voice connector that does not exist yet" in said
        assert "assigned to it: 1" in said
        other_user.configure_emergency_calling()
        asks_anew(provider)
        (refused,) = self.said(provider, props(OURS), news)
        assert refused.startswith(f"replacing origination of {HERE}: blocked, because emergency calling is configured")

    @pytest.mark.parametrize("dry", [True, False])
    def test_replacement_of_what_somebody_changed(
        self, provider: OriginationProvider, other_user: OtherUser, dry: bool
    ) -> None:
        """The delete of the old half would refuse after the new one is written: so it is refused before."""
        other_user.put(THEIRS)
        news = self.news(OURS, voiceConnectorId=OTHER_CONNECTOR)
        (refused,) = self.said(provider, props(OURS), news, preview=dry)
        assert refused.startswith(
            f"replacing origination of {HERE}: blocked, because the live settings were changed outside Pulumi"
        )
        assert self.said(provider, props(OURS, onConflict="overwrite"), news, preview=dry) == []

    @pytest.mark.parametrize("dry", [True, False])
    def test_replacement_that_leaves_a_connector_which_is_gone(self, provider: OriginationProvider, dry: bool) -> None:
        """It is refused before the new one is written: the delete that follows could not tell a wrong account from a deletion."""
        missing = "zz" + CONNECTOR[2:]
        (refused,) = self.said(provider, props(OURS, voiceConnectorId=missing), self.news(OURS), preview=dry)
        assert refused.startswith(
            f"replacing origination of Voice Connector {missing} (us-east-1): blocked, because AWS finds"
        )
        assert "pulumi state delete --force" in refused

    @pytest.mark.parametrize("dry", [True, False])
    def test_replacement_that_leaves_another_account(
        self, emulator: Emulator, warnings: Callable[[], str], dry: bool
    ) -> None:
        """The credentials of an explicit `Provider` may not find the old connector: that is said, and not taken for "none"."""
        provider = configured_provider(emulator, **{PROVIDER: "other-account"})
        missing = "zz" + CONNECTOR[2:]
        for _ in range(2):
            assert self.said(provider, props(OURS, voiceConnectorId=missing), self.news(OURS), preview=dry) == []
        assert warnings().count("could not check emergency calling, because these credentials do not find") == 1

    @pytest.mark.parametrize("change", [{"onConflict": "overwrite"}, {SECRET: True}])
    def test_what_only_the_state_has_to_know(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], change: dict[str, Any]
    ) -> None:
        """It is a change, and nothing is asked for it."""
        checked = provider.check(props(OURS), self.news(OURS, **change))
        assert checked.failures == []
        # The engine hands on what is secret as it is.
        news = {name: rpc.unwrap_rpc_secret(value) for name, value in checked.inputs.items()}
        assert provider.diff(CONNECTOR, props(OURS), news).changes
        assert sent_operations() == []

    def test_adopting_what_is_stored_turned_off(
        self,
        provider: OriginationProvider,
        other_user: OtherUser,
        warnings: Callable[[], str],
        sent_operations: Callable[[], list[str]],
    ) -> None:
        """Off without routes adopts a connector that is off: the routes that it stores are named, and stay."""
        other_user.put(THEIRS, disabled=True)
        assert self.said(provider, {}, self.news([], disabled=True)) == []
        said = warnings()
        assert "stores routes that this resource does not declare: 198.51.100.9:5060/UDP" in said
        assert "pulumi state move" in said
        assert "in Terraform, terraform state rm" in said
        sent_operations()
        provider.create(props([], disabled=True))
        assert sent_operations() == ["Get", "GetEmergency"]
        assert other_user.hosts() == ["198.51.100.9"]
        self.said(provider, {}, self.news([], disabled=True, __secret=True))
        assert "198.51" not in warnings()

    def test_placeholders(
        self, provider: OriginationProvider, warnings: Callable[[], str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Documentation addresses are warned of, but with a local endpoint; a test can have no other, so it is one in name."""
        declared = [route("203.0.113.7"), route("sbc.example.net"), route("sbc.example.de")]
        assert self.said(provider, {}, self.news(declared)) == []
        assert "documentation" not in warnings()
        monkeypatch.setattr(provider.lifecycle._client, "is_aws", lambda _: True)
        for _ in range(2):
            assert self.said(provider, {}, self.news(declared)) == []
        said = warnings()
        assert (
            said.count("support: 203.0.113.7, sbc.example.net: reserved for documentation, so calls to it will fail.")
            == 1
        )

    def test_overwriting_calls_with_nothing(
        self, provider: OriginationProvider, other_user: OtherUser, warnings: Callable[[], str]
    ) -> None:
        """overwrite with disabled=True over routes that take calls is not refused, but said."""
        news = self.news([], disabled=True, onConflict="overwrite")
        assert self.said(provider, {}, news) == []
        assert warnings() == ""
        other_user.put(THEIRS)
        asks_anew(provider)
        assert self.said(provider, {}, news) == []
        assert f'{HERE} receives inbound calls now, and on_conflict="overwrite" turns them off' in warnings()

    @pytest.mark.parametrize("new", [OTHER_CONNECTOR, "aaaaaa1aaaa2aaaaa3aaa4"])
    @pytest.mark.parametrize("preview", [True, False])
    def test_replacement_with_emergency_calling(
        self, provider: OriginationProvider, other_user: OtherUser, emulator: Emulator, preview: bool, new: str
    ) -> None:
        """Refused in preview and apply."""
        if new != OTHER_CONNECTOR:
            emulator.create_voice_connector(voice_connector_id=new)
        other_user.put(OURS)
        other_user.configure_emergency_calling()
        news = self.news(OURS, voiceConnectorId=new)
        (said,) = self.said(provider, props(OURS), news, preview=preview)
        assert said.startswith(f"replacing origination of {HERE}: blocked, because emergency calling is configured")

    def test_replacement_of_a_connector_that_the_program_keeps(
        self, provider: OriginationProvider, other_user: OtherUser
    ) -> None:
        """What another resource declares is not left, and so not asked about."""
        other_user.put(OURS)
        other_user.configure_emergency_calling()
        assert self.said(provider, props(OURS), self.news(OURS), name="sales") == []
        moved = self.news(OURS, voiceConnectorId=OTHER_CONNECTOR)
        assert self.said(provider, props(OURS), moved) == []

    @pytest.mark.parametrize(
        ("olds", "routes", "more", "warning"),
        [
            (props([route("a.net"), route("b.net")]), [route("a.net")], {}, "loses its failover: a.net becomes"),
            (
                props(OURS),
                [],
                {"disabled": True},
                f"support: inbound calls of {HERE} will be turned off, and callers will be rejected.",
            ),
            ({}, [route("2001:db8::7")], {}, "is IPV4_ONLY, so AWS never tries 2001:db8::7."),
        ],
    )
    def test_warnings(
        self,
        provider: OriginationProvider,
        other_user: OtherUser,
        warnings: Callable[[], str],
        olds: dict[str, Any],
        routes: list[Route],
        more: dict[str, Any],
        warning: str,
    ) -> None:
        """Each once, however often check is called."""
        if olds:
            other_user.put(list(olds["routes"].values()))
        for _ in range(2):
            assert self.said(provider, olds, self.news(routes, **more)) == []
        assert warnings().count(warning) == 1

    @pytest.mark.parametrize("emulator", [{"never_configured": answer} for answer in ("404", "on")], indirect=True)
    def test_routes_that_are_gone(self, provider: OriginationProvider, warnings: Callable[[], str]) -> None:
        """Another user removed them, on purpose perhaps; with overwrite, nobody looks."""
        olds = props(OURS)
        for _ in range(2):
            assert self.said(provider, olds, self.news(WANTED)) == []
        assert (
            warnings().count(f"support: the routes of {HERE} were removed outside Pulumi since the last pulumi up") == 1
        )
        for news in (self.news(WANTED, onConflict="overwrite"), self.news([], disabled=True)):
            assert self.said(provider, olds, news) == []
        assert self.said(provider, {}, self.news(WANTED)) == []
        assert "removed" not in warnings()

    def test_calls_that_are_turned_off(
        self, provider: OriginationProvider, other_user: OtherUser, warnings: Callable[[], str]
    ) -> None:
        """A create turns them on: a colleague may have turned them off on purpose, or the voice connector is new."""
        other_user.put([], disabled=True)
        assert self.said(provider, {}, self.news([], disabled=True)) == []
        assert "turned off now" not in warnings()
        for _ in range(2):
            assert self.said(provider, {}, self.news(WANTED)) == []
        assert warnings().count(f"inbound calls of {HERE} are turned off now, and this change turns them on.") == 1

    def test_routes_that_are_there(
        self, provider: OriginationProvider, other_user: OtherUser, warnings: Callable[[], str]
    ) -> None:
        """Nobody removed them."""
        other_user.put(OURS)
        assert self.said(provider, props(OURS), self.news(WANTED)) == []
        assert warnings() == ""

    @pytest.mark.parametrize("flags", [({SECRET: True}, {}), ({}, {SECRET: True})])
    def test_secrecy_that_moves(
        self, provider: OriginationProvider, other_user: OtherUser, flags: tuple[dict[str, Any], dict[str, Any]]
    ) -> None:
        """Secret to plain, and plain to secret: nothing names a host of either side."""
        was, becomes = flags
        other_user.put([route("live-host.example.net")])
        olds = props([route("state-host.example.net")], **was)
        (change,) = self.said(provider, olds, self.news([route("declared-host.example.net")], **becomes))
        with pytest.raises(RefusedError) as refused:
            provider.update(CONNECTOR, olds, props([route("declared-host.example.net")], **becomes))
        for text in (change, str(refused.value)):
            assert "[secret]" in text
            assert "host." not in text

    def test_secret_routes_are_not_named(
        self, provider: OriginationProvider, other_user: OtherUser, warnings: Callable[[], str]
    ) -> None:
        """Neither in refusals, nor in warnings, nor in failures: declared, live, in the state."""
        secret = {SECRET: True}
        other_user.put([route("live-host.example.net")])
        (conflict,) = self.said(provider, {}, self.news([route("declared-host.example.net")], **secret))
        olds = props([route("state-host.example.net"), route("other-host.example.net")], **secret)
        (change,) = self.said(provider, olds, self.news([route("declared-host.example.net")], **secret))
        assert conflict.startswith(f"creating origination of {HERE}: blocked")
        assert change.startswith(f"updating origination of {HERE}: blocked")
        failures = self.said(provider, {}, self.news([route("broken host!", port=-1)], **secret))
        other_user.put(list(olds["routes"].values()))
        provider.update(CONNECTOR, olds, props([route("declared-host.example.net")], **secret))
        provider.lifecycle._claims = Claims("origination", RunMemory())  # as in a destroy, which checks nothing
        with pytest.raises(RefusedError) as refused:
            provider.delete(CONNECTOR, olds)
        text = " ".join([conflict, change, *failures, str(refused.value), warnings()])
        assert "[secret]" in text
        assert "host." not in text
        assert "broken" not in text
        assert "port: must be between 0 and 65535; got -1" in text
