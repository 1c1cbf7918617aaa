"""Standard output and standard error: whether a person reads them, and whether they can be written."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from typing import IO

UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
"""Failures of writing. The commands write nothing but their output."""


def is_terminal(stream: IO[str] | None) -> bool:
    """Whether a person reads the stream; False if the process was started without it."""
    return stream is not None and stream.isatty()


def write(text: str) -> None:
    """Writes to standard output. `rich_output` decides about colours; click would remove them from a pipe."""
    click.echo(text, nl=False, color=True)


def report(sentence: str) -> None:
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
