"""Credentials: assumes and renews roles, and turns the failure of a source into one sentence.

botocore's own fetchers renew a role's credentials a quarter of an hour before they expire. No sentence contains the output of a
helper program: it may be a secret.
"""

from __future__ import annotations

import contextlib
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore import exceptions
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    AssumeRoleWithWebIdentityCredentialFetcher,
    DeferredRefreshableCredentials,
)

from ..errors import ApiError, ChimeVoiceError, ConfigurationError
from .failures import START_SERVER, WAYS_TO_CREDENTIALS, Rejection, SetUpError, Source, one_line, refused_on_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .base_session import BaseSession
    from .roles import Role

_KEYS = "Correct the keys of the profile."
_TRUST = "Check the role's ARN, its trust policy and external ID, and that the credentials may assume it."
_TRUST_OF_ISSUER = "Check the role, its trust policy and the token."
_CLOCK = "Correct the system clock."
_ROLES, _WEB_IDENTITY = "aws:assumeRoles", "aws:assumeRoleWithWebIdentity"
"""The sources that `aws:*` adds to botocore's."""
_PROCESS = "custom-process"
SOURCES = {
    "explicit": Source("aws:accessKey and aws:secretKey", "Set both again, and aws:token."),
    "env": Source(
        "the environment (AWS_ACCESS_KEY_ID)",
        "Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN again (and AWS_CREDENTIAL_EXPIRATION, if set).",
    ),
    "shared-credentials-file": Source("profile {profile} (shared credentials file)", _KEYS),
    "config-file": Source("profile {profile} (config file)", _KEYS),
    _PROCESS: Source(
        "credential_process of profile {profile}", "Run it by hand to see what it prints, and correct it."
    ),
    "sso": Source(
        "the SSO session of profile {profile}",
        "Check sso_account_id and sso_role_name of the profile.",
        "Sign in again (aws sso login --profile {profile}).",
    ),
    "login": Source("the login session of profile {profile}", "Sign in again (aws login --profile {profile})."),
    "assume-role": Source("the role of profile {profile}", _TRUST, _CLOCK),
    "assume-role-with-web-identity": Source(
        "the web identity (AWS_WEB_IDENTITY_TOKEN_FILE, or profile {profile})", _TRUST_OF_ISSUER, _CLOCK
    ),
    "container-role": Source(
        "the agent of the container (AWS_CONTAINER_CREDENTIALS_FULL_URI or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI)",
        "Check the agent, and the role and the token of the task or pod.",
    ),
    "iam-role": Source("the metadata service of the instance", "Check the role of the instance."),
    _ROLES: Source("STS (aws:assumeRoles)", _TRUST, _CLOCK),
    _WEB_IDENTITY: Source("STS (aws:assumeRoleWithWebIdentity)", _TRUST_OF_ISSUER, _CLOCK),
}
"""`METHOD` of a botocore provider -> its name in a sentence, and the fixes."""
_CANONICAL = {"Environment": "env", "EcsContainer": "container-role", "Ec2InstanceMetadata": "iam-role"}
"""``credential_source`` of a profile -> `METHOD`."""
_SOURCE_OF_ROLE = Source("the source of the role", "Correct the keys that assume the role.", "Renew them.")


def assume_roles(session: BaseSession, identity: Role | None, roles: Iterable[Role]) -> None:
    """Puts the credentials of the last role in place of the session's; each role is assumed with those before it."""
    if identity is not None:
        file = identity.token_file
        with_token = AssumeRoleWithWebIdentityCredentialFetcher(
            client_creator=session.create_client,
            web_identity_token_loader=lambda: _token(identity.arn, file) if file else identity.token or "",
            role_arn=identity.arn,
            extra_args=dict(identity.arguments),
        )
        _replace(session, _WEB_IDENTITY, identity, with_token.fetch_credentials)
    for role in roles:
        source = session.get_credentials()
        if source is None:
            raise ConfigurationError(
                f"assuming role {role.arn}: no AWS credentials to assume it. {WAYS_TO_CREDENTIALS}"
            )
        fetcher = AssumeRoleCredentialFetcher(
            client_creator=session.create_client,
            source_credentials=source,
            role_arn=role.arn,
            extra_args=dict(role.arguments),
        )
        _replace(session, _ROLES, role, fetcher.fetch_credentials)


