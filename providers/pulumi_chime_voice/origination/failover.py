"""Computes where calls go if a host fails (N-1), without Pulumi and AWS.

Weights share calls in proportion within a priority, and the next priority is used once every host of it fails. So what is left
of a priority keeps its proportions, whether a call tries the failed host first or not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from .routes import Settings, call_distribution, canonical_host, endpoint_weights


@dataclass(frozen=True)
class Remaining:
    """An endpoint that is left if a host fails."""

    priority: int
    endpoint: str
    share: str
    """Of the calls that reach its priority, such as ``"50%"``."""
    part: Fraction
    """Of all calls, as long as no other host fails."""

    def carries(self, calls: int) -> int:
        """Returns how many of these calls it carries on average, rounded up."""
        return math.ceil(self.part * calls)


def if_fails(settings: Settings, host: str) -> list[Remaining]:
    """Returns what is left if `host` fails with all its ports, in the order of failover; empty if no calls go anywhere."""
    others = {key: route for key, route in settings.routes.items() if canonical_host(route["host"]) != host}
    left = Settings(settings.disabled, others)
    shares, weights = call_distribution(left), endpoint_weights(left)
    # Only the first priority that is left gets calls.
    first = min(weights, default=0)
    total = sum(weights.get(first, {}).values())
    return [
        Remaining(
            priority,
            endpoint,
            shares[f"priority {priority}"][endpoint],
            Fraction(weight, total) if priority == first and total else Fraction(0),
        )
        for priority, group in weights.items()
        for endpoint, weight in group.items()
    ]
