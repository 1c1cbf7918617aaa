"""The file of a run: plugins read what the program of the same run and stack declares, and of no other."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.output import Unknown

from pulumi_chime_voice import ConfigurationError, OriginationProvider
from pulumi_chime_voice.engine import run_file
from pulumi_chime_voice.engine.claims import RunMemory
from pulumi_chime_voice.engine.run_file import (
    Declaration,
    Declarations,
    ProgramFile,
    Run,
    parent_type_and_name,
    stack_of_urn,
)

from ...support.emulators import request

if TYPE_CHECKING:
    from pathlib import Path

URN = "urn:pulumi:dev::x::pulumi-python:dynamic/chime:Origination::support"
OF_PROD = URN.replace(":dev:", ":prod:")
SUPPORT = Declaration("origination", "", "support", "support", "abcdef1ghij2klmno3pqr4")
ANOTHER_PROCESS = """
import sys
from pathlib import Path
from pulumi_chime_voice.engine.run_file import Declaration, ProgramFile, Run
folder, *run = sys.argv[1:]
program = ProgramFile(Run("engine", *run), preview=True, folder=Path(folder))
program.add(Declaration("origination", "", "support", "support", "abcdef1ghij2klmno3pqr4"))
"""


def run_of(stack: str = "dev", engine: str = "engine", mark: str = "") -> Run:
    return Run(engine, mark, stack_of_urn(URN.replace(":dev:", f":{stack}:")))


def program(folder: Path, run: Run) -> ProgramFile:
    written = ProgramFile(run, preview=False, folder=folder)
    written.add(SUPPORT)
    return written


def in_another_process(folder: Path, run: Run) -> None:
    subprocess.run([sys.executable, "-c", ANOTHER_PROCESS, str(folder), run.mark, run.stack], check=True)


def read(folder: Path, run: Run, urn: str = URN) -> list[Declaration]:
    """What a plugin reads, which knows its stack by the URN alone."""
    return known(Declarations(Run(run.engine, run.mark), folder), urn)


def known(plugin: Declarations, urn: str = URN) -> list[Declaration]:
    plugin.read(urn)
    return plugin.of_kind("origination")


class TestRuns:
    def test_of_another_process_that_has_ended(self, tmp_path: Path) -> None:
        """The program of an older SDK ends before the engine deletes."""
        in_another_process(tmp_path, run_of())
        plugin = Declarations(Run("engine"), tmp_path)
        assert known(plugin) == [SUPPORT]
        assert plugin.is_preview

    def test_of_a_component_in_another_process(self, tmp_path: Path) -> None:
        """It begins after the program, whose declarations stay; those of an earlier engine at the same address do not."""
        for mark in ("earlier", "now"):
            program(tmp_path, run_of(mark=mark))
        in_another_process(tmp_path, run_of(mark="now"))
        assert read(tmp_path, run_of(mark="now")) == [SUPPORT, SUPPORT]
        assert read(tmp_path, run_of(mark="earlier")) == []

    @pytest.mark.parametrize("mark", ["", "now"])
    def test_of_a_component_whose_mark_differs(self, tmp_path: Path, mark: str) -> None:
        """A program of the Automation API, or with an older engine, has no mark: its component's process removes nothing."""
        program(tmp_path, run_of())
        in_another_process(tmp_path, run_of(mark=mark))
        assert read(tmp_path, run_of(mark=mark)) == [SUPPORT, SUPPORT]

    def test_of_another_engine(self, tmp_path: Path) -> None:
        """It is another run."""
        program(tmp_path, run_of(engine="other"))
        assert read(tmp_path, run_of()) == []

    def test_of_an_engine_with_the_same_port(self, tmp_path: Path) -> None:
        """A second address of the engine tells the runs apart; a program without one is believed."""
        program(tmp_path, run_of(mark="1"))
        assert read(tmp_path, run_of(mark="2")) == []
        program(tmp_path, run_of())
        assert read(tmp_path, run_of(mark="2")) == [SUPPORT]

    @pytest.mark.parametrize("reverse", [False, True])
    def test_of_the_preview_before_an_up(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, reverse: bool
    ) -> None:
        """An older SDK leaves its file behind. In whatever order both are read, the newest program says what the run is."""
        for process, preview in ((1, True), (2, False)):
            monkeypatch.setattr(os, "getpid", lambda process=process: process)
            ProgramFile(run_of(), preview=preview, folder=tmp_path)
        files = sorted(os.listdir(tmp_path), reverse=reverse)
        monkeypatch.setattr(os, "listdir", lambda _: files)
        plugin = Declarations(Run("engine"), tmp_path)
        plugin.read(URN)
        assert len(files) == 2
        assert not plugin.is_preview

    def test_of_other_stacks_in_one_process(self, tmp_path: Path) -> None:
        """Programs of the Automation API, side by side: each plugin reads the program of its stack."""
        files = [
            program(tmp_path, run_of(stack, engine)) for stack, engine in (("dev", "a"), ("prod", "b"), ("qa", "c"))
        ]
        assert read(tmp_path, run_of(engine="a")) == [SUPPORT]
        assert read(tmp_path, run_of("prod", "b"), OF_PROD) == [SUPPORT]
        assert read(tmp_path, run_of("prod", "a"), OF_PROD) == []
        files[0].close(remove=True)
        assert read(tmp_path, run_of("prod", "b"), OF_PROD) == [SUPPORT]

    def test_of_an_earlier_run(self, tmp_path: Path) -> None:
        """A new program of the same engine address replaces it; files older than a week go, too."""
        program(tmp_path, run_of())
        killed = tmp_path / run_of().file_name.replace(f"-{os.getpid()}", "-1")
        killed.write_text("")
        beside = program(tmp_path, run_of("qa", "beside"))
        for path in (killed, beside.path):
            os.utime(path, (time.time() - 3600, time.time() - 3600))
        old = program(tmp_path, run_of(engine="old"))
        week = 8 * 24 * 3600
        os.utime(old.path, (time.time() - week, time.time() - week))
        ProgramFile(run_of(), preview=False, folder=tmp_path)
        assert read(tmp_path, run_of()) == []
        assert {path.name for path in tmp_path.iterdir()} == {run_of().file_name, beside.path.name}


