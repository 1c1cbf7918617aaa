"""The README of a stack: where the calls of its originations go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pulumi

from ..program.arguments import DeclarationError
from . import render

if TYPE_CHECKING:
    from .resource import Origination


def stack_readme(template: str, originations: Mapping[str, Origination]) -> pulumi.Output[str]:
    """Returns a stack's README, to export as the stack's output ``readme``.

    Args:
        template: Markdown, in which ``$originations`` is replaced by a section for each origination: a table of its routes and
            a Mermaid drawing. Other placeholders, such as Pulumi's ``${outputs.calls}``, are kept.
        originations: by the name that heads the section.

    Returns:
        The README; secret if the routes of an origination are secret.

    Raises:
        DeclarationError: `originations` is not a mapping.
    """
    if not isinstance(originations, Mapping):
        raise DeclarationError(
            f"stack_readme: originations is a {type(originations).__name__}, not a mapping. Use {{name: origination}}."
        )
    facts = {
        name: {fact: getattr(origination, fact) for fact in render.FACTS} for name, origination in originations.items()
    }
    return pulumi.Output.from_input(facts).apply(lambda values: render.readme(template, values))
