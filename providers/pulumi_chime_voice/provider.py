"""The provider: what Pulumi's engine calls, in the order of a resource's life.

Checked inputs and state have one form: ``voiceConnectorId``, ``routes`` (by endpoint, see `routes.keyed`), ``disabled``,
``region``, ``onConflict`` and ``callDistribution``. The engine compares mappings by key, so a preview shows exactly the
routes that change, and what that does to calls.

The class's import path is written into every user's state and loaded from there on refresh and delete: it is
``pulumi_chime_voice.OriginationProvider`` for good, and an instance is pickled by that reference alone. Whatever an
operation needs is therefore made in `configure`, inside the plugin.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)
from pulumi.output import Unknown
from pulumi.runtime.rpc import UNKNOWN

from . import routes as domain
from .api import ChimeSdkVoice
from .config import AwsConfig, read_config
from .errors import ConfigurationError, NotFoundError
from .plugin import speak_in_sentences

ON_CONFLICT = ("fail", "overwrite")

PREVIEW = "__preview"
OWNER = "__owner"
PARTS = "__routes"
GET = "__get"
"""Internal inputs, which the engine shows nowhere and `check` removes: True in a preview; who declares the resource;
the routes part by part while a preview does not know them all; True in `Origination.get`."""

YOUNG_CONNECTOR_SECONDS = 60
CONFIRM_GONE_SECONDS = 2


@dataclass(frozen=True)
class _Claims:
    """The voice connectors that this run's program declares, by region and id, with the resource that declares each.

    The engine may delete an old resource (renamed, tainted, replaced) whose connector the program still declares: such
    a delete would end the calls of the resource that stays.
    """

    owners: dict[tuple[str, str], str]
    lock: threading.Lock

    def add(self, region: str, connector: str, owner: str) -> str | None:
        """Records the claim; the other owner where there is one already."""
        with self.lock:
            holder = self.owners.setdefault((region, connector), owner)
        return None if holder == owner else holder

    def holder(self, region: str, connector: str) -> str | None:
        return self.owners.get((region, connector))


class OriginationProvider(ResourceProvider):
    """Origination settings of an Amazon Chime SDK Voice Connector, created, read, updated and deleted."""

    serialize_as_secret_always = False

    _config: AwsConfig
    _api: ChimeSdkVoice
    _claims: _Claims

    def configure(self, req: ConfigureRequest) -> None:
        """Takes the ``aws:*`` configuration. No client is made before the first call."""
        speak_in_sentences()
        self._config = read_config(req.config.get)
        self._api = ChimeSdkVoice(self._config)
        self._claims = _Claims({}, threading.Lock())

    # --- check

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Fills defaults, validates all there is to validate, and puts the inputs into the form of the state."""
        owner: Any = news.pop(OWNER, None)
        news.pop(PREVIEW, None)
        parts = news.pop(PARTS, None)
        failures: list[str] = []
        connector: Any = news.get("voiceConnectorId")
        if not _unknown(connector):
            failures += _check_connector(connector)
        disabled = _default(news.get("disabled"), False)
        if not _unknown(disabled) and not isinstance(disabled, bool):
            failures.append(f"disabled: {disabled!r} is neither true nor false")
        on_conflict = _default(news.get("onConflict"), "fail")
        if not _unknown(on_conflict) and on_conflict not in ON_CONFLICT:
            failures.append(f"onConflict: {on_conflict!r} is not known (fail or overwrite)")
        region, broken = self._region(news.get("region"))
        failures += broken
        routes, broken = _check_routes(news.get("routes"), parts)
        failures += broken
        if routes == {} and disabled is False:
            failures.append("routes: give at least one route, or disabled=True to turn inbound calls off")
        if not failures and owner is not None and not _unknown(region) and not _unknown(connector):
            holder = self._claims.add(region, connector, owner)
            if holder is not None:
                one, other = sorted((holder, owner))
                failures.append(
                    f"Voice Connector {connector} ({region}) is declared twice in this program, by {one} and by {other}: "
                    "a voice connector has one set of origination settings, so declare it once"
                )
        if failures:
            return CheckResult(news, [CheckFailure("", failure) for failure in failures])
        distribution: Any = UNKNOWN
        if routes is not None and not _unknown(disabled):
            distribution = domain.call_distribution(domain.Settings(disabled, routes))
        checked = {
            "voiceConnectorId": connector,
            "routes": UNKNOWN if routes is None else routes,
            "disabled": disabled,
            "region": region,
            "onConflict": on_conflict,
            "callDistribution": distribution,
        }
        return CheckResult({key: UNKNOWN if _unknown(value) else value for key, value in checked.items()}, [])

    def _region(self, declared: Any) -> tuple[Any, list[str]]:
        if _unknown(declared):
            return declared, []
        if declared is not None and not isinstance(declared, str):
            return None, [f"region: {declared!r} is not a string"]
        region = declared or self._config.default_region()
        if not region:
            return None, [
                "region: none is set: set it on the resource, as aws:region in the stack's configuration, or as AWS_REGION"
            ]
        return region, []

    # --- diff

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compares settings without regard to route order; another voice connector means a replacement."""
        if _unknown(_news.get("voiceConnectorId")) or _olds.get("voiceConnectorId", _id) != _news["voiceConnectorId"]:
            # The new voice connector is configured before the old one is cleared.
            return DiffResult(changes=True, replaces=["voiceConnectorId"], delete_before_replace=False)
        if any(_unknown(_news.get(key)) for key in ("routes", "disabled", "region")):
            return DiffResult(changes=True)
        changed = _olds.get("region") != _news["region"] or not _settings(_olds).equals(_settings(_news))
        return DiffResult(changes=changed)

    # --- create and update

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Writes the settings of a voice connector, which may be so young that the service does not know it yet."""
        return CreateResult(props["voiceConnectorId"], self._put(props, "creating", wait=YOUNG_CONNECTOR_SECONDS))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Writes the settings again, through the endpoint of the region that is declared now."""
        return UpdateResult(self._put(_news, "updating", wait=0))

    def _put(self, props: dict[str, Any], doing: str, wait: float) -> dict[str, Any]:
        connector, region, wanted = props["voiceConnectorId"], props["region"], _settings(props)
        deadline, pause = time.monotonic() + wait, 1.0
        while True:
            try:
                live = self._api.put_origination(connector, region, wanted, doing)
                break
            except NotFoundError:
                if time.monotonic() + pause > deadline:
                    raise
            time.sleep(pause)
            pause = min(pause * 2, 15.0)
        if live is not None and not wanted.is_met_by(live):
            pulumi.log.warn(
                f"Voice Connector {connector} ({region}) took the settings but answers with others: "
                "run pulumi refresh to see what it holds now."
            )
        return _state(props, wanted)

    # --- read

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The live settings. Only NotFound, or an answer without settings, confirmed, means that they are gone."""
        region = props.get("region") or self._config.default_region()
        if not region:
            raise ConfigurationError(
                f"reading origination of Voice Connector {id_}: no region is set: set it on the resource, "
                "as aws:region, or as AWS_REGION."
            )
        known = _settings(props)
        live = self._find(id_, region, known)
        if live is None:
            if props.get(GET):
                raise ConfigurationError(
                    f"reading origination of Voice Connector {id_} ({region}): there is none: check the id and the "
                    "region, or declare an Origination to configure it."
                )
            return ReadResult("", {})
        if known.is_met_by(live):
            live = known
        state = _state({**props, "voiceConnectorId": id_, "region": region}, live)
        return ReadResult(id_, state, dict(state))

    def _find(self, connector: str, region: str, known: domain.Settings) -> domain.Settings | None:
        """The live settings, or None once a second look has found none either (reads may lag behind writes)."""
        for look in ("first", "second"):
            try:
                live = self._api.get_origination(connector, region, known.routes)
            except NotFoundError:
                live = None
            if live is not None:
                return live
            if look == "first":
                with contextlib.suppress(NotFoundError):
                    self._api.voice_connector(connector, region)
                time.sleep(CONFIRM_GONE_SECONDS)
        return None

    # --- delete

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Deletes the settings, unless this run's program declares the voice connector: then they are another's."""
        region = _props["region"]
        if self._claims.holder(region, _id) is not None:
            return
        try:
            self._api.delete_origination(_id, region)
        except NotFoundError:
            return


OriginationProvider.__module__ = "pulumi_chime_voice"


def _unknown(value: Any) -> bool:
    return isinstance(value, Unknown) or (isinstance(value, str) and value == UNKNOWN)


def _default(value: Any, default: Any) -> Any:
    return default if value is None else value


def _check_connector(connector: Any) -> list[str]:
    if connector is None:
        return ["voiceConnectorId: is required"]
    if not isinstance(connector, str) or not connector.strip():
        return [f"voiceConnectorId: {connector!r} is not the id of a voice connector"]
    return []


def _check_routes(declared: Any, parts: Any) -> tuple[dict[str, domain.Route] | None, list[str]]:
    """Keyed routes and failures. While the routes are not all known, their known parts are validated all the same."""
    if not _unknown(declared):
        return domain.check_routes(declared, _unknown)
    if parts is None or _unknown(parts):
        return None, []
    return None, domain.check_routes(parts, _unknown)[1]


def _settings(props: dict[str, Any]) -> domain.Settings:
    """The settings in a state or in checked inputs. Numbers come from the engine as floats."""
    whole = ("port", "priority", "weight")
    routes = {
        key: domain.Route(**{name: int(value) if name in whole else value for name, value in route.items()})  # type: ignore[typeddict-item]
        for key, route in (props.get("routes") or {}).items()
    }
    return domain.Settings(bool(props.get("disabled")), routes)


def _state(props: dict[str, Any], settings: domain.Settings) -> dict[str, Any]:
    return {
        "voiceConnectorId": props["voiceConnectorId"],
        "routes": dict(settings.routes),
        "disabled": settings.disabled,
        "region": props["region"],
        "onConflict": props.get("onConflict") or "fail",
        "callDistribution": domain.call_distribution(settings),
    }
