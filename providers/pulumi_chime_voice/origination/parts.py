"""Assembles what an origination adds to the lifecycle of a resource (`engine.lifecycle`). Runs in Pulumi's plugin."""

from __future__ import annotations

import contextlib
import datetime
import functools
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import pulumi

from ..aws.client import DUAL_STACK
from ..aws.config import CLOUDWATCH
from ..aws.failures import is_missing_permission
from ..aws.traffic import InboundCalls
from ..engine import emergency_moves
from ..engine.change_checks import Change, ChangeChecks, Departure
from ..engine.guards import Guards
from ..engine.kinds import ORIGINATION
from ..engine.lifecycle import Parts
from ..engine.messages import NOT_KNOWN_YET
from ..engine.redaction import is_secret, redacted
from ..errors import ApiError, ChimeVoiceError, NotFoundError, RefusedError
from ..evidence import Evidence
from ..hosts.dns_answer import OFF, Server, can_query, read_server
from ..stack_config import RESOLVER
from . import messages, warnings
from .api import ORIGINATION_API
from .inputs import OriginationInputs, settings_of, texts_of, with_secrets
from .routes import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..aws.traffic import Traffic
    from ..engine.target import Target
    from ..hosts.names import Names

DNS_SECONDS, CALLS_SECONDS = 4.0, 8.0
"""The longest time for which a whole preview waits for DNS, and for counts of calls."""


class OriginationGuards(Guards[Settings]):
    """The guards of an origination: calls cannot be turned off while emergency calling is configured."""

    emergency_calling = messages.EMERGENCY_CALLING
    rejections: ClassVar = {"emergency": messages.EMERGENCY_CALLING}


