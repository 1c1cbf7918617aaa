"""A stack of the model: the program's resources, and the snapshot of those that exist."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime import rpc

CONNECTOR, ALIAS = "connector", "alias"
"""Resources of other packages: a voice connector; and one whose output is the ID that it is given, such as a parameter."""
READ = "read"
"""`get` of an origination, which has no state here."""


@dataclass(frozen=True)
class Goal:
    """A resource as the program declares it.

    Attributes:
        connector: a voice connector's ID, or ``@`` and the name of the resource whose output it is.
        inputs: the other inputs.
        trigger: of another package's resource: a change replaces it, delete-first.
        replace_with: the name in the option of that name.
    """

    name: str
    kind: str
    connector: str = ""
    inputs: dict[str, Any] = field(default_factory=dict)
    trigger: int = 0
    replace_with: str = ""

    @property
    def source(self) -> str:
        """The name of the resource on which the voice connector's ID depends; empty if it is plain."""
        return self.connector[1:] if self.connector.startswith("@") else ""


@dataclass(eq=False)
class State:
    """A resource in the snapshot."""

    goal: Goal
    id: str
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    is_deleted: bool = False
    """`Delete`: it was replaced create-first, and its delete is pending."""
    is_replaced: bool = False
    """`PendingReplacement`: it was deleted first, and its create is pending."""

    @property
    def name(self) -> str:
        return self.goal.name


@dataclass
class Stack:
    """A stack: its program, and its snapshot in dependency order."""

    name: str
    program: dict[str, Goal] = field(default_factory=dict)
    snapshot: list[State] = field(default_factory=list)

    def state(self, name: str) -> State | None:
        return next((each for each in self.snapshot if each.name == name and not each.is_deleted), None)


def stored(value: Any) -> Any:
    """Properties as the engine keeps them, and hands them on: numbers are floats, and secrets arrive as they were."""
    if isinstance(value, dict):
        if rpc._special_sig_key in value:
            return stored(value["value"])
        return {key: stored(each) for key, each in value.items() if each is not None}
    if isinstance(value, (list, tuple)):
        return [stored(each) for each in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
