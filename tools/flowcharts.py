"""Draws flowcharts with several versions of Mermaid, to look at what GitHub and other sites draw.

    .venv/bin/python tools/flowcharts.py

It needs npm and Chromium, and writes one page for each version to build/flowcharts, with a picture of the page. With ``--write``,
it updates docs/flowchart.png, which shows the flowchart of docs/cli.md.
"""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import sys
from pathlib import Path

from pulumi_chime_voice.origination import render
from pulumi_chime_voice.origination.routes import Route, Settings, keyed

ROOT = Path(__file__).parent.parent
PAGES, PICTURE = ROOT / "build" / "flowcharts", ROOT / "docs" / "flowchart.png"
VERSIONS = ("10.9.8", "11.4.1", "11.17.2", "12.3.0")
OF_DOCS = "11.4.1"
"""The version that draws the picture of the docs."""
WIDTH = 900
"""The width of a README on GitHub, in pixels."""

PAGE = """<!doctype html>
<meta charset="utf-8">
<title></title>
<style>body {{ margin: 8px; background: white; font-family: sans-serif }} pre {{ margin: 0 0 16px }}</style>
{flowcharts}
<script src="{script}"></script>
<script>
  mermaid.initialize({{startOnLoad: false}})
  mermaid.run().then(() => {{
    const drawn = [...document.querySelectorAll("svg")].map(svg => svg.getBoundingClientRect())
    const right = Math.max(...drawn.map(box => box.right)), bottom = Math.max(...drawn.map(box => box.bottom))
    document.title = `${{Math.ceil(right) + 8}},${{Math.ceil(bottom) + 8}}`
  }})
</script>
"""
"""When Mermaid has drawn, the title of the page is its size."""


def route(host: str, priority: int = 1, weight: int = 1, *, enabled: bool = True) -> Route:
    return Route(host=host, port=5060, protocol="TCP", priority=priority, weight=weight, enabled=enabled)


def settings(*routes: Route, disabled: bool = False) -> Settings:
    return Settings(disabled, keyed(routes))


LONG = "edge-cluster-frankfurt-01.voice-production.telephony.example-company.net"
ONE_ROUTE = settings(route("sbc-a.example.net"))
EXAMPLES = (
    [("support", ONE_ROUTE)],
    [("long host names", settings(*(route(f"sbc-{index}.{LONG}", 1 + index // 2) for index in range(6))))],
    [("five hosts", settings(*(route(f"sbc-{index}.example.net", weight=5 - index) for index in range(5))))],
    [
        ("Support line, abcdef1ghij2klmno3pqr4, us-east-1", ONE_ROUTE),
        ("sales, defghi1jklm2nopqr3stu4, eu-west-1", settings(route("sbc-a.example.net"), disabled=True)),
        ("unknown", None),
        (
            "drained",
            settings(
                route("sbc-a.example.net", weight=3),
                route("sbc-b.example.net", enabled=False),
                route("sbc-c.example.net", 2, enabled=False),
                route("sbc-d.example.net", 3),
            ),
        ),
    ],
    [("a title of 120 characters ".ljust(120, "-"), ONE_ROUTE)],
)


def draw(flowcharts: list[str], version: str, picture: Path) -> None:
    """Writes a page with flowcharts beside `picture`, and its screenshot."""
    blocks = "\n".join(f'<pre class="mermaid">\n{html.escape(flowchart)}</pre>' for flowchart in flowcharts)
    page = picture.with_suffix(".html")
    script = mermaid(version).relative_to(page.parent)
    page.write_text(PAGE.format(flowcharts=blocks, script=script), encoding="utf-8")
    size = re.search(r"<title>(\d+,\d+)</title>", chromium(page, "--dump-dom", f"--window-size={WIDTH},600"))
    if size is None:
        sys.exit(f"Mermaid {version} drew nothing: open {page} in a browser.")
    chromium(page, f"--screenshot={picture}", f"--window-size={size[1]}")


def mermaid(version: str) -> Path:
    """Returns the script of a version, which npm installs first if it is missing."""
    folder = PAGES / version
    script = folder / "node_modules" / "mermaid" / "dist" / "mermaid.min.js"
    if not script.exists():
        npm = ["npm", "install", "--silent", "--ignore-scripts", "--no-package-lock", "--prefix", folder]
        subprocess.run([*npm, f"mermaid@{version}"], check=True)
    return script


def chromium(page: Path, *options: str) -> str:
    """Returns what headless Chromium prints, after the page's scripts have run."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "chromium")
    common = ("--headless", "--no-sandbox", "--hide-scrollbars", "--virtual-time-budget=60000")
    command = [browser, *common, *options, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def flowchart_of_docs() -> str:
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    return text.partition("$ chime-voice show --format mermaid")[2].partition("\n")[2].partition("```")[0]


if __name__ == "__main__":
    PAGES.mkdir(parents=True, exist_ok=True)
    for version in VERSIONS:
        draw([*map(render.flowchart, EXAMPLES)], version, PAGES / f"{version}.png")
    print(f"Look at {PAGES.relative_to(ROOT)}/*.png, or open the pages beside them.")
    if sys.argv[1:] == ["--write"]:
        drawn = PAGES / "docs.png"
        draw([flowchart_of_docs()], OF_DOCS, drawn)
        shutil.copyfile(drawn, PICTURE)
