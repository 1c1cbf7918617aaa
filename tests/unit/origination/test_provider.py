"""The provider's methods and the package's surface, without an engine: what the engine would see."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any, ClassVar

import pulumi
import pytest
from pulumi.dynamic import Config, ConfigureRequest
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.output import Unknown
from pulumi.runtime.rpc import UNKNOWN

import pulumi_chime_voice
from pulumi_chime_voice import DeclarationError, Origination, OriginationProvider, OriginationRouteArgs

from ...support.values import CONNECTOR

if TYPE_CHECKING:
    from pathlib import Path

ROUTE = {"host": "203.0.113.7", "port": 5060.0, "protocol": "UDP", "priority": 1.0, "weight": 1.0}
KEYED = {"203.0.113.7:5060/UDP": {"host": "203.0.113.7", "port": 5060, "protocol": "UDP", "priority": 1, "weight": 1}}


@pytest.fixture(autouse=True)
def _no_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))


def configured(**config: Any) -> OriginationProvider:
    provider = OriginationProvider()
    values = {f"aws:{key}": value for key, value in {"region": "us-east-1", **config}.items()}
    provider.configure(ConfigureRequest(Config(values, "project")))
    return provider


def check(news: dict[str, Any], **config: Any) -> tuple[dict[str, Any], list[str]]:
    """Checked inputs and failures of a declaration."""
    result = configured(**config).check({}, news)
    assert all(failure.property == "" for failure in result.failures)
    return result.inputs, [failure.reason for failure in result.failures]


class TestSurface:
    def test_public_names(self) -> None:
        """The names that programs may use; a name more or less is a decision."""
        assert sorted(pulumi_chime_voice.__all__) == [
            "ApiError",
            "ChimeVoiceError",
            "ConfigurationError",
            "DeclarationError",
            "EmergencyCalling",
            "EmergencyNumber",
            "EmergencyNumberArgs",
            "EmergencyNumberArgsDict",
            "NotFoundError",
            "Origination",
            "OriginationRoute",
            "OriginationRouteArgs",
            "OriginationRouteArgsDict",
            "Provider",
            "__version__",
            "stack_readme",
        ]

    @pytest.mark.parametrize("name", ["VoiceConnectorOrigination", "VoiceConnectorOriginationRouteArgs"])
    def test_names_of_pulumi_aws(self, name: str) -> None:
        """The import says which name this package has; other names get Python's own error."""
        own = name.removeprefix("VoiceConnector")
        with pytest.raises(
            ImportError, match=f"{name} is the name in pulumi-aws: in this package it is {own}\\. docs/migr"
        ):
            exec(f"from pulumi_chime_voice import {name}", {})
        with pytest.raises(AttributeError, match="has no attribute 'VoiceConnector'"):
            _ = pulumi_chime_voice.VoiceConnector

    def test_provider_reference_in_state_is_permanent(self) -> None:
        """States written by any release load this very string; it names the class and carries no value."""
        literal = "gASVMQAAAAAAAACMEnB1bHVtaV9jaGltZV92b2ljZZSME09yaWdpbmF0aW9uUHJvdmlkZXKUk5QpgZQu"
        assert serialize_provider(OriginationProvider()) == literal
        assert OriginationProvider.serialize_as_secret_always is False

    def test_import_needs_no_boto3(self) -> None:
        """Importing the package, and a check, load neither boto3 nor botocore."""
        script = (
            "import sys, pulumi_chime_voice as p; from pulumi.dynamic import Config, ConfigureRequest\n"
            "provider = p.OriginationProvider(); provider.configure(ConfigureRequest(Config({'aws:region': 'us-east-1'}, 'x')))\n"
            f"result = provider.check({{}}, {{'voiceConnectorId': '{CONNECTOR}', 'routes': [{ROUTE!r}]}})\n"
            "assert not result.failures, result.failures\n"
            "print([name for name in sys.modules if name.startswith(('boto', 'urllib3'))])"
        )
        result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert result.stdout == "[]\n"

    def test_origination_is_final(self) -> None:
        """A subclass would lose its type token, and is refused where it is written."""
        with pytest.raises(TypeError, match="Origination is final"):
            type("Mine", (Origination,), {})


