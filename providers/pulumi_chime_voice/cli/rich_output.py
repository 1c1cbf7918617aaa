"""What commands print: tables and the progress bar, drawn with rich as wide and as coloured as their stream allows, and JSON."""

from __future__ import annotations

import json
import os
import shutil
import sys
from contextlib import contextmanager
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, NamedTuple

import rich.table
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from ..text import printable
from .terminal import is_terminal, write

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from typing import IO, Literal

    Update = Callable[[str, int, int | None], None]
    """Shows the current step, the number done, and the total (None: not known yet)."""

_UNLIMITED = 100_000
"""Columns where the output is no terminal: each route is one line, however long it is."""


class Table(NamedTuple):
    """The columns and rows of a table.

    Attributes:
        columns: their headers.
        rows: the cells; what a terminal should not receive is replaced in strings, not in a `Text`.
        numbers: how many of the columns, from the first, are aligned on the right.
        grouped: whether a line separates rows whose first cells differ.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[str | Text]]
    numbers: int = 0
    grouped: bool = False


class Section(NamedTuple):
    """A title, facts below it, and a table below them."""

    title: str
    facts: Mapping[str, str]
    table: Table | None


def write_json(value: Any) -> None:
    """Writes a value to standard output as JSON."""
    write(json.dumps(value, indent=2) + "\n")


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
        markup=False,
        highlight=False,
        emoji=False,
    )


def _colours(terminal: bool) -> Literal["auto", "standard"] | None:
    if os.environ.get("NO_COLOR"):
        return None
    if terminal:
        return "auto"
    return "standard" if os.environ.get("FORCE_COLOR") else None


def write_sections(sections: Iterable[Section]) -> None:
    """Writes the sections as standard output can show them."""
    output = console(sys.stdout)
    with output.capture() as captured:
        for index, (title, facts, table) in enumerate(sections):
            if index:
                output.print()
            output.print(Text(printable(title), style="bold"), soft_wrap=True)
            _print_labelled(output, facts, facts.values(), "dim")
            if table is not None:
                _print_table(output, table)
    write("\n".join(line.rstrip() for line in captured.get().split("\n")))


def _print_table(output: Console, table: Table) -> None:
    """Prints a table, or, if the terminal is too narrow, the rows one below the other: rich would cut host names."""
    drawn = _drawn(table)
    if output.measure(drawn, options=output.options.update_width(_UNLIMITED)).maximum < output.width:
        output.print(Padding(drawn, (1, 0, 0, 1), expand=False))
        return
    for row in table.rows:
        output.print()
        _print_labelled(output, table.columns, row, "bold")


def _drawn(table: Table) -> rich.table.Table:
    drawn = rich.table.Table(box=box.SIMPLE_HEAD, show_edge=False)
    for index, column in enumerate(table.columns):
        drawn.add_column(column, justify="right" if index < table.numbers else "left")
    for row, following in zip_longest(table.rows, table.rows[1:]):
        ends_group = table.grouped and following is not None and following[0] != row[0]
        drawn.add_row(*map(_printable, row), end_section=ends_group)
    return drawn


def _print_labelled(output: Console, labels: Collection[str], cells: Iterable[str | Text], style: str) -> None:
    """Prints a line for each cell that is not empty."""
    width = max(map(len, labels), default=0)
    for label, cell in zip(labels, cells, strict=True):
        if str(cell):
            output.print(Text.assemble((f"  {label:<{width}}  ", style), _printable(cell)), soft_wrap=True)


def _printable(cell: str | Text) -> str | Text:
    return printable(cell) if isinstance(cell, str) else cell


@contextmanager
def progress() -> Iterator[Update]:
    """Shows a progress bar on standard error, if that is a terminal."""
    if not is_terminal(sys.stderr):
        yield lambda *_: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console(sys.stderr), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total)