def _token(arn: str, token_file: str) -> str:
    """Reads the token from its file each time, because its issuer renews it."""
    try:
        return Path(token_file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not valid UTF-8"
        raise ConfigurationError(
            f"assuming role {arn}: the token file {token_file} cannot be read "
            f"({reason}): correct aws:assumeRoleWithWebIdentity.webIdentityTokenFile."
        ) from error


def _replace(session: BaseSession, method: str, role: Role, fetch: Callable[[], Any]) -> None:
    def fetch_or_explain() -> Any:
        try:
            return fetch()
        except ChimeVoiceError:
            raise
        except Exception as error:
            failure: object = _explain_credential_error(error, session)
            if failure is None:  # it is the role, and not the credentials behind it
                failure = ". ".join(_explain(error, method, SOURCES[method]))
            raise ApiError(f"assuming role {role.arn}: {failure}", code="CredentialRetrievalError") from error

    session._credentials = DeferredRefreshableCredentials(method=method, refresh_using=fetch_or_explain)


# --- failures of a source


@contextlib.contextmanager
def translate_credential_errors(session: BaseSession) -> Iterator[None]:
    """Raises a `SetUpError` for whatever a source of the session's credentials raises."""
    try:
        yield
    except (ChimeVoiceError, SetUpError):
        raise
    except Exception as error:
        translated = _explain_credential_error(error, session)
        if translated is None:
            raise
        raise translated from error


def _explain_credential_error(error: Exception, session: BaseSession) -> SetUpError | None:
    """Returns the sentence about the source that failed; None if no source did."""
    method, profile = _failed_source(error)
    method = _CANONICAL.get(str(getattr(error, "kwargs", {}).get("provider")), method)
    if method is None:
        return None
    source = named_source(session, method, profile)
    cause, fix = _explain(error, method, source)
    return SetUpError(f"getting credentials from {source.name}: {cause}", fix)


def _explain(error: Exception, method: str, source: Source) -> tuple[str, str]:
    """Returns what is wrong with a source, and the fix."""
    cause, fix = "it did not return credentials that AWS tools can read", source.fix
    if isinstance(error, exceptions.ClientError):
        rejection = Rejection.of(error.response)
        cause, fix = str(rejection), rejection.credential_fix(lambda: _SOURCE_OF_ROLE) or fix
    elif isinstance(error, RuntimeError) and "expired" in str(error):
        cause, fix = "the credentials have expired", source.fix_if_expired
    elif isinstance(error, (exceptions.SSOError, exceptions.TokenRetrievalError)) or (
        method == "sso" and isinstance(error, (KeyError, ValueError))
    ):
        cause, fix = "it has expired, or cannot be read", source.fix_if_expired
    elif isinstance(error, (exceptions.ConnectionError, exceptions.HTTPClientError)):
        refused = refused_on_loopback(error)
        cause = refused or one_line(error)
        fix = START_SERVER if refused else "Check the network, the proxy and the endpoint."
    elif isinstance(error, OSError):
        cause = ": ".join(str(part) for part in (error.filename, error.strerror or type(error).__name__) if part)
    elif isinstance(error, EOFError) and method == "assume-role":
        cause = "it asks for an MFA code, which cannot be entered here"
        fix = "Get credentials with the code first (aws sts assume-role), and set them in the environment."
    elif method == _PROCESS:
        cause = "it failed, or did not print the JSON that AWS tools expect (Version, AccessKeyId, SecretAccessKey)"
    elif isinstance(error, (exceptions.BotoCoreError, ValueError)):
        cause = one_line(getattr(error, "kwargs", {}).get("error_msg") or error)
    return cause, fix


def named_source(session: BaseSession, method: str, profile: str | None = None) -> Source:
    """Returns the source with the name of its profile."""
    source, profile = SOURCES[method], profile or _profile(session, method)
    return Source(*(text.format(profile=profile) for text in (source.name, source.fix, source.fix_if_expired)))


def _profile(session: BaseSession, method: str) -> str:
    """Returns the profile that has the source: for all but a role, the last one in the chain of source profiles."""
    profiles, chain = session.full_config.get("profiles", {}), [session.profile_name]
    while method != "assume-role":
        following = profiles.get(chain[-1], {}).get("source_profile")
        if following in (None, *chain):
            break
        chain.append(following)
    return chain[-1]


def _failed_source(error: Exception) -> tuple[str | None, str | None]:
    """Returns the `METHOD` of the source that raised the error, and its profile.

    botocore does not name the source in most errors. The traceback does, also if one source takes its credentials from another.
    """
    method = profile = None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        owner = frame.f_locals.get("self")
        found = getattr(owner, "METHOD", None) or getattr(owner, "method", None)
        if isinstance(found, str) and found in SOURCES:
            method, profile = found, getattr(owner, "_profile_name", None)
    return method, profile
