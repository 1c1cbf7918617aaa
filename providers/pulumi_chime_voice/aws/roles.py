"""Reads the roles of ``aws:assumeRoles`` and ``aws:assumeRoleWithWebIdentity``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError
from .values import list_of, path, string, string_list

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Fields = Mapping[str, tuple[str, Callable[[str, Any], Any]]]

_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


@dataclass(frozen=True)
class Role:
    """A role to assume, with the other arguments of AssumeRole or AssumeRoleWithWebIdentity."""

    arn: str
    arguments: Mapping[str, Any]
    token: str | None = field(default=None, repr=False)
    token_file: str | None = None


def read_roles(where: str, value: Any) -> tuple[Role, ...]:
    return tuple(_role(f"{where}[{index}]", role, _ROLE) for index, role in enumerate(list_of(where, value)))


def read_web_identity(where: str, value: Any) -> Role:
    role = _role(where, value, {**_COMMON, **_TOKEN})
    if (role.token is None) == (role.token_file is None):
        raise ConfigurationError(f"{where}: give webIdentityToken or webIdentityTokenFile, one of the two.")
    return role


def _role(where: str, value: Any, fields: Fields) -> Role:
    if not isinstance(value, dict) or not isinstance(value.get("roleArn"), str):
        raise ConfigurationError(f"{where} has no roleArn: give the ARN of the role to assume.")
    given = {key: entry for key, entry in value.items() if key != "roleArn" and entry not in (None, [], {})}
    for key in given:
        if key not in fields:
            known = ", ".join(sorted([*fields, "roleArn"]))
            raise ConfigurationError(f"{where}.{key} is not honoured by pulumi-chime-voice (known: {known}).")
    read = {name: reader(f"{where}.{key}", given[key]) for key, (name, reader) in fields.items() if key in given}
    token, token_file = read.pop("token", None), read.pop("token_file", None)
    return Role(value["roleArn"], {"RoleSessionName": "pulumi-chime-voice", **read}, token, token_file)


def _seconds(where: str, value: Any) -> int:
    """Reads a duration as Go writes it (``1h30m``); a number alone is seconds."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value)
    written = _DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if written is None:
        raise ConfigurationError(f"{where} is {value!r}: use a duration such as 1h, 1h30m or 900s.")
    hours, minutes, seconds = (int(part or 0) for part in written.groups())
    return hours * 3600 + minutes * 60 + seconds


def _policy_arns(where: str, value: Any) -> list[dict[str, str]]:
    return [{"arn": arn} for arn in string_list(where, value)]


def _tags(where: str, value: Any) -> list[dict[str, str]]:
    if not isinstance(value, dict) or not all(isinstance(tag, str) for tag in value.values()):
        raise ConfigurationError(f"{where} is not a mapping of strings: correct it in the stack or in the Provider.")
    return [{"Key": key, "Value": tag} for key, tag in value.items()]


_COMMON: Fields = {
    "sessionName": ("RoleSessionName", string),
    "durationSeconds": ("DurationSeconds", _seconds),
    "duration": ("DurationSeconds", _seconds),
    "policy": ("Policy", string),
    "policyArns": ("PolicyArns", _policy_arns),
}
_ROLE: Fields = {
    **_COMMON,
    "externalId": ("ExternalId", string),
    "sourceIdentity": ("SourceIdentity", string),
    "tags": ("Tags", _tags),
    "transitiveTagKeys": ("TransitiveTagKeys", string_list),
}
_TOKEN: Fields = {"webIdentityToken": ("token", string), "webIdentityTokenFile": ("token_file", path)}
"""Field of a role -> argument of STS, and reader. If both durations are set, `duration` counts."""
