"""What check asks, refuses and warns of in a preview."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.output import Unknown

from pulumi_chime_voice import preview
from pulumi_chime_voice.claims import Claims
from pulumi_chime_voice.errors import RefusedError
from pulumi_chime_voice.inputs import SECRET

from .conftest import CONNECTOR, HERE, OTHER, OURS, THEIRS, WANTED, Colleague, props, route

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator
    from pulumi_chime_voice import OriginationProvider
    from pulumi_chime_voice.routes import Route


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

        api = steps._api
        for name in ("get_origination", "voice_connector"):
            monkeypatch.setattr(api, name, met(getattr(api, name)))
        steps._preview = preview.Preview(api)
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
        assert asked() == ["GetVoiceConnector", "Get"]

    @pytest.mark.parametrize("on_conflict", ["fail", "overwrite"])
    def test_connector_that_the_service_denies(
        self,
        steps: OriginationProvider,
        colleague: Colleague,
        emulator: Emulator,
        heard: Callable[[], str],
        on_conflict: str,
    ) -> None:
        """Where its settings are there, so is the connector, whatever GetVoiceConnector answers: it only cannot be warned of."""
        six = [route("2001:db8::7")]
        colleague.put(six)
        assert self.said(steps, {}, self.news(six, onConflict=on_conflict)) == []
        assert "AWS never tries 2001:db8::7" in heard()
        emulator.faults.fail("GetVoiceConnector", [404], forever=True)
        steps._preview = preview.Preview(steps._api)
        assert self.said(steps, {}, self.news(six, onConflict=on_conflict)) == []
        assert "AWS never tries" not in heard()

    def test_an_apply_looks_later(self, steps: OriginationProvider, asked: Callable[[], list[str]]) -> None:
        """Without the flag, check asks nothing."""
        news = self.news(OURS)
        del news["__preview"]
        assert self.said(steps, {}, news) == []
        assert asked() == []

    def test_unknown_routes_are_not_guessed(
        self, steps: OriginationProvider, colleague: Colleague, asked: Callable[[], list[str]]
    ) -> None:
        """Neither a conflict nor an outside change can be told from what is not known yet."""
        colleague.put(THEIRS)
        for olds in ({}, props(OURS)):
            assert self.said(steps, olds, self.news(OURS, routes=Unknown())) == []
        assert asked() == ["Get"], "the answer is kept"

    def test_unknown_connector(self, steps: OriginationProvider, asked: Callable[[], list[str]]) -> None:
        """Nothing is asked."""
        assert self.said(steps, props(OURS), self.news(OURS, voiceConnectorId=Unknown())) == []
        assert asked() == []

    @pytest.mark.parametrize("new", [OTHER, "aaaaaa1aaaa2aaaaa3aaa4"])
    @pytest.mark.parametrize("preview", [True, False])
    def test_replacement_with_emergency_calling(
        self, steps: OriginationProvider, colleague: Colleague, emulator: Emulator, preview: bool, new: str
    ) -> None:
        """Refused in preview and apply."""
        if new != OTHER:
            emulator.create_voice_connector(voice_connector_id=new)
        colleague.put(OURS)
        colleague.configure_emergency_calling()
        news = self.news(OURS, voiceConnectorId=new)
        if not preview:
            del news["__preview"]
        (said,) = self.said(steps, props(OURS), news)
        assert said.startswith(f"replacing origination of {HERE}: refused, because emergency calling is configured")

    def test_replacement_of_a_connector_that_the_program_keeps(
        self, steps: OriginationProvider, colleague: Colleague
    ) -> None:
        """What another resource declares is not left, and so not asked about."""
        colleague.put(OURS)
        colleague.configure_emergency_calling()
        assert self.said(steps, props(OURS), self.news(OURS, __owner="sales")) == []
        assert self.said(steps, props(OURS), self.news(OURS, voiceConnectorId=OTHER)) == []

    @pytest.mark.parametrize(
        ("olds", "routes", "more", "warning"),
        [
            (props([route("a.net"), route("b.net")]), [route("a.net")], {}, "loses its failover: a.net becomes"),
            (
                props(OURS),
                [],
                {"disabled": True},
                f"support: inbound calls of {HERE} will be turned off: none are let in any more.",
            ),
            ({}, [route("2001:db8::7")], {}, "is IPV4_ONLY, so AWS never tries 2001:db8::7."),
        ],
    )
    def test_warnings(
        self,
        steps: OriginationProvider,
        colleague: Colleague,
        heard: Callable[[], str],
        olds: dict[str, Any],
        routes: list[Route],
        more: dict[str, Any],
        warning: str,
    ) -> None:
        """Each once, however often check is called."""
        if olds:
            colleague.put(list(olds["routes"].values()))
        for _ in range(2):
            assert self.said(steps, olds, self.news(routes, **more)) == []
        assert heard().count(warning) == 1

    @pytest.mark.parametrize("emulator", [{"never_configured": answer} for answer in ("404", "on")], indirect=True)
    def test_routes_that_are_gone(self, steps: OriginationProvider, heard: Callable[[], str]) -> None:
        """Somebody removed them, on purpose perhaps; with overwrite, nobody looks."""
        olds = props(OURS)
        for _ in range(2):
            assert self.said(steps, olds, self.news(WANTED)) == []
        assert heard().count(f"support: somebody removed the routes of {HERE} since the last pulumi up") == 1
        for news in (self.news(WANTED, onConflict="overwrite"), self.news([], disabled=True)):
            assert self.said(steps, olds, news) == []
        assert self.said(steps, {}, self.news(WANTED)) == []
        assert "removed" not in heard()

    def test_routes_that_are_there(
        self, steps: OriginationProvider, colleague: Colleague, heard: Callable[[], str]
    ) -> None:
        """Nobody removed them."""
        colleague.put(OURS)
        assert self.said(steps, props(OURS), self.news(WANTED)) == []
        assert heard() == ""

    def test_secret_routes_are_not_named(
        self, steps: OriginationProvider, colleague: Colleague, heard: Callable[[], str]
    ) -> None:
        """Neither in refusals, nor in warnings, nor in failures: declared, live, in the state."""
        secret = {SECRET: True}
        colleague.put([route("live-host.example.net")])
        (conflict,) = self.said(steps, {}, self.news([route("declared-host.example.net")], **secret))
        olds = props([route("state-host.example.net"), route("other-host.example.net")], **secret)
        (change,) = self.said(steps, olds, self.news([route("declared-host.example.net")], **secret))
        assert conflict.startswith(f"creating origination of {HERE}: refused")
        assert change.startswith(f"updating origination of {HERE}: refused")
        failures = self.said(steps, {}, self.news([route("broken host!", port=-1)], **secret))
        colleague.put(list(olds["routes"].values()))
        steps.update(CONNECTOR, olds, props([route("declared-host.example.net")], **secret))
        steps._claims = Claims()  # as in a destroy, which checks nothing
        with pytest.raises(RefusedError) as refused:
            steps.delete(CONNECTOR, olds)
        text = " ".join([conflict, change, *failures, str(refused.value), heard()])
        assert "[secret]" in text
        assert "host." not in text
        assert "broken" not in text
        assert "-1 is not a port" in text
