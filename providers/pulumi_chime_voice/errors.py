"""What can go wrong, as one tree. Every message is one sentence that says verb, thing, (id, region), cause and way on.

    ChimeVoiceError            anything this package foresees
    ├── ConfigurationError     an ``aws:*`` key that cannot be used as it stands, or a region that is nowhere to be found
    ├── RefusedError           a change that would hurt live calls, refused before anything is sent
    └── ApiError               a call to Chime SDK Voice that failed: refused, throttled to the end, or never answered
        └── NotFoundError      the service says that the voice connector, or its origination, does not exist

Declarations that a program gets wrong are ``DeclarationError`` in ``engine.arguments``: it derives from Pulumi's own
``RunError`` too, and this module imports nothing at run time.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ApiError", "ChimeVoiceError", "ConfigurationError", "NotFoundError", "RefusedError"]


class ChimeVoiceError(Exception):
    """Base of every foreseen failure. ``str(error)`` is the sentence that a person reads."""


class ConfigurationError(ChimeVoiceError):
    """Raised before any call when the provider's configuration (``aws:*``) cannot be used."""


class RefusedError(ChimeVoiceError):
    """Raised by a guard, before anything is sent, when a change would hurt live calls.

    Attributes:
        live: the live settings that the sentence names, or None where it names none.
    """

    def __init__(self, sentence: str, *, live: object = None) -> None:
        super().__init__(sentence)
        self.live = live


class ApiError(ChimeVoiceError):
    """Raised when a call to Chime SDK Voice failed.

    Attributes:
        code: the service's error code (``"ForbiddenException"``), or the name of the client-side failure.
        status: the HTTP status, or None where no answer came.
        request_id: AWS's request id, or None where there is none.
        message: the service's own words; empty where no answer came.
    """

    def __init__(
        self,
        sentence: str,
        *,
        code: str,
        status: int | None = None,
        request_id: str | None = None,
        message: str = "",
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.status = status
        self.request_id = request_id
        self.message = message


class NotFoundError(ApiError):
    """Raised on the service's NotFoundException alone; nothing else counts as gone."""


# --- messages


@dataclass(frozen=True)
class Message:
    """A sentence with places to fill in.

    Attributes:
        text: the sentence; ``{…}`` is filled in by `say`.
        cause: when it is said.
        cure: what the reader can do.
    """

    text: str
    cause: str = ""
    cure: str = ""

    def say(self, **values: object) -> str:
        return self.text.format(**values)


class Failure(Message):
    """Of a check, in preview and apply; it stands behind the path of the input (`routes[2].port: …`)."""


class Refusal(Message):
    """Of a guard, or of a declaration that cannot work; nothing has been sent."""


class Caution(Message):
    """A warning, never a refusal, or a note; each is said once for a resource."""


class Part(Message):
    """A part of other messages; it needs neither cause nor cure."""
