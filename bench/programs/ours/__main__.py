"""As many originations as plan.json names voice connectors, each with one route."""

import json
import os
from pathlib import Path

import pulumi

from pulumi_chime_voice import Origination

if os.environ.get("CHIME_VOICE_SDK_DEBUG") == "off":
    pulumi.log.debug = lambda *_, **__: None
plan = json.loads(Path("plan.json").read_text(encoding="utf-8"))
declared = {}
for index, connector in enumerate(plan["connectors"]):
    weight = plan["weight"] if index < plan["changed"] else 1
    declared[f"line-{index:05}"] = Origination(
        f"line-{index:05}",
        voice_connector_id=connector,
        routes=[{"host": "203.0.113.7", "port": 5060, "protocol": "UDP", "priority": 1, "weight": weight}],
    )
pulumi.export("regions", {name: one.region for name, one in declared.items()})
