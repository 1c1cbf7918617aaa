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


def options(command: click.Command) -> set[str]:
    return {parameter.opts[0] for parameter in command.params if isinstance(parameter, click.Option)}


def test_every_command_is_there() -> None:
    """In examples and, option by option, in the text."""
    assert {command.split()[0] for command, _ in EXAMPLES} == {"show", "export", "network"}
    for option in options(main.main) | options(main.network):
        assert f"`{option}" in TEXT


@pytest.mark.parametrize("command", [main.show, main.export, main.probe, main.history])
def test_every_option_is_in_a_table(command: click.Command) -> None:
    """The first table has those of all commands, and that of a command its own ones."""
    shared, *sections = TEXT.split("\n## chime-voice ")
    (section,) = (section for section in sections if section.startswith(f"{command.name}\n"))
    rows = re.findall(r"^\| `(--[a-z-]+)", shared, re.MULTILINE), re.findall(r"^\| `(--[a-z-]+)", section, re.MULTILINE)
    assert sorted(rows[0]) == sorted(options(main.show) & options(main.history) - {"--format"})
    assert sorted(rows[1]) == sorted(options(command) - set(rows[0]))
