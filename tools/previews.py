"""Prints the previews of docs/previews.md, from the real CLI and engine against the emulator.

    .venv/bin/python tools/previews.py

With ``--write``, updates docs/previews.md, the excerpt in README.md, and the picture docs/preview.svg.
"""

from __future__ import annotations

import io
import re
import sys
import tempfile
from pathlib import Path

import boto3
from rich.console import Console
from rich.text import Text
from sandbox import environment, pulumi

from chime_voice_emulator import Emulator

ROOT = Path(__file__).parent.parent
README, PAGE, PICTURE = ROOT / "README.md", ROOT / "docs" / "previews.md", ROOT / "docs" / "preview.svg"
SHIFT, FAILOVER, OUTSIDE = "a new host receives a tenth of the calls", "failover is lost", "changed outside Pulumi"
CONNECTOR = "abcdef1ghij2klmno3pqr4"
HEAD = """
from pulumi_chime_voice import Origination

def route(host, weight=1, priority=1):
    return {"host": host, "protocol": "TCP", "priority": priority, "weight": weight}
"""
OLD = '[route("sbc-a.example.net", 50), route("sbc-b.example.net", 50), route("sbc-dr.example.net", priority=2)]'
PHASED_IN = (
    '[route("sbc-a.example.net", 45), route("sbc-b.example.net", 45), route("sbc-new.example.net", 10), '
    'route("sbc-dr.example.net", priority=2)]'
)
ONE_HOST = '[route("sbc-a.example.net")]'


class PreviewStack:
    """A stack with one origination, whose program changes between previews."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        self.folder = folder
        for part in ("backend", "project"):
            (folder / part).mkdir()
        (folder / "project" / "Pulumi.yaml").write_text("name: telephony\nruntime: python\n", encoding="utf-8")
        self.environ = environment(folder, **emulator.environment)
        self.pulumi("stack", "init", "prod")

    def pulumi(self, *arguments: str, fails: bool = False) -> str:
        result = pulumi(self.folder, *arguments, environ=self.environ, capture=True)
        if (result.returncode != 0) != fails:
            sys.exit(f"pulumi {' '.join(arguments)} ended with {result.returncode}\n{result.stdout}")
        # Omit progress dots, whose number depends on the load, and the error that a program still prints after a blocked change,
        # because the language plugin of SDK module v3.79.0 (tools/pulumi-cli) cannot cancel it.
        omitted = ("@ ", "error: Resource monitor has terminated")
        lines = [line.rstrip() for line in result.stdout.splitlines() if not line.startswith(omitted)]
        return "\n".join(lines).strip()

    def program(self, routes: str) -> None:
        text = f'{HEAD}\nOrigination("support", voice_connector_id="{CONNECTOR}", routes={routes})\n'
        (self.folder / "project" / "__main__.py").write_text(text, encoding="utf-8")

    def preview(self, *, fails: bool = False, color: str = "never") -> str:
        return "$ pulumi preview --diff\n" + self.pulumi("preview", "--diff", f"--color={color}", fails=fails)


def previews() -> tuple[dict[str, str], str]:
    """Returns the previews by name, and the first one in colour."""
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator:
        emulator.seed({"voice_connectors": [{"id": CONNECTOR, "phone_numbers": ["+12065550100", "+12065550101"]}]})
        stack = PreviewStack(Path(folder), emulator)
        stack.program(OLD)
        stack.pulumi("up", "--yes", "--skip-preview")
        printed = {}
        stack.program(PHASED_IN)
        printed[SHIFT] = stack.preview()
        coloured = stack.preview(color="always")
        stack.program(ONE_HOST)
        printed[FAILOVER] = stack.preview()
        remove_a_host(emulator)
        stack.program(PHASED_IN)
        printed[OUTSIDE] = stack.preview(fails=True)
        return printed, coloured


def remove_a_host(emulator: Emulator) -> None:
    """Removes a host outside Pulumi, as another user would in the AWS console."""
    client = boto3.client(
        "chime-sdk-voice",
        endpoint_url=emulator.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    live = client.get_voice_connector_origination(VoiceConnectorId=CONNECTOR)["Origination"]
    live["Routes"] = [route for route in live["Routes"] if route["Host"] != "sbc-b.example.net"]
    client.put_voice_connector_origination(VoiceConnectorId=CONNECTOR, Origination=live)
    client.close()


def placed(text: str, printed: dict[str, str]) -> str:
    """Returns the page with each preview in the block after the comment with its name."""
    for name, shown in printed.items():
        block = re.compile(rf"(<!-- preview: {re.escape(name)} -->\n```\n).*?(```\n)", re.DOTALL)
        text, times = block.subn(lambda found, shown=shown: f"{found[1]}{shown}\n{found[2]}", text)  # type: ignore[misc]
        if times != 1:
            sys.exit(f"docs/previews.md has {times} places for the preview “{name}”.")
    return text


def excerpt(shown: str) -> str:
    """Returns the warning and the call distribution of a preview."""
    lines = shown.splitlines()
    first = next(number for number, line in enumerate(lines) if "callDistribution" in line)
    last = next(number for number, line in enumerate(lines) if number > first and line == "        }")
    warning = [line for line in lines if line.startswith("warning: ")]
    return "\n".join([*warning, *lines[first : last + 1]])


def with_excerpt(text: str, shown: str) -> str:
    """Returns the README with the excerpt of a preview in its block."""
    block = re.compile(r"(<!-- excerpt: .*? -->\n```\n).*?(```\n)", re.DOTALL)
    return block.sub(lambda found: f"{found[1]}{excerpt(shown)}\n{found[2]}", text)


def picture(coloured: str) -> str:
    """Returns an SVG of a preview up to its call distribution, and of its summary."""
    lines = coloured.splitlines()
    end = next(number for number, line in enumerate(lines) if "disabled" in line)
    summary = next(number for number, line in enumerate(lines) if "Resources:" in line)
    console = Console(record=True, width=92, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi("\n".join([*lines[:end], "        …", *lines[summary:]])))
    svg = console.export_svg(title="pulumi preview --diff", unique_id="preview")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)  # the rule would download fonts from another host


if __name__ == "__main__":
    printed, in_colour = previews()
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(placed(PAGE.read_text(encoding="utf-8"), printed), encoding="utf-8")
        README.write_text(with_excerpt(README.read_text(encoding="utf-8"), printed[FAILOVER]), encoding="utf-8")
        PICTURE.write_text(picture(in_colour), encoding="utf-8")
    else:
        print("\n\n".join(f"# {name}\n{shown}" for name, shown in printed.items()))
