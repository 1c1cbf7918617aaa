"""What a program writes: `Origination`, and `Provider` for another account or region."""

from __future__ import annotations

import inspect
import weakref
from typing import TYPE_CHECKING, Any, NoReturn, cast

import pulumi
import pulumi.dynamic
from typing_extensions import final

from . import hazards, messages
from . import routes as domain
from .errors import ChimeVoiceError
from .inputs import GET, OWNER, PARTS, PREVIEW, SECRET
from .provider import OriginationProvider
from .route_types import OriginationRoute, OriginationRouteArgs, RouteInput
from .rules import check_routes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PACKAGE = "pulumi-python"
"""The package of every dynamic provider in Python, and so of ours."""


class DeclarationError(ChimeVoiceError, pulumi.RunError):
    """Raised in the program when a declaration cannot mean what it says. Pulumi prints it as one sentence."""


@final
class Origination(pulumi.dynamic.Resource, module="chime", name="Origination"):
    """The origination settings of an Amazon Chime SDK Voice Connector: where inbound phone calls go.

    Args:
        resource_name: the name of the resource in the stack.
        opts: resource options. ``import_`` is refused (dynamic resources cannot be imported): declare the settings that
            are live, and they are adopted.
        voice_connector_id: id of the voice connector. Another id replaces the resource: the new connector is configured
            before the old one is cleared.
        routes: 1 to 20 routes as a list, in any order, or as a mapping keyed by endpoint
            (``"203.0.113.7:5060/UDP"``). May be left out with ``disabled=True``.
        disabled: True turns inbound calls off; default False.
        region: AWS region of the endpoint; default ``aws:region``, then the AWS environment.
        on_conflict: ``"fail"`` (default), or ``"overwrite"`` where settings that nobody declared may be overwritten.

    Raises:
        DeclarationError: for options that cannot work; every other mistake is reported by the preview, with its path.

    Source: Amazon Chime SDK API, PutVoiceConnectorOrigination.
    """

    def __init_subclass__(cls, **_: Any) -> NoReturn:
        raise TypeError(
            "Origination is final: a subclass would lose its type in the state; wrap it in a ComponentResource"
        )

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        voice_connector_id: pulumi.Input[str],
        routes: pulumi.Input[Sequence[pulumi.Input[RouteInput]]]
        | pulumi.Input[Mapping[str, pulumi.Input[RouteInput]]]
        | None = None,
        disabled: pulumi.Input[bool] | None = None,
        region: pulumi.Input[str] | None = None,
        on_conflict: pulumi.Input[str] | None = None,
    ) -> None:
        opts = opts or pulumi.ResourceOptions()
        _refuse_options(resource_name, opts)
        declared = _declared_routes(resource_name, opts, routes)
        # An output costs more than all the rest of a declaration, so plain routes stay plain.
        derived: dict[str, Any] = {}
        secret = None
        if isinstance(declared, pulumi.Output):
            secret = _is_secret(declared)
            # check works the distribution out; as an input made from the routes it is as secret as they are.
            derived = {"callDistribution": declared.apply(lambda _: {}), SECRET: secret}
        self._register(
            resource_name,
            {
                "voiceConnectorId": voice_connector_id,
                "routes": declared,
                "disabled": False if disabled is None else disabled,
                "region": region,
                # check fills the default in; here it would cost an output for nothing.
                **({} if on_conflict is None else {"onConflict": on_conflict}),
                OWNER: _owner(resource_name, opts),
                **derived,
                **_preview_inputs(routes),
            },
            opts,
        )
        if secret is not None or _may_warn(voice_connector_id, declared, opts):
            _warn(self, voice_connector_id, secret)

    @classmethod
    def get(
        cls,
        resource_name: str,
        id: pulumi.Input[str],
        region: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> Origination:
        """The settings of a voice connector that this stack does not manage. Nothing found is an error of the run.

        Args:
            resource_name: the name of the resource in the stack.
            id: id of the voice connector.
            region: AWS region of the endpoint; default ``aws:region``, then the AWS environment.
            opts: resource options.
        """
        opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        _refuse_options(resource_name, opts)
        found = cls.__new__(cls)
        properties = dict.fromkeys(("routes", "disabled", "onConflict", "callDistribution"))
        found._register(resource_name, {"voiceConnectorId": id, "region": region, GET: True, **properties}, opts)
        return found

    def _register(self, resource_name: str, properties: dict[str, Any], opts: pulumi.ResourceOptions) -> None:
        super().__init__(OriginationProvider(), resource_name, properties, opts)
        state = dict(self.__dict__)
        self._voice_connector_id = state["voiceConnectorId"]
        self._disabled = state["disabled"]
        self._region = state["region"]
        self._keyed_routes: pulumi.Output[Any] = state["routes"]

    @property
    def voice_connector_id(self) -> pulumi.Output[str]:
        """Id of the voice connector."""
        return cast("pulumi.Output[str]", self._voice_connector_id)

    @property
    def routes(self) -> pulumi.Output[list[OriginationRoute]]:
        """The routes by priority, then weight descending, then host."""
        return self._settings.apply(
            lambda known: [OriginationRoute(**route) for route in domain.ordered(known.routes.values())]
        )

    @property
    def disabled(self) -> pulumi.Output[bool]:
        """Whether inbound calls are turned off."""
        return cast("pulumi.Output[bool]", self._disabled)

    @property
    def region(self) -> pulumi.Output[str]:
        """AWS region of the endpoint."""
        return cast("pulumi.Output[str]", self._region)

    @property
    def call_distribution(self) -> pulumi.Output[dict[str, dict[str, str]]]:
        """Priority -> endpoint (``host:port/PROTOCOL``) -> share such as ``"50 %"``; empty where no calls are let in."""
        return self._settings.apply(domain.call_distribution)

    @property
    def _settings(self) -> pulumi.Output[domain.Settings]:
        """Worked out here from the keyed routes: numbers come back from the engine as floats."""
        # Not by Output.all, which takes the routes apart into an output for each of their values.
        return self._keyed_routes.apply(lambda routes: self.disabled.apply(lambda off: _settings(routes, off)))


@final
class Provider(pulumi.ProviderResource):
    """Another AWS account or region in the same program; for ``opts.provider``, on a resource or a component.

    What is not given comes from the AWS environment, not from the stack's configuration, as with every explicit provider.

    Args:
        resource_name: the name of the provider in the stack.
        opts: resource options.
        region: AWS region of resources that name none; default ``AWS_REGION``, then the profile's.
        profile: profile of the shared files; default ``AWS_PROFILE``.
        access_key: access key, with `secret_key`; kept as a secret.
        secret_key: secret access key; kept as a secret.
        token: session token of the access key; kept as a secret.
        endpoints: URLs by service, ``[{"chimesdkvoice": "http://127.0.0.1:4510"}]``; ``sts`` too.
        max_retries: attempts per call, 1 or more; default ``AWS_MAX_ATTEMPTS``.
        retry_mode: ``"standard"``, ``"adaptive"`` or ``"legacy"``; default ``AWS_RETRY_MODE``.
        assume_roles: roles assumed one after the other: ``[{"roleArn": …, "externalId": …, "duration": "1h"}]``.
        allowed_account_ids: accounts of twelve digits; with any other, nothing is sent.
        forbidden_account_ids: accounts of twelve digits; with any of them, nothing is sent.
        shared_config_files: one file, in place of ``~/.aws/config``.
        shared_credentials_files: one file, in place of ``~/.aws/credentials``.
        custom_ca_bundle: file of certificates in PEM form; default ``AWS_CA_BUNDLE``.
        http_proxy: proxy for endpoints that begin with ``http://``; default ``HTTP_PROXY``.
        https_proxy: proxy for endpoints that begin with ``https://``; default ``HTTPS_PROXY``.
        no_proxy: hosts that no proxy stands before, by comma; default ``NO_PROXY``.
        use_fips_endpoint: whether to use the region's FIPS endpoint; default False.
        use_dualstack_endpoint: whether to use the region's dual-stack endpoint; default False.
        insecure: whether to take any certificate; default False.
        assume_role_with_web_identity: a role assumed with a token: ``{"roleArn": …, "webIdentityTokenFile": …}``; kept as a
            secret.
        sts_region: region of STS; default the provider's.
        skip_metadata_api_check: whether to leave the instance's own credentials alone; default False.
        ec2_metadata_service_endpoint: URL of the instance metadata service.
        ec2_metadata_service_endpoint_mode: ``"IPv4"`` or ``"IPv6"``.
        user_agents: additions to the user agent.

    Source: the provider configuration of pulumi-aws; docs/configuration.md has every key.
    """

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        region: pulumi.Input[str] | None = None,
        profile: pulumi.Input[str] | None = None,
        access_key: pulumi.Input[str] | None = None,
        secret_key: pulumi.Input[str] | None = None,
        token: pulumi.Input[str] | None = None,
        endpoints: pulumi.Input[Sequence[Mapping[str, str]]] | None = None,
        max_retries: pulumi.Input[int] | None = None,
        retry_mode: pulumi.Input[str] | None = None,
        assume_roles: pulumi.Input[Sequence[Mapping[str, Any]]] | None = None,
        allowed_account_ids: pulumi.Input[Sequence[str]] | None = None,
        forbidden_account_ids: pulumi.Input[Sequence[str]] | None = None,
        shared_config_files: pulumi.Input[Sequence[str]] | None = None,
        shared_credentials_files: pulumi.Input[Sequence[str]] | None = None,
        custom_ca_bundle: pulumi.Input[str] | None = None,
        http_proxy: pulumi.Input[str] | None = None,
        https_proxy: pulumi.Input[str] | None = None,
        no_proxy: pulumi.Input[str] | None = None,
        use_fips_endpoint: pulumi.Input[bool] | None = None,
        use_dualstack_endpoint: pulumi.Input[bool] | None = None,
        insecure: pulumi.Input[bool] | None = None,
        assume_role_with_web_identity: pulumi.Input[Mapping[str, Any]] | None = None,
        sts_region: pulumi.Input[str] | None = None,
        skip_metadata_api_check: pulumi.Input[bool] | None = None,
        ec2_metadata_service_endpoint: pulumi.Input[str] | None = None,
        ec2_metadata_service_endpoint_mode: pulumi.Input[str] | None = None,
        user_agents: pulumi.Input[Sequence[str]] | None = None,
    ) -> None:
        text = {
            "region": region,
            "profile": profile,
            "accessKey": _secret(access_key),
            "secretKey": _secret(secret_key),
            "token": _secret(token),
            "retryMode": retry_mode,
            "customCaBundle": custom_ca_bundle,
            "httpProxy": http_proxy,
            "httpsProxy": https_proxy,
            "noProxy": no_proxy,
            "stsRegion": sts_region,
            "ec2MetadataServiceEndpoint": ec2_metadata_service_endpoint,
            "ec2MetadataServiceEndpointMode": ec2_metadata_service_endpoint_mode,
        }
        # Whatever is no string goes through JSON, as in a stack's configuration.
        structured = {
            "endpoints": endpoints,
            "maxRetries": max_retries,
            "assumeRoles": assume_roles,
            "allowedAccountIds": allowed_account_ids,
            "forbiddenAccountIds": forbidden_account_ids,
            "sharedConfigFiles": shared_config_files,
            "sharedCredentialsFiles": shared_credentials_files,
            "useFipsEndpoint": use_fips_endpoint,
            "useDualstackEndpoint": use_dualstack_endpoint,
            "insecure": insecure,
            "assumeRoleWithWebIdentity": _secret(assume_role_with_web_identity),
            "skipMetadataApiCheck": skip_metadata_api_check,
            "userAgents": user_agents,
        }
        properties: dict[str, Any] = {f"aws:{key}": value for key, value in text.items() if value is not None}
        for key, value in structured.items():
            if value is not None:
                properties[f"aws:{key}"] = pulumi.Output.json_dumps(value)
        super().__init__(PACKAGE, resource_name, properties, opts)


