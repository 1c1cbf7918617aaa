"""The AWS session that ``aws:*`` describes, and how its clients reach AWS: endpoints, proxies, certificates, retries."""

from __future__ import annotations

import functools
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass_environment  # type: ignore[attr-defined]

from botocore.config import Config

from .._version import __version__
from ..errors import ConfigurationError
from ..text import without_password
from .base_session import BaseSession
from .config import CLOUDTRAIL, CLOUDWATCH, OURS, SERVICE, STS
from .credentials import SOURCES, assume_roles, check_account, named_source, translate_credential_errors
from .failures import NO_CONNECTION, SetUpError, is_loopback
from .responses import check_responses, limit_responses
from .values import check_proxy, check_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from .config import AwsConfig
    from .failures import Source

_ENDPOINTS = {SERVICE: OURS, STS: STS, CLOUDWATCH: CLOUDWATCH, CLOUDTRAIL: CLOUDTRAIL}
CONNECT_TIMEOUT = 5
READ_TIMEOUT = 15
MAX_ATTEMPTS = 7
"""The default of ``aws:maxRetries``: pauses of half a minute on average, 63 s at most
(1 + 2 + 4 + 8 + 16 + 32)."""
CLOUDWATCH_CONNECT_TIMEOUT, CLOUDWATCH_READ_TIMEOUT, CLOUDWATCH_ATTEMPTS = 2, 5, 3
"""CloudWatch is optional: a preview does not wait long for it."""
CLOUDTRAIL_CONNECT_TIMEOUT, CLOUDTRAIL_READ_TIMEOUT, CLOUDTRAIL_ATTEMPTS = 2, 3, 1
"""CloudTrail is optional: it adds a name to an error."""
MAX_CONNECTIONS = 16
"""At least as many as the reads of a preview at the same time: a connection beyond them is closed after one call."""
RETRY_SECONDS = 40
"""How long after its beginning a call may be tried again: three attempts that time out are the last."""
CONNECTION_ATTEMPTS = 3
"""How often STS and single sign-on are tried without a connection: nothing has been sent yet, and every call waits for them."""

_BEGAN = "pulumi-chime-voice:began"

_DATA = Path(__file__).parents[1] / "data"


def new_session(config: AwsConfig, region: str) -> Session:
    """Returns a session with the configured credentials, its account allowed.

    Args:
        region: of the first call; for STS if nothing else names a region.

    Raises:
        ConfigurationError: the configuration cannot be used, or the account is not allowed.
        ApiError: a role could not be assumed, or the account could not be read.
    """
    # boto3 ignores missing shared files, and would use other credentials.
    _reject_missing_file("aws:sharedConfigFiles", config.shared_config_files)
    _reject_missing_file("aws:sharedCredentialsFiles", config.shared_credentials_files)
    _reject_missing_file("aws:customCaBundle", config.custom_ca_bundle)
    session = Session(config, region)
    # Declares the service's 429 as throttling: botocore's model does not, and so standard mode would not retry it.
    session.get_component("data_loader").search_paths.append(str(_DATA))
    resolver = session.credential_resolver()
    if config.skip_metadata_api_check:
        resolver.remove("iam-role")
    if config.access_key and config.secret_key:
        session.set_credentials(config.access_key, config.secret_key, config.token)
    elif config.access_key or config.secret_key:
        raise ConfigurationError("aws:accessKey and aws:secretKey go together: set both, or neither.")
    assume_roles(session, config)
    check_account(session, config)
    return session


