"""Concurrent clients, memory use and throughput."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chime_voice_emulator import Emulator

from .support import CONNECTOR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .support import Raw

CLIENTS = 32
ROUTE = {"Host": "10.24.34.0", "Port": 1234, "Protocol": "TCP", "Priority": 1, "Weight": 5}

# The baseline: a Starlette application on the same server with one route and a constant response of the same size.
BARE = f"""
import socket, uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def constant(request):
    return JSONResponse({{"Origination": {{"Disabled": False, "Routes": [{ROUTE!r}]}}}})

listener = socket.socket(proto=socket.IPPROTO_TCP)
listener.bind(("127.0.0.1", 0))
listener.listen()
print(f"http://127.0.0.1:{{listener.getsockname()[1]}}", flush=True)
application = Starlette(routes=[Route("/voice-connectors/{{voiceConnectorId}}/origination", constant)])
config = uvicorn.Config(
    application, http="h11", loop="asyncio", lifespan="off", log_config=None, log_level="critical", access_log=False
)
uvicorn.Server(config).run(sockets=[listener])
"""


def all_at_once(work: Callable[[int], None], count: int = CLIENTS) -> None:
    """Runs the work in threads that start together, and raises the error of any of them."""
    together = threading.Barrier(count)
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            together.wait(60)
            work(number)
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


@pytest.fixture(params=["memory", "file"])
def busy(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Emulator]:
    """Starts an emulator in memory or on a file. At the end, no response was a 5xx."""
    with Emulator(data=None if request.param == "memory" else tmp_path / "state.db", log_size=100_000) as emulator:
        yield emulator
        assert [request for request in emulator.requests if not 200 <= request.status < 500] == []


class TestManyClients:
    """32 clients at once."""

    def test_on_one_connector(self, busy: Emulator, connect: Callable[..., Any]) -> None:
        """Every client tags the connector and puts its origination. No tag is lost, and origination is never a mixture."""
        chime = connect(busy.endpoint_url, max_pool_connections=CLIENTS)
        connector = chime.create_voice_connector(Name="a", RequireEncryption=False)["VoiceConnector"]
        identity, arn = connector["VoiceConnectorId"], connector["VoiceConnectorArn"]

        def work(number: int) -> None:
            chime.tag_resource(ResourceARN=arn, Tags=[{"Key": f"client-{number}", "Value": "was here"}])
            for turn in range(5):
                routes = [{**ROUTE, "Port": number, "Weight": weight} for weight in range(1, 2 + turn)]
                chime.put_voice_connector_origination(VoiceConnectorId=identity, Origination={"Routes": routes})
                read = chime.get_voice_connector_origination(VoiceConnectorId=identity)["Origination"]["Routes"]
                assert len({route["Port"] for route in read}) == 1
                assert sorted(route["Weight"] for route in read) == list(range(1, len(read) + 1))

        all_at_once(work)

        tags = chime.list_tags_for_resource(ResourceARN=arn)["Tags"]
        assert {tag["Key"] for tag in tags} == {f"client-{number}" for number in range(CLIENTS)}
        assert len(busy.requests) == 1 + CLIENTS * 11 + 1

    def test_on_many_connectors(self, busy: Emulator, connect: Callable[..., Any]) -> None:
        """Every client creates connectors. In the end, all exist with their client's settings."""
        chime = connect(busy.endpoint_url, max_pool_connections=CLIENTS)
        expected: dict[str, int] = {}

        def work(number: int) -> None:
            for turn in range(5):
                made = chime.create_voice_connector(Name=f"{number}-{turn}", RequireEncryption=False)["VoiceConnector"]
                identity = made["VoiceConnectorId"]
                chime.put_voice_connector_origination(
                    VoiceConnectorId=identity, Origination={"Routes": [{**ROUTE, "Port": number}]}
                )
                expected[identity] = number

        all_at_once(work)

        found: dict[str, int] = {}
        token: dict[str, str] = {}
        while True:
            page = chime.list_voice_connectors(**token)
            for connector in page["VoiceConnectors"]:
                identity = connector["VoiceConnectorId"]
                read = chime.get_voice_connector_origination(VoiceConnectorId=identity)["Origination"]
                found[identity] = read["Routes"][0]["Port"]
            if "NextToken" not in page:
                break
            token = {"NextToken": page["NextToken"]}
        assert expected == found
        assert len(found) == CLIENTS * 5


