"""The originations that a stack's file declares, as the example project reads them: nothing is asked of AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

from ..errors import ConfigurationError
from ..origination.routes import Settings
from ..origination.validation import check_routes
from .probe import Line

if TYPE_CHECKING:
    from pathlib import Path

KEY = "chime-voice:originations"


def read(file: Path, *, tls: bool) -> tuple[list[Line], list[str]]:
    """The lines of a stack's file, and what was left out of them.

    Args:
        file: ``Pulumi.<stack>.yaml``.
        tls: whether the voice connectors require encryption, which the file does not say.

    Raises:
        ConfigurationError: the file cannot be read, or a declaration is not valid; names the path.
    """
    originations = _mapping(file, "config", _load(file)).get(KEY)
    if _is_encrypted(originations):
        raise ConfigurationError(f"{file}: {KEY} is encrypted: probe the live voice connectors instead, by ID.")
    lines, left = [], []
    for name, declared in _mapping(file, KEY, originations).items():
        path = f"{KEY}.{name}"
        settings = _mapping(file, path, declared)
        routes = settings.get("routes")
        if _is_encrypted(routes) or any(map(_is_encrypted, routes if isinstance(routes, list) else ())):
            left.append(f"{path}: the routes are encrypted, so they were not probed.")
            continue
        keyed, failures = check_routes(routes)
        if keyed is None or failures:
            raise ConfigurationError(f"{file}: {path}.{'; '.join(failures)}")
        line = Settings(disabled=settings.get("disabled") is True, routes=keyed)
        lines.append(Line(str(name), str(settings.get("voiceConnectorId", "")), line, tls=tls, ipv6=None))
    return lines, left


def _load(file: Path) -> Any:
    try:
        loaded = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{file} is not YAML: {' '.join(str(error).split())}.") from error
    return loaded.get("config") if isinstance(loaded, dict) else None


def _mapping(file: Path, path: str, value: object) -> dict[Any, Any]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{file}: {path} is not there, or is not a mapping.")
    return value


def _is_encrypted(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"}
