"""Declares the originations of the stack's configuration, and says where their calls go."""

import pulumi

from pulumi_chime_voice import Origination
from pulumi_chime_voice.routes import unknown_name

ARGUMENTS = {
    "voiceConnectorId": "voice_connector_id",
    "routes": "routes",
    "disabled": "disabled",
    "region": "region",
    "onConflict": "on_conflict",
}


def arguments(path: str, settings: object) -> dict:
    """The arguments of one Origination; a mistake ends the run with one sentence."""
    if not isinstance(settings, dict):
        raise pulumi.RunError(f"{path}: is not a mapping of {', '.join(ARGUMENTS)}")
    for key in settings:
        if key not in ARGUMENTS:
            raise pulumi.RunError(f"{path}.{key}: {unknown_name(key, ARGUMENTS)}")
    if not settings.get("voiceConnectorId"):
        raise pulumi.RunError(f"{path}.voiceConnectorId: is required: the id of the voice connector")
    return {ARGUMENTS[key]: value for key, value in settings.items()}


declared = pulumi.Config().get_object("originations") or {}
if not isinstance(declared, dict):
    raise pulumi.RunError("chime-voice:originations: is not a mapping from resource names to settings")

originations = {
    name: Origination(name, **arguments(f"chime-voice:originations.{name}", settings))
    for name, settings in declared.items()
}

pulumi.export("calls", {name: origination.call_distribution for name, origination in originations.items()})
