"""The inputs of an origination: validated, defaults filled in, and put into the form of the state.

Unknown values are skipped, never guessed. Numbers arrive from the engine as floats, absent arguments as None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..engine.inputs import Inputs, as_secret, check_identity, is_unknown
from ..engine.internal_inputs import IGNORED, PARTS, SECRET
from ..errors import StateError
from . import messages
from . import routes as domain
from .routes import Settings
from .validation import check_flag, check_routes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..aws.config import AwsConfig

_TEXTS, _NUMBERS = ("host", "protocol"), ("port", "priority", "weight")
_FLOAT, _INT = {float}, {int}
_FLAGS = (bool, type(None))


class OriginationInputs(Inputs[Settings]):
    """The declared inputs of an origination.

    What comes from the state (`olds`), because it is ignored, was read from the service, and need not keep to any rule.
    """

    def __init__(self, olds: Mapping[str, Any], news: Mapping[str, Any], config: AwsConfig) -> None:
        super().__init__(news, config)
        self.disabled: bool | None = self.known("disabled", False, check_flag)
        self.routes, broken = _routes(news, olds)
        self.failures += broken
        if self.routes is not None and self.disabled is not None:
            self.settings = Settings(self.disabled, self.routes)
        if self.settings is not None and not self.settings.disabled and not self.settings.enabled_routes:
            message = messages.ALL_DRAINED if self.settings.routes else messages.ROUTES_OR_OFF
            self.failures.append(f"routes: {message.format()}")

    def declared(self) -> dict[str, Any]:
        derived = None if self.settings is None else domain.keyed_distribution(self.settings)
        return {"routes": self.routes, "disabled": self.disabled, "callDistribution": derived}


def settings_of(props: Mapping[str, Any]) -> Settings:
    """Returns the settings in a state, or in checked inputs. Numbers come from the engine as floats.

    Raises:
        StateError: the state was edited by hand, and something in it is missing or has another type.
    """
    check_identity(props)
    routes, disabled = props.get("routes"), props.get("disabled")
    if not isinstance(routes, (dict, type(None))):
        raise StateError("routes", "is not a mapping of routes by endpoint")
    if not isinstance(disabled, (bool, type(None))):
        raise StateError("disabled", "is neither true nor false")
    return Settings(bool(disabled), {key: _route(f'routes["{key}"]', route) for key, route in (routes or {}).items()})


def _route(path: str, route: Any) -> domain.Route:
    if not _is_as_written(route):
        _check_route(path, route)
    return domain.route_of_state(route)


def _is_as_written(route: Any) -> bool:
    """Whether a route has the types that this package writes. Every preview asks for every route, so it must be quick."""
    try:
        host, protocol = route["host"], route["protocol"]
        port, priority, weight = route["port"], route["priority"], route["weight"]
        whole = port % 1 == priority % 1 == weight % 1 == 0
    except (KeyError, TypeError):
        return False
    numbers = {port.__class__, priority.__class__, weight.__class__}
    is_flag = route.get(domain.ENABLED).__class__ in _FLAGS
    return whole and is_flag and host.__class__ is protocol.__class__ is str and numbers in (_FLOAT, _INT)


def _check_route(path: str, route: Any) -> None:
    if not isinstance(route, dict):
        raise StateError(path, "is not a route")
    for name in (*_TEXTS, *_NUMBERS):
        value = route.get(name)
        if value is None:
            raise StateError(f"{path}.{name}", "is missing")
        if name in _TEXTS and not isinstance(value, str):
            raise StateError(f"{path}.{name}", "is not text")
        if name in _NUMBERS and (isinstance(value, bool) or not isinstance(value, (int, float)) or value % 1 != 0):
            raise StateError(f"{path}.{name}", "is not a whole number")
    if not isinstance(route.get(domain.ENABLED), _FLAGS):
        raise StateError(f"{path}.{domain.ENABLED}", "is neither true nor false")


def as_state(settings: Settings) -> dict[str, Any]:
    """The settings in the form of the state."""
    derived = domain.keyed_distribution(settings)
    return {"routes": dict(settings.routes), "disabled": settings.disabled, "callDistribution": derived}


def with_secrets(state: dict[str, Any]) -> dict[str, Any]:
    """`state`, in which secret routes are a secret of their own, and so is what is worked out from them.

    The engine keeps the secrecy of inputs that it sent. It knows of none where routes come from the state because they are
    ignored, and of no property that an input of the same name does not make secret.
    """
    if not state.get(SECRET):
        return state
    return {**state, **{key: as_secret(state[key]) for key in ("routes", "callDistribution")}}


# --- rules, each ValueError with the reason


def _routes(news: Mapping[str, Any], olds: Mapping[str, Any]) -> tuple[dict[str, domain.Route] | None, list[str]]:
    """Keyed routes and failures. While the routes are not all known, their known parts are validated all the same."""
    declared, parts = news.get("routes"), news.get(PARTS)
    if not is_unknown(declared):
        return check_routes(declared, is_unknown, read=olds.get("routes") or {}, ignored=news.get(IGNORED) or ())
    if parts is None or is_unknown(parts):
        return None, []
    _, failures = check_routes(parts, is_unknown)
    return None, failures
