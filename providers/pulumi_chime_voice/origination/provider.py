"""The provider of originations: what they add to the life of a resource (`engine.provider`).

Checked inputs and state hold ``routes`` (by endpoint, see `routes.keyed`), ``disabled`` and ``callDistribution``: a preview
shows exactly the routes that change, and what that does to calls.

The class's import path is written into every user's state and loaded from there on refresh and delete: it is
``pulumi_chime_voice.OriginationProvider`` for good, and an instance is pickled only by that reference.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from ..engine.kinds import EMERGENCY_CALLING, ORIGINATION
from ..engine.lifecycle import ChimeProvider
from ..errors import ApiError
from ..hosts.names import RESOLVER
from .api import delete_origination, get_origination, put_origination
from .change_checks import OriginationChangeChecks
from .guards import OriginationGuards, emergency_calling_refused
from .inputs import OriginationInputs, as_state, settings_of, with_secrets
from .routes import Settings
from .secrets import boundary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from ..aws.client import ChimeSdkVoice
    from ..engine.inputs import Inputs
    from ..engine.redaction import Redaction
    from ..engine.settings import LiveReads
    from ..engine.target import Target


class OriginationProvider(ChimeProvider[Settings]):
    """Origination settings of an Amazon Chime SDK Voice Connector, created, read, updated and deleted."""

    kind = ORIGINATION
    compared = ("routes", "disabled")

    _guards: OriginationGuards

    def _new_guards(
        self, reader: LiveReads[Settings], option: Callable[[str], Any]
    ) -> tuple[OriginationGuards, OriginationChangeChecks]:
        preview = OriginationChangeChecks(self._client, self._claims, reader, option(RESOLVER))
        return OriginationGuards(reader, reader), preview

    def _boundary(self, *props: Mapping[str, Any]) -> AbstractContextManager[Redaction]:
        return boundary(*props)

    def _inputs(self, olds: dict[str, Any], news: dict[str, Any]) -> OriginationInputs:
        return OriginationInputs(olds, news, self._config)

    def _settings(self, props: dict[str, Any]) -> Settings:
        return settings_of(props)

    def _as_state(self, settings: Settings) -> dict[str, Any]:
        return as_state(settings)

    def _with_secrets(self, state: dict[str, Any]) -> dict[str, Any]:
        return with_secrets(state)

    def _get(self, client: ChimeSdkVoice, connector: str, region: str) -> Settings | None:
        return get_origination(client, connector, region)

    def _put(self, target: Target, wanted: Settings) -> Settings | None:
        return put_origination(self._client, target, wanted)

    def _delete(self, target: Target) -> None:
        delete_origination(self._client, target)

    def _turns_off(self, old: Settings | None, inputs: Inputs[Settings]) -> bool:
        disabled = isinstance(inputs, OriginationInputs) and bool(inputs.disabled)
        return disabled and not (old and old.disabled)

    def _block_write(self, target: Target, old: Settings | None, wanted: Settings) -> None:
        if wanted.disabled and not (old and old.disabled):
            self._guards.emergency_calling(target)

    def _block_delete(self, target: Target) -> None:
        if not self._claims.has_deleted(EMERGENCY_CALLING.name, target.connector):
            self._guards.emergency_calling(target, patient=True)

    def _write_is_redundant(self, wanted: Settings, live: Settings) -> bool:
        """Where calls are off, are to be off, and no routes are declared: a Put might take away the routes that are stored."""
        return bool(live.routes) and not wanted.enabled_routes and wanted.is_satisfied_by(live)

    @contextlib.contextmanager
    def _translate_errors(self, target: Target) -> Iterator[None]:
        """Rewrites AWS's undocumented emergency-calling error as the guard's message."""
        try:
            yield
        except ApiError as error:
            refused = error.status is not None and error.status // 100 == 4  # noqa: PLR2004
            if refused and "emergency" in error.message.lower():
                raise emergency_calling_refused(target, error.request_id) from error
            raise


OriginationProvider.__module__ = "pulumi_chime_voice"
