"""`chime-voice export`: its output declares exactly what is live; what it leaves out is reported."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chime_voice_emulator import Emulator
from pulumi_chime_voice.aws.client import ChimeSdkVoice, VoiceConnector
from pulumi_chime_voice.aws.config import AwsConfig
from pulumi_chime_voice.cli import export
from pulumi_chime_voice.cli.inventory import ConnectorSnapshot, InventoryReader
from pulumi_chime_voice.origination import routes as domain
from pulumi_chime_voice.origination import validation
from pulumi_chime_voice.origination.routes import Settings

from .support import CAMPAIGN, FRESH, SALES, SUPPORT, api_route

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    Run = Callable[..., subprocess.CompletedProcess[str]]

SUPPORT_ROUTES = [
    {"host": "sbc-a.example.net", "port": 5060, "protocol": "TCP", "priority": 1, "weight": 3},
    {"host": "sbc-b.example.net", "port": 5060, "protocol": "TCP", "priority": 1, "weight": 1},
    {"host": "2001:db8::7", "port": 5060, "protocol": "UDP", "priority": 2, "weight": 1},
]
CAMPAIGN_ROUTES = [{"host": "203.0.113.9", "port": 5060, "protocol": "UDP", "priority": 1, "weight": 1}]
SALES_ROUTES = [{"host": "pbx.example.net", "port": 5061, "protocol": "TCP", "priority": 1, "weight": 1}]


class TestCommand:
    def test_one_region_is_the_stacks(self, run: Run) -> None:
        """The region is there once; a connector without settings is omitted and counted; off is declared as off."""
        done = run("export")
        assert done.returncode == 0
        assert yaml.safe_load(done.stdout) == {
            "config": {
                "aws:region": "us-east-1",
                "chime-voice:originations": {
                    "campaign": {"voiceConnectorId": CAMPAIGN, "disabled": True, "routes": CAMPAIGN_ROUTES},
                    "support-line": {"voiceConnectorId": SUPPORT, "routes": SUPPORT_ROUTES},
                },
            }
        }
        assert done.stderr.startswith("1 voice connector was omitted, because it has no origination settings.\n")

    def test_emergency_calling(self, run: Run, emulator: Emulator) -> None:
        """Not exported: stderr has the commands that declare it, one in each line, without a number."""
        done = run("export", SUPPORT)
        assert "emergencyCalling" not in done.stdout
        sentence, *commands = done.stderr.splitlines()
        assert sentence == (
            f"Voice Connector {SUPPORT} (us-east-1) has emergency calling, which is not exported, because phone numbers are "
            "secret. To manage it, read the numbers with the first command, and set each with the others:"
        )
        path = "--path 'chime-voice:emergencyCalling.support-line[0]"
        assert commands == [
            "    aws chime-sdk-voice get-voice-connector-emergency-calling-configuration "
            f"--voice-connector-id {SUPPORT} --region us-east-1",
            f"    pulumi config set --secret {path}.emergencyPhoneNumber' NUMBER",
            f"    pulumi config set {path}.callingCountry' COUNTRY",
        ]
        assert not re.search(r"\+?\d{10}", done.stdout + done.stderr)

    def test_without_settings(self, run: Run, emulator: Emulator) -> None:
        emulator.seed({"voice_connectors": [{"id": "efghij1klmn2opqrst3uv4"}]})
        done = run("export", FRESH, "efghij1klmn2opqrst3uv4")
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr == "2 voice connectors were omitted, because they have no origination settings.\n"

    def test_several_regions_are_each_resources_own(self, run: Run) -> None:
        """Then the stack has no region."""
        done = run("export", "--region", "us-east-1", "--region", "eu-west-1")
        config = yaml.safe_load(done.stdout)["config"]
        regions = {name: entry["region"] for name, entry in config.pop("chime-voice:originations").items()}
        assert regions == {"campaign": "us-east-1", "support-line": "us-east-1", "sales": "eu-west-1"}
        assert config == {}

    def test_ids(self, run: Run) -> None:
        """Only those with the IDs, through the region that knows them."""
        done = run("export", "--all-regions", SALES)
        assert yaml.safe_load(done.stdout)["config"]["chime-voice:originations"] == {
            "sales": {"voiceConnectorId": SALES, "region": "eu-west-1", "routes": SALES_ROUTES}
        }

    def test_off_without_routes(self, run: Run, emulator: Emulator) -> None:
        """Is declared as off, without routes."""
        emulator.seed({"voice_connectors": [{"id": FRESH, "name": "fresh", "origination": {"Disabled": True}}]})
        config = yaml.safe_load(run("export", FRESH).stdout)["config"]
        assert config["chime-voice:originations"] == {"fresh": {"voiceConnectorId": FRESH, "disabled": True}}

    def test_reads_no_more_than_it_needs(self, run: Run, emulator: Emulator) -> None:
        """Phone numbers are not counted; of emergency calling, whether there is some."""
        run("export")
        assert {request.operation for request in emulator.requests} == {
            "ListVoiceConnectors",
            "GetVoiceConnectorOrigination",
            "GetVoiceConnectorEmergencyCallingConfiguration",
        }

    def test_what_the_rules_refuse_is_said_with_its_path(self, run: Run, emulator: Emulator) -> None:
        """A voice connector with a host that nobody can declare is left out as a whole; the others are there."""
        bad = {"Routes": [api_route("sbc-a.example.net"), api_route("sbc a", priority=2)]}
        emulator.seed({"voice_connectors": [{"id": FRESH, "name": "Fresh one", "origination": bad}]})
        done = run("export")
        assert done.returncode == 1
        assert set(yaml.safe_load(done.stdout)["config"]["chime-voice:originations"]) == {"campaign", "support-line"}
        assert done.stderr.startswith(
            'chime-voice:originations.fresh-one.routes[1].host: must be an IP address or a host name (RFC 1123); got "sbc a": '
            f"Voice Connector {FRESH} (us-east-1) is left out.\n"
        )

    def test_what_cannot_be_read_is_said(self, run: Run, emulator: Emulator) -> None:
        """The voice connector is named, the others are there, and the status is 1."""
        emulator.faults.fail("GetVoiceConnectorOrigination", [403], voice_connector_id=SUPPORT, forever=True)
        done = run("export")
        assert done.returncode == 1
        assert set(yaml.safe_load(done.stdout)["config"]["chime-voice:originations"]) == {"campaign"}
        assert f"reading origination of Voice Connector {SUPPORT} (us-east-1): ForbiddenException" in done.stderr

    @pytest.mark.parametrize("arguments", [("zzzzzz1zzzz2zzzzz3zzz4",), (FRESH,), ("--region", "ca-central-1")])
    def test_nothing_to_declare(self, run: Run, arguments: tuple[str, ...]) -> None:
        """stdout, which is appended to a stack's file, is empty; stderr has the reason."""
        done = run("export", *arguments)
        assert done.stdout == ""
        assert done.stderr.count("\n") == 1

    def test_hundreds_of_voice_connectors_in_two_regions(self, run: Run, emulator: Emulator) -> None:
        """All 300 are there, each with its own name."""
        regions = ("ap-northeast-1", "us-west-2")
        entries = [
            {
                "id": f"{index:022d}",
                "name": f"line {index // 2}",
                "region": regions[index % 2],
                "origination": {"Routes": [api_route(f"sbc-{index}.example.net")]},
            }
            for index in range(300)
        ]
        emulator.seed({"voice_connectors": entries})
        done = run("export", "--region", regions[0], "--region", regions[1])
        originations = yaml.safe_load(done.stdout)["config"]["chime-voice:originations"]
        assert (done.returncode, done.stderr) == (0, "")
        assert {it["voiceConnectorId"]: (it["region"], it["routes"][0]["host"]) for it in originations.values()} == {
            entry["id"]: (entry["region"], entry["origination"]["Routes"][0]["Host"]) for entry in entries
        }


