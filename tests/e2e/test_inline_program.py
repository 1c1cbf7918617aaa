"""A program that the Automation API runs in its own process, run after run: the plugin hears of what it declares there too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi import automation

from pulumi_chime_voice import Origination

from .dangers import OURS

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from .support import Live, Project

CONNECTOR = "abcdef1ghij2klmno3pqr4"


def test_renamed_between_two_runs_of_one_process(
    project: Project, live: Live, writes: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claims of the first run are none in the second: renamed, the calls stay; taken out, they end."""
    for name, value in project.env.items():
        monkeypatch.setenv(name, value)

    def declared(name: str | None) -> Any:
        def program() -> None:
            if name is not None:
                route = {"host": "203.0.113.7", "protocol": "UDP", "priority": 1, "weight": 1}
                Origination(name, voice_connector_id=CONNECTOR, routes=[route])  # type: ignore[list-item]

        return program

    stack = automation.create_stack("inline", project_name="e2e", program=declared("support"))
    stack.up()
    assert live.routes() == [OURS]
    writes()
    stack.workspace.program = declared("helpdesk")
    stack.up()
    assert "Delete" not in writes()
    assert live.routes() == [OURS]
    stack.workspace.program = declared(None)
    stack.up()
    assert live.routes() is None
