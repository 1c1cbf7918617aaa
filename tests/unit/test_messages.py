"""The sentences: the page of them is the code's own, and each names what its places are filled with."""

from __future__ import annotations

import importlib.util
import re
import string
from pathlib import Path

import botocore.session
import pytest

from pulumi_chime_voice import errors, sdk
from pulumi_chime_voice.aws import client, subnets
from pulumi_chime_voice.emergency_calling import inputs as emergency_inputs
from pulumi_chime_voice.emergency_calling import messages as emergency_messages
from pulumi_chime_voice.engine import kinds
from pulumi_chime_voice.engine import messages as shared
from pulumi_chime_voice.origination import messages, validation

ROOT = Path(__file__).parents[2]
EVERYTHING = {
    name: value
    for module in (messages, emergency_messages, shared, sdk, errors)
    for name, value in vars(module).items()
    if isinstance(value, errors.Message)
}


def test_the_page_is_printed_from_the_code() -> None:
    """docs/messages.md has the messages of the code, and explains each."""
    spec = importlib.util.spec_from_file_location("tool", ROOT / "tools" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    page = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
    assert page == tool.page(), "run .venv/bin/python tools/messages.py"
    assert not [line for line in page.splitlines() if line.startswith("|") and "|  |" in line], "no cause, or no fix"


@pytest.mark.parametrize("name", EVERYTHING)
def test_every_message_is_said_somewhere(name: str) -> None:
    """No dead letters."""
    code = "".join(path.read_text(encoding="utf-8") for path in Path(messages.__file__).parents[1].rglob("*.py"))
    assert re.search(rf"\b{name}\b(?! = )", code)


@pytest.mark.parametrize("name", EVERYTHING)
def test_refusals_and_warnings_are_sentences(name: str) -> None:
    """What stands on its own ends like a sentence, or in the command to copy."""
    message = EVERYTHING[name]
    if isinstance(message, (errors.Refusal, errors.Caution)):
        assert message.endswith((".", "{request}", "{regions}", "{last_change}"))
    fields = [field for _, field, _, _ in string.Formatter().parse(message) if field is not None]
    assert all(field.isidentifier() for field in fields)


class TestLimits:
    """What stands in the code because a preview must not load botocore is held to its model here."""

    def test_regions(self) -> None:
        """The regions that have the service."""
        assert sorted(subnets.REGIONS) == sorted(botocore.session.Session().get_available_regions("chime-sdk-voice"))

    def test_connector_ids(self) -> None:
        """The pattern of a voice connector's id."""
        model = botocore.session.Session().get_service_model("chime-sdk-voice")
        shape = model.operation_model("PutVoiceConnectorOrigination").input_shape
        assert shape is not None
        assert kinds.CONNECTOR_ID.pattern == shape.members["VoiceConnectorId"].metadata["pattern"]

    def test_emergency_numbers(self) -> None:
        """The patterns of phone numbers and of countries; ``\\d`` there means the ten ASCII digits."""
        model = botocore.session.Session().get_service_model("chime-sdk-voice")
        number, country = model.shape_for("E164PhoneNumber"), model.shape_for("Alpha2CountryCode")
        assert emergency_inputs.E164.pattern == number.metadata["pattern"].strip("^$").replace(r"\d", "[0-9]")
        assert emergency_inputs.ALPHA_2.pattern == country.metadata["pattern"]

    def test_network_types(self) -> None:
        """The one that IPv6 needs."""
        model = botocore.session.Session().get_service_model("chime-sdk-voice")
        assert client.DUAL_STACK in model.shape_for("NetworkType").enum  # type: ignore[attr-defined]

    def test_protocols(self) -> None:
        """TCP and UDP."""
        model = botocore.session.Session().get_service_model("chime-sdk-voice")
        assert list(validation.PROTOCOLS) == model.shape_for("OriginationRouteProtocol").enum  # type: ignore[attr-defined]
