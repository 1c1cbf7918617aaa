"""Defines `EmergencyCalling`, with its `EmergencyNumberArgs`. Runs in the user's program."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any, TypeAlias, TypedDict, cast, final

import pulumi

from ..engine.kinds import EMERGENCY_CALLING, ORIGINATION
from ..program import options
from ..program.arguments import OnConflictInput, to_input, unsupported_type
from ..program.resource import ChimeResource
from . import messages
from .numbers import COUNTRY, FIELDS, is_one_number, shown_key
from .provider import EmergencyCallingProvider


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
    """The DNIS phone number of the emergency service, in E.164 form."""
    calling_country: pulumi.Input[str]
    """The country from which the calls come, in ISO 3166-1 alpha-2 form: ``"US"``."""


class EmergencyNumberArgsDict(_RequiredNumberArgs, total=False):
    """`EmergencyNumberArgs` as a dict: ``{"emergency_phone_number": "+13125550123", "calling_country": "US"}``.

    Source: Amazon Chime SDK API, DNISEmergencyCallingConfiguration.
    """

    test_phone_number: pulumi.Input[str] | None
    """The DNIS phone number for test calls, in E.164 form; None for none."""


class EmergencyNumber(TypedDict):
    """An emergency number as `EmergencyCalling.numbers` gives it."""

    emergency_phone_number: str
    """The DNIS phone number of the emergency service, in E.164 form."""
    calling_country: str
    """The country from which the calls come, in ISO 3166-1 alpha-2 form."""
    test_phone_number: str | None
    """The DNIS phone number for test calls, in E.164 form; None for none."""


NumberInput: TypeAlias = EmergencyNumberArgs | EmergencyNumberArgsDict


async def _pass_on(named: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions) -> Mapping[str, Any]:
    """Refuses what other transforms have ignored without an effect."""
    options.refuse_ignored_below(named, opts, "numbers", messages.NOT_BELOW_NUMBERS)
    return props


@final
class EmergencyCalling(ChimeResource, pass_on=_pass_on):
    """The emergency calling configuration of an Amazon Chime SDK Voice Connector.

    AWS accepts it only while origination and termination are enabled, and origination cannot be turned off before it is
    deleted. With ``voice_connector_id=origination.voice_connector_id``, Pulumi creates it after the origination and deletes it
    before.

    Args:
        resource_name: the name of the resource in the stack.
        opts: resource options. ``import_`` is not supported: declare the live numbers, and they are adopted, or import the
            file of ``chime-voice export --import-file``.
        voice_connector_id: id of the voice connector. Another id replaces the resource.
        numbers: at least one, in any order. Phone numbers are secrets in the state and in every message.
        region: AWS region of the endpoint. The default is the region that is declared for an origination if
            `voice_connector_id` is its own output, otherwise ``aws:region``, then the AWS environment.
        on_conflict: ``"fail"`` (default), or ``"overwrite"`` to replace live numbers without checking them first.

    Raises:
        DeclarationError: for options that cannot work; every other mistake is reported by the preview, with its path.

    Source: Amazon Chime SDK API, PutVoiceConnectorEmergencyCallingConfiguration.
    """

    _kind = EMERGENCY_CALLING
    _provider_type = EmergencyCallingProvider
    _properties = ("numbers",)

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        voice_connector_id: pulumi.Input[str],
        numbers: pulumi.Input[Sequence[pulumi.Input[NumberInput]]],
        region: pulumi.Input[str] | None = None,
        on_conflict: OnConflictInput | None = None,
    ) -> None:
        # AWS accepts emergency calling only while origination is on: created after it, deleted before it.
        prepared = self._prepare(resource_name, opts, voice_connector_id, region, on_conflict, after=ORIGINATION)
        options.refuse_ignored_below(prepared.named, prepared.opts, "numbers", messages.NOT_BELOW_NUMBERS)
        inputs = {**prepared.inputs, "numbers": _numbers_input(prepared.named, numbers)}
        super().__init__(EmergencyCallingProvider(), resource_name, inputs, prepared.opts)
        self._record(prepared)

    @property
    def numbers(self) -> pulumi.Output[list[EmergencyNumber]]:
        """The numbers, as a secret, by country."""
        return pulumi.Output.secret(self._output("numbers")).apply(_as_declared)


def _as_declared(numbers: Any) -> list[EmergencyNumber]:
    """Returns the numbers with Python's names, from the engine's mapping, or (under `set_mocks`) from the declared list."""
    return [
        cast("EmergencyNumber", {name: number.get(key) for name, key in FIELDS.items()})
        for number in (numbers.values() if isinstance(numbers, Mapping) else numbers or [])
        if isinstance(number, Mapping)
    ]


def _numbers_input(named: str, numbers: Any) -> Any:
    """Converts numbers to an input that Pulumi can send. Countries stay plain, so that a preview shows what changes."""
    if isawaitable(numbers) or isinstance(numbers, pulumi.Output):
        return pulumi.Output.from_input(numbers).apply(lambda value: _numbers_input(named, value))
    if isinstance(numbers, EmergencyNumberArgs) or is_one_number(numbers):
        return _number_input(named, "numbers", numbers)  # check reports that it is not a list
    if isinstance(numbers, Iterable) and not isinstance(numbers, (str, bytes, Mapping)):
        # As a mapping: the engine makes a secret of a whole list if a part of it is one, and then shows no part.
        return {str(index): _number_input(named, f"numbers[{index}]", number) for index, number in enumerate(numbers)}
    if numbers is None or isinstance(numbers, (str, bool, int, float)):
        return numbers if numbers is None else pulumi.Output.secret(numbers)  # check reports what it has to be
    raise unsupported_type(named, "numbers", numbers, "a list of EmergencyNumberArgs")


def _number_input(named: str, path: str, number: Any) -> Any:
    if isawaitable(number) or isinstance(number, pulumi.Output):
        return pulumi.Output.from_input(number).apply(lambda value: _number_input(named, path, value))
    if isinstance(number, EmergencyNumberArgs):
        number = {name: getattr(number, name) for name in FIELDS}
    if number is None or isinstance(number, (str, bool, int, float, list, tuple)):
        return pulumi.Output.secret(number)
    if not isinstance(number, Mapping):
        raise unsupported_type(named, path, number, "EmergencyNumberArgs, or a mapping of its fields")
    result = {}
    for name, value in number.items():
        field, given = FIELDS.get(name, name), to_input(named, f"{path}.{shown_key(name)}", value)
        result[field] = given if field == COUNTRY or given is None else pulumi.Output.secret(given)
    return result
