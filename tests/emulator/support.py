"""Helpers of the emulator's tests: raw HTTP clients, an emulator in another process, and installation of tools."""

from __future__ import annotations

import hashlib
import http.client
import itertools
import json
import re
import socket
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from ..cache import CACHE, filled_once

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CLIENTS = Path(__file__).parent / "clients"
CONNECTOR = "abcdef1ghij2klmno3pqr4"
OTHER = "bcdefg1hijk2lmnop3qrs4"
DOCUMENTATION = (Path(__file__).parents[2] / "docs" / "emulator.md").read_text(encoding="utf-8")
PATIENCE = 30.0
"""Seconds after which a missing response counts as a hang."""


SEED: dict[str, Any] = {
    "voice_connectors": [
        {
            "id": CONNECTOR,
            "name": "support",
            "region": "eu-west-1",
            "account": "123456789012",
            "require_encryption": True,
            "network_type": "DUAL_STACK",
            "tags": {"team": "voice"},
            "origination": {"Routes": [{"Host": "a.example.net", "Priority": 1, "Weight": 1}]},
            "emergency_calling": {"DNIS": [{"EmergencyPhoneNumber": "+12065550100", "CallingCountry": "US"}]},
            "phone_numbers": ["+12065550101"],
        }
    ],
    "phone_numbers": [{"number": "+12065550102", "region": "eu-west-1", "account": "123456789012", "country": "US"}],
}


@dataclass
class Answer:
    """A raw HTTP response; the spelling of header names is preserved."""

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
    """The credentials, service and region that sign a raw request."""

    key: str = "test"
    secret: str = "test"
    token: str | None = None
    service: str = "chime"
    region: str = "us-east-1"

    def headers(self, url: str, method: str, body: bytes, extra: dict[str, str]) -> dict[str, str]:
        """Returns the headers of a signed request."""
        request = AWSRequest(method=method, url=url, data=body, headers=extra)
        SigV4Auth(Credentials(self.key, self.secret, self.token), self.service, self.region).add_auth(request)
        return dict(request.headers.items())


@dataclass
class Raw:
    """A client that can send requests no AWS client would send."""

    endpoint_url: str
    signer: Signer = field(default_factory=Signer)

    def bytes(self, method: str, path: str, body: object = b"") -> bytes:
        """Returns a signed request as bytes."""
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
        """Sends one request on a new connection; ``body`` is bytes or JSON."""
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
    """Kept-alive connections that repeat the same requests as fast as responses arrive."""

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
        """Sends ``count`` requests in turn; returns the number of responses by status."""
        statuses: Counter[int] = Counter()
        turns = itertools.cycle(requests)
        for _ in range(0, count, len(self._sockets)):
            for connection in self._sockets:
                connection.sendall(next(turns))
            statuses.update(self._read(reader) for reader in self._readers)
        return statuses

    @staticmethod
    def _read(reader: IO[bytes]) -> int:
        lines: list[bytes] = []
        while (line := reader.readline()) != b"\r\n":
            if not line:
                raise ConnectionError("the server closed the connection before it answered")
            lines.append(line)
        head = b"".join(lines)
        length = re.search(rb"(?i)content-length: (\d+)", head)
        reader.read(int(length[1]) if length else 0)
        return int(head.split(b" ", 2)[1])


@dataclass
class Process:
    """An emulator in another process."""

    popen: subprocess.Popen[str]
    announcement: list[str]

    @property
    def endpoint_url(self) -> str:
        match = re.search(r"http://\S+", self.announcement[0])
        assert match is not None, self.announcement
        return match[0]

    def kill(self) -> None:
        """Kills the process with SIGKILL."""
        self.popen.kill()
        self.popen.wait(PATIENCE)

    def signal(self, number: int) -> int:
        """Sends a signal, waits for the process to end and returns its exit status."""
        self.popen.send_signal(number)
        return self.popen.wait(PATIENCE)


def installed(name: str, recipe: Path, versions: str, install: Callable[[Path], None]) -> Path:
    """Returns a folder that ``install`` has filled. It is cached per user and recipe."""
    digest = hashlib.sha256(recipe.read_bytes() + versions.encode()).hexdigest()[:12]
    return filled_once(CACHE / "clients" / f"{name}-{digest}", install)


def run(*command: str | Path, cwd: Path | None = None) -> None:
    """Runs one command of an installation."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def run_program(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs the emulator's program, and waits for it to end."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "chime_voice_emulator", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment and {**environment, "PATH": ""},
    )
