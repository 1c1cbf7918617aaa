"""Writes the figures of `make test-long` into docs/reliability.md: `python tests/e2e/long/figures.py FIGURES`."""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parents[3] / "docs" / "reliability.md"
BEGIN, END = "<!-- figures: written by make test-long -->\n", "<!-- end of figures -->\n"


def _crashes(rows: list[dict[str, Any]]) -> list[str]:
    lines = [
        "| killed | points (API calls) | cut off | `up` right | pending creates, updates, deletes | torn attributes file "
        "| left by `refresh`, `destroy` |",
        "|---|---|---|---|---|---|---|",
    ]
    for victim in ("engine", "plugin", "emulator"):
        ours = [row for row in rows if row["victim"] == victim]
        if not ours:
            continue
        points = sorted({row["after"] for row in ours})
        pending = [kind for row in ours for kind in row["pending"]]
        counts = ", ".join(str(pending.count(kind)) for kind in ("creating", "updating", "deleting"))
        lines.append(
            f"| {victim} | {len(points)} ({points[0]} to {points[-1]}) | {sum(not row['finished'] for row in ours)} "
            f"of {len(ours)} | {sum(row.get('right', True) for row in ours)} | {counts} | {sum(row['torn'] for row in ours)} "
            f"| {sum(row['left'] for row in ours)} connectors, at most {max(row['left'] for row in ours)} in one run |"
        )
    return lines


TROUBLES = {
    "10/s": "10 requests a second allowed",
    "drop": "ten seconds of dropped connections",
    "503": "ten seconds of 503",
}


def _modes(rows: list[dict[str, Any]]) -> list[str]:
    modes = ["legacy", "standard", "adaptive"]
    lines = [f"| 200 calls on four threads: failed, time | {' | '.join(modes)} |", "|---|---|---|---|"]
    found = {(row["trouble"], row["mode"]): f"{row['failed']}, {row['seconds']} s" for row in rows}
    for trouble, name in TROUBLES.items():
        lines.append(f"| {name} | {' | '.join(found.get((trouble, mode), '') for mode in modes)} |")
    return lines


def written(rows: list[dict[str, Any]]) -> str:
    """The figures as Markdown."""
    kinds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        kinds[row["kind"]].append(row)
    lines = [*_crashes(kinds["crash"]), ""]
    if kinds["outage"]:
        lines += ["| an outage that lasts | a call ends after | attempts answered |", "|---|---|---|"]
        ours = sorted(kinds["outage"], key=lambda row: str(row["answer"]))
        lines += [f"| `{row['answer']}` | {row['seconds']} s | {row['attempts']} |" for row in ours]
        lines.append("")
    for row in kinds["unknown connector"]:
        lines += [
            f"A create on a connector that stays unknown ends after {row['seconds']} s, the engine's start included.",
            "",
        ]
    if kinds["retry mode"]:
        lines += [*_modes(kinds["retry mode"]), ""]
    for row in kinds["long run"]:
        lines += ["| plugin process, 200 originations | threads | descriptors | resident MiB |", "|---|---|---|---|"]
        for name, when in (("settled", "after 5 rounds"), ("last", "after 20 rounds")):
            lines.append(f"| {when} | {row[name]['threads']} | {row[name]['descriptors']} | {row[name]['mib']} |")
        lines.append("")
    return "\n".join(lines)


def main() -> None:
    rows = [json.loads(line) for line in Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()]
    page = PAGE.read_text(encoding="utf-8")
    pattern = re.compile(re.escape(BEGIN) + ".*?" + re.escape(END), re.DOTALL)
    assert pattern.search(page), f"{PAGE} has no place for figures"
    PAGE.write_text(pattern.sub(lambda _: BEGIN + "\n" + written(rows) + "\n" + END, page), encoding="utf-8")


if __name__ == "__main__":
    main()
