"""Which voice connectors the program of this run declares, who declares each, and whether the declaration holds it.

The program declares, the plugin's check claims, and a create, an update or the state shows that the owner holds what it
claims. A delete asks all of them, because the engine checks only some of what a program declares (``--target``,
``--exclude``), and each explicit `Provider` is a plugin process of its own. So the processes of one run, the program's
included, write what they know into files of that run (`runs.py`).
"""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..errors import ConfigurationError, RefusedError
from . import messages
from .runs import UNKNOWN, RunFiles

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DECLARES, _CHECKED, _WROTE, _HOLDS, _KEPT = "declares", "checked", "wrote", "holds", "kept"
"""The last one is checked and held."""
DECLARED, DELETED, TURNED_OFF = "any", "deleted", "off"
"""Facts that resources of another kind ask for: that the program declares some resource of the kind, what this run deleted, and
what the program turns off."""


@dataclass
class Claim:
    """What is known of one owner's claim to a voice connector.

    Attributes:
        owner: the resource, as messages name it.
        urns: its URNs; empty where only the program has spoken of it so far.
        checked: whether check has seen it in this run: then the engine creates, updates or keeps it.
        wrote: whether its settings were written in this run.
        holds: whether the state has it with this voice connector.
    """

    owner: str
    urns: set[str] = field(default_factory=set)
    checked: bool = False
    wrote: bool = False
    holds: bool = False


@dataclass(frozen=True)
class Stays:
    """The program still declares the voice connector, so a delete sends nothing.

    Attributes:
        replaced: whether the owner is the very resource that is deleted, and is not written yet: it is replaced, and
            deleted before that.
    """

    replaced: bool = False


