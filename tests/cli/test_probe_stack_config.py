"""`chime-voice probe --stack-config`: a stack's file is read as Pulumi and the example project read it."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pulumi_chime_voice.cli.declared import read
from pulumi_chime_voice.cli.stack_yaml import load
from pulumi_chime_voice.errors import ConfigurationError

from ..support.hosts import SipHost
from .support import BIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from chime_voice_emulator import Emulator

    Run = Callable[..., subprocess.CompletedProcess[str]]

ID = "efghij1klmn2opqrst3uv4"
SECRET = {"secure": "v1:AAAA:BBBB"}
NO_SECRETS = (
    "To probe secret routes, probe the live voice connectors by ID. To leave them out, pass --allow-secret-routes.\n"
)
PREFIX = "chime-voice:originations"


@pytest.fixture
def host() -> Iterator[SipHost]:
    with SipHost() as running:
        yield running


@pytest.fixture
def probe(run: Run, tmp_path: Path) -> Run:
    """Probes what a file of this text, or with these originations, declares."""

    def command(declared: Any, *arguments: str, **changed: str | None) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "Pulumi.dev.yaml"
        text = (
            declared if isinstance(declared, str) else yaml.safe_dump({"config": {PREFIX: declared}}, sort_keys=False)
        )
        path.write_text(text, encoding="utf-8")
        return run("probe", "--timeout", "0.5", "--stack-config", str(path), *arguments, **changed)

    return command


def route(port: int, **fields: Any) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port, "protocol": "UDP", "priority": 1, "weight": 1, **fields}


def origination(*routes: Any, **fields: Any) -> dict[str, Any]:
    return {"voiceConnectorId": ID, "routes": list(routes), **fields}


class TestDeclared:
    def test_before_anything_is_live(self, probe: Run, emulator: Emulator, host: SipHost) -> None:
        """The declared routes are probed without a call to AWS: no credentials, no region."""
        declared = {
            "support": origination(route(host.port)),
            "campaign": {"voiceConnectorId": "x", "disabled": True, "routes": [route(9)]},
        }
        done = probe(declared, AWS_REGION=None, AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
        assert done.returncode == 0, done.stderr
        assert f"support ({ID}): calls are on\n" in done.stdout
        assert "campaign (x): calls are off\n" in done.stdout
        assert emulator.requests == []

    def test_routes_by_key_and_tls(self, probe: Run) -> None:
        """The mapping form of routes, and encryption, which the file does not say."""
        with SipHost("TCP") as host:
            declared = {
                "support": {
                    "voiceConnectorId": ID,
                    "routes": {f"127.0.0.1:{host.port}/TCP": route(host.port, protocol="TCP")},
                }
            }
            assert probe(declared).returncode == 0
            over_tls = probe(declared, "--tls", "--format", "json")
        (entry,) = json.loads(over_tls.stdout)
        assert (over_tls.returncode, entry["transport"]) == (1, "TLS")

    @pytest.mark.parametrize("key", ["chime-voice:originations", "originations", "chime-voice:config:originations"])
    def test_json_and_other_spellings_of_the_key(self, probe: Run, host: SipHost, key: str) -> None:
        """`pulumi config set` without --path stores JSON as a string, and Pulumi adds the project's name to a key without one."""
        value = json.dumps({"support": origination(route(host.port))})
        done = probe("\ufeff" + yaml.safe_dump({"config": {key: value}}))
        assert done.returncode == 0, done.stderr
        assert f"support ({ID}): calls are on\n" in done.stdout


