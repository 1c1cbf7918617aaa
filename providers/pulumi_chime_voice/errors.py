"""The exceptions of this package. Each message has the operation, the resource (ID, region), the cause, and the fix.

    ChimeVoiceError            every expected failure
    ├── ConfigurationError     an ``aws:*`` key with an invalid value, or no region
    ├── RefusedError           a change that a guard blocks before anything is sent
    ├── StateError             a resource's state that was edited by hand, or is damaged
    └── ApiError               a failed call to Chime SDK Voice: rejected, throttled, or without a response
        └── NotFoundError      the voice connector, or its settings, do not exist

Declarations that a program gets wrong are ``DeclarationError`` in ``program.arguments``: it derives from Pulumi's own
``RunError`` too, and this module imports nothing at run time.
"""

from __future__ import annotations


class ChimeVoiceError(Exception):
    """Base of every expected failure. ``str(error)`` is the message that users read."""


class ConfigurationError(ChimeVoiceError):
    """Raised before any call if the provider's configuration (``aws:*``) is not valid."""


class RefusedError(ChimeVoiceError):
    """Raised by a guard, before anything is sent, if a change would harm live calls.

    Attributes:
        live: the live settings that the message names; None if it names none.
    """

    def __init__(self, sentence: str, *, live: object = None) -> None:
        super().__init__(sentence)
        self.live = live


class StateError(ChimeVoiceError):
    """Raised before anything is read or sent if the state of a resource cannot be understood: no guess is good enough then.

    Args:
        path: of the property in the state.
        problem: the rest of a sentence whose subject is the property; it has no value, which may be secret.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(STATE.format(path=path, problem=problem))


class ApiError(ChimeVoiceError):
    """Raised if a call to Chime SDK Voice fails.

    Attributes:
        code: the service's error code (``"ForbiddenException"``), or the name of the client-side failure.
        status: the HTTP status; None if there was no response.
        request_id: AWS's request ID; None if there is none.
        message: AWS's message; empty if there was no response.
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
    """Raised only for the service's NotFoundException; nothing else means that settings do not exist."""


# --- messages


class Message(str):
    """A message with placeholders; `format` replaces them. docs/messages.md has the cause and the fix of each."""

    __slots__ = ()


class Failure(Message):
    """A failure of check. The path of the input precedes it (`routes[2].port: …`)."""


class Refusal(Message):
    """A guard blocks a change, or a declaration is not valid. Nothing was sent."""


class Caution(Message):
    """A warning or a note, printed once for a resource. It never blocks a change."""


STATE = Refusal(
    "the state of this resource cannot be used: {path} {problem}. Nothing was changed. Correct the state: run pulumi stack "
    "export --file state.json, edit {path} wherever the resource has it (at the top, in inputs, in outputs), and run pulumi "
    "stack import --file state.json."
)
REQUIRED = Failure("is required")
NOT_A_STRING = Failure("must be a string; got {value}")
NOT_KNOWN = Failure("unknown field ({hint})")
DUPLICATE = Failure("duplicates {earlier}; remove one of them")
