"""Measures the floors: API calls without Pulumi, and the start of processes without this package."""

from __future__ import annotations

import contextlib
import http.client
import os
import statistics
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import grpc
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from google.protobuf import struct_pb2
from lab import BIN, OURS
from null_provider import NullProvider
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from pulumi_chime_voice import OriginationProvider, sdk
from pulumi_chime_voice.engine.run_file import ProgramFile, Run, stack_of_urn

if TYPE_CHECKING:
    from lab import Emulator

THREADS = 4
"""The number of steps that the SDK's plugin runs in parallel."""
ROUTE = {"host": "203.0.113.7", "port": 5060, "protocol": "UDP", "priority": 1, "weight": 1}
_REQUESTS = 200
_ENGINE = "127.0.0.1:1"
"""Nothing listens there: it only tells which run's file the plugin reads."""


def get_and_put_seconds(emulator: Emulator, connectors: list[str]) -> float:
    """Returns the seconds for a Get and a Put of each connector with plain boto3, on as many threads as the plugin has."""
    client = boto3.client(
        "chime-sdk-voice",
        region_name="us-east-1",
        endpoint_url=emulator.url,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    origination: Any = {"Disabled": False, "Routes": [{name.capitalize(): value for name, value in ROUTE.items()}]}

    def get_and_put(connector: str) -> None:
        with contextlib.suppress(client.exceptions.NotFoundException):
            client.get_voice_connector_origination(VoiceConnectorId=connector)
        client.put_voice_connector_origination(VoiceConnectorId=connector, Origination=origination)

    with ThreadPoolExecutor(THREADS) as threads:
        began = time.perf_counter()
        list(threads.map(get_and_put, connectors))
        return time.perf_counter() - began


def response_seconds(emulator: Emulator, connector: str) -> float:
    """Returns the median seconds of the emulator's responses on an open connection, without the work of a client."""
    path = f"/voice-connectors/{connector}"
    request = AWSRequest("GET", f"{emulator.url}{path}")
    SigV4Auth(Credentials("test", "test"), "chime", "us-east-1").add_auth(request)
    connection = http.client.HTTPConnection(urlsplit(emulator.url).netloc)
    samples = []
    for _ in range(_REQUESTS):
        began = time.perf_counter()
        connection.request("GET", path, headers=dict(request.headers))
        response = connection.getresponse()
        response.read()
        samples.append(time.perf_counter() - began)
        assert response.status == HTTPStatus.OK, response.status
    connection.close()
    return statistics.median(samples)


def import_seconds(statement: str) -> float:
    """Returns the seconds in which a new interpreter runs an import statement and ends."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - began


def show_seconds(emulator: Emulator, *arguments: str) -> float:
    """Returns the seconds of `chime-voice show` with these arguments."""
    foreign = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    environment = {
        **foreign,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_CHIME_SDK_VOICE": emulator.url,
    }
    command = [str(BIN / "chime-voice"), "show", *arguments]
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def first_check(kind: str) -> float:
    """Returns the seconds from the start of the SDK's plugin process to the response to its first check."""
    provider = serialize_provider(OriginationProvider() if kind == OURS else NullProvider())
    inputs = {"__provider": provider, "voiceConnectorId": "bench00000000000000000", "routes": [ROUTE]}
    inputs |= {"disabled": False, "region": "us-east-1", "onConflict": "fail"}
    began = time.perf_counter()
    urn = "urn:pulumi:bench::bench::pulumi-python:dynamic/chime:Origination::first"
    program = ProgramFile(Run(_ENGINE, sdk.second_engine_address(), stack_of_urn(urn)), preview=False)
    plugin = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.dynamic", _ENGINE],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent / "programs")},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert plugin.stdout is not None
        with grpc.insecure_channel(f"127.0.0.1:{plugin.stdout.readline().strip()}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            stub.Configure(provider_pb2.ConfigureRequest(args=struct_pb2.Struct()))
            news = struct_pb2.Struct()
            news.update(inputs)
            checked = stub.Check(provider_pb2.CheckRequest(urn=urn, olds=struct_pb2.Struct(), news=news))
            assert not checked.failures, checked.failures
            return time.perf_counter() - began
    finally:
        plugin.kill()
        plugin.wait()
        program.close(remove=True)
