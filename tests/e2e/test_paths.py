"""The engine's ways to a create, an update, a read and a delete, and what holds on each: docs/reliability.md has the table.

What is asked in each: are the calls still there, does the state still know them, was anything sent that nobody declared.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .dangers import HERE, NUMBER, OURS, THEIRS, assert_a_sentence, configure_emergency_calling, program
from .support import LATER

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chime_voice_emulator import Emulator

    from .support import Calls, Live, Project

LOWEST = {
    "test_renamed_one_target_at_a_time",
    "test_renamed_and_the_create_fails",
    "test_emergency_calling_of_the_old_one",
}
"""These tests run with the oldest versions of pulumi and boto3 too (conftest.py)."""

STAYS = "which does not manage it yet"


def urn_of(project: Project, old: str, new: str) -> str:
    """The URN that a resource will have, from one of the same stack."""
    return project.urn(old).removesuffix(old) + new


class TestDelete:
    """A delete never ends calls that the program still declares, and the state never loses calls that are live."""

    @pytest.mark.parametrize("last", ["target", pytest.param("exclude", marks=pytest.mark.full)])
    def test_renamed_one_target_at_a_time(
        self, project: Project, live: Live, writes: Callable[[], list[str]], last: str
    ) -> None:
        """The engine checks the old resource in neither run: what the program declares is known all the same."""
        project.deployed(program())
        project.program(program(name="helpdesk"))
        old, new = project.urn("support"), urn_of(project, "support", "helpdesk")
        project.up("--target", new)
        writes()
        project.up("--target", old) if last == "target" else project.up("--exclude", new)
        assert writes() == []
        assert live.routes() == [OURS]
        assert list(project.state()) == ["helpdesk"]

    def test_renamed_and_the_old_one_first(self, project: Project, live: Live, writes: Callable[[], list[str]]) -> None:
        """Before the new resource is in the state, the old one stays in it: otherwise nobody owned what is live."""
        project.deployed(program())
        project.program(program(name="helpdesk"))
        writes()
        said = project.up_err("--target", project.urn("support"))
        assert f"as helpdesk, {STAYS}. Run pulumi up without --target" in said
        assert_a_sentence(said)
        assert list(project.state()) == ["support"]
        project.up()
        assert "Delete" not in writes()
        assert list(project.state()) == ["helpdesk"]
        assert live.routes() == [OURS]

    def test_swapped_one_target_at_a_time(self, project: Project, live: Live, writes: Callable[[], list[str]]) -> None:
        """Two originations swap their voice connectors: the one that is left out still has the one that the other gets."""

        def both(first: str, second: str) -> str:
            return program(connector=first, name="first") + program(connector=second, name="second")

        project.deployed(both(CONNECTOR, OTHER_CONNECTOR))
        project.program(both(OTHER_CONNECTOR, CONNECTOR))
        writes()
        said = project.up_err("--target", project.urn("second"))
        assert "first" in said
        assert "Run pulumi up without --target and --exclude" in said
        assert "declared twice" not in said
        assert "Delete" not in writes()
        project.up()
        assert (live.routes(CONNECTOR), live.routes(OTHER_CONNECTOR)) == ([OURS], [OURS])
        assert "Delete" not in writes()
        project.nothing_to_change()

    def test_renamed_and_the_create_fails(self, project: Project, live: Live, writes: Callable[[], list[str]]) -> None:
        """--continue-on-error goes on to the deletes: the old resource stays, since the new one has not taken over."""
        project.deployed(program())
        project.program(program("[route(weight=9)]", name="helpdesk"))
        writes()
        said = project.up_err("--continue-on-error")
        assert "already has different settings" in said
        assert STAYS in said
        assert writes() == []
        assert live.routes() == [OURS]
        assert list(project.state()) == ["support"]

    def test_renamed_and_never_tried(self, project: Project, live: Live, writes: Callable[[], list[str]]) -> None:
        """A resource whose dependency failed is not created, and takes nothing over."""
        project.deployed(program())
        failing = (
            "import pulumi.dynamic\nclass Fails(pulumi.dynamic.ResourceProvider):\n"
            '    def create(self, props):\n        raise Exception("no")\n'
            "class First(pulumi.dynamic.Resource):\n    pass\n"
            'first = First(Fails(), "first", {})\n'
        )
        project.program(failing + program(name="helpdesk", more=", opts=pulumi.ResourceOptions(depends_on=[first])"))
        writes()
        assert STAYS in project.up_err("--continue-on-error")
        assert writes() == []
        assert live.routes() == [OURS]
        assert list(project.state()) == ["support"]

    @pytest.mark.parametrize("way", ["run-program", "target", "removed"])
    def test_what_is_meant_is_deleted(self, project: Project, live: Live, way: str) -> None:
        """A destroy that runs the program, one of a target, and a resource that is taken out of the program: calls end."""
        project.deployed(program())
        if way == "removed":
            project.program("")
            project.up()
        else:
            options = {"run-program": ("--run-program",), "target": ("--target", project.urn("support"))}
            project.destroy(*options[way])
        assert live.routes() is None
        assert project.state() == {}

    def test_replaced_after_an_outside_change(
        self, project: Project, live: Live, writes: Callable[[], list[str]]
    ) -> None:
        """What the delete of the old half would refuse is refused before the new half is written."""
        project.deployed(program())
        live.put(THEIRS)
        project.program(program(connector=OTHER_CONNECTOR))
        writes()
        blocked = f"replacing origination of {HERE}: blocked, because the live settings were changed outside Pulumi"
        assert blocked in project.up_err()
        assert writes() == []

    def test_reads_that_lag(self, project: Project, live: Live, emulator: Emulator, calls: Calls) -> None:
        """A destroy right after an up sends its delete, whatever the read before it says."""
        project.program(program())
        del project.env["CHIME_VOICE_LOCAL_LAG_SECONDS"]
        emulator.faults.read_lag = 60
        project.up()
        calls.take()
        project.destroy()
        assert calls.take()[:4] == ["Get", "GetVoiceConnector", "GetEmergency", "Delete"]
        emulator.faults.read_lag = 0
        assert live.routes() is None


class TestOwners:
    def test_one_connector_through_two_regions(self, project: Project) -> None:
        """One connector may answer on several endpoints: it has one owner."""
        project.program(program() + program(name="far", more=', region="us-west-2"'))
        assert "is declared twice in this program, by far and by support" in project.preview_err()

    def test_two_owners_of_one_name_path(self, project: Project) -> None:
        """A resource "c/x" and the child "x" of component "c" are two."""
        project.program(
            'c = pulumi.ComponentResource("e2e:C", "c")\n'
            + program(name="x", more=", opts=pulumi.ResourceOptions(parent=c)")
            + program(name="c/x")
        )
        said = project.preview_err()
        assert "by c/x (in a component of type e2e:C) and by c/x (in no component)" in said


class TestRead:
    """A read forgets nothing that is live somewhere."""

    def test_refresh_right_after_up(self, project: Project, live: Live, emulator: Emulator) -> None:
        """A read that lags for a while does not find what was just written."""
        project.program(program())
        del project.env["CHIME_VOICE_LOCAL_LAG_SECONDS"]
        emulator.faults.read_lag = 8
        project.up()
        project.refresh()
        emulator.faults.read_lag = 0
        assert list(project.state()) == ["support"]
        project.ok("preview", "--expect-no-changes")

    def test_other_credentials(self, project: Project, live: Live, writes: Callable[[], list[str]]) -> None:
        """Another account has neither settings nor connector: refresh, up and destroy refuse, and forget nothing."""
        project.deployed(program())
        writes()
        project.env["AWS_ACCESS_KEY_ID"] = "another-account"
        said = [project.up_err("--refresh"), project.err("destroy", "--yes", "--skip-preview", "--color=never")]
        project.program(program("[route(weight=2)]"))
        said.append(project.up_err())
        for one in said:
            assert "finds neither the origination settings nor the voice connector in this account and region" in one
            assert f"pulumi state delete --force '{project.urn('support')}'" in one
            assert_a_sentence(one)
        assert "Put" not in writes()
        assert list(project.state()) == ["support"]
        assert live.routes() == [OURS]

    def test_settings_that_keep_no_rule(self, project: Project, live: Live) -> None:
        """What the service holds is shown as it is: a host with an underscore, a route with only a host, twins."""
        routes = [{"Host": "sbc_a.example.net"}, {"Host": "203.0.113.8", "Protocol": "UDP"}]
        origination = {"Routes": [*routes, routes[1]]}
        live.client.put_voice_connector_origination(VoiceConnectorId=CONNECTOR, Origination=origination)
        project.program(
            f'found = Origination.get("found", "{CONNECTOR}", pulumi.ResourceOptions(protect=False))\n'
            'pulumi.export("hosts", found.routes.apply(lambda routes: [route.host for route in routes]))\n'
            'pulumi.export("calls", found.call_distribution)\n'
        )
        project.up()
        outputs = project.outputs()
        assert sorted(outputs["hosts"]) == ["203.0.113.8", "203.0.113.8", "sbc_a.example.net"]
        assert set(outputs["calls"]) == {"priority 1"}

    def test_refreshed_and_ignored(self, project: Project, live: Live) -> None:
        """Routes that keep no rule come into the state with a refresh: while they are ignored, they block nothing."""
        ignored = ', opts=pulumi.ResourceOptions(ignore_changes=["routes"])'
        project.deployed(program(more=ignored))
        live.put(("sbc_a.example.net", 5060, "UDP", 1, 1), ("sbc_a.example.net", 5060, "UDP", 1, 1))
        project.refresh()
        project.up()
        project.program(
            program(more=ignored.replace('"routes"', '"routes", "call_distribution"') + ', on_conflict="overwrite"')
        )
        project.up()
        assert [host for host, *_ in live.routes() or []] == ["sbc_a.example.net"] * 2


class TestWhatIsTakenBack:
    def test_overwrite(self, project: Project, live: Live, calls: Calls) -> None:
        """on_conflict="overwrite" taken out of the program is out of the state: a destroy looks again."""
        project.deployed(program(more=', on_conflict="overwrite"'))
        project.program(program())
        calls.take()
        project.up()
        assert calls.take() == []
        live.put(THEIRS)
        assert "blocked, because the live settings were changed outside Pulumi" in project.err(
            "destroy", "--yes", "--skip-preview", "--color=never"
        )
        assert live.routes() == [THEIRS]


class TestReplacementOfAnUnknownConnector:
    def test_emergency_calling_of_the_old_one(self, project: Project, live: Live) -> None:
        """The new connector is not known in the preview. The old one is, and its emergency calling refuses there."""
        project.deployed(program())
        configure_emergency_calling(live)
        later = LATER.replace(CONNECTOR, OTHER_CONNECTOR)
        unknown = program().replace(f'"{CONNECTOR}"', 'Made("made").connector')
        project.program(later + unknown)
        said = project.preview_err()
        assert f"replacing origination of {HERE}: blocked, because emergency calling is configured" in said
        assert_a_sentence(said)

    def test_phone_numbers_of_the_old_one(self, project: Project, emulator: Emulator) -> None:
        """They are counted in the preview."""
        emulator.seed({"phone_numbers": [{"number": NUMBER, "voice_connector_id": CONNECTOR}]})
        project.deployed(program())
        project.program(
            LATER.replace(CONNECTOR, OTHER_CONNECTOR) + program().replace(f'"{CONNECTOR}"', 'Made("made").connector')
        )
        said = project.preview()
        assert f"support: routes move from {HERE} to a voice connector that does not exist yet" in said
        assert "assigned to it: 1" in said


class TestProviders:
    OTHER_ACCOUNT = 'other = Provider("other", access_key="111111111111", secret_key="test", region="us-east-1")\n'

    def test_of_another_account(self, project: Project, live: Live, emulator: Emulator) -> None:
        """The credentials of the new provider cannot see the old connector: said, not taken for "no emergency calling"."""
        emulator.create_voice_connector(voice_connector_id="zzzzzz1ghij2klmno3pqr4", account="111111111111")
        project.deployed(program())
        there = ", opts=pulumi.ResourceOptions(provider=other)"
        project.program(self.OTHER_ACCOUNT + program(more=there, connector="zzzzzz1ghij2klmno3pqr4"))
        assert "could not check emergency calling, because these credentials do not find" in project.preview()
        assert live.routes() == [OURS]

    def test_that_is_not_known_in_a_preview(self, project: Project) -> None:
        """The engine asks a provider nothing while an argument of it is unknown: the preview says that."""
        unknown = 'other = Provider("other", region=Made("made").host.apply(lambda _: "us-east-1"))\n'
        project.program(LATER + unknown + program(more=", opts=pulumi.ResourceOptions(provider=other)"))
        said = project.preview()
        assert "other: region is not known in this preview, so Pulumi cannot ask the provider" in said

    def test_password_of_a_proxy(self, project: Project) -> None:
        """A proxy's URL is kept as a secret."""
        project.program('Provider("other", https_proxy="http://me:hidden-password@127.0.0.1:9")\n')
        said = project.up()
        kept = "".join(path.read_text() for path in (project.folder / "backend").rglob("*") if path.is_file())
        assert "hidden-password" not in said + kept

    @pytest.mark.parametrize(
        "url", ["Made('made').host", pytest.param("'http://me:hidden-password@127.0.0.1:9'", marks=pytest.mark.full)]
    )
    def test_password_of_an_endpoint(self, project: Project, url: str) -> None:
        """Refused, because no request carries it; neither shown nor kept, also if it is known only in the apply."""
        later = LATER.replace("sbc-a.example.net", "http://me:hidden-password@127.0.0.1:9")
        other = f"other = Provider('other', region='us-east-1', endpoints=[{{'chimesdkvoice': {url}}}])\n"
        project.program(later + other + program("[route()]", ", opts=pulumi.ResourceOptions(provider=other)"))
        output = project.up_err("--diff")
        assert "aws:endpoints: chimesdkvoice has a user name or a password before its host" in output
        resources = json.loads(project.ok("stack", "export"))["deployment"].get("resources", [])
        kept = json.dumps([item for item in resources if item["urn"].endswith("::other")])
        shown = output.partition("pulumi:providers:pulumi-python::other")[2]
        assert "hidden-password" not in shown + kept


