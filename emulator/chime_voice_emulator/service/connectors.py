"""Voice connectors, their tags, and the lists of an account.

A voice connector with associated phone numbers cannot be deleted (the model's text on DeleteVoiceConnector). Not supported:
quotas of connectors, changes of connector groups and IAM policies.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import string
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chime_voice_emulator.model import DEFAULT_REGION, MAX_TAGS, ServiceError, bad_request, not_found
from chime_voice_emulator.service.call import EMPTY
from chime_voice_emulator.store import Connector, Group, PhoneNumber, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chime_voice_emulator.model import Input
    from chime_voice_emulator.service.call import Call, Result
    from chime_voice_emulator.store import Resource

_DEFAULT_PAGE = 100
_ID_ALPHABET = string.ascii_lowercase + string.digits
_ID_LENGTH = 22
_MAX_POSITION = 2**62


def create_connector(call: Call) -> Result:
    """Runs CreateVoiceConnector."""
    given = call.input
    settings = {
        "Name": given["Name"],
        "AwsRegion": given.get("AwsRegion", DEFAULT_REGION),
        "RequireEncryption": given["RequireEncryption"],
        "NetworkType": given.get("NetworkType", "IPV4_ONLY"),
    }
    if "IntegrationType" in given:
        settings["IntegrationType"] = given["IntegrationType"]
    connector = Connector(
        account=call.caller.account,
        region=call.caller.region,
        voice_connector_id=new_connector_id(),
        settings=settings,
        created=call.now,
        updated=call.now,
        appeared=call.real_now,
        tags=_tags(given.get("Tags", [])),
    )
    call.view.save(connector)
    return {"VoiceConnector": _describe(connector)}


def get_connector(call: Call) -> Result:
    """Runs GetVoiceConnector."""
    return {"VoiceConnector": _describe(call.for_read(call.connector_id))}


def update_connector(call: Call) -> Result:
    """Runs UpdateVoiceConnector."""
    connector = call.for_write(call.connector_id)
    changes = {"Name": call.input["Name"], "RequireEncryption": call.input["RequireEncryption"]}
    changed = replace(connector, settings={**connector.settings, **changes}, updated=call.now)
    call.view.save(changed)
    return {"VoiceConnector": _describe(changed)}


def delete_connector(call: Call) -> Result:
    """Runs DeleteVoiceConnector."""
    connector = call.for_write(call.connector_id)
    numbers = call.view.resources(PhoneNumber, Scope(connector.account, connector.region))
    if any(number.voice_connector_id == connector.voice_connector_id for number in numbers):
        raise ServiceError(
            "ConflictException",
            "Any phone numbers associated with the Voice Connector must be disassociated from it before it can be deleted.",
            reason="PhoneNumberAssociationsExist",
        )
    call.view.delete(connector)
    return EMPTY


def list_connectors(call: Call) -> Result:
    """Runs ListVoiceConnectors."""
    size = call.input.get("MaxResults", _DEFAULT_PAGE)
    found = _list(call, _position(call.input), size + 1)
    seen = [call.view.lagging(connector.key, connector) for connector in found[:size]]
    shown = [_describe(connector) for connector in seen if connector and call.is_visible(connector)]
    return {"VoiceConnectors": shown, "NextToken": _next_token(found, size)}


def list_groups(call: Call) -> Result:
    """Runs ListVoiceConnectorGroups."""
    size = call.input.get("MaxResults", _DEFAULT_PAGE)
    found = call.view.resources(Group, call.scope, _position(call.input), size + 1)
    shown = [_describe_group(group) for group in found[:size]]
    return {"VoiceConnectorGroups": shown, "NextToken": _next_token(found, size)}


def get_group(call: Call) -> Result:
    """Runs GetVoiceConnectorGroup."""
    group_id = call.input["VoiceConnectorGroupId"]
    group = call.view.find(Group, call.scope, group_id)
    if group is None:
        raise not_found(f"Voice Connector group {group_id} does not exist.")
    return {"VoiceConnectorGroup": _describe_group(group)}


def list_phone_numbers(call: Call) -> Result:
    """Runs ListPhoneNumbers."""
    given = call.input
    after, size = _position(given), given.get("MaxResults", _DEFAULT_PAGE)
    found = [
        number for number in call.view.resources(PhoneNumber, call.scope, after) if _matches_filters(number, given)
    ]
    shown = [_describe_number(number) for number in found[:size]]
    return {"PhoneNumbers": shown, "NextToken": _next_token(found, size)}


def list_tags(call: Call) -> Result:
    """Runs ListTagsForResource."""
    connector = _find_by_arn(call, call.for_read)
    return {"Tags": [{"Key": key, "Value": value} for key, value in connector.tags.items()]}


def tag(call: Call) -> Result:
    """Runs TagResource."""
    connector = _find_by_arn(call, call.for_write)
    tags = {**connector.tags, **_tags(call.input["Tags"])}
    if len(tags) > MAX_TAGS:
        raise ServiceError("ResourceLimitExceededException", f"A resource can have {MAX_TAGS} tags at most.")
    call.view.save(replace(connector, tags=tags))
    return EMPTY


def untag(call: Call) -> Result:
    """Runs UntagResource."""
    connector = _find_by_arn(call, call.for_write)
    removed = set(call.input["TagKeys"])
    call.view.save(replace(connector, tags={key: value for key, value in connector.tags.items() if key not in removed}))
    return EMPTY


def new_connector_id() -> str:
    """Returns a new random voice connector ID, which matches the model's pattern."""
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(_ID_LENGTH))


