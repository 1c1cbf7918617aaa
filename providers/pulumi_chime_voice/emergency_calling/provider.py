"""The provider of emergency calling: what it adds to the life of a resource (`engine.provider`).

The class's import path is written into states: it is ``pulumi_chime_voice.EmergencyCallingProvider`` for good.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from ..engine.guards import Guards
from ..engine.inputs import check_identity
from ..engine.kinds import EMERGENCY_CALLING
from ..engine.lifecycle import ChimeProvider
from ..errors import ApiError
from . import messages
from .api import delete_numbers, get_numbers, put_numbers
from .change_checks import EmergencyCallingChangeChecks
from .inputs import EmergencyCallingInputs, as_state, boundary, with_secrets
from .numbers import Numbers, of_state

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from ..aws.client import ChimeSdkVoice
    from ..engine.redaction import Redaction
    from ..engine.settings import LiveReads
    from ..engine.target import Target

_NEEDED = ("origination", "termination", "enabled")
"""Words by which AWS's undocumented error names what is missing."""


class EmergencyCallingProvider(ChimeProvider[Numbers]):
    """Emergency calling of an Amazon Chime SDK Voice Connector, created, read, updated and deleted."""

    kind = EMERGENCY_CALLING
    compared = ("numbers",)

    def _new_guards(
        self, reader: LiveReads[Numbers], option: Callable[[str], Any]
    ) -> tuple[Guards[Numbers], EmergencyCallingChangeChecks]:
        return Guards(reader, reader), EmergencyCallingChangeChecks(self._client, self._claims, reader)

    def _boundary(self, *props: Mapping[str, Any]) -> AbstractContextManager[Redaction]:
        return boundary(*props)

    def _inputs(self, olds: dict[str, Any], news: dict[str, Any]) -> EmergencyCallingInputs:
        return EmergencyCallingInputs(olds, news, self._config)

    def _settings(self, props: dict[str, Any]) -> Numbers:
        check_identity(props)
        return of_state(props.get("numbers"))

    def _as_state(self, settings: Numbers) -> dict[str, Any]:
        return as_state(settings)

    def _with_secrets(self, state: dict[str, Any]) -> dict[str, Any]:
        return with_secrets(state)

    def _get(self, client: ChimeSdkVoice, connector: str, region: str) -> Numbers | None:
        return get_numbers(client, connector, region)

    def _put(self, target: Target, wanted: Numbers) -> Numbers | None:
        return put_numbers(self._client, target, wanted)

    def _delete(self, target: Target) -> None:
        delete_numbers(self._client, target)

    @contextlib.contextmanager
    def _translate_errors(self, target: Target) -> Iterator[None]:
        """Adds to AWS's undocumented error what emergency calling needs."""
        try:
            yield
        except ApiError as error:
            said = error.message.rstrip(".")
            refused = error.status is not None and error.status // 100 == 4  # noqa: PLR2004
            if refused and any(word in said.lower() for word in _NEEDED):
                request = f" (request {error.request_id})" if error.request_id else ""
                raise target.blocked_error(messages.REJECTED, said=said, request=request) from error
            raise


EmergencyCallingProvider.__module__ = "pulumi_chime_voice"
