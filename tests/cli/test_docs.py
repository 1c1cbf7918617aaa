"""The commands print what docs/cli.md shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from pulumi_chime_voice.cli import main

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

TEXT = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```console\n\$ chime-voice (.*)\n((?:.*\n)*?)```", TEXT)


@pytest.mark.parametrize(("command", "printed"), EXAMPLES)
def test_example(run: Callable[..., subprocess.CompletedProcess[str]], command: str, printed: str) -> None:
    """Each example, run against the account of these tests, prints what the page shows, errors last."""
    done = run(*shlex.split(command))
    assert done.stdout + done.stderr == printed


def test_every_command_is_there() -> None:
    """In examples and, option by option, in the text."""
    assert {command.split()[0] for command, _ in EXAMPLES} == {"show", "export", "network"}
    for command in (main.show, main.export, main.probe, main.network, main.history):
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert f"`{parameter.opts[0]}" in TEXT
