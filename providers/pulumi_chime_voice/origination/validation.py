"""The rules of a route and of the routes together; each failure has its path.

Limits are those of botocore's model of ``chime-sdk-voice`` (Port, OriginationRoutePriority, OriginationRouteWeight,
OriginationRouteProtocol); the number of routes stands in its prose. Plain values in and out, as in `routes`.
"""

from __future__ import annotations

import functools
import ipaddress
import math
import re
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from ..engine.messages import NOT_A_STRING, NOT_KNOWN, REQUIRED
from ..text import nearest_name, shown
from . import messages
from .routes import (
    DEFAULT_PORT,
    ENABLED,
    FIELDS,
    Route,
    canonical_endpoint,
    endpoint,
    facts,
    is_drained,
    is_one_route,
    keyed,
    route_of_state,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

PORTS = (0, 65535)
PRIORITIES = (1, 100)
WEIGHTS = (1, 100)
PROTOCOLS = ("TCP", "UDP")
MAX_ROUTES = 20

_PROTOCOL_HINTS = {**dict.fromkeys(PROTOCOLS, messages.IN_CAPITALS.format()), "TLS": messages.FOR_TLS.format()}
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


class _Known(NamedTuple):
    """A valid route: its path, its key if it has one, and the route."""

    path: str
    key: str | None
    route: Route


def check_routes(
    value: object,
    is_unknown: Any = lambda _: False,
    *,
    read: Mapping[str, Any] = MappingProxyType({}),
    ignored: Collection[str] = (),
) -> tuple[dict[str, Route] | None, list[str]]:
    """Declared routes in keyed form, and every rule they break, each with its path.

    Args:
        value: a list of routes, or a mapping of them by endpoint.
        is_unknown: whether a preview does not know a value yet.
        read: routes of the state by key. One that comes back as it is, because it is ignored, was read from the service:
            no rule is for it.
        ignored: paths of fields that ignore_changes names; the engine takes those out that the state does not have.

    Returns:
        The routes, None if a rule is broken or a part is unknown; and the failures.
    """
    if value is None:
        value = []
    entries = _entries(value)
    if entries is None:
        text = messages.ONE_ROUTE.format() if is_one_route(value) else messages.NOT_ROUTES.format(value=shown(value))
        return None, [f"routes: {text}"]
    failures: list[str] = []
    known: list[_Known] = []
    kept: dict[str, Route] = {}
    for path, key, item in entries:
        if is_unknown(item):
            continue
        if key is not None and item == read.get(key):
            kept[key] = route_of_state(read[key])
            continue
        route, broken = _check_route(path, item, is_unknown, ignored)
        failures += broken
        if route is not None:
            known.append(_Known(path, key, route))
    sent = [item for _, _, item in entries if not (isinstance(item, dict) and item.get(ENABLED) is False)]
    if len(sent) > MAX_ROUTES and len(kept) < len(entries):
        failures.append(f"routes: {messages.TOO_MANY_ROUTES.format(count=len(sent), most=MAX_ROUTES)}")
    failures += _equal_routes(known) + _half_drained(known) + _wrong_keys(known)
    if failures or len(known) + len(kept) < len(entries):
        return None, failures
    if isinstance(value, dict):
        routes = {**kept, **{str(one.key): one.route for one in known}}
        return {str(key): routes[str(key)] for key in value}, []
    return keyed(one.route for one in known), []


def _entries(value: object) -> list[tuple[str, str | None, object]] | None:
    """Path, key (None in a list) and route of each item; None if it is neither a list nor a mapping of routes."""
    if isinstance(value, (list, tuple)):
        return [(f"routes[{index}]", None, item) for index, item in enumerate(value)]
    if isinstance(value, dict) and not is_one_route(value):
        return [(f'routes["{key}"]', str(key), item) for key, item in value.items()]
    return None


def _check_route(
    path: str, item: object, is_unknown: Any, ignored: Collection[str] = ()
) -> tuple[Route | None, list[str]]:
    if not isinstance(item, dict):
        return None, [f"{path}: {messages.NOT_A_ROUTE.format(value=shown(item), fields=', '.join(FIELDS))}"]
    given = {name: value for name, value in item.items() if value is not None}
    failures = [f"{path}.{name}: {unknown_name(name, _DECLARABLE)}" for name in given if name not in _DECLARABLE]
    failures += [f"{path}.{name}: {_missing(f'{path}.{name}', ignored)}" for name in _REQUIRED if name not in given]
    given.setdefault("port", DEFAULT_PORT)
    given.setdefault(ENABLED, True)
    known = {name: given[name] for name in _DECLARABLE if name in given and not is_unknown(given[name])}
    route: dict[str, Any] = {}
    for name, value in known.items():
        try:
            route[name] = _RULES[name](value)
        except ValueError as broken:
            failures.append(f"{path}.{name}: {broken}")
    if failures or len(route) < len(_DECLARABLE):
        return None, failures
    return route_of_state(route), []


def _missing(path: str, ignored: Collection[str]) -> str:
    by = next((one for one in ignored if path == one or path.startswith((f"{one}.", f"{one}[")) or "*" in one), None)
    return REQUIRED.format() if by is None else messages.TAKEN_OUT.format(path=repr(by))


# --- a route's own rules, each ValueError with the reason


def _whole_number(what: str, limits: tuple[int, int], if_zero: str = "") -> Any:
    low, high = limits

    def rule(value: object) -> int:
        if isinstance(value, int) and abs(value) > sys.float_info.max:
            value = math.inf
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not float(value).is_integer():
            quoted = isinstance(value, str) and value.isdecimal()
            hint = messages.WITHOUT_QUOTES.format() if quoted else ""
            raise ValueError(messages.NOT_A_WHOLE_NUMBER.format(value=shown(value), hint=hint))
        if not low <= value <= high:
            hint = "" if value else if_zero
            said = messages.OUT_OF_RANGE.format(value=shown(int(value)), what=what, low=low, high=high, hint=hint)
            raise ValueError(said)
        return int(value)

    return rule


def _protocol(value: object) -> str:
    if value not in PROTOCOLS:
        hint = _PROTOCOL_HINTS.get(str(value).upper(), "")
        said = messages.NOT_A_PROTOCOL.format(value=shown(value), protocols=" or ".join(PROTOCOLS), hint=hint)
        raise ValueError(said)
    return str(value)


def check_flag(value: object) -> bool:
    """Returns the value if it is a boolean. Raises ValueError with the reason otherwise."""
    if not isinstance(value, bool):
        quoted = isinstance(value, str) and value.lower() in ("true", "false")
        hint = messages.WITHOUT_QUOTES.format() if quoted else ""
        raise ValueError(messages.NOT_A_FLAG.format(value=repr(value), hint=hint))
    return value


def check_host(value: object) -> str:
    """The host, if it is an IP address or an RFC 1123 host name. Raises ValueError with the reason otherwise."""
    if not isinstance(value, str):
        raise ValueError(NOT_A_STRING.format(value=shown(value)))
    return _host(value)


@functools.lru_cache(maxsize=4096)
def _host(value: str) -> str:
    """Many voice connectors have the same few hosts."""
    other = _common_mistake(value)
    if other is not None:
        raise ValueError(other)
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
    """The hosts that a message names in place of one that breaks a rule: what is in a URI, and what DNS has."""
    uri = _URI.fullmatch(value)
    return {value.strip(), *([uri["host"]] if uri else []), *filter(None, [_punycode(value)])}


def _common_mistake(value: str) -> str | None:
    """What the text is instead of a host, for what people often write; None if it may be one."""
    if not value.isascii():
        return _other_script(value)
    said = None
    uri = _URI.fullmatch(value)
    if _HOST_WITH_PORT.fullmatch(value):
        said = messages.HOST_WITH_PORT.format(value=shown(value))
    elif _NETWORK.fullmatch(value):
        said = messages.HOST_IS_NETWORK.format(value=shown(value))
    elif uri and (uri["scheme"] or uri["user"] or uri["rest"]):
        said = messages.HOST_IS_URI.format(value=shown(value), hint=messages.ONLY.format(host=uri["host"]))
    elif _LIST.fullmatch(value.strip()):
        said = messages.HOST_IS_LIST.format(value=shown(value.strip()))
    elif "*" in value:
        said = messages.HOST_IS_PATTERN.format(value=shown(value))
    return said


def _other_script(value: str) -> str | None:
    punycode = _punycode(value)
    return punycode and messages.HOST_NOT_ASCII.format(value=shown(value), punycode=punycode)


def _punycode(value: str) -> str | None:
    """None if there is no such form."""
    try:
        return value.encode("idna").decode("ascii")
    except UnicodeError:
        return None


_RULES: dict[str, Any] = {
    "host": check_host,
    "port": _whole_number("port", PORTS),
    "protocol": _protocol,
    "priority": _whole_number("priority", PRIORITIES),
    "weight": _whole_number("weight", WEIGHTS, if_zero=messages.NO_CALLS.format()),
    ENABLED: check_flag,
}


# --- rules of the routes together


def _equal_routes(known: list[_Known]) -> list[str]:
    first: dict[tuple[str, int, int, bool], str] = {}
    failures = []
    for one in known:
        earlier = first.setdefault((*facts(one.route), is_drained(one.route)), one.path)
        if earlier != one.path:
            failures.append(f"{one.path}: {messages.SAME_ROUTE.format(earlier=earlier)}")
    return failures


def _half_drained(known: list[_Known]) -> list[str]:
    """A host cannot be drained while another route of its endpoint takes the calls of the same priority."""
    first: dict[tuple[str, int], _Known] = {}
    failures = []
    for entry in known:
        place = canonical_endpoint(entry.route), entry.route["priority"]
        earlier = first.setdefault(place, entry)
        if is_drained(earlier.route) != is_drained(entry.route):
            text = messages.DRAINED_AND_ENABLED.format(
                endpoint=endpoint(entry.route), priority=place[1], earlier=earlier.path
            )
            failures.append(f"{entry.path}: {text}")
    return failures


def _wrong_keys(known: list[_Known]) -> list[str]:
    return [
        f"{one.path}: {messages.WRONG_KEY.format(endpoint=endpoint(one.route))}"
        for one in known
        if one.key is not None and not _fits(one.key, one.route)
    ]


def _fits(key: str, route: Route) -> bool:
    base, hash_mark, number = key.partition("#")
    return base.lower() == endpoint(route).lower() and (not hash_mark or number.isdigit())


# --- words


def unknown_name(name: object, known: Iterable[str]) -> str:
    """That a field or an option is not known, with the nearest known name, or all of them."""
    return NOT_KNOWN.format(hint=nearest_name(name, known))
