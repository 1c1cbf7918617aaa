"""Origination settings through boto3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pytest
from botocore.session import Session

from chime_voice_emulator.service.call import EmergencyRefusal

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
    return sorted(origination["Routes"], key=lambda route: (route["Host"], route["Priority"]))


def test_get_returns_what_was_put(chime: Any, connector: str) -> None:
    """Put returns the settings, and Get returns the same."""
    routes = [route("a.example.net", Protocol="TCP", Weight=100), route("2001:db8::1", Port=0, Priority=100)]

    returned = put(chime, connector, *routes)
    read = get(chime, connector)

    assert sorted(routes, key=lambda route: route["Host"]) == by_host(returned)
    assert by_host(returned) == by_host(read)
    assert read["Disabled"] is False


def test_a_second_put_replaces_the_first(chime: Any, connector: str) -> None:
    """A connector has one set of routes, from the last Put."""
    put(chime, connector, route("first.example.net"), route("second.example.net"))
    put(chime, connector, route("third.example.net"))

    assert [route("third.example.net")] == get(chime, connector)["Routes"]


def test_deleted_settings_are_as_if_never_put(chime: Any, connector: str) -> None:
    """After a delete, Get returns what it returns for settings that were never put."""
    put(chime, connector, route())
    answer = chime.delete_voice_connector_origination(VoiceConnectorId=connector)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    with pytest.raises(chime.exceptions.NotFoundException):
        get(chime, connector)


def test_port_defaults_to_5060(chime: Any, connector: str) -> None:
    """A route without a port gets port 5060."""
    given = route()
    del given["Port"]

    assert put(chime, connector, given)["Routes"] == [route(Port=5060)]


def test_protocol_defaults_to_tcp_where_encryption_is_required(emulator: Emulator, chime: Any) -> None:
    """If a connector requires encryption, the default protocol is TCP. An explicit protocol is kept."""
    connector = emulator.create_voice_connector(require_encryption=True)
    given = route("a")
    del given["Protocol"]

    assert [stored["Protocol"] for stored in by_host(put(chime, connector, given, route("b")))] == ["TCP", "UDP"]


def test_the_order_of_routes_varies(chime: Any, connector: str) -> None:
    """Two consecutive reads return the same routes in different orders."""
    put(chime, connector, *(route(host) for host in "abc"))

    orders = {tuple(read["Host"] for read in get(chime, connector)["Routes"]) for _ in range(3)}

    assert len(orders) == 3
    assert {tuple("abc")} == {tuple(sorted(order)) for order in orders}


def test_one_endpoint_at_two_priorities_is_kept(chime: Any, connector: str) -> None:
    """Routes are not merged, even if they are equal."""
    routes = [route(Priority=1), route(Priority=2), route(Priority=2)]

    put(chime, connector, *routes)

    assert routes == by_host(get(chime, connector))


def test_off_without_routes(chime: Any, connector: str) -> None:
    """A Put needs only Disabled."""
    assert put(chime, connector, disabled=True) == {"Disabled": True, "Routes": []}


class TestNeverConfigured:
    """Undocumented behaviour: the response of Get for settings that were never put."""

    @pytest.mark.parametrize(
        ("option", "expected"),
        [
            ("absent", None),
            ("off", {"Disabled": True, "Routes": []}),
            ("on", {"Disabled": False, "Routes": []}),
        ],
    )
    def test_answers(self, option: Any, expected: Any, start: Callable[..., Any]) -> None:
        """The response is a 200 without the member, with empty and disabled settings, or with empty and enabled settings."""
        chime, connector = start(never_configured=option)

        answer = chime.get_voice_connector_origination(VoiceConnectorId=connector)
        emergency = chime.get_voice_connector_emergency_calling_configuration(VoiceConnectorId=connector)

        assert expected == answer.get("Origination")
        assert (None if option == "absent" else {"DNIS": []}) == emergency.get("EmergencyCallingConfiguration")
        assert chime.delete_voice_connector_origination(VoiceConnectorId=connector)
        assert chime.delete_voice_connector_emergency_calling_configuration(VoiceConnectorId=connector)

    def test_not_found(self, start: Callable[..., Any]) -> None:
        """Get and Delete return 404, for origination and for emergency calling."""
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
        """Origination that was never configured is off, unless the option is "on"."""
        chime, connector = start(never_configured=option)
        with pytest.raises(chime.exceptions.BadRequestException):
            chime.put_voice_connector_emergency_calling_configuration(
                VoiceConnectorId=connector, EmergencyCallingConfiguration=DNIS
            )

    def test_emergency_calling_where_origination_is_on_by_default(self, start: Callable[..., Any]) -> None:
        """With the option "on", emergency calling can be configured immediately."""
        chime, connector = start(never_configured="on")

        answer = chime.put_voice_connector_emergency_calling_configuration(
            VoiceConnectorId=connector, EmergencyCallingConfiguration=DNIS
        )

        assert answer["EmergencyCallingConfiguration"] == DNIS


class TestPutOmitted:
    """Undocumented behaviour: how Put treats an omitted member."""

    def test_replace(self, start: Callable[..., Any]) -> None:
        """An omitted member gets its default."""
        chime, connector = start(put_omitted="replace")
        put(chime, connector, route(), disabled=True)

        chime.put_voice_connector_origination(VoiceConnectorId=connector, Origination={"Disabled": True})
        assert get(chime, connector) == {"Disabled": True, "Routes": []}

        chime.put_voice_connector_origination(VoiceConnectorId=connector, Origination={"Routes": [route()]})
        assert get(chime, connector) == {"Disabled": False, "Routes": [route()]}

    def test_merge(self, start: Callable[..., Any]) -> None:
        """An omitted member keeps its value."""
        chime, connector = start(put_omitted="merge")
        put(chime, connector, route("a"), disabled=True)

        chime.put_voice_connector_origination(VoiceConnectorId=connector, Origination={"Routes": [route("b")]})
        assert get(chime, connector) == {"Disabled": True, "Routes": [route("b")]}

        chime.put_voice_connector_origination(VoiceConnectorId=connector, Origination={"Disabled": False})
        assert get(chime, connector) == {"Disabled": False, "Routes": [route("b")]}

    @pytest.mark.parametrize(
        ("never_configured", "disabled"), [("404", False), ("absent", False), ("on", False), ("off", True)]
    )
    def test_merge_with_settings_that_were_never_put(
        self, start: Callable[..., Any], never_configured: Any, disabled: bool
    ) -> None:
        """If no settings were put, an omitted member gets the value that Get returns."""
        chime, connector = start(put_omitted="merge", never_configured=never_configured)

        chime.put_voice_connector_origination(VoiceConnectorId=connector, Origination={"Routes": [route()]})

        assert get(chime, connector) == {"Disabled": disabled, "Routes": [route()]}


def enable_termination(chime: Any, connector: str) -> None:
    chime.put_voice_connector_termination(VoiceConnectorId=connector, Termination={"CallingRegions": ["US"]})


class TestEmergencyCalling:
    """Rules between emergency calling and origination."""

    @pytest.fixture
    def configured(self, chime: Any, connector: str) -> str:
        """Configures routes and emergency calling of the connector."""
        put(chime, connector, route())
        enable_termination(chime, connector)
        chime.put_voice_connector_emergency_calling_configuration(
            VoiceConnectorId=connector, EmergencyCallingConfiguration=DNIS
        )
        return connector

    def test_get_returns_what_was_put(self, chime: Any, configured: str) -> None:
        """Get returns the configuration until it is deleted."""
        read = chime.get_voice_connector_emergency_calling_configuration(VoiceConnectorId=configured)
        assert read["EmergencyCallingConfiguration"] == DNIS

        chime.delete_voice_connector_emergency_calling_configuration(VoiceConnectorId=configured)
        with pytest.raises(chime.exceptions.NotFoundException):
            chime.get_voice_connector_emergency_calling_configuration(VoiceConnectorId=configured)

    @pytest.mark.parametrize("refusal", sorted(REFUSALS))
    def test_it_blocks_turning_off_and_deleting(self, refusal: Any, start: Callable[..., Any]) -> None:
        """Both fail with the selected error and an explanation, and change nothing."""
        chime, connector = start(emergency_refusal=refusal)
        put(chime, connector, route())
        enable_termination(chime, connector)
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
        """botocore's model lists every error of the option for PutVoiceConnectorOrigination.

        For DeleteVoiceConnectorOrigination it lacks one, which the emulator replaces.
        """
        model = Session().get_service_model("chime-sdk-voice")
        listed = {
            operation: {
                shape.name for shape in model.operation_model(f"{operation}VoiceConnectorOrigination").error_shapes
            }
            for operation in ("Put", "Delete")
        }
        refusals = set(get_args(EmergencyRefusal))
        assert refusals <= listed["Put"]
        assert refusals - listed["Delete"] == {"AccessDeniedException"}
        assert refusals == set(REFUSALS)

    def test_it_does_not_block_other_changes(self, chime: Any, configured: str) -> None:
        """Routes can change while origination stays on."""
        assert put(chime, configured, route("other.example.net"))["Routes"] == [route("other.example.net")]

    def test_without_it_origination_can_be_turned_off(self, chime: Any, configured: str) -> None:
        """After the configuration is deleted, origination can be disabled."""
        chime.delete_voice_connector_emergency_calling_configuration(VoiceConnectorId=configured)

        assert put(chime, configured, route(), disabled=True)["Disabled"] is True
        assert chime.delete_voice_connector_origination(VoiceConnectorId=configured)

    def test_a_configuration_without_entries_blocks_nothing(self, chime: Any, configured: str) -> None:
        """A configuration without DNIS entries does not count as emergency calling."""
        chime.put_voice_connector_emergency_calling_configuration(
            VoiceConnectorId=configured, EmergencyCallingConfiguration={"DNIS": []}
        )

        assert put(chime, configured, route(), disabled=True)["Disabled"] is True

    def test_it_cannot_be_configured_while_origination_is_off(self, chime: Any, connector: str) -> None:
        """If origination is disabled, with or without routes, emergency calling is rejected."""
        put(chime, connector, route(), disabled=True)

        with pytest.raises(chime.exceptions.BadRequestException, match="while its origination settings are turned off"):
            chime.put_voice_connector_emergency_calling_configuration(
                VoiceConnectorId=connector, EmergencyCallingConfiguration=DNIS
            )
        with pytest.raises(chime.exceptions.NotFoundException):
            chime.get_voice_connector_emergency_calling_configuration(VoiceConnectorId=connector)


class TestRoutesThatAwsMayRefuse:
    """Undocumented behaviour: routes that AWS may reject. A rejected request changes nothing."""

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
        """Each option accepts or rejects at its limit."""
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
    def test_merged_twin_routes(
        self, start: Callable[..., Any], given: list[dict[str, Any]], kept: list[dict[str, Any]]
    ) -> None:
        """Of routes with the same host, port and protocol, the last is stored. An omitted port counts as 5060."""
        chime, connector = start(twin_routes="merge")
        without_port = [
            {key: value for key, value in entry.items() if (key, value) != ("Port", 5060)} for entry in given
        ]
        for routes in (given, without_port, [*without_port[:1], *given[1:]]):
            returned = put(chime, connector, *routes)["Routes"]
            assert sorted(returned, key=str) == sorted(kept, key=str)
