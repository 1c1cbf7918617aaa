"""The provider's configuration: the ``aws:*`` keys of pulumi-aws, read and checked without boto3.

Every key of pulumi-aws is either supported or has no effect on this service (`HARMLESS`). A value that is not supported is an
error and never ignored, because it may be meant to make a call safer.
"""

from __future__ import annotations

import functools
import json
import os
import re
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError
from ..text import camel_case, nearest
from . import values
from .roles import Role, read_roles, read_web_identity
from .values import REGION, list_of, string

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

HARMLESS = {
    "defaultTags": "origination settings have no tags",
    "ignoreTags": "origination settings have no tags",
    "s3ForcePathStyle": "concerns only S3",
    "s3UsEast1RegionalEndpoint": "concerns only S3",
    "s3UsePathStyle": "concerns only S3",
    "skipCredentialsValidation": "credentials are not validated apart from the calls themselves",
    "skipGetEc2Platforms": "concerns only EC2",
    "skipRegionValidation": "a region's name is not validated",
    "skipRequestingAccountId": "the account is checked only if a list of accounts is set, and then always",
    "tagPolicyCompliance": "origination settings have no tags",
    "tokenBucketRateLimiterCapacity": "boto3's limit on retries is its own",
}
"""The keys that change nothing here, each with the reason."""

SERVICE = "chime-sdk-voice"
"""Chime SDK Voice, as botocore names it."""
OURS, STS, CLOUDWATCH, CLOUDTRAIL = SERVICES = ("chimesdkvoice", "sts", "cloudwatch", "cloudtrail")
"""The services whose endpoints concern this provider, as ``aws:endpoints`` names them."""

_OTHER_CHIME = {"chime", "chimesdkmediapipelines"}
_SIMILAR = 0.8


def _endpoints(where: str, value: Any) -> dict[str, str]:
    """Reads a list of mappings as in pulumi-aws (`- chimesdkvoice: http://…`), or one mapping. Other services are ignored."""
    merged: dict[str, Any] = {}
    for entry in [value] if isinstance(value, dict) else list_of(where, value):
        if not isinstance(entry, dict):
            raise ConfigurationError("aws:endpoints is not a list of mappings from service to URL: correct it.")
        merged.update({service: url for service, url in entry.items() if url is not None})
        for service in entry:
            if service not in {*SERVICES, *_OTHER_CHIME} and _resembles_ours(service):
                raise ConfigurationError(f"aws:endpoints has no {service}: did you mean {OURS}?")
    if merged.get("chime") and OURS not in merged:
        raise ConfigurationError(
            f"aws:endpoints sets chime but not {OURS}, the service that has voice connectors now, so calls would go to AWS "
            f"itself: add {OURS} with the same URL, or remove chime."
        )
    ours = [service for service in SERVICES if service in merged]
    return {service: values.check_url(f"{where}: {service}", merged[service]) for service in ours}


def _resembles_ours(service: object) -> bool:
    """Whether the name looks like a typo of `chimesdkvoice`. Calls would go to AWS, and not to the endpoint that was meant."""
    plain = re.sub(r"[^a-z0-9]", "", str(service).lower())
    return nearest(plain, [OURS, *_OTHER_CHIME], _SIMILAR) == OURS


@dataclass(frozen=True)
class Key:
    """A supported ``aws:*`` key.

    Attributes:
        read: reads and checks a value; its first argument is the key, for messages.
        is_text: whether the value is a string; other values are JSON in a stack's configuration.
        setting: botocore's name of the setting; empty if botocore does not have it.
    """

    read: Callable[[str, Any], Any]
    is_text: bool = False
    is_secret: bool = False
    setting: str = ""


def _key(read: Callable[[str, Any], Any], default: Any = None, *, is_secret: bool = False, **more: Any) -> Any:
    key = Key(read, is_secret=is_secret, **more)
    return field(default_factory=lambda: default, repr=not is_secret, metadata={"key": key})


def _text(read: Callable[[str, Any], str] = string, **more: Any) -> Any:
    return _key(read, is_text=True, **more)


