"""The inputs of a resource: validated, defaults filled in, and put into the form of the state.

Unknown values are skipped, never guessed. Numbers arrive from the engine as floats, absent arguments as None.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi.output import Unknown
from pulumi.runtime.rpc import UNKNOWN

from . import messages
from . import routes as domain
from .errors import ConfigurationError
from .rules import PROTOCOLS, check_routes

if TYPE_CHECKING:
    from .config import AwsConfig

_TELLING, _TELLING_START = 4, 70
"""A text shorter than that stands in other words too; a longer one may be cut in a message."""

ON_CONFLICT = ("fail", "overwrite")

PREVIEW = "__preview"
OWNER = "__owner"
PARTS = "__routes"
GET = "__get"
SECRET = "__secret"  # noqa: S105
"""Internal inputs, which the engine shows nowhere. `check` removes the first three: True in a preview; who declares the
resource; the routes part by part while a preview does not know them all. GET is True in `Origination.get`. SECRET is True
where the routes are secret, and otherwise absent; it stays in the state, so that a delete knows it too."""


@dataclass(frozen=True)
class Inputs:
    """Checked inputs, each None where it is unknown (or broken, and then `failures` says so)."""

    connector: str | None
    region: str | None
    disabled: bool | None
    routes: dict[str, domain.Route] | None
    on_conflict: str | None
    owner: str
    preview: bool
    secret: bool
    failures: list[str]

    @property
    def settings(self) -> domain.Settings | None:
        if self.routes is None or self.disabled is None:
            return None
        return domain.Settings(self.disabled, self.routes)

    def as_state(self) -> dict[str, Any]:
        """The form that checked inputs and state share."""
        settings = self.settings
        checked = {
            "voiceConnectorId": self.connector,
            "routes": self.routes,
            "disabled": self.disabled,
            "region": self.region,
            "onConflict": self.on_conflict,
            "callDistribution": None if settings is None else domain.call_distribution(settings),
        }
        known = {key: UNKNOWN if value is None else value for key, value in checked.items()}
        return {**known, SECRET: True} if self.secret else known


def is_unknown(value: Any) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, str) and value == UNKNOWN)


def read_inputs(news: dict[str, Any], config: AwsConfig) -> Inputs:
    """Validates all there is to validate, and tells every failure at once, each with its path."""
    failures: list[str] = []

    def known(name: str, default: Any, rule: Any) -> Any:
        value = news.get(name)
        if is_unknown(value):
            return None
        try:
            return rule(default if value is None else value)
        except ValueError as broken:
            failures.append(f"{name}: {broken}")
            return None

    connector = known("voiceConnectorId", None, _connector)
    disabled = known("disabled", False, _disabled)
    on_conflict = known("onConflict", "fail", _on_conflict)
    region = known("region", None, lambda value: _region(value, config))
    routes, broken = _routes(news.get("routes"), news.get(PARTS))
    secret = bool(news.get(SECRET))
    failures += [_redacted(text, news) for text in broken] if secret else broken
    if routes == {} and disabled is False:
        failures.append(f"routes: {messages.ROUTES_OR_OFF.say()}")
    return Inputs(
        connector=connector,
        region=region,
        disabled=disabled,
        routes=routes,
        on_conflict=on_conflict,
        owner=news.get(OWNER) or "",
        preview=bool(news.get(PREVIEW)),
        secret=secret,
        failures=failures,
    )


def settings_of(props: dict[str, Any]) -> domain.Settings:
    """The settings in a state or in checked inputs. Numbers come from the engine as floats."""
    whole = ("port", "priority", "weight")
    routes = {
        key: domain.Route(**{name: int(value) if name in whole else value for name, value in route.items()})  # type: ignore[typeddict-item]
        for key, route in (props.get("routes") or {}).items()
    }
    return domain.Settings(bool(props.get("disabled")), routes)


def state_of(props: dict[str, Any], settings: domain.Settings) -> dict[str, Any]:
    """The state of a resource that was declared as `props` and has `settings`."""
    state = {
        "voiceConnectorId": props["voiceConnectorId"],
        "routes": dict(settings.routes),
        "disabled": settings.disabled,
        "region": props["region"],
        "onConflict": props.get("onConflict") or "fail",
        "callDistribution": domain.call_distribution(settings),
    }
    return {**state, SECRET: True} if props.get(SECRET) else state


# --- rules, each ValueError with the reason


def _connector(value: Any) -> str:
    if value is None:
        raise ValueError(messages.REQUIRED.say())
    if not isinstance(value, str) or not value.strip():
        raise ValueError(messages.NOT_AN_ID.say(value=repr(value)))
    return value


def _disabled(value: Any) -> bool:
    if not isinstance(value, bool):
        quoted = isinstance(value, str) and value.lower() in ("true", "false")
        hint = messages.WITHOUT_QUOTES.say() if quoted else ""
        raise ValueError(messages.NOT_A_FLAG.say(value=repr(value), hint=hint))
    return value


def _on_conflict(value: Any) -> str:
    if value not in ON_CONFLICT:
        raise ValueError(messages.NOT_A_WAY.say(value=repr(value)))
    return str(value)


def _region(value: Any, config: AwsConfig) -> str:
    if value is not None and not isinstance(value, str):
        raise ValueError(messages.NOT_A_STRING.say(value=repr(value)))
    try:
        region = value or config.default_region()
    except ConfigurationError as error:
        raise ValueError(str(error)) from error
    if not region:
        raise ValueError(messages.NO_REGION.say())
    return region


def _routes(declared: Any, parts: Any) -> tuple[dict[str, domain.Route] | None, list[str]]:
    """Keyed routes and failures. While the routes are not all known, their known parts are validated all the same."""
    if not is_unknown(declared):
        return check_routes(declared, is_unknown)
    if parts is None or is_unknown(parts):
        return None, []
    _, failures = check_routes(parts, is_unknown)
    return None, failures


def _redacted(text: str, news: dict[str, Any]) -> str:
    """A failure without any text of the routes, which are secret; protocols are not."""
    for value in sorted(_texts([news.get("routes"), news.get(PARTS)]), key=len, reverse=True):
        if value not in PROTOCOLS:
            text = text.replace(f'"{value}"', "[secret]")
            if len(value) >= _TELLING:
                text = text.replace(value, "[secret]").replace(value[:_TELLING_START], "[secret]")
    return text


def _texts(value: Any) -> set[str]:
    if isinstance(value, str):
        return {value} if value.strip() else set()
    if isinstance(value, dict):
        return set().union(*(_texts(item) for item in value.values()), *({key} for key in value if ":" in str(key)))
    if isinstance(value, (list, tuple)):
        return set().union(*(_texts(item) for item in value))
    return set()
