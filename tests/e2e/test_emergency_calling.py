"""Emergency calling through the real engine: its life, and what origination's guard makes of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .support import Live, Project

if TYPE_CHECKING:
    from chime_voice_emulator import Emulator

    from .support import Calls

LOWEST = {"test_region_of_its_origination"}
"""It depends on the identity of outputs."""

POLICE, FIRE, TEST, CANADA = "+12065550100", "+12065550101", "+12065550199", "+16135550100"

ORIGINATION = f'support = Origination("support", voice_connector_id="{CONNECTOR}", routes=[route()])\n'


def emergency(*numbers: str, connector: str = "support.voice_connector_id", name: str = "help", more: str = "") -> str:
    """A program's declaration, for numbers such as ``+12065550100 US``, or with a third part for the test number."""
    parts = [number.split() for number in numbers]
    declared = ", ".join(
        f'EmergencyNumberArgs(emergency_phone_number="{part[0]}", calling_country="{part[1]}", '
        f"test_phone_number={(part[2:3] and repr(part[2])) or None})"
        for part in parts
    )
    return (
        "from pulumi_chime_voice import EmergencyCalling, EmergencyNumberArgs\n"
        f'emergency = EmergencyCalling("{name}", voice_connector_id={connector}, numbers=[{declared}]{more})\n'
    )


BOTH = ORIGINATION + emergency(f"{POLICE} US {TEST}", f"{CANADA} CA")


class LiveNumbers(Live):
    """What the service holds, as a colleague sees it."""

    def numbers(self, connector: str = CONNECTOR) -> list[tuple[Any, ...]] | None:
        try:
            answer = self.client.get_voice_connector_emergency_calling_configuration(VoiceConnectorId=connector)
        except self.client.exceptions.NotFoundException:
            return None
        names = ("EmergencyPhoneNumber", "CallingCountry", "TestPhoneNumber")
        several = answer.get("EmergencyCallingConfiguration", {}).get("DNIS") or []
        return sorted(tuple(item.get(name) for name in names) for item in several) or None

    def put_numbers(self, *numbers: str, connector: str = CONNECTOR) -> None:
        dnis = [{"EmergencyPhoneNumber": number, "CallingCountry": "US"} for number in numbers]
        self.client.put_voice_connector_emergency_calling_configuration(
            VoiceConnectorId=connector, EmergencyCallingConfiguration={"DNIS": dnis}
        )

    def delete_numbers(self, connector: str = CONNECTOR) -> None:
        self.client.delete_voice_connector_emergency_calling_configuration(VoiceConnectorId=connector)


@pytest.fixture
def live(emulator: Emulator) -> Any:
    """Both connectors with termination enabled."""
    client = LiveNumbers(emulator.endpoint_url)
    client.enable_termination(CONNECTOR)
    client.enable_termination(OTHER_CONNECTOR)
    yield client
    client.client.close()


def shows_no_number(text: str) -> str:
    for number in (POLICE, FIRE, TEST, CANADA):
        assert number.strip("+") not in text
    return text


