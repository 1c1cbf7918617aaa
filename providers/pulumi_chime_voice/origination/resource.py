"""Defines `Origination`, and the README of a stack that has some. Runs in the user's program."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast, final

import pulumi

from ..engine.internal_inputs import IGNORED, PARTS, SECRET
from ..engine.kinds import EMERGENCY_CALLING, ORIGINATION
from ..engine.redaction import boundary, log
from ..program import options, registration, transforms
from ..program.arguments import DeclarationError, OnConflictInput, is_known, to_input
from ..program.resource import ChimeResource, Prepared
from . import messages, warnings
from .args import OriginationRoute, RouteInput, routes_input
from .inputs import texts_of
from .provider import OriginationProvider
from .routes import ENABLED, Settings, call_distribution, keyed, ordered, route_of_state

if TYPE_CHECKING:
    from collections.abc import Sequence


async def _pass_on(named: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> Mapping[str, Any]:
    """Declares what other transforms have made secret, or have ignored."""
    routes = props.get("routes")
    if ignored := options.below(opts, "routes"):
        if isinstance(routes, list):
            options.refuse_ignored_below(named, opts, "routes", messages.MAPPING_FORM)
        props = {**props, IGNORED: ignored}
    if props.get(SECRET):
        return props
    if _are_hidden(opts):
        return {**props, "routes": pulumi.Output.secret(routes), SECRET: True}
    return {**props, SECRET: True} if await transforms.is_secret(routes) else props


@final
class Origination(ChimeResource, pass_on=_pass_on):
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

    _kind = ORIGINATION
    _provider_type = OriginationProvider
    _properties = ("routes", "disabled", "call_distribution")

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
        on_conflict: OnConflictInput | None = None,
    ) -> None:
        prepared = self._prepare(resource_name, opts, voice_connector_id, region, on_conflict)
        declared, parts, secret = _declared_routes(prepared, routes)
        inputs: dict[str, Any] = {
            **prepared.inputs,
            "routes": declared,
            "disabled": to_input(prepared.named, "disabled", disabled),
        }
        # An output costs more than all the rest of a declaration, so plain routes stay plain.
        if isinstance(declared, pulumi.Output):
            # check derives the distribution; as an input that is made from the routes it is as secret as they are.
            inputs |= {"callDistribution": declared.apply(lambda _: {}), SECRET: secret}
        if ignored := options.below(prepared.opts, "routes"):
            inputs[IGNORED] = ignored
        if pulumi.runtime.is_dry_run() and not is_known(parts):
            inputs[PARTS] = parts
        super().__init__(OriginationProvider(), resource_name, inputs, prepared.opts)
        off = options.as_declared(prepared.opts, "disabled", disabled, is_altered=prepared.is_altered)
        self._record(prepared, turns_off=off is True)
        if registration.declared_before(prepared.program, EMERGENCY_CALLING, prepared.recorded):
            text = messages.DECLARED_AFTER_EMERGENCY_CALLING.format(path=prepared.path, id=prepared.recorded)
            pulumi.log.warn(text, resource=self)
        if secret is not None or prepared.is_altered or _may_warn(prepared, declared):
            self._warn(secret)

    @property
    def routes(self) -> pulumi.Output[list[OriginationRoute]]:
        """The routes by priority, then weight descending, then host."""
        return self._settings.apply(
            lambda settings: [OriginationRoute(**{ENABLED: True, **each}) for each in ordered(settings.routes.values())]
        )

    @property
    def disabled(self) -> pulumi.Output[bool]:
        """Whether inbound calls are turned off."""
        return self._output("disabled").apply(bool)

    @property
    def call_distribution(self) -> pulumi.Output[dict[str, dict[str, str]]]:
        """Priority -> endpoint (``host:port/PROTOCOL``) -> share such as ``"50%"``; empty if no calls are accepted."""
        return self._settings.apply(call_distribution)

    @property
    def _settings(self) -> pulumi.Output[Settings]:
        """The settings, derived here from the keyed routes: numbers come back from the engine as floats."""
        # Not by Output.all, which makes an output for each value in the routes.
        return self._output("routes").apply(lambda routes: self.disabled.apply(lambda off: _settings(routes, off)))

    def _warn(self, secret: pulumi.Output[bool | None] | None) -> None:
        """Logs what may harm calls, on the resource's own line, once its settings are known to be valid.

        The routes that the engine returns count: they may come from a transform, or from the state if they are ignored.
        """

        def log_all(connector: Any, routes: Any, *are_secret: bool | None) -> None:
            settings = _settings(routes, disabled=False)
            with boundary(texts_of, {"routes": dict(settings.routes), SECRET: any(are_secret)}):
                for text in warnings.of_declaration(connector, settings):
                    # With its name, because a preview with --diff shows no resource beside a message.
                    log(f"{self.pulumi_resource_name}: {text}", functools.partial(pulumi.log.warn, resource=self))

        routes = self._output("routes")
        facts = pulumi.Output.all(self.voice_connector_id, routes, _is_secret(routes), secret)
        facts.apply(lambda values: log_all(*values))


def stack_readme(template: str, originations: Mapping[str, Origination]) -> pulumi.Output[str]:
    """Returns a stack's README, to export as the stack's output ``readme``.

    Args:
        template: Markdown, in which ``$originations`` is replaced by a section for each origination: a table of its routes and
            a Mermaid drawing. Other placeholders, such as Pulumi's ``${outputs.calls}``, are kept.
        originations: by the name that heads the section.

    Returns:
        The README; secret if the routes of an origination are secret.

    Raises:
        DeclarationError: `originations` is not a mapping.
    """
    from . import render  # noqa: PLC0415 - only a README needs it

    if not isinstance(originations, Mapping):
        raise DeclarationError(
            f"stack_readme: originations is a {type(originations).__name__}, not a mapping. Use {{name: origination}}."
        )
    facts = {
        name: {fact: getattr(origination, fact) for fact in render.FACTS} for name, origination in originations.items()
    }
    return pulumi.Output.from_input(facts).apply(lambda values: render.readme(template, values))


def _declared_routes(prepared: Prepared, routes: Any) -> tuple[Any, Any, pulumi.Output[bool | None] | None]:
    """Returns the routes as plain values, their parts, and whether they are secret (None if they cannot be).

    One output for all of them if any part is one: a secret or unknown part makes the whole so.
    """
    named, opts = prepared.named, prepared.opts
    parts = routes_input(named, routes)

    def checked(declared: Any) -> Any:
        if isinstance(declared, list):
            options.refuse_ignored_below(named, opts, "routes", messages.MAPPING_FORM)
        return [] if declared is None else declared

    hidden = _are_hidden(opts)
    plain = parts if isinstance(parts, pulumi.Output) else checked(parts)
    if is_known(parts) and not hidden:
        return plain, parts, None
    declared = pulumi.Output.from_input(parts).apply(lambda known: checked(routes_input(named, known)))
    if hidden:
        declared, parts = pulumi.Output.secret(declared), pulumi.Output.secret(parts)
    return declared, parts, _is_secret(declared)


def _are_hidden(opts: pulumi.ResourceOptions) -> bool:
    """Whether an option makes the routes secret."""
    return not {"routes", "callDistribution"}.isdisjoint(opts.additional_secret_outputs or ())


def _is_secret(declared: pulumi.Output[Any]) -> pulumi.Output[bool | None]:
    """Returns true for secret routes, and otherwise None: an input that is None is not sent."""
    is_secret = cast("pulumi.Output[bool]", pulumi.Output.from_input(cast("Any", declared.is_secret())))
    return is_secret.apply(lambda secret: secret or None)


def _may_warn(prepared: Prepared, declared: Any) -> bool:
    """Whether there may be warnings. Waiting for an output, to log them, is the most expensive part of a declaration."""
    connector = prepared.inputs["voiceConnectorId"]
    if prepared.opts.ignore_changes or not isinstance(connector, str):
        return True
    try:
        settings = _settings(declared, disabled=False)
    except (OverflowError, TypeError, ValueError):
        return False  # They are not valid: check reports why.
    return bool(warnings.of_declaration(connector, settings))


def _settings(routes: Any, disabled: Any) -> Settings:
    """Returns the settings that the engine returns, without validation: what was read from the service need not obey any rule.

    Under `pulumi.runtime.set_mocks`, they are as the program declares them.
    """
    if isinstance(routes, dict):
        by_key = {str(key): route_of_state(route) for key, route in routes.items() if isinstance(route, dict)}
    else:
        by_key = keyed(route_of_state(route) for route in routes or [] if isinstance(route, dict))
    return Settings(bool(disabled), by_key)
