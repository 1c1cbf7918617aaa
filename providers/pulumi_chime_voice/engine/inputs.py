"""Validates the inputs that every kind of settings has, and puts them into the form of the state. Runs in Pulumi's plugin.

Unknown values are skipped, never guessed. Absent arguments arrive from the engine as None.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Generic

from pulumi.output import Unknown
from pulumi.runtime.rpc import UNKNOWN

from .. import sdk
from ..errors import NOT_A_STRING, REQUIRED, ConfigurationError, RefusedError
from ..text import shown
from . import messages
from .internal_inputs import IMPORT, IMPORT_FORM, REFUSED, SECRET, SERIALIZED_PROVIDER, import_mark
from .kinds import CONNECTOR_ID, S

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..aws.config import AwsConfig
    from .kinds import Kind

ON_CONFLICT = ("fail", "overwrite")
_MOST_ID, _SHOWN_ID = 128, 60
_MISSING = ("none", "null", "undefined", "nil")


class Inputs(Generic[S]):
    """The declared inputs, validated. What is unknown or not valid is None; `failures` has the reasons, each with its path.

    A kind of settings validates its own inputs in a subclass.

    Args:
        olds: the state. What comes from there, because it is ignored, was read from the service and need not obey any rule.
        news: the declared inputs, as the engine sends them.
        config: of the provider, for the default region.
    """

    properties: ClassVar[tuple[str, ...]]
    """The names of the settings' properties in checked inputs and in the state."""

    def __init__(self, olds: Mapping[str, Any], news: Mapping[str, Any], config: AwsConfig) -> None:
        self._news = news
        self.failures: list[str] = [news[REFUSED]] if REFUSED in news else []
        self.settings: S | None = None
        self.connector: str | None = self.validated("voiceConnectorId", None, _connector)
        self.on_conflict: str | None = self.validated("onConflict", "fail", _on_conflict)
        self.region: str | None = self.validated("region", None, lambda value: _region(value, config))
        self.secret = bool(news.get(SECRET))

    def validated(self, name: str, default: Any, rule: Callable[[Any], Any]) -> Any:
        """Returns the value of an input as `rule` returns it; None if it is unknown, or if the rule rejects it."""
        value = self._news.get(name)
        if is_unknown(value):
            return None
        try:
            return rule(default if value is None else value)
        except (ValueError, ConfigurationError) as error:
            self.failures.append(f"{name}: {error}")
            return None

    @property
    def partial(self) -> S | None:
        """The settings without what is unknown; None if that leaves nothing."""
        return self.settings

    def declared(self) -> dict[str, Any]:
        """Returns the properties of the settings; None for what is unknown."""
        return dict.fromkeys(self.properties) if self.settings is None else self.settings.as_state()

    def as_state(self) -> dict[str, Any]:
        """Returns the form that checked inputs and state share."""
        shared = {"voiceConnectorId": self.connector, "region": self.region, "onConflict": self.on_conflict}
        state = {key: UNKNOWN if value is None else value for key, value in {**shared, **self.declared()}.items()}
        return {**state, SECRET: True} if self.secret else state


def check_import(kind: Kind, news: Mapping[str, Any], inputs: Inputs[Any]) -> None:
    """Checks the inputs of a file for `pulumi import`, which Pulumi stores as they are, without calling Read.

    Pulumi (since 3.254) goes on in spite of failures, which it prints as warnings. So this raises.

    Args:
        kind: of the resource.
        news: the inputs of the file.
        inputs: the same, validated.

    Raises:
        RefusedError: `chime-voice export --import-file` of this version did not write them.
    """
    mark = news.get(IMPORT)
    if not isinstance(mark, str) or not mark.startswith(f"{IMPORT_FORM}:"):
        raise RefusedError(messages.IMPORT_FOREIGN.format(resource=kind.resource))
    exported = {name: value for name, value in news.items() if name != IMPORT}
    made = {**inputs.as_state(), SERIALIZED_PROVIDER: news.get(SERIALIZED_PROVIDER)}
    changed = sorted(name for name in {*made, *exported} if made.get(name) != exported.get(name))
    if not changed and mark != import_mark(exported):
        changed = ["the inputs"]
    if inputs.failures or changed:
        problems = "; ".join(inputs.failures or changed)
        raise RefusedError(messages.IMPORT_CHANGED.format(resource=kind.resource, problems=problems))


def is_unknown(value: Any) -> bool:
    """Whether a preview does not know a value yet."""
    return value == UNKNOWN if isinstance(value, str) else isinstance(value, Unknown)


def as_secret(value: Any) -> Any:
    """Returns `value` as a secret of the state; an unknown value stays unknown."""
    return value if is_unknown(value) else sdk.as_secret(value)


# --- rules, each ValueError with the reason


def _connector(value: Any) -> str:
    if value is None:
        raise ValueError(REQUIRED.format())
    if not isinstance(value, str) or not value.strip():
        raise ValueError(messages.NOT_AN_ID.format(value=shown(value), hint=_hint_for(value)))
    if hint := _not_an_id(value):
        raise ValueError(messages.NO_ID.format(value=shown(value, _SHOWN_ID), hint=hint))
    return value


def _hint_for(value: Any) -> str:
    """Returns what to use instead of a response of the service, such as boto3 returns it; empty for anything else."""
    return messages.ID_OF_RESPONSE if isinstance(value, dict) and "VoiceConnectorId" in value else ""


def _not_an_id(value: str) -> str | None:
    """Returns why a text cannot be an ID, and what to use instead; None if only AWS can tell."""
    plain = value.strip().strip("\"'")
    is_arn = plain.startswith("arn:")
    id = plain.rpartition("/")[2] if is_arn else plain.partition(".")[0]  # An outbound host name begins with it.
    if is_arn or (id != value and CONNECTOR_ID.fullmatch(id)):
        return messages.ID_OF_ARN.format(id=id)
    if plain.lower() in _MISSING:
        return messages.ID_MISSING
    if len(value) > _MOST_ID:
        return messages.ID_TOO_LONG.format(most=_MOST_ID)
    return messages.ID_OF_OTHER_LETTERS if re.search(r"[^\w-]", value) else None


def _on_conflict(value: Any) -> str:
    if value not in ON_CONFLICT:
        raise ValueError(messages.NOT_A_WAY.format(value=shown(value)))
    return str(value)


def _region(value: Any, config: AwsConfig) -> str:
    if value is not None and not isinstance(value, str):
        raise ValueError(NOT_A_STRING.format(value=shown(value)))
    region = value or config.default_region()
    if not region:
        raise ValueError(messages.NO_REGION.format())
    return region
