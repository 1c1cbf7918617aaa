"""The AWS session that ``aws:*`` describes, and how its clients reach AWS: endpoints, proxies, certificates, retries.

botocore is imported when the first session is made, not before: a preview without changes needs none of it.
"""

from __future__ import annotations

import contextlib
import functools
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .._version import __version__
from ..errors import ConfigurationError
from .config import CLOUDWATCH, OURS, STS, check_url, refused_url
from .credentials import assume_roles, check_account
from .failures import NO_CONNECTION
from .network import check_certificates, configured_endpoint, proxies
from .sources import explaining

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .config import AwsConfig

SERVICE = "chime-sdk-voice"
_ENDPOINTS = {SERVICE: OURS, STS: STS, CLOUDWATCH: CLOUDWATCH}
CONNECT_TIMEOUT = 5
READ_TIMEOUT = 15
RETRY_MODE = "legacy"
"""The default of ``aws:retryMode``. The quota of the other two modes runs dry within one `up`: docs/decisions/0004."""
MAX_ATTEMPTS = 7
"""The default of ``aws:maxRetries``: pauses of half a minute on average, 63 s at most
(1 + 2 + 4 + 8 + 16 + 32)."""
CLOUDWATCH_CONNECT_TIMEOUT, CLOUDWATCH_READ_TIMEOUT, CLOUDWATCH_ATTEMPTS = 2, 5, 3
"""CloudWatch adds to what a preview says, and must not hold it up."""
RETRY_SECONDS = 40
"""How long after its beginning a call may be tried again: three attempts that time out are the last."""

_BEGAN = "pulumi-chime-voice:began"

_DATA = Path(__file__).parents[1] / "data"


def client_config(config: AwsConfig, service: str = SERVICE) -> Any:
    """botocore's `Config` for every client of this provider."""
    from botocore.config import Config  # noqa: PLC0415

    connect, read, attempts = CONNECT_TIMEOUT, READ_TIMEOUT, config.max_retries or MAX_ATTEMPTS
    if service == CLOUDWATCH:
        connect, read = CLOUDWATCH_CONNECT_TIMEOUT, CLOUDWATCH_READ_TIMEOUT
        attempts = min(attempts, CLOUDWATCH_ATTEMPTS)
    retries: Any = {"total_max_attempts": attempts, "mode": config.retry_mode or RETRY_MODE}
    return Config(
        connect_timeout=connect,
        read_timeout=read,
        retries=retries,
        use_fips_endpoint=config.use_fips_endpoint,
        use_dualstack_endpoint=config.use_dualstack_endpoint,
        user_agent_extra=" ".join([f"pulumi-chime-voice/{__version__}", *config.user_agents]),
    )


def new_session(config: AwsConfig, region: str) -> Any:
    """A botocore session with the configured credentials, its account allowed.

    Raises:
        ConfigurationError: the configuration cannot be used, or the account is not allowed.
        ApiError: a profile, a role or the account could not be looked up.
    """
    _refuse_missing_files(config)
    session = _session_type()(config, region)
    # Before anything else, because botocore reads the files once.
    if config.shared_config_file:
        session.set_config_variable("config_file", config.shared_config_file)
    if config.shared_credentials_file:
        session.set_config_variable("credentials_file", config.shared_credentials_file)
    # Declares the service's 429 as throttling: botocore's model does not, and so standard mode would not retry it.
    session.get_component("data_loader").search_paths.append(str(_DATA))
    session.register(f"before-call.{SERVICE}", _begin)
    session.register(f"needs-retry.{SERVICE}", _retry)
    session.register(f"needs-retry.{STS}", _end_if_local)
    if config.metadata_endpoint:
        session.set_config_variable("ec2_metadata_service_endpoint", config.metadata_endpoint)
    if config.metadata_endpoint_mode:
        session.set_config_variable("ec2_metadata_service_endpoint_mode", config.metadata_endpoint_mode)
    if config.skip_metadata:
        session.get_component("credential_provider").remove("iam-role")
    if config.access_key and config.secret_key:
        session.set_credentials(config.access_key, config.secret_key, config.token)
    elif config.access_key or config.secret_key:
        raise ConfigurationError("aws:accessKey and aws:secretKey go together: set both, or neither.")
    assume_roles(session, config)
    check_account(session, config)
    return session


