"""Fault injection: errors, latency, throttling, stale reads and broken connections on demand."""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from chime_voice_emulator.model import SERVICE, ServiceError, code_of, status_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ANY_OPERATION = "*"

_SECONDS = ("latency", "not_found_after_create", "read_lag", "clock_skew")
_NAMES = {*_SECONDS, "throttle", "fail"}
_PLAN_FIELDS = {"operation", "answers", "voice_connector_id", "forever"}
_MAX_BUCKETS = 4096

_DURATION = re.compile(r"(?P<number>[0-9]{1,9}(?:\.[0-9]{1,9})?)(?P<unit>ms|s|m|h)?")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}
_MAX_SECONDS = 1e9
_RATE = re.compile(r"(?P<number>[0-9]{1,9}(?:\.[0-9]{1,9})?)/(?P<unit>s|m)(?::(?P<burst>[0-9]{1,9}))?")
_REPEAT = re.compile(r"(?P<answer>.+?)\*(?P<times>[0-9]{0,9})")
_STATUS = re.compile(r"(?P<status>[45][0-9]{2})(?::(?P<code>[A-Za-z]{1,64}))?")

Kind: TypeAlias = Literal["ok", "error", "drop", "lose", "tear", "slow", "delay"]

_PLAIN: dict[str, Kind] = {"ok": "ok", "drop": "drop", "lose": "lose", "tear": "tear"}
_TIMED: dict[str, Kind] = {"slow": "slow", "delay": "delay"}


@dataclass(frozen=True)
class Answer:
    """How one request is answered.

    Attributes:
        kind: one of

            - ``ok``: normal processing.
            - ``error``: the response is an error, and the operation does not run.
            - ``drop``: the connection closes, and the operation does not run.
            - ``lose``: the operation runs, then the connection closes without a response.
            - ``tear``: the operation runs, and the response breaks off in the middle.
            - ``slow``: the operation runs, and the response arrives slowly.
            - ``delay``: the operation runs after a delay.
        status: the HTTP status of an ``error``.
        code: the name of an ``error``.
        seconds: how long a ``slow`` or ``delay`` takes.
    """

    kind: Kind
    status: int = 0
    code: str = ""
    seconds: float = 0.0

    def error(self) -> ServiceError:
        """The error response of an ``error``."""
        return ServiceError(self.code, "This answer was asked for as a fault.", status=self.status)


OK = Answer("ok")


def parse_duration(value: float | str) -> float:
    """Parse a number of seconds or a string such as ``"100ms"``, ``"2s"`` or ``"1.5m"`` as seconds. Raises ValueError."""
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is None:
            raise ValueError(f"{value!r} is not a duration; write 100ms, 2s or 1.5m")
        value = float(match["number"]) * _UNITS[match["unit"]]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MAX_SECONDS:
        raise ValueError(f"{value!r} is not a duration from 0 to {_MAX_SECONDS:.0e} seconds")
    return float(value)


def parse_skew(value: float | str) -> float:
    """Parse seconds like `parse_duration`; the value can be negative. Raises ValueError."""
    if isinstance(value, str):
        return -parse_duration(value[1:]) if value.startswith("-") else parse_duration(value)
    negative = isinstance(value, (int, float)) and value < 0
    return -parse_duration(-value) if negative else parse_duration(value)


def parse_rate(value: str) -> tuple[float, float]:
    """Parse ``"10/s"``, ``"600/m"`` or ``"10/s:20"`` as requests per second and burst. Raises ValueError."""
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    rate = float(match["number"]) / _UNITS[match["unit"]] if match else 0.0
    if match is None or rate <= 0:
        raise ValueError(f"{value!r} is not a rate; write 10/s, 600/m or, with a burst, 10/s:20")
    burst = float(match["burst"]) if match["burst"] else max(1.0, rate)
    return rate, max(1.0, burst)


def parse_answer(value: int | str) -> tuple[Answer, int | None]:
    """Parse a planned answer and how many requests get it (None: all that follow). Raises ValueError."""
    text = str(value)
    times: int | None = 1
    repeat = _REPEAT.fullmatch(text)
    if repeat:
        text = repeat["answer"]
        times = int(repeat["times"]) if repeat["times"] else None
    if times == 0:
        raise ValueError(f"{value!r} is repeated zero times")
    if text in _PLAIN:
        return Answer(_PLAIN[text]), times
    kind, _, rest = text.partition(":")
    if kind in _TIMED:
        return Answer(_TIMED[kind], seconds=parse_duration(rest)), times
    match = _STATUS.fullmatch(text)
    if match:
        status = int(match["status"])
        return Answer("error", status=status, code=match["code"] or code_of(status)), times
    try:
        return Answer("error", status=status_of(text), code=text), times
    except ValueError:
        raise ValueError(
            f"{value!r} is not an answer; write a status (503), an error's name, 400:Name, ok, drop, lose, tear, slow:2s"
            " or delay:2s"
        ) from None


