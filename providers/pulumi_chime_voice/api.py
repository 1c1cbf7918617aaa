"""The only user of boto3: the session that ``aws:*`` describes, the operations, their retries, and their errors.

boto3 is imported when the first call is made, not before: a preview without changes needs none of it.
"""

from __future__ import annotations

import functools
import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import routes
from ._version import __version__
from .errors import ApiError, ChimeVoiceError, ConfigurationError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from .config import AwsConfig, Role

SERVICE = "chime-sdk-voice"
CONNECT_TIMEOUT = 5
READ_TIMEOUT = 15
MAX_ATTEMPTS = 7
"""Attempts per call unless ``aws:maxRetries`` says otherwise. Standard mode waits about 25 s between them on average,
51 s at most (1 + 2 + 4 + 8 + 16 + 20)."""

_DATA = Path(__file__).parent / "data"


class ChimeSdkVoice:
    """Chime SDK Voice as this provider sees it: one session, a client per region, safe for the plugin's four threads.

    Every method raises `ApiError` with a complete sentence, `NotFoundError` for the service's NotFoundException alone.
    """

    def __init__(self, config: AwsConfig) -> None:
        self._config = config
        self._lock = threading.Lock()
        self._session: Any = None
        self._clients: dict[str, Any] = {}

    def get_origination(
        self, connector: str, region: str, like: Mapping[str, routes.Route] | None = None
    ) -> routes.Settings | None:
        """The live settings (keys as in `like`, see `routes.keyed`); None where the answer holds none."""
        answer = self._call("reading", "GetVoiceConnectorOrigination", connector, region)
        origination = answer.get("Origination")
        return None if origination is None else routes.from_api(origination, like)

    def put_origination(
        self, connector: str, region: str, settings: routes.Settings, doing: str
    ) -> routes.Settings | None:
        """Writes the settings; what the service says that they are now, or None where it does not say."""
        answer = self._call(
            doing, "PutVoiceConnectorOrigination", connector, region, Origination=routes.to_api(settings)
        )
        origination = answer.get("Origination")
        return None if origination is None else routes.from_api(origination, settings.routes)

    def delete_origination(self, connector: str, region: str) -> None:
        """Deletes the settings: inbound calls to the voice connector end."""
        self._call("deleting", "DeleteVoiceConnectorOrigination", connector, region)

    def connector_exists(self, connector: str, region: str) -> bool:
        """Whether the voice connector itself is there, whatever its origination."""
        try:
            self._call("reading", "GetVoiceConnector", connector, region)
        except NotFoundError:
            return False
        return True

    def _call(self, doing: str, operation: str, connector: str, region: str, **parameters: Any) -> Any:
        what = f"{doing} {_THING.get(operation, 'origination of ')}Voice Connector {connector} ({region})"
        try:
            client = self._client(region)
            method = getattr(client, _METHODS[operation])
            return method(VoiceConnectorId=connector, **parameters)
        except ChimeVoiceError:
            raise
        except Exception as error:
            raise translate(error, what, operation) from error

    def _client(self, region: str) -> Any:
        with self._lock:
            if region not in self._clients:
                if self._session is None:
                    self._session = _session(self._config, region)
                self._clients[region] = self._session.create_client(
                    SERVICE,
                    region_name=region,
                    endpoint_url=self._config.endpoints.get("chimesdkvoice"),
                    verify=self._config.custom_ca_bundle,
                    config=_client_config(self._config),
                )
            return self._clients[region]


_METHODS = {
    "GetVoiceConnectorOrigination": "get_voice_connector_origination",
    "PutVoiceConnectorOrigination": "put_voice_connector_origination",
    "DeleteVoiceConnectorOrigination": "delete_voice_connector_origination",
    "GetVoiceConnector": "get_voice_connector",
}
_THING = {"GetVoiceConnector": ""}


# --- the session


