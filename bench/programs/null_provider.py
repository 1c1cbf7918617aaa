"""A dynamic provider that does nothing: what it costs is the engine's and the SDK's own cost.

It is pickled by reference and plain, as ours is, so that neither state nor start-up differ for that reason.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult


class NullProvider(ResourceProvider):
    """Answers every step with what it was given. `check` is the SDK's own, which hands the inputs back."""

    serialize_as_secret_always = False

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=_olds["routes"] != _news["routes"])

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(props["voiceConnectorId"], props)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return ReadResult(id_, props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(_news)


def _inputs(voice_connector_id: str, routes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "voiceConnectorId": voice_connector_id,
        "routes": routes,
        "disabled": False,
        "region": "us-east-1",
        "onConflict": "fail",
    }


class Null(Resource, module="bench", name="Null"):
    """The same inputs as an `Origination`'s."""

    region: pulumi.Output[str]

    def __init__(self, name: str, *, voice_connector_id: str, routes: list[dict[str, Any]]) -> None:
        super().__init__(NullProvider(), name, _inputs(voice_connector_id, routes))


class LadenProvider(NullProvider):
    """Puts the inputs into the form in which ours stand in the state, call distribution included, with constants."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        place = "203.0.113.7:5060/UDP"
        kept = {key: value for key, value in news.items() if not key.startswith("__")}
        kept["routes"] = {place: news["routes"][0]}
        kept["callDistribution"] = {"priority 1": {place: "100%"}}
        return CheckResult(kept, [])


class Laden(Resource, module="bench", name="Laden"):
    """The same inputs as an `Origination`'s, its internal ones included."""

    region: pulumi.Output[str]

    def __init__(self, name: str, *, voice_connector_id: str, routes: list[dict[str, Any]]) -> None:
        internal = "__preview" if pulumi.runtime.is_dry_run() else "__owner"
        inputs = {**_inputs(voice_connector_id, routes), internal: name}
        super().__init__(LadenProvider(), name, inputs)