class TestReading:
    def test_what_is_new(self, tmp_path: Path) -> None:
        """A later entry of the same resource replaces the first; an incomplete line is read once it is complete."""
        written, plugin = program(tmp_path, run_of()), Declarations(run_of(), tmp_path)
        assert known(plugin) == [SUPPORT]
        written.update(0, connector="x", managed="x")
        with written.path.open("a") as file:
            file.write('{"kind": "origin')
        assert [each.managed for each in known(plugin)] == ["x"]

    def test_what_was_read_stays_known(self, tmp_path: Path) -> None:
        """The program ends, and its file with it, while the last requests are answered."""
        written, plugin = program(tmp_path, run_of()), Declarations(run_of(), tmp_path)
        assert known(plugin) == [SUPPORT]
        written.close(remove=True)
        written.update(0, managed="x")  # what the engine answers late creates no new file
        assert not written.path.exists()
        assert known(plugin) == [SUPPORT]

    def test_what_has_not_changed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A check opens no file that is as long as before. A new one is found whatever the folder's time is."""
        written, plugin = program(tmp_path, run_of()), Declarations(run_of(), tmp_path)
        assert known(plugin) == [SUPPORT]

        def fails(*_: object) -> None:
            raise AssertionError("a call of the system that is not needed")

        with monkeypatch.context() as patched:
            patched.setattr(run_file, "open", fails, raising=False)
            assert known(plugin) == [SUPPORT]
        written.update(0, managed="x")
        assert [each.managed for each in known(plugin)] == ["x"]
        os.utime(tmp_path, (1, 1))
        assert len(known(plugin)) == 1
        in_another_process(tmp_path, run_of())
        os.utime(tmp_path, (1, 1))  # FAT has no other time of a folder than that of its creation.
        assert len(known(plugin)) == 2

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
    def test_a_program_that_forks(self, tmp_path: Path) -> None:
        """Its child ends as a program does, and leaves the file to its parent."""
        written, plugin = program(tmp_path, run_of()), Declarations(run_of(), tmp_path)
        child = os.fork()
        if child == 0:
            written.close(remove=True)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        written.update(0, managed="x")
        assert [each.managed for each in known(plugin)] == ["x"]

    def test_a_program_that_is_not_heard(self, tmp_path: Path) -> None:
        """Where its file is elsewhere, nothing protects what it declares: a check is refused."""
        provider = OriginationProvider()
        provider.configure(ConfigureRequest(Config({"aws:region": "us-east-1"}, "project")))
        memory = provider.lifecycle._claims.memory = RunMemory(run_of(), tmp_path)
        declared = {"voiceConnectorId": "abcdef1ghij2klmno3pqr4", "routes": [], "disabled": True}
        for news in (declared, {**declared, "voiceConnectorId": Unknown()}, {**declared, "routes": "no routes"}):
            with pytest.raises(ConfigurationError, match=f"in {tmp_path}.* set TMPDIR"):
                request("support", lambda news=news: provider.check({}, news))  # type: ignore[misc]
        assert not memory.has_program(URN)
        program(tmp_path, run_of())
        assert memory.has_program(URN)
        assert request("support", lambda: provider.check({}, declared)).failures == []

    def test_the_type_of_the_parent(self, tmp_path: Path) -> None:
        """URNs name the types of all parents, declarations that of the nearest."""
        child = Declaration("origination", "my:Line", "support", "line/support", serial=1)
        written = ProgramFile(run_of(), preview=False, folder=tmp_path)
        for declaration in (SUPPORT, child, SUPPORT._replace(name="a::b")):
            written.add(declaration)
        plugin = Declarations(run_of(), tmp_path)
        plugin.read(URN)
        nested = "urn:pulumi:dev::x::my:Site$my:Line$pulumi-python:dynamic/chime:Origination::support"
        assert plugin.of_resource("origination", *parent_type_and_name(nested)) == [child]
        assert plugin.of_resource("origination", *parent_type_and_name(URN)) == [SUPPORT]
        assert [
            each.serial
            for each in plugin.of_resource("origination", *parent_type_and_name(URN.replace("::support", "::a::b")))
        ] == [2]
        assert plugin.of_resource("origination", *parent_type_and_name("")) == []

    def test_two_of_one_name(self, tmp_path: Path) -> None:
        """Their parents have one type and differ in that of their own parents: both are known."""
        written = ProgramFile(run_of(), preview=False, folder=tmp_path)
        written.add(SUPPORT)
        written.add(SUPPORT._replace(connector="x"))
        plugin = Declarations(run_of(), tmp_path)
        plugin.read(URN)
        assert [each.connector for each in plugin.of_resource("origination", *parent_type_and_name(URN))] == [
            SUPPORT.connector,
            "x",
        ]
        written.update(1, connector="y")
        plugin.read(URN)
        assert plugin.of_connector("origination", "x") == []
        assert [each.serial for each in plugin.of_connector("origination", "y")] == [1]


