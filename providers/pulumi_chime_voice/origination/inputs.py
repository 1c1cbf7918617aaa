"""The inputs of a resource: validated, defaults filled in, and put into the form of the state.

Unknown values are skipped, never guessed. Numbers arrive from the engine as floats, absent arguments as None.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi.output import Unknown
from pulumi.runtime import rpc
from pulumi.runtime.rpc import UNKNOWN

from ..engine.messages import NO_REGION, REQUIRED
from ..engine.redaction import SECRET
from ..errors import ConfigurationError
from ..text import shown
from . import messages, warnings
from . import routes as domain
from .secrets import PARTS
from .validation import check_routes

if TYPE_CHECKING:
    from ..aws.config import AwsConfig

ON_CONFLICT = ("fail", "overwrite")

PREVIEW = "__preview"
OWNER = "__owner"
IGNORED = "__ignored"
GET = "__get"
"""Internal inputs, which the engine shows nowhere: True in a preview; who declares the resource; the paths below ``routes``
that it leaves to others. `check` removes these three, and PARTS. GET is True in `Origination.get`. SECRET (see `redaction`) is
absent if it is not True; it stays in the state, so that a delete knows it too."""

_MOST_ID, _SHOWN_ID = 128, 60
_MISSING = ("none", "null", "undefined", "nil")


@dataclass(frozen=True)
class Inputs:
    """Checked inputs, each None if it is unknown, or not valid (then `failures` has the reason)."""

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
            "callDistribution": None if settings is None else domain.keyed_distribution(settings),
        }
        known = {key: UNKNOWN if value is None else value for key, value in checked.items()}
        return {**known, SECRET: True} if self.secret else known

    def checked(self) -> dict[str, Any]:
        """What check returns."""
        return sealed(self.as_state())


def sealed(state: dict[str, Any]) -> dict[str, Any]:
    """`state`, in which secret routes are a secret of their own, and so is what is worked out from them.

    The engine keeps the secrecy of inputs that it sent. It knows of none where routes come from the state because they are
    ignored, and of no property that an input of the same name does not make secret.
    """
    if not state.get(SECRET):
        return state
    hidden = {
        key: {rpc._special_sig_key: rpc._special_secret_sig, "value": state[key]}
        for key in ("routes", "callDistribution")
        if not is_unknown(state[key])
    }
    return {**state, **hidden}


def is_unknown(value: Any) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, str) and value == UNKNOWN)


def read_inputs(olds: dict[str, Any], news: dict[str, Any], config: AwsConfig) -> Inputs:
    """Validates all declared inputs. Returns all failures at once, each with its path.

    What comes from the state (`olds`), because it is ignored, was read from the service, and need not keep to any rule.
    """
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
    routes, broken = _routes(news, olds)
    failures += broken
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
        secret=bool(news.get(SECRET)),
        failures=failures,
    )


def settings_of(props: dict[str, Any]) -> domain.Settings:
    """The settings in a state or in checked inputs. Numbers come from the engine as floats."""
    routes = {key: domain.route_of_state(route) for key, route in (props.get("routes") or {}).items()}
    return domain.Settings(bool(props.get("disabled")), routes)


def state_of(props: dict[str, Any], settings: domain.Settings) -> dict[str, Any]:
    """The state of a resource that was declared as `props` and has `settings`."""
    state = {
        "voiceConnectorId": props["voiceConnectorId"],
        "routes": dict(settings.routes),
        "disabled": settings.disabled,
        "region": props["region"],
        "callDistribution": domain.keyed_distribution(settings),
    }
    # A state of an early version does not have it, and a read must not add it.
    on_conflict = props.get("onConflict") or ("fail" if props.get(GET) else None)
    if on_conflict:
        state["onConflict"] = on_conflict
    return sealed({**state, SECRET: True} if props.get(SECRET) else state)


# --- rules, each ValueError with the reason


def _connector(value: Any) -> str:
    if value is None:
        raise ValueError(REQUIRED.say())
    if not isinstance(value, str) or not value.strip():
        raise ValueError(messages.NOT_AN_ID.say(value=repr(value)))
    if hint := _not_an_id(value):
        raise ValueError(messages.NO_ID.say(value=shown(value, _SHOWN_ID), hint=hint))
    return value


def _not_an_id(value: str) -> str | None:
    """Why the text cannot be an ID, and what to use instead; None if AWS decides."""
    plain = value.strip().strip("\"'")
    if plain.startswith("arn:"):
        return messages.ID_OF_ARN.say(id=plain.rpartition("/")[2])
    if "." in plain and warnings.CONNECTOR_ID.fullmatch(plain.partition(".")[0]):
        return messages.ID_OF_ARN.say(id=plain.partition(".")[0])
    if plain != value and warnings.CONNECTOR_ID.fullmatch(plain):
        return messages.ID_OF_ARN.say(id=plain)
    if plain.lower() in _MISSING:
        return messages.ID_MISSING.say()
    if len(value) > _MOST_ID:
        return messages.ID_TOO_LONG.say(most=_MOST_ID)
    return messages.ID_OF_OTHER_LETTERS.say() if re.search(r"[^\w-]", value) else None


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
        raise ValueError(NO_REGION.say())
    return region


def _routes(news: dict[str, Any], olds: dict[str, Any]) -> tuple[dict[str, domain.Route] | None, list[str]]:
    """Keyed routes and failures. While the routes are not all known, their known parts are validated all the same."""
    declared, parts = news.get("routes"), news.get(PARTS)
    if not is_unknown(declared):
        return check_routes(declared, is_unknown, read=olds.get("routes") or {}, ignored=news.get(IGNORED) or ())
    if parts is None or is_unknown(parts):
        return None, []
    _, failures = check_routes(parts, is_unknown)
    return None, failures
