"""Decides whether emergency calling leaves a voice connector together with its origination. Runs in Pulumi's plugin.

The engine checks an origination before the emergency calling whose ID comes from it. So a replacement of the origination may
depend on a check that comes later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .kinds import EMERGENCY_CALLING
from .target import read_until

if TYPE_CHECKING:
    from ..errors import RefusedError
    from .claims import RunMemory

_KIND = EMERGENCY_CALLING.name
_LATE_DECLARATION_SECONDS = 2.0


def moves_along(memory: RunMemory, connector: str, refusal: RefusedError) -> bool:
    """Whether emergency calling of the voice connector leaves it in this run, or may, as far as is known now.

    If that depends on a resource that the engine has not checked yet, `refusals_decided` returns `refusal` after its check.
    """

    def known() -> bool:
        return _leaves(memory, connector) or bool(may_leave(memory, connector))

    is_possible = read_until(known, known(), bool, _LATE_DECLARATION_SECONDS)
    if is_possible and not _leaves(memory, connector):
        memory.waiting[connector] = refusal
    return is_possible


def refusals_decided(memory: RunMemory) -> list[RefusedError]:
    """Returns the refusals of `moves_along` that the checks up to now have decided, each once."""
    refused = []
    with memory.lock:
        for connector in list(memory.waiting):
            if _leaves(memory, connector):
                del memory.waiting[connector]
            elif not may_leave(memory, connector):
                refused.append(memory.waiting.pop(connector))
    return refused


def is_declared(memory: RunMemory, connector: str) -> bool:
    """Whether the program declares emergency calling that may be that of the voice connector."""
    declared = memory.declarations().of_connector(_KIND, connector)
    return bool(declared or may_leave(memory, connector)) or _leaves(memory, connector)


def may_leave(memory: RunMemory, connector: str) -> list[str]:
    """Returns the paths of the declared resources that may leave the voice connector, because the engine has not shown them."""
    unseen = [each for each in memory.unseen(_KIND) if not each.retains]
    return [each.path for each in unseen if connector not in (each.connector, each.managed)]


def _leaves(memory: RunMemory, connector: str) -> bool:
    """Whether a declared resource that the engine has shown leaves the voice connector."""
    shown = [(declared, each) for declared, each in memory.declared(_KIND) if each is not None]
    return any(each.left == connector != each.checked and not declared.retains for declared, each in shown)
