"""Defines the class of providers, to which states refer by name. Used in both processes.

A program pickles an instance into each of its resources, by that reference only, and never calls it. So this module, and those
of its subclasses, load nothing that only the plugin needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pulumi.dynamic import ResourceProvider

from .. import sdk

if TYPE_CHECKING:
    from pulumi.dynamic import CheckResult, ConfigureRequest, CreateResult, DiffResult, ReadResult, UpdateResult

    from .lifecycle import Lifecycle, Parts


class ChimeProvider(ResourceProvider):
    """A dynamic provider of settings that a voice connector has once.

    The import path of a subclass is permanent: ``pulumi_chime_voice``, and its name.
    """

    serialize_as_secret_always = False
    lifecycle: Lifecycle[Any]
    """Does what the engine asks for. Made by `configure`."""

    def __init_subclass__(cls) -> None:
        cls.__module__ = "pulumi_chime_voice"

    def _parts(self) -> Parts[Any]:
        """Loads and returns the parts in which this provider differs from those of other kinds of settings."""
        raise NotImplementedError

    def configure(self, req: ConfigureRequest) -> None:
        """Prepares the provider. Raises `ConfigurationError` for a configuration or an SDK that cannot work."""
        from .lifecycle import Lifecycle  # noqa: PLC0415 - see above

        sdk.make_errors_readable()
        sdk.refuse_old_sdk()
        self.lifecycle = Lifecycle(self._parts(), req.config)

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        return self.lifecycle.check(olds, news)

    def diff(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return self.lifecycle.diff(id_, olds, news)

    def create(self, props: dict[str, Any]) -> CreateResult:
        return self.lifecycle.create(props)

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return self.lifecycle.read(id_, props)

    def update(self, id_: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return self.lifecycle.update(id_, olds, news)

    def delete(self, id_: str, props: dict[str, Any]) -> None:
        self.lifecycle.delete(id_, props)
