"""What nobody foresaw keeps its traceback: a mistake of ours is not dressed up as a sentence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .support import Project

CONNECTOR = "abcdef1ghij2klmno3pqr4"


def test_an_unforeseen_exception_keeps_its_traceback(project: Project) -> None:
    """A state that no release has written breaks the provider, and the traceback says where."""
    project.deployed(f'Origination("support", voice_connector_id="{CONNECTOR}", routes=[route()])')
    exported = json.loads(project.ok("stack", "export"))
    for resource in exported["deployment"]["resources"]:
        if resource["type"].endswith("chime:Origination"):
            resource["inputs"]["routes"] = resource["outputs"]["routes"] = "no routes"
    broken = project.folder / "broken.json"
    broken.write_text(json.dumps(exported))
    project.ok("stack", "import", "--file", str(broken))
    said = project.refresh_err()
    assert "Traceback (most recent call last)" in said
    assert "AttributeError" in said
