"""Reads and checks single values of AWS settings: of a key, a variable, or an option of a profile.

`where` is the place of the value. The error begins with it.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ..errors import ConfigurationError
from ..text import without_password

REGION = ("AWS_REGION", "AWS_DEFAULT_REGION")
"""The environment variables of the region, in the order of the AWS SDKs. botocore does not read the first one."""

_ACCOUNT = re.compile(r"\d{12}")
_USER = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:)?(//)?[^/?#]*@")


def string(where: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ConfigurationError(f"{where} is not a string: correct it in the stack or in the Provider.")
    return value


def list_of(where: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ConfigurationError(f"{where} is not a list: correct it in the stack or in the Provider.")
    return value


def string_list(where: str, value: Any) -> tuple[str, ...]:
    """Returns a list of strings; a single string is a list of one."""
    entries = [value] if isinstance(value, str) else value
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        raise ConfigurationError(f"{where} is not a list of strings: correct it in the stack or in the Provider.")
    return tuple(entries)


def path(where: str, value: Any) -> str:
    return str(Path(string(where, value)).expanduser())


def one_file(where: str, value: Any) -> str | None:
    files = string_list(where, value)
    if len(files) > 1:
        raise ConfigurationError(f"{where} lists {len(files)} files: boto3 supports only one.")
    return path(where, files[0]) if files else None


def flag(where: str, value: Any) -> bool:
    if isinstance(value, str):
        value = {"true": True, "false": False}.get(value.lower(), value)
    if not isinstance(value, bool):
        raise ConfigurationError(f"{where} is neither true nor false: correct it in the stack or in the Provider.")
    return value


def attempts(where: str, value: Any) -> int:
    if (number := _whole_number(value)) < 1:
        raise ConfigurationError(f"{where} is {value!r}: give the number of attempts, 1 or more.")
    return number


def count(where: str, value: Any) -> int:
    if (number := _whole_number(value)) < 0:
        raise ConfigurationError(f"{where} is {value!r}: give a whole number.")
    return number


def _whole_number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return -1


def _one_of(options: tuple[str, ...], where: str, value: Any) -> str:
    found = next((option for option in options if option.lower() == string(where, value).lower()), None)
    if found is None:
        raise ConfigurationError(f"{where} is {value!r}: give one of {', '.join(options)}.")
    return found


retry_mode = functools.partial(_one_of, ("standard", "adaptive", "legacy"))
metadata_mode = functools.partial(_one_of, ("IPv4", "IPv6"))


def accounts(where: str, value: Any) -> tuple[str, ...]:
    read = tuple(str(account) for account in list_of(where, value))
    for index, account in enumerate(read):
        if not _ACCOUNT.fullmatch(account):
            raise ConfigurationError(
                f"{where}[{index}] is {account!r}: give the twelve digits of an AWS account, in quotes."
            )
    return read


def user_agents(where: str, value: Any) -> tuple[str, ...]:
    agents = string_list(where, value)
    for index, agent in enumerate(agents):
        if not agent.isprintable():
            raise ConfigurationError(f"{where}[{index}] has a line break or another control character: remove it.")
    return agents


# --- URLs


def check_url(where: str, url: Any) -> str:
    """Returns the URL of a service endpoint."""
    if isinstance(url, str) and _USER.match(url):
        # Not the value: it may be a password, which requests to AWS would not carry anyway.
        raise ConfigurationError(
            f"{where} has a user name or a password before its host, and requests to AWS carry neither: remove it from the URL."
        )
    shown = without_password(str(url))
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise ConfigurationError(f"{where} is {shown!r}: give a URL that begins with http:// or https://.")
    if not _has_valid_host(url):
        raise ConfigurationError(f"{where} is {shown!r}, whose host or port is not valid: correct the URL.")
    return url


def check_proxy(where: str, proxy: str) -> None:
    """Raises a ConfigurationError if botocore cannot use the proxy. Its value, which may contain a password, is not shown."""
    # botocore puts http:// in front of whatever does not begin with a scheme of HTTP.
    if "://" in proxy and not proxy.startswith(("http://", "https://")):
        raise ConfigurationError(
            f"{where} is not the URL of an HTTP proxy: give one that begins with http:// or https://."
        )
    if not _has_valid_host(proxy if "://" in proxy else f"http://{proxy.removeprefix('//')}"):
        raise ConfigurationError(
            f"{where} has no valid host or port (in a password, write / as %2F and @ as %40): correct the URL."
        )


def _has_valid_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0 and url.isprintable() and " " not in url
    except ValueError:
        return False
