"""Regions, explicit providers and stacks: which endpoint is asked, and what a move between them does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chime_voice_emulator import Emulator

from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import assert_no_traceback
from .support import REFERENCE, REFERENCE_ROUTE

if TYPE_CHECKING:
    from .support import Calls, Live, Project


def test_region_alone_deletes_nothing(project: Project, live: Live, calls: Calls) -> None:
    """Another region that does not see the connector is refused, also without a preview; nothing is lost."""
    project.deployed(REFERENCE)
    project.program(REFERENCE.replace("routes=[", 'region="us-west-2", routes=['))
    refused = f"origination of Voice Connector {CONNECTOR} (us-west-2): blocked, because AWS finds neither"
    assert refused in project.up_err()
    assert set(calls.take()) == {"Get", "GetVoiceConnector"}
    assert live.routes() == [REFERENCE_ROUTE]


def test_region_that_sees_the_same_connector(project: Project) -> None:
    """Where several regional endpoints see one connector, another region is an update, and deletes nothing."""
    with Emulator(shared_regions=True) as shared:
        shared.create_voice_connector(voice_connector_id=CONNECTOR)
        project.env["AWS_ENDPOINT_URL_CHIME_SDK_VOICE"] = shared.endpoint_url
        project.deployed(REFERENCE)
        project.program(REFERENCE.replace("routes=[", 'region="us-west-2", routes=['))
        shared.clear_requests()
        project.up()
        assert [(item.operation, item.region) for item in shared.requests] == [
            ("GetVoiceConnectorOrigination", "us-west-2"),
            ("PutVoiceConnectorOrigination", "us-west-2"),
        ]
        # A new name at the same time: the old resource is deleted through the old endpoint, which sees the same settings.
        project.program(REFERENCE.replace('"support", voice', '"helpdesk", voice'))
        shared.clear_requests()
        project.up()
        assert "DeleteVoiceConnectorOrigination" not in [item.operation for item in shared.requests]
        project.nothing_to_change()


@pytest.mark.full
def test_region_that_may_only_read(project: Project) -> None:
    """Where only the endpoint of the connector's own region may modify it, the move fails in a sentence and loses nothing."""
    with Emulator(shared_regions="read") as shared:
        shared.create_voice_connector(voice_connector_id=CONNECTOR)
        project.env["AWS_ENDPOINT_URL_CHIME_SDK_VOICE"] = shared.endpoint_url
        project.program(REFERENCE)
        project.up()
        project.program(REFERENCE.replace("routes=[", 'region="us-west-2", routes=['))
        shared.clear_requests()
        said = project.up_err()
        assert "only the endpoint of that region can modify it" in said
        assert_no_traceback(said)
        sent = [(item.operation, item.region, item.status) for item in shared.requests if "Get" not in item.operation]
        assert [item for item in sent if item[2] == 200] == []
        assert ("PutVoiceConnectorOrigination", "us-west-2", 400) in sent
        # The state still has the old region, so the old program has nothing to do.
        assert project.state()["support"]["outputs"]["region"] == "us-east-1"
        project.program(REFERENCE)
        project.nothing_to_change()


@pytest.mark.full
def test_another_region_by_provider(project: Project, emulator: object, calls: Calls) -> None:
    """An explicit Provider calls with its own region."""
    emulator.create_voice_connector(voice_connector_id="zz" + CONNECTOR[2:], name="far", region="eu-west-1")  # type: ignore[attr-defined]
    body = f"""
far = Provider("far", region="eu-west-1")
Origination("support", voice_connector_id="zz{CONNECTOR[2:]}", routes=[route()], opts=pulumi.ResourceOptions(provider=far))
"""
    project.program(body)
    project.up()
    assert project.state()["support"]["outputs"]["region"] == "eu-west-1"
    project.nothing_to_change()


def test_moved_to_an_explicit_provider(project: Project, live: Live, calls: Calls) -> None:
    """A resource that gets a Provider of the same account keeps its calls."""
    project.deployed(REFERENCE)
    project.program(
        'here = Provider("here", region="us-east-1")\n'
        + REFERENCE.replace("weight=5)])", "weight=5)], opts=pulumi.ResourceOptions(provider=here))")
    )
    calls.take()
    project.up()
    assert "Delete" not in calls.take()
    assert live.routes() == [REFERENCE_ROUTE]
    project.nothing_to_change()


def test_several_stacks(project: Project, live: Live) -> None:
    """Two stacks of one project manage their own connectors; destroying one leaves the other's calls."""
    project.deployed(
        f'connector = {{"dev": "{CONNECTOR}", "prod": "{OTHER_CONNECTOR}"}}[pulumi.get_stack()]\n'
        'Origination("support", voice_connector_id=connector, routes=[route()])'
    )
    project.init("prod")
    project.up()
    project.ok("stack", "select", "dev")
    project.destroy()
    assert live.routes() is None
    assert live.routes(OTHER_CONNECTOR) == [("203.0.113.7", 5060, "UDP", 1, 1)]
