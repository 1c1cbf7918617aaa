"""Configuration through the real engine: whose account a call is made in, what refresh and destroy go by, and no secret shown.

What each key does to a call is held in tests/unit/configuration.
"""

from __future__ import annotations

import contextlib
import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ..support.clients import client
from ..support.values import CONNECTOR as SUPPORT
from ..support.values import OTHER_CONNECTOR as SALES
from ..support.values import THIRD_CONNECTOR as SPARE
from .dangers import assert_no_traceback

if TYPE_CHECKING:
    from chime_voice_emulator import Emulator

    from .support import Project

DOCUMENT = Path(__file__).parents[2] / "docs" / "configuration.md"
ACCOUNT, OTHER_ACCOUNT, MOTO_ACCOUNT = "111122223333", "444455556666", "123456789012"

NOT_HERE = "AWS finds neither the origination settings nor the voice connector in this account and region"
ONE = f'Origination("support", voice_connector_id="{SUPPORT}", routes=[route()])\n'


@pytest.fixture
def accounts(emulator: Emulator) -> Emulator:
    """The support line in the first account, the others in the second one, the sales line in eu-west-1."""
    emulator.seed(
        {
            "voice_connectors": [
                {"id": SUPPORT, "account": ACCOUNT},
                {"id": SPARE, "account": OTHER_ACCOUNT},
                {"id": SALES, "account": OTHER_ACCOUNT, "region": "eu-west-1"},
            ]
        }
    )
    return emulator


@pytest.fixture
def bare(project: Project) -> Project:
    """A project whose environment has no credentials."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del project.env[name]
    return project


def asked(emulator: Emulator) -> set[tuple[str, str, str]]:
    """Account, region and voice connector of the requests since the last look."""
    places = {(str(item.account), str(item.region), str(item.voice_connector_id)) for item in emulator.requests}
    emulator.clear_requests()
    return places


def hosts(emulator: Emulator, account: str, region: str, connector: str) -> list[str]:
    """The hosts of a voice connector, as somebody with the account's console sees them."""
    with contextlib.closing(client(emulator.endpoint_url, region, key=account)) as service:
        try:
            origination = service.get_voice_connector_origination(VoiceConnectorId=connector)["Origination"]
        except service.exceptions.NotFoundException:
            return []
    return [route["Host"] for route in origination["Routes"]]


def configure(project: Project, settings: dict[str, str], secrets: dict[str, str] | None = None) -> None:
    """`pulumi config set`, for all at once."""
    plain = [part for key, value in settings.items() for part in ("--plaintext", f"{key}={value}")]
    secret = [part for key, value in (secrets or {}).items() for part in ("--secret", f"{key}={value}")]
    project.ok("config", "set-all", "--path", *plain, *secret)


def test_accounts_and_regions_in_one_program(accounts: Emulator, project: Project) -> None:
    """Each resource's calls go to its provider's account and region, and a component hands its provider on."""
    project.env["AWS_ACCESS_KEY_ID"] = ACCOUNT
    project.program(
        f"""
class Line(pulumi.ComponentResource):
    def __init__(self, name, connector, opts):
        super().__init__("e2e:index:Line", name, None, opts)
        Origination(name, voice_connector_id=connector, routes=[route("203.0.113.8")], opts=pulumi.ResourceOptions(parent=self))

other = Provider("other", access_key="{OTHER_ACCOUNT}", secret_key="test", region="eu-west-1")
Origination("support", voice_connector_id="{SUPPORT}", routes=[route()])
Line("sales", "{SALES}", pulumi.ResourceOptions(providers=[other]))
Origination("spare", voice_connector_id="{SPARE}", region="us-east-1", routes=[route("203.0.113.9")],
            opts=pulumi.ResourceOptions(provider=other))
"""
    )
    places = {
        (ACCOUNT, "us-east-1", SUPPORT): ["203.0.113.7"],
        (OTHER_ACCOUNT, "eu-west-1", SALES): ["203.0.113.8"],
        (OTHER_ACCOUNT, "us-east-1", SPARE): ["203.0.113.9"],
    }
    project.up()
    assert asked(accounts) == set(places)
    assert {place: hosts(accounts, *place) for place in places} == places
    accounts.clear_requests()
    project.nothing_to_change()
    assert asked(accounts) == set(places)
    project.env["AWS_ACCESS_KEY_ID"] = OTHER_ACCOUNT
    assert NOT_HERE in project.err("refresh", "--preview-only")
    moved = {(OTHER_ACCOUNT, *place[1:]) for place in places}
    assert asked(accounts) == moved, "what the environment says counts at once"
    project.env["AWS_ACCESS_KEY_ID"] = ACCOUNT
    project.destroy()
    assert asked(accounts) == set(places)
    assert {place: hosts(accounts, *place) for place in places} == {place: [] for place in places}


