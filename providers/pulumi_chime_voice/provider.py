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

import pulumi
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

from . import messages
from . import routes as domain
from .api import ChimeSdkVoice
from .claims import Claims, engine_run
from .config import AwsConfig, read_config
from .errors import ApiError, ChimeVoiceError, ConfigurationError, NotFoundError
from .guards import Guards, Place, live_in
from .inputs import GET, SECRET, Inputs, is_unknown, read_inputs, settings_of, state_of
from .plugin import speak_in_sentences
from .preview import Change, Preview

if TYPE_CHECKING:
    from collections.abc import Iterator

YOUNG_CONNECTOR_SECONDS = 60
CONFIRM_GONE_SECONDS = 2


class OriginationProvider(ResourceProvider):
    """Origination settings of an Amazon Chime SDK Voice Connector, created, read, updated and deleted."""

    serialize_as_secret_always = False

    _config: AwsConfig
    _api: ChimeSdkVoice
    _guards: Guards
    _preview: Preview
    _claims: Claims

    def configure(self, req: ConfigureRequest) -> None:
        """Takes the ``aws:*`` configuration. No client is made before the first call."""
        speak_in_sentences()
        # The names of all keys are the SDK's own affair; without them, a mistyped one is not found.
        self._config = read_config(req.config.get, getattr(req.config, "_props", ()))
        self._api = ChimeSdkVoice(self._config)
        self._guards = Guards(self._api, self._api)
        self._preview = Preview(self._api)
        self._claims = Claims(engine_run())

    # --- check

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validates, fills in, and refuses: two owners of a connector, and in a preview whatever the guards refuse."""
        inputs = read_inputs(news, self._config)
        failures = inputs.failures or self._refusals(_olds or {}, inputs)
        if failures:
            return CheckResult(news, [CheckFailure("", failure) for failure in failures])
        return CheckResult(inputs.as_state(), [])

    def _refusals(self, olds: dict[str, Any], inputs: Inputs) -> list[str]:
        connector, region = inputs.connector, inputs.region
        if connector is None or region is None:
            return []
        if inputs.owner:
            holder = self._claims.claim(region, connector, inputs.owner)
            if holder is not None:
                one, other = sorted((holder, inputs.owner))
                return [messages.DECLARED_TWICE.say(id=connector, region=region, one=one, other=other)]
        before = olds.get("voiceConnectorId")
        refused: list[str] = []
        if before is not None and before != connector:
            refused = self._refused_leaving(olds, inputs, connector)
            before = None
        if inputs.preview and (before is None or _changes(olds, inputs.as_state())):
            refused += self._preview.refusals(
                Change(
                    name=inputs.owner,
                    place=Place(connector, region, "creating" if before is None else "updating"),
                    old=None if before is None else settings_of(olds),
                    wanted=inputs.settings,
                    disabled=inputs.disabled,
                    overwrite=inputs.on_conflict == "overwrite",
                    secret=inputs.secret,
                )
            )
        return refused

    def _refused_leaving(self, olds: dict[str, Any], inputs: Inputs, new: str) -> list[str]:
        """A replacement clears the connector that it leaves: what would stop it half-way stops it before it begins."""
        place = Place(olds["voiceConnectorId"], olds["region"], "replacing")
        if self._claims.claims(place.connector):
            return []
        try:
            self._preview.guards.emergency_calling(place)
        except ChimeVoiceError as error:
            return [str(error)]
        if inputs.preview:
            self._preview.leaving(inputs.owner, place, new)
        return []

    # --- diff

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compares settings without regard to route order; another voice connector means a replacement."""
        if is_unknown(_news.get("voiceConnectorId")) or _olds.get("voiceConnectorId", _id) != _news["voiceConnectorId"]:
            # The new voice connector is configured before the old one is cleared.
            return DiffResult(changes=True, replaces=["voiceConnectorId"], delete_before_replace=False)
        return DiffResult(changes=_changes(_olds, _news))

    # --- create and update

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Writes the settings of a voice connector, which may be so young that the service does not know it yet."""
        place, wanted = _place(props, "creating"), settings_of(props)
        with _discreet(props, wanted):
            if props.get("onConflict") != "overwrite":
                self._guards.conflict(place, wanted)
            if wanted.disabled:
                self._guards.emergency_calling(place)
            return CreateResult(place.connector, self._put(props, place, wanted, wait=YOUNG_CONNECTOR_SECONDS))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Writes the settings again, through the endpoint of the region that is declared now."""
        place, old, wanted = _place(_news, "updating"), settings_of(_olds), settings_of(_news)
        with _discreet(_news, old, wanted):
            if _news.get("onConflict") != "overwrite":
                self._guards.outside_change(place, old, wanted)
            if wanted.disabled and not old.disabled:
                self._guards.emergency_calling(place)
            return UpdateResult(self._put(_news, place, wanted, wait=0))

    def _put(self, props: dict[str, Any], place: Place, wanted: domain.Settings, wait: float) -> dict[str, Any]:
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
            pulumi.log.warn(domain.redacted(said, wanted, live) if props.get(SECRET) else said)
        return state_of(props, wanted)

    # --- read

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The live settings. Only NotFound, or an answer without settings, confirmed, means that they are gone."""
        region = props.get("region") or self._config.default_region()
        if not region:
            raise ConfigurationError(
                f"reading origination of Voice Connector {id_}: no region is set: set it on the resource, "
                "as aws:region, or as AWS_REGION."
            )
        known = settings_of(props)
        live = self._find(id_, region, known)
        if live is None:
            if props.get(GET):
                raise Place(id_, region, "reading").refused(messages.GONE)
            return ReadResult("", {})
        if known.is_met_by(live):
            live = known
        state = state_of({**props, "voiceConnectorId": id_, "region": region}, live)
        return ReadResult(id_, state, dict(state))

    def _find(self, connector: str, region: str, known: domain.Settings) -> domain.Settings | None:
        """The live settings, or None once a second look has found none either (reads may lag behind writes)."""
        for look in ("first", "second"):
            try:
                live = self._api.get_origination(connector, region, known.routes)
            except NotFoundError:
                live = None
            if live is not None:
                return live
            if look == "first":
                with contextlib.suppress(NotFoundError):
                    self._api.voice_connector(connector, region)
                time.sleep(CONFIRM_GONE_SECONDS)
        return None

    # --- delete

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Deletes the settings, unless this run's program declares the voice connector: then they are another's."""
        if self._claims.claims(_id):
            return
        place, old = Place(_id, _props["region"], "deleting"), settings_of(_props)
        with _discreet(_props, old):
            if _props.get("onConflict") != "overwrite" and not self._guards.outside_change_on_delete(place, old):
                return
            self._guards.emergency_calling(place)
            with contextlib.suppress(NotFoundError), _emergency_calling_said_so(place):
                self._api.delete_origination(_id, place.region)


OriginationProvider.__module__ = "pulumi_chime_voice"


def _place(props: dict[str, Any], doing: str) -> Place:
    return Place(props["voiceConnectorId"], props["region"], doing)


def _changes(olds: dict[str, Any], news: dict[str, Any]) -> bool:
    """Whether the settings of one voice connector change, or the endpoint that they go through."""
    if any(is_unknown(news.get(key)) for key in ("routes", "disabled", "region")):
        return True
    return bool(olds.get("region") != news["region"]) or not settings_of(olds).equals(settings_of(news))


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


@contextlib.contextmanager
def _discreet(props: dict[str, Any], *settings: domain.Settings) -> Iterator[None]:
    """Takes the hosts out of a failure's sentence where the routes are secret."""
    try:
        yield
    except ChimeVoiceError as error:
        if props.get(SECRET):
            error.args = (domain.redacted(str(error), *settings, live_in(error)),)
        raise
