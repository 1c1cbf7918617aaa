"""How `chime-voice show` reads an account: in parallel, in which order, in which regions, and with a progress bar."""

from __future__ import annotations

import itertools
import json
import os
import pty
import subprocess
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from chime_voice_emulator import Emulator

from ..support.servers import Relay
from .support import BIN, CAMPAIGN, FRESH, SALES, SUPPORT, api_route, shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]


def test_hundreds_of_voice_connectors_in_two_regions(run: Run, emulator: Emulator) -> None:
    """All 300 are shown, with one listing of phone numbers and of groups for each region and two reads for each of them."""
    expected = {}
    for index in range(300):
        region = ("ap-northeast-1", "us-west-2")[index % 2]
        host = f"sbc-{index}.example.net"
        expected[f"{index:022d}"] = (region, host, index % 3)
        entry = {
            "id": f"{index:022d}",
            "name": f"line {index}",
            "region": region,
            "origination": {"Routes": [api_route(host)]},
            "phone_numbers": [f"+1206{index:05d}{number:02d}" for number in range(index % 3)],
        }
        emulator.seed({"voice_connectors": [entry]})
    done = run("show", "--format", "json", "--region", "ap-northeast-1", "--region", "us-west-2")
    seen = {id_: (it["region"], it["routes"][0]["host"], it["phoneNumbers"]) for id_, it in shown(done).items()}
    calls = Counter(request.operation for request in emulator.requests)

    assert (done.returncode, done.stderr) == (0, "")
    assert seen == expected
    assert calls == {
        "ListVoiceConnectors": 4,
        "ListPhoneNumbers": 4,
        "ListVoiceConnectorGroups": 2,
        "GetVoiceConnectorOrigination": 300,
        "GetVoiceConnectorEmergencyCallingConfiguration": 300,
    }


def test_eight_reads_at_once(run: Run, emulator: Emulator) -> None:
    """Each of the first eight responses with settings waits for the other seven."""
    entries = [{"id": f"{index:022d}", "region": "eu-west-2"} for index in range(20)]
    emulator.seed({"voice_connectors": [{**entry, "origination": {"Disabled": True}} for entry in entries]})
    together, number = threading.Barrier(8), itertools.count()

    def hold(body: bytes) -> bytes:
        if b'"Origination"' in body and next(number) < 8:
            together.wait(60)
        return body

    with Relay(emulator.endpoint_url, rewrite=hold) as relay:
        done = run(
            "show", "--format", "json", "--region", "eu-west-2", "--endpoint-url", relay.url, AWS_MAX_ATTEMPTS="1"
        )
    assert (done.returncode, done.stderr, len(shown(done))) == (0, "", 20)
    assert not together.broken


def test_one_voice_connector_waits_for_two_calls(run: Run, emulator: Emulator) -> None:
    """Settings, emergency calling, phone numbers and groups are read at once: each of the four responses waits for the others."""
    together, number = threading.Barrier(4), itertools.count()

    def hold(body: bytes) -> bytes:
        if next(number):  # The first one is the voice connector itself.
            together.wait(60)
        return body

    with Relay(emulator.endpoint_url, rewrite=hold) as relay:
        done = run("show", "--format", "json", "--endpoint-url", relay.url, SUPPORT, AWS_MAX_ATTEMPTS="1")
    assert (done.returncode, done.stderr, len(shown(done))) == (0, "", 1)
    assert not together.broken
    assert next(number) == 5


def test_a_service_that_throttles(run: Run, emulator: Emulator) -> None:
    """Far more requests than it allows each second: nothing is lost, and few are sent only to be throttled."""
    entries = [{"id": f"{index:022d}", "region": "eu-west-2"} for index in range(60)]
    emulator.seed({"voice_connectors": entries})
    emulator.faults.throttle = "30/s:5"
    done = run("show", "--format", "json", "--region", "eu-west-2", AWS_MAX_ATTEMPTS=None)
    refused = sum(request.status == 429 for request in emulator.requests)
    assert (done.returncode, done.stderr, len(shown(done))) == (0, "", 60)
    assert 0 < refused < 30


def test_attempts(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    """AWS_MAX_ATTEMPTS, then the profile's; a value that is not a number is an error that names its place."""
    (tmp_path / "config").write_text("[default]\nmax_attempts = 1\n")
    emulator.faults.fail("*", [503], forever=True)
    for variable, attempts in ((None, 1), ("2", 2)):
        emulator.clear_requests()
        run("show", "--region", "us-east-1", AWS_MAX_ATTEMPTS=variable)
        assert len(emulator.requests) == attempts
    done = run("show", "--region", "us-east-1", AWS_MAX_ATTEMPTS="soon")
    assert done.stderr == "Error: AWS_MAX_ATTEMPTS is 'soon': give the number of attempts, 1 or more.\n"


def test_order_does_not_depend_on_threads(run: Run) -> None:
    """By region in the given order, then by name; IDs in the given order."""
    everything = run("show", "--format=json", "--region", "us-east-1", "--region", "eu-west-1")
    some = run("show", "--format=json", SUPPORT, CAMPAIGN, SUPPORT)
    assert list(shown(everything)) == [CAMPAIGN, FRESH, SUPPORT, SALES]
    assert [entry["id"] for entry in json.loads(some.stdout)] == [SUPPORT, CAMPAIGN]


def test_all_regions_finds_an_id_wherever_it_is(run: Run) -> None:
    """A region that does not know the id is no failure."""
    done = run("show", "--format", "json", "--all-regions", SALES)
    assert (done.returncode, done.stderr) == (0, "")
    assert shown(done)[SALES]["region"] == "eu-west-1"


@pytest.mark.parametrize("order", [("us-east-1", "eu-west-1"), ("eu-west-1", "us-east-1")])
def test_a_voice_connector_that_several_regions_know_is_there_once(run: Run, order: tuple[str, str]) -> None:
    """It is read at the endpoint of its own region, whichever comes first."""
    with Emulator(shared_regions=True) as shared:
        shared.create_voice_connector(voice_connector_id=SALES, name="sales", region="eu-west-1")
        regions = ("--region", order[0], "--region", order[1])
        done = run("show", "--format", "json", *regions, "--endpoint-url", shared.endpoint_url)
    assert [(entry["id"], entry["region"]) for entry in json.loads(done.stdout)] == [(SALES, "eu-west-1")]


def test_region_and_credentials_of_a_profile(run: Run, tmp_path: Path) -> None:
    """`--profile` provides both; its region is the default."""
    (tmp_path / "config").write_text("[profile voice]\nregion = eu-west-1\n")
    (tmp_path / "credentials").write_text("[voice]\naws_access_key_id = test\naws_secret_access_key = test\n")
    none = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"))
    done = run("show", "--format", "json", "--profile", "voice", **none)
    assert list(shown(done)) == [SALES]


def test_progress_is_for_a_terminal_alone(environment: dict[str, str]) -> None:
    """A bar on standard error if that is a terminal; standard output does not change."""
    ours, theirs = pty.openpty()
    command = [str(BIN / "chime-voice"), "show", "--format", "json"]
    with subprocess.Popen(
        command, env={**environment, "TERM": "xterm"}, stdout=subprocess.PIPE, stderr=theirs, text=True
    ) as process:
        os.close(theirs)
        assert process.stdout is not None
        output, drawn = process.stdout.read(), b""
        try:
            while part := os.read(ours, 4096):
                drawn += part
        except OSError:  # Linux says so where the other side is closed
            pass
        finally:
            os.close(ours)
    assert len(json.loads(output)) == 3
    assert b"Reading voice connectors" in drawn
    assert b"3/3" in drawn
