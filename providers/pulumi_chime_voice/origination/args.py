"""A route as a program writes it, and as it gets it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from inspect import isawaitable
from typing import Any, TypeAlias, TypedDict, cast

import pulumi

from ..program.arguments import to_input, unsupported_type
from .routes import ENABLED, FIELDS, is_one_route


@pulumi.input_type
class OriginationRouteArgs:
    """A SIP host that may receive the inbound calls of a voice connector.

    Args:
        host: FQDN (RFC 1123) or IP address of the host.
        protocol: transport to it, ``"TCP"`` or ``"UDP"``.
        priority: 1 to 100; 1 is tried first, a number above only when every host of the numbers below it failed.
        weight: 1 to 100; share of the calls among hosts of the same priority.
        port: 0 to 65535; default 5060.
        enabled: False drains the host: the route stays declared, but is not sent to AWS; default True.

    Source: Amazon Chime SDK API, OriginationRoute.
    """

    def __init__(
        self,
        *,
        host: pulumi.Input[str],
        protocol: pulumi.Input[str],
        priority: pulumi.Input[int],
        weight: pulumi.Input[int],
        port: pulumi.Input[int] | None = None,
        enabled: pulumi.Input[bool] | None = None,
    ) -> None:
        pulumi.set(self, "host", host)
        pulumi.set(self, "protocol", protocol)
        pulumi.set(self, "priority", priority)
        pulumi.set(self, "weight", weight)
        if port is not None:
            pulumi.set(self, "port", port)
        if enabled is not None:
            pulumi.set(self, "enabled", enabled)

    @property
    @pulumi.getter
    def host(self) -> pulumi.Input[str]:
        """FQDN (RFC 1123) or IP address of the host."""
        return cast("pulumi.Input[str]", pulumi.get(self, "host"))

    @property
    @pulumi.getter
    def protocol(self) -> pulumi.Input[str]:
        """Transport to the host, ``"TCP"`` or ``"UDP"``."""
        return cast("pulumi.Input[str]", pulumi.get(self, "protocol"))

    @property
    @pulumi.getter
    def priority(self) -> pulumi.Input[int]:
        """1 to 100; 1 is tried first."""
        return cast("pulumi.Input[int]", pulumi.get(self, "priority"))

    @property
    @pulumi.getter
    def weight(self) -> pulumi.Input[int]:
        """1 to 100; share of the calls among hosts of the same priority."""
        return cast("pulumi.Input[int]", pulumi.get(self, "weight"))

    @property
    @pulumi.getter
    def port(self) -> pulumi.Input[int] | None:
        """0 to 65535; None stands for 5060."""
        return cast("pulumi.Input[int] | None", pulumi.get(self, "port"))

    @property
    @pulumi.getter
    def enabled(self) -> pulumi.Input[bool] | None:
        """False drains the host; None stands for True."""
        return cast("pulumi.Input[bool] | None", pulumi.get(self, "enabled"))


class _RequiredRouteArgs(TypedDict):
    host: pulumi.Input[str]
    """FQDN (RFC 1123) or IP address of the host."""
    protocol: pulumi.Input[str]
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
    """A route as `Origination.routes` gives it: by attribute (``route.host``) and by key (``route["host"]``)."""

    def __init__(
        self, *, host: str, port: int, protocol: str, priority: int, weight: int, enabled: bool = True
    ) -> None:
        pulumi.set(self, "host", host)
        pulumi.set(self, "port", port)
        pulumi.set(self, "protocol", protocol)
        pulumi.set(self, "priority", priority)
        pulumi.set(self, "weight", weight)
        pulumi.set(self, "enabled", enabled)

    @property
    @pulumi.getter
    def host(self) -> str:
        """FQDN or IP address."""
        return cast("str", pulumi.get(self, "host"))

    @property
    @pulumi.getter
    def port(self) -> int:
        """0 to 65535."""
        return cast("int", pulumi.get(self, "port"))

    @property
    @pulumi.getter
    def protocol(self) -> str:
        """``"TCP"`` or ``"UDP"``."""
        return cast("str", pulumi.get(self, "protocol"))

    @property
    @pulumi.getter
    def priority(self) -> int:
        """1 to 100."""
        return cast("int", pulumi.get(self, "priority"))

    @property
    @pulumi.getter
    def weight(self) -> int:
        """1 to 100."""
        return cast("int", pulumi.get(self, "weight"))

    @property
    @pulumi.getter
    def enabled(self) -> bool:
        """False if the host is drained."""
        return cast("bool", pulumi.get(self, "enabled"))


RouteInput: TypeAlias = OriginationRouteArgs | OriginationRouteArgsDict


# --- in the form that Pulumi can send


def routes_input(resource: str, routes: Any) -> Any:
    """Routes that Pulumi can send: a list, or a mapping by endpoint, of routes with sendable values."""
    if routes is None or isinstance(routes, (str, bytes, int, float, pulumi.Output)):
        return routes
    if isawaitable(routes):
        return pulumi.Output.from_input(routes)
    if isinstance(routes, OriginationRouteArgs) or is_one_route(routes):
        return _sendable_route(resource, "routes", routes)  # check says that it is not a list
    if isinstance(routes, Mapping):
        return {key: _sendable_route(resource, f'routes["{key}"]', route) for key, route in routes.items()}
    if isinstance(routes, Iterable):
        return [_sendable_route(resource, f"routes[{index}]", route) for index, route in enumerate(routes)]
    raise unsupported_type(resource, "routes", routes, "a list of routes, or a mapping of routes by endpoint")


def _sendable_route(resource: str, path: str, route: Any) -> Any:
    if isawaitable(route) and not isinstance(route, pulumi.Output):
        return pulumi.Output.from_input(route)
    if isinstance(route, OriginationRouteArgs):
        given = {name: value for name in (*FIELDS, ENABLED) if (value := pulumi.get(route, name)) is not None}
    elif isinstance(route, Mapping):
        given = dict(route)
    elif route is None or isinstance(route, (str, bool, int, float, list, tuple, pulumi.Output)):
        return route  # check says what a route has
    else:
        raise unsupported_type(resource, path, route, "a route: OriginationRouteArgs, or a mapping of its fields")
    return {name: to_input(resource, f"{path}.{name}", value) for name, value in given.items()}
