"""What Pulumi deletes before the program has declared it: docs/reliability.md has the table of these ways and their outcomes.

The resource's own option `delete_before_replace` is in test_delete_before_replace.py.

`source` is a resource of another provider that Pulumi replaces delete-first, as pulumi-aws does with a named voice connector.
The ID of the voice connector comes from it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import HERE, NUMBER, OURS, THEIRS, assert_a_sentence, configure_emergency_calling

if TYPE_CHECKING:
    from collections.abc import Callable

    from chime_voice_emulator import Emulator

    from .support import Calls, Live, Project

LOWEST = {"test_same_connector", "test_the_voice_connector_itself", "test_replaced_with_another"}
"""These tests run with the oldest versions of pulumi and boto3 too (conftest.py)."""

SOURCE = """
import pulumi.dynamic
from pulumi_chime_voice import EmergencyCalling, EmergencyNumberArgs

class Sources(pulumi.dynamic.ResourceProvider):
    def diff(self, id_, olds, news):
        changes = olds["inputs"] != news["inputs"]
        return pulumi.dynamic.DiffResult(changes=changes, replaces=["inputs"] if changes else [], delete_before_replace=True)
    def create(self, props):
        if props["inputs"].get("fails"):
            raise Exception("the source was not created")
        return pulumi.dynamic.CreateResult("source", {**props, "connector": props["inputs"]["connector"]})
    def delete(self, id_, props):
        if props["inputs"].get("real"):
            import os
            import boto3
            url = os.environ["AWS_ENDPOINT_URL_CHIME_SDK_VOICE"]
            client = boto3.client("chime-sdk-voice", region_name="us-east-1", endpoint_url=url)
            client.delete_voice_connector(VoiceConnectorId=props["inputs"]["connector"])

class Source(pulumi.dynamic.Resource):
    connector: pulumi.Output[str]
    def __init__(self, name, opts=None, **inputs):
        super().__init__(Sources(), name, {"inputs": inputs, "connector": None}, opts)

def emergency(name, connector, number="+12065550100", **more):
    numbers = [EmergencyNumberArgs(emergency_phone_number=number, calling_country="US")]
    return EmergencyCalling(name, voice_connector_id=connector, numbers=numbers, **more)

def options(**more):
    return pulumi.ResourceOptions(**more)
