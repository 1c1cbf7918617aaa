"""tools/observe.py against the emulator in each of its options: it prints what the emulator was started with."""

from __future__ import annotations

import contextlib
import importlib
import os
import pty
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from botocore.stub import Stubber

from chime_voice_emulator import Emulator

from ..support.clients import client
from ..support.servers import Reply, Stranger
from ..support.values import CONNECTOR
from .observing import (
    NOWHERE,
    PATIENCE,
    TOOL,
    answers,
    command,
    created,
    environment,
    left,
    line_of,
    report,
    run,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PUT, GET = "put_voice_connector_origination", "get_voice_connector_origination"
ROUTE = {"Host": "a.example.net", "Port": 5060, "Protocol": "UDP", "Priority": 1, "Weight": 1}


class TestFindings:
    """What is printed is what the emulator does."""

    @pytest.mark.parametrize(
        "changed",
        [
            {},
            pytest.param({"never_configured": "absent"}, marks=pytest.mark.full),
            pytest.param({"never_configured": "off"}, marks=pytest.mark.full),
            {"never_configured": "on"},
            pytest.param({"put_omitted": "merge"}, marks=pytest.mark.full),
            pytest.param({"most_routes": "10"}, marks=pytest.mark.full),
            pytest.param({"private_hosts": "refuse"}, marks=pytest.mark.full),
            pytest.param({"twin_routes": "merge"}, marks=pytest.mark.full),
            {"twin_routes": "refuse"},
            pytest.param({"shared_regions": "read"}, marks=pytest.mark.full),
            {"shared_regions": "write"},
            {"never_configured": "off", "put_omitted": "merge", "most_routes": "10", "private_hosts": "refuse"},
        ],
        ids=str,
    )
    def test_options(self, changed: dict[str, Any]) -> None:
        """What is printed last is the command line of an emulator like the one that was asked; nothing is left behind."""
        with Emulator(**changed) as emulator:
            found = report(run(emulator, "--yes", "--format", "json"))
            assert found["emulator"] == line_of(changed)
            assert found["not_known"] == ["--emergency-refusal"]
            assert all(one["request"] for one in found["findings"])
            assert (created(emulator), left(emulator)) == (1, [])
            assert len(emulator.requests) <= 40
            sent = {one.operation for one in emulator.requests}
            assert "PutVoiceConnectorEmergencyCallingConfiguration" not in sent

    def test_every_option_is_found_or_named(self) -> None:
        """An option of the emulator for what AWS does not document is asked about, or listed as not known."""
        with Emulator() as emulator:
            found = report(run(emulator, "--yes", "--format", "json"))
        shown = subprocess.run(
            [sys.executable, "-m", "chime_voice_emulator", "--help"], capture_output=True, text=True, check=True
        ).stdout
        undocumented = shown[shown.index("--never-configured") : shown.index("-h, --help")]
        of_emulator = {word for word in undocumented.split() if word.startswith("--")}
        asked = {one["option"] for one in found["findings"] if one["option"]}
        assert asked | set(found["not_known"]) == of_emulator

    @pytest.mark.parametrize(
        ("never_configured", "origination", "emergency"),
        [
            ("404", "404 NotFoundException", "404 NotFoundException"),
            ("absent", "200 without Origination", "200 without the configuration"),
            ("off", "200, no routes, disabled", "200, {'DNIS': []}"),
            ("on", "200, no routes, not disabled", "200, {'DNIS': []}"),
        ],
    )
    def test_what_has_no_option_of_its_own(self, never_configured: Any, origination: str, emergency: str) -> None:
        """Emergency calling, and what follows a Delete, in words."""
        with Emulator(never_configured=never_configured) as emulator:
            found = answers(run(emulator, "--yes", "--format", "json"))
        assert found["Get of emergency calling that was never configured"] == emergency
        assert found["Get after a Delete"] == origination
        assert found["a second Delete"] == ("NotFoundException" if never_configured == "404" else "success")
        assert found["Put with 21 routes"] == "refused: BadRequestException"

    def test_text(self) -> None:
        """A line for each finding, with the request's ID; the emulator's command line last."""
        with Emulator() as emulator:
            done = run(emulator, "--yes")
        assert done.returncode == 0, done.stderr
        first, *_, last = done.stdout.strip().splitlines()
        assert first.startswith("Get on a connector that was never configured: 404 NotFoundException (request ")
        assert last == line_of({})
        assert "Not known: --emergency-refusal\n" in done.stdout

    def test_another_region(self) -> None:
        """The voice connector is created in the region of the endpoint, not in the API's default one."""
        with Emulator(shared_regions="read") as emulator:
            found = report(run(emulator, "--yes", "--format", "json", "--region", "eu-west-1"))
            assert found["emulator"] == line_of({"shared_regions": "read"})
            assert {one.region for one in emulator.requests if one.operation == "CreateVoiceConnector"} == {"eu-west-1"}
            assert left(emulator, "eu-west-1") == []

    def test_the_region_is_in_the_request(self) -> None:
        """As AwsRegion: what is left after a failed deletion has it."""
        with Emulator() as emulator:
            emulator.faults.fail("DeleteVoiceConnector", ["ForbiddenException"], forever=True)
            run(emulator, "--yes", "--region", "eu-west-1")
            with contextlib.closing(client(emulator.endpoint_url, "eu-west-1")) as other_user:
                (found,) = other_user.list_voice_connectors()["VoiceConnectors"]
        assert found["AwsRegion"] == "eu-west-1"


class TestWhatProvesNothing:
    """An answer that has another reason is not taken for a finding."""

    def test_a_young_connector(self) -> None:
        """One that is not known yet is waited for; its NotFound is no answer about its settings."""
        with Emulator(never_configured="off") as emulator:
            emulator.faults.fail("GetVoiceConnector", [404, 404])
            emulator.faults.fail("GetVoiceConnectorOrigination", [404, 404])
            emulator.faults.fail("GetVoiceConnectorEmergencyCallingConfiguration", [404, 404])
            done = run(emulator, "--yes", "--format", "json", "--settle", "5")
            assert report(done)["emulator"] == line_of({"never_configured": "off"})
            assert answers(done)["Get of emergency calling that was never configured"] == "200, {'DNIS': []}"

    @pytest.mark.parametrize("put_omitted", ["replace", "merge"])
    def test_reads_that_lag(self, put_omitted: Any) -> None:
        """What was stored before the last write is no answer about it."""
        changed: dict[str, Any] = {"never_configured": "off", "put_omitted": put_omitted, "twin_routes": "merge"}
        with Emulator(**changed) as emulator:
            emulator.faults.read_lag = 0.5
            done = run(emulator, "--yes", "--format", "json", "--settle", "10")
            assert report(done)["emulator"] == line_of(changed)
            assert answers(done)["Get after a Delete"] == "200, no routes, disabled"

    def test_a_put_that_is_not_found(self) -> None:
        """NotFound is no refusal of routes: the options that depend on a Put are not known, and are not printed."""
        with Emulator() as emulator:
            emulator.faults.fail("PutVoiceConnectorOrigination", [404], forever=True)
            found = report(run(emulator, "--yes", "--format", "json"))
            unknown = ["--put-omitted", "--most-routes", "--private-hosts", "--twin-routes"]
            assert found["not_known"] == [*unknown, "--emergency-refusal"]
            assert found["emulator"] == line_of(
                {}, *(option.removeprefix("--").replace("-", "_") for option in unknown)
            )

    def test_throttling(self) -> None:
        """Is tried again."""
        with Emulator() as emulator:
            emulator.faults.fail("*", [429, 429])
            emulator.faults.fail("PutVoiceConnectorOrigination", [429, 429])
            done = run(emulator, "--yes", "--format", "json", AWS_MAX_ATTEMPTS="5", AWS_RETRY_MODE="standard")
            assert report(done)["emulator"] == line_of({})
            assert left(emulator) == []


class TestWhatTheEmulatorNeverDoes:
    """Answers that none of its options gives, from botocore's stubber."""

    @pytest.fixture
    def scripted(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
        """Make an observer whose next calls are answered with these settings; None is a refusal."""
        monkeypatch.syspath_prepend(TOOL.parent)
        observe = importlib.import_module("observe")
        stubbed = client(NOWHERE)
        with Stubber(stubbed) as stubber:

            def make(*answers: tuple[str, dict[str, Any] | None]) -> Any:
                for operation, settings in answers:
                    if settings is None:
                        stubber.add_client_error(operation, "BadRequestException", http_status_code=400)
                    else:
                        stubber.add_response(
                            operation, {"Origination": settings, "ResponseMetadata": {"RequestId": "r"}}
                        )
                return observe.Observer(stubbed, stubbed, CONNECTOR, 0.0, 0.0)

            yield make
            stubber.assert_no_pending_responses()
        stubbed.close()

    def test_a_put_that_repeats_the_request(self, scripted: Callable[..., Any]) -> None:
        """What Get answers afterwards is what was stored."""
        kept = {"Disabled": True, "Routes": [ROUTE]}
        observer = scripted((PUT, {"Disabled": True}), (GET, kept))
        assert observer.put(Disabled=True).routes == [ROUTE]

    @pytest.mark.parametrize(
        ("without_routes", "without_disabled"),
        [
            ({"Disabled": True, "Routes": [ROUTE]}, {"Disabled": False, "Routes": [ROUTE]}),
            ({"Disabled": True}, {"Disabled": True, "Routes": [ROUTE]}),
            (None, {"Disabled": False, "Routes": [ROUTE]}),
        ],
    )
    def test_members_that_are_treated_differently(
        self, scripted: Callable[..., Any], without_routes: Any, without_disabled: Any
    ) -> None:
        """Neither merge nor replace."""
        on, off = ({"Disabled": disabled, "Routes": [ROUTE]} for disabled in (False, True))
        puts = [on, without_routes, off, without_disabled]
        observer = scripted(*(pair for one in puts for pair in ((PUT, one), (GET, one)) if one or pair[0] == PUT))
        observer._left_out()
        assert [one.value for one in observer.findings if one.option] == ["unknown"]

    def test_more_routes_than_any_page_says(self, scripted: Callable[..., Any]) -> None:
        """The emulator has no value for it."""
        settings = {"Disabled": False, "Routes": [ROUTE]}
        observer = scripted((PUT, settings), (GET, settings), (PUT, settings), (GET, settings))
        observer._most_routes()
        assert [(one.answer, one.value) for one in observer.findings] == [("accepted", "unknown"), ("accepted", "")]

    def test_twins_that_are_treated_differently(self, scripted: Callable[..., Any]) -> None:
        """At one priority and at two."""
        both = {"Disabled": False, "Routes": [ROUTE, {**ROUTE, "Priority": 2}]}
        observer = scripted((PUT, None), (PUT, both), (GET, both))
        observer._twins()
        answers = [(one.answer, one.value) for one in observer.findings]
        assert answers == [("refused: BadRequestException", ""), ("2 of 2 are kept", "unknown")]


class TestBefore:
    """Nothing begins without a yes, and what begins is said."""

    def test_no_terminal(self) -> None:
        """Without a terminal and without --yes, nothing is sent."""
        with Emulator() as emulator:
            done = run(emulator)
            assert done.returncode != 0
            assert "give --yes" in done.stderr
            assert emulator.requests == []

    @pytest.mark.parametrize(("answer", "makes"), [(b"n\n", 0), (b"\n", 0), (b"y\n", 1)])
    def test_a_terminal(self, answer: bytes, makes: int) -> None:
        """Only a yes begins."""
        with Emulator() as emulator:
            ours, theirs = pty.openpty()
            try:
                os.write(ours, answer)
                line = command(emulator, "--settle", "0")
                done = subprocess.run(
                    line, env=environment(), stdin=theirs, capture_output=True, text=True, check=False, timeout=PATIENCE
                )
            finally:
                os.close(theirs)
                os.close(ours)
            assert "Begin?" in done.stderr
            assert (done.returncode == 0) is bool(makes)
            assert created(emulator) == makes

    def test_account_and_region(self, moto: str) -> None:
        """STS names the account; the region, the quota and how long it takes are said, too."""
        with Emulator() as emulator:
            done = subprocess.run(
                [sys.executable, str(TOOL), "--region", "eu-west-1"],
                env=environment(AWS_ENDPOINT_URL_CHIME_SDK_VOICE=emulator.endpoint_url, AWS_ENDPOINT_URL_STS=moto),
                capture_output=True,
                text=True,
                check=False,
                stdin=subprocess.DEVNULL,
                timeout=PATIENCE,
            )
            assert emulator.requests == []
        assert f"in eu-west-1 ({emulator_url(done)}), in the account 123456789012." in done.stderr
        assert "three voice connectors in a region" in done.stderr

    @pytest.mark.parametrize("is_running", [True, False])
    def test_an_account_that_sts_does_not_name(self, is_running: bool) -> None:
        """Not permitted, or not reached: it is said, and the rest goes on."""
        denied = b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
        with Emulator() as emulator, Stranger(Reply(403, denied, content_type="text/xml")) as denying:
            sts = denying.url if is_running else NOWHERE
            done = subprocess.run(
                [sys.executable, str(TOOL), "--yes", "--settle", "0", "--format", "json"],
                env=environment(AWS_ENDPOINT_URL_CHIME_SDK_VOICE=emulator.endpoint_url, AWS_ENDPOINT_URL_STS=sts),
                capture_output=True,
                text=True,
                check=False,
                stdin=subprocess.DEVNULL,
                timeout=PATIENCE,
            )
            assert "whose number is not known (" in done.stderr
            assert ("AccessDenied" in done.stderr) is is_running
            assert report(done)["emulator"] == line_of({})

    def test_another_endpoint_is_no_matter_of_sts(self) -> None:
        """With --endpoint-url, STS is not asked."""
        with Emulator() as emulator:
            done = run(emulator, AWS_ENDPOINT_URL_STS=NOWHERE)
        assert "whose number is not asked for, because --endpoint-url is given" in done.stderr

    @pytest.mark.parametrize(
        ("arguments", "changes", "said"),
        [
            (["--profile", "nobody"], {}, "nobody"),
            ([], {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "credentials"),
            (["--region", "not a region"], {}, "not a region"),
        ],
    )
    def test_mistakes(self, arguments: list[str], changes: dict[str, str], said: str) -> None:
        """One sentence, and nothing is sent."""
        with Emulator() as emulator:
            done = run(emulator, "--yes", *arguments, **changes)
            assert done.returncode == 1
            assert said in done.stderr.splitlines()[-1]
            assert "Traceback" not in done.stderr
            assert emulator.requests == []


def emulator_url(done: subprocess.CompletedProcess[str]) -> str:
    """The service endpoint that the announcement names."""
    return done.stderr.split("(", 1)[1].split(")", 1)[0]
