"""Every command on a page of this repo exists, with its options.

The guides' own tests run whole pages; this one finds what no test runs when a target, a command or an option gets another name.
"""

from __future__ import annotations

import functools
import itertools
import os
import re
import shlex
import subprocess
from pathlib import Path

import botocore.session
import click
import pytest
from botocore import xform_name

from pulumi_chime_voice.cli import main

from .support import BIN

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for folder in (".", "docs", "docs/decisions", "bench", "tools/pulumi-cli")
    for page in (ROOT / folder).glob("*.md")
)
COMMAND = re.compile(
    r"(?:\$ |^ {4}|^|`)((?:pulumi|make|chime-voice|aws|\.venv/bin/python|python) [^`\n]*)", re.MULTILINE
)
CODE = re.compile(r"^```(?!json|python|hcl|yaml|mermaid|text)[\s\S]*?^```$|^ {4}\S.*$|`[^`\n]+`", re.MULTILINE)
PLACEHOLDER = re.compile(r"\[ID…\]|\bID…|…|<\w+>")


def commands() -> list[tuple[str, list[str]]]:
    """Returns page and words of each command, without comments, redirections and placeholders."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        code = CODE.findall(text)
        for line in COMMAND.findall("\n".join(code)):
            words = shlex.split(PLACEHOLDER.sub("", line.partition(" #")[0]))
            end = next((index for index, word in enumerate(words) if word in (">", ">>", "|", "&&")), len(words))
            if len(words) > 1:
                found.append((str(page.relative_to(ROOT)), words[:end]))
    return found


ALL = commands()


def of(tool: str) -> pytest.MarkDecorator:
    some = sorted({(page, " ".join(map(shlex.quote, words))) for page, words in ALL if words[0] == tool})
    return pytest.mark.parametrize(("page", "command"), some)


def options(words: list[str]) -> set[str]:
    return {word.partition("=")[0] for word in words if re.match(r"-\w$|--\w", word)}


@functools.cache
def help_of(*words: str) -> str:
    env = {**os.environ, "PULUMI_EXPERIMENTAL": "true"}  # update plans are shown with it alone
    done = subprocess.run([BIN / words[0], *words[1:], "--help"], env=env, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def test_there_are_some() -> None:
    assert {words[0] for _, words in ALL} == {"pulumi", "make", "chime-voice", "aws", ".venv/bin/python", "python"}


@of("make")
def test_make(page: str, command: str) -> None:
    """The target is in the Makefile."""
    targets = re.findall(r"^([\w-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert command.split()[1] in targets, page


@of("pulumi")
def test_pulumi(page: str, command: str) -> None:
    """The CLI has the command and its options."""
    words = shlex.split(command)
    named = list(itertools.takewhile(lambda word: not word.startswith("-"), words))
    text = help_of(*named)
    usage = re.search(r"^Usage:\n  (pulumi(?: [a-z-]+)*)", text, re.MULTILINE)
    assert usage, page
    depth = len(usage[1].split())
    assert depth > 1, page
    assert depth == len(named) or "Available Commands:" not in text, page
    assert {option for option in options(words) if not re.search(rf"[ ,]{option}[, \n]", text)} == set(), page


@of("chime-voice")
def test_chime_voice(page: str, command: str) -> None:
    """click takes the arguments; the emulator's are its own."""
    name, *arguments = shlex.split(command)[1:]
    assert name in main.main.commands, page
    if name == "emulator":
        assert {
            option for option in options(arguments) if option not in help_of("python", "-m", "chime_voice_emulator")
        } == set()
    else:
        with click.Context(main.main) as parent:
            main.main.commands[name].make_context(name, arguments, parent)


@of("python")
def test_python_modules(page: str, command: str) -> None:
    """The module is there, and has the options."""
    _, dash_m, module, *arguments = shlex.split(command)
    assert dash_m == "-m", page
    text = help_of("python", "-m", module)
    assert text, page
    assert {option for option in options(arguments) if option not in text} == set(), page


@of(".venv/bin/python")
def test_scripts(page: str, command: str) -> None:
    """The script, or the test, is in this repo."""
    files = [word for word in shlex.split(command) if word.endswith(".py")]
    assert [file for file in files if not (ROOT / file).exists()] == [], page


@of("aws")
def test_aws(page: str, command: str) -> None:
    """The service has the operation, with these members."""
    _, service, operation, *arguments = shlex.split(command)
    model = botocore.session.get_session().get_service_model(service)
    (found,) = (model.operation_model(name) for name in model.operation_names if xform_name(name, "-") == operation)
    members = {f"--{xform_name(name, '-')}" for name in found.input_shape.members}
    given = {option.replace("--no-", "--") for option in options(arguments)}
    assert given - members - {"--region"} == set(), page
