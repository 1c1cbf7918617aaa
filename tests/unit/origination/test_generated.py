"""Generated inputs: what is invalid never reaches the API, what is valid is always accepted there.

`make test-long` runs them with the profile `long`, by the ten thousand.
"""

from __future__ import annotations

import ipaddress
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_chime_voice.aws.client import ChimeSdkVoice
from pulumi_chime_voice.aws.config import read_config
from pulumi_chime_voice.origination.api import ORIGINATION_API
from pulumi_chime_voice.origination.inputs import settings_of

from ...support.emulators import configured_provider, running_emulator, set_preview, settings_for
from ...support.values import CONNECTOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chime_voice_emulator import Emulator
    from pulumi_chime_voice import OriginationProvider

MANY = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
)

# Few and cheap draws: what matters is the number of inputs, not that of names.
LABELS = st.sampled_from(["a", "0", "sbc-a", "SBC", "x--y", "a" * 63, "1a", "pbx-01"])
NAMES = st.builds(
    lambda labels, last, dot: ".".join([*labels, last]) + dot,
    st.lists(LABELS, max_size=3),
    st.sampled_from(["net", "a", "x-9", "z" * 60]),
    st.sampled_from(["", "."]),
)
HOSTS = (
    NAMES
    | st.integers(0, 2**32 - 1).map(lambda number: str(ipaddress.IPv4Address(number)))
    | st.integers(0, 2**128 - 1).map(lambda number: str(ipaddress.IPv6Address(number)))
)


def numbers(low: int, high: int) -> st.SearchStrategy[float]:
    """Whole numbers as the engine hands them on: floats."""
    return st.integers(low, high).map(float)


ROUTES = st.fixed_dictionaries(
    {
        "host": HOSTS,
        "protocol": st.sampled_from(["TCP", "UDP"]),
        "priority": numbers(1, 100),
        "weight": numbers(1, 100),
    },
    optional={"port": numbers(0, 65535) | st.none()},
)


def without_equals(routes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """No two routes with the same endpoint, priority and weight: each gets a priority of its own."""
    return [{**route, "priority": float(index + 1)} for index, route in enumerate(routes)]


VALID = st.fixed_dictionaries(
    {
        "voiceConnectorId": st.just(CONNECTOR),
        "routes": (st.lists(ROUTES, min_size=1, max_size=3) | st.lists(ROUTES, min_size=1, max_size=20)).map(
            without_equals
        ),
    },
    optional={
        "disabled": st.booleans() | st.none(),
        "onConflict": st.sampled_from(["fail", "overwrite", None]),
        "region": st.sampled_from(["us-east-1", None]),
    },
) | st.just({"voiceConnectorId": CONNECTOR, "disabled": True, "routes": []})

SOMETHING = st.sampled_from(
    [5.0, 0.5, -1.0, True, False, [], {}, ["x"], {"a": "b"}, math.nan, math.inf, -math.inf, 1e300]
)
NO_CHARACTER_OF_A_NAME = st.sampled_from(list(" !\"#$%&'()*+,/;<=>?@\\^_`{|}~\t\n\x00é電"))
NO_HOSTS = (
    st.builds(lambda before, bad, after: f"{before}{bad}{after}", NAMES, NO_CHARACTER_OF_A_NAME, NAMES)
    | st.sampled_from(
        ["", ".", "-a.example.net", "a-.example.net", "a..example.net", "999.1.1.1", "1.2.3", "1.2.3.4.5"]
    )
    | st.sampled_from(
        [
            "a" * 64 + ".example.net",
            ".".join(["a" * 60] * 5),
            "1::2::3",
            "[::1]",
            "sbc.example.net:5060",
            "fe80::1%eth0",
        ]
    )
    | SOMETHING
)


def no_numbers(low: int, high: int) -> st.SearchStrategy[Any]:
    return (
        st.integers(max_value=low - 1).map(float)
        | st.integers(min_value=high + 1, max_value=2**1000).map(float)
        | st.floats(low, high).filter(lambda number: number != int(number))
        | st.text()
        | st.sampled_from([True, False, [], {}, math.nan, math.inf, -math.inf])
    )


BAD_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "host": NO_HOSTS,
    "port": no_numbers(0, 65535),
    "protocol": st.text().filter(lambda text: text not in ("TCP", "UDP")) | SOMETHING,
    "priority": no_numbers(1, 100),
    "weight": no_numbers(1, 100),
}
BAD_ARGUMENTS: dict[str, st.SearchStrategy[Any]] = {
    "voiceConnectorId": st.sampled_from([None, "", "  ", "\t\n"]) | SOMETHING,
    "disabled": st.text() | st.sampled_from([0.0, 1.0, [], {}, "true"]),
    "onConflict": st.text().filter(lambda text: text not in ("fail", "overwrite")) | SOMETHING,
    "region": SOMETHING,
    "routes": st.text() | st.sampled_from([5.0, True, math.nan]),
}


