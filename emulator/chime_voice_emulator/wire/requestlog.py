"""The request log. It never contains phone numbers, bodies or secrets."""

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
        operation: the operation's name; None if no operation has the method and path.
        voice_connector_id: the voice connector ID in the path; None if there is no valid one.
        region: the region in the signature's scope; None if the signature was not accepted.
        account: the caller's account, likewise.
        access_key: the caller's access key, likewise.
        status: the HTTP status of the response; 0 if the connection was closed without a response.
        method: the HTTP method.
        path: the path without its query; digits that can be a phone number are redacted.
        user_agent: the User-Agent header, at most 256 characters.
        time: the time of the response by the machine's clock, in seconds since the epoch.
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
        size: the maximum number of requests; older ones are discarded.
    """

    def __init__(self, size: int) -> None:
        self._lock = threading.Lock()
        self._requests: deque[Request] = deque(maxlen=size)

    def append(self, request: Request) -> None:
        """Appends a request."""
        with self._lock:
            self._requests.append(request)

    def all(self) -> list[Request]:
        """Returns the requests in the log, oldest first."""
        with self._lock:
            return list(self._requests)

    def clear(self) -> None:
        """Removes all requests."""
        with self._lock:
            self._requests.clear()


def connector_in(path: str) -> str | None:
    """Returns the voice connector ID in a path; None if there is no valid one."""
    parts = unquote(path).split("/", 3)
    if len(parts) > 2 and parts[1] == "voice-connectors" and SERVICE.connector_id_pattern.fullmatch(parts[2]):  # noqa: PLR2004
        return parts[2]
    return None


def redacted(text: str, keep: str | None = None) -> str:
    """Returns ``text`` without digits that can be a phone number, except in ``keep``, and truncated."""
    if keep and keep in text:
        before, _, after = text.partition(keep)
        return f"{redacted(before)}{keep}{redacted(after)}"[:_LONGEST]
    return _NUMBER.sub("…", text)[:_LONGEST]
