"""The domain: routes, their rules and keys, what they do to calls, and their two forms (API and state).

Plain values in and out; neither pulumi nor boto3 is known here. Limits are those of botocore's model of
``chime-sdk-voice`` (Port, OriginationRoutePriority, OriginationRouteWeight, OriginationRouteProtocol); the number of
routes stands in its prose.
"""

from __future__ import annotations

import difflib
import ipaddress
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

DEFAULT_PORT = 5060
PORTS = (0, 65535)
PRIORITIES = (1, 100)
WEIGHTS = (1, 100)
PROTOCOLS = ("TCP", "UDP")
MAX_ROUTES = 20

_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_MAX_HOST_NAME = 253


class Route(TypedDict):
    """One SIP host that may receive calls, as it stands in the state."""

    host: str
    port: int
    protocol: str
    priority: int
    weight: int


FIELDS = tuple(Route.__annotations__)
REQUIRED = tuple(name for name in FIELDS if name != "port")


@dataclass(frozen=True)
class Settings:
    """What a voice connector is told about inbound calls.

    Attributes:
        disabled: True where inbound calls are turned off.
        routes: by key (the endpoint, see `keyed`); empty where none are declared.
    """

    disabled: bool = False
    routes: Mapping[str, Route] = field(default_factory=dict)

    def equals(self, other: Settings) -> bool:
        """Whether both do the same to calls: order, letter case of hosts and spelling of addresses do not count."""
        return self.disabled == other.disabled and _multiset(self.routes) == _multiset(other.routes)

    def is_met_by(self, live: Settings) -> bool:
        """Whether `live` is what these settings ask for. Off without routes says nothing about the routes kept."""
        if self.disabled and not self.routes:
            return live.disabled
        return self.equals(live)


# --- endpoints and keys


