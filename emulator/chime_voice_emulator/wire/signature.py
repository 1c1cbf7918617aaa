"""Access keys and Signature Version 4, which is verified by signing the request again with botocore's signer.

AWS does not document which error each invalid signature gets. AWS is known to return 403 ForbiddenException "AWS authorization
failed". The model describes UnauthorizedClientException (401) as "isn't authorized", the legacy reference as "not currently
authorized". The emulator therefore returns:

- 401 UnauthorizedClientException if the next request of the same client can succeed: the signature is missing, malformed,
  expired or not yet valid.
- 403 ForbiddenException if it cannot: the access key is unknown, the signature does not match (wrong secret, modified request)
  or is for another service, or the session token is wrong, missing or unexpected.
"""

from __future__ import annotations

import calendar
import functools
import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from botocore.auth import SIGV4_TIMESTAMP, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials as SigningCredentials

from chime_voice_emulator.model import SIGNING_NAME, ServiceError
from chime_voice_emulator.service.call import Caller
from chime_voice_emulator.shapes import check_object, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from chime_voice_emulator.wire.exchange import Exchange

DEFAULT_ACCESS_KEY = "test"
DEFAULT_SECRET = "test"  # noqa: S105 - public by design: there is nothing to protect
DEFAULT_ACCOUNT = "000000000000"

_ACCOUNT = re.compile(r"[0-9]{12}")
_FIELDS = {"secret", "account", "session_token"}

MAX_SKEW_SECONDS = 15 * 60

REGION = re.compile(r"[a-z0-9-]{1,32}")
"""The pattern of a region in a signature's scope."""

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +"
    rf"Credential=(?P<key>[^/,\s]{{1,256}})/(?P<date>[0-9]{{8}})/(?P<region>{REGION.pattern})"
    r"/(?P<service>[a-z0-9-]{1,64})/aws4_request, *"
    r"SignedHeaders=(?P<headers>[^,\s]{1,4096}), *"
    r"Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True)
class Credential:
    """The secret and the account of an access key.

    Attributes:
        secret: the secret access key.
        account: the 12-digit account of the key.
        session_token: the session token that requests must have; None for a long-term key.
        any_token: whether any session token, or none, is accepted.
    """

    secret: str
    account: str
    session_token: str | None = None
    any_token: bool = False


