"""`chime-voice export`: live settings as stack configuration, in the schema that the program of this repo reads.

An exported voice connector can be declared unchanged. One with a route that validation rejects is left out as a whole and
reported, because a part of its routes would change its calls.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from ..origination import routes as domain
from ..origination import validation
from .reading import finish, inventory, regions_to_read
from .terminal import report, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .inventory import ConnectorSnapshot

KEY = "chime-voice:originations"
EMERGENCY_KEY = "chime-voice:emergencyCalling"

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
    """

    originations: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    empty: int = 0
    secret: list[str] = field(default_factory=list)


def run(*, ids: Sequence[str], **where: Any) -> None:
    """Runs the command with the options of `main.export`."""
    read = inventory(ids, details=False, **where)
    regions = regions_to_read(where["regions"], where["all_regions"], where["profile"])
    result = export(read.found, regions=len(regions) > 1)
    write(document(result, regions[0] if len(regions) == 1 else None))
    if result.empty:
        number = "1 voice connector" if result.empty == 1 else f"{result.empty} voice connectors"
        report(f"{number} without origination settings omitted.")
    for sentence in (*result.refused, *result.secret):
        report(sentence)
    finish(read.unread, failed=bool(result.refused))


def export(connectors: Sequence[ConnectorSnapshot], *, regions: bool) -> Export:
    """Returns the settings that can be declared; `regions`: whether each voice connector names its region."""
    result = Export()
    readable = [found for found in connectors if found.settings is not None]
    for found, name in zip(readable, resource_names(readable), strict=True):
        settings = found.settings or domain.Settings()
        if not settings.disabled and not settings.routes:
            result.empty += 1
            continue
        routes = domain.ordered(settings.routes.values())
        _, failures = validation.check_routes(routes)
        if failures:
            where = f"Voice Connector {found.id} ({found.region}) is left out"
            result.refused += [f"{KEY}.{name}.{failure}: {where}." for failure in failures]
            continue
        declared: dict[str, Any] = {"voiceConnectorId": found.id}
        if regions:
            declared["region"] = found.region
        if settings.disabled:
            declared["disabled"] = True
        if routes:
            declared["routes"] = [_Route(route) for route in routes]
        result.originations[name] = declared
        if found.emergency_calling:
            result.secret.append(_how_to_declare(name, found))
    return result


def _how_to_declare(name: str, found: ConnectorSnapshot) -> str:
    key = f"{EMERGENCY_KEY}.{name}[0]"
    return (
        f"Voice Connector {found.id} ({found.region}) has emergency calling, which is not exported, because phone numbers are "
        "secret. To manage it, read the numbers (aws chime-sdk-voice get-voice-connector-emergency-calling-configuration "
        f"--voice-connector-id {found.id} --region {found.region}), and set each: "
        f"pulumi config set --secret --path '{key}.emergencyPhoneNumber' NUMBER; "
        f"pulumi config set --path '{key}.callingCountry' COUNTRY."
    )


def resource_names(connectors: Sequence[ConnectorSnapshot]) -> list[str]:
    """Returns a resource name for each, from the voice connector's name. Equal names get the id, then the region, appended.

    They do not depend on the order of the voice connectors, so a second export gives the same names.
    """
    candidates = []
    for found in connectors:
        slug = re.sub(r"[^a-z0-9]+", "-", (found.connector.name if found.connector else "").lower()).strip("-")
        longer = f"{slug}-{found.id}" if slug else found.id
        candidates.append([slug or found.id, longer, f"{longer}-{found.region}"])
    levels = [0] * len(candidates)
    while True:
        names = [names[level] for names, level in zip(candidates, levels, strict=True)]
        taken = Counter(names)
        again = [index for index, name in enumerate(names) if taken[name] > 1 and levels[index] < 2]  # noqa: PLR2004
        if not again:
            return names
        for index in again:
            levels[index] += 1


def document(exported: Export, region: str | None) -> str:
    """Returns the YAML of a stack's file; `region` becomes ``aws:region``, and None leaves it out.

    Strings that do not begin with a letter are quoted, although PyYAML would not always do so: Pulumi reads YAML 1.2, to
    which ``1e3`` and ``0o17``, both of them host names, are numbers.
    """

    class Dumper(yaml.SafeDumper):
        """Writes each route on one line, and never an anchor."""

        def ignore_aliases(self, _: object) -> bool:
            return True

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        style = None if _PLAIN.fullmatch(value) else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    def route(dumper: yaml.SafeDumper, value: _Route) -> yaml.MappingNode:
        return dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=True)

    Dumper.add_representer(str, text)
    Dumper.add_representer(_Route, route)
    config: dict[str, Any] = {} if region is None else {"aws:region": region}
    config[KEY] = exported.originations
    body: str = yaml.dump({"config": config}, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=10_000)
    return _HEADER + body


class _Route(dict):  # type: ignore[type-arg]
    """Marks a route, which is written on one line."""
