"""Defines the base class of resources, with what declarations of every kind of settings share. Runs in the user's program."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, cast

import pulumi
import pulumi.dynamic

from .. import sdk
from ..engine.internal_inputs import GET, WAIT_FOR_TRANSFORMS
from ..text import camel_case
from . import options, registration, transforms
from .arguments import to_input

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self

    from ..engine.kinds import Kind


_SHARED = ("voice_connector_id", "region", "on_conflict")
"""The arguments that every kind of settings has."""


_LOOKUP = "Lookup"
"""The suffix of the type of what `get` reads. With the type of managed resources, Pulumi would take it for one of the same name,
and delete or forget that one (docs/decisions/0029)."""

_owners: weakref.WeakValueDictionary[int, ChimeResource] = weakref.WeakValueDictionary()
"""The resource of each output that is a voice connector's ID, by the identity of the output, which the resource keeps alive."""


@dataclass(frozen=True)
class Prepared:
    """A declaration that is ready for Pulumi's constructor.

    Attributes:
        named: its class and name, as messages show them: ``"Origination support"``.
        path: of the resource, as messages name it.
        program: the one that runs; None under `pulumi.runtime.set_mocks`.
        opts: its options, checked.
        inputs: those that every kind of settings has.
        recorded: its voice connector, plain or an output; None if the engine may get another one from elsewhere.
        region: its region, plain or an output; empty for the default, None if the engine may get another one from elsewhere.
        is_altered: whether a transform may change the inputs.
    """

    named: str
    path: str
    program: registration.Program | None
    opts: pulumi.ResourceOptions
    inputs: Mapping[str, Any]
    recorded: Any
    region: Any
    is_altered: bool


