"""Blocks changes that would harm live calls: conflict, outside change, emergency calling. Runs in Pulumi's plugin.

The guards read the live settings. In an apply they read from the service each time; in a preview they use answers that are kept
(`change_checks.py`), so that the engine's second check of a replacement sends no second request.
"""

from __future__ import annotations

import contextlib
import operator
from typing import TYPE_CHECKING, ClassVar, Generic

from ..aws.failures import is_missing_permission
from ..errors import ApiError, NotFoundError, RefusedError
from .kinds import EMERGENCY_CALLING, S
from .messages import (
    CONFLICT,
    CUSTOM_ENDPOINT,
    EMERGENCY_NOT_ACCEPTED,
    EMERGENCY_NOT_CHECKED,
    EMERGENCY_NOT_MOVED,
    EMERGENCY_REFUSED,
    LAST_CHANGE,
    LAST_CHANGE_NOT_SHOWN,
    NO_SUCH_CONNECTOR,
    NOT_HERE,
    NOT_HERE_AFTER_MOVE,
    OUTSIDE_CHANGE,
    OUTSIDE_CHANGE_AFTER_MOVE,
    OUTSIDE_CHANGE_ON_DELETE,
    OVERWRITTEN,
    STORED,
)
from .redaction import log
from .target import NO_PERMISSION, UNAUTHORIZED, Target, lag_seconds, read_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from ..errors import Message, Refusal
    from .claims import Claims, Resource
    from .reads import CachedReads, LiveReads


