"""The emulator's service in this process, without HTTP, and the clock that the guards and the service share.

A request takes a tenth of a millisecond, and no time passes but while the provider sleeps: so a patience of ten seconds costs
nothing, and an example gives the same result each time.
"""

from __future__ import annotations

import itertools
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import pulumi
from botocore.exceptions import ClientError, EndpointConnectionError

from chime_voice_emulator.faults import Faults
from chime_voice_emulator.model import SERVICE as MODEL
from chime_voice_emulator.model import ServiceError
from chime_voice_emulator.service import operations
from chime_voice_emulator.service.call import Caller, Options
from chime_voice_emulator.store import Connector, Scope, Store
from pulumi_chime_voice.aws.client import ChimeSdkVoice
from pulumi_chime_voice.aws.config import read_config
from pulumi_chime_voice.aws.failures import translate
from pulumi_chime_voice.engine import reads, target

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

REGION = "us-east-1"
ACCOUNT = "000000000000"
CONFIGURATION = {"aws:region": REGION, "aws:accessKey": "test", "aws:secretKey": "test"}
ORIGINATION, EMERGENCY = "origination", "emergency calling"
KINDS = (ORIGINATION, EMERGENCY)
Value = Any
"""The settings of a kind in a form that has nothing of the provider's: None, `(disabled, routes)`, or numbers."""


class Crash(BaseException):
    """The engine and its plugins are killed."""


class Clock:
    """The time of the provider and of the service."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now

    monotonic = time

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Replaces the time of both, the threads of a preview's questions, and the log."""
        for module in (target, operations):
            monkeypatch.setattr(module, "time", self)
        monkeypatch.setattr(reads, "in_thread", _submitted)
        for level in ("info", "warn"):
            monkeypatch.setattr(pulumi.log, level, lambda _text: None)


def _submitted(ask: Callable[..., Any], *arguments: Any) -> Future[Any]:
    future: Future[Any] = Future()
    try:
        future.set_result(ask(*arguments))
    except Exception as error:  # noqa: BLE001 - as an executor does
        future.set_exception(error)
    return future


class Service(ChimeSdkVoice):
    """The client of the guards, whose calls the emulator's operations answer.

    Attributes:
        faults: of the emulator; only the read lag has an effect here.
        plan: what happens to the next writes of the provider: ``fail``, ``lose``, ``die before``, ``die after``, or None.
        on_write: hears of each write of the provider, with the settings before it.
        lost: kinds and voice connectors of writes that took effect, and whose responses were lost.
    """

    def __init__(self) -> None:
        super().__init__(read_config(CONFIGURATION.get, CONFIGURATION))
        self.faults = Faults()
        self.store = Store()
        self._operations = operations.Operations(self.store, Options(), self.faults)
        self._serial = itertools.count()
        self.plan: list[str | None] = []
        self.lost: set[tuple[str, str]] = set()
        self.on_write: Callable[[str, str, Value], None] = lambda _kind, _connector, _before: None

    def is_local(self, region: str) -> bool:
        return True

    def observes(self, service: str, region: str) -> bool:
        return False

    def call(
        self, operation: str, region: str, what: str, service: str = "", problem: object = None, **parameters: Any
    ) -> Any:
        connector = parameters.get("VoiceConnectorId")
        is_write = operation.startswith(("Put", "Delete"))
        fault = self.plan.pop(0) if is_write and self.plan else None
        try:
            if fault == "die before":
                raise Crash
            if fault == "fail":
                raise ServiceError("ServiceFailureException", "It was asked for as a fault.")
            if is_write and connector is not None:
                kind = EMERGENCY if "Emergency" in operation else ORIGINATION
                self.lost |= {(kind, connector)} if fault else set()
                self.on_write(kind, connector, self.live(kind, connector))
            answer = self.run(operation, **parameters)
        except ServiceError as error:
            details = {"Error": {"Code": error.code, "Message": error.message}}
            metadata = {"ResponseMetadata": {"HTTPStatusCode": error.status, "RequestId": "1"}}
            raise translate(ClientError({**details, **metadata}, operation), f"{what} ({region})", operation) from error
        if fault == "die after":
            raise Crash
        if fault == "lose":
            raise translate(EndpointConnectionError(endpoint_url="http://chime"), f"{what} ({region})", operation)
        return answer

    def run(self, operation: str, **parameters: Any) -> Any:
        """Runs an operation as anyone with access to the account may. Raises `ServiceError`."""
        result = self._operations.run(operation, Caller("test", ACCOUNT, REGION), parameters)
        return MODEL.operations[operation].format(result) or {}

    # --- the service's own view, which does not lag

    def connector(self, connector: str) -> Connector | None:
        with self.store.reading() as view:
            return view.connector(Scope(ACCOUNT, REGION), connector)

    def live(self, kind: str, connector: str) -> Value:
        """The settings of a voice connector; None if there are none."""
        found = self.connector(connector)
        if found is None:
            return None
        return value_of_api(kind, found.origination if kind == ORIGINATION else found.emergency)

    def new_connector(self) -> str:
        """Creates a voice connector that may have emergency calling. Its ID is not random, so that examples repeat."""
        identity = f"abcdefghij{next(self._serial):012d}"
        made = self.run("CreateVoiceConnector", Name="line", RequireEncryption=False)["VoiceConnector"]
        found = self.connector(made["VoiceConnectorId"])
        assert found is not None
        with self.store.writing() as view:
            view.delete(found)
            view.save(Connector(**{**vars(found), "voice_connector_id": identity, "termination": {"Disabled": False}}))
        return identity


def value_of_api(kind: str, settings: Any) -> Value:
    if settings is None:
        return None
    if kind == EMERGENCY:
        entries = settings.get("DNIS") or []
        return frozenset((entry["EmergencyPhoneNumber"], entry["CallingCountry"]) for entry in entries) or None
    routes = [{name.lower(): value for name, value in route.items()} for route in settings.get("Routes") or []]
    return value_of_props(kind, {"disabled": settings.get("Disabled", False), "routes": routes})


def value_of_props(kind: str, props: dict[str, Any]) -> Value:
    """The settings of a state, or of inputs."""
    if kind == EMERGENCY:
        entries = props["numbers"]
        entries = entries.values() if isinstance(entries, dict) else entries
        return frozenset((entry["emergencyPhoneNumber"], entry["callingCountry"]) for entry in entries)
    entries = props["routes"]
    entries = entries.values() if isinstance(entries, dict) else entries
    fields = ("host", "port", "protocol", "priority", "weight")
    return bool(props["disabled"]), frozenset(tuple(entry[field] for field in fields) for entry in entries)


def is_blank(kind: str, value: Value) -> bool:
    """Whether nothing is lost if the settings go."""
    return value is None or (kind == ORIGINATION and not value[1])


def is_met(kind: str, known: Value, live: Value) -> bool:
    """Whether `live` is what `known` asks for: off without routes leaves the stored ones open."""
    if kind == ORIGINATION and known == (True, frozenset()):
        return live is not None and live[0]
    return bool(known == live)