def spoil_field(draw: st.DrawFn, routes: list[Any], index: int) -> None:
    name = draw(st.sampled_from(list(BAD_FIELDS)))
    routes[index] = {**routes[index], name: draw(BAD_FIELDS[name])}


def take_field_away(draw: st.DrawFn, routes: list[Any], index: int) -> None:
    name = draw(st.sampled_from(["host", "protocol", "priority", "weight"]))
    routes[index] = {key: value for key, value in routes[index].items() if key != name}


def add_unknown_field(draw: st.DrawFn, routes: list[Any], index: int) -> None:
    routes[index] = {
        **routes[index],
        draw(st.sampled_from(["hots", "prot", "Weight", "", "é"])): draw(st.text() | SOMETHING),
    }


def put_something_else(draw: st.DrawFn, routes: list[Any], index: int) -> None:
    routes[index] = draw(st.text() | st.sampled_from([5.0, True, []]))


def repeat(_: st.DrawFn, routes: list[Any], index: int) -> None:
    routes.append(dict(routes[index]))


def add_too_many(_: st.DrawFn, routes: list[Any], __: int) -> None:
    routes += [{"host": f"h{number}", "protocol": "TCP", "priority": 1.0, "weight": 1.0} for number in range(21)]


WAYS = [spoil_field, take_field_away, add_unknown_field, put_something_else, repeat, add_too_many]


@st.composite
def invalid(draw: st.DrawFn) -> dict[str, Any]:
    """Valid inputs with one thing wrong, or several."""
    news: dict[str, Any] = draw(VALID.filter(lambda valid: valid["routes"]))
    routes: list[Any] = list(news["routes"])
    wrong_arguments = draw(st.lists(st.sampled_from(list(BAD_ARGUMENTS)), unique=True, max_size=2))
    wrong_keys = draw(st.booleans())
    least = 0 if wrong_arguments or wrong_keys else 1
    for way in draw(st.lists(st.sampled_from(WAYS), min_size=least, max_size=3)):
        index = draw(st.integers(0, len(news["routes"]) - 1))
        if isinstance(routes[index], dict):
            way(draw, routes, index)
    news["routes"] = {f"no endpoint {index}": route for index, route in enumerate(routes)} if wrong_keys else routes
    return {**news, **{name: draw(BAD_ARGUMENTS[name]) for name in wrong_arguments}}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running_emulator(CONNECTOR) as running:
        yield running


@pytest.fixture(scope="module")
def provider(emulator: Emulator) -> OriginationProvider:
    return configured_provider(emulator)


def test_invalid_inputs_never_reach_the_api(provider: OriginationProvider, emulator: Emulator) -> None:
    """Each is refused in check, in one line per failure that begins with its path; in a preview too, nothing is sent."""
    emulator.clear_requests()
    examples = 0

    @MANY
    @given(news=invalid(), preview=st.booleans())
    def refused(news: dict[str, Any], preview: bool) -> None:
        nonlocal examples
        set_preview(provider, preview=preview)
        result = provider.check({}, news)
        assert result.failures
        for failure in result.failures:
            path, colon, reason = failure.reason.partition(": ")
            assert colon
            assert reason
            assert path.startswith(("routes", "voiceConnectorId", "disabled", "onConflict", "region"))
            assert "Traceback" not in failure.reason
            assert failure.property == ""
        examples += 1

    refused()
    assert examples >= settings.default.max_examples
    assert emulator.requests == []


def test_valid_inputs_are_accepted(provider: OriginationProvider, emulator: Emulator) -> None:
    """Each passes check, and the service, whose limits are its model's, takes and returns it as it was meant.

    After a refresh, the same program has nothing to change.
    """
    api = ChimeSdkVoice(read_config(settings_for(emulator).get))
    set_preview(provider, preview=False)  # A preview keeps the answers of an earlier example, and would wait for each.
    examples = 0

    @MANY
    @given(news=VALID)
    def accepted(news: dict[str, Any]) -> None:
        nonlocal examples
        result = provider.check({}, {**news})
        assert [failure.reason for failure in result.failures] == []
        wanted = settings_of(result.inputs)
        live = ORIGINATION_API.put(api, CONNECTOR, result.inputs["region"], wanted, "updating")
        assert live is not None
        assert wanted.is_satisfied_by(live)
        read = provider.read(CONNECTOR, result.inputs)
        again = provider.check(read.inputs, {**news})
        assert not provider.diff(CONNECTOR, read.outs, again.inputs).changes
        examples += 1

    accepted()
    assert examples >= settings.default.max_examples
