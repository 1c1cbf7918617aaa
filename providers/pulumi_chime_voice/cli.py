"""`chime-voice`, the command line for people."""

from __future__ import annotations

import importlib.util
import os
import sys

import click


@click.group()
@click.version_option(package_name="pulumi-chime-voice")
def main() -> None:
    """Origination settings of Amazon Chime SDK Voice Connectors: where inbound phone calls go."""


@main.command(
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
    short_help="Run a local Chime SDK Voice endpoint.",
)
@click.argument("options", nargs=-1, type=click.UNPROCESSED)
def emulator(options: tuple[str, ...]) -> None:
    """Runs a local Chime SDK Voice endpoint in this process's place, with the options given: nothing of it is imported."""
    if importlib.util.find_spec("starlette") is None or importlib.util.find_spec("uvicorn") is None:
        raise click.ClickException("the emulator is not installed: pip install 'pulumi-chime-voice[emulator]'")
    command = [sys.executable, "-m", "chime_voice_emulator", *options]
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter and module
