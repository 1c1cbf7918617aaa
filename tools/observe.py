"""Finds out on AWS what AWS does not document, and prints it as options of the emulator.

    .venv/bin/python tools/observe.py --region us-east-1 --profile sandbox

It creates a voice connector in the account of the credentials, makes about a dozen calls that concern this connector only,
and deletes it again, whatever happens. Nothing runs it but a person: it asks before it begins.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

YOUNG_SECONDS = 60.0
"""How long a new voice connector may answer NotFound."""
ROUTE = {"Host": "sbc-a.example.net", "Port": 5060, "Protocol": "UDP", "Priority": 1, "Weight": 1}
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """What was seen.

    Attributes:
        question: what AWS does not document.
        answer: in words.
        request: AWS's id of the request.
        option: of the emulator; empty where it has none.
        value: of that option.
    """

    question: str
    answer: str
    request: str
    option: str = ""
    value: str = ""


@dataclass
class Observer:
    """Asks about one voice connector, which is its own."""

    client: Any
    connector: str
    findings: list[Finding] = field(default_factory=list)

    def put(self, origination: dict[str, Any]) -> tuple[Any, str, str]:
        """The settings that a Put answers (None if it is refused), the error's code, and the id of the request."""
        return self._call("put_voice_connector_origination", Origination=origination)

    def get(self) -> tuple[Any, str, str]:
        return self._call("get_voice_connector_origination")

    def _call(self, method: str, **parameters: Any) -> tuple[Any, str, str]:
        try:
            answer = getattr(self.client, method)(VoiceConnectorId=self.connector, **parameters)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code not in ("NotFoundException", "BadRequestException", "UnprocessableEntityException"):
                raise
            return None, code, error.response["ResponseMetadata"].get("RequestId", "")
        return answer.get("Origination", "absent"), "", answer["ResponseMetadata"].get("RequestId", "")

    def note(self, question: str, answer: str, request: str, option: str = "", value: str = "") -> None:
        self.findings.append(Finding(question, answer, request, option, value))

    # --- questions

    def everything(self) -> None:
        """All questions, in an order in which none spoils the next."""
        self._blank("Get on a connector that was never configured", "--never-configured")
        self._left_out()
        self._accepted(
            "11 routes", [{**ROUTE, "Host": f"sbc-{n}.example.net"} for n in range(11)], "--most-routes", "20", "10"
        )
        self._accepted(
            "a private host (10.0.0.1)", [{**ROUTE, "Host": "10.0.0.1"}], "--private-hosts", "accept", "refuse"
        )
        self._twins()
        self._deleted()

    def _blank(self, question: str, option: str = "") -> None:
        found, code, request = self.get()
        value = UNKNOWN
        if code == "NotFoundException":
            value, answer = "404", "404 NotFoundException"
        elif found == "absent":
            value, answer = "absent", "200 without Origination"
        elif found is not None and not found.get("Routes"):
            value = "off" if found.get("Disabled") else "on"
            answer = f"200, no routes, {'disabled' if found.get('Disabled') else 'not disabled'}"
        else:
            answer = f"{code or 'routes'}"
        self.note(question, answer, request, option, value)

    def _left_out(self) -> None:
        self.put({"Disabled": False, "Routes": [ROUTE]})
        found, code, request = self.put({"Disabled": True})
        kept = bool(found and found.get("Routes"))
        answer = f"refused: {code}" if found is None else f"the routes are {'kept' if kept else 'gone'}"
        value = UNKNOWN if found is None else "merge" if kept else "replace"
        self.note("Put without Routes", answer, request, "--put-omitted", value)
        self.put({"Disabled": True, "Routes": [ROUTE]})
        found, code, request = self.put({"Routes": [ROUTE]})
        answer = f"refused: {code}" if found is None else f"Disabled is then {found.get('Disabled')}"
        self.note("Put without Disabled, of a connector that is disabled", answer, request)

    def _accepted(self, what: str, routes: list[dict[str, Any]], option: str, yes: str, no: str) -> None:
        found, code, request = self.put({"Disabled": False, "Routes": routes})
        answer, value = ("accepted", yes) if found is not None else (f"refused: {code}", no)
        self.note(f"Put with {what}", answer, request, option, value)

    def _twins(self) -> None:
        found, code, request = self.put({"Disabled": False, "Routes": [ROUTE, {**ROUTE, "Priority": 2}]})
        count = len(found.get("Routes", [])) if found else 0
        answer = f"refused: {code}" if found is None else f"{count} of 2 are kept"
        value = "refuse" if found is None else "keep" if count == 2 else UNKNOWN  # noqa: PLR2004
        self.note("Put with one endpoint at two priorities", answer, request, "--twin-routes", value)

    def _deleted(self) -> None:
        self._call("delete_voice_connector_origination")
        self._blank("Get after a Delete")
        _, code, request = self._call("delete_voice_connector_origination")
        self.note("a second Delete", code or "success", request)


