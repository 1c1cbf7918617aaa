"""An endpoint that reports success and is not the service: nothing is forgotten, and nothing is written."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from ..support.servers import Reply, Stranger
from ..support.values import CONNECTOR
from .dangers import NUMBER, OURS, assert_a_sentence, program

if TYPE_CHECKING:
    from .support import Live, Project

LOWEST = ("test_wrong_types",)
"""This test runs with the oldest versions of pulumi and boto3 too (conftest.py)."""

STRANGERS = {  # tests/unit/aws/test_responses.py has more of them
    "204": Reply(204, content_type=None),
    "nothing": Reply(200),
    "{}": Reply(200, b"{}"),
    "another service": Reply(200, b'{"status": "ok"}'),
}
BOTH = """
line = Origination("support", voice_connector_id="{id}", routes={routes}, on_conflict="{on_conflict}")
EmergencyCalling("emergency", voice_connector_id=line.id, on_conflict="{on_conflict}", numbers=[
    EmergencyNumberArgs(emergency_phone_number="{number}", calling_country="US")])
"""
HEAD = "from pulumi_chime_voice import EmergencyCalling, EmergencyNumberArgs\n"


def both(on_conflict: str, routes: str = "[route()]") -> str:
    return HEAD + BOTH.format(id=CONNECTOR, routes=routes, on_conflict=on_conflict, number=NUMBER)


def settings(project: Project) -> str:
    """What the state holds; secrets are encrypted anew each time that it is written."""
    return re.sub(r'"ciphertext": "[^"]*"', "", json.dumps(project.settings(), sort_keys=True))


@pytest.fixture
def enabled(live: Live) -> None:
    """Emergency calling needs outbound calls."""
    live.client.put_voice_connector_termination(VoiceConnectorId=CONNECTOR, Termination={"Disabled": False})


@pytest.mark.usefixtures("enabled")
@pytest.mark.parametrize("on_conflict", ["fail", "overwrite"])
def test_nothing_is_forgotten(project: Project, live: Live, on_conflict: str) -> None:
    """Refresh, destroy, a change and a create: exit 1 with one sentence, the state as it was, and no write."""
    project.deployed(both(on_conflict))
    before = settings(project)
    assert set(project.state()) == {"support", "emergency"}
    project.program(both(on_conflict, "[route('198.51.100.9')]"))
    for name, reply in STRANGERS.items():
        with Stranger(reply) as server:
            project.env["AWS_ENDPOINT_URL_CHIME_SDK_VOICE"] = server.url
            texts = [project.refresh_err()] if on_conflict == "fail" else []
            if name == "another service":
                texts += [project.err("destroy", "--yes", "--skip-preview"), project.preview_err()]
        for text in texts:
            assert_a_sentence(text)
            assert f"{server.url} answered {reply.status} (" in text
        assert settings(project) == before
        assert [method for method, _ in server.asked if method != "GET"] == []
    assert live.routes() == [OURS]


@pytest.mark.parametrize("on_conflict", ["fail", "overwrite"])
def test_an_apply_without_a_preview(project: Project, live: Live, on_conflict: str) -> None:
    """A write that is not answered is no write: the state keeps what it had, and a create is not in it."""
    project.deployed(program("[route()]", f", on_conflict='{on_conflict}'"))
    before = settings(project)
    other = program("[route('198.51.100.9')]", f", on_conflict='{on_conflict}'")
    new = program("[route()]", f", on_conflict='{on_conflict}'", connector="x" * 22, name="new")
    here = project.env["AWS_ENDPOINT_URL_CHIME_SDK_VOICE"]
    created = program("[route()]", f", on_conflict='{on_conflict}'") + new
    for reply, changed in ((STRANGERS["204"], other), (STRANGERS["another service"], created)):
        project.program(changed)
        with Stranger(reply) as server:
            project.env["AWS_ENDPOINT_URL_CHIME_SDK_VOICE"] = server.url
            output = project.up_err()
        assert f"{server.url} answered {reply.status} (" in output
        assert_a_sentence(output)
        assert settings(project) == before
    project.env["AWS_ENDPOINT_URL_CHIME_SDK_VOICE"] = here
    assert live.routes() == [OURS]


def test_wrong_types(project: Project) -> None:
    """One member of another type is enough: the sentence has it, and not its value."""
    project.deployed(program())
    before = settings(project)
    with Stranger(Reply(200, json.dumps({"Origination": {"Routes": [{"Port": "5060"}]}}).encode())) as server:
        project.env["AWS_ENDPOINT_URL_CHIME_SDK_VOICE"] = server.url
        output = project.refresh_err()
    assert "Origination.Routes[0].Port is text, not a whole number" in output
    assert_a_sentence(output)
    assert settings(project) == before
