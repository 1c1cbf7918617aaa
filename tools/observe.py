"""Tests undocumented behaviour on AWS, and prints it as options of the emulator.

    .venv/bin/python tools/observe.py --region us-east-1 --profile sandbox

It creates a voice connector in the account of the credentials, makes about two dozen calls for this voice connector only, and
deletes it, whatever happens (`throwaway.py`). It is run manually, and asks for confirmation before it begins.
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
from throwaway import CALL_ERRORS, STOP_SIGNALS, YOUNG_SECONDS, Throwaway, one_line, repeat_until, signal_mask

ROUTE = {"Host": "sbc-a.example.net", "Port": 5060, "Protocol": "UDP", "Priority": 1, "Weight": 1}
UNKNOWN = "unknown"
NOT_FOUND = "NotFoundException"
REFUSALS = ("BadRequestException", "UnprocessableEntityException")
OPTIONS = (
    *("--never-configured", "--put-omitted", "--most-routes", "--private-hosts", "--twin-routes", "--shared-regions"),
    "--emergency-refusal",
)
"""Options of the emulator, in the order of their tests. The last one is not tested: emergency calling requires real numbers."""
# botocore's legacy mode retries 429. It applies whatever mode the profile sets.
_CONFIG = Config(connect_timeout=10, read_timeout=30, retries={"mode": "legacy"})


@dataclass(frozen=True)
class Finding:
    """An observation.

    Attributes:
        question: the undocumented behaviour.
        answer: the observation in words.
        request: AWS's ID of the request; empty if none was sent.
        option: the emulator's option for this behaviour; empty if there is none.
        value: the value of that option; `UNKNOWN` if none of its values matches.
    """

    question: str
    answer: str
    request: str
    option: str = ""
    value: str = ""


@dataclass(frozen=True)
class Answer:
    """A response of AWS: the settings (None if it has none, or for an error), the error's code, and the request's ID."""

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
        """The settings in a form to compare. AWS does not specify an order of routes."""
        return self.disabled, sorted(json.dumps(route, sort_keys=True) for route in self.routes)

    def verdict(self, yes: str, no: str) -> str:
        """Returns `yes` if the request was accepted, `no` if AWS rejected its content, and `UNKNOWN` for any other error."""
        return yes if self.accepted else no if self.code in REFUSALS else UNKNOWN


@dataclass
class Observer:
    """Tests the behaviour of AWS with a voice connector that exists for this purpose only.

    Attributes:
        client: a client of the region of the voice connector.
        elsewhere: a client of another region.
        connector: the ID of the voice connector.
        created: when it was created, by `time.monotonic`.
        settle: the seconds for which a read may lag behind a write.
        findings: the observations so far.
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
        """Calls an operation. Raises errors that are not observations (permissions, throttling, failures)."""
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
        """Calls Put, and returns what is stored afterwards: its response may only repeat the request, and a Get may lag."""
        origination = {**members, "Routes": list(routes)} if routes else members
        response = self.call("put_voice_connector_origination", Origination=origination)
        if not response.accepted:
            return response
        stored = repeat_until(
            time.monotonic() + self.settle, self.get, lambda answer: answer.accepted and answer.seen == response.seen
        )
        return Answer(stored.settings, "", response.request) if stored.accepted else response

    def note(self, question: str, answer: str, request: str, option: str = "", value: str = "") -> None:
        self.findings.append(Finding(question, answer, request, option, value))

    def everything(self) -> None:
        """Runs all tests, in an order in which none affects the next."""
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
        answer = repeat_until(old_enough, self.get, lambda answer: answer.code != NOT_FOUND)
        text, value = _blank(answer)
        self.note("Get on a connector that was never configured", text, answer.request, "--never-configured", value)
        emergency = repeat_until(
            old_enough,
            lambda: self.call(
                "get_voice_connector_emergency_calling_configuration", member="EmergencyCallingConfiguration"
            ),
            lambda answer: answer.code != NOT_FOUND,
        )
        found = "200 without the configuration" if emergency.settings is None else f"200, {emergency.settings}"
        text = f"404 {NOT_FOUND}" if emergency.code == NOT_FOUND else emergency.code or found
        self.note("Get of emergency calling that was never configured", text, emergency.request)

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
        text = f"the routes are {'kept' if routes.routes else 'gone'}" if routes.accepted else _accepted(routes)
        self.note(question, text, routes.request, "--put-omitted", by_routes if is_known else UNKNOWN)
        text = f"it is {'still' if disabled.disabled else 'not'} disabled" if disabled.accepted else _accepted(disabled)
        self.note("Put without Disabled, on a connector that is disabled", text, disabled.request)

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
        answers = (same, other)
        values = [each.verdict({1: "merge", 2: "keep"}.get(len(each.routes), UNKNOWN), "refuse") for each in answers]
        texts = [f"{len(each.routes)} of 2 are kept" if each.accepted else _accepted(each) for each in answers]
        self.note("Put with one endpoint twice, at one priority", texts[0], same.request)
        self.note(
            "Put with one endpoint twice, at two priorities",
            texts[1],
            other.request,
            "--twin-routes",
            values[0] if values[0] == values[1] else UNKNOWN,
        )

    def _regions(self) -> None:
        where = f"through the endpoint of {self.elsewhere.meta.region_name}"
        denied = ("ForbiddenException", "AccessDeniedException", "UnauthorizedClientException")
        try:
            answer = repeat_until(
                self.created + self.settle,
                lambda: self.call("get_voice_connector", by=self.elsewhere, member="VoiceConnector", errors=denied),
                lambda answer: answer.code != NOT_FOUND,
            )
            value = "no" if answer.code == NOT_FOUND else UNKNOWN
            text = "found" if answer.accepted else answer.code
            if answer.accepted:
                written = self.call(
                    "put_voice_connector_origination",
                    by=self.elsewhere,
                    errors=denied,
                    Origination={"Disabled": False, "Routes": [ROUTE]},
                )
                value = "write" if written.accepted else "read"
                text += f"; a Put is {_accepted(written)}"
                answer = written
        except (HTTPClientError, NoConnection) as error:
            self.note(f"Get {where}", f"not known: {one_line(error)}", "", "--shared-regions", UNKNOWN)
            return
        self.note(f"Get {where}", text, answer.request, "--shared-regions", value)

    def _deleted(self) -> None:
        self.call("delete_voice_connector_origination")
        answer = repeat_until(time.monotonic() + self.settle, self.get, lambda answer: not answer.routes)
        self.note("Get after a Delete", _blank(answer)[0], answer.request)
        second = self.call("delete_voice_connector_origination")
        self.note("a second Delete", second.code or "success", second.request)


