"""Writes the messages of this package into docs/messages.md. Their causes and fixes are written there by hand.

.venv/bin/python tools/messages.py
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from pulumi_chime_voice import errors as kinds
from pulumi_chime_voice import sdk
from pulumi_chime_voice.aws import credentials, failures
from pulumi_chime_voice.emergency_calling import messages as emergency
from pulumi_chime_voice.engine import messages as shared
from pulumi_chime_voice.origination import messages

if TYPE_CHECKING:
    from collections.abc import Iterable

HEAD = """# Messages

All errors and warnings, with causes and fixes, ordered by what you see. Names in braces are placeholders.
Messages never contain phone numbers or hosts marked secret.
"""
SECTIONS = {
    kinds.Refusal: (
        "A change is blocked",
        "In the preview and in `up`, before anything is sent. A preview does not call the provider about a resource that is\n"
        "removed: its delete is blocked only in `up` and `destroy`.",
    ),
    kinds.Caution: ("A warning or a note", "The change continues. Each is printed once for a resource."),
    kinds.Failure: (
        "An argument is not valid",
        "In the preview and in `up`: all errors of a resource at once, each after its path. Nothing is sent.",
    ),
}
SERVICE_HEAD = """
## AWS rejects a request

`updating origination of Voice Connector abcdef1ghij2klmno3pqr4 (us-east-1): ForbiddenException: … (request d3553710-…). …`:
the operation, AWS's error code and message, the request ID, and the fix. If AWS reports "not authorized to perform", the fix
names the missing permission. Failed reads can be repeated as they are.
"""
CLIENT_HEAD = """
## AWS cannot be reached

The same form, with botocore's error.
"""
CONFIGURATION_HEAD = """
## The configuration is not valid

In the first step that needs the key, before anything is sent.
"""
SET_UP_HEAD = """
## Credentials cannot be loaded

Before anything is sent, after the operation. The output of a helper program is never shown.
"""
SOURCES_HEAD = """
The fix is that of the source. The second one is for credentials that have expired.
"""
PACKAGE = Path(messages.__file__).parents[1]
COLUMNS = ("message", "cause", "fix")
PAGE = Path(__file__).parents[1] / "docs" / "messages.md"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def errors(entries: dict[str, str], unforeseen: str) -> str:
    rows = [(f"`{code}`", fix) for code, fix in sorted(entries.items())]
    return table(("error", "fix"), [*rows, ("any other", unforeseen)])


def configuration() -> list[tuple[str, ...]]:
    """Returns the messages of every `ConfigurationError` that is raised; each contains its fix."""
    return [(f"`{_template(template)}`",) for (template,) in raised("ConfigurationError")]


def set_up() -> list[tuple[str, ...]]:
    """Returns cause and fix of every `SetUpError` that is raised."""
    return [(f"`{_template(cause)}`", _template(fix)) for cause, fix in raised("SetUpError")]


def raised(error: str) -> Iterable[list[ast.expr]]:
    """Yields the arguments of each place that creates an error of this class with a literal message."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            creates = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == error
            if creates and not isinstance(node.args[0], ast.Call):  # otherwise it is a message of the tables above
                yield node.args


def _template(node: ast.expr) -> str:
    """Returns the text of a string or an f-string, with ``{…}`` for each placeholder."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            f"{{{_placeholder(part.value)}}}" if isinstance(part, ast.FormattedValue) else _template(part)
            for part in node.values
        )
    return f"{{{_placeholder(node)}}}"


def _placeholder(node: ast.expr) -> str:
    """Returns a short name for the expression of a placeholder."""
    if isinstance(node, ast.Subscript):
        return "name"
    if isinstance(node, ast.Call):
        return {"join": "values", "len": "count"}.get(_placeholder(node.func), _placeholder(node.func))
    return node.attr if isinstance(node, ast.Attribute) else ast.unparse(node).split(" ")[0].lower()


def _plain(text: str) -> str:
    """Returns a message without conversions and escapes of Python: ``{address!r}`` becomes ``{address}``."""
    return re.sub(r"\{(\w+)![rs]\}", r"{\1}", text.strip()).replace("{{", "{").replace("}}", "}")


def explanations(text: str) -> dict[str, tuple[str, str]]:
    """Returns the cause and the fix of each message that a page explains."""
    rows = [re.split(r"(?<!\\)\| ", line.strip("| ")) for line in text.splitlines() if line.startswith("| `")]
    cells = [[cell.strip().replace("\\|", "|") for cell in row] for row in rows]
    return {message: (cause, fix) for message, cause, fix in (row for row in cells if len(row) == len(COLUMNS))}


def page() -> str:
    """Returns the page with the messages of the code. A new message has no cause and no fix."""
    explained = explanations(PAGE.read_text(encoding="utf-8"))
    all_messages = [
        value
        for module in (messages, emergency, sdk, shared, kinds)
        for value in vars(module).values()
        if isinstance(value, kinds.Message)
    ]
    parts = [HEAD]
    for kind, (title, text) in SECTIONS.items():
        messages_of_kind = [item for item in all_messages if type(item) is kind]
        cells = [f"`{_plain(item)}`" for item in messages_of_kind]
        if kind is kinds.Failure:  # It follows the path of the argument, and says what to correct.
            columns, rows = COLUMNS[:1], [(cell,) for cell in cells]
        else:
            columns, rows = COLUMNS, [(cell, *explained.get(cell, ("", ""))) for cell in cells]
        parts.append(f"\n## {title}\n\n{text}\n\n" + table(columns, rows))
    parts += [SERVICE_HEAD, "\n", errors(failures.SERVICE_ERRORS, failures.UNFORESEEN_CODE)]
    parts += [CLIENT_HEAD, "\n", errors(failures.CLIENT_ERRORS, failures.UNFORESEEN_CLIENT_ERROR)]
    parts += [CONFIGURATION_HEAD, "\n", table(("message",), configuration())]
    parts += [SET_UP_HEAD, "\n", table(("message", "fix"), set_up())]
    rows = [(source.name, source.fix, source.fix_if_expired) for source in credentials.SOURCES.values()]
    parts += [SOURCES_HEAD, "\n", table(("source", "fix", "fix if expired"), rows)]
    return "".join(parts)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
