"""Options that a transform sets: they are checked, and have the same effect, as if the program had passed them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import NUMBER, OURS, assert_a_sentence, assert_no_traceback, program

if TYPE_CHECKING:
    from .support import Live, Project

TRANSFORM = """
def set_option(args):
    if args.type_.endswith("chime:TYPE"):
        args.opts.OPTION = VALUE
        return pulumi.ResourceTransformResult(props=args.props, opts=args.opts)
pulumi.runtime.register_resource_transform(set_option)
"""
LEGACY = TRANSFORM.replace("TransformResult", "TransformationResult").replace(
    "register_resource_transform", "register_stack_transformation"
)
WAYS = [TRANSFORM, pytest.param(LEGACY, marks=pytest.mark.full)]

EMERGENCY = (
    "from pulumi_chime_voice import EmergencyCalling, EmergencyNumberArgs\n"
    'EmergencyCalling("emergency", voice_connector_id=support.voice_connector_id, numbers=['
    f'EmergencyNumberArgs(emergency_phone_number="{NUMBER}", calling_country="US")])\n'
)


def setting(option: str, value: str, way: str = TRANSFORM, kind: str = "Origination") -> str:
    return way.replace("OPTION", option).replace("VALUE", value).replace("TYPE", kind)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.matrix
def test_ignored_in_python_names(project: Project, live: Live, way: str) -> None:
    """The engine knows only its own names: with those of Python, it would move the calls."""
    project.deployed(program())
    project.program(setting("ignore_changes", '["voice_connector_id"]', way) + program(connector=OTHER_CONNECTOR))
    project.up("--expect-no-changes")
    assert live.routes() == [OURS]


@pytest.mark.parametrize(
    ("option", "value", "refused"),
    [
        ("ignore_changes", '["voice_conector_id"]', "ignore_changes='voice_conector_id' names no property"),
        ("import_", f'"{CONNECTOR}"', "import_ is not supported by dynamic providers"),
    ],
)
def test_refused(project: Project, option: str, value: str, refused: str) -> None:
    """What the constructor refuses is a sentence here, too."""
    project.program(setting(option, value) + program())
    said = project.preview_err()
    assert_no_traceback(said)
    assert f"Origination support: {refused}" in said


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.matrix
def test_secret_outputs(project: Project, live: Live, way: str) -> None:
    """Routes that the option makes secret are so in the whole state, and in messages."""
    body = setting("additional_secret_outputs", '["routes"]', way) + program('[route("hidden.example.net")]')
    project.program(body)
    said = project.up()
    live.put(OURS)
    said += project.err("destroy", "--yes", "--skip-preview", "--color=never")
    assert "hidden" not in said + project.ok("stack", "export")
    assert "[secret]" in said


def test_retained_emergency_calling(project: Project, live: Live) -> None:
    """A preview refuses the move, as it does if the program passes the option: emergency calling would stay behind."""
    for connector in (CONNECTOR, OTHER_CONNECTOR):
        live.enable_termination(connector)
    body = setting("retain_on_delete", "True", kind="EmergencyCalling") + "support = " + program() + EMERGENCY
    project.deployed(body)
    project.program(body.replace(CONNECTOR, OTHER_CONNECTOR))
    said = project.preview_err()
    assert_a_sentence(said)
    assert "emergency calling" in said


@pytest.mark.full
def test_disabled_and_enabled_again(project: Project, live: Live) -> None:
    """What a transform turns on is on: emergency calling is not refused for what the program alone would turn off."""
    live.enable_termination(CONNECTOR)
    turned_on = TRANSFORM.replace("args.opts.OPTION = VALUE", 'args.props["disabled"] = False').replace(
        "TYPE", "Origination"
    )
    project.program(turned_on + "support = " + program(more=", disabled=True") + EMERGENCY)
    project.up()
    assert live.routes() == [OURS]


@pytest.mark.full
@pytest.mark.parametrize(
    ("declared", "refused"),
    [
        (program(), "].weight'] has no effect. Pass routes as a mapping"),
        ("support = " + program() + EMERGENCY, "ignore_changes=['numbers[0]'] has no effect"),
    ],
)
def test_ignored_below(project: Project, declared: str, refused: str) -> None:
    """A path into a list, which the engine cannot match with the state, is refused here, too."""
    ours = setting("ignore_changes", """['routes["203.0.113.7:5060/UDP"].weight']""")
    theirs = setting("ignore_changes", '["numbers[0]"]', kind="EmergencyCalling")
    project.program((theirs if "emergency" in declared else ours) + declared)
    assert refused in project.preview_err()


def test_what_no_transform_sets(project: Project) -> None:
    """The SDK loses or rejects some options on their way through a transform: the engine keeps those of the program."""
    opts = "ignore_changes=['region'], hide_diffs=['routes'], replacement_trigger='v1'"
    body = "pulumi.runtime.register_resource_transform(lambda args: None)\n" + program(
        more=f", opts=pulumi.ResourceOptions({opts})"
    )
    project.program(body)
    project.up()
    assert project.state()["support"]["hideDiff"] == ["routes"]
    assert project.state()["support"]["ignoreChanges"] == ["region"]
