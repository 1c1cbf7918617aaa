"""Records the state that the installed release writes: `python tests/states/record.py` before a release is made.

The state of a stack outlives the release that wrote it, so one of each release is kept here, and
`tests/e2e/test_states.py` refreshes, updates and destroys it with the current code.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from chime_voice_emulator import Emulator
from pulumi_chime_voice import __version__

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
PASSPHRASE = "e2e"

PROGRAM = """
import pulumi
from pulumi_chime_voice import Origination

Origination("support", voice_connector_id="abcdef1ghij2klmno3pqr4", routes=[
    {"host": "sbc-a.example.net", "port": 5061, "protocol": "TCP", "priority": 1, "weight": 60},
    {"host": "2001:db8::1", "protocol": "UDP", "priority": 1, "weight": 40},
    {"host": "sbc-a.example.net", "port": 5061, "protocol": "TCP", "priority": 2, "weight": 1},
])
Origination("off", voice_connector_id="bcdefg1hijk2lmnop3qrs4", disabled=True)
Origination("hidden", voice_connector_id="cdefgh1ijkl2mnopq3rst4", on_conflict="overwrite", routes=[
    {"host": pulumi.Output.secret("hidden.example.net"), "protocol": "UDP", "priority": 1, "weight": 1},
])
"""
CONNECTORS = ("abcdef1ghij2klmno3pqr4", "bcdefg1hijk2lmnop3qrs4", "cdefgh1ijkl2mnopq3rst4")


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary, Emulator() as emulator:
        folder = Path(temporary)
        (folder / "backend").mkdir()
        (folder / "Pulumi.yaml").write_text("name: e2e\nruntime: python\n")
        (folder / "__main__.py").write_text(PROGRAM)
        for connector in CONNECTORS:
            emulator.create_voice_connector(voice_connector_id=connector)
        environment = {
            **os.environ,
            **emulator.environment,
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_HOME": str(folder / "home"),
            "PULUMI_BACKEND_URL": (folder / "backend").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "AWS_REGION": "us-east-1",
        }

        def pulumi(*arguments: str) -> str:
            command = [str(BIN / "pulumi"), *arguments, "--non-interactive"]
            return subprocess.run(
                command, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True
            ).stdout

        pulumi("stack", "init", "dev")
        pulumi("up", "--yes", "--skip-preview")
        state = json.loads(pulumi("stack", "export"))
    for resource in state["deployment"]["resources"]:
        # Where the program stood on the machine that recorded it.
        resource.pop("sourcePosition", None)
        resource.pop("stackTrace", None)
    target = HERE / f"{__version__}.json"
    target.write_text(json.dumps(state, indent=1) + "\n")
    print(target)


if __name__ == "__main__":
    main()
