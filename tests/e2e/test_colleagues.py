"""Colleagues: one stack in two hands, a stack that moves to another backend, two stacks that want one connector."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from ..support.clients import client
from ..support.servers import moto_server
from ..support.values import CONNECTOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chime_voice_emulator import Emulator

    from .support import Live, Project

ROUTE = ("203.0.113.7", 5060, "UDP", 1, 1)
SUPPORT = f'Origination("support", voice_connector_id="{CONNECTOR}", routes=[route(weight=WEIGHT)])\n'
SECOND = SUPPORT.replace("WEIGHT", "2")


@pytest.fixture
def s3() -> Iterator[str]:
    """The URL of a backend in an S3 bucket, on this machine."""
    with moto_server() as url, contextlib.closing(client(url, service="s3")) as service:
        # moto keeps its buckets for the life of the process.
        bucket = f"stacks-{urlsplit(url).port}"
        service.create_bucket(Bucket=bucket)
        yield f"s3://{bucket}?region=us-east-1&endpoint={url}&s3ForcePathStyle=true"


@pytest.mark.parametrize("backend", ["file", pytest.param("s3", marks=pytest.mark.full)])
def test_two_ups_at_once(
    project: Project, emulator: Emulator, live: Live, request: pytest.FixtureRequest, backend: str
) -> None:
    """The first `up` works, the second one is told that the stack is locked, and by whom."""
    if backend == "s3":
        project.env["PULUMI_BACKEND_URL"] = request.getfixturevalue("s3")
        project.init("dev")
    project.program(SUPPORT.replace("WEIGHT", "1"))
    emulator.faults.fail("GetVoiceConnectorOrigination", ["delay:12s"])
    command = ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"]
    with subprocess.Popen(command, cwd=project.folder, env=project.env, stdout=subprocess.PIPE, text=True) as first:
        while emulator.faults.as_dict()["fail"] and first.poll() is None:
            time.sleep(0.01)  # between two looks: the first one holds the lock once its call has arrived
        said = project.up_err()
        shown, _ = first.communicate()
    assert first.returncode == 0, shown
    assert "the stack is currently locked by 1 lock(s)" in said
    assert f"pid {first.pid}" in said
    assert os.uname().nodename in said
    assert live.routes() == [ROUTE]


def test_moved_from_file_to_s3(project: Project, live: Live, s3: str) -> None:
    """`stack export` and `stack import` carry a stack over with its secrets; nothing changes, and `destroy` finds all of it."""
    hidden = SUPPORT.replace("route(", 'route(pulumi.Output.secret("hidden.example.net"), ').replace("WEIGHT", "1")
    project.deployed(hidden)
    exported = project.folder / "stack.json"
    project.ok("stack", "export", "--file", str(exported))
    before = project.state()
    project.env["PULUMI_BACKEND_URL"] = s3
    project.init("dev")
    project.ok("stack", "import", "--file", str(exported))
    assert project.state().keys() == before.keys()
    project.nothing_to_change()
    assert live.routes() == [("hidden.example.net", 5060, "UDP", 1, 1)]
    project.destroy()
    assert live.routes() is None


def test_second_stack_on_the_same_connector(project: Project, live: Live) -> None:
    """Another stack with other settings for the connector is refused, also without a preview."""
    project.deployed(SUPPORT.replace("WEIGHT", "1"))
    project.init("other")
    project.program(SECOND)
    taken = (
        f"creating origination of Voice Connector {CONNECTOR} (us-east-1): blocked, because the voice connector already"
    )
    assert taken in project.up_err()
    assert live.routes() == [ROUTE]
    assert project.state() == {}
