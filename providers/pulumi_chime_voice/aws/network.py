"""How a client reaches AWS: the service endpoint, the proxy and the certificates that the environment sets for boto3.

botocore accepts whatever is set and fails later, with an error that names no setting. So the settings are checked here first.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass_environment  # type: ignore[attr-defined]

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from .config import AwsConfig


def configured_endpoint(session: Any, service: str) -> tuple[str, str] | None:
    """Where boto3's own environment sets a service's endpoint, and to what; None if AWS's own endpoint is used.

    Args:
        session: a botocore session.
        service: as botocore names the client (``chime-sdk-voice``).
    """
    if session.get_config_variable("ignore_configured_endpoint_urls"):
        return None
    name = service.replace("-", "_")
    for variable in (f"AWS_ENDPOINT_URL_{name.upper()}", "AWS_ENDPOINT_URL"):
        if os.environ.get(variable):
            return variable, os.environ[variable]
    profile = session.get_scoped_config()
    services = profile.get("services")
    entry = session.full_config.get("services", {}).get(services, {}).get(name)
    if isinstance(entry, dict) and entry.get("endpoint_url"):
        return f"endpoint_url of {name} in [services {services}]", entry["endpoint_url"]
    if profile.get("endpoint_url"):
        return f"endpoint_url of profile {profile_name(session)}", profile["endpoint_url"]
    return None


def profile_name(session: Any) -> str:
    """The profile that the session works with."""
    return session.get_config_variable("profile") or "default"


def proxies(config: AwsConfig, url: str) -> dict[str, str] | None:
    """The proxies on the way to `url`, by scheme; None if ``aws:*`` sets none and botocore asks the environment.

    Raises:
        ConfigurationError: the proxy for `url` is not the URL of an HTTP proxy.
    """
    environment = getproxies()
    without = config.no_proxy or environment.pop("no", "")
    given = {"http": config.http_proxy, "https": config.https_proxy}
    scheme = urlsplit(url).scheme
    bypassed = proxy_bypass_environment(urlsplit(url).netloc, {"no": without})
    if not bypassed:
        _check_proxy(scheme, given.get(scheme), environment.get(scheme))
    if not (config.http_proxy or config.https_proxy or config.no_proxy):
        return None
    if bypassed:
        return {}
    return {name: proxy for name in given if (proxy := given[name] or environment.get(name))}


def _check_proxy(scheme: str, given: str | None, environment: str | None) -> None:
    """Names the setting and never its value, which may hold a password."""
    where = f"aws:{scheme}Proxy" if given else f"{scheme.upper()}_PROXY"
    proxy = given or environment
    if not proxy:
        return
    # botocore puts http:// in front of whatever does not begin with a scheme of HTTP.
    if "://" in proxy and not proxy.startswith(("http://", "https://")):
        raise ConfigurationError(
            f"{where} is not the URL of an HTTP proxy: give one that begins with http:// or https://."
        )
    try:
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy.removeprefix('//')}")
        possible = bool(parts.hostname) and parts.port != 0 and proxy.isprintable()
    except ValueError:
        possible = False
    if not possible:
        raise ConfigurationError(
            f"{where} has no valid host or port (in a password, write / as %2F and @ as %40): correct the URL."
        )


def check_certificates(session: Any, url: str) -> None:
    """Refuses a file of certificates that the environment names and that does not exist.

    Raises:
        ConfigurationError: names the setting and the file.
    """
    if not url.startswith("https://"):
        return
    variable = "AWS_CA_BUNDLE"
    where = variable if os.environ.get(variable) else f"ca_bundle of profile {profile_name(session)}"
    file = session.get_config_variable("ca_bundle")
    if not file:
        where = "REQUESTS_CA_BUNDLE"
        file = os.environ.get(where)
    if file and not Path(file).exists():
        raise ConfigurationError(f"{where} names {file}, which does not exist: correct the path.")
