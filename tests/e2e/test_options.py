"""Pulumi's own options and state commands on originations: what is sent, and what is live after it.

`ignoreChanges`, `--target`, renames without alias, `--replace` and taints are in test_lifecycle and test_harmless.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ..support.values import CONNECTOR, OTHER_CONNECTOR
from .support import LATER

if TYPE_CHECKING:
    from chime_voice_emulator import Emulator

    from .support import Calls, Live, Project

OURS = ("203.0.113.7", 5060, "UDP", 1, 1)


def declared(name: str = "support", connector: str = CONNECTOR, routes: str = "route()", **opts: str) -> str:
    options = ", ".join(f"{key}={value}" for key, value in opts.items())
    return (
        f'{name} = Origination("{name}", voice_connector_id="{connector}", routes=[{routes}], '
        f"opts=pulumi.ResourceOptions({options}))\n"
    )


@pytest.mark.matrix
def test_protect(project: Project, live: Live, calls: Calls) -> None:
    """Protected by its component; taken out of the program, moved to another connector, destroyed: refused, nothing written."""
    team = 'team = pulumi.ComponentResource("e2e:Team", "team", opts=pulumi.ResourceOptions(protect=True))\n'
    project.deployed(team + declared(parent="team"))
    calls.take()
    project.program(team)
    assert "To unprotect the resource" in project.up_err("--diff")
    project.program(team + declared(connector=OTHER_CONNECTOR, parent="team"))
    assert "To unprotect the resource" in project.up_err("--diff")
    assert "To unprotect the resource" in project.err("destroy", "--yes", "--skip-preview", "--diff", "--color=never")

    assert not {"Put", "Delete"} & set(calls.take())
    assert live.routes() == [OURS]
    assert live.routes(OTHER_CONNECTOR) is None


def test_retain_on_delete(project: Project, live: Live, calls: Calls) -> None:
    """Taken out of the program, the settings stay live, and nothing is sent; declared again, they are adopted."""
    project.deployed(declared(retain_on_delete="True"))
    project.program("")
    calls.take()
    project.up()
    assert calls.take() == []
    assert project.state() == {}
    assert live.routes() == [OURS]
    project.program(declared(retain_on_delete="True"))
    project.up()
    assert live.routes() == [OURS]


@pytest.mark.full
@pytest.mark.parametrize("way", ["exclude", "continue-on-error"])
def test_another_grandparent(project: Project, live: Live, emulator: Emulator, way: str) -> None:
    """The component gets a parent, and this run does not come to the new resource: the old one stays in the state."""
    team = 'team = pulumi.ComponentResource("e2e:Team", "team"{})\n'
    project.deployed(team.format("") + declared(parent="team"))
    (old,) = [each["urn"] for each in project.state().values()]
    region = 'region = pulumi.ComponentResource("e2e:Region", "eu")\n'
    bad = declared("bad", OTHER_CONNECTOR, parent="region")
    more = "" if way == "exclude" else ", depends_on=[bad]"
    below = team.format(f", opts=pulumi.ResourceOptions(parent=region{more})")
    project.program(region + (bad if more else "") + below + declared(parent="team"))
    emulator.faults.fail("PutVoiceConnectorOrigination", ["AccessDeniedException"], forever=True)
    said = project.up_err(*(("--exclude", "**Region**") if way == "exclude" else ("--continue-on-error",)))
    assert (
        "blocked, because the program declares this voice connector as team/support, which does not manage it" in said
    )
    assert old in {each["urn"] for each in project.state().values()}
    emulator.faults.clear()
    project.up()
    assert live.routes() == [OURS]
    assert old not in {each["urn"] for each in project.state().values()}


def test_aliases(project: Project, live: Live, calls: Calls) -> None:
    """A new name inside a new component, with an alias: the same resource, and nothing is sent."""
    project.deployed(declared())
    project.program(
        'team = pulumi.ComponentResource("e2e:Team", "team")\n'
        + declared(
            "helpdesk", parent="team", aliases='[pulumi.Alias(name="support", parent=pulumi.ROOT_STACK_RESOURCE)]'
        )
    )
    calls.take()
    project.up()
    assert calls.take() == []
    assert list(project.state()) == ["helpdesk"]
    assert live.routes() == [OURS]


@pytest.mark.full
def test_replace_on_changes_has_no_effect(project: Project, live: Live, calls: Calls) -> None:
    """A change of routes stays one Put: the settings of a connector cannot stand beside themselves."""
    project.deployed(declared())
    project.program(declared(routes="route(weight=9)", replace_on_changes='["routes", "*"]'))
    assert project.steps() == {"support": "update"}
    calls.take()
    project.up()
    assert calls.take() == ["Get", "Put"]
    assert live.routes() == [(*OURS[:4], 9)]


@pytest.mark.full
def test_custom_timeouts_have_no_effect(project: Project, live: Live, emulator: Emulator) -> None:
    """A write that takes longer than the timeout of its resource is waited for all the same."""
    emulator.faults.fail("PutVoiceConnectorOrigination", ["delay:2s"])
    project.program(declared(custom_timeouts='pulumi.CustomTimeouts(create="1s")'))
    project.up()
    assert live.routes() == [OURS]


HOOKS = """
def fail(args):
    raise ValueError("no change today")