def test_stack_configuration(accounts: Emulator, bare: Project) -> None:
    """Text, lists and mappings of the stack's configuration, as `pulumi config` writes them, reach the calls."""
    (bare.folder / "credentials").write_text(
        f"[voice]\naws_access_key_id = {OTHER_ACCOUNT}\naws_secret_access_key = test\n"
    )
    del bare.env["AWS_ENDPOINT_URL_CHIME_SDK_VOICE"], bare.env["AWS_REGION"]
    settings = {
        "aws:region": "eu-west-1",
        "aws:profile": "voice",
        "aws:maxRetries": "2",
        "aws:sharedCredentialsFiles[0]": str(bare.folder / "credentials"),
        "aws:endpoints[0].chimesdkvoice": accounts.endpoint_url,
        "aws:defaultTags.tags.team": "voice",
    }
    configure(bare, settings)
    bare.program(f'Origination("sales", voice_connector_id="{SALES}", routes=[route()])\n')
    bare.up()
    assert asked(accounts) == {(OTHER_ACCOUNT, "eu-west-1", SALES)}
    bare.destroy()
    assert hosts(accounts, OTHER_ACCOUNT, "eu-west-1", SALES) == []


def test_refresh_and_destroy_go_by_the_last_up(accounts: Emulator, bare: Project) -> None:
    """Keys that the stack's configuration has since then count for a refresh with --run-program only."""
    configure(bare, {"aws:accessKey": ACCOUNT}, {"aws:secretKey": "test"})
    bare.program(ONE)
    bare.up()
    assert {account for account, _, _ in asked(accounts)} == {ACCOUNT}
    configure(bare, {"aws:accessKey": OTHER_ACCOUNT})
    bare.refresh()
    assert {account for account, _, _ in asked(accounts)} == {ACCOUNT}
    assert NOT_HERE in bare.err("refresh", "--preview-only", "--run-program")
    assert {account for account, _, _ in asked(accounts)} == {OTHER_ACCOUNT}
    bare.destroy()
    assert {account for account, _, _ in asked(accounts)} == {ACCOUNT}
    assert hosts(accounts, ACCOUNT, "us-east-1", SUPPORT) == []


def test_forbidden_account(emulator: Emulator, project: Project, moto: str) -> None:
    """The preview stops with one sentence, and the service is not called; an allowed account goes on."""
    project.env["AWS_ENDPOINT_URL_STS"] = moto
    project.program(ONE)
    configure(project, {"aws:allowedAccountIds[0]": ACCOUNT})
    said = project.preview_err()
    assert (
        f"the credentials are of AWS account {MOTO_ACCOUNT}, and aws:allowedAccountIds allows {ACCOUNT} only: "
        "nothing was sent; use the credentials of an allowed account." in said
    )
    assert_no_traceback(said)
    assert emulator.requests == []
    configure(project, {"aws:allowedAccountIds[0]": MOTO_ACCOUNT})
    project.up()
    configure(project, {"aws:forbiddenAccountIds[0]": MOTO_ACCOUNT})
    emulator.clear_requests()
    project.program(ONE.replace("route()", "route(weight=2)"))
    assert "which aws:forbiddenAccountIds forbids" in project.up_err()
    assert emulator.requests == []


def test_mistake_is_one_sentence(emulator: Emulator, project: Project) -> None:
    """With the key, without a traceback, before anything is sent."""
    project.program(ONE)
    configure(project, {"aws:assumeRoles[0].externalId": "x"})
    said = project.preview_err()
    assert "aws:assumeRoles[0] has no roleArn: give the ARN of the role to assume." in said
    assert_no_traceback(said)
    assert emulator.requests == []


BROKEN = {
    "profile": (
        {"AWS_PROFILE": "vioce"},
        "region: profile vioce (AWS_PROFILE) is not in {config} or {credentials} (which does not exist): "
        "correct AWS_PROFILE, or add the profile.",
    ),
    "helper without JSON": (
        {"AWS_PROFILE": "talking", "AWS_REGION": "us-east-1"},
        f"reading origination of Voice Connector {SUPPORT} (us-east-1): getting credentials from credential_process of profile "
        "talking: it failed, or did not print the JSON that AWS tools expect (Version, AccessKeyId, SecretAccessKey). "
        "Run it by hand to see what it prints, and correct it.",
    ),
}
"""Environments that cannot work, and what each is told; tests/unit/aws has more."""


