"""What goes wrong at the source of the credentials: helper programs, token files, single sign-on, the role of a profile.

botocore hands on whatever a source raises, `FileNotFoundError` and `KeyError` too. Which source it was, the profile and the
environment tell. What a helper program printed is in no sentence: it may be a secret.
"""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

from ..errors import ChimeVoiceError
from .failures import SetUpError
from .network import profile_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_HELPER = "credential_process"
_TOKEN_FILES = ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
_CONTAINER = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_NUMBERS = ("metadata_service_timeout", "metadata_service_num_attempts")


@contextlib.contextmanager
def explaining(session: Any) -> Iterator[None]:
    """Makes a `SetUpError` of what a source of the session's credentials raises, if that was foreseen."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    try:
        yield
    except (ChimeVoiceError, SetUpError):
        raise
    except ClientError as error:
        raise _refused(error.response) from error
    except Exception as error:
        known = explained(error, session)
        if known is error:
            raise
        raise known from error


def explained(error: Exception, session: Any) -> Exception:
    """The error as a `SetUpError`; unchanged, if it needs no explanation or is unexpected."""
    from botocore.exceptions import BotoCoreError, CredentialRetrievalError  # noqa: PLC0415
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    profiles = _profiles(session)
    helper = next(((name, values[_HELPER]) for name, values in profiles.items() if _HELPER in values), None)
    if isinstance(error, CredentialRetrievalError) and helper is not None and "custom-process" in str(error):
        return _of_helper(error, *helper)
    if isinstance(error, (BotoCoreError, ResponseParserError, ChimeVoiceError, SetUpError)):
        return error
    if isinstance(error, OSError):
        return _unreadable(error, profiles, helper)
    if isinstance(error, EOFError) and any("mfa_serial" in values for values in profiles.values()):
        name = next(iter(profiles))
        return SetUpError(
            f"the role of profile {name} asks for an MFA code, which cannot be entered here",
            "Get credentials with the code first (aws sts assume-role), and set them in the environment.",
        )
    if helper is not None:
        return _of_helper(error, *helper)
    return _of_settings(error, session, profiles)


def _refused(response: Mapping[str, Any]) -> SetUpError:
    """STS or single sign-on refused the role that a profile names."""
    details, request_id = response.get("Error", {}), response.get("ResponseMetadata", {}).get("RequestId")
    code = details.get("Code") or "an error without a code"
    message = " ".join((details.get("Message") or "").split())
    answer = f"{code}: {message}".rstrip(": .")
    request = f" (request {request_id})" if request_id else ""
    return SetUpError(
        f"getting the AWS credentials: {answer}{request}",
        "Check the role and the account of the profile, and what the credentials behind it may do.",
    )


def _unreadable(error: OSError, profiles: Mapping[str, Any], helper: tuple[str, str] | None) -> Exception:
    file = str(error.filename or "")
    if helper is not None and file and file == _program(helper[1]):
        name = helper[0]
        return SetUpError(
            f"credential_process of profile {name} cannot be run ({file}: {error.strerror})",
            "Install the program, or correct the profile.",
        )
    places = {os.environ[variable]: variable for variable in _TOKEN_FILES if os.environ.get(variable)}
    for name, values in profiles.items():
        if "web_identity_token_file" in values:
            places.setdefault(values["web_identity_token_file"], f"web_identity_token_file of profile {name}")
    if file not in places:
        return error
    place = places[file]
    return SetUpError(f"{place} names {file}, which cannot be read ({error.strerror})", "Correct the path.")


def _program(command: str) -> str:
    import shlex  # noqa: PLC0415 - a preview without changes has no use for it

    try:
        return next(iter(shlex.split(command)), "")
    except ValueError:
        return ""


def _of_helper(error: Exception, name: str, command: str) -> SetUpError:
    if not _program(command):
        return SetUpError(f"credential_process of profile {name} is not a command", "Correct the profile.")
    if isinstance(error, RuntimeError):
        return SetUpError(
            f"credential_process of profile {name} gave credentials that have expired",
            "Sign in again, or correct the system clock.",
        )
    return SetUpError(
        f"credential_process of profile {name} failed, or did not print the JSON that AWS tools expect "
        "(Version, AccessKeyId, SecretAccessKey)",
        "Run it by hand to see what it prints, and correct it.",
    )


def _of_settings(error: Exception, session: Any, profiles: Mapping[str, Any]) -> Exception:
    """What a setting gives away; the error itself, if none does."""
    for setting in _NUMBERS:
        variable = f"AWS_{setting.upper()}"
        values = {variable: os.environ.get(variable)}
        values.update({f"{setting} of profile {name}": profile.get(setting) for name, profile in profiles.items()})
        for where, value in values.items():
            if value and not str(value).isdecimal():
                return SetUpError(f"{where} is {value!r}", "Give a whole number.")
    signed_on = [name for name, values in profiles.items() if "sso_start_url" in values or "sso_session" in values]
    if signed_on:
        name = signed_on[0]
        return SetUpError(f"the stored sign-on of profile {name} cannot be read", "Sign in again (aws sso login).")
    if isinstance(error, ValueError) and os.environ.get(_CONTAINER):
        reason = " ".join(str(error).split()).rstrip(".")
        return SetUpError(f"AWS_CONTAINER_CREDENTIALS_FULL_URI cannot be used ({reason})", "Correct it, or unset it.")
    return error


def _profiles(session: Any) -> dict[str, Any]:
    """The profile of the session and those that it takes its credentials from, by name."""
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415

    try:
        known = session.full_config.get("profiles", {})
    except BotoCoreError:
        return {}
    chain: dict[str, Any] = {}
    name = profile_name(session)
    while name in known and name not in chain:
        chain[name] = known[name]
        name = known[name].get("source_profile")
    return chain