class ChimeResource(pulumi.dynamic.Resource):
    """A resource that declares one kind of settings of a voice connector.

    A subclass calls Pulumi's constructor itself, between `_prepare` and `_record`: Pulumi writes the frames above its
    constructor into the state, and a constructor here would be one more.
    """

    _kind: ClassVar[Kind]
    _provider_type: ClassVar[type[pulumi.dynamic.ResourceProvider]]
    _properties: ClassVar[tuple[str, ...]]
    """The other arguments and outputs. (A subclass annotates nothing: Pulumi takes annotations there for outputs.)"""
    _names: ClassVar[Mapping[str, str]]
    """The names of all arguments and outputs in Python, with those in Pulumi."""

    def __init_subclass__(cls, pass_on: transforms.PassOn | None = None, **_: Any) -> None:
        """Gives the class its type, and registers what runs after the transforms of the program."""
        if cls.__bases__ != (ChimeResource,):
            names = " and ".join(base.__name__ for base in cls.__bases__)
            raise TypeError(f"{names} is final: a subclass would lose its type in the state; wrap it in a component")
        cls._names = {name: camel_case(name) for name in (*_SHARED, *cls._properties)}
        super().__init_subclass__(module="chime", name=cls._kind.resource)
        transforms.kinds[f"pulumi-python:dynamic/chime:{cls._kind.resource}"] = cls._kind, cls._names, pass_on

    @classmethod
    def _prepare(
        cls,
        resource_name: str,
        opts: pulumi.ResourceOptions | None,
        voice_connector_id: Any,
        region: Any,
        on_conflict: Any,
        *,
        after: Kind | None = None,
    ) -> Prepared:
        """Checks and converts what every declaration has.

        Args:
            after: a kind on whose resources for the same plain voice connector this one depends. If the voice connector is an
                output of such a resource itself, the default of the region is the region of that resource.

        Raises:
            DeclarationError: an option or an argument cannot work.
        """
        opts = options.checked_options(cls._kind, resource_name, opts, cls._names)
        named = f"{cls._kind.resource} {resource_name}"
        path = _path(resource_name, opts)
        connector = to_input(named, "voice_connector_id", voice_connector_id)
        owner = _owner(after, connector)
        if owner is not None:
            connector = owner.voice_connector_id  # Unlike its id, a preview knows it before the owner is created.
        is_altered = transforms.has_transforms(opts)
        recorded = options.as_declared(opts, "voiceConnectorId", connector, is_altered=is_altered)
        program = registration.program_of(cls._kind, resource_name)
        if after is not None and (declared := registration.declared_before(program, after, recorded)):
            opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=declared))
        opts, followed = transforms.append_last(opts)
        if region is None and owner is not None:
            region = owner._region_for_dependents
        recorded_region = options.as_declared(opts, "region", "" if region is None else region, is_altered=is_altered)
        inputs = {"voiceConnectorId": connector, "region": to_input(named, "region", region)}
        if on_conflict is not None:  # check fills the default in; here it would cost an output for nothing
            inputs["onConflict"] = to_input(named, "on_conflict", on_conflict)
        if followed is not None:
            inputs[WAIT_FOR_TRANSFORMS] = followed
        return Prepared(named, path, program, opts, inputs, recorded, recorded_region, is_altered)

    def _record(self, prepared: Prepared, *, turns_off: bool = False) -> None:
        """Records the declaration; `turns_off` is whether it turns inbound calls off."""
        self._record_own_outputs(prepared.inputs["region"], prepared.opts)
        registration.record(self._kind, self, prepared, turns_off=turns_off)

    @classmethod
    def get(
        cls,
        resource_name: str,
        id: pulumi.Input[str],
        region: pulumi.Input[str] | pulumi.ResourceOptions | None = None,
        opts: pulumi.ResourceOptions | pulumi.Input[str] | None = None,
    ) -> Self:
        """Reads the settings of a voice connector that this stack does not manage. If there are none, the run fails.

        Args:
            resource_name: the name of the resource in the stack.
            id: ID of the voice connector.
            region: AWS region of the endpoint; default ``aws:region``, then the AWS environment.
            opts: resource options. They may also be the third argument, as in the ``get`` of other packages.

        Raises:
            DeclarationError: for options and arguments that cannot work.
        """
        given: tuple[Any, Any] = (opts, region) if isinstance(region, pulumi.ResourceOptions) else (region, opts)
        opts = options.checked_options(cls._kind, resource_name, given[1], cls._names)
        named = f"{cls._kind.resource} {resource_name}"
        connector, region = to_input(named, "id", id), to_input(named, "region", given[0])
        inputs = {**dict.fromkeys(cls._names.values()), "voiceConnectorId": connector, "region": region, GET: True}
        path = _path(resource_name, opts)
        opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=connector))
        found = cls.__new__(cls)
        sdk.add_to_type(found, _LOOKUP)
        super(ChimeResource, found).__init__(cls._provider_type(), resource_name, inputs, opts)
        found._record_own_outputs(region, opts)
        registration.record_read(cls._kind, resource_name, path, connector)
        return found

    def _record_own_outputs(self, region: Any, opts: pulumi.ResourceOptions) -> None:
        """Records which outputs are the voice connector's ID, with the region for what is declared with them.

        It is the declared region: unlike the output, a preview knows it before the resource exists, and a resource without one
        leaves the default to the provider. If the engine ignores it, the output has the region of the state.
        """
        is_ignored = "region" in (opts.ignore_changes or ())
        self._region_for_dependents = self.region if is_ignored else region
        _owners[id(self.id)] = _owners[id(self.voice_connector_id)] = self

    @property
    def voice_connector_id(self) -> pulumi.Output[str]:
        """ID of the voice connector."""
        return self._output("voiceConnectorId")

    @property
    def region(self) -> pulumi.Output[str]:
        """AWS region of the endpoint."""
        return self._output("region")

    def _output(self, name: str) -> pulumi.Output[Any]:
        """Returns a property of the resource, which Pulumi's constructor has stored under its own name."""
        return cast("pulumi.Output[Any]", self.__dict__[name])


def _path(resource_name: str, opts: pulumi.ResourceOptions) -> str:
    """Returns how messages name a resource: with its parent, because names are unique only below one."""
    return resource_name if opts.parent is None else f"{opts.parent.pulumi_resource_name}/{resource_name}"


def _owner(kind: Kind | None, connector: Any) -> ChimeResource | None:
    """Returns the resource of a kind whose own output a voice connector is; None if there is none."""
    owner = _owners.get(id(connector))
    return owner if owner is not None and owner._kind is kind else None
