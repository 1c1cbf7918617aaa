"""The provider's configuration: the ``aws:*`` keys of pulumi-aws, read and checked without boto3.

Every key of pulumi-aws is either supported or has no effect on this service (`HARMLESS`). A value that is not supported is an
error and never ignored, because it may be meant to make a call safer.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import ConfigurationError
from .roles import Role, WebIdentity, expanded, read_role, read_web_identity, texts
from .shared_files import profile_region

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

RETRY_MODES = ("standard", "adaptive", "legacy")

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

OURS, STS, CLOUDWATCH = "chimesdkvoice", "sts", "cloudwatch"
"""The services whose endpoints concern this provider, as ``aws:endpoints`` names them."""

_OTHER_CHIME = {"chime", "chimesdkmediapipelines"}
_ALIKE = 0.8
_ACCOUNT = re.compile(r"\d{12}")
_USER = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:)?(//)?[^/?#]*@")
_METADATA_MODES = ("IPv4", "IPv6")


@dataclass(frozen=True)
class AwsConfig:
    """The values of ``aws:*``. If one is None or empty, boto3 uses its own environment."""

    region: str | None = None
    profile: str | None = None
    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    max_retries: int | None = None
    retry_mode: str | None = None
    web_identity: WebIdentity | None = None
    assume_roles: tuple[Role, ...] = ()
    allowed_account_ids: tuple[str, ...] = ()
    forbidden_account_ids: tuple[str, ...] = ()
    shared_config_file: str | None = None
    shared_credentials_file: str | None = None
    custom_ca_bundle: str | None = None
    insecure: bool = False
    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: str | None = None
    sts_region: str | None = None
    use_fips_endpoint: bool | None = None
    use_dualstack_endpoint: bool | None = None
    skip_metadata: bool = False
    metadata_endpoint: str | None = None
    metadata_endpoint_mode: str | None = None
    user_agents: tuple[str, ...] = ()

    def default_region(self) -> str | None:
        """The region of resources without one: ``aws:region``, then the AWS environment as pulumi-aws reads it.

        Raises:
            ConfigurationError: the region depends on a profile that is in neither of the shared files, or one of the files
                cannot be parsed.
        """
        return (
            self.region
            or os.environ.get("AWS_REGION")
            or os.environ.get("AWS_DEFAULT_REGION")
            or profile_region(self.profile, self.shared_config_file, self.shared_credentials_file)
        )


@dataclass(frozen=True)
class Key:
    """A supported ``aws:*`` key.

    Attributes:
        field: of `AwsConfig`.
        read: reads and checks the value of the key with this name.
        is_text: whether the value is a string; other values are JSON in a stack's configuration.
        is_secret: whether `Provider` keeps the value as a secret.
    """

    field: str
    read: Callable[[Callable[[str], Any], str], Any]
    is_text: bool = False
    is_secret: bool = False


def read_config(get: Callable[[str], Any], keys: Iterable[str] = ()) -> AwsConfig:
    """The configuration behind `get`, which answers ``aws:…`` keys with a string, a decoded value, or None.

    Args:
        get: answers a key's value.
        keys: every key that is set, if known: a key that looks like a typo of a supported key is an error.

    Raises:
        ConfigurationError: names the key, the problem, and the fix.
    """
    _refuse_mistyped(keys)
    return AwsConfig(**{key.field: key.read(get, name) for name, key in KEYS.items()})


def _refuse_mistyped(keys: Iterable[str]) -> None:
    """A mistyped ``aws:forbiddenAccountIds`` forbids nothing; Pulumi takes any key, so it is caught here."""
    known = {key.lower(): key for key in (*HONOURED, *HARMLESS)}
    for key in sorted(keys):
        namespace, _, name = key.partition(":")
        if namespace != "aws" or name in known.values():
            continue
        close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=_ALIKE)
        if close:
            raise ConfigurationError(
                f"aws:{name} is not a key of the AWS provider: did you mean aws:{known[close[0]]}? "
                "Correct it in the stack's configuration."
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


def _path(get: Callable[[str], Any], key: str) -> str | None:
    return expanded(_text(get, key))


def _is_set(get: Callable[[str], Any], key: str) -> bool:
    return bool(_flag(get, key))


def _roles(get: Callable[[str], Any], key: str) -> tuple[Role, ...]:
    """``assumeRole`` is the name of ``assumeRoles`` in pulumi-aws before version 7."""
    roles = _value(get, key)
    if roles is None:
        single = _value(get, BEFORE_7)
        roles = [] if single is None else [single]
    return tuple(read_role(f"aws:{key}[{index}]", role) for index, role in enumerate(_list(key, roles)))


def _web_identity(get: Callable[[str], Any], key: str) -> WebIdentity | None:
    return read_web_identity(_value(get, key))


def _flag(get: Callable[[str], Any], key: str) -> bool | None:
    value = _value(get, key)
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.lower(), value)
    if value is not None and not isinstance(value, bool):
        raise ConfigurationError(f"aws:{key} is neither true nor false: correct it in the stack's configuration.")
    return value


def _metadata_mode(get: Callable[[str], Any], key: str) -> str | None:
    value = _text(get, key)
    if value is None or value.lower() in (mode.lower() for mode in _METADATA_MODES):
        return value
    raise ConfigurationError(f"aws:{key} is {value!r}: give one of {', '.join(_METADATA_MODES)}.")


def _or_environment(variable: str, key: str, value: Any) -> tuple[str, Any]:
    """What is set, and where."""
    return (f"aws:{key}", value) if value is not None else (variable, os.environ.get(variable) or None)


def _max_retries(get: Callable[[str], Any], key: str) -> int | None:
    name, value = _or_environment("AWS_MAX_ATTEMPTS", key, _value(get, key))
    if value is None:
        return None
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if number < 1:
        raise ConfigurationError(f"{name} is {value!r}: give the number of attempts, 1 or more.")
    return number


def _retry_mode(get: Callable[[str], Any], key: str) -> str | None:
    name, value = _or_environment("AWS_RETRY_MODE", key, _text(get, key))
    if value is not None and value not in RETRY_MODES:
        raise ConfigurationError(f"{name} is {value!r}: give one of {', '.join(RETRY_MODES)}.")
    return None if value is None else str(value)


def _endpoints(get: Callable[[str], Any], key: str) -> dict[str, str]:
    """A list of mappings as in pulumi-aws (`- chimesdkvoice: http://…`), or one mapping; other services are not ours."""
    value = _value(get, key)
    merged: dict[str, str] = {}
    legacy = False
    for entry in [value] if isinstance(value, dict) else _list(key, value):
        if not isinstance(entry, dict):
            raise ConfigurationError("aws:endpoints is not a list of mappings from service to URL: correct it.")
        for service in entry:
            if service not in {OURS, STS, CLOUDWATCH, *_OTHER_CHIME} and _looks_like_ours(service):
                raise ConfigurationError(f"aws:endpoints has no {service}: did you mean {OURS}?")
        for service in (OURS, STS, CLOUDWATCH):
            url = entry.get(service)
            if url is None:
                continue
            check_url(f"aws:endpoints: {service}", url)
            merged[service] = url
        legacy = legacy or bool(entry.get("chime"))
    if legacy and OURS not in merged:
        raise ConfigurationError(
            f"aws:endpoints sets chime but not {OURS}, the service that has voice connectors now, so calls would go to AWS "
            f"itself: add {OURS} with the same URL, or remove chime."
        )
    return merged


def check_url(where: str, url: Any) -> None:
    """Refuses a service endpoint that no request can be sent to.

    Raises:
        ConfigurationError: it has a user name or a password, has no scheme, or its host or port is not valid; the sentence
            begins with `where`.
    """
    if isinstance(url, str) and _USER.match(url):
        # Not the value: it may be a password, which requests to AWS would not carry anyway.
        raise ConfigurationError(
            f"{where} has a user name or a password before its host, and requests to AWS carry neither: remove it from the URL."
        )
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise ConfigurationError(f"{where} is {url!r}: give a URL that begins with http:// or https://.")
    try:
        parts = urlsplit(url)
        possible = bool(parts.hostname) and parts.port != 0 and not re.search(r"\s", url)
    except ValueError:
        possible = False
    if not possible:
        raise refused_url(where, url)


def refused_url(where: str, url: str) -> ConfigurationError:
    """The failure of a URL that has a scheme, and still cannot be used."""
    return ConfigurationError(f"{where} is {url!r}, whose host or port is not valid: correct the URL.")


def _looks_like_ours(service: object) -> bool:
    """Whether a name is ours, mistyped: the call would go to AWS itself instead of the endpoint that was meant."""
    plain = re.sub(r"[^a-z0-9]", "", str(service).lower())
    return bool(difflib.get_close_matches(plain, [OURS, *_OTHER_CHIME], n=1, cutoff=_ALIKE) == [OURS])


def _accounts(get: Callable[[str], Any], key: str) -> tuple[str, ...]:
    accounts = tuple(str(account) for account in _list(key, _value(get, key)))
    for index, account in enumerate(accounts):
        if not _ACCOUNT.fullmatch(account):
            raise ConfigurationError(
                f"aws:{key}[{index}] is {account!r}: give the twelve digits of an AWS account, in quotes."
            )
    return accounts


def _user_agents(get: Callable[[str], Any], key: str) -> tuple[str, ...]:
    agents = texts(f"aws:{key}", _value(get, key))
    for index, agent in enumerate(agents):
        if not agent.isprintable():
            raise ConfigurationError(f"aws:{key}[{index}] has a line break or another control character: remove it.")
    return agents


def _one_file(get: Callable[[str], Any], key: str) -> str | None:
    files = texts(f"aws:{key}", _value(get, key))
    if len(files) > 1:
        raise ConfigurationError(f"aws:{key} names {len(files)} files: name one, boto3 reads no more.")
    return expanded(files[0]) if files else None


BEFORE_7 = "assumeRole"
KEYS = {
    "accessKey": Key("access_key", _text, is_text=True, is_secret=True),
    "allowedAccountIds": Key("allowed_account_ids", _accounts),
    "assumeRoleWithWebIdentity": Key("web_identity", _web_identity, is_secret=True),
    "assumeRoles": Key("assume_roles", _roles),
    "customCaBundle": Key("custom_ca_bundle", _path, is_text=True),
    "ec2MetadataServiceEndpoint": Key("metadata_endpoint", _text, is_text=True),
    "ec2MetadataServiceEndpointMode": Key("metadata_endpoint_mode", _metadata_mode, is_text=True),
    "endpoints": Key("endpoints", _endpoints),
    "forbiddenAccountIds": Key("forbidden_account_ids", _accounts),
    "httpProxy": Key("http_proxy", _text, is_text=True, is_secret=True),  # the URL may contain a password
    "httpsProxy": Key("https_proxy", _text, is_text=True, is_secret=True),
    "insecure": Key("insecure", _is_set),
    "maxRetries": Key("max_retries", _max_retries),
    "noProxy": Key("no_proxy", _text, is_text=True),
    "profile": Key("profile", _text, is_text=True),
    "region": Key("region", _text, is_text=True),
    "retryMode": Key("retry_mode", _retry_mode, is_text=True),
    "secretKey": Key("secret_key", _text, is_text=True, is_secret=True),
    "sharedConfigFiles": Key("shared_config_file", _one_file),
    "sharedCredentialsFiles": Key("shared_credentials_file", _one_file),
    "skipMetadataApiCheck": Key("skip_metadata", _is_set),
    "stsRegion": Key("sts_region", _text, is_text=True),
    "token": Key("token", _text, is_text=True, is_secret=True),
    "useDualstackEndpoint": Key("use_dualstack_endpoint", _flag),
    "useFipsEndpoint": Key("use_fips_endpoint", _flag),
    "userAgents": Key("user_agents", _user_agents),
}
"""Every supported key; its names in `AwsConfig` and in `Provider` (snake case) follow from this table."""
HONOURED = frozenset({*KEYS, BEFORE_7})
