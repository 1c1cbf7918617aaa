"""The one place where what is said to the engine loses what is secret: sentences of failures, and warnings.

A `boundary` stands around everything that the engine asks, and around what a declaration says of itself. It knows the
routes of the state, those that are declared, and those that are live; where any of them are secret, it takes their hosts,
and every text of a declaration that breaks a rule, out of whatever leaves.
"""

from __future__ import annotations

import contextlib
import re
import threading
import traceback
from typing import TYPE_CHECKING, Any

import pulumi

from ..errors import ChimeVoiceError, RefusedError
from ..origination import routes as domain
from ..origination.validation import PROTOCOLS, readings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

SECRET = "__secret"  # noqa: S105
"""An input, kept in the state: True where the routes are secret."""
PARTS = "__routes"
"""An input that check removes: the routes part by part, while a preview does not know them all."""

HIDDEN = "[secret]"
_TELLING, _TELLING_START = 4, 70
"""A text shorter than that stands in other words too; a longer one may be cut in a message."""


class Redaction:
    """What one request may not show.

    Args:
        props: states and inputs: their routes are secret if any of them says so.
    """

    def __init__(self, *props: Mapping[str, Any]) -> None:
        self.on = any(one.get(SECRET) for one in props)
        self._texts: set[str] = set()
        if self.on:
            for one in props:
                self._learn([one.get("routes"), one.get(PARTS)])

    def learn(self, settings: domain.Settings | None) -> None:
        """Takes in settings that came up on the way: those that are live."""
        if self.on and settings is not None:
            self._learn(list(settings.routes.values()))

    def __call__(self, text: str) -> str:
        """`text` without what is secret. Ports, priorities, weights and protocols are not."""
        for secret in sorted(self._texts, key=len, reverse=True):
            text = text.replace(f'"{secret}"', HIDDEN)
            text = re.sub(rf"(?<![\w.-]){re.escape(secret)}(?![\w-])", HIDDEN, text, flags=re.IGNORECASE)
            if len(secret) >= _TELLING:
                text = text.replace(secret, HIDDEN)
            if len(secret) > _TELLING_START:
                text = re.sub(re.escape(secret[:_TELLING_START]) + r"[\w.-]*", HIDDEN, text)
        return text

    def _learn(self, value: Any) -> None:
        for text in _texts(value):
            host = text.partition("#")[0].rpartition(":")[0].strip("[]") if ":" in text and "/" in text else text
            shown = {text, host, *readings(text)}
            self._texts |= {*shown, *map(domain.canonical_host, shown)} - {""}


def _texts(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value} if value.strip() and value not in PROTOCOLS else set()
    if isinstance(value, dict):
        # The names of fields are no secret, and neither is what "protocol" says; the keys of a mapping are endpoints.
        keys = {key for key in value if isinstance(key, str) and key not in domain.FIELDS}
        return set().union(*map(_texts, keys), *map(_texts, value.values()))
    if isinstance(value, (list, tuple)):
        return set().union(*map(_texts, value))
    return set()


_open = threading.local()


@contextlib.contextmanager
def boundary(*props: Mapping[str, Any]) -> Iterator[Redaction]:
    """Whatever fails or warns inside leaves without what is secret, an unforeseen failure's traceback included."""
    redaction = _open.redaction = Redaction(*props)
    try:
        yield redaction
    except ChimeVoiceError as error:
        error.args = (redacted(str(error), error.live if isinstance(error, RefusedError) else None),)
        raise
    except Exception as error:
        if not redaction.on:
            raise
        raise ChimeVoiceError(redaction(traceback.format_exc())) from error
    finally:
        _open.redaction = None


def redacted(text: str, live: domain.Settings | None = None) -> str:
    """`text` as the open boundary lets it through; `live` are settings that it names."""
    redaction: Redaction | None = getattr(_open, "redaction", None)
    if redaction is None:
        return text
    redaction.learn(live)
    return redaction(text)


def say(text: str, how: Callable[[str], None] | None = None, live: domain.Settings | None = None) -> None:
    """A warning, or what `how` makes of it, as the open boundary lets it through."""
    (how or pulumi.log.warn)(redacted(text, live))