def arn_of(connector: Connector) -> str:
    """Returns the ARN of a voice connector."""
    region = connector.settings["AwsRegion"]
    return f"arn:aws:chime:{region}:{connector.account}:vc/{connector.voice_connector_id}"


def _describe(connector: Connector) -> Result:
    return {
        **connector.settings,
        "VoiceConnectorId": connector.voice_connector_id,
        "VoiceConnectorArn": arn_of(connector),
        "OutboundHostName": f"{connector.voice_connector_id}.voiceconnector.chime.aws",
        "CreatedTimestamp": connector.created,
        "UpdatedTimestamp": connector.updated,
    }


def _describe_group(group: Group) -> Result:
    arn = f"arn:aws:chime:{group.region}:{group.account}:vcg/{group.group_id}"
    return {**group.details, "VoiceConnectorGroupArn": arn}


def _list(call: Call, after: int, limit: int) -> list[Connector]:
    """Returns the next connectors of a list, including those that a read that lags behind still sees."""
    deleted = [connector for connector in call.view.deleted(call.scope) if connector.position > after]
    connectors = call.view.resources(Connector, call.scope, after, limit) + deleted
    return sorted(connectors, key=lambda connector: connector.position)[:limit]


def _find_by_arn(call: Call, find: Callable[[str], Connector]) -> Connector:
    arn = call.input["ResourceARN"]
    resource, _, connector_id = arn.rpartition(":vc/")
    invalid = bad_request("Invalid resource")  # as in public reports (terraform-provider-aws 33611)
    try:
        connector = find(connector_id) if resource else None
    except ServiceError as error:
        raise (invalid if error.code == "NotFoundException" else error) from None
    if connector is None or arn != arn_of(connector):
        raise invalid
    return connector


def _tags(given: list[dict[str, str]]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in given}


def _next_token(found: Sequence[Resource], size: int) -> str | None:
    # AWS returns "NextToken": null on the last page.
    if len(found) <= size:
        return None
    return base64.urlsafe_b64encode(json.dumps({"after": found[size - 1].position}).encode()).decode()


def _position(given: Input) -> int:
    if "NextToken" not in given:
        return 0
    try:
        after: Any = json.loads(base64.b64decode(given["NextToken"].encode(), altchars=b"-_", validate=True))["after"]
    except (binascii.Error, ValueError, TypeError, KeyError, RecursionError):
        after = None
    if not isinstance(after, int) or not 0 <= after < _MAX_POSITION:
        raise bad_request("The NextToken is not valid.")
    return after


def _matches_filters(number: PhoneNumber, given: Input) -> bool:
    if "Status" in given and number.details["Status"] != given["Status"]:
        return False
    if "ProductType" in given and number.details["ProductType"] != given["ProductType"]:
        return False
    if "FilterName" in given and "FilterValue" in given:
        associated = number.voice_connector_id if given["FilterName"] == "VoiceConnectorId" else None
        return associated is not None and associated == given["FilterValue"]
    return True


def _describe_number(number: PhoneNumber) -> Result:
    associations: list[Result] = []
    if number.voice_connector_id is not None:
        associations = [{"Name": "VoiceConnectorId", "Value": number.voice_connector_id}]
    return {**number.details, "Associations": associations}
