"""Defines routes: their keys, what they do to calls, and their two forms (API and state).

It takes and returns plain values, and imports neither pulumi nor boto3. The rules of a declaration are in `validation`.
"""

from __future__ import annotations

import functools
import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

from ..engine import kinds
from ..hosts.addresses import address_of
from ..text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

DEFAULT_PORT = 5060
LATER = "\u200b"
"""A zero-width space: it is invisible and sorts after every letter."""


class _RouteOfApi(TypedDict):
    host: str
    port: int
    protocol: str
    priority: int
    weight: int


class Route(_RouteOfApi, total=False):
    """One SIP host that may receive calls, in the form of the state.

    A drained route has ``enabled: False``: it is declared, but not sent to AWS. Other routes do not have the field, except after
    a refresh that found a drained route live.
    """

    enabled: bool


FIELDS = tuple(_RouteOfApi.__annotations__)
"""The fields that the API has."""
ENABLED = "enabled"
DRAINED = "drained"
"""In place of the share of a route that receives no calls."""


@dataclass(frozen=True)
class Settings(kinds.Settings):
    """The origination settings of a voice connector.

    Attributes:
        disabled: whether inbound calls are turned off.
        routes: by key (the endpoint, see `keyed`), with those that are drained; empty if none are declared.
    """

    disabled: bool = False
    routes: Mapping[str, Route] = field(default_factory=dict)

    @property
    def enabled_routes(self) -> list[Route]:
        """The routes that AWS gets, in the order of failover."""
        return ordered(route for route in self.routes.values() if not is_drained(route))

    @property
    def is_only_off(self) -> bool:
        """Whether inbound calls are off and no route is enabled: then AWS may store any routes."""
        return self.disabled and not self.enabled_routes

    @property
    def is_blank(self) -> bool:
        """Whether no calls go anywhere. AWS does not document the response for a new connector; accept every variant."""
        return not self.enabled_routes

    @property
    def is_absent(self) -> bool:
        """Whether a new connector may have this. Disabled with no routes may be deliberate: a change, not a deletion."""
        return self.is_blank and not self.disabled

    @property
    def is_off(self) -> bool:
        return self.disabled

    def equals(self, other: Settings) -> bool:
        """Whether both do the same to calls: order, letter case of hosts and spelling of addresses do not count."""
        if self == other:
            return True
        routes, others = (Counter(map(comparison_key, each.enabled_routes)) for each in (self, other))
        return self.disabled == other.disabled and routes == others

    def is_declared_as(self, other: Settings) -> bool:
        """Whether both are the same declaration: they do the same to calls, and drain the same routes."""
        if self == other:
            return True
        declared, others = (Counter(map(declaration_key, each.routes.values())) for each in (self, other))
        return self.disabled == other.disabled and declared == others

    def is_satisfied_by(self, live: Settings) -> bool:
        return live.disabled if self.is_only_off else self.equals(live)

    def is_kept_by(self, live: Settings) -> bool:
        return self.is_only_off and live.disabled and bool(live.routes)

    def overlooks(self, live: Settings, wanted: Settings) -> bool:
        """Whether `live` stores routes while it is off that these settings leave open, and a write of `wanted` would replace."""
        return self.is_only_off and not wanted.is_only_off and live.has_more_than(self, wanted)

    def has_more_than(self, *declared: Settings) -> bool:
        """Whether there is a route that none of the other settings have, enabled or drained."""
        found = {comparison_key(route) for settings in declared for route in settings.routes.values()}
        return any(comparison_key(route) not in found for route in self.routes.values())

    def with_keys_of(self, previous: Settings) -> Settings:
        """Returns these live settings with the keys and the spelling of `previous` ones, and with their drained routes.

        A live route that was drained is explicitly enabled, so that a refresh shows it.
        """
        live = keyed(self.routes.values(), previous.routes)
        for key, route in previous.routes.items():
            if is_drained(route):
                live[key] = {**live[key], "enabled": True} if key in live else route
        return Settings(self.disabled, _in_order(live))

    def describe(self) -> str:
        """Returns the settings in a line: ``203.0.113.7:5060/UDP (priority 1, weight 5), inbound calls off``."""
        parts = [_described(route) for route in ordered(self.routes.values())] or ["no routes"]
        return ", ".join([*parts, "inbound calls off"] if self.disabled else parts)

    def differences(self, live: Settings | None) -> str:
        """Returns how `live` differs from these settings, in a line."""
        live = live or Settings()
        now = keyed(live.routes.values(), self.routes)
        parts = []
        for key, route in _in_order(self.routes).items():
            if is_drained(route):
                parts += [f"{_described(now[key])} is live although it is drained"] if key in now else []
            elif key not in now:
                parts.append(f"{_described(route)} is gone")
            else:
                changed = [
                    f"{key} has {name} {now[key][name]} instead of {route[name]}"
                    for name in ("priority", "weight")
                    if now[key][name] != route[name]
                ]
                parts += [" and ".join(changed)] if changed else []
        parts += [f"{_described(route)} is new" for key, route in _in_order(now).items() if key not in self.routes]
        if self.disabled != live.disabled:
            parts.append(f"inbound calls are {'off' if live.disabled else 'on'}")
        return ", ".join(parts)

    def as_state(self) -> dict[str, Any]:
        return {"routes": dict(self.routes), "disabled": self.disabled, "callDistribution": keyed_distribution(self)}


