"""What a resource costs, counted and not timed: the same on every machine, however busy. bench/ has the times.

Bounds are what was counted with Python 3.11 and about a third more: other versions count comprehensions otherwise.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from pulumi_chime_voice import OriginationProvider
from pulumi_chime_voice.engine.claims import Claims, RunMemory
from pulumi_chime_voice.engine.run_file import Declaration, ProgramFile, Run

from ..support.emulators import set_preview

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

PROGRAMS = Path(__file__).parents[2] / "bench" / "programs"
ROUTE = {"host": "203.0.113.7", "port": 5060, "protocol": "UDP", "priority": 1, "weight": 1}
IMPORTS = """
import sys
import pulumi, pulumi.dynamic
before = set(sys.modules)
import pulumi_chime_voice
{then}
print(*sorted({{name.partition(".")[0] for name in set(sys.modules) - before}}))
"""
CHECK_AND_DIFF = """
from pulumi.dynamic import Config, ConfigureRequest
provider = pulumi_chime_voice.OriginationProvider()
provider.configure(ConfigureRequest(Config({"aws:region": "us-east-1"}, "project")))
news = {"voiceConnectorId": "abcdef1ghij2klmno3pqr4", "disabled": False, "onConflict": "fail"}
news["routes"] = [{"host": "203.0.113.7", "port": 5060.0, "protocol": "UDP", "priority": 1.0, "weight": 1.0}]
olds = provider.check({}, news).inputs
same = provider.check(olds, news)
assert not same.failures
assert not provider.diff("abcdef1ghij2klmno3pqr4", olds, same.inputs).changes
"""


@pytest.mark.parametrize("then", ["pulumi_chime_voice.Origination", CHECK_AND_DIFF], ids=["program", "plugin"])
def test_imports(then: str) -> None:
    """The program, and a plugin whose preview has no changes, load one small module beside Pulumi's own and ours."""
    command = [sys.executable, "-c", IMPORTS.format(then=then)]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "pulumi_chime_voice" in loaded
    assert set(loaded) <= {"pulumi_chime_voice", "configparser"}


def test_what_a_program_does_not_load() -> None:
    """A program pickles a reference to the provider into its resources, and loads nothing of what that does."""
    script = "import sys, pulumi_chime_voice as c; c.Origination, c.EmergencyCalling; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    ours = {name.removeprefix("pulumi_chime_voice.") for name in loaded if name.startswith("pulumi_chime_voice.")}
    assert {"engine.provider", "origination.provider", "emergency_calling.provider"} <= ours
    in_plugin = ("aws", "engine.lifecycle", "engine.claims", "engine.guards", "engine.reads", "origination.parts")
    assert not [name for name in ours if name.startswith(in_plugin)]


DECLARE = """
import asyncio, cProfile, pstats, sys
import pulumi, pulumi.dynamic.dynamic
from pulumi.runtime.mocks import Mocks
from pulumi.runtime.stack import wait_for_rpcs
from null_provider import Null
from pulumi_chime_voice import Origination

class Engine(Mocks):
    def new_resource(self, args):
        return args.inputs["voiceConnectorId"], {**args.inputs, "region": "us-east-1"}
    def call(self, args):
        return {}

serialize, serialized = pulumi.dynamic.dynamic.serialize_provider, []
def counted(provider):
    serialized.append(provider)
    return serialize(provider)
pulumi.dynamic.dynamic.serialize_provider = counted

async def program():
    route = {"host": "203.0.113.7", "port": 5060, "protocol": "UDP", "priority": 1, "weight": 1}
    for index in range(int(sys.argv[2])):
        {"ours": Origination, "null": Null}[sys.argv[1]](
            f"line-{index}", voice_connector_id=f"bench{index:017}", routes=[dict(route)]
        )
    await wait_for_rpcs()

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
pulumi.runtime.set_mocks(Engine(), preview=True)
profile = cProfile.Profile()
profile.enable()
loop.run_until_complete(program())
profile.disable()
print(pstats.Stats(profile).total_calls, len(serialized))
"""


