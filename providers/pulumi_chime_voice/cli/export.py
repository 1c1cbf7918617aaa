"""`chime-voice export`: live settings as stack configuration, in the schema that the program of this repo reads.

An exported voice connector can be declared unchanged. One with a route that validation rejects is left out as a whole and
reported, because a part of its routes would change its calls.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click
import yaml

from ..origination import validation
from ..origination.routes import Settings, ordered
from ..stack_config import EMERGENCY_CALLING, ORIGINATIONS
from . import import_file
from .reading import account, finish, inventory
from .terminal import report, write

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..aws.client import ChimeSdkVoice
    from .inventory import ConnectorSnapshot


_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._-]*(:[A-Za-z0-9._-]+)*")
_HEADER = """\
# Origination settings as they are live. Put them into the stack's file (stacks/Pulumi.<stack>.yaml), then run pulumi up:
# it adopts them without affecting calls.
"""


@dataclass
class Export:
    """Stack configuration, and what is not in it.

    Attributes:
        originations: by resource name.
        refused: a sentence, with its path, for each value that cannot be declared.
        empty: how many voice connectors have no origination.
        secret: a sentence for each voice connector whose emergency numbers are not in it, since they are secret.
        connectors: the voice connector of each origination, by resource name.
        imports: the originations as entries of a file for `pulumi import`.
    """

    originations: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    empty: int = 0
    secret: list[str] = field(default_factory=list)
    connectors: dict[str, ConnectorSnapshot] = field(default_factory=dict)
    imports: list[dict[str, Any]] = field(default_factory=list)


def run(
    *,
    ids: Sequence[str],
    names: Sequence[str],
    file: Path | None,
    parents: Sequence[str],
    provider: str | None,
    emergency_calling: bool,
    **where: Any,
) -> None:
    if file is None and (parents or provider or emergency_calling):
        raise click.UsageError("--parent, --provider and --emergency-calling go with --import-file.")
    chosen, components = _chosen_names(names), [import_file.parse_parent(parent) for parent in parents]
    source = account(ids, **where)
    read = inventory(source, details=False)
    if unknown := chosen.keys() - {found.id for found in read.found}:
        raise click.UsageError(f"--name {sorted(unknown)[0]}: there is no such voice connector among those exported.")
    only = source.regions[0] if len(source.regions) == 1 else None
    result = export(read.found, regions=only is None, names=chosen, file=str(file) if emergency_calling else "")
    if result.originations:  # otherwise the header would promise something
        write(document(result, only))
    if result.empty == 1:
        report("1 voice connector was omitted, because it has no origination settings.")
    elif result.empty:
        report(f"{result.empty} voice connectors were omitted, because they have no origination settings.")
    for sentence in (*result.refused, *result.secret):
        report(sentence)
    failed = bool(result.refused)
    if file is not None:
        inputs = {"aws:region": only, "aws:profile": where["profile"]}
        known = {key: value for key, value in inputs.items() if value}
        placement = import_file.Placement(components, provider, known)
        failed |= not _write_imports(file, result, placement, source.client if emergency_calling else None)
    finish(read.unread, failed=failed)


def _chosen_names(names: Sequence[str]) -> dict[str, str]:
    """Returns the resource names that the user has chosen, by ID."""
    pairs = [text.partition("=") for text in names]
    for id_, _, name in pairs:
        if not id_ or not name:
            raise click.UsageError(f"--name {id_}: give the ID of a voice connector and a name, as ID=NAME.")
    return {id_: name for id_, _, name in pairs}


def _write_imports(file: Path, result: Export, placement: import_file.Placement, client: ChimeSdkVoice | None) -> bool:
    """Writes the file for `pulumi import`, with emergency calling if there is a client. Returns whether it is complete."""
    numbers, failed = list[dict[str, Any]](), list[str]()
    if client is not None:
        numbers, failed = import_file.emergency_calling(result.connectors, client)
    resources = [*result.imports, *numbers]
    for sentence in failed:
        report(sentence)
    if not resources:
        report(f"There is nothing to import, so {file} is not written.")
        return False
    import_file.write_file(file, resources, placement)
    if numbers:
        report(f"{file} contains phone numbers. Delete it after the import.")
    if version := import_file.too_old_pulumi():
        report(f"Pulumi CLI {version} cannot import {file}. Upgrade it to 3.254 or newer first.")
    return not failed


def export(
    connectors: Sequence[ConnectorSnapshot], *, regions: bool, names: Mapping[str, str] | None = None, file: str = ""
) -> Export:
    """Returns the settings that can be declared.

    Args:
        regions: whether each voice connector names its region.
        names: the resource names that the user has chosen, by ID.
        file: the file that imports emergency calling; empty if none does.
    """
    result = Export()
    readable = [found for found in connectors if found.settings is not None]
    chosen = [(names or {}).get(found.id, name) for found, name in zip(readable, resource_names(readable), strict=True)]
    if twice := [name for name, times in Counter(chosen).items() if times > 1]:
        raise click.UsageError(f"--name: {twice[0]} would be the name of two resources.")
    for found, name in zip(readable, chosen, strict=True):
        settings = found.settings or Settings()
        if not settings.disabled and not settings.routes:
            result.empty += 1
            continue
        routes = ordered(settings.routes.values())
        keyed, failures = validation.check_routes(routes)
        if failures:
            where = f"Voice Connector {found.id} ({found.region}) is left out"
            result.refused += [f"{ORIGINATIONS}.{name}.{failure}: {where}." for failure in failures]
            continue
        declared: dict[str, Any] = {"voiceConnectorId": found.id}
        if regions:
            declared["region"] = found.region
        if settings.disabled:
            declared["disabled"] = True
        if routes:
            declared["routes"] = [_Route(route) for route in routes]
        result.originations[name] = declared
        result.connectors[name] = found
        result.imports.append(import_file.origination(name, found, keyed or {}))
        if found.emergency_calling:
            result.secret.append(_how_to_declare(name, found, file))
    return result


def _how_to_declare(name: str, found: ConnectorSnapshot, file: str) -> str:
    key = f"{EMERGENCY_CALLING}.{name}[0]"
    where = f"only {file} contains" if file else "is not exported"
    return (
        f"Voice Connector {found.id} ({found.region}) has emergency calling, which {where}, because phone numbers are secret. "
        "To manage it, read the numbers with the first command, and set each with the others:\n"
        "    aws chime-sdk-voice get-voice-connector-emergency-calling-configuration "
        f"--voice-connector-id {found.id} --region {found.region}\n"
        f"    pulumi config set --secret --path '{key}.emergencyPhoneNumber' NUMBER\n"
        f"    pulumi config set --path '{key}.callingCountry' COUNTRY"
    )


def resource_names(connectors: Sequence[ConnectorSnapshot]) -> list[str]:
    """Returns a resource name for each, from the voice connector's name. Equal names get the ID, then the region, appended.

    They do not depend on the order of the voice connectors, so a second export gives the same names.
    """
    candidates = []
    for found in connectors:
        slug = re.sub(r"[^a-z0-9]+", "-", (found.connector.name if found.connector else "").lower()).strip("-")
        longer = f"{slug}-{found.id}" if slug else found.id
        candidates.append([slug or found.id, longer, f"{longer}-{found.region}"])
    while True:
        taken = Counter(names[0] for names in candidates)
        again = [names for names in candidates if taken[names[0]] > 1 and len(names) > 1]
        if not again:
            return [names[0] for names in candidates]
        for names in again:
            del names[0]


def document(exported: Export, region: str | None) -> str:
    """Returns the YAML of a stack's file; `region` becomes ``aws:region``, and None leaves it out.

    Strings that do not begin with a letter are quoted, although PyYAML would not always do so: Pulumi reads YAML 1.2, to
    which ``1e3`` and ``0o17``, both of them host names, are numbers.
    """

    class Dumper(yaml.SafeDumper):
        """Keeps the representers of this document out of the dumper of PyYAML."""

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        style = None if _PLAIN.fullmatch(value) else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    def route(dumper: yaml.SafeDumper, value: _Route) -> yaml.MappingNode:
        return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=True)

    Dumper.add_representer(str, text)
    Dumper.add_representer(_Route, route)
    config: dict[str, Any] = {} if region is None else {"aws:region": region}
    config[ORIGINATIONS] = exported.originations
    body: str = yaml.dump({"config": config}, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=10_000)
    return _HEADER + body


class _Route(dict):  # type: ignore[type-arg]
    """Marks a route, which is written on one line."""