def _blank(answer: Answer) -> tuple[str, str]:
    """Returns the response to a Get without settings, in words and as the value of --never-configured."""
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
    """Returns the command line of an emulator that behaves as observed."""
    return " ".join(
        ["chime-voice emulator", *(f"{option} {value}" for option, value in _option_values(findings).items())]
    )


def not_known(findings: list[Finding]) -> list[str]:
    """Returns the emulator's options whose value was not observed."""
    return [option for option in OPTIONS if option not in _option_values(findings)]


def _option_values(findings: list[Finding]) -> dict[str, str]:
    return {finding.option: finding.value for finding in findings if finding.option and finding.value != UNKNOWN}


def observe(own: Throwaway, elsewhere: Any, settle: float, findings: list[Finding]) -> tuple[str, bool]:
    """Runs all tests with a new voice connector, and deletes it.

    Returns:
        The error, empty if there was none; and whether it is certain that nothing is left behind.
    """
    failure, is_clear = "", False
    with signal_mask(signal.SIG_BLOCK):
        try:
            own.create()
            with signal_mask(signal.SIG_UNBLOCK):
                own.log(f"Created voice connector {own.id}.")
                own.wait_until_found()
                Observer(own.client, elsewhere, own.id, own.created or 0.0, settle, findings).everything()
        except CALL_ERRORS as error:
            failure = _advice(error)
        except KeyboardInterrupt:
            failure = "stopped."
        finally:
            is_clear = own.delete()
    return failure, is_clear


# --- the command


def _advice(error: Exception) -> str:
    code = error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
    if code == "ResourceLimitExceededException":
        return f"{one_line(error)}. Delete a voice connector that is not needed, or give another --region."
    return f"{one_line(error)}. Check the credentials, the region and their permissions."


def _account(session: Any, region: str, endpoint_url: str | None) -> str:
    """Returns the account from STS, or why it is not known. Raises BotoCoreError if there are no credentials."""
    if endpoint_url is not None:
        return "whose number is not asked for, because --endpoint-url is given"
    try:
        config = Config(connect_timeout=5, read_timeout=5, retries={"total_max_attempts": 2})
        return str(session.client("sts", region, config=config).get_caller_identity()["Account"])
    except (ClientError, HTTPClientError, NoConnection, ResponseParserError) as error:
        return f"whose number is not known ({one_line(error)})"


def _stop(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def _report(findings: list[Finding], form: str) -> None:
    missing = not_known(findings)
    if form == "json":
        report = {
            "findings": [asdict(finding) for finding in findings],
            "not_known": missing,
            "emulator": options(findings),
        }
        click.echo(json.dumps(report, indent=2))
        return
    for finding in findings:
        click.echo(f"{finding.question}: {finding.answer} (request {finding.request or 'not sent'})")
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
    help='How long reads may lag: reads are repeated for this time before a "not found" is accepted.',
)
@click.option("--yes", is_flag=True, help="Begin without asking.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def main(region: str, profile: str | None, endpoint_url: str | None, settle: float, form: str, *, yes: bool) -> None:
    """Test undocumented behaviour on AWS with a voice connector that is created for this and deleted again."""

    def log(text: str) -> None:
        click.echo(text, err=True)

    for number in STOP_SIGNALS:
        signal.signal(number, _stop)
    findings: list[Finding] = []
    try:
        session = boto3.Session(profile_name=profile)
        other = "us-west-2" if region == "us-east-1" else "us-east-1"
        client, elsewhere = (
            session.client("chime-sdk-voice", name, endpoint_url=endpoint_url, config=_CONFIG)
            for name in (region, other)
        )
        log(
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
        own = Throwaway(client, log, [word for name, value in given if value for word in (name, value)])
        error, is_clear = observe(own, elsewhere, settle, findings)
    except CALL_ERRORS as failure:
        raise click.ClickException(_advice(failure)) from failure
    except KeyboardInterrupt:
        raise click.ClickException("stopped.") from None
    if findings:
        _report(findings, form)
    if error:
        raise click.ClickException(error)
    if not is_clear:
        raise click.ClickException("a voice connector may be left behind: delete it with the command above.")


if __name__ == "__main__":
    main()
