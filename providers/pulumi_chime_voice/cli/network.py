"""`chime-voice network`: AWS's subnets and ports, for the firewall of a SIP host. Nothing is read over the network."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich import box
from rich.table import Table
from rich.text import Text

from ..aws.subnets import PORTS, READ, SOURCE, SUBNETS
from .reading import check_region
from .rich_output import Section, printed
from .terminal import write

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TITLE = "Where calls of voice connectors come from"


def run(*, regions: Sequence[str], format_: str) -> None:
    """Runs the command with the options of `main.network`."""
    for region in regions:
        check_region(region)
    chosen = list(dict.fromkeys(regions)) or list(SUBNETS)
    write(f"{_as_json(chosen)}\n" if format_ == "json" else _table(chosen))


def _table(regions: Iterable[str]) -> str:
    facts = {
        "signaling": ", ".join(str(ports) for ports in PORTS if ports.use != "media"),
        "media": ", ".join(str(ports) for ports in PORTS if ports.use == "media") + ", from the same subnets",
        "read on": f"{READ}: check the source before you change a firewall",
        "source": SOURCE,
    }
    lines = [Text.assemble((f"  {what:<11}", "dim"), value) for what, value in facts.items()]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=True, show_edge=False)
    for column in ("region", "IPv4", "IPv6"):
        table.add_column(column)
    for region in regions:
        table.add_row(region, *SUBNETS[region])
    return printed([Section(TITLE, Text("\n").join(lines), table)])


def _as_json(regions: Iterable[str]) -> str:
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
    return json.dumps({"read": READ, "source": SOURCE, "rules": rules}, indent=2)
