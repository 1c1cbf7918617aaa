"""A response that is not one of Chime SDK Voice, even with a status of success, is an error in one sentence."""

from __future__ import annotations

import contextlib
import json
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pulumi_chime_voice import ApiError, NotFoundError
from pulumi_chime_voice.origination.api import ORIGINATION_API
from pulumi_chime_voice.origination.routes import Settings, call_distribution

from ...support.servers import Reply, Stranger
from .support import CONNECTOR, client
from .test_failures import CALLS, MODEL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pulumi_chime_voice.aws.client import ChimeSdkVoice

PAGE = b"<!DOCTYPE html><html><body>Sign in to the network</body></html>"
OTHER_SERVERS = {
    "204": Reply(204, content_type=None),
    "nothing": Reply(200),
    "no-type": Reply(200, content_type=None),
    "another-service": Reply(200, b'{"status": "ok"}'),
    "null": Reply(200, b"null"),
    "list": Reply(200, b"[]"),
    "text": Reply(200, b'"ok"'),
    "number": Reply(200, b"1"),
    "page": Reply(200, PAGE, content_type="text/html; charset=utf-8"),
    "cut": Reply(200, b'{"Origination": {"Routes": [{"Host": "a"', ("Transfer-Encoding: identity",)),
    "utf-16": Reply(200, json.dumps({"VoiceConnectors": []}).encode("utf-16")),
    "latin-1": Reply(200, b'{"Name": "\xe9"}'),
    "deep": Reply(200, b"[" * 100_000),
    "digits": Reply(200, b'{"Origination": {"Routes": [{"Port": ' + b"9" * 5000 + b"}]}}"),
    "redirect": Reply(302, b"", ("Location: https://sso.example.com/login?next=secret",), "text/html"),
    "moved": Reply(301, PAGE, ("Location: /login",), "text/html"),
    "not-modified": Reply(304, content_type=None),
    "created": Reply(201, b"{}"),
}
"""Whatever is asked: 204 is the right answer to a delete alone."""


def needs_confirmation(call: Callable[[Any], Any], reply: Reply) -> bool:
    """Whether the reply can be the operation's own response, so that the voice connector is read as well."""
    return reply is OTHER_SERVERS["another-service"] and call in (
        CALLS["GetVoiceConnectorOrigination"][1],
        CALLS["GetVoiceConnectorEmergencyCallingConfiguration"][1],
        CALLS["GetVoiceConnectorTermination"][1],
    )


class Service(NamedTuple):
    """A server that can send any reply, and a client whose endpoint it is."""

    server: Stranger
    api: ChimeSdkVoice

    def answers(self, reply: Reply | Callable[[str, str], Reply]) -> None:
        self.server.reply = reply
        self.server.asked.clear()

    def error(self, call: Callable[[ChimeSdkVoice], Any]) -> str:
        with pytest.raises(ApiError) as caught:
            call(self.api)
        assert not isinstance(caught.value, NotFoundError)
        return str(caught.value)


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with Stranger(Reply(204)) as server:
        yield Service(server, client(server.url, maxRetries="1", accessKey="test", secretKey="test"))


@pytest.mark.parametrize(
    ("operation", "stranger"),
    [(asked, name) for asked in CALLS for name in OTHER_SERVERS if not (asked.startswith("Delete") and name == "204")],
)
def test_no_answer_to_any_operation(service: Service, operation: str, stranger: str) -> None:
    """The error has the endpoint, its answer and the fix; the outcome of a write is unknown. There is no second attempt."""
    what, call = CALLS[operation]
    reply = OTHER_SERVERS[stranger]
    service.answers(reply)
    text = service.error(call)
    if not needs_confirmation(call, reply):
        assert text.startswith(f"{what}: ")
    assert f": {service.server.url} answered {reply.status} " in text
    assert (reply.content_type or "no content type").partition(";")[0] in text
    assert "Check the endpoint" in text
    assert ("The outcome is unknown." in text) == operation.startswith(("Put", "Delete"))
    assert "\n" not in text
    assert len(text) < 500
    assert "secret" not in text
    assert len(service.server.asked) == (2 if needs_confirmation(call, reply) else 1)


ROUTES = '{"Origination": {"Routes": %s}}'
DNIS = '{"EmergencyCallingConfiguration": {"DNIS": %s}}'
ORIGINATION, EMERGENCY = "VoiceConnectorOrigination", "VoiceConnectorEmergencyCallingConfiguration"


