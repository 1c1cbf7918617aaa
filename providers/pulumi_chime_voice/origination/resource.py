"""What a program writes: `Origination`, and `Provider` for another account or region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, cast, final

import pulumi
import pulumi.dynamic

from .. import sdk
from ..engine.internal_inputs import GET, IGNORED, PARTS, SECRET, WAIT_FOR_TRANSFORMS
from ..engine.kinds import EMERGENCY_CALLING, ORIGINATION
from ..engine.redaction import say
from ..program import options, registration, transforms
from ..program.arguments import is_known, to_input
from . import messages, warnings
from . import routes as domain
from .args import OriginationRoute, RouteInput, routes_input
from .provider import OriginationProvider
from .secrets import boundary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@final
class Origination(pulumi.dynamic.Resource, module="chime", name="Origination"):
    """The origination settings of an Amazon Chime SDK Voice Connector: where inbound phone calls go.

    Args:
        resource_name: the name of the resource in the stack.
        opts: resource options. ``import_`` is not supported: declare the live settings, and they are adopted, or import the
            file of ``chime-voice export --import-file``.
        voice_connector_id: id of the voice connector. Another id replaces the resource: the new connector is configured
            before the old one is cleared.
        routes: 1 to 20 routes as a list, in any order, or as a mapping keyed by endpoint
            (``"203.0.113.7:5060/UDP"``). May be left out with ``disabled=True``.
        disabled: True turns inbound calls off; default False.
        region: AWS region of the endpoint; default ``aws:region``, then the AWS environment.
        on_conflict: ``"fail"`` (default), or ``"overwrite"`` to replace live settings without checking them first.

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
        opts = options.checked_options(ORIGINATION, resource_name, opts, _PROPERTIES)
        declared, parts, secret = _declared_routes(resource_name, opts, routes)
        # An output costs more than all the rest of a declaration, so plain routes stay plain.
        derived: dict[str, Any] = {}
        if isinstance(declared, pulumi.Output):
            # check works the distribution out; as an input made from the routes it is as secret as they are.
            derived = {"callDistribution": declared.apply(lambda _: {}), SECRET: secret}
        connector = to_input(_named(resource_name), "voice_connector_id", voice_connector_id)
        path, altered = options.path_of(resource_name, opts), transforms.has_transforms(opts)
        below, recorded = options.below(opts, "routes"), options.declared_connector(opts, connector, is_altered=altered)
        opts, followed = transforms.append_last(opts)
        super().__init__(
            OriginationProvider(),
            resource_name,
            {
                "voiceConnectorId": connector,
                "routes": declared,
                "disabled": False if disabled is None else to_input(_named(resource_name), "disabled", disabled),
                "region": to_input(_named(resource_name), "region", region),
                # check fills the default in; here it would cost an output for nothing.
                **(
                    {}
                    if on_conflict is None
                    else {"onConflict": to_input(_named(resource_name), "on_conflict", on_conflict)}
                ),
                **registration.owner_input(ORIGINATION, resource_name, path),
                **derived,
                **({} if followed is None else {WAIT_FOR_TRANSFORMS: followed}),
                **({IGNORED: below} if below else {}),
                **_unknown_parts(parts),
            },
            opts,
        )
        registration.record(ORIGINATION, self, path, opts, recorded, turns_off=disabled is True)
        self._take_outputs()
        if registration.declared_before(EMERGENCY_CALLING, recorded):
            text = messages.DECLARED_AFTER_EMERGENCY_CALLING.format(path=path, id=recorded)
            pulumi.log.warn(text, resource=self)
        if secret is not None or altered or _may_warn(connector, declared, opts):
            _warn(self, connector, secret)

    @classmethod
    def get(
        cls,
        resource_name: str,
        id: pulumi.Input[str],
        region: pulumi.Input[str] | pulumi.ResourceOptions | None = None,
        opts: pulumi.ResourceOptions | pulumi.Input[str] | None = None,
    ) -> Origination:
        """The settings of a voice connector that this stack does not manage. Nothing found is an error of the run.

        Args:
            resource_name: the name of the resource in the stack.
            id: id of the voice connector.
            region: AWS region of the endpoint; default ``aws:region``, then the AWS environment.
            opts: resource options. They may also stand third, as in the ``get`` of other packages.

        Raises:
            DeclarationError: for options and arguments that cannot work.
        """
        read, opts = options.arguments_of_get(ORIGINATION, resource_name, id, region, opts, _PROPERTIES)
        found = cls.__new__(cls)
        properties = dict.fromkeys(("routes", "disabled", "onConflict", "callDistribution"))
        super(Origination, found).__init__(
            OriginationProvider(), resource_name, {**read, GET: True, **properties}, opts
        )
        sdk.yield_to_event_loop()
        found._take_outputs()
        return found

    def _take_outputs(self) -> None:
        """Keeps what the registration made. It is not done here, because each frame above it goes into the state."""
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
        """Priority -> endpoint (``host:port/PROTOCOL``) -> share such as ``"50%"``; empty where no calls are let in."""
        return self._settings.apply(domain.call_distribution)

    @property
    def _settings(self) -> pulumi.Output[domain.Settings]:
        """Worked out here from the keyed routes: numbers come back from the engine as floats."""
        # Not by Output.all, which takes the routes apart into an output for each of their values.
        return self._keyed_routes.apply(lambda routes: self.disabled.apply(lambda off: _settings(routes, off)))


