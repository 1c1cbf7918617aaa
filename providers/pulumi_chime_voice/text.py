"""How a message shows a value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def camel_case(name: str) -> str:
    """Returns the form that a name in Python has in Pulumi: ``max_retries`` is ``maxRetries``."""
    return re.sub("_(.)", lambda found: found[1].upper(), name)


def printable(text: str) -> str:
    """Replaces every character that a terminal or page should not receive (controls, line ends, surrogates) with U+FFFD."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def shown(value: object, most: int = 80) -> str:
    """Returns a value as a message shows it: strings in quotes, and never longer than `most` characters."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # Pulumi sends whole numbers as floats.
    if not isinstance(value, str):
        text = repr(value)
        return text if len(text) <= most else f"{text[: most - 3]}…"
    text = printable(value)
    return f'"{text}"' if len(text) <= most - 2 else f'"{text[: most - 3]}…"'


def without_password(text: str) -> str:
    """Removes the user name and the password of every URL in `text`, also of a URL without a scheme."""
    return re.sub(r"(?<!\S)(?:(\S*?://)|[^\s:]*:)\S*@", r"\1", text)


def nearest_name(name: object, known: Iterable[str]) -> str:
    """Returns the nearest known name as a question, or all known names."""
    names = list(known)
    similar = nearest(str(name), names)
    return f"did you mean {similar}?" if similar else f"known: {', '.join(names)}"


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Returns the known name that resembles a name most; empty if none does."""
    import difflib  # noqa: PLC0415 - only a mistake needs it

    return next(iter(difflib.get_close_matches(name, known, n=1, cutoff=cutoff)), "")
