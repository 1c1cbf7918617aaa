"""What the program declares, as the plugins of its run know it: through options, transforms and several Providers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import OURS, assert_a_sentence, program

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator

    from .support import Live, Project

LOWEST = {"test_destroyed_with_the_program", "test_replaced_and_moved_to_another_provider"}
"""These tests run with the oldest versions of pulumi and boto3 too (conftest.py)."""

PROVIDERS = "".join(f'{name} = Provider("{name}", region="us-east-1")\n' for name in ("first", "second"))


def through(provider: str) -> str:
    return f", opts=pulumi.ResourceOptions(provider={provider})"


def test_ignored_connector(project: Project, live: Live) -> None:
    """A declared ID that the engine ignores is no claim: another resource may have that voice connector."""
    ignored = ', opts=pulumi.ResourceOptions(ignore_changes=["voice_connector_id"])'
    project.deployed(program(more=ignored))
    project.program(program(more=ignored, connector=OTHER_CONNECTOR) + program(name="sales", connector=OTHER_CONNECTOR))
    project.up()
    assert (live.routes(), live.routes(OTHER_CONNECTOR)) == ([OURS], [OURS])
    project.nothing_to_change()
    project.program(program(more=ignored, connector=OTHER_CONNECTOR) + program(name="sales"))
    assert "is declared twice in this program, by sales and by support" in project.preview_err()


def test_transform_of_the_stack(project: Project) -> None:
    """A voice connector that a transform sets is known to the process of every Provider."""
    transform = (
        "def rewrite(args):\n"
        '    if args.name == "moved":\n'
        f'        return pulumi.ResourceTransformResult({{**args.props, "voiceConnectorId": "{CONNECTOR}"}}, args.opts)\n'
        "pulumi.runtime.register_resource_transform(rewrite)\n"
    )
    moved = program(name="moved", more=through("first"), connector=OTHER_CONNECTOR)
    project.program(transform + PROVIDERS + moved + program(more=through("second")))
    said = project.preview_err()
    assert "is declared twice in this program, by moved and by support" in said
    assert_a_sentence(said)


def test_replaced_and_moved_to_another_provider(project: Project, live: Live, writes: Callable[[], list[str]]) -> None:
    """The old Provider's process checks nothing of the resource that it deletes."""
    project.deployed(PROVIDERS + program(more=through("first")))
    project.program(PROVIDERS + program(more=through("second")))
    project.up("--replace", project.urn("support"))
    assert "Delete" not in writes()
    assert live.routes() == [OURS]


def test_destroyed_with_the_program(project: Project, live: Live) -> None:
    """`pulumi destroy --run-program` deletes, through an explicit Provider, too."""
    project.deployed(PROVIDERS + program(more=through("first")) + program(name="sales", connector=OTHER_CONNECTOR))
    project.destroy("--run-program")
    assert (live.routes(), live.routes(OTHER_CONNECTOR)) == (None, None)
    assert project.state() == {}


@pytest.mark.full
def test_the_stack_as_parent(project: Project) -> None:
    """It is the same as no parent, also for what the plugins know of the declaration."""
    project.program(program(more=", opts=pulumi.ResourceOptions(parent=pulumi.runtime.get_root_resource())"))
    project.up()
    project.program(program("[route(weight=2)]"))
    assert project.steps() == {"support": "update"}


@pytest.mark.full
@pytest.mark.parametrize("parents", [("east", "west"), ("line", "line")])
def test_only_a_grandparent_differs(project: Project, live: Live, parents: tuple[str, str]) -> None:
    """What one of two resources of the same name declares is not cleared if `--target` leaves that one out."""
    sites = [
        f'site = pulumi.ComponentResource("my:{site}", "{site}")\n'
        f'line = pulumi.ComponentResource("my:Line", "{parent}", None, pulumi.ResourceOptions(parent=site))\n'
        for site, parent in zip(("East", "West"), parents, strict=True)
    ]
    kept = sites[1] + program(
        name="line",
        connector=OTHER_CONNECTOR,
        more=', opts=pulumi.ResourceOptions(parent=line, ignore_changes=["voice_connector_id"])',
    )
    project.deployed(program() + kept)
    targets = [word for name in ("support", "line") for word in ("--target", project.urn(name))]
    project.program(sites[0] + program(name="line", more=", opts=pulumi.ResourceOptions(parent=line)") + kept)
    said = project.up_err(*targets)
    assert f"declares this voice connector as {parents[0]}/line, which does not manage it yet" in said
    assert_a_sentence(said)
    assert live.routes() == [OURS]