class TestLife:
    """Create, update, refresh and delete."""

    def test_basic(self, project: Project, live: LiveNumbers) -> None:
        """Both are made and taken away together: emergency calling last, and first."""
        project.program(BOTH + 'pulumi.export("numbers", emergency.numbers)\n')
        created = shows_no_number(project.preview())
        assert "emergencyPhoneNumber: [secret]" in created
        assert 'callingCountry: "CA"' in created
        assert "warning" not in created
        shows_no_number(project.up())
        assert live.numbers() == [(POLICE, "US", TEST), (CANADA, "CA", None)]
        project.nothing_to_change()
        assert project.outputs()["numbers"] == "[secret]"
        shows_no_number(project.ok("stack", "export"))
        shows_no_number(project.destroy())
        assert live.numbers() is None
        assert live.routes() is None

    def test_region_of_its_origination(self, project: Project, emulator: Emulator) -> None:
        """Without a region it has the one that is declared for its origination, which the preview of a create knows."""
        far = "zz" + CONNECTOR[2:]
        emulator.create_voice_connector(voice_connector_id=far, region="eu-west-1")
        there = LiveNumbers(emulator.endpoint_url, "eu-west-1")
        there.enable_termination(far)
        origination = ORIGINATION.replace(CONNECTOR, far).replace("routes=", 'region="eu-west-1", routes=')
        project.program(origination + emergency(f"{POLICE} US"))
        created = project.preview()
        assert re.findall(r"region *: (.*)", created) == ['"eu-west-1"'] * 2
        assert "termination" not in created  # the check has read it there
        project.up()
        assert there.numbers(far) == [(POLICE, "US", None)]
        there.client.close()
        project.nothing_to_change()

    def test_taken_away_together(self, project: Project, live: LiveNumbers) -> None:
        """Removed from the program in one up: the preview does not refuse it."""
        project.deployed(BOTH)
        project.program("")
        assert "2 to delete" in project.preview()
        project.up()
        assert live.numbers() is None
        assert live.routes() is None

    def test_taken_away_together_without_a_dependency(self, project: Project, live: LiveNumbers) -> None:
        """The engine deletes both at once: origination waits for the other."""
        project.deployed(ORIGINATION + emergency(f"{POLICE} US", connector=f'"{CONNECTOR}"'))
        project.destroy()
        assert live.numbers() is None
        assert live.routes() is None

    def test_update(self, project: Project, live: LiveNumbers) -> None:
        """One changed number shows as one change, and is not shown; a country that is lost is warned of."""
        project.deployed(BOTH)
        project.program(ORIGINATION + emergency(f"{CANADA} CA", f"{FIRE} US {TEST}"))
        shown = shows_no_number(project.up())
        assert "~ US 1: {" in shown
        assert "~ revision: 1 => 2" in shown
        assert "~ CA 1" not in shown
        assert live.numbers() == [(FIRE, "US", TEST), (CANADA, "CA", None)]
        project.program(ORIGINATION + emergency(f"{FIRE} US {TEST}"))
        assert (
            f"help: emergency calls from CA will no longer be routed by Voice Connector {CONNECTOR}"
            in project.preview()
        )

    def test_replace_both(self, project: Project, live: LiveNumbers) -> None:
        """Origination's guard knows that emergency calling moves along."""
        project.deployed(BOTH)
        project.program(BOTH.replace(CONNECTOR, OTHER_CONNECTOR))
        assert "2 to replace" in project.preview()
        project.up()
        assert (live.numbers(), live.routes()) == (None, None)
        assert live.numbers(OTHER_CONNECTOR) == [(POLICE, "US", TEST), (CANADA, "CA", None)]

    def test_get(self, project: Project, live: LiveNumbers) -> None:
        """Read without being managed; the numbers are secret there too."""
        project.deployed(BOTH)
        live_numbers = 'from pulumi_chime_voice import EmergencyCalling\nfound = EmergencyCalling.get("found", '
        project.program(
            BOTH
            + live_numbers
            + 'support.id, opts=pulumi.ResourceOptions(depends_on=[emergency]))\npulumi.export("found", found.numbers)\n'
        )
        shows_no_number(project.up())
        assert project.outputs()["found"] == "[secret]"
        found = project.ok("stack", "output", "found", "--show-secrets", "--json")
        assert POLICE in found

    def test_secrets_of_the_stack(self, project: Project, live: LiveNumbers) -> None:
        """Numbers from the configuration, as one secret object."""
        project.ok(
            "config", "set", "--secret", "numbers", f'[{{"emergency_phone_number":"{POLICE}","calling_country":"US"}}]'
        )
        declared = ORIGINATION + (
            "from pulumi_chime_voice import EmergencyCalling\n"
            'EmergencyCalling("help", voice_connector_id=support.id, '
            'numbers=pulumi.Config().require_secret_object("numbers"))\n'
        )
        project.program(declared)
        assert "numbers: [secret]" in shows_no_number(project.up())
        assert live.numbers() == [(POLICE, "US", None)]


