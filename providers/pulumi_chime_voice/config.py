"""The provider's configuration: the ``aws:*`` keys of pulumi-aws that apply here, read and checked without boto3.

A key that would make a call safer and that is not honoured is refused, never ignored. Keys that change nothing for this
service (``aws:defaultTags``, ``aws:skipMetadataApiCheck``, …) are left alone.
"""

from __future__ import annotations

import configparser
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RETRY_MODES = ("standard", "adaptive", "legacy")

REFUSED = {
    "assumeRoleWithWebIdentity": "set AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN in the environment instead",
    "ec2MetadataServiceEndpoint": "set AWS_EC2_METADATA_SERVICE_ENDPOINT in the environment instead",
    "ec2MetadataServiceEndpointMode": "set AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE in the environment instead",
    "noProxy": "set NO_PROXY in the environment instead",
    "useDualstackEndpoint": "set AWS_USE_DUALSTACK_ENDPOINT in the environment instead",
}


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


@dataclass(frozen=True)
class AwsConfig:
    """What ``aws:*`` says. None, or empty, leaves a question to boto3's own environment."""

    region: str | None = None
    profile: str | None = None
    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    max_retries: int | None = None
    retry_mode: str | None = None
    assume_roles: tuple[Role, ...] = ()
    allowed_account_ids: tuple[str, ...] = ()
    forbidden_account_ids: tuple[str, ...] = ()
    shared_config_file: str | None = None
    shared_credentials_file: str | None = None
    custom_ca_bundle: str | None = None
    http_proxy: str | None = None
    https_proxy: str | None = None
    use_fips_endpoint: bool | None = None

    def default_region(self) -> str | None:
        """The region of a resource that names none: ``aws:region``, then the AWS environment as pulumi-aws reads it."""
        return (
            self.region
            or os.environ.get("AWS_REGION")
            or os.environ.get("AWS_DEFAULT_REGION")
            or self._profile_region()
        )

    def _profile_region(self) -> str | None:
        # Read here, and not by botocore, because a preview without changes has no other use for botocore.
        path = self.shared_config_file or os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config"
        profile = self.profile or os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or "default"
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read(Path(path).expanduser(), encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            return None
        for section in (f"profile {profile}", profile):
            if parser.has_option(section, "region"):
                return parser.get(section, "region")
        return None


def read_config(get: Callable[[str], Any]) -> AwsConfig:
    """The configuration behind `get`, which answers ``aws:…`` keys with a string, a decoded value, or None.

    Raises:
        ConfigurationError: names the key, what is wrong with it, and the way on.
    """
    for key, way_on in REFUSED.items():
        if _value(get, key) not in (None, "", {}, [], False):
            raise ConfigurationError(f"aws:{key} is not honoured by pulumi-chime-voice: {way_on}.")
    roles = _value(get, "assumeRoles")
    if roles is None:
        single = _value(get, "assumeRole")
        roles = [] if single is None else [single]
    return AwsConfig(
        region=_text(get, "region"),
        profile=_text(get, "profile"),
        access_key=_text(get, "accessKey"),
        secret_key=_text(get, "secretKey"),
        token=_text(get, "token"),
        endpoints=_endpoints(_value(get, "endpoints")),
        max_retries=_max_retries(_value(get, "maxRetries")),
        retry_mode=_retry_mode(_text(get, "retryMode")),
        assume_roles=tuple(
            _role(f"aws:assumeRoles[{index}]", role) for index, role in enumerate(_list("assumeRoles", roles))
        ),
        allowed_account_ids=_accounts(get, "allowedAccountIds"),
        forbidden_account_ids=_accounts(get, "forbiddenAccountIds"),
        shared_config_file=_one_file(get, "sharedConfigFiles"),
        shared_credentials_file=_one_file(get, "sharedCredentialsFiles"),
        custom_ca_bundle=_text(get, "customCaBundle"),
        http_proxy=_text(get, "httpProxy"),
        https_proxy=_text(get, "httpsProxy"),
        use_fips_endpoint=_flag("useFipsEndpoint", _value(get, "useFipsEndpoint")),
    )


def _value(get: Callable[[str], Any], key: str) -> Any:
    """Structured values reach a plugin as JSON text, from the stack's configuration and from `Provider` alike."""
    value = get(f"aws:{key}")
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            return json.loads(value)
        except ValueError:
            raise ConfigurationError(
                f"aws:{key} looks like JSON but is not: correct it in the stack's configuration."
            ) from None
    return None if value == "" else value


def _text(get: Callable[[str], Any], key: str) -> str | None:
    value = _value(get, key)
    if value is not None and not isinstance(value, str):
        raise ConfigurationError(f"aws:{key} is not a string: correct it in the stack's configuration.")
    return value


def _list(key: str, value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ConfigurationError(f"aws:{key} is not a list: correct it in the stack's configuration.")
    return value


def _flag(key: str, value: Any) -> bool | None:
    known = {None: None, True: True, False: False, "true": True, "false": False}
    if value not in known:
        raise ConfigurationError(f"aws:{key} is neither true nor false: correct it in the stack's configuration.")
    return known[value]


def _max_retries(value: Any) -> int | None:
    if value is None:
        return None
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if number < 1:
        raise ConfigurationError(f"aws:maxRetries is {value!r}: give the number of attempts, 1 or more.")
    return number


def _retry_mode(value: str | None) -> str | None:
    if value is not None and value not in RETRY_MODES:
        raise ConfigurationError(f"aws:retryMode is {value!r}: give one of {', '.join(RETRY_MODES)}.")
    return value


def _endpoints(value: Any) -> dict[str, str]:
    """A list of mappings as in pulumi-aws (`- chimesdkvoice: http://…`), or one mapping; other services are not ours."""
    merged: dict[str, str] = {}
    for entry in [value] if isinstance(value, dict) else _list("endpoints", value):
        if not isinstance(entry, dict):
            raise ConfigurationError("aws:endpoints is not a list of mappings from service to URL: correct it.")
        for service in ("chimesdkvoice", "sts"):
            url = entry.get(service)
            if url is None:
                continue
            if not isinstance(url, str) or not url.startswith(("http://", "https://")):
                raise ConfigurationError(
                    f"aws:endpoints: {service} is {url!r}: give a URL that begins with http:// or https://."
                )
            merged[service] = url
    return merged


def _accounts(get: Callable[[str], Any], key: str) -> tuple[str, ...]:
    return tuple(str(account) for account in _list(key, _value(get, key)))


def _one_file(get: Callable[[str], Any], key: str) -> str | None:
    files = _list(key, _value(get, key))
    if len(files) > 1:
        raise ConfigurationError(f"aws:{key} names {len(files)} files: name one, boto3 reads no more.")
    return str(Path(files[0]).expanduser()) if files else None


_ROLE_KEYS = {
    "roleArn": "role_arn",
    "sessionName": "session_name",
    "externalId": "external_id",
    "policy": "policy",
    "sourceIdentity": "source_identity",
}
_DURATION_UNITS = {"h": 3600, "m": 60, "s": 1}


def _role(path: str, value: Any) -> Role:
    if not isinstance(value, dict) or not isinstance(value.get("roleArn"), str):
        raise ConfigurationError(f"{path} has no roleArn: give the ARN of the role to assume.")
    known = {*_ROLE_KEYS, "duration", "durationSeconds", "policyArns"}
    for key, entry in value.items():
        if key not in known and entry not in (None, [], {}):
            raise ConfigurationError(
                f"{path}.{key} is not honoured by pulumi-chime-voice (known: {', '.join(sorted(known))})."
            )
    fields: dict[str, Any] = {name: value[key] for key, name in _ROLE_KEYS.items() if value.get(key) is not None}
    fields["policy_arns"] = tuple(value.get("policyArns") or ())
    return Role(**fields, duration_seconds=_duration(path, value.get("durationSeconds") or value.get("duration")))


def _duration(path: str, value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, str) and value[-1:] in _DURATION_UNITS and value[:-1].isdigit():
        return int(value[:-1]) * _DURATION_UNITS[value[-1]]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value)
    raise ConfigurationError(f"{path}.duration is {value!r}: give it as 1h, 30m or 900s.")
