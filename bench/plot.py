"""Plots seconds by number of resources: ours, the null provider, and Terraform's figures of another run.

    .venv/bin/python bench/plot.py

draws `bench/results/time.svg` again, from the stored result.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent / "programs"))

import matplotlib as mpl
from lab import NULL, OURS
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from report import TERRAFORM, by_count

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Step(NamedTuple):
    """A step that is plotted.

    Attributes:
        figure: its name in the result.
        title: its name for readers.
        commands: Pulumi's command and Terraform's.
        terraform: the name of Terraform's figures.
    """

    figure: str
    title: str
    commands: str
    terraform: str


STEPS = (
    Step("preview creates", "Preview of creates", "pulumi preview, terraform plan", "preview creates"),
    Step("up", "Create", "pulumi up, terraform apply", "up"),
    Step("preview same", "Preview without changes", "pulumi preview, terraform plan -refresh=false", "preview same"),
    Step("refresh", "Refresh", "pulumi refresh, terraform plan", "preview --refresh"),
    Step("destroy", "Destroy", "pulumi destroy, terraform destroy", "destroy"),
)
TERRAFORM_LABEL = "terraform-provider-aws under Terraform 1.11.4,\n29 November 2026, another run (minima)"
SERIES = (
    (OURS, "this provider", "o", "#0072b2"),
    (NULL, "null provider: Pulumi alone, without API calls", "s", "#d55e00"),
)
"""Kind, label, marker and colour. The colours differ for colour-blind readers as well (Okabe and Ito)."""

STYLE = {
    "axes.edgecolor": "#999999",
    "axes.grid": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": "white",  # not transparent: readable on a dark page as well
    "font.sans-serif": ["DejaVu Sans", "Verdana"],
    "font.size": 9,
    "grid.color": "#e6e6e6",
    "svg.fonttype": "none",  # text instead of outlines: smaller, and searchable
    "svg.hashsalt": "pulumi-chime-voice",
}


def _style(marker: str, color: str, linestyle: str = "-") -> dict[str, Any]:
    return {"marker": marker, "color": color, "linestyle": linestyle, "linewidth": 1.2, "markersize": 5}


TERRAFORM_STYLE = _style("^", "#6b6b6b", ":")


def draw(folder: Path, result: dict[str, Any]) -> None:
    """Writes time.svg: the medians, and bars from the fastest round to the slowest."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(11, 6.6), layout="constrained")
        *plots, legend = figure.subplots(2, 3).flat
        for axis, step in zip(plots, STEPS, strict=True):
            _draw_step(axis, step, result)
        _draw_legend(legend, result)
        figure.savefig(folder / "time.svg", metadata={"Date": None})


def _draw_step(axis: Axes, step: Step, result: dict[str, Any]) -> None:
    """Draws the panel of a step, without the kinds that have no samples."""
    terraform = TERRAFORM[step.terraform]
    axis.plot([*terraform], [*terraform.values()], **TERRAFORM_STYLE)
    for kind, _, marker, color in SERIES:
        points = by_count(result, step.figure, kind)
        medians = [statistics.median(values) for values in points.values()]
        below = [median - min(values) for median, values in zip(medians, points.values(), strict=True)]
        above = [max(values) - median for median, values in zip(medians, points.values(), strict=True)]
        axis.errorbar([*points], medians, (below, above), **_style(marker, color))
    axis.set_title(step.title, fontsize=11, fontweight="bold", loc="left", pad=20)
    axis.text(0, 1.03, step.commands, transform=axis.transAxes, color="#555555")
    axis.set(xlabel="resources", ylabel="seconds", ylim=(0, None))
    axis.tick_params(bottom=False, left=False)
    axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))


def _draw_legend(axis: Axes, result: dict[str, Any]) -> None:
    """Draws the legend in a separate panel, where it covers no point."""
    for _, label, marker, color in SERIES:
        axis.plot([], [], label=label, **_style(marker, color))
    axis.plot([], [], label=TERRAFORM_LABEL, **TERRAFORM_STYLE)
    axis.legend(loc="upper left", frameon=False, borderaxespad=0, labelspacing=1)
    notes = (
        "A resource is the origination settings of a voice connector.",
        f"Each API call takes {result['call_seconds'] * 1000:.0f} ms.",
        f"Points: medians of up to {result['rounds']} rounds.",
        "Bars: from the fastest round to the slowest.",
        "The scales differ from step to step.",
    )
    axis.text(0, 0.5, "\n".join(notes), transform=axis.transAxes, va="top", linespacing=1.6)
    axis.set_axis_off()


if __name__ == "__main__":
    results = Path(__file__).parent / "results"
    draw(results, json.loads((results / "result.json").read_text(encoding="utf-8")))
