"""One test for each danger to live calls: what the preview says, what up does, what was sent, what is live after it.

An apply is run without its preview, so that the provider's own guards in create, update and delete answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..support.cloudtrail import CloudTrailServer, record
from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import HERE, NUMBER, OURS, THEIRS, assert_a_sentence, configure_emergency_calling, program

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator

    from .support import Calls, Live, Project

LOWEST = {"test_undoing_an_outside_change"}
"""These tests run with the oldest versions of pulumi and boto3 too (conftest.py)."""


@pytest.mark.matrix
def test_overwriting_other_routes(project: Project, live: Live, writes: Callable[[], list[str]]) -> None:
    """A create over other settings is refused with what was found; on_conflict="overwrite" goes through."""
    live.put(THEIRS)
    project.program(program())
    for said in (project.preview_err(), project.up_err()):
        assert f"creating origination of {HERE}: blocked" in said
        assert "198.51.100.9:5061/TCP (priority 1, weight 10)" in said
        assert 'on_conflict="overwrite"' in said
        assert_a_sentence(said)
    assert writes() == []
    assert live.routes() == [THEIRS]
    project.program(program(more=', on_conflict="overwrite"'))
    project.up()
    assert writes() == ["Put"]
    assert live.routes() == [OURS]


def test_overwriting_what_is_turned_off(project: Project, live: Live) -> None:
    """Routes that somebody keeps turned off are theirs too."""
    live.put(OURS, disabled=True)
    project.program(program())
    assert "203.0.113.7:5060/UDP (priority 1, weight 1), inbound calls off" in project.preview_err()


def test_undoing_an_outside_change(project: Project, live: Live, writes: Callable[[], list[str]]) -> None:
    """An update over what somebody changed is refused with the difference, and CloudTrail's name of who changed it.

    A refresh shows it, and then up goes through.
    """
    project.deployed(program())
    live.put(("203.0.113.7", 5060, "UDP", 1, 9), THEIRS)
    project.program(program('[route(), route("sbc-b.example.net")]'))
    writes()
    with CloudTrailServer() as cloudtrail:
        cloudtrail.records = [
            record("PutVoiceConnectorOrigination", CONNECTOR, who="arn:aws:iam::111122223333:user/jane")
        ]
        project.env["AWS_ENDPOINT_URL_CLOUDTRAIL"] = cloudtrail.url
        blocked = (project.preview_err(), project.up_err())
    for said in blocked:
        assert "CloudTrail's last change: arn:aws:iam::111122223333:user/jane, " in " ".join(said.split())
        assert f"updating origination of {HERE}: blocked, because the live settings were changed outside Pulumi" in said
        assert "203.0.113.7:5060/UDP has weight 9 instead of 1" in said
        assert "198.51.100.9:5061/TCP (priority 1, weight 10) is new" in said
        assert "pulumi refresh" in said
        assert 'on_conflict="overwrite"' in said
        assert_a_sentence(said)
    assert writes() == []
    project.refresh()
    shown = project.up()
    assert "- 198.51.100.9:5061/TCP: {" in shown
    assert "~ weight: 9 => 1" in shown
    assert live.routes() == [OURS, ("sbc-b.example.net", 5060, "UDP", 1, 1)]


def test_undoing_somebodys_turning_off(project: Project, live: Live, writes: Callable[[], list[str]]) -> None:
    """Calls that somebody turned off since are not turned on by an unrelated change."""
    project.deployed(program())
    live.put(OURS, disabled=True)
    project.program(program("[route(weight=2)]"))
    writes()
    said = project.preview_err()
    assert "inbound calls are off" in said
    project.program(program("[route(weight=2)]", ', on_conflict="overwrite"'))
    project.up()
    assert writes() == ["Put"]
    assert live.routes() == [("203.0.113.7", 5060, "UDP", 1, 2)]


@pytest.mark.matrix
def test_turning_off_with_emergency_calling(project: Project, live: Live, writes: Callable[[], list[str]]) -> None:
    """Turning off is refused while emergency calling is configured, with the command that removes it."""
    project.deployed(program())
    configure_emergency_calling(live)
    project.program(program("[]", ", disabled=True"))
    writes()
    for said in (project.preview_err(), project.up_err()):
        assert f"updating origination of {HERE}: blocked, because emergency calling is configured" in said
        assert (
            "aws chime-sdk-voice delete-voice-connector-emergency-calling-configuration "
            f"--voice-connector-id {CONNECTOR} --region us-east-1"
        ) in said
        assert_a_sentence(said)
    assert writes() == []
    assert live.routes() == [OURS]


def test_turning_off(project: Project, live: Live, emulator: Emulator) -> None:
    """The preview says that no calls are let in any more, and how many phone numbers still point here; none is shown."""
    emulator.seed({"phone_numbers": [{"number": NUMBER, "voice_connector_id": CONNECTOR}]})
    project.deployed(program())
    project.program(program("[]", ", disabled=True"))
    said = project.preview()
    assert f"support: inbound calls of {HERE} will be turned off" in said
    assert ". Phone numbers still assigned to it: 1." in said
    assert NUMBER not in said
    assert "- priority 1: {" in said
    assert live.routes() == [OURS]


@pytest.mark.matrix
def test_replacing_with_emergency_calling(project: Project, live: Live, writes: Callable[[], list[str]]) -> None:
    """A replacement that could not clear the old connector is refused before the new one is written."""
    project.deployed(program())
    configure_emergency_calling(live)
    project.program(program(connector=OTHER_CONNECTOR))
    writes()
    said = project.up_err()
    assert f"replacing origination of {HERE}: blocked, because emergency calling is configured" in said
    assert_a_sentence(said)
    assert writes() == []
    assert live.routes(OTHER_CONNECTOR) is None


def test_replaced_connector(project: Project, calls: Calls, emulator: Emulator) -> None:
    """The preview of a replacement says what stays behind on the connector that loses its routes, once."""
    emulator.seed(
        {
            "phone_numbers": [
                {"number": NUMBER, "voice_connector_id": CONNECTOR},
                {"number": NUMBER[:-1] + "1", "voice_connector_id": CONNECTOR},
            ]
        }
    )
    project.deployed(program())
    project.program(program(connector=OTHER_CONNECTOR))
    calls.take()
    said = project.preview()
    assert said.count(f"support: routes move from {HERE} to {OTHER_CONNECTOR}") == 1
    assert ". Phone numbers still assigned to it: 2." in said
    assert "Associate them with" in said
    assert NUMBER[:-1] not in said
    assert sorted(calls.take()) == ["Get", "Get", "GetEmergency", "GetVoiceConnector", "ListPhoneNumbers"]


def test_replacing_onto_a_taken_connector(project: Project, live: Live, writes: Callable[[], list[str]]) -> None:
    """A replacement onto a connector that somebody has configured is refused like any create."""
    project.deployed(program())
    live.put(THEIRS, connector=OTHER_CONNECTOR)
    project.program(program(connector=OTHER_CONNECTOR))
    writes()
    assert f"creating origination of Voice Connector {OTHER_CONNECTOR} (us-east-1): blocked" in project.up_err()
    assert writes() == []
    assert live.routes() == [OURS]


def test_destroying_with_emergency_calling(project: Project, live: Live, writes: Callable[[], list[str]]) -> None:
    """The engine asks no provider in a destroy's preview: the apply refuses, and calls go on."""
    project.deployed(program())
    configure_emergency_calling(live)
    writes()
    said = project.err("destroy", "--yes", "--skip-preview", "--color=never")
    assert f"deleting origination of {HERE}: blocked, because emergency calling is configured" in said
    assert_a_sentence(said)
    assert writes() == []
    assert live.routes() == [OURS]
    assert list(project.state()) == ["support"]


