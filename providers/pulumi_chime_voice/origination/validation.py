"""Validates routes, each and together; each failure has its path.

Limits are those of botocore's model of ``chime-sdk-voice`` (Port, OriginationRoutePriority, OriginationRouteWeight,
OriginationRouteProtocol); the number of routes is in its prose. It takes and returns plain values, as `routes` does.
"""

from __future__ import annotations

import functools
import ipaddress
import math
import re
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from ..errors import DUPLICATE, NOT_A_STRING, NOT_KNOWN, REQUIRED
from ..text import nearest, nearest_name, shown
from . import messages
from .routes import (
    DEFAULT_PORT,
    ENABLED,
    FIELDS,
    Route,
    comparison_key,
    declaration_key,
    endpoint,
    is_drained,
    is_one_route,
    keyed,
    route_of_state,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

PORTS = (0, 65535)
PRIORITIES = (1, 100)
WEIGHTS = (1, 100)
PROTOCOLS = ("TCP", "UDP")
MAX_ROUTES = 20

_PROTOCOL_HINTS = {**dict.fromkeys(PROTOCOLS, messages.IN_CAPITALS), "TLS": messages.FOR_TLS}
_DECLARABLE = (*FIELDS, ENABLED)
_REQUIRED = tuple(name for name in FIELDS if name != "port")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_HOST_WITH_PORT = re.compile(r"([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}")
_LIST = re.compile(r"[^,\s]+[.:][^,\s]+(?:[,\s]+[^,\s]+[.:][^,\s]+)+,?")
_NETWORK = re.compile(r"[0-9A-Fa-f:.]+/\d{1,3}")
_URI = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*:(?://)?(?=[^\d:]|\d+\.))?(?P<user>[^@/\s]*@)?"
    r"(?P<host>[A-Za-z0-9.-]*[A-Za-z][A-Za-z0-9.-]*|\d+\.\d+\.\d+\.\d+)(?::\d{1,5})?(?P<rest>[;/?#].*)?",
    re.DOTALL,
)
"""What people write in place of a host: ``sip:user@host:port;transport=tls``, ``https://host/``."""
_MAX_HOST_NAME = 253


class _ValidRoute(NamedTuple):
    """A route that obeys its own rules, with its path, and its key if it has one."""

    path: str
    key: str | None
    route: Route


def check_routes(
    value: object,
    is_unknown: Any = lambda _: False,
    *,
    read: Mapping[str, Any] | None = None,
    ignored: Collection[str] = (),
) -> tuple[dict[str, Route] | None, list[str]]:
    """Returns declared routes in keyed form, and every rule that they break, each with its path.

    Args:
        value: a list of routes, or a mapping of them by endpoint.
        is_unknown: whether a preview does not know a value yet.
        read: routes of the state by key. One that comes back as it is, because it is ignored, was read from the service,
            and need not obey any rule. Another route may break a rule because of it.
        ignored: paths of fields that ignore_changes names; the engine takes those out that the state does not have.

    Returns:
        The routes, None if a rule is broken or a part is unknown; and the failures.
    """
    read = read or {}
    entries = _entries(value)
    if entries is None:
        text = messages.ONE_ROUTE.format() if is_one_route(value) else _not_routes(value)
        return None, [f"routes: {text}"]
    failures: list[str] = []
    valid: list[_ValidRoute] = []
    kept: list[_ValidRoute] = []
    sent = 0
    for path, key, item in entries:
        if is_unknown(item):
            continue
        enabled = item.get(ENABLED) if isinstance(item, dict) else None
        sent += enabled is not False and not is_unknown(enabled)
        if key is not None and key in read and item == read[key]:
            kept.append(_ValidRoute(path, key, route_of_state(read[key])))
        else:
            route, broken = _check_route(path, item, is_unknown, ignored)
            failures += broken
            valid += [] if route is None else [_ValidRoute(path, key, route)]
    if sent > MAX_ROUTES and len(kept) < len(entries):
        failures.append(f"routes: {messages.TOO_MANY_ROUTES.format(count=sent, most=MAX_ROUTES)}")
    failures += _broken_together(kept, valid)
    if failures or len(valid) + len(kept) < len(entries):
        return None, failures
    if isinstance(value, dict):
        routes = {each.key: each.route for each in (*kept, *valid)}
        return {str(key): routes[str(key)] for key in value}, []
    return keyed(each.route for each in valid), []


def check_enabled(routes: Mapping[str, Route]) -> list[str]:
    """Returns a failure if none of the routes takes calls, although inbound calls are on."""
    if not all(map(is_drained, routes.values())):
        return []
    return [f"routes: {(messages.ALL_DRAINED if routes else messages.ROUTES_OR_OFF).format()}"]


def _not_routes(value: object) -> str:
    is_json = isinstance(value, str) and value.lstrip().startswith(("[", "{"))
    return messages.NOT_ROUTES.format(value=shown(value), hint=messages.PARSE_FIRST if is_json else "")


def _entries(value: object) -> list[tuple[str, str | None, object]] | None:
    """Returns path, key (None in a list) and route of each item; None for what is neither a list nor a mapping of routes."""
    if value is None or isinstance(value, (list, tuple)):
        return [(f"routes[{index}]", None, item) for index, item in enumerate(value or ())]
    if isinstance(value, dict) and not is_one_route(value):
        return [(f'routes["{key}"]', str(key), item) for key, item in value.items()]
    return None


def _check_route(path: str, item: object, is_unknown: Any, ignored: Collection[str]) -> tuple[Route | None, list[str]]:
    if not isinstance(item, dict):
        return None, [f"{path}: {messages.NOT_A_ROUTE.format(value=shown(item), fields=', '.join(FIELDS))}"]
    given = {"port": DEFAULT_PORT, ENABLED: True, **{name: value for name, value in item.items() if value is not None}}
    unknown = [name for name in given if name not in _DECLARABLE]
    failures = [f"{path}.{name}: {NOT_KNOWN.format(hint=nearest_name(name, _DECLARABLE))}" for name in unknown]
    meant = {nearest(name, _DECLARABLE) for name in unknown}
    missing = [name for name in _REQUIRED if name not in given and name not in meant]
    failures += [f"{path}.{name}: {_missing(f'{path}.{name}', ignored)}" for name in missing]
    route: dict[str, Any] = {}
    for name in _DECLARABLE:
        try:
            if name in given and not is_unknown(given[name]):
                route[name] = _RULES[name](given[name])
        except ValueError as error:
            failures.append(f"{path}.{name}: {error}")
    return (None if failures or len(route) < len(_DECLARABLE) else route_of_state(route)), failures


def _missing(path: str, ignored: Collection[str]) -> str:
    for prefix in ignored:
        if path == prefix or path.startswith((f"{prefix}.", f"{prefix}[")) or "*" in prefix:
            return messages.TAKEN_OUT.format(path=repr(prefix))
    return REQUIRED.format()


# --- a route's own rules, each ValueError with the reason


def _whole_number(limits: tuple[int, int], if_zero: str = "") -> Any:
    low, high = limits

    def rule(value: object) -> int:
        if isinstance(value, int) and abs(value) > sys.float_info.max:
            value = math.inf
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not float(value).is_integer():
            hint = messages.WITHOUT_QUOTES if isinstance(value, str) and value.isdecimal() else ""
            raise ValueError(messages.NOT_A_WHOLE_NUMBER.format(value=shown(value), hint=hint))
        if not low <= value <= high:
            hint = "" if value else if_zero
            raise ValueError(messages.OUT_OF_RANGE.format(value=shown(value), low=low, high=high, hint=hint))
        return int(value)

    return rule


def _protocol(value: object) -> str:
    if value not in PROTOCOLS:
        hint = _PROTOCOL_HINTS.get(str(value).upper(), "")
        protocols = " or ".join(PROTOCOLS)
        raise ValueError(messages.NOT_A_PROTOCOL.format(value=shown(value), protocols=protocols, hint=hint))
    return str(value)


def check_flag(value: object) -> bool:
    """Returns the value if it is a boolean. Raises ValueError with the reason otherwise."""
    if not isinstance(value, bool):
        hint = messages.WITHOUT_QUOTES if isinstance(value, str) and value.lower() in ("true", "false") else ""
        raise ValueError(messages.NOT_A_FLAG.format(value=shown(value), hint=hint))
    return value


def check_host(value: object) -> str:
    """Returns a host that is an IP address or an RFC 1123 host name. Raises ValueError with the reason otherwise."""
    if not isinstance(value, str):
        raise ValueError(NOT_A_STRING.format(value=shown(value)))
    return _host(value)


@functools.lru_cache(maxsize=4096)
def _host(value: str) -> str:
    """Validates a host. The result is cached: many voice connectors have the same few hosts."""
    if mistake := _common_mistake(value):
        raise ValueError(mistake)
    name = value[:-1] if value.endswith(".") else value
    if ":" in value or name.rpartition(".")[2].isdigit():
        try:
            if "%" in value:
                raise ValueError
            ipaddress.ip_address(value)
        except ValueError:
            raise ValueError(messages.NOT_AN_ADDRESS.format(value=shown(value))) from None
        return value
    if not name or len(name) > _MAX_HOST_NAME or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise ValueError(messages.NOT_A_HOST.format(value=shown(value)))
    return value


def host_variants(value: str) -> set[str]:
    """Returns the hosts that a message may name for an invalid one: the host of a URI, and its form in DNS."""
    uri = _URI.fullmatch(value)
    return {value.strip(), *([uri["host"]] if uri else []), *filter(None, [_punycode(value)])}


def _common_mistake(value: str) -> str | None:
    """Returns the failure for what people often write instead of a host, such as a URI; None if the text may be a host."""
    if not value.isascii():
        punycode = _punycode(value)
        return punycode and messages.HOST_NOT_ASCII.format(value=shown(value), punycode=punycode)
    text = None
    uri = _URI.fullmatch(value.strip("<>"))
    if value != value.strip():
        text = messages.HOST_WITH_SPACES.format(value=shown(value))
    elif _HOST_WITH_PORT.fullmatch(value):
        text = messages.HOST_WITH_PORT.format(value=shown(value))
    elif _NETWORK.fullmatch(value):
        text = messages.HOST_IS_NETWORK.format(value=shown(value))
    elif value.startswith("_"):
        text = messages.HOST_IS_SERVICE.format(value=shown(value))
    elif uri and (uri["scheme"] or uri["user"] or uri["rest"]):
        text = messages.HOST_IS_URI.format(value=shown(value), hint=messages.ONLY.format(host=uri["host"]))
    elif _LIST.fullmatch(value):
        text = messages.HOST_IS_LIST.format(value=shown(value))
    elif "*" in value:
        text = messages.HOST_IS_PATTERN.format(value=shown(value))
    return text


def _punycode(value: str) -> str | None:
    """Returns a name as DNS has it; None if there is no such form."""
    try:
        return value.encode("idna").decode("ascii")
    except UnicodeError:
        return None


_RULES: dict[str, Any] = {
    "host": check_host,
    "port": _whole_number(PORTS),
    "protocol": _protocol,
    "priority": _whole_number(PRIORITIES),
    "weight": _whole_number(WEIGHTS, if_zero=messages.NO_CALLS),
    ENABLED: check_flag,
}


# --- rules of the routes together


def _broken_together(kept: list[_ValidRoute], valid: list[_ValidRoute]) -> list[str]:
    """Returns a failure for each valid route that is declared before, or contradicts one, or has the key of another endpoint."""
    declared = {declaration_key(each.route): each for each in kept}
    places = {comparison_key(each.route)[:2]: each for each in kept}
    failures = []
    for entry in valid:
        path, key, route = entry
        earlier = declared.setdefault(declaration_key(route), entry)
        if earlier is not entry:
            failures.append(f"{path}: {DUPLICATE.format(earlier=earlier.path)}")
        earlier = places.setdefault(comparison_key(route)[:2], entry)
        if is_drained(earlier.route) != is_drained(route):
            text = messages.DRAINED_AND_ENABLED.format(
                endpoint=endpoint(route), priority=route["priority"], earlier=earlier.path
            )
            failures.append(f"{path}: {text}")
        if key is not None and not _fits(key, route):
            failures.append(f"{path}: {messages.WRONG_KEY.format(endpoint=endpoint(route))}")
    return failures


def _fits(key: str, route: Route) -> bool:
    base, hash_mark, number = key.partition("#")
    return base.lower() == endpoint(route).lower() and (not hash_mark or number.isdigit())
