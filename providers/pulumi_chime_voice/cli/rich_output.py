"""Tables and the progress bar, drawn with rich: as wide and as coloured as their stream allows."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from ..text import printable
from .terminal import is_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import IO, Literal

    from rich.table import Table

_UNLIMITED = 100_000
"""Columns where the output is no terminal: each route is one line, however long it is."""


class Section(NamedTuple):
    """A title, facts below it, and a table below them."""

    title: str
    facts: Text | None
    table: Table | None


def console(stream: IO[str]) -> Console:
    """Returns a console that does not let rich decide what the stream is.

    rich would take FORCE_COLOR and TTY_COMPATIBLE for a terminal, and a dumb terminal for one of 80 columns.
    """
    size = shutil.get_terminal_size()
    terminal = is_terminal(stream)
    return Console(
        file=stream,
        width=size.columns if terminal else _UNLIMITED,
        height=size.lines,  # without a height, rich ignores the width
        force_terminal=terminal,
        color_system=_colours(terminal),
        highlight=False,
        emoji=False,
    )


def _colours(terminal: bool) -> Literal["auto", "standard"] | None:
    if os.environ.get("NO_COLOR"):
        return None
    if terminal:
        return "auto"
    return "standard" if os.environ.get("FORCE_COLOR") else None


def printed(sections: Iterable[Section]) -> str:
    """Returns the sections as standard output can show them."""
    output = console(sys.stdout)
    with output.capture() as captured:
        for index, section in enumerate(sections):
            if index:
                output.print()
            output.print(Text(printable(section.title), style="bold"), soft_wrap=True)
            if section.facts is not None:
                output.print(section.facts, soft_wrap=True)
            if section.table is not None and _fits(section.table, output):
                output.print(Padding(section.table, (1, 0, 0, 1), expand=False))
            elif section.table is not None:
                _print_records(section.table, output)
    return "\n".join(line.rstrip() for line in captured.get().split("\n"))


def _fits(table: Table, output: Console) -> bool:
    """Whether the terminal is as wide as the table. rich would cut host names to make it fit."""
    return output.measure(table, options=output.options.update_width(_UNLIMITED)).maximum < output.width


def _print_records(table: Table, output: Console) -> None:
    """Prints the rows one below the other, a line for each cell that is not empty."""
    headers = [str(column.header) for column in table.columns]
    for row in zip(*(column.cells for column in table.columns), strict=True):
        output.print()
        for header, cell in zip(headers, row, strict=True):
            if str(cell):
                label = (f"  {header:<{max(map(len, headers))}}  ", "bold")
                output.print(Text.assemble(label, cell), soft_wrap=True)


@contextmanager
def progress() -> Iterator[Callable[[str, int, int | None], None]]:
    """Shows a progress bar on standard error, if that is a terminal."""
    if not is_terminal(sys.stderr):
        yield lambda *_: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console(sys.stderr), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)