class Session(BaseSession):
    """Configures every client from ``aws:*``, including those that botocore creates for the roles of a profile."""

    _credentials: Any

    def __init__(self, config: AwsConfig, region: str) -> None:
        super().__init__(config)
        self._aws = config
        self._region_of_first_call = region
        self._nothing_found = False

    def get_credentials(self) -> Any:
        # botocore would search again at every call, and wait for an instance's metadata each time.
        if self._nothing_found:
            return None
        with translate_credential_errors(self):
            found = super().get_credentials()
        self._nothing_found = found is None
        return found

    def source(self) -> Source | None:
        """Returns the source of the credentials that are used; None if there are none."""
        method = getattr(self._credentials, "method", None)
        return named_source(self, method) if method in SOURCES else None

    def fetch_credentials(self) -> None:
        """Gets the credentials, or renews them, as signing a request does.

        Raises:
            SetUpError: their source failed, or no request can contain them.
            ApiError: a role of ``aws:*`` was not assumed.
        """
        credentials = self.get_credentials()
        if credentials is None:
            return
        with translate_credential_errors(self):
            frozen = credentials.get_frozen_credentials()
        source = self.source()
        fix = source.fix if source else "Set it again."
        parts = {"access key": frozen.access_key, "secret key": frozen.secret_key, "session token": frozen.token}
        for name, value in parts.items():
            if name == "session token" and value is None:
                continue
            if not isinstance(value, str) or not re.fullmatch(r"[!-~]*", value):
                # Do not use botocore's error: it prints the token.
                raise SetUpError(f"the {name} is missing or contains whitespace or another invalid character", fix)

    def create_client(  # type: ignore[override]
        self, service_name: str, region_name: str | None = None, **given: Any
    ) -> Any:
        if not given:
            self.get_credentials()  # here, so that creating the client raises no error of their source
        ours = self.client_config(service_name)
        config = ours.merge(given.pop("config", None) or ours)
        # An empty REQUESTS_CA_BUNDLE would make botocore accept every certificate.
        certificates = self.get_config_variable("ca_bundle") or self.environment.get("REQUESTS_CA_BUNDLE") or True
        arguments = {
            **given,
            "region_name": (service_name == STS and self._aws.sts_region)
            or region_name
            or self.get_config_variable("region")
            or self._region_of_first_call,
            "endpoint_url": given.get("endpoint_url") or self._aws.endpoints.get(_ENDPOINTS.get(service_name, "")),
            "verify": False if self._aws.insecure else certificates,
        }
        create = functools.partial(super().create_client, service_name, **arguments)
        client = self._create(service_name, functools.partial(create, config=config))
        # Whether proxies and certificates apply depends on the client's endpoint.
        if client.meta.endpoint_url.startswith("https://"):
            self._check_certificates(arguments["verify"])
        proxies = self._proxies(client.meta.endpoint_url)
        if proxies is not None:
            client = create(config=config.merge(Config(proxies=proxies)))
        _limit_retries(client)
        if service_name == SERVICE:
            check_responses(client)
        elif service_name in (CLOUDWATCH, CLOUDTRAIL):
            limit_responses(client)
        return client

    def client_config(self, service_name: str) -> Config:
        connect, read = CONNECT_TIMEOUT, READ_TIMEOUT
        attempts = self.get_config_variable("max_attempts") or MAX_ATTEMPTS
        if service_name == CLOUDWATCH:
            connect, read = CLOUDWATCH_CONNECT_TIMEOUT, CLOUDWATCH_READ_TIMEOUT
            attempts = min(attempts, CLOUDWATCH_ATTEMPTS)
        elif service_name == CLOUDTRAIL:
            connect, read, attempts = CLOUDTRAIL_CONNECT_TIMEOUT, CLOUDTRAIL_READ_TIMEOUT, CLOUDTRAIL_ATTEMPTS
        return Config(
            connect_timeout=connect,
            read_timeout=read,
            max_pool_connections=MAX_CONNECTIONS,
            retries={"total_max_attempts": attempts, "mode": self.get_config_variable("retry_mode")},
            user_agent_extra=" ".join([f"pulumi-chime-voice/{__version__}", *self._aws.user_agents]),
        )

    def is_aws(self, url: str) -> bool:
        """Whether an endpoint is AWS's own: public, FIPS, dual-stack, or a VPC endpoint."""
        host = (urlsplit(url).hostname or "").rstrip(".")
        partitions = self.get_component("data_loader").load_data("partitions")["partitions"]
        names = ("dnsSuffix", "dualStackDnsSuffix")
        return any(host.endswith(f".{partition['outputs'][name]}") for partition in partitions for name in names)

    def _create(self, service_name: str, create: Callable[[], Any]) -> Any:
        """Creates a client. An endpoint that is not valid becomes an error that names where it is set."""
        key = _ENDPOINTS.get(service_name, "")
        variable = f"AWS_ENDPOINT_URL_{service_name.replace('-', '_').upper()}"
        where = f"the endpoint ({variable}, AWS_ENDPOINT_URL or endpoint_url of profile {self.profile_name})"
        if key in self._aws.endpoints:
            where = f"aws:endpoints: {key}"
        try:
            client = create()
        except ValueError as error:
            if type(error) is not ValueError:  # one of botocore's own
                raise
            text = without_password(str(error)).rstrip(".")
            raise ConfigurationError(f"{where} is not a valid URL ({text}): correct it (http://host:port).") from error
        check_url(where, client.meta.endpoint_url)
        return client

    def _check_certificates(self, verify: str | bool) -> None:
        where = "REQUESTS_CA_BUNDLE"
        if self.get_config_variable("ca_bundle"):
            where = self.place("AWS_CA_BUNDLE", "ca_bundle")
        _reject_missing_file(where, verify)

    def _proxies(self, url: str) -> dict[str, str] | None:
        """Returns the proxies for `url`, by scheme; None if ``aws:*`` sets none, and botocore's own from the environment apply.

        Raises:
            ConfigurationError: the proxy for `url` is not the URL of an HTTP proxy.
        """
        aws, environment, scheme = self._aws, getproxies(), urlsplit(url).scheme
        keys = {"http": aws.http_proxy, "https": aws.https_proxy}
        proxies = {name: proxy for name, key in keys.items() if (proxy := key or environment.get(name))}
        if proxy_bypass_environment(urlsplit(url).netloc, {"no": aws.no_proxy or environment.get("no", "")}):
            proxies = {}
        if scheme in proxies:
            check_proxy(f"aws:{scheme}Proxy" if keys[scheme] else f"{scheme.upper()}_PROXY", proxies[scheme])
        return proxies if aws.http_proxy or aws.https_proxy or aws.no_proxy else None


