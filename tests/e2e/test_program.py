"""This repo's own program: its stacks, and what a mistake in their configuration says."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import assert_no_traceback
from .support import Live

if TYPE_CHECKING:
    from chime_voice_emulator import Emulator

    from .support import Project

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.fixture
def configured(project: Project) -> Any:
    """Puts the repo's program in place, with `originations` as the stack's configuration."""
    for name in ("Pulumi.yaml", "__main__.py", "Pulumi.README.md"):
        text = (ROOT / name).read_text().replace("virtualenv: .venv", f"virtualenv: {sys.prefix}")
        (project.folder / name).write_text(text)
    (project.folder / "stacks").mkdir()
    shutil.rmtree(project.folder / "backend")
    (project.folder / "backend").mkdir()
    project.init("test")

    def write(originations: Any) -> Project:
        stack = project.folder / "stacks" / "Pulumi.test.yaml"
        kept = yaml.safe_load(stack.read_text())
        stack.write_text(yaml.safe_dump({**kept, "config": {"chime-voice:originations": originations}}))
        return project

    return write


def route(host: str, priority: int = 1, weight: int = 1) -> dict[str, Any]:
    return {"host": host, "port": 5060, "protocol": "TCP", "priority": priority, "weight": weight}


ROUTE = route("a.example.net")


@pytest.mark.parametrize(
    ("originations", "sentence"),
    [
        pytest.param(
            {"support": {"routes": [ROUTE]}},
            "chime-voice:originations.support.voiceConnectorId: is required",
            marks=pytest.mark.full,
        ),
        (
            {"support": {"voiceConnectorId": CONNECTOR, "routs": [ROUTE]}},
            "chime-voice:originations.support.routs: unknown field (did you mean routes?)",
        ),
        pytest.param(
            {"support": ["x"]},
            "chime-voice:originations.support: is not a mapping of voiceConnectorId, routes",
            marks=pytest.mark.full,
        ),
        (
            {"support": {"voiceConnectorId": CONNECTOR, "routes": [{**ROUTE, "port": "5060"}]}},
            'routes[0].port: must be a whole number; got "5060"',
        ),
        pytest.param(
            {"support": {"voiceConnectorId": CONNECTOR, "routes": "sbc"}},
            'routes: expected a list of routes, or a mapping of routes by route key; got "sbc"',
            marks=pytest.mark.full,
        ),
        pytest.param(
            {"support": {"voiceConnectorId": CONNECTOR, "disabled": "yes please"}},
            'disabled: must be true or false; got "yes please"',
            marks=pytest.mark.full,
        ),
    ],
)
def test_mistake_in_configuration_is_a_sentence(configured: Any, originations: Any, sentence: str) -> None:
    """A missing id, an unknown key, a wrong type: one sentence with the path, no traceback."""
    said = configured(originations).preview_err()
    assert sentence in said
    assert_no_traceback(said)


def test_mistyped_key(configured: Any) -> None:
    """It is refused: Pulumi accepts any key, so the program would declare nothing, and `up` would delete everything."""
    project = configured({})
    stack = project.folder / "stacks" / "Pulumi.test.yaml"
    stack.write_text(stack.read_text().replace("chime-voice:originations", "chime-voice:origination"))
    said = project.preview_err()
    assert "chime-voice:origination: unknown key (did you mean chime-voice:originations?)" in said
    assert_no_traceback(said)


def test_last_origination_removed(configured: Any) -> None:
    """A stack's file without originations declares none; Pulumi does not report a missing key."""
    project = configured({})
    stack = project.folder / "stacks" / "Pulumi.test.yaml"
    kept = yaml.safe_load(stack.read_text())
    del kept["config"]
    stack.write_text(yaml.safe_dump(kept))
    assert project.steps() == {}


