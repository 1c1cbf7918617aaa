"""Declares the originations and the emergency calling of the stack's configuration, and says where their calls go."""

import os
from pathlib import Path

import pulumi

from pulumi_chime_voice import EmergencyCalling, Origination, stack_readme
from pulumi_chime_voice.errors import ConfigurationError
from pulumi_chime_voice.stack_config import EMERGENCY_NUMBER, check_keys, origination_arguments, read_fields


def arguments(path: str, settings: object, *, secret: bool) -> dict:
    """The arguments of one Origination."""
    given = origination_arguments(path, settings)
    if "routes" in given and secret:
        given["routes"] = pulumi.Output.secret(given["routes"])
    return given


def numbers(path: str, declared: object) -> list[dict]:
    """The numbers of one EmergencyCalling."""
    if not isinstance(declared, list):
        raise pulumi.RunError(f"{path}: is not a list of emergency numbers")
    return [read_fields(f"{path}[{index}]", number, EMERGENCY_NUMBER) for index, number in enumerate(declared)]


def mapping(config: pulumi.Config, key: str) -> dict:
    """A key of the configuration: a mapping from resource names."""
    declared = config.get_object(key) or {}
    if not isinstance(declared, dict):
        raise pulumi.RunError(f"{config.full_key(key)}: is not a mapping from resource names to settings")
    return declared


def declare() -> None:
    """Declares every resource, and the outputs of the stack."""
    config = pulumi.Config()
    check_keys(pulumi.runtime.get_config_env())
    secret = pulumi.runtime.is_config_secret(config.full_key("originations"))
    originations = {
        name: Origination(name, **arguments(f"chime-voice:originations.{name}", settings, secret=secret))
        for name, settings in mapping(config, "originations").items()
    }
    for name, declared in mapping(config, "emergencyCalling").items():
        path = f"chime-voice:emergencyCalling.{name}"
        if name not in originations:
            raise pulumi.RunError(f"{path}: there is no origination of this name (known: {', '.join(originations)})")
        line = originations[name]
        several = numbers(path, declared)
        EmergencyCalling(
            f"{name}-emergency", voice_connector_id=line.voice_connector_id, region=line.region, numbers=several
        )
    template = Path(__file__).with_name("Pulumi.README.md").read_text(encoding="utf-8")
    pulumi.export("calls", {name: origination.call_distribution for name, origination in originations.items()})
    pulumi.export("readme", stack_readme(template, originations))


if os.environ.get("CHIME_VOICE_SDK_DEBUG") == "off":
    # The SDK's own debug lines, each a call to the engine that is waited for: docs/decisions/0011-sdk-debug-lines.md.
    pulumi.log.debug = lambda *_, **__: None

try:
    declare()
except ConfigurationError as error:
    raise pulumi.RunError(str(error)) from None
