"""docs/runbooks.md: its commands, in order, on a clone with the stack of the page."""

from __future__ import annotations

import datetime
import re
import ssl
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import trustme
import yaml

from ..support.hosts import Dns, SipHost
from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .guides import ROOT, blocks, clone, shell, walk
from .support import Live

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from chime_voice_emulator import Emulator

    from .support import Project

PAGE = (ROOT / "docs" / "runbooks.md").read_text(encoding="utf-8")
(STACK,) = (yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
NAMES = ("Host", "Port", "Protocol", "Priority", "Weight")

pytestmark = pytest.mark.full


def declared(name: str) -> list[tuple[Any, ...]]:
    """The routes of an origination of the page, as `Live.routes` returns them."""
    routes = STACK["config"]["chime-voice:originations"][name]["routes"]
    return sorted(tuple(route[key.lower()] for key in NAMES) for route in routes)


EAST = declared("support")


@pytest.fixture
def west(emulator: Emulator) -> Iterator[Live]:
    """The endpoint of the other region, with its voice connector."""
    emulator.seed({"voice_connectors": [{"id": OTHER_CONNECTOR, "region": "us-west-2"}]})
    client = Live(emulator.endpoint_url, "us-west-2")
    yield client
    client.client.close()


@pytest.fixture
def prod(project: Project, west: Live) -> Project:
    """The stack of the page, deployed from a clone in which it is committed."""
    assert west
    clone(project.folder)
    file = project.folder / "stacks" / "Pulumi.prod.yaml"
    file.unlink()
    project.init("prod")
    file.write_text(file.read_text() + yaml.safe_dump(STACK, sort_keys=False))
    project.up()
    commit = "git init --quiet && git add stacks && git -c user.name=a -c user.email=a@b.org commit --quiet -m prod"
    subprocess.run(["bash", "-c", commit], cwd=project.folder, check=True)
    return project


def file_of(project: Project) -> Path:
    return project.folder / "stacks" / "Pulumi.prod.yaml"


def test_disaster_exercise(prod: Project, live: Live) -> None:
    """The failover host takes all calls, with the others behind it, and then everything is as before."""
    there, back = blocks("runbooks.md", "Disaster exercise")
    assert "calls go to the rest of priority 1" in walk(prod, [there])
    assert [(host, priority) for host, _, _, priority, _ in live.routes() or []] == [
        ("sbc-a.example.net", 2),
        ("sbc-b.example.net", 2),
        ("sbc-dr.example.net", 1),
    ]
    walk(prod, [back])
    assert live.routes() == EAST


@pytest.mark.parametrize("is_kept", [True, False], ids=["kept", "discarded"])
def test_change_by_hand(prod: Project, live: Live, writes: Callable[[], list[str]], is_kept: bool) -> None:
    """Blocked at first; then it is in the file and nothing is written, or the declared routes are live again."""
    by_hand = [route for route in EAST if route[0] != "sbc-b.example.net"]
    live.put(*by_hand)
    weight = "chime-voice:originations.support.routes[0].weight"
    prod.ok("config", "set", "--path", weight, "60")
    assert "sbc-b.example.net:5060/TCP" in prod.up_err()
    prod.ok("config", "set", "--path", weight, "50")
    writes()

    refresh, keep, discard = blocks("runbooks.md", "A change by hand, on call")
    said = walk(prod, [refresh])
    assert "- sbc-b.example.net:5060/TCP" in said
    if is_kept:
        (printed,) = yaml.safe_load(said[said.index("config:\n") :])["config"]["chime-voice:originations"].values()
        stack = yaml.safe_load(file_of(prod).read_text())
        stack["config"]["chime-voice:originations"]["support"] = printed
        file_of(prod).write_text(yaml.safe_dump(stack))
        walk(prod, [keep])
        assert writes() == []
        assert live.routes() == by_hand
    else:
        walk(prod, [discard])
        assert live.routes() == EAST


def test_loss_of_a_region(prod: Project, west: Live, emulator: Emulator) -> None:
    """The other region is changed while one does not answer; a refresh fails and forgets nothing."""
    emulator.faults.fail("*", [503], voice_connector_id=CONNECTOR, forever=True)
    prod.env["AWS_MAX_ATTEMPTS"] = "2"
    change, again = blocks("runbooks.md", "Loss of a region")
    walk(prod, [change])
    assert [route[3] for route in west.routes(OTHER_CONNECTOR) or []] == [1, 1]
    prod.refresh_err()
    assert set(prod.state()) == {"support", "support-west"}
    emulator.faults.clear()
    walk(prod, [again])


def test_certificates(project: Project, tmp_path: Path) -> None:
    """The exit status is 1 until the certificate is renewed."""
    ((_, line),) = blocks("runbooks.md", "Rotate certificates")
    authority = trustme.CA(key_type=trustme.KeyType.RSA)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    project.env["SSL_CERT_FILE"] = str(tmp_path / "ca.pem")
    (project.folder / "stacks").mkdir()
    names = sorted(set(re.findall(r"sbc-\w+\.example\.net", PAGE.partition("## ")[0])))
    zone = {name.replace("example.net", "acme.org"): {"A": ["127.0.0.1"]} for name in names}

    def probe(days: int) -> int:
        expires = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*zone, not_after=expires, key_type=trustme.KeyType.RSA).configure_cert(context)
        with SipHost("TLS", context=context) as host, Dns(zone) as dns:
            text = yaml.safe_dump(STACK).replace("example.net", "acme.org").replace("5060", str(host.port))
            file_of(project).write_text(text)
            done = shell(project, f"{line.removeprefix('$ ').strip()} --resolver {dns.address}")
        assert (": sbc-a.acme.org" in done.stderr) is (days < 30), done.stderr
        return done.returncode

    assert len(zone) == 4
    assert probe(20) == 1
    assert probe(90) == 0


def test_weights_of_a_script(prod: Project, live: Live) -> None:
    """They stay as the script has set them, while Pulumi changes another route; without a refresh, that is blocked."""
    (language, program), up = blocks("runbooks.md", "Weights that a script owns")
    assert language == "python"
    prod.env["AWS_REGION"] = "us-east-1"
    walk(prod, [(language, program), ("console", "$ pulumi up --stack prod --exclude '**support-west'")])
    assert live.routes() == EAST
    shifted = [(*route[:4], {"sbc-a.example.net": 90, "sbc-b.example.net": 10}.get(route[0], 1)) for route in EAST]
    live.put(*shifted)
    main = prod.folder / "__main__.py"
    main.write_text(program.replace('"sbc-dr', '"sbc-dr2'))
    assert "were changed outside Pulumi" in prod.preview_err()
    walk(prod, [up])
    assert [route[4] for route in live.routes() or []] == [90, 10, 1]
    assert "sbc-dr2.example.net" in [route[0] for route in live.routes() or []]


def test_leaving(prod: Project, live: Live, writes: Callable[[], list[str]]) -> None:
    """The live settings stay, nothing is written, and the stack keeps the other voice connector."""
    writes()
    steps = blocks("runbooks.md", "Leave this product")
    assert [language for language, _ in steps] == ["hcl", "console", "console"]
    assert "sbc-dr.example.net" in walk(prod, steps)
    assert writes() == []
    assert live.routes() == EAST
    assert set(prod.state()) == {"support-west"}
