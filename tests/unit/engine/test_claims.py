"""Claims: what the processes of one engine run know of each other, and what outlasts none of them."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from pulumi_chime_voice import ConfigurationError
from pulumi_chime_voice.engine import runs
from pulumi_chime_voice.engine.claims import Claims, Stays
from pulumi_chime_voice.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONNECTOR = "abcdef1ghij2klmno3pqr4"
OLD, NEW = "urn:pulumi:dev::x::t::support", "urn:pulumi:dev::x::t::helpdesk"
ANOTHER_PROCESS = """
import sys
from pathlib import Path
from pulumi_chime_voice.engine.claims import Claims
folder, run, role, stack = sys.argv[1:5]
claims = Claims(run, program=role == "program", stack=stack, folder=Path(folder), kind="origination")
for step in sys.argv[5:]:
    name, _, rest = step.partition(":")
    getattr(claims, name)(*rest.split(",") if rest else ())
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def another_process(
    folder: Path, role: str, *steps: str, run: str = "run", stack: str = "0"
) -> Iterator[subprocess.Popen[str]]:
    """A process of the run that has taken these steps, until it is killed."""
    command = [sys.executable, "-c", ANOTHER_PROCESS, str(folder), run, role, stack, *steps]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        yield other
        other.kill()


@pytest.fixture
def alone() -> Claims:
    """The claims of one process, which is in no run."""
    return Claims(kind="origination")


class TestOwners:
    def test_one_owner_whatever_the_region(self, alone: Claims) -> None:
        """A voice connector is the key: its settings are one, through whichever region's endpoint."""
        assert alone.claim(CONNECTOR, "support", OLD) is None
        assert alone.claim(CONNECTOR, "support", OLD) is None
        assert alone.claim(CONNECTOR, "helpdesk", NEW) == "support"
        assert alone.others(CONNECTOR, "helpdesk")
        assert not alone.others(CONNECTOR, "support")
        assert not alone.others("another", "helpdesk")

    def test_one_owner_of_each_kind(self, tmp_path: Path) -> None:
        """Resources of another kind are in nobody's way."""
        with another_process(tmp_path, "program", f"declare:{CONNECTOR},support"):
            other_kind = Claims("run", folder=tmp_path, kind="emergency calling")
            assert other_kind.claim(CONNECTOR, "emergency", NEW) is None
            other_kind.close()


class TestDelete:
    """Rows: what is known of the voice connector; what a delete of the old resource does."""

    def test_nothing_declares_it(self, alone: Claims) -> None:
        """It goes on."""
        assert alone.on_delete(CONNECTOR, OLD) is None

    @pytest.mark.parametrize("way", ["wrote", "hold"])
    def test_another_owner_has_it(self, alone: Claims, way: str) -> None:
        """It sends nothing: the settings are the other's."""
        alone.claim(CONNECTOR, "helpdesk", NEW)
        if way == "wrote":
            alone.wrote(CONNECTOR, NEW)
        else:
            alone.hold(CONNECTOR, "helpdesk", NEW)
        assert alone.on_delete(CONNECTOR, OLD) == Stays()

    @pytest.mark.parametrize("way", ["declare", "claim"])
    def test_another_owner_does_not_have_it_yet(self, alone: Claims, way: str) -> None:
        """It is refused: its create failed, was left out or was not tried, and nobody else would own what is live."""
        getattr(alone, way)(CONNECTOR, "helpdesk")
        with pytest.raises(RefusedError, match="the program declares this voice connector as helpdesk, which"):
            alone.on_delete(CONNECTOR, OLD)

    def test_replaced_by_itself(self, alone: Claims) -> None:
        """It sends nothing, before the create (delete_before_replace) and after it."""
        alone.declare(CONNECTOR, "support")
        alone.claim(CONNECTOR, "support", OLD)
        assert alone.on_delete(CONNECTOR, OLD) == Stays(replaced=True)
        alone.wrote(CONNECTOR, OLD)
        assert alone.on_delete(CONNECTOR, OLD) == Stays()

    def test_declared_and_held_but_not_checked(self, alone: Claims) -> None:
        """`pulumi destroy --run-program` runs the program and checks nothing of it: it goes on."""
        alone.declare(CONNECTOR, "support")
        alone.hold(CONNECTOR, "support", OLD)
        assert alone.on_delete(CONNECTOR, OLD) is None

    def test_a_resource_that_cannot_be_told_apart(self, alone: Claims) -> None:
        """Without a URN, it sends nothing where a declaration stands behind the voice connector."""
        alone.declare(CONNECTOR, "support")
        alone.hold(CONNECTOR, "support", OLD)
        assert alone.on_delete(CONNECTOR, None) == Stays()


