"""Emergency numbers: how they are keyed, compared and described, without showing one."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_chime_voice.emergency_calling import numbers as domain
from pulumi_chime_voice.emergency_calling.numbers import Numbers

POLICE, FIRE, TEST = "+12065550100", "+12065550101", "+12065550199"


def number(phone: str = POLICE, country: str = "US", test: str | None = None) -> dict[str, Any]:
    given = {"emergencyPhoneNumber": phone, "callingCountry": country, "testPhoneNumber": test}
    return {name: value for name, value in given.items() if value is not None}


def numbers(*several: dict[str, Any]) -> Numbers:
    return Numbers(domain.keyed(several))


class TestKeyed:
    """Keys and revisions, by which a preview shows what changes."""

    def test_new(self) -> None:
        """By country, in the order of the declaration, each at its first revision."""
        keyed = domain.keyed([number(FIRE), number(POLICE), number("+16135550100", "CA")])
        assert {key: one["emergencyPhoneNumber"] for key, one in keyed.items()} == {
            "CA 1": "+16135550100",
            "US 1": FIRE,
            "US 2": POLICE,
        }
        assert {one["revision"] for one in keyed.values()} == {1}

    def test_another_order(self) -> None:
        """The same keys: nothing changes."""
        old = domain.keyed([number(FIRE), number(POLICE)])
        assert domain.keyed([number(POLICE), number(FIRE)], old) == old

    @pytest.mark.parametrize("changed", [number("+12065550155"), number(POLICE, test=TEST)], ids=["number", "test"])
    def test_one_changes(self, changed: dict[str, Any]) -> None:
        """Its revision counts on, and the other keeps key and revision."""
        old = domain.keyed([number(FIRE), number(POLICE)])
        now = domain.keyed([changed, number(FIRE)], old)
        assert now["US 1"] == old["US 1"]
        assert now["US 2"] == {**changed, "revision": 2}

    def test_one_goes(self) -> None:
        """The others keep their keys."""
        old = domain.keyed([number(FIRE), number(POLICE)])
        assert domain.keyed([number(POLICE)], old) == {"US 2": old["US 2"]}


class TestCompared:
    """What counts, and what does not."""

    def test_plus_sign_order_and_revision_do_not_count(self) -> None:
        """The API's pattern makes the plus sign optional."""
        one = numbers(number(POLICE), number(FIRE))
        other = Numbers({"x": {**number(FIRE.lstrip("+")), "revision": 7}, "y": number(POLICE)})
        assert one.equals(other)
        assert one.is_satisfied_by(other)

    @pytest.mark.parametrize(
        "other", [number(FIRE), number(country="CA"), number(test=TEST)], ids=["number", "country", "test"]
    )
    def test_everything_else_does(self, other: dict[str, Any]) -> None:
        """Number, country and test number."""
        assert not numbers(number()).equals(numbers(other))

    def test_the_same_number_twice(self) -> None:
        """A live configuration may have twins: they are not one."""
        assert not numbers(number(), number()).equals(numbers(number()))


class TestInWords:
    """Texts for messages: they never contain a number."""

    @pytest.mark.parametrize(
        ("live", "said"),
        [
            (numbers(number(FIRE), number("+16135550100", "CA")), "US 1 has another emergency number"),
            (numbers(number(test=TEST), number("+16135550100", "CA")), "US 1 has another test number"),
            (numbers(number()), "CA 1 is gone"),
            (None, "US 1 is gone, CA 1 is gone"),
            (numbers(number(), number("+16135550100", "CA"), number(FIRE)), "new: 1 number for US"),
        ],
        ids=["number", "test", "gone", "all gone", "new"],
    )
    def test_differences(self, live: Numbers | None, said: str) -> None:
        """By key."""
        old = Numbers(dict(reversed(numbers(number(), number("+16135550100", "CA")).by_key.items())))
        assert old.differences(live) == said

    def test_described(self) -> None:
        """How many, by country."""
        several = numbers(number(), number(FIRE), number("+16135550100", "CA"))
        assert several.describe() == "1 number for CA, 2 numbers for US"
        assert numbers().describe() == "no emergency numbers"


def test_there_and_back() -> None:
    """The API's form holds what the state holds, without the revision."""
    several = numbers(number(test=TEST), number("+16135550100", "CA"))
    sent = domain.to_api(several)
    assert sent == {
        "DNIS": [
            {"EmergencyPhoneNumber": "+16135550100", "CallingCountry": "CA"},
            {"EmergencyPhoneNumber": POLICE, "CallingCountry": "US", "TestPhoneNumber": TEST},
        ]
    }
    assert domain.from_api(sent) == several
    assert domain.from_api({}).is_blank
