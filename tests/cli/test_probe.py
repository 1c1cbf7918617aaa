"""`chime-voice probe`: hosts on loopback, which a DNS server on loopback knows, and voice connectors of an emulator."""

from __future__ import annotations

import datetime
import json
import ssl
import time
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from ..support.hosts import Dns, SipHost, respond
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
RESOLVER = (
    "give the IP address of a DNS server, such as 9.9.9.9 or 127.0.0.1:5353, or system for those of this machine."
)
BROKEN: dict[str, dict[str, list[str] | str]] = {
    "a-fails.acme.org": {"A": "SERVFAIL", "AAAA": ["::ffff:127.0.0.1"]},
    "aaaa-fails.acme.org": {"A": ["127.0.0.1"], "AAAA": "SERVFAIL"},
    "six.acme.org": {"AAAA": ["::1"]},
}


@pytest.fixture
def dns() -> Iterator[Dns]:
    with Dns({**ZONE, **NO_IPV6, **BROKEN}) as running:
        yield running


@pytest.fixture
def probe(run: Run, dns: Dns) -> Run:
    return lambda *arguments, **changed: run(
        "probe", "--resolver", dns.address, "--timeout", "0.5", *arguments, **changed
    )


def connector(emulator: Emulator, *routes: dict[str, Any], disabled: bool = False, **settings: Any) -> None:
    origination = {"Disabled": disabled, "Routes": list(routes)}
    emulator.seed({"voice_connectors": [{"id": LINE, "name": "line", "origination": origination, **settings}]})


def tls_host(folder: Path, days: int = 90) -> SipHost:
    """Provides a host with a certificate for sbc-a.acme.org; `ca.pem` in the folder is its authority."""
    authority = trustme.CA(key_type=trustme.KeyType.RSA)
    authority.cert_pem.write_to_path(folder / "ca.pem")
    expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authority.issue_cert("sbc-a.acme.org", not_after=expires, key_type=trustme.KeyType.RSA)
    certificate.configure_cert(context)
    return SipHost("TLS", context=context)


