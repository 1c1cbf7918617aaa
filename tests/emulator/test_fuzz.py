"""More than 20,000 generated requests: each is answered, in good form and never with a 5xx of the emulator's own."""

from __future__ import annotations

import json
import re
import socket
import string
import time
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chime_voice_emulator import Emulator
from chime_voice_emulator.model import SERVICE
from chime_voice_emulator.service.operations import SERVED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .support import Raw

CONNECTOR = "abcdef1ghij2klmno3pqr4"
BATCH = 20
RIGHT = (
    "AWS4-HMAC-SHA256 Credential={}/{}/us-east-1/chime/aws4_request, SignedHeaders=host;x-amz-date, Signature="
    + "0" * 64
)
STATUSES = {200, 201, 204, 400, 401, 403, 404, 408, 409, 413, 415, 501}


def fuzzed(requests: int) -> settings:
    """So many requests, the same in every run."""
    return settings(
        max_examples=requests // BATCH,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


class Line:
    """One kept-alive connection, opened again whenever the other side closes it."""

    def __init__(self, endpoint_url: str) -> None:
        where = urlsplit(endpoint_url)
        self._address = (where.hostname, where.port)
        self._socket: socket.socket | None = None

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def send(self, data: bytes) -> tuple[int, dict[str, str], bytes]:
        """One request; its answer. A request that is not answered within 30 seconds is a hang, and fails."""
        if self._socket is None:
            self._socket = socket.create_connection(self._address, timeout=30)
        self._socket.sendall(data)
        with self._socket.makefile("rb") as reader:
            head = b"".join(iter(reader.readline, b"\r\n")).decode("latin-1").split("\r\n")
            headers = dict(line.split(": ", 1) for line in head[1:] if line)
            status = int(head[0].split(" ")[1])
            bodiless = status == 204 or data.startswith(b"HEAD ")
            content = b"" if bodiless else reader.read(int(headers["Content-Length"]))
        if headers.get("Connection", "").lower() == "close":
            self.close()
        return status, headers, content


@pytest.fixture(scope="module")
def world() -> Iterator[Emulator]:
    """One emulator for all requests, with a connector in it."""
    with Emulator(never_configured="on", log_size=100_000) as emulator:
        emulator.create_voice_connector(voice_connector_id=CONNECTOR)
        yield emulator


@pytest.fixture
def line(world: Emulator) -> Iterator[Line]:
    line = Line(world.endpoint_url)
    yield line
    line.close()


@pytest.fixture
def raw(world: Emulator, raw_at: Callable[..., Raw]) -> Raw:
    return raw_at(world.endpoint_url)


def check(answer: tuple[int, dict[str, str], bytes]) -> int:
    """The answer is in good form; its status."""
    status, headers, content = answer
    assert status in STATUSES, answer
    assert re.fullmatch(r"[0-9a-f-]{36}", headers["x-amzn-RequestId"])
    if status >= 400 and content:
        assert headers["x-amzn-ErrorType"].isalpha()
        assert set(json.loads(content)) == {"Code", "Message"}
    elif content:
        assert isinstance(json.loads(content), dict)
    return status


def members_of(shape: Any) -> Iterator[str]:
    """The names of all members within a shape."""
    for name, member in getattr(shape, "members", {}).items():
        yield name
        yield from members_of(member)
    if hasattr(shape, "member"):
        yield from members_of(shape.member)


# JSON that is near to what the operations take: their members' names, with values that are right, nearly right or not at all.
MEMBERS = sorted({name for one in SERVICE.operations.values() for name in members_of(one.model.input_shape)})
names = st.sampled_from([*MEMBERS, "Unknown"])
integers = st.sampled_from([-1, 0, 1, 5060, 65535, 65536, 100, 101, 2**31, 2**63, -(2**64)])
texts = st.sampled_from(["", "TCP", "UDP", "tls", "US", "+12065550100", "us-east-1", "a", "a" * 300]) | st.text(
    max_size=8
)
leaves = st.none() | st.booleans() | integers | texts | st.floats(allow_nan=False, allow_infinity=False)
wrong = integers | leaves


def mostly(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Nine times of ten a value that is right."""
    return st.integers(0, 9).flatmap(lambda number: right if number else wrong)


routes = st.fixed_dictionaries(
    {},
    optional={
        "Port": mostly(st.integers(0, 65535)),
        "Priority": mostly(st.integers(1, 100)),
        "Protocol": mostly(st.sampled_from(["TCP", "UDP"])),
        "Weight": mostly(st.integers(1, 100)),
        "Host": mostly(texts),
    },
)
odd_routes = st.dictionaries(st.sampled_from(["Host", "Port", "Weight", "Unknown"]), wrong, max_size=3)
originations = st.fixed_dictionaries(
    {},
    optional={
        "Routes": mostly(st.lists(routes, max_size=4) | st.lists(odd_routes | routes, max_size=21)),
        "Disabled": mostly(st.booleans()),
    },
)
anything = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3), max_leaves=8
)
connectors = st.fixed_dictionaries(
    {"Name": mostly(st.just("a")), "RequireEncryption": mostly(st.booleans())},
    optional={"AwsRegion": mostly(st.just("eu-west-1")), "Tags": mostly(st.just([{"Key": "a", "Value": "b"}]))},
)
bodies = (
    st.fixed_dictionaries({"Origination": originations})
    | connectors
    | st.dictionaries(names, anything, max_size=3)
    | anything
)

SEGMENTS = sorted({part for one in SERVICE.operations.values() for part in one.path.split("/") if "{" not in part})
segments = st.sampled_from(SEGMENTS) | st.sampled_from(
    [CONNECTOR, "_emulator", ".", "..", "%00", "%2F", "%F0%9F", "+1206555"]
)
parameters = st.dictionaries(
    st.sampled_from(["operation", "max-results", "next-token", "arn", "filter-name", "filter-value", "status", "X"]),
    st.sampled_from(["tag-resource", "untag-resource", "1", "0", "101", "VoiceConnectorId", "e30="])
    | st.text(max_size=6),
    max_size=3,
)
methods = st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "OPTIONS"])


@st.composite
def targets(draw: st.DrawFn) -> tuple[str, str]:
    """A method and a path: of an operation, or of nothing."""
    known = [("PUT", f"/voice-connectors/{CONNECTOR}/origination")] * 3 + [
        ("PUT", f"/voice-connectors/{CONNECTOR}/emergency-calling-configuration"),
        ("PUT", f"/voice-connectors/{CONNECTOR}"),
        ("POST", "/voice-connectors"),
        ("POST", "/tags?operation=tag-resource"),
        ("POST", "/tags?operation=untag-resource"),
        ("GET", "/voice-connectors"),
        ("DELETE", f"/voice-connectors/{CONNECTOR}/origination"),
    ]
    if draw(st.booleans()):
        return draw(st.sampled_from(known))
    path = "/" + "/".join(draw(st.lists(segments, max_size=4)))
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in draw(parameters).items())
    return draw(methods), f"{path}?{query}" if query else path


def test_near_misses(world: Emulator, raw: Raw, line: Line) -> None:
    """12,000 signed requests: operations and what looks like them, with bodies near to what they take."""
    seen: Counter[int] = Counter()

    @fuzzed(12_000)
    @given(st.lists(st.tuples(targets(), bodies), min_size=BATCH, max_size=BATCH))
    def fuzz(requests: list[tuple[tuple[str, str], Any]]) -> None:
        for (method, path), body in requests:
            seen[check(line.send(raw.bytes(method, path, body)))] += 1

    fuzz()

    assert seen.total() >= 12_000
    # The generator reaches successes, refusals and what is not served; signatures are right throughout.
    assert {200, 201, 204, 400, 404, 501} <= set(seen)
    assert {None, *SERVED} & {request.operation for request in world.requests} >= {None, "PutVoiceConnectorOrigination"}


def test_accepted_means_valid(raw: Raw, line: Line) -> None:
    """4,000 origination settings: accepted exactly if they keep the rules, as these are written down here once more."""
    path = f"/voice-connectors/{CONNECTOR}/origination"
    line.send(raw.bytes("DELETE", path.replace("origination", "emergency-calling-configuration")))
    seen: Counter[int] = Counter()

    def is_integer(value: object, least: int, most: int) -> bool:
        return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most

    rules: dict[str, Callable[[Any], bool]] = {
        "Host": lambda value: isinstance(value, str),
        "Port": lambda value: is_integer(value, 0, 65535),
        "Priority": lambda value: is_integer(value, 1, 100),
        "Weight": lambda value: is_integer(value, 1, 100),
        "Protocol": lambda value: value in {"TCP", "UDP"},
    }

    def is_valid(settings: dict[str, Any]) -> bool:
        there = {name: value for name, value in settings.items() if value is not None}
        if not there or not isinstance(there.get("Disabled", False), bool):
            return False
        if "Routes" not in there:
            return True
        if not isinstance(there["Routes"], list) or not 1 <= len(there["Routes"]) <= 20:
            return False
        return all(
            any(value is not None for value in route.values())
            and all(name in rules and (value is None or rules[name](value)) for name, value in route.items())
            for route in there["Routes"]
        )

    @fuzzed(4_000)
    @given(st.lists(originations, min_size=BATCH, max_size=BATCH))
    def fuzz(many: list[dict[str, Any]]) -> None:
        for origination in many:
            status = check(line.send(raw.bytes("PUT", path, {"Origination": origination})))
            assert (status == 200) == is_valid(origination), origination
            seen[status] += 1

    fuzz()

    assert seen.total() >= 4_000
    assert min(seen[200], seen[400]) > 400


def test_bytes(raw: Raw, line: Line) -> None:
    """4,000 signed requests whose bodies are any bytes at all, with any content type."""
    seen: Counter[int] = Counter()
    content = st.binary(max_size=64) | st.text(alphabet='{}[]":,0123456789.eE+-truefalsn\\u \n', max_size=40).map(
        str.encode
    )

    @fuzzed(4_000)
    @given(st.lists(st.tuples(targets(), content), min_size=BATCH, max_size=BATCH))
    def fuzz(requests: list[tuple[tuple[str, str], bytes]]) -> None:
        for (method, path), body in requests:
            seen[check(line.send(raw.bytes(method, path, body)))] += 1

    fuzz()

    assert seen.total() >= 4_000
    assert 400 in seen


def test_headers(world: Emulator, line: Line) -> None:
    """2,000 requests with made-up headers, signatures among them: all refused, none with an accepted caller."""
    seen: Counter[int] = Counter()
    tokens = st.text(alphabet=string.ascii_letters + string.digits + "=/,;-_. ", max_size=40).map(str.strip)
    now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    scopes = st.builds(
        "AWS4-HMAC-SHA256 Credential={}/{}/us-east-1/{}/aws4_request, SignedHeaders={}, Signature={}".format,
        st.sampled_from(["test", "x", "é", "a" * 300]),
        st.sampled_from([now[:8], "00000000", "99999999"]),
        st.sampled_from(["chime", "sts", ""]),
        st.sampled_from(["host;x-amz-date", "host", "", ";", "host;host", "nothing"]),
        st.sampled_from(["0" * 64, "", "g" * 64]),
    )
    headers = st.fixed_dictionaries(
        {"Authorization": scopes | tokens},
        optional={
            "X-Amz-Date": st.sampled_from([now, "00000000T000000Z", "99991231T235959Z", "x"]) | tokens,
            "Date": st.sampled_from(["Tue, 24 Nov 2026 00:00:00 GMT", "Mon, 00 Jan 0000 99:99:99 +9999"]) | tokens,
            "X-Amz-Security-Token": tokens,
            "X-Amz-Content-Sha256": tokens,
            "Content-Type": tokens,
            "User-Agent": tokens,
        },
    )
    nearly_right = st.builds(
        lambda key, extra: {"Authorization": RIGHT.format(key, now[:8]), "X-Amz-Date": now, **extra},
        st.sampled_from(["test", "x", "é"]),
        st.dictionaries(st.sampled_from(["Content-Type", "User-Agent", "Date"]), tokens),
    )
    before = len(world.requests)

    @fuzzed(2_000)
    @given(st.lists(headers | nearly_right, min_size=BATCH, max_size=BATCH))
    def fuzz(many: list[dict[str, str]]) -> None:
        for given_headers in many:
            lines = [f"GET /voice-connectors/{CONNECTOR} HTTP/1.1", "Host: a"]
            lines += [f"{name}: {value}" for name, value in given_headers.items()]
            data = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
            seen[check(line.send(data))] += 1

    fuzz()

    assert seen.total() >= 2_000
    assert set(seen) == {401, 403}
    assert {request.account for request in world.requests[before:]} == {None}


def test_what_was_stored_is_whole(world: Emulator, raw: Raw) -> None:
    """After all that, everything that is listed can be read."""
    connectors = raw.send("GET", "/voice-connectors").json["VoiceConnectors"]

    assert CONNECTOR in {one["VoiceConnectorId"] for one in connectors}
    for one in connectors:
        assert raw.send("GET", f"/voice-connectors/{one['VoiceConnectorId']}").json["VoiceConnector"] == one
        assert raw.send("GET", f"/voice-connectors/{one['VoiceConnectorId']}/origination").status == 200
