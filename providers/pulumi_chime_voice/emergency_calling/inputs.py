"""Validates the inputs of emergency calling, and puts them into the form of the state. Runs in Pulumi's plugin.

No failure shows a phone number.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..engine.inputs import Inputs, as_secret, is_unknown
from ..errors import DUPLICATE, NOT_KNOWN, REQUIRED
from ..text import nearest_name
from . import messages
from .numbers import (
    COUNTRY,
    EMERGENCY,
    FIELDS,
    REVISION,
    TEST,
    Number,
    Numbers,
    comparison_key,
    is_one_number,
    keyed,
    settings_of,
    shown_key,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..aws.config import AwsConfig

E164 = re.compile(r"\+?[1-9][0-9]{1,14}")
ALPHA_2 = re.compile(r"[A-Z]{2}")
"""The patterns of the service's model (a test checks that they are equal)."""
_PLAIN = (COUNTRY, REVISION)
"""The fields that are not secret."""


class EmergencyCallingInputs(Inputs[Numbers]):
    """The declared inputs of emergency calling."""

    properties = ("numbers",)

    def __init__(self, olds: Mapping[str, Any], news: Mapping[str, Any], config: AwsConfig) -> None:
        super().__init__(olds, news, config)
        declared = news.get("numbers")
        if is_unknown(declared):
            return
        if isinstance(declared, dict) and declared == olds.get("numbers"):
            self.settings = settings_of(olds)
            return
        failures, numbers = _check(declared)
        self.failures += failures
        if numbers is not None and not failures:
            self.settings = Numbers(keyed(numbers, settings_of(olds).by_key))


def with_secrets(state: dict[str, Any]) -> dict[str, Any]:
    """Marks every phone number as a secret in `state`; the countries are not, so that a diff shows what changes."""
    if is_unknown(state["numbers"]):
        return state
    hidden = {
        key: {name: value if name in _PLAIN else as_secret(value) for name, value in number.items()}
        for key, number in state["numbers"].items()
    }
    return {**state, "numbers": hidden}


def texts_of(value: Any) -> set[str]:
    """Returns the phone numbers of settings, a state or inputs, with and without the plus sign; keys may be phone numbers."""
    return _texts(value.by_key if isinstance(value, Numbers) else value.get("numbers"))


def _texts(value: Any) -> set[str]:
    if isinstance(value, dict):
        keys = [name for name in value if shown_key(name) != name]
        return _texts([*keys, *(part for name, part in value.items() if name not in _PLAIN)])
    if isinstance(value, (list, tuple)):
        return set().union(*map(_texts, value))
    return {value, value.lstrip("+")} if isinstance(value, str) else set()


# --- rules


def _check(declared: Any) -> tuple[list[str], list[Number] | None]:
    """Returns the failures, and the numbers if all of them are known."""
    if mistake := _not_a_list(declared):
        return [f"numbers: {mistake}"], None
    if isinstance(declared, list):
        declared = {str(index): number for index, number in enumerate(declared)}
    failures: list[str] = []
    numbers: list[Number] = []
    first: dict[tuple[str, str], str] = {}
    # The program numbers its entries from 0. The engine does not keep their order.
    for key in sorted(declared, key=lambda key: (len(key), key)):
        path, number = f"numbers[{shown_key(key)}]", declared[key]
        if is_unknown(number):
            continue
        failures += [f"{path}{failure}" for failure in _failures(number)]
        if isinstance(number, dict) and not failures and not any(map(is_unknown, number.values())):
            numbers.append({name: number[name] for name in FIELDS.values() if number.get(name) is not None})
            call = comparison_key(numbers[-1])[:2]
            if call in first:
                failures.append(f"{path}: {DUPLICATE.format(earlier=first[call])}")
            first.setdefault(call, path)
    return failures, numbers if len(numbers) == len(declared) else None


def _not_a_list(declared: Any) -> str | None:
    if not declared:
        return messages.NO_NUMBERS.format()
    if is_one_number(declared):
        return messages.ONE_NUMBER.format()
    return None if isinstance(declared, (list, dict)) else messages.NOT_NUMBERS.format(type=_type(declared))


def _failures(number: Any) -> list[str]:
    if not isinstance(number, dict):
        return [f": {messages.NOT_A_NUMBER.format(fields=', '.join(FIELDS), type=_type(number))}"]
    unknown = [name for name in number if name not in (*FIELDS.values(), REVISION)]
    failures = [f".{shown_key(name)}: {NOT_KNOWN.format(hint=nearest_name(name, FIELDS))}" for name in unknown]
    for name, rule in ((EMERGENCY, _phone_number), (COUNTRY, _country), (TEST, _phone_number)):
        value = number.get(name)
        if value is None and name != TEST:
            failures.append(f".{name}: {REQUIRED.format()}")
        elif value is not None and not is_unknown(value) and (failure := rule(value)):
            failures.append(f".{name}: {failure}")
    return failures


def _phone_number(value: Any) -> str | None:
    if isinstance(value, str) and E164.fullmatch(value):
        return None
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return messages.NOT_E164.format(hint=messages.QUOTES if is_number else "")


def _country(value: Any) -> str | None:
    country = value.strip().upper() if isinstance(value, str) else ""
    if value == country and ALPHA_2.fullmatch(country):
        return None
    hint = messages.UPPER_CASE.format(country=country) if ALPHA_2.fullmatch(country) else ""
    return messages.NOT_A_COUNTRY.format(hint=hint)


def _type(value: Any) -> str:
    return "nothing" if value is None else f"a {type(value).__name__}"
