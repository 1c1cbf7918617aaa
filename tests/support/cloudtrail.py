"""A CloudTrail that answers LookupEvents as botocore's model describes it, with the events that a test puts there."""

from __future__ import annotations

import datetime
import json
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.validate import ParamValidator

if TYPE_CHECKING:
    from collections.abc import Callable

CONTENT_TYPE = "application/x-amz-json-1.1"
CONSOLE = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"


def record(
    operation: str,
    connector: str,
    *,
    minutes_ago: float = 30,
    who: str = "arn:aws:sts::111122223333:assumed-role/OnCall/jane",
    user_agent: str = CONSOLE,
    **members: Any,
) -> dict[str, Any]:
    """Returns an event as CloudTrail stores it; `members` replace or add others, and None removes one."""
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=minutes_ago)
    event = {
        "eventVersion": "1.09",
        "userIdentity": {"type": "AssumedRole", "arn": who, "accountId": "111122223333"},
        "eventTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "chime.amazonaws.com",
        "eventName": operation,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "198.51.100.7",
        "userAgent": user_agent,
        "requestParameters": {"voiceConnectorId": connector},
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        **members,
    }
    return {name: value for name, value in event.items() if value is not None}


def origination_record(connector: str, settings: dict[str, Any], **members: Any) -> dict[str, Any]:
    """Returns the event of a PutVoiceConnectorOrigination with these settings, in the API's form."""
    parameters = {"voiceConnectorId": connector, "origination": _as_cloudtrail_writes(settings)}
    return record("PutVoiceConnectorOrigination", connector, **{"requestParameters": parameters, **members})


def _as_cloudtrail_writes(value: Any) -> Any:
    if isinstance(value, dict):
        return {name[:1].lower() + name[1:]: _as_cloudtrail_writes(member) for name, member in value.items()}
    return [_as_cloudtrail_writes(member) for member in value] if isinstance(value, list) else value


class CloudTrailServer:
    """Runs for as long as a `with` block.

    Attributes:
        records: events, in any order.
        requests: what was asked, as (event name, whether it was a further page).
        times: when, in seconds of `time.monotonic`.
        answer: makes the whole body of every answer, in place of the model's; None for the model's.
        denied: the code with which every request is refused, or whether it is (`AccessDeniedException`).
    """

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.requests: list[tuple[str, bool]] = []
        self.times: list[float] = []
        self.answer: Callable[[], bytes] | None = None
        self.denied: str | bool = False
        model = botocore.session.Session().get_service_model("cloudtrail")
        self._input = model.operation_model("LookupEvents").input_shape

    def __enter__(self) -> CloudTrailServer:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None: ...

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                assert (
                    self.headers["x-amz-target"]
                    == "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents"
                )
                assert "/cloudtrail/aws4_request" in self.headers["authorization"]
                status, answer = owner._reply(json.loads(body))
                self.send_response(status)
                self.send_header("Content-Type", CONTENT_TYPE)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _reply(self, request: dict[str, Any]) -> tuple[int, bytes]:
        self.times.append(time.monotonic())
        parsed = {
            **request,
            **{
                name: datetime.datetime.fromtimestamp(request[name], datetime.timezone.utc)
                for name in ("StartTime", "EndTime")
            },
        }
        report = ParamValidator().validate(parsed, self._input)
        assert not report.has_errors(), report.generate_report()
        (attribute,) = request["LookupAttributes"]
        assert attribute["AttributeKey"] == "EventName"
        assert 1 <= request["MaxResults"] <= 50
        self.requests.append((attribute["AttributeValue"], "NextToken" in request))
        if self.denied:
            text = "User: arn:aws:iam::111122223333:user/x is not authorized to perform: cloudtrail:LookupEvents"
            code = self.denied if isinstance(self.denied, str) else "AccessDeniedException"
            return 400, json.dumps({"__type": code, "message": text}).encode()
        if self.answer is not None:
            return 200, self.answer()
        return 200, json.dumps(self._page(parsed, attribute["AttributeValue"])).encode()

    def _page(self, request: dict[str, Any], name: str) -> dict[str, Any]:
        found = [
            (moment, event)
            for event in self.records
            if event["eventName"] == name and request["StartTime"] <= (moment := _time(event)) <= request["EndTime"]
        ]
        found.sort(key=lambda pair: pair[0], reverse=True)
        start = int(request.get("NextToken", "0"))
        end = start + request["MaxResults"]
        page: dict[str, Any] = {"Events": [_entry(event) for _, event in found[start:end]]}
        return {**page, "NextToken": str(end)} if end < len(found) else page


def _time(event: dict[str, Any]) -> datetime.datetime:
    return datetime.datetime.fromisoformat(event["eventTime"].replace("Z", "+00:00"))


def _entry(event: dict[str, Any]) -> dict[str, Any]:
    return {
        "EventId": event["eventID"],
        "EventName": event["eventName"],
        "ReadOnly": "false",
        "EventTime": _time(event).timestamp(),
        "EventSource": event["eventSource"],
        "Resources": [],
        "CloudTrailEvent": json.dumps(event),
    }
