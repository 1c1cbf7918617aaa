"""Programs that a test generates and edits: a Pulumi program that reads its resources from a file, and what is in that file."""

from __future__ import annotations

import copy
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from ...support.values import CONNECTOR, OTHER_CONNECTOR, THIRD_CONNECTOR
from ...unit.machine.service import EMERGENCY, ORIGINATION
from ..test_deletes_first import SOURCE

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

PLACES = (CONNECTOR, OTHER_CONNECTOR, THIRD_CONNECTOR)
ROUTES: list[list[list[Any]]] = [
    [["203.0.113.7", 1]],
    [["203.0.113.7", 3]],
    [["203.0.113.8", 1], ["203.0.113.9", 1]],
]
NUMBERS = ("+12065550100", "+12065550101")
NAMES = ("o", "p", "q", "e", "f")
KINDS = {"Origination": ORIGINATION, "EmergencyCalling": EMERGENCY, "get": ORIGINATION}
"""What a program declares, in the order in which it does, and the kind of settings."""

BODY = (
    SOURCE
    + """
import json, pathlib

class Line(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("test:lines:Line", name)

declared = json.loads(pathlib.Path("declared.json").read_text())
source = Source("source", **declared["source"]) if declared["source"] else None
providers, lines, made = {}, {}, {}

def connector(place):
    if place == "@source":
        return source.connector
    return made[place[1:]].voice_connector_id if place.startswith("@") else place

def options_of(each):
    if each["provider"] and not providers:
        providers["other"] = Provider("other", region="us-east-1")
    if each["parent"] and each["parent"] not in lines:
        lines[each["parent"]] = Line(each["parent"])
    return pulumi.ResourceOptions(
        protect=each["protect"] or None, retain_on_delete=each["retain"] or None, delete_before_replace=each["first"] or None,
        provider=providers["other"] if each["provider"] else None, parent=lines.get(each["parent"]),
        aliases=[pulumi.Alias(name=each["alias"])] if each["alias"] else None, ignore_changes=each["ignore"] or None,
        depends_on=[made[name] for name in each["after"] if name in made])

for each in declared["resources"]:
    name, place = each["name"], connector(each["place"])
    more = {"on_conflict": "overwrite" if each["overwrite"] else "fail", "opts": options_of(each)}
    if each["kind"] == "Origination":
        routes = [route(host=host, weight=weight) for host, weight in each["routes"]]
        made[name] = Origination(name, voice_connector_id=place, routes=routes, disabled=each["off"], **more)
    elif each["kind"] == "EmergencyCalling":
        made[name] = emergency(name, place, each["number"], **more)
    else:
        made[name] = Origination.get(name, place)
if declared["raises"]:
    raise Exception("the program raises")
"""
)


@dataclass
class Declared:
    """A resource as the program declares it.

    Attributes:
        place: the ID of a voice connector, or ``@`` and the name of the resource whose output it is.
        off: whether it turns inbound calls off.
        first: the option delete_before_replace.
        alias: its earlier name.
        after: the names of those on which it depends.
    """

    name: str
    kind: str
    place: str
    routes: list[list[Any]] = field(default_factory=lambda: ROUTES[0])
    number: str = NUMBERS[0]
    off: bool = False
    overwrite: bool = False
    retain: bool = False
    protect: bool = False
    provider: bool = False
    first: bool = False
    parent: str = ""
    alias: str = ""
    after: list[str] = field(default_factory=list)
    ignore: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        given = {name: value for name, value in asdict(self).items() if value not in (False, "", [])}
        return " ".join(f"{name}={value}" for name, value in given.items())


