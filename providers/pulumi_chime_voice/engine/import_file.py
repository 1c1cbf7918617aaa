"""Checks the resources of a file for `pulumi import` on their way into the state. Runs in Pulumi's plugin.

Since 3.254, Pulumi stores the inputs and the outputs of such a file without calling Read. It calls Check once with the inputs,
and goes on in spite of failures, which it prints as warnings. So `check_import` raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import RefusedError
from . import messages
from .internal_inputs import IMPORT, IMPORT_FORM, SERIALIZED_PROVIDER, import_mark

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
    mark = news.get(IMPORT)
    if not isinstance(mark, str) or not mark.startswith(f"{IMPORT_FORM}:"):
        raise RefusedError(messages.IMPORT_FOREIGN.format(resource=kind.resource))
    exported = {name: value for name, value in news.items() if name != IMPORT}
    made = {**inputs.as_state(), SERIALIZED_PROVIDER: news.get(SERIALIZED_PROVIDER)}
    changed = sorted(name for name in {*made, *exported} if made.get(name) != exported.get(name))
    if not changed and mark != import_mark(exported):
        changed = ["the inputs"]
    if inputs.failures or changed:
        problems = "; ".join(inputs.failures or changed)
        raise RefusedError(messages.IMPORT_CHANGED.format(resource=kind.resource, problems=problems))
