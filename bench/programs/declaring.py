"""What the programs have in common: as many resources as plan.json names voice connectors, each with one route.

Their form is the one that people write, as in the README: plain statements.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pulumi


def run(kind: Callable[..., Any]) -> None:
    """Declares the plan's resources, of one kind."""
    plan = json.loads(Path("plan.json").read_text(encoding="utf-8"))
    declared = {}
    for index, connector in enumerate(plan["connectors"]):
        weight = plan["weight"] if index < plan["changed"] else 1
        declared[f"line-{index:05}"] = kind(
            f"line-{index:05}",
            voice_connector_id=connector,
            routes=[{"host": "203.0.113.7", "port": 5060, "protocol": "UDP", "priority": 1, "weight": weight}],
        )
    pulumi.export("regions", {name: one.region for name, one in declared.items()})
