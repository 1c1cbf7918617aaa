"""Arguments of `chime-voice` that are not valid: exit status 2, and a sentence that says what to give. Nothing is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pulumi_chime_voice.aws.subnets import REGIONS

from .support import CAMPAIGN, SUPPORT

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from chime_voice_emulator import Emulator

    Run = Callable[..., subprocess.CompletedProcess[str]]

FORM = (
    "is not the ID of a voice connector (21 or 22 lower-case letters and digits, or a UUID). "
    "chime-voice show without an ID lists them."
)

TIME = "give a time with its zone, such as 2026-11-29T09:30Z."


class TestIds:
    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("support", f'"support" {FORM}'),
            ("../x", f'"../x" {FORM}'),
            (f"{SUPPORT}\n", f'"{SUPPORT}\ufffd" is not the ID of a voice connector: use {SUPPORT}.'),
            (f"{SUPPORT} ", f'"{SUPPORT} " is not the ID of a voice connector: use {SUPPORT}.'),
            (f"vc/{SUPPORT}", f'"vc/{SUPPORT}" is not the ID of a voice connector: use {SUPPORT}.'),
            (f"support-{SUPPORT}", f'"support-{SUPPORT}" is not the ID of a voice connector: use {SUPPORT}.'),
            (f"{SUPPORT},{CAMPAIGN}", f"is not the ID of a voice connector: use {SUPPORT} {CAMPAIGN}."),
            (f"{SUPPORT}x", f'"{SUPPORT}x" {FORM}'),
            (SUPPORT.upper(), f'"{SUPPORT.upper()}" is not the ID of a voice connector: use lower case.'),
            (
                "https://us-east-1.console.aws.amazon.com/chime-sdk/home?region=us-east-1#/voice-connectors/details/"
                + SUPPORT,
                f"is not the ID of a voice connector: use {SUPPORT}.",
            ),
            (
                "arn:aws:chime:us-east-1:111122223333:vc/1f2e3d4c-0000-4000-8000-000000000001",
                "is not the ID of a voice connector: use 1f2e3d4c-0000-4000-8000-000000000001.",
            ),
            (" ", "an ID is blank: give the ID of a voice connector, or none for all of them."),
        ],
    )
    def test_what_is_not_one(self, run: Run, emulator: Emulator, text: str, sentence: str) -> None:
        done = run("show", text)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.endswith(f"{sentence}\n")
        assert emulator.requests == []

    @pytest.mark.parametrize("command", ["export", "history", "probe"])
    def test_the_other_commands(self, run: Run, emulator: Emulator, command: str) -> None:
        done = run(command, SUPPORT, "support")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.endswith(f'Error: "support" {FORM}\n')
        assert emulator.requests == []

    @pytest.mark.parametrize("id_", ["0" * 21, "a" * 22, "1f2e3d4c-0000-4000-8000-000000000001"])
    def test_every_form_of_the_service(self, run: Run, emulator: Emulator, id_: str) -> None:
        emulator.seed({"voice_connectors": [{"id": id_}]})
        assert run("show", id_).returncode == 0


class TestRegions:
    @pytest.mark.parametrize(
        ("region", "fix"),
        [
            ("us-est-1", "did you mean us-east-1?"),
            ("US-EAST-1", "use us-east-1."),
            (" eu-west-2", "use eu-west-2."),
            ("eu-west-3", f"it is in {', '.join(REGIONS)}."),
            ("us-gov-west-1", f"it is in {', '.join(REGIONS)}."),
            ("mars", f"it is in {', '.join(REGIONS)}."),
            ("", f"it is in {', '.join(REGIONS)}."),
        ],
    )
    @pytest.mark.parametrize("command", ["show", "network"])
    def test_one_without_the_service(self, run: Run, command: str, region: str, fix: str) -> None:
        """A region of AWS is no typo, so the error lists the regions instead of a guess."""
        done = run(command, "--region", region)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.endswith(f'Error: Chime SDK Voice is not in the region "{region}" (--region): {fix}\n')

    @pytest.mark.parametrize("place", ["AWS_REGION", "AWS_DEFAULT_REGION", "the region of the profile"])
    def test_of_the_environment(self, run: Run, tmp_path: Path, place: str) -> None:
        """The error names its source."""
        (tmp_path / "config").write_text("[default]\nregion = eu-west-3\n")
        done = run("show", **{"AWS_REGION": None, "AWS_DEFAULT_REGION": None, place: "eu-west-3"})
        assert done.returncode == 2
        assert f'Chime SDK Voice is not in the region "eu-west-3" ({place}): it is in ' in done.stderr


class TestValues:
    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ("show --traffic --since yesterday", f"--since yesterday: {TIME}"),
            ("show --traffic --since 2026-11-29T09:30", f"--since 2026-11-29T09:30: {TIME}"),
            ("show --traffic --max-failures 10%", "--max-failures 10%: give a number from 0 to 100, without %."),
            ("show --traffic --max-failures 101", "--max-failures 101: give a number from 0 to 100, without %."),
            ("show --traffic --share 0", "--share 0: give a number from 1 to 100, without %."),
            ("show --traffic --minutes 20161", "--minutes 20161: give a whole number from 1 to 20160."),
            ("show --traffic --baseline-minutes 1.5", "--baseline-minutes 1.5: give a whole number from 1 to 20160."),
            ("history --days a", "--days a: give a whole number from 1 to 90."),
            ("probe --min-days -1", "--min-days -1: give a whole number from 0 to 36500."),
            ("probe --timeout 0", "--timeout 0: give a number from 0.1 to 60."),
        ],
    )
    def test_out_of_range_or_of_another_type(self, run: Run, arguments: str, sentence: str) -> None:
        done = run(*arguments.split())
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.endswith(f"\nError: {sentence}\n")

    def test_times(self, run: Run) -> None:
        """With a zone; 2020 is out of reach."""
        for text in ("2020-01-01T09:30Z", "2020-01-01T09:30:15+01:00"):
            assert "between a minute and 14 days ago" in run("show", "--traffic", "--since", text).stderr

    @pytest.mark.parametrize(
        "command", [(), ("show",), ("export",), ("history",), ("probe",), ("network",), ("emulator",)]
    )
    def test_short_option_for_help(self, run: Run, command: tuple[str, ...]) -> None:
        done = run(*command, "-h")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("Usage: ")
