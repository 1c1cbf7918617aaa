"""How one coming request is answered, and the short texts that say so on command lines and in JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from chime_voice_emulator.errors import ServiceError, code_of, status_of

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
    """How one coming request is answered.

    Attributes:
        kind: ``ok`` as usual; ``error`` with an error, and nothing is done; ``drop`` the connection closes, and nothing
            is done; ``lose`` the operation is done, then the connection closes without an answer; ``tear`` it is done,
            and the answer breaks off in its middle; ``slow`` it is done, and the answer trickles; ``delay`` it is done
            after a wait.
        status: the HTTP status of an ``error``.
        code: the name of an ``error``.
        seconds: how long a ``slow`` or ``delay`` takes.
    """

    kind: Kind
    status: int = 0
    code: str = ""
    seconds: float = 0.0

    def error(self) -> ServiceError:
        """The error that an ``error`` answers with."""
        return ServiceError(self.code, "This answer was asked for as a fault.", status=self.status)


OK = Answer("ok")


def parse_duration(value: float | str) -> float:
    """Seconds, from a number of seconds or a text such as ``"100ms"``, ``"2s"``, ``"1.5m"``. Raises ValueError."""
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if match is None:
            raise ValueError(f"{value!r} is not a duration; write 100ms, 2s or 1.5m")
        value = float(match["number"]) * _UNITS[match["unit"]]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= _MAX_SECONDS:
        raise ValueError(f"{value!r} is not a duration from 0 to {_MAX_SECONDS:.0e} seconds")
    return float(value)


def parse_skew(value: float | str) -> float:
    """Seconds as `parse_duration` reads them, which may be negative. Raises ValueError."""
    if isinstance(value, str):
        return -parse_duration(value[1:]) if value.startswith("-") else parse_duration(value)
    negative = isinstance(value, (int, float)) and value < 0
    return -parse_duration(-value) if negative else parse_duration(value)


def parse_rate(value: str) -> tuple[float, float]:
    """Requests a second and burst, from ``"10/s"``, ``"600/m"`` or ``"10/s:20"``. Raises ValueError."""
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    rate = float(match["number"]) / _UNITS[match["unit"]] if match else 0.0
    if match is None or rate <= 0:
        raise ValueError(f"{value!r} is not a rate; write 10/s, 600/m or, with a burst, 10/s:20")
    burst = float(match["burst"]) if match["burst"] else max(1.0, rate)
    return rate, max(1.0, burst)


def parse_answer(value: int | str) -> tuple[Answer, int | None]:
    """A planned answer and how many times it is given (None: from then on). Raises ValueError."""
    text = str(value)
    times: int | None = 1
    repeat = _REPEAT.fullmatch(text)
    if repeat:
        text = repeat["answer"]
        times = int(repeat["times"]) if repeat["times"] else None
    if times == 0:
        raise ValueError(f"{value!r} would be given no times")
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
    """`Faults.fail`'s arguments from ``OPERATION[@CONNECTOR]=ANSWER,ANSWER…``. Raises ValueError."""
    target, separator, answers = text.partition("=")
    operation, _, connector = target.partition("@")
    if not separator or not operation or not answers:
        raise ValueError(f"{text!r} is not a fault; write OPERATION=ANSWER,ANSWER or OPERATION@CONNECTOR=ANSWER")
    return {"operation": operation, "voice_connector_id": connector or None, "answers": answers.split(",")}


def spelt(answer: Answer, times: int | None) -> str:
    if answer.kind == "error":
        text = f"{answer.status}:{answer.code}" if answer.code != str(answer.status) else answer.code
    elif answer.kind in {"slow", "delay"}:
        text = f"{answer.kind}:{answer.seconds:g}s"
    else:
        text = answer.kind
    return text if times == 1 else f"{text}*{times or ''}"