def _secret(value: Any) -> Any:
    return value if value is None else pulumi.Output.secret(value)


def _refuse_options(resource_name: str, opts: pulumi.ResourceOptions) -> None:
    if opts.import_ is not None:
        raise DeclarationError(messages.IMPORT.say(name=resource_name))
    provider = opts.provider
    if provider is not None and provider.package != PACKAGE:
        raise DeclarationError(messages.FOREIGN_PROVIDER.say(name=resource_name, package=provider.package))


def _declared_routes(resource_name: str, opts: pulumi.ResourceOptions, routes: Any) -> Any:
    """The routes as plain values. One output for all of them if any part is one: a secret or unknown part makes the whole so."""
    below = [path for path in opts.ignore_changes or [] if path.startswith(("routes[", "routes."))]

    def plain(declared: Any) -> Any:
        if declared is None:
            return []
        if isinstance(declared, (list, tuple)):
            if below:
                raise DeclarationError(messages.IGNORED_BELOW_A_LIST.say(name=resource_name, paths=repr(below)))
            return [_plain_route(route) for route in declared]
        if isinstance(declared, dict):
            return {key: _plain_route(route) for key, route in declared.items()}
        return declared

    if _is_known(routes):
        return plain(routes)
    if not isinstance(routes, pulumi.Output):
        plain(routes)
    return pulumi.Output.from_input(routes).apply(plain)


