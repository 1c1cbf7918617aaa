"""Finds out on AWS what AWS does not document, and prints it as options of the emulator.

    .venv/bin/python tools/observe.py --region us-east-1 --profile sandbox

It creates a voice connector in the account of the credentials, makes about two dozen calls that concern this connector only,
and deletes it again, whatever happens (`throwaway.py`). Only a person runs it: it asks before it begins.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any, NoReturn

import boto3
import click
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection
from botocore.parsers import ResponseParserError
from throwaway import STOPS, TROUBLE, YOUNG_SECONDS, Throwaway, again_until, sentence, stops

ROUTE = {"Host": "sbc-a.example.net", "Port": 5060, "Protocol": "UDP", "Priority": 1, "Weight": 1}
UNKNOWN = "unknown"
NOT_FOUND = "NotFoundException"
REFUSALS = ("BadRequestException", "UnprocessableEntityException")
OPTIONS = (
    *("--never-configured", "--put-omitted", "--most-routes", "--private-hosts", "--twin-routes", "--shared-regions"),
    "--emergency-refusal",
)
"""The emulator's, in the order in which they are asked about; the last is not, because emergency calling takes real numbers."""
# botocore's legacy mode tries 429 again, whatever mode the profile sets.
_CONFIG = Config(connect_timeout=10, read_timeout=30, retries={"mode": "legacy"})


@dataclass(frozen=True)
class Finding:
    """What was seen.

    Attributes:
        question: what AWS does not document.
        answer: in words.
        request: AWS's ID of the request; empty if none was sent.
        option: of the emulator; empty if it has none.
        value: of that option; `UNKNOWN` if what was seen is none of its values.
    """

    question: str
    answer: str
    request: str
    option: str = ""
    value: str = ""


@dataclass(frozen=True)
class Answer:
    """What AWS answered: the settings (None if it answered an error or none), the error's code, and the request's ID."""

    settings: Any
    code: str
    request: str

    @property
    def accepted(self) -> bool:
        return not self.code

    @property
    def routes(self) -> list[dict[str, Any]]:
        return (self.settings or {}).get("Routes") or []

    @property
    def disabled(self) -> bool:
        return bool((self.settings or {}).get("Disabled"))

    @property
    def seen(self) -> tuple[bool, list[str]]:
        """To compare two answers; AWS promises no order of routes."""
        return self.disabled, sorted(json.dumps(route, sort_keys=True) for route in self.routes)

    def verdict(self, yes: str, no: str) -> str:
        """`yes` if it was accepted, `no` if the request itself was refused; another error proves neither."""
        return yes if self.accepted else no if self.code in REFUSALS else UNKNOWN