# --- any settings at all

LABEL = st.text(string.ascii_letters + string.digits, min_size=1, max_size=12)
HOSTS = st.one_of(
    st.lists(LABEL, min_size=1, max_size=3).map(".".join),
    st.ip_addresses().map(str),
    st.sampled_from(
        ["no", "y", "null", "1e3", "0o17", "0x1f", "true", "1_000", "12:30", "sbc.", ".inf", "~", "=", "<<"]
    ),
    st.text(min_size=1, max_size=12).filter(str.strip),
)
API_ROUTES = st.builds(
    api_route, HOSTS, st.integers(0, 65535), st.sampled_from(["TCP", "UDP"]), st.integers(1, 100), st.integers(1, 100)
)
ORIGINATIONS = st.one_of(
    st.none(),
    st.fixed_dictionaries({"Disabled": st.booleans()}),
    st.fixed_dictionaries({"Disabled": st.booleans(), "Routes": st.lists(API_ROUTES, min_size=1, max_size=20)}),
)
NAMES = st.text(string.ascii_letters + string.digits + " _.-", min_size=1, max_size=8) | st.sampled_from(
    ["support", "Support", "null", "true", "12", "1e3", "-", "a-b", "a b"]
)


@pytest.fixture(scope="module")
def service() -> Iterator[tuple[Emulator, ChimeSdkVoice]]:
    with Emulator() as emulator:
        config = AwsConfig(
            access_key="test", secret_key="test", endpoints={"chimesdkvoice": emulator.endpoint_url}, max_retries=1
        )
        api = ChimeSdkVoice(config)
        yield emulator, api
        for client in api._clients.values():
            client.close()


