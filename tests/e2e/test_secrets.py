"""Secret hosts: in no state, preview, output, refusal or warning, whatever goes wrong, and in whose hands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import assert_no_traceback
from .versions import SINCE_3_254

if TYPE_CHECKING:
    from chime_voice_emulator import Emulator

    from .support import Live, Project

LOWEST = {
    "test_through_a_life",
    "test_given_and_taken",
}
"""These tests run with the oldest versions of pulumi and boto3 too (conftest.py)."""

BODY = (
    f'support = Origination("support", voice_connector_id="{CONNECTOR}", disabled=False, '
    'routes=[route(pulumi.Output.secret("hidden.example.net"), weight=1), route("sbc.example.net")])\n'
    'pulumi.export("calls", support.call_distribution)\npulumi.export("routes", support.routes)\n'
)


def _all_of(project: Project, *arguments: str) -> str:
    """What a command writes to either stream, whether it works or not."""
    result = project.run(*arguments, "--color=never")
    return result.stdout + result.stderr


def _kept(project: Project) -> str:
    """State, its backup and the history, as they lie in the backend."""
    return "".join(path.read_text() for path in (project.folder / "backend").rglob("*") if path.is_file())


def test_through_a_life(project: Project, live: Live) -> None:
    """ChangeChecks, up, a change, drift, refresh and destroy, with all their details: the host is in none of what they show."""
    project.program(BODY)
    shown = _all_of(project, "preview", "--json") + _all_of(project, "up", "--yes", "--diff")
    assert live.routes() == [("hidden.example.net", 5060, "UDP", 1, 1), ("sbc.example.net", 5060, "UDP", 1, 1)]
    project.program(BODY.replace("weight=1", "weight=2").replace("5060", "5061"))
    shown += _all_of(project, "up", "--yes", "--diff")
    live.put(("hidden-too.example.net", 5060, "UDP", 1, 1))
    shown += _all_of(project, "refresh", "--yes", "--diff") + _all_of(project, "preview", "--diff")
    shown += _all_of(project, "stack", "output", "--json") + _all_of(project, "stack", "--show-ids")
    shown += _all_of(project, "destroy", "--yes", "--diff")
    assert live.routes() is None
    assert "hidden" not in shown + _kept(project)


@pytest.mark.parametrize(
    "hidden",
    [
        pytest.param("hidden", id="single label"),
        pytest.param("hidden.example.net.", id="trailing dot", marks=pytest.mark.full),
    ],
)
def test_in_refusals(project: Project, live: Live, hidden: str) -> None:
    """Conflict, outside change in update and delete: the sentences name neither the secret host nor what stands in its place."""
    body = BODY.replace('secret("hidden.example.net")', f'secret("{hidden}")')
    live.put(("hidden-before.example.net", 5060, "UDP", 1, 1))
    project.program(body)
    said = _all_of(project, "up", "--yes", "--skip-preview")
    assert "blocked, because the voice connector already has different settings" in said
    said += _kept(project)
    project.deployed(body)
    live.put(("hidden-since.example.net", 5060, "UDP", 1, 1))
    project.program(body.replace("weight=1", "weight=2"))
    said += _all_of(project, "up", "--yes", "--skip-preview", "--diff") + _all_of(project, "destroy", "--yes")
    assert said.count("changed outside Pulumi since the last pulumi up") >= 2
    assert "hidden" not in (said + _kept(project)).replace("[secret]", "")


BROKEN = [
    'route(pulumi.Output.secret("-hidden.example.net"), priority=0)',
    'route(pulumi.Output.secret("https://hidden.example.net/a")), route(pulumi.Output.secret(" hidden.example.net, b.c"))',
    'pulumi.Output.secret({"hidden": "hidden.example.net", "host": "hidden"})',
]
BROKEN_TOO = [
    'route(pulumi.Output.secret("hidden host"))',
    'route(pulumi.Output.secret("hidden.example.net"), port=70000)',
    'route(pulumi.Output.secret("10.77.66.55")), route(pulumi.Output.secret("10.77.66.55"))',
    'route(pulumi.Output.secret("sip:hidden.example.net;transport=udp"))',
    f'route(pulumi.Output.secret("{"hidden" * 60}"))',
    'route(pulumi.Output.secret("hidden-äußere.example.net"))',
]


@pytest.mark.parametrize("broken", [*BROKEN, *(pytest.param(item, marks=pytest.mark.full) for item in BROKEN_TOO)])
def test_in_failures(project: Project, broken: str) -> None:
    """Mistakes in a secret route are told with their path, and without the host."""
    project.program(f'Origination("support", voice_connector_id="{CONNECTOR}", routes=[{broken}])')
    said = project.preview_err()
    assert "routes[" in said
    assert_no_traceback(said)
    assert "hidden" not in said
    assert "10.77" not in said


def test_in_warnings(project: Project, emulator: Emulator) -> None:
    """What is wrong with a secret host is told without it; a lost failover and a refused value of the service too."""
    body = BODY.replace("hidden.example.net", "10.77.66.55").replace("weight=1", "weight=3")
    project.program(body)
    said = _all_of(project, "up", "--yes", "--diff")
    assert "is not publicly reachable" in said
    project.program(body.replace(', route("sbc.example.net")', ""))
    said += _all_of(project, "preview", "--diff")
    assert "loses its failover" in said
    emulator.faults.fail("PutVoiceConnectorOrigination", ["400"])
    said += _all_of(project, "up", "--yes", "--skip-preview", "--diff")
    assert "BadRequestException" in said
    assert "10.77" not in said + _kept(project)


EVERY_SECRET = f"""
from pulumi_chime_voice import EmergencyCalling