def test_surroundings_that_cannot_work(emulator: Emulator, bare: Project) -> None:
    """One sentence in previews, and in refresh and up, and nothing of what a helper printed."""
    (bare.folder / "config").write_text(
        "[default]\noutput = json\n[profile talking]\ncredential_process = echo S3CRET\n"
    )
    bare.program(ONE)
    bare.env.update(AWS_ACCESS_KEY_ID=ACCOUNT, AWS_SECRET_ACCESS_KEY="test")
    emulator.seed({"voice_connectors": [{"id": SUPPORT, "account": ACCOUNT}]})
    bare.up()
    for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        del bare.env[variable]
    emulator.clear_requests()
    config, credentials = bare.folder / "config", bare.folder / "no-credentials"
    bare.program(ONE.replace("route()", "route(weight=2)"))
    whole = bare.env
    for name, (changed, sentence) in BROKEN.items():
        bare.env = whole | {"AWS_CONFIG_FILE": str(config)} | changed
        shown = [bare.up_err(), bare.refresh_err()] if name == "helper without JSON" else [bare.preview_err()]
        for said in shown:
            assert sentence.format(config=config, credentials=credentials) in said
            assert_no_traceback(said)
            assert "S3CRET" not in said
    assert emulator.requests == []


def test_disabled_default_providers(accounts: Emulator, project: Project) -> None:
    """pulumi:disable-default-providers goes by package: `pulumi-python` is the one to name, and a Provider is used then."""
    project.env["AWS_ACCESS_KEY_ID"] = ACCOUNT
    named = DOCUMENT.read_text(encoding="utf-8").partition("`pulumi:disable-default-providers`")[2].partition("## ")[0]
    for line in re.findall(r"^pulumi (config set .*)$", named, re.MULTILINE):
        project.ok(*shlex.split(line))
    project.program(ONE)
    assert "must use an explicit provider" in project.preview_err()
    assert accounts.requests == []
    project.program(
        f"""
ours = Provider("ours", access_key="{ACCOUNT}", secret_key="test", region="us-east-1")
Origination("support", voice_connector_id="{SUPPORT}", routes=[route()], opts=pulumi.ResourceOptions(provider=ours))
"""
    )
    project.up()
    assert asked(accounts) == {(ACCOUNT, "us-east-1", SUPPORT)}


def test_endpoint_of_the_older_service(emulator: Emulator, project: Project) -> None:
    """aws:endpoints with chime and without chimesdkvoice: the calls would go to AWS instead."""
    del project.env["AWS_ENDPOINT_URL_CHIME_SDK_VOICE"]
    project.program(ONE)
    configure(project, {"aws:endpoints[0].chime": emulator.endpoint_url})
    said = project.preview_err()
    assert "add chimesdkvoice with the same URL, or remove chime." in said
    assert_no_traceback(said)
    assert emulator.requests == []


def test_secrets_are_shown_nowhere(project: Project) -> None:
    """Keys and tokens are in no message, no state and no log, also when calls fail; engines before 3.254 log them."""
    hidden = ("SECRET-KEY-1", "SESSION-TOKEN-1", "SECRET-KEY-2", "SESSION-TOKEN-2")
    project.env["TOKENS"] = json.dumps(hidden)
    plain = {"aws:accessKey": ACCOUNT, "aws:maxRetries": "1"}
    configure(project, plain, {"aws:secretKey": hidden[0], "aws:token": hidden[1]})
    project.program(
        f"""
import json, os
_, _, key, token = json.loads(os.environ["TOKENS"])
other = Provider("other", access_key="{OTHER_ACCOUNT}", secret_key=key, token=token, region="eu-west-1", max_retries=1)
Origination("support", voice_connector_id="{SUPPORT}", routes=[route()])
Origination("sales", voice_connector_id="{SALES}", routes=[route()],
            opts=pulumi.ResourceOptions(provider=other))
"""
    )

    def shown(text: str) -> list[str]:
        return [secret for secret in hidden if secret in text]

    applied = project.run("up", "--yes", "--skip-preview", "--continue-on-error", "--logtostderr", "-v=9")
    rejected = applied.stdout.count("ForbiddenException")
    assert rejected >= len(("support", "sales")), "the emulator knows none of these secrets"
    assert "***" in applied.stderr, "the engine logs what it passes on"
    assert shown(applied.stdout + applied.stderr) == []
    state = project.ok("stack", "export")
    providers = [
        item for item in json.loads(state)["deployment"]["resources"] if "providers:pulumi-python" in item["type"]
    ]
    assert {item["urn"].rpartition("::")[2].partition("_")[0] for item in providers} == {"default", "other"}
    assert shown(state) == []
    assert [part for item in providers for part in _unprotected(item["inputs"])] == []
    for file in project.folder.rglob("*"):
        assert not (file.is_file() and shown(file.read_text(errors="ignore"))), file


def _unprotected(inputs: dict[str, Any]) -> list[str]:
    """The keys that a state must not hold in the clear, and does."""
    return [key for key in ("aws:secretKey", "aws:token") if "ciphertext" not in inputs[key]]
