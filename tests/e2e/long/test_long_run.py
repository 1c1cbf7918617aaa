"""A plugin process that lives far longer than an engine's run: two hundred originations, twenty rounds of change."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from pulumi_chime_voice import sdk
from pulumi_chime_voice.engine.run_file import ProgramFile, Run, stack_of_urn

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator

ORIGINATIONS, ROUNDS, SETTLED = 200, 20, 5
ENGINE = "127.0.0.1:1"
STACK = "urn:pulumi:dev::x"
PROVIDER = "gASVMQAAAAAAAACMEnB1bHVtaV9jaGltZV92b2ljZZSME09yaWdpbmF0aW9uUHJvdmlkZXKUk5QpgZQu"


def _struct(values: dict[str, Any]) -> Struct:
    struct = Struct()
    struct.update({"__provider": PROVIDER, **values})
    return struct


def _footprint(pid: int) -> dict[str, int]:
    """Threads, open files and sockets, and resident memory in MiB, of a process."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {
        "threads": int(status["Threads"]),
        "descriptors": len(os.listdir(f"/proc/{pid}/fd")),
        "mib": int(status["VmRSS"].split()[0]) // 1024,
    }


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_no_leak(emulator: Emulator, note: Callable[..., None]) -> None:
    """Check, diff, update and read of every origination in every round, four at a time as the engine does: nothing grows."""
    connectors = [emulator.create_voice_connector() for _ in range(ORIGINATIONS)]
    environment = {**os.environ, **emulator.environment, "AWS_REGION": "us-east-1"}
    command = [sys.executable, "-u", "-m", "pulumi.dynamic", ENGINE]
    program = ProgramFile(Run(ENGINE, sdk.second_engine_address(), stack_of_urn(STACK)), preview=False)
    with (
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as plugin,
        contextlib.ExitStack() as ends,
    ):
        ends.callback(plugin.kill)
        assert plugin.stdout is not None
        channel = ends.enter_context(grpc.insecure_channel(f"127.0.0.1:{int(plugin.stdout.readline())}"))
        engine = provider_pb2_grpc.ResourceProviderStub(channel)
        engine.Configure(provider_pb2.ConfigureRequest(args=Struct()))
        state: dict[str, dict[str, Any]] = {}

        def change(connector: str, weight: int) -> None:
            host = {"host": "203.0.113.7", "protocol": "UDP", "priority": 1, "weight": weight}
            olds = state.get(connector)
            declared = _struct({"voiceConnectorId": connector, "routes": [host]})
            urn = f"{STACK}::pulumi-python:dynamic/chime:Origination::{connector}"
            shown = Struct() if olds is None else _struct(olds)
            checked = engine.Check(provider_pb2.CheckRequest(urn=urn, olds=shown, news=declared))
            assert not checked.failures
            if olds is None:
                made = engine.Create(provider_pb2.CreateRequest(urn=urn, properties=checked.inputs))
            else:
                request = provider_pb2.UpdateRequest(urn=urn, id=connector, olds=_struct(olds), news=checked.inputs)
                made = engine.Update(request)
            state[connector] = MessageToDict(made.properties)
            read = engine.Read(provider_pb2.ReadRequest(urn=urn, id=connector, properties=_struct(state[connector])))
            assert read.id == connector

        footprints = []
        with ThreadPoolExecutor(4) as workers:
            for number in range(ROUNDS):
                list(workers.map(change, connectors, [number + 1] * ORIGINATIONS))
                footprints.append(_footprint(plugin.pid))
    program.close(remove=True)
    settled, last = footprints[SETTLED - 1], footprints[-1]
    note("long run", settled=settled, last=last)
    assert emulator.requests[-1].status == 200
    assert last["threads"] <= settled["threads"]
    assert last["descriptors"] <= settled["descriptors"] + 2
    assert last["mib"] <= settled["mib"] + 5
