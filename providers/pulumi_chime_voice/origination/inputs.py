"""Validates the inputs of an origination, and puts them into the form of the state. Runs in Pulumi's plugin.

Unknown values are skipped, never guessed. Numbers arrive from the engine as floats, absent arguments as None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..engine.inputs import Inputs, as_secret, is_unknown
from ..engine.internal_inputs import IGNORED, PARTS, SECRET
from ..errors import StateError
from . import routes
from .routes import Settings
from .validation import PROTOCOLS, check_enabled, check_flag, check_routes, host_variants

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..aws.config import AwsConfig

_TEXTS, _NUMBERS = ("host", "protocol"), ("port", "priority", "weight")


class OriginationInputs(Inputs[Settings]):
    """The declared inputs of an origination."""

    properties = ("routes", "disabled", "callDistribution")

    def __init__(self, olds: Mapping[str, Any], news: Mapping[str, Any], config: AwsConfig) -> None:
        super().__init__(olds, news, config)
        self.disabled: bool | None = self.validated("disabled", False, check_flag)
        self.routes: dict[str, routes.Route] | None = None
        declared, parts = news.get("routes"), news.get(PARTS)
        if not is_unknown(declared):
            ignored = news.get(IGNORED) or ()
            self.routes, failures = check_routes(declared, is_unknown, read=olds.get("routes"), ignored=ignored)
            self.failures += failures
        elif parts is not None and not is_unknown(parts):
            self.failures += check_routes(parts, is_unknown)[1]  # some are unknown: the known parts are still validated
        if self.routes is not None and self.disabled is not None:
            self.settings = Settings(self.disabled, self.routes)
            self.failures += [] if self.disabled else check_enabled(self.routes)

    @property
    def partial(self) -> Settings:
        """The settings without routes that are unknown; calls are on if that is unknown."""
        return Settings(bool(self.disabled), self.routes or {})

    def declared(self) -> dict[str, Any]:
        return {**super().declared(), "routes": self.routes, "disabled": self.disabled}


def settings_of(props: Mapping[str, Any]) -> Settings:
    """Returns the settings in a state, or in checked inputs. Raises `StateError` if something is missing or has another type."""
    declared, disabled = props.get("routes"), props.get("disabled")
    if not isinstance(declared, (dict, type(None))):
        raise StateError("routes", "is not a mapping of routes by endpoint")
    if not isinstance(disabled, (bool, type(None))):
        raise StateError("disabled", "is neither true nor false")
    return Settings(bool(disabled), {key: _route(f'routes["{key}"]', route) for key, route in (declared or {}).items()})


def _route(path: str, route: Any) -> routes.Route:
    if not isinstance(route, dict):
        raise StateError(path, "is not a route")
    for name in (*_TEXTS, *_NUMBERS):
        value = route[name] if name in route else None  # noqa: SIM401 - this is called for every route of a preview
        if value is None:
            raise StateError(f"{path}.{name}", "is missing")
        if name in _TEXTS and type(value) is not str:
            raise StateError(f"{path}.{name}", "is not text")
        if name in _NUMBERS and (type(value) not in (int, float) or value % 1 != 0):
            raise StateError(f"{path}.{name}", "is not a whole number")
    if type(route.get(routes.ENABLED)) not in (bool, type(None)):
        raise StateError(f"{path}.{routes.ENABLED}", "is neither true nor false")
    return {**route, **{name: int(route[name]) for name in _NUMBERS}}  # type: ignore[typeddict-item]


def with_secrets(state: dict[str, Any]) -> dict[str, Any]:
    """Marks secret routes, and what is derived from them, as secrets in `state`.

    The engine does this for inputs that it sent, but not for ignored routes, which come from the state, and not for a property
    without an input of the same name.
    """
    if not state.get(SECRET):
        return state
    return {**state, "routes": as_secret(state["routes"]), "callDistribution": as_secret(state["callDistribution"])}


def texts_of(value: Any) -> set[str]:
    """Returns the secret texts of settings, a state or inputs: hosts, route keys, and texts that break a rule.

    Each is in all forms that a message may show. Ports, priorities, weights and protocols are not secret.
    """
    parts = list(value.routes.values()) if isinstance(value, Settings) else [value.get("routes"), value.get(PARTS)]
    texts: set[str] = set()
    for text in _texts(parts):
        host = text.partition("#")[0].rpartition(":")[0].strip("[]") if ":" in text and "/" in text else text
        forms = {text, host, *host_variants(text)}
        texts |= {*forms, *map(routes.canonical_host, forms)}
    return texts


def _texts(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value} if value.strip() and value not in PROTOCOLS else set()
    if isinstance(value, dict):
        # Field names and the value of "protocol" are not secret; other keys of a mapping are route keys.
        value = [*(key for key in value if key not in (*routes.FIELDS, routes.ENABLED)), *value.values()]
    if isinstance(value, (list, tuple)):
        return set().union(*map(_texts, value))
    return set()
