"""The shared files of the AWS tools, as far as a region is concerned: read without botocore, which a preview without changes
does not load.
"""

from __future__ import annotations

import configparser
import os
import re
from pathlib import Path

from ..errors import ConfigurationError

_PROFILE = re.compile(r"profile\s+(['\"]?)(?P<name>.+)\1")


def profile_region(profile: str | None, config_file: str | None, credentials_file: str | None) -> str | None:
    """The region of a profile; None if it has none.

    Args:
        profile: the value of ``aws:profile``; None leaves the choice to the environment.
        config_file: the file of ``aws:sharedConfigFiles``; None leaves it to the environment.
        credentials_file: the file of ``aws:sharedCredentialsFiles``; likewise.

    Raises:
        ConfigurationError: the profile that was asked for is in neither file, or a file cannot be parsed.
    """
    chosen, chooser = _chosen(profile)
    config = _file(config_file, "AWS_CONFIG_FILE", "config")
    credentials = _file(credentials_file, "AWS_SHARED_CREDENTIALS_FILE", "credentials")
    name = chosen or "default"
    sections = _read(config)
    profiles = {_profile_name(section): values for section, values in sections.items()}
    # As botocore has it: an option in the credentials file replaces the one in the config file.
    found = [values for values in (_read(credentials).get(name), profiles.get(name)) if values is not None]
    for values in found:
        if values.get("region"):
            return values["region"]
    if chosen and not found:
        here, there = _described(config), _described(credentials)
        if name in sections:
            here += f", which has [{name}] instead of [profile {name}],"
        raise ConfigurationError(
            f"profile {name} ({chooser}) is in neither {here} nor {there}: correct {chooser}, or add the profile."
        )
    return None


def _chosen(profile: str | None) -> tuple[str | None, str]:
    """The profile that was asked for, and by what."""
    if profile:
        return profile, "aws:profile"
    for variable in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        if os.environ.get(variable):
            return os.environ[variable], variable
    return None, ""


def _file(given: str | None, variable: str, name: str) -> Path:
    return Path(given or os.environ.get(variable) or f"~/.aws/{name}").expanduser()


def _profile_name(section: str) -> str | None:
    """The profile that a section of the config file is of: ``[profile NAME]``, or ``[default]``."""
    match = _PROFILE.fullmatch(section)
    return match["name"] if match else "default" if section == "default" else None


def _read(path: Path) -> dict[str, dict[str, str]]:
    parser = configparser.RawConfigParser(strict=False, default_section="")
    try:
        parser.read(path, encoding="utf-8")
    except configparser.Error as error:
        line = _line(error)
        raise ConfigurationError(f"{path} cannot be parsed{line}: correct the file.") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path} is not a text in UTF-8: correct the file.") from None
    except OSError:
        return {}
    return {section: dict(parser.items(section)) for section in parser.sections()}


def _line(error: configparser.Error) -> str:
    """Where the mistake is. The line itself is not shown: it may hold a key."""
    line = getattr(error, "lineno", None) or next((number for number, _ in getattr(error, "errors", ())), None)
    return "" if line is None else f" (line {line})"


def _described(path: Path) -> str:
    if not path.exists():
        return f"{path} (which does not exist)"
    if not path.is_file() or not os.access(path, os.R_OK):
        return f"{path} (which cannot be read)"
    return str(path)
