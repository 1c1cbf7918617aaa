"""Prints docs/messages.md: every sentence that this package says, with its cause and its cure, from the code.

.venv/bin/python tools/messages.py > docs/messages.md
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_chime_voice import errors as kinds
from pulumi_chime_voice.aws import client, failures
from pulumi_chime_voice.engine import messages as shared
from pulumi_chime_voice.origination import messages

if TYPE_CHECKING:
    from collections.abc import Iterable

HEAD = """# Messages

Every sentence that a preview, an apply or a refresh says, with its cause and its cure. Printed from the code by
`tools/messages.py`; places in braces are filled in. Phone numbers appear in none, and hosts of secret routes neither.
"""
SECTIONS = {
    kinds.Failure: (
        "Failures of a check",
        "In preview and apply, all of a resource at once, each behind its path: `routes[2].port: …`. Nothing was sent.",
    ),
    kinds.Refusal: ("Refusals", "In preview and apply, before anything is sent."),
    kinds.Caution: ("Warnings and notes", "Never a refusal; each once for a resource."),
    kinds.Part: ("Parts of the messages above", "Filled in where they apply."),
}
SERVICE_HEAD = """
## Errors of the service

`updating origination of Voice Connector abcdef1ghij2klmno3pqr4 (us-east-1): ForbiddenException: … (request d3553710-…). …`:
what was being done, the service's own code and words, its request id, and the cure below. Where AWS says "not authorized to
perform", the cure is the grant: `Grant chime:PutVoiceConnectorOrigination.` What only reads can be tried again as it is.
"""
CLIENT_HEAD = """
## Errors on the way to the service

The same form, with botocore's words for what happened.
"""


CONFIGURATION_HEAD = """
## Mistakes in the configuration

In the first step that needs the key, before anything is sent.
"""
SET_UP_HEAD = """
## Sources of the credentials

Before anything is sent; in front stands what was being done. What a helper program printed is never shown.
"""
PACKAGE = Path(messages.__file__).parents[1]


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def errors(entries: dict[str, tuple[str, str]], unforeseen: tuple[str, str]) -> str:
    rows = [(f"`{code}`", cause, cure) for code, (cause, cure) in sorted(entries.items())]
    return table(("error", "cause", "cure"), [*rows, ("any other", *unforeseen)])


def configuration() -> list[tuple[str, ...]]:
    """The sentences of `ConfigurationError` where they are raised; each is a cause, a colon, and a cure."""
    rows = []
    for (template,) in raised("ConfigurationError"):
        text = _template(template)
        cause, _, cure = text.rpartition(": ")
        rows.append((f"`{text}`", cause.partition(": ")[0], cure[:1].upper() + cure[1:]))
    return rows


def set_up() -> list[tuple[str, ...]]:
    """The sentences of `SetUpError`: a cause, and a cure."""
    return [(f"`{_template(cause)}`", _template(cure)) for cause, cure in raised("SetUpError")]


def raised(error: str) -> Iterable[list[ast.expr]]:
    """The arguments of an error wherever it is made."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == error
            if named and not isinstance(node.args[0], ast.Call):  # otherwise it is a message of the tables above
                yield node.args


def _template(node: ast.expr) -> str:
    """The text of a string or an f-string, with ``{…}`` for what is filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            f"{{{ast.unparse(part.value).split('.')[-1].split('(')[0]}}}"
            if isinstance(part, ast.FormattedValue)
            else _template(part)
            for part in node.values
        )
    raise TypeError(f"a sentence that is no text: {ast.unparse(node)}")


def page() -> str:
    everything = [
        value
        for module in (messages, shared, client)
        for value in vars(module).values()
        if isinstance(value, kinds.Message)
    ]
    parts = [HEAD]
    for kind, (title, text) in SECTIONS.items():
        rows = [(f"`{item.text.strip()}`", item.cause, item.cure) for item in everything if type(item) is kind]
        parts.append(f"\n## {title}\n\n{text}\n\n" + table(("message", "cause", "cure"), rows))
    parts += [CONFIGURATION_HEAD, "\n", table(("message", "cause", "cure"), configuration())]
    parts += [SET_UP_HEAD, "\n", table(("message", "cure"), set_up())]
    parts += [SERVICE_HEAD, "\n", errors(failures.SERVICE_ERRORS, failures.UNFORESEEN_CODE)]
    parts += [CLIENT_HEAD, "\n", errors(failures.CLIENT_ERRORS, failures.UNFORESEEN_CLIENT_ERROR)]
    return "".join(parts)


if __name__ == "__main__":
    print(page(), end="")