def is_drained(route: Route) -> bool:
    """Whether a route is declared, but gets no calls."""
    return route.get(ENABLED) is False


def _described(route: Route) -> str:
    drained = f", {DRAINED}" if is_drained(route) else ""
    return f"{endpoint(route)} (priority {route['priority']}, weight {route['weight']}{drained})"


def route_of_state(route: Mapping[str, Any]) -> Route:
    """Returns a route of a response, or of a state, without validation; what is missing gets its default."""
    given = {name: value for name, value in route.items() if value is not None}
    known: Route = {
        "host": str(given.get("host", "")),
        "port": int(given.get("port", DEFAULT_PORT)),
        "protocol": str(given.get("protocol", "")),
        "priority": int(given.get("priority", 1)),
        "weight": int(given.get("weight", 1)),
    }
    return {**known, "enabled": False} if given.get(ENABLED) is False else known


def is_one_route(declared: object) -> bool:
    """Whether a declaration is a single route, whose keys are names of fields, and not a list or a mapping by key."""
    return isinstance(declared, Mapping) and any(
        name in FIELDS and not isinstance(value, Mapping) for name, value in declared.items()
    )


# --- endpoints and keys


@functools.lru_cache(maxsize=4096)
def canonical_host(host: str) -> str:
    """Returns the spelling in which hosts are compared: lower case, no trailing dot, addresses in their shortest form."""
    address = address_of(host)
    return str(address) if address else host.lower().rstrip(".")


def endpoint(route: Route, host: str | None = None) -> str:
    """Returns `host:port/PROTOCOL`, IPv6 addresses in brackets."""
    host = host or route["host"]
    return printable(f"{f'[{host}]' if ':' in host else host}:{route['port']}/{route['protocol']}")


def canonical_endpoint(route: Route) -> str:
    """Returns the endpoint in the form in which routes are compared."""
    return endpoint(route, canonical_host(route["host"]))


def ordered(routes: Iterable[Route]) -> list[Route]:
    """Returns routes in the order of failover: by priority, then weight descending, then host."""
    return sorted(routes, key=_position)


def _position(route: Route) -> tuple[int, int, str, str]:
    return route["priority"], -route["weight"], route["host"], f"{route['port']}/{route['protocol']}"


def keyed(routes: Iterable[Route], previous: Mapping[str, Route] | None = None) -> dict[str, Route]:
    """Returns routes by endpoint, in order. An endpoint's second route gets the suffix ``#2``, and so on.

    A route with the endpoint of a `previous` one keeps its key and the spelling of its host, so that another spelling by AWS
    shows as no change. The key of a drained route is used only if no other fits.
    """
    before = previous or {}
    drained = {key for key, route in before.items() if is_drained(route)}
    result, added = kinds.match_previous(
        routes,
        before,
        lambda route, old: comparison_key(route) == comparison_key(old) and not is_drained(old),
        lambda route, old: canonical_endpoint(route) == canonical_endpoint(old) and not is_drained(old),
        lambda route, old: comparison_key(route) == comparison_key(old),
        lambda route, old: canonical_endpoint(route) == canonical_endpoint(old),
    )
    result = {key: {**route, "host": before[key]["host"]} for key, route in result.items()}
    for route in ordered(added):
        place = endpoint(route)
        keys = itertools.chain([place], (f"{place}#{number}" for number in itertools.count(2)))
        result[next(key for key in keys if key not in result and key not in drained)] = route
    return _in_order(result) if previous else result


def _in_order(routes: Mapping[str, Route]) -> dict[str, Route]:
    return dict(sorted(routes.items(), key=lambda item: _position(item[1])))


