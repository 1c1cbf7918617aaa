"""Rare changes: the engine's question before it deletes a dependency, and routes that were stored while calls are off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pulumi.output import Unknown

from ....support.values import CONNECTOR, OTHER_CONNECTOR
from .support import OFF, OURS, THEIRS, OtherUser, props, refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator
    from pulumi_chime_voice import OriginationProvider


class TestQuestion:
    """The engine asks what it has to delete before a resource that it replaces: a diff with an unknown voice connector."""

    UNKNOWN = props(OURS, voiceConnectorId=Unknown())

    def test_is_answered_with_no_changes(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """Whatever answers "replace" would be deleted. The answer needs reads only."""
        other_user.put(OURS)
        result = provider.diff(CONNECTOR, props(OURS), self.UNKNOWN)
        assert (result.changes, result.replaces) == (False, None)
        assert sent_operations() == ["Get", "GetEmergency", "ListPhoneNumbers"]

    def test_after_an_outside_change(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """The run ends before anything is deleted."""
        other_user.put(THEIRS)
        said = refusal(lambda: provider.diff(CONNECTOR, props(OURS), self.UNKNOWN))
        assert "blocked, because the live settings were changed outside Pulumi" in said
        assert set(sent_operations()) == {"Get"}
        assert provider.diff(CONNECTOR, props(OURS, onConflict="overwrite"), self.UNKNOWN).changes is False

    def test_a_connector_that_has_answered(
        self, provider: OriginationProvider, emulator: Emulator, other_user: OtherUser
    ) -> None:
        """If it is gone afterwards, so are its settings. One that never answered is refused."""
        other_user.put(OURS)
        provider.diff(CONNECTOR, props(OURS), self.UNKNOWN)
        for connector in (CONNECTOR, OTHER_CONNECTOR):
            other_user.client.delete_voice_connector(VoiceConnectorId=connector)
        provider.delete(CONNECTOR, props(OURS))
        there = props(OURS, voiceConnectorId=OTHER_CONNECTOR)
        assert "finds neither the origination settings nor" in refusal(lambda: provider.delete(OTHER_CONNECTOR, there))


class TestStoredWhileOff:
    """The state is off without routes, and another user has stored routes."""

    def test_other_routes(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """Turning on with others is refused, unless they are overwritten on purpose."""
        other_user.put(THEIRS, disabled=True)
        said = refusal(lambda: provider.update(CONNECTOR, OFF, props(OURS)))
        assert "AWS stores settings there that this resource does not declare" in said
        assert "198.51.100.9:5060/UDP" in said
        assert set(sent_operations()) == {"Get"}
        provider.update(CONNECTOR, OFF, props(OURS, onConflict="overwrite"))
        assert other_user.hosts() == ["203.0.113.7"]

    def test_the_same_routes(self, provider: OriginationProvider, other_user: OtherUser) -> None:
        """Nothing would be lost."""
        other_user.put(OURS, disabled=True)
        provider.update(CONNECTOR, OFF, props(OURS))
        assert other_user.hosts() == ["203.0.113.7"]

    @pytest.mark.parametrize("emulator", [{"put_omitted": mode} for mode in ("merge", "replace")], indirect=True)
    def test_no_routes(
        self, provider: OriginationProvider, sent_operations: Callable[[], list[str]], other_user: OtherUser
    ) -> None:
        """A state with routes, off, becomes one without: the routes that another user has stored since are kept."""
        other_user.put(THEIRS, disabled=True)
        provider.update(CONNECTOR, props(OURS, disabled=True), OFF)
        assert sent_operations() == ["Get"]
        assert other_user.hosts() == ["198.51.100.9"]
