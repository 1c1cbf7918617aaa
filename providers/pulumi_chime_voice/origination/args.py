"""Defines a route as a program writes it, and as it gets it back. Runs in the user's program."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, Literal, TypeAlias, TypedDict

import pulumi

from ..program.arguments import to_input, unsupported_type
from .routes import ENABLED, FIELDS, is_one_route

Protocol: TypeAlias = Literal["TCP", "UDP"]
ProtocolInput: TypeAlias = Protocol | Awaitable[str] | pulumi.Output[str]
"""Outputs have any string: from configuration or another resource, only the preview can check it."""


@pulumi.input_type  # so that Output.from_input waits for the outputs in it
@dataclass(kw_only=True, repr=False, eq=False)
class OriginationRouteArgs:
    """A SIP host that may receive the inbound calls of a voice connector.

    Attributes:
        host: FQDN (RFC 1123) or IP address of the host.
        protocol: transport to it, ``"TCP"`` or ``"UDP"``.
        priority: 1 to 100; 1 is tried first, a number above only when every host of the numbers below it failed.
        weight: 1 to 100; share of the calls among hosts of the same priority.
        port: 0 to 65535; default 5060.
        enabled: False drains the host: the route stays declared, but is not sent to AWS; default True.

    Source: Amazon Chime SDK API, OriginationRoute.
    """

    host: pulumi.Input[str]
    protocol: ProtocolInput
    priority: pulumi.Input[int]
    weight: pulumi.Input[int]
    port: pulumi.Input[int] | None = None
    enabled: pulumi.Input[bool] | None = None


class _RequiredRouteArgs(TypedDict):
    host: pulumi.Input[str]
    """FQDN (RFC 1123) or IP address of the host."""
    protocol: ProtocolInput
    """Transport to the host, ``"TCP"`` or ``"UDP"``."""
    priority: pulumi.Input[int]
    """1 to 100; 1 is tried first, a number above only when every host of the numbers below it failed."""
    weight: pulumi.Input[int]
    """1 to 100; share of the calls among hosts of the same priority."""


class OriginationRouteArgsDict(_RequiredRouteArgs, total=False):
    """`OriginationRouteArgs` as a dict: ``{"host": "203.0.113.7", "protocol": "UDP", "priority": 1, "weight": 1}``.

    Source: Amazon Chime SDK API, OriginationRoute.
    """

    port: pulumi.Input[int]
    """0 to 65535; default 5060."""
    enabled: pulumi.Input[bool]
    """False drains the host: the route stays declared, but is not sent to AWS; default True."""


@pulumi.output_type
class OriginationRoute(dict[str, Any]):
    """A route of `Origination.routes`: by attribute (``route.host``) and by key (``route["host"]``).

    Attributes:
        host: FQDN or IP address.
        port: 0 to 65535.
        protocol: ``"TCP"`` or ``"UDP"``.
        priority: 1 to 100.
        weight: 1 to 100.
        enabled: False if the host is drained: it receives no calls.
    """

    host: str
    port: int
    protocol: Protocol
    priority: int
    weight: int
    enabled: bool


RouteInput: TypeAlias = OriginationRouteArgs | OriginationRouteArgsDict


# --- in the form that Pulumi can send


def routes_input(resource: str, routes: Any) -> Any:
    """Converts routes to a list, or a mapping by endpoint, that Pulumi can send."""
    if routes is None or isinstance(routes, (str, bytes, int, float, pulumi.Output)):
        return routes
    if isawaitable(routes):
        return pulumi.Output.from_input(routes)
    if isinstance(routes, OriginationRouteArgs) or is_one_route(routes):
        return _route_input(resource, "routes", routes)  # check reports that it is not a list
    if isinstance(routes, Mapping):
        return {key: _route_input(resource, f'routes["{key}"]', route) for key, route in routes.items()}
    if isinstance(routes, Iterable):
        return [_route_input(resource, f"routes[{index}]", route) for index, route in enumerate(routes)]
    raise unsupported_type(resource, "routes", routes, "a list of routes, or a mapping of routes by endpoint")


def _route_input(resource: str, path: str, route: Any) -> Any:
    if isawaitable(route):
        return pulumi.Output.from_input(route)
    if isinstance(route, OriginationRouteArgs):
        given = {name: value for name in (*FIELDS, ENABLED) if (value := pulumi.get(route, name)) is not None}
    elif isinstance(route, Mapping):
        given = dict(route)
    elif route is None or isinstance(route, (str, bool, int, float, list, tuple, pulumi.Output)):
        return route  # check reports what a route has
    else:
        raise unsupported_type(resource, path, route, "a route: OriginationRouteArgs, or a mapping of its fields")
    return {name: to_input(resource, f"{path}.{name}", value) for name, value in given.items()}
