"""Compile botocore's shapes into functions that validate input and format output.

botocore checks types and minimums before it sends a request; the service checks every rule. A checker takes a decoded JSON
value, appends a sentence to ``problems`` for each rule that the value breaks, and returns the value without its null
members. Shapes are compiled once, because walking botocore's shape objects costs more than the rest of a request.
"""

from __future__ import annotations

import difflib
import json
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from botocore.model import ListShape, Shape, StringShape, StructureShape

Problems: TypeAlias = "list[str]"
Checker: TypeAlias = "Callable[[Any, str, Problems], Any]"
Formatter: TypeAlias = "Callable[[Any], Any]"

_MAX_CHARACTERS = 64


class Prose:
    """Rules that only the model's documentation texts state.

    Args:
        list_sizes: shape name -> minimum and maximum number of items.
        need_one_member: names of the structures that need at least one member.
    """

    def __init__(self, list_sizes: Mapping[str, tuple[int, int]], need_one_member: frozenset[str]) -> None:
        self.list_sizes = list_sizes
        self.need_one_member = need_one_member


def compile_checker(shape: Shape, prose: Prose) -> Checker:
    """Returns a function that checks a decoded JSON value against ``shape``: type, required, unknown, min, max, enum, pattern."""
    compilers: dict[str, Callable[[Any, Prose], Checker]] = {
        "structure": _structure_checker,
        "list": _list_checker,
        "string": _string_checker,
        "integer": _integer_checker,
        "boolean": _boolean_checker,
    }
    try:
        compiler = compilers[shape.type_name]
    except KeyError:
        raise NotImplementedError(f"no checker for shape {shape.name} of type {shape.type_name}") from None
    return compiler(shape, prose)


def missing(path: str) -> str:
    """Returns the sentence for a missing required member."""
    return f"Value null at '{path}' failed to satisfy constraint: Member must not be null"