@pytest.mark.matrix
def test_destroying_after_an_outside_change(project: Project, live: Live, writes: Callable[[], list[str]]) -> None:
    """A destroy leaves settings that somebody changed; after a refresh it deletes them."""
    project.deployed(program())
    live.put(THEIRS)
    writes()
    said = project.err("destroy", "--yes", "--skip-preview", "--color=never")
    assert f"deleting origination of {HERE}: blocked, because the live settings were changed outside Pulumi" in said
    assert "203.0.113.7:5060/UDP (priority 1, weight 1) is gone" in said
    assert "pulumi refresh" in said
    assert_a_sentence(said)
    assert writes() == []
    assert live.routes() == [THEIRS]
    project.refresh()
    project.destroy()
    assert live.routes() is None


def test_unreachable_hosts(project: Project) -> None:
    """Each host that AWS cannot reach is named once, on the resource's own line; documentation ranges are not."""
    hosts = ["10.24.34.0", "100.64.0.9", "pbx", "sbc.example.net", "203.0.113.7", "2001:db8::1"]
    routes = ", ".join(f'route("{host}", priority={index + 1})' for index, host in enumerate(hosts))
    project.program(program(f'[{routes}, route("sbc.example.net", port=0, priority=50)]'))
    said = project.preview()
    assert said.count("10.24.34.0 is not publicly reachable: it is a private address (RFC 1918).") == 1
    assert said.count("100.64.0.9 is not publicly reachable: it is a shared address of carriers (RFC 6598).") == 1
    assert said.count("pbx has no domain") == 1
    assert said.count("port 0 of sbc.example.net:0/UDP") == 1
    assert said.count("warning:") == 5, "these four, and the IPv6 address on a connector that is IPv4 only"
    by_resource = project.ok("preview", "--color=never").partition("Diagnostics:")[2]
    _, own, lines = by_resource.partition("pulumi-python:dynamic/chime:Origination (support):")
    assert own
    assert "10.24.34.0 is not publicly reachable" in lines


