"""The provider's configuration: the ``aws:*`` keys of pulumi-aws, read and checked without boto3.

Every key of pulumi-aws is either supported or has no effect on this service (`HARMLESS`). A value that is not supported is an
error and never ignored, because it may be meant to make a call safer.
"""

from __future__ import annotations

import difflib
import functools
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ..errors import ConfigurationError
from ..text import without_password
from .base_session import REGION, RETRY_MODES, first_of, session_type
from .roles import Role, WebIdentity, expand_user, read_role, read_web_identity, string_list

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

OURS, STS, CLOUDWATCH, CLOUDTRAIL = "chimesdkvoice", "sts", "cloudwatch", "cloudtrail"
SERVICES = (OURS, STS, CLOUDWATCH, CLOUDTRAIL)
"""The services whose endpoints concern this provider, as ``aws:endpoints`` names them."""

_OTHER_CHIME = {"chime", "chimesdkmediapipelines"}
_ALIKE = 0.8
_ACCOUNT = re.compile(r"\d{12}")
_USER = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:)?(//)?[^/?#]*@")
_METADATA_MODES = ("IPv4", "IPv6")


@dataclass(frozen=True)
class AwsConfig:
    """The values of ``aws:*``, by the key's name in snake case. If one is None or empty, boto3 uses its own environment."""

    region: str | None = None
    profile: str | None = None
    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    max_retries: int | None = None
    retry_mode: str | None = None
    assume_role_with_web_identity: WebIdentity | None = None
    assume_roles: tuple[Role, ...] = ()
    allowed_account_ids: tuple[str, ...] = ()
    forbidden_account_ids: tuple[str, ...] = ()
    shared_config_files: str | None = None
    shared_credentials_files: str | None = None
    custom_ca_bundle: str | None = None
    insecure: bool = False
    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: str | None = None
    sts_region: str | None = None
    use_fips_endpoint: bool | None = None
    use_dualstack_endpoint: bool | None = None
    skip_metadata_api_check: bool = False
    ec2_metadata_service_endpoint: str | None = None
    ec2_metadata_service_endpoint_mode: str | None = None
    user_agents: tuple[str, ...] = ()

    def default_region(self) -> str | None:
        """Returns the region of resources without one: ``aws:region``, ``AWS_REGION``, ``AWS_DEFAULT_REGION``, the profile's.

        Raises:
            ConfigurationError: the region depends on a profile that is in neither of the shared files, or one of the files
                cannot be parsed.
        """
        return self.region or first_of(REGION) or self._profile_region

    @functools.cached_property
    def _profile_region(self) -> str | None:
        """Asked of botocore, whose import takes a fifth of a second: only if nothing else names a region, and once."""
        return session_type()(self).get_config_variable("region") or None


@dataclass(frozen=True)
class Key:
    """A supported ``aws:*`` key.

    Attributes:
        read: reads and checks the value of the key with this name.
        is_text: whether the value is a string; other values are JSON in a stack's configuration.
        is_secret: whether `Provider` keeps the value as a secret.
    """

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
    return AwsConfig(**{in_python(name): key.read(get, name) for name, key in KEYS.items()})


def in_python(key: str) -> str:
    """Returns the name of a key in `AwsConfig` and in `Provider`: ``maxRetries`` is ``max_retries``."""
    return re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", key)


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
    """Decodes a structured value: the stack's configuration and `Provider` pass it as JSON text."""
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
    return expand_user(_text(get, key))


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


def _max_retries(get: Callable[[str], Any], key: str) -> int | None:
    value = _value(get, key)
    if value is None:
        return None
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if number < 1:
        raise ConfigurationError(f"aws:{key} is {value!r}: give the number of attempts, 1 or more.")
    return number


def _retry_mode(get: Callable[[str], Any], key: str) -> str | None:
    value = _text(get, key)
    if value is not None and value not in RETRY_MODES:
        raise ConfigurationError(f"aws:{key} is {value!r}: give one of {', '.join(RETRY_MODES)}.")
    return value


def _endpoints(get: Callable[[str], Any], key: str) -> dict[str, str]:
    """A list of mappings as in pulumi-aws (`- chimesdkvoice: http://…`), or one mapping; other services are not ours."""
    value = _value(get, key)
    merged: dict[str, str] = {}
    legacy = False
    for entry in [value] if isinstance(value, dict) else _list(key, value):
        if not isinstance(entry, dict):
            raise ConfigurationError("aws:endpoints is not a list of mappings from service to URL: correct it.")
        for service in entry:
            if service not in {*SERVICES, *_OTHER_CHIME} and _looks_like_ours(service):
                raise ConfigurationError(f"aws:endpoints has no {service}: did you mean {OURS}?")
        for service in SERVICES:
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
        shown = without_password(str(url))
        raise ConfigurationError(f"{where} is {shown!r}: give a URL that begins with http:// or https://.")
    try:
        parts = urlsplit(url)
        possible = bool(parts.hostname) and parts.port != 0 and not re.search(r"\s", url)
    except ValueError:
        possible = False
    if not possible:
        shown = without_password(url)
        raise ConfigurationError(f"{where} is {shown!r}, whose host or port is not valid: correct the URL.")


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
    agents = string_list(f"aws:{key}", _value(get, key))
    for index, agent in enumerate(agents):
        if not agent.isprintable():
            raise ConfigurationError(f"aws:{key}[{index}] has a line break or another control character: remove it.")
    return agents


def _one_file(get: Callable[[str], Any], key: str) -> str | None:
    files = string_list(f"aws:{key}", _value(get, key))
    if len(files) > 1:
        raise ConfigurationError(f"aws:{key} lists {len(files)} files: boto3 supports only one.")
    return expand_user(files[0]) if files else None


BEFORE_7 = "assumeRole"
KEYS = {
    "accessKey": Key(_text, is_text=True, is_secret=True),
    "allowedAccountIds": Key(_accounts),
    "assumeRoleWithWebIdentity": Key(_web_identity, is_secret=True),
    "assumeRoles": Key(_roles),
    "customCaBundle": Key(_path, is_text=True),
    "ec2MetadataServiceEndpoint": Key(_text, is_text=True),
    "ec2MetadataServiceEndpointMode": Key(_metadata_mode, is_text=True),
    "endpoints": Key(_endpoints),
    "forbiddenAccountIds": Key(_accounts),
    "httpProxy": Key(_text, is_text=True, is_secret=True),  # the URL may contain a password
    "httpsProxy": Key(_text, is_text=True, is_secret=True),
    "insecure": Key(_is_set),
    "maxRetries": Key(_max_retries),
    "noProxy": Key(_text, is_text=True),
    "profile": Key(_text, is_text=True),
    "region": Key(_text, is_text=True),
    "retryMode": Key(_retry_mode, is_text=True),
    "secretKey": Key(_text, is_text=True, is_secret=True),
    "sharedConfigFiles": Key(_one_file),
    "sharedCredentialsFiles": Key(_one_file),
    "skipMetadataApiCheck": Key(_is_set),
    "stsRegion": Key(_text, is_text=True),
    "token": Key(_text, is_text=True, is_secret=True),
    "useDualstackEndpoint": Key(_flag),
    "useFipsEndpoint": Key(_flag),
    "userAgents": Key(_user_agents),
}
"""Every supported key. In `AwsConfig` and in `Provider`, it has the name of `in_python`."""
HONOURED = frozenset({*KEYS, BEFORE_7})
