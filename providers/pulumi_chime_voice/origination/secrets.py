"""The texts in routes that messages must not show if the routes are secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..engine import redaction
from ..engine.internal_inputs import PARTS
from . import routes as domain
from .validation import PROTOCOLS, host_variants

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager


def boundary(*props: Mapping[str, Any]) -> AbstractContextManager[redaction.Redaction]:
    """`redaction.boundary` for states and inputs of an origination."""
    return redaction.boundary(texts_of, *props)


def texts_of(value: Any) -> set[str]:
    """Hosts, route keys, and every text that breaks a rule, in all forms that a message may show.

    Ports, priorities, weights and protocols are not secret.
    """
    routes = (
        list(value.routes.values()) if isinstance(value, domain.Settings) else [value.get("routes"), value.get(PARTS)]
    )
    texts: set[str] = set()
    for text in _texts(routes):
        host = text.partition("#")[0].rpartition(":")[0].strip("[]") if ":" in text and "/" in text else text
        forms = {text, host, *host_variants(text)}
        texts |= {*forms, *map(domain.canonical_host, forms)}
    return texts


def _texts(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value} if value.strip() and value not in PROTOCOLS else set()
    if isinstance(value, dict):
        # Field names and the value of "protocol" are not secret; other keys of a mapping are route keys.
        keys = {key for key in value if isinstance(key, str) and key not in (*domain.FIELDS, domain.ENABLED)}
        return set().union(*map(_texts, keys), *map(_texts, value.values()))
    if isinstance(value, (list, tuple)):
        return set().union(*map(_texts, value))
    return set()