class TestSecrets:
    @pytest.mark.parametrize(
        ("secret_route", "path"),
        [
            (route(5060, host=SECRET), ".support.routes[0].host"),
            (route(5060, weight=SECRET), ".support.routes[0].weight"),
            (SECRET, ".support.routes[0]"),
        ],
    )
    def test_a_secret_route(self, probe: Run, host: SipHost, secret_route: Any, path: str) -> None:
        """It is left out, with a line on standard error; the other routes are probed, and the gate does not pass."""
        declared = {"support": origination(secret_route, route(host.port))}
        done, allowed = probe(declared), probe(declared, "--allow-secret-routes")
        assert done.stdout.count("200 OK") == 1
        left_out = f"{PREFIX}{path} is secret: the route is not probed.\n"
        assert (done.returncode, done.stderr) == (1, f"{left_out}{NO_SECRETS}Probed from 127.0.0.1.\n")
        assert (allowed.returncode, allowed.stderr) == (0, f"{left_out}Probed from 127.0.0.1.\n")

    @pytest.mark.parametrize(
        ("support", "line"),
        [
            (SECRET, ".support is secret: it is not probed."),
            ({"voiceConnectorId": ID, "routes": SECRET}, ".support.routes is secret: they are not probed."),
            (
                {"voiceConnectorId": ID, "routes": {"203.0.113.7:5060/UDP": SECRET}},
                '.support.routes["203.0.113.7:5060/UDP"] is secret: the route is not probed.',
            ),
        ],
    )
    def test_a_secret_origination(self, probe: Run, host: SipHost, support: Any, line: str) -> None:
        """The other originations are probed."""
        done = probe({"support": support, "open": origination(route(host.port))})
        assert done.returncode == 1
        assert f"open ({ID}): calls are on\n" in done.stdout
        assert done.stderr.startswith(f"{PREFIX}{line}\n{NO_SECRETS}")

    def test_all_of_it(self, probe: Run) -> None:
        done = probe(SECRET)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == f"{PREFIX} is secret: no origination can be probed.\n{NO_SECRETS}"

    def test_a_secret_id_keeps_no_route_from_being_probed(self, probe: Run, host: SipHost) -> None:
        done = probe({"support": {**origination(route(host.port)), "voiceConnectorId": SECRET}})
        assert (done.returncode, done.stderr) == (0, "Probed from 127.0.0.1.\n")
        assert done.stdout.startswith("support (secret): calls are on\n")

    def test_calls_that_are_off(self, probe: Run, host: SipHost) -> None:
        """A host that gets no calls does not count, secret or not."""
        off = origination(route(5060, host=SECRET), disabled=True)
        assert probe({"campaign": off, "open": origination(route(host.port))}).returncode == 0

    def test_drained_routes(self, probe: Run, host: SipHost) -> None:
        """They are probed and marked, and never change the exit status, not even if they are secret."""
        drained = {**route(9, weight=2), "enabled": False}
        secret = {**route(9, host=SECRET, priority=2), "enabled": False}
        declared = {"support": origination(route(host.port), drained, secret)}
        done = probe(declared)
        assert done.returncode == 0, done.stderr
        assert "127.0.0.1:9/UDP (drained)" in done.stdout
        entries = json.loads(probe(declared, "--format", "json").stdout)
        assert [(entry["port"], entry["takesCalls"], entry.get("enabled")) for entry in entries] == [
            (9, False, False),
            (host.port, True, None),
        ]
        declared = {"support": origination(drained)}
        assert f"{PREFIX}.support.routes: every route is drained" in probe(declared).stderr

    def test_the_other_fields_of_a_secret_route_are_checked(self, probe: Run) -> None:
        done = probe({"support": origination(route(70_000, host=SECRET))})
        assert done.returncode == 1
        assert f"{PREFIX}.support.routes[0].port: must be between 0 and 65535; got 70000" in done.stderr