class TestEmergencyCalling:
    """The key beside `originations`, whose numbers are set as secrets."""

    KEY = "chime-voice:emergencyCalling.support[0]"

    def test_declared(self, configured: Any, live: Live) -> None:
        """By the commands of docs/emergency-calling.md, which `chime-voice export` prints too."""
        project = configured({"support": {"voiceConnectorId": CONNECTOR, "routes": [ROUTE]}})
        project.ok("config", "set", "--secret", "--path", f"{self.KEY}.emergencyPhoneNumber", "+12065550100")
        project.ok("config", "set", "--path", f"{self.KEY}.callingCountry", "US")
        assert "2065550100" not in (project.folder / "stacks" / "Pulumi.test.yaml").read_text()
        live.enable_termination(CONNECTOR)
        shown = project.up()
        assert "emergencyPhoneNumber: [secret]" in shown
        assert "2065550100" not in shown
        answer = live.client.get_voice_connector_emergency_calling_configuration(VoiceConnectorId=CONNECTOR)
        assert answer["EmergencyCallingConfiguration"] == {
            "DNIS": [{"EmergencyPhoneNumber": "+12065550100", "CallingCountry": "US"}]
        }

    @pytest.mark.parametrize(
        ("path", "sentence"),
        [
            ("sales[0].callingCountry", ".sales: there is no origination of this name (known: support)"),
            pytest.param(
                "support.callingCountry", ".support: is not a list of emergency numbers", marks=pytest.mark.full
            ),
            pytest.param(
                "support[0].country",
                ".support[0].country: unknown field (did you mean callingCountry?)",
                marks=pytest.mark.full,
            ),
            pytest.param(
                "support[0].callingCountry", "numbers[0].emergencyPhoneNumber: is required", marks=pytest.mark.full
            ),
        ],
    )
    def test_mistakes(self, configured: Any, path: str, sentence: str) -> None:
        """One sentence with the path."""
        project = configured({"support": {"voiceConnectorId": CONNECTOR, "routes": [ROUTE]}})
        project.ok("config", "set", "--path", f"chime-voice:emergencyCalling.{path}", "US")
        said = project.preview_err()
        assert sentence in said
        assert_no_traceback(said)


