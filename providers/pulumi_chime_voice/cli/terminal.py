"""Standard output and standard error: how wide they are, whether they have colours, and whether they can be written."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from typing import TYPE_CHECKING, NamedTuple

import click

from ..text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO, Literal

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

_UNLIMITED = 100_000
"""Columns where the output is no terminal: each route is one line, however long it is."""


UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
"""Failures of writing. The commands write nothing but their output."""


class Section(NamedTuple):
    """A title, facts below it, and a table below them."""

    title: str
    facts: Text | None
    table: Table | None


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether a person reads the stream; False if the process was started without it."""
    return stream is not None and stream.isatty()


def console(stream: IO[str]) -> Console:
    """Returns a console that does not ask Rich what the stream is.

    Rich would take FORCE_COLOR and TTY_COMPATIBLE for a terminal, and a dumb terminal for one of 80 columns.
    """
    from rich.console import Console  # noqa: PLC0415 - the other formats do without rich

    size = shutil.get_terminal_size()
    terminal = is_terminal(stream)
    return Console(
        file=stream,
        width=size.columns if terminal else _UNLIMITED,
        height=size.lines,  # without a height, Rich ignores the width
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
    from rich.padding import Padding  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

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
    """Whether the terminal is as wide as the table. Rich would cut host names to make it fit."""
    return output.measure(table, options=output.options.update_width(_UNLIMITED)).maximum < output.width


def _print_records(table: Table, output: Console) -> None:
    """Prints the rows one below the other, a line for each cell that is not empty."""
    from rich.text import Text  # noqa: PLC0415

    headers = [str(column.header) for column in table.columns]
    for row in zip(*(column.cells for column in table.columns), strict=True):
        output.print()
        for header, cell in zip(headers, row, strict=True):
            if str(cell):
                label = (f"  {header:<{max(map(len, headers))}}  ", "bold")
                output.print(Text.assemble(label, cell), soft_wrap=True)


def write(text: str) -> None:
    """Writes to standard output. `printed` decides about colours; click would remove them from a pipe."""
    click.echo(text, nl=False, color=True)


def say(sentence: str) -> None:
    """Writes a line to standard error."""
    click.echo(sentence, err=True)


def discard_unwritten() -> None:
    """Discards what the standard streams still hold and cannot write.

    Otherwise the end of the process would try again, and print a traceback.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
