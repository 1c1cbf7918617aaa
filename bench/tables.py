"""Prints the tables of docs/reliability.md and bench/README.md from the result of a run."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "programs"))

from lab import OURS
from report import by_count, line

TOTAL = 10_000
STACKS = (100, 200, 500)
RATES = (2, 10, 50)
STEPS = {"preview of creates": 2, "up": 2, "preview without changes": 0, "refresh": 1, "destroy": 3}
"""API calls for each resource; tests/e2e/test_costs.py tests them."""

TIMES = {
    "preview creates": "preview of creates",
    "preview changes": "preview of changes",
    "up": "up",
    "preview same": "preview without changes",
    "refresh": "refresh",
    "destroy": "destroy",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path, nargs="?", default=Path(__file__).parent / "results" / "result.json")
    result = json.loads(parser.parse_args().result.read_text(encoding="utf-8"))
    sizes = {int(count): size for count, size in result["backend_bytes"][OURS].items()}
    fixed, each = line({count: [float(size)] for count, size in sizes.items()})
    print(
        f"A state takes {fixed:,.0f} bytes and {each:,.0f} for each resource with one route "
        f"(N = {', '.join(map(str, sizes))}):"
    )
    print(f"\n| resources in a stack | stacks for {TOTAL:,} | state of one | state of all |\n|---|---|---|---|")
    for count in STACKS:
        size, stacks = fixed + each * count, TOTAL // count
        print(f"| {count} | {stacks} | {size / 1e6:.2f} MB | {size * stacks / 1e6:.1f} MB |")
    limits = " | ".join(f"{rate} calls per second" for rate in RATES)
    print(f"\n| step of all {TOTAL:,} | API calls | {limits} |\n|---|---|{'---|' * len(RATES)}")
    for step, calls in STEPS.items():
        times = " | ".join(f"{calls * TOTAL / rate / 60:.0f} min" for rate in RATES)
        print(f"| {step} | {calls * TOTAL:,} | {times} |")
    _print_times(result)
    _print_goals(result)


def _print_times(result: dict[str, Any]) -> None:
    steps = {step: by_count(result, step, OURS) for step in TIMES}
    counts = sorted({count for points in steps.values() for count in points})
    print(f"\n| seconds of | {' | '.join(f'N = {count:,}' for count in counts)} |\n|---|{'---|' * len(counts)}")
    for step, points in steps.items():
        medians = [f"{statistics.median(points[count]):.1f}" if count in points else "" for count in counts]
        print(f"| {TIMES[step]} | {' | '.join(medians)} |")


def _print_goals(result: dict[str, Any]) -> None:
    print("\n| figure | median | from least to most | goal | |\n|---|---|---|---|---|")
    for goal in result["goals"]:
        values = goal["values"]
        spread = f"{min(values):.3g} to {max(values):.3g}" if len(values) > 1 else ""
        limit = f"≤ {goal['high']:g}" if goal["low"] is None else f"{goal['low']:g} to {goal['high']:g}"
        met = "met" if goal["met"] else "missed"
        print(f"| {goal['what']} | {statistics.median(values):.3g} | {spread} | {limit} | {met} |")


if __name__ == "__main__":
    main()
