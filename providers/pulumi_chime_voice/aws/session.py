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
from ..errors import ChimeVoiceError, ConfigurationError
from .base_session import BaseSession
from .config import CLOUDTRAIL, CLOUDWATCH, FIELDS, OURS, SERVICE, STS
from .credentials import SOURCES, assume_roles, named_source, translate_credential_errors
from .failures import NO_CONNECTION, NO_TLS, SetUpError, is_loopback, one_line, translate
from .responses import checked, limited, on_response
from .subnets import REGIONS
from .values import check_proxy, check_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from .config import AwsConfig
    from .failures import Source

CONNECT_TIMEOUT = 5
READ_TIMEOUT = 15
MAX_ATTEMPTS = 7
"""The default of ``aws:maxRetries``: pauses of half a minute on average, 63 s at most (1 + 2 + 4 + 8 + 16 + 32)."""
MAX_CONNECTIONS = 16
"""At least as many as the reads of a preview at the same time: a connection beyond them is closed after one call."""
RETRY_SECONDS = 40
"""How long after its beginning a call may be tried again: three attempts that time out are the last."""
CONNECTION_ATTEMPTS = 3
"""How often STS and single sign-on are tried without a connection: nothing has been sent yet, and every call waits for them."""

_EVIDENCE = {CLOUDWATCH: (2, 5, 3), CLOUDTRAIL: (2, 3, 1)}
"""The timeouts to connect and to read, and the most attempts, of the services that no change waits for."""
_ENDPOINTS = {SERVICE: OURS, STS: STS, CLOUDWATCH: CLOUDWATCH, CLOUDTRAIL: CLOUDTRAIL}
_BEGAN = "pulumi-chime-voice:began"
_DATA = Path(__file__).parents[1] / "data"


