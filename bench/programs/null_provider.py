"""A dynamic provider that does nothing, to measure the cost of the engine and the SDK.

It is pickled by reference, like ours, so that state and start-up do not differ because of that.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

REGION = "us-east-1"


class NullProvider(ResourceProvider):
    """Returns in every step what it received, with the region that is a default."""

    serialize_as_secret_always = False

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        return CheckResult({**news, "region": REGION}, [])

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=_olds["routes"] != _news["routes"])

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult(props["voiceConnectorId"], props)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return ReadResult(id_, props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(_news)


class Null(Resource, module="bench", name="Null"):
    """A resource with the arguments that the program passes to an `Origination`, and one output."""

    region: pulumi.Output[str]

    def __init__(self, name: str, *, voice_connector_id: str, routes: list[dict[str, Any]]) -> None:
        inputs = {"voiceConnectorId": voice_connector_id, "routes": routes, "region": None}
        super().__init__(NullProvider(), name, inputs)