def test_dev_stack_as_a_person_runs_it(configured: Any) -> None:
    """`chime-voice emulator` with the dev stack's seed answers the dev stack, which is the reference's example."""
    command = [str(BIN / "chime-voice"), "emulator", "--port", "0"]
    command += ["--seed", str(ROOT / "stacks" / "dev.seed.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            dev = yaml.safe_load((ROOT / "stacks" / "Pulumi.dev.yaml").read_text())["config"]
            project = configured(dev["chime-voice:originations"])
            project.env["AWS_ENDPOINT_URL_CHIME_SDK_VOICE"] = url
            project.up()
            live = Live(url)
            assert live.routes() == [("10.24.34.0", 1234, "TCP", 1, 5)]
            live.client.close()
            assert project.outputs()["calls"] == {"support": {"priority 1": {"10.24.34.0:1234/TCP": "100%"}}}
            project.nothing_to_change()
        finally:
            process.terminate()
    assert process.returncode == 0


class TestReadme:
    """The output `readme`, which consoles show as the stack's page."""

    def test_draws_every_origination(self, configured: Any) -> None:
        """Around the template's own words: a table and a Mermaid drawing for each, and "no calls" where off."""
        project = configured(
            {
                "support": {"voiceConnectorId": CONNECTOR, "routes": [route("a"), route("b"), route("c", priority=2)]},
                "sales": {"voiceConnectorId": OTHER_CONNECTOR, "disabled": True},
            }
        )
        project.up()
        readme = project.outputs()["readme"]
        template = (ROOT / "Pulumi.README.md").read_text()
        sections = readme.removeprefix(template.partition("$originations")[0])

        assert sections.startswith("## sales\n")
        assert readme.count("```mermaid\n---\nconfig: ") == 2
        assert '-.- c1none["off: no calls"]' in sections
        assert "| 1 | 50% | a:5060/TCP | b:5060/TCP, then priority 2 |\n" in sections
        assert 'c1p1 -.->|"when all of it fails"| c1p2\n' in sections

    def test_preview_says_what_changes_of_it_and_no_more(self, configured: Any, emulator: Emulator) -> None:
        """Unchanged: nothing of it. Changed: the lines that change and those around them, not the whole page."""
        others = {
            f"line-{number}": {"voiceConnectorId": f"line{number:018d}", "disabled": True} for number in range(10)
        }
        originations = {"support": {"voiceConnectorId": CONNECTOR, "routes": [route("a")]}}
        project = configured(others | originations)
        for name in others:
            emulator.create_voice_connector(voice_connector_id=others[name]["voiceConnectorId"])
        project.up()
        unchanged = project.preview()
        originations["support"]["routes"].append(route("b", priority=2))
        _, _, changed = configured(others | originations).preview().partition("readme:")

        assert "readme" not in unchanged
        assert '+     c1p2calls -->|"100%"| c1p2h1["b:5060/TCP"]' in changed
        assert "line-" not in changed
        assert len(changed.splitlines()) < 30

    def test_secret_host_stays_secret(self, configured: Any) -> None:
        """A secret in the configuration is in no preview, no output and, readable, in no state; the readme is secret."""
        project = configured({"support": {"voiceConnectorId": CONNECTOR, "routes": [route("a")]}})
        path = "chime-voice:originations.support.routes[0].host"
        project.ok("config", "set", "--secret", "--path", path, "hidden.example.net")
        seen = project.up() + project.ok("stack", "export") + project.ok("stack", "output")

        assert "hidden.example" not in seen
        assert project.outputs()["readme"] == "[secret]"
        assert "hidden.example.net:5060/TCP" in project.ok("stack", "output", "readme", "--show-secrets")

    def test_unknown_host_in_a_preview(self, configured: Any) -> None:
        """A host that another resource makes: the preview says that the readme is not known yet, `up` fills it in."""
        project = configured({})
        program = (project.folder / "__main__.py").read_text()
        made = """
import pulumi

class Made(pulumi.dynamic.ResourceProvider):
    def create(self, props):
        return pulumi.dynamic.CreateResult("made", {"host": "made.example.net"})

class Host(pulumi.dynamic.Resource):
    host: pulumi.Output[str]
    def __init__(self, name):
        super().__init__(Made(), name, {"host": None})

"""
        routes = '[{"host": Host("host").host, "protocol": "TCP", "priority": 1, "weight": 1}]'
        declared = f'{{"support": {{"voiceConnectorId": "{CONNECTOR}", "routes": {routes}}}}}'
        program, replaced = re.subn(r'mapping\(config, "originations"\)', lambda _: declared, program)
        assert replaced == 1
        (project.folder / "__main__.py").write_text(made + program)
        preview = project.preview()
        project.up()

        assert "readme: [unknown]" in preview
        assert "made.example.net:5060/TCP" in project.outputs()["readme"]


PLAIN = """
import pulumi
from pulumi_chime_voice import Origination

for name, settings in pulumi.Config("chime-voice").require_object("originations").items():
    line = Origination(name, voice_connector_id=settings["voiceConnectorId"], disabled=settings["disabled"])
"""
DERIVED = "    pulumi.export(name, line.call_distribution)\n"


@pytest.mark.parametrize(
    "program",
    [
        pytest.param(None, id="ours", marks=pytest.mark.full),
        pytest.param(PLAIN, id="plain", marks=pytest.mark.full),
        pytest.param(PLAIN + DERIVED, id="derived"),
    ],
)
def test_sdk_waits_for_few_outputs(configured: Any, emulator: Emulator, program: str | None) -> None:
    """A declaration gives the SDK a turn before it waits, so that it does not look at every output once for each resource.

    Otherwise it looks at outputs 8,000 times for the plain program of 40 resources, and more often for the others.
    """
    many = {f"line-{index}": {"voiceConnectorId": f"line{index:018d}", "disabled": True} for index in range(40)}
    for settings in many.values():
        emulator.create_voice_connector(voice_connector_id=settings["voiceConnectorId"])
    project = configured(many)
    counting = """
import asyncio, json, pathlib
looks, wait = [], asyncio.wait
pathlib.Path("looks.json").write_text("[]")

async def counted(tasks, **options):
    looks.append(len(tasks))
    pathlib.Path("looks.json").write_text(json.dumps(looks))
    return await wait(tasks, **options)

asyncio.wait = counted
"""
    main = project.folder / "__main__.py"
    main.write_text(counting + (program or main.read_text()))
    project.preview()
    looks = json.loads((project.folder / "looks.json").read_text())
    assert sum(looks) < 2 * len(many)


def settings_of(emulator: Emulator) -> dict[str, tuple[bool, list[str]] | None]:
    """The live settings of every voice connector, by id; the order of routes does not count."""
    command = [str(BIN / "chime-voice"), "show", "--format", "json", "--all-regions"]
    done = subprocess.run(command, env=emulator.environment, capture_output=True, text=True, check=True)
    return {
        entry["id"]: (entry["disabled"], sorted(map(json.dumps, entry["routes"]))) for entry in json.loads(done.stdout)
    }


def test_export_is_adopted_without_a_change_to_any_call(project: Project, configured: Any, emulator: Emulator) -> None:
    """`chime-voice export` of an account, put into a stack: `up` leaves every live setting as it was, by reads and by
    writes of the same settings alone, and nothing is left to change."""
    names = ("Host", "Port", "Protocol", "Priority", "Weight")
    nasty = [("1e3", 5060, "TCP", 1, 1), ("0o17", 0, "UDP", 1, 100), ("2001:DB8::7", 65535, "TCP", 100, 1)]
    wide = [(f"sbc-{number}.example.net", 5060, "TCP", number % 3 + 1, number + 1) for number in range(20)]
    entries = [
        ("12345678901234567890e1", "true", "us-east-1", False, nasty),
        ("wide00000000000000000a", "Support line", "us-east-1", False, wide),
        ("same00000000000000000a", "support-line", "eu-west-1", False, [("a.example.net", 5060, "UDP", 2, 7)]),
        ("0000000000000000000018", "12", "us-east-1", False, [("203.0.113.7", 5060, "UDP", 1, 1)]),
        ("off000000000000000000a", "off, kept", "us-east-1", True, [("a.example.net", 5060, "UDP", 1, 1)]),
        ("off000000000000000000b", "off", "eu-west-1", True, []),
    ]
    emulator.seed(
        {
            "voice_connectors": [
                {
                    "id": id_,
                    "name": name.replace(",", " "),
                    "region": region,
                    "origination": {"Disabled": off}
                    | ({"Routes": [dict(zip(names, it, strict=True)) for it in routes]} if routes else {}),
                }
                for id_, name, region, off, routes in entries
            ]
        }
    )
    before = settings_of(emulator)
    exported = subprocess.run(
        [str(BIN / "chime-voice"), "export", "--region", "us-east-1", "--region", "eu-west-1"],
        env=emulator.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    configured({})
    stack = project.folder / "stacks" / "Pulumi.test.yaml"
    salt = [line for line in stack.read_text().splitlines() if line.startswith("encryptionsalt")]
    stack.write_text("\n".join([exported.stdout, *salt]))
    emulator.clear_requests()
    project.up()
    sent = Counter(request.operation for request in emulator.requests)

    assert exported.stderr == "2 voice connectors were omitted, because they have no origination settings.\n"
    assert settings_of(emulator) == before
    assert {id_ for id_, _, _ in project.settings().values()} == {id_ for id_, *_ in entries}
    assert [operation for operation in sent if not operation.startswith(("Get", "List", "PutVoiceConnectorOrig"))] == []
    project.nothing_to_change()