class OriginationChangeChecks(ChangeChecks[Settings]):
    """Raises the errors and logs the warnings of a planned change: what blocks it, and what it does to calls."""

    def _set_up(self, option: Callable[[str], Any]) -> None:
        resolver = option(RESOLVER)
        self._resolver = None if resolver is None else read_server(RESOLVER, resolver)
        self._is_in_dns = Evidence(self._exists_in_dns, DNS_SECONDS)
        self._count_calls = InboundCalls(self._client)
        self._inbound_calls = Evidence(self._read_calls, CALLS_SECONDS)

    def check_old_connector(self, departure: Departure[Settings]) -> None:
        if self._claims.memory.known.is_preview:
            self._inbound_calls.prefetch(departure.target.connector, departure.target.region)
        super().check_old_connector(departure)

    def _prefetch(self, change: Change[Settings]) -> None:
        target, wanted = change.target, change.wanted
        if wanted is None:
            return
        if not wanted.disabled:
            self._reads.voice_connector.prefetch(target.connector, target.region)
        if _concerns_calls(change.old, wanted):
            self._inbound_calls.prefetch(target.connector, target.region)
        for name in self._names(wanted):
            self._is_in_dns.prefetch(name, target.region)

    def _block_departure(self, departure: Departure[Settings]) -> None:
        """Blocks a replacement that leaves emergency calling behind: AWS would reject the delete after the new one is written."""
        target = departure.target
        try:
            super()._block_departure(departure)
        except RefusedError:
            if departure.is_question:
                if not emergency_moves.is_declared(self._claims.memory, target.connector):
                    raise
                return
            refusal = target.blocked_error(messages.EMERGENCY_STAYS_BEHIND)
            if not emergency_moves.moves_along(self._claims.memory, target.connector, refusal):
                raise refusal from None
            paths = emergency_moves.may_leave(self._claims.memory, target.connector)
            if self._claims.memory.known.is_preview and paths:
                self._log(departure, messages.EMERGENCY_MOVES_ALONG, pulumi.log.info, paths=", ".join(paths))

    def warn_about_numbers(self, departure: Departure[Settings]) -> None:
        if numbers := self._numbers(departure.target):
            self._log(departure, messages.MAY_BE_DELETED, numbers=numbers)

    def _warn_departure(self, departure: Departure[Settings], *, exists: bool) -> None:
        target = departure.target
        if not exists and target.connector not in self._claims.memory.answered:
            self._log(departure, messages.EMERGENCY_NOT_SEEN)
        elif exists and self._claims.memory.known.is_preview:
            if numbers := self._numbers(target):
                self._log(departure, messages.LEFT_BEHIND, new=departure.new or NOT_KNOWN_YET, numbers=numbers)
            self._log_calls(departure)

    def _warn(self, change: Change[Settings], live: Settings | None) -> None:
        wanted = change.wanted
        if wanted is None:
            return
        self._note(change, wanted, live)
        if warnings.turns_off(change.old, wanted):
            self._log(change, messages.TURNED_OFF, numbers=self._numbers(change.target))
        if change.old and (host := warnings.loses_failover(change.old, wanted)):
            self._log(change, messages.FAILOVER_LOST, host=host)
        if not wanted.disabled:
            self._warn_about_hosts(change, wanted)
        if _concerns_calls(change.old, wanted):
            self._log_calls(change)

    def _note(self, change: Change[Settings], wanted: Settings, live: Settings | None) -> None:
        """Logs what the live settings reveal without a reason to block the change."""
        if change.overwrite:
            if change.old is None and wanted.disabled:
                self._warn_if_overwritten(change)
        elif change.old is None:
            if live is not None and live.disabled and not wanted.disabled:
                self._log(change, messages.TURNED_ON, pulumi.log.info)
            is_open = not wanted.enabled_routes
            if live is not None and is_open and change.adopts(live) and live.has_more_than(wanted):
                found = redacted(live.describe(), live)
                self._log(change, messages.STORED_ROUTES, pulumi.log.info, found=found)
        elif change.old.enabled_routes and wanted.enabled_routes and (live is None or live.is_blank):
            self._log(change, messages.ROUTES_GONE)

    def _warn_if_overwritten(self, change: Change[Settings]) -> None:
        """Warns if a create that skips the check ends calls. It does not block the create."""
        target = change.target
        with contextlib.suppress(ApiError):
            live = self._reads.settings(target.connector, target.region)
            if live is not None and live.routes and not live.disabled:
                self._log(change, messages.OVERWRITES_CALLS, numbers=self._numbers(target))
                self._log_calls(change)

    def _warn_about_hosts(self, change: Change[Settings], wanted: Settings) -> None:
        target, connector = change.target, None
        with contextlib.suppress(NotFoundError):
            connector = self._voice_connector(target.connector, target.region)
        if connector and connector.require_encryption and (endpoints := warnings.not_over_tls(wanted)):
            self._log(change, messages.ENCRYPTION, endpoints=endpoints)
        hosts = warnings.hosts_that(wanted, lambda host: ":" in host)
        if hosts and connector and connector.network_type not in (DUAL_STACK, ""):
            self._log(change, messages.IPV6_NEVER_TRIED, network_type=connector.network_type, hosts=hosts)
        if self._client.is_aws(target.region) and (hosts := warnings.hosts_that(wanted, warnings.is_placeholder)):
            self._log(change, messages.PLACEHOLDER, hosts=hosts)
        if missing := [name for name in self._names(wanted) if self._is_in_dns(name, target.region) is False]:
            self._log(change, messages.NOT_IN_DNS, hosts=", ".join(missing))

    def _read_calls(self, connector: str, region: str) -> Traffic | ChimeVoiceError | Literal[False]:
        """Returns the calls, or why they cannot be read; False if CloudWatch does not know the voice connector."""
        try:
            if not self._client.observes(CLOUDWATCH, region):
                return False
        except ChimeVoiceError as error:  # the endpoint of CloudWatch is no URL
            return error
        with contextlib.suppress(ChimeVoiceError):
            region = self._reads.voice_connector(connector, region).region  # not always that of the endpoint
        return self._count_calls(connector, region) or False

    def _log_calls(self, change: Change[Settings] | Departure[Settings]) -> None:
        """Logs how many calls the change concerns, or why that is not known. It never stops a preview."""
        calls = self._inbound_calls(change.target.connector, change.target.region)
        if calls is False:
            return
        if calls is None or isinstance(calls, ChimeVoiceError):
            is_forbidden = isinstance(calls, ApiError) and is_missing_permission(calls.message)
            text = messages.CALLS_NOT_COUNTED.format(error=calls or "").strip()
            self._log_once(messages.CALLS_NOT_ALLOWED.format() if is_forbidden else text, pulumi.log.info)
            return
        failed = active = ""
        if calls.failures:
            failed = messages.CALLS_FAILED.format(count=f"{calls.failures:,}")
        if calls.active is not None and calls.counted is not None:
            time = calls.counted.astimezone(datetime.timezone.utc).strftime("%H:%M")
            active = messages.CALLS_ACTIVE.format(count=f"{calls.active:,}", time=time)
        message = messages.CALLS_COUNTED if calls.attempts or calls.active else messages.NO_CALLS_COUNTED
        count = f"{calls.attempts:,}"
        self._log(change, message, pulumi.log.info, region=calls.region, count=count, failed=failed, active=active)

    def _names(self, wanted: Settings) -> list[str]:
        """Returns the host names to look up in DNS. Secret names are never sent to it."""
        return [] if self._resolver == OFF or is_secret() or not can_query() else warnings.names(wanted)

    @functools.cached_property
    def _dns(self) -> Names:
        from ..hosts.names import Names  # noqa: PLC0415 - a preview without changes has no use for dnspython

        return Names(self._resolver if isinstance(self._resolver, Server) else None)

    def _exists_in_dns(self, name: str, region: str) -> bool:
        """Whether DNS has the name. An emulator's hosts are made up, so they are queried only if the setting names a server."""
        return (self._resolver is None and not self._client.is_aws(region)) or self._dns.exists(name)

    def _numbers(self, target: Target) -> str:
        """Returns the number of phone numbers of the voice connector, as a part of a message; empty if there are none."""
        try:
            count = self._reads.count_phone_numbers(target.region, target.connector)[target.connector]
        except ApiError:
            return messages.NUMBERS_NOT_COUNTED
        return messages.NUMBERS.format(count=count) if count else ""


def _concerns_calls(old: Settings | None, wanted: Settings) -> bool:
    """Whether hosts that receive calls now will receive none. The other hosts may lose their failover with them."""
    return old is not None and (warnings.turns_off(old, wanted) or warnings.loses_routes(old, wanted))


PARTS = Parts(
    kind=ORIGINATION,
    api=ORIGINATION_API,
    inputs=OriginationInputs,
    settings_of=settings_of,
    texts_of=texts_of,
    with_secrets=with_secrets,
    guards=OriginationGuards,
    change_checks=OriginationChangeChecks,
)