class TestCheck:
    def test_fills_defaults(self) -> None:
        """A list of routes becomes a mapping by endpoint, numbers ints, and the rest its default."""
        assert check({"voiceConnectorId": CONNECTOR, "routes": [ROUTE]}) == (
            {
                "voiceConnectorId": CONNECTOR,
                "routes": KEYED,
                "disabled": False,
                "region": "us-east-1",
                "onConflict": "fail",
                "callDistribution": {"priority 1": {"203.0.113.7:5060/UDP": "100%"}},
            },
            [],
        )

    def test_checked_inputs_check_to_themselves(self) -> None:
        """ignore_changes hands back the old, keyed inputs: they stay as they are."""
        once, _ = check({"voiceConnectorId": CONNECTOR, "routes": [ROUTE]})
        assert check(dict(once)) == (once, [])

    def test_tells_every_failure_at_once(self) -> None:
        """Four mistakes, four failures, each with its path."""
        _, failures = check(
            {"voiceConnectorId": " ", "routes": [{**ROUTE, "port": 70000.0}], "disabled": "yes", "onConflict": "ignore"}
        )
        assert failures == [
            'voiceConnectorId: must be the ID of a voice connector; got " "',
            'onConflict: must be "fail" or "overwrite"; got "ignore"',
            'disabled: must be true or false; got "yes"',
            "routes[0].port: must be between 0 and 65535; got 70000",
        ]

    def test_quoted_flag(self) -> None:
        """YAML's quotes make a string of a flag."""
        _, failures = check({"voiceConnectorId": CONNECTOR, "routes": [ROUTE], "disabled": "True"})
        assert failures == ['disabled: must be true or false; got "True"; remove the quotes']

    def test_routes_or_off(self) -> None:
        """On without routes would drop every call; off without routes is a setting."""
        assert check({"voiceConnectorId": CONNECTOR, "routes": []})[1] == [
            "routes: set at least one route, or disabled=True to turn inbound calls off"
        ]
        assert check({"voiceConnectorId": CONNECTOR, "routes": [], "disabled": True})[1] == []

    def test_unknowns_stay_unknown(self) -> None:
        """An unknown part makes routes and call distribution unknown as a whole, and nothing is guessed."""
        inputs, failures = check({"voiceConnectorId": Unknown(), "routes": [{**ROUTE, "host": Unknown()}]})
        assert failures == []
        assert (inputs["voiceConnectorId"], inputs["routes"], inputs["callDistribution"]) == (UNKNOWN, UNKNOWN, UNKNOWN)

    @pytest.mark.parametrize(
        ("environment", "config_file", "region"),
        [
            ({"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}, "", "eu-west-1"),
            ({"AWS_DEFAULT_REGION": "eu-west-2"}, "", "eu-west-2"),
            ({}, "[default]\nregion = ca-central-1\n", "ca-central-1"),
            ({"AWS_PROFILE": "work"}, "[default]\nregion = x\n[profile work]\nregion = us-west-2\n", "us-west-2"),
        ],
    )
    def test_region_of_the_environment(
        self,
        environment: dict[str, str],
        config_file: str,
        region: str,
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        """Without region and aws:region, AWS_REGION, AWS_DEFAULT_REGION and the profile are asked, in this order."""
        (tmp_path / "config").write_text(config_file)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert check({"voiceConnectorId": CONNECTOR, "routes": [ROUTE]}, region=None)[0]["region"] == region

    def test_an_sdk_that_drops_internal_inputs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Refused in configure, and so in every step, deletes included; `make test` has a real old SDK too."""
        monkeypatch.setattr(pulumi.runtime.rpc, "deserialize_properties", lambda *_: {})
        with pytest.raises(pulumi_chime_voice.ConfigurationError, match=r"needs Pulumi SDK 3\.235 or newer"):
            configured()

    @pytest.mark.parametrize(
        ("value", "hint"),
        [
            (f"arn:aws:chime:us-east-1:000000000000:vc/{CONNECTOR}", f": use {CONNECTOR}"),
            (f"{CONNECTOR}.voiceconnector.chime.aws", f": use {CONNECTOR}"),
            (f'"{CONNECTOR}"', f": use {CONNECTOR}"),
            (f"{CONNECTOR}\n", f": use {CONNECTOR}"),
            ("None", ": it looks like a missing value converted to text"),
            ("a" * 3000, ": it has more than 128 characters"),
            ("vc/../x", ": it contains characters other than letters, digits and hyphens"),
        ],
    )
    def test_what_is_no_id(self, value: str, hint: str) -> None:
        """Told before AWS is asked, with the ID that is in it."""
        (failure,) = check({"voiceConnectorId": value, "routes": [ROUTE]})[1]
        assert failure.startswith("voiceConnectorId: ")
        assert failure.endswith(f"cannot be the ID of a voice connector{hint}")
        assert len(failure) < 300

    def test_other_ids_are_awss_to_judge(self) -> None:
        """The reference page says no more than that it is not blank."""
        for value in (CONNECTOR, "a", "VC-1", "2a5e0bb4-3c9c-4d3d-8f7b-111111111111"):
            assert check({"voiceConnectorId": value, "routes": [ROUTE]})[1] == []

    def test_what_was_read_keeps_to_no_rule(self) -> None:
        """A route that comes back from the state, because it is ignored, blocks nothing; one that is declared does."""
        odd = {
            "sbc_a.example.net:5060/": {
                "host": "sbc_a.example.net",
                "port": 5060.0,
                "protocol": "",
                "priority": 1.0,
                "weight": 1.0,
            }
        }
        olds = {
            "voiceConnectorId": CONNECTOR,
            "routes": odd,
            "disabled": False,
            "region": "us-east-1",
            "onConflict": "fail",
        }
        kept = configured().check(olds, {"voiceConnectorId": CONNECTOR, "routes": odd})
        assert kept.failures == []
        assert kept.inputs["routes"] == odd
        assert check({"voiceConnectorId": CONNECTOR, "routes": odd})[1] != []

    def test_what_ignore_changes_took_out(self) -> None:
        """The engine takes an ignored path out that the state does not have: the failure says so, and what to do."""
        (key,), (route,) = KEYED, KEYED.values()
        path = f'routes["{key}"].weight'
        without = {name: value for name, value in route.items() if name != "weight"}
        news = {"voiceConnectorId": CONNECTOR, "routes": {key: without}}
        assert check(news)[1] == [f"{path}: is required"]
        (failure,) = check({**news, "__ignored": [path]})[1]
        assert failure.startswith(f"{path}: missing, because ignore_changes names ")
        assert "run pulumi up" in failure

    def test_no_region_at_all(self) -> None:
        """No region to be found is a failure that names the three places for it."""
        _, failures = check({"voiceConnectorId": CONNECTOR, "routes": [ROUTE]}, region=None)
        assert failures == [
            "region: is not set. Set it on the resource, as aws:region in the stack's configuration, or as AWS_REGION"
        ]


class TestDiff:
    OLD: ClassVar[dict[str, Any]] = {
        "voiceConnectorId": CONNECTOR,
        "routes": KEYED,
        "disabled": False,
        "region": "us-east-1",
        "onConflict": "fail",
    }

    @pytest.mark.parametrize(
        ("change", "changes", "replaces"),
        [
            ({}, False, None),
            ({"onConflict": "fail"}, False, None),
            ({"onConflict": "overwrite"}, True, None),
            ({"__secret": True}, True, None),
            ({"disabled": True}, True, None),
            ({"region": "eu-west-1"}, True, None),
            ({"region": "us-west-2"}, True, None),
            ({"routes": {**KEYED, "x:5060/UDP": {**ROUTE, "host": "x"}}}, True, None),
            ({"routes": Unknown()}, True, None),
            ({"voiceConnectorId": "other"}, True, ["voiceConnectorId"]),
            ({"voiceConnectorId": "aaaaaa1aaaa2aaaaa3aaa4"}, True, ["voiceConnectorId"]),
        ],
    )
    def test_what_counts_as_a_change(self, change: dict[str, Any], changes: bool, replaces: list[str] | None) -> None:
        """Settings are compared, and what the guards go by; only another voice connector replaces, and it is made first."""
        result = configured().diff(CONNECTOR, self.OLD, {**self.OLD, **change})
        assert (result.changes, result.replaces) == (changes, replaces)
        assert not result.delete_before_replace


class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        return "mocked", args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[Any, Any]:
        return {}


class TestProgram:
    @pytest.fixture(autouse=True)
    def _mocks(self) -> None:
        pulumi.runtime.set_mocks(Mocks(), preview=False)

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def test_outputs_under_mocks(self) -> Any:
        """A user's unit test under set_mocks sees routes in order, by attribute and by key, and where calls go."""
        support = Origination(
            "support",
            voice_connector_id=CONNECTOR,
            routes=[
                OriginationRouteArgs(host="b.example.net", protocol="TCP", priority=2, weight=1),
                {"host": "a.example.net", "protocol": "TCP", "priority": 1, "weight": 1},
            ],
        )

        def compare(routes: Any) -> None:
            assert [route.host for route in routes] == ["a.example.net", "b.example.net"]
            assert routes[0]["port"] == 5060
            assert isinstance(routes[0].port, int)

        def compare_distribution(distribution: Any) -> None:
            assert distribution == {
                "priority 1": {"a.example.net:5060/TCP": "100%"},
                "priority 2": {"b.example.net:5060/TCP": "100%"},
            }

        return support.routes.apply(compare), support.call_distribution.apply(compare_distribution)

    @pytest.mark.parametrize(
        "routes",
        [5, *([{**ROUTE, "weight": weight}] for weight in ("50%", float("inf"), float("nan"), [1]))],
    )
    def test_invalid_routes_are_left_to_check(self, routes: Any) -> None:
        """The program goes on, so that the preview reports them with their path, instead of a traceback here."""
        Origination("support", voice_connector_id=CONNECTOR, routes=routes)

    def test_provider_of_another_package_is_refused(self) -> None:
        """The engine would ignore it without a word, and call the default account."""
        aws = pulumi.ProviderResource("aws", "far")
        with pytest.raises(DeclarationError, match=r"its provider is of package aws\. Pulumi would ignore it"):
            Origination("a", voice_connector_id=CONNECTOR, opts=pulumi.ResourceOptions(provider=aws))

    def test_import_is_refused(self) -> None:
        """import_ is refused in one sentence."""
        with pytest.raises(DeclarationError, match="import_ is not supported by dynamic providers"):
            Origination("a", voice_connector_id=CONNECTOR, opts=pulumi.ResourceOptions(import_="x"))
