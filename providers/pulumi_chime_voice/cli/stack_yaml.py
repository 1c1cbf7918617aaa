"""Reads YAML as Pulumi does.

Pulumi's reader (Go's yaml.v3) has the syntax of PyYAML, and takes plain scalars mostly as YAML 1.2 does: ``on``, ``yes`` and
``12:30`` are text. Unlike YAML 1.2, it takes ``0777`` for an octal number, and ignores underscores in numbers.
"""

from __future__ import annotations

import math
import re
from typing import Any, ClassVar

import yaml

_TAG = "tag:yaml.org,2002:"
_WHOLE = range(-(2**63), 2**64)
_OLD_OCTAL = re.compile(r"\A([-+]?)0(?=[0-7]+\Z)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_PLAIN = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", ["t", "T", "f", "F"]),
    "merge": (r"<<", ["<"]),
    "float": (r"[-+]?\.?[0-9][0-9A-Za-z_.+-]*", list("0123456789+-.")),
}
"""Scalars without quotes that are not text: their pattern, and their first characters. `_number` decides about numbers."""


class _Loader(yaml.SafeLoader):
    """Rejects a key that a mapping has twice; PyYAML takes the last one."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}  # type: ignore[misc]

    def compose_mapping_node(self, anchor: Any) -> Any:
        node = super().compose_mapping_node(anchor)
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != f"{_TAG}merge":
                if key.value in seen:
                    raise yaml.MarkedYAMLError(problem=f"key {key.value!r} is there twice", problem_mark=key.start_mark)
                seen.add(key.value)
        return node


def _number(loader: _Loader, node: yaml.ScalarNode) -> int | float | str:
    text = str(loader.construct_scalar(node))
    plain = text.replace("_", "")
    try:
        value = int(_OLD_OCTAL.sub(r"\g<1>0o", plain), 0)
    except ValueError:  # no whole number, or one of thousands of digits
        value = _WHOLE.stop
    if value in _WHOLE:
        return value
    number = float(plain) if _FLOAT.fullmatch(plain) else math.inf
    return text if math.isinf(number) else number


for _kind, (_pattern, _first) in _PLAIN.items():
    _Loader.add_implicit_resolver(f"{_TAG}{_kind}", re.compile(rf"(?:{_pattern})\Z"), _first)
_Loader.add_constructor(f"{_TAG}int", _number)
_Loader.add_constructor(f"{_TAG}float", _number)


def load(text: str) -> Any:
    """Returns the first document.

    Raises:
        yaml.YAMLError: it is not YAML, or a mapping has a key twice.
        RecursionError: it is nested too deeply.
    """
    return next(yaml.load_all(text, Loader=_Loader), None)
