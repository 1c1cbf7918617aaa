"""What the state machine chooses from: edits of a program, faults of a run, targets and stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from .service import EMERGENCY, ORIGINATION
from .stack import READ, Goal

if TYPE_CHECKING:
    from pulumi_chime_voice.origination.routes import Route


def _route(host: str, weight: int = 1) -> Route:
    return {"host": host, "port": 5060, "protocol": "UDP", "priority": 1, "weight": weight}


ROUTES = ([_route("203.0.113.7")], [_route("203.0.113.7", 3)], [_route("203.0.113.8"), _route("203.0.113.9")], [])
NUMBERS = ("+12065550100", "+12065550101")
CONFIGURATION = "VoiceConnectorEmergencyCallingConfiguration"
NAMES = frozenset({"m", "vc", "o", "p", "e", "r"})
PLACES = ("A", "B", "@m", "@vc")

Edit = tuple[str, dict[str, Any]]


def declared(name: str, place: str, routes: int, *, off: bool, overwrite: bool, along: bool) -> Edit:
    inputs = {"routes": ROUTES[routes], "disabled": off or not ROUTES[routes], "onConflict": _conflict(overwrite)}
    return "declare", {"goal": Goal(name, ORIGINATION, place, inputs, 0, "m" if along else "")}


def _emergency(place: str, number: int, *, overwrite: bool) -> Edit:
    numbers = [{"emergencyPhoneNumber": NUMBERS[number], "callingCountry": "US"}]
    return "declare", {"goal": Goal("e", EMERGENCY, place, {"numbers": numbers, "onConflict": _conflict(overwrite)})}


def _conflict(overwrite: bool) -> str:
    return "overwrite" if overwrite else "fail"


RARELY = st.sampled_from([False, False, False, False, True])
CHANGES = st.one_of(
    st.builds(lambda routes: ("change", {"routes": routes}), st.integers(0, 3)),
    st.builds(lambda name: ("trigger", {"name": name}), st.sampled_from(["m", "vc"])),
    st.builds(lambda place: ("point", {"place": place}), st.sampled_from(["A", "B"])),
)
EDITS = st.one_of(
    CHANGES,
    st.builds(
        declared,
        st.sampled_from(["o", "o", "p"]),
        st.sampled_from(PLACES),
        st.integers(0, 3),
        off=RARELY,
        overwrite=RARELY,
        along=RARELY,
    ),
    st.builds(_emergency, st.sampled_from(["A", "B", "@o", "@o"]), st.integers(0, 1), overwrite=RARELY),
    st.builds(lambda place: ("declare", {"goal": Goal("r", READ, place)}), st.sampled_from(PLACES)),
    st.builds(lambda name: ("remove", {"name": name}), st.sampled_from(sorted(NAMES))),
    st.builds(lambda name: ("freeze", {"name": name}), st.sampled_from(["o", "e"])),
    st.just(("rename", {})),
)
FAULTS = st.one_of(
    st.just([]),
    st.builds(
        lambda skipped, fault: [None] * skipped + [fault],
        st.integers(0, 2),
        st.sampled_from(["fail", "lose", "die before", "die after"]),
    ),
)
TARGETS = st.one_of(st.none(), st.none(), st.frozensets(st.sampled_from(sorted(NAMES)), min_size=1))
STACKS = st.sampled_from(["dev", "dev", "dev", "other"])
