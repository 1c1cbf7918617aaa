"""What a resource costs through the real engine, counted: bytes of state, and API calls.

test_lifecycle.py::test_basic has the calls of each step, tests/unit/test_costs.py those of many resources.
"""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chime_voice_emulator import Emulator

    from .support import Calls, Project

LOWEST = {"test_previews_of_many_changes"}
"""These tests run with the oldest versions of pulumi and boto3 too (conftest.py)."""
CONNECTORS = ("abcdef1ghij2klmno3pqr4", "bcdefg1hijk2lmnop3qrs4")
PROGRAMS = Path(__file__).parents[2] / "bench" / "programs"
ROUTE = '{"host": "203.0.113.7", "port": 5060, "protocol": "UDP", "priority": 1, "weight": 1}'
STATE_BYTES = 500
"""325 were counted: keys of routes and shares by priority, each in inputs and in outputs, and two defaults."""


def program(kind: str, connectors: Sequence[str] = CONNECTORS, weight: int = 1) -> str:
    route = ROUTE.replace('"weight": 1', f'"weight": {weight}')
    return "".join(
        f'{kind}("line-{index}", voice_connector_id="{connector}", routes=[{route}])\n'
        for index, connector in enumerate(connectors)
    )


def size(project: Project) -> int:
    """Compact JSON of the first resource in the state, without what the engine notes of the program's source."""
    resources: list[dict[str, Any]] = json.loads(project.ok("stack", "export"))["deployment"]["resources"]
    first = next(one for one in resources if one["urn"].endswith("::line-0"))
    kept = {key: value for key, value in first.items() if key not in ("sourcePosition", "stackTrace")}
    return len(json.dumps(kept, separators=(",", ":")))


def test_state_and_calls(project: Project, calls: Calls) -> None:
    """An `up` of two resources sends two calls for each, and a resource's state is little more than its inputs."""
    project.program(program("Origination"))
    project.up()
    assert Counter(calls.take()) == {"Get": 2, "Put": 2}
    ours = size(project)
    project.env["PYTHONPATH"] = str(PROGRAMS)
    project.program("from null_provider import Null\n" + program("Null"))
    project.up()
    assert Counter(calls.take()) == {"Get": 2, "GetEmergency": 2, "Delete": 2}
    assert 0 < ours - size(project) <= STATE_BYTES


def test_previews_of_many_changes(project: Project, emulator: Emulator, calls: Calls) -> None:
    """Each voice connector is read once, before its turn; a preview without changes reads none, and an `up` none ahead."""
    connectors = [f"line{index:018}" for index in range(14)]
    for connector in connectors:
        emulator.create_voice_connector(voice_connector_id=connector)
    emulator.faults.latency = 0.3
    project.program(program("Origination", connectors))
    project.preview()
    answered = [each.time for each in emulator.requests if each.operation == "GetVoiceConnector"]
    intervals = [later - earlier for earlier, later in pairwise(answered)]
    # One after the other, each would be answered a latency after the one before, in whatever order the SDK registers them.
    assert min(intervals) < emulator.faults.latency
    assert Counter(calls.take()) == {"Get": 14, "GetVoiceConnector": 14}
    emulator.faults.latency = 0
    project.up()
    assert Counter(calls.take()) == {"Get": 14, "Put": 14}
    project.preview()
    assert not calls.take()
    project.program(program("Origination", connectors, weight=2))
    project.preview()
    assert Counter(calls.take()) == {"Get": 14, "GetVoiceConnector": 14}
