"""Fault injection: errors, latency, throttling, stale reads and broken connections on demand."""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, overload

from chime_voice_emulator.model import SERVICE, ServiceError, code_of, status_of
from chime_voice_emulator.shapes import check_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ANY_OPERATION = "*"

_PLAN_FIELDS = {"operation", "answers", "voice_connector_id", "forever"}
_MAX_BUCKETS = 4096

_DURATION = re.compile(r"(?P<number>-?[0-9]{1,9}(?:\.[0-9]{1,9})?)(?P<unit>ms|s|m|h)?")
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
        """Returns the response of an ``error``."""
        return ServiceError(self.code, "This error is a planned fault.", status=self.status)


OK = Answer("ok")


def parse_duration(value: float | str, *, least: float = 0.0) -> float:
    """Parses a number of seconds or a string such as ``"100ms"``, ``"2s"`` or ``"1.5m"`` as seconds. Raises ValueError."""
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is None:
            raise ValueError(f"{value!r} is not a duration; write 100ms, 2s or 1.5m")
        value = float(match["number"]) * _UNITS[match["unit"]]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= _MAX_SECONDS:
        raise ValueError(f"{value!r} is not a duration from {least:g} to {_MAX_SECONDS:g} seconds")
    return float(value)


def parse_rate(value: str) -> tuple[float, float]:
    """Parses ``"10/s"``, ``"600/m"`` or ``"10/s:20"`` as requests per second and burst. Raises ValueError."""
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    rate = float(match["number"]) / _UNITS[match["unit"]] if match else 0.0
    if match is None or rate <= 0:
        raise ValueError(f"{value!r} is not a rate; write 10/s, 600/m or, with a burst, 10/s:20")
    burst = float(match["burst"]) if match["burst"] else max(1.0, rate)
    return rate, max(1.0, burst)


def parse_answer(value: int | str) -> tuple[Answer, int | None]:
    """Parses a planned answer and the number of requests that get it (None: all that follow). Raises ValueError."""
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
    """Parses ``OPERATION[@CONNECTOR]=ANSWER,ANSWER…`` as the arguments of `Faults.fail`. Raises ValueError."""
    target, separator, answers = text.partition("=")
    operation, _, connector = target.partition("@")
    if not separator or not operation or not answers:
        raise ValueError(f"{text!r} is not a fault; write OPERATION=ANSWER,ANSWER or OPERATION@CONNECTOR=ANSWER")
    return {"operation": operation, "voice_connector_id": connector or None, "answers": answers.split(",")}


def format_answer(answer: Answer, times: int | None) -> str:
    """Formats a planned answer so that `parse_answer` can parse it."""
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


class _Throttle:
    """A token bucket for each account."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._rate, self._burst = parse_rate(text)
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take_token(self, account: str) -> bool:
        """Takes a token from the account's bucket. Returns False if the bucket is empty."""
        with self._lock:
            now = time.monotonic()
            tokens, since = self._buckets.get(account, (self._burst, now))
            tokens = min(self._burst, tokens + (now - since) * self._rate)
            is_full_enough = tokens >= 1
            self._buckets[account] = (tokens - 1 if is_full_enough else tokens, now)
            if len(self._buckets) > _MAX_BUCKETS:
                self._buckets.popitem(last=False)
            return is_full_enough


class _Duration:
    """An attribute of `Faults` in seconds, which can also be set as a string such as ``"100ms"``. It is 0 by default."""

    def __init__(self, *, least: float = 0.0) -> None:
        self._least = least

    def __set_name__(self, owner: type[Faults], name: str) -> None:
        self._name = name

    @overload
    def __get__(self, faults: None, owner: type[Faults]) -> _Duration: ...
    @overload
    def __get__(self, faults: Faults, owner: type[Faults]) -> float: ...
    def __get__(self, faults: Faults | None, owner: type[Faults]) -> float | _Duration:
        return self if faults is None else vars(faults).get(self._name, 0.0)

    def __set__(self, faults: Faults, value: float | str) -> None:
        vars(faults)[self._name] = parse_duration(value, least=self._least)