def _client_config(config: AwsConfig) -> Any:
    from botocore.config import Config  # noqa: PLC0415

    retries: Any = {"total_max_attempts": config.max_retries or MAX_ATTEMPTS, "mode": config.retry_mode or "standard"}
    proxies = {scheme: url for scheme, url in (("http", config.http_proxy), ("https", config.https_proxy)) if url}
    return Config(
        connect_timeout=CONNECT_TIMEOUT,
        read_timeout=READ_TIMEOUT,
        retries=retries,
        proxies=proxies or None,
        use_fips_endpoint=config.use_fips_endpoint,
        user_agent_extra=f"pulumi-chime-voice/{__version__}",
    )


def _session(config: AwsConfig, region: str) -> Any:
    """A botocore session with the configured credentials, its account allowed."""
    import botocore.session  # noqa: PLC0415

    session = botocore.session.Session(profile=config.profile)
    # Declares the service's 429 as throttling: botocore's model does not, and so would not retry it.
    session.get_component("data_loader").search_paths.append(str(_DATA))
    session.register(f"before-parse.{SERVICE}", _refuse_torn_answer)
    if config.shared_config_file:
        session.set_config_variable("config_file", config.shared_config_file)
    if config.shared_credentials_file:
        session.set_config_variable("credentials_file", config.shared_credentials_file)
    if config.access_key and config.secret_key:
        session.set_credentials(config.access_key, config.secret_key, config.token)
    elif config.access_key or config.secret_key:
        raise ConfigurationError("aws:accessKey and aws:secretKey go together: set both, or neither.")
    sts = functools.partial(
        session.create_client,
        region_name=config.default_region() or region,
        endpoint_url=config.endpoints.get("sts"),
        verify=config.custom_ca_bundle,
        config=_client_config(config),
    )
    for role in config.assume_roles:
        _assume(session, role, sts)
    if config.allowed_account_ids or config.forbidden_account_ids:
        _check_account(config, sts)
    return session


def _refuse_torn_answer(**event: Any) -> None:
    """Raises on an answer cut short, which botocore parses as an empty one: a read would take the settings for gone."""
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    response = event["response_dict"]
    body, promised = response["body"], response["headers"].get("content-length")
    if promised is not None and len(body) != int(promised):
        raise ResponseParserError(f"the answer was cut off after {len(body)} of {promised} bytes")
    try:
        json.loads(body or b"{}")
    except ValueError:
        raise ResponseParserError(f"the answer of {len(body)} bytes is not JSON") from None


def _assume(session: Any, role: Role, create_client: Callable[..., Any]) -> None:
    """Puts the role's credentials, renewed before they expire, in place of the session's."""
    from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials  # noqa: PLC0415

    arguments = {
        "RoleSessionName": role.session_name or "pulumi-chime-voice",
        "ExternalId": role.external_id,
        "DurationSeconds": role.duration_seconds,
        "Policy": role.policy,
        "PolicyArns": [{"arn": arn} for arn in role.policy_arns] or None,
        "SourceIdentity": role.source_identity,
    }
    source = session.get_credentials()
    if source is None:
        raise ConfigurationError(
            f"assuming role {role.role_arn}: no AWS credentials to assume it with: set aws:profile, "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in."
        )
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=create_client,
        source_credentials=source,
        role_arn=role.role_arn,
        extra_args={name: value for name, value in arguments.items() if value is not None},
    )
    session._credentials = DeferredRefreshableCredentials(method="assume-role", refresh_using=fetcher.fetch_credentials)


def _check_account(config: AwsConfig, create_client: Callable[..., Any]) -> None:
    try:
        account = create_client("sts").get_caller_identity()["Account"]
    except Exception as error:
        raise translate(
            error, "finding out the AWS account (aws:allowedAccountIds, aws:forbiddenAccountIds)", ""
        ) from error
    if config.allowed_account_ids and account not in config.allowed_account_ids:
        allowed = ", ".join(config.allowed_account_ids)
        raise ConfigurationError(
            f"the credentials are of AWS account {account}, and aws:allowedAccountIds allows {allowed} only: "
            "nothing was sent; use the credentials of an allowed account."
        )
    if account in config.forbidden_account_ids:
        raise ConfigurationError(
            f"the credentials are of AWS account {account}, which aws:forbiddenAccountIds forbids: "
            "nothing was sent; use the credentials of another account."
        )


# --- errors