def read_json(path: Path) -> Any:
    """Reads a JSON file. Raises OSError, and ValueError with the place of a mistake."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"{path} is not JSON ({place}): {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not JSON: {error}") from error


def check_object(value: object, members: Iterable[str] | None, where: str) -> dict[str, Any]:
    """Returns ``value`` if it is an object that has no other members than ``members``; None allows any.

    Raises:
        ValueError: it is not. The message begins with ``where``, and has the nearest name for each unknown member.
    """
    if not isinstance(value, dict):
        raise ValueError(f"{where} must be an object")
    unknown = value.keys() - members if members is not None else set()
    if unknown:
        hints = (f"{name} ({nearest_name(name, members or ())})" for name in sorted(map(str, unknown)))
        raise ValueError(f"{where}: unknown member {', '.join(hints)}")
    return value


def nearest_name(name: object, names: Iterable[str]) -> str:
    """Returns a question with the name that is nearest to ``name``, or all names. Case and underscores do not count."""
    plain = {candidate.lower().replace("_", ""): candidate for candidate in sorted(names)}
    nearest = difflib.get_close_matches(str(name).lower().replace("_", ""), plain, n=1)
    return f"did you mean {plain[nearest[0]]}?" if nearest else f"known: {', '.join(plain.values())}"


def _truncated(value: object) -> str:
    text = str(value)
    return text if len(text) <= _MAX_CHARACTERS else text[:_MAX_CHARACTERS] + "…"


def _violation(shape: Shape, value: object, path: str, rule: str) -> str:
    # The model marks phone numbers, tags and names as sensitive: a response must not repeat them.
    quoted = "" if shape.metadata.get("sensitive") else f" '{_truncated(value)}'"
    return f"Value{quoted} at '{path}' failed to satisfy constraint: {rule}"


def _wrong_type(path: str, wanted: str) -> str:
    return f"Value at '{path}' failed to satisfy constraint: Member must be {wanted}"


def _structure_checker(shape: StructureShape, prose: Prose) -> Checker:
    return compile_members(shape, shape.members, prose)


def compile_members(shape: StructureShape, names: Iterable[str], prose: Prose) -> Checker:
    """Returns a function that checks a decoded JSON object against these members of ``shape`` and rejects any other member."""
    checkers = {
        shape.members[name].serialization.get("name", name): compile_checker(shape.members[name], prose)
        for name in names
    }
    required = [name for name in checkers if name in shape.required_members]
    need_one = shape.name in prose.need_one_member

    def check(value: Any, path: str, problems: Problems) -> Any:
        where = path or "the request body"
        if not isinstance(value, dict):
            problems.append(_wrong_type(where, "an object"))
            return value
        prefix = f"{path}." if path else ""
        checked = {}
        for name, item in value.items():
            checker = checkers.get(name)
            if checker is None:
                hint = nearest_name(_truncated(name), checkers)
                problems.append(f"Value at '{where}' has the unknown member '{_truncated(name)}' ({hint})")
            elif item is not None:
                checked[name] = checker(item, f"{prefix}{name}", problems)
        problems.extend(missing(f"{prefix}{name}") for name in required if name not in checked)
        if need_one and not checked:
            wanted = ", ".join(sorted(checkers))
            problems.append(
                f"Value at '{path}' failed to satisfy constraint: At least one of {wanted} must be specified"
            )
        return checked

    return check


def _list_checker(shape: ListShape, prose: Prose) -> Checker:
    member = compile_checker(shape.member, prose)
    least, most = prose.list_sizes.get(shape.name, (shape.metadata.get("min", 0), shape.metadata.get("max")))

    def check(value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, list):
            problems.append(_wrong_type(path, "a list"))
            return value
        if len(value) < least:
            problems.append(_violation(shape, value, path, f"Member must have length greater than or equal to {least}"))
        if most is not None and len(value) > most:
            problems.append(
                f"Value at '{path}' failed to satisfy constraint: Member must have length less than or equal to {most}"
            )
            return value
        return [member(item, f"{path}[{index}]", problems) for index, item in enumerate(value)]

    return check


def _string_checker(shape: StringShape, prose: Prose) -> Checker:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max")
    enum = list(shape.enum)
    # The service's patterns match the whole value, and \d matches only the digits 0 to 9.
    pattern = re.compile(shape.metadata["pattern"], re.ASCII) if "pattern" in shape.metadata else None

    def check(value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, str):
            problems.append(_wrong_type(path, "a string"))
        elif not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            problems.append(_wrong_type(path, "valid Unicode"))
        elif len(value) < least:
            problems.append(_violation(shape, value, path, f"Member must have length greater than or equal to {least}"))
        elif most is not None and len(value) > most:
            problems.append(_violation(shape, value, path, f"Member must have length less than or equal to {most}"))
        elif enum and value not in enum:
            problems.append(_violation(shape, value, path, f"Member must satisfy enum value set: [{', '.join(enum)}]"))
        elif pattern and not pattern.fullmatch(value):
            problems.append(
                _violation(shape, value, path, f"Member must satisfy regular expression pattern: {pattern.pattern}")
            )
        return value

    return check


def _integer_checker(shape: Shape, prose: Prose) -> Checker:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")

    def check(value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, int) or isinstance(value, bool):
            problems.append(_wrong_type(path, "an integer"))
        elif least is not None and value < least:
            problems.append(_violation(shape, value, path, f"Member must have value greater than or equal to {least}"))
        elif most is not None and value > most:
            problems.append(_violation(shape, value, path, f"Member must have value less than or equal to {most}"))
        return value

    return check


def _boolean_checker(shape: Shape, prose: Prose) -> Checker:
    def check(value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, bool):
            problems.append(_wrong_type(path, "a boolean"))
        return value

    return check


def compile_formatter(shape: Shape) -> Formatter:
    """Returns a function that converts an operation's result, described by ``shape``, to JSON values."""
    if shape.type_name == "structure":
        return _structure_formatter(shape)  # type: ignore[arg-type]
    if shape.type_name == "list":
        member = compile_formatter(shape.member)  # type: ignore[attr-defined]
        return lambda value: [member(item) for item in value]
    if shape.type_name == "timestamp":
        return _iso8601
    return lambda value: value


def _structure_formatter(shape: StructureShape) -> Formatter:
    members = {
        name: (member.serialization.get("name", name), compile_formatter(member))
        for name, member in shape.members.items()
    }

    def format_structure(value: Any) -> Any:
        formatted = {}
        for name, item in value.items():
            wire_name, formatter = members[name]
            formatted[wire_name] = None if item is None else formatter(item)
        return formatted

    return format_structure


def _iso8601(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, tz=timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
