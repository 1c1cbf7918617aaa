"""What a preview says about a planned change of an origination: what it does to calls, and what stops it."""

from __future__ import annotations

import contextlib
import datetime
from typing import TYPE_CHECKING

import pulumi

from ..aws.client import DUAL_STACK
from ..aws.failures import lacks_a_grant
from ..aws.traffic import InboundCalls
from ..engine.change_checks import Change, ChangeChecks, Departure
from ..engine.messages import NOT_KNOWN_YET
from ..engine.redaction import is_secret, redacted
from ..engine.settings import CachedReads
from ..errors import ApiError, ChimeVoiceError, NotFoundError, RefusedError
from ..evidence import Evidence
from ..hosts.names import OFF, RESOLVER, Names, Server, read_server
from . import messages, warnings
from .guards import OriginationGuards
from .routes import Settings

if TYPE_CHECKING:
    from ..aws.client import ChimeSdkVoice
    from ..aws.traffic import Traffic
    from ..engine.claims import Claims
    from ..engine.settings import LiveReads
    from ..engine.target import Target

DNS_SECONDS, CALLS_SECONDS = 4.0, 8.0
"""For how long a whole preview waits for DNS, and for counts of calls."""


class OriginationChangeChecks(ChangeChecks[Settings]):
    """Collects the errors and warnings of a planned change of an origination."""

    def __init__(
        self, client: ChimeSdkVoice, claims: Claims, reader: LiveReads[Settings], resolver: object = None
    ) -> None:
        """Raises ConfigurationError if `resolver`, the setting of that name, is not valid."""
        answers = CachedReads(client, reader)
        super().__init__(answers, guards := OriginationGuards(answers, reader))
        self._client = client
        self._claims = claims
        self._emergency_calling = guards.emergency_calling
        self._resolver = None if resolver is None else read_server(RESOLVER, resolver)
        self._dns = Names(self._resolver if isinstance(self._resolver, Server) else None)
        self._is_in_dns = Evidence(self._ask_dns, DNS_SECONDS)
        self._count_calls = InboundCalls(client)
        self._inbound_calls = Evidence(self._ask_calls, CALLS_SECONDS)

    def check_old_connector(self, leave: Departure[Settings]) -> list[str]:
        if leave.preview:
            self._inbound_calls.prefetch(leave.target.connector, leave.target.region)
        return super().check_old_connector(leave)

    def _prefetch(self, change: Change[Settings]) -> None:
        target, wanted = change.target, change.wanted
        if wanted is None:
            return
        if not wanted.disabled:
            self._answers.voice_connector.prefetch(target.connector, target.region)
        if _concerns_calls(change.old, wanted):
            self._inbound_calls.prefetch(target.connector, target.region)
        for name in self._names(wanted):
            self._is_in_dns.prefetch(name, target.region)

    def _block_write(self, change: Change[Settings]) -> None:
        if change.turns_off:
            self._emergency_calling(change.target)

    def _block_leave(self, leave: Departure[Settings]) -> None:
        """Blocks a replacement that leaves emergency calling behind: AWS would reject the delete after the new one is written."""
        try:
            self._emergency_calling(leave.target)
        except RefusedError:
            if leave.is_question:
                if not self._claims.has_emergency_calling_declared(leave.target.connector):
                    raise
                return
            if leave.deletes_first:
                raise leave.target.blocked_error(messages.DELETED_BEFORE_REPLACE) from None
            refusal = leave.target.blocked_error(messages.EMERGENCY_STAYS_BEHIND)
            if not self._claims.moves_along(leave.target.connector, refusal):
                raise refusal from None
            if leave.preview:
                self._say_what_moves_along(leave)

    def _say_what_moves_along(self, leave: Departure[Settings]) -> None:
        paths = [path for path in self._claims.leaving_emergency_calling(leave.target.connector) if path]
        if paths:
            text = messages.EMERGENCY_MOVES_ALONG.format(connector=leave.target.label, paths=", ".join(paths))
            self._say(leave.name, text, pulumi.log.info)

    def warn_about_numbers(self, leave: Departure[Settings]) -> None:
        numbers = self._numbers(leave.target)
        if numbers:
            self._say(leave.name, messages.MAY_BE_DELETED.format(connector=leave.target.label, numbers=numbers))

    def _warn_leave(self, leave: Departure[Settings], *, seen: bool) -> None:
        if not seen and not self._claims.has_answered(leave.target.connector):
            self._say(leave.name, messages.EMERGENCY_NOT_SEEN.format(connector=leave.target.label))
        elif seen and leave.preview:
            numbers = self._numbers(leave.target)
            if numbers:
                into = leave.new or NOT_KNOWN_YET.format()
                left = messages.LEFT_BEHIND.format(connector=leave.target.label, new=into, numbers=numbers)
                self._say(leave.name, left)
            self._say_calls(leave.name, leave.target)

    def _warn(self, change: Change[Settings], live: Settings | None) -> None:
        wanted, target = change.wanted, change.target
        if wanted is None:
            return
        self._note(change, wanted, live)
        said = []
        if warnings.turns_off(change.old, wanted):
            said.append(messages.TURNED_OFF.format(connector=target.label, numbers=self._numbers(target)))
        left = warnings.loses_failover(change.old, wanted) if change.old else None
        if left:
            said.append(messages.FAILOVER_LOST.format(connector=target.label, host=left))
        if not wanted.disabled:
            said += self._about_connector(target, wanted)
            hosts = warnings.placeholders(wanted)
            if hosts and self._client.is_aws(target.region):
                said.append(messages.PLACEHOLDER.format(hosts=hosts))
            missing = [name for name in self._names(wanted) if self._is_in_dns(name, target.region) is False]
            if missing:
                said.append(messages.NOT_IN_DNS.format(hosts=", ".join(missing)))
        for text in said:
            self._say(change.name, text)
        if _concerns_calls(change.old, wanted):
            self._say_calls(change.name, target)

    def _note(self, change: Change[Settings], wanted: Settings, live: Settings | None) -> None:
        """Logs what the live settings reveal without a reason to block the change."""
        named = change.target.label
        if change.overwrite:
            if change.old is None and wanted.disabled:
                self._overwritten(change)
        elif change.old is None:
            if live is not None and change.adopts(live) and live.routes and not wanted.enabled_routes:
                said = messages.STORED_ROUTES.format(connector=named, found=live.describe())
                self._say(change.name, redacted(said, live), pulumi.log.info)
        elif change.old.enabled_routes and wanted.enabled_routes and (live is None or live.is_blank):
            self._say(change.name, messages.ROUTES_GONE.format(connector=named))

    def _overwritten(self, change: Change[Settings]) -> None:
        """Warns if a create that skips the check ends calls. It does not block the create."""
        target = change.target
        with contextlib.suppress(ApiError):
            live = self._answers.settings(target.connector, target.region)
            if live is not None and live.routes and not live.disabled:
                said = messages.OVERWRITES_CALLS.format(connector=target.label, numbers=self._numbers(target))
                self._say(change.name, said)
                self._say_calls(change.name, target)

    def _ask_calls(self, connector: str, region: str) -> Traffic | ApiError | None:
        if not self._client.is_counted(region):
            return None
        return self._count_calls(connector, self._own_region(connector, region))

    def _own_region(self, connector: str, region: str) -> str:
        """Returns the region in which the voice connector is; that of its endpoint if it cannot be read."""
        with contextlib.suppress(ChimeVoiceError):
            return self._answers.voice_connector(connector, region).region
        return region

    def _say_calls(self, name: str, target: Target) -> None:
        """Logs how many calls the change is about, or why that is not known. It never stops a preview."""
        try:
            if not self._client.is_counted(target.region):
                return
        except ChimeVoiceError as error:  # the endpoint of CloudWatch is no URL
            self._say_once(messages.CALLS_NOT_COUNTED.format(error=error), pulumi.log.info)
            return
        calls = self._inbound_calls(target.connector, target.region)
        if calls is None or isinstance(calls, ApiError):
            lacking = calls is not None and lacks_a_grant(calls.message)
            text = (
                messages.CALLS_NOT_ALLOWED.format() if lacking else messages.CALLS_NOT_COUNTED.format(error=calls or "")
            )
            self._say_once(text.strip(), pulumi.log.info)
            return
        named, region = target.label, calls.region
        if not calls.attempts and not calls.active:
            self._say(name, messages.NO_CALLS_COUNTED.format(connector=named, region=region), pulumi.log.info)
            return
        failed = messages.CALLS_FAILED.format(count=f"{calls.failures:,}") if calls.failures else ""
        active = ""
        if calls.active is not None and calls.counted is not None:
            at = calls.counted.astimezone(datetime.timezone.utc).strftime("%H:%M")
            active = messages.CALLS_ACTIVE.format(count=f"{calls.active:,}", time=at)
        text = messages.CALLS_COUNTED.format(
            connector=named, count=f"{calls.attempts:,}", failed=failed, active=active, region=region
        )
        self._say(name, text, pulumi.log.info)

    def _names(self, wanted: Settings) -> list[str]:
        """The host names to look for in DNS, which must not hear of those that are secret."""
        if wanted.disabled or self._resolver == OFF or is_secret() or not Names.is_installed():
            return []
        return warnings.names(wanted)

    def _ask_dns(self, name: str, region: str) -> bool:
        """Whether the name exists, as far as DNS says. An emulator's hosts are made up, unless the setting names a server."""
        return (self._resolver is None and not self._client.is_aws(region)) or self._dns.exists(name)

    def _about_connector(self, target: Target, wanted: Settings) -> list[str]:
        try:
            connector = self._voice_connector(target)
        except NotFoundError:
            return []
        said = []
        if connector is not None:
            endpoints, hosts = warnings.not_over_tls(wanted), warnings.ipv6_hosts(wanted)
            if connector.require_encryption and endpoints:
                said.append(messages.ENCRYPTION.format(connector=target.label, endpoints=endpoints))
            if hosts and connector.network_type not in (DUAL_STACK, ""):
                said.append(
                    messages.IPV6_NEVER_TRIED.format(
                        connector=target.label, network_type=connector.network_type, hosts=hosts
                    )
                )
        return said

    def _numbers(self, target: Target) -> str:
        """The number of phone numbers assigned to the voice connector, as a part of a message; empty if there are none."""
        try:
            count = self._answers.count_phone_numbers(target.region, target.connector)[target.connector]
        except ApiError:
            return messages.NUMBERS_NOT_COUNTED.format()
        return messages.NUMBERS.format(count=count) if count else ""


def _concerns_calls(old: Settings | None, wanted: Settings) -> bool:
    """Whether hosts that receive calls now will receive none, or will be alone."""
    if old is None:
        return False
    loses = warnings.loses_failover(old, wanted) is not None
    return loses or warnings.turns_off(old, wanted) or warnings.loses_routes(old, wanted)
