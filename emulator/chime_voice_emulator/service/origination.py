"""Origination settings and emergency calling.

The service model and the API reference state that origination can be neither disabled nor deleted while emergency calling is
configured, and that emergency calling cannot be configured while origination is disabled. The administrator guide states that
termination must also be enabled. The order of routes is unspecified.
`Options` control how many routes are accepted, and whether duplicate routes and private hosts are accepted. The model has no
other rule for hosts, so they are not validated.
"""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chime_voice_emulator.model import DEFAULT_PORT, ServiceError
from chime_voice_emulator.service.call import EMPTY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chime_voice_emulator.service.call import Call, Options, Result

_RFC_1918 = [ipaddress.ip_network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]

# Quoted from the API reference and the model's text on DeleteVoiceConnectorOrigination.
_BEFORE = "If emergency calling is configured for the Voice Connector, it must be deleted prior to"
_BEFORE_TURNING_OFF = f"{_BEFORE} turning off origination settings."
_BEFORE_DELETING = f"{_BEFORE} deleting the origination settings."
_WHILE_OFF = (
    "Emergency calling cannot be configured for the Voice Connector while its origination settings are turned off."
)
_WITHOUT_TERMINATION = _WHILE_OFF.replace("origination", "termination")


def get_origination(call: Call) -> Result:
    """Runs GetVoiceConnectorOrigination."""
    connector = call.for_read(call.connector_id)
    if connector.origination is None:
        return call.never_configured("Origination", _default_origination(call))
    return {"Origination": _rotated(connector.origination, call.sequence)}


def put_origination(call: Call) -> Result:
    """Runs PutVoiceConnectorOrigination."""
    connector = call.for_write(call.connector_id)
    given = call.input["Origination"]
    before: Result = {"Disabled": False, "Routes": []}
    if call.options.put_omitted == "merge":
        before = connector.origination or _default_origination(call)
    disabled = given.get("Disabled", before["Disabled"])
    routes = before["Routes"]
    if "Routes" in given:
        routes = _stored_routes([with_defaults(route, connector.settings) for route in given["Routes"]], call.options)
    if disabled and _has_emergency_calling(connector.emergency):
        raise call.emergency_error(_BEFORE_TURNING_OFF, of_put=True)
    origination = {"Disabled": disabled, "Routes": routes}
    call.view.save(replace(connector, origination=origination))
    return {"Origination": _rotated(origination, call.sequence)}


def _stored_routes(routes: list[dict[str, Any]], options: Options) -> list[dict[str, Any]]:
    """Returns the routes that a Put stores, which depend on the options. Raises BadRequestException."""
    if len(routes) > int(options.most_routes):
        raise ServiceError("BadRequestException", f"A Voice Connector takes {options.most_routes} routes.")
    if options.private_hosts == "refuse":
        for route in routes:
            if _is_private(route.get("Host", "")):
                raise ServiceError("BadRequestException", f"The host {route['Host']} is not publicly routable.")
    places = {(route.get("Host"), route.get("Port"), route.get("Protocol")): route for route in routes}
    if options.twin_routes == "refuse" and len(places) < len(routes):
        raise ServiceError("BadRequestException", "Two routes have the same host, port and protocol.")
    return list(places.values()) if options.twin_routes == "merge" else routes


def _is_private(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in block for block in _RFC_1918)


def delete_origination(call: Call) -> Result:
    """Runs DeleteVoiceConnectorOrigination."""
    connector = call.for_write(call.connector_id)
    if _has_emergency_calling(connector.emergency):
        raise call.emergency_error(_BEFORE_DELETING)
    call.refuse_unconfigured(connector.origination, "origination settings")
    call.view.save(replace(connector, origination=None))
    return EMPTY


def get_emergency(call: Call) -> Result:
    """Runs GetVoiceConnectorEmergencyCallingConfiguration."""
    connector = call.for_read(call.connector_id)
    if connector.emergency is None:
        return call.never_configured("EmergencyCallingConfiguration", {"DNIS": []})
    return {"EmergencyCallingConfiguration": connector.emergency}


def put_emergency(call: Call) -> Result:
    """Runs PutVoiceConnectorEmergencyCallingConfiguration."""
    connector = call.for_write(call.connector_id)
    emergency = call.input["EmergencyCallingConfiguration"]
    if _has_emergency_calling(emergency):
        if not call.is_on(connector.origination):
            raise call.emergency_error(_WHILE_OFF)
        if not call.is_on(connector.termination):
            raise call.emergency_error(_WITHOUT_TERMINATION)
    call.view.save(replace(connector, emergency=emergency))
    return {"EmergencyCallingConfiguration": emergency}


def delete_emergency(call: Call) -> Result:
    """Runs DeleteVoiceConnectorEmergencyCallingConfiguration."""
    connector = call.for_write(call.connector_id)
    call.refuse_unconfigured(connector.emergency, "emergency calling configuration")
    call.view.save(replace(connector, emergency=None))
    return EMPTY


def with_defaults(route: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a route with the service's defaults for omitted members."""
    defaults: dict[str, Any] = {"Port": DEFAULT_PORT}
    if settings["RequireEncryption"]:
        # "Encryption-enabled Amazon Chime SDK Voice Connectors use TCP protocol by default."
        defaults["Protocol"] = "TCP"
    return {**defaults, **route}


def _default_origination(call: Call) -> Result:
    """Returns the settings of a connector whose origination was never put."""
    return {"Disabled": call.options.never_configured == "off", "Routes": []}


def _has_emergency_calling(emergency: Mapping[str, Any] | None) -> bool:
    return bool(emergency and emergency.get("DNIS"))


def _rotated(origination: Mapping[str, Any], sequence: int) -> Result:
    # AWS does not specify the order. Each response has a different one, so that clients do not rely on it.
    routes = origination["Routes"]
    if len(routes) <= 1:
        return origination
    first = sequence % len(routes)
    return {**origination, "Routes": routes[first:] + routes[:first]}
