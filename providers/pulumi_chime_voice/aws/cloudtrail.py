"""Reads from CloudTrail who changed the settings of a voice connector.

An answer is evidence, never a reason to stop: whatever CloudTrail sends is either an event that makes sense, or passed over.
"""

from __future__ import annotations

import datetime
import json
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import ApiError, ChimeVoiceError
from ..evidence import Evidence
from ..text import printable
from .config import CLOUDTRAIL
from .failures import CHECK_ENDPOINT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from .client import ChimeSdkVoice

DEFAULT_DAYS = 7
SECONDS = 6.0
"""The longest wait for all events together, where a change is being blocked."""
PAGES = 2
PAGE_SIZE = 50
"""The most that one page of CloudTrail has."""
REQUESTS_PER_SECOND = 2
"""CloudTrail's quota for an account and a region."""
OWN_DEPLOYMENT = datetime.timedelta(minutes=15)
"""For how long after a write of this package an event without settings may belong to the same deployment."""

_OWN_USER_AGENT = "pulumi-chime-voice/"
_HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
_MOST_TEXT = 200
_MOST_ARN = 2048
"""The longest ARN that IAM allows."""


@dataclass(frozen=True)
class Event:
    """A successful call that changed settings, as CloudTrail recorded it.

    Attributes:
        time: when AWS received the call, in UTC.
        operation: its name, such as ``"PutVoiceConnectorOrigination"``.
        connector: ID of the voice connector.
        region: AWS region that received it.
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
        return _OWN_USER_AGENT in self.user_agent

    @property
    def has_hidden_values(self) -> bool:
        """Whether CloudTrail replaced values of the parameters."""
        return _HIDDEN in json.dumps(self.parameters)


class CloudTrail:
    """Looks events up by the name of the operation. CloudTrail cannot look them up by voice connector.

    Args:
        api: whose session and credentials are used.
    """

    def __init__(self, api: ChimeSdkVoice) -> None:
        self._api = api
        self._lock = threading.Lock()
        self._next_request = 0.0

    def events(
        self, operations: Iterable[str], region: str, *, days: int = DEFAULT_DAYS, pages: int = PAGES
    ) -> tuple[list[Event], bool]:
        """Returns the events of operations, newest first, and whether all pages were read.

        Args:
            operations: their names.
            region: AWS region whose CloudTrail is read.
            days: how far to look back, 1 to 90.
            pages: how many pages of each operation are read, at most.

        Raises:
            ApiError: CloudTrail rejects the request, cannot be reached, or answers with something else.
            ConfigurationError: no session can be made.
        """
        found: list[Event] = []
        is_complete = True
        for operation in operations:
            events, is_last = self._events_of(operation, region, days, pages)
            found += events
            is_complete = is_complete and is_last
        return sorted(found, key=lambda event: event.time, reverse=True), is_complete

    def _events_of(self, operation: str, region: str, days: int, pages: int) -> tuple[list[Event], bool]:
        what = f"looking up {operation} in CloudTrail"
        end = datetime.datetime.now(datetime.timezone.utc)
        start = end - datetime.timedelta(days=days)
        request: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": operation}],
            "StartTime": start,
            "EndTime": end,
            "MaxResults": PAGE_SIZE,
        }
        found: list[Event] = []
        for _ in range(pages):
            self._wait_for_quota()
            page = self._read_page(what, region, request)
            found += [event for entry in page["Events"] if (event := _event(entry, operation, region)) is not None]
            token = page.get("NextToken")
            if not isinstance(token, str) or not token:
                return found, True
            request["NextToken"] = token
        return found, False

    def _read_page(self, what: str, region: str, request: Mapping[str, Any]) -> Any:
        try:
            page = self._api.call("LookupEvents", region, what, service=CLOUDTRAIL, **request)
            if isinstance(page.get("Events"), list):
                return page
        except ChimeVoiceError:
            raise
        except Exception:  # noqa: BLE001, S110 - botocore's parser raises errors of many types
            pass
        raise ApiError(
            f"{what} ({region}): the response is not one of CloudTrail. {CHECK_ENDPOINT}", code="ResponseParserError"
        )

    def _wait_for_quota(self) -> None:
        with self._lock:
            now = time.monotonic()
            begin = max(now, self._next_request)
            self._next_request = begin + 1 / REQUESTS_PER_SECOND
        time.sleep(begin - now)


class LastChanges:
    """Finds the last change of settings for a message. It neither raises an error nor waits for long.

    Each operation of a region is looked up once for the whole run, whichever voice connectors are asked about.

    Args:
        api: whose session and credentials are used.
    """

    def __init__(self, api: ChimeSdkVoice) -> None:
        self._api = api
        self._cloudtrail = CloudTrail(api)
        self._events = Evidence(self._lookup, SECONDS)

    def __call__(
        self, connector: str, region: str, operations: tuple[str, ...], is_live: Callable[[Event], bool | None]
    ) -> Event | None:
        """Returns the event that made the settings what they are now; None if CloudTrail does not tell.

        Args:
            connector: ID of the voice connector.
            region: AWS region of the endpoint.
            operations: those that change the settings.
            is_live: whether the event left the settings as they are now; None if the event does not show its settings.
        """
        events = self._events(region, *operations) or []
        return last_change([event for event in events if event.connector == connector], is_live)

    def _lookup(self, region: str, *operations: str) -> list[Event]:
        return self._cloudtrail.events(operations, region)[0] if self._api.has_cloudtrail(region) else []


def last_change(events: Iterable[Event], is_live: Callable[[Event], bool | None]) -> Event | None:
    """Returns the event that explains the live settings; None if none does.

    Only the newest can: after an older one, the settings were changed again, and CloudTrail has no event of the last change yet.
    An event that shows its settings counts if they are the live ones. One that does not show them counts unless it is of this
    package, or follows such an event so closely that both may be of one deployment.

    Args:
        events: of one voice connector, newest first. Their times have whole seconds, so several may be the newest.
        is_live: as for `LastChanges`.
    """
    newest_first = list(events)
    newest = [event for event in newest_first if event.time == newest_first[0].time]
    possible = [event for event in newest if is_live(event) is not False]
    if len({event.who for event in possible}) != 1:
        return None
    event = possible[0]
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


def _text(value: Any, most: int = _MOST_TEXT) -> str:
    return printable(value.strip())[:most] if isinstance(value, str) else ""