class TestProperties:
    @settings(max_examples=150, deadline=None)
    @given(st.lists(st.tuples(NAMES, ORIGINATIONS), min_size=1, max_size=6))
    def test_what_is_written_is_what_is_live(
        self, service: tuple[Emulator, ChimeSdkVoice], account: list[tuple[str, Any]]
    ) -> None:
        """Read again by the rules of the provider, the YAML gives the settings that the service was given; what is not
        in it was never configured, or is a sentence."""
        emulator, api = service
        ids = [f"{index:022d}" for index in range(len(account))]
        entries = [
            {"id": id_, "name": name, "origination": origination}
            for id_, (name, origination) in zip(ids, account, strict=True)
        ]
        emulator.seed({"voice_connectors": entries})
        inventory = InventoryReader(api, ["us-east-1"], details=False).read(ids)
        exported = export.export(inventory.found, regions=False)
        written = yaml.safe_load(export.document(exported, "us-east-1"))["config"]["chime-voice:originations"]
        declared = {}
        for entry in written.values():
            routes, failures = validation.check_routes(entry.get("routes"))
            assert failures == []
            declared[entry["voiceConnectorId"]] = Settings(entry.get("disabled", False), routes or {})

        assert inventory.unread == []
        for id_, (_, origination) in zip(ids, account, strict=True):
            live = domain.from_api(origination or {})
            if id_ in declared:
                assert declared[id_].equals(live)
            elif any(id_ in sentence for sentence in exported.refused):
                assert validation.check_routes(list(live.routes.values()))[1]
            else:
                assert live == Settings()


def found(id_: str, name: str, region: str = "us-east-1") -> ConnectorSnapshot:
    return ConnectorSnapshot(id_, region, VoiceConnector(id_, name, region, False, "IPV4_ONLY"), Settings())


class TestResourceNames:
    def test_come_from_the_voice_connectors(self) -> None:
        """Lower case, with a dash for other characters between letters and digits; the ID if nothing is left."""
        connectors = [found(SUPPORT, "Support line (EU)"), found(SALES, "_-."), found(FRESH, "x")]
        assert export.resource_names(connectors) == ["support-line-eu", SALES, "x"]

    def test_equal_ones_get_the_id(self) -> None:
        """All of them, so that none depends on the order in which they were read."""
        connectors = [found(SUPPORT, "Line"), found(SALES, "line"), found(FRESH, "other")]
        assert export.resource_names(connectors) == [f"line-{SUPPORT}", f"line-{SALES}", "other"]

    @given(
        st.lists(
            st.tuples(
                st.sampled_from([SUPPORT, SALES, FRESH, CAMPAIGN]),
                st.sampled_from(["us-east-1", "eu-west-1"]),
                st.sampled_from(["line", "Line", f"line {SUPPORT}", f"line-{SUPPORT}-us-east-1", SALES, "-"]),
            ),
            unique_by=lambda it: it[:2],
            max_size=8,
        ),
        st.randoms(use_true_random=False),
    )
    def test_are_unique_and_stable(self, account: list[tuple[str, str, str]], random: Any) -> None:
        """No two are equal, each is made of letters, digits and dashes, and the order of reading does not matter."""
        connectors = [found(id_, name, region) for id_, region, name in account]
        names = dict(zip(account, export.resource_names(connectors), strict=True))
        shuffled = list(account)
        random.shuffle(shuffled)
        again = export.resource_names([found(id_, name, region) for id_, region, name in shuffled])

        assert len(set(names.values())) == len(account)
        assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", name) for name in names.values())
        assert [names[it] for it in shuffled] == again


class TestDocument:
    @pytest.mark.parametrize("host", ["1e3", "0o17", "0x1f", "203.0.113.7", "2001:db8::1", "true", "no", "null"])
    def test_no_host_can_be_taken_for_anything_but_a_string(self, host: str) -> None:
        """Pulumi reads YAML 1.2, PyYAML writes 1.1: what either could misread is quoted."""
        routes = domain.keyed([domain.Route(host=host, port=5060, protocol="TCP", priority=1, weight=1)])
        connectors = [ConnectorSnapshot(SUPPORT, "us-east-1", None, Settings(routes=routes))]
        text = export.document(export.export(connectors, regions=False), None)
        assert re.search(rf"""host: (["']){re.escape(host)}\1,""", text)
