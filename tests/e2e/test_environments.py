"""docs/environments.md: stacks from a clean clone, and a change that is promoted, by the commands of the page."""

from __future__ import annotations

import contextlib
import json
import re
from typing import TYPE_CHECKING

import pytest
import yaml

from ..support.clients import client
from ..support.servers import moto_server
from .guides import ROOT, blocks, clone, originations, walk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from chime_voice_emulator import Emulator

    from .support import Project

GUIDE = "environments.md"
REGION = "eu-west-1"


def bucket_contents(url: str) -> dict[str, str]:
    with contextlib.closing(client(url, REGION, service="s3")) as s3:
        return {item["Key"]: item["ETag"] for item in s3.list_objects_v2(Bucket="stacks").get("Contents", [])}


@pytest.fixture
def aws() -> Iterator[str]:
    """S3 and KMS on this machine, with the bucket and the key of the page."""
    with moto_server() as url:
        s3, kms = client(url, REGION, service="s3"), client(url, REGION, service="kms")
        s3.create_bucket(Bucket="stacks", CreateBucketConfiguration={"LocationConstraint": REGION})
        kms.create_alias(AliasName="alias/pulumi", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
        s3.close()
        kms.close()
        yield url


def test_preview_from_a_clean_clone(project: Project, connectors: Emulator, aws: str, tmp_path: Path) -> None:
    """On a machine that has never seen the stack, `preview -s prod` needs AWS credentials alone, and writes nothing."""
    once = blocks(GUIDE, "Once for each stack")
    (backend,) = (text for language, text in once if language == "yaml")
    only = {key: project.env[key] for key in ("PATH", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
    where = {
        "AWS_ENDPOINT_URL_CHIME_SDK_VOICE": connectors.endpoint_url,
        "AWS_ENDPOINT_URL_KMS": aws,
        "PULUMI_SKIP_UPDATE_CHECK": "1",
    } | {key: value for key, value in project.env.items() if key == "PYTHONPATH"}
    for person in ("owner", "colleague"):
        project.folder = tmp_path / person
        clone(project.folder)
        # Path-style addresses, since the bucket is no host name on this machine.
        there = backend.replace("region=", f"endpoint={aws}&s3ForcePathStyle=true&region=")
        assert there != backend
        with (project.folder / "Pulumi.yaml").open("a", encoding="utf-8") as file:
            file.write(there)
        project.env = only | where | {"HOME": str(tmp_path / f"home-{person}")}
        if person == "owner":
            walk(project, [step for step in once if step[0] == "console"])
    stack = project.folder / "stacks" / "Pulumi.prod.yaml"
    committed = (tmp_path / "owner" / "stacks" / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    assert set(stack.read_text(encoding="utf-8").splitlines()) < set(committed.splitlines()), "lines are added"
    stack.write_text(committed, encoding="utf-8")
    kept = bucket_contents(aws)
    connectors.clear_requests()
    said = walk(project, blocks(GUIDE, "From a clean clone"))

    for name, settings in originations("prod").items():
        assert re.search(rf"\+ +pulumi-python:dynamic/chime:Origination +{name} +create", said), settings
    asked = {str(item.operation) for item in connectors.requests}
    assert asked == {"GetVoiceConnectorOrigination", "GetVoiceConnector"}
    assert stack.read_text(encoding="utf-8") == committed
    assert kept
    assert bucket_contents(aws) == kept


def test_passphrase(project: Project, connectors: Emulator) -> None:
    """A stack file without its lines asks for a passphrase, and gets a salt; with the line, a wrong one is an error."""
    clone(project.folder)
    stack = project.folder / "stacks" / "Pulumi.prod.yaml"
    before = stack.read_text(encoding="utf-8")
    assert not {"encryptionsalt", "secretsprovider", "encryptedkey"} & yaml.safe_load(before).keys()
    project.init("prod")
    committed = stack.read_text(encoding="utf-8")
    assert yaml.safe_load(committed) == yaml.safe_load(before) | {
        "encryptionsalt": yaml.safe_load(committed)["encryptionsalt"]
    }
    del project.env["PULUMI_CONFIG_PASSPHRASE"]
    stack.write_text(before, encoding="utf-8")
    assert "passphrase must be set with PULUMI_CONFIG_PASSPHRASE" in project.err("preview", "-s", "prod")
    project.env["PULUMI_CONFIG_PASSPHRASE"] = "another"
    project.ok("preview", "-s", "prod")
    assert yaml.safe_load(stack.read_text(encoding="utf-8"))["encryptionsalt"]
    stack.write_text(committed, encoding="utf-8")
    assert "incorrect passphrase" in project.err("preview", "-s", "prod")


@pytest.mark.full
def test_promotion(project: Project, connectors: Emulator) -> None:
    """The page's commands take the change to staging and then to prod, and each time only the weights change."""
    clone(project.folder)
    for stack in ("staging", "prod"):
        project.init(stack)
        project.ok("up", "--yes", "--skip-preview")
    before = {stack: originations(stack) for stack in ("staging", "prod")}
    first, output, second, third = blocks(GUIDE, "From staging to prod")
    connectors.clear_requests()
    said = walk(project, [first])
    assert originations("prod", project.folder) == before["prod"], "staging comes first"
    assert json.loads(said[said.rindex("\n{") :]) == json.loads(output[1])
    said += walk(project, [second])

    for stack in ("staging", "prod"):
        expected = {**before[stack]["support"], "routes": [dict(route) for route in before[stack]["support"]["routes"]]}
        expected["routes"][0]["weight"], expected["routes"][1]["weight"] = 70, 30
        assert originations(stack, project.folder) == before[stack] | {"support": expected}
    assert said.count('"50%" => "70%"') >= 2
    assert sorted(
        item.voice_connector_id or "" for item in connectors.requests if str(item.operation).startswith("Put")
    ) == sorted(before[stack]["support"]["voiceConnectorId"] for stack in before)

    walk(project, [third])
    assert (
        originations("prod", project.folder)["support"]["routes"]
        == originations("staging", project.folder)["support"]["routes"]
    )


def test_what_the_page_says_of_the_stacks() -> None:
    """Each stack of the page's table has its file, and each file its row."""
    text = (ROOT / "docs" / GUIDE).read_text(encoding="utf-8")
    files = {f"stacks/{path.name}" for path in (ROOT / "stacks").glob("Pulumi.*.yaml")}
    assert set(re.findall(r"`(stacks/[^`]*)` \|", text)) == files