class TestFolderOfClaims:
    def test_a_file_in_the_way(self, project: Project, tmp_path: Path) -> None:
        """What the program declares cannot be kept: one sentence of the program, before anything is sent."""
        temporary = tmp_path / "tmp"
        temporary.mkdir()
        (temporary / f"pulumi-chime-voice-11-{os.getuid()}").write_text("")
        project.env["TMPDIR"] = str(temporary)
        project.program(program())
        said = project.preview_err()
        assert "Origination support: cannot use" in said
        assert "Set TMPDIR to a folder that you can write to" in said
        assert_a_sentence(said)

    def test_removed_during_a_run(
        self, project: Project, live: Live, writes: Callable[[], list[str]], tmp_path: Path
    ) -> None:
        """The program is refused, so that nothing is deleted which it would have declared."""
        (tmp_path / "tmp").mkdir()
        project.env["TMPDIR"] = str(tmp_path / "tmp")
        project.deployed(program())
        cleaned = "import shutil, tempfile\nshutil.rmtree(tempfile.gettempdir())\n"
        project.program(program(connector=OTHER_CONNECTOR, name="other") + cleaned + program(name="helpdesk"))
        assert "Set TMPDIR to a folder that you can write to" in project.up_err("--target", project.urn("support"))
        assert writes() == []
        assert live.routes() == [OURS]
