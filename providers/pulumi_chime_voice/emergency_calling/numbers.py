"""The domain: emergency numbers, how they are compared and keyed, and their form in the API.

No text that this module makes contains a phone number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias

from ..errors import StateError

if TYPE_CHECKING:
    from collections.abc import Iterable

EMERGENCY, COUNTRY, TEST = "emergencyPhoneNumber", "callingCountry", "testPhoneNumber"
FIELDS = {"emergency_phone_number": EMERGENCY, "calling_country": COUNTRY, "test_phone_number": TEST}
"""Arguments in Python -> the names in the state. The API writes those with a capital."""
REVISION = "revision"
_MOST_REVISIONS = 2**53
_FEWEST_DIGITS = 4
Number: TypeAlias = "dict[str, Any]"
"""A number as the state holds it."""


@dataclass(frozen=True)
class Numbers:
    """The emergency calling configuration of a voice connector.

    Attributes:
        by_key: each number as the state holds it, by key (see `keyed`).
    """

    by_key: Mapping[str, Number] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        """Whether emergency calling is not configured; AWS does not document the response then."""
        return not self.by_key

    @property
    def is_absent(self) -> bool:
        """The same: a voice connector without emergency calling has no numbers."""
        return self.is_blank

    def equals(self, other: Numbers) -> bool:
        """Whether both route the same calls; the order does not count."""
        return Counter(map(facts, self.by_key.values())) == Counter(map(facts, other.by_key.values()))

    is_satisfied_by = is_declared_as = equals

    def overlooks(self, live: Numbers, wanted: Numbers) -> bool:
        """False: numbers leave nothing open."""
        return False

    def with_keys_of(self, known: Numbers) -> Numbers:
        """These numbers with the keys of what was `known` before."""
        return Numbers(keyed(self.by_key.values(), known.by_key))

    def describe(self) -> str:
        """How many numbers each country has: ``2 numbers for US``."""
        return _counted(self.by_key.values()) or "no emergency numbers"

    def differences(self, live: Numbers | None) -> str:
        """How `live` differs from these numbers, by key: ``US 1 has another test number``."""
        now = keyed((live or Numbers()).by_key.values(), self.by_key)
        said = [f"{key} is gone" for key in self.by_key if key not in now]
        for key, old in self.by_key.items():
            emergency, _, test = facts(now.get(key, old))
            said += [f"{key} has another emergency number"] if emergency != facts(old)[0] else []
            said += [f"{key} has another test number"] if test != facts(old)[2] else []
        new = _counted(number for key, number in now.items() if key not in self.by_key)
        return ", ".join([*said, f"new: {new}"] if new else said)


def facts(number: Number) -> tuple[str, str, str]:
    """What a number does, in the form by which numbers are compared: the plus sign of E.164 is optional in the API."""
    return number[EMERGENCY].lstrip("+"), number[COUNTRY], number.get(TEST, "").lstrip("+")


def keyed(numbers: Iterable[Number], like: Mapping[str, Number] | None = None) -> dict[str, Number]:
    """Numbers by country and a running number (``"US 1"``), which tells them apart without showing them.

    `like` holds keys already in use (a state's): a number that stands there keeps its key, also if only its test number
    changes, and another takes the first that is free. Pulumi shows no difference between two secrets, so each entry has a
    revision, which counts its changes: a change of one number shows as a change of one revision.
    """
    before = dict(like or {})
    spare, waiting, result = dict(before), list(numbers), dict[str, Number]()
    for part in (slice(None), slice(2)):
        for number in waiting[:]:
            key = next((key for key, old in spare.items() if facts(old)[part] == facts(number)[part]), None)
            if key is not None:
                del spare[key]
                result[key] = number
                waiting.remove(number)
    for number in waiting:
        keys = (f"{number[COUNTRY]} {position}" for position in count(1))
        result[next(key for key in keys if key not in result)] = number
    return {key: {**result[key], REVISION: _revision(result[key], before.get(key))} for key in sorted(result)}


def _revision(number: Number, old: Number | None) -> int:
    if old is None:
        return 1
    return int(old.get(REVISION) or 1) + (facts(old) != facts(number))


def is_one_number(declared: object) -> bool:
    """Whether a declaration is a single number, whose keys are names of fields, instead of a list of numbers."""
    return isinstance(declared, Mapping) and not {*FIELDS, *FIELDS.values()}.isdisjoint(declared)


def of_state(numbers: Any) -> Numbers:
    """Returns the numbers in a state, or in checked inputs.

    Raises:
        StateError: the state was edited by hand, and something in it is missing or has another type.
    """
    if not isinstance(numbers, (dict, type(None))):
        raise StateError("numbers", "is not a mapping of numbers")
    return Numbers({key: _of_state(f"numbers[{shown_key(key)}]", number) for key, number in (numbers or {}).items()})


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
    """The numbers in an answer's `EmergencyCallingConfiguration`."""
    several = [
        {name: entry[_member(name)] for name in FIELDS.values() if entry.get(_member(name))}
        for entry in configuration.get("DNIS") or []
    ]
    return Numbers(keyed({EMERGENCY: "", COUNTRY: "", **number} for number in several))


def to_api(numbers: Numbers) -> dict[str, Any]:
    """The `EmergencyCallingConfiguration` of a Put."""
    several = numbers.by_key.values()
    return {"DNIS": [{_member(name): one[name] for name in FIELDS.values() if name in one} for one in several]}


def _member(name: str) -> str:
    return name[0].upper() + name[1:]


def _counted(numbers: Iterable[Number]) -> str:
    counted = Counter(number[COUNTRY] for number in numbers)
    return ", ".join(f"{n} number{'s' if n > 1 else ''} for {country}" for country, n in sorted(counted.items()))
