"""Names the inputs that a declaration passes to the plugin beside what the user wrote. Used in both processes.

Pulumi shows no input whose name begins with two underscores. Each declaration has PREVIEW or OWNER, because every input costs
an output. `check` removes them, so that no state has them, except for SECRET and IMPORT.
"""

from __future__ import annotations

PREVIEW = "__preview"
"""The path of the resource, as messages name it, in a preview."""
OWNER = "__owner"
"""The path of the resource, as messages name it, in an apply."""
GET = "__get"
"""True in a resource's `get`."""
SECRET = "__secret"  # noqa: S105
"""True if the settings are secret, otherwise absent. It stays in the state, so that a delete knows it."""
WAIT_FOR_TRANSFORMS = "__followed"
"""An output that is known once all transforms have run."""
IMPORT = "__import"
"""The mark of an import file (see `import_file`). Pulumi keeps it in the state until the next `up` or `refresh`."""
IMPORT_FORM = 1
SERIALIZED_PROVIDER = "__provider"
"""The reference to the class of the provider, by which the SDK finds it."""
PARTS = "__routes"
"""The parts of the routes, in a preview that does not know all of them yet."""
IGNORED = "__ignored"
"""The paths below ``routes`` that the resource leaves to others."""

PROVIDER = "chime-voice:provider"
"""A property of an explicit `Provider`: its name, which tells its process which resources are its own."""