_WAYS_ON: dict[str, str] = {
    "AccessDeniedException": "Check that the credentials belong to the account and region meant.",
    "BadRequestException": "Correct what the service names, then run pulumi up again.",
    "ConflictException": "Something else is changing the voice connector: run pulumi up again.",
    "ForbiddenException": "Check which account and which access key the call was made with.",
    "GoneException": "Check the id of the voice connector.",
    "NotFoundException": "Check the id of the voice connector, and the region.",
    "ResourceLimitExceededException": "Ask AWS for a higher limit, then run pulumi up again.",
    "ServiceFailureException": "Nothing is known to have changed: run pulumi up again.",
    "ServiceUnavailableException": "Nothing is known to have changed: run pulumi up again later.",
    "ThrottledClientException": "The call was tried several times: run pulumi up again later, or with a lower --parallel.",
    "UnauthorizedClientException": "Check the credentials and the system clock.",
    "UnprocessableEntityException": "Correct what the service names, then run pulumi up again.",
    "ExpiredTokenException": "The session token has expired: sign in again.",
}
_CLIENT_SIDE: dict[str, str] = {
    "NoCredentialsError": "Set aws:profile, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in.",
    "PartialCredentialsError": "Set both the access key and the secret key.",
    "CredentialRetrievalError": "Sign in again, or correct the profile.",
    "TokenRetrievalError": "Sign in again (aws sso login).",
    "SSOTokenLoadError": "Sign in again (aws sso login).",
    "UnauthorizedSSOTokenError": "Sign in again (aws sso login).",
    "ProfileNotFound": "Correct aws:profile, or AWS_PROFILE.",
    "EndpointConnectionError": "Check the region, the endpoint and the network.",
    "ConnectTimeoutError": "Check the region, the endpoint and the network.",
    "ReadTimeoutError": "Whether the service carried it out is not known: run pulumi refresh, then pulumi up.",
    "ConnectionClosedError": "Whether the service carried it out is not known: run pulumi refresh, then pulumi up.",
    "ResponseParserError": "Whether the service carried it out is not known: run pulumi refresh, then pulumi up.",
    "ResponseStreamingError": "Whether the service carried it out is not known: run pulumi refresh, then pulumi up.",
    "IncompleteReadError": "Whether the service carried it out is not known: run pulumi refresh, then pulumi up.",
    "SSLError": "Check the endpoint's certificate and aws:customCaBundle.",
    "ProxyConnectionError": "Check aws:httpProxy and aws:httpsProxy, or HTTP_PROXY and HTTPS_PROXY.",
    "NoRegionError": "Set region on the resource, aws:region, or AWS_REGION.",
    "InvalidRegionError": "Correct the region.",
    "UnknownEndpointError": "Chime SDK Voice is not in that region: correct it.",
}


def translate(error: Exception, what: str, operation: str) -> Exception:
    """The error as one sentence that begins with `what` was being done; an error nobody foresaw comes back as it is."""
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError  # noqa: PLC0415
    from botocore.parsers import ResponseParserError  # noqa: PLC0415

    if isinstance(error, ClientError):
        return _service_error(error.response, what, operation)
    if isinstance(error, (BotoCoreError, HTTPClientError, ResponseParserError)):
        name = type(error).__name__
        way_on = _CLIENT_SIDE.get(name, "Check the AWS configuration of the stack and of the environment.")
        return ApiError(f"{what}: {_sentence(str(error))} {way_on}", code=name)
    return error


def _service_error(response: Mapping[str, Any], what: str, operation: str) -> ApiError:
    details, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
    code = details.get("Code") or "an error without a code"
    message = details.get("Message") or ""
    status, request_id = metadata.get("HTTPStatusCode"), metadata.get("RequestId")
    if "not authorized to perform" in message.lower():
        way_on = f"Grant chime:{operation}."
    else:
        way_on = _WAYS_ON.get(code, "Run pulumi up again; if it stays, ask AWS with the request id.")
    cause = f"{code}: {message}".rstrip(": .")
    request = f" (request {request_id})" if request_id else ""
    kind = NotFoundError if code == "NotFoundException" else ApiError
    return kind(f"{what}: {cause}{request}. {way_on}", code=code, status=status, request_id=request_id)


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."