def test_hidden_diffs(project: Project) -> None:
    """Names of Python's arguments are translated, as in every other option."""
    hidden = ', opts=pulumi.ResourceOptions(hide_diffs=["call_distribution"])'
    project.deployed(program(more=hidden))
    project.program(program("[route(weight=2)]", more=hidden))
    assert "callDistribution (hidden)" in project.preview()


ONE_ROUTE = '{"host": pulumi.Output.from_input("sbc-a.example.net"), "protocol": "UDP", "priority": 1, "weight": 1}'
ONE_NUMBER = '"emergency_phone_number": "+12065550100", "calling_country": "US"'
ONLY_ROUTES = "routes: this is one route: put it into a list ([{…}])"
ONLY_NUMBERS = "numbers: this is one emergency number: put it into a list ([{…}])"


RARE = pytest.mark.full


@pytest.mark.parametrize(
    ("resource", "argument", "failure"),
    [
        ("Origination", "routes=route()", ONLY_ROUTES),
        pytest.param("Origination", f"routes={ONE_ROUTE}", ONLY_ROUTES, marks=RARE),
        pytest.param("Origination", f"routes=pulumi.Output.secret({ONE_ROUTE})", ONLY_ROUTES, marks=RARE),
        ("EmergencyCalling", f"numbers=pulumi.Output.from_input({{{ONE_NUMBER}}})", ONLY_NUMBERS),
        pytest.param("EmergencyCalling", f"numbers={{{ONE_NUMBER}}}", ONLY_NUMBERS, marks=RARE),
        pytest.param(
            "EmergencyCalling",
            'numbers=EmergencyNumberArgs(emergency_phone_number="+12065550100", calling_country="US")',
            ONLY_NUMBERS,
            marks=RARE,
        ),
    ],
)
def test_a_single_item_instead_of_a_list(project: Project, resource: str, argument: str, failure: str) -> None:
    """One failure says so; the fields are not taken for items."""
    project.program(
        "from pulumi_chime_voice import EmergencyCalling, EmergencyNumberArgs\n"
        f'{resource}("support", voice_connector_id="{CONNECTOR}", {argument})\n'
    )
    said = project.preview_err()
    assert said.count("has a problem") == 1
    assert failure in said
    assert_a_sentence(said)


def test_turned_off_where_the_program_does_not_say_so(project: Project, emulator: Emulator) -> None:
    """Outputs are what the engine has: the state of what --target leaves out, a value that is kept, one that a transform sets."""
    exports = 'pulumi.export("off", support.disabled)\npulumi.export("shares", support.call_distribution)\n'
    declared = f'support = Origination("support", voice_connector_id="{CONNECTOR}", routes=[route()]MORE)\n'
    other = f'Origination("sales", voice_connector_id="{OTHER_CONNECTOR}", routes=[route()])\n'
    project.deployed(declared.replace("MORE", ", disabled=True") + exports)
    project.program(declared.replace("MORE", "") + other + exports)
    project.up("--target", project.urn("support").replace("::support", "::sales"))
    assert project.outputs() == {"off": True, "shares": {}}
    kept = declared.replace("MORE", ', opts=pulumi.ResourceOptions(ignore_changes=["disabled"])')
    project.program(kept + other + exports)
    project.up()
    assert project.outputs() == {"off": True, "shares": {}}
    connector = emulator.create_voice_connector()
    result = "pulumi.ResourceTransformResult({**args.props, 'disabled': True}, args.opts)"
    transform = f"lambda args: {result} if args.name == 'support' else None"
    parent = f'parent = pulumi.ComponentResource("a:b:C", "c", opts=pulumi.ResourceOptions(transforms=[{transform}]))\n'
    inside = declared.replace("MORE", ", opts=pulumi.ResourceOptions(parent=parent)").replace(CONNECTOR, connector)
    project.program(parent + inside + other + exports)
    project.up()
    assert project.outputs() == {"off": True, "shares": {}}


@pytest.mark.full
def test_in_a_thread(project: Project) -> None:
    """Pulumi registers nothing there: the error names the resource, and not asyncio."""
    pool = "import concurrent.futures as futures\nwith futures.ThreadPoolExecutor() as pool:\n"
    body = f"{pool}    pool.submit(lambda: DECLARED).result()\n"
    project.program(body.replace("DECLARED", program().strip()))
    said = project.preview_err()
    assert "error: Origination support: it is declared in a thread without an event loop" in said
    assert_a_sentence(said)