def entries(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return list(json.loads(done.stdout))


def rows(table: str) -> list[list[str]]:
    """Returns the rows of the tables, cell by cell, without empty cells."""
    lines = [[cell.strip() for cell in line.split("   ") if cell.strip()] for line in table.splitlines()]
    return [line for line in lines if line and (line[0].isdigit() or len(line) > 1) and line[0] != "priority"]


class TestLive:
    def test_hosts_that_answer(self, probe: Run, emulator: Emulator) -> None:
        """In the order of their priorities, with the address, the answer, and the address of this machine."""
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
        """The exit status is 1, and stderr names each endpoint once, however many routes have it."""
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
            "Probed from 127.0.0.1. "
            "Hosts that allow only AWS subnets (chime-voice network lists them) do not answer this machine.\n"
            f"No answer, although calls go there: sbc-a.acme.org:{silent.port}/UDP.\n"
        )

    def test_a_name_that_does_not_exist(self, probe: Run, emulator: Emulator) -> None:
        connector(emulator, api_route("gone.acme.org"))
        done = probe(LINE)
        assert done.returncode == 1
        assert rows(done.stdout) == [["1", "gone.acme.org:5060/UDP", "NXDOMAIN: the name does not exist"]]
        (entry,) = entries(probe(LINE, "--format", "json"))
        assert (entry["dns"], entry["problem"]) == ({"a": [], "aaaa": [], "trouble": "no_such_name"}, "no_answer")

    @pytest.mark.parametrize(
        ("name", "network", "status", "row"),
        [
            ("a-fails.acme.org", "DUAL_STACK", 1, "A: DNS answered SERVFAIL (broken zone or DNSSEC)"),
            ("a-fails.acme.org", "IPV4_ONLY", 1, "A: DNS answered SERVFAIL (broken zone or DNSSEC)"),
            ("aaaa-fails.acme.org", "DUAL_STACK", 1, "AAAA: DNS answered SERVFAIL (broken zone or DNSSEC)"),
            ("aaaa-fails.acme.org", "IPV4_ONLY", 0, ""),
            ("six.acme.org", "IPV4_ONLY", 1, "no IPv4 address, and AWS tries no other on this voice connector"),
            ("::1", "IPV4_ONLY", 1, "no IPv4 address, and AWS tries no other on this voice connector"),
        ],
    )
    def test_addresses_that_are_missing(
        self, probe: Run, emulator: Emulator, name: str, network: str, status: int, row: str
    ) -> None:
        """The host does not pass because of other addresses, if those are missing that AWS tries."""
        with SipHost() as host:
            connector(emulator, api_route(name, host.port), network_type=network)
            done = probe(LINE)
        assert done.returncode == status, done.stdout + done.stderr
        assert row in done.stdout
        assert ("SERVFAIL" in done.stdout) is ("SERVFAIL" in row)

    def test_calls_that_are_off(self, probe: Run, emulator: Emulator) -> None:
        """The hosts are probed, and their silence is no failure."""
        connector(emulator, api_route("gone.acme.org"), disabled=True)
        done = probe(LINE)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(f"line ({LINE}): calls are off\n")

    def test_encryption(self, probe: Run, emulator: Emulator, tmp_path: Path) -> None:
        """A voice connector that requires it is probed over TLS, whatever its routes say."""
        with tls_host(tmp_path) as host:
            connector(emulator, api_route("sbc-a.acme.org", host.port, "UDP"), require_encryption=True)
            done = probe(LINE, SSL_CERT_FILE=str(tmp_path / "ca.pem"))
            distrusted = probe(LINE, "--format", "json")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"line ({LINE}): calls are on, signaling over TLS\n")
        assert "; certificate until 20" in done.stdout
        assert ", trusted" in done.stdout
        assert distrusted.returncode == 1
        (entry,) = entries(distrusted)
        (address,) = entry["addresses"]
        assert entry["transport"] == "TLS"
        assert address["certificate"]["trusted"] is False
        assert address["sip"]["status"] == 200
        assert address["trouble"].startswith("certificate: ")
        assert entry["problem"] == "fault"

    @pytest.mark.parametrize(("min_days", "status"), [("11", 0), ("12", 1)])
    def test_a_certificate_that_expires(
        self, probe: Run, emulator: Emulator, tmp_path: Path, min_days: str, status: int
    ) -> None:
        """It counts with --min-days: eleven whole days are left."""
        with tls_host(tmp_path, days=12) as host:
            connector(emulator, api_route("sbc-a.acme.org", host.port, "TCP"), require_encryption=True)
            done = probe(LINE, "--min-days", min_days, SSL_CERT_FILE=str(tmp_path / "ca.pem"))
            (entry,) = entries(
                probe(LINE, "--min-days", min_days, "--format", "json", SSL_CERT_FILE=str(tmp_path / "ca.pem"))
            )
        assert done.returncode == status, done.stderr
        assert "(11 days), trusted" in done.stdout
        sentence = f"The certificate expires in fewer than 12 days: sbc-a.acme.org:{host.port}/TCP.\n"
        assert (sentence in done.stderr) is (status == 1)
        assert (entry["answered"], entry["problem"]) == (True, "expiring" if status else None)
        assert entry["addresses"][0]["certificate"]["daysLeft"] == 11

    def test_a_host_that_takes_no_calls_now(self, probe: Run, emulator: Emulator) -> None:
        """503 fails the gate, unless the user allows it; it is neither silence nor an answer."""
        with SipHost(answer=lambda request: respond(request, "503 Service Unavailable")) as host:
            connector(emulator, api_route("sbc-a.acme.org", host.port))
            done, allowed = probe(LINE), probe(LINE, "--allow-out-of-service")
            (entry,) = entries(probe(LINE, "--format", "json"))
        assert done.returncode == 1
        assert rows(done.stdout)[0][-1].startswith("503 Service Unavailable, ")
        assert rows(done.stdout)[0][-1].endswith("; out of service")
        assert done.stderr == (
            f"Probed from 127.0.0.1.\nOut of service, although calls go there: sbc-a.acme.org:{host.port}/UDP.\n"
        )
        assert (allowed.returncode, allowed.stderr) == (0, "Probed from 127.0.0.1.\n")
        assert (entry["answered"], entry["problem"], entry["addresses"][0]["outOfService"]) == (
            False,
            "out_of_service",
            True,
        )

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
            "problem": None,
            "dns": None,
            "trouble": None,
        }
        assert address.pop("sip")["status"] == 405
        assert address == {
            "address": "127.0.0.1",
            "notReachable": "a loopback address",
            "probedFrom": "127.0.0.1",
            "skipped": False,
            "connectMilliseconds": None,
            "certificate": None,
            "outOfService": False,
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
        """The others are probed."""
        with SipHost() as host:
            connector(emulator, api_route("sbc-a.acme.org", host.port))
            done = probe(LINE, "fghijk1lmno2pqrstu3vw4")
        assert done.returncode == 1
        assert len(rows(done.stdout)) == 1
        assert "reading Voice Connector fghijk1lmno2pqrstu3vw4 (us-east-1): NotFoundException" in done.stderr

    @pytest.mark.parametrize(("format_", "printed"), [("table", ""), ("json", "[]\n")])
    def test_only_what_cannot_be_read(self, probe: Run, emulator: Emulator, format_: str, printed: str) -> None:
        """Whether there are routes is not known, so the reason is all that is printed."""
        emulator.seed({"voice_connectors": [{"id": LINE}]})
        emulator.faults.fail("GetVoiceConnectorOrigination", [403], forever=True)
        for id_ in (LINE, "fghijk1lmno2pqrstu3vw4"):
            done = probe(id_, "--format", format_)
            (sentence,) = done.stderr.splitlines()
            assert (done.returncode, done.stdout) == (1, printed)
            assert id_ in sentence

    def test_no_voice_connector(self, probe: Run) -> None:
        """A gate with a wrong region, or the credentials of another account, does not pass."""
        done = probe("--region", "ca-central-1")
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "There are no voice connectors in ca-central-1 in the account of these credentials.\n"

    def test_nothing_to_probe(self, probe: Run, emulator: Emulator) -> None:
        emulator.seed({"voice_connectors": [{"id": LINE, "name": "line"}]})
        done = probe(LINE)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "There are no routes to probe.\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--stack-config", __file__, LINE), "--stack-config cannot be combined with IDs"),
        (("--stack-config", __file__, "--region", "us-east-1"), "--stack-config cannot be combined with IDs"),
        (("--tls",), "--tls goes with --stack-config"),
        (("--allow-secret-routes",), "--allow-secret-routes goes with --stack-config"),
        (("--resolver", "dns.acme.org"), f"--resolver dns.acme.org: {RESOLVER}"),
        (("--resolver", "off"), f"--resolver off: {RESOLVER}"),
        (("--stack-config", "nowhere.yaml"), "File 'nowhere.yaml' does not exist."),
    ],
)
def test_arguments_that_make_no_sense(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    done = run("probe", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
