"""Names the kinds of settings of this package, and defines what they have in common. Used in both processes."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Item = TypeVar("Item")

CONNECTOR_ID = re.compile(r"([a-z0-9]{21,22}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")
"""The pattern of a voice connector's ID in the service's model (a test checks that they are equal)."""


@dataclass(frozen=True)
class Kind:
    """A kind of settings that a voice connector has once.

    Attributes:
        name: of the settings, as messages show it: ``"origination"``.
        resource: the class that declares them: ``"Origination"``.
    """

    name: str
    resource: str


ORIGINATION = Kind("origination", "Origination")
EMERGENCY_CALLING = Kind("emergency calling", "EmergencyCalling")


class Settings(ABC):
    """The settings of one kind that a voice connector has. In the methods, other settings are of the same class."""

    @property
    @abstractmethod
    def is_blank(self) -> bool:
        """Whether the settings have no effect, so that nothing is lost if they are overwritten."""

    @property
    def is_absent(self) -> bool:
        """Whether the service may return this for a voice connector without settings."""
        return self.is_blank

    @property
    def is_off(self) -> bool:
        """Whether the settings turn calls off."""
        return False

    @abstractmethod
    def equals(self, other: Any) -> bool:
        """Whether both have the same effect."""

    def is_declared_as(self, other: Any) -> bool:
        """Whether both are the same declaration. Different declarations may have the same effect."""
        return self.equals(other)

    def is_satisfied_by(self, live: Any) -> bool:
        """Whether `live` is what these settings ask for. They may leave something open."""
        return self.equals(live)

    def is_kept_by(self, live: Any) -> bool:
        """Whether `live` satisfies these settings and stores more, which a write of them might remove."""
        return False

    def overlooks(self, live: Any, wanted: Any) -> bool:
        """Whether `live`, which satisfies these settings, stores more, and a write of `wanted` would replace that."""
        return False

    def with_keys_of(self, previous: Any) -> Any:
        """Returns these settings with the keys and the spelling of `previous` ones."""
        return self

    @abstractmethod
    def describe(self) -> str:
        """Returns the settings in a line, without secrets that no message may show."""

    @abstractmethod
    def differences(self, live: Any) -> str:
        """Returns in a line how `live` (None if there are none) differs from these settings."""

    @abstractmethod
    def as_state(self) -> dict[str, Any]:
        """Returns the settings in the form of the state."""


S = TypeVar("S", bound=Settings)


def match_previous(
    items: Iterable[Item], previous: Mapping[str, Item], *rules: Callable[[Item, Item], bool]
) -> tuple[dict[str, Item], list[Item]]:
    """Returns the items that match a previous one, by its key, and the other items.

    Args:
        rules: whether an item and a previous one match, the closest match first. Each previous one matches one item.
    """
    waiting, matched = list(items), dict[str, Item]()
    for matches in rules:
        for key, old in previous.items():
            item = None if key in matched else next((item for item in waiting if matches(item, old)), None)
            if item is not None:
                waiting.remove(item)
                matched[key] = item
    return matched, waiting