class TestGuards:
    """Conflict, outside change, claims: as origination has them."""

    @pytest.fixture
    def taken(self, project: Project, live: LiveNumbers) -> None:
        """Another user's numbers are live."""
        project.deployed(ORIGINATION)
        live.put_numbers(FIRE)

    @pytest.mark.usefixtures("taken")
    def test_conflict_and_adoption(self, project: Project, live: LiveNumbers, calls: Calls) -> None:
        """Other numbers are not overwritten unseen; the same are adopted."""
        project.program(BOTH)
        refused = shows_no_number(project.up_err())
        assert f"creating emergency calling of Voice Connector {CONNECTOR} (us-east-1): blocked" in refused
        assert "different settings: 1 number for US" in refused
        assert live.numbers() == [(FIRE, "US", None)]
        project.program(ORIGINATION + emergency(f"{FIRE} US"))
        assert "already has these settings; adopting them" in project.preview()
        project.up()

    def test_outside_change(self, project: Project, live: LiveNumbers) -> None:
        """Found by update, refresh and delete."""
        project.deployed(BOTH)
        live.put_numbers(FIRE)
        project.program(ORIGINATION + emergency(f"{POLICE} US"))
        differences = "US 1 has another emergency number"
        for said in (project.up_err(), project.err("destroy", "--yes", "--skip-preview")):
            assert "changed outside Pulumi" in shows_no_number(said)
            assert differences in said or "has another test number" in said
        assert live.numbers() == [(FIRE, "US", None)]
        shown = shows_no_number(project.refresh())
        assert "~ revision" in shown.replace("  ", " ")
        project.up()
        assert live.numbers() == [(POLICE, "US", None)]

    def test_disappears(self, project: Project, live: LiveNumbers) -> None:
        """Deleted outside Pulumi: refresh notices, up restores."""
        project.deployed(BOTH)
        live.delete_numbers()
        assert "1 deleted" in project.refresh()
        project.up()
        assert live.numbers() == [(POLICE, "US", TEST), (CANADA, "CA", None)]

    def test_renamed(self, project: Project, live: LiveNumbers, calls: Calls) -> None:
        """Without an alias: the live configuration stays, and the old resource goes."""
        project.deployed(BOTH)
        project.program(ORIGINATION + emergency(f"{POLICE} US {TEST}", f"{CANADA} CA", name="renamed"))
        project.up()
        assert "DeleteEmergency" not in calls.take()
        assert live.numbers() == [(POLICE, "US", TEST), (CANADA, "CA", None)]
        assert set(project.state()) == {"support", "renamed"}

    def test_declared_twice(self, project: Project, live: LiveNumbers) -> None:
        """Two resources for one connector; an origination beside them does not count."""
        twice = emergency(f"{FIRE} US", name="other")
        project.program(BOTH + twice)
        assert "declared twice in this program, by help and by other" in shows_no_number(project.preview_err())

    def test_mistakes(self, project: Project, live: LiveNumbers) -> None:
        """Told with their paths, without the values."""
        project.program(ORIGINATION + emergency("206-5550100 us"))
        said = project.preview_err()
        assert "numbers[0].emergencyPhoneNumber: must be a phone number in E.164 form" in said
        assert "numbers[0].callingCountry: must be an ISO 3166-1 alpha-2" in said
        assert "5550100" not in said


def test_removed_outside(project: Project, live: LiveNumbers) -> None:
    """The preview says that an update puts it back."""
    project.deployed(BOTH)
    live.delete_numbers()
    project.program(BOTH.replace(POLICE, FIRE))
    assert (
        "was removed outside Pulumi since the last pulumi up, and this change configures it again" in project.preview()
    )


class TestOrigination:
    """Origination's guard, beside a resource for emergency calling."""

    def test_turned_off_beside_it(self, project: Project, live: LiveNumbers) -> None:
        """Refused, whether emergency calling is there or yet to come; its removal comes first, in an up of its own."""
        off = BOTH.replace("routes=[route()]", "routes=[route()], disabled=True")
        for own_output in ("voice_connector_id", "id"):
            project.program(off.replace("support.voice_connector_id", f"support.{own_output}"))
            assert "this program turns inbound calls off" in shows_no_number(project.preview_err())
        project.deployed(BOTH)
        project.program(off)
        assert "remove the EmergencyCalling resource and run pulumi up first" in project.preview_err()
        project.program(ORIGINATION)
        project.up()
        assert live.numbers() is None

    def test_only_origination_goes(self, project: Project, live: LiveNumbers) -> None:
        """Blocked: emergency calling would stay without it."""
        project.deployed(ORIGINATION + emergency(f"{POLICE} US", connector=f'"{CONNECTOR}"'))
        project.program(emergency(f"{POLICE} US", connector=f'"{CONNECTOR}"'))
        assert "emergency calling is configured" in project.up_err()
        assert live.routes() is not None
        assert live.numbers() == [(POLICE, "US", None)]

    def test_not_enabled(self, project: Project, emulator: Emulator) -> None:
        """The preview says what is missing; AWS's refusal says what to do."""
        project.program(emergency(f"{POLICE} US", connector=f'"{CONNECTOR}"'))
        said = project.preview()
        assert f"inbound calls of Voice Connector {CONNECTOR} (us-east-1) are not enabled" in said
        assert f"outbound calls (termination) of Voice Connector {CONNECTOR} (us-east-1) are not enabled" in said
        refused = shows_no_number(project.up_err())
        assert "AWS rejects it: " in refused
        assert "Emergency calling needs origination and termination enabled." in refused


def test_crash_in_between(project: Project, live: LiveNumbers, emulator: Emulator) -> None:
    """An up that is killed between the write and its response: the next one adopts what was written."""
    project.program(BOTH)
    emulator.faults.fail("PutVoiceConnectorEmergencyCallingConfiguration", ["lose"], forever=True)
    project.env["AWS_MAX_ATTEMPTS"] = "1"
    shows_no_number(project.up_err())
    emulator.faults.clear()
    assert live.numbers() == [(POLICE, "US", TEST), (CANADA, "CA", None)]
    assert set(project.state()) == {"support"}
    project.up()
    project.nothing_to_change()