class Program:
    """A program that is edited at random.

    Attributes:
        source: of the resource from which an ID comes; None if there is none.
        raises: whether the program ends with an exception.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.source: dict[str, Any] | None = None
        self.resources = [Declared("o", "Origination", CONNECTOR)]
        self.raises = False

    def __str__(self) -> str:
        return "\n    ".join([f"program: source={self.source} raises={self.raises}", *map(str, self.resources)])

    def as_json(self) -> str:
        resources = [asdict(each) for each in self.resources]
        return json.dumps({"source": self.source, "resources": resources, "raises": self.raises})

    def parts(self) -> Any:
        """Returns a copy of what edits change."""
        return copy.deepcopy((self.source, self.resources))

    def revert(self, parts: Any) -> None:
        self.source, self.resources = parts

    def connector(self, resource: Declared, output: str = "") -> str:
        """Returns the ID that the program declares; `output` is what the source has in the state, if it has any."""
        if resource.place == "@source":
            return output or str((self.source or {})["connector"])
        if resource.place.startswith("@"):
            return self.connector(next(each for each in self.resources if f"@{each.name}" == resource.place), output)
        return resource.place

    def by_connector(self, output: str = "") -> dict[tuple[str, str], Declared]:
        return {(KINDS[each.kind], self.connector(each, output)): each for each in self.resources}

    # --- edits

    def edit(self) -> None:
        """Makes a random edit."""
        edits: list[tuple[int, Callable[[Declared], None]]] = [
            (4, self._remove),
            (7, self._move),
            (4, self._rename),
            (5, self._change_settings),
            (9, self._change_option),
        ]
        if not self.resources or self._chance.random() < 0.15:
            self._add()
        elif self.source is not None and self._chance.random() < 0.25:
            self._change_source(self.source)
        elif self._chance.random() < 0.05:
            self.raises = True
        else:
            (edit,) = self._chance.choices([edit for _, edit in edits], [weight for weight, _ in edits])
            edit(self._chance.choice(self.resources))
        order = list(KINDS)
        self.resources.sort(key=lambda each: order.index(each.kind))

    def _change_source(self, source: dict[str, Any]) -> None:
        """Replaces the source, with or without another ID, or so that its create fails."""
        change = self._chance.choice(["turn", "connector", "fails"])
        source |= {"turn": source["turn"] + 1, "fails": change == "fails"}
        if change == "connector":
            source["connector"] = self._free_place()

    def _free_place(self) -> str:
        """Mostly one that the program does not declare: what is declared twice is refused at once."""
        taken = {connector for _, connector in self.by_connector()}
        free = [each for each in PLACES if each not in taken]
        return self._chance.choice(free if free and self._chance.random() < 0.8 else PLACES)

    def _place(self) -> str:
        if self._chance.random() < 0.65:
            return self._free_place()
        if self.source is None:
            self.source = {"connector": self._free_place(), "turn": 0, "fails": False}
        return "@source"

    def _free_name(self) -> str:
        taken = {each.name for each in self.resources}
        return self._chance.choice([name for name in NAMES if name not in taken])

    def _add(self) -> None:
        if len(self.resources) == len(NAMES):
            return
        kind, place = self._chance.choice(["Origination", "Origination", "EmergencyCalling", "get"]), self._place()
        originations = [each.name for each in self.resources if each.kind == "Origination"]
        if kind == "EmergencyCalling" and originations and self._chance.random() < 0.5:
            place = f"@{self._chance.choice(originations)}"
        self.resources.append(Declared(self._free_name(), kind, place, routes=self._chance.choice(ROUTES)))

    def _freeze(self, resource: Declared) -> None:
        """Makes the ID of what depends on a resource a constant."""
        for each in self.resources:
            if each.place == f"@{resource.name}":
                each.place = self.connector(each)

    def _remove(self, resource: Declared) -> None:
        self._freeze(resource)
        self.resources.remove(resource)

    def _move(self, resource: Declared) -> None:
        resource.place = self._place()

    def _rename(self, resource: Declared) -> None:
        if len(self.resources) == len(NAMES):
            return
        self._freeze(resource)
        resource.alias = resource.name if self._chance.random() < 0.4 else ""
        resource.name = self._free_name()

    def _change_settings(self, resource: Declared) -> None:
        resource.routes, resource.number = self._chance.choice(ROUTES), self._chance.choice(NUMBERS)
        resource.off = self._chance.random() < 0.2

    def _change_option(self, resource: Declared) -> None:
        option = self._chance.choice(
            ["overwrite", "retain", "protect", "provider", "first", "parent", "after", "ignore"]
        )
        values: dict[str, Any] = {
            "parent": self._chance.choice(["", "north", "south"]),
            "after": [each.name for each in self.resources if each is not resource and each.kind != "get"],
            "ignore": self._chance.choice([[], ["region"], ["routes", "call_distribution"]]),
        }
        if option != "ignore" or resource.kind == "Origination":
            setattr(resource, option, values.get(option, not getattr(resource, option)))
