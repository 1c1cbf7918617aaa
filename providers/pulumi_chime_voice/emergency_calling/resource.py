"""What a program writes: `EmergencyCalling`, with its `EmergencyNumberArgs`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, NoReturn, TypeAlias, TypedDict, cast, final

import pulumi
import pulumi.dynamic

from .. import sdk
from ..engine.internal_inputs import GET, WAIT_FOR_TRANSFORMS
from ..engine.kinds import EMERGENCY_CALLING, ORIGINATION
from ..program import options, registration, transforms
from ..program.arguments import to_input, unsupported_type
from . import messages
from .numbers import COUNTRY, FIELDS, is_one_number, shown_key
from .provider import EmergencyCallingProvider

_PROPERTIES = {
    "voice_connector_id": "voiceConnectorId",
    "numbers": "numbers",
    "region": "region",
    "on_conflict": "onConflict",
}
"""Arguments and outputs -> what the engine calls them."""


@dataclass(frozen=True, kw_only=True, repr=False)
class EmergencyNumberArgs:
    """A number to which emergency calls from one country are routed. Its phone numbers are always secret.

    Attributes:
        emergency_phone_number: the DNIS phone number of the emergency service, in E.164 form.
        calling_country: the country from which the calls come, in ISO 3166-1 alpha-2 form: ``"US"``.
        test_phone_number: the DNIS phone number for test calls, in E.164 form; None for none.

    Source: Amazon Chime SDK API, DNISEmergencyCallingConfiguration.
    """

    emergency_phone_number: pulumi.Input[str]
    calling_country: pulumi.Input[str]
    test_phone_number: pulumi.Input[str] | None = None


class _RequiredNumberArgs(TypedDict):
    emergency_phone_number: pulumi.Input[str]
    calling_country: pulumi.Input[str]


class EmergencyNumberArgsDict(_RequiredNumberArgs, total=False):
    """`EmergencyNumberArgs` as a dict."""

    test_phone_number: pulumi.Input[str] | None


class EmergencyNumber(TypedDict):
    """An emergency number as `EmergencyCalling.numbers` gives it."""

    emergency_phone_number: str
    calling_country: str
    test_phone_number: str | None


NumberInput: TypeAlias = EmergencyNumberArgs | EmergencyNumberArgsDict


@final
class EmergencyCalling(pulumi.dynamic.Resource, module="chime", name="EmergencyCalling"):
    """The emergency calling configuration of an Amazon Chime SDK Voice Connector.

    AWS accepts it only while origination and termination are enabled, and origination cannot be turned off before it is
    deleted. With ``voice_connector_id=origination.id`` Pulumi creates it after the origination and deletes it before.

    Args:
        resource_name: the name of the resource in the stack.
        opts: resource options. ``import_`` is not supported: declare the live numbers, and they are adopted, or import the
            file of ``chime-voice export --import-file``.
        voice_connector_id: id of the voice connector. Another id replaces the resource.
        numbers: at least one, in any order. Phone numbers are secrets in the state and in every message.
        region: AWS region of the endpoint; default ``aws:region``, then the AWS environment.
        on_conflict: ``"fail"`` (default), or ``"overwrite"`` to replace live numbers without checking them first.

    Raises:
        DeclarationError: for options that cannot work; every other mistake is reported by the preview, with its path.

    Source: Amazon Chime SDK API, PutVoiceConnectorEmergencyCallingConfiguration.
    """

    def __init_subclass__(cls, **_: Any) -> NoReturn:
        raise TypeError(
            "EmergencyCalling is final: a subclass would lose its type in the state; wrap it in a component"
        )

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        voice_connector_id: pulumi.Input[str],
        numbers: pulumi.Input[Sequence[pulumi.Input[NumberInput]]],
        region: pulumi.Input[str] | None = None,
        on_conflict: pulumi.Input[str] | None = None,
    ) -> None:
        opts = options.checked_options(EMERGENCY_CALLING, resource_name, opts, _PROPERTIES)
        named = f"{EMERGENCY_CALLING.resource} {resource_name}"
        options.refuse_ignored_below(named, opts, "numbers", messages.NOT_BELOW_NUMBERS.format())
        path = options.path_of(resource_name, opts)
        connector = to_input(named, "voice_connector_id", voice_connector_id)
        recorded = options.declared_connector(opts, connector, is_altered=transforms.has_transforms(opts))
        # AWS accepts emergency calling only while origination is on: created after it, deleted before it.
        opts = options.depending_on(opts, registration.declared_before(ORIGINATION, recorded))
        opts, followed = transforms.append_last(opts)
        properties = {
            "voiceConnectorId": connector,
            "numbers": _sendable_numbers(named, numbers),
            "region": to_input(named, "region", region),
            "onConflict": to_input(named, "on_conflict", on_conflict),
            **registration.owner_input(EMERGENCY_CALLING, resource_name, path),
            **({} if followed is None else {WAIT_FOR_TRANSFORMS: followed}),
        }
        super().__init__(EmergencyCallingProvider(), resource_name, properties, opts)
        registration.record(EMERGENCY_CALLING, self, path, opts, recorded)
        self._take_outputs()

    @classmethod
    def get(
        cls,
        resource_name: str,
        id: pulumi.Input[str],
        region: pulumi.Input[str] | pulumi.ResourceOptions | None = None,
        opts: pulumi.ResourceOptions | pulumi.Input[str] | None = None,
    ) -> EmergencyCalling:
        """Emergency calling of a voice connector that this stack does not manage. Nothing found is an error of the run.

        Args:
            resource_name: the name of the resource in the stack.
            id: id of the voice connector.
            region: AWS region of the endpoint; default ``aws:region``, then the AWS environment.
            opts: resource options. They may also stand third, as in the ``get`` of other packages.

        Raises:
            DeclarationError: for options and arguments that cannot work.
        """
        read, opts = options.arguments_of_get(EMERGENCY_CALLING, resource_name, id, region, opts, _PROPERTIES)
        found = cls.__new__(cls)
        properties = {**read, GET: True, "numbers": None, "onConflict": None}
        super(EmergencyCalling, found).__init__(EmergencyCallingProvider(), resource_name, properties, opts)
        sdk.yield_to_event_loop()
        found._take_outputs()
        return found

    def _take_outputs(self) -> None:
        """Keeps what the registration made. It is not done here, because each frame above it goes into the state."""
        state = dict(self.__dict__)
        self._voice_connector_id = state["voiceConnectorId"]
        self._region = state["region"]
        self._keyed_numbers: pulumi.Output[Any] = state["numbers"]

    @property
    def voice_connector_id(self) -> pulumi.Output[str]:
        """Id of the voice connector."""
        return cast("pulumi.Output[str]", self._voice_connector_id)

    @property
    def region(self) -> pulumi.Output[str]:
        """AWS region of the endpoint."""
        return cast("pulumi.Output[str]", self._region)

    @property
    def numbers(self) -> pulumi.Output[list[EmergencyNumber]]:
        """The numbers, as a secret, by country."""
        return pulumi.Output.secret(self._keyed_numbers).apply(_as_declared)


transforms.register_kind(EMERGENCY_CALLING, "pulumi-python:dynamic/chime:EmergencyCalling")


def _as_declared(numbers: Any) -> list[EmergencyNumber]:
    """The numbers in Python's names, from the engine's mapping, or (under `set_mocks`) from the declared list."""
    several = numbers.values() if isinstance(numbers, Mapping) else numbers or []
    return [
        cast("EmergencyNumber", {name: number.get(key) for name, key in FIELDS.items()})
        for number in several
        if isinstance(number, Mapping)
    ]


def _sendable_numbers(named: str, numbers: Any) -> Any:
    """Numbers that Pulumi can send. Countries stay plain, so that a preview shows what changes."""
    if isawaitable(numbers) or isinstance(numbers, pulumi.Output):
        return pulumi.Output.from_input(numbers).apply(lambda known: _sendable_numbers(named, known))
    if isinstance(numbers, EmergencyNumberArgs) or is_one_number(numbers):
        return _sendable_number(named, "numbers", numbers)  # check says that it is not a list
    if isinstance(numbers, Iterable) and not isinstance(numbers, (str, bytes, Mapping)):
        # As a mapping: the engine makes a secret of a whole list if a part of it is one, and then shows no part.
        return {str(index): _sendable_number(named, f"numbers[{index}]", one) for index, one in enumerate(numbers)}
    if numbers is None or isinstance(numbers, (str, bool, int, float)):
        return numbers if numbers is None else pulumi.Output.secret(numbers)  # check says what it has to be
    raise unsupported_type(named, "numbers", numbers, "a list of EmergencyNumberArgs")


def _sendable_number(named: str, path: str, number: Any) -> Any:
    if isawaitable(number) or isinstance(number, pulumi.Output):
        return pulumi.Output.from_input(number).apply(lambda known: _sendable_number(named, path, known))
    if isinstance(number, EmergencyNumberArgs):
        number = {name: getattr(number, name) for name in FIELDS}
    if not isinstance(number, Mapping):
        if number is None or isinstance(number, (str, bool, int, float, list, tuple)):
            return pulumi.Output.secret(number)
        raise unsupported_type(named, path, number, "EmergencyNumberArgs, or a mapping of its fields")
    given = {
        FIELDS.get(name, name): to_input(named, f"{path}.{shown_key(name)}", value) for name, value in number.items()
    }
    return {
        name: value if name == COUNTRY or value is None else pulumi.Output.secret(value)
        for name, value in given.items()
    }
