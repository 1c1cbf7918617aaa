"""The roles of ``aws:assumeRoles`` and ``aws:assumeRoleWithWebIdentity``, read and checked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


@dataclass(frozen=True)
class Role:
    """A role to assume before the first call (``aws:assumeRoles``)."""

    role_arn: str
    session_name: str | None = None
    external_id: str | None = None
    duration_seconds: int | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    source_identity: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive_tag_keys: tuple[str, ...] = ()


@dataclass(frozen=True)
class WebIdentity:
    """A role to assume with a token of an identity provider (``aws:assumeRoleWithWebIdentity``)."""

    role_arn: str
    token: str | None = field(default=None, repr=False)
    token_file: str | None = None
    session_name: str | None = None
    duration_seconds: int | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()


_ROLE = {
    "roleArn": "role_arn",
    "sessionName": "session_name",
    "externalId": "external_id",
    "policy": "policy",
    "sourceIdentity": "source_identity",
}
_WEB_IDENTITY = {
    "roleArn": "role_arn",
    "sessionName": "session_name",
    "policy": "policy",
    "webIdentityToken": "token",
    "webIdentityTokenFile": "token_file",
}
_DURATIONS = ("duration", "durationSeconds")


def read_role(path: str, value: Any) -> Role:
    fields = _role_fields(path, value, _ROLE, ("policyArns", "tags", "transitiveTagKeys"))
    tags = value.get("tags") or {}
    if not isinstance(tags, dict) or not all(isinstance(tag, str) for tag in tags.values()):
        raise ConfigurationError(f"{path}.tags is not a mapping of strings: correct it in the stack's configuration.")
    return Role(
        **fields,
        tags=tags,
        transitive_tag_keys=string_list(f"{path}.transitiveTagKeys", value.get("transitiveTagKeys")),
    )


def read_web_identity(value: Any) -> WebIdentity | None:
    path = "aws:assumeRoleWithWebIdentity"
    if value is None:
        return None
    fields = _role_fields(path, value, _WEB_IDENTITY, ("policyArns",))
    if ("token" in fields) == ("token_file" in fields):
        raise ConfigurationError(f"{path}: give webIdentityToken or webIdentityTokenFile, one of the two.")
    return WebIdentity(**{**fields, "token_file": expand_user(fields.get("token_file"))})


def _role_fields(path: str, value: Any, names: Mapping[str, str], others: tuple[str, ...]) -> dict[str, Any]:
    """What both ways to assume a role have in common."""
    if not isinstance(value, dict) or not isinstance(value.get("roleArn"), str):
        raise ConfigurationError(f"{path} has no roleArn: give the ARN of the role to assume.")
    known = {*names, *_DURATIONS, *others}
    for key, entry in value.items():
        if key not in known and entry not in (None, [], {}):
            raise ConfigurationError(
                f"{path}.{key} is not honoured by pulumi-chime-voice (known: {', '.join(sorted(known))})."
            )
    fields: dict[str, Any] = {name: value[key] for key, name in names.items() if value.get(key) is not None}
    for key, name in names.items():
        if not isinstance(fields.get(name, ""), str):
            raise ConfigurationError(f"{path}.{key} is not a string: correct it in the stack's configuration.")
    given = [key for key in _DURATIONS if value.get(key) is not None]
    if given:
        fields["duration_seconds"] = _duration(f"{path}.{given[0]}", value[given[0]])
    fields["policy_arns"] = string_list(f"{path}.policyArns", value.get("policyArns"))
    return fields


def _duration(path: str, value: Any) -> int:
    """Seconds. Durations are written as Go writes them (``1h30m``); a bare number is seconds."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value)
    written = _DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if written is None:
        raise ConfigurationError(f"{path} is {value!r}: use a duration such as 1h, 1h30m or 900s.")
    hours, minutes, seconds = (int(part or 0) for part in written.groups())
    return hours * 3600 + minutes * 60 + seconds


# --- values, here and in the other keys


def string_list(path: str, value: Any) -> tuple[str, ...]:
    """A list of strings; a single string is a list of one."""
    entries = [value] if isinstance(value, str) else value or []
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise ConfigurationError(f"{path} is not a list of strings: correct it in the stack's configuration.")
    return tuple(entries)


def expand_user(value: str | None) -> str | None:
    return None if value is None else str(Path(value).expanduser())