class Faults:
    """The faults of one emulator. They can be set at any time, from any thread, and take effect on the next request.

    Attributes:
        latency: the delay of every response.
        not_found_after_create: how long every request for a new voice connector gets a NotFoundException. Connectors from
            ``seed`` are not new.
        read_lag: how long after a write reads return the previous state.
        clock_skew: how far the service's clock is ahead of the machine's clock (negative: behind). It affects the validity of
            signatures, the Date header and timestamps.
    """

    latency = _Duration()
    not_found_after_create = _Duration()
    read_lag = _Duration()
    clock_skew = _Duration(least=-_MAX_SECONDS)

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._plans: list[_Plan] = []
        self._throttle: _Throttle | None = None

    def __repr__(self) -> str:
        return f"Faults({self.as_dict()!r})"

    @property
    def throttle(self) -> str | None:
        """The rate above which an account's requests get a ThrottledClientException; None for no limit.

        It is ``"10/s"``, ``"600/m"`` or, with a burst, ``"10/s:20"``. By default, the burst is the requests of one second.
        """
        return None if self._throttle is None else self._throttle.text

    @throttle.setter
    def throttle(self, value: str | None) -> None:
        self._throttle = None if value is None else _Throttle(value)

    def fail(
        self,
        operation: str,
        answers: Iterable[int | str],
        *,
        voice_connector_id: str | None = None,
        forever: bool = False,
    ) -> None:
        """Plans the answers of the next requests, one answer per request.

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
        """Removes all faults."""
        with self._lock:
            self._plans.clear()
            self.throttle = None
            for name in _DURATIONS:
                setattr(self, name, 0)

    def next_answer(self, operation: str, voice_connector_id: str | None) -> Answer:
        """Returns how this request is answered, and uses up one planned answer."""
        if not self._plans:
            return OK
        with self._lock:
            for plan in self._plans:
                if plan.matches(operation, voice_connector_id):
                    answer = plan.take()
                    self._plans = [plan for plan in self._plans if plan.answers]
                    return answer
        return OK

    def admits(self, account: str) -> bool:
        """Whether the account may send a request now. This takes a token from its bucket."""
        throttle = self._throttle
        return throttle is None or throttle.take_token(account)

    def as_dict(self) -> dict[str, Any]:
        """Returns the current faults, in the form that `update` accepts."""
        with self._lock:
            planned = [
                {
                    "operation": plan.operation,
                    "voice_connector_id": plan.connector,
                    "answers": [format_answer(answer, times) for answer, times in plan.answers],
                }
                for plan in self._plans
            ]
            return {**{name: getattr(self, name) for name in _DURATIONS}, "throttle": self.throttle, "fail": planned}

    def update(self, settings: Mapping[str, Any]) -> None:
        """Sets faults from plain data: attributes by name, and ``fail`` as a list of the arguments of `fail`.

        Raises:
            ValueError: a name is unknown or a value is not valid; no fault is set.
        """
        Faults()._apply(settings)
        self._apply(settings)

    def _apply(self, settings: Mapping[str, Any]) -> None:
        check_object(settings, _NAMES, "faults")
        plans = settings.get("fail", [])
        if not isinstance(plans, list):
            raise ValueError("fail must be a list")
        for name in settings.keys() - {"fail"}:
            setattr(self, name, settings[name])
        for plan in plans:
            check_object(plan, _PLAN_FIELDS, "fail")
            if not isinstance(plan.get("answers"), list):
                raise ValueError("fail: answers must be a list")
            self.fail(
                str(plan.get("operation", ANY_OPERATION)),
                plan["answers"],
                voice_connector_id=plan.get("voice_connector_id"),
                forever=bool(plan.get("forever", False)),
            )


_DURATIONS = [name for name, attribute in vars(Faults).items() if isinstance(attribute, _Duration)]
_NAMES = {*_DURATIONS, "throttle", "fail"}


def _is_connector_id(value: object) -> bool:
    return isinstance(value, str) and SERVICE.connector_id_pattern.fullmatch(value) is not None