@dataclass
class Observer:
    """Asks about one voice connector, which is its own.

    Attributes:
        client: of the region that the voice connector is in.
        elsewhere: of another region.
        connector: its ID.
        created: when, by `time.monotonic`.
        settle: seconds for which an answer may be older than the last write.
        findings: what was seen so far.
    """

    client: Any
    elsewhere: Any
    connector: str
    created: float
    settle: float
    findings: list[Finding] = field(default_factory=list)

    def call(
        self,
        operation: str,
        *,
        by: Any = None,
        member: str = "Origination",
        errors: tuple[str, ...] = (),
        **parameters: Any,
    ) -> Answer:
        """One call; an error that answers no question (permissions, throttling, failures) is raised."""
        try:
            answer = getattr(by or self.client, operation)(VoiceConnectorId=self.connector, **parameters)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code not in (NOT_FOUND, *REFUSALS, *errors):
                raise
            return Answer(None, code, error.response["ResponseMetadata"].get("RequestId", ""))
        return Answer(answer.get(member), "", answer["ResponseMetadata"].get("RequestId", ""))

    def get(self) -> Answer:
        return self.call("get_voice_connector_origination")

    def put(self, *routes: dict[str, Any], **members: Any) -> Answer:
        """A Put, and what is stored afterwards: its own answer may repeat the request only, and a Get may lag."""
        origination = {**members, "Routes": list(routes)} if routes else members
        given = self.call("put_voice_connector_origination", Origination=origination)
        if not given.accepted:
            return given
        stored = again_until(
            time.monotonic() + self.settle, self.get, lambda one: one.accepted and one.seen == given.seen
        )
        return Answer(stored.settings, "", given.request) if stored.accepted else given

    def note(self, question: str, answer: str, request: str, option: str = "", value: str = "") -> None:
        self.findings.append(Finding(question, answer, request, option, value))

    def everything(self) -> None:
        """All questions, in an order in which none spoils the next."""
        self._never_configured()
        self._left_out()
        self._most_routes()
        answer = self.put({**ROUTE, "Host": "10.0.0.1"}, Disabled=False)
        self.note(
            "Put with a private host (10.0.0.1)",
            _accepted(answer),
            answer.request,
            "--private-hosts",
            answer.verdict("accept", "refuse"),
        )
        self._twins()
        self._regions()
        self._deleted()

    def _never_configured(self) -> None:
        old_enough = self.created + self.settle
        answer = again_until(old_enough, self.get, lambda one: one.code != NOT_FOUND)
        said, value = _blank(answer)
        self.note("Get on a connector that was never configured", said, answer.request, "--never-configured", value)
        emergency = again_until(
            old_enough,
            lambda: self.call(
                "get_voice_connector_emergency_calling_configuration", member="EmergencyCallingConfiguration"
            ),
            lambda one: one.code != NOT_FOUND,
        )
        found = "200 without the configuration" if emergency.settings is None else f"200, {emergency.settings}"
        said = f"404 {NOT_FOUND}" if emergency.code == NOT_FOUND else emergency.code or found
        self.note("Get of emergency calling that was never configured", said, emergency.request)

    def _left_out(self) -> None:
        question = "Put without Routes"
        before = self.put(ROUTE, Disabled=False)
        if not before.accepted:
            self.note(question, f"not known: {before.code} to a usual Put", before.request, "--put-omitted", UNKNOWN)
            return
        routes = self.put(Disabled=True)
        off = self.put(ROUTE, Disabled=True)
        disabled = self.put(ROUTE)
        by_routes = "merge" if routes.routes else "replace"
        by_disabled = "merge" if disabled.disabled else "replace"
        is_known = routes.accepted and off.accepted and disabled.accepted and by_routes == by_disabled
        said = f"the routes are {'kept' if routes.routes else 'gone'}" if routes.accepted else _accepted(routes)
        self.note(question, said, routes.request, "--put-omitted", by_routes if is_known else UNKNOWN)
        said = f"it is {'still' if disabled.disabled else 'not'} disabled" if disabled.accepted else _accepted(disabled)
        self.note("Put without Disabled, on a connector that is disabled", said, disabled.request)

    def _most_routes(self) -> None:
        eleven, more = self._routes(11), None
        value = eleven.verdict("20", "10")
        if value == "20":
            more = self._routes(21)
            # The emulator has no value for a service that takes more than AWS's pages say.
            value = more.verdict(UNKNOWN, "20")
        self.note("Put with 11 routes", _accepted(eleven), eleven.request, "--most-routes", value)
        if more is not None:
            self.note("Put with 21 routes", _accepted(more), more.request)

    def _routes(self, count: int) -> Answer:
        return self.put(*({**ROUTE, "Host": f"sbc-{n}.example.net"} for n in range(count)), Disabled=False)

    def _twins(self) -> None:
        same, other = (self.put(ROUTE, {**ROUTE, "Priority": priority}, Disabled=False) for priority in (1, 2))
        values = [one.verdict({1: "merge", 2: "keep"}.get(len(one.routes), UNKNOWN), "refuse") for one in (same, other)]
        said = [f"{len(one.routes)} of 2 are kept" if one.accepted else _accepted(one) for one in (same, other)]
        self.note("Put with one endpoint twice, at one priority", said[0], same.request)
        self.note(
            "Put with one endpoint twice, at two priorities",
            said[1],
            other.request,
            "--twin-routes",
            values[0] if values[0] == values[1] else UNKNOWN,
        )

    def _regions(self) -> None:
        where = f"through the endpoint of {self.elsewhere.meta.region_name}"
        denied = ("ForbiddenException", "AccessDeniedException", "UnauthorizedClientException")
        try:
            answer = again_until(
                self.created + self.settle,
                lambda: self.call("get_voice_connector", by=self.elsewhere, member="VoiceConnector", errors=denied),
                lambda one: one.code != NOT_FOUND,
            )
            value = "no" if answer.code == NOT_FOUND else UNKNOWN
            said = "found" if answer.accepted else answer.code
            if answer.accepted:
                written = self.call(
                    "put_voice_connector_origination",
                    by=self.elsewhere,
                    errors=denied,
                    Origination={"Disabled": False, "Routes": [ROUTE]},
                )
                value = "write" if written.accepted else "read"
                said += f"; a Put is {_accepted(written)}"
                answer = written
        except (HTTPClientError, NoConnection) as error:
            self.note(f"Get {where}", f"not known: {sentence(error)}", "", "--shared-regions", UNKNOWN)
            return
        self.note(f"Get {where}", said, answer.request, "--shared-regions", value)

    def _deleted(self) -> None:
        self.call("delete_voice_connector_origination")
        answer = again_until(time.monotonic() + self.settle, self.get, lambda one: not one.routes)
        self.note("Get after a Delete", _blank(answer)[0], answer.request)
        second = self.call("delete_voice_connector_origination")
        self.note("a second Delete", second.code or "success", second.request)


def _blank(answer: Answer) -> tuple[str, str]:
    """What Get says of settings that are not there, in words and as --never-configured."""
    if answer.code == NOT_FOUND:
        return f"404 {NOT_FOUND}", "404"
    if answer.code or answer.routes:
        return answer.code or f"200, {len(answer.routes)} routes", UNKNOWN
    if answer.settings is None:
        return "200 without Origination", "absent"
    off = answer.disabled
    return f"200, no routes, {'disabled' if off else 'not disabled'}", "off" if off else "on"