class TestProcesses:
    def test_plugins_know_the_program_and_each_other(self, tmp_path: Path) -> None:
        """Those of the run, and nobody of another run."""
        with (
            another_process(tmp_path, "program", f"declare:{CONNECTOR},support"),
            another_process(tmp_path, "plugin", f"claim:{CONNECTOR},support,{OLD}", f"wrote:{CONNECTOR},{OLD}"),
            closing(Claims("run", folder=tmp_path, kind="origination")) as ours,
            closing(Claims("later", folder=tmp_path, kind="origination")) as of_another_run,
        ):
            assert ours.claim(CONNECTOR, "helpdesk", NEW) == "support"
            assert ours.on_delete(CONNECTOR, NEW) == Stays()
            assert of_another_run.on_delete(CONNECTOR, NEW) is None

    def test_the_program_counts_after_its_end(self, tmp_path: Path) -> None:
        """An older engine ends the program before it deletes. A plugin's claims end with the plugin."""
        with another_process(tmp_path, "program", f"declare:{CONNECTOR},support"):
            pass
        with another_process(tmp_path, "plugin", "claim:other,support", f"wrote:other,{OLD}"):
            pass
        ours = Claims("run", folder=tmp_path, kind="origination")
        with pytest.raises(RefusedError):
            ours.on_delete(CONNECTOR, NEW)
        assert ours.on_delete("other", NEW) is None

    def test_a_run_whose_engine_had_the_same_port(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A second address of the engine tells it apart; a program without one is believed."""
        monkeypatch.setenv("PULUMI_LOG_OTLP_ENDPOINT", "localhost:1")
        with another_process(tmp_path, "program", f"declare:{CONNECTOR},support"):
            monkeypatch.setenv("PULUMI_LOG_OTLP_ENDPOINT", "localhost:2")
            assert Claims("run", folder=tmp_path, kind="origination").on_delete(CONNECTOR, NEW) is None
        monkeypatch.delenv("PULUMI_LOG_OTLP_ENDPOINT")
        with another_process(tmp_path, "program", "declare:inline,support"):
            monkeypatch.setenv("PULUMI_LOG_OTLP_ENDPOINT", "localhost:2")
            with pytest.raises(RefusedError):
                Claims("run", folder=tmp_path, kind="origination").on_delete("inline", NEW)

    def test_a_program_of_another_stack(self, tmp_path: Path) -> None:
        """The Automation API's process lives on, with no second address, when its engine's port is another run's already."""
        ours, theirs = (runs.stack_of(stack, "x") for stack in ("acme/dev", "prod"))
        steps = (f"declare:{CONNECTOR},support", f"hold:{CONNECTOR},helpdesk,{NEW.replace(':dev:', ':prod:')}")
        with another_process(tmp_path, "program", *steps, stack=theirs):
            with closing(Claims("run", folder=tmp_path, kind="origination")) as other:
                assert other.on_delete(CONNECTOR, OLD) is None
            with closing(Claims("run", folder=tmp_path, kind="origination")) as unheard:
                with pytest.raises(ConfigurationError, match="Set TMPDIR"):
                    unheard.claim(CONNECTOR, "support", OLD)
                with another_process(tmp_path, "program", "open:", stack=ours):
                    assert unheard.claim(CONNECTOR, "support", OLD) is None

    def test_an_earlier_program_whose_engine_had_the_same_port(self, tmp_path: Path) -> None:
        """Its file goes when the program of a later run of the stack speaks."""
        with another_process(tmp_path, "program", f"declare:{CONNECTOR},support"):
            pass
        with another_process(tmp_path, "program", "open:"):
            assert Claims("run", folder=tmp_path, kind="origination").on_delete(CONNECTOR, NEW) is None

    def test_a_program_that_is_not_heard(self, tmp_path: Path) -> None:
        """Where the program's files are elsewhere, nothing protects what it declares: refused."""
        with closing(Claims("run", folder=tmp_path, kind="origination")) as ours:
            with pytest.raises(ConfigurationError, match="Set TMPDIR"):
                ours.claim(CONNECTOR, "support", OLD)
            with another_process(tmp_path, "program", "open:"):
                pass

    def test_files_of_dead_processes_are_removed(self, tmp_path: Path) -> None:
        """What a killed run left behind goes with the next claim of any run."""
        (tmp_path / "gone-plugin-0-1").write_text('["wrote", "origination", "x", "support", null]\n')
        with another_process(tmp_path, "program", "open:", run="earlier"):
            pass
        with closing(Claims("run", program=True, folder=tmp_path, kind="origination")) as ours:
            ours.declare(CONNECTOR, "support")
            assert [path.name.partition("-")[0] for path in tmp_path.iterdir()] == ["run"]


class TestFolder:
    """What a file system can do to the files is a sentence that says what to set."""

    @pytest.fixture
    def temporary(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(runs.tempfile, "gettempdir", lambda: str(tmp_path))
        return tmp_path / f"pulumi-chime-voice-3-{os.getuid()}"

    def said(self) -> str:
        with (
            closing(Claims("run", program=True, kind="origination")) as ours,
            pytest.raises(ConfigurationError) as refused,
        ):
            ours.declare(CONNECTOR, "support")
        return str(refused.value)

    def test_a_file_in_the_way(self, temporary: Path) -> None:
        """It is named."""
        temporary.write_text("")
        assert self.said().startswith(
            f"cannot keep the lock files of this program in {temporary}: File exists. Set TMPDIR"
        )

    def test_a_folder_that_is_not_there(self, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Neither is what is above it."""
        monkeypatch.setattr(runs.tempfile, "gettempdir", lambda: str(temporary / "nowhere"))
        assert "No such file or directory. Set TMPDIR" in self.said()

    @pytest.mark.parametrize("trouble", [errno.ENOLCK, errno.EROFS, errno.ENOSPC, errno.EACCES])
    def test_a_file_system_that_will_not(self, temporary: Path, monkeypatch: pytest.MonkeyPatch, trouble: int) -> None:
        """NFS without locks, read-only, full, forbidden: raised here, because a test cannot have them all for real."""

        def fails(*_: object) -> None:
            raise OSError(trouble, os.strerror(trouble))

        monkeypatch.setattr(runs.fcntl, "flock", fails)
        assert self.said().endswith(
            f"{os.strerror(trouble)}. Set TMPDIR to a folder on a local disk that you can write to."
        )
        assert temporary.is_dir()

    def test_a_folder_that_is_a_link(self, temporary: Path, tmp_path: Path) -> None:
        """Another user may have laid it."""
        (tmp_path / "elsewhere").mkdir()
        temporary.symlink_to(tmp_path / "elsewhere")
        assert "is owned by another user" in self.said()
