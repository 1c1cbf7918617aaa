"""What the README shows and tells to run is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def previews(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(ROOT / "tools")
    import previews  # noqa: PLC0415

    return previews


def lines_of_blocks(text: str) -> list[list[str]]:
    """The lines of each preview; in no order, since the engine prints warnings over another stream."""
    blocks = re.findall(r"<!-- preview: .*? -->\n```\n(.*?)```\n", text, re.DOTALL)
    return [sorted(line for line in block.splitlines() if line) for block in blocks]


def test_its_previews_are_real(previews: Any) -> None:
    """Each of the three is what the CLI prints today."""
    again = previews.placed(README, previews.previews())
    assert len(lines_of_blocks(README)) == 3
    assert lines_of_blocks(again) == lines_of_blocks(README)


def test_the_demo() -> None:
    """`make demo` runs to its end; what was live is gone, and the log shows what was sent."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "demo.py")], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    sent = [line.split()[1] for line in done.stdout.splitlines() if re.match(r"\d{3}  \w+", line)]
    assert sent.count("PutVoiceConnectorOrigination") == 2
    assert sent[-1] == "DeleteVoiceConnectorOrigination"


def test_its_policy_names_every_operation() -> None:
    """The IAM policy of the README allows what the provider and the command line call, and nothing else."""
    from pulumi_chime_voice import api  # noqa: PLC0415

    (policy,) = (
        yaml.safe_load(block) for block in re.findall(r"```json\n(.*?)```", README, re.DOTALL) if "Statement" in block
    )
    allowed = [action for statement in policy["Statement"] for action in statement["Action"]]
    assert sorted(allowed) == sorted(f"chime:{operation}" for operation in api.METHODS)


def test_its_links_lead_somewhere() -> None:
    """Every relative link is a file of the repo."""
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []
