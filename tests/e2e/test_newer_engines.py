"""What Pulumi has brought since 3.250: options and commands that touch a guarantee, or show what is secret.

`deleted_with` and `replace_with` of a resource that is replaced are in test_deletes_first, the log files in test_secrets.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from .dangers import assert_no_traceback
from .support import CONNECTOR, OTHER_CONNECTOR
from .versions import SINCE_3_254

if TYPE_CHECKING:
    from chime_voice_emulator import Emulator

    from .support import Calls, Live, Project

pytestmark = SINCE_3_254

OURS = ("203.0.113.7", 5060, "UDP", 1, 1)
THEIRS = ("203.0.113.99", 5060, "UDP", 1, 1)


def declared(name: str = "support", connector: str = f'"{CONNECTOR}"', routes: str = "route()", opts: str = "") -> str:
    options = f"opts=pulumi.ResourceOptions({opts})"
    return f'{name} = Origination("{name}", voice_connector_id={connector}, routes=[{routes}], {options})\n'


def test_ignore_protect(project: Project, live: Live) -> None:
    """`--ignore-protect` goes past Pulumi's protection. The guards of the provider are the last ones, and block."""
    project.deployed(declared(opts="protect=True"))
    live.put(THEIRS)
    said = project.err("destroy", "--ignore-protect", "--yes", "--skip-preview", "--color=never")
    assert "blocked, because the live settings were changed outside Pulumi" in said
    assert live.routes() == [THEIRS]


@pytest.mark.full
def test_remediation(project: Project, live: Live) -> None:
    """What Pulumi Cloud's drift remediation runs undoes a change made by hand; docs/automation.md says not to turn it on."""
    project.deployed(declared())
    live.put(THEIRS)
    assert "blocked" not in project.up("--refresh")
    assert live.routes() == [OURS]


HOOK = """
def retry(args):
    return "blocked, because" not in args.errors[0] and len(args.errors) < 3

hooks = pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook("retry", retry)])
"""
"""As docs/environments.md advises."""


@pytest.mark.full
def test_error_hook(project: Project, live: Live, emulator: Emulator, calls: Calls) -> None:
    """It repeats what AWS has rejected, and nothing that is blocked."""
    live.put(THEIRS)
    project.program(HOOK + declared(opts="hooks=hooks"))
    said = project.up_err()
    assert "blocked, because the voice connector already has different settings" in said
    assert "retrying" not in said
    assert calls.take() == ["Get"]
    live.delete()
    emulator.faults.fail("PutVoiceConnectorOrigination", ["400*2"])
    assert "retrying create due to on-error hook request (2/100)" in project.up()
    assert live.routes() == [OURS]
    project.nothing_to_change()


@pytest.mark.full
def test_providers_that_are_not_targeted(project: Project, live: Live, calls: Calls) -> None:
    """Engines since 3.257 do not configure them: a rename that also moves to another `Provider` is as safe as without
    `--target`."""
    providers = 'day = Provider("day", region="us-east-1")\nnight = Provider("night", region="us-east-1")\n'
    sales = declared("sales", f'"{OTHER_CONNECTOR}"', opts="provider=night")
    project.program(providers + declared(opts="provider=day") + sales)
    project.up()
    old, new = project.urn("support"), project.urn("support").replace("support", "helpdesk")
    project.program(providers + declared("helpdesk", opts="provider=night") + sales)
    calls.take()
    assert "as helpdesk, which does not manage it yet" in project.up_err("--target", old)
    assert calls.take() == []
    project.up("--target", new)
    assert calls.take() == ["Get", "Put"]
    project.up("--target", old)
    assert calls.take() == []
    assert live.routes() == [OURS]
    project.nothing_to_change()


@pytest.mark.full
def test_faulted_outputs(project: Project, live: Live, emulator: Emulator) -> None:
    """Engines since 3.252 let a program go on after a failed write, with outputs that never come: a resource whose ID comes
    from it is not registered, and the one that may be on its voice connector stays."""
    there = declared("sales", f'"{OTHER_CONNECTOR}"')
    project.program(declared() + there)
    project.up()
    moved = declared("moved", f'support.region.apply(lambda _: "{OTHER_CONNECTOR}")')
    project.program(declared(routes="route(weight=2)") + moved)
    emulator.faults.fail("PutVoiceConnectorOrigination", ["400"])
    said = project.up_err("--continue-on-error")
    assert "blocked, because the program declares moved with an ID that this run did not find out" in said
    assert_no_traceback(said)
    assert set(project.state()) == {"support", "sales"}
    assert live.routes(OTHER_CONNECTOR) == [OURS]


@pytest.mark.full
def test_names_of_exported_values(project: Project, emulator: Emulator) -> None:
    """Engines since 3.260 may write the keys of typed outputs in camelCase. A program of another stack reads these."""
    emulator.seed(
        {
            "voice_connectors": [
                {"id": CONNECTOR, "termination": {"CallingRegions": ["US"], "CidrAllowedList": ["192.0.2.0/28"]}}
            ]
        }
    )
    number = '{"emergency_phone_number": "+12065550100", "calling_country": "US"}'
    project.program(
        "from pulumi_chime_voice import EmergencyCalling\n"
        + declared()
        + f'numbers = EmergencyCalling("e", voice_connector_id=support.voice_connector_id, numbers=[{number}]).numbers\n'
        'pulumi.export("routes", support.routes)\npulumi.export("numbers", numbers)\n'
    )
    project.up()
    exported = json.loads(project.ok("stack", "output", "--json", "--show-secrets"))
    assert set(exported["routes"][0]) == {"host", "port", "protocol", "priority", "weight", "enabled"}
    assert set(exported["numbers"][0]) == {"emergency_phone_number", "calling_country", "test_phone_number"}


SECRET = 'route(pulumi.Output.secret("hidden.example.net"))'


@pytest.mark.full
def test_show_secrets(project: Project) -> None:
    """Pulumi's diff then has the host. A warning of this package still has not."""
    project.program(declared(routes=f'{SECRET}, route("sbc.example.net")'))
    project.up()
    project.program(declared(routes=SECRET))
    said = project.preview("--show-secrets")
    assert 'hidden.example.net:5060/UDP: "50%" => "100%"' in said
    assert "loses its failover: [secret] becomes the only host" in said
    assert "hidden" not in project.preview()


@pytest.mark.full
def test_json(project: Project, live: Live) -> None:
    """`--output json` has neither warnings nor errors; `preview --json` has both, as diagnostics."""
    project.deployed(declared(routes='route(), route("sbc.example.net")'))
    project.program(declared())
    plan = json.loads(project.ok("preview", "--json"))
    assert any("loses its failover" in item["message"] for item in plan["diagnostics"])
    assert "loses its failover" not in project.said("preview", "--output", "json")
    live.put(THEIRS)
    summary = project.err("up", "--yes", "--skip-preview", "--output", "json")
    assert json.loads(summary)["result"] == "failed"
    assert "blocked" not in summary
    assert live.routes() == [THEIRS]


@pytest.mark.full
def test_stack_migrate(project: Project, calls: Calls) -> None:
    """To another backend: nothing is sent, and the next preview changes nothing."""
    project.deployed(declared(routes=SECRET))
    calls.take()
    old = project.env["PULUMI_BACKEND_URL"]
    (project.folder / "other").mkdir()
    project.env["PULUMI_BACKEND_URL"] = (project.folder / "other").as_uri()
    project.ok("stack", "migrate", old, "dev", "--yes")
    project.ok("preview", "--expect-no-changes", "--stack", "dev")
    assert calls.take() == []


@pytest.mark.full
def test_state_migrations(project: Project, calls: Calls) -> None:
    """A function that returns None changes nothing, and nothing is sent. It is called in a preview, too."""
    project.deployed(declared())
    calls.take()
    migration = "def look(args):\n    pulumi.log.warn('looked at ' + args.urn)\n\n"
    project.program(migration + declared(opts="state_migrations=[look]"))
    for said in (project.preview("--expect-no-changes"), project.up("--expect-no-changes")):
        assert f"looked at {project.urn('support')}" in said
    assert calls.take() == []
