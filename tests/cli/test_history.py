"""`chime-voice history`: who changed the settings, against a CloudTrail with the events that a test puts there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pulumi_chime_voice.cli.history import tool

from ..support.cloudtrail import CloudTrailServer, origination_record, record
from .support import CAMPAIGN, EMERGENCY_NUMBERS, SUPPORT, api_route

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    Run = Callable[..., subprocess.CompletedProcess[str]]

DELETE = "DeleteVoiceConnectorOrigination"
EMERGENCY = "PutVoiceConnectorEmergencyCallingConfiguration"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.13.0 aws-sdk-go-v2/1.39"
JANE, ROBOT = "arn:aws:sts::111122223333:assumed-role/OnCall/jane", "arn:aws:iam::111122223333:user/robot"


@pytest.fixture
def server() -> Iterator[CloudTrailServer]:
    with CloudTrailServer() as running:
        running.records = [
            origination_record(SUPPORT, {"Routes": [api_route(weight=5)], "Disabled": False}, minutes_ago=30, who=JANE),
            record(DELETE, CAMPAIGN, minutes_ago=20, who=ROBOT, user_agent=TERRAFORM),
            record(
                EMERGENCY,
                SUPPORT,
                minutes_ago=10,
                requestParameters={
                    "voiceConnectorId": SUPPORT,
                    "emergencyCallingConfiguration": {"dNIS": [{"emergencyPhoneNumber": EMERGENCY_NUMBERS[0]}]},
                },
            ),
        ]
        yield running


def test_table(run: Run, server: CloudTrailServer) -> None:
    """Newest first: who, with what, and the routes where the event shows them; no phone number, no address of a caller."""
    done = run("history", AWS_ENDPOINT_URL_CLOUDTRAIL=server.url)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "Changes of the last 7 days, newest first (UTC)"
    emergency, delete, put = (line.split() for line in lines[4:7])
    assert emergency[2:] == [SUPPORT, "emergency", "calling", JANE, "AWS", "console"]
    assert delete[2:] == [CAMPAIGN, "origination", "deleted", ROBOT, "Terraform"]
    assert " ".join(put[2:]) == (
        f"{SUPPORT} origination {JANE} AWS console 203.0.113.7:5060/UDP (priority 1, weight 5)"
    )
    assert "+1206" not in done.stdout
    assert "198.51.100.7" not in done.stdout


def test_json(run: Run, server: CloudTrailServer) -> None:
    """Every member, with the address of the caller; phone numbers are left out here as well."""
    done = run("history", "--format", "json", SUPPORT, AWS_ENDPOINT_URL_CLOUDTRAIL=server.url)
    shown = json.loads(done.stdout)
    assert (shown["days"], shown["complete"]) == (7, True)
    emergency, put = shown["events"]
    assert (emergency["operation"], emergency["routes"]) == (EMERGENCY, None)
    assert put == {
        "time": server.records[0]["eventTime"],
        "region": "us-east-1",
        "voiceConnectorId": SUPPORT,
        "operation": "PutVoiceConnectorOrigination",
        "who": JANE,
        "tool": "AWS console",
        "userAgent": server.records[0]["userAgent"],
        "sourceIpAddress": "198.51.100.7",
        "disabled": False,
        "routes": [{"host": "203.0.113.7", "port": 5060, "protocol": "UDP", "priority": 1, "weight": 5}],
    }
    assert "+1206" not in done.stdout


def test_text_that_is_markup_to_the_table(run: Run, server: CloudTrailServer) -> None:
    """It is printed as CloudTrail has it, and a character that a terminal should not receive is replaced."""
    server.records = [record(DELETE, SUPPORT, who="role/[bold]x[/bold]\x1b", user_agent="probe[/7]")]
    done = run("history", AWS_ENDPOINT_URL_CLOUDTRAIL=server.url)
    assert done.stdout.splitlines()[-1].split()[-2:] == ["role/[bold]x[/bold]\ufffd", "probe[/7]"]


def test_nothing_found(run: Run, server: CloudTrailServer) -> None:
    """It is no error, and the reader learns that CloudTrail lags."""
    server.records = []
    done = run("history", SUPPORT, "--days", "1", AWS_ENDPOINT_URL_CLOUDTRAIL=server.url)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"CloudTrail has none (it is minutes behind): no change of {SUPPORT} in the last day.\n"


def test_days(run: Run, server: CloudTrailServer) -> None:
    """Seven unless more are asked for, ninety at most."""
    server.records = [record(DELETE, SUPPORT, minutes_ago=60 * 24 * 8)]
    assert run("history", AWS_ENDPOINT_URL_CLOUDTRAIL=server.url).stdout == ""
    assert SUPPORT in run("history", "--days", "9", AWS_ENDPOINT_URL_CLOUDTRAIL=server.url).stdout
    assert run("history", "--days", "91").returncode == 2


def test_no_permission(run: Run, server: CloudTrailServer) -> None:
    server.denied = True
    done = run("history", AWS_ENDPOINT_URL_CLOUDTRAIL=server.url)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Grant cloudtrail:LookupEvents." in done.stderr


def test_an_emulator_has_no_events(run: Run) -> None:
    """It is not asked of AWS, where the same ID could be another voice connector."""
    done = run("history")
    assert (done.returncode, done.stdout) == (1, "")
    assert "set AWS_ENDPOINT_URL_CLOUDTRAIL" in done.stderr


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Boto3/1.44.5 md/Botocore#1.44.5 pulumi-chime-voice/0.1.0", "pulumi-chime-voice 0.1.0"),
        ("[console.amazonaws.com]", "AWS console"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "AWS console"),
        ("aws-cli/2.31.0 md/awscrt#0.27", "AWS CLI 2.31.0"),
        ("APN/1.0 Pulumi/1.0 PulumiAWS/7.8 Terraform/1.0 aws-sdk-go-v2/1.39", "Pulumi"),
        (TERRAFORM, "Terraform"),
        ("cloudformation.amazonaws.com", "CloudFormation"),
        ("aws-sdk-js/3.900.0 ua/2.1", "AWS SDK (js)"),
        ("Boto3/1.44.5 md/Botocore#1.44.5", "boto3 1.44.5"),
        ("curl/8.5", "curl/8.5"),
        ("", "unknown"),
    ],
)
def test_tools(user_agent: str, name: str) -> None:
    """A tool is named by its user agent; of several, the outermost."""
    assert tool(user_agent) == name
