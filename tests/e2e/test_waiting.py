"""What the SDK waits for at the end of a program: nothing is lost, and no error of an output or a registration is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import program

if TYPE_CHECKING:
    from .support import Live, Project

LOWEST = ("test_error_in_what_is_made_of_an_output", "test_declared_where_an_output_is_known")
"""These tests run with the oldest versions of pulumi and boto3 too (conftest.py)."""


def test_error_in_what_is_made_of_an_output(project: Project, live: Live) -> None:
    """It ends the run with an error, whichever of several resources it is made of."""
    lines = "".join(
        f"line_{name} = {program(connector=connector, name=name)}"
        for name, connector in (("a", CONNECTOR), ("b", OTHER_CONNECTOR))
    )
    for name in ("a", "b"):
        project.program(f"{lines}line_{name}.region.apply(lambda region: {{}}[region])\n")
        assert "KeyError: 'us-east-1'" in project.preview_err()
    assert live.routes() is None


def test_error_of_a_registration(project: Project) -> None:
    """The engine refuses a second resource of one name, and the run says so."""
    project.program(program() + program(connector=OTHER_CONNECTOR))
    assert "Duplicate resource URN" in project.preview_err()


def test_declared_where_an_output_is_known(project: Project, live: Live) -> None:
    """A resource that the program declares only then is waited for too: its settings go live, and a second up keeps them."""
    body = program(connector=OTHER_CONNECTOR, name="first").replace("Origination(", "first = Origination(", 1)
    later = (
        f'Origination("later", voice_connector_id="{CONNECTOR}", routes=[route("sbc-l.example.net")], region=region)'
    )
    project.program(f"{body}first.region.apply(lambda region: {later} and None)\n")
    project.up()
    assert live.routes() == [("sbc-l.example.net", 5060, "UDP", 1, 1)]
    project.nothing_to_change()
    assert live.routes() is not None