prod = Provider("prod", region="us-east-1", access_key="test", secret_key="test", token="hidden-provider-token")
support = Origination("support", voice_connector_id="{CONNECTOR}",
    routes=[route(pulumi.Output.secret("hidden.example.net"), weight=1)])
EmergencyCalling("numbers", voice_connector_id=support.voice_connector_id,
    numbers=[{{"emergency_phone_number": "+12065550100", "calling_country": "US"}}])
Origination("sales", voice_connector_id="{OTHER_CONNECTOR}", opts=pulumi.ResourceOptions(provider=prod),
    routes=[route(pulumi.Output.secret("hidden-too.example.net"))])
"""


@SINCE_3_254
def test_log_files(project: Project, live: Live) -> None:
    """Pulumi keeps a log of every command, encrypted. Decrypted, it has no secret host, no phone number and no credentials."""
    logs = project.home / "logs"
    before = set(logs.glob("*"))  # Without an earlier command in this home, there is no folder.
    live.put(("hidden-before.example.net", 5060, "UDP", 1, 1), connector=OTHER_CONNECTOR)
    project.env |= {"AWS_SESSION_TOKEN": "hidden-session-token"}
    project.program(EVERY_SECRET)
    assert "blocked, because the voice connector already has different settings" in project.up_err(
        "--continue-on-error"
    )
    (log,) = set(logs.iterdir()) - before
    text = project.ok("logs", "decrypt", str(log))
    assert project.urn("support") in text
    assert not re.search("hidden|2065550100", text)


PLAIN = f"""
opts = pulumi.ResourceOptions(OPTS)
Origination("support", voice_connector_id="{CONNECTOR}", routes=[route("hidden.example.net", weight=WEIGHT)], opts=opts)
"""
TRANSFORM = """
def hide(args):
    if not args.type_.endswith("chime:Origination"):
        return None
    routes = pulumi.Output.secret(args.props["routes"])
    return pulumi.ResourceTransformResult(props={**args.props, "routes": routes}, opts=args.opts)
pulumi.runtime.register_resource_transform(hide)
"""
LEGACY = """
def hide(args):
    if not args.type_.endswith("chime:Origination"):
        return None
    return pulumi.ResourceTransformationResult({**args.props, "routes": pulumi.Output.secret(args.props["routes"])}, args.opts)
pulumi.runtime.register_stack_transformation(hide)
"""


def plain(weight: int = 1, opts: str = "") -> str:
    return PLAIN.replace("WEIGHT", str(weight)).replace("OPTS", opts)


@pytest.mark.parametrize(
    "way", ["transform", pytest.param("legacy transformation", marks=pytest.mark.full), "additional_secret_outputs"]
)
@pytest.mark.matrix
def test_made_secret_on_the_way(project: Project, live: Live, way: str) -> None:
    """What a transform of the stack, or an option, makes secret is in no state, refusal or warning."""
    before = {"transform": TRANSFORM, "legacy transformation": LEGACY}.get(way, "")
    opts = 'additional_secret_outputs=["routes"]' if way == "additional_secret_outputs" else ""
    project.deployed(before + plain(opts=opts))
    live.put(("hidden-since.example.net", 5060, "UDP", 1, 1))
    project.program(before + plain(weight=2, opts=opts))
    said = project.preview_err()
    said += project.err("destroy", "--yes", "--skip-preview", "--color=never")
    assert said.count("[secret]") >= 2
    assert "hidden" not in said + _kept(project)


def test_given_and_taken(project: Project, live: Live) -> None:
    """The same routes as a secret: the state has them as one, and nothing is sent. Plain again: the old host is not named."""
    project.deployed(plain())
    assert "hidden" in project.ok("stack", "export")
    secret = plain().replace('"hidden.example.net"', 'pulumi.Output.secret("hidden.example.net")')
    project.program(secret)
    project.up()
    assert "hidden" not in project.ok("stack", "export")
    live.put(("hidden-since.example.net", 5060, "UDP", 1, 1))
    project.program(plain().replace("hidden", "open"))
    said = project.preview_err()
    assert "hidden" not in said
    assert "[secret]" in said


def test_ignored(project: Project, live: Live) -> None:
    """Routes that are secret in the state and ignored in the program stay secret, and so do warnings about them."""
    secret = plain().replace('"hidden.example.net"', 'pulumi.Output.secret("10.77.66.55")')
    project.deployed(secret)
    project.program(plain(weight=3, opts='ignore_changes=["routes"]'))
    said = project.preview()
    live.put(("10.77.66.54", 5060, "UDP", 1, 1))
    said += project.err("destroy", "--yes", "--skip-preview", "--color=never")
    assert "[secret] is not publicly reachable" in said
    assert "10.77" not in said + project.ok("stack", "export")
