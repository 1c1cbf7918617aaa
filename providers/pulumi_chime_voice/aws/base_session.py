"""The botocore session that reads every AWS setting: ``aws:*`` first, then the environment, then the profile.

botocore is imported when the first session is made, not before: a preview without changes needs none of it.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .config import AwsConfig

PROFILE = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
REGION = ("AWS_REGION", "AWS_DEFAULT_REGION")
"""The environment variables of both settings, in the order of the AWS SDKs. botocore alone takes AWS_DEFAULT_PROFILE first,
and does not read AWS_REGION."""
RETRY_MODES = ("standard", "adaptive", "legacy")
RETRY_MODE = "legacy"
"""The default of ``aws:retryMode``. The quota of the other two modes runs dry within one `up`: docs/decisions/0004."""

_SETTINGS = {
    "region": "region",
    "shared_config_files": "config_file",
    "shared_credentials_files": "credentials_file",
    "max_retries": "max_attempts",
    "retry_mode": "retry_mode",
    "custom_ca_bundle": "ca_bundle",
    "use_fips_endpoint": "use_fips_endpoint",
    "use_dualstack_endpoint": "use_dualstack_endpoint",
    "ec2_metadata_service_endpoint": "ec2_metadata_service_endpoint",
    "ec2_metadata_service_endpoint_mode": "ec2_metadata_service_endpoint_mode",
}
"""Field of `AwsConfig` -> botocore's name of the setting. The profile is set when a session is made."""


def environment() -> dict[str, str]:
    """Returns the environment variables. An empty one counts as not set."""
    return {name: value for name, value in os.environ.items() if value}


def first_of(variables: tuple[str, ...]) -> str | None:
    """Returns the value of the first variable that is set."""
    return next((os.environ[name] for name in variables if os.environ.get(name)), None)


@functools.cache
def session_type() -> Any:
    """Returns the class of the sessions; its argument is an `AwsConfig`."""
    import botocore.session  # noqa: PLC0415
    from botocore.configprovider import ConfigChainFactory  # noqa: PLC0415

    class BaseSession(botocore.session.Session):
        """Reads each setting in one order.

        Raises:
            ConfigurationError: the profile is in neither of the shared files, or one of them cannot be parsed.
        """

        def __init__(self, config: AwsConfig) -> None:
            super().__init__(profile=config.profile)
            self.environment = environment()
            chains = ConfigChainFactory(session=self, environ=self.environment)
            settings = self.get_component("config_store")
            for name, (option, variables, default, convert) in _definitions(self).items():
                chain = chains.create_config_chain(name, variables, option, default, convert)
                settings.set_config_provider(name, chain)
            for field, name in _SETTINGS.items():
                if getattr(config, field) is not None:
                    self.set_config_variable(name, getattr(config, field))
            _check_profile(self)

    return BaseSession


def profile_name(session: Any) -> str:
    """Returns the name of the session's profile."""
    return session.get_config_variable("profile") or "default"


def profile_setting(session: Any) -> str:
    """Returns the key or the variable that chose the profile."""
    if "profile" in session.instance_variables():
        return "aws:profile"
    return next((name for name in PROFILE if name in session.environment), PROFILE[0])


def setting_place(session: Any, variable: str | None, option: str) -> str:
    """Returns the place that a setting comes from: the variable, or the option of the profile."""
    if variable in session.environment:
        return str(variable)
    return f"{option} of profile {profile_name(session)}"


def _definitions(session: Any) -> dict[str, Any]:
    """Returns botocore's settings: option of a profile, variables, default, and conversion."""
    definitions = {**session.SESSION_VARIABLES}
    definitions["profile"] = (None, list(PROFILE), None, None)
    definitions["region"] = ("region", list(REGION), None, None)
    for name, (option, variable, default, convert) in definitions.items():
        if convert is int:
            definitions[name] = (option, variable, default, _number(session, name, option, variable))
    definitions["retry_mode"] = ("retry_mode", "AWS_RETRY_MODE", RETRY_MODE, _retry_mode(session))
    return definitions


def _number(session: Any, name: str, option: str, variable: str | None) -> Callable[[Any], int]:
    least, answer = (1, "the number of attempts, 1 or more") if name == "max_attempts" else (0, "a whole number")

    def convert(value: Any) -> int:
        try:
            number = int(value)
        except ValueError:
            number = -1
        if number < least:
            where = setting_place(session, variable, option)
            raise ConfigurationError(f"{where} is {value!r}: give {answer}.")
        return number

    return convert


def _retry_mode(session: Any) -> Callable[[str], str]:
    def convert(value: str) -> str:
        if value not in RETRY_MODES:
            where = setting_place(session, "AWS_RETRY_MODE", "retry_mode")
            raise ConfigurationError(f"{where} is {value!r}: give one of {', '.join(RETRY_MODES)}.")
        return value

    return convert


def _check_profile(session: Any) -> None:
    from botocore.exceptions import ConfigParseError, ProfileNotFound  # noqa: PLC0415

    try:
        session.get_scoped_config()
    except ConfigParseError as error:
        path, line = error.kwargs["path"], _line(error)
        raise ConfigurationError(f"{path} cannot be parsed{line}: correct the file.") from None
    except ProfileNotFound:
        name, chooser = profile_name(session), profile_setting(session)
        config, credentials = (
            _described(session.get_config_variable(f"{file}_file")) for file in ("config", "credentials")
        )
        if name in session.full_config:
            config += f", which has [{name}] instead of [profile {name}],"
        raise ConfigurationError(
            f"profile {name} ({chooser}) is not in {config} or {credentials}: correct {chooser}, or add the profile."
        ) from None


def _line(error: Any) -> str:
    """Returns the line number of a parser's error. The line itself is not shown: it may hold a key."""
    cause = error.kwargs.get("error")
    line = getattr(cause, "lineno", None) or next((number for number, _ in getattr(cause, "errors", ())), None)
    return "" if line is None else f" (line {line})"


def _described(file: str) -> str:
    path = Path(file).expanduser()
    return str(path) if path.exists() else f"{path} (which does not exist)"


def credential_resolver(session: Any) -> Any:
    """Returns the session's sources of credentials, which take an empty variable for one that is not set."""
    resolver = session.get_component("credential_provider")
    resolver.get_provider("container-role")._environ = session.environment
    web_identity = resolver.get_provider("assume-role-with-web-identity")
    read = web_identity._get_env_config
    web_identity._get_env_config = lambda name: read(name) or None
    return resolver
