"""The guards where the credentials may not read, and with every plausible answer that AWS does not document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from chime_voice_emulator import Emulator

from ..support.values import CONNECTOR
from .dangers import HERE, OURS, assert_a_sentence, configure_emergency_calling, program

if TYPE_CHECKING:
    from collections.abc import Callable

    from .support import Live, Project


class TestPermissions:
    """What the credentials may not read."""

    def test_emergency_calling_that_cannot_be_read(self, project: Project, live: Live, emulator: Emulator) -> None:
        """The guard goes on, and warns that it was not checked; tests/unit/origination/guards has every answer."""
        project.deployed(program())
        emulator.faults.fail("GetVoiceConnectorEmergencyCallingConfiguration", ["ForbiddenException"], forever=True)
        project.program(program("[]", ", disabled=True"))
        not_checked = f"could not check emergency calling of {HERE}"
        assert not_checked in project.preview()
        assert not_checked in project.up()
        assert live.routes() is None

    def test_what_only_warnings_need(self, project: Project, emulator: Emulator) -> None:
        """Without permission for the connector and the numbers, the preview goes on, and says what it did not count."""
        for operation in ("GetVoiceConnector", "ListPhoneNumbers"):
            emulator.faults.fail(operation, ["AccessDeniedException"], forever=True)
        project.program(program())
        assert "warning" not in project.preview()
        project.deployed(program())
        project.program(program("[]", ", disabled=True"))
        assert "could not count the phone numbers assigned to it" in project.preview()

    @pytest.mark.parametrize(
        "answer", ["ForbiddenException", *(pytest.param(answer, marks=pytest.mark.full) for answer in ("503", "drop"))]
    )
    def test_settings_that_cannot_be_read(
        self, project: Project, emulator: Emulator, writes: Callable[[], list[str]], answer: str
    ) -> None:
        """A guard that cannot look refuses, in preview and apply: nothing is written unseen."""
        project.env["AWS_MAX_ATTEMPTS"] = "1"
        answers: list[Any] = [int(answer) if answer.isdigit() else answer]
        emulator.faults.fail("GetVoiceConnectorOrigination", answers, forever=True)
        project.program(program())
        for said in (project.preview_err(), project.up_err()):
            assert f"reading origination of {HERE}: " in said
            assert_a_sentence(said)
        assert writes() == []

    def test_a_connector_that_cannot_be_read(self, project: Project, live: Live, emulator: Emulator) -> None:
        """A delete with on_conflict="overwrite" reads no settings, so without the connector it does not know the account."""
        project.deployed(program(more=', on_conflict="overwrite"'))
        emulator.faults.fail("GetVoiceConnector", ["AccessDeniedException"], forever=True)
        said = project.err("destroy", "--yes", "--skip-preview", "--color=never")
        assert f"reading {HERE}: AccessDeniedException" in said
        assert_a_sentence(said)
        assert live.routes() == [OURS]
        assert list(project.state()) == ["support"]
        emulator.faults.clear()
        project.destroy()
        assert live.routes() is None


class TestWhatIsNotDocumented:
    """The guards, with every plausible answer of AWS."""

    @pytest.mark.parametrize(
        "refusal",
        [
            "BadRequestException",
            *(pytest.param(code, marks=pytest.mark.full) for code in ("ForbiddenException", "AccessDeniedException")),
        ],
    )
    def test_awss_own_refusal(self, project: Project, live: Live, emulator: Emulator, refusal: str) -> None:
        """Where the guard may not look, AWS's own refusal gets its sentence, whatever its code, with the request id."""
        with Emulator(emergency_refusal=refusal) as other:  # type: ignore[arg-type]
            other.create_voice_connector(voice_connector_id=CONNECTOR)
            project.env["AWS_ENDPOINT_URL_CHIME_SDK_VOICE"] = other.endpoint_url
            project.deployed(program())
            colleague = type(live)(other.endpoint_url)
            configure_emergency_calling(colleague)
            colleague.client.close()
            other.faults.fail("GetVoiceConnectorEmergencyCallingConfiguration", ["AccessDeniedException"], forever=True)
            project.program(program("[]", ", disabled=True"))
            for said in (project.up_err(), project.err("destroy", "--yes", "--skip-preview", "--color=never")):
                assert f"origination of {HERE}: blocked, because emergency calling is configured" in said
                assert "(request " in said
                assert_a_sentence(said)
        assert emulator.requests == []

    @pytest.mark.parametrize(
        ("never_configured", "put_omitted"),
        [
            ("on", "merge"),
            pytest.param("404", "replace", marks=pytest.mark.full),
            pytest.param("absent", "merge", marks=pytest.mark.full),
            pytest.param("off", "replace", marks=pytest.mark.full),
        ],
    )
    def test_the_life_of_a_connector(
        self, project: Project, live: Live, never_configured: str, put_omitted: str
    ) -> None:
        """Blank is no conflict, off is off, on is on, and a loss is found and repaired; four pairs of the two options."""
        with Emulator(never_configured=never_configured, put_omitted=put_omitted) as other:  # type: ignore[arg-type]
            other.create_voice_connector(voice_connector_id=CONNECTOR)
            project.env["AWS_ENDPOINT_URL_CHIME_SDK_VOICE"] = other.endpoint_url
            colleague = type(live)(other.endpoint_url)
            project.program(program())
            assert "warning" not in project.up()
            project.program(program("[]", ", disabled=True"))
            project.up()
            assert colleague.routes() is None
            project.nothing_to_change()
            project.program(program('[route("sbc-a.example.net")]'))
            if put_omitted == "merge":
                # The routes of before are still stored: whose they are, nobody can tell by now.
                assert "AWS stores settings there that this resource does not declare" in project.up_err()
                project.program(program('[route("sbc-a.example.net")]', ', on_conflict="overwrite"'))
            project.up()
            assert colleague.routes() == [("sbc-a.example.net", 5060, "UDP", 1, 1)]
            colleague.delete()
            project.refresh()
            project.up()
            assert colleague.routes() == [("sbc-a.example.net", 5060, "UDP", 1, 1)]
            project.destroy()
            assert colleague.routes() is None
            colleague.client.close()
