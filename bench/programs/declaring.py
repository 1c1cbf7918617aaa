"""Declares a resource with one route for each voice connector in plan.json.

The programs are plain statements, as in the README and as users write them.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any


def run(kind: Callable[..., Any]) -> None:
    """Declares the resources of the plan, all of one kind."""
    plan = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    for index, connector in enumerate(plan["connectors"]):
        weight = plan["weight"] if index < plan["changed"] else 1
        kind(
            f"line-{index:05}",
            voice_connector_id=connector,
            routes=[{"host": "203.0.113.7", "port": 5060, "protocol": "UDP", "priority": 1, "weight": weight}],
        )
