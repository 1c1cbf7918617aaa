"""Implements check, diff, create, read, update and delete for every kind of settings. Runs in Pulumi's plugin.

Checked inputs and state have one form: ``voiceConnectorId``, ``region``, ``onConflict``, and the settings. The engine compares
mappings by key, so a preview shows exactly what changes if the settings are mappings with stable keys.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)

from .. import sdk
from ..aws.client import ChimeSdkVoice
from ..aws.config import read_config
from ..errors import ChimeVoiceError, ConfigurationError, NotFoundError, RefusedError, StateError
from .change_checks import Change, ChangeChecks, Departure
from .claims import Claims, Delete, memory_of
from .emergency_moves import refusals_decided
from .guards import Guards
from .inputs import check_import, is_unknown
from .internal_inputs import GET, IMPORT, PROVIDER, SECRET
from .kinds import S
from .messages import ANSWERS_OTHERWISE, DECLARED_TWICE, GONE, OLD_SETTINGS_STAY, PROGRAM_NOT_HEARD
from .reads import CachedReads, LiveReads
from .reads_ahead import ReadsAhead
from .redaction import boundary, log, redacted, redacted_error
from .run_file import Run
from .target import YOUNG_CONNECTOR_SECONDS, Target, retry_while_not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from pulumi.dynamic import Config

    from ..aws.client import SettingsApi
    from .inputs import Inputs
    from .kinds import Kind
    from .redaction import Redaction


@dataclass(frozen=True)
class Parts(Generic[S]):
    """The parts of a provider that differ between kinds of settings.

    Attributes:
        kind: of the settings.
        api: reads, writes and deletes them.
        inputs: validates declared inputs.
        settings_of: returns the settings in a state or in checked inputs.
        texts_of: returns the secret texts in settings, a state or inputs.
        with_secrets: marks what is secret as a secret of the engine, in a state.
        guards: block changes.
        change_checks: raise the errors and log the warnings of planned changes.
        is_always_secret: whether the texts are secret in any case, and not only if the program says so.
    """

    kind: Kind
    api: SettingsApi[S]
    inputs: type[Inputs[S]]
    settings_of: Callable[[Mapping[str, Any]], S]
    texts_of: Callable[[Any], set[str]]
    with_secrets: Callable[[dict[str, Any]], dict[str, Any]]
    guards: type[Guards[S]] = Guards
    change_checks: type[ChangeChecks[S]] = ChangeChecks
    is_always_secret: bool = False


class Lifecycle(Generic[S]):
    """What a provider does when the engine calls it.

    Args:
        parts: of the provider.
        configuration: the ``aws:*`` and ``chime-voice:*`` keys. No client is made before the first call.

    Raises:
        ConfigurationError: a key is not known, or its value is not valid.
    """

    def __init__(self, parts: Parts[S], configuration: Config) -> None:
        self.parts = parts
        # The SDK's interface does not return the names of the keys; without them, a mistyped key is not found.
        self._config = read_config(configuration.get, sdk.config_keys(configuration))
        self._client = ChimeSdkVoice(self._config)
        address = sdk.plugin_engine_address()
        memory = memory_of(None if address is None else Run(address, sdk.second_engine_address()))
        self._claims = Claims(parts.kind.name, memory, provider=configuration.get(PROVIDER) or "")
        self._make_guards(memory.answered, configuration.get)

    def _make_guards(self, answered: set[str], option: Callable[[str], Any]) -> None:
        """Makes the guards of applies, which read from the service each time, and of previews, which read once."""
        live = LiveReads(self._client, self.parts.api, answered)
        cached = CachedReads(live)
        ahead = ReadsAhead(cached, self._claims, self._config.default_region)
        self._guards = self.parts.guards(self._claims, live, live)
        of_preview = self.parts.guards(self._claims, cached, live)
        self._change_checks = self.parts.change_checks(self._claims, cached, ahead, of_preview, option)

    # --- check

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validates the inputs, fills in defaults, and refuses two owners of a connector and, in a preview, what guards block."""
        olds = olds or {}
        with self._boundary(olds, news):
            if not self._claims.memory.has_program(sdk.urn_of_request()):
                if not news.get(IMPORT):
                    raise ConfigurationError(PROGRAM_NOT_HEARD.format(folder=self._claims.memory.known.folder))
                # `pulumi import` runs no program.
                check_import(self.parts.kind, news, self.parts.inputs({}, news, self._config))
                return CheckResult(news, [])
            old = self._settings(olds) if olds else None
            inputs = self.parts.inputs(olds, news, self._config)
            refusals = [] if inputs.failures else self._refusals(olds, old, inputs)
            failures = [*map(redacted, inputs.failures), *map(redacted_error, refusals)]
            if failures:
                # An empty property, because the engine's words for any other are confusing.
                return CheckResult(news, [CheckFailure("", failure) for failure in failures])
            return CheckResult(self.parts.with_secrets(inputs.as_state()), [])

    def _refusals(self, olds: dict[str, Any], before: S | None, inputs: Inputs[S]) -> list[ChimeVoiceError]:
        """Returns why the change is refused; `before` are the settings of the state that the engine shows."""
        connector, left, urn = inputs.connector, olds.get("voiceConnectorId"), sdk.urn_of_request()
        try:
            self._claim(left, before, inputs, urn)
        except RefusedError as refusal:
            return [refusal]
        resource = self._claims.resource(urn)
        refusals: list[ChimeVoiceError] = [*refusals_decided(self._claims.memory)]
        if (
            left not in (None, connector)
            and before is not None
            and not self._claims.is_declared_by_another(olds["voiceConnectorId"], urn)
        ):
            # It clears the old connector, whether or not the new one is known yet.
            departure = self._departure(olds, before, resource.path, connector)
            refusals += _errors(self._change_checks.check_old_connector, departure)
        # The engine does not show the state when it checks a replacement for the second time.
        old = None if connector is None else resource.old_settings(connector)
        resource.is_unchanged = (
            left == connector
            and inputs.settings is not None
            and olds.get("region") == inputs.region
            and old is not None
            and old.equals(inputs.settings)
        )
        overwritten = None if left is None or before is None else self._claims.overwritten(left, before)
        if left is not None and overwritten is not None:
            refusals += _errors(
                self._change_checks.block_overwritten, self._target(left, olds, "keeping", urn), *overwritten
            )
        if connector is None or inputs.region is None or not self._claims.memory.known.is_preview:
            return refusals  # An apply reads again before it writes.
        change = Change(
            name=resource.path,
            target=self._target(connector, {"region": inputs.region}, "creating" if old is None else "updating", urn),
            old=old,
            wanted=inputs.settings,
            partial=inputs.partial,
            overwrite=inputs.on_conflict == "overwrite",
        )
        if resource.is_unchanged:
            self._change_checks.pass_over(change.target)
        else:
            refusals += _errors(self._change_checks.check_change, change)
        return refusals

    def _claim(self, left: str | None, before: S | None, inputs: Inputs[S], urn: str) -> None:
        """Claims the voice connector for the declaration.

        Raises:
            RefusedError: another resource declares it, or still has it.
        """
        wanted = None if inputs.on_conflict == "overwrite" else inputs.settings
        both = self._claims.claim(inputs.connector, urn, left=left, old=before, wanted=wanted)
        if both is not None:
            one, other = sorted(both)
            id_, region, kind = inputs.connector, inputs.region or "?", self.parts.kind
            raise RefusedError(
                DECLARED_TWICE.format(
                    id=id_, region=region, one=one, other=other, what=kind.name, resource=kind.resource
                )
            )

    def _departure(
        self, olds: dict[str, Any], old: S, name: str, new: str | None, *, is_question: bool = False
    ) -> Departure[S]:
        target = self._target(olds["voiceConnectorId"], olds, "replacing")
        return Departure(
            name=name,
            target=target,
            old=old,
            new=new,
            overwrite=olds.get("onConflict") == "overwrite",
            is_question=is_question,
        )

    # --- diff

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compares the settings, and the inputs on which guards depend; another voice connector means a replacement."""
        _check_id(id_, olds)
        if is_unknown(news.get("voiceConnectorId")) and self._claims.is_question(sdk.urn_of_request()):
            with self._boundary(olds):
                self._before_a_dependency_is_deleted({"voiceConnectorId": id_, **olds})
            return DiffResult(changes=False)
        if is_unknown(news.get("voiceConnectorId")) or olds.get("voiceConnectorId", id_) != news["voiceConnectorId"]:
            # The new voice connector is configured before the old one is cleared.
            return DiffResult(changes=True, replaces=["voiceConnectorId"], delete_before_replace=False)
        return DiffResult(changes=self._changes_declaration(olds, news) or _changes_guards(olds, news))

    def _before_a_dependency_is_deleted(self, olds: dict[str, Any]) -> None:
        """Checks that the voice connector may be left, when the engine asks what it has to delete before a resource it replaces.

        The engine deletes what answers "replace" before the program has declared it, so the answer is always "no changes". But
        the resource that it replaces may be the voice connector itself.

        Raises:
            ChimeVoiceError: the settings could not be deleted, so nothing is.
        """
        urn, connector, old = sdk.urn_of_request(), olds["voiceConnectorId"], self._settings(olds)
        self._claims.record_state(connector, urn, old)  # No check shows it.
        name = self._claims.path(connector, urn)
        if self._claims.memory.known.is_preview:
            return
        departure = self._departure(olds, old, name, None, is_question=True)
        self._change_checks.check_old_connector(departure)
        self._change_checks.warn_about_numbers(departure)

    def _changes_declaration(self, olds: dict[str, Any], news: dict[str, Any]) -> bool:
        """Whether the declared settings of one voice connector change, or the endpoint that receives them."""
        if any(is_unknown(news.get(key)) for key in (*self.parts.inputs.properties, "region")):
            return True
        return bool(olds.get("region") != news["region"]) or not self._settings(olds).is_declared_as(
            self._settings(news)
        )

    # --- create and update

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Writes the settings of a voice connector; the service may not find a new one yet."""
        target, wanted = self._target(props["voiceConnectorId"], props, "creating"), self._settings(props)
        with self._boundary(props):
            live, old = None, self._claims.resource(target.urn).old_settings(target.connector)
            try:
                if props.get("onConflict") != "overwrite":
                    live = self._guards.conflict(target, wanted, old)
                self._guards.block_write(target, old, wanted)
                state = self._written(props, target, wanted, live, wait=YOUNG_CONNECTOR_SECONDS)
            except ChimeVoiceError as error:
                if old is not None:  # They are live, and Pulumi forgets them if the resource is removed now.
                    error.args = (f"{error}{OLD_SETTINGS_STAY}",)
                raise
        return CreateResult(target.connector, state)

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Writes the settings again, through the endpoint of the region that is declared now."""
        with self._boundary(olds, news):
            _check_id(id_, olds)
            old, wanted = self._settings(olds), self._settings(news)
            target = self._target(news["voiceConnectorId"], news, "updating")
            if olds.get("region") == news["region"] and old.equals(wanted):
                # onConflict, secrecy or drained routes changed: update the state, send nothing.
                return UpdateResult(self._state(news, wanted))
            live = None
            if news.get("onConflict") != "overwrite":
                live = self._guards.outside_change(target, old, wanted)
            self._guards.block_write(target, old, wanted)
            changed = live is not None and not old.is_satisfied_by(live)
            return UpdateResult(self._written(news, target, wanted, live if changed or old.is_blank else None, wait=0))

    def _written(self, props: dict[str, Any], target: Target, wanted: S, live: S | None, wait: float) -> dict[str, Any]:
        """Writes the settings of a create or an update, if that is needed, and returns the state."""
        resource = self._claims.resource(target.urn)
        if live is None or not wanted.is_kept_by(live):
            resource.failed = True  # until it has succeeded
            put = functools.partial(
                self.parts.api.put, self._client, target.connector, target.region, wanted, target.verb
            )
            with self._guards.explain_rejections(target):
                answer = retry_while_not_found(put, wait)
            if not wanted.is_satisfied_by(answer):
                differences = wanted.differences(answer)
                log(ANSWERS_OTHERWISE.format(connector=target.label, differences=differences), live=answer)
        resource.record_written(target.connector)
        return self._state(props, wanted)

    # --- read

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Returns the live settings. Only a confirmed NotFound, or a response without settings, means that they are gone."""
        with self._boundary(props):
            _check_id(id_, props)
            old = self._settings(props)
            target = self._target(id_, props, "reading")
            try:
                live = self._guards.read_confirmed(target, old)
            except RefusedError:
                if props.get(GET):
                    raise self._guards.no_such_connector(target) from None
                raise
            if live is None:
                if props.get(GET):
                    raise target.blocked_error(GONE)
                return ReadResult("", {})
            live = old if old.is_satisfied_by(live) else live.with_keys_of(old)
            state = self._state({**props, "voiceConnectorId": id_, "region": target.region}, live)
            return ReadResult(id_, state, dict(state))

    # --- delete

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Deletes the settings, unless another resource in this run declares the voice connector."""
        with self._boundary(props):
            _check_id(id_, props)
            old = self._settings(props)
            target = self._target(id_, props, "deleting")
            decision = self._claims.decide_delete(id_, target.urn)
            if decision is not Delete.SEND:
                if decision is Delete.KEEP_UNTIL_CREATED:
                    self._block_release(target, old)
                elif overwritten := self._claims.overwritten(id_, old):
                    self._guards.block_overwritten(target, *overwritten)
                return
            if props.get("onConflict") == "overwrite":
                # No settings are read, and an endpoint that returns 204 for everything would confirm any delete.
                target.connector_exists(self._client.voice_connector)
            else:
                live = self._guards.outside_change_on_delete(target, old)
                if live is None and id_ not in self._claims.memory.answered:
                    self._guards.block_other_account(target)
            self._guards.block_delete(target)
            try:
                with self._guards.explain_rejections(target):
                    self.parts.api.delete(self._client, target.connector, target.region)
            except NotFoundError:
                # There is nothing to delete, if this is the right account.
                self._guards.is_gone(target, None, has_answered=id_ in self._claims.memory.answered)
            self._claims.memory.deleted.add((self.parts.kind.name, id_))

    def _block_release(self, target: Target, old: S) -> None:
        """Raises `RefusedError` if the create that follows would be blocked: then no resource would own the live settings."""
        resource = self._claims.resource(target.urn)
        if resource.wanted is not None:
            self._guards.conflict(target, resource.wanted, old)
        elif not resource.is_checked:  # Otherwise, the create overwrites whatever is live.
            self._guards.outside_change_on_delete(target, old)
        self._claims.record_state(target.connector, target.urn, old)

    # --- shared

    def _boundary(self, *props: Mapping[str, Any]) -> AbstractContextManager[Redaction]:
        return boundary(self.parts.texts_of, *props, always=self.parts.is_always_secret)

    def _settings(self, props: dict[str, Any]) -> S:
        """Returns the settings in a state or in checked inputs.

        Raises:
            StateError: they lack the voice connector or the region, or the settings cannot be understood.
        """
        for name in () if props.get(GET) else ("voiceConnectorId", "region"):
            value = props.get(name)
            if not (isinstance(value, str) and value.strip()) and not is_unknown(value):
                raise StateError(name, "is missing" if value is None else "is not a name")
        return self.parts.settings_of(props)

    def _state(self, props: dict[str, Any], settings: S) -> dict[str, Any]:
        """Returns the state of a resource that was declared as `props` and has these settings."""
        state = {"voiceConnectorId": props["voiceConnectorId"], "region": props["region"], **settings.as_state()}
        # A state of an early version does not have it, and a read must not add it.
        on_conflict = props.get("onConflict") or ("fail" if props.get(GET) else None)
        if on_conflict:
            state["onConflict"] = on_conflict
        if props.get(SECRET):
            state[SECRET] = True
        return self.parts.with_secrets(state)

    def _target(self, connector: str, props: dict[str, Any], verb: str, urn: str | None = None) -> Target:
        """Returns the target of an operation. A state that was edited by hand may lack the region."""
        region = props.get("region") or self._config.default_region()
        if not region:
            raise ConfigurationError(
                f"{verb} {self.parts.kind.name} of Voice Connector {connector}: no region is set: set it on the resource, "
                "as aws:region, or as AWS_REGION."
            )
        return Target(self.parts.kind, connector, str(region), verb, sdk.urn_of_request() if urn is None else urn)


def _errors(check: Callable[..., None], *arguments: Any) -> list[ChimeVoiceError]:
    """Returns the error that a check raises, or an empty list: a failed check reports every reason at once."""
    try:
        check(*arguments)
    except ChimeVoiceError as error:
        return [error]
    return []


def _check_id(id_: str, props: Mapping[str, Any]) -> None:
    """Raises `StateError` if the ID of the resource is not that of its voice connector: another one would be cleared."""
    if not props.get(GET) and props.get("voiceConnectorId", id_) != id_:
        raise StateError("id", "is not the voiceConnectorId of its outputs")


def _changes_guards(olds: dict[str, Any], news: dict[str, Any]) -> bool:
    """Whether inputs change that later operations read from the state."""
    old = olds.get("onConflict")
    # A state of an early version does not have it. Then a delete checks the live settings.
    return (old is not None and old != news.get("onConflict")) or bool(olds.get(SECRET)) != bool(news.get(SECRET))