def _named(resource_name: str) -> str:
    return f"{ORIGINATION.resource} {resource_name}"


_TYPE = "pulumi-python:dynamic/chime:Origination"


async def _pass_secrecy_on(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    """Declares routes as secret that other transforms have made secret."""
    if args.props.get(SECRET) or not await transforms.is_secret(args.props.get("routes")):
        return None
    return pulumi.ResourceTransformResult(props={**args.props, SECRET: True}, opts=args.opts)


transforms.register_kind(ORIGINATION, _TYPE, _pass_secrecy_on)


_PROPERTIES = {
    "voice_connector_id": "voiceConnectorId",
    "routes": "routes",
    "disabled": "disabled",
    "region": "region",
    "on_conflict": "onConflict",
    "call_distribution": "callDistribution",
}
"""Arguments and outputs -> what the engine calls them."""


def _declared_routes(
    resource_name: str, opts: pulumi.ResourceOptions, routes: Any
) -> tuple[Any, Any, pulumi.Output[bool | None] | None]:
    """The routes as plain values, their parts, and whether they are secret (None if they cannot be).

    One output for all of them if any part is one: a secret or unknown part makes the whole so.
    """
    named = _named(resource_name)
    parts = routes_input(named, routes)

    def plain(declared: Any) -> Any:
        if declared is None:
            return []
        declared = routes_input(named, declared)
        if isinstance(declared, list):
            options.refuse_ignored_below(named, opts, "routes", messages.MAPPING_FORM.format())
        return declared

    hidden = {"routes", "callDistribution"} & set(opts.additional_secret_outputs or ())
    if is_known(parts) and not hidden:
        return plain(parts), parts, None
    if not isinstance(parts, pulumi.Output):
        plain(parts)
    declared = pulumi.Output.from_input(parts).apply(plain)
    if hidden:
        declared, parts = pulumi.Output.secret(declared), pulumi.Output.secret(parts)
    return declared, parts, _is_secret(declared)


def _unknown_parts(parts: Any) -> dict[str, Any]:
    """The parts of routes of which a preview may not know some yet."""
    return {PARTS: parts} if pulumi.runtime.is_dry_run() and not is_known(parts) else {}


def _is_secret(declared: pulumi.Output[Any]) -> pulumi.Output[bool | None]:
    """True for secret routes, and otherwise None: an input that is None is none at all."""
    is_secret = cast("pulumi.Output[bool]", pulumi.Output.from_input(cast("Any", declared.is_secret())))
    return is_secret.apply(lambda secret: secret or None)


def _may_warn(connector: Any, declared: Any, opts: pulumi.ResourceOptions) -> bool:
    """False for plain settings without warnings. Waiting for an output is the most expensive part of a declaration."""
    if opts.ignore_changes or not isinstance(connector, str):
        return True
    return bool(warnings.of_declaration(connector, _settings(declared, disabled=False)))


def _warn(origination: Origination, connector: Any, secret: pulumi.Output[bool | None] | None) -> None:
    """Says what may hurt calls, on the resource's own line, once its settings are known to be valid.

    What the engine gives back counts: a transform, or what is ignored, may have made other routes of those declared.
    """

    def say_all(connector: Any, routes: Any, *secrets: bool | None) -> None:
        settings = _settings(routes, disabled=False)
        with boundary({"routes": dict(settings.routes), SECRET: any(secrets)}):
            for text in warnings.of_declaration(connector, settings):
                # With its name, because a preview with --diff shows no resource beside a message.
                say(f"{origination.pulumi_resource_name}: {text}", how)

    def how(text: str) -> None:
        pulumi.log.warn(text, resource=origination)

    routes = origination._keyed_routes
    returned_secret = pulumi.Output.from_input(cast("Any", routes.is_secret()))
    pulumi.Output.all(origination.voice_connector_id, routes, returned_secret, secret).apply(
        lambda known: say_all(*known)
    )


def _settings(routes: Any, disabled: Any) -> domain.Settings:
    """The settings as the engine gives them back; under `pulumi.runtime.set_mocks`, as the program declared them.

    No rule is asked: what was read from the service need not keep to any.
    """
    if isinstance(routes, dict):
        known = {str(key): domain.route_of_state(route) for key, route in routes.items() if isinstance(route, dict)}
        return domain.Settings(bool(disabled), known)
    several = [domain.route_of_state(route) for route in routes or [] if isinstance(route, dict)]
    return domain.Settings(bool(disabled), domain.keyed(several))
