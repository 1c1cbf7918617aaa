"""Claims: what the plugin processes of one engine run know of each other, and what outlasts none of them."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from pulumi_chime_voice.claims import Claims

if TYPE_CHECKING:
    from pathlib import Path

CONNECTOR = "abcdef1ghij2klmno3pqr4"
ANOTHER_PROCESS = """
import sys
from pathlib import Path
from pulumi_chime_voice.claims import Claims
claims = Claims("run", Path(sys.argv[1]))
print(claims.claim("us-east-1", sys.argv[2], "support"), flush=True)
sys.stdin.read()
"""


def test_a_process_knows_the_claims_of_the_run_while_its_process_lives(tmp_path: Path) -> None:
    """Another process of the run claims a connector; once it is killed, its claims are gone with it."""
    command = [sys.executable, "-c", ANOTHER_PROCESS, str(tmp_path), CONNECTOR]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "None\n"
        ours, another_run, alone = Claims("run", tmp_path), Claims("later", tmp_path), Claims()
        assert ours.claims(CONNECTOR)
        assert ours.claim("us-east-1", CONNECTOR, "sales") == "support"
        assert not another_run.claims(CONNECTOR)
        assert not alone.claims(CONNECTOR)
        other.kill()
    assert not Claims("run", tmp_path).claims(CONNECTOR)
    with closing(ours):
        assert ours.claim("us-east-1", CONNECTOR, "sales") is None
        assert ours.claims(CONNECTOR)


def test_files_of_dead_processes_are_removed(tmp_path: Path) -> None:
    """What a killed run left behind goes with the next claim of any run."""
    (tmp_path / "gone-1").write_text('["us-east-1", "x", "support"]\n')
    with closing(Claims("run", tmp_path)) as claims:
        claims.claim("us-east-1", CONNECTOR, "support")
    assert [path.name.rpartition("-")[0] for path in tmp_path.iterdir()] == ["run"]


def test_one_process_alone(tmp_path: Path) -> None:
    """A connector has one owner in each region, and is claimed whichever region's endpoint is asked."""
    with closing(Claims("run", tmp_path)) as claims:
        assert claims.claim("us-east-1", CONNECTOR, "support") is None
        assert claims.claim("us-east-1", CONNECTOR, "support") is None
        assert claims.claim("us-east-1", CONNECTOR, "sales") == "support"
        assert claims.claim("us-west-2", CONNECTOR, "sales") is None
        assert claims.claims(CONNECTOR)
        assert not claims.claims("another")