@pytest.mark.parametrize(
    ("operations", "body", "problem"),
    [
        ((f"Get{ORIGINATION}", f"Put{ORIGINATION}"), '{"Origination": "x"}', "Origination is text, not an object"),
        ((f"Get{ORIGINATION}", f"Put{ORIGINATION}"), '{"Origination": []}', "Origination is a list, not an object"),
        ((f"Get{ORIGINATION}",), ROUTES % "{}", "Origination.Routes is an object, not a list"),
        ((f"Get{ORIGINATION}",), ROUTES % "[null]", "Origination.Routes[0] is null, not an object"),
        ((f"Get{ORIGINATION}",), ROUTES % '[{}, {"Port": "5060"}]', "Origination.Routes[1].Port is text, not a whole"),
        ((f"Get{ORIGINATION}",), ROUTES % '[{"Port": 5060.5}]', "Origination.Routes[0].Port is a number, not a whole"),
        ((f"Get{ORIGINATION}",), ROUTES % '[{"Port": NaN}]', "Origination.Routes[0].Port is a number, not a whole"),
        ((f"Get{ORIGINATION}",), ROUTES % '[{"Port": true}]', "Origination.Routes[0].Port is true or false, not a"),
        ((f"Get{ORIGINATION}",), ROUTES % ('[{"Port": 1%s}]' % ("0" * 400)), "Port is a number, not a whole"),
        (
            (f"Get{ORIGINATION}",),
            ROUTES % r'[{"Host": "\ud800"}]',
            "Origination.Routes[0].Host is text, not valid text",
        ),
        ((f"Get{ORIGINATION}",), '{"Origination": {"Disabled": "false"}}', "Disabled is text, not true or false"),
        ((f"Put{ORIGINATION}",), '{"Origination": null}', "Origination is missing"),
        ((f"Get{EMERGENCY}", f"Put{EMERGENCY}"), DNIS % "[null]", "DNIS[0] is null, not an object"),
        ((f"Get{EMERGENCY}",), DNIS % "[{}]", "DNIS[0].EmergencyPhoneNumber is missing"),
        ((f"Get{EMERGENCY}",), DNIS % '[{"EmergencyPhoneNumber": "+1"}]', "DNIS[0].CallingCountry is missing"),
        ((f"Get{EMERGENCY}",), DNIS % '"+13125550123"', "DNIS is text, not a list"),
        (("GetVoiceConnectorTermination",), '{"Termination": 1}', "Termination is a number, not an object"),
        (("GetVoiceConnector",), "{}", "VoiceConnector is missing"),
        (("GetVoiceConnector",), '{"VoiceConnector": {}}', "VoiceConnector.VoiceConnectorId is missing"),
        (
            ("GetVoiceConnector",),
            '{"VoiceConnector": {"VoiceConnectorId": 1}}',
            "VoiceConnectorId is a number, not valid text",
        ),
        (("GetVoiceConnector",), '{"VoiceConnector": {"VoiceConnectorId": "x"}}', "another voice connector"),
        (("ListVoiceConnectors",), "{}", "VoiceConnectors is missing"),
        (("ListVoiceConnectors",), '{"VoiceConnectors": [{}]}', "VoiceConnectors[0].VoiceConnectorId is missing"),
        (("ListVoiceConnectorGroups",), "{}", "VoiceConnectorGroups is missing"),
        (("ListPhoneNumbers",), "{}", "PhoneNumbers is missing"),
        (("ListPhoneNumbers",), '{"PhoneNumbers": [{"Associations": 7}]}', "Associations is a number, not a list"),
        (
            ("ListPhoneNumbers",),
            '{"PhoneNumbers": [{"CreatedTimestamp": "soon"}]}',
            "CreatedTimestamp is text, not a time",
        ),
        (("ListPhoneNumbers",), '{"PhoneNumbers": [], "NextToken": 7}', "NextToken is a number, not valid text"),
        (("DeleteVoiceConnectorOrigination",), "{}", "204 is expected"),
    ],
)
def test_not_what_the_model_has(service: Service, operations: tuple[str, ...], body: str, problem: str) -> None:
    """The error has the member and its type, and not the value, which may be a phone number."""
    for operation in operations:
        service.answers(Reply(200, body.encode()))
        text = service.error(CALLS[operation][1])
        assert f"{service.server.url} answered 200 (application/json)" in text
        assert problem in text
        assert "3125550123" not in text
        assert len(service.server.asked) == 1


