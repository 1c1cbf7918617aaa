"""`chime-voice export`: live settings as stack configuration, in the schema that the program of this repo reads.

What is exported goes live again as it is: routes that the rules of `routes` refuse are reported with their path, and
their voice connector is left out, since a part of its routes would change its calls.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..origination import routes as domain
from ..origination import validation

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
    """A name for each, from the voice connector's own; names that would be equal get the id, then the region, as well.

    They depend on neither the order nor the time of the reading, so that a second export gives the same names.
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
    """The YAML of a stack's file; `region` becomes ``aws:region``, and None leaves it out.

    Strings that do not begin with a letter are quoted, although PyYAML would not always do so: Pulumi reads YAML 1.2, to
    which ``1e3`` and ``0o17``, both of them host names, are numbers.
    """
    import yaml  # noqa: PLC0415 - `show` has no use for it

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
    """A route, which the YAML has on one line."""
