"""What a preview adds to its diff: how many calls CloudWatch (moto) counted, and which hosts DNS does not know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from ..support.calls import ACTIVE, ATTEMPTS, FAILURES, count, forget
from ..support.hosts import Dns
from ..support.servers import Relay, answering
from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import HERE, assert_a_sentence, program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .support import Live, Project

TWO = '[route("sbc-a.example.net"), route("sbc-b.example.net")]'
ONE = '[route("sbc-a.example.net")]'
DENIED = '{"__type": "AccessDenied", "message": "User: u is not authorized to perform: cloudwatch:GetMetricData"}'


@pytest.fixture
def cloudwatch(moto: str, project: Project) -> Iterator[Relay]:
    """CloudWatch without counts, and what it was asked."""
    forget(moto)
    with Relay(moto) as relay:
        project.env["AWS_ENDPOINT_URL_CLOUDWATCH"] = relay.url
        yield relay


class TestCalls:
    @pytest.mark.matrix
    def test_calls_of_a_change(self, project: Project, cloudwatch: Relay) -> None:
        """Failover lost, calls off, settings moved: each has the counts. One request for each."""
        count(
            cloudwatch.upstream,
            CONNECTOR,
            {(ATTEMPTS, 30): 1200, (ATTEMPTS, 1300): 4, (FAILURES, 30): 18, (ACTIVE, 2): 3},
        )
        counted = re.escape(
            f"support: {HERE} received 1,204 inbound calls in the last 24 hours, of which 18 failed; 3 were active at "
        )
        project.deployed(program(TWO))
        for changed in (
            program(ONE),
            program("[]", ", disabled=True"),
            program(TWO, connector=OTHER_CONNECTOR),
        ):
            cloudwatch.seen.clear()
            project.program(changed)
            said = project.preview()
            assert len(re.findall(counted + r"\d\d:\d\d UTC \(CloudWatch in us-east-1\)\.", said)) == 1, said
            assert len(cloudwatch.seen) == 1

    def test_changes_that_take_no_calls_away(self, project: Project, cloudwatch: Relay) -> None:
        """More hosts, another weight, a new resource: nothing is asked."""
        project.program(program(TWO))
        said = project.preview()
        project.deployed(program(TWO))
        more = TWO.replace("]", ', route("sbc-c.example.net")]')
        weights = TWO.replace('b.example.net"', 'b.example.net", weight=9')
        project.program(program(more))
        said += project.preview()
        project.program(program(weights))
        said += project.preview()
        assert cloudwatch.seen == []
        assert "inbound calls in the last" not in said

    def test_no_calls(self, project: Project, cloudwatch: Relay) -> None:
        """That is worth knowing too."""
        project.deployed(program(TWO).replace(CONNECTOR, OTHER_CONNECTOR))
        project.program(program(ONE).replace(CONNECTOR, OTHER_CONNECTOR))
        assert (
            f"CloudWatch in us-east-1 counted no inbound calls of Voice Connector {OTHER_CONNECTOR}"
            in project.preview()
        )
        assert len(cloudwatch.seen) == 1

    def test_no_permission_or_no_way(self, project: Project, free_port: int) -> None:
        """One note for all resources, and one request; the preview goes on. Without CloudWatch beside an emulator: nothing."""
        both = program(TWO) + program(TWO, connector=OTHER_CONNECTOR, name="sales")
        project.deployed(both)
        project.program(both.replace(TWO, ONE))
        assert "inbound calls" not in project.preview()
        with answering({"/": (400, DENIED)}) as (url, asked):
            project.env["AWS_ENDPOINT_URL_CLOUDWATCH"] = url
            said = project.preview()
        assert said.count("inbound calls are not shown: missing permission. Grant cloudwatch:GetMetricData.") == 1
        assert len(asked) == 1
        project.env["AWS_ENDPOINT_URL_CLOUDWATCH"] = f"http://127.0.0.1:{free_port}"
        said = project.preview()
        assert said.count("Inbound calls are not shown.") == 1
        assert said.count("info: reading inbound calls of Voice Connector ") == 1
        assert f"nothing listens on http://127.0.0.1:{free_port}. Start the server there" in said
        project.env["AWS_ENDPOINT_URL_CLOUDWATCH"] = "cloudwatch"
        said = project.preview()
        assert (
            "info: the endpoint (AWS_ENDPOINT_URL_CLOUDWATCH, AWS_ENDPOINT_URL or endpoint_url of profile default) is not"
            in said
        )
        assert_a_sentence(said)


class TestHosts:
    @pytest.fixture
    def dns(self, project: Project) -> Iterator[Dns]:
        with Dns({"sbc-a.acme.org": {"A": ["203.0.113.7"]}}, silent=("sbc-s.acme.org",)) as running:
            project.ok("config", "set", "chime-voice:resolver", running.address)
            yield running

    def test_a_name_that_does_not_exist(self, project: Project, dns: Dns) -> None:
        """A warning before the first call is lost; addresses, and names that are reserved, are not asked for."""
        hosts = ("sbc-a.acme.org", "sbc-x.acme.org", "SBC-Y.acme.org", "203.0.113.7", "sbc-a.example.net", "sbc")
        routes = ", ".join(f'route("{host}")' for host in hosts)
        project.program(program(f"[{routes}]"))
        said = project.preview()
        assert "support: DNS does not know sbc-x.acme.org, sbc-y.acme.org (NXDOMAIN), so calls will fail there." in said
        assert sorted(dns.asked) == ["sbc-a.acme.org", "sbc-x.acme.org", "sbc-y.acme.org"]
        dns.asked.clear()
        project.ok("config", "set", "chime-voice:resolver", "off")
        project.program(program('[route("sbc-z.acme.org")]'))
        assert "NXDOMAIN" not in project.preview()
        assert dns.asked == []

    def test_secret_hosts_are_not_asked_for(self, project: Project, dns: Dns) -> None:
        """Whoever runs a DNS server would read them."""
        project.program(program('pulumi.Output.secret([route("sbc-x.acme.org")])'))
        assert "NXDOMAIN" not in project.preview()
        assert dns.asked == []

    def test_no_answer(self, project: Project, dns: Dns, live: Live) -> None:
        """No warning, and no failure: DNS may be elsewhere for this machine."""
        project.program(program('[route("sbc-s.acme.org")]'))
        said = project.preview()
        assert dns.asked
        assert "NXDOMAIN" not in said
        project.ok("config", "set", "chime-voice:resolver", "dns.acme.org")
        said = project.preview_err()
        assert "chime-voice:resolver is 'dns.acme.org': give off, system, or the IP address of a DNS server" in said
        assert_a_sentence(said)
        assert live.routes() is None

    def test_an_emulators_hosts_are_made_up(self, project: Project) -> None:
        """Unless the setting names a DNS server, none is asked about them: this machine's own would be slow, or wrong."""
        project.program(program('[route("sbc-x.acme.org")]'))
        assert "NXDOMAIN" not in project.preview()