failing = pulumi.ResourceHook("failing", fail)
hooks = pulumi.ResourceHookBinding(before_update=[failing], before_delete=[failing])
"""


def test_hooks(project: Project, live: Live, calls: Calls) -> None:
    """A hook that fails before an update or a delete: nothing is sent."""
    project.deployed(HOOKS + declared(hooks="hooks"))
    project.program(HOOKS + declared(routes="route(weight=9)", hooks="hooks"))
    assert 'before hook "failing" failed: no change today' in project.up_err()
    assert "--run-program" in project.err("destroy", "--yes", "--skip-preview", "--color=never")
    assert "no change today" in project.err("destroy", "--yes", "--skip-preview", "--run-program", "--color=never")
    assert calls.take() == []
    assert live.routes() == [OURS]


def test_deleted_with(project: Project, live: Live, calls: Calls) -> None:
    """Removed together with the other resource, the settings stay live: Pulumi does not call the provider."""
    project.deployed(LATER + 'source = Made("source")\n' + declared(deleted_with="source"))
    project.program("")
    project.up()
    assert calls.take() == []
    assert project.state() == {}
    assert live.routes() == [OURS]


def test_env_var_mappings(project: Project) -> None:
    """A Provider reads the region from another variable; on an Origination, Pulumi refuses the option."""
    mapped = '{"PROD_REGION": "AWS_REGION"}'
    project.env["PROD_REGION"] = "eu-west-1"
    provider = f'prod = Provider("prod", opts=pulumi.ResourceOptions(env_var_mappings={mapped}))\n'
    project.program(provider + declared(provider="prod"))
    assert f"creating origination of Voice Connector {CONNECTOR} (eu-west-1): " in project.preview_err()
    project.program(declared(env_var_mappings=mapped))
    assert "envVarMappings can only be used with provider resources" in project.preview_err()


def test_import_command_is_refused(project: Project, live: Live, calls: Calls) -> None:
    """`pulumi import` hands a dynamic provider nothing to work with: it fails, and neither state nor calls change."""
    live.put(OURS)
    project.program("")
    said = project.err("import", "pulumi-python:dynamic/chime:Origination", "support", CONNECTOR, "--yes")
    assert "__provider" in said
    assert calls.take() == []
    assert project.state() == {}
    assert live.routes() == [OURS]


def test_depends_on(project: Project, live: Live, emulator: Emulator, calls: Calls) -> None:
    """The dependent is written last and deleted first; where the other fails, it is not even looked at."""
    project.program(declared() + declared("sales", OTHER_CONNECTOR, depends_on="[support]"))
    emulator.faults.fail("PutVoiceConnectorOrigination", ["400"])
    project.up_err()
    assert calls.take() == ["Get", "Put"]
    assert live.routes(OTHER_CONNECTOR) is None
    # Slow enough that a dependent that did not wait would be written first.
    emulator.faults.fail("GetVoiceConnectorOrigination", ["delay:1s"])
    written = len(emulator.requests)
    project.up()
    project.destroy()
    assert [
        (str(item.operation).removesuffix("VoiceConnectorOrigination"), item.voice_connector_id)
        for item in emulator.requests[written:]
        if str(item.operation).startswith(("Put", "Delete"))
    ] == [("Put", CONNECTOR), ("Put", OTHER_CONNECTOR), ("Delete", OTHER_CONNECTOR), ("Delete", CONNECTOR)]


TRANSFORM = """
def failover(args):
    if args.type_ != "pulumi-python:dynamic/chime:Origination":
        return None
    last = {"host": "sbc-dr.example.net", "port": 5060, "protocol": "TCP", "priority": 9, "weight": 1}
    routes = args.props["routes"]
    both = pulumi.Output.from_input(routes).apply(lambda known: [*known, last])
    opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True))
    return pulumi.ResourceTransformResult(props={**args.props, "routes": both}, opts=opts)
pulumi.runtime.register_resource_transform(failover)
"""

LEGACY = """
def turn_off(args):
    if args.type_ != "pulumi-python:dynamic/chime:Origination":
        return None
    return pulumi.ResourceTransformationResult({**args.props, "disabled": True}, args.opts)
pulumi.runtime.register_stack_transformation(turn_off)
"""


@pytest.mark.matrix
def test_transforms(project: Project, live: Live) -> None:
    """A transform of the stack that adds a host for failover and protects: seen in the preview, live after up."""
    project.program(TRANSFORM + declared())
    assert 'sbc-dr.example.net:5060/TCP: "100%"' in project.up()
    assert live.routes() == [OURS, ("sbc-dr.example.net", 5060, "TCP", 9, 1)]
    assert project.state()["support"]["protect"] is True
    project.nothing_to_change()
    project.program(TRANSFORM + LEGACY + declared())
    assert "disabled: false => true" in project.preview()


@pytest.mark.full
def test_transforms_are_warned_of(project: Project) -> None:
    """What a transform makes of the hosts is what warnings are about, once each, for a component's transform too."""
    altered = TRANSFORM.replace("sbc-dr.example.net", "pbx.local")
    project.program(altered + declared())
    assert project.preview().count("pbx.local ends in .local, which is for mDNS") == 1


