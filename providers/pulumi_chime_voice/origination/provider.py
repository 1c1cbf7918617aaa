"""The provider: what Pulumi's engine calls, in the order of a resource's life.

Checked inputs and state have one form: ``voiceConnectorId``, ``routes`` (by endpoint, see `routes.keyed`), ``disabled``,
``region``, ``onConflict`` and ``callDistribution``. The engine compares mappings by key, so a preview shows exactly the
routes that change, and what that does to calls.

The class's import path is written into every user's state and loaded from there on refresh and delete: it is
``pulumi_chime_voice.OriginationProvider`` for good, and an instance is pickled by that reference alone. Whatever an
operation needs is therefore made in `configure`, inside the plugin.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from ..aws.client import ChimeSdkVoice
from ..aws.config import AwsConfig, read_config
from ..engine.claims import Claims, run_of_plugin
from ..engine.plugin import refuse_old_sdk, speak_in_sentences, urn_of_request
from ..engine.redaction import SECRET, boundary, redacted, say
from ..errors import ApiError, ConfigurationError, NotFoundError, RefusedError
from . import messages
from . import routes as domain
from .guards import Guards, Place
from .inputs import GET, Inputs, is_unknown, read_inputs, settings_of, state_of
from .preview import Change, Preview

if TYPE_CHECKING:
    from collections.abc import Iterator

YOUNG_CONNECTOR_SECONDS = 60


class OriginationProvider(ResourceProvider):
    """Origination settings of an Amazon Chime SDK Voice Connector, created, read, updated and deleted."""

    serialize_as_secret_always = False

    _config: AwsConfig
    _api: ChimeSdkVoice
    _guards: Guards
    _preview: Preview
    _claims: Claims
    _wanted: dict[str, domain.Settings]

    def configure(self, req: ConfigureRequest) -> None:
        """Takes the ``aws:*`` configuration. No client is made before the first call."""
        speak_in_sentences()
        refuse_old_sdk()
        # The names of all keys are the SDK's own affair; without them, a mistyped one is not found.
        self._config = read_config(req.config.get, getattr(req.config, "_props", ()))
        self._api = ChimeSdkVoice(self._config)
        self._guards = Guards(self._api, self._api)
        self._preview = Preview(self._api)
        self._claims = Claims(run_of_plugin())
        self._wanted = {}

    # --- check

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validates, fills in, and refuses: two owners of a connector, and in a preview whatever the guards refuse."""
        olds = _olds or {}
        with boundary(olds, news):
            inputs = read_inputs(olds, news, self._config)
            failures = inputs.failures or self._refusals(olds, inputs)
            if failures:
                # An empty property, because the engine's words for any other are confusing.
                return CheckResult(news, [CheckFailure("", redacted(failure)) for failure in failures])
            return CheckResult(inputs.checked(), [])

    def _refusals(self, olds: dict[str, Any], inputs: Inputs) -> list[str]:
        urn = urn_of_request()
        if not inputs.owner:
            return [messages.NO_OWNER.say()]
        connector, before = inputs.connector, olds.get("voiceConnectorId")
        holds = before is not None and before == connector
        if connector is not None:
            holder = self._claims.claim(connector, inputs.owner, urn)
            if holder is not None:
                one, other = sorted((holder, inputs.owner))
                return [messages.DECLARED_TWICE.say(id=connector, region=inputs.region or "?", one=one, other=other)]
            if holds:
                self._claims.hold(connector, inputs.owner, urn)
            if inputs.settings is not None and inputs.on_conflict != "overwrite":
                self._wanted[connector] = inputs.settings
        refused = [] if before is None or holds else self._leaving(olds, inputs, urn)
        if connector is None or inputs.region is None:
            return refused
        change = Change(
            name=inputs.owner,
            place=Place(connector, inputs.region, "updating" if holds else "creating", urn),
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

    def _leaving(self, olds: dict[str, Any], inputs: Inputs, urn: str | None) -> list[str]:
        """A replacement clears the connector that it leaves, whether or not the one that it moves to is known yet."""
        connector = olds["voiceConnectorId"]
        if self._claims.others(connector, inputs.owner):
            return []
        return self._preview.leaving(
            inputs.owner,
            Place(connector, self._region(olds, connector, "replacing"), "replacing", urn),
            settings_of(olds),
            inputs.connector,
            preview=inputs.preview,
            overwrite=olds.get("onConflict") == "overwrite",
        )

    def _region(self, props: dict[str, Any], connector: str, doing: str) -> str:
        """The region of a state, which may have been written by hand without one."""
        region = props.get("region") or self._config.default_region()
        if not region:
            raise ConfigurationError(
                f"{doing} origination of Voice Connector {connector}: no region is set: set it on the resource, "
                "as aws:region, or as AWS_REGION."
            )
        return str(region)

    # --- diff

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compares settings without regard to route order, and what the guards go by; another voice connector means a
        replacement."""
        if is_unknown(_news.get("voiceConnectorId")) or _olds.get("voiceConnectorId", _id) != _news["voiceConnectorId"]:
            # The new voice connector is configured before the old one is cleared.
            return DiffResult(changes=True, replaces=["voiceConnectorId"], delete_before_replace=False)
        return DiffResult(changes=_changes_settings(_olds, _news) or _changes_guards(_olds, _news))

    # --- create and update

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Writes the settings of a voice connector, which may be so young that the service does not know it yet."""
        place, wanted = self._place(props, "creating"), settings_of(props)
        with boundary(props):
            live = None
            if props.get("onConflict") != "overwrite":
                live = self._guards.conflict(place, wanted)
            if wanted.disabled:
                self._guards.emergency_calling(place)
            state = self._put(props, place, wanted, live, wait=YOUNG_CONNECTOR_SECONDS)
        return CreateResult(place.connector, state)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Writes the settings again, through the endpoint of the region that is declared now."""
        place, old, wanted = self._place(_news, "updating"), settings_of(_olds), settings_of(_news)
        with boundary(_olds, _news):
            if not _changes_settings(_olds, _news):
                # What the guards go by, or what is secret, has changed: a matter of the state.
                return UpdateResult(state_of(_news, wanted))
            live = None
            if _news.get("onConflict") != "overwrite":
                live = self._guards.outside_change(place, old, wanted)
            if wanted.disabled and not old.disabled:
                self._guards.emergency_calling(place)
            return UpdateResult(self._put(_news, place, wanted, live if not old.routes else None, wait=0))

    def _put(
        self, props: dict[str, Any], place: Place, wanted: domain.Settings, live: domain.Settings | None, wait: float
    ) -> dict[str, Any]:
        """The one write of create and update, and the state after it.

        Where calls are off, are to be off, and no routes are declared, it writes nothing: a Put might take away the routes
        that are stored.
        """
        if not (live is not None and live.routes and not wanted.routes and wanted.is_met_by(live)):
            self._write(place, wanted, wait)
        self._claims.wrote(place.connector, place.urn)
        return state_of(props, wanted)

    def _write(self, place: Place, wanted: domain.Settings, wait: float) -> None:
        deadline, pause = time.monotonic() + wait, 1.0
        while True:
            try:
                with _emergency_calling_said_so(place):
                    live = self._api.put_origination(place.connector, place.region, wanted, place.doing)
                break
            except NotFoundError:
                if time.monotonic() + pause > deadline:
                    raise
            time.sleep(pause)
            pause = min(pause * 2, 15.0)
        if live is not None and not wanted.is_met_by(live):
            said = messages.ANSWERS_OTHERWISE.say(connector=place.named, differences=domain.differences(wanted, live))
            say(said, live=live)

    # --- read

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The live settings. Only NotFound, or an answer without settings, confirmed, means that they are gone."""
        with boundary(props):
            place = Place(id_, self._region(props, id_, "reading"), "reading", urn_of_request())
            known = settings_of(props)
            try:
                live = self._guards.settled(place, known)
            except RefusedError:
                if props.get(GET):
                    raise place.refused(messages.NO_SUCH_CONNECTOR, regions="") from None
                raise
            if live is None:
                if props.get(GET):
                    raise place.refused(messages.GONE)
                return ReadResult("", {})
            live = known if known.is_met_by(live) else domain.like(live, known)
            state = state_of({**props, "voiceConnectorId": id_, "region": place.region}, live)
            return ReadResult(id_, state, dict(state))

    # --- delete

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Deletes the settings, unless this run's program declares the voice connector: then they are another's."""
        with boundary(_props):
            place = Place(_id, self._region(_props, _id, "deleting"), "deleting", urn_of_request())
            stays = self._claims.on_delete(_id, place.urn)
            if stays is not None:
                if stays.replaced and _id in self._wanted:
                    # Deleted before it is replaced on the same connector: nothing is sent, and if the create were refused
                    # after that, nobody would own what is live.
                    self._guards.conflict(place, self._wanted[_id])
                return
            if _props.get("onConflict") != "overwrite":
                self._guards.outside_change_on_delete(place, settings_of(_props))
            self._guards.emergency_calling(place)
            try:
                with _emergency_calling_said_so(place):
                    self._api.delete_origination(_id, place.region)
            except NotFoundError:
                # There is nothing to delete, if it is the right account that says so.
                self._guards.is_gone(place, None)

    def _place(self, props: dict[str, Any], doing: str) -> Place:
        connector = props["voiceConnectorId"]
        return Place(connector, self._region(props, connector, doing), doing, urn_of_request())


OriginationProvider.__module__ = "pulumi_chime_voice"


def _changes_settings(olds: dict[str, Any], news: dict[str, Any]) -> bool:
    """Whether the settings of one voice connector change, or the endpoint that they go through."""
    if any(is_unknown(news.get(key)) for key in ("routes", "disabled", "region")):
        return True
    return bool(olds.get("region") != news["region"]) or not settings_of(olds).equals(settings_of(news))


def _changes_guards(olds: dict[str, Any], news: dict[str, Any]) -> bool:
    """Whether what a later delete or update goes by changes: it reads that from the state."""
    was = olds.get("onConflict")
    # A state that an early version wrote says nothing of it, and then a delete looks.
    return (was is not None and was != news.get("onConflict")) or bool(olds.get(SECRET)) != bool(news.get(SECRET))


@contextlib.contextmanager
def _emergency_calling_said_so(place: Place) -> Iterator[None]:
    """AWS's own refusal, whose code is not documented, in the words of the guard that it got past."""
    try:
        yield
    except ApiError as error:
        refused = error.status is not None and error.status // 100 == 4  # noqa: PLR2004
        if refused and "emergency" in error.message.lower():
            raise place.refused_for_emergency_calling(error.request_id) from error
        raise