class Session(BaseSession):
    """Configures every client from ``aws:*``, including those that botocore creates for the roles of a profile.

    Args:
        region: of the first call; for STS if nothing else names a region.

    Raises:
        ConfigurationError: the configuration cannot be used, or the account is not allowed.
        ApiError: a role could not be assumed, or the account could not be read.
    """

    def __init__(self, config: AwsConfig, region: str) -> None:
        # boto3 ignores missing shared files, and would use other credentials.
        for key in ("sharedConfigFiles", "sharedCredentialsFiles", "customCaBundle"):
            _reject_missing_file(f"aws:{key}", getattr(config, FIELDS[key]))
        super().__init__(config.settings())
        self._aws = config
        self._region_of_first_call = region
        self._has_searched = False
        # Declares the service's 429 as throttling: botocore's model does not, and so standard mode would not retry it.
        self.get_component("data_loader").search_paths.append(str(_DATA))
        resolver = self.credential_resolver()
        if config.skip_metadata_api_check:
            resolver.remove("iam-role")
        if config.access_key and config.secret_key:
            self.set_credentials(config.access_key, config.secret_key, config.token)
        elif config.access_key or config.secret_key:
            raise ConfigurationError("aws:accessKey and aws:secretKey go together: set both, or neither.")
        assume_roles(self, config.assume_role_with_web_identity, config.assume_roles)
        self._check_account()

    def _check_account(self) -> None:
        """Reads the account of the credentials from STS, if ``aws:*`` restricts the accounts."""
        allowed_ids, forbidden_ids = self._aws.allowed_account_ids, self._aws.forbidden_account_ids
        if not (allowed_ids or forbidden_ids):
            return
        try:
            client = self.create_client(STS)
            self.fetch_credentials()
            account = client.get_caller_identity()["Account"]
        except ChimeVoiceError:
            raise
        except Exception as error:
            what = "finding out the AWS account (aws:allowedAccountIds, aws:forbiddenAccountIds)"
            raise translate(error, what, "GetCallerIdentity", find_source=self.source) from error
        if allowed_ids and account not in allowed_ids:
            allowed = ", ".join(allowed_ids)
            raise ConfigurationError(
                f"the credentials are of AWS account {account}, and aws:allowedAccountIds allows {allowed} only: "
                "nothing was sent; use the credentials of an allowed account."
            )
        if account in forbidden_ids:
            raise ConfigurationError(
                f"the credentials are of AWS account {account}, which aws:forbiddenAccountIds forbids: "
                "nothing was sent; use the credentials of another account."
            )

    def get_credentials(self) -> Any:
        # After finding none, botocore would search again at every call, and wait for an instance's metadata each time.
        if self._credentials is None and not self._has_searched:
            with translate_credential_errors(self):
                super().get_credentials()
            self._has_searched = True
        return self._credentials

    def source(self) -> Source | None:
        """Returns the source of the credentials that are used; None if there are none."""
        method = getattr(self._credentials, "method", None)
        return named_source(self, method) if method in SOURCES else None

    def fetch_credentials(self) -> None:
        """Gets the credentials, or renews them. Raises `SetUpError` if their source fails, or no request can contain them."""
        credentials = self.get_credentials()
        if credentials is None:
            return
        with translate_credential_errors(self):
            frozen = credentials.get_frozen_credentials()
        parts = {"access key": frozen.access_key, "secret key": frozen.secret_key, "session token": frozen.token or ""}
        for name, value in parts.items():
            if not isinstance(value, str) or not re.fullmatch(r"[!-~]*", value):
                fix = source.fix if (source := self.source()) else "Set it again."
                # Do not use botocore's error: it prints the token.
                raise SetUpError(f"the {name} is missing or contains whitespace or another invalid character", fix)

    def create_client(  # type: ignore[override]
        self, service_name: str, region_name: str | None = None, **given: Any
    ) -> Any:
        if not given:
            self.get_credentials()  # here, so that creating the client raises no error of their source
        config = self._config_of(service_name).merge(given.pop("config", None) or Config())
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
            bundle = self.get_config_variable("ca_bundle")
            where = self.place("AWS_CA_BUNDLE", "ca_bundle") if bundle else "REQUESTS_CA_BUNDLE"
            _reject_missing_file(where, arguments["verify"])
        proxies = self._proxies(client.meta.endpoint_url)
        if proxies is not None:
            client = create(config=config.merge(Config(proxies=proxies)))
        self._limit_retries(client)
        if service_name == SERVICE:
            on_response(client, checked)
        elif service_name in _EVIDENCE:
            on_response(client, limited, stream=True)
        return client

    def _config_of(self, service_name: str) -> Config:
        attempts = self.get_config_variable("max_attempts") or MAX_ATTEMPTS
        connect, read, most = _EVIDENCE.get(service_name, (CONNECT_TIMEOUT, READ_TIMEOUT, attempts))
        return Config(
            connect_timeout=connect,
            read_timeout=read,
            max_pool_connections=MAX_CONNECTIONS,
            retries={"total_max_attempts": min(attempts, most), "mode": self.get_config_variable("retry_mode")},
            user_agent_extra=" ".join([f"pulumi-chime-voice/{__version__}", *self._aws.user_agents]),
        )

    def is_aws(self, url: str) -> bool:
        """Whether an endpoint is AWS's own: public, FIPS, dual-stack, or a VPC endpoint."""
        return (urlsplit(url).hostname or "").rstrip(".").endswith(self._suffixes_of_aws)

    @functools.cached_property
    def _suffixes_of_aws(self) -> tuple[str, ...]:
        partitions = self.get_component("data_loader").load_data("partitions")["partitions"]
        names = ("dnsSuffix", "dualStackDnsSuffix")
        return tuple(f".{partition['outputs'][name]}" for partition in partitions for name in names)

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
            text = one_line(error)
            raise ConfigurationError(f"{where} is not a valid URL ({text}): correct it (http://host:port).") from error
        check_url(where, client.meta.endpoint_url)
        return client

    def _proxies(self, url: str) -> dict[str, str] | None:
        """Returns the proxies for `url`, by scheme; None if ``aws:*`` sets none, so that botocore reads the environment."""
        aws, environment, scheme = self._aws, getproxies(), urlsplit(url).scheme
        keys = {"http": aws.http_proxy, "https": aws.https_proxy}
        proxies = {name: proxy for name, key in keys.items() if (proxy := key or environment.get(name))}
        if proxy_bypass_environment(urlsplit(url).netloc, {"no": aws.no_proxy or environment.get("no", "")}):
            proxies = {}
        if scheme in proxies:
            check_proxy(f"aws:{scheme}Proxy" if keys[scheme] else f"{scheme.upper()}_PROXY", proxies[scheme])
        return proxies if aws.http_proxy or aws.https_proxy or aws.no_proxy else None

    # --- retries

    def _limit_retries(self, client: Any) -> None:
        """Limits the time of every call, and ends it at once if a retry cannot help."""
        service = client.meta.service_model.service_id.hyphenize()
        client.meta.events.register(
            f"before-call.{service}", lambda context, **_: context.update({_BEGAN: time.monotonic()})
        )
        client.meta.events.register_first(f"needs-retry.{service}", self._end_retries)

    def _end_retries(
        self,
        *,
        attempts: int,
        operation: Any,
        request_dict: dict[str, Any],
        caught_exception: Exception | None = None,
        **_: Any,
    ) -> bool | None:
        """Returns False, which ends the retries, once the time is up, or if another attempt cannot connect either."""
        url, context = request_dict["url"], request_dict["context"]
        if time.monotonic() - context[_BEGAN] > RETRY_SECONDS:
            return False
        name = type(caught_exception).__name__
        if name == "SSLError" and any(reason in str(caught_exception) for reason in NO_TLS):
            return False
        if name not in NO_CONNECTION:
            return None
        service = operation.service_model.service_name
        if service == SERVICE:
            can_connect = context["client_region"] in REGIONS or not self.is_aws(url)
        else:
            can_connect = service not in _EVIDENCE and attempts < CONNECTION_ATTEMPTS
        proxy = getattr(caught_exception, "kwargs", {}).get("proxy_url")
        return None if can_connect and not is_loopback(proxy or url) else False


def _reject_missing_file(where: str, file: str | bool | None) -> None:
    if isinstance(file, str) and not Path(file).exists():
        raise ConfigurationError(f"{where} names {file}, which does not exist: correct the path.")