class Credentials:
    """The accepted access keys.

    Without a mapping, every access key is accepted with the secret ``test``, with or without a session token, and each is a
    separate account (see `account_of`). With a mapping, only its keys are accepted.

    Args:
        mapping: access key -> ``{"secret": …, "account": "123456789012", "session_token": …}``; the token is optional.

    Raises:
        ValueError: there is no entry, or one is not valid; the message contains the key, but never the secret.
    """

    def __init__(self, mapping: Mapping[str, Mapping[str, str]] | None = None) -> None:
        if mapping is not None and not mapping:
            raise ValueError("the credentials have no access key: with none, every request would be rejected")
        self._mapped = None if mapping is None else {key: _credential(key, entry) for key, entry in mapping.items()}

    @classmethod
    def from_file(cls, path: Path) -> Credentials:
        """Reads the mapping from a JSON file. Raises OSError and ValueError."""
        mapping = read_json(path)
        if not isinstance(mapping, dict):
            raise ValueError(f"{path} must contain an object: access key -> secret, account")
        return cls(mapping)

    def find(self, access_key: str) -> Credential | None:
        """Returns the credential of an access key; None if the key is unknown."""
        if self._mapped is not None:
            return self._mapped.get(access_key)
        return Credential(secret=DEFAULT_SECRET, account=account_of(access_key), any_token=True)

    def environment(self) -> dict[str, str]:
        """Returns the environment variables of credentials that are accepted: those of the mapping's first access key."""
        if self._mapped is None:
            return {"AWS_ACCESS_KEY_ID": DEFAULT_ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": DEFAULT_SECRET}
        key, credential = next(iter(self._mapped.items()))
        token = {} if credential.session_token is None else {"AWS_SESSION_TOKEN": credential.session_token}
        return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": credential.secret, **token}


def account_of(access_key: str) -> str:
    """Returns the 12-digit account of an access key without a mapping.

    The key ``test`` is account 000000000000, and a key of twelve digits is the account with this number. The account of any
    other key is derived from the key and never changes.
    """
    if access_key == DEFAULT_ACCESS_KEY:
        return DEFAULT_ACCOUNT
    if _ACCOUNT.fullmatch(access_key):
        return access_key
    return f"{int.from_bytes(hashlib.sha256(access_key.encode()).digest()[:8], 'big') % 10**12:012}"


def check_account(account: object, where: str) -> str:
    """Returns ``account``. Raises a ValueError that begins with ``where`` if it is not twelve digits."""
    if not isinstance(account, str) or not _ACCOUNT.fullmatch(account):
        raise ValueError(f"{where}: the account must be a string of twelve digits")
    return account


def _credential(key: str, entry: object) -> Credential:
    where = f"credentials of access key {key}"
    if not isinstance(entry, dict) or not isinstance(entry.get("secret"), str):
        raise ValueError(f"{where}: expected an object with a secret and an account")
    check_object(entry, _FIELDS, where)
    token = entry.get("session_token")
    if token is not None and not isinstance(token, str):
        raise ValueError(f"{where}: session_token must be a string")
    return Credential(secret=entry["secret"], account=check_account(entry.get("account"), where), session_token=token)


class _Verifier(SigV4Auth):
    """botocore's signer for exactly the headers that the client signed. It caches the derived key."""

    def __init__(self, access_key: str, secret: str, service: str, region: str) -> None:
        super().__init__(SigningCredentials(access_key, secret), service, region)
        self._scope = (secret, region, service)

    def headers_to_sign(self, request: AWSRequest) -> HTTPHeaders:
        return request.headers

    def signature(self, string_to_sign: str, request: AWSRequest) -> str:
        secret, region, service = self._scope
        key = _signing_key(secret, request.context["timestamp"][:8], region, service)
        return hmac.new(key, string_to_sign.encode(), hashlib.sha256).hexdigest()


@functools.lru_cache(maxsize=1024)
def _signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def verify(request: Exchange, body: bytes, credentials: Credentials, now: float) -> Caller:
    """Verifies the signature of a request, and returns its signer.

    Args:
        request: the received request.
        body: its body.
        credentials: the accepted access keys.
        now: the time by the service's clock, in seconds since the epoch.

    Raises:
        ServiceError: UnauthorizedClientException or ForbiddenException; see this module's docstring.
    """
    authorization = request.header("authorization")
    if authorization is None:
        raise _unauthorized("The request carries no AWS Signature Version 4.")
    scope = _AUTHORIZATION.fullmatch(authorization.strip())
    if scope is None:
        raise _unauthorized("The Authorization header is not an AWS Signature Version 4.")
    signed = scope["headers"].split(";")
    _check_signed_headers(request, signed)
    timestamp = _timestamp(request, scope["date"], now)
    credential = credentials.find(scope["key"])
    if credential is None:
        raise _forbidden("the access key is unknown")
    if scope["service"] != SIGNING_NAME:
        raise _forbidden(f"the signature is scoped to the service {scope['service']}, not to {SIGNING_NAME}")
    _check_token(request, credential)
    wanted = _sign(request, body, credential, scope, timestamp)
    if not hmac.compare_digest(wanted, scope["signature"]):
        raise _forbidden("the signature does not match the request")
    return Caller(access_key=scope["key"], account=credential.account, region=scope["region"])


def _sign(request: Exchange, body: bytes, credential: Credential, scope: re.Match[str], timestamp: str) -> str:
    digest = hashlib.sha256(body).hexdigest()
    if request.header("x-amz-content-sha256") not in {None, digest}:
        raise _forbidden("the body is not the one that was signed")
    headers = HTTPHeaders()
    signed = frozenset(scope["headers"].split(";"))
    for name, value in request.headers:
        if name in signed:
            headers.add_header(name, value)
    again: Any = AWSRequest(
        method=request.method,
        url=f"http://localhost{request.path}",
        data=body,
    )
    # Decoded here and encoded again by the signer: clients send a space as + or %20, and sign %20.
    again.params = parse_qsl(request.query, keep_blank_values=True)
    again.headers = headers
    again.context["timestamp"] = timestamp
    signer = _Verifier(scope["key"], credential.secret, scope["service"], scope["region"])
    return signer.signature(signer.string_to_sign(again, signer.canonical_request(again)), again)


def _check_signed_headers(request: Exchange, signed: list[str]) -> None:
    names = set(signed)
    unsigned = {key for key, _ in request.headers if key.startswith("x-amz-")} - names
    if "host" not in names or unsigned:
        raise _unauthorized(f"These headers must be signed: {', '.join(sorted(unsigned | ({'host'} - names)))}.")
    absent = names - {key for key, _ in request.headers}
    if absent:
        raise _unauthorized("A signed header is not in the request.")


def _timestamp(request: Exchange, scope_date: str, now: float) -> str:
    try:
        seconds = _seconds(request.header("x-amz-date"), request.header("date"))
    except (ValueError, OverflowError, TypeError):
        raise _unauthorized("The request carries no date that can be read.") from None
    if abs(seconds - now) > MAX_SKEW_SECONDS:
        raise _unauthorized("The signature has expired, or is not yet valid: compare the clocks.")
    timestamp = time.strftime(SIGV4_TIMESTAMP, time.gmtime(seconds))
    if timestamp[:8] != scope_date:
        raise _unauthorized("The date of the credential scope is not the date of the request.")
    return timestamp


@functools.lru_cache(maxsize=1024)
def _seconds(amz_date: str | None, date: str | None) -> float:
    if amz_date is not None:
        return calendar.timegm(time.strptime(amz_date, SIGV4_TIMESTAMP))
    return parsedate_to_datetime(date or "").timestamp()


def _check_token(request: Exchange, credential: Credential) -> None:
    token = request.header("x-amz-security-token")
    if not credential.any_token and token != credential.session_token:
        raise _forbidden("the session token is not the access key's")


def _unauthorized(message: str) -> ServiceError:
    return ServiceError("UnauthorizedClientException", message)


def _forbidden(why: str) -> ServiceError:
    return ServiceError("ForbiddenException", f"AWS authorization failed: {why}.")
