"""Where calls go if a host fails (N-1). Plain values in and out; neither Pulumi nor AWS is known here.

Weights share calls in proportion within a priority, and the next priority is used once every host of it fails. So what is left
of a priority keeps its proportions, whether a call tries the failed host first or not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from .routes import Route, Settings, call_distribution, canonical_host, endpoint, ordered

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Remaining:
    """An endpoint that is left if a host fails.

    Attributes:
        priority: 1 to 100.
        endpoint: ``host:port/PROTOCOL``.
        share: of the calls that reach its priority, such as ``"50%"``.
        part: of all calls, as long as no other host fails.
    """

    priority: int
    endpoint: str
    share: str
    part: Fraction

    def carries(self, calls: int) -> int:
        """Returns how many of these calls it carries on average, rounded up."""
        return math.ceil(self.part * calls)


def hosts(settings: Settings) -> list[str]:
    """Returns the hosts that receive calls, each once, in the order of failover."""
    routes = () if settings.disabled else ordered(settings.enabled_routes.values())
    return list(dict.fromkeys(canonical_host(route["host"]) for route in routes))


def if_fails(settings: Settings, host: str) -> list[Remaining]:
    """Returns what is left if `host` fails with all its ports, in the order of failover; empty if no calls go anywhere."""
    left = {key: route for key, route in settings.enabled_routes.items() if canonical_host(route["host"]) != host}
    parts = _parts(() if settings.disabled else left.values())
    shares = call_distribution(Settings(settings.disabled, left))
    return [
        Remaining(priority, endpoint, shares[f"priority {priority}"][endpoint], part)
        for (priority, endpoint), part in parts.items()
    ]


def _parts(routes: Iterable[Route]) -> dict[tuple[int, str], Fraction]:
    """Returns the part of all calls that each endpoint gets. Only the first priority gets any."""
    weights: dict[tuple[int, str], int] = {}
    for route in ordered(routes):
        key = route["priority"], endpoint(route)
        weights[key] = weights.get(key, 0) + route["weight"]
    first = min((priority for priority, _ in weights), default=0)
    total = sum(weight for (priority, _), weight in weights.items() if priority == first)
    return {
        key: Fraction(weight, total) if key[0] == first and total else Fraction(0) for key, weight in weights.items()
    }