def _preview_inputs(routes: Any) -> dict[str, Any]:
    """Says that this is a preview, and hands on the parts of routes of which some may not be known yet."""
    if not pulumi.runtime.is_dry_run():
        return {}
    return {PREVIEW: True} if _is_known(routes) else {PREVIEW: True, PARTS: routes}


def _is_known(value: Any) -> bool:
    """Whether no part of the value is still to come."""
    if isinstance(value, (str, int)):
        return True
    if isinstance(value, OriginationRouteArgs):
        value = vars(value)
    if isinstance(value, dict):
        return all(_is_known(part) for part in value.values())
    if isinstance(value, (list, tuple)):
        return all(_is_known(part) for part in value)
    return not isinstance(value, pulumi.Output) and not inspect.isawaitable(value)


def _plain_route(route: Any) -> Any:
    if isinstance(route, OriginationRouteArgs):
        return {name: value for name in domain.FIELDS if (value := pulumi.get(route, name)) is not None}
    return dict(route) if isinstance(route, dict) else route


def _is_secret(declared: pulumi.Output[Any]) -> pulumi.Output[bool | None]:
    """True for secret routes, and otherwise None: an input that is None is none at all."""
    is_secret = cast("pulumi.Output[bool]", pulumi.Output.from_input(cast("Any", declared.is_secret())))
    return is_secret.apply(lambda secret: secret or None)


