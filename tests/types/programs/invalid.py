"""Mistakes that an editor marks. Behind each: mypy's codes, then pyright's rule."""
# ruff: noqa: B018

import pulumi

from pulumi_chime_voice import EmergencyCalling, EmergencyNumberArgs, Origination, OriginationRouteArgs, Provider
from pulumi_chime_voice import OriginationRouteArgsDict as Item

ID = "abcdef1ghij2klmno3pqr4"
TEXT = pulumi.Config().require("text")
ROUTE = OriginationRouteArgs(host="a.example.net", protocol="TCP", priority=1, weight=1)

OriginationRouteArgs(host="a.example.net", protocol="TCP", priority=1)  # call-arg | reportCallIssue
OriginationRouteArgs("a.example.net", "TCP", 1, 1)  # call-arg | reportCallIssue
OriginationRouteArgs(host="a", protocol="TCP", priority="1", weight=1)  # arg-type | reportArgumentType
OriginationRouteArgs(host="a", protocol="TCP", priority=1, weight=0.5)  # arg-type | reportArgumentType
OriginationRouteArgs(host="a", protocol="TCP", priority=1, weight=1, port="5060")  # arg-type | reportArgumentType
OriginationRouteArgs(host="a", protocol="TLS", priority=1, weight=1)  # arg-type | reportArgumentType
OriginationRouteArgs(host="a", protocol=TEXT, priority=1, weight=1)  # arg-type | reportArgumentType
OriginationRouteArgs(hots="a", protocol="TCP", priority=1, weight=1)  # call-arg | reportCallIssue
ROUTE.weigth  # attr-defined | reportAttributeAccessIssue

less: Item = {"host": "a", "protocol": "TCP", "priority": 1}  # typeddict-item | reportAssignmentType
word: Item = {"host": "a", "protocol": "TCP", "priority": "1", "weight": 1}  # typeddict-item | reportAssignmentType
tls: Item = {"host": "a", "protocol": "TLS", "priority": 1, "weight": 1}  # typeddict-item | reportAssignmentType
more: Item = {"hots": "a"}  # typeddict-unknown-key typeddict-item | reportAssignmentType

Origination("a", routes=[ROUTE])  # call-arg | reportCallIssue
Origination("b", voice_connector_id=1, routes=[ROUTE])  # arg-type | reportArgumentType
Origination("c", ID, routes=[ROUTE])  # arg-type call-arg | reportCallIssue
Origination("d", voice_connector_id=ID, routes=ROUTE)  # arg-type | reportArgumentType
Origination("e", voice_connector_id=ID, routes=["a.example.net"])  # list-item | reportArgumentType
Origination("f", voice_connector_id=ID, routes=[{"host": "a"}])  # list-item | reportArgumentType
Origination("g", voice_connector_id=ID, routes=[ROUTE], disabled="no")  # arg-type | reportArgumentType
Origination("h", voice_connector_id=ID, routes=[ROUTE], region=["eu-west-1"])  # arg-type | reportArgumentType
Origination("i", voice_connector_id=ID, routes=[ROUTE], on_conflict=True)  # arg-type | reportArgumentType
Origination("o", voice_connector_id=ID, routes=[ROUTE], on_conflict="overwite")  # arg-type | reportArgumentType
Origination("j", voice_connector_id=ID, routes=[ROUTE], regoin="eu-west-1")  # call-arg | reportCallIssue
Origination.get("k")  # call-arg | reportCallIssue

support = Origination("support", voice_connector_id=ID, routes=[ROUTE])
region: str = support.region  # assignment | reportAssignmentType
support.rotes  # attr-defined | reportAttributeAccessIssue
support.routes.apply(lambda routes: routes[0].wieght)  # attr-defined | reportAttributeAccessIssue
support.routes = pulumi.Output.from_input([])  # misc | reportAttributeAccessIssue

Provider("a", region=1)  # arg-type | reportArgumentType
Provider("b", allowed_account_ids=[111122223333])  # list-item | reportArgumentType
Provider("c", endpoint="http://127.0.0.1:4510")  # call-arg | reportCallIssue
Provider("d", max_retries="often")  # arg-type | reportArgumentType

EmergencyNumberArgs(emergency_phone_number="+13125550123")  # call-arg | reportCallIssue
EmergencyNumberArgs(emergency_phone_number=911, calling_country="US")  # arg-type | reportArgumentType
EmergencyCalling("a", voice_connector_id=ID)  # call-arg | reportCallIssue
EmergencyCalling("b", voice_connector_id=ID, numbers=["+13125550123"])  # list-item | reportArgumentType
EmergencyCalling("c", voice_connector_id=ID, numbers=[], on_conflict="overwite")  # arg-type | reportArgumentType


class Line(Origination): ...  # misc | reportGeneralTypeIssues