@functools.cache
def _session_type() -> Any:
    import botocore.session  # noqa: PLC0415

    class Session(botocore.session.Session):
        """Configures every client from ``aws:*``, including those that botocore creates for the roles of a profile."""

        def __init__(self, config: AwsConfig, region: str) -> None:
            super().__init__(profile=config.profile)
            self._aws = config
            self._nothing_found = False
            self._default_region = region
            # A profile that is not there is botocore's to tell, with what was being done.
            with contextlib.suppress(ConfigurationError):
                self._default_region = config.default_region() or region

        def endpoint_of(self, service_name: str) -> tuple[str, str] | None:
            """Where a service's endpoint is set, and to what; None if it is AWS's own."""
            key = _ENDPOINTS.get(service_name, "")
            if key in self._aws.endpoints:
                return f"aws:endpoints: {key}", self._aws.endpoints[key]
            return configured_endpoint(self, service_name)

        def get_credentials(self) -> Any:
            # botocore would look again at every call, and wait for an instance's metadata each time.
            if self._nothing_found:
                return None
            with explaining(self):
                found = super().get_credentials()
            self._nothing_found = found is None
            return found

        def create_client(self, service_name: str, region_name: str | None = None, **given: Any) -> Any:  # type: ignore[override]
            ours = client_config(self._aws, service_name)
            config = ours.merge(given.pop("config", None) or ours)
            arguments = {
                **given,
                "region_name": region_name or self._default_region,
                "endpoint_url": given.get("endpoint_url") or self._aws.endpoints.get(_ENDPOINTS.get(service_name, "")),
                "verify": False if self._aws.insecure else given.get("verify") or self._aws.custom_ca_bundle,
            }
            if service_name == STS and self._aws.sts_region:
                arguments["region_name"] = self._aws.sts_region
            endpoint = None if given.get("endpoint_url") else self.endpoint_of(service_name)
            with _refusing(endpoint):
                client = super().create_client(service_name, config=config, **arguments)
            # Only a client knows its endpoint, on which it depends whether a proxy or certificates are used.
            url = client.meta.endpoint_url
            if arguments["verify"] is None:
                check_certificates(self, url)
            through = proxies(self._aws, url)
            if through is None:
                return client
            config.proxies = through
            return super().create_client(service_name, config=config, **arguments)

    return Session


@contextlib.contextmanager
def _refusing(endpoint: tuple[str, str] | None) -> Iterator[None]:
    """Refuses an endpoint that no request can be sent to.

    botocore refuses a host with a plain ValueError, and some errors of its own are ValueErrors too.
    """
    if endpoint is not None:
        check_url(*endpoint)
    try:
        yield
    except ValueError as error:
        if endpoint is None or type(error) is not ValueError:
            raise
        raise refused_url(*endpoint) from error


def _refuse_missing_files(config: AwsConfig) -> None:
    """boto3 passes over shared files that are not there, and would take the credentials from elsewhere."""
    files = {
        "sharedConfigFiles": config.shared_config_file,
        "sharedCredentialsFiles": config.shared_credentials_file,
        "customCaBundle": config.custom_ca_bundle,
    }
    for key, file in files.items():
        if file and not Path(file).exists():
            raise ConfigurationError(f"aws:{key} names {file}, which does not exist: correct the path.")


def give_up_without_connection(client: Any) -> None:
    """No second attempt if no connection comes about: in a region without the service, whose endpoint has no address."""
    service = client.meta.service_model.service_name
    client.meta.events.register_first(f"needs-retry.{service}", _end_without_connection)


def _end_without_connection(*, caught_exception: Exception | None = None, **_: Any) -> bool | None:
    return False if type(caught_exception).__name__ in NO_CONNECTION else None


def _end_if_local(*, request_dict: dict[str, Any], caught_exception: Exception | None = None, **_: Any) -> bool | None:
    local = type(caught_exception).__name__ == "EndpointConnectionError" and is_local(request_dict["url"])
    return False if local else None


def is_local(url: str) -> bool:
    return urlsplit(url).hostname in ("127.0.0.1", "::1", "localhost")


def _begin(*, context: dict[str, Any], **_: Any) -> None:
    context[_BEGAN] = time.monotonic()


def _retry(*, request_dict: dict[str, Any], caught_exception: Exception | None = None, **_: Any) -> bool | None:
    """Before botocore decides on another attempt: none once the time is up.

    Fail fast if a local endpoint is down; a retry cannot help.
    """
    if _end_if_local(request_dict=request_dict, caught_exception=caught_exception) is False:
        return False
    late = time.monotonic() - request_dict["context"][_BEGAN] > RETRY_SECONDS
    return False if late else None
