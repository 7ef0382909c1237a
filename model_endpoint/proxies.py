"""The proxies that the environment names: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY, in upper or lower case."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit, urlunsplit
from urllib.request import getproxies, proxy_bypass

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def bypass_proxies_for_loopback() -> None:
    """Keep every HTTP client of this process from using a proxy for loopback.

    A proxy could not reach it, and would see prompts and keys that are not for it. The libraries that flows are built
    on have no other setting in common than the variable NO_PROXY.
    """
    if not getproxies():
        return
    for name in ("no_proxy", "NO_PROXY") if "no_proxy" in os.environ else ("NO_PROXY",):
        named = [host.strip() for host in os.environ.get(name, "").split(",") if host.strip()]
        if "*" not in named:
            os.environ[name] = ",".join(dict.fromkeys([*named, *LOOPBACK]))


def proxy_of(url: str) -> str | None:
    """Return the proxy through which requests for a URL go, without its user and password; None if there is none."""
    parts = urlsplit(url)
    if is_loopback(parts.hostname) or proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy:
        return None
    shown = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    return urlunsplit((shown.scheme, shown.netloc.rpartition("@")[2], shown.path, "", ""))


def is_loopback(host: str | None) -> bool:
    """Whether a host is this machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
