"""The sources of credentials, by botocore's names, and one sentence if one of them fails.

What a helper program printed is in no sentence: it may be a secret.
"""

from __future__ import annotations

import contextlib
import traceback
from typing import TYPE_CHECKING, Any

from ..errors import ChimeVoiceError
from ..text import printable, without_password
from .base_session import profile_name
from .failures import NO_CONNECTION, START_SERVER, Rejection, SetUpError, Source, refused_on_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator

ROLES, WEB_IDENTITY = "aws:assumeRoles", "aws:assumeRoleWithWebIdentity"
"""The sources that `aws:*` adds to botocore's."""

_PROCESS = "custom-process"
_KEYS = "Correct the keys of the profile."
_TRUST = "Check the role's ARN, its trust policy and external ID, and that the credentials may assume it."
_AGAIN = (
    "Set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN again (and AWS_CREDENTIAL_EXPIRATION, if set)."
)
_CLOCK = "Correct the system clock."
SOURCES = {
    "explicit": Source("aws:accessKey and aws:secretKey", "Set both again, and aws:token."),
    "env": Source("the environment ({variables})", _AGAIN),
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
        "the web identity ({variables})", "Check the role, its trust policy and the token.", _CLOCK
    ),
    "container-role": Source(
        "the agent of the container ({variables})",
        "Check the agent, and the role and the token of the task or pod.",
    ),
    "iam-role": Source("the metadata service of the instance", "Check the role of the instance."),
    ROLES: Source("STS (aws:assumeRoles)", _TRUST, _CLOCK),
    WEB_IDENTITY: Source(
        "STS (aws:assumeRoleWithWebIdentity)", "Check the role, its trust policy and the token.", _CLOCK
    ),
}
"""`METHOD` of a botocore provider -> its name in a sentence, and the fixes."""

_VARIABLES = {
    "env": ("AWS_ACCESS_KEY_ID", "AWS_CREDENTIAL_EXPIRATION"),
    "assume-role-with-web-identity": ("AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"),
    "container-role": (
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    ),
}
_CANONICAL = {"Environment": "env", "EcsContainer": "container-role", "Ec2InstanceMetadata": "iam-role"}
"""``credential_source`` of a profile -> `METHOD`."""
_SIGNED_OUT = ("SSOTokenLoadError", "TokenRetrievalError", "UnauthorizedSSOTokenError")
_NO_ANSWER = (*NO_CONNECTION, "ReadTimeoutError", "ConnectionClosedError", "HTTPClientError", "SSLError")
_CLEARER = {"Auth token value is not a legal header value": "the token contains a line break"}
_BEHIND_A_ROLE = Source("the source of the role", "Correct the keys that assume the role.", "Renew them.")


@contextlib.contextmanager
def translate_credential_errors(session: Any) -> Iterator[None]:
    """Raises a `SetUpError` for whatever a source of the session's credentials raises."""
    try:
        yield
    except (ChimeVoiceError, SetUpError):
        raise
    except Exception as error:
        translated = explain_credential_error(error, session)
        if translated is error:
            raise
        raise translated from error


def explain_credential_error(error: Exception, session: Any) -> Exception:
    """Returns the error as a `SetUpError` about the source that failed; unchanged, if no source did."""
    method, profile = _failed_source(error)
    method = _CANONICAL.get(str(getattr(error, "kwargs", {}).get("provider")), method)
    if method is None or isinstance(error, (ChimeVoiceError, SetUpError)):
        return error
    source = _source(session, method, profile)
    cause, fix = explain(error, method, source)
    return SetUpError(f"getting credentials from {source.name}: {cause}", fix)


def source_of_credentials(session: Any) -> Source | None:
    """Returns the source of the credentials that the session uses; None if it has none."""
    method = getattr(session and session._credentials, "method", None)
    return _source(session, method) if method in SOURCES else None


def explain(error: Exception, method: str, source: Source) -> tuple[str, str]:
    """Returns what is wrong with a source, and the fix."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    cause, fix = "it did not return credentials that AWS tools can read", source.fix
    if isinstance(error, ClientError):
        rejection = Rejection.of(error.response)
        cause, fix = str(rejection), rejection.credential_fix(_BEHIND_A_ROLE) or fix
    elif isinstance(error, RuntimeError) and "expired" in str(error):
        cause, fix = "the credentials have expired", source.renewal or fix
    elif type(error).__name__ in _SIGNED_OUT or (method == "sso" and isinstance(error, (KeyError, ValueError))):
        cause, fix = "it has expired, or cannot be read", source.renewal or fix
    elif type(error).__name__ in _NO_ANSWER:
        refused = refused_on_loopback(error)
        cause, fix = (
            refused or _text(error),
            START_SERVER if refused else "Check the network, the proxy and the endpoint.",
        )
    elif isinstance(error, OSError):
        cause = ": ".join(str(part) for part in (error.filename, error.strerror or type(error).__name__) if part)
    elif isinstance(error, EOFError) and method == "assume-role":
        cause = "it asks for an MFA code, which cannot be entered here"
        fix = "Get credentials with the code first (aws sts assume-role), and set them in the environment."
    elif method == _PROCESS:
        cause = "it failed, or did not print the JSON that AWS tools expect (Version, AccessKeyId, SecretAccessKey)"
    elif isinstance(error, BotoCoreError):
        cause = _text(error.kwargs.get("error_msg") or error)
    elif isinstance(error, ValueError):
        cause = _CLEARER.get(_text(error), _text(error))
    return cause, fix


def _text(error: object) -> str:
    return printable(without_password(" ".join(str(error).split()))).rstrip(".")


def _source(session: Any, method: str, profile: str | None = None) -> Source:
    """Returns the source with the names of its profile, and of the variables that set it."""
    source, profile = SOURCES[method], profile or _profile(session, method)
    is_chosen = "profile" in session.instance_variables() and method == "assume-role-with-web-identity"
    names = [name for name in _VARIABLES.get(method, ()) if name in session.environment and not is_chosen]
    unset = f"{_VARIABLES[method][0]} is not set" if method == "container-role" else f"profile {profile}"
    values = {"profile": profile, "variables": ", ".join(names) or unset}
    texts = (source.name, source.fix, source.renewal or source.fix)
    return Source(*(text.format(**values) for text in texts))


def _profile(session: Any, method: str) -> str:
    """Returns the profile that has the source: for all but a role, the last one in the chain of source profiles."""
    profiles, name = session.full_config.get("profiles", {}), profile_name(session)
    chain = [name]
    while method != "assume-role" and (name := profiles.get(name, {}).get("source_profile")) not in (None, *chain):
        chain.append(name)
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