def _accepted(answer: Answer) -> str:
    return "accepted" if answer.accepted else f"refused: {answer.code}"


def options(findings: list[Finding]) -> str:
    """The emulator's command line that behaves so."""
    return " ".join(["chime-voice emulator", *(f"{option} {value}" for option, value in _known(findings).items())])


def not_known(findings: list[Finding]) -> list[str]:
    """The emulator's options of which the findings do not give the value."""
    return [option for option in OPTIONS if option not in _known(findings)]


def _known(findings: list[Finding]) -> dict[str, str]:
    return {one.option: one.value for one in findings if one.option and one.value != UNKNOWN}


def observe(own: Throwaway, elsewhere: Any, settle: float, findings: list[Finding]) -> tuple[str, bool]:
    """Everything, on a voice connector that is gone afterwards.

    Returns:
        What went wrong, empty if nothing did; and whether nothing is left behind.
    """
    trouble, is_clear = "", False
    with stops(signal.SIG_BLOCK):
        try:
            own.create()
            with stops(signal.SIG_UNBLOCK):
                own.say(f"Created voice connector {own.known}.")
                own.await_it()
                Observer(own.client, elsewhere, own.known, own.created or 0.0, settle, findings).everything()
        except TROUBLE as error:
            trouble = _advice(error)
        except KeyboardInterrupt:
            trouble = "stopped."
        finally:
            is_clear = own.delete()
    return trouble, is_clear


# --- the command


def _advice(error: Exception) -> str:
    code = error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
    if code == "ResourceLimitExceededException":
        return f"{sentence(error)}. Delete a voice connector that is not needed, or give another --region."
    return f"{sentence(error)}. Check the credentials, the region and their permissions."


def _account(session: Any, region: str, endpoint_url: str | None) -> str:
    """The account as STS names it, or why it is not known. Raises BotoCoreError if there are no credentials."""
    if endpoint_url is not None:
        return "whose number is not asked for, because --endpoint-url is given"
    try:
        config = Config(connect_timeout=5, read_timeout=5, retries={"total_max_attempts": 2})
        return str(session.client("sts", region, config=config).get_caller_identity()["Account"])
    except (ClientError, HTTPClientError, NoConnection, ResponseParserError) as error:
        return f"whose number is not known ({sentence(error)})"


def _stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _report(findings: list[Finding], form: str) -> None:
    missing = not_known(findings)
    if form == "json":
        report = {"findings": [asdict(one) for one in findings], "not_known": missing, "emulator": options(findings)}
        click.echo(json.dumps(report, indent=2))
        return
    for one in findings:
        click.echo(f"{one.question}: {one.answer} (request {one.request or 'not sent'})")
    click.echo(f"\nNot known: {', '.join(missing)}\nThe emulator behaves so with:\n{options(findings)}")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--region", default="us-east-1", show_default=True, help="A region of Chime SDK Voice.")
@click.option("--profile", help="A profile of the shared AWS files.")
@click.option("--endpoint-url", help="Another service endpoint, such as the emulator's.")
@click.option(
    "--settle",
    type=click.FloatRange(min=0),
    default=YOUNG_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="How long reads may lag: so long is an answer asked for again before it is believed.",
)
@click.option("--yes", is_flag=True, help="Begin without asking.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def main(region: str, profile: str | None, endpoint_url: str | None, settle: float, form: str, *, yes: bool) -> None:
    """Find out on AWS what AWS does not document, with a voice connector that is created for it and deleted again."""

    def say(text: str) -> None:
        click.echo(text, err=True)

    for number in STOPS:
        signal.signal(number, _stop)
    findings: list[Finding] = []
    try:
        session = boto3.Session(profile_name=profile)
        there = "us-west-2" if region == "us-east-1" else "us-east-1"
        client, elsewhere = (
            session.client("chime-sdk-voice", one, endpoint_url=endpoint_url, config=_CONFIG) for one in (region, there)
        )
        say(
            f"This creates a voice connector in {region} ({client.meta.endpoint_url}), in the account "
            f"{_account(session, region, endpoint_url)}. It makes about two dozen calls to it, which can take a few "
            "minutes, and deletes it again. By default, an account may have three voice connectors in a region: this takes "
            "one of them. It configures neither phone numbers nor emergency calling."
        )
        if not yes:
            if not sys.stdin.isatty():
                raise click.ClickException("there is no terminal to ask on: run it in one, or give --yes.")
            click.confirm("Begin?", abort=True, err=True)
        given = [("--region", region), ("--profile", profile), ("--endpoint-url", endpoint_url)]
        own = Throwaway(client, say, [word for name, value in given if value for word in (name, value)])
        trouble, is_clear = observe(own, elsewhere, settle, findings)
    except TROUBLE as error:
        raise click.ClickException(_advice(error)) from error
    except KeyboardInterrupt:
        raise click.ClickException("stopped.") from None
    if findings:
        _report(findings, form)
    if trouble:
        raise click.ClickException(trouble)
    if not is_clear:
        raise click.ClickException("a voice connector may be left behind: delete it as said above.")


if __name__ == "__main__":
    main()