def comparison_key(route: Route) -> tuple[str, int, int]:
    """Returns what a route does to calls, in the form in which routes are compared."""
    return canonical_endpoint(route), route["priority"], route["weight"]


def declaration_key(route: Route) -> tuple[object, ...]:
    """Returns what a route declares, in the form in which declarations are compared."""
    return *comparison_key(route), is_drained(route)


# --- what the routes do to calls


def call_distribution(settings: Settings) -> dict[str, dict[str, str]]:
    """Returns where calls go: ``{"priority 1": {"sbc-a.example.net:5060/TCP": "50%", …}, …}``; empty if none go anywhere.

    The shares of one priority are shares of the calls that reach it. Equal weights have equal shares; the shares add up to
    100% if that allows it, and never to more. They are written to a tenth, or to a hundredth if a tenth would make a small
    share look like none. A drained route has ``"drained"`` in place of a share.
    """
    return {f"priority {priority}": shares for priority, shares in distribution(settings).items()}


def keyed_distribution(settings: Settings) -> dict[str, dict[str, str]]:
    """Returns `call_distribution` for checked inputs and the state, with keys that sort as numbers if sorted as text.

    Before the name of a priority is a `LATER` for each digit after its first (docs/decisions/0014).
    """
    return {
        f"{LATER * (len(str(priority)) - 1)}priority {priority}": shares
        for priority, shares in distribution(settings).items()
    }


def distribution(settings: Settings) -> dict[int, dict[str, str]]:
    """Returns `call_distribution` with the priorities as numbers."""
    groups: dict[int, dict[str, str]] = {}
    for route in ordered(() if settings.disabled else settings.routes.values()):
        groups.setdefault(route["priority"], {})[endpoint(route)] = DRAINED
    for priority, weights in endpoint_weights(settings).items():
        groups[priority] |= zip(weights, _shares(*weights.values()), strict=True)
    return groups


def endpoint_weights(settings: Settings) -> dict[int, dict[str, int]]:
    """Returns the weight of each endpoint that receives calls, by priority."""
    weights: dict[int, dict[str, int]] = {}
    for route in () if settings.disabled else settings.enabled_routes:
        group, place = weights.setdefault(route["priority"], {}), endpoint(route)
        group[place] = group.get(place, 0) + route["weight"]
    return weights


def hosts(settings: Settings) -> list[str]:
    """Returns the hosts that receive calls, each once, in the order of failover."""
    routes = () if settings.disabled else settings.enabled_routes
    return list(dict.fromkeys(canonical_host(route["host"]) for route in routes))


@functools.lru_cache(maxsize=4096)
def _shares(*weights: int) -> tuple[str, ...]:
    tenths = _apportion(weights, 1000)
    if all(tenths):
        return tuple(f"{share / 10:g}%" for share in tenths)
    return tuple(f"{share / 100:g}%" for share in _apportion(weights, 10000))


def _apportion(weights: tuple[int, ...], units: int) -> list[int]:
    """Splits `units` by weight with the largest remainder method; equal weights get equal shares.

    What is left after rounding down goes to the weights with the largest remainders, one unit each, as long as there is one
    for each route of the next weight.
    """
    total, left = sum(weights), units
    if not total:  # a live weight may be 0, which no declaration may have
        return [0] * len(weights)
    share = {}
    for weight, count in Counter(weights).items():
        share[weight] = weight * units // total
        left -= share[weight] * count
    for weight in sorted(share, key=lambda weight: (-(weight * units % total), -weight)):
        left -= weights.count(weight)
        if left < 0:
            break
        share[weight] += 1
    return [share[weight] for weight in weights]


# --- the API's form


def to_api(settings: Settings) -> dict[str, Any]:
    """Returns the `Origination` of a Put: `Disabled` always, `Routes` if there are any."""
    routes = [
        # A route that was read without a protocol goes back without one.
        {name.capitalize(): route[name] for name in FIELDS if route[name] != ""}  # type: ignore[literal-required]
        for route in settings.enabled_routes
    ]
    return {"Disabled": settings.disabled, **({"Routes": routes} if routes else {})}


def from_api(origination: Mapping[str, Any]) -> Settings:
    """Converts the `Origination` of a response."""
    routes = [
        route_of_state({name: route.get(name.capitalize()) for name in FIELDS})
        for route in origination.get("Routes") or []
    ]
    return Settings(bool(origination.get("Disabled")), keyed(routes))
