"""Checks the resources of a file for `pulumi import` on their way into the state. Runs in Pulumi's plugin.

Since 3.254, Pulumi stores the inputs and the outputs of such a file without calling Read. It calls Check once with the inputs,
and goes on in spite of failures, which it prints as warnings. So `check_import` raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import RefusedError
from . import messages
from .internal_inputs import IMPORT, IMPORT_FORM, SERIALIZED_PROVIDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .inputs import Inputs
    from .kinds import Kind


def check_import(kind: Kind, news: Mapping[str, Any], inputs: Inputs[Any]) -> None:
    """Checks the inputs of an import, which Pulumi stores as they are.

    Args:
        kind: of the resource.
        news: the inputs of the file.
        inputs: the same, validated.

    Raises:
        RefusedError: `chime-voice export --import-file` of this version did not write them.
    """
    if news.get(IMPORT) != IMPORT_FORM:
        raise RefusedError(messages.IMPORT_FOREIGN.format(resource=kind.resource))
    kept = {IMPORT: IMPORT_FORM, SERIALIZED_PROVIDER: news.get(SERIALIZED_PROVIDER)}
    made = {**inputs.as_state(), **kept}
    changed = sorted(name for name in {*made, *news} if made.get(name) != news.get(name))
    if inputs.failures or changed:
        problems = "; ".join(inputs.failures or changed)
        raise RefusedError(messages.IMPORT_CHANGED.format(resource=kind.resource, problems=problems))
