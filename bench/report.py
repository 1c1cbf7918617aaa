"""Prints the tables of a run, and writes every sample to a JSON file."""

from __future__ import annotations

import itertools
import json
import os
import platform
import statistics
import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goals import GROWTH, goals, growth
from lab import BIN, CALL_SECONDS, NULL, OURS, ROLES
from rich.table import Table

if TYPE_CHECKING:
    from figures import Measurements
    from goals import Goal
    from rich.console import Console

TERRAFORM = {
    "preview creates": {1: 0.3, 40: 0.4, 200: 1.3},
    "up": {1: 5.4, 40: 21.0, 200: 104.0},
    "preview same": {1: 0.2, 40: 0.3, 200: 1.2},
    "preview --refresh": {1: 5.3, 40: 20.6, 200: 102.0},
    "up one changed of": {1: 5.4, 40: 5.5, 200: 6.3},
    "destroy": {1: 5.4, 40: 21.2, 200: 105.0},
}
"""Seconds by number of resources, for orientation and never in a ratio. Its preview reads nothing that is live."""
TERRAFORM_SOURCE = (
    "aws_chime_voice_connector_origination of terraform-provider-aws (mid-2024) in a thin provider under Terraform 1.11.4, "
    "against this emulator at 50 ms per call, on 29 November 2026 in another run; minimum of 3 to 8 runs"
)

_PACKAGES = ("pulumi", "boto3", "botocore", "grpcio", "protobuf", "pulumi-chime-voice")


def machine() -> dict[str, Any]:
    """Returns the hardware, the system and the versions, without the name of the machine and its paths."""
    cpu = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    pulumi = subprocess.run([BIN / "pulumi", "version"], capture_output=True, text=True, check=True).stdout.strip()
    return {
        "cpu": cpu[0].partition(":")[2].strip() if cpu else platform.machine(),
        "cores": os.cpu_count(),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "system": f"{platform.system()} {platform.release()}",
        "versions": {
            "python": platform.python_version(),
            "pulumi CLI": pulumi,
            **{name: version(name) for name in _PACKAGES},
        },
    }


def as_json(measurements: Measurements, facts: dict[str, Any]) -> dict[str, Any]:
    """Returns every sample and the goals as JSON."""
    return {
        **facts,
        "call_seconds": CALL_SECONDS,
        "goals": [
            {"what": goal.what, "values": goal.values, "low": goal.low, "high": goal.high, "met": goal.is_met}
            for goal in goals(measurements, facts["large"])
        ],
        "api_calls": measurements.calls,
        "bytes_of_state": measurements.bytes_of_state,
        "backend_bytes": measurements.backend_bytes,
        "peak_kib": measurements.peaks,
        "seconds": measurements.seconds,
        "cpu_seconds": measurements.cpu,
    }


def write(folder: Path, result: dict[str, Any]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def show(measurements: Measurements, facts: dict[str, Any], console: Console) -> None:
    """Prints the tables: goals, times, and counts."""
    rounds = facts["rounds"]
    console.print(f"[bold]Goals[/bold] ({rounds} rounds; median, and from least to most)")
    table = Table("figure", "ours", "spread", "goal", "")
    for goal in goals(measurements, facts["large"]):
        table.add_row(goal.what, *_shown(goal))
    console.print(table)
    console.print(f"[bold]Seconds[/bold] (median, and from least to most; Terraform: {TERRAFORM_SOURCE})")
    table = Table("step", "ours", "null provider", "ratio", "CPU ours", "CPU null", "Terraform, another run")
    for figure in _figures(measurements):
        ours, null = (measurements.seconds_of(figure, kind) for kind in (OURS, NULL))
        ratio = _spread([mine / other for mine, other in zip(ours, null, strict=False)], 2)
        cpu = [_median(measurements.cpu.get(f"{figure} {kind}", [])) for kind in (OURS, NULL)]
        step, _, count = figure.rpartition(" ")
        terraform = TERRAFORM.get(step, {}).get(int(count)) if count.isdigit() else None
        table.add_row(figure, _spread(ours, 3), _spread(null, 3), ratio, *cpu, f"{terraform:g}" if terraform else "")
    for figure in ("boto3 200 floor", "answer floor"):
        table.add_row(figure, "", _spread(measurements.seconds.get(figure, []), 4), "", "", "", "")
    console.print(table)
    console.print("[bold]API calls[/bold] of ours, by step")
    table = Table("step", "calls")
    for step, calls in measurements.calls.items():
        table.add_row(step, ", ".join(f"{count} {name}" for name, count in calls.items()) or "none")
    console.print(table)
    few, many = GROWTH
    for kind in (OURS, NULL):
        grown = list(growth(measurements, kind, "up"))
        if grown:
            # Not a goal: the engine writes the whole state after each step, so its own time is quadratic.
            console.print(
                f"time of up per resource beyond the first, {kind}: N = {many} / N = {few}: {_spread(grown, 2)}"
            )
    for role, step in itertools.product(ROLES, ("preview", "up")):
        large = facts["large"]
        peaks = {kind: measurements.peaks.get(f"{role} {step} {kind} {large}") for kind in (OURS, NULL)}
        shown = ", ".join(f"{kind} {peak / 1024:.0f} MiB" for kind, peak in peaks.items() if peak is not None)
        console.print(f"peak memory of the {role}, {step} of {large}: {shown}")
    for kind, size in measurements.bytes_of_state.items():
        sizes = ", ".join(
            f"{total:,} for N = {count}" for count, total in sorted(measurements.backend_bytes[kind].items())
        )
        console.print(f"state {kind}: {size:,} bytes per resource; the backend's file: {sizes}")


def _figures(measurements: Measurements) -> list[str]:
    return [name.removesuffix(f" {OURS}") for name in measurements.seconds if name.endswith(f" {OURS}")]


def _shown(goal: Goal) -> tuple[str, str, str, str]:
    limit = f"≤ {goal.high:g}" if goal.low is None else f"{goal.low:g} to {goal.high:g}"
    spread = f"{min(goal.values):.3g} to {max(goal.values):.3g}" if len(goal.values) > 1 else ""
    return f"{goal.median:.3g}", spread, limit, "met" if goal.is_met else "[red]missed[/red]"


def _spread(values: list[float], digits: int) -> str:
    if not values:
        return ""
    middle, low, high = statistics.median(values), min(values), max(values)
    return f"{middle:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def _median(values: list[float]) -> str:
    return f"{statistics.median(values):.2f}" if values else ""


def by_count(result: dict[str, Any], step: str, kind: str) -> dict[int, list[float]]:
    """Returns the samples of a step by number of resources."""
    points: dict[int, list[float]] = {}
    for name, values in result["seconds"].items():
        found, _, rest = name.rpartition(f" {kind}")
        head, _, count = found.rpartition(" ")
        if head == step and rest == "" and count.isdigit():
            points[int(count)] = values
    return dict(sorted(points.items()))


def line(points: dict[int, list[float]]) -> tuple[float, float]:
    """Returns the fixed seconds and the seconds per resource, by least squares through the medians."""
    medians = {count: statistics.median(values) for count, values in points.items()}
    each, fixed = statistics.linear_regression(list(medians), list(medians.values()))
    return fixed, each
