"""Names the inputs that a declaration passes to the plugin beside what the user wrote. Used in both processes.

Pulumi shows no input whose name begins with two underscores. Most declarations need none of these: every input costs an output,
and what the whole run shares is in its file (`run_file`). `check` removes them, so that no state has them, except for SECRET and
IMPORT.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

GET = "__get"
"""True in a resource's `get`."""
SECRET = "__secret"  # noqa: S105
"""True if the settings are secret, otherwise absent. It stays in the state, so that a delete knows it."""
WAIT_FOR_TRANSFORMS = "__followed"
"""An output that is known once all transforms have run."""
REFUSED = "__refused"
"""Why the declaration cannot work, if a transform has made it so: an error in a transform would be a traceback."""
IMPORT = "__import"
"""The mark of an import file (see `import_mark`). Pulumi keeps it in the state until the next `up` or `refresh`."""
IMPORT_FORM = 1
SERIALIZED_PROVIDER = "__provider"
"""The reference to the class of the provider, by which the SDK finds it."""
PARTS = "__routes"
"""The parts of the routes, in a preview that does not know all of them yet."""
IGNORED = "__ignored"
"""The paths below ``routes`` that the resource leaves to others."""

PROVIDER = "chime-voice:provider"
"""A property of an explicit `Provider`: its name, which tells its process which resources are its own."""


def import_mark(inputs: Mapping[str, Any]) -> str:
    """Returns the version of the form and a digest of the inputs, by which an edited file is found.

    Args:
        inputs: those of the file, with secrets in the file's form or as the plugin gets them.
    """
    text = json.dumps(_normal(inputs), sort_keys=True)
    return f"{IMPORT_FORM}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _normal(value: Any) -> Any:
    """Returns a value with numbers as the engine passes them, and secrets as plain values."""
    if isinstance(value, dict):
        return json.loads(value["plaintext"]) if "plaintext" in value else {key: _normal(value[key]) for key in value}
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
