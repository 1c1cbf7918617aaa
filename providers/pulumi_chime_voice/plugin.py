"""What this package needs from the process that Pulumi's dynamic provider plugin runs it in: sentences and warnings."""

from __future__ import annotations

import sys
import traceback
from typing import Any

from .errors import ChimeVoiceError


class _Sentences:
    """Stands in for `traceback` in the plugin's own module: our errors are their sentence, all others their traceback."""

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    def format_exc(self, *args: Any, **kwargs: Any) -> str:
        error = sys.exc_info()[1]
        return str(error) if isinstance(error, ChimeVoiceError) else traceback.format_exc(*args, **kwargs)


def speak_in_sentences() -> None:
    """Makes the plugin answer a foreseen failure with its sentence.

    pulumi.dynamic.__main__ aborts a failed call with ``traceback.format_exc()``. An SDK without that line is left as
    it is: its messages then carry more than the sentence, and nothing else changes.
    """
    plugin = sys.modules.get("__main__")
    if getattr(plugin, "traceback", None) is traceback:
        plugin.traceback = _Sentences()  # type: ignore[union-attr]
