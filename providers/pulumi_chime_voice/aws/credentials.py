"""Whose calls they are: roles assumed and renewed, and the account checked before anything is sent.

Everything goes through botocore's own fetchers, which renew a role's credentials a quarter of an hour before they expire.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ApiError, ChimeVoiceError, ConfigurationError
from .failures import WAYS_TO_CREDENTIALS, SetUpError, translate
from .sources import (
    ROLES,
    SOURCES,
    WEB_IDENTITY,
    explain,
    explain_credential_error,
    source_of_credentials,
    translate_credential_errors,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .config import AwsConfig
    from .roles import Role, WebIdentity

_SESSION_NAME = "pulumi-chime-voice"


def assume_roles(session: Any, config: AwsConfig) -> None:
    """Puts the credentials of the last role in place of the session's; each role is assumed with those before it."""
    if config.assume_role_with_web_identity is not None:
        identity = config.assume_role_with_web_identity
        _put(session, WEB_IDENTITY, identity.role_arn, _web_identity(session, identity))
    for role in config.assume_roles:
        _put(session, ROLES, role.role_arn, _role(session, role))


def check_account(session: Any, config: AwsConfig) -> None:
    """Asks STS for the account of the credentials, if ``aws:*`` restricts the accounts.

    Raises:
        ConfigurationError: they are of an account that is not allowed.
        ApiError: STS did not answer.
    """
    if not (config.allowed_account_ids or config.forbidden_account_ids):
        return
    try:
        client = session.create_client("sts")
        fetch_credentials(session)
        account = client.get_caller_identity()["Account"]
    except ChimeVoiceError:
        raise
    except Exception as error:
        what = "finding out the AWS account (aws:allowedAccountIds, aws:forbiddenAccountIds)"
        raise translate(error, what, "GetCallerIdentity", source=source_of_credentials(session)) from error
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


def fetch_credentials(session: Any) -> None:
    """Gets the session's credentials, or renews them, as signing a request does.

    Raises:
        SetUpError: their source failed, or they hold what no request can carry.
        ApiError: a role of ``aws:*`` was not assumed.
    """
    credentials = session.get_credentials()
    if credentials is None:
        return
    with translate_credential_errors(session):
        frozen = credentials.get_frozen_credentials()
    source = source_of_credentials(session)
    fix = source.fix if source else "Set it again."
    parts = {"access key": frozen.access_key, "secret key": frozen.secret_key, "session token": frozen.token}
    for name, value in parts.items():
        if name == "session token" and value is None:
            continue
        if not isinstance(value, str) or not re.fullmatch(r"[!-~]*", value):
            # Not the value: botocore's error shows a token with a line break whole.
            raise SetUpError(f"the {name} is missing or contains whitespace or another invalid character", fix)


def _role(session: Any, role: Role) -> Callable[[], Any]:
    from botocore.credentials import AssumeRoleCredentialFetcher  # noqa: PLC0415

    source = session.get_credentials()
    if source is None:
        raise ConfigurationError(
            f"assuming role {role.role_arn}: no AWS credentials to assume it. {WAYS_TO_CREDENTIALS}"
        )
    arguments = {
        **_arguments(role),
        "ExternalId": role.external_id,
        "SourceIdentity": role.source_identity,
        "Tags": [{"Key": key, "Value": value} for key, value in role.tags.items()],
        "TransitiveTagKeys": list(role.transitive_tag_keys),
    }
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=session.create_client,
        source_credentials=source,
        role_arn=role.role_arn,
        extra_args=_given(arguments),
    )
    return fetcher.fetch_credentials


def _web_identity(session: Any, identity: WebIdentity) -> Callable[[], Any]:
    from botocore.credentials import AssumeRoleWithWebIdentityCredentialFetcher  # noqa: PLC0415

    fetcher = AssumeRoleWithWebIdentityCredentialFetcher(
        client_creator=session.create_client,
        web_identity_token_loader=lambda: _token(identity),
        role_arn=identity.role_arn,
        extra_args=_given(_arguments(identity)),
    )
    return fetcher.fetch_credentials


def _token(identity: WebIdentity) -> str:
    """The token, from its file each time: whoever issues it renews it there."""
    if identity.token_file is None:
        return identity.token or ""
    try:
        return Path(identity.token_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text"
        raise ConfigurationError(
            f"assuming role {identity.role_arn}: the token file {identity.token_file} cannot be read "
            f"({reason}): correct aws:assumeRoleWithWebIdentity.webIdentityTokenFile."
        ) from error


def _arguments(role: Role | WebIdentity) -> dict[str, Any]:
    return {
        "RoleSessionName": role.session_name or _SESSION_NAME,
        "DurationSeconds": role.duration_seconds,
        "Policy": role.policy,
        "PolicyArns": [{"arn": arn} for arn in role.policy_arns],
    }


def _given(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value not in (None, [])}


def _put(session: Any, method: str, role_arn: str, fetch: Callable[[], Any]) -> None:
    from botocore.credentials import DeferredRefreshableCredentials  # noqa: PLC0415

    def fetch_or_explain() -> Any:
        try:
            return fetch()
        except ChimeVoiceError:
            raise
        except Exception as error:
            known: object = explain_credential_error(error, session)
            if known is error:  # it is the role, and not the credentials behind it
                known = "{}. {}".format(*explain(error, method, SOURCES[method]))
            raise ApiError(f"assuming role {role_arn}: {known}", code="CredentialRetrievalError") from error

    session._credentials = DeferredRefreshableCredentials(method=method, refresh_using=fetch_or_explain)
