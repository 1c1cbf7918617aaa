"""The log of requests: what was asked for and how it was answered, and never a phone number, a body or a secret."""

from __future__ import annotations

import re
import threading
from collections import deque
from dataclasses import dataclass
from urllib.parse import unquote

from chime_voice_emulator.model import SERVICE

_NUMBER = re.compile(r"(?:%2[bB]|\+)?(?:%3[0-9]|[0-9]){7,}")
_LONGEST = 256


@dataclass(frozen=True)
class Request:
    """One answered request.

    Attributes:
        operation: the operation's name; None where method and path belong to none.
        voice_connector_id: the voice connector that the path names, if it names one with a valid id.
        region: the region in the signature's scope; None where no signature was accepted.
        account: the caller's account, likewise.
        access_key: the caller's access key, likewise.
        status: the HTTP status of the answer; 0 where the connection was dropped instead.
        method: the HTTP method.
        path: the path without its query; phone numbers and the like are blotted out.
        user_agent: the User-Agent header, 256 characters at most.
        time: when it was answered, seconds since the epoch by the machine's clock.
    """

    operation: str | None
    voice_connector_id: str | None
    region: str | None
    account: str | None
    access_key: str | None
    status: int
    method: str
    path: str
    user_agent: str | None
    time: float


class RequestLog:
    """The last requests, in the order in which they were answered.

    Args:
        size: how many are kept; older ones are forgotten.
    """

    def __init__(self, size: int) -> None:
        self._lock = threading.Lock()
        self._requests: deque[Request] = deque(maxlen=size)

    def append(self, request: Request) -> None:
        """Add a request."""
        with self._lock:
            self._requests.append(request)

    def all(self) -> list[Request]:
        """The requests that are kept, oldest first."""
        with self._lock:
            return list(self._requests)

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._requests.clear()


def connector_in(path: str) -> str | None:
    """The valid voice connector id that a request's path names, if any."""
    parts = unquote(path).split("/", 3)
    if len(parts) > 2 and parts[1] == "voice-connectors" and SERVICE.connector_id_pattern.fullmatch(parts[2]):  # noqa: PLR2004
        return parts[2]
    return None


def redacted(text: str, keep: str | None = None) -> str:
    """``text`` with everything that could be a phone number blotted out, except ``keep``, and not too long."""
    if keep and keep in text:
        before, _, after = text.partition(keep)
        return f"{redacted(before)}{keep}{redacted(after)}"[:_LONGEST]
    return _NUMBER.sub("…", text)[:_LONGEST]
