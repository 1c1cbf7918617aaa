"""The options of the command line."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

from chime_voice_emulator.service.call import Options

from .support import CONNECTOR, DOCUMENTATION, run_program

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .support import Process, Raw


@pytest.mark.parametrize(
    ("option", "value", "complaint"),
    [
        ("--latency", "soon", "'soon' is not a duration; write 100ms, 2s or 1.5m"),
        ("--clock-skew", "back", "'back' is not a duration; write 100ms, 2s or 1.5m"),
        ("--throttle", "10", "'10' is not a rate; write 10/s, 600/m or, with a burst, 10/s:20"),
        ("--fault", "GetVoiceConnector", "'GetVoiceConnector' is not a fault; write OPERATION=ANSWER"),
        ("--fault", "GetNothing=503", "GetNothing is not an operation"),
        ("--fault", "*=maybe", "'maybe' is not an answer"),
        ("--host", "0.0.0.0", "0.0.0.0 is not a loopback address"),
        ("--port", "70000", "70000 is not in the range"),
        ("--seed", "no-such-file", "File 'no-such-file' does not exist."),
        ("--credentials", "no-such-file", "File 'no-such-file' does not exist."),
        ("--put-omitted", "forget", "'forget' is not one of"),
    ],
)
def test_an_invalid_argument(option: str, value: str, complaint: str) -> None:
    """The error names the option, and the exit status is 2."""
    done = run_program("--port", "0", option, value)

    assert (done.returncode, done.stdout) == (2, "")
    assert f"Error: Invalid value for '{option}': {complaint}" in done.stderr


def test_a_data_file_that_cannot_be_used() -> None:
    """One sentence without a traceback."""
    done = run_program("--port", "0", "--data", "no-such-folder/file")

    assert done.returncode == 1
    assert "no-such-folder" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("option", ["--seed", "--credentials"])
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", " (line 1, column 1): Expecting value"),
        (b'{\n  "a" 1}', " (line 2, column 7): Expecting ':' delimiter"),
        (b"[" * 100_000, ": maximum recursion depth exceeded"),
        (b"\xff", ": 'utf-8' codec can't decode byte 0xff"),
    ],
    ids=["empty", "comma", "deep", "encoding"],
)
def test_a_file_that_is_not_json(tmp_path: Path, option: str, content: bytes, problem: str) -> None:
    """The error names the file and the place."""
    path = tmp_path / "file.json"
    path.write_bytes(content)
    done = run_program("--port", "0", option, str(path))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: {path} is not JSON{problem}")
    assert len(done.stderr.splitlines()) == 1


def test_options_reach_the_service(start_process: Callable[..., Process], raw_at: Any, seed_file: str) -> None:
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
    start_process: Callable[..., Process], raw_at: Callable[..., Raw], tmp_path: Path
) -> None:
    """Only the keys of the file are accepted, each with its secret, account and session token."""
    path = tmp_path / "keys.json"
    path.write_text('{"ASIAKEY": {"secret": "s", "account": "111122223333", "session_token": "t"}}', encoding="utf-8")
    url = start_process("--credentials", str(path)).endpoint_url
    made = raw_at(url, key="ASIAKEY", secret="s", token="t").send(
        "POST", "/voice-connectors", {"Name": "a", "RequireEncryption": False}
    )

    assert made.json["VoiceConnector"]["VoiceConnectorArn"].startswith("arn:aws:chime:us-east-1:111122223333:vc/")
    assert raw_at(url, key="ASIAKEY", secret="s").send("GET", "/voice-connectors").status == 403
    assert raw_at(url).send("GET", "/voice-connectors").status == 403


@pytest.mark.parametrize("option", fields(Options), ids=lambda option: option.name)
def test_the_documentation_has_every_value_of_an_option(option: Any) -> None:
    """The row of the option names its flag, its default, and then the other values."""
    flag = f"--{option.name.replace('_', '-')}"
    (row,) = re.findall(rf"^\| [^|]+ \| `{flag}`, `{option.name}` \| (.*) \|$", DOCUMENTATION, re.MULTILINE)
    choices = option.metadata["choices"]

    assert row.startswith(f"`{option.default}`")
    assert option.default == choices[0]
    assert [value for value in choices if f"`{value}`" not in row] == []
