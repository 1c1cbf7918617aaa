"""A dynamic provider that does nothing: what it costs is the engine's and the SDK's own cost.

It is pickled by reference and plain, as ours is, so that neither state nor start-up differ for that reason.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult


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


class Null(Resource, module="bench", name="Null"):
    """The same inputs as an `Origination`'s."""

    region: pulumi.Output[str]

    def __init__(self, name: str, *, voice_connector_id: str, routes: list[dict[str, Any]]) -> None:
        inputs = {
            "voiceConnectorId": voice_connector_id,
            "routes": routes,
            "disabled": False,
            "region": "us-east-1",
            "onConflict": "fail",
        }
        super().__init__(NullProvider(), name, inputs)
