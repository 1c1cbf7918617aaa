"""Adapts the SDK's plugin: readable errors, internal inputs, the URN of a request. Runs in Pulumi's plugin."""

from __future__ import annotations

import sys
import traceback
from typing import Any, cast

from pulumi.runtime import rpc

from ..errors import ChimeVoiceError, ConfigurationError
from . import messages

OLDEST_PULUMI = "3.235"
"""The first SDK that hands a provider the inputs whose key begins with ``__``. pyproject.toml requires it."""


class _ReadableErrors:
    """Replaces `traceback` in the plugin's own module: an error of this package prints its message, any other its traceback."""

    def __getattr__(self, name: str) -> Any:
        return getattr(traceback, name)

    def format_exc(self, *args: Any, **kwargs: Any) -> str:
        error = sys.exc_info()[1]
        return str(error) if isinstance(error, ChimeVoiceError) else traceback.format_exc(*args, **kwargs)


def make_errors_readable() -> None:
    """Makes the plugin report an expected failure by its message.

    pulumi.dynamic.__main__ aborts a failed call with ``traceback.format_exc()``. An SDK without that line is left as
    it is: its messages then carry more than the sentence, and nothing else changes.
    """
    plugin = sys.modules.get("__main__")
    if getattr(plugin, "traceback", None) is traceback:
        plugin.traceback = _ReadableErrors()  # type: ignore[union-attr]


def refuse_old_sdk() -> None:
    """Makes sure that internal inputs arrive: without them there are no claims, no guards in previews and no secrecy.

    Raises:
        ConfigurationError: the SDK drops inputs whose key begins with ``__``.
    """
    sent = cast("Any", rpc).struct_pb2.Struct()
    sent["__arrives"] = True
    if not rpc.deserialize_properties(sent):
        raise ConfigurationError(messages.OLD_SDK.format(oldest=OLDEST_PULUMI))


_FRAMES = 6


def urn_of_request() -> str | None:
    """The URN of the resource that the engine asks the plugin about; None outside a plugin's call.

    Pulumi sends it with each request, but the SDK does not pass it on. It is read from the frame that holds the request.
    Without it, a delete cannot tell its own declaration from another's, and then it sends nothing.
    """
    frame = sys._getframe(1)
    for _ in range(_FRAMES):
        # The names first: `f_locals` makes a mapping of all that a frame holds.
        if "request" in frame.f_code.co_varnames:
            urn = getattr(frame.f_locals.get("request"), "urn", None)
            if isinstance(urn, str) and urn:
                return urn
        if frame.f_back is None:
            break
        frame = frame.f_back
    return None