def parse_plan(text: str) -> dict[str, Any]:
    """Parse ``OPERATION[@CONNECTOR]=ANSWER,ANSWER…`` as the arguments of `Faults.fail`. Raises ValueError."""
    target, separator, answers = text.partition("=")
    operation, _, connector = target.partition("@")
    if not separator or not operation or not answers:
        raise ValueError(f"{text!r} is not a fault; write OPERATION=ANSWER,ANSWER or OPERATION@CONNECTOR=ANSWER")
    return {"operation": operation, "voice_connector_id": connector or None, "answers": answers.split(",")}


def format_answer(answer: Answer, times: int | None) -> str:
    """Format a planned answer so that `parse_answer` can parse it."""
    if answer.kind == "error":
        text = f"{answer.status}:{answer.code}" if answer.code != str(answer.status) else answer.code
    elif answer.kind in {"slow", "delay"}:
        text = f"{answer.kind}:{answer.seconds:g}s"
    else:
        text = answer.kind
    return text if times == 1 else f"{text}*{times or ''}"


class _Plan:
    """Planned answers for one or all operations on one or all connectors."""

    def __init__(self, operation: str, connector: str | None, answers: Iterable[tuple[Answer, int | None]]) -> None:
        self.operation = operation
        self.connector = connector
        self.answers = deque(answers)

    def matches(self, operation: str, connector: str | None) -> bool:
        return self.operation in {ANY_OPERATION, operation} and self.connector in {None, connector}

    def take(self) -> Answer:
        answer, times = self.answers[0]
        if times is not None:
            if times > 1:
                self.answers[0] = (answer, times - 1)
            else:
                self.answers.popleft()
        return answer


