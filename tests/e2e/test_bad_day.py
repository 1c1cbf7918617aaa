"""Bad days: what AWS, the network, the machine or a colleague may do, and what state and live settings are afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .conftest import Calls, Live, Project

CONNECTOR = "abcdef1ghij2klmno3pqr4"
ROUTE = ("203.0.113.7", 5060, "UDP", 1, 1)
SUPPORT = f'Origination("support", voice_connector_id="{CONNECTOR}", routes=[route()])\n'


def test_renamed_and_moved_to_an_explicit_provider(project: Project, live: Live, calls: Calls) -> None:
    """A new name and a Provider of the same account at once: two plugin processes, and the calls go on."""
    project.program(SUPPORT)
    project.up()
    project.program(
        'here = Provider("here", region="us-east-1")\n'
        f'Origination("helpdesk", voice_connector_id="{CONNECTOR}", routes=[route()], '
        "opts=pulumi.ResourceOptions(provider=here))"
    )
    calls.take()
    project.up()
    assert calls.take() == ["Get", "Put"]
    assert live.routes() == [ROUTE]
    project.nothing_to_change()


def test_two_owners_across_providers(project: Project, live: Live) -> None:
    """One connector declared through two providers is refused as through one, in the apply too."""
    project.program(
        'here = Provider("here", region="us-east-1")\n'
        + SUPPORT
        + f'Origination("helpdesk", voice_connector_id="{CONNECTOR}", routes=[route("sbc.example.net")], '
        "opts=pulumi.ResourceOptions(provider=here))"
    )
    for said in (project.preview_err(), project.up_err()):
        assert f"Voice Connector {CONNECTOR} (us-east-1) is declared twice in this program" in said
