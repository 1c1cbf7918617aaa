"""More than 20,000 generated requests: each gets a well-formed response, and never a 5xx of the emulator itself."""

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

from .support import CONNECTOR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .support import Raw

BATCH = 20
RIGHT = (
    "AWS4-HMAC-SHA256 Credential={}/{}/us-east-1/chime/aws4_request, SignedHeaders=host;x-amz-date, Signature="
    + "0" * 64
)
STATUSES = {200, 201, 204, 400, 401, 403, 404, 408, 409, 413, 415, 501}


def fuzzed(requests: int) -> settings:
    """Runs this number of requests, which are the same in every run."""
    return settings(
        max_examples=requests // BATCH,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


class Line:
    """One kept-alive connection, which reconnects after the server closes it."""

    def __init__(self, endpoint_url: str) -> None:
        where = urlsplit(endpoint_url)
        self._address = (where.hostname, where.port)
        self._socket: socket.socket | None = None

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def send(self, data: bytes) -> tuple[int, dict[str, str], bytes]:
        """Sends one request and returns its response. Raises an error if there is none within 30 seconds."""
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
def shared_emulator() -> Iterator[Emulator]:
    """Starts one emulator with a connector for all requests."""
    with Emulator(never_configured="on", log_size=100_000) as emulator:
        emulator.create_voice_connector(voice_connector_id=CONNECTOR)
        yield emulator


@pytest.fixture
def line(shared_emulator: Emulator) -> Iterator[Line]:
    line = Line(shared_emulator.endpoint_url)
    yield line
    line.close()


@pytest.fixture
def raw(shared_emulator: Emulator, raw_at: Callable[..., Raw]) -> Raw:
    return raw_at(shared_emulator.endpoint_url)


def check(answer: tuple[int, dict[str, str], bytes]) -> int:
    """Checks that a response is well formed, and returns its status."""
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
    """Yields the names of all members within a shape."""
    for name, member in getattr(shape, "members", {}).items():
        yield name
        yield from members_of(member)
    if hasattr(shape, "member"):
        yield from members_of(shape.member)


# JSON that resembles the input of operations: their members' names with valid, nearly valid and invalid values.
MEMBERS = sorted(
    {name for operation in SERVICE.operations.values() for name in members_of(operation.model.input_shape)}
)
names = st.sampled_from([*MEMBERS, "Unknown"])
integers = st.sampled_from([-1, 0, 1, 5060, 65535, 65536, 100, 101, 2**31, 2**63, -(2**64)])
texts = st.sampled_from(["", "TCP", "UDP", "tls", "US", "+12065550100", "us-east-1", "a", "a" * 300]) | st.text(
    max_size=8
)
leaves = st.none() | st.booleans() | integers | texts | st.floats(allow_nan=False, allow_infinity=False)
wrong = integers | leaves


def mostly(right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Generates a valid value nine times out of ten."""
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

SEGMENTS = sorted(
    {part for operation in SERVICE.operations.values() for part in operation.path.split("/") if "{" not in part}
)
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
    """Generates the method and path of an operation, or of none."""
    paths = [("PUT", f"/voice-connectors/{CONNECTOR}/origination")] * 3 + [
        ("PUT", f"/voice-connectors/{CONNECTOR}/emergency-calling-configuration"),
        ("PUT", f"/voice-connectors/{CONNECTOR}"),
        ("POST", "/voice-connectors"),
        ("POST", "/tags?operation=tag-resource"),
        ("POST", "/tags?operation=untag-resource"),
        ("GET", "/voice-connectors"),
        ("DELETE", f"/voice-connectors/{CONNECTOR}/origination"),
    ]
    if draw(st.booleans()):
        return draw(st.sampled_from(paths))
    path = "/" + "/".join(draw(st.lists(segments, max_size=4)))
    query = "&".join(f"{name}={quote(value, safe='')}" for name, value in draw(parameters).items())
    return draw(methods), f"{path}?{query}" if query else path


def test_near_misses(shared_emulator: Emulator, raw: Raw, line: Line) -> None:
    """Sends 12,000 signed requests whose operations and bodies are valid or nearly valid."""
    seen: Counter[int] = Counter()

    @fuzzed(12_000)
    @given(st.lists(st.tuples(targets(), bodies), min_size=BATCH, max_size=BATCH))
    def fuzz(requests: list[tuple[tuple[str, str], Any]]) -> None:
        for (method, path), body in requests:
            seen[check(line.send(raw.bytes(method, path, body)))] += 1

    fuzz()

    assert seen.total() >= 12_000
    # The generator reaches successes, errors and unsupported operations. All signatures are valid.
    assert {200, 201, 204, 400, 404, 501} <= set(seen)
    assert {None, *SERVED} & {request.operation for request in shared_emulator.requests} >= {
        None,
        "PutVoiceConnectorOrigination",
    }


def test_accepted_means_valid(raw: Raw, line: Line) -> None:
    """Sends 4,000 origination settings. They are accepted if and only if they follow the rules, as this test implements them."""
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
        present = {name: value for name, value in settings.items() if value is not None}
        if not present or not isinstance(present.get("Disabled", False), bool):
            return False
        if "Routes" not in present:
            return True
        if not isinstance(present["Routes"], list) or not 1 <= len(present["Routes"]) <= 20:
            return False
        return all(
            any(value is not None for value in route.values())
            and all(name in rules and (value is None or rules[name](value)) for name, value in route.items())
            for route in present["Routes"]
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
    """Sends 4,000 signed requests with random bytes as body, and any content type."""
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


def test_headers(shared_emulator: Emulator, line: Line) -> None:
    """Sends 2,000 requests with random headers, including signatures. All are rejected without a caller."""
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
    before = len(shared_emulator.requests)

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
    assert {request.account for request in shared_emulator.requests[before:]} == {None}


def test_everything_stored_can_be_read(shared_emulator: Emulator, raw: Raw) -> None:
    """Afterwards, everything in the lists can be read."""
    connectors = raw.send("GET", "/voice-connectors").json["VoiceConnectors"]

    assert CONNECTOR in {connector["VoiceConnectorId"] for connector in connectors}
    for connector in connectors:
        assert raw.send("GET", f"/voice-connectors/{connector['VoiceConnectorId']}").json["VoiceConnector"] == connector
        assert raw.send("GET", f"/voice-connectors/{connector['VoiceConnectorId']}/origination").status == 200
