"""Origination settings through boto3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.session import Session

from chime_voice_emulator.service.call import EMERGENCY_REFUSAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator

DNIS = {"DNIS": [{"EmergencyPhoneNumber": "+12065550100", "CallingCountry": "US"}]}
REFUSALS = {
    "BadRequestException": 400,
    "ForbiddenException": 403,
    "AccessDeniedException": 403,
}


def route(host: str = "203.0.113.7", **changes: Any) -> dict[str, Any]:
    return {"Host": host, "Port": 5060, "Protocol": "UDP", "Priority": 1, "Weight": 1, **changes}


def put(chime: Any, connector: str, *routes: dict[str, Any], disabled: bool = False) -> dict[str, Any]:
    settings: dict[str, Any] = {"Disabled": disabled}
    if routes:
        settings["Routes"] = list(routes)
    return chime.put_voice_connector_origination(VoiceConnectorId=connector, Origination=settings)["Origination"]


def get(chime: Any, connector: str) -> dict[str, Any]:
    return chime.get_voice_connector_origination(VoiceConnectorId=connector)["Origination"]


def by_host(origination: dict[str, Any]) -> list[dict[str, Any]]:
    return sorted(origination["Routes"], key=lambda one: (one["Host"], one["Priority"]))


def test_what_was_put_is_what_get_answers(chime: Any, connector: str) -> None:
    """Put answers the settings, and Get answers them again."""
    routes = [route("a.example.net", Protocol="TCP", Weight=100), route("2001:db8::1", Port=0, Priority=100)]

    answered = put(chime, connector, *routes)
    read = get(chime, connector)

    assert sorted(routes, key=lambda one: one["Host"]) == by_host(answered)
    assert by_host(answered) == by_host(read)
    assert read["Disabled"] is False


def test_a_second_put_replaces_the_first(chime: Any, connector: str) -> None:
    """There is one set of routes: the last that was put."""
    put(chime, connector, route("first.example.net"), route("second.example.net"))
    put(chime, connector, route("third.example.net"))

    assert [route("third.example.net")] == get(chime, connector)["Routes"]


def test_delete_brings_back_never_configured(chime: Any, connector: str) -> None:
    """After a delete the settings are gone."""
    put(chime, connector, route())
    answer = chime.delete_voice_connector_origination(VoiceConnectorId=connector)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    with pytest.raises(chime.exceptions.NotFoundException):
        get(chime, connector)


def test_port_defaults_to_5060(chime: Any, connector: str) -> None:
    """A route without a port gets 5060."""
    given = route()
    del given["Port"]

    assert put(chime, connector, given)["Routes"] == [route(Port=5060)]


def test_protocol_defaults_to_tcp_where_encryption_is_required(emulator: Emulator, chime: Any) -> None:
    """Connectors that require encryption use TCP by default; a protocol that is given stays."""
    connector = emulator.create_voice_connector(require_encryption=True)
    given = route("a")
    del given["Protocol"]

    assert [one["Protocol"] for one in by_host(put(chime, connector, given, route("b")))] == ["TCP", "UDP"]


def test_routes_come_back_in_no_promised_order(chime: Any, connector: str) -> None:
    """Two reads in a row answer the same routes in another order."""
    put(chime, connector, *(route(host) for host in "abc"))

    orders = {tuple(one["Host"] for one in get(chime, connector)["Routes"]) for _ in range(3)}

    assert len(orders) == 3
    assert {tuple("abc")} == {tuple(sorted(order)) for order in orders}


def test_one_endpoint_at_two_priorities_is_kept(chime: Any, connector: str) -> None:
    """Nothing is merged: an endpoint may stand twice, even with everything equal."""
    routes = [route(Priority=1), route(Priority=2), route(Priority=2)]

    put(chime, connector, *routes)

    assert routes == by_host(get(chime, connector))


def test_off_without_routes(chime: Any, connector: str) -> None:
    """Disabled alone is enough."""
    assert put(chime, connector, disabled=True) == {"Disabled": True, "Routes": []}


class TestNeverConfigured:
    """What Get says of settings that nobody has put, which AWS does not document."""

    @pytest.mark.parametrize(
        ("option", "expected"),
        [
            ("absent", None),
            ("off", {"Disabled": True, "Routes": []}),
            ("on", {"Disabled": False, "Routes": []}),
        ],
    )
    def test_answers(self, option: Any, expected: Any, start: Callable[..., Any]) -> None:
        """A 200: without the member, empty and off, or empty and on."""
        chime, connector = start(never_configured=option)

        answer = chime.get_voice_connector_origination(VoiceConnectorId=connector)
        emergency = chime.get_voice_connector_emergency_calling_configuration(VoiceConnectorId=connector)

        assert expected == answer.get("Origination")
        assert (None if option == "absent" else {"DNIS": []}) == emergency.get("EmergencyCallingConfiguration")
        assert chime.delete_voice_connector_origination(VoiceConnectorId=connector)
        assert chime.delete_voice_connector_emergency_calling_configuration(VoiceConnectorId=connector)

    def test_not_found(self, start: Callable[..., Any]) -> None:
        """A 404, of Get and of Delete, for origination and for emergency calling."""
        chime, connector = start(never_configured="404")
        for operation in (
            chime.get_voice_connector_origination,
            chime.delete_voice_connector_origination,
            chime.get_voice_connector_emergency_calling_configuration,
            chime.delete_voice_connector_emergency_calling_configuration,
        ):
            with pytest.raises(chime.exceptions.NotFoundException):
                operation(VoiceConnectorId=connector)

    @pytest.mark.parametrize("option", ["404", "absent", "off"])
    def test_emergency_calling_needs_origination(self, option: Any, start: Callable[..., Any]) -> None:
        """Origination that was never configured is not on, unless the option says that it is."""
        chime, connector = start(never_configured=option)
        with pytest.raises(chime.exceptions.BadRequestException):
            chime.put_voice_connector_emergency_calling_configuration(
                VoiceConnectorId=connector, EmergencyCallingConfiguration=DNIS
            )

    def test_emergency_calling_where_origination_is_on_by_default(self, start: Callable[..., Any]) -> None:
        """With the answer "empty and on", emergency calling can be configured at once."""
        chime, connector = start(never_configured="on")

        answer = chime.put_voice_connector_emergency_calling_configuration(
            VoiceConnectorId=connector, EmergencyCallingConfiguration=DNIS
        )

        assert answer["EmergencyCallingConfiguration"] == DNIS


class TestPutOmitted:
    """What a put does with a member that is left out, which AWS does not document."""

    def test_replace(self, start: Callable[..., Any]) -> None:
        """A member that is left out gets its default."""
        chime, connector = start(put_omitted="replace")
        put(chime, connector, route(), disabled=True)

        chime.put_voice_connector_origination(VoiceConnectorId=connector, Origination={"Disabled": True})
        assert get(chime, connector) == {"Disabled": True, "Routes": []}

        chime.put_voice_connector_origination(VoiceConnectorId=connector, Origination={"Routes": [route()]})
        assert get(chime, connector) == {"Disabled": False, "Routes": [route()]}

    def test_merge(self, start: Callable[..., Any]) -> None:
        """A member that is left out stays as it was."""
        chime, connector = start(put_omitted="merge")
        put(chime, connector, route("a"), disabled=True)

        chime.put_voice_connector_origination(VoiceConnectorId=connector, Origination={"Routes": [route("b")]})
        assert get(chime, connector) == {"Disabled": True, "Routes": [route("b")]}

        chime.put_voice_connector_origination(VoiceConnectorId=connector, Origination={"Disabled": False})
        assert get(chime, connector) == {"Disabled": False, "Routes": [route("b")]}

    @pytest.mark.parametrize(
        ("never_configured", "disabled"), [("404", False), ("absent", False), ("on", False), ("off", True)]
    )
    def test_merge_with_what_get_says_of_it(
        self, start: Callable[..., Any], never_configured: Any, disabled: bool
    ) -> None:
        """Settings that nobody has put are merged with what Get says of them: where they are off, they stay off."""
        chime, connector = start(put_omitted="merge", never_configured=never_configured)

        chime.put_voice_connector_origination(VoiceConnectorId=connector, Origination={"Routes": [route()]})

        assert get(chime, connector) == {"Disabled": disabled, "Routes": [route()]}


class TestEmergencyCalling:
    """Emergency calling and origination in each other's way."""

    @pytest.fixture
    def configured(self, chime: Any, connector: str) -> str:
        """A connector with routes and emergency calling."""
        put(chime, connector, route())
        chime.put_voice_connector_emergency_calling_configuration(
            VoiceConnectorId=connector, EmergencyCallingConfiguration=DNIS
        )
        return connector

    def test_what_was_put_is_what_get_answers(self, chime: Any, configured: str) -> None:
        """Get answers the configuration until it is deleted."""
        read = chime.get_voice_connector_emergency_calling_configuration(VoiceConnectorId=configured)
        assert read["EmergencyCallingConfiguration"] == DNIS

        chime.delete_voice_connector_emergency_calling_configuration(VoiceConnectorId=configured)
        with pytest.raises(chime.exceptions.NotFoundException):
            chime.get_voice_connector_emergency_calling_configuration(VoiceConnectorId=configured)

    @pytest.mark.parametrize("refusal", sorted(REFUSALS))
    def test_it_blocks_turning_off_and_deleting(self, refusal: Any, start: Callable[..., Any]) -> None:
        """Both are refused with the status that was chosen, name the cause, and change nothing."""
        chime, connector = start(emergency_refusal=refusal)
        put(chime, connector, route())
        chime.put_voice_connector_emergency_calling_configuration(
            VoiceConnectorId=connector, EmergencyCallingConfiguration=DNIS
        )
        of_delete = "ForbiddenException" if refusal == "AccessDeniedException" else refusal
        for code, attempt in (
            (refusal, lambda: put(chime, connector, route(), disabled=True)),
            (of_delete, lambda: chime.delete_voice_connector_origination(VoiceConnectorId=connector)),
        ):
            with pytest.raises(chime.exceptions.ClientError, match="emergency calling is configured") as caught:
                attempt()
            assert caught.value.response["Error"]["Code"] == code
            assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == REFUSALS[code]
        assert get(chime, connector) == {"Disabled": False, "Routes": [route()]}

    def test_its_errors_are_those_of_the_model(self) -> None:
        """Each value of the option is an error that botocore's model lists for PutVoiceConnectorOrigination; all but one for
        DeleteVoiceConnectorOrigination, which the emulator then answers with another."""
        model = Session().get_service_model("chime-sdk-voice")
        listed = {
            operation: {
                shape.name for shape in model.operation_model(f"{operation}VoiceConnectorOrigination").error_shapes
            }
            for operation in ("Put", "Delete")
        }
        assert set(EMERGENCY_REFUSAL) <= listed["Put"]
        assert set(EMERGENCY_REFUSAL) - listed["Delete"] == {"AccessDeniedException"}
        assert set(REFUSALS) == set(EMERGENCY_REFUSAL)

    def test_it_does_not_block_other_changes(self, chime: Any, configured: str) -> None:
        """Routes can change as long as origination stays on."""
        assert put(chime, configured, route("other.example.net"))["Routes"] == [route("other.example.net")]

    def test_without_it_origination_can_be_turned_off(self, chime: Any, configured: str) -> None:
        """Once the configuration is deleted, nothing is in the way."""
        chime.delete_voice_connector_emergency_calling_configuration(VoiceConnectorId=configured)

        assert put(chime, configured, route(), disabled=True)["Disabled"] is True
        assert chime.delete_voice_connector_origination(VoiceConnectorId=configured)

    def test_a_configuration_without_entries_blocks_nothing(self, chime: Any, configured: str) -> None:
        """Without a DNIS entry there is no emergency calling."""
        chime.put_voice_connector_emergency_calling_configuration(
            VoiceConnectorId=configured, EmergencyCallingConfiguration={"DNIS": []}
        )

        assert put(chime, configured, route(), disabled=True)["Disabled"] is True

    def test_it_cannot_be_configured_while_origination_is_off(self, chime: Any, connector: str) -> None:
        """Turned off, with routes or without: emergency calling is refused."""
        put(chime, connector, route(), disabled=True)

        with pytest.raises(chime.exceptions.BadRequestException, match="while its origination settings are turned off"):
            chime.put_voice_connector_emergency_calling_configuration(
                VoiceConnectorId=connector, EmergencyCallingConfiguration=DNIS
            )
        with pytest.raises(chime.exceptions.NotFoundException):
            chime.get_voice_connector_emergency_calling_configuration(VoiceConnectorId=connector)


