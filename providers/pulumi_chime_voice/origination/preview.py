"""What a preview says about a planned change of an origination: what it does to calls, and what stops it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pulumi

from ..aws.client import DUAL_STACK
from ..engine.base import EMERGENCY_CALLING
from ..engine.claims import DECLARED
from ..engine.messages import NOT_KNOWN_YET
from ..engine.preview import Change, Leave, Preview
from ..engine.redaction import redacted
from ..engine.settings import Answers
from ..errors import ApiError, NotFoundError
from . import messages, warnings
from .guards import OriginationGuards
from .routes import Settings

if TYPE_CHECKING:
    from ..aws.client import ChimeSdkVoice
    from ..engine.base import Target
    from ..engine.claims import Claims
    from ..engine.settings import Reader


class OriginationPreview(Preview[Settings]):
    """Collects the errors and warnings of a planned change of an origination."""

    def __init__(self, client: ChimeSdkVoice, claims: Claims, reader: Reader[Settings]) -> None:
        answers = Answers(client, reader)
        super().__init__(answers, guards := OriginationGuards(answers, reader))
        self._client = client
        self._claims = claims
        self._emergency_calling = guards.emergency_calling

    def _needs_connector(self, change: Change[Settings]) -> bool:
        return change.wanted is not None and not change.wanted.disabled

    def _block_write(self, change: Change[Settings]) -> None:
        if change.turns_off:
            self._emergency_calling(change.target)

    def _block_leave(self, leave: Leave[Settings]) -> None:
        connector, emergency = leave.target.connector, EMERGENCY_CALLING.name
        moves = self._claims.noted(emergency, DECLARED) and not self._claims.declared(emergency, connector)
        # Emergency calling that the program declares for another voice connector, or one that is not known yet, moves along:
        # its old configuration is deleted first. If it was not this one's, the delete is blocked, and calls go on.
        if not moves:
            self._emergency_calling(leave.target)

    def _warn_leave(self, leave: Leave[Settings], *, seen: bool) -> None:
        if not seen:
            self._say(leave.name, messages.EMERGENCY_NOT_SEEN.say(connector=leave.target.named))
        elif leave.preview:
            numbers = self._numbers(leave.target)
            if numbers:
                into = leave.new or NOT_KNOWN_YET.say()
                left = messages.LEFT_BEHIND.say(connector=leave.target.named, new=into, numbers=numbers)
                self._say(leave.name, left)

    def _warn(self, change: Change[Settings], live: Settings | None) -> None:
        wanted, target = change.wanted, change.target
        if wanted is None:
            return
        self._note(change, wanted, live)
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

    def _note(self, change: Change[Settings], wanted: Settings, live: Settings | None) -> None:
        """Logs what the live settings reveal without a reason to block the change."""
        named = change.target.named
        if change.overwrite:
            if change.old is None and wanted.disabled:
                self._overwritten(change)
        elif change.old is None:
            if live is not None and change.adopts(live) and live.routes and not wanted.routes:
                said = messages.STORED_ROUTES.say(connector=named, found=live.describe())
                self._say(change.name, redacted(said, live), pulumi.log.info)
        elif change.old.routes and wanted.routes and (live is None or live.is_blank):
            self._say(change.name, messages.ROUTES_GONE.say(connector=named))

    def _overwritten(self, change: Change[Settings]) -> None:
        """Warns if a create that skips the check ends calls. It does not block the create."""
        target = change.target
        with contextlib.suppress(ApiError):
            live = self._answers.settings(target.connector, target.region)
            if live is not None and live.routes and not live.disabled:
                said = messages.OVERWRITES_CALLS.say(connector=target.named, numbers=self._numbers(target))
                self._say(change.name, said)

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
