"""The errors and warnings of a planned change, beyond Pulumi's diff.

Answers of the service are kept for the life of the process: the engine checks a replacement twice. It checks one resource
after the other, so a preview of many creates is as long as their looks: the two looks of one go out together.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi

from ..aws.client import DUAL_STACK, regions_hint
from ..engine.base import NO_PERMISSION
from ..engine.messages import NO_SUCH_CONNECTOR
from ..engine.redaction import redacted, say
from ..errors import ApiError, ChimeVoiceError, NotFoundError, RefusedError
from . import messages, warnings
from . import routes as domain
from .api import Answers, Reader
from .guards import Guards, is_blank

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..aws.client import ChimeSdkVoice, VoiceConnector
    from ..engine.base import Target
    from .routes import Settings

LOOK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True)
class Change:
    """A create or an update, as far as it is known.

    Attributes:
        name: of the resource, as messages show it.
        target: the voice connector that is written.
        old: the settings of the state; None for a create.
        wanted: the declared settings; None if they are not known yet.
        disabled: whether calls are turned off; None if that is not known yet.
        overwrite: whether the check of the live settings is skipped.
    """

    name: str
    target: Target
    old: Settings | None
    wanted: Settings | None
    disabled: bool | None
    overwrite: bool


class Preview:
    """Collects the errors and warnings of a planned change."""

    def __init__(self, client: ChimeSdkVoice) -> None:
        self._client = client
        self._answers = Answers(client)
        self.guards = Guards(self._answers, Reader(client))
        self._said: set[str] = set()

    def refusals(self, change: Change) -> list[str]:
        """Why the change would be blocked, or an empty list. Logs warnings."""
        try:
            self._look(change)
            if change.disabled and not (change.old and change.old.disabled):
                self.guards.emergency_calling(change.target)
            self._warn(change)
        except ChimeVoiceError as error:
            return [_as_failure(error)]
        return []

    def leaving(
        self, name: str, target: Target, old: Settings, new: str | None, *, preview: bool, overwrite: bool
    ) -> list[str]:
        """Why a replacement could not clear the old voice connector. It is blocked before it begins.

        Args:
            name: of the resource, as messages show it.
            target: the voice connector that loses its routes.
            old: the settings of the state.
            new: the voice connector that gets the routes; None if a preview does not know it yet.
            preview: whether to warn about what the replacement leaves behind.
            overwrite: whether on_conflict in the state allows a delete after a change outside Pulumi.
        """
        try:
            live = None if overwrite else self.guards.outside_change_on_delete(target, old)
            self.guards.emergency_calling(target)
            seen = live is not None or self._is_seen(target)
        except ChimeVoiceError as error:
            return [_as_failure(error)]
        if not seen:
            self._say(name, messages.EMERGENCY_NOT_SEEN.say(connector=target.named))
        elif preview:
            numbers = self._numbers(target)
            if numbers:
                into = new or messages.NOT_KNOWN_YET.say()
                self._say(name, messages.LEFT_BEHIND.say(connector=target.named, new=into, numbers=numbers))
        return []

    def arriving(self, change: Change, patience: float) -> list[str]:
        """Why a replacement could not write the voice connector that it moves to, asked in an apply before it begins.

        With delete_before_replace, the old voice connector is cleared before the create can refuse.

        Args:
            patience: seconds that a voice connector of the same run may take to be known.
        """
        target, deadline = change.target, time.monotonic() + patience
        try:
            live = None if change.overwrite else self.guards.conflict(target, change.wanted)
            if change.disabled:
                self.guards.emergency_calling(target)
            while live is None and not self._is_seen(target):
                if time.monotonic() > deadline:
                    raise target.refused(NO_SUCH_CONNECTOR, regions=regions_hint(target.region))
                time.sleep(LOOK_AGAIN_SECONDS)
                self._answers.voice_connector.forget(target.connector, target.region)
        except ChimeVoiceError as error:
            return [_as_failure(error)]
        return []

    def _is_seen(self, target: Target) -> bool:
        """Whether the credentials find the voice connector; True if they must not ask, since the settings then decide."""
        try:
            self._voice_connector(target)
        except NotFoundError:
            return False
        return True

    def _look(self, change: Change) -> None:
        target = change.target
        live: Settings | None = None
        if not change.overwrite:
            if change.wanted is not None and not change.wanted.disabled:
                self._answers.voice_connector.ahead(target.connector, target.region)
            if change.old is None:
                live = self.guards.conflict(target, change.wanted)
            else:
                live = self.guards.outside_change(target, change.old, change.wanted)
        if live is None:
            self._exists(target, looked=not change.overwrite)
        self._note(change, live)

    def _note(self, change: Change, live: Settings | None) -> None:
        """Logs what the live settings reveal without a reason to block the change."""
        wanted, named = change.wanted, change.target.named
        if wanted is None:
            return
        if change.overwrite:
            if change.old is None and wanted.disabled:
                self._overwritten(change)
        elif change.old is None:
            if live is not None and wanted.is_met_by(live):
                self._say(change.name, messages.ADOPTED.say(connector=named), pulumi.log.info)
                if live.routes and not wanted.routes:
                    said = messages.STORED_ROUTES.say(connector=named, found=domain.describe(live))
                    self._say(change.name, redacted(said, live), pulumi.log.info)
        elif change.old.routes and wanted.routes and is_blank(live):
            self._say(change.name, messages.ROUTES_GONE.say(connector=named))

    def _overwritten(self, change: Change) -> None:
        """Warns if a create that skips the check ends calls. It does not block the create."""
        target = change.target
        with contextlib.suppress(ApiError):
            live = self._answers.get_origination(target.connector, target.region)
            if live is not None and live.routes and not live.disabled:
                said = messages.OVERWRITES_CALLS.say(connector=target.named, numbers=self._numbers(target))
                self._say(change.name, said)

    def _exists(self, target: Target, *, looked: bool) -> None:
        """Refuses a connector of which the service knows neither settings nor itself."""
        with contextlib.suppress(NotFoundError):
            self._voice_connector(target)
            return
        if not looked:
            with contextlib.suppress(NotFoundError):
                self._answers.get_origination(target.connector, target.region)
                return
        raise target.refused(NO_SUCH_CONNECTOR, regions=regions_hint(target.region))

    def _voice_connector(self, target: Target) -> VoiceConnector | None:
        """The voice connector; None if the permission to read it is missing."""
        try:
            return self._answers.voice_connector(target.connector, target.region)
        except ApiError as error:
            if error.status in NO_PERMISSION:
                return None
            raise

    # --- warnings

    def _warn(self, change: Change) -> None:
        wanted, target = change.wanted, change.target
        if wanted is None:
            return
        said = []
        if warnings.turns_off(change.old, wanted):
            said.append(messages.TURNED_OFF.say(connector=target.named, numbers=self._numbers(target)))
        left = warnings.loses_failover(change.old, wanted) if change.old else None
        if left:
            said.append(messages.FAILOVER_LOST.say(connector=target.named, host=left))
        if not wanted.disabled:
            said += self._about_connector(target, wanted)
            hosts = warnings.placeholders(wanted)
            if hosts and not self._client.is_local(target.region):
                said.append(messages.PLACEHOLDER.say(hosts=hosts))
        for text in said:
            self._say(change.name, text)

    def _about_connector(self, target: Target, wanted: Settings) -> list[str]:
        try:
            connector = self._voice_connector(target)
        except NotFoundError:
            return []
        said = []
        if connector is not None:
            endpoints, hosts = warnings.not_over_tls(wanted), warnings.ipv6_hosts(wanted)
            if connector.require_encryption and endpoints:
                said.append(messages.ENCRYPTION.say(connector=target.named, endpoints=endpoints))
            if hosts and connector.network_type not in (DUAL_STACK, ""):
                said.append(
                    messages.IPV6_NEVER_TRIED.say(
                        connector=target.named, network_type=connector.network_type, hosts=hosts
                    )
                )
        return said

    def _numbers(self, target: Target) -> str:
        """The number of phone numbers assigned to the voice connector, as a part of a message; empty if there are none."""
        try:
            count = self._answers.count_phone_numbers(target.region, target.connector)[target.connector]
        except ApiError:
            return messages.NUMBERS_NOT_COUNTED.say()
        return messages.NUMBERS.say(count=count) if count else ""

    def _say(self, name: str, text: str, how: Callable[[str], None] | None = None) -> None:
        line = f"{name}: {text}"
        if line not in self._said:
            self._said.add(line)
            say(line, how)


def _as_failure(error: ChimeVoiceError) -> str:
    """A refusal as a failure of check, which the boundary sees only as text."""
    return redacted(str(error), error.live if isinstance(error, RefusedError) else None)
