"""The command-line interface: ``chime-voice emulator`` and ``python -m chime_voice_emulator``."""

from __future__ import annotations

import errno
import os
import shlex
import signal
import threading
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chime_voice_emulator import needs_extra

try:
    import click

    from chime_voice_emulator.faults import Faults, parse_plan
    from chime_voice_emulator.server import Emulator, check_loopback
    from chime_voice_emulator.service.call import Options
    from chime_voice_emulator.shapes import read_json
    from chime_voice_emulator.store import StoreError
except ModuleNotFoundError as error:
    raise SystemExit(f"Error: {needs_extra(error)}") from None

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_FILE = click.Path(dir_okay=False, path_type=Path)
_INPUT = click.Path(exists=True, dir_okay=False, path_type=Path)
_DEFAULT_PORT = 4510
_WAKE_SECONDS = 0.5
_FAULTS = {
    "latency": ("TIME", "Delay every response, for example by 100ms."),
    "throttle": ("RATE", "Maximum request rate per account: 10/s, 600/m or, with a burst, 10/s:20."),
    "not_found_after_create": ("TIME", "Hide new voice connectors for this time."),
    "read_lag": ("TIME", "Return the previous state to reads for this time after a write."),
    "clock_skew": ("TIME", "Set the service's clock ahead (-5m: behind)."),
}
"""Attribute of `Faults` -> the form and the help of its option."""


def _checked(check: Callable[[Any], object]) -> Callable[[click.Context, click.Parameter, Any], Any]:
    """Returns the callback of an option, which turns a ValueError of `check` into an error that names the option."""

    def callback(_context: click.Context, _option: click.Parameter, value: Any) -> Any:
        try:
            if value is not None:
                check(value)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error
        return value

    return callback


def _fault_options(command: Callable[..., None]) -> Callable[..., None]:
    for name, (form, text) in reversed(_FAULTS.items()):
        check = _checked(partial(setattr, Faults(), name))
        command = click.option(_flag(name), metavar=form, callback=check, help=text)(command)
    return command


def _planned(plans: Iterable[str]) -> dict[str, Any]:
    """Returns the plans of --fault in the form of `Faults.update`."""
    return {"fail": [parse_plan(plan) for plan in plans]}


def _undocumented_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(fields(Options)):
        flag_value = option.metadata["without_value"]
        command = click.option(
            _flag(option.name),
            type=click.Choice(option.metadata["choices"]),
            default=option.default,
            show_default=True,
            help=option.metadata["help"],
            **({} if flag_value is None else {"is_flag": False, "flag_value": flag_value}),
        )(command)
    return command


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_DEFAULT_PORT,
    show_default=True,
    help="TCP port; 0 selects a free one.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    callback=_checked(check_loopback),
    help="Loopback address to listen on.",
)
@click.option("--data", type=_FILE, help="File for the state; by default the state is in memory.")
@click.option("--seed", type=_INPUT, help="JSON file with voice connectors to create if they do not exist.")
@click.option("--credentials", type=_INPUT, help="JSON file that maps access keys to secrets and accounts.")
@click.option("--control", is_flag=True, help="Serve /_emulator/requests, /_emulator/faults and /_emulator/seed.")
@_fault_options
@click.option(
    "--fault",
    "plans",
    metavar="PLAN",
    multiple=True,
    callback=_checked(lambda plans: Faults().update(_planned(plans))),
    help="Plan answers: OPERATION[@CONNECTOR]=ANSWER,… An answer is 503, AccessDeniedException, 400:Name, ok, drop,"
    " lose, tear, slow:2s or delay:2s; *3 uses it three times, * forever. Can be given more than once.",
)
@_undocumented_options
def main(
    port: int,
    host: str,
    data: Path | None,
    seed: Path | None,
    credentials: Path | None,
    *,
    control: bool,
    plans: tuple[str, ...],
    **settings: Any,
) -> None:
    """Run a local emulator of Amazon Chime SDK Voice. Stop it with Ctrl+C.

    By default, any access key works with the secret "test", and each is a separate account.
    """
    faults = {name: value for name in _FAULTS if (value := settings.pop(name)) is not None}
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        emulator = Emulator(port=port, host=host, data=data, credentials=credentials, control=control, **settings)
        emulator.faults.update({**faults, **_planned(plans)})
        state = None if seed is None else read_json(seed)
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from error
    _start(emulator, host, port)
    try:
        if seed is not None:
            _seed(emulator, seed, state)
        _announce(emulator)
        # The system can deliver a signal to another thread. Its handler runs in this one, but the signal does not wake it.
        while not stopped.wait(_WAKE_SECONDS):
            pass
    finally:
        emulator.stop()


def _start(emulator: Emulator, host: str, port: int) -> None:
    try:
        emulator.start()
    except StoreError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        reason = f"cannot listen on port {port} of {host}: {error.strerror}"
        if error.errno == errno.EADDRINUSE:
            cure = "Select another port with --port (0 selects a free one), or stop the program that uses it."
        else:
            cure = "Select another port with --port, or another loopback address with --host."
        raise click.ClickException(f"{reason}. {cure}") from error


def _seed(emulator: Emulator, path: Path, state: Any) -> None:
    try:
        emulator.seed(state, replace=False)
    except (ValueError, RecursionError, StoreError) as error:
        raise click.ClickException(f"cannot seed from {path}: {error}") from error


def _announce(emulator: Emulator) -> None:
    environment = emulator.environment
    # A profile precedes these credentials in some SDKs, and a session token of other credentials is rejected.
    foreign = [name for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN") if name not in environment]
    click.echo(f"Chime SDK Voice emulator at {emulator.endpoint_url}")
    for name, value in environment.items():
        click.echo(f"export {name}={shlex.quote(value)}")
    click.echo(f"unset {' '.join(foreign)}")


if __name__ == "__main__":
    main(prog_name=os.environ.get("CHIME_VOICE_PROGRAM", "python -m chime_voice_emulator"))
