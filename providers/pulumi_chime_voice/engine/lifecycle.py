"""Implements check, diff, create, read, update and delete for every kind of settings. Runs in Pulumi's plugin.

Checked inputs and state have one form: ``voiceConnectorId``, ``region``, ``onConflict``, and the settings. The engine compares
mappings by key, so settings that are keyed well show in a preview exactly what changes.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, ClassVar, Generic

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
from ..errors import ChimeVoiceError, ConfigurationError, NotFoundError, RefusedError
from .change_checks import Change, Departure
from .claims import Claims, Delete, memory_of
from .inputs import is_unknown, state_of
from .internal_inputs import GET, PROVIDER, SECRET
from .messages import ANSWERS_OTHERWISE, DECLARED_TWICE, GONE, NO_OWNER, OLD_SETTINGS_STAY
from .plugin import make_errors_readable, refuse_old_sdk, urn_of_request
from .redaction import redacted, say
from .run_file import run_of_plugin
from .settings import LiveReads, S
from .target import YOUNG_CONNECTOR_SECONDS, Target, retry_while_not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from .change_checks import ChangeChecks
    from .guards import Guards
    from .inputs import Inputs
    from .kinds import Kind
    from .redaction import Redaction


class ChimeProvider(ResourceProvider, Generic[S]):
    """A dynamic provider of settings that a voice connector has once. A kind of settings fills in the methods that raise.

    An instance is pickled into states by reference only, so whatever an operation needs is made in `configure`.
    """

    serialize_as_secret_always = False
    kind: ClassVar[Kind]
    compared: ClassVar[tuple[str, ...]]
    """The inputs that make up the settings."""

    _config: AwsConfig
    _client: ChimeSdkVoice
    _claims: Claims
    _guards: Guards[S]
    _change_checks: ChangeChecks[S]

    def configure(self, req: ConfigureRequest) -> None:
        """Takes the ``aws:*`` configuration. No client is made before the first call."""
        make_errors_readable()
        refuse_old_sdk()
        # The SDK keeps the names of all keys to itself; without them, a mistyped key is not found.
        self._config = read_config(req.config.get, getattr(req.config, "_props", ()))
        self._client = ChimeSdkVoice(self._config)
        memory = memory_of(run_of_plugin())
        self._claims = Claims(self.kind.name, memory, provider=req.config.get(PROVIDER) or "")
        reader = LiveReads(self._client, self._get, memory.answered)
        self._guards, self._change_checks = self._new_guards(reader, req.config.get)

    # --- what a kind of settings fills in

    def _new_guards(self, reader: LiveReads[S], option: Callable[[str], Any]) -> tuple[Guards[S], ChangeChecks[S]]:
        """The guards of an apply, and those of a preview. `option` answers a key of the stack's configuration."""
        raise NotImplementedError

    def _boundary(self, *props: Mapping[str, Any]) -> AbstractContextManager[Redaction]:
        """`redaction.boundary` for states and inputs."""
        raise NotImplementedError

    def _inputs(self, olds: dict[str, Any], news: dict[str, Any]) -> Inputs[S]:
        raise NotImplementedError

    def _settings(self, props: dict[str, Any]) -> S:
        """The settings in a state or in checked inputs."""
        raise NotImplementedError

    def _as_state(self, settings: S) -> dict[str, Any]:
        """The settings in the form of the state."""
        raise NotImplementedError

    def _with_secrets(self, state: dict[str, Any]) -> dict[str, Any]:
        """`state`, in which what is secret is a secret of the engine."""
        raise NotImplementedError

    def _get(self, client: ChimeSdkVoice, connector: str, region: str) -> S | None:
        """The live settings; None if the answer has none."""
        raise NotImplementedError

    def _put(self, target: Target, wanted: S) -> S | None:
        """Writes the settings and returns what the service reports; None if the answer has none."""
        raise NotImplementedError

    def _delete(self, target: Target) -> None:
        raise NotImplementedError

    def _turns_off(self, old: S | None, inputs: Inputs[S]) -> bool:
        """Whether a create or an update ends what the settings do."""
        return False

    def _block_write(self, target: Target, old: S | None, wanted: S) -> None:
        """Raises `RefusedError` for what else stops a create or an update."""

    def _block_delete(self, target: Target) -> None:
        """Raises `RefusedError` for what else stops a delete."""

    def _write_is_redundant(self, wanted: S, live: S) -> bool:
        """Whether a write would change nothing, or only take away what `wanted` leaves open."""
        return False

    def _translate_errors(self, target: Target) -> AbstractContextManager[None]:
        """Rewrites errors of a write or a delete that say too little."""
        return contextlib.nullcontext()

    # --- check

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validates, fills in, and refuses: two owners of a connector, and in a preview whatever the guards refuse."""
        olds = olds or {}
        with self._boundary(olds, news):
            old = self._settings(olds) if olds else None
            inputs = self._inputs(olds, news)
            failures = inputs.failures or self._refusals(olds, old, inputs)
            if failures:
                # An empty property, because the engine's words for any other are confusing.
                return CheckResult(news, [CheckFailure("", redacted(failure)) for failure in failures])
            return CheckResult(self._with_secrets(inputs.as_state()), [])

    def _refusals(self, olds: dict[str, Any], known: S | None, inputs: Inputs[S]) -> list[str]:
        if not inputs.owner:
            return [NO_OWNER.format(resource=self.kind.resource)]
        connector, before, urn = inputs.connector, olds.get("voiceConnectorId"), urn_of_request()
        if (claimed := self._claimed_by_another(olds, known, inputs, urn)) is not None:
            return [claimed]
        refused = [redacted(str(error), error.live) for error in self._claims.refusals_decided()]
        if before is not None and before != connector:
            refused += self._leaving(olds, inputs, urn)
        if connector is None or inputs.region is None:
            return refused
        # The engine does not show the state when it checks a replacement for the second time.
        old = self._claims.old_settings(connector, urn, inputs.owner)
        change = Change(
            name=inputs.owner,
            target=self._target(connector, {"region": inputs.region}, "creating" if old is None else "updating"),
            old=old,
            wanted=inputs.settings,
            overwrite=inputs.on_conflict == "overwrite",
            turns_off=self._turns_off(old, inputs),
        )
        same = (
            before == connector
            and inputs.settings is not None
            and olds.get("region") == inputs.region
            and old is not None
            and old.equals(inputs.settings)
        )
        if inputs.preview and not same:
            refused += self._change_checks.check_change(change)
        elif not inputs.preview and before is not None and before != connector:
            refused += self._change_checks.check_new_connector(change, YOUNG_CONNECTOR_SECONDS)
        return refused

    def _claimed_by_another(
        self, olds: dict[str, Any], known: S | None, inputs: Inputs[S], urn: str | None
    ) -> str | None:
        """Claims the voice connector for the declaration; returns why it cannot, or None."""
        left = olds.get("voiceConnectorId")
        wanted = None if inputs.on_conflict == "overwrite" else inputs.settings
        both = self._claims.claim(inputs.connector, urn, inputs.owner, left=left, old=known, wanted=wanted)
        if both is None:
            return None
        first, second = sorted(both)
        return DECLARED_TWICE.format(
            id=inputs.connector,
            region=inputs.region or "?",
            one=first,
            other=second,
            what=self.kind.name,
            resource=self.kind.resource,
        )

    def _leaving(self, olds: dict[str, Any], inputs: Inputs[S], urn: str | None) -> list[str]:
        """A replacement clears the connector that it leaves, whether or not the one that it moves to is known yet."""
        connector = olds["voiceConnectorId"]
        if self._claims.is_declared_by_another(connector, urn, inputs.owner):
            return []
        return self._change_checks.check_old_connector(
            self._leave(olds, inputs.owner, inputs.connector, preview=inputs.preview)
        )

    def _leave(
        self, olds: dict[str, Any], name: str, new: str | None, *, preview: bool, is_question: bool = False
    ) -> Departure[S]:
        target = self._target(olds["voiceConnectorId"], olds, "replacing")
        return Departure(
            name=name,
            target=target,
            old=self._settings(olds),
            new=new,
            preview=preview,
            overwrite=olds.get("onConflict") == "overwrite",
            deletes_first=self._claims.deletes_first(target.urn),
            is_question=is_question,
        )

    # --- diff

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Compares the settings, and what the guards go by; another voice connector means a replacement."""
        if is_unknown(news.get("voiceConnectorId")) and self._claims.is_question(urn_of_request()):
            with self._boundary(olds):
                self._before_a_dependency_is_deleted({"voiceConnectorId": id_, **olds})
            return DiffResult(changes=False)
        if is_unknown(news.get("voiceConnectorId")) or olds.get("voiceConnectorId", id_) != news["voiceConnectorId"]:
            # The new voice connector is configured before the old one is cleared.
            return DiffResult(changes=True, replaces=["voiceConnectorId"], delete_before_replace=False)
        changes = self._changes_settings(olds, news) or _changes_guards(olds, news)
        return DiffResult(changes=changes or not self._settings(olds).is_declared_as(self._settings(news)))

    def _before_a_dependency_is_deleted(self, olds: dict[str, Any]) -> None:
        """Checks that the voice connector may be left, when the engine asks what it has to delete before a resource it replaces.

        The engine deletes what answers "replace" before the program has declared it, so the answer is always "no changes". But
        the resource that it replaces may be the voice connector itself.

        Raises:
            RefusedError: the settings could not be deleted, so nothing is.
        """
        urn, connector = urn_of_request(), olds["voiceConnectorId"]
        self._claims.record_state(urn, connector, self._settings(olds))
        if self._claims.is_preview(urn):
            return
        name = urn.rpartition("::")[2] if urn else connector
        leave = self._leave(olds, name, None, preview=False, is_question=True)
        refused = self._change_checks.check_old_connector(leave)
        if refused:
            raise RefusedError(refused[0])
        self._change_checks.warn_about_numbers(leave)

    def _changes_settings(self, olds: dict[str, Any], news: dict[str, Any]) -> bool:
        """Whether the settings of one voice connector change, or the endpoint that they go through."""
        if any(is_unknown(news.get(key)) for key in (*self.compared, "region")):
            return True
        return bool(olds.get("region") != news["region"]) or not self._settings(olds).equals(self._settings(news))

    # --- create and update

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Writes the settings of a voice connector, which may be so young that the service does not know it yet."""
        target, wanted = self._target(props["voiceConnectorId"], props, "creating"), self._settings(props)
        with self._boundary(props):
            live, old = None, self._claims.old_settings(target.connector, target.urn)
            with _say_that_old_settings_stay(old):
                if props.get("onConflict") != "overwrite":
                    live = self._guards.conflict(target, wanted, old)
                self._block_write(target, old, wanted)
                state = self._written(props, target, wanted, live, wait=YOUNG_CONNECTOR_SECONDS)
        return CreateResult(target.connector, state)

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Writes the settings again, through the endpoint of the region that is declared now."""
        with self._boundary(olds, news):
            old, wanted = self._settings(olds), self._settings(news)
            target = self._target(news["voiceConnectorId"], news, "updating")
            if not self._changes_settings(olds, news):
                # What has changed is not sent to AWS: what is secret, what the guards depend on, drained routes.
                return UpdateResult(self._state(news, wanted))
            live = None
            if news.get("onConflict") != "overwrite":
                live = self._guards.outside_change(target, old, wanted)
            self._block_write(target, old, wanted)
            changed = live is not None and not old.is_satisfied_by(live)
            return UpdateResult(self._written(news, target, wanted, live if changed or old.is_blank else None, wait=0))

    def _written(self, props: dict[str, Any], target: Target, wanted: S, live: S | None, wait: float) -> dict[str, Any]:
        """The one write of create and update, if it is needed, and the state after it."""
        if live is None or not self._write_is_redundant(wanted, live):
            self._claims.record_failed(target.urn)  # until it has succeeded
            with self._translate_errors(target):
                answer = retry_while_not_found(lambda: self._put(target, wanted), wait)
            if answer is not None and not wanted.is_satisfied_by(answer):
                said = ANSWERS_OTHERWISE.format(connector=target.label, differences=wanted.differences(answer))
                say(said, live=answer)
        self._claims.record_written(target.connector, target.urn)
        return self._state(props, wanted)

    # --- read

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The live settings. Only NotFound, or an answer without settings, confirmed, means that they are gone."""
        with self._boundary(props):
            known = self._settings(props)
            target = self._target(id_, props, "reading")
            try:
                live = self._guards.read_confirmed(target, known)
            except RefusedError:
                if props.get(GET):
                    raise self._guards.no_such_connector(target) from None
                raise
            if live is None:
                if props.get(GET):
                    raise target.blocked_error(GONE)
                return ReadResult("", {})
            live = known if known.is_satisfied_by(live) else live.with_keys_of(known)
            state = self._state({**props, "voiceConnectorId": id_, "region": target.region}, live)
            return ReadResult(id_, state, dict(state))

    # --- delete

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Deletes the settings, unless this run's program declares the voice connector: then they are another's."""
        with self._boundary(props):
            old = self._settings(props)
            target = self._target(id_, props, "deleting")
            decision = self._claims.decide_delete(id_, target.urn)
            if decision is not Delete.SEND:
                if decision is Delete.KEEP_UNTIL_CREATED:
                    self._block_release(target, old)
                return
            if props.get("onConflict") == "overwrite":
                # No settings are read then, and an endpoint that answers 204 to everything would confirm any delete.
                target.connector_exists(self._client.voice_connector)
            else:
                self._guards.outside_change_on_delete(target, old)
            self._block_delete(target)
            try:
                with self._translate_errors(target):
                    self._delete(target)
            except NotFoundError:
                # There is nothing to delete, if this is the right account.
                self._guards.is_gone(target, None, has_answered=self._claims.has_answered(id_))
            self._claims.record_deleted(id_)

    def _block_release(self, target: Target, old: S) -> None:
        """Raises `RefusedError` if the create that follows would be refused: then nothing would own the live settings."""
        wanted = self._claims.wanted_settings(target.urn)
        if wanted is None:
            self._guards.outside_change_on_delete(target, old)
        else:
            self._guards.conflict(target, wanted, old)
        self._claims.record_state(target.urn, target.connector, old)

    # --- what they share

    def _state(self, props: dict[str, Any], settings: S) -> dict[str, Any]:
        return self._with_secrets(state_of(props, self._as_state(settings)))

    def _target(self, connector: str, props: dict[str, Any], verb: str) -> Target:
        """The target of an operation. A state that was written by hand may lack the region."""
        region = props.get("region") or self._config.default_region()
        if not region:
            raise ConfigurationError(
                f"{verb} {self.kind.name} of Voice Connector {connector}: no region is set: set it on the resource, "
                "as aws:region, or as AWS_REGION."
            )
        return Target(self.kind, connector, str(region), verb, urn_of_request())


@contextlib.contextmanager
def _say_that_old_settings_stay(old: object) -> Iterator[None]:
    """Adds to the error of a create what its delete has left: Pulumi forgets the resource if it leaves the program now."""
    try:
        yield
    except ChimeVoiceError as error:
        if old is not None:
            error.args = (f"{error}{OLD_SETTINGS_STAY.format()}",)
        raise


def _changes_guards(olds: dict[str, Any], news: dict[str, Any]) -> bool:
    """Whether what a later delete or update goes by changes: it reads that from the state."""
    was = olds.get("onConflict")
    # A state of an early version does not have it. Then a delete checks the live settings.
    return (was is not None and was != news.get("onConflict")) or bool(olds.get(SECRET)) != bool(news.get(SECRET))
