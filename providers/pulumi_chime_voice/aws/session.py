"""The AWS session that ``aws:*`` describes, and how its clients reach AWS: endpoints, proxies, certificates, retries.

botocore is imported when the first session is made, not before: a preview without changes needs none of it.
"""

from __future__ import annotations

import functools
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .._version import __version__
from ..errors import ConfigurationError
from ..text import without_password
from . import base_session
from .base_session import credential_resolver, profile_name, setting_place
from .config import CLOUDTRAIL, CLOUDWATCH, OURS, STS, check_url
from .credentials import assume_roles, check_account
from .failures import NO_CONNECTION, is_loopback
from .network import proxies
from .sources import translate_credential_errors

if TYPE_CHECKING:
    from collections.abc import Callable

    from .config import AwsConfig

SERVICE = "chime-sdk-voice"
_ENDPOINTS = {SERVICE: OURS, STS: STS, CLOUDWATCH: CLOUDWATCH, CLOUDTRAIL: CLOUDTRAIL}
CONNECT_TIMEOUT = 5
READ_TIMEOUT = 15
MAX_ATTEMPTS = 7
"""The default of ``aws:maxRetries``: pauses of half a minute on average, 63 s at most
(1 + 2 + 4 + 8 + 16 + 32)."""
CLOUDWATCH_CONNECT_TIMEOUT, CLOUDWATCH_READ_TIMEOUT, CLOUDWATCH_ATTEMPTS = 2, 5, 3
"""CloudWatch adds to what a preview says, and must not hold it up."""
CLOUDTRAIL_CONNECT_TIMEOUT, CLOUDTRAIL_READ_TIMEOUT, CLOUDTRAIL_ATTEMPTS = 2, 3, 1
"""CloudTrail adds a name to a refusal, and must not hold it up."""
RETRY_SECONDS = 40
"""How long after its beginning a call may be tried again: three attempts that time out are the last."""
CONNECTION_ATTEMPTS = 3
"""How often STS and single sign-on are tried without a connection: nothing has been sent yet, and every call waits for them."""

_BEGAN = "pulumi-chime-voice:began"

_DATA = Path(__file__).parents[1] / "data"


def new_session(config: AwsConfig, region: str) -> Any:
    """A botocore session with the configured credentials, its account allowed.

    Raises:
        ConfigurationError: the configuration cannot be used, or the account is not allowed.
        ApiError: a role or the account could not be looked up.
    """
    _refuse_missing_files(config)
    session = _session_type()(config, region)
    # Declares the service's 429 as throttling: botocore's model does not, and so standard mode would not retry it.
    session.get_component("data_loader").search_paths.append(str(_DATA))
    resolver = credential_resolver(session)
    if config.skip_metadata_api_check:
        resolver.remove("iam-role")
    if config.access_key and config.secret_key:
        session.set_credentials(config.access_key, config.secret_key, config.token)
    elif config.access_key or config.secret_key:
        raise ConfigurationError("aws:accessKey and aws:secretKey go together: set both, or neither.")
    assume_roles(session, config)
    check_account(session, config)
    return session


@functools.cache
def _session_type() -> Any:
    class Session(base_session.session_type()):  # type: ignore[misc]
        """Configures every client from ``aws:*``, including those that botocore creates for the roles of a profile."""

        def __init__(self, config: AwsConfig, region: str) -> None:
            super().__init__(config)
            self.aws = config
            self.region_of_first_call = region
            self._nothing_found = False

        def get_credentials(self) -> Any:
            # botocore would look again at every call, and wait for an instance's metadata each time.
            if self._nothing_found:
                return None
            with translate_credential_errors(self):
                found = super().get_credentials()
            self._nothing_found = found is None
            return found

        def create_client(self, service_name: str, region_name: str | None = None, **given: Any) -> Any:
            if not given:
                self.get_credentials()  # here, so that creating the client raises no error of their source
            region = region_name or self.get_config_variable("region") or self.region_of_first_call
            create = functools.partial(super().create_client, service_name)
            return _create_client(self, create, service_name, region, given)

    return Session


def _create_client(
    session: Any, create: Callable[..., Any], service_name: str, region: str, given: dict[str, Any]
) -> Any:
    aws = session.aws
    ours = client_config(session, service_name)
    config = ours.merge(given.pop("config", None) or ours)
    # An empty REQUESTS_CA_BUNDLE would make botocore accept every certificate.
    certificates = session.get_config_variable("ca_bundle") or session.environment.get("REQUESTS_CA_BUNDLE") or True
    arguments = {
        **given,
        "region_name": (service_name == STS and aws.sts_region) or region,
        "endpoint_url": given.get("endpoint_url") or aws.endpoints.get(_ENDPOINTS.get(service_name, "")),
        "verify": False if aws.insecure else certificates,
    }
    where = _endpoint_settings(session, service_name)
    try:
        client = create(config=config, **arguments)
    except ValueError as error:
        if type(error) is not ValueError:  # one of botocore's own
            raise
        text = without_password(str(error)).rstrip(".")
        raise ConfigurationError(f"{where} is not a valid URL ({text}): correct it (http://host:port).") from error
    # Only a client knows its endpoint, on which it depends whether a proxy or certificates are used.
    url = client.meta.endpoint_url
    check_url(where, url)
    if url.startswith("https://"):
        _refuse_missing_certificates(session, arguments["verify"])
    through = proxies(aws, url)
    if through is not None:
        config.proxies = through
        client = create(config=config, **arguments)
    _limit_retries(client)
    return client


