"""`chime-voice show`: its formats, what it shows if something cannot be read, and wrong arguments."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from chime_voice_emulator import Emulator

from .support import CAMPAIGN, EMERGENCY_NUMBERS, FRESH, NUMBERS, SALES, SUPPORT, api_route, cells, shown

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    Run = Callable[..., subprocess.CompletedProcess[str]]

UNKNOWN = "zzzzzz1zzzz2zzzzz3zzz4"
"""An ID that no voice connector has."""


class TestTable:
    def test_shows_all_of_a_voice_connector(self, run: Run) -> None:
        """Name, region, encryption, network type, emergency calling, numbers, and each route with its share and failover."""
        done = run("show", SUPPORT)
        facts = {line[2:21].strip(): line[21:] for line in done.stdout.splitlines()[1:8]}

        assert done.returncode == 0
        assert done.stdout.startswith("Support line\n")
        assert facts == {
            "id": SUPPORT,
            "region": "us-east-1",
            "inbound calls": "on",
            "encryption": "required: signaling over TLS",
            "network type": "DUAL_STACK",
            "emergency calling": "yes",
            "phone numbers": "2",
        }
        assert cells(done.stdout) == [
            ["1", "75%", "sbc-a.example.net:5060/TCP", "sbc-b.example.net:5060/TCP, then priority 2"],
            ["1", "25%", "sbc-b.example.net:5060/TCP", "sbc-a.example.net:5060/TCP, then priority 2"],
            ["2", "100%", "[2001:db8::7]:5060/UDP", "nothing: no other host is left"],
        ]

    def test_off_is_no_calls(self, run: Run) -> None:
        """The facts and each stored route show it."""
        done = run("show", CAMPAIGN)
        assert "inbound calls      off: no calls\n" in done.stdout
        assert cells(done.stdout) == [["1", "no calls", "203.0.113.9:5060/UDP"]]

    @pytest.mark.parametrize("answer", ["404", "absent", "on"])
    def test_never_configured_is_no_calls(self, run: Run, answer: Any) -> None:
        """Whatever the service returns for settings that were never configured."""
        with Emulator(never_configured=answer) as other:
            other.create_voice_connector(voice_connector_id=FRESH)
            done = run("show", "--endpoint-url", other.endpoint_url)
        assert (done.returncode, done.stderr) == (0, "")
        assert "inbound calls      no routes: no calls\n" in done.stdout

    def test_long_host_stays_whole_outside_a_terminal(self, run: Run, emulator: Emulator) -> None:
        """The longest possible host name can be found with grep."""
        host = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
        emulator.seed({"voice_connectors": [{"id": FRESH, "origination": {"Routes": [api_route(host)]}}]})
        assert f"{host}:5060/UDP" in run("show", FRESH).stdout

    def test_no_control_character_reaches_the_terminal(self, run: Run, emulator: Emulator) -> None:
        """A host with control characters is shown without them."""
        hosts = ["\x1b[31mred", "[bold]sbc", "line\nend"]
        emulator.seed({"voice_connectors": [{"id": FRESH, "origination": {"Routes": list(map(api_route, hosts))}}]})
        done = run("show", FRESH)
        assert "\x1b" not in done.stdout
        assert {row[2] for row in cells(done.stdout)} == {
            "\N{REPLACEMENT CHARACTER}[31mred:5060/UDP",
            "[bold]sbc:5060/UDP",
            "line\N{REPLACEMENT CHARACTER}end:5060/UDP",
        }

    def test_a_terminal_with_few_characters(self, run: Run, emulator: Emulator) -> None:
        """Characters that it does not have are written as escapes."""
        emulator.seed({"voice_connectors": [{"id": FRESH, "origination": {"Routes": [api_route("電話")]}}]})
        done = run("show", FRESH, PYTHONIOENCODING="latin-1", PYTHONUTF8="0")
        assert done.returncode == 0
        assert r" \u96fb\u8a71:5060/UDP " in done.stdout


class TestJson:
    def test_is_for_programs(self, run: Run) -> None:
        """Types are kept; it has the declared routes, and the distribution of calls."""
        entry = shown(run("show", "--format", "json", "--region", "eu-west-1"))[SALES]
        assert entry == {
            "name": "sales",
            "id": SALES,
            "region": "eu-west-1",
            "ownRegion": "eu-west-1",
            "requireEncryption": False,
            "networkType": "IPV4_ONLY",
            "emergencyCalling": False,
            "phoneNumbers": 0,
            "groups": [],
            "disabled": False,
            "routes": [{"host": "pbx.example.net", "port": 5061, "protocol": "TCP", "priority": 1, "weight": 1}],
            "calls": [
                {
                    "priority": 1,
                    "share": "100%",
                    "endpoint": "pbx.example.net:5061/TCP",
                    "whenItFails": "nothing: no other host is left",
                }
            ],
            "ifFails": [{"host": "pbx.example.net", "calls": []}],
        }

    @pytest.mark.parametrize("id_", [CAMPAIGN, FRESH])
    def test_no_host_can_fail_where_no_calls_go(self, run: Run, id_: str) -> None:
        assert shown(run("show", "--format", "json", id_))[id_]["ifFails"] == []

    def test_nothing_there_is_an_empty_list(self, run: Run) -> None:
        """A sentence names the regions that were read."""
        done = run("show", "--format", "json", "--region", "ca-central-1")
        assert (done.returncode, json.loads(done.stdout)) == (0, [])
        assert done.stderr == "There are no voice connectors in ca-central-1 in the account of these credentials.\n"


class TestMermaid:
    def test_is_one_flowchart(self, run: Run) -> None:
        """It begins with the name, the id and the region of each voice connector."""
        done = run("show", "--format", "mermaid")
        sources = [line.strip() for line in done.stdout.splitlines() if "inbound calls" in line]
        assert done.stdout.startswith("---\nconfig: ")
        assert sources == [
            f'c1(["inbound calls of campaign, {CAMPAIGN}, us-east-1"])',
            f'c2(["inbound calls of fresh, {FRESH}, us-east-1"])',
            f'c3(["inbound calls of Support line, {SUPPORT}, us-east-1"])',
        ]

    @pytest.mark.parametrize("arguments", [("--region", "ca-central-1"), (UNKNOWN,)])
    def test_nothing_to_draw(self, run: Run, arguments: tuple[str, ...]) -> None:
        """Only the reason is printed: a chart without a node would pass for an account without calls."""
        done = run("show", "--format", "mermaid", *arguments)
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1

    @pytest.mark.parametrize(("last_has", "exceeds"), [(7, False), (8, True)])
    def test_warns_if_it_is_too_large_to_draw(
        self, run: Run, emulator: Emulator, last_has: int, *, exceeds: bool
    ) -> None:
        """Mermaid draws 500 links, those between voice connectors included: one more is reported on standard error."""
        # Each of 41 has a link to its priority, 10 to hosts and, except the first, one from above: 491. The last one has 9 or 10.
        hosts = [*([10] * 41), last_has]
        entries = [
            {
                "id": f"{index:022d}",
                "region": "eu-west-2",
                "origination": {"Routes": [api_route(f"sbc-{host}.example.net") for host in range(count)]},
            }
            for index, count in enumerate(hosts)
        ]
        emulator.seed({"voice_connectors": entries})
        done = run("show", "--format", "mermaid", "--region", "eu-west-2")
        assert ("exceeds Mermaid's default limits" in done.stderr) == exceeds
        assert done.returncode == 0


class TestPhoneNumbers:
    @pytest.mark.parametrize(
        "arguments", [["show"], ["show", "--format=json"], ["show", "--format=mermaid"], ["export"]]
    )
    @pytest.mark.parametrize("ids", [[], [SUPPORT]])
    def test_appear_nowhere(self, run: Run, arguments: list[str], ids: list[str]) -> None:
        """Neither those of emergency calling nor those assigned to a voice connector, in any format."""
        done = run(*arguments, *ids)
        assert SUPPORT in done.stdout
        for number in (*EMERGENCY_NUMBERS, *NUMBERS):
            assert number.lstrip("+") not in done.stdout + done.stderr


class TestWhatCannotBeRead:
    @pytest.mark.parametrize("answer", [403, 500])
    @pytest.mark.parametrize("ids", [[], [SUPPORT, CAMPAIGN]])
    def test_settings(self, run: Run, emulator: Emulator, answer: int, ids: list[str]) -> None:
        """The error names the voice connector and the reason; its settings are "unknown"; others are shown; the status is 1."""
        emulator.faults.fail("GetVoiceConnectorOrigination", [answer], voice_connector_id=SUPPORT, forever=True)
        done = run("show", "--format", "json", *ids)
        entries = shown(done)
        code = {403: "ForbiddenException", 500: "ServiceFailureException"}[answer]

        assert done.returncode == 1
        assert f"reading origination of Voice Connector {SUPPORT} (us-east-1): {code}" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert (entries[SUPPORT]["disabled"], entries[SUPPORT]["routes"]) == ("unknown", "unknown")
        assert entries[SUPPORT]["emergencyCalling"] is True
        assert entries[CAMPAIGN]["disabled"] is True

    def test_settings_in_the_other_formats(self, run: Run, emulator: Emulator) -> None:
        """A table and a flowchart also have "unknown"."""
        emulator.faults.fail("GetVoiceConnectorOrigination", [403], voice_connector_id=SUPPORT, forever=True)
        table, flowchart = run("show", SUPPORT), run("show", "--format", "mermaid", SUPPORT)
        assert "inbound calls      unknown\n" in table.stdout
        assert 'c1none["unknown"]' in flowchart.stdout
        assert (table.returncode, flowchart.returncode) == (1, 1)

    def test_details(self, run: Run, emulator: Emulator) -> None:
        """Without the permission for emergency calling and numbers, both are unknown; that alone is no failure."""
        emulator.faults.fail("GetVoiceConnectorEmergencyCallingConfiguration", ["AccessDeniedException"], forever=True)
        emulator.faults.fail("ListPhoneNumbers", ["AccessDeniedException"], forever=True)
        done = run("show", "--format", "json")
        assert done.returncode == 0
        assert {(it["emergencyCalling"], it["phoneNumbers"]) for it in shown(done).values()} == {("unknown", "unknown")}
        assert done.stderr.count("reading emergency calling of Voice Connector") == 3
        assert done.stderr.count("counting phone numbers (us-east-1): AccessDeniedException") == 1

    def test_the_same_reason_is_not_repeated_hundreds_of_times(self, run: Run, emulator: Emulator) -> None:
        """Three sentences, and the number of others."""
        emulator.seed({"voice_connectors": [{"id": f"{index:022d}", "region": "eu-west-2"} for index in range(30)]})
        emulator.faults.fail("GetVoiceConnectorEmergencyCallingConfiguration", ["AccessDeniedException"], forever=True)
        done = run("show", "--region", "eu-west-2")
        *sentences, rest = done.stderr.splitlines()
        assert len(sentences) == 3
        assert rest == "emergency calling: unknown for the same reason (AccessDeniedException) 27 times more."

    def test_the_voice_connector_itself(self, run: Run, emulator: Emulator) -> None:
        """No permission to read it by its id: name, encryption and network type are unknown, its calls are shown."""
        emulator.faults.fail("GetVoiceConnector", ["AccessDeniedException"], forever=True)
        done = run("show", "--format", "json", SUPPORT)
        entry = shown(done)[SUPPORT]
        assert [entry[key] for key in ("name", "requireEncryption", "networkType")] == ["unknown"] * 3
        assert len(entry["routes"]) == 3
        assert f"reading Voice Connector {SUPPORT} (us-east-1): AccessDeniedException" in done.stderr

    def test_a_region(self, run: Run, emulator: Emulator) -> None:
        """The error names the region whose listing fails; the other is shown."""
        emulator.faults.fail("ListVoiceConnectors", [403])
        done = run("show", "--format", "json", "--region", "us-east-1", "--region", "eu-west-1")
        (sentence,) = done.stderr.splitlines()
        failed = "us-east-1" if set(shown(done)) == {SALES} else "eu-west-1"
        assert done.returncode == 1
        assert sentence.startswith(f"listing voice connectors ({failed}): ForbiddenException")
        assert set(shown(done)) == ({SALES} if failed == "us-east-1" else {SUPPORT, CAMPAIGN, FRESH})

    def test_an_id_in_a_region_that_cannot_be_read(self, run: Run, emulator: Emulator) -> None:
        """The error of that region is reported, not that the other does not know the ID."""
        emulator.faults.fail("GetVoiceConnector", ["AccessDeniedException"], voice_connector_id=UNKNOWN)
        done = run("show", "--region", "us-east-1", "--region", "eu-west-1", UNKNOWN)
        (sentence,) = done.stderr.splitlines()
        assert done.returncode == 1
        assert sentence.startswith(f"reading Voice Connector {UNKNOWN} (us-east-1): AccessDeniedException")

    def test_an_id_that_nobody_knows(self, run: Run) -> None:
        """The error names it and the regions; the others are shown."""
        one = run("show", "--format", "json", UNKNOWN, SUPPORT)
        several = run("show", "--format", "json", "--region", "us-east-1", "--region", "eu-west-1", UNKNOWN)
        assert (one.returncode, list(shown(one))) == (1, [SUPPORT])
        assert run("show", "--format", "json", UNKNOWN).stdout == "[]\n"
        assert f"reading Voice Connector {UNKNOWN} (us-east-1): NotFoundException" in one.stderr
        assert several.returncode == 1
        assert several.stderr.startswith(
            f"Voice Connector {UNKNOWN} was not found in us-east-1 or eu-west-1: check its ID"
        )


class TestMistakes:
    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["--region", "us-east-1", "--all-regions"], "--region and --all-regions are mutually exclusive"),
            (["--endpoint-url", "localhost:1"], "--endpoint-url is 'localhost:1': give a URL that begins with http://"),
            (
                ["--endpoint-url", "user:secret@host"],
                "--endpoint-url has a user name or a password before its host, and ",
            ),
            ([" "], "an ID is blank: give the ID of a voice connector"),
        ],
    )
    @pytest.mark.parametrize("command", ["show", "export"])
    def test_arguments(self, run: Run, emulator: Emulator, command: str, arguments: list[str], sentence: str) -> None:
        """One sentence, exit status 2, and nothing is sent."""
        done = run(command, *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"Error: {sentence}" in done.stderr
        assert emulator.requests == []

    def test_no_region(self, run: Run) -> None:
        """The error names what to set."""
        done = run("show", AWS_REGION=None, AWS_DEFAULT_REGION=None)
        assert done.returncode == 2
        assert "no region is set: pass --region or --all-regions, or set AWS_REGION." in done.stderr

    @pytest.mark.parametrize("arguments", [["--all-regions"], [SUPPORT, CAMPAIGN]])
    def test_no_credentials(self, run: Run, emulator: Emulator, arguments: list[str]) -> None:
        """One sentence, however many regions and ids."""
        done = run("show", *arguments, AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
        (sentence,) = done.stderr.splitlines()
        assert done.returncode == 1
        assert "Unable to locate credentials." in sentence
        assert emulator.requests == []

    def test_no_such_profile(self, run: Run) -> None:
        """It is not needed for the region here."""
        done = run("show", "--profile", "nobody")
        assert (done.returncode, done.stdout) == (2, "")
        assert "Error: profile nobody (--profile) is not in " in done.stderr

    def test_nothing_listens(self, run: Run) -> None:
        """A sentence for the region, and the status 1."""
        done = run("show", "--endpoint-url", "http://127.0.0.1:9")
        (sentence,) = done.stderr.splitlines()
        assert done.returncode == 1
        assert sentence.startswith("listing voice connectors (us-east-1): ")
