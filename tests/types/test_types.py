"""What an editor and a type checker make of the package: users' programs in the strictest modes of mypy and pyright.

pyright runs as basedpyright, which is the same engine in a package that brings its Node.js along.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAMS = Path(__file__).parent / "programs"
BIN = Path(sys.executable).parent

Found: TypeAlias = dict[str, dict[int, set[str]]]
"""Codes by file and line."""


def checker(tmp_path: Path, *command: str) -> str:
    """The checker's answer on copies of the programs, outside this repo and its settings."""
    for program in PROGRAMS.glob("*.py"):
        (tmp_path / program.name).write_text(program.read_text())
    (tmp_path / "pyrightconfig.json").write_text(json.dumps({"typeCheckingMode": "strict", "include": ["."]}))
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return done.stdout


def mypy(tmp_path: Path) -> Found:
    found: Found = defaultdict(lambda: defaultdict(set))
    arguments = ("--strict", "--warn-unreachable", "--output=json", f"--python-executable={sys.executable}", ".")
    for line in checker(tmp_path, "mypy", *arguments).splitlines():
        problem = json.loads(line)
        if problem["severity"] == "error":
            found[problem["file"]][problem["line"]].add(problem["code"])
    return found


def pyright(tmp_path: Path) -> Found:
    found: Found = defaultdict(lambda: defaultdict(set))
    answer = json.loads(checker(tmp_path, "basedpyright", "--outputjson", f"--pythonpath={sys.executable}"))
    assert answer["summary"]["filesAnalyzed"] == len(list(PROGRAMS.glob("*.py")))
    for problem in answer["generalDiagnostics"]:
        rule = problem.get("rule", problem["message"])
        name = Path(problem["file"]).name
        # That a type is not known follows from the mistake before it.
        if name == "valid.py" or not rule.startswith("reportUnknown"):
            found[name][problem["range"]["start"]["line"] + 1].add(rule)
    return found


@pytest.mark.parametrize(("run", "part"), [(mypy, 0), (pyright, 1)])
def test_valid_programs_pass_and_each_mistake_is_marked(
    tmp_path: Path, run: Callable[[Path], Found], part: int
) -> None:
    """No complaint about what is right; one on each line that is wrong, for the reason that it is wrong, and on no other."""
    expected = {}
    for number, line in enumerate((PROGRAMS / "invalid.py").read_text().splitlines(), 1):
        told = re.search(r"  # ([a-z -]+) \| (\w+)$", line)
        if told is not None:
            expected[number] = set(told.groups()[part].split())
    assert len(expected) > 20
    found = run(tmp_path)
    assert {number: codes for number, codes in found["invalid.py"].items() if codes} == expected
    assert dict(found["valid.py"]) == {}


def test_the_way_of_the_documentation(tmp_path: Path) -> None:
    """The program that reads its arguments from the configuration passes in mypy's strictest mode."""
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    (program,) = [
        block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if 'require("protocol")' in block
    ]
    (tmp_path / "program.py").write_text(program, encoding="utf-8")
    done = subprocess.run(
        [str(BIN / "mypy"), "--strict", "program.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout


def test_every_public_type_is_complete() -> None:
    """pyright knows the type of every name that the package exports, and of each of its members."""
    done = subprocess.run(
        [str(BIN / "basedpyright"), "--verifytypes", "pulumi_chime_voice", "--ignoreexternal", "--outputjson"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"PATH": str(BIN)},
    )
    public = tuple(
        f"pulumi_chime_voice.{module}."
        for module in ("errors", "program", "origination.resource", "origination.args", "emergency_calling.resource")
    )
    symbols = [
        item for item in json.loads(done.stdout)["typeCompleteness"]["symbols"] if item["name"].startswith(public)
    ]
    assert {"Origination", "Provider", "ApiError"} <= {item["name"].rpartition(".")[2] for item in symbols}
    assert [item["name"] for item in symbols if item["isExported"] and not item["isTypeKnown"]] == []