def client_config(session: Any, service_name: str) -> Any:
    """Returns botocore's `Config` for a client."""
    from botocore.config import Config  # noqa: PLC0415

    connect, read = CONNECT_TIMEOUT, READ_TIMEOUT
    attempts = session.get_config_variable("max_attempts") or MAX_ATTEMPTS
    if service_name == CLOUDWATCH:
        connect, read = CLOUDWATCH_CONNECT_TIMEOUT, CLOUDWATCH_READ_TIMEOUT
        attempts = min(attempts, CLOUDWATCH_ATTEMPTS)
    if service_name == CLOUDTRAIL:
        connect, read, attempts = CLOUDTRAIL_CONNECT_TIMEOUT, CLOUDTRAIL_READ_TIMEOUT, CLOUDTRAIL_ATTEMPTS
    return Config(
        connect_timeout=connect,
        read_timeout=read,
        retries={"total_max_attempts": attempts, "mode": session.get_config_variable("retry_mode")},
        user_agent_extra=" ".join([f"pulumi-chime-voice/{__version__}", *session.aws.user_agents]),
    )


def is_aws(session: Any, url: str) -> bool:
    """Whether an endpoint is AWS's own: public, FIPS, dual-stack, or a VPC endpoint."""
    host = (urlsplit(url).hostname or "").rstrip(".")
    partitions = session.get_component("data_loader").load_data("partitions")["partitions"]
    suffixes = {partition["outputs"][name] for partition in partitions for name in ("dnsSuffix", "dualStackDnsSuffix")}
    return any(host.endswith(f".{suffix}") for suffix in suffixes)


def _endpoint_settings(session: Any, service_name: str) -> str:
    """Returns where the endpoint of a service is set."""
    key = _ENDPOINTS.get(service_name, "")
    if key in session.aws.endpoints:
        return f"aws:endpoints: {key}"
    variable = f"AWS_ENDPOINT_URL_{service_name.replace('-', '_').upper()}"
    return f"the endpoint ({variable}, AWS_ENDPOINT_URL or endpoint_url of profile {profile_name(session)})"


def _refuse_missing_files(config: AwsConfig) -> None:
    """boto3 passes over shared files that are not there, and would take the credentials from elsewhere."""
    files = {
        "sharedConfigFiles": config.shared_config_files,
        "sharedCredentialsFiles": config.shared_credentials_files,
        "customCaBundle": config.custom_ca_bundle,
    }
    for key, file in files.items():
        if file and not Path(file).exists():
            raise ConfigurationError(f"aws:{key} names {file}, which does not exist: correct the path.")


def _refuse_missing_certificates(session: Any, file: Any) -> None:
    if not isinstance(file, str) or Path(file).exists():
        return
    where = "REQUESTS_CA_BUNDLE"
    if session.get_config_variable("ca_bundle"):
        where = setting_place(session, "AWS_CA_BUNDLE", "ca_bundle")
    raise ConfigurationError(f"{where} names {file}, which does not exist: correct the path.")


def _limit_retries(client: Any) -> None:
    """Bounds the time of every call, and ends it at once if a retry cannot help."""
    service = client.meta.service_model.service_id.hyphenize()
    events = client.meta.events
    events.register(f"before-call.{service}", _begin)
    events.register_first(f"needs-retry.{service}", _end_retries)


def give_up_without_connection(client: Any) -> None:
    """No second attempt if no connection comes about: in a region without the service, whose endpoint has no address."""
    service = client.meta.service_model.service_name
    client.meta.events.register_first(f"needs-retry.{service}", _end_without_connection)


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
    """Before botocore decides on another attempt: none once the time is up, or if nothing listens on this machine."""
    if time.monotonic() - request_dict["context"][_BEGAN] > RETRY_SECONDS:
        return False
    name = type(caught_exception).__name__
    if name not in NO_CONNECTION:
        return None
    url = getattr(caught_exception, "kwargs", {}).get("proxy_url") or request_dict["url"]
    if is_loopback(url):
        return False
    is_ours = operation.service_model.service_name == SERVICE
    return None if is_ours or attempts < CONNECTION_ATTEMPTS else False


def _begin(*, context: dict[str, Any], **_: Any) -> None:
    context[_BEGAN] = time.monotonic()