class TestRoutesThatAwsMayRefuse:
    """Options for what AWS's pages leave open; each refusal changes nothing."""

    @pytest.mark.parametrize(
        ("option", "value", "routes", "accepted"),
        [
            ("most_routes", "20", [route(f"sbc-{n}.example.net") for n in range(11)], True),
            ("most_routes", "10", [route(f"sbc-{n}.example.net") for n in range(11)], False),
            ("most_routes", "10", [route(f"sbc-{n}.example.net") for n in range(10)], True),
            ("private_hosts", "accept", [route("10.0.0.1")], True),
            ("private_hosts", "refuse", [route("10.0.0.1")], False),
            ("private_hosts", "refuse", [route("172.32.0.1"), route("sbc.example.net")], True),
            ("twin_routes", "keep", [route(), route(Priority=2)], True),
            ("twin_routes", "refuse", [route(), route(Priority=2)], False),
            ("twin_routes", "refuse", [route(), route(Port=5061), route(Protocol="TCP")], True),
        ],
    )
    def test_answers(
        self, start: Callable[..., Any], option: str, value: str, routes: list[dict[str, Any]], accepted: bool
    ) -> None:
        """With each answer, at its limit."""
        chime, connector = start(**{option: value})
        if accepted:
            assert len(put(chime, connector, *routes)["Routes"]) == len(routes)
            return
        with pytest.raises(chime.exceptions.BadRequestException):
            put(chime, connector, *routes)
        with pytest.raises(chime.exceptions.NotFoundException):
            get(chime, connector)

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ([route(), route()], [route()]),
            ([route(Priority=2), route(Priority=1)], [route(Priority=1)]),
            ([route(), route(Weight=7)], [route(Weight=7)]),
            ([route(), route(Port=5061), route(Protocol="TCP")], [route(), route(Port=5061), route(Protocol="TCP")]),
        ],
    )
    def test_twins_that_are_merged(
        self, start: Callable[..., Any], given: list[dict[str, Any]], kept: list[dict[str, Any]]
    ) -> None:
        """Of routes to one host, port and protocol, the last is kept; a port that is left out is 5060."""
        chime, connector = start(twin_routes="merge")
        without_port = [{key: value for key, value in one.items() if (key, value) != ("Port", 5060)} for one in given]
        for routes in (given, without_port, [*without_port[:1], *given[1:]]):
            answered = put(chime, connector, *routes)["Routes"]
            assert sorted(answered, key=str) == sorted(kept, key=str)