class Faults:
    """The faults of one emulator. They can be set at any time, from any thread, and take effect on the next request.

    Durations are in seconds; 0 or None means no fault:

    - ``latency``: the delay of every response.
    - ``throttle``: the rate at which an account may send requests: ``"10/s"``, ``"600/m"`` or, with a burst, ``"10/s:20"``
      (by default the burst is the requests of one second). Requests above the rate get a ThrottledClientException.
    - ``not_found_after_create``: how long every request for a new voice connector gets a NotFoundException. Connectors from
      ``seed`` are not new.
    - ``read_lag``: how long after a write reads return the previous state.
    - ``clock_skew``: how far the service's clock is ahead of the machine's clock (negative: behind). It affects the validity
      of signatures, the Date header and timestamps.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._plans: list[_Plan] = []
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._rate: tuple[float, float] | None = None
        self._throttle: str | None = None
        self._seconds = dict.fromkeys(_SECONDS, 0.0)

    def __repr__(self) -> str:
        return f"Faults({self.as_dict()!r})"

    @property
    def latency(self) -> float:
        """The delay of every response, in seconds."""
        return self._seconds["latency"]

    @latency.setter
    def latency(self, value: float | str) -> None:
        self._seconds["latency"] = parse_duration(value)

    @property
    def not_found_after_create(self) -> float:
        """How long a new connector is not found, in seconds."""
        return self._seconds["not_found_after_create"]

    @not_found_after_create.setter
    def not_found_after_create(self, value: float | str) -> None:
        self._seconds["not_found_after_create"] = parse_duration(value)

    @property
    def read_lag(self) -> float:
        """How long reads return the state before a write, in seconds."""
        return self._seconds["read_lag"]

    @read_lag.setter
    def read_lag(self, value: float | str) -> None:
        self._seconds["read_lag"] = parse_duration(value)

    @property
    def clock_skew(self) -> float:
        """How far the service's clock is ahead, in seconds."""
        return self._seconds["clock_skew"]

    @clock_skew.setter
    def clock_skew(self, value: float | str) -> None:
        self._seconds["clock_skew"] = parse_skew(value)

    @property
    def throttle(self) -> str | None:
        """The rate above which requests are throttled, in the form in which it was set."""
        return self._throttle

    @throttle.setter
    def throttle(self, value: str | None) -> None:
        rate = None if value is None else parse_rate(value)
        with self._lock:
            self._throttle, self._rate = value, rate
            self._buckets.clear()

    def fail(
        self,
        operation: str,
        answers: Iterable[int | str],
        *,
        voice_connector_id: str | None = None,
        forever: bool = False,
    ) -> None:
        """Plan the answers of the next requests, one answer per request.

        Args:
            operation: the name of an operation, or ``"*"`` for all.
            answers: for each request one of: an error status (``503``: the model's error with this status), an error name
                (``"AccessDeniedException"``), a status with any name (``"400:ExpiredTokenException"``), ``"ok"``, ``"drop"``,
                ``"lose"``, ``"tear"``, ``"slow:2s"`` or ``"delay:500ms"`` (see `Answer`). A string can end in ``*3`` (three
                requests) or ``*`` (all requests that follow).
            voice_connector_id: limits the plan to requests whose path names this connector.
            forever: whether the last answer applies to all requests that follow.

        Raises:
            ValueError: an operation or answer is unknown, there is no answer, or the ID is not valid.
        """
        if operation != ANY_OPERATION and operation not in SERVICE.operations:
            raise ValueError(f"{operation} is not an operation of Chime SDK Voice")
        if voice_connector_id is not None and not _is_connector_id(voice_connector_id):
            raise ValueError(f"{voice_connector_id!r} is not a voice connector ID")
        parsed = [parse_answer(answer) for answer in answers]
        if not parsed:
            raise ValueError("fail needs at least one answer")
        if forever:
            parsed[-1] = (parsed[-1][0], None)
        with self._lock:
            self._plans.append(_Plan(operation, voice_connector_id, parsed))

    def clear(self) -> None:
        """Remove all faults."""
        with self._lock:
            self._plans.clear()
            self._seconds = dict.fromkeys(_SECONDS, 0.0)
            self.throttle = None

    def next_answer(self, operation: str, voice_connector_id: str | None) -> Answer:
        """Return how this request is answered, and use up one planned answer."""
        if not self._plans:
            return OK
        with self._lock:
            for plan in self._plans:
                if plan.matches(operation, voice_connector_id):
                    answer = plan.take()
                    self._plans = [left for left in self._plans if left.answers]
                    return answer
        return OK

    def admits(self, account: str) -> bool:
        """Return whether the account may send a request now, and take a token from its bucket."""
        if self._rate is None:
            return True
        with self._lock:
            if self._rate is None:
                return True
            rate, burst = self._rate
            now = time.monotonic()
            tokens, since = self._buckets.get(account, (burst, now))
            tokens = min(burst, tokens + (now - since) * rate)
            admitted = tokens >= 1
            self._buckets[account] = (tokens - 1 if admitted else tokens, now)
            if len(self._buckets) > _MAX_BUCKETS:
                self._buckets.popitem(last=False)
            return admitted

    def as_dict(self) -> dict[str, Any]:
        """The current faults, in the form that `update` accepts."""
        with self._lock:
            planned = [
                {
                    "operation": plan.operation,
                    "voice_connector_id": plan.connector,
                    "answers": [format_answer(answer, times) for answer, times in plan.answers],
                }
                for plan in self._plans
            ]
            return {**self._seconds, "throttle": self._throttle, "fail": planned}

    def update(self, settings: Mapping[str, Any]) -> None:
        """Set faults from plain data: attributes by name, and ``fail`` as a list of the arguments of `fail`.

        Raises:
            ValueError: a name is unknown or a value is not valid; no fault is set.
        """
        Faults()._apply(settings)
        self._apply(settings)

    def _apply(self, settings: Mapping[str, Any]) -> None:
        _check_object(settings, _NAMES, "faults")
        plans = settings.get("fail", [])
        if not isinstance(plans, list):
            raise ValueError("fail must be a list")
        for name in settings.keys() - {"fail"}:
            setattr(self, name, settings[name])
        for plan in plans:
            _check_object(plan, _PLAN_FIELDS, "fail")
            if not isinstance(plan.get("answers"), list):
                raise ValueError("fail: answers must be a list")
            self.fail(
                str(plan.get("operation", ANY_OPERATION)),
                plan["answers"],
                voice_connector_id=plan.get("voice_connector_id"),
                forever=bool(plan.get("forever", False)),
            )


def _is_connector_id(value: object) -> bool:
    return isinstance(value, str) and SERVICE.connector_id_pattern.fullmatch(value) is not None


def _check_object(given: object, allowed: set[str], where: str) -> None:
    if not isinstance(given, dict):
        raise ValueError(f"{where} must be an object")
    unknown = given.keys() - allowed
    if unknown:
        raise ValueError(f"{where}: unknown {', '.join(sorted(unknown))}")
