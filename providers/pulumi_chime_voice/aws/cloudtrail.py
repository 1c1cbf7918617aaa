"""Reads from CloudTrail who changed the settings of a voice connector.

An answer is evidence, never a reason to stop: whatever CloudTrail sends is either an event that makes sense, or passed over.
"""

from __future__ import annotations

import datetime
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import ChimeVoiceError
from ..evidence import Evidence
from ..text import printable
from .config import CLOUDTRAIL
from .failures import not_evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .client import ChimeSdkVoice

SECONDS = 6.0
"""The longest wait for all events together, where a change is being blocked."""
PAGE_SIZE = 50
"""The most that one page of CloudTrail has."""
REQUESTS_PER_SECOND = 2
"""CloudTrail's quota for an account and a region."""
OWN_DEPLOYMENT = datetime.timedelta(minutes=15)
"""For how long after a write of this package an event without settings may belong to the same deployment."""

_HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
_MOST_ARN = 2048
"""The longest ARN that IAM allows."""


@dataclass(frozen=True)
class Event:
    """A successful call that changed settings, as CloudTrail recorded it.

    Attributes:
        time: when AWS received the call, in UTC.
        who: ARN of the caller; another name if the event has no ARN, and ``"unknown"`` if it has none.
        user_agent: of the caller; empty if the event has none.
        source: IP address or AWS service that sent it; empty if the event has none.
        parameters: of the call, with the names that CloudTrail uses. They may contain phone numbers.
    """

    time: datetime.datetime
    operation: str
    connector: str
    region: str
    who: str
    user_agent: str
    source: str
    parameters: Mapping[str, Any]

    @property
    def is_own(self) -> bool:
        """Whether this package sent the call, on whatever machine."""
        return "pulumi-chime-voice/" in self.user_agent

    @property
    def has_hidden_values(self) -> bool:
        """Whether CloudTrail replaced values of the parameters."""
        return _HIDDEN in json.dumps(self.parameters)


def read_events(
    api: ChimeSdkVoice, operations: Iterable[str], region: str, *, days: int = 7, pages: int = 2
) -> tuple[list[Event], bool]:
    """Returns the events of operations, newest first, and whether all pages were read.

    CloudTrail looks events up by the name of the operation. It cannot look them up by voice connector.

    Args:
        days: how far to look back, 1 to 90.
        pages: how many pages of each operation are read, at most.
    """
    found: list[Event] = []
    is_complete = True
    next_request = 0.0
    for operation in operations:
        now = datetime.datetime.now(datetime.timezone.utc)
        request: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": operation}],
            "StartTime": now - datetime.timedelta(days=days),
            "EndTime": now,
            "MaxResults": PAGE_SIZE,
        }
        for _ in range(pages):
            time.sleep(max(next_request - time.monotonic(), 0.0))
            next_request = time.monotonic() + 1 / REQUESTS_PER_SECOND
            page = _read_page(api, f"looking up {operation} in CloudTrail", region, request)
            found += [event for entry in page["Events"] if (event := _event(entry, operation, region)) is not None]
            request["NextToken"] = page.get("NextToken")
            if not isinstance(request["NextToken"], str) or not request["NextToken"]:
                break
        else:
            is_complete = False
    return sorted(found, key=lambda event: event.time, reverse=True), is_complete


def _read_page(api: ChimeSdkVoice, what: str, region: str, request: Mapping[str, Any]) -> Any:
    try:
        page = api.call("LookupEvents", region, what, CLOUDTRAIL, **request)
        return {**page, "Events": list(page["Events"])}
    except ChimeVoiceError:
        raise
    except Exception as error:
        raise not_evidence("CloudTrail", f"{what} ({region})", error) from error


def recent_events(api: ChimeSdkVoice) -> Evidence[list[Event]]:
    """Returns what reads a region's events of operations for a message, newest first: without an error or a long wait.

    They are read once for the whole run, whichever voice connectors are concerned.
    """

    def read(region: str, *operations: str) -> list[Event]:
        return read_events(api, operations, region)[0] if api.observes(CLOUDTRAIL, region) else []

    return Evidence(read, SECONDS)


def last_change(events: Iterable[Event], is_live: Callable[[Event], bool | None]) -> Event | None:
    """Returns the event that explains the live settings; None if none does.

    Only the newest can: after an older one, the settings were changed again, and CloudTrail has no event of the last change yet.
    An event that shows its settings counts if they are the live ones. One that does not show them counts unless it is of this
    package, or follows such an event so closely that both may be of one deployment.

    Args:
        events: of one voice connector, newest first. Their times have whole seconds, so several may be the newest.
        is_live: whether the event left the settings as they are now; None if the event does not show its settings.
    """
    newest_first = list(events)
    newest = [event for event in newest_first if event.time == newest_first[0].time]
    possible = [event for event in newest if is_live(event) is not False]
    if len({event.who for event in possible}) != 1:
        return None
    event = next(filter(is_live, possible), possible[0])
    if is_live(event):
        return event
    own = (other for other in newest_first if other.is_own)
    return None if any(event.time - other.time < OWN_DEPLOYMENT for other in own) else event


def api_form(value: Any) -> Any:
    """Returns parameters with the API's names: CloudTrail writes ``voiceConnectorId`` for ``VoiceConnectorId``."""
    if isinstance(value, dict):
        return {f"{name[:1].upper()}{name[1:]}": api_form(member) for name, member in value.items()}
    return [api_form(member) for member in value] if isinstance(value, list) else value


def _event(entry: Any, operation: str, region: str) -> Event | None:
    """Returns an event that succeeded; None for others, and for what is none."""
    try:
        record = json.loads(entry["CloudTrailEvent"])
        parameters = record["requestParameters"]
        connector = next(value for name, value in parameters.items() if name.lower() == "voiceconnectorid")
        moment = datetime.datetime.fromisoformat(record["eventTime"].replace("Z", "+00:00"))
        if record["eventName"] != operation or record.get("errorCode") or moment.tzinfo is None:
            return None
        moment = moment.astimezone(datetime.timezone.utc)
    except (AttributeError, KeyError, OverflowError, RecursionError, StopIteration, TypeError, ValueError):
        return None
    if not isinstance(connector, str):
        return None
    return Event(
        time=moment,
        operation=operation,
        connector=connector,
        region=region,
        who=_who(record.get("userIdentity")),
        user_agent=_text(record.get("userAgent")),
        source=_text(record.get("sourceIPAddress")),
        parameters=parameters,
    )


def _who(identity: Any) -> str:
    if not isinstance(identity, dict):
        return "unknown"
    names = (identity.get(name) for name in ("arn", "invokedBy", "userName", "principalId", "type"))
    return next((text for name in names if (text := _text(name, _MOST_ARN))), "unknown")


def _text(value: Any, most: int = 200) -> str:
    return printable(value.strip())[:most] if isinstance(value, str) else ""
