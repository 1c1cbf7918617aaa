"""`chime-voice export --import-file`: a file for `pulumi import`, which puts live settings into a state without a write.

It has inputs and outputs in the form that `check` and the state have (a test holds them equal).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ..emergency_calling.api import EMERGENCY_CALLING_API
from ..emergency_calling.numbers import COUNTRY, REVISION, Numbers
from ..engine.internal_inputs import IMPORT, PROVIDER, SERIALIZED_PROVIDER, import_mark
from ..engine.kinds import EMERGENCY_CALLING, ORIGINATION
from ..errors import ApiError
from ..origination.routes import Route, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..aws.client import ChimeSdkVoice
    from ..engine.kinds import Kind
    from .inventory import ConnectorSnapshot

OLDEST_PULUMI = (3, 254)
"""The first version of the Pulumi CLI that reads inputs and outputs from an import file."""

SERIALIZED = {
    ORIGINATION: "gASVMQAAAAAAAACMEnB1bHVtaV9jaGltZV92b2ljZZSME09yaWdpbmF0aW9uUHJvdmlkZXKUk5QpgZQu",
    EMERGENCY_CALLING: "gASVNgAAAAAAAACMEnB1bHVtaV9jaGltZV92b2ljZZSMGEVtZXJnZW5jeUNhbGxpbmdQcm92aWRlcpSTlCmBlC4=",
}
"""References to the classes of the providers, as states have them. They are permanent; only Pulumi's SDK can make them."""

_SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
"""How Pulumi marks a secret."""
_PARENT = re.compile(r"([^:]+:[^:]*:[^:]+)::(.+)")


class Placement(NamedTuple):
    """Where the resources belong in the program: components by type and name, the outermost first, and the `Provider`."""

    parents: Sequence[tuple[str, str]]
    provider: str | None
    provider_inputs: Mapping[str, str]


def parse_parent(text: str) -> tuple[str, str]:
    """Returns type and name of a component from the last part of its URN."""
    found = _PARENT.fullmatch(text)
    if found is None:
        raise click.UsageError(f"--parent {text} is not TYPE::NAME, such as acme:telephony:Team::support.")
    return found[1], found[2]


def write_file(path: Path, resources: Sequence[Mapping[str, Any]], placement: Placement) -> None:
    """Writes the file, which only its owner can read: it may contain phone numbers."""
    around, shared = _surroundings(placement)
    document = {"resources": [*around, *({**resource, **shared} for resource in resources)]}
    try:
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from None


def _surroundings(placement: Placement) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Returns entries of the components and of the `Provider`, and how the other entries refer to them.

    Pulumi uses those that the state has already, and creates the others.
    """
    entries: list[dict[str, Any]] = []
    shared: dict[str, str] = {}
    for type_, name in placement.parents:
        unique = f"{type_}::{name}"
        entries.append({"type": type_, "name": unique, "logicalName": name, "component": True, **shared})
        shared = {"parent": unique}
    if placement.provider is not None:
        unique = f"{placement.provider} (provider)"
        inputs = {**placement.provider_inputs, PROVIDER: placement.provider}
        provider = {"type": "pulumi:providers:pulumi-python", "name": unique, "logicalName": placement.provider}
        entries.append({**provider, "inputs": inputs})
        shared = {**shared, "provider": unique}
    return entries, shared


def origination(name: str, found: ConnectorSnapshot, routes: Mapping[str, Route]) -> dict[str, Any]:
    """Returns the entry of an origination, whose routes are valid."""
    settings = Settings(found.settings is not None and found.settings.disabled, routes)
    return _resource(ORIGINATION, name, found, settings.as_state())


def emergency_calling(
    connectors: Mapping[str, ConnectorSnapshot], client: ChimeSdkVoice
) -> tuple[list[dict[str, Any]], list[str]]:
    """Reads emergency calling of the voice connectors that may have it; returns entries, and what cannot be read."""
    entries, failed = [], []
    for name, found in connectors.items():
        if found.emergency_calling is False:
            continue
        try:
            live = EMERGENCY_CALLING_API.get(client, found.id, found.region) or Numbers()
        except ApiError as error:
            failed.append(str(error))
            continue
        if not live.is_blank:
            state = {"numbers": {key: _with_secrets(number) for key, number in live.by_key.items()}}
            entries.append(_resource(EMERGENCY_CALLING, f"{name}-emergency", found, state))
    return entries, failed


def _secret(value: str) -> dict[str, str]:
    return {**_SECRET, "plaintext": json.dumps(value)}


def _with_secrets(number: Mapping[str, Any]) -> dict[str, Any]:
    """Marks phone numbers as secrets, which Pulumi encrypts when it reads them."""
    return {name: value if name in (COUNTRY, REVISION) else _secret(value) for name, value in number.items()}


def _resource(kind: Kind, name: str, found: ConnectorSnapshot, settings: Mapping[str, Any]) -> dict[str, Any]:
    outputs = {
        "voiceConnectorId": found.id,
        "region": found.region,
        "onConflict": "fail",
        **settings,
        SERIALIZED_PROVIDER: SERIALIZED[kind],
    }
    mark = import_mark(outputs)
    return {
        "type": f"pulumi-python:dynamic/chime:{kind.resource}",
        "name": f"{name} ({kind.name})",  # unique in the file
        "logicalName": name,
        "id": found.id,
        "inputs": {IMPORT: _secret(mark) if kind is EMERGENCY_CALLING else mark, **outputs},
        "outputs": outputs,
    }


def too_old_pulumi() -> str | None:
    """Returns the version of the Pulumi CLI on PATH if it cannot read the file; None if it can, or if there is none."""
    command = shutil.which("pulumi")
    if command is None:
        return None
    try:
        env = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1"}
        done = subprocess.run(  # noqa: S603 - the command that the user will run
            [command, "version"], env=env, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.match(r"v?(\d+)\.(\d+)\S*", done.stdout)
    if version is None or (int(version[1]), int(version[2])) >= OLDEST_PULUMI:
        return None
    return version[0].removeprefix("v")
