"""The command line, the control API and seeds."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from chime_voice_emulator import Emulator

from .support import CONNECTOR

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .support import Process, Raw

SEED: dict[str, Any] = {
    "voice_connectors": [
        {
            "id": CONNECTOR,
            "name": "support",
            "region": "eu-west-1",
            "account": "123456789012",
            "require_encryption": True,
            "network_type": "DUAL_STACK",
            "tags": {"team": "voice"},
            "origination": {"Routes": [{"Host": "a.example.net", "Priority": 1, "Weight": 1}]},
            "emergency_calling": {"DNIS": [{"EmergencyPhoneNumber": "+12065550100", "CallingCountry": "US"}]},
            "phone_numbers": ["+12065550101"],
        }
    ],
    "phone_numbers": [{"number": "+12065550102", "region": "eu-west-1", "account": "123456789012", "country": "US"}],
}


@pytest.fixture
def seed_file(tmp_path: Path) -> str:
    path = tmp_path / "seed.json"
    path.write_text(json.dumps(SEED), encoding="utf-8")
    return str(path)


class TestProgram:
    """``python -m chime_voice_emulator``."""

    def test_it_says_where_it_is(self, start_process: Callable[..., Process], raw_at: Callable[..., Raw]) -> None:
        """The program prints its endpoint and the environment variables for clients."""
        process = start_process()

        assert process.announcement == [
            f"Chime SDK Voice emulator at {process.endpoint_url}",
            f"export AWS_ENDPOINT_URL_CHIME_SDK_VOICE={process.endpoint_url}",
            "export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test",
        ]
        assert raw_at(process.endpoint_url).send("GET", "/voice-connectors").status == 200

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_it_stops_cleanly(self, start_process: Callable[..., Process], raw_at: Any, number: int) -> None:
        """It exits with status 0 and no more output, even if a client is connected and a request is in progress."""
        process = start_process("--fault", "GetVoiceConnector=delay:1h")
        where = urlsplit(process.endpoint_url)
        with socket.create_connection((where.hostname, where.port), timeout=30) as connection:
            connection.sendall(raw_at(process.endpoint_url).bytes("GET", f"/voice-connectors/{CONNECTOR}"))
            with socket.create_connection((where.hostname, where.port), timeout=30):
                status = process.signal(number)

        assert status == 0
        assert process.popen.stdout is not None
        assert process.popen.stdout.read() == ""

    def test_a_port_of_its_own(self, start_process: Callable[..., Process]) -> None:
        """If the port is in use, the program prints one sentence that names the port and the option."""
        taken = urlsplit(start_process().endpoint_url).port
        done = run("--port", str(taken))

        assert done.returncode == 1
        assert done.stderr == (
            f"Error: cannot listen on port {taken} of 127.0.0.1: Address already in use. Select another port with --port"
            " (0 selects a free one), or stop the program that uses it.\n"
        )

    @pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.com", "::", ""])
    def test_this_machine_only(self, host: str) -> None:
        """A host that is not loopback is rejected with the reason."""
        done = run("--host", host)

        assert done.returncode == 1
        assert "is not a loopback address: the emulator has no real authentication" in done.stderr

    def test_loopback_names(self, start_process: Callable[..., Process], raw_at: Any) -> None:
        """localhost is a loopback name."""
        process = start_process("--host", "localhost")

        assert raw_at(process.endpoint_url).send("GET", "/voice-connectors").status == 200

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            (["--latency", "soon"], "'soon' is not a duration"),
            (["--throttle", "some"], "'some' is not a rate"),
            (["--fault", "GetVoiceConnector"], "is not a fault; write OPERATION=ANSWER"),
            (["--fault", "GetNothing=503"], "GetNothing is not an operation"),
            (["--fault", "*=maybe"], "'maybe' is not an answer"),
            (["--seed", "no-such-file"], "cannot seed from no-such-file"),
            (["--credentials", "no-such-file"], "no-such-file"),
            (["--data", "no-such-folder/file"], "no-such-folder"),
            (["--put-omitted", "forget"], "'forget' is not one of"),
        ],
    )
    def test_mistakes_are_one_sentence(self, arguments: list[str], complaint: str) -> None:
        """An invalid argument is reported in one sentence without a traceback."""
        done = run("--port", "0", *arguments)

        assert done.returncode in {1, 2}
        assert complaint in done.stderr
        assert "Traceback" not in done.stderr

    def test_options_reach_the_service(
        self, start_process: Callable[..., Process], raw_at: Any, seed_file: str
    ) -> None:
        """Undocumented behaviour, regions, faults, seed and control can be set on the command line."""
        process = start_process(
            *(
                "--seed",
                seed_file,
                "--control",
                "--shared-regions",
                "--put-omitted",
                "merge",
                "--never-configured",
                "off",
            ),
            *("--emergency-refusal", "ForbiddenException", "--latency", "1ms", "--throttle", "1/m:1000"),
            *("--not-found-after-create", "1h", "--read-lag", "0s", "--clock-skew", "-1m"),
            *("--fault", f"GetVoiceConnector@{CONNECTOR}=500,drop", "--fault", "TagResource=503*2"),
        )
        raw = raw_at(process.endpoint_url, key="123456789012", region="us-west-2")
        path = f"/voice-connectors/{CONNECTOR}"
        faults = raw.send("GET", "/_emulator/faults", sign=False).json

        assert raw.send("GET", path).status == 500
        assert raw.send("PUT", f"{path}/origination", {"Origination": {"Disabled": True}}).error == (
            403,
            "ForbiddenException",
        )
        assert raw.send("DELETE", f"{path}/emergency-calling-configuration").status == 204
        merged = raw.send("PUT", f"{path}/origination", {"Origination": {"Disabled": True}}).json["Origination"]
        assert len(merged["Routes"]) == 1
        assert raw.send("DELETE", f"{path}/origination").status == 204
        assert raw.send("GET", f"{path}/origination").json["Origination"] == {"Disabled": True, "Routes": []}
        assert faults["latency"] == 0.001
        assert (faults["not_found_after_create"], faults["clock_skew"]) == (3600, -60)
        assert faults["throttle"] == "1/m:1000"
        assert [plan["answers"] for plan in faults["fail"]] == [
            ["500:ServiceFailureException", "drop"],
            ["503:ServiceUnavailableException*2"],
        ]

    @pytest.mark.parametrize(
        ("arguments", "reads", "writes"),
        [
            ([], 404, 404),
            (["--shared-regions", "no"], 404, 404),
            (["--shared-regions", "read"], 200, 400),
            (["--shared-regions", "write"], 200, 200),
            (["--shared-regions"], 200, 200),
        ],
    )
    def test_shared_regions(
        self,
        start_process: Callable[..., Process],
        raw_at: Any,
        seed_file: str,
        arguments: list[str],
        reads: int,
        writes: int,
    ) -> None:
        """Without a value, the option means "write", which it meant before it had values."""
        process = start_process("--seed", seed_file, *arguments)
        raw = raw_at(process.endpoint_url, key="123456789012", region="us-west-2")
        settings = {"Origination": {"Routes": [{"Host": "b.example.net", "Priority": 1, "Weight": 1}]}}
        path = f"/voice-connectors/{CONNECTOR}/origination"

        assert raw.send("GET", path).status == reads
        assert raw.send("PUT", path, settings).status == writes

    def test_credentials_from_a_file(
        self, start_process: Callable[..., Process], raw_at: Callable[..., Raw], tmp_path: Path
    ) -> None:
        """Only the keys of the file are accepted, each with its secret, account and session token."""
        path = tmp_path / "keys.json"
        path.write_text(
            '{"ASIAKEY": {"secret": "s", "account": "111122223333", "session_token": "t"}}', encoding="utf-8"
        )
        url = start_process("--credentials", str(path)).endpoint_url
        made = raw_at(url, key="ASIAKEY", secret="s", token="t").send(
            "POST", "/voice-connectors", {"Name": "a", "RequireEncryption": False}
        )

        assert made.json["VoiceConnector"]["VoiceConnectorArn"].startswith("arn:aws:chime:us-east-1:111122223333:vc/")
        assert raw_at(url, key="ASIAKEY", secret="s").send("GET", "/voice-connectors").status == 403
        assert raw_at(url).send("GET", "/voice-connectors").status == 403

    def test_its_name_is_that_of_the_command_that_ran_it(self) -> None:
        """The help has the name of the command that was run."""
        done = run("--help", environment={"CHIME_VOICE_PROGRAM": "my-program"})

        assert run("--help").stdout.startswith("Usage: chime-voice emulator ")
        assert done.stdout.startswith("Usage: my-program ")


def run(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the program, and wait for it to end."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "chime_voice_emulator", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment and {**environment, "PATH": ""},
    )


class TestControl:
    """The control API."""

    @pytest.fixture
    def control(self, start_process: Callable[..., Process], raw_at: Callable[..., Raw]) -> Raw:
        """A client of an emulator in another process that serves the control API."""
        return raw_at(start_process("--control").endpoint_url)

    def test_the_log_of_requests(self, control: Raw) -> None:
        """The log can be read and cleared. It does not contain control requests."""
        control.send("GET", f"/voice-connectors/{CONNECTOR}")
        (noted,) = control.send("GET", "/_emulator/requests", sign=False).json

        assert {**noted, "time": 0, "user_agent": None} == {
            "operation": "GetVoiceConnector",
            "voice_connector_id": CONNECTOR,
            "region": "us-east-1",
            "account": "000000000000",
            "access_key": "test",
            "status": 404,
            "method": "GET",
            "path": f"/voice-connectors/{CONNECTOR}",
            "user_agent": None,
            "time": 0,
        }
        assert control.send("DELETE", "/_emulator/requests", sign=False).status == 204
        assert control.send("GET", "/_emulator/requests", sign=False).json == []

    def test_faults(self, control: Raw) -> None:
        """Faults can be set, read and cleared while the emulator runs."""
        body = {"latency": "1ms", "fail": [{"operation": "ListVoiceConnectors", "answers": [503]}]}
        answer = control.send("POST", "/_emulator/faults", body, sign=False)

        assert answer.status == 200
        assert answer.json == control.send("GET", "/_emulator/faults", sign=False).json
        assert answer.json["latency"] == 0.001
        assert control.send("GET", "/voice-connectors").status == 503
        control.send("DELETE", "/_emulator/faults", sign=False)
        assert control.send("GET", "/_emulator/faults", sign=False).json["latency"] == 0

    def test_seed(self, control: Raw) -> None:
        """A seed can be loaded."""
        answer = control.send("POST", "/_emulator/seed", {"voice_connectors": [{"id": CONNECTOR}]}, sign=False)

        assert (answer.status, answer.json) == (201, {"voice_connectors": [CONNECTOR]})
        assert control.send("GET", f"/voice-connectors/{CONNECTOR}").status == 200

    @pytest.mark.parametrize("path", ["/_emulator/faults", "/_emulator/seed"])
    @pytest.mark.parametrize("body", [b"nonsense", b"[]", b'{"nothing": 1}', b"[" * 100_000, b"x" * ((1 << 20) + 1)])
    def test_mistakes(self, control: Raw, path: str, body: bytes) -> None:
        """An invalid body gets a 400 with a message."""
        answer = control.send("POST", path, body, sign=False)

        assert answer.status == 400
        assert set(answer.json) == {"message"}

    @pytest.mark.parametrize("headers", [{"Origin": "http://example.com"}, {"Host": "example.com"}, {"Host": "[::"}])
    def test_no_web_page_can_use_it(self, control: Raw, headers: dict[str, str]) -> None:
        """Requests from web pages or for other host names are rejected."""
        assert control.send("GET", "/_emulator/requests", headers=headers, sign=False).status == 403

    def test_it_is_off_unless_asked_for(self, raw: Raw) -> None:
        """Without the option, the path is unknown."""
        assert raw.send("GET", "/_emulator/requests", sign=False).status == 404


class TestSeed:
    """Seeds, from Python and from the command line."""

    def test_all_of_it(self, connect: Callable[..., Any]) -> None:
        """Clients see everything in a seed, and the seed is not in the request log."""
        with Emulator() as emulator:
            assert emulator.seed(SEED) == [CONNECTOR]
            assert emulator.requests == []
            chime = connect(emulator.endpoint_url, key="123456789012", region="eu-west-1")
            shown = chime.get_voice_connector(VoiceConnectorId=CONNECTOR)["VoiceConnector"]
            tags = chime.list_tags_for_resource(ResourceARN=shown["VoiceConnectorArn"])["Tags"]
            origination = chime.get_voice_connector_origination(VoiceConnectorId=CONNECTOR)["Origination"]
            emergency = chime.get_voice_connector_emergency_calling_configuration(VoiceConnectorId=CONNECTOR)
            numbers = chime.list_phone_numbers()["PhoneNumbers"]

        assert (shown["Name"], shown["RequireEncryption"], shown["NetworkType"]) == ("support", True, "DUAL_STACK")
        assert shown["VoiceConnectorArn"] == f"arn:aws:chime:eu-west-1:123456789012:vc/{CONNECTOR}"
        assert tags == [{"Key": "team", "Value": "voice"}]
        # Seeds get the service's defaults, too.
        assert origination["Routes"] == [
            {"Host": "a.example.net", "Port": 5060, "Protocol": "TCP", "Priority": 1, "Weight": 1}
        ]
        assert emergency["EmergencyCallingConfiguration"] == SEED["voice_connectors"][0]["emergency_calling"]
        assert [(one["E164PhoneNumber"], one["Status"]) for one in numbers] == [
            ("+12065550101", "Assigned"),
            ("+12065550102", "Unassigned"),
        ]

    def test_null_is_left_out(self) -> None:
        """A member that is null gets its default."""
        nothing = dict.fromkeys(SEED["voice_connectors"][0])
        with Emulator() as emulator:
            (made,) = emulator.seed({"voice_connectors": [nothing], "phone_numbers": None})

            assert len(made) == 22

    def test_twice(self, connect: Callable[..., Any]) -> None:
        """Existing connectors are replaced or kept, as selected."""
        other = {"voice_connectors": [{"id": CONNECTOR, "name": "other"}]}
        with Emulator() as emulator:
            chime = connect(emulator.endpoint_url)

            def name() -> str:
                return chime.get_voice_connector(VoiceConnectorId=CONNECTOR)["VoiceConnector"]["Name"]

            emulator.seed({"voice_connectors": [{"id": CONNECTOR, "name": "first"}]})
            emulator.seed(other, replace=False)
            left = name()
            emulator.seed(other)

            assert (left, name()) == ("first", "other")

    def test_the_command_line_leaves_what_is_there(
        self, start_process: Callable[..., Process], raw_at: Any, tmp_path: Path, seed_file: str
    ) -> None:
        """An emulator can be restarted with the same data file and seed."""
        arguments = ("--data", str(tmp_path / "state.db"), "--seed", seed_file)
        path = f"/voice-connectors/{CONNECTOR}/origination"
        first = start_process(*arguments)
        raw = raw_at(first.endpoint_url, key="123456789012", region="eu-west-1")
        raw.send("PUT", path, {"Origination": {"Routes": [{"Host": "changed"}]}})
        first.kill()
        raw.endpoint_url = start_process(*arguments).endpoint_url

        assert raw.send("GET", path).json["Origination"]["Routes"][0]["Host"] == "changed"

    @pytest.mark.parametrize(
        ("state", "complaint"),
        [
            ({"connectors": []}, r"seed: unknown member connectors \(did you mean voice_connectors\?\)"),
            ({"nothing": []}, r"seed: unknown member nothing \(known: phone_numbers, voice_connectors\)"),
            ({"voice_connectors": {}}, "seed: voice_connectors must be a list"),
            ({"voice_connectors": ["a"]}, r"voice_connectors\[0\] must be an object"),
            (
                {"voice_connectors": [{"ID": "a", "regon": "b"}]},
                r"voice_connectors\[0\]: unknown member ID \(did you mean id\?\), regon \(did you mean region\?\)$",
            ),
            ({"voice_connectors": [{"NetworkType": "a"}]}, r"NetworkType \(did you mean network_type\?\)"),
            ({"phone_numbers": [{"Number": "+12065550100"}]}, r"Number \(did you mean number\?\)"),
            (
                {"voice_connectors": [{"origination": {"Routes": [{"Hots": "a"}]}}]},
                r"at 'Routes\[0\]' has the unknown member 'Hots' \(did you mean Host\?\)",
            ),
            ({"voice_connectors": [{"id": "a"}]}, r"voice_connectors\[0\]: Value 'a' at 'VoiceConnectorId'"),
            ({"voice_connectors": [{"region": "mars"}]}, r"voice_connectors\[0\]: Value 'mars' at 'AwsRegion'"),
            ({"voice_connectors": [{"region": 1, "aws_region": "us-east-1"}]}, "region must be the name of a region"),
            (
                {"voice_connectors": [{"region": "\ud800", "aws_region": "us-east-1"}]},
                "region must be the name of a region",
            ),
            (
                {"phone_numbers": [{"number": "+12065550100", "region": "US EAST"}]},
                "region must be the name of a region",
            ),
            ({"voice_connectors": [{"account": "1"}]}, r"voice_connectors\[0\]: the account must be"),
            ({"voice_connectors": [{"require_encryption": 1}]}, "Member must be a boolean"),
            ({"voice_connectors": [{"tags": []}]}, r"voice_connectors\[0\]\.tags must be an object"),
            ({"voice_connectors": [{"tags": {"a": 1}}]}, r"voice_connectors\[0\]\.tags: "),
            (
                {"voice_connectors": [{"origination": {"Routes": [{"Port": 70000}]}}]},
                r"voice_connectors\[0\]\.origination: Value '70000' at 'Routes\[0\]\.Port'",
            ),
            (
                {"voice_connectors": [{"emergency_calling": {"DNIS": [{}]}}]},
                r"voice_connectors\[0\]\.emergency_calling: ",
            ),
            (
                {"voice_connectors": [{"phone_numbers": ["+1-2065550100"]}]},
                r"voice_connectors\[0\]\.phone_numbers\[0\]: ",
            ),
            ({"phone_numbers": [{}]}, r"phone_numbers\[0\]: number is missing"),
            ({"phone_numbers": [{"number": "+12065550100", "voice_connector_id": "a"}]}, "'VoiceConnectorId'"),
            ({"phone_numbers": [{"number": "+12065550100", "status": "Lost"}]}, r"phone_numbers\[0\]: Value 'Lost'"),
        ],
    )
    def test_mistakes(self, state: dict[str, Any], complaint: str) -> None:
        """Errors have a path but no phone number, and nothing of an invalid seed is stored."""
        with Emulator() as emulator:
            good = {"voice_connectors": [{"id": CONNECTOR}]}
            for name, entries in state.items():
                state = {**state, name: good.get(name, []) + entries if isinstance(entries, list) else entries}
            offset = complaint.replace(r"voice_connectors\[0\]", r"voice_connectors\[1\]")
            with pytest.raises(ValueError, match=offset) as caught:
                emulator.seed(state)

            assert "206" not in str(caught.value)
            emulator.seed(good, replace=False)
            assert emulator.seed(good) == [CONNECTOR]
