"""Declares the originations of the stack's configuration, and says where their calls go."""

import asyncio
import difflib
import os
from pathlib import Path

import pulumi

from pulumi_chime_voice import Origination, stack_readme

ARGUMENTS = {
    "voiceConnectorId": "voice_connector_id",
    "routes": "routes",
    "disabled": "disabled",
    "region": "region",
    "onConflict": "on_conflict",
}


def arguments(path: str, settings: object, *, secret: bool) -> dict:
    """The arguments of one Origination; a mistake ends the run with one sentence."""
    if not isinstance(settings, dict):
        raise pulumi.RunError(f"{path}: is not a mapping of {', '.join(ARGUMENTS)}")
    for key in settings:
        if key not in ARGUMENTS:
            nearest = difflib.get_close_matches(str(key), ARGUMENTS, n=1)
            hint = f"did you mean {nearest[0]}?" if nearest else f"known: {', '.join(ARGUMENTS)}"
            raise pulumi.RunError(f"{path}.{key}: unknown field ({hint})")
    if not settings.get("voiceConnectorId"):
        raise pulumi.RunError(f"{path}.voiceConnectorId: is required: the id of the voice connector")
    given = {ARGUMENTS[key]: value for key, value in settings.items()}
    if "routes" in given and secret:
        given["routes"] = pulumi.Output.secret(given["routes"])
    return given


def declare() -> dict:
    """Declares every origination; returns the outputs of the stack."""
    config = pulumi.Config()
    declared = config.get_object("originations") or {}
    secret = pulumi.runtime.is_config_secret(config.full_key("originations"))
    if not isinstance(declared, dict):
        raise pulumi.RunError("chime-voice:originations: is not a mapping from resource names to settings")
    originations = {
        name: Origination(name, **arguments(f"chime-voice:originations.{name}", settings, secret=secret))
        for name, settings in declared.items()
    }
    template = Path(__file__).with_name("Pulumi.README.md").read_text(encoding="utf-8")
    return {
        "calls": {name: origination.call_distribution for name, origination in originations.items()},
        "readme": stack_readme(template, originations),
    }


async def main() -> dict:
    """`declare`, and a turn for the SDK before it waits: docs/decisions/0013-a-turn-before-the-wait.md."""
    outputs = declare()
    await asyncio.sleep(0)
    return outputs


if os.environ.get("CHIME_VOICE_SDK_DEBUG") == "off":
    # The SDK's own debug lines, each a call to the engine that is waited for: docs/decisions/0011-sdk-debug-lines.md.
    pulumi.log.debug = lambda *_, **__: None

if hasattr(pulumi, "run"):
    pulumi.run(main)
else:  # an older SDK: large stacks take longer
    for name, value in declare().items():
        pulumi.export(name, value)