class TestMistakes:
    @pytest.mark.parametrize(
        ("declared", "sentence"),
        [
            (
                {"support": {"voiceConnectorId": ID, "route": []}},
                ".support.route: unknown field (did you mean routes?)",
            ),
            ({"support": {"routes": []}}, ".support.voiceConnectorId: is required: the ID of the voice connector"),
            ({"support": 5}, ".support: is not a mapping of voiceConnectorId, routes, disabled, region, onConflict"),
            ({"support": {"voiceConnectorId": ID}}, ".support.routes: set at least one route, or disabled=True"),
            ({"support": origination(route(5060, host="sip:a.example"))}, ".support.routes[0].host: must be"),
            ({"support": origination(route(5060, hots="x"))}, ".support.routes[0].hots: "),
            (
                {"support": origination(route(5060), disabled="true")},
                '.support.disabled: must be true or false; got "true"; remove the quotes',
            ),
        ],
    )
    def test_what_the_program_rejects(self, probe: Run, declared: Any, sentence: str) -> None:
        done = probe(declared)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"{PREFIX}{sentence}" in done.stderr

    def test_every_mistake_at_once(self, probe: Run) -> None:
        done = probe({"a": {"voiceConnectorId": ID, "route": []}, "b": {}})
        assert [line.count(PREFIX) for line in done.stderr.splitlines()] == [1, 1]

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("config: {other:key: 1}", f"{PREFIX} is missing, or is not a mapping of originations: "),
            ("config: {chime-voice:originations: {}}", f"{PREFIX} is missing, or is not a mapping of originations: "),
            ("config: {chime-voice:originations: 'x'}", f"{PREFIX} is a string that is not JSON: correct it."),
            ("- 1", "config is missing, or is not a mapping: pass a stack's file"),
            ("", "config is missing, or is not a mapping: pass a stack's file"),
            ("a: [", "is not YAML: "),
            ("config: {a: 1, a: 2}", "is not YAML: key 'a' is there twice"),
            ("config: " + "[" * 5000, "is nested too deeply: correct it."),
            (
                "config: {chime-voice:originations: '" + "[" * 100_000 + "'}",
                f"{PREFIX} is a string that is not JSON: correct it.",
            ),
            ("a: \x01", "is not YAML: "),
        ],
        ids=lambda value: value[:40],
    )
    def test_a_file_that_cannot_be_used(self, probe: Run, tmp_path: Path, text: str, sentence: str) -> None:
        """One sentence, with the file in it."""
        done = probe(text)
        assert done.returncode == 1
        assert done.stderr.startswith(f"Error: {tmp_path / 'Pulumi.dev.yaml'}")
        assert sentence in done.stderr

    def test_a_file_that_disappears(self, tmp_path: Path) -> None:
        """click has found it among the arguments before."""
        with pytest.raises(ConfigurationError, match=r"nowhere\.yaml cannot be read: No such file or directory\."):
            read(tmp_path / "nowhere.yaml", tls=False)


SCALARS = """\
on off yes no y n Yes NO true True TRUE false null Null ~ "" 12:30 190:20:30 0777 0o17 0o7_7 017 00 0 -0 089 1_000 +7 -5 0x1F 0xfg
0b11 -0o7 1e3 1.5 .5 -.5 1. 1.5e-3 1e400 18446744073709551615 18446744073709551616 -9223372036854775809 0x1ffffffffffffffff
127.0.0.1 2001:db8::7 sbc-a.example.net 1e3.example.net 5060 "5060" '0777' = <<x _1 1__0 0_7 +.5 1e 0x 0b2 08.5 1e+3
"""


def test_scalars_are_those_of_pulumi(tmp_path: Path) -> None:
    """Compares with what Pulumi itself reads."""
    text = "config:\n  chime-voice:values:\n" + "".join(f"  - {scalar}\n" for scalar in SCALARS.split())
    (tmp_path / "Pulumi.yaml").write_text("name: chime-voice\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text(text)
    (tmp_path / "state").mkdir()
    environment = {
        **os.environ,
        "PULUMI_BACKEND_URL": f"file://{tmp_path / 'state'}",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_CONFIG_PASSPHRASE": "x",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    answers = [
        subprocess.run(
            [BIN / "pulumi", *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout
        for command in (["stack", "init", "dev"], ["config", "get", "values", "--json"])
    ]
    theirs = json.loads(json.loads(answers[1])["value"])
    ours = load(text)["config"]["chime-voice:values"]
    assert list(zip(SCALARS.split(), map(_as_json, ours), strict=True)) == list(
        zip(SCALARS.split(), map(_as_json, theirs), strict=True)
    )


def _as_json(value: Any) -> str:
    """Pulumi writes numbers as JSON, which does not distinguish whole numbers from floats; `True` is no number."""
    return json.dumps(float(value) if type(value) is int else value)