def test_failover_reads_in_its_order(project: Project) -> None:
    """The engine sorts keys as text: priorities 2, 10 and 100 stand in their order all the same, and programs know them."""
    routes = ", ".join(f'route("sbc-{priority}.example.net", priority={priority})' for priority in (10, 100, 2, 1))
    project.program(declared(routes=routes) + 'pulumi.export("share", support.call_distribution["priority 10"])\n')
    shown = project.up().partition("routes:")[0]
    places = [shown.index(f"priority {priority}: {{") for priority in (1, 2, 10, 100)]
    assert places == sorted(places)
    assert project.outputs()["share"] == {"sbc-10.example.net:5060/UDP": "100%"}


COMPONENTS = """
class Team(pulumi.ComponentResource):
    def __init__(self, name, kind):
        super().__init__(kind, name)
        Origination("support", voice_connector_id="CONNECTOR", routes=[route()], opts=pulumi.ResourceOptions(parent=self))
""".replace("CONNECTOR", CONNECTOR)


def test_two_owners_in_components(project: Project, calls: Calls) -> None:
    """Two components that declare one connector are named, also where their own names are equal."""
    twice = f"Voice Connector {CONNECTOR} (us-east-1) is declared twice in this program, by "
    project.program(COMPONENTS + 'Team("day", "e2e:Day")\nTeam("night", "e2e:Night")\n')
    assert twice + "day/support and by night/support" in project.preview_err()
    project.program(COMPONENTS + 'Team("team", "e2e:Day")\nTeam("team", "e2e:Night")\n')
    both = "team/support (in a component of type e2e:Day) and by team/support (in a component of type e2e:Night)"
    assert twice + both in project.preview_err()
    assert not {"Put", "Delete"} & set(calls.take())


@pytest.mark.full
def test_stack_reference(project: Project, live: Live, calls: Calls) -> None:
    """Connector and host from another stack's outputs: known in the preview, which looks at the connector."""
    project.deployed(
        f"""
if pulumi.get_stack() == "dev":
    pulumi.export("connector", "{CONNECTOR}")
    pulumi.export("host", "203.0.113.7")
else:
    network = pulumi.StackReference("organization/e2e/dev")
    Origination("support", voice_connector_id=network.require_output("connector"),
        routes=[route(network.require_output("host"))])
"""
    )
    project.init("calls")
    assert '203.0.113.7:5060/UDP: "100%"' in project.preview()
    assert sorted(calls.take()) == ["Get", "GetVoiceConnector"]
    project.up()
    assert live.routes() == [OURS]


@pytest.mark.full
def test_plan(project: Project, live: Live, calls: Calls) -> None:
    """`up --plan` applies what was previewed; a program that has changed since is refused, and nothing is sent for it."""
    project.deployed(declared())
    project.program(declared(routes="route(weight=9)"))
    project.preview("--save-plan", "plan.json")
    project.program(declared(routes='route(weight=9), route("203.0.113.8")'))
    calls.take()
    assert "violates plan" in project.up_err("--plan", "plan.json")
    assert "Put" not in calls.take()
    project.program(declared(routes="route(weight=9)"))
    project.up("--plan", "plan.json")
    assert calls.take() == ["Get", "Put"]
    assert live.routes() == [(*OURS[:4], 9)]


@pytest.mark.full
def test_state_rename(project: Project, live: Live, calls: Calls) -> None:
    """Renamed in the state and in the program: nothing to change, and nothing is sent."""
    project.deployed(declared())
    calls.take()
    project.ok("state", "rename", project.state()["support"]["urn"], "helpdesk", "--yes")
    project.program(declared("helpdesk"))
    project.preview("--expect-no-changes")
    project.up("--expect-no-changes")
    assert calls.take() == []
    assert live.routes() == [OURS]


@pytest.mark.full
def test_state_move(project: Project, live: Live, calls: Calls) -> None:
    """Moved to another stack, with its declaration: neither stack has anything to change, and nothing is sent."""
    elsewhere = 'if pulumi.get_stack() == "STACK":\n    ' + declared()
    project.deployed(elsewhere.replace("STACK", "dev"))
    urn = project.state()["support"]["urn"]
    project.init("calls")
    project.up()
    calls.take()
    project.ok("state", "move", "--source", "dev", "--dest", "calls", urn, "--yes")
    project.program(elsewhere.replace("STACK", "calls"))
    project.up("--expect-no-changes")
    assert list(project.state()) == ["support"]
    project.up("--expect-no-changes", "--stack", "dev")
    assert calls.take() == []
    assert live.routes() == [OURS]
