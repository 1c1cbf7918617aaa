"""Deploys, changes and destroys the example of the AWS API reference, with the real Pulumi CLI and the emulator. For `make demo`.

All files are in .demo/, which is removed at the end. No AWS account is used.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import sandbox
import yaml

from chime_voice_emulator import Emulator

ROOT = Path(__file__).parent.parent
WORK = ROOT / ".demo"
CONNECTOR = "abcdef1ghij2klmno3pqr4"
STACK = "dev"


def main() -> None:
    shutil.rmtree(WORK, ignore_errors=True)
    (WORK / "backend").mkdir(parents=True)
    try:
        with Emulator() as emulator:
            emulator.create_voice_connector(voice_connector_id=CONNECTOR, name="support")
            print(f"# A local Chime SDK Voice endpoint answers at {emulator.endpoint_url}. No AWS account is used.\n")
            walk(emulator)
    finally:
        shutil.rmtree(WORK, ignore_errors=True)


def walk(emulator: Emulator) -> None:
    config = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{STACK}.yaml").read_text())["config"]
    config["aws:endpoints"] = [{"chimesdkvoice": emulator.endpoint_url}]
    origination = config["chime-voice:originations"]["support"]
    write(config)
    pulumi("stack", "init", STACK, quiet=True)
    step("What would happen", "preview", "--diff", "--suppress-outputs")
    step("Apply it", "up", "--yes", "--skip-preview", "--suppress-progress")
    log(emulator)
    show(emulator)
    origination["routes"].append({"host": "203.0.113.7", "protocol": "TCP", "priority": 1, "weight": 5})
    origination["routes"].append({"host": "203.0.113.8", "protocol": "TCP", "priority": 2, "weight": 1})
    write(config)
    print("# Two hosts are added to the stack's configuration: one to share the calls, one for when both fail.\n")
    step("What the change does to calls", "preview", "--diff", "--suppress-outputs")
    step("Apply it", "up", "--yes", "--skip-preview", "--suppress-progress")
    log(emulator)
    show(emulator)
    step("Nothing is left to change", "preview", "--expect-no-changes", "--suppress-progress")
    step("Take it down again", "destroy", "--yes", "--skip-preview", "--suppress-progress")
    log(emulator)


def write(config: dict[str, object]) -> None:
    """Writes a copy of the project with this stack configuration to .demo/, so that the checkout is not changed."""
    project = WORK / "project"
    (project / "stacks").mkdir(parents=True, exist_ok=True)
    for name in ("Pulumi.yaml", "__main__.py", "Pulumi.README.md"):
        shutil.copyfile(ROOT / name, project / name)
    settings = yaml.safe_load((project / "Pulumi.yaml").read_text())
    settings["runtime"]["options"]["virtualenv"] = str(Path(sys.executable).parent.parent)
    (project / "Pulumi.yaml").write_text(yaml.safe_dump(settings, sort_keys=False))
    stack = project / "stacks" / f"Pulumi.{STACK}.yaml"
    kept = yaml.safe_load(stack.read_text()) if stack.exists() else {}
    stack.write_text(yaml.safe_dump({**kept, "config": config}, sort_keys=False))


def step(title: str, *arguments: str) -> None:
    print(f"# {title}\n$ pulumi {' '.join(arguments)}", flush=True)
    pulumi(*arguments)
    print(flush=True)


def pulumi(*arguments: str, quiet: bool = False) -> None:
    result = sandbox.pulumi(WORK, *arguments, environ=sandbox.environment(WORK), capture=quiet)
    if result.returncode != 0:
        sys.exit(f"pulumi {' '.join(arguments)} ended with {result.returncode}: see above.\n{result.stdout or ''}")


def show(emulator: Emulator) -> None:
    """Prints the live settings with `chime-voice show`, which does not use Pulumi."""
    print("# What is live now\n$ chime-voice show", flush=True)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    command = [str(Path(sys.executable).parent / "chime-voice"), "show"]
    result = subprocess.run(command, env={**environment, **emulator.environment}, check=False)
    if result.returncode != 0:
        sys.exit(f"chime-voice show ended with {result.returncode}: see above.")
    print(flush=True)
    emulator.clear_requests()


def log(emulator: Emulator) -> None:
    """Prints the requests that the emulator has received since the last time."""
    print("# The request log of the endpoint")
    for request in emulator.requests:
        if request.operation is not None:
            print(f"{request.status}  {request.operation}  {request.voice_connector_id}  {request.region}")
    emulator.clear_requests()
    print(flush=True)


if __name__ == "__main__":
    main()