"""


def source(connector: str = CONNECTOR, turn: int = 1, **more: object) -> str:
    extra = "".join(f", {name}={value!r}" for name, value in more.items())
    return f'{SOURCE}source = Source("source", connector="{connector}", turn={turn}{extra})\n'


SUPPORT = 'support = Origination("support", voice_connector_id=source.connector, routes=[route()])\n'
CONSTANT = SUPPORT.replace("source.connector", f'"{OTHER_CONNECTOR}"')
WITH_EMERGENCY = SUPPORT + 'emergency("emergency", support.voice_connector_id)\n'


def enable_termination(live: Live) -> None:
    for connector in (CONNECTOR, OTHER_CONNECTOR):
        live.enable_termination(connector)


def numbers(live: Live, connector: str = CONNECTOR) -> list[str]:
    """The emergency numbers of a voice connector."""
    try:
        answer = live.client.get_voice_connector_emergency_calling_configuration(VoiceConnectorId=connector)
    except live.client.exceptions.NotFoundException:
        return []
    configuration = answer.get("EmergencyCallingConfiguration", {})
    return [number["EmergencyPhoneNumber"] for number in configuration.get("DNIS", [])]


@pytest.fixture
def changes(calls: Calls) -> Callable[[], list[str]]:
    """The writes of both kinds since the last look."""
    return lambda: [name for name in calls.take() if not name.startswith("Get") and name != "ListPhoneNumbers"]


@pytest.mark.matrix
class TestByDependency:
    """`source` is replaced delete-first, so the engine asks what depends on it."""

    @pytest.fixture(autouse=True)
    def _deployed(self, project: Project, live: Live) -> None:
        enable_termination(live)
        project.deployed(source() + WITH_EMERGENCY)

    def test_same_connector(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """Nothing is sent: neither calls nor emergency calls end for a moment."""
        project.program(source(turn=2) + WITH_EMERGENCY)
        assert "no effect on calls" not in project.preview()
        project.up()
        assert changes() == []
        assert (live.routes(), numbers(live)) == ([OURS], [NUMBER])

    def test_another_connector(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """The new voice connector is configured first, the old one cleared after."""
        project.program(source(OTHER_CONNECTOR, turn=2) + WITH_EMERGENCY)
        project.up()
        assert changes() == ["Put", "PutEmergency", "DeleteEmergency", "Delete"]
        assert (live.routes(), numbers(live)) == (None, [])
        assert (live.routes(OTHER_CONNECTOR), numbers(live, OTHER_CONNECTOR)) == ([OURS], [NUMBER])
        project.nothing_to_change()

    def test_its_create_fails(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """The calls go on, and the state still knows them."""
        project.program(source(turn=2, fails=True) + WITH_EMERGENCY)
        assert "the source was not created" in project.up_err()
        assert changes() == []
        assert set(project.state()) == {"support", "emergency"}
        project.program(source(turn=3) + WITH_EMERGENCY)
        project.up()
        assert changes() == []
        assert (live.routes(), numbers(live)) == ([OURS], [NUMBER])

    def test_renamed_and_its_create_fails(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """With --continue-on-error, this run does not find out the ID of the new resource: the old one stays.

        The newest engine comes as far as the delete, which is refused; older ones end the run before that.
        """
        project.program(source(turn=2, fails=True) + WITH_EMERGENCY.replace('"support"', '"helpdesk"'))
        project.up_err("--continue-on-error")
        assert "Delete" not in changes()
        assert live.routes() == [OURS]
        assert "support" in project.state()

    @pytest.mark.full
    def test_with_a_plan(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """Pulumi ends the run with its own error, because less is deleted than it planned for; nothing is lost."""
        project.program(source(turn=2) + WITH_EMERGENCY)
        project.preview("--save-plan", "plan.json")
        project.run("up", "--yes", "--skip-preview", "--plan", "plan.json")
        assert changes() == []
        assert (live.routes(), numbers(live)) == ([OURS], [NUMBER])
        project.up()
        assert changes() == []
        project.nothing_to_change()

    def test_taken_connector(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """The other voice connector has numbers of a colleague: nothing is deleted."""
        live.put(THEIRS, connector=OTHER_CONNECTOR)
        project.program(source(OTHER_CONNECTOR, turn=2) + WITH_EMERGENCY)
        said = project.up_err()
        assert "blocked, because the voice connector already has different settings" in said
        assert_a_sentence(said)
        assert changes() == []
        assert (live.routes(), numbers(live)) == ([OURS], [NUMBER])

    @pytest.mark.parametrize("program", ["", CONSTANT, SUPPORT])
    def test_emergency_calling_that_leaves(
        self, project: Project, live: Live, changes: Callable[[], list[str]], program: str
    ) -> None:
        """Emergency calling that the program no longer declares is removed in a run of its own, before `source` is replaced."""
        project.program(source(turn=2) + program)
        said = project.up_err()
        assert "blocked, because emergency calling is configured" in said
        assert_a_sentence(said)
        assert changes() == []
        if program == SUPPORT:
            project.program(source() + program)
            project.up()
            assert changes() == ["DeleteEmergency"]


@pytest.mark.matrix
@pytest.mark.parametrize(("program", "sent"), [("", ["Delete"]), (CONSTANT, ["Put", "Delete"]), (SUPPORT, [])])
def test_without_emergency_calling(
    project: Project, changes: Callable[[], list[str]], program: str, sent: list[str]
) -> None:
    """An origination that leaves is deleted; one that gets a plain ID moves; one that stays is not touched."""
    project.deployed(source() + SUPPORT)
    project.program(source(turn=2) + program)
    project.up()
    assert changes() == sent
    project.nothing_to_change()


@pytest.mark.matrix
class TestVoiceConnectorItself:
    """`source` really is the voice connector: Pulumi deletes it, and creates another one."""

    @pytest.mark.parametrize("program", [SUPPORT, "", CONSTANT])
    def test_the_voice_connector_itself(self, project: Project, live: Live, emulator: Emulator, program: str) -> None:
        """It has answered in this run and does not any more: gone, also for a resource that left or has a plain ID now."""
        emulator.seed({"phone_numbers": []})
        project.deployed(source(real=True) + SUPPORT)
        project.program(source(OTHER_CONNECTOR, turn=2) + program)
        project.up()
        assert list(project.state()) == (["support"] if program else [])
        assert live.routes(OTHER_CONNECTOR) == ([OURS] if program else None)

    def test_deleted_before_this_run(self, project: Project, live: Live) -> None:
        """It never answered in this run, so credentials and endpoint are in question: refused, with advice that works."""
        project.deployed(source() + SUPPORT)
        live.client.delete_voice_connector(VoiceConnectorId=CONNECTOR)
        project.program(source(OTHER_CONNECTOR, turn=2) + SUPPORT)
        said = project.up_err()
        assert "finds neither the origination settings nor the voice connector" in said
        assert live.routes(OTHER_CONNECTOR) is None
        assert f"pulumi state delete --force '{project.urn('support')}'" in said
        project.ok("state", "delete", "--force", project.urn("support"), "--yes")
        project.up()
        assert live.routes(OTHER_CONNECTOR) == [OURS]

    @pytest.mark.full
    def test_deleted_before_this_run_with_a_provider(self, project: Project, live: Live) -> None:
        """Its process may have the credentials of another account: the delete is refused at the end, with advice that works."""
        provider = 'here = Provider("here", region="us-east-1")\n'
        declared = SUPPORT.replace("source.connector", f'"{CONNECTOR}"').replace(
            "routes=[route()]", "routes=[route()], opts=pulumi.ResourceOptions(provider=here)"
        )
        project.deployed(provider + declared)
        live.client.delete_voice_connector(VoiceConnectorId=CONNECTOR)
        project.program(provider + declared.replace(CONNECTOR, OTHER_CONNECTOR))
        for _ in range(2):
            said = project.up_err()
            assert "The new voice connector has its settings already" in said
            assert f'remove the resource that has the ID {CONNECTOR} and "delete": true' in said
        project.ok("stack", "export", "--file", "state.json")
        file = project.folder / "state.json"
        state = json.loads(file.read_text())
        kept = [
            each
            for each in state["deployment"]["resources"]
            if (each.get("id"), each.get("delete")) != (CONNECTOR, True)
        ]
        state["deployment"]["resources"] = kept
        file.write_text(json.dumps(state))
        project.ok("stack", "import", "--file", "state.json")
        project.nothing_to_change()
        project.up()
        assert live.routes(OTHER_CONNECTOR) == [OURS]

    def test_phone_numbers_and_emergency_calling(
        self, project: Project, live: Live, emulator: Emulator, changes: Callable[[], list[str]]
    ) -> None:
        """Numbers are counted before anything is deleted; emergency calling by hand stops the run there."""
        emulator.seed({"phone_numbers": [{"number": NUMBER, "voice_connector_id": CONNECTOR}]})
        project.deployed(source() + SUPPORT)
        project.program(source(turn=2) + SUPPORT)
        assert f"If that is {HERE} itself, its calls end. Phone numbers still assigned to it: 1." in project.up()
        configure_emergency_calling(live)
        changes()
        project.program(source(turn=3) + SUPPORT)
        said = project.up_err()
        assert "blocked, because emergency calling is configured" in said
        assert_a_sentence(said)
        assert changes() == []

    def test_changed_outside_pulumi(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """What nobody has seen yet is not deleted with its voice connector."""
        project.deployed(source(real=True) + SUPPORT)
        live.put(THEIRS)
        project.program(source(OTHER_CONNECTOR, turn=2) + SUPPORT)
        assert "blocked, because the live settings were changed outside Pulumi" in project.up_err()
        assert live.routes() == [THEIRS]
        assert changes() == []


@pytest.mark.matrix
class TestWithoutAsking:
    """Ways on which the engine deletes without a check or a diff before it."""

    def test_replaced_with_another(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """`replace_with`: nothing is sent on the same, plain voice connector; an ID that is not known yet is refused."""
        more = "routes=[route()], opts=options(replace_with=[source])"
        plain = f'Origination("support", voice_connector_id="{CONNECTOR}", {more})\n'
        project.deployed(source() + plain)
        project.program(source(turn=2) + plain)
        project.up()
        assert changes() == ["Put"]
        assert live.routes() == [OURS]
        unknown = plain.replace(f'"{CONNECTOR}"', "source.connector")
        project.deployed(source(turn=2) + unknown)
        project.program(source(turn=3) + unknown)
        said = project.up_err()
        assert "Remove the option replace_with" in said
        assert_a_sentence(said)
        assert changes() == []
        assert live.routes() == [OURS]

    def test_deleted_with_another(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """`deleted_with`: newer engines do not even ask for a delete, and the create finds the settings live."""
        more = "routes=[route()], opts=options(deleted_with=source)"
        plain = f'Origination("support", voice_connector_id=source.connector, {more})\n'
        project.deployed(source() + plain)
        project.program(source(turn=2) + plain)
        project.up()
        assert "Delete" not in changes()
        assert live.routes() == [OURS]

    @pytest.mark.parametrize("deletes_first", [False, True])
    def test_deleted_with_another_that_moves(self, project: Project, live: Live, *, deletes_first: bool) -> None:
        """Pulumi takes the old settings for deleted with the other resource: they stay live, and nothing reports that."""
        first = "delete_before_replace=True"
        program = SUPPORT.replace(")\n", ", opts=options(deleted_with=source))\n")
        project.deployed((source() + program).replace(first, f"delete_before_replace={deletes_first}"))
        project.program((source(OTHER_CONNECTOR) + program).replace(first, f"delete_before_replace={deletes_first}"))
        project.up()
        is_cleared = deletes_first and project.ok("version").startswith("v3.250.")
        assert live.routes() == (None if is_cleared else [OURS])
        assert live.routes(OTHER_CONNECTOR) == [OURS]

    def test_provider_that_is_replaced(self, project: Project, live: Live, changes: Callable[[], list[str]]) -> None:
        """An explicit `Provider`, replaced delete-first by name: its resources stay."""
        program = (
            'other = Provider("other", region="us-east-1", opts=options(delete_before_replace=True))\n'
            f'Origination("support", voice_connector_id="{CONNECTOR}", routes=[route()], opts=options(provider=other))\n'
        )
        project.deployed(SOURCE + program)
        urn = project.urn("support").replace("pulumi-python:dynamic/chime:Origination::support", "")
        project.up("--replace", f"{urn}pulumi:providers:pulumi-python::other")
        assert "Delete" not in changes()
        assert live.routes() == [OURS]