def resident_bytes(process_id: int) -> int:
    """Returns the resident memory of a process."""
    pages = Path(f"/proc/{process_id}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4096


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the memory of a process from /proc")
def test_memory_is_flat_over_24_000_requests(start_process: Any, raw_at: Any, wire: Any, capsys: Any) -> None:
    """After the request log is full, memory does not grow over reads, writes, errors, invalid signatures and unknown paths."""
    process = start_process("--never-configured", "on")
    raw: Raw = raw_at(process.endpoint_url)
    made = raw.send("POST", "/voice-connectors", {"Name": "a", "RequireEncryption": False}).json["VoiceConnector"]
    path = f"/voice-connectors/{made['VoiceConnectorId']}"
    stranger: Raw = raw_at(process.endpoint_url, secret="guess")
    requests = [
        raw.bytes("GET", f"{path}/origination"),
        raw.bytes("PUT", f"{path}/origination", {"Origination": {"Routes": [ROUTE] * 20}}),
        raw.bytes("PUT", f"{path}/origination", {"Origination": {"Routes": [{**ROUTE, "Port": 70000}]}}),
        raw.bytes("GET", "/voice-connectors"),
        raw.bytes("GET", f"/voice-connectors/{CONNECTOR}"),
        raw.bytes("GET", "/settings"),
        raw.bytes("GET", "/nowhere"),
        stranger.bytes("GET", path),
    ]
    connections = wire(process.endpoint_url)
    statuses = connections.send(requests, 12_000)
    settled = resident_bytes(process.popen.pid)
    statuses += connections.send(requests, 12_000)
    grown = resident_bytes(process.popen.pid) - settled

    with capsys.disabled():
        print(f"\n  memory: {settled / 1e6:.1f} MB after 12,000 requests, {grown / 1e3:+.0f} kB after 12,000 more")
    assert statuses.total() == 24_000
    assert statuses == {200: 9_000, 400: 3_000, 404: 6_000, 501: 3_000, 403: 3_000}
    assert grown < 1_000_000


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads the CPU time of a process from /proc")
def test_cpu_time_of_a_request_against_a_bare_application(
    start_process: Any, raw_at: Any, wire: Any, capsys: Any
) -> None:
    """With signature checks, a request takes at most four times the CPU time of Starlette with a constant response.

    CPU time, because the wall time depends on what else the machine does.
    """
    bare = subprocess.Popen([sys.executable, "-c", BARE], stdout=subprocess.PIPE, text=True)
    assert bare.stdout is not None
    try:
        process = start_process("--never-configured", "on")
        raw: Raw = raw_at(process.endpoint_url)
        bare_url = bare.stdout.readline().strip()
        made = raw.send("POST", "/voice-connectors", {"Name": "a", "RequireEncryption": False}).json["VoiceConnector"]
        path = f"/voice-connectors/{made['VoiceConnectorId']}/origination"
        measured = {
            "bare": (bare.pid, bare_url, raw_at(bare_url).bytes("GET", path)),
            "put": (process.popen.pid, raw.endpoint_url, raw.bytes("PUT", path, {"Origination": {"Routes": [ROUTE]}})),
            "get": (process.popen.pid, raw.endpoint_url, raw.bytes("GET", path)),
        }
        seconds = {}
        for name, (process_id, url, request) in measured.items():
            connections = wire(url)
            assert connections.send([request], 400) == {200: 400}, "the first requests also import and compile"
            began = cpu_seconds(process_id)
            assert connections.send([request], 4_000) == {200: 4_000}
            seconds[name] = cpu_seconds(process_id) - began
    finally:
        bare.kill()
        bare.wait()
        bare.stdout.close()

    with capsys.disabled():
        print(
            f"\n  requests per CPU second: bare Starlette {4_000 / seconds['bare']:.0f},"
            f" get {4_000 / seconds['get']:.0f} ({seconds['bare'] / seconds['get']:.0%}),"
            f" put {4_000 / seconds['put']:.0f} ({seconds['bare'] / seconds['put']:.0%})"
        )
    assert seconds["get"] <= 4 * seconds["bare"]
    assert seconds["put"] <= 4 * seconds["bare"]


def cpu_seconds(process_id: int) -> float:
    """Returns the CPU time that a process has used."""
    fields = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
