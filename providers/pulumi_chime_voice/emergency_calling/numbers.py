"""Defines emergency numbers: how they are compared and keyed, and their form in the API.

No text that this module makes contains a phone number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias

from ..engine.kinds import Settings, match_previous
from ..errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterable

EMERGENCY, COUNTRY, TEST = "emergencyPhoneNumber", "callingCountry", "testPhoneNumber"
FIELDS = {"emergency_phone_number": EMERGENCY, "calling_country": COUNTRY, "test_phone_number": TEST}
"""Arguments in Python -> the names in the state."""
_MEMBERS = {name: name[0].upper() + name[1:] for name in FIELDS.values()}
"""The names in the state -> those in the API."""
REVISION = "revision"
_MOST_REVISIONS = 2**53
_FEWEST_DIGITS = 4
Number: TypeAlias = "dict[str, Any]"
"""A number as the state has it."""


@dataclass(frozen=True)
class Numbers(Settings):
    """The emergency calling configuration of a voice connector."""

    by_key: Mapping[str, Number] = field(default_factory=dict)
    """Each number as the state has it, by key (see `keyed`)."""

    @property
    def is_blank(self) -> bool:
        return not self.by_key

    @property
    def countries(self) -> set[str]:
        """The countries whose emergency calls are routed."""
        return {number[COUNTRY] for number in self.by_key.values()}

    def equals(self, other: Numbers) -> bool:
        """Whether both route the same calls; the order does not count."""
        numbers, others = self.by_key.values(), other.by_key.values()
        return Counter(map(comparison_key, numbers)) == Counter(map(comparison_key, others))

    def with_keys_of(self, previous: Numbers) -> Numbers:
        return Numbers(keyed(self.by_key.values(), previous.by_key))

    def describe(self) -> str:
        return _counted(self.by_key.values()) or "no emergency numbers"

    def differences(self, live: Numbers | None) -> str:
        """Returns how `live` differs from these numbers, by key: ``US 1 has another test number``."""
        now = keyed((live or Numbers()).by_key.values(), self.by_key)
        parts = [f"{key} is gone" for key in self.by_key if key not in now]
        for key, old in self.by_key.items():
            emergency, _, test = comparison_key(now.get(key, old))
            parts += [f"{key} has another emergency number"] if emergency != comparison_key(old)[0] else []
            parts += [f"{key} has another test number"] if test != comparison_key(old)[2] else []
        new = _counted(number for key, number in now.items() if key not in self.by_key)
        return ", ".join([*parts, f"new: {new}"] if new else parts)

    def as_state(self) -> dict[str, Any]:
        return {"numbers": {key: dict(number) for key, number in self.by_key.items()}}


def comparison_key(number: Number) -> tuple[str, str, str]:
    """Returns what a number does, in the form in which numbers are compared: the plus sign of E.164 is optional in the API."""
    return number[EMERGENCY].lstrip("+"), number[COUNTRY], number.get(TEST, "").lstrip("+")


def keyed(numbers: Iterable[Number], previous: Mapping[str, Number] | None = None) -> dict[str, Number]:
    """Returns numbers by country and a running number (``"US 1"``), which distinguishes them without showing them.

    A number of `previous` keeps its key, even if its test number changes; another gets the first key that is free. Pulumi shows
    no difference between two secrets, so each entry has a revision, which counts its changes: a change of one number shows as a
    change of one revision.
    """
    before = previous or {}
    result, added = match_previous(
        numbers,
        before,
        lambda number, old: comparison_key(number) == comparison_key(old),
        lambda number, old: comparison_key(number)[:2] == comparison_key(old)[:2],
    )
    for number in added:
        keys = (f"{number[COUNTRY]} {position}" for position in count(1))
        result[next(key for key in keys if key not in result)] = number
    return {key: {**result[key], REVISION: _revision(result[key], before.get(key))} for key in sorted(result)}


def _revision(number: Number, old: Number | None) -> int:
    if old is None:
        return 1
    return int(old.get(REVISION) or 1) + (comparison_key(old) != comparison_key(number))


def is_one_number(declared: object) -> bool:
    """Whether a declaration is a single number, whose keys are names of fields, and not a list of numbers."""
    return isinstance(declared, Mapping) and not {*FIELDS, *FIELDS.values()}.isdisjoint(declared)


def settings_of(props: Mapping[str, Any]) -> Numbers:
    """Returns the numbers in a state, or in checked inputs. Raises `StateError` if something is missing or has another type."""
    numbers = {} if props.get("numbers") is None else props["numbers"]
    if not isinstance(numbers, dict):
        raise StateError("numbers", "is not a mapping of numbers")
    return Numbers({key: _of_state(f"numbers[{shown_key(key)}]", number) for key, number in numbers.items()})


def shown_key(key: object) -> str:
    """Returns a key as a message may show it. Positions and running numbers are short; more digits may be a phone number."""
    text = str(key)
    return text if len(re.sub(r"\D", "", text)) < _FEWEST_DIGITS else "[secret]"


def _of_state(path: str, number: Any) -> Number:
    if not isinstance(number, dict):
        raise StateError(path, "is not an emergency number")
    for name in FIELDS.values():
        value = number.get(name)
        if value is None and name != TEST:
            raise StateError(f"{path}.{name}", "is missing")
        if not isinstance(value, (str, type(None))):
            raise StateError(f"{path}.{name}", "is not text")
    revision = number.get(REVISION, 1)
    if isinstance(revision, bool) or not isinstance(revision, (int, float)) or not 1 <= revision < _MOST_REVISIONS:
        raise StateError(f"{path}.{REVISION}", "is not a number")
    return dict(number)


def from_api(configuration: Mapping[str, Any]) -> Numbers:
    """Converts the `EmergencyCallingConfiguration` of a response."""
    numbers = [
        {name: entry[member] for name, member in _MEMBERS.items() if entry.get(member)}
        for entry in configuration.get("DNIS") or []
    ]
    return Numbers(keyed({EMERGENCY: "", COUNTRY: "", **number} for number in numbers))


def to_api(numbers: Numbers) -> dict[str, Any]:
    """Returns the `EmergencyCallingConfiguration` of a Put."""
    declared = numbers.by_key.values()
    return {"DNIS": [{_MEMBERS[name]: number[name] for name in _MEMBERS if name in number} for number in declared]}


def _counted(numbers: Iterable[Number]) -> str:
    counted = Counter(number[COUNTRY] for number in numbers)
    return ", ".join(f"{n} number{'s' if n > 1 else ''} for {country}" for country, n in sorted(counted.items()))
