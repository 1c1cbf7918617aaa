"""A preview of many changes reads what the next resources need, and hardly anything in vain."""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.dynamic import Config, ConfigureRequest
from tests.support.emulators import configured_provider, request, running_emulator, settings_for

from pulumi_chime_voice import OriginationProvider
from pulumi_chime_voice.engine import lifecycle, reads
from pulumi_chime_voice.engine.claims import Claims, RunMemory
from pulumi_chime_voice.engine.kinds import ORIGINATION
from pulumi_chime_voice.engine.reads import AheadThreads, CachedCall
from pulumi_chime_voice.engine.reads_ahead import ReadsAhead
from pulumi_chime_voice.engine.run_file import Declaration, ProgramFile, Run
from pulumi_chime_voice.engine.target import Target
from pulumi_chime_voice.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from chime_voice_emulator import Emulator

RUN = Run("engine", stack="dev::x")
URN = "urn:pulumi:dev::x::pulumi-python:dynamic/chime:Origination::"
CONNECTORS = [f"line{index:018}" for index in range(16)]
ROUTE = {"host": "203.0.113.7", "port": 5060, "protocol": "UDP", "priority": 1, "weight": 1}
ENDS = """
import threading, time
from pulumi_chime_voice.engine.reads import AheadThreads, CachedCall
begun = threading.Event()
def hangs(connector):
    begun.set()
    time.sleep(60)
CachedCall(hangs, AheadThreads()).read_ahead("a")
begun.wait()
"""
CHANGES, SAME, LEFT_OUT = "changes", "same", "left out"
"""What becomes of a resource: with --target, the engine checks none that is left out."""
SECOND_REGION, WEST = "us-west-2", "westernline00000000000"


def declaration(connector: str | None, **attributes: Any) -> Declaration:
    name = f"of-{connector}"
    known = {"kind": "origination", "connector": connector, "region": ""}
    return Declaration(parent_type="", name=name, path=name, **{**known, **attributes})


