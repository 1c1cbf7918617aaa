"""The proxies on the way to AWS. botocore accepts whatever is set and fails later, with an error that names no setting."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass_environment  # type: ignore[attr-defined]

from ..errors import ConfigurationError

if TYPE_CHECKING:
    from .config import AwsConfig


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