def canonical_host(host: str) -> str:
    """The spelling by which hosts are compared: lower case, no trailing dot, addresses in their shortest form."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host.lower().rstrip(".")


def endpoint(route: Route, host: str | None = None) -> str:
    """`host:port/PROTOCOL`, IPv6 addresses in brackets: what an engineer calls the place a call goes to."""
    host = host or route["host"]
    return f"{f'[{host}]' if ':' in host else host}:{route['port']}/{route['protocol']}"


def canonical_endpoint(route: Route) -> str:
    """The endpoint by which routes are compared."""
    return endpoint(route, canonical_host(route["host"]))


def ordered(routes: Iterable[Route]) -> list[Route]:
    """By priority, then weight descending, then host: the order in which a person thinks of them."""
    return sorted(
        routes, key=lambda route: (route["priority"], -route["weight"], route["host"], canonical_endpoint(route))
    )


def keyed(routes: Iterable[Route], like: Mapping[str, Route] | None = None) -> dict[str, Route]:
    """Routes by endpoint, in order. An endpoint's second route gets the suffix ``#2``, and so on.

    `like` holds keys already in use (a state's): a route whose endpoint stands there keeps key and spelling of host,
    so that what AWS writes another way shows as no change.
    """
    spare = dict(like or {})
    result: dict[str, Route] = {}
    waiting: list[Route] = []
    for exact in (True, False):
        candidates, waiting = (list(routes), []) if exact else (waiting, [])
        for route in candidates:
            known = _take(spare, route, exact=exact)
            if known is None:
                waiting.append(route)
            else:
                key, old = known
                result[key] = {**route, "host": old["host"]}
    for route in ordered(waiting):
        result[_free_key(endpoint(route), result)] = route
    position = {id(route): index for index, route in enumerate(ordered(result.values()))}
    return dict(sorted(result.items(), key=lambda item: position[id(item[1])]))


def _take(spare: dict[str, Route], route: Route, *, exact: bool) -> tuple[str, Route] | None:
    for key, old in spare.items():
        same = canonical_endpoint(old) == canonical_endpoint(route)
        if same and (not exact or _facts(old) == _facts(route)):
            del spare[key]
            return key, old
    return None


def _free_key(base: str, taken: Mapping[str, Route]) -> str:
    key, number = base, 1
    while key in taken:
        number += 1
        key = f"{base}#{number}"
    return key


def _facts(route: Route) -> tuple[str, int, int]:
    return canonical_endpoint(route), route["priority"], route["weight"]


def _multiset(routes: Mapping[str, Route]) -> Counter[tuple[str, int, int]]:
    return Counter(_facts(route) for route in routes.values())


# --- what the routes do to calls


def call_distribution(settings: Settings) -> dict[str, dict[str, str]]:
    """Where calls go: ``{"priority 1": {"sbc-a.example.net:5060/TCP": "50 %", …}, …}``; empty where none go anywhere.

    The shares of one priority are shares of the calls that reach it, and add up to exactly 100 %. They are written
    to a tenth, or to a hundredth where a tenth would make a small share look like none.
    """
    if settings.disabled:
        return {}
    groups: dict[int, dict[str, int]] = {}
    for route in ordered(settings.routes.values()):
        weights = groups.setdefault(route["priority"], {})
        place = endpoint(route)
        weights[place] = weights.get(place, 0) + route["weight"]
    return {
        f"priority {priority}": dict(zip(weights, _shares(list(weights.values())), strict=True))
        for priority, weights in groups.items()
    }


def _shares(weights: list[int]) -> list[str]:
    tenths = _apportion(weights, 1000)
    if all(tenths):
        return [f"{share / 10:g} %" for share in tenths]
    return [f"{share / 100:g} %" for share in _apportion(weights, 10000)]


def _apportion(weights: list[int], units: int) -> list[int]:
    """`units` split by weight with the largest remainder method, so that the parts add up to `units`."""
    total = sum(weights)
    parts = [divmod(weight * units, total) for weight in weights]
    result = [whole for whole, _ in parts]
    by_remainder = sorted(range(len(parts)), key=lambda index: -parts[index][1])
    for index in by_remainder[: units - sum(result)]:
        result[index] += 1
    return result


# --- in words


def describe(settings: Settings) -> str:
    """The settings in a line: ``203.0.113.7:5060/UDP (priority 1, weight 5), inbound calls off``."""
    parts = [_described(route) for route in ordered(settings.routes.values())] or ["no routes"]
    return ", ".join([*parts, "inbound calls off"] if settings.disabled else parts)


def differences(old: Settings, live: Settings) -> str:
    """How `live` differs from `old`, in a line."""
    now = keyed(live.routes.values(), like=old.routes)
    parts = []
    for key, route in old.routes.items():
        if key not in now:
            parts.append(f"{_described(route)} is gone")
        elif _facts(now[key]) != _facts(route):
            parts.append(
                " and ".join(
                    f"{key} has {name} {now[key][name]} instead of {route[name]}"
                    for name in ("priority", "weight")
                    if now[key][name] != route[name]
                )
            )
    parts += [f"{_described(route)} is new" for key, route in now.items() if key not in old.routes]
    if old.disabled != live.disabled:
        parts.append(f"inbound calls are {'off' if live.disabled else 'on'}")
    return ", ".join(parts)


def redacted(text: str, *several: Settings | None) -> str:
    """`text` without the hosts of the settings, for messages about routes that are secret."""
    hosts = {
        host for settings in several if settings for route in settings.routes.values() for host in _spellings(route)
    }
    for host in sorted(hosts, key=len, reverse=True):
        text = re.sub(rf"(?<![\w.-]){re.escape(host)}(?![\w-])", "[secret]", text, flags=re.IGNORECASE)
    return text


def _spellings(route: Route) -> tuple[str, ...]:
    return route["host"], canonical_host(route["host"])


def _described(route: Route) -> str:
    return f"{endpoint(route)} (priority {route['priority']}, weight {route['weight']})"


# --- the API's form


def to_api(settings: Settings) -> dict[str, Any]:
    """The `Origination` member of a Put: `Disabled` always, `Routes` wherever there are any."""
    origination: dict[str, Any] = {"Disabled": settings.disabled}
    if settings.routes:
        origination["Routes"] = [
            {name.capitalize(): route[name] for name in FIELDS}  # type: ignore[literal-required]
            for route in ordered(settings.routes.values())
        ]
    return origination


def from_api(origination: Mapping[str, Any], like: Mapping[str, Route] | None = None) -> Settings:
    """The settings that an answer's `Origination` holds; for `like` see `keyed`."""
    routes: list[Route] = [
        {
            "host": route.get("Host", ""),
            "port": route.get("Port", DEFAULT_PORT),
            "protocol": route.get("Protocol", ""),
            "priority": route.get("Priority", 1),
            "weight": route.get("Weight", 1),
        }
        for route in origination.get("Routes") or []
    ]
    return Settings(disabled=bool(origination.get("Disabled", False)), routes=keyed(routes, like))


# --- the rules


def check_routes(value: object, is_unknown: Any = lambda _: False) -> tuple[dict[str, Route] | None, list[str]]:
    """Declared routes in keyed form, and every rule they break, each with its path.

    `value` is a list of routes, or a mapping of them by endpoint; `is_unknown` tells values that a preview does not
    know yet. The routes are None where a rule is broken or a part is unknown.
    """
    if value is None:
        value = []
    entries: list[tuple[str, str | None, object]]
    if isinstance(value, (list, tuple)):
        entries = [(f"routes[{index}]", None, item) for index, item in enumerate(value)]
    elif isinstance(value, dict):
        entries = [(f'routes["{key}"]', key, item) for key, item in value.items()]
    else:
        return None, [f"routes: {_shown(value)} is neither a list of routes nor a mapping of routes by endpoint"]
    failures: list[str] = []
    known: list[tuple[str, str | None, Route]] = []
    for path, key, item in entries:
        if is_unknown(item):
            continue
        route, broken = _check_route(path, item, is_unknown)
        failures += broken
        if route is not None:
            known.append((path, key, route))
    if len(entries) > MAX_ROUTES:
        failures.append(f"routes: {len(entries)} routes are too many for one voice connector (1 to {MAX_ROUTES})")
    failures += _equal_routes(known) + _wrong_keys(known)
    if failures or len(known) < len(entries):
        return None, failures
    if isinstance(value, dict):
        return {str(key): route for _, key, route in known}, []
    return keyed(route for _, _, route in known), []


def _check_route(path: str, item: object, is_unknown: Any) -> tuple[Route | None, list[str]]:
    if not isinstance(item, dict):
        return None, [f"{path}: {_shown(item)} is not a route, which has {', '.join(FIELDS)}"]
    given = {name: value for name, value in item.items() if value is not None}
    failures = [f"{path}.{name}: {unknown_name(name, FIELDS)}" for name in given if name not in FIELDS]
    failures += [f"{path}.{name}: is required" for name in REQUIRED if name not in given]
    given.setdefault("port", DEFAULT_PORT)
    known = {name: given[name] for name in FIELDS if name in given and not is_unknown(given[name])}
    route: dict[str, Any] = {}
    for name, value in known.items():
        try:
            route[name] = _RULES[name](value)
        except ValueError as broken:
            failures.append(f"{path}.{name}: {broken}")
    if failures or len(route) < len(FIELDS):
        return None, failures
    return Route(**{name: route[name] for name in FIELDS}), []  # type: ignore[typeddict-item]


def _whole_number(what: str, limits: tuple[int, int]) -> Any:
    low, high = limits

    def rule(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value // 1:
            raise ValueError(f"{_shown(value)} is not a whole number")
        if not low <= value <= high:
            raise ValueError(f"{int(value)} is not a {what} ({low} to {high})")
        return int(value)

    return rule


def _protocol(value: object) -> str:
    if value not in PROTOCOLS:
        raise ValueError(f"{_shown(value)} is not a protocol ({' or '.join(PROTOCOLS)})")
    return str(value)


def check_host(value: object) -> str:
    """The host itself where it is an IP address or an RFC 1123 host name; ValueError with the reason otherwise."""
    if not isinstance(value, str):
        raise ValueError(f"{_shown(value)} is not a string")
    name = value[:-1] if value.endswith(".") else value
    if ":" in value or name.rpartition(".")[2].isdigit():
        try:
            if "%" in value:
                raise ValueError
            ipaddress.ip_address(value)
        except ValueError:
            raise ValueError(
                f"{_shown(value)} is not an IP address (the port and the brackets of IPv6 do not belong into host)"
            ) from None
        return value
    if not name or len(name) > _MAX_HOST_NAME or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise ValueError(f"{_shown(value)} is neither an IP address nor a host name (RFC 1123)")
    return value


_RULES: dict[str, Any] = {
    "host": check_host,
    "port": _whole_number("port", PORTS),
    "protocol": _protocol,
    "priority": _whole_number("priority", PRIORITIES),
    "weight": _whole_number("weight", WEIGHTS),
}


def _equal_routes(known: list[tuple[str, str | None, Route]]) -> list[str]:
    first: dict[tuple[str, int, int], str] = {}
    failures = []
    for path, _, route in known:
        earlier = first.setdefault(_facts(route), path)
        if earlier != path:
            failures.append(f"{path}: is the same route as {earlier}")
    return failures


def _wrong_keys(known: list[tuple[str, str | None, Route]]) -> list[str]:
    failures = []
    for path, key, route in known:
        if key is not None and not _fits(key, route):
            failures.append(f'{path}: the key of this route is its endpoint, "{endpoint(route)}"')
    return failures


def _fits(key: str, route: Route) -> bool:
    base, hash_mark, number = key.partition("#")
    return base.lower() == endpoint(route).lower() and (not hash_mark or number.isdigit())


def unknown_name(name: object, known: Iterable[str]) -> str:
    """`is not known` with the nearest known name, for a field or an option that nobody has heard of."""
    names = list(known)
    nearest = difflib.get_close_matches(str(name), names, n=1)
    return "is not known" + (f" (did you mean {nearest[0]}?)" if nearest else f" (known: {', '.join(names)})")


def _shown(value: object) -> str:
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else text[:77] + "…"  # noqa: PLR2004