class Guards(Generic[S]):
    """Reads live settings, and raises `RefusedError` if a change would harm them. A kind of settings may add its own guards.

    Attributes:
        emergency_calling: the refusal to turn off, delete or move settings that emergency calling needs; None if it does not.
        rejections: words in AWS's undocumented errors for a write or a delete, each with the refusal that replaces the error.

    Args:
        claims: what is known of the run.
        first: reads that may be cached.
        again: reads that must be fresh.
    """

    emergency_calling: Refusal | None = None
    rejections: ClassVar[Mapping[str, Refusal]] = {}

    def __init__(self, claims: Claims, first: LiveReads[S] | CachedReads[S], again: LiveReads[S]) -> None:
        self._claims = claims
        self._first = first
        self._again = again

    @contextlib.contextmanager
    def explain_rejections(self, target: Target) -> Iterator[None]:
        """Replaces AWS's rejection of a write or a delete by a better error, if there is one."""
        try:
            yield
        except ApiError as error:
            is_rejection = error.status is not None and error.status // 100 == 4  # noqa: PLR2004
            text = error.message.rstrip(".")
            refusal = next((refusal for word, refusal in self.rejections.items() if word in text.lower()), None)
            if not is_rejection or refusal is None:
                raise
            request = f" (request {error.request_id})" if error.request_id else ""
            raise target.blocked_error(refusal, said=text, request=request) from error

    # --- emergency calling

    def block_write(self, target: Target, old: S | None, wanted: S | None) -> None:
        """Raises `RefusedError` if a create or an update turns off what emergency calling needs.

        Args:
            old: the settings of the state; None for a create.
            wanted: the declared settings as far as they are known; None if nothing is.
        """
        if wanted is not None and wanted.is_off and not (old and old.is_off):
            self.block_emergency_calling(target)

    def block_delete(self, target: Target) -> None:
        """Raises `RefusedError` if emergency calling is configured, unless this run has deleted it."""
        if (EMERGENCY_CALLING.name, target.connector) in self._claims.memory.deleted:
            return
        try:
            self.block_emergency_calling(target, rereads=True)
        except RefusedError:
            if self._has_moved(target) and self._claims.memory.declarations().of_kind(EMERGENCY_CALLING.name):
                raise target.blocked_error(EMERGENCY_NOT_MOVED) from None
            raise

    def _has_moved(self, target: Target) -> bool:
        """Whether the resource has its settings on another voice connector already, and leaves this one at last."""
        resource = self._claims.resource(target.urn)
        return resource.checked not in (None, target.connector) and resource.manages(str(resource.checked))

    def block_emergency_calling(self, target: Target, *, rereads: bool = False) -> None:
        """Raises `RefusedError` if emergency calling, which needs the settings, is configured.

        Args:
            rereads: whether to read again if it is configured: it may have just been deleted, or be deleted at the same time.
        """

        def is_configured(reads: LiveReads[S] | CachedReads[S]) -> bool:
            return reads.has_emergency_calling(target.connector, target.region)

        if self.emergency_calling is None:
            return
        try:
            configured = is_configured(self._first)
            if rereads:
                seconds = self._lag_seconds(target)
                configured = read_until(lambda: is_configured(self._again), configured, operator.not_, seconds)
        except ApiError as error:
            if error.status not in NO_PERMISSION:
                raise
            log(_not_checked(error).format(connector=target.label))
            return
        if configured:
            raise target.blocked_error(self.emergency_calling, request="")

    # --- what every kind has

    def conflict(self, target: Target, wanted: S | None, old: S | None = None) -> S | None:
        """Before a create: blocks it if the live settings are different.

        Args:
            wanted: None if a preview does not know them yet; then nothing is blocked.
            old: the settings of the state on that voice connector, if this create is half of a replacement there.

        Returns:
            The live settings; None if there are none.
        """
        live = _read(self._first, target)
        if live is None or live.is_blank or wanted is None or wanted.is_satisfied_by(live):
            return live
        if old is not None and old.is_satisfied_by(live) and not old.overlooks(live, wanted):
            return live
        raise target.blocked_error(CONFLICT, live, found=live.describe())

    def outside_change(self, target: Target, old: S, wanted: S | None) -> S | None:
        """Before an update: blocks it if the settings were changed outside Pulumi. `wanted` as above."""
        live = _read(self._first, target)
        if wanted is None:
            return live

        def is_expected(live: S | None) -> bool:
            return live is not None and any(settings.is_satisfied_by(live) for settings in (old, wanted))

        def accepted(live: S | None) -> bool:
            return is_expected(live) and not old.overlooks(live, wanted)

        live = self._reread_until(target, live, accepted)
        if accepted(live) or self.is_gone(target, live):
            return live
        if live is not None and is_expected(live):
            raise target.blocked_error(STORED, live, found=live.describe())
        raise self._changed(target, OUTSIDE_CHANGE, old, live)

    def outside_change_on_delete(self, target: Target, old: S) -> S | None:
        """Before a delete: blocks it if the settings were changed outside Pulumi. Returns the live settings, or None.

        If no settings are found, it does not read again: the delete is sent anyway, and its response is more reliable.
        """

        def accepted(live: S | None) -> bool:
            return live is None or live.is_blank or old.is_satisfied_by(live)

        live = self._reread_until(target, _read(self._first, target), accepted)
        if accepted(live):
            return live
        message = OUTSIDE_CHANGE_AFTER_MOVE if self._has_moved(target) else OUTSIDE_CHANGE_ON_DELETE
        raise self._changed(target, message, old, live)

    def block_overwritten(self, target: Target, owner: Resource, others: Iterable[S]) -> None:
        """Raises `RefusedError` if other settings of the stack are live in place of those that a resource keeps unchanged.

        The message shows no settings: those of another resource may be secret.
        """

        def accepted(live: S | None) -> bool:
            is_right = live is None or owner.old.is_satisfied_by(live)
            return is_right or not any(other.is_satisfied_by(live) for other in others)

        if not accepted(self._reread_until(target, _read(self._first, target), accepted)):
            raise target.blocked_error(OVERWRITTEN, owner=owner.path)

    def read_confirmed(self, target: Target, old: S) -> S | None:
        """Returns the live settings. Absent settings, or settings without an effect, are accepted only after reading again.

        Args:
            old: the settings of the state.

        Raises:
            RefusedError: neither the settings nor the voice connector are there.
        """
        live = _read(self._first, target)
        # First, so that an error is raised immediately; reads of a new voice connector may lag, too.
        exists = live is not None or target.connector_exists(self._first.voice_connector)
        live = self._reread_until(target, live, lambda live: live is not None and (old.is_blank or not live.is_blank))
        if live is None and not exists:
            self.is_gone(target, live)
        return live

    def is_gone(self, target: Target, live: S | None, *, has_answered: bool = False) -> bool:
        """Whether the settings are gone. Confirmed by reading the voice connector itself.

        Args:
            has_answered: whether the service has found the voice connector in this run: then it was deleted since, for example
                by this run, if it is not found for as long as reads may lag.

        Raises:
            RefusedError: it is not found: these are other credentials, another region or endpoint, or it was deleted before.
        """
        if live is not None:
            return live.is_absent
        if target.connector_exists(self._first.voice_connector):
            return True
        if has_answered:
            seconds = self._lag_seconds(target)
            read_until(lambda: target.connector_exists(self._again.voice_connector), False, bool, seconds)
            return True
        raise self.not_here(target)

    def block_other_account(self, target: Target) -> None:
        """Raises `RefusedError` if the credentials find neither the settings nor the voice connector, so that nothing is sent.

        Without the permission to read the voice connector, the response to the delete decides.
        """
        try:
            self.is_gone(target, None)
        except ApiError as error:
            if error.status not in NO_PERMISSION:
                raise

    def not_here(self, target: Target) -> RefusedError:
        """Returns the error for a voice connector of the state that the service does not find."""
        message = NOT_HERE_AFTER_MOVE if self._has_moved(target) else NOT_HERE
        return target.blocked_error(message, service=self._endpoint_note(target))

    def no_such_connector(self, target: Target, regions: str = "") -> RefusedError:
        """Returns the error for a voice connector that the service does not find."""
        return target.blocked_error(NO_SUCH_CONNECTOR, service=self._endpoint_note(target), regions=regions)

    def _reread_until(self, target: Target, live: S | None, accepted: Callable[[S | None], bool]) -> S | None:
        """Reads again until the live settings are accepted, because reads can lag behind writes."""
        if accepted(live):
            return live
        return read_until(lambda: _read(self._again, target), live, accepted, self._lag_seconds(target))

    def _lag_seconds(self, target: Target) -> float:
        return lag_seconds(self._again.client, target.region)

    def _endpoint_note(self, target: Target) -> str:
        """Returns a sentence that names the service endpoint; empty if it is AWS's own."""
        url = self._again.client.custom_endpoint(target.region)
        return "" if url is None else CUSTOM_ENDPOINT.format(url=url)

    def _changed(self, target: Target, message: Message, old: S, live: S | None) -> RefusedError:
        event = self._again.last_change(target.connector, target.region, live)
        last_change = ""
        if event is not None:
            text = LAST_CHANGE if self._again.is_recorded(event) else LAST_CHANGE_NOT_SHOWN
            last_change = text.format(who=event.who, time=f"{event.time:%Y-%m-%d %H:%M}")
        return target.blocked_error(message, live, differences=old.differences(live), last_change=last_change)


def _read(reads: LiveReads[S] | CachedReads[S], target: Target) -> S | None:
    try:
        return reads.settings(target.connector, target.region)
    except NotFoundError:
        return None


def _not_checked(error: ApiError) -> Message:
    """Returns why emergency calling was not checked: a grant helps only if AWS reports a missing permission."""
    if error.status == UNAUTHORIZED:
        return EMERGENCY_NOT_ACCEPTED
    return EMERGENCY_NOT_CHECKED if is_missing_permission(error.message) else EMERGENCY_REFUSED