class Preview:
    """The plugin of a run whose program has declared everything, and which the engine asks for one check after the other."""

    def __init__(
        self, emulator: Emulator, folder: Path, *declarations: Declaration, preview: bool = True, **settings: str
    ) -> None:
        self.emulator = emulator
        program = ProgramFile(RUN, preview=preview, folder=folder)
        for each in declarations:
            program.add(each)
        self.provider = OriginationProvider()
        with mock.patch.object(lifecycle, "memory_of", return_value=RunMemory(RUN, folder)):
            self.provider.configure(ConfigureRequest(Config(settings_for(emulator) | settings, "x")))

    def check(self, connector: str, *, changes: bool = True, **inputs: Any) -> None:
        """Checks a resource whose state has other settings than it declares, or has the same."""
        name = f"of-{connector}"
        news = {"voiceConnectorId": connector, "routes": [ROUTE], **inputs}
        olds: dict[str, Any] = {}
        if not changes:
            olds = configured_provider(self.emulator).check({}, news).inputs
        checked = request(name, lambda: self.provider.check(olds, news))
        assert not [failure.reason for failure in checked.failures]

    def reads(self) -> Counter[tuple[str, str]]:
        requests = self.emulator.requests
        return Counter((str(each.operation), str(each.voice_connector_id)) for each in requests)

    def has_read(self, *connectors: str) -> None:
        """Waits for the two reads of each of these voice connectors, and for no other."""
        operations = ("GetVoiceConnectorOrigination", "GetVoiceConnector")
        self.awaits(lambda: self.reads() == Counter(itertools.product(operations, connectors)))

    def awaits(self, condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline, self.reads()
            time.sleep(0.01)


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with running_emulator(*CONNECTORS) as emulator:
        yield emulator


def test_after_two_changes_the_next_eight_are_read(emulator: Emulator, tmp_path: Path) -> None:
    preview = Preview(emulator, tmp_path, *map(declaration, CONNECTORS))
    preview.check(CONNECTORS[0])
    preview.has_read(CONNECTORS[0])
    preview.check(CONNECTORS[1])
    preview.has_read(*CONNECTORS[:10])
    preview.check(CONNECTORS[2])
    preview.has_read(*CONNECTORS[:11])
    for connector in CONNECTORS[3:]:
        preview.check(connector)
    preview.has_read(*CONNECTORS)


def test_an_unchanged_resource_ends_it(emulator: Emulator, tmp_path: Path) -> None:
    preview = Preview(emulator, tmp_path, *map(declaration, CONNECTORS))
    for connector in CONNECTORS[:2]:
        preview.check(connector)
    for connector in CONNECTORS[2:4]:
        preview.check(connector, changes=False)
    preview.check(CONNECTORS[4])
    preview.check(CONNECTORS[5])
    # Two were read in vain, and four are still waiting: two more.
    preview.has_read(*CONNECTORS[:12])


def test_a_preview_without_changes_reads_nothing(emulator: Emulator, tmp_path: Path) -> None:
    preview = Preview(emulator, tmp_path, *map(declaration, CONNECTORS))
    for connector in CONNECTORS:
        preview.check(connector, changes=False)
    assert not emulator.requests


def test_an_apply_reads_nothing_ahead(emulator: Emulator, tmp_path: Path) -> None:
    preview = Preview(emulator, tmp_path, *map(declaration, CONNECTORS), preview=False)
    for connector in CONNECTORS[:4]:
        preview.check(connector)
    assert not emulator.requests


def test_a_replacement_that_is_checked_twice_is_one_change(emulator: Emulator, tmp_path: Path) -> None:
    preview = Preview(emulator, tmp_path, *map(declaration, CONNECTORS))
    preview.check(CONNECTORS[0])
    preview.check(CONNECTORS[0])
    preview.has_read(CONNECTORS[0])


@pytest.mark.parametrize(
    "other",
    [
        declaration(None),
        declaration(CONNECTORS[2], region=None),
        declaration(CONNECTORS[2], provider="second"),
        declaration(CONNECTORS[2], kind="emergency calling"),
        declaration(CONNECTORS[1]),
    ],
    ids=["unknown-connector", "unknown-region", "other-provider", "other-kind", "checked-before"],
)
def test_what_is_never_read_ahead(emulator: Emulator, tmp_path: Path, other: Declaration) -> None:
    preview = Preview(emulator, tmp_path, *map(declaration, CONNECTORS[:2]), other, declaration(CONNECTORS[3]))
    preview.check(CONNECTORS[0])
    preview.check(CONNECTORS[1])
    preview.has_read(CONNECTORS[0], CONNECTORS[1], CONNECTORS[3])


def test_the_declared_region_is_asked(emulator: Emulator, tmp_path: Path) -> None:
    emulator.create_voice_connector(voice_connector_id=WEST, region=SECOND_REGION)
    west = declaration(WEST, region=SECOND_REGION)
    preview = Preview(emulator, tmp_path, *map(declaration, CONNECTORS[:2]), west)
    preview.check(CONNECTORS[0])
    preview.check(CONNECTORS[1])
    preview.has_read(*CONNECTORS[:2], WEST)
    preview.check(WEST, region=SECOND_REGION)
    preview.has_read(*CONNECTORS[:2], WEST)


def test_only_what_the_last_check_needed_is_read(emulator: Emulator, tmp_path: Path) -> None:
    """With "overwrite", the settings are not compared."""
    preview = Preview(emulator, tmp_path, *map(declaration, CONNECTORS[:4]))
    for connector in CONNECTORS[:4]:
        preview.check(connector, onConflict="overwrite")
    assert preview.reads() == Counter(("GetVoiceConnector", connector) for connector in CONNECTORS[:4])


def test_a_failed_read_is_repeated_in_its_turn_and_ends_it(emulator: Emulator, tmp_path: Path) -> None:
    """Retries are over, as they are after half a minute of throttling."""
    emulator.faults.fail("GetVoiceConnector", [429], voice_connector_id=CONNECTORS[2])
    preview = Preview(emulator, tmp_path, *map(declaration, CONNECTORS), **{"aws:maxRetries": "1"})
    preview.check(CONNECTORS[0])
    preview.check(CONNECTORS[1])
    preview.has_read(*CONNECTORS[:10])
    preview.check(CONNECTORS[2])
    assert preview.reads()["GetVoiceConnector", CONNECTORS[2]] == 2
    for connector in [*CONNECTORS[3:10], CONNECTORS[15]]:
        preview.check(connector)
    assert {connector for _, connector in preview.reads()} == {*CONNECTORS[:10], CONNECTORS[15]}


def test_a_refusal_is_an_answer(emulator: Emulator, tmp_path: Path) -> None:
    """Another read would get the same one."""
    emulator.faults.fail("GetVoiceConnector", [403], voice_connector_id=CONNECTORS[2], forever=True)
    preview = Preview(emulator, tmp_path, *map(declaration, CONNECTORS))
    for connector in CONNECTORS[:3]:
        preview.check(connector)
    assert preview.reads()["GetVoiceConnector", CONNECTORS[2]] == 1


def test_a_long_outage_is_waited_for_once() -> None:
    """What was retried for longer than a moment is not read again: the user waits for one call."""
    calls: list[str] = []

    def fails(connector: str, _region: str) -> None:
        calls.append(connector)
        time.sleep(0.3)
        raise ApiError("no answer", code="ConnectTimeoutError")

    with mock.patch.object(reads, "SHORT_SECONDS", 0.1):
        read = CachedCall(fails, AheadThreads())
        read.read_ahead("a", "us-east-1")
        with pytest.raises(ApiError):
            read("a", "us-east-1")
    assert calls == ["a"]


def test_reads_ahead_use_up_the_rate(emulator: Emulator, tmp_path: Path) -> None:
    """Without retries, a read in its turn would fail only because of them: it is repeated, and nothing more is read ahead."""
    emulator.faults.latency = 0.05
    emulator.faults.throttle = "30/s:4"
    preview = Preview(emulator, tmp_path, *map(declaration, CONNECTORS), **{"aws:maxRetries": "1"})
    for connector in CONNECTORS:
        preview.check(connector)
    assert any(request.status == 429 for request in emulator.requests)


@pytest.mark.parametrize("seconds", [60, -60], ids=["reads-ahead", "no-reads-ahead"])
def test_a_throttled_read_in_its_turn(seconds: float) -> None:
    """It is repeated once if reads ahead may have used up the rate, and they end."""
    answers = [ApiError("throttled", code="ThrottledClientException", status=429), "settings"]

    def answer(_connector: str) -> str:
        answer = answers.pop(0)
        if isinstance(answer, ApiError):
            raise answer
        return str(answer)

    threads = AheadThreads()
    threads.is_burdening_until = time.monotonic() + seconds
    read = CachedCall(answer, threads)
    with mock.patch.object(reads, "THROTTLED_SECONDS", 0):
        if seconds > 0:
            assert read("a") == "settings"
        else:
            with pytest.raises(ApiError):
                read("a")
    assert threads.has_failed == (seconds > 0)


def test_a_process_ends_without_waiting_for_reads_ahead() -> None:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", ENDS], check=True)
    assert time.monotonic() - began < 30


def test_throttling_slows_it_down_only(emulator: Emulator, tmp_path: Path) -> None:
    emulator.faults.throttle = "20/s:2"
    preview = Preview(emulator, tmp_path, *map(declaration, CONNECTORS))
    for connector in CONNECTORS:
        preview.check(connector)
    assert any(request.status == 429 for request in emulator.requests)


class Counted:
    """A service of one operation, without latency."""

    def __init__(self) -> None:
        self.connectors: list[str] = []
        here: Any = SimpleNamespace(start=self.submitted, has_failed=False)
        call: CachedCall[None] = CachedCall(self._answer, here)
        self.reads: Any = SimpleNamespace(settings=call, voice_connector=call, has_emergency_calling=call, ahead=here)

    def _answer(self, connector: str, _region: str) -> None:
        self.connectors.append(connector)

    @staticmethod
    def submitted(call: Callable[..., None], *arguments: str) -> Future[None]:
        done: Future[None] = Future()
        done.set_result(call(*arguments))
        return done


def read_in_vain(folder: Path, resources: list[str]) -> int:
    """Checks resources one after the other; returns how many voice connectors were read that no check needed."""
    program, service = ProgramFile(RUN, preview=True, folder=folder), Counted()
    for index in range(len(resources)):
        program.add(declaration(str(index)))
    ahead = ReadsAhead(service.reads, Claims("origination", RunMemory(RUN, folder)), lambda: "us-east-1")
    for index, what in enumerate(resources):
        target = Target(ORIGINATION, str(index), "us-east-1", "updating", f"{URN}of-{index}")
        if what == CHANGES:
            service.reads.settings(str(index), "us-east-1")
        if what != LEFT_OUT:
            ahead.end_check(target, was_read=what == CHANGES)
    needed = {str(index) for index, what in enumerate(resources) if what == CHANGES}
    assert needed <= set(service.connectors)
    assert len(service.connectors) == len(set(service.connectors))
    return len(service.connectors) - len(needed)


@pytest.mark.parametrize(
    ("resources", "in_vain"),
    [
        ([CHANGES, SAME] * 10, 0),
        ([CHANGES, CHANGES, SAME, CHANGES, SAME, CHANGES, *[SAME] * 10], 6),
        ([CHANGES, CHANGES, *[SAME] * 20], 8),
        ([CHANGES, CHANGES, *[SAME] * 8, *[CHANGES] * 3, *[SAME] * 20], 8),
        ([CHANGES, CHANGES, *[LEFT_OUT] * 20], 8),
        ([CHANGES] * 20, 0),
    ],
)
def test_what_is_read_in_vain(tmp_path: Path, resources: list[str], in_vain: int) -> None:
    assert read_in_vain(tmp_path, resources) == in_vain


def test_one_needed_read_of_several_is_enough(tmp_path: Path) -> None:
    """The first two resources need two reads, the others one: each voice connector was read for something."""
    program, service = ProgramFile(RUN, preview=True, folder=tmp_path), Counted()
    for index in range(40):
        program.add(declaration(str(index)))
    threads = mock.Mock(wraps=AheadThreads(), start=Counted.submitted, has_failed=False)
    second: CachedCall[None] = CachedCall(lambda *_: None, threads)
    service.reads.voice_connector = second
    ahead = ReadsAhead(service.reads, Claims("origination", RunMemory(RUN, tmp_path)), lambda: "us-east-1")
    for index in range(40):
        service.reads.settings(str(index), "us-east-1")
        if index < 2:
            second(str(index), "us-east-1")
        ahead.end_check(Target(ORIGINATION, str(index), "us-east-1", "updating", f"{URN}of-{index}"), was_read=True)
        assert service.connectors[-1] == str(min(index + 8, 39) if index else 0)


@given(st.lists(st.sampled_from([CHANGES, CHANGES, CHANGES, SAME, LEFT_OUT]), max_size=60))
def test_whatever_changes_at_most_eight_are_read_in_vain(resources: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assert read_in_vain(Path(folder), resources) <= 8
