"""`chime-voice probe`: hosts on loopback, which a DNS server on loopback knows, and voice connectors of an emulator."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest
import trustme
import yaml

from ..hosts import Dns, SipHost, respond
from .support import api_route

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from chime_voice_emulator import Emulator

    Run = Callable[..., subprocess.CompletedProcess[str]]

LINE = "efghij1klmn2opqrst3uv4"
ZONE = {name: {"A": ["127.0.0.1"]} for name in ("sbc-a.acme.org", "sbc-b.acme.org")}
NO_IPV6 = {"dual.acme.org": {"A": ["127.0.0.1"], "AAAA": ["2001:db8::7"]}}


@pytest.fixture
def dns() -> Iterator[Dns]:
    with Dns(ZONE | NO_IPV6) as running:
        yield running


@pytest.fixture
def probe(run: Run, dns: Dns) -> Run:
    return lambda *arguments, **changed: run(
        "probe", "--resolver", dns.address, "--timeout", "0.5", *arguments, **changed
    )


def connector(emulator: Emulator, *routes: dict[str, Any], disabled: bool = False, **settings: Any) -> None:
    origination = {"Disabled": disabled, "Routes": list(routes)}
    emulator.seed({"voice_connectors": [{"id": LINE, "name": "line", "origination": origination, **settings}]})


def entries(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return list(json.loads(done.stdout))


def rows(table: str) -> list[list[str]]:
    """The rows of the tables, cell by cell; a cell that is empty is left out."""
    lines = [[cell.strip() for cell in line.split("   ") if cell.strip()] for line in table.splitlines()]
    return [line for line in lines if line and (line[0].isdigit() or len(line) > 1) and line[0] != "priority"]


class TestLive:
    def test_hosts_that_answer(self, probe: Run, emulator: Emulator) -> None:
        """In the order of their priorities, with the address, the answer, and from where they were asked."""
        with SipHost() as udp, SipHost("TCP") as tcp:
            connector(
                emulator,
                api_route("sbc-b.acme.org", udp.port, "UDP", priority=2),
                api_route("SBC-A.acme.org", tcp.port, "TCP"),
            )
            done = probe(LINE)
        assert done.returncode == 0
        assert done.stdout.startswith(f"line ({LINE}): calls are on\n")
        first, second = rows(done.stdout)
        assert first[:3] == ["1", f"SBC-A.acme.org:{tcp.port}/TCP", "127.0.0.1 (a loopback address)"]
        assert first[3].startswith("TCP, ")
        assert first[4].startswith("200 OK, ")
        assert second[:2] == ["2", f"sbc-b.acme.org:{udp.port}/UDP"]
        assert second[-1].startswith("200 OK, ")
        assert done.stderr == "Probed from 127.0.0.1.\n"

    def test_a_host_that_does_not(self, probe: Run, emulator: Emulator) -> None:
        """The exit status says so, and stderr which: once, however many routes name it."""
        with SipHost(answer=lambda _: []) as silent, SipHost() as host:
            connector(
                emulator,
                api_route("sbc-a.acme.org", silent.port),
                api_route("sbc-a.acme.org", silent.port, priority=2),
                api_route("sbc-b.acme.org", host.port, priority=3),
            )
            done = probe(LINE)
        assert done.returncode == 1
        assert [row[-1] for row in rows(done.stdout)][:2] == ["no answer in 0.5 s"] * 2
        assert done.stderr == (
            "Probed from 127.0.0.1. A host that admits only the subnets of AWS (docs/network.md lists them) does not answer "
            f"this machine.\nNo answer, although calls go there: sbc-a.acme.org:{silent.port}/UDP.\n"
        )

    def test_a_name_that_does_not_exist(self, probe: Run, emulator: Emulator) -> None:
        connector(emulator, api_route("gone.acme.org"))
        done = probe(LINE)
        assert done.returncode == 1
        assert rows(done.stdout) == [["1", "gone.acme.org:5060/UDP", "NXDOMAIN: the name does not exist"]]
        (entry,) = entries(probe(LINE, "--format", "json"))
        assert entry["dns"] == {"a": [], "aaaa": [], "trouble": "no_such_name"}

    def test_calls_that_are_off(self, probe: Run, emulator: Emulator) -> None:
        """The hosts are probed, and their silence is no failure."""
        connector(emulator, api_route("gone.acme.org"), disabled=True)
        done = probe(LINE)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"line ({LINE}): calls are off\n")

    def test_encryption(self, probe: Run, emulator: Emulator, tmp_path: Path) -> None:
        """A voice connector that requires it is probed over TLS, whatever its routes say."""
        import ssl  # noqa: PLC0415

        authority = trustme.CA()
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("sbc-a.acme.org").configure_cert(context)
        with SipHost("TLS", context=context) as host:
            connector(emulator, api_route("sbc-a.acme.org", host.port, "UDP"), require_encryption=True)
            done = probe(LINE, SSL_CERT_FILE=str(tmp_path / "ca.pem"))
            distrusted = probe(LINE, "--format", "json")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"line ({LINE}): calls are on, signaling over TLS\n")
        assert "certificate for sbc-a.acme.org until " in done.stdout
        assert ", trusted" in done.stdout
        assert distrusted.returncode == 1
        (entry,) = entries(distrusted)
        (address,) = entry["addresses"]
        assert entry["transport"] == "TLS"
        assert address["certificate"]["trusted"] is False
        assert address["sip"]["status"] == 200
        assert address["trouble"].startswith("certificate: ")

    @pytest.mark.parametrize(("network", "addresses"), [("IPV4_ONLY", 1), ("DUAL_STACK", 2)])
    def test_ipv6_that_aws_never_tries(self, probe: Run, emulator: Emulator, network: str, addresses: int) -> None:
        """It is not probed either."""
        with SipHost() as host:
            connector(emulator, api_route("dual.acme.org", host.port), network_type=network)
            (entry,) = entries(probe(LINE, "--format", "json"))
        assert len(entry["addresses"]) == addresses

    def test_json(self, probe: Run, emulator: Emulator) -> None:
        with SipHost(answer=lambda request: respond(request, "405 Method Not Allowed")) as host:
            connector(emulator, api_route("127.0.0.1", host.port, weight=7))
            done = probe(LINE, "--format", "json")
        (entry,) = entries(done)
        (address,) = entry.pop("addresses")
        assert entry == {
            "name": "line",
            "id": LINE,
            "host": "127.0.0.1",
            "port": host.port,
            "protocol": "UDP",
            "priority": 1,
            "weight": 7,
            "transport": "UDP",
            "takesCalls": True,
            "answered": True,
            "dns": None,
        }
        assert address.pop("sip")["status"] == 405
        assert address == {
            "address": "127.0.0.1",
            "notReachable": "a loopback address",
            "probedFrom": "127.0.0.1",
            "skipped": False,
            "connectMilliseconds": None,
            "certificate": None,
            "trouble": None,
        }

    def test_all_at_once(self, probe: Run, emulator: Emulator) -> None:
        """Twenty silent hosts take about as long as one: half a second each, in a row, would be ten."""
        connector(emulator, *(api_route("127.0.0.1", port) for port in range(40_000, 40_001)))
        began = time.monotonic()
        probe(LINE)
        alone = time.monotonic() - began
        silent = [SipHost(answer=lambda _: []) for _ in range(20)]
        try:
            for host in silent:
                host.__enter__()
            connector(emulator, *(api_route("127.0.0.1", host.port) for host in silent))
            began = time.monotonic()
            done = probe(LINE)
            together = time.monotonic() - began
        finally:
            for host in silent:
                host.__exit__()
        assert done.stdout.count("no answer in 0.5 s") == 20
        assert together < alone + 5

    def test_what_cannot_be_read(self, probe: Run, emulator: Emulator) -> None:
        """The others are probed all the same."""
        with SipHost() as host:
            connector(emulator, api_route("sbc-a.acme.org", host.port))
            done = probe(LINE, "fghijk1lmno2pqrstu3vw4")
        assert done.returncode == 1
        assert len(rows(done.stdout)) == 1
        assert "reading Voice Connector fghijk1lmno2pqrstu3vw4 (us-east-1): NotFoundException" in done.stderr

    def test_nothing_to_probe(self, probe: Run, emulator: Emulator) -> None:
        emulator.seed({"voice_connectors": [{"id": LINE, "name": "line"}]})
        done = probe(LINE)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "There are no routes to probe.\n")


class TestStackConfig:
    def file(self, folder: Path, **originations: Any) -> str:
        path = folder / "Pulumi.dev.yaml"
        path.write_text(yaml.safe_dump({"config": {"chime-voice:originations": originations}}))
        return str(path)

    def test_before_anything_is_live(self, probe: Run, emulator: Emulator, tmp_path: Path) -> None:
        """The declared routes are probed, and AWS is not asked: no credentials, no region."""
        with SipHost() as host:
            route = {"host": "sbc-a.acme.org", "port": host.port, "protocol": "UDP", "priority": 1, "weight": 1}
            file = self.file(
                tmp_path,
                support={"voiceConnectorId": LINE, "routes": [route]},
                campaign={"voiceConnectorId": "x", "disabled": True, "routes": [{**route, "host": "gone.acme.org"}]},
            )
            done = probe("--stack-config", file, AWS_REGION=None, AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
        assert done.returncode == 0, done.stderr
        assert f"support ({LINE}): calls are on\n" in done.stdout
        assert "campaign (x): calls are off\n" in done.stdout
        assert emulator.requests == []

    def test_routes_by_key_and_tls(self, probe: Run, tmp_path: Path) -> None:
        """The mapping form of routes, and encryption, which the file does not say."""
        with SipHost("TCP") as host:
            key = f"sbc-a.acme.org:{host.port}/TCP"
            fields = {"host": "sbc-a.acme.org", "port": host.port, "protocol": "TCP", "priority": 1, "weight": 1}
            file = self.file(tmp_path, support={"voiceConnectorId": LINE, "routes": {key: fields}})
            assert probe("--stack-config", file).returncode == 0
            over_tls = probe("--stack-config", file, "--tls", "--format", "json")
        (entry,) = entries(over_tls)
        assert (over_tls.returncode, entry["transport"]) == (1, "TLS")

    def test_secret_routes(self, probe: Run, tmp_path: Path) -> None:
        """They are encrypted in the file: left out, and said."""
        file = self.file(tmp_path, support={"voiceConnectorId": LINE, "routes": {"secure": "v1:x"}})
        done = probe("--stack-config", file)
        assert done.returncode == 0
        assert "chime-voice:originations.support: the routes are encrypted, so they were not probed." in done.stderr

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (
                "config: {chime-voice:originations: {support: {routes: [{host: 'sip:a.example'}]}}}",
                "routes[0].host: must be",
            ),
            (
                "config: {chime-voice:originations: {support: 5}}",
                "chime-voice:originations.support is not there, or is not",
            ),
            ("config: {other:key: 1}", "chime-voice:originations is not there, or is not a mapping."),
            ("config: {chime-voice:originations: {secure: v1:x}}", "chime-voice:originations is encrypted"),
            ("- 1", "config is not there, or is not a mapping."),
            ("a: [", "is not YAML: "),
        ],
    )
    def test_a_file_that_cannot_be_used(self, probe: Run, tmp_path: Path, text: str, said: str) -> None:
        """One sentence, with the file and the path in it."""
        path = tmp_path / "Pulumi.dev.yaml"
        path.write_text(text)
        done = probe("--stack-config", str(path))
        assert done.returncode == 1
        assert done.stderr.startswith(f"Error: {path}")
        assert said in done.stderr

    def test_no_file(self, probe: Run, tmp_path: Path) -> None:
        done = probe("--stack-config", str(tmp_path / "nowhere.yaml"))
        assert done.returncode == 1
        assert done.stderr == f"Error: {tmp_path / 'nowhere.yaml'} cannot be read: No such file or directory.\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--stack-config", "x.yaml", LINE), "--stack-config cannot be combined with IDs"),
        (("--stack-config", "x.yaml", "--region", "us-east-1"), "--stack-config cannot be combined with IDs"),
        (("--tls",), "--tls goes with --stack-config"),
        (("--resolver", "dns.acme.org"), "--resolver is 'dns.acme.org': give off, system, or the IP address"),
        (("--resolver", "off"), "--resolver off: give the IP address of a DNS server."),
        (("--timeout", "0"), "0 is not in the range"),
    ],
)
def test_arguments_that_make_no_sense(run: Run, arguments: tuple[str, ...], said: str) -> None:
    done = run("probe", *arguments)
    assert done.returncode != 0
    assert said in done.stderr