class TestFolder:
    """What a file system can do to the file is a sentence that says what to set."""

    @pytest.fixture
    def temporary(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(run_file.tempfile, "gettempdir", lambda: str(tmp_path))
        return tmp_path / f"pulumi-chime-voice-11-{os.getuid()}"

    def refusal(self) -> str:
        with pytest.raises(ConfigurationError) as refused:
            ProgramFile(run_of(), preview=False)
        return str(refused.value)

    def test_a_file_in_the_way(self, temporary: Path) -> None:
        """It is named."""
        temporary.write_text("")
        assert f"cannot use {temporary}, where the program tells" in self.refusal()
        assert ": Not a directory. Set TMPDIR to a folder" in self.refusal()

    def test_a_folder_that_does_not_exist(self, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nor does the one above it."""
        monkeypatch.setattr(run_file.tempfile, "gettempdir", lambda: str(temporary / "nowhere"))
        assert "No such file or directory. Set TMPDIR" in self.refusal()

    @pytest.mark.parametrize("trouble", [errno.EROFS, errno.ENOSPC, errno.EACCES])
    def test_a_file_system_that_fails(self, temporary: Path, monkeypatch: pytest.MonkeyPatch, trouble: int) -> None:
        """Read-only, full, forbidden: raised here, because a test cannot have them all for real."""

        def fails(*_: object, **__: object) -> None:
            raise OSError(trouble, os.strerror(trouble))

        monkeypatch.setattr(run_file.Path, "open", fails)
        assert self.refusal().endswith(f"{os.strerror(trouble)}. Set TMPDIR to a folder that you can write to.")
        assert temporary.is_dir()

    def test_a_file_that_is_removed_during_the_run(self, temporary: Path) -> None:
        """What the program would declare into it, no plugin could read."""
        written = program(run_file.default_folder(), run_of())
        shutil.rmtree(run_file.default_folder())
        with pytest.raises(ConfigurationError, match=r"cannot use .*: No such file or directory\. Set TMPDIR"):
            written.add(SUPPORT._replace(name="helpdesk"))

    @pytest.mark.parametrize("variable", ["TMPDIR", "TEMP", "TMP"])
    def test_a_folder_that_fills_up_later(
        self, temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
    ) -> None:
        """The plugin's Python takes another folder then. What the program wrote before counts."""
        program(temporary, run_of())
        monkeypatch.setenv(variable, str(tmp_path))
        (tmp_path / "other").mkdir()
        monkeypatch.setattr(run_file.tempfile, "gettempdir", lambda: str(tmp_path / "other"))
        assert known(Declarations(Run("engine"))) == [SUPPORT]
        assert Declarations(Run("engine")).folder != temporary
        shutil.rmtree(temporary)
        assert known(Declarations(Run("engine"))) == []

    def test_a_folder_that_is_a_link(self, temporary: Path, tmp_path: Path) -> None:
        """Another user may have created it."""
        (tmp_path / "elsewhere").mkdir()
        temporary.symlink_to(tmp_path / "elsewhere")
        assert "is owned by another user" in self.refusal()

    def test_a_folder_of_another_user(self, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Its owner could put declarations there."""
        temporary.mkdir()
        monkeypatch.setattr(run_file, "default_folder", lambda: temporary)
        monkeypatch.setattr(run_file.os, "getuid", lambda: temporary.stat().st_uid + 1)
        assert "is owned by another user" in self.refusal()

    def test_a_system_without_user_ids(self, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Windows has no `getuid`, and a temporary folder for each user."""
        monkeypatch.delattr(run_file.os, "getuid")
        program = ProgramFile(run_of(), preview=False)
        assert program.path.parent == temporary.parent / "pulumi-chime-voice-11"
        assert known(Declarations(run_of())) == []
        assert Declarations(run_of()).folder == program.path.parent