class TestSettingsThatAreAbsent:
    """A Get without the settings' member means that there are none, if the voice connector itself is found."""

    def replies(self, connector: Reply) -> Callable[[str, str], Reply]:
        return lambda _, path: Reply(200, b"{}") if path.endswith("/origination") else connector

    def test_confirmed(self, service: Service) -> None:
        own = Reply(200, json.dumps({"VoiceConnector": {"VoiceConnectorId": CONNECTOR}}).encode())
        service.answers(self.replies(own))
        assert ORIGINATION_API.get(service.api, CONNECTOR, "us-east-1") is None
        assert service.server.asked == [
            ("GET", f"/voice-connectors/{CONNECTOR}/origination"),
            ("GET", f"/voice-connectors/{CONNECTOR}"),
        ]

    def test_of_another_voice_connector(self, service: Service) -> None:
        """The response has another voice connector."""
        other = Reply(200, json.dumps({"VoiceConnector": {"VoiceConnectorId": "other"}}).encode())
        service.answers(self.replies(other))
        assert "another voice connector" in service.error(CALLS["GetVoiceConnectorOrigination"][1])

    def test_no_such_voice_connector(self, service: Service) -> None:
        """NotFound of the voice connector itself is raised."""
        gone = Reply(404, b"{}", ("x-amzn-ErrorType: NotFoundException",))
        service.answers(self.replies(gone))
        with pytest.raises(NotFoundError):
            ORIGINATION_API.get(service.api, CONNECTOR, "us-east-1")

    def test_empty_settings_are_settings(self, service: Service) -> None:
        service.answers(Reply(200, b'{"Origination": {}}'))
        assert ORIGINATION_API.get(service.api, CONNECTOR, "us-east-1") == Settings()
        assert len(service.server.asked) == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def like(shape: Any) -> st.SearchStrategy[Any]:
    """Values in the form of a shape, in which any part may be something else."""
    if shape.type_name == "structure":
        members = {name: like(member) for name, member in shape.members.items()}
        return st.fixed_dictionaries({}, optional=members) | json_values
    if shape.type_name == "list":
        return st.lists(like(shape.member), max_size=2) | json_values
    return st.sampled_from([CONNECTOR, "US", 0, 5060, 5060.0, True]) | json_values


@pytest.mark.parametrize("operation", CALLS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_response(service: Service, operation: str, data: st.DataObject) -> None:
    """Whatever the status and the body, a call returns or raises one sentence; there is no error of another type."""
    shape = MODEL.operation_model(operation).output_shape
    body = data.draw(json_values if shape is None else like(shape) | json_values)
    status = data.draw(st.sampled_from([200, 200, 200, 200, 204, 400, 404, 418]))
    service.answers(Reply(status, json.dumps(body).encode() if status != 204 else b""))
    with contextlib.suppress(ApiError):
        CALLS[operation][1](service.api)


@pytest.mark.parametrize("operation", ["ListVoiceConnectors", "ListVoiceConnectorGroups", "ListPhoneNumbers"])
def test_pages_without_an_end(service: Service, operation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same token again, or always a new one, is an error, and not an endless loop."""
    monkeypatch.setattr("pulumi_chime_voice.aws.client.MAX_PAGES", 20)
    tokens = count()
    member = operation.removeprefix("List")
    for token in (lambda: "same", lambda: str(next(tokens))):

        def page(_: str, __: str, token: Callable[[], str] = token) -> Reply:
            return Reply(200, json.dumps({member: [], "NextToken": token()}).encode())

        service.answers(page)
        assert "its pages do not end" in service.error(CALLS[operation][1])
        assert len(service.server.asked) <= 22


def test_members_that_are_new_do_not_matter(service: Service) -> None:
    """Members that the installed model does not have are ignored; a whole number may be written as 5061.0."""
    route = {"Host": "a", "Port": 5061.0, "Protocol": "TCP", "Priority": 1, "Weight": 0, "New": [None]}
    body = json.dumps({"Origination": {"Routes": [route], "New": 1, "Disabled": None}, "New": {}}).encode()
    service.answers(Reply(200, body))
    live = ORIGINATION_API.get(service.api, CONNECTOR, "us-east-1")
    assert live == Settings(
        routes={"a:5061/TCP": {"host": "a", "port": 5061, "protocol": "TCP", "priority": 1, "weight": 0}}
    )
    assert live is not None
    assert call_distribution(live) == {"priority 1": {"a:5061/TCP": "0%"}}


@pytest.mark.parametrize(
    "reply",
    [
        Reply(403, b"[]"),
        Reply(403, b"null"),
        Reply(403, b'"denied"'),
        Reply(403, PAGE, content_type="text/html"),
        Reply(407, PAGE, content_type="text/html"),
        Reply(404, PAGE, content_type="text/html"),
        Reply(404, b'{"__type": 5, "message": {"a": 1}}'),
        Reply(404, b'{"Code": ["NotFoundException"], "Message": 7}'),
        Reply(400, b"\xff\xfe"),
        Reply(400, b"[" * 100_000),
        Reply(500, b"[1]"),
        Reply(502, PAGE, content_type="text/html"),
        Reply(503, b"", content_type=None),
        Reply(404, b"", content_type=None),
        Reply(400, b"x", ("Content-Length: many",)),
    ],
)
def test_errors_of_a_gateway(service: Service, reply: Reply) -> None:
    """An error of a gateway is one sentence with its status, never "not found", and never the whole page."""
    for operation, (what, call) in CALLS.items():
        service.answers(reply)
        text = service.error(call)
        assert text.startswith(f"{what}: "), operation
        assert str(reply.status) in text
        assert "<html>" not in text
        assert "\n" not in text
        assert len(text) < 400