def test_lost_failover(project: Project) -> None:
    """Two hosts become one: said in words. Two endpoints of one host are one host."""
    project.deployed(program('[route("sbc-a.example.net"), route("sbc-b.example.net", priority=2)]'))
    project.program(program('[route("sbc-a.example.net"), route("SBC-A.example.net", protocol="TCP", priority=2)]'))
    assert "support: " + HERE + " loses its failover: sbc-a.example.net becomes the only host" in project.preview()


def test_transport_that_encryption_overrides(project: Project, live: Live) -> None:
    """On a connector that requires encryption, a route over UDP or to 5060 is told what AWS does with it."""
    live.client.update_voice_connector(VoiceConnectorId=CONNECTOR, Name="support", RequireEncryption=True)
    project.program(
        program(
            '[route("sbc-a.example.net", protocol="TCP", port=5061), route("sbc-b.example.net", protocol="TCP"), '
            'route("sbc-c.example.net", port=5061)]'
        )
    )
    said = project.preview()
    assert f"support: {HERE} requires encryption, so AWS uses TLS whatever the route says: " in said
    assert "sbc-b.example.net:5060/TCP, sbc-c.example.net:5061/UDP must answer TLS" in said


@pytest.mark.parametrize(
    ("connector", "region", "said"),
    [
        ("zzzzzz1ghij2klmno3pqr4", "us-east-1", "there is no such voice connector in this account and region"),
        (CONNECTOR, "eu-west-1", "there is no such voice connector in this account and region"),
        (CONNECTOR, "eu-north-1", "Chime SDK Voice is not in eu-north-1; it is in ap-northeast-1, "),
    ],
)
def test_wrong_connector_or_region(
    project: Project, writes: Callable[[], list[str]], connector: str, region: str, said: str
) -> None:
    """A preview knows that the connector is not there, and names the region that it asked."""
    project.program(program(more=f', region="{region}"', connector=connector))
    shown = project.preview_err()
    assert f"creating origination of Voice Connector {connector} ({region}): " in shown
    assert said in shown
    assert_a_sentence(shown)
    assert writes() == []


def test_no_credentials(project: Project) -> None:
    """A guard that cannot look fails the preview with a sentence; a preview without changes needs no credentials."""
    project.deployed(program())
    del project.env["AWS_ACCESS_KEY_ID"], project.env["AWS_SECRET_ACCESS_KEY"]
    project.preview("--expect-no-changes")
    project.program(program("[route(weight=2)]"))
    said = project.preview_err()
    assert (
        f"reading origination of {HERE}: Unable to locate credentials. Do one of these: set AWS_ACCESS_KEY_ID" in said
    )
    assert_a_sentence(said)


def test_one_endpoint_twice_and_many_routes(project: Project) -> None:
    """More than ten routes, an endpoint at two priorities and an odd id are said once each."""
    routes = ", ".join(f'route("sbc-{index}.example.net")' for index in range(10))
    project.program(program(f'[{routes}, route("sbc-0.example.net", priority=2)]'))
    said = project.preview()
    assert said.count("11 routes") == 1
    assert said.count("sbc-0.example.net:5060/UDP appears at priorities 1, 2") == 1
    assert said.count("warning:") == 2


def test_renamed_and_changed_at_once(project: Project, live: Live) -> None:
    """A rename without alias that changes routes too looks like a conflict; the message says what an alias is for."""
    project.deployed(program())
    project.program(program("[route(weight=2)]", name="helpdesk"))
    assert "If you renamed the resource, add an alias" in project.preview_err()
    project.program(
        program(
            "[route(weight=2)]",
            ', opts=pulumi.ResourceOptions(aliases=[pulumi.Alias(name="support")])',
            name="helpdesk",
        )
    )
    project.up()
    assert live.routes() == [("203.0.113.7", 5060, "UDP", 1, 2)]


@pytest.mark.matrix
def test_forced_replacement_with_a_change(project: Project, live: Live, writes: Callable[[], list[str]]) -> None:
    """`up --replace` does not tell the provider what the state holds: with a change beside it, it is refused, and why."""
    project.deployed(program())
    project.program(program("[route(weight=2)]"))
    urn = project.state()["support"]["urn"]
    writes()
    assert "first apply the change without that" in project.up_err("--replace", urn)
    assert writes() == []
    assert live.routes() == [OURS]
