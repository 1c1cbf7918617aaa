"""The botocore session that reads every AWS setting: ``aws:*`` first, then the environment, then the profile.

Importing this module imports botocore, which takes a fifth of a second: a preview without changes needs none of it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.configprovider import ConfigChainFactory
from botocore.exceptions import ConfigParseError, ProfileNotFound

from ..errors import ConfigurationError
from . import values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PROFILE = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
"""The environment variables of the profile, in the order of the AWS SDKs. botocore reads the second one first."""
RETRY_MODE = "legacy"
"""The default of ``aws:retryMode``. The quota of the other two modes runs dry within one `up`: docs/decisions/0004."""


class BaseSession(botocore.session.Session):
    """Reads each setting in one order.

    Args:
        given: values that come before the environment and the profile, by botocore's name of the setting.

    Raises:
        ConfigurationError: the profile is in neither of the shared files, or one of them cannot be parsed.
    """

    _credentials: Any

    def __init__(self, given: Mapping[str, Any]) -> None:
        super().__init__()
        # An empty variable counts as not set.
        self.environment = {name: value for name, value in os.environ.items() if value}
        chains = ConfigChainFactory(session=self, environ=self.environment)
        settings = self.get_component("config_store")
        for name, (option, variables, default, read) in self._definitions().items():
            settings.set_config_provider(name, chains.create_config_chain(name, variables, option, default, read))
        for name, value in given.items():
            self.set_config_variable(name, value)
        self._check_profile()

    @property
    def profile_name(self) -> str:
        return self.get_config_variable("profile") or "default"

    def place(self, variable: str | None, option: str) -> str:
        """Returns the place that a setting comes from: the variable, or the option of the profile."""
        if variable and variable in self.environment:
            return variable
        return f"{option} of profile {self.profile_name}"

    def credential_resolver(self) -> Any:
        """Returns the sources of credentials. Two of them read the environment themselves; an empty variable is not set."""
        resolver = self.get_component("credential_provider")
        resolver.get_provider("container-role")._environ = self.environment
        web_identity = resolver.get_provider("assume-role-with-web-identity")
        read = web_identity._get_env_config
        web_identity._get_env_config = lambda name: read(name) or None
        return resolver

    def _definitions(self) -> dict[str, Any]:
        """Returns botocore's settings: option of a profile, variables, default, and reader."""
        definitions = {**self.SESSION_VARIABLES}
        for name, (option, variable, default, read) in definitions.items():
            if read is int:
                reader = values.attempts if name == "max_attempts" else values.count
                definitions[name] = (option, variable, default, self._reader(reader, variable, option))
        read_mode = self._reader(values.retry_mode, "AWS_RETRY_MODE", "retry_mode")
        definitions["retry_mode"] = ("retry_mode", "AWS_RETRY_MODE", RETRY_MODE, read_mode)
        definitions["profile"] = (None, list(PROFILE), None, None)
        definitions["region"] = ("region", list(values.REGION), None, None)
        return definitions

    def _reader(self, read: Callable[[str, Any], Any], variable: str | None, option: str) -> Callable[[Any], Any]:
        return lambda value: read(self.place(variable, option), value)

    def _check_profile(self) -> None:
        try:
            self.get_scoped_config()
        except ConfigParseError as error:
            path, line = error.kwargs["path"], _line(error)
            raise ConfigurationError(f"{path} cannot be parsed{line}: correct the file.") from None
        except ProfileNotFound:
            name, chooser = self.profile_name, "aws:profile"
            if "profile" not in self.instance_variables():
                chooser = next(variable for variable in PROFILE if variable in self.environment)
            files = (self.get_config_variable(f"{kind}_file") for kind in ("config", "credentials"))
            config, credentials = map(_described, files)
            if name in self.full_config:
                config += f", which has [{name}] instead of [profile {name}],"
            raise ConfigurationError(
                f"profile {name} ({chooser}) is not in {config} or {credentials}: correct {chooser}, or add the profile."
            ) from None


def _line(error: Any) -> str:
    """Returns the line number of a parser's error. The line itself is not shown: it may contain a key."""
    cause = error.kwargs.get("error")
    line = getattr(cause, "lineno", None) or next((number for number, _ in getattr(cause, "errors", ())), None)
    return "" if line is None else f" (line {line})"


def _described(file: str) -> str:
    path = Path(file).expanduser()
    return str(path) if path.exists() else f"{path} (which does not exist)"