@dataclass(frozen=True)
class AwsConfig:
    """The values of ``aws:*``, by the key's name in snake case. If one is None or empty, boto3 uses its own environment."""

    region: str | None = _text(setting="region")
    profile: str | None = _text(setting="profile")
    access_key: str | None = _text(is_secret=True)
    secret_key: str | None = _text(is_secret=True)
    token: str | None = _text(is_secret=True)
    endpoints: Mapping[str, str] = _key(_endpoints, {})
    max_retries: int | None = _key(values.attempts, setting="max_attempts")
    retry_mode: str | None = _text(values.retry_mode, setting="retry_mode")
    assume_role_with_web_identity: Role | None = _key(read_web_identity, is_secret=True)  # noqa: RUF009
    assume_roles: tuple[Role, ...] = _key(read_roles, ())
    allowed_account_ids: tuple[str, ...] = _key(values.accounts, ())
    forbidden_account_ids: tuple[str, ...] = _key(values.accounts, ())
    shared_config_files: str | None = _key(values.one_file, setting="config_file")
    shared_credentials_files: str | None = _key(values.one_file, setting="credentials_file")
    custom_ca_bundle: str | None = _text(values.path, setting="ca_bundle")
    insecure: bool = _key(values.flag, False)
    http_proxy: str | None = _text(is_secret=True)  # the URL may contain a password
    https_proxy: str | None = _text(is_secret=True)
    no_proxy: str | None = _text()
    sts_region: str | None = _text()
    use_fips_endpoint: bool | None = _key(values.flag, setting="use_fips_endpoint")
    use_dualstack_endpoint: bool | None = _key(values.flag, setting="use_dualstack_endpoint")
    skip_metadata_api_check: bool = _key(values.flag, False)
    ec2_metadata_service_endpoint: str | None = _text(setting="ec2_metadata_service_endpoint")
    ec2_metadata_service_endpoint_mode: str | None = _text(
        values.metadata_mode, setting="ec2_metadata_service_endpoint_mode"
    )
    user_agents: tuple[str, ...] = _key(values.user_agents, ())

    def settings(self) -> dict[str, Any]:
        """Returns the values that botocore has a setting for, by its names."""
        given = ((key.setting, getattr(self, FIELDS[name])) for name, key in KEYS.items() if key.setting)
        return {setting: value for setting, value in given if value is not None}

    def default_region(self) -> str | None:
        """Returns the region of resources without one: ``aws:region``, ``AWS_REGION``, ``AWS_DEFAULT_REGION``, the profile's."""
        return self.region or os.environ.get(REGION[0]) or os.environ.get(REGION[1]) or self._region_of_profile

    @functools.cached_property
    def _region_of_profile(self) -> str | None:
        return self._read("region") or None

    def default_attempts(self) -> int | None:
        """Returns the attempts per call: ``aws:maxRetries``, ``AWS_MAX_ATTEMPTS``, the profile's; None if none is set."""
        attempts: int | None = self._read("max_attempts")
        return attempts

    def _read(self, setting: str) -> Any:
        from .base_session import BaseSession  # noqa: PLC0415 - it imports botocore, which takes a fifth of a second

        return BaseSession(self.settings()).get_config_variable(setting)


KEYS: dict[str, Key] = {camel_case(member.name): member.metadata["key"] for member in fields(AwsConfig)}
"""Every supported key."""
FIELDS = {camel_case(member.name): member.name for member in fields(AwsConfig)}
"""Key -> its name in `AwsConfig` and in `Provider`."""
BEFORE_7 = "assumeRole"
"""The form of ``aws:assumeRoles`` before pulumi-aws 7: one role."""
HONOURED = frozenset({*KEYS, BEFORE_7})


def read_config(get: Callable[[str], Any], keys: Iterable[str] = ()) -> AwsConfig:
    """Returns the configuration.

    Args:
        get: returns the value of an ``aws:…`` key: a string, a decoded value, or None.
        keys: every key that is set, if known: a key that looks like a typo of a supported key is an error.
    """
    _reject_mistyped(keys)
    given = {key: _decode(f"aws:{key}", get(f"aws:{key}")) for key in HONOURED}
    single = given.pop(BEFORE_7)
    if given["assumeRoles"] is None and single is not None:
        given["assumeRoles"] = [single]
    return AwsConfig(
        **{FIELDS[key]: KEYS[key].read(f"aws:{key}", value) for key, value in given.items() if value is not None}
    )


def _reject_mistyped(keys: Iterable[str]) -> None:
    """Rejects keys that look like typos: Pulumi accepts any key, and a mistyped ``aws:forbiddenAccountIds`` forbids nothing."""
    known = {key.lower(): key for key in (*HONOURED, *HARMLESS)}
    for key in sorted(keys):
        namespace, _, name = key.partition(":")
        if namespace != "aws" or name in known.values():
            continue
        similar = nearest(name.lower(), known, _SIMILAR)
        if similar:
            raise ConfigurationError(
                f"aws:{name} is not a key of the AWS provider: did you mean aws:{known[similar]}? "
                "Correct it in the stack's configuration."
            )


def _decode(where: str, value: Any) -> Any:
    """Decodes a structured value: the stack's configuration and `Provider` pass it as JSON. Returns None for an empty string."""
    if isinstance(value, str) and value.startswith(("[", "{")):
        try:
            return json.loads(value)
        except ValueError:
            raise ConfigurationError(
                f"{where} looks like JSON but is not: correct it in the stack or in the Provider."
            ) from None
    return None if value == "" else value
