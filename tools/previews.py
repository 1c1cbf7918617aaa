"""Prints the three previews that the README shows, from the real CLI and engine against a local endpoint.

    .venv/bin/python tools/previews.py

With ``--write``, they take the places of those in the README.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

import boto3
from sandbox import environment, pulumi

from chime_voice_emulator import Emulator

README = Path(__file__).parent.parent / "README.md"
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


class Walk:
    """A stack with one origination, whose previews are taken."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        self.folder = folder
        for part in ("backend", "project"):
            (folder / part).mkdir()
        (folder / "project" / "Pulumi.yaml").write_text("name: telephony\nruntime: python\n", encoding="utf-8")
        self.environ = environment(folder, **emulator.environment, AWS_REGION="us-east-1")
        self.pulumi("stack", "init", "prod")

    def pulumi(self, *arguments: str, fails: bool = False) -> str:
        result = pulumi(self.folder, *arguments, environ=self.environ, capture=True)
        if (result.returncode != 0) != fails:
            sys.exit(f"pulumi {' '.join(arguments)} ended with {result.returncode}\n{result.stdout}")
        # Without the dots of progress, whose number says how busy the machine was.
        lines = [line.rstrip() for line in result.stdout.splitlines() if not line.startswith("@ ")]
        return "\n".join(lines).strip()

    def program(self, routes: str) -> None:
        text = f'{HEAD}\nOrigination("support", voice_connector_id="{CONNECTOR}", routes={routes})\n'
        (self.folder / "project" / "__main__.py").write_text(text, encoding="utf-8")

    def preview(self, *, fails: bool = False) -> str:
        return "$ pulumi preview --diff\n" + self.pulumi("preview", "--diff", "--color=never", fails=fails)


def previews() -> dict[str, str]:
    """Their names, and what is printed."""
    with tempfile.TemporaryDirectory() as folder, Emulator() as emulator:
        emulator.seed({"voice_connectors": [{"id": CONNECTOR, "phone_numbers": ["+12065550100", "+12065550101"]}]})
        walk = Walk(Path(folder), emulator)
        walk.program(OLD)
        walk.pulumi("up", "--yes", "--skip-preview")
        taken = {}
        walk.program(PHASED_IN)
        taken["a new host takes a tenth of the calls"] = walk.preview()
        walk.program(ONE_HOST)
        taken["failover is lost"] = walk.preview()
        somebody_changes(emulator)
        walk.program(PHASED_IN)
        taken["somebody changed the routes"] = walk.preview(fails=True)
        return taken


def somebody_changes(emulator: Emulator) -> None:
    """A colleague takes a host out by hand, as with the console."""
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


def placed(text: str, taken: dict[str, str]) -> str:
    """The README's text with each preview in its place: the block after the comment that has its name."""
    for name, shown in taken.items():
        block = re.compile(rf"(<!-- preview: {re.escape(name)} -->\n```\n).*?(```\n)", re.DOTALL)
        text, times = block.subn(lambda found, shown=shown: f"{found[1]}{shown}\n{found[2]}", text)  # type: ignore[misc]
        if times != 1:
            sys.exit(f"README.md has {times} places for the preview “{name}”.")
    return text


if __name__ == "__main__":
    printed = previews()
    if sys.argv[1:] == ["--write"]:
        README.write_text(placed(README.read_text(encoding="utf-8"), printed), encoding="utf-8")
    else:
        print("\n\n".join(f"# {name}\n{shown}" for name, shown in printed.items()))
