"""Reads the originations that a stack's file declares, as the example project does, without calling AWS."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from ..errors import ConfigurationError
from ..origination.routes import ENABLED, ordered
from ..origination.validation import check_enabled, check_flag, check_routes
from ..stack_config import ORIGINATIONS as KEY
from ..stack_config import origination_arguments
from .probing import ProbeTarget
from .stack_yaml import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_KEYS = (KEY, "originations", "chime-voice:config:originations")
"""The names that Pulumi accepts for it in the project ``chime-voice``."""
_SECRET = "secret"  # noqa: S105 - shown in place of one


@dataclass
class Declared:
    """What a file declares: targets, a sentence for each secret that is left out, and whether calls go to one of these."""

    targets: list[ProbeTarget] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    missing: bool = False


def read(file: Path, *, tls: bool) -> Declared:
    """Reads a stack's file. Its secrets are encrypted: routes that contain one are left out.

    Args:
        file: ``Pulumi.<stack>.yaml``.
        tls: whether the voice connectors require encryption, which the file does not say.

    Raises:
        ConfigurationError: the file cannot be read, or the declarations are not valid; names every path.
    """
    originations = _originations(file)
    declared = Declared()
    failures = []
    if _is_secret(originations):
        _leave_out(declared, KEY, "no origination can be probed")
        return declared
    if not isinstance(originations, dict) or not originations:
        raise ConfigurationError(
            f"{file}: {KEY} is missing, or is not a mapping of originations: declare one, or probe live voice connectors by ID."
        )
    for key, settings in originations.items():
        # A YAML key may be a number or a boolean. This is how Pulumi writes it.
        name = str(key).lower() if isinstance(key, bool) else str(key)
        try:
            _read_origination(declared, name, settings, tls=tls)
        except ConfigurationError as error:
            failures.append(f"{file}: {error}")
    if failures:
        raise ConfigurationError("\n".join(failures))
    return declared


def _read_origination(declared: Declared, name: str, settings: object, *, tls: bool) -> None:
    path = f"{KEY}.{name}"
    if _is_secret(settings):
        _leave_out(declared, path, "it is not probed")
        return
    given = origination_arguments(path, settings)
    disabled, routes = given.get("disabled"), given.get("routes")
    takes_calls = disabled is not True
    if _is_secret(routes):
        _leave_out(declared, f"{path}.routes", "they are not probed", takes_calls=takes_calls)
        return
    keyed, failures = check_routes(routes, _is_secret)
    try:
        check_flag(False if disabled is None or _is_secret(disabled) else disabled)
    except ValueError as error:
        failures.append(f"disabled: {error}")
    if keyed is not None and takes_calls:
        failures += check_enabled(keyed)
    if failures:
        raise ConfigurationError("; ".join(f"{path}.{failure}" for failure in failures))
    id_ = given["voice_connector_id"]
    open_routes, _ = check_routes(list(_open(declared, path, routes, takes_calls=takes_calls)))
    declared.targets.append(
        ProbeTarget(
            name,
            _SECRET if _is_secret(id_) else str(id_),
            ordered((open_routes or {}).values()),
            takes_calls=takes_calls,
            tls=tls,
            ipv6=None,
        )
    )


def _open(declared: Declared, path: str, routes: Any, *, takes_calls: bool) -> Iterator[object]:
    """Yields the routes without a secret, and leaves the others out."""
    by_key = isinstance(routes, dict)
    for key, route in routes.items() if by_key else enumerate(routes or ()):
        at = f'{path}.routes["{key}"]' if by_key else f"{path}.routes[{key}]"
        secrets = [at] if _is_secret(route) else [f"{at}.{name}" for name in route if _is_secret(route[name])]
        is_enabled = not isinstance(route, dict) or route.get(ENABLED) is not False
        for secret in secrets:
            _leave_out(declared, secret, "the route is not probed", takes_calls=takes_calls and is_enabled)
        if not secrets:
            yield route


def _leave_out(declared: Declared, path: str, effect: str, *, takes_calls: bool = True) -> None:
    declared.left_out.append(f"{path} is secret: {effect}.")
    declared.missing |= takes_calls


def _originations(file: Path) -> Any:
    try:
        loaded = load(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}.") from error
    except RecursionError:
        raise ConfigurationError(f"{file} is nested too deeply: correct it.") from None
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigurationError(f"{file} is not YAML: {' '.join(str(error).split())}.") from error
    config = loaded.get("config") if isinstance(loaded, dict) else None
    if not isinstance(config, dict):
        raise ConfigurationError(
            f"{file}: config is missing, or is not a mapping: pass a stack's file (Pulumi.<stack>.yaml)."
        )
    value = next((config[key] for key in _KEYS if key in config), None)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{file}: {KEY} is a string that is not JSON: correct it.") from None


def _is_secret(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"} and isinstance(value["secure"], str)
