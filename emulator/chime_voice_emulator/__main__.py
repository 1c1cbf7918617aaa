"""The command-line interface: ``chime-voice emulator`` and ``python -m chime_voice_emulator``."""

from __future__ import annotations

import errno
import json
import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chime_voice_emulator import needs_extra

try:
    import click

    from chime_voice_emulator.faults import parse_plan
    from chime_voice_emulator.server import Emulator
    from chime_voice_emulator.service.call import (
        EMERGENCY_REFUSAL,
        MOST_ROUTES,
        NEVER_CONFIGURED,
        PRIVATE_HOSTS,
        PUT_OMITTED,
        SHARED_REGIONS,
        TWIN_ROUTES,
    )
    from chime_voice_emulator.store import StoreError
except ModuleNotFoundError as error:
    raise SystemExit(f"Error: {needs_extra(error)}") from None

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator.faults import Faults

_FILE = click.Path(dir_okay=False, path_type=Path)
_DEFAULT_PORT = 4510
_WAKE_SECONDS = 0.5
_FAULT_NAMES = ("latency", "throttle", "not_found_after_create", "read_lag", "clock_skew")


def _fault_options(command: Callable[..., None]) -> Callable[..., None]:
    options = [
        click.option("--latency", metavar="TIME", help="Delay every response, for example by 100ms."),
        click.option(
            "--throttle",
            metavar="RATE",
            help="Maximum request rate per account: 10/s, 600/m or, with a burst, 10/s:20.",
        ),
        click.option("--not-found-after-create", metavar="TIME", help="Hide new voice connectors for this time."),
        click.option(
            "--read-lag", metavar="TIME", help="Return the previous state to reads for this time after a write."
        ),
        click.option("--clock-skew", metavar="TIME", help="Set the service's clock ahead (-5m: behind)."),
        click.option(
            "--fault",
            "plans",
            metavar="PLAN",
            multiple=True,
            help="Plan answers: OPERATION[@CONNECTOR]=ANSWER,… An answer is 503, AccessDeniedException, 400:Name, ok, drop,"
            " lose, tear, slow:2s or delay:2s; *3 uses it three times, * forever. Can be given more than once.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _undocumented_options(command: Callable[..., None]) -> Callable[..., None]:
    options = [
        click.option(
            "--never-configured",
            type=click.Choice(NEVER_CONFIGURED),
            default=NEVER_CONFIGURED[0],
            show_default=True,
            help="Response of Get for settings that were never put.",
        ),
        click.option(
            "--put-omitted",
            type=click.Choice(PUT_OMITTED),
            default=PUT_OMITTED[0],
            show_default=True,
            help="How Put treats an omitted member.",
        ),
        click.option(
            "--emergency-refusal",
            type=click.Choice(EMERGENCY_REFUSAL),
            default=EMERGENCY_REFUSAL[0],
            show_default=True,
            help="Error if emergency calling blocks a change.",
        ),
        click.option(
            "--most-routes",
            type=click.Choice(MOST_ROUTES),
            default=MOST_ROUTES[-1],
            show_default=True,
            help="Maximum number of routes of a voice connector.",
        ),
        click.option(
            "--private-hosts",
            type=click.Choice(PRIVATE_HOSTS),
            default=PRIVATE_HOSTS[0],
            show_default=True,
            help="How Put treats private hosts (RFC 1918).",
        ),
        click.option(
            "--twin-routes",
            type=click.Choice(TWIN_ROUTES),
            default=TWIN_ROUTES[0],
            show_default=True,
            help="How Put treats two routes with the same host, port and protocol.",
        ),
        click.option(
            "--shared-regions",
            type=click.Choice(SHARED_REGIONS),
            is_flag=False,
            flag_value=SHARED_REGIONS[-1],
            default=SHARED_REGIONS[0],
            show_default=True,
            help="Whether a region's endpoint can read, or also modify, voice connectors of other regions. Without a value:"
            f" {SHARED_REGIONS[-1]}.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=_DEFAULT_PORT,
    show_default=True,
    help="TCP port; 0 selects a free one.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback address to listen on.")
@click.option("--data", type=_FILE, help="File for the state; by default the state is in memory.")
@click.option("--seed", type=_FILE, help="JSON file with voice connectors to create if they do not exist.")
@click.option("--credentials", type=_FILE, help="JSON file that maps access keys to secrets and accounts.")
@click.option("--control", is_flag=True, help="Serve /_emulator/requests, /_emulator/faults and /_emulator/seed.")
@_fault_options
@_undocumented_options
def main(
    port: int,
    host: str,
    data: Path | None,
    seed: Path | None,
    credentials: Path | None,
    *,
    control: bool,
    **settings: Any,
) -> None:
    """Run a local emulator of Amazon Chime SDK Voice. Stop it with Ctrl+C.

    By default, any access key works with the secret "test", and each is a separate account.
    """
    faults = {name: settings.pop(name) for name in _FAULT_NAMES}
    plans = settings.pop("plans")
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    try:
        emulator = Emulator(port=port, host=host, data=data, credentials=credentials, control=control, **settings)
        _set_faults(emulator.faults, faults, plans)
    except (ValueError, OSError) as error:
        raise click.ClickException(str(error)) from error
    _start(emulator, host, port)
    try:
        if seed is not None:
            _seed(emulator, seed)
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


def _set_faults(target: Faults, faults: dict[str, str | None], plans: tuple[str, ...]) -> None:
    given: dict[str, Any] = {name: value for name, value in faults.items() if value is not None}
    target.update({**given, "fail": [parse_plan(plan) for plan in plans]})


def _seed(emulator: Emulator, path: Path) -> None:
    try:
        emulator.seed(json.loads(path.read_text(encoding="utf-8")), replace=False)
    except (ValueError, RecursionError, OSError, StoreError) as error:
        raise click.ClickException(f"cannot seed from {path}: {error}") from error


def _announce(emulator: Emulator) -> None:
    environment = emulator.environment
    lines = [
        f"Chime SDK Voice emulator at {emulator.endpoint_url}",
        f"export AWS_ENDPOINT_URL_CHIME_SDK_VOICE={environment['AWS_ENDPOINT_URL_CHIME_SDK_VOICE']}",
        f"export AWS_ACCESS_KEY_ID={environment['AWS_ACCESS_KEY_ID']}"
        f" AWS_SECRET_ACCESS_KEY={environment['AWS_SECRET_ACCESS_KEY']}",
    ]
    click.echo("\n".join(lines))


if __name__ == "__main__":
    main(prog_name=os.environ.get("CHIME_VOICE_PROGRAM", "chime-voice emulator"))