def declare(kind: str, count: int) -> tuple[int, int]:
    """Function calls of a program with so many resources until all are registered, and serializations of its provider."""
    command = [sys.executable, "-c", DECLARE, kind, str(count)]
    environment = {**os.environ, "PYTHONPATH": str(PROGRAMS)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    calls, serialized = done.stdout.split()
    return int(calls), int(serialized)


def test_function_calls_of_a_declaration() -> None:
    """A declaration costs little more than the same arguments with a provider that does nothing.

    Two more inputs, the check that no route is unknown, and the check for warnings are ours. An output for the warnings
    would cost as much again, and one for each value of a route thousands.
    """
    ours, null = ((declare(kind, 30)[0] - declare(kind, 10)[0]) / 20 for kind in ("ours", "null"))
    assert 0 < ours - null < 700


def test_serializations_of_the_provider() -> None:
    """The SDK serializes the provider once for each resource; we add nothing to it."""
    assert declare("ours", 7)[1] == 7


def configured() -> OriginationProvider:
    provider = OriginationProvider()
    provider.configure(ConfigureRequest(Config({"aws:region": "us-east-1"}, "project")))
    return provider


def look_at(provider: OriginationProvider, first: int, count: int) -> float:
    """Function calls of check and diff for each of so many resources that do not change."""
    route = {name: float(value) if isinstance(value, int) else value for name, value in ROUTE.items()}
    news = {"routes": [route], "disabled": False, "onConflict": "fail"}
    profile = cProfile.Profile()
    for index in range(first, first + count):
        mine = {**news, "voiceConnectorId": f"bench{index:017}"}
        olds = configured().check({}, mine).inputs
        profile.enable()
        checked = provider.check(olds, mine)
        changes = provider.diff(mine["voiceConnectorId"], olds, checked.inputs).changes
        profile.disable()
        assert not checked.failures
        assert not changes
    return float(pstats.Stats(profile).total_calls) / count


def test_function_calls_of_check_and_diff() -> None:
    """One validation, one keyed form, one call distribution and two comparisons; no more for the 300th than for the first.

    The engine checks one resource after the other, so what a check costs is paid by every preview as often as there are
    resources.
    """
    provider = configured()
    set_preview(provider)
    look_at(provider, 0, 5)
    early = look_at(provider, 5, 5)
    look_at(provider, 10, 285)
    late = look_at(provider, 295, 5)
    assert 0 < early < 400
    assert late == pytest.approx(early, rel=0.02)


def test_declarations_are_read_once(tmp_path: Path) -> None:
    """A claim costs what is new in the program's file, whatever is in there already."""
    run = Run("engine", stack="dev::x")
    program = ProgramFile(run, preview=False, folder=tmp_path)
    for serial in range(300):
        program.add(Declaration("origination", "", f"theirs{serial}", "a", f"theirs{serial}"))
    claims = Claims("origination", RunMemory(run, tmp_path))
    urn = "urn:pulumi:dev::x::pulumi-python:dynamic/chime:Origination::"

    def claim(name: str) -> tuple[str, str] | None:
        return claims.claim(name, f"{urn}{name}", left=None, old=None)

    assert claims.claim("theirs299", f"{urn}ours", left=None, old=None) == ("a", "ours")
    assert claim("first") is None
    profile = cProfile.Profile()
    profile.enable()
    assert claim("ours") is None
    profile.disable()
    assert pstats.Stats(profile).total_calls < 100


def opcodes(call: Callable[[], object]) -> int:
    """Counts the interpreter's instructions, and so also the rounds of loops."""
    counted = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal counted
        frame.f_trace_opcodes = True
        counted += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return counted


def test_claims_of_many_declarations(tmp_path: Path) -> None:
    """A claim loops over neither the declarations nor the resources that were checked before."""
    counted = []
    for count in (10, 500):
        folder, run = tmp_path / str(count), Run(f"engine{count}", stack="dev::x")
        folder.mkdir()
        program, claims = ProgramFile(run, preview=False, folder=folder), Claims("origination", RunMemory(run, folder))
        for serial in range(count):
            program.add(Declaration("origination", "", f"line{serial}", f"line{serial}", f"connector{serial}"))

        def claim(serial: int, claims: Claims = claims) -> None:
            urn = f"urn:pulumi:dev::x::pulumi-python:dynamic/chime:Origination::line{serial}"
            assert claims.claim(f"connector{serial}", urn, left=None, old=None) is None

        for serial in range(count - 1):
            claim(serial)
        counted.append(opcodes(lambda last=count - 1, claim=claim: claim(last)))
    assert counted[0] == counted[1]


@pytest.mark.parametrize(("setting", "replaced"), [("off", "True"), ("on", "False")])
def test_debug_lines_of_the_sdk(setting: str, replaced: str) -> None:
    """This repo's program sends no debug lines of the SDK where the environment says so, and only there."""
    program = (
        "import runpy, pulumi\n"
        "pulumi.export = print\n"
        "pulumi.runtime.set_config('chime-voice:originations', '{}')\n"
        "sent = pulumi.log.debug\n"
        "runpy.run_path('__main__.py')\n"
        "print('replaced:', pulumi.log.debug is not sent)\n"
    )
    environment = {**os.environ, "CHIME_VOICE_SDK_DEBUG": setting}
    command = [sys.executable, "-c", program]
    done = subprocess.run(
        command, cwd=PROGRAMS.parents[1], env=environment, capture_output=True, text=True, check=False
    )
    assert f"replaced: {replaced}\n" in done.stdout, done.stderr


def test_the_first_check_of_the_bench() -> None:
    """What the bench sends by hand has the inputs of a declaration: without them, it would measure a refusal."""
    command = [sys.executable, "-c", "import floors; print(floors.first_check('ours') > 0)"]
    environment = {**os.environ, "PYTHONPATH": f"{PROGRAMS}{os.pathsep}{PROGRAMS.parent}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == "True\n", done.stderr
