"""Defines `Provider`, another AWS account or region in the same program. Runs in the user's program."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast, final

import pulumi

from ..aws.config import FIELDS, KEYS
from ..engine import messages
from ..engine.internal_inputs import PROVIDER
from ..stack_config import RESOLVER
from .arguments import PACKAGE, check_name, to_input

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PASSWORD = re.compile(r"//[^/?#\s\"]*@")


@final
class Provider(pulumi.ProviderResource):
    """Another AWS account or region in the same program; for ``opts.provider``, on a resource or a component.

    What is not given comes from the AWS environment, not from the stack's configuration, as with every explicit provider. Only
    ``chime-voice:resolver``, which is about this machine's previews and not about AWS, is the stack's.

    Args:
        resource_name: the name of the provider in the stack.
        opts: resource options.
        region: AWS region of resources that name none; default ``AWS_REGION``, then the profile's.
        profile: profile of the shared files; default ``AWS_PROFILE``.
        access_key: access key, with `secret_key`; kept as a secret.
        secret_key: secret access key; kept as a secret.
        token: session token of the access key; kept as a secret.
        endpoints: URLs by service, ``[{"chimesdkvoice": "http://127.0.0.1:4510"}]``; ``sts`` and
            ``cloudwatch`` too.
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
        skip_metadata_api_check: whether to ignore the credentials of the EC2 instance; default False.
        ec2_metadata_service_endpoint: URL of the instance metadata service.
        ec2_metadata_service_endpoint_mode: ``"IPv4"`` or ``"IPv6"``.
        user_agents: additions to the user agent.

    Raises:
        DeclarationError: a value has a type that Pulumi cannot send; every other mistake is reported by the preview.

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
        given = locals()
        check_name(resource_name)
        properties: dict[str, Any] = {}
        for name, key in KEYS.items():
            value = given[FIELDS[name]]
            if value is None:
                continue
            if key.is_secret:
                value = pulumi.Output.secret(value)
            # Values other than strings are JSON, as in a stack's configuration.
            value = (
                to_input(f"Provider {resource_name}", name, value) if key.is_text else pulumi.Output.json_dumps(value)
            )
            properties[f"aws:{name}"] = _without_passwords(value)
        if (resolver := pulumi.runtime.get_config(RESOLVER)) is not None:
            properties[RESOLVER] = resolver
        properties[PROVIDER] = resource_name
        super().__init__(PACKAGE, resource_name, properties, opts)
        if pulumi.runtime.is_dry_run():
            _warn_of_unknown(self, resource_name, properties)


def _without_passwords(value: Any) -> Any:
    """Makes a secret of a value with a password in a URL. Other values stay readable in previews.

    The plugin refuses such an endpoint, but only after previews and states have it.
    """
    if isinstance(value, pulumi.Output):
        return value.apply(_without_passwords)
    return pulumi.Output.secret(value) if isinstance(value, str) and _PASSWORD.search(value) else value


def _warn_of_unknown(provider: Provider, resource_name: str, properties: Mapping[str, Any]) -> None:
    """Warns of unknown arguments: until all are known, the engine sends the provider no request, and does not report that."""
    outputs = {key: value for key, value in properties.items() if isinstance(value, pulumi.Output)}
    if not outputs:
        return
    known = {key: pulumi.Output.from_input(cast("Any", value.is_known())) for key, value in outputs.items()}

    def warn(all_known: Mapping[str, bool]) -> None:
        unknown = [key.partition(":")[2] for key, is_known in all_known.items() if not is_known]
        if unknown:
            verb = "is" if len(unknown) == 1 else "are"
            arguments = f"{', '.join(unknown)} {verb}"
            pulumi.log.warn(
                messages.PROVIDER_NOT_KNOWN.format(name=resource_name, arguments=arguments), resource=provider
            )

    pulumi.Output.all(**known).apply(warn)