def _may_warn(connector: Any, declared: Any, opts: pulumi.ResourceOptions) -> bool:
    """False for plain settings of which there is nothing to say. An output to wait for is the dearest part of a declaration.

    What a transform of the stack or of a component makes of the settings is not known here.
    """
    altered = opts.ignore_changes or opts.transforms or opts.transformations
    if altered or not isinstance(connector, str):
        return True
    return bool(hazards.of_declaration(connector, _settings(declared, disabled=False)))


def _warn(origination: Origination, connector: Any, secret: pulumi.Output[bool | None] | None) -> None:
    """Says what may hurt calls, on the resource's own line, once its settings are known to be valid."""

    def say(connector: Any, routes: Any, discreet: bool | None) -> None:
        settings = _settings(routes, disabled=False)
        for text in hazards.of_declaration(connector, settings):
            said = domain.redacted(text, settings) if discreet else text
            # With its name, because a preview with --diff shows no resource beside a message.
            pulumi.log.warn(f"{origination.pulumi_resource_name}: {said}", resource=origination)

    routes = origination._keyed_routes
    if isinstance(connector, str) and secret is None:
        routes.apply(lambda known: say(connector, known, None))
    else:
        pulumi.Output.all(origination.voice_connector_id, routes, secret).apply(lambda known: say(*known))


def _settings(routes: Any, disabled: Any) -> domain.Settings:
    """The settings as the engine gives them back; under `pulumi.runtime.set_mocks`, as the program declared them."""
    known, _ = check_routes(routes)
    return domain.Settings(bool(disabled), known or {})


_parents: weakref.WeakKeyDictionary[pulumi.Resource, dict[str, list[pulumi.Resource]]] = weakref.WeakKeyDictionary()
"""Of the stack of a run: the components in which a resource of this name path is declared."""


def _owner(resource_name: str, opts: pulumi.ResourceOptions) -> str:
    """Who declares a voice connector, as a message names it: the resource, and the component that it belongs to.

    Components of different types may have one name; then the type, and a number, tell their resources apart. It depends on
    the order of the declarations alone, so that a preview and its apply agree.
    """
    parent = opts.parent
    if parent is None:
        return resource_name
    path = f"{parent.pulumi_resource_name}/{resource_name}"
    parents = _parents.setdefault(pulumi.runtime.get_root_resource() or parent, {}).setdefault(path, [])
    parents.append(parent)
    if len(parents) == 1:
        return path
    return f"{path} (no. {len(parents)} of this name, in a component of type {parent.pulumi_resource_type})"
