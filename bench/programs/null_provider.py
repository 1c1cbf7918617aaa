"""Dynamic providers that do nothing, to measure the cost of the engine and the SDK.

They are pickled by reference, like ours, so that state and start-up do not differ because of that.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult


class NullProvider(ResourceProvider):
    """Returns in every step what it received. `check` is that of the SDK, which returns the inputs."""

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
    """A resource with the inputs of an `Origination`."""

    region: pulumi.Output[str]

    def __init__(self, name: str, *, voice_connector_id: str, routes: list[dict[str, Any]]) -> None:
        super().__init__(NullProvider(), name, _inputs(voice_connector_id, routes))


class LadenProvider(NullProvider):
    """Converts the inputs to the form of our state, including a call distribution, with constants."""

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        key = "203.0.113.7:5060/UDP"
        state = {name: value for name, value in news.items() if not name.startswith("__")}
        state["routes"] = {key: news["routes"][0]}
        state["callDistribution"] = {"priority 1": {key: "100%"}}
        return CheckResult(state, [])


class Laden(Resource, module="bench", name="Laden"):
    """A resource with the inputs of an `Origination`, including internal ones."""

    region: pulumi.Output[str]

    def __init__(self, name: str, *, voice_connector_id: str, routes: list[dict[str, Any]]) -> None:
        internal = "__preview" if pulumi.runtime.is_dry_run() else "__owner"
        inputs = {**_inputs(voice_connector_id, routes), internal: name}
        super().__init__(LadenProvider(), name, inputs)
