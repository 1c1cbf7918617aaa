"""`chime-voice network`: AWS's subnets and ports, for the firewall of a SIP host. Nothing is read over the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..aws.subnets import PORTS, READ, SOURCE, SUBNETS
from .reading import check_region
from .rich_output import Section, Table, write_json, write_sections

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TITLE = "Where calls of voice connectors come from"


def run(*, regions: Sequence[str], format_: str) -> None:
    for region in regions:
        check_region(region)
    chosen = list(dict.fromkeys(regions)) or list(SUBNETS)
    if format_ == "json":
        write_json(_as_json(chosen))
        return
    facts = {
        "signaling": ", ".join(str(ports) for ports in PORTS if ports.use != "media"),
        "media": ", ".join(str(ports) for ports in PORTS if ports.use == "media") + ", from the same subnets",
        "read on": f"{READ}: check the source before you change a firewall",
        "source": SOURCE,
    }
    table = Table(("region", "IPv4", "IPv6"), [(region, *SUBNETS[region]) for region in chosen])
    write_sections([Section(TITLE, facts, table)])


def _as_json(regions: Iterable[str]) -> dict[str, Any]:
    """Returns one rule for each region, subnet and range of ports."""
    rules = [
        {
            "region": region,
            "use": ports.use,
            "subnet": subnet,
            "protocol": ports.protocol,
            "fromPort": ports.first,
            "toPort": ports.last,
        }
        for region in regions
        for ports in PORTS
        for subnet in SUBNETS[region]
    ]
    return {"read": READ, "source": SOURCE, "rules": rules}
