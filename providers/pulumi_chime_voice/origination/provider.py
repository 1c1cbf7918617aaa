"""The provider: what Pulumi's engine calls, in the order of a resource's life.

Checked inputs and state have one form: ``voiceConnectorId``, ``routes`` (by endpoint, see `routes.keyed`), ``disabled``,
``region``, ``onConflict`` and ``callDistribution``. The engine compares mappings by key, so a preview shows exactly the
routes that change, and what that does to calls.

The class's import path is written into every user's state and loaded from there on refresh and delete: it is
``pulumi_chime_voice.OriginationProvider`` for good, and an instance is pickled only by that reference. Whatever an
operation needs is therefore made in `configure`, inside the plugin.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)

from ..engine.base import YOUNG_CONNECTOR_SECONDS, ChimeProvider, once_known
from ..engine.messages import ANSWERS_OTHERWISE, GONE, NO_SUCH_CONNECTOR
from ..engine.plugin import urn_of_request
from ..engine.redaction import SECRET, redacted, say
from ..errors import ApiError, NotFoundError, RefusedError
from . import routes as domain
from .api import ORIGINATION, Reader, delete_origination, put_origination
from .guards import Guards, emergency_calling_refused
from .inputs import GET, Inputs, is_unknown, read_inputs, settings_of, state_of
from .preview import Change, Preview
from .secrets import boundary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..engine.base import Target


class OriginationProvider(ChimeProvider):
    """Origination settings of an Amazon Chime SDK Voice Connector, created, read, updated and deleted."""

    kind = ORIGINATION

    _guards: Guards
    _preview: Preview
    _wanted: dict[str, domain.Settings]

    def configure(self, req: ConfigureRequest) -> None:
        """Takes the ``aws:*`` configuration. No client is made before the first call."""
        super().configure(req)
        reader = Reader(self._client)
        self._guards = Guards(reader, reader)
        self._preview = Preview(self._client)
        self._wanted = {}

    # --- check

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validates, fills in, and refuses: two owners of a connector, and in a preview whatever the guards refuse."""
        olds = olds or {}
        with boundary(olds, news):
            inputs = read_inputs(olds, news, self._config)
            failures = inputs.failures or self._refusals(olds, inputs)
            if failures:
                # An empty property, because the engine's words for any other are confusing.
                return CheckResult(news, [CheckFailure("", redacted(failure)) for failure in failures])
            return CheckResult(inputs.checked(), [])

    def _refusals(self, olds: dict[str, Any], inputs: Inputs) -> list[str]:
        connector, before = inputs.connector, olds.get("voiceConnectorId")
        holds = before is not None and before == connector
        not_claimed = self._not_claimed(connector, inputs.owner, inputs.region)
        if not_claimed is not None:
            return [not_claimed]
        if connector is not None:
            if holds:
                self._claims.hold(connector, inputs.owner, urn_of_request())
            if inputs.settings is not None and inputs.on_conflict != "overwrite":
                self._wanted[connector] = inputs.settings
        refused = [] if before is None or holds else self._leaving(olds, inputs)
        if connector is None or inputs.region is None:
            return refused
        change = Change(
            name=inputs.owner,
            target=self._target(connector, {"region": inputs.region}, "updating" if holds else "creating"),
            old=settings_of(olds) if holds else None,
            wanted=inputs.settings,
            disabled=inputs.disabled,
            overwrite=inputs.on_conflict == "overwrite",
        )
        if inputs.preview and (not holds or _changes_settings(olds, inputs.as_state())):
            refused += self._preview.refusals(change)
        elif not inputs.preview and before is not None and not holds:
            refused += self._preview.arriving(change, YOUNG_CONNECTOR_SECONDS)
        return refused

    def _leaving(self, olds: dict[str, Any], inputs: Inputs) -> list[str]:
        """A replacement clears the connector that it leaves, whether or not the one that it moves to is known yet."""
        connector = olds["voiceConnectorId"]
        if self._claims.others(connector, inputs.owner):
            return []
        return self._preview.leaving(
            inputs.owner,
            self._target(connector, olds, "replacing"),
            settings_of(olds),
            inputs.connector,
            preview=inputs.preview,
            overwrite=olds.get("onConflict") == "overwrite",
        )

    # --- diff

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compares settings without regard to route order, and what the guards go by; another voice connector means a
        replacement."""
        if is_unknown(news.get("voiceConnectorId")) or olds.get("voiceConnectorId", id_) != news["voiceConnectorId"]:
            # The new voice connector is configured before the old one is cleared.
            return DiffResult(changes=True, replaces=["voiceConnectorId"], delete_before_replace=False)
        return DiffResult(changes=_changes_settings(olds, news) or _changes_guards(olds, news))

    # --- create and update

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Writes the settings of a voice connector, which may be so young that the service does not know it yet."""
        target, wanted = self._target(props["voiceConnectorId"], props, "creating"), settings_of(props)
        with boundary(props):
            live = None
            if props.get("onConflict") != "overwrite":
                live = self._guards.conflict(target, wanted)
            if wanted.disabled:
                self._guards.emergency_calling(target)
            state = self._put(props, target, wanted, live, wait=YOUNG_CONNECTOR_SECONDS)
        return CreateResult(target.connector, state)

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Writes the settings again, through the endpoint of the region that is declared now."""
        target = self._target(news["voiceConnectorId"], news, "updating")
        old, wanted = settings_of(olds), settings_of(news)
        with boundary(olds, news):
            if not _changes_settings(olds, news):
                # What the guards go by, or what is secret, has changed: a matter of the state.
                return UpdateResult(state_of(news, wanted))
            live = None
            if news.get("onConflict") != "overwrite":
                live = self._guards.outside_change(target, old, wanted)
            if wanted.disabled and not old.disabled:
                self._guards.emergency_calling(target)
            return UpdateResult(self._put(news, target, wanted, live if not old.routes else None, wait=0))

    def _put(
        self, props: dict[str, Any], target: Target, wanted: domain.Settings, live: domain.Settings | None, wait: float
    ) -> dict[str, Any]:
        """The one write of create and update, and the state after it.

        Where calls are off, are to be off, and no routes are declared, it writes nothing: a Put might take away the routes
        that are stored.
        """
        if not (live is not None and live.routes and not wanted.routes and wanted.is_met_by(live)):
            self._write(target, wanted, wait)
        self._claims.wrote(target.connector, target.urn)
        return state_of(props, wanted)

    def _write(self, target: Target, wanted: domain.Settings, wait: float) -> None:
        with _emergency_calling_said_so(target):
            live = once_known(lambda: put_origination(self._client, target, wanted), wait)
        if live is not None and not wanted.is_met_by(live):
            said = ANSWERS_OTHERWISE.say(connector=target.named, differences=domain.differences(wanted, live))
            say(said, live=live)

    # --- read

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The live settings. Only NotFound, or an answer without settings, confirmed, means that they are gone."""
        with boundary(props):
            target = self._target(id_, props, "reading")
            known = settings_of(props)
            try:
                live = self._guards.settled(target, known)
            except RefusedError:
                if props.get(GET):
                    raise target.refused(NO_SUCH_CONNECTOR, regions="") from None
                raise
            if live is None:
                if props.get(GET):
                    raise target.refused(GONE)
                return ReadResult("", {})
            live = known if known.is_met_by(live) else domain.like(live, known)
            state = state_of({**props, "voiceConnectorId": id_, "region": target.region}, live)
            return ReadResult(id_, state, dict(state))

    # --- delete

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Deletes the settings, unless this run's program declares the voice connector: then they are another's."""
        with boundary(props):
            target = self._target(id_, props, "deleting")
            stays = self._claims.on_delete(id_, target.urn)
            if stays is not None:
                if stays.replaced and id_ in self._wanted:
                    # Deleted before it is replaced on the same connector: nothing is sent, and if the create were refused
                    # after that, the live settings would have no owner.
                    self._guards.conflict(target, self._wanted[id_])
                return
            if props.get("onConflict") != "overwrite":
                self._guards.outside_change_on_delete(target, settings_of(props))
            self._guards.emergency_calling(target)
            try:
                with _emergency_calling_said_so(target):
                    delete_origination(self._client, target)
            except NotFoundError:
                # There is nothing to delete, if this is the right account.
                self._guards.is_gone(target, None)


OriginationProvider.__module__ = "pulumi_chime_voice"


def _changes_settings(olds: dict[str, Any], news: dict[str, Any]) -> bool:
    """Whether the settings of one voice connector change, or the endpoint that they go through."""
    if any(is_unknown(news.get(key)) for key in ("routes", "disabled", "region")):
        return True
    return bool(olds.get("region") != news["region"]) or not settings_of(olds).equals(settings_of(news))


def _changes_guards(olds: dict[str, Any], news: dict[str, Any]) -> bool:
    """Whether what a later delete or update goes by changes: it reads that from the state."""
    was = olds.get("onConflict")
    # A state of an early version does not have it. Then a delete checks the live settings.
    return (was is not None and was != news.get("onConflict")) or bool(olds.get(SECRET)) != bool(news.get(SECRET))


@contextlib.contextmanager
def _emergency_calling_said_so(target: Target) -> Iterator[None]:
    """Rewrites AWS's undocumented emergency-calling error as the guard's message."""
    try:
        yield
    except ApiError as error:
        refused = error.status is not None and error.status // 100 == 4  # noqa: PLR2004
        if refused and "emergency" in error.message.lower():
            raise emergency_calling_refused(target, error.request_id) from error
        raise
