"""Which access keys the endpoint knows, and which account each belongs to."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_ACCESS_KEY = "test"
DEFAULT_SECRET = "test"  # noqa: S105 - public by design: it says that there is nothing to protect
DEFAULT_ACCOUNT = "000000000000"

_ACCOUNT = re.compile(r"[0-9]{12}")
_FIELDS = {"secret", "account", "session_token"}


@dataclass(frozen=True)
class Credential:
    """What the endpoint knows of an access key.

    Attributes:
        secret: the secret access key.
        account: the 12-digit account that requests are made in.
        session_token: the token that must come with the key; None for a long-term key.
        any_token: take whatever token comes, or none.
    """

    secret: str
    account: str
    session_token: str | None = None
    any_token: bool = False


class Credentials:
    """The access keys that the endpoint accepts.

    Without a mapping, every access key is accepted with the secret ``test``, with or without a session token, and is an
    account of its own (see `account_of`). With one, only its keys are.

    Args:
        mapping: access key -> ``{"secret": …, "account": "123456789012", "session_token": …}``; the token is optional.

    Raises:
        ValueError: an entry is incomplete or misspelt; the sentence names the key and never the secret.
    """

    def __init__(self, mapping: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._known = None if mapping is None else {key: _credential(key, entry) for key, entry in mapping.items()}

    @classmethod
    def from_file(cls, path: Path) -> Credentials:
        """Credentials from a JSON file that holds the mapping. Raises OSError and ValueError."""
        try:
            mapping = json.loads(path.read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{path} is not JSON: {error}") from error
        if not isinstance(mapping, dict):
            raise ValueError(f"{path} must hold an object: access key -> secret, account")
        return cls(mapping)

    def find(self, access_key: str) -> Credential | None:
        """What is known of an access key; None for a key that is not known."""
        if self._known is not None:
            return self._known.get(access_key)
        return Credential(secret=DEFAULT_SECRET, account=account_of(access_key), any_token=True)


def account_of(access_key: str) -> str:
    """The 12-digit account of an access key that no file maps.

    The key ``test`` is 000000000000, a key of twelve digits is that account, and any other key has an account that is
    derived from it and never changes.
    """
    if access_key == DEFAULT_ACCESS_KEY:
        return DEFAULT_ACCOUNT
    if _ACCOUNT.fullmatch(access_key):
        return access_key
    return f"{int.from_bytes(hashlib.sha256(access_key.encode()).digest()[:8], 'big') % 10**12:012}"


def check_account(account: object, where: str) -> str:
    """``account`` if it is twelve digits. Raises ValueError that begins with ``where``."""
    if not isinstance(account, str) or not _ACCOUNT.fullmatch(account):
        raise ValueError(f"{where}: the account must be a string of twelve digits")
    return account


def _credential(key: str, entry: object) -> Credential:
    where = f"credentials of access key {key}"
    if not isinstance(entry, dict) or not isinstance(entry.get("secret"), str):
        raise ValueError(f"{where}: an object with a secret and an account is wanted")
    unknown = set(entry) - _FIELDS
    if unknown:
        raise ValueError(f"{where}: unknown member {', '.join(sorted(unknown))}")
    token = entry.get("session_token")
    if token is not None and not isinstance(token, str):
        raise ValueError(f"{where}: session_token must be a string")
    return Credential(secret=entry["secret"], account=check_account(entry.get("account"), where), session_token=token)
