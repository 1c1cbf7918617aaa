"""Removes secrets from what the engine receives: error messages, warnings and tracebacks. Used in both processes.

A `boundary` surrounds every operation that the engine requests, and the warnings of a declaration. It has the settings of the
state, the declared settings, and the live settings. If any of them are secret, it removes their texts from everything that is
reported.
"""

from __future__ import annotations

import contextlib
import re
import threading
import traceback
from typing import TYPE_CHECKING, Any

import pulumi

from ..errors import ChimeVoiceError, RefusedError
from .internal_inputs import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

HIDDEN = "[secret]"
_MIN_UNQUOTED, _MAX_WHOLE = 4, 70
"""A shorter text may be part of other words; a message may cut a longer one."""


class Redaction:
    """The texts that messages about one request must not show.

    Args:
        texts_of: returns the secret texts in settings, whatever form they have.
        props: states and inputs; their settings are secret if any of them says so.
        always: whether they are secret in any case.
    """

    def __init__(self, texts_of: Callable[[Any], set[str]], *props: Mapping[str, Any], always: bool = False) -> None:
        self.on = always or any(each.get(SECRET) for each in props)
        self._texts_of = texts_of
        self._texts: set[str] = set()
        for each in props:
            self.add(each)

    def add(self, settings: object) -> None:
        """Adds settings whose texts must not be shown, such as live ones that were read during the request."""
        if self.on and settings is not None:
            self._texts |= self._texts_of(settings) - {""}

    def __call__(self, text: str) -> str:
        """Returns `text` without secrets."""
        for secret in sorted(self._texts, key=len, reverse=True):
            text = text.replace(f'"{secret}"', HIDDEN)
            text = re.sub(rf"(?<![\w.-]){re.escape(secret)}(?![\w-])", HIDDEN, text, flags=re.IGNORECASE)
            if len(secret) >= _MIN_UNQUOTED:
                text = text.replace(secret, HIDDEN)
            if len(secret) > _MAX_WHOLE:
                text = re.sub(re.escape(secret[:_MAX_WHOLE]) + r"[\w.-]*", HIDDEN, text)
        return text


_open = threading.local()


@contextlib.contextmanager
def boundary(
    texts_of: Callable[[Any], set[str]], *props: Mapping[str, Any], always: bool = False
) -> Iterator[Redaction]:
    """Removes secrets from every failure and warning inside, including the traceback of an unexpected failure."""
    redaction = _open.redaction = Redaction(texts_of, *props, always=always)
    try:
        yield redaction
    except ChimeVoiceError as error:
        error.args = (redacted_error(error),)
        raise
    except Exception as error:
        if not redaction.on:
            raise
        raise ChimeVoiceError(redaction(traceback.format_exc())) from error
    finally:
        _open.redaction = None


def redacted(text: str, live: object = None) -> str:
    """Returns `text` without the secrets of the open boundary; `live` are settings that it names."""
    redaction: Redaction | None = getattr(_open, "redaction", None)
    if redaction is None:
        return text
    redaction.add(live)
    return redaction(text)


def redacted_error(error: ChimeVoiceError) -> str:
    """Returns the text of an error without the secrets of the open boundary."""
    return redacted(str(error), error.live if isinstance(error, RefusedError) else None)


def is_secret() -> bool:
    """Whether the open boundary hides anything."""
    redaction: Redaction | None = getattr(_open, "redaction", None)
    return redaction is not None and redaction.on


def log(text: str, write: Callable[[str], None] | None = None, live: object = None) -> None:
    """Logs a text without the secrets of the open boundary: as a warning, or with `write`; `live` are settings that it names."""
    (write or pulumi.log.warn)(redacted(text, live))