class Claims:
    """The voice connectors that a program declares, through whichever of its providers, by kind of resource.

    Args:
        run: names the run whose processes share their claims; None keeps them in this process.
        program: as for `RunFiles`; so are `stack` and `folder`.
        kind: of the resource.

    Every method raises `ConfigurationError` if the folder of the files cannot be used.
    """

    def __init__(
        self,
        run: str | None = None,
        *,
        program: bool = False,
        stack: str = UNKNOWN,
        folder: Path | None = None,
        kind: str,
    ) -> None:
        self._kind = kind
        self._lock = threading.Lock()
        self._own = _Records()
        word = kind.partition(" ")[0]
        self._files = RunFiles(run, _Records, program=program, stack=stack, folder=folder, word=word)

    @property
    def run(self) -> str | None:
        return self._files.run

    # --- what is made known

    def open(self) -> None:
        """Shows the other processes of the run that this one speaks, before it has anything to say."""
        with self._locked():
            self._files.open()

    def declare(self, connector: str, owner: str) -> None:
        """The program declares the voice connector, whether or not the engine goes on to check that."""
        self._record(_DECLARES, connector, owner)

    def claim(self, connector: str, owner: str, urn: str | None = None, *, holds: bool = False) -> str | None:
        """Records that check has seen the declaration. Returns another owner if there is one; then nothing is recorded.

        Args:
            holds: whether the state has the owner with this voice connector, as for `hold`.
        """
        with self._locked():
            self._files.learn(urn)
            claims = self._claims(connector)
            if not self._files.program_speaks():
                raise ConfigurationError(messages.PROGRAM_NOT_HEARD.say(folder=self._files.home()))
            for holder in claims:
                if holder.owner != owner:
                    return holder.owner
            self._write(_KEPT if holds else _CHECKED, connector, owner, urn)
        return None

    def wrote(self, connector: str, urn: str | None) -> None:
        """A create or an update of the resource has succeeded."""
        self._record(_WROTE, connector, "", urn)

    def hold(self, connector: str, owner: str, urn: str | None) -> None:
        """The state has the owner with this voice connector."""
        self._record(_HOLDS, connector, owner, urn)

    def note(self, fact: str, connector: str = "") -> None:
        """Makes known what resources of another kind ask for: `DECLARED` (of no voice connector), `DELETED` or `TURNED_OFF`."""
        if (fact, self._kind, connector) not in self._own.facts:
            self._record(fact, connector, "")

    # --- what is asked

    def noted(self, kind: str, fact: str, connector: str = "") -> bool:
        """Whether the fact is known of the voice connector's settings of another kind."""
        with self._locked():
            return any((fact, kind, connector) in records.facts for records in self._everything())

    def declared(self, kind: str, connector: str) -> bool:
        """Whether the program declares settings of another kind for the voice connector, as far as is known now."""
        with self._locked():
            return any(records.of(kind, connector) for records in self._everything())

    def others(self, connector: str, owner: str) -> bool:
        """Whether the program declares the voice connector through another owner."""
        with self._locked():
            return any(claim.owner != owner for claim in self._claims(connector))

    def on_delete(self, connector: str, urn: str | None) -> Stays | None:
        """What a delete of the resource `urn` has to leave; None where no declaration stands behind the voice connector.

        Raises:
            RefusedError: the program declares it through a resource that does not hold it, because its create failed, was
                left out of this run, or was never tried. Without the old resource, the settings would have no owner.
        """
        with self._locked():
            self._files.learn(urn)
            claims = self._claims(connector)
        mine = [claim for claim in claims if urn is not None and urn in claim.urns]
        others = [claim for claim in claims if claim not in mine]
        if any(claim.holds or claim.wrote for claim in others):
            return Stays()
        if others:
            raise RefusedError(messages.STILL_DECLARED.say(id=connector, owner=others[0].owner, what=self._kind))
        if any(claim.wrote for claim in mine):
            return Stays()
        if any(claim.checked for claim in mine):
            return Stays(replaced=True)
        # `pulumi destroy --run-program` runs the program, and checks nothing of it.
        return None

    def close(self) -> None:
        """Ends this process's part, as the end of the process does."""
        self._files.close()

    # --- records

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock, self._files.usable():
            yield

    def _record(self, event: str, connector: str, owner: str, urn: str | None = None) -> None:
        with self._locked():
            self._write(event, connector, owner, urn)

    def _everything(self) -> list[_Records]:
        return [self._own, *self._files.others()]

    def _claims(self, connector: str) -> list[Claim]:
        return _merged(records.of(self._kind, connector) for records in self._everything())

    def _write(self, event: str, connector: str, owner: str, urn: str | None) -> None:
        self._own.add(event, self._kind, connector, owner, urn)
        self._files.write(event, self._kind, connector, owner, urn)


class _Records:
    """Claims as one process has written them down."""

    def __init__(self) -> None:
        self._claims: dict[tuple[str, str], dict[str, Claim]] = {}
        self.facts: set[tuple[str, str, str]] = set()

    def add(self, event: str, kind: str, connector: str, owner: str, urn: str | None) -> None:
        if event in (DECLARED, DELETED, TURNED_OFF):
            self.facts.add((event, kind, connector))
            return
        claim = self._claims.setdefault((kind, connector), {}).setdefault(owner or urn or "", Claim(owner))
        if urn is not None:
            claim.urns.add(urn)
        claim.checked |= event in (_CHECKED, _KEPT)
        claim.wrote |= event == _WROTE
        claim.holds |= event in (_HOLDS, _KEPT)

    def of(self, kind: str, connector: str) -> list[Claim]:
        return list(self._claims.get((kind, connector), {}).values())


def _merged(several: Any) -> list[Claim]:
    """One claim for each owner. A write knows only its URN, which the check of its owner has told."""
    merged: dict[str, Claim] = {}
    for claim in sorted((claim for claims in several for claim in claims), key=lambda claim: not claim.owner):
        known = next((one for one in merged.values() if one.urns & claim.urns), None) if not claim.owner else None
        one = known or merged.setdefault(claim.owner, Claim(claim.owner))
        one.urns |= claim.urns
        one.checked |= claim.checked
        one.wrote |= claim.wrote
        one.holds |= claim.holds
    return list(merged.values())