def options(findings: list[Finding]) -> str:
    """The emulator's command line that behaves so."""
    known = [f"{one.option} {one.value}" for one in findings if one.option and one.value != UNKNOWN]
    return " ".join(["chime-voice emulator", *known])


def await_connector(client: Any, connector: str) -> None:
    """Waits until the service knows the new voice connector. Raises ClientError after a minute."""
    deadline, pause = time.monotonic() + YOUNG_SECONDS, 0.2
    while True:
        try:
            client.get_voice_connector(VoiceConnectorId=connector)
        except client.exceptions.NotFoundException:
            if time.monotonic() + pause > deadline:
                raise
            time.sleep(pause)
            pause = min(pause * 2, 5.0)
        else:
            return


def observe(client: Any, region: str, say: Callable[[str], None]) -> list[Finding]:
    """Everything, on a voice connector that is gone afterwards."""
    made = client.create_voice_connector(Name="pulumi-chime-voice-observe", RequireEncryption=False)
    connector = made["VoiceConnector"]["VoiceConnectorId"]
    observer = Observer(client, connector)
    try:
        say(f"Created voice connector {connector}.")
        await_connector(client, connector)
        observer.everything()
    finally:
        try:
            client.delete_voice_connector(VoiceConnectorId=connector)
            say(f"Deleted voice connector {connector}.")
        except (BotoCoreError, ClientError) as error:
            say(
                f"Voice connector {connector} was not deleted ({_sentence(error)}). Delete it: "
                f"aws chime-sdk-voice delete-voice-connector --voice-connector-id {connector} --region {region}"
            )
    return observer.findings


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--region", default="us-east-1", show_default=True, help="A region of Chime SDK Voice.")
@click.option("--profile", help="A profile of the shared AWS files.")
@click.option("--endpoint-url", help="Another service endpoint, such as the emulator's.")
@click.option("--yes", is_flag=True, help="Begin without asking.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def main(region: str, profile: str | None, endpoint_url: str | None, form: str, *, yes: bool) -> None:
    """Find out on AWS what AWS does not document, with a voice connector that is created for it and deleted again."""

    def say(text: str) -> None:
        click.echo(text, err=True)

    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    try:
        client = boto3.Session(profile_name=profile).client("chime-sdk-voice", region, endpoint_url=endpoint_url)
        say(
            f"This creates a voice connector at {client.meta.endpoint_url}, in the account of your credentials, makes about "
            "a dozen calls to it, and deletes it again. By default, a region has a quota of three voice connectors."
        )
        if not yes:
            if not sys.stdin.isatty():
                raise click.ClickException("there is no terminal to ask on: run it in one, or give --yes.")
            click.confirm("Begin?", abort=True, err=True)
        findings = observe(client, region, say)
    except (BotoCoreError, ClientError, ValueError) as error:
        raise click.ClickException(
            f"{_sentence(error)}. Check the credentials, the region and their permissions."
        ) from error
    except KeyboardInterrupt:
        raise click.ClickException("stopped.") from None
    if form == "json":
        report = {"findings": [asdict(one) for one in findings], "emulator": options(findings)}
        click.echo(json.dumps(report, indent=2))
        return
    for one in findings:
        click.echo(f"{one.question}: {one.answer} (request {one.request})")
    click.echo(f"\nThe emulator behaves so with:\n{options(findings)}")


if __name__ == "__main__":
    main()
