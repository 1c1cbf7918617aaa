"""State that is stored without requests: the input of ``--seed FILE`` and `Emulator.seed`.

Seeds are validated against the service model. If anything is not valid, nothing is stored.
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from chime_voice_emulator.model import DEFAULT_REGION, SERVICE
from chime_voice_emulator.service.connectors import new_connector_id
from chime_voice_emulator.service.origination import with_defaults
from chime_voice_emulator.shapes import check_object
from chime_voice_emulator.store import Connector, Group, PhoneNumber
from chime_voice_emulator.wire.signature import DEFAULT_ACCOUNT, REGION, check_account

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chime_voice_emulator.store import Store

_CHECK_CONNECTOR = SERVICE.checker(
    "VoiceConnector", "VoiceConnectorId", "Name", "AwsRegion", "RequireEncryption", "NetworkType"
)
_CHECK_ORIGINATION = SERVICE.checker("Origination")
_CHECK_TERMINATION = SERVICE.checker("Termination")
_CHECK_EMERGENCY = SERVICE.checker("EmergencyCallingConfiguration")
_CHECK_TAGS = SERVICE.checker("TagList")
_CHECK_NUMBER = SERVICE.checker(
    "PhoneNumber", "PhoneNumberId", "E164PhoneNumber", "Country", "Type", "ProductType", "Status"
)

# botocore before 1.43.50 does not know CallDistributionType.
_GROUP_MEMBERS = {"VoiceConnectorGroupId", "Name", "VoiceConnectorItems", "CallDistributionType"}
_CHECK_GROUP = SERVICE.checker("VoiceConnectorGroup", *_GROUP_MEMBERS & SERVICE.members("VoiceConnectorGroup"))

_TOP = {"voice_connectors", "voice_connector_groups", "phone_numbers"}
_GROUP_FIELDS = {"id", "name", "region", "account", "call_distribution_type", "voice_connector_items"}
_CONNECTOR_FIELDS = {
    "id",
    "name",
    "region",
    "account",
    "aws_region",
    "require_encryption",
    "network_type",
    "tags",
    "origination",
    "termination",
    "emergency_calling",
    "phone_numbers",
}
_NUMBER_FIELDS = {"number", "region", "account", "voice_connector_id", "country", "type", "product_type", "status"}


def load_seed(
    store: Store, state: Mapping[str, Any], *, replace: bool, new: bool = False, skew: float = 0.0
) -> list[str]:
    """Stores the voice connectors, groups and phone numbers of a seed.

    Args:
        store: the store to write to.
        state: voice connectors, their groups and phone numbers in the form that ``docs/emulator.md`` describes.
        replace: whether to replace existing connectors, groups and phone numbers.
        new: whether the connectors count as new, for faults that affect new connectors.
        skew: how far the service's clock is ahead, in seconds.

    Returns:
        The IDs of the connectors, in the order of ``state``.

    Raises:
        ValueError: the service would reject a value. The message has its path, and contains no phone number.
    """
    state = _members(state, _TOP, "seed")
    now = time.time()
    connectors: list[Connector] = []
    numbers: list[PhoneNumber] = []
    groups = [
        _group(entry, f"voice_connector_groups[{index}]", now + skew)
        for index, entry in enumerate(_list(state, "voice_connector_groups", "seed"))
    ]
    for index, entry in enumerate(_list(state, "voice_connectors", "seed")):
        connector, its_numbers = _connector(entry, f"voice_connectors[{index}]", now + skew, now if new else 0.0)
        connectors.append(connector)
        numbers.extend(its_numbers)
    for index, entry in enumerate(_list(state, "phone_numbers", "seed")):
        numbers.append(_number(entry, f"phone_numbers[{index}]", now + skew))
    with store.writing() as view:
        for resource in (*connectors, *groups, *numbers):
            if replace or not view.has(resource):
                view.save(resource)
    return [connector.voice_connector_id for connector in connectors]


def _connector(given: Any, where: str, now: float, appeared: float) -> tuple[Connector, list[PhoneNumber]]:
    entry = _members(given, _CONNECTOR_FIELDS, where)
    connector_id = entry.get("id", new_connector_id())
    region = _region(entry, where)
    account = check_account(entry.get("account", DEFAULT_ACCOUNT), where)
    settings = {
        "Name": entry.get("name", f"connector-{connector_id}"),
        "AwsRegion": entry.get("aws_region", region),
        "RequireEncryption": entry.get("require_encryption", False),
        "NetworkType": entry.get("network_type", "IPV4_ONLY"),
    }
    _check(_CHECK_CONNECTOR, {**settings, "VoiceConnectorId": connector_id}, where)
    tags = _members(entry.get("tags", {}), None, f"{where}.tags")
    if tags:
        _check(_CHECK_TAGS, [{"Key": key, "Value": value} for key, value in tags.items()], f"{where}.tags")
    origination = _part(_CHECK_ORIGINATION, entry, "origination", where)
    termination = _part(_CHECK_TERMINATION, entry, "termination", where)
    connector = Connector(
        account=account,
        region=region,
        voice_connector_id=connector_id,
        settings=settings,
        created=now,
        updated=now,
        appeared=appeared,
        origination=None if origination is None else _stored_origination(origination, settings),
        emergency=_part(_CHECK_EMERGENCY, entry, "emergency_calling", where),
        tags=tags,
        termination=None if termination is None else {"Disabled": False, **termination},
    )
    its_numbers = [
        _number(
            {"number": number, "region": region, "account": account, "voice_connector_id": connector_id},
            f"{where}.phone_numbers[{index}]",
            now,
        )
        for index, number in enumerate(_list(entry, "phone_numbers", where))
    ]
    return connector, its_numbers


def _part(checker: Any, entry: Mapping[str, Any], name: str, where: str) -> dict[str, Any] | None:
    """Returns the settings in a member of a connector; None if it is missing."""
    checked: dict[str, Any] | None = _check(checker, entry[name], f"{where}.{name}") if name in entry else None
    return checked


def _stored_origination(given: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    routes = [with_defaults(route, settings) for route in given.get("Routes", [])]
    return {"Disabled": given.get("Disabled", False), "Routes": routes}


def _group(given: Any, where: str, now: float) -> Group:
    entry = _members(given, _GROUP_FIELDS, where)
    group_id = entry.get("id", str(uuid.uuid4()))
    members = {
        "VoiceConnectorGroupId": group_id,
        "Name": entry.get("name", f"group-{group_id}"),
        "VoiceConnectorItems": entry.get("voice_connector_items", []),
    }
    if "call_distribution_type" in entry:
        members["CallDistributionType"] = entry["call_distribution_type"]
    checked = _check(_CHECK_GROUP, members, where)
    return Group(
        account=check_account(entry.get("account", DEFAULT_ACCOUNT), where),
        region=_region(entry, where),
        group_id=group_id,
        details={**checked, "CreatedTimestamp": now, "UpdatedTimestamp": now},
    )


def _number(given: Any, where: str, now: float) -> PhoneNumber:
    entry = _members(given, _NUMBER_FIELDS, where)
    number, connector = entry.get("number"), entry.get("voice_connector_id")
    details = {
        "PhoneNumberId": number,
        "E164PhoneNumber": number,
        "Country": entry.get("country", "US"),
        "Type": entry.get("type", "Local"),
        "ProductType": entry.get("product_type", "VoiceConnector"),
        "Status": entry.get("status", "Unassigned" if connector is None else "Assigned"),
    }
    if number is None:
        raise ValueError(f"{where}: number is missing")
    _check(_CHECK_NUMBER, details, where)
    if connector is not None:
        _check(_CHECK_CONNECTOR, {"VoiceConnectorId": connector}, where)
    return PhoneNumber(
        account=check_account(entry.get("account", DEFAULT_ACCOUNT), where),
        region=_region(entry, where),
        number=number,
        voice_connector_id=connector,
        details={**details, "CreatedTimestamp": now, "UpdatedTimestamp": now},
    )


def _check(checker: Any, value: Any, where: str) -> Any:
    problems: list[str] = []
    checked = checker(value, "", problems)
    if problems:
        raise ValueError(f"{where}: {'; '.join(problems)}")
    return checked


def _region(entry: Mapping[str, Any], where: str) -> str:
    region = entry.get("region", DEFAULT_REGION)
    if not isinstance(region, str) or not REGION.fullmatch(region):
        raise ValueError(f"{where}: region must be the name of a region")
    return region


def _members(entry: Any, allowed: set[str] | None, where: str) -> dict[str, Any]:
    """Returns the members of an object that are not null. Raises ValueError."""
    return {name: value for name, value in check_object(entry, allowed, where).items() if value is not None}


def _list(entry: Mapping[str, Any], name: str, where: str) -> list[Any]:
    value = entry.get(name, [])
    if not isinstance(value, list):
        raise ValueError(f"{where}: {name} must be a list")
    return value
