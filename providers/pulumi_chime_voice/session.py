"""The AWS session that ``aws:*`` describes: credentials, roles, the account allowed, timeouts, retries.

botocore is imported when the first session is made, not before: a preview without changes needs none of it.
"""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._version import __version__
from .errors import ConfigurationError
from .sentences import translate

if TYPE_CHECKING:
    from collections.abc import Callable

    from .config import AwsConfig, Role

SERVICE = "chime-sdk-voice"
CONNECT_TIMEOUT = 5
READ_TIMEOUT = 15
MAX_ATTEMPTS = 7
"""Attempts per call unless ``aws:maxRetries`` says otherwise. Standard mode waits about 25 s between throttled ones on
average, 51 s at most (1 + 2 + 4 + 8 + 16 + 20)."""

_DATA = Path(__file__).parent / "data"


def client_config(config: AwsConfig) -> Any:
    """botocore's `Config` for every client of this provider."""
    from botocore.config import Config  # noqa: PLC0415

    retries: Any = {"total_max_attempts": config.max_retries or MAX_ATTEMPTS, "mode": config.retry_mode or "standard"}
    proxies = {scheme: url for scheme, url in (("http", config.http_proxy), ("https", config.https_proxy)) if url}
    return Config(
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        retries=retries,
        proxies=proxies or None,
        use_fips_endpoint=config.use_fips_endpoint,
        user_agent_extra=f"pulumi-chime-voice/{__version__}",
    )


def new_session(config: AwsConfig, region: str) -> Any:
    """A botocore session with the configured credentials, its account allowed.

    Raises:
        ConfigurationError: the configuration cannot be used, or the account is not allowed.
        ApiError: a profile, a role or the account could not be looked up.
    """
    import botocore.session  # noqa: PLC0415

    session = botocore.session.Session(profile=config.profile)
    # Declares the service's 429 as throttling: botocore's model does not, and so would not retry it.
    session.get_component("data_loader").search_paths.append(str(_DATA))
    session.register(f"before-parse.{SERVICE}", _refuse_torn_answer)
    if config.shared_config_file:
        session.set_config_variable("config_file", config.shared_config_file)
    if config.shared_credentials_file:
        session.set_config_variable("credentials_file", config.shared_credentials_file)
    if config.access_key and config.secret_key:
        session.set_credentials(config.access_key, config.secret_key, config.token)
    elif config.access_key or config.secret_key:
        raise ConfigurationError("aws:accessKey and aws:secretKey go together: set both, or neither.")
    sts = functools.partial(
        session.create_client,
        region_name=config.default_region() or region,
        endpoint_url=config.endpoints.get("sts"),
        verify=config.custom_ca_bundle,
        config=client_config(config),
    )
    for role in config.assume_roles:
        _assume(session, role, sts)
    if config.allowed_account_ids or config.forbidden_account_ids:
        _check_account(config, sts)
    return session


def _refuse_torn_answer(**event: Any) -> None:
    """Raises on an answer cut short, which botocore parses as an empty one: a read would take the settings for gone."""
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    response = event["response_dict"]
    body, promised = response["body"], response["headers"].get("content-length")
    if promised is not None and len(body) != int(promised):
        raise ResponseParserError(f"the answer was cut off after {len(body)} of {promised} bytes")
    try:
        json.loads(body or b"{}")
    except ValueError:
        raise ResponseParserError(f"the answer of {len(body)} bytes is not JSON") from None


def _assume(session: Any, role: Role, create_client: Callable[..., Any]) -> None:
    """Puts the role's credentials, renewed before they expire, in place of the session's."""
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials  # noqa: PLC0415

    arguments = {
        "RoleSessionName": role.session_name or "pulumi-chime-voice",
        "ExternalId": role.external_id,
        "DurationSeconds": role.duration_seconds,
        "Policy": role.policy,
        "PolicyArns": [{"arn": arn} for arn in role.policy_arns] or None,
        "SourceIdentity": role.source_identity,
    }
    source = session.get_credentials()
    if source is None:
        raise ConfigurationError(
            f"assuming role {role.role_arn}: no AWS credentials to assume it with: set aws:profile, "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in."
        )
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=create_client,
        source_credentials=source,
        role_arn=role.role_arn,
        extra_args={name: value for name, value in arguments.items() if value is not None},
    )
    session._credentials = DeferredRefreshableCredentials(method="assume-role", refresh_using=fetcher.fetch_credentials)


def _check_account(config: AwsConfig, create_client: Callable[..., Any]) -> None:
    try:
        account = create_client("sts").get_caller_identity()["Account"]
    except Exception as error:
        raise translate(
            error, "finding out the AWS account (aws:allowedAccountIds, aws:forbiddenAccountIds)", "GetCallerIdentity"
        ) from error
    if config.allowed_account_ids and account not in config.allowed_account_ids:
        allowed = ", ".join(config.allowed_account_ids)
        raise ConfigurationError(
            f"the credentials are of AWS account {account}, and aws:allowedAccountIds allows {allowed} only: "
            "nothing was sent; use the credentials of an allowed account."
        )
    if account in config.forbidden_account_ids:
        raise ConfigurationError(
            f"the credentials are of AWS account {account}, which aws:forbiddenAccountIds forbids: "
            "nothing was sent; use the credentials of another account."
        )