def _reject_missing_file(where: str, file: str | bool | None) -> None:
    if isinstance(file, str) and not Path(file).exists():
        raise ConfigurationError(f"{where} names {file}, which does not exist: correct the path.")


# --- retries


def fail_fast_without_connection(client: Any) -> None:
    """Disables retries if no connection is made: in a region without the service, the endpoint has no address."""
    service = client.meta.service_model.service_name
    client.meta.events.register_first(f"needs-retry.{service}", _end_without_connection)


def _limit_retries(client: Any) -> None:
    """Limits the time of every call, and ends it at once if a retry cannot help."""
    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"before-call.{service}", _begin)
    client.meta.events.register_first(f"needs-retry.{service}", _end_retries)


def _begin(*, context: dict[str, Any], **_: Any) -> None:
    context[_BEGAN] = time.monotonic()


def _end_without_connection(*, caught_exception: Exception | None = None, **_: Any) -> bool | None:
    return False if type(caught_exception).__name__ in NO_CONNECTION else None


def _end_retries(
    *,
    attempts: int,
    operation: Any,
    request_dict: dict[str, Any],
    caught_exception: Exception | None = None,
    **_: Any,
) -> bool | None:
    """Returns False, which ends the retries, once the time is up, or if nothing listens at an endpoint on this machine."""
    if time.monotonic() - request_dict["context"][_BEGAN] > RETRY_SECONDS:
        return False
    if type(caught_exception).__name__ not in NO_CONNECTION:
        return None
    url = getattr(caught_exception, "kwargs", {}).get("proxy_url") or request_dict["url"]
    if is_loopback(url):
        return False
    is_ours = operation.service_model.service_name == SERVICE
    return None if is_ours or attempts < CONNECTION_ATTEMPTS else False
