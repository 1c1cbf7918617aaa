"""How tables are printed: a section for each voice connector, as wide as the terminal, or as a pipe needs it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from ..text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.table import Table
    from rich.text import Text

_WIDE = 400
"""Columns where the output is no terminal: the longest host name and what stands beside it, on one line."""


class Section(NamedTuple):
    """A title, facts below it, and a table below them."""

    title: str
    facts: Text | None
    table: Table | None


def printed(sections: Iterable[Section]) -> str:
    """The sections for standard output: coloured where it is a terminal."""
    from rich.console import Console  # noqa: PLC0415 - the other formats do without rich
    from rich.padding import Padding  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else _WIDE, highlight=False, emoji=False)
    with console.capture() as captured:
        for index, section in enumerate(sections):
            if index:
                console.print()
            console.print(Text(printable(section.title), style="bold"), soft_wrap=True)
            if section.facts is not None:
                console.print(section.facts, soft_wrap=True)
            if section.table is not None:
                console.print(Padding(section.table, (1, 0, 0, 1), expand=False))
    return "\n".join(line.rstrip() for line in captured.get().split("\n"))
