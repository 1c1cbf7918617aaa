"""The AWS CLI, boto3 with each of its retry modes, and the AWS SDK for JavaScript."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chime_voice_emulator.service.operations import SERVED

from .support import CONNECTOR, DOCUMENTATION

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator

DNIS = {"DNIS": [{"EmergencyPhoneNumber": "+12065550100", "CallingCountry": "US"}]}
ROUTES = {
    "Routes": [{"Host": "a.example.net", "Port": 5060, "Protocol": "TCP", "Priority": 1, "Weight": 1}],
    "Disabled": False,
}
SCRIPT = Path(__file__).parent / "clients" / "chime.mjs"


class Aws:
    """The AWS CLI; only its environment points it at the emulator."""

    def __init__(self, command: list[str], emulator: Emulator, home: Path) -> None:
        self._command = command
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "AWS_MAX_ATTEMPTS": "1",
            **emulator.environment,
        }

    def run(self, operation: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Runs ``aws chime-sdk-voice OPERATION …``."""
        return subprocess.run(
            [*self._command, "chime-sdk-voice", operation, "--output", "json", *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def __call__(self, operation: str, *arguments: str) -> Any:
        done = self.run(operation, *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout else None


@pytest.fixture
def aws(aws_cli: list[str], emulator: Emulator, tmp_path: Path) -> Aws:
    return Aws(aws_cli, emulator, tmp_path)


def test_the_aws_cli_runs_every_operation(aws: Aws, emulator: Emulator) -> None:
    """Every supported operation works from the command line."""
    made = aws(
        "create-voice-connector", "--name", "support line", "--no-require-encryption", "--tags", "Key=team,Value=a b"
    )
    identity, arn = made["VoiceConnector"]["VoiceConnectorId"], made["VoiceConnector"]["VoiceConnectorArn"]
    connector = ("--voice-connector-id", identity)
    emulator.seed({"phone_numbers": [{"number": "+12065550100", "voice_connector_id": identity}]})

    assert aws("get-voice-connector", *connector) == made
    changed = aws("update-voice-connector", *connector, "--name", "sales", "--require-encryption")["VoiceConnector"]
    assert (changed["Name"], changed["RequireEncryption"]) == ("sales", True)
    assert aws("list-voice-connectors", "--max-results", "1")["VoiceConnectors"] == [changed]
    emulator.seed({"voice_connector_groups": [{"id": "group"}]})
    (group,) = aws("list-voice-connector-groups")["VoiceConnectorGroups"]
    assert aws("get-voice-connector-group", "--voice-connector-group-id", "group") == {"VoiceConnectorGroup": group}

    put = aws("put-voice-connector-origination", *connector, "--origination", json.dumps(ROUTES))
    assert put == {"Origination": ROUTES}
    assert aws("get-voice-connector-origination", *connector) == {"Origination": ROUTES}
    terminated = {"Termination": {"CpsLimit": 1, "CallingRegions": ["US"], "Disabled": False}}
    assert (
        aws("put-voice-connector-termination", *connector, "--termination", json.dumps(terminated["Termination"]))
        == terminated
    )
    assert aws("get-voice-connector-termination", *connector) == terminated
    emergency = aws(
        "put-voice-connector-emergency-calling-configuration",
        *connector,
        "--emergency-calling-configuration",
        json.dumps(DNIS),
    )
    assert emergency == {"EmergencyCallingConfiguration": DNIS}
    assert aws("get-voice-connector-emergency-calling-configuration", *connector) == emergency

    refused = aws.run("delete-voice-connector-origination", *connector)
    assert refused.returncode != 0
    assert "(BadRequestException) when calling the DeleteVoiceConnectorOrigination operation" in refused.stderr

    assert aws("delete-voice-connector-emergency-calling-configuration", *connector) is None
    assert aws("delete-voice-connector-termination", *connector) is None
    assert aws("delete-voice-connector-origination", *connector) is None
    gone = aws.run("get-voice-connector-origination", *connector)
    assert "(NotFoundException) when calling the GetVoiceConnectorOrigination operation" in gone.stderr

    assert aws("tag-resource", "--resource-arn", arn, "--tags", "Key=cost center,Value=42") is None
    assert aws("untag-resource", "--resource-arn", arn, "--tag-keys", "team") is None
    assert aws("list-tags-for-resource", "--resource-arn", arn) == {"Tags": [{"Key": "cost center", "Value": "42"}]}
    filters = ("--filter-name", "VoiceConnectorId", "--filter-value", identity)
    assert [number["Status"] for number in aws("list-phone-numbers", *filters)["PhoneNumbers"]] == ["Assigned"]

    blocked = aws.run("delete-voice-connector", *connector)
    assert "(ConflictException) when calling the DeleteVoiceConnector operation" in blocked.stderr
    emulator.seed({"phone_numbers": [{"number": "+12065550100"}]})
    assert aws("delete-voice-connector", *connector) is None

    assert {request.operation for request in emulator.requests} == SERVED
    assert all((request.user_agent or "").startswith("aws-cli/") for request in emulator.requests)


class TestBoto3:
    """boto3 and its retries."""

    @pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
    @pytest.mark.parametrize(("answers", "expected"), [([503, 500], [503, 500, 200]), (["drop", "drop"], [0, 0, 200])])
    def test_each_mode_retries(
        self,
        emulator: Emulator,
        connect: Callable[..., Any],
        connector: str,
        mode: str,
        answers: Any,
        expected: list[int],
    ) -> None:
        """Each mode retries after two faults, and the third attempt succeeds."""
        emulator.faults.fail("GetVoiceConnector", answers)
        chime = connect(emulator.endpoint_url, retries={"mode": mode, "total_max_attempts": 3})

        assert chime.get_voice_connector(VoiceConnectorId=connector)["VoiceConnector"]["VoiceConnectorId"] == connector
        assert [request.status for request in emulator.requests] == expected

    @pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
    def test_each_mode_gives_up(
        self, emulator: Emulator, connect: Callable[..., Any], connector: str, mode: str
    ) -> None:
        """After the maximum number of attempts, each mode raises the model's error."""
        emulator.faults.fail("*", ["503*"])
        chime = connect(emulator.endpoint_url, retries={"mode": mode, "total_max_attempts": 2})

        with pytest.raises(chime.exceptions.ServiceUnavailableException):
            chime.get_voice_connector(VoiceConnectorId=connector)
        assert [request.status for request in emulator.requests] == [503, 503]

    @pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
    @pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
    def test_no_mode_retries_a_client_error(
        self, emulator: Emulator, connect: Callable[..., Any], connector: str, mode: str, status: int
    ) -> None:
        """Client errors are not retried."""
        emulator.faults.fail("*", [status])
        chime = connect(emulator.endpoint_url, retries={"mode": mode, "total_max_attempts": 3})

        with pytest.raises(chime.exceptions.ClientError):
            chime.get_voice_connector(VoiceConnectorId=connector)
        assert [request.status for request in emulator.requests] == [status]

    def test_an_error_in_boto3(self, chime: Any) -> None:
        """An error has a type, code, message, status and request ID."""
        with pytest.raises(chime.exceptions.NotFoundException) as caught:
            chime.get_voice_connector(VoiceConnectorId=CONNECTOR)
        response = caught.value.response

        assert response["Error"] == {
            "Code": "NotFoundException",
            "Message": f"Could not find VoiceConnector with Id '{CONNECTOR}'",
        }
        assert response["ResponseMetadata"]["HTTPStatusCode"] == 404
        assert len(response["ResponseMetadata"]["RequestId"]) == 36

    def test_a_torn_response_in_boto3(self, emulator: Emulator, chime: Any, connector: str) -> None:
        """boto3 treats a torn response as a success without members, as the documentation warns."""
        emulator.faults.fail("*", ["tear"])
        answer = chime.get_voice_connector(VoiceConnectorId=connector)

        assert set(answer) == {"ResponseMetadata"}
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200

    def test_special_characters_in_boto3(self, chime: Any, connector: str) -> None:
        """Spaces, special characters and other alphabets are signed and parsed consistently, in queries and bodies."""
        value = "a b+c&d=e/f?é電%20*~"
        arn = chime.get_voice_connector(VoiceConnectorId=connector)["VoiceConnector"]["VoiceConnectorArn"]
        chime.tag_resource(ResourceARN=arn, Tags=[{"Key": value, "Value": value}])

        assert chime.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": value, "Value": value}]
        assert (
            chime.list_phone_numbers(Status=value, FilterName="VoiceConnectorId", FilterValue=value)["PhoneNumbers"]
            == []
        )


@pytest.fixture
def javascript(node: Path, node_sdk: Path, emulator: Emulator) -> Callable[..., list[dict[str, Any]]]:
    """Runs operations with the SDK for JavaScript; returns their results."""

    def run(*calls: tuple[str, dict[str, Any]], **settings: Any) -> list[dict[str, Any]]:
        done = subprocess.run(
            [str(node), str(SCRIPT), emulator.endpoint_url, str(node_sdk)],
            input=json.dumps({"calls": calls, **settings}),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


class TestJavaScript:
    """The AWS SDK for JavaScript."""

    def test_the_program_of_the_documentation(
        self, node: Path, node_sdk: Path, emulator: Emulator, tmp_path: Path
    ) -> None:
        """With the variables of the emulator, it prints the number of voice connectors."""
        (code,) = re.findall(r"```javascript\n(.*?)```", DOCUMENTATION, re.DOTALL)
        (tmp_path / "main.mjs").write_text(code, encoding="utf-8")
        (tmp_path / "node_modules").symlink_to(node_sdk / "node_modules")
        emulator.create_voice_connector()
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **emulator.environment}
        command = [str(node), "main.mjs"]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

        assert done.stdout == "1\n", done.stderr

    def test_origination_and_emergency_calling(self, javascript: Any, emulator: Emulator, connector: str) -> None:
        """Put, get, delete and the errors between them work."""
        named = {"VoiceConnectorId": connector}
        results = javascript(
            ("PutVoiceConnectorOrigination", {**named, "Origination": ROUTES}),
            ("GetVoiceConnectorOrigination", named),
            ("PutVoiceConnectorTermination", {**named, "Termination": {"Disabled": False}}),
            ("GetVoiceConnectorTermination", named),
            ("DeleteVoiceConnectorTermination", named),
            ("PutVoiceConnectorTermination", {**named, "Termination": {"Disabled": False}}),
            ("PutVoiceConnectorEmergencyCallingConfiguration", {**named, "EmergencyCallingConfiguration": DNIS}),
            ("GetVoiceConnectorEmergencyCallingConfiguration", named),
            ("DeleteVoiceConnectorOrigination", named),
            ("PutVoiceConnectorOrigination", {**named, "Origination": {"Disabled": True}}),
            ("DeleteVoiceConnectorEmergencyCallingConfiguration", named),
            ("GetVoiceConnectorEmergencyCallingConfiguration", named),
            ("DeleteVoiceConnectorOrigination", named),
            ("GetVoiceConnectorOrigination", named),
            ("ListTagsForResource", {"ResourceARN": f"arn:aws:chime:us-east-1:000000000000:vc/{connector}"}),
        )

        assert [result.get("ok", result.get("error")) for result in results] == [
            {"Origination": ROUTES},
            {"Origination": ROUTES},
            {"Termination": {"Disabled": False}},
            {"Termination": {"Disabled": False}},
            {},
            {"Termination": {"Disabled": False}},
            {"EmergencyCallingConfiguration": DNIS},
            {"EmergencyCallingConfiguration": DNIS},
            "BadRequestException",
            "BadRequestException",
            {},
            "NotFoundException",
            {},
            "NotFoundException",
            {"Tags": []},
        ]
        statuses = [200, 200, 200, 200, 204, 200, 200, 200, 400, 400, 204, 404, 204, 404, 200]
        assert [result["status"] for result in results] == statuses
        assert {request.account for request in emulator.requests} == {"000000000000"}

    def test_an_error_in_the_sdk(self, javascript: Any) -> None:
        """An error has a name, message and request ID."""
        (result,) = javascript(("GetVoiceConnector", {"VoiceConnectorId": CONNECTOR}))

        assert (result["error"], result["status"]) == ("NotFoundException", 404)
        assert result["message"] == f"Could not find VoiceConnector with Id '{CONNECTOR}'"
        assert len(result["requestId"]) == 36

    def test_faults_are_retried(self, javascript: Any, emulator: Emulator, connector: str) -> None:
        """After a 503 and a lost connection, the third attempt succeeds."""
        emulator.faults.fail("*", [503, "drop"])
        (result,) = javascript(("GetVoiceConnector", {"VoiceConnectorId": connector}))

        assert result["status"] == 200
        assert [request.status for request in emulator.requests] == [503, 0, 200]

    def test_a_wrong_secret(self, javascript: Any, connector: str) -> None:
        """A wrong secret is forbidden."""
        (result,) = javascript(
            ("GetVoiceConnector", {"VoiceConnectorId": connector}),
            credentials={"accessKeyId": "test", "secretAccessKey": "guess"},
        )

        assert (result["error"], result["status"]) == ("ForbiddenException", 403)
