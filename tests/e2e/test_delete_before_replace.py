"""`delete_before_replace` is ignored: what is deleted first is deleted before it is known what else the program declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import NUMBER, OURS, THEIRS
from .test_deletes_first import SOURCE, changes, enable_termination, numbers, source

if TYPE_CHECKING:
    from collections.abc import Callable

    from .support import Live, Project

__all__ = ["changes"]


PLAIN = f'support = Origination("support", voice_connector_id="{CONNECTOR}", routes=[route()], opts=options())\n'
FIRST = PLAIN.replace("options()", "options(delete_before_replace=True)")
EMERGENCY = 'emergency("emergency", support.voice_connector_id, opts=options(delete_before_replace=True))\n'
IGNORED = "the option delete_before_replace is ignored"


class TestWithEmergencyCalling:
    """On an origination and its emergency calling."""

    @pytest.fixture(autouse=True)
    def _deployed(self, project: Project, live: Live) -> None:
        enable_termination(live)
        project.deployed(SOURCE + FIRST + EMERGENCY)

    @pytest.mark.matrix
    @pytest.mark.parametrize("way", ["--replace", "taint"])
    def test_replaced_in_place(self, project: Project, live: Live, changes: Callable[[], list[str]], way: str) -> None:
        """Nothing is deleted; the create puts the same settings once more."""
        urn = project.urn("support")
        if way == "taint":
            project.ok("state", "taint", urn, "--yes")
        option = ["--replace", urn] if way == "--replace" else []
        assert "no effect on calls" in project.preview(*option)
        project.up(*option)
        assert changes() == ["Put"]
        assert (live.routes(), numbers(live)) == ([OURS], [NUMBER])

    @pytest.mark.matrix
    def test_moved(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """The new voice connector is configured first; the preview names both resources and the option."""
        project.program(SOURCE + FIRST.replace(CONNECTOR, OTHER_CONNECTOR) + EMERGENCY)
        said = project.preview()
        assert said.count(IGNORED) == 2
        assert f"Origination support: {IGNORED}" in said
        assert f"EmergencyCalling emergency: {IGNORED}" in said
        project.up()
        assert changes() == ["Put", "PutEmergency", "DeleteEmergency", "Delete"]
        assert (live.routes(OTHER_CONNECTOR), numbers(live, OTHER_CONNECTOR)) == ([OURS], [NUMBER])

    @pytest.mark.full
    def test_trigger_and_change(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """A trigger that changes together with a weight: the state's own settings are no conflict."""
        for turn, option in ((2, ", delete_before_replace=True"), (3, "")):
            program = FIRST.replace(
                "options(delete_before_replace=True)", f"options(replacement_trigger={turn}{option})"
            )
            project.program(SOURCE + program.replace("route()", f"route(weight={turn})") + EMERGENCY)
            project.up()
            assert changes() == ["Put"]
            assert live.routes() == [(*OURS[:4], turn)]

    @pytest.mark.full
    def test_changed_outside_pulumi(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """The create is refused, and nothing was deleted before it."""
        live.put((*OURS[:4], 7))
        assert "blocked" in project.up_err("--replace", project.urn("support"))
        assert changes() == []
        assert set(project.state()) == {"support", "emergency"}


BY_A_TRANSFORM = """
def first(args):
    opts = pulumi.ResourceOptions.merge(args.opts, options(delete_before_replace=True))
    return pulumi.ResourceTransformResult(args.props, opts)
pulumi.runtime.register_resource_transform(first)
"""
BY_A_TRANSFORMATION = BY_A_TRANSFORM.replace("register_resource_transform", "register_stack_transformation").replace(
    "ResourceTransformResult", "ResourceTransformationResult"
)


@pytest.mark.matrix
@pytest.mark.parametrize("way", [BY_A_TRANSFORM, BY_A_TRANSFORMATION])
def test_set_by_transforms(project: Project, live: Live, changes: Callable[[], list[str]], way: str) -> None:
    """What transforms set is ignored, too; secrecy that they add is passed on."""
    program = SOURCE + way + PLAIN.replace("[route()]", "pulumi.Output.secret([route()])")
    project.deployed(program)
    project.program(program.replace(CONNECTOR, OTHER_CONNECTOR))
    assert f"Origination support: {IGNORED}" in project.preview()
    project.up()
    assert changes() == ["Put", "Delete"]
    assert (live.routes(), live.routes(OTHER_CONNECTOR)) == (None, [OURS])


@pytest.mark.full
@pytest.mark.parametrize(
    "other",
    [
        'Origination("helpdesk", voice_connector_id=source.connector, routes=[route()])',
        'source.connector.apply(lambda id: Origination("helpdesk", voice_connector_id=id, routes=[route()]))',
        'source.connector.apply(lambda id: Origination.get("helpdesk", id))',
    ],
)
def test_an_id_that_is_known_later(project: Project, live: Live, changes: Callable[[], list[str]], other: str) -> None:
    """Another resource whose ID turns out to be the old voice connector keeps its calls, also with `--parallel 1`."""
    project.deployed(SOURCE + FIRST)
    project.program(source() + FIRST.replace(CONNECTOR, OTHER_CONNECTOR) + other)
    run = project.run("up", "--yes", "--skip-preview", "--color=never", "--parallel", "1")
    assert "Delete" not in changes()
    assert live.routes() == [OURS]
    # What is read cannot be left: blocked before the move, or at its end, by which of the two Pulumi comes to first.
    assert (run.returncode == 0) == (".get" not in other)
    assert ".get" in other or live.routes(OTHER_CONNECTOR) == [OURS]


@pytest.mark.full
def test_the_new_one_is_taken(project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
    """A create that is refused leaves the calls of the old voice connector where they are."""
    project.deployed(SOURCE + FIRST)
    live.put(THEIRS, connector=OTHER_CONNECTOR)
    project.program(SOURCE + FIRST.replace(CONNECTOR, OTHER_CONNECTOR))
    changes()
    assert "blocked, because the voice connector already has different settings" in project.up_err()
    assert changes() == []
    assert live.routes() == [OURS]
