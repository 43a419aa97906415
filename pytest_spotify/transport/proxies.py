"""Which proxy and which certificates the environment asks for; read here and nowhere else.

The HTTP client is told not to look at the environment itself, because `.netrc` would then replace our
Authorization field (psf/requests#3929). Knows the errors only.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Mapping
from urllib.parse import urlsplit

import certifi

from pytest_spotify.errors import SpotifyTestError


def proxy_for(url: str, environ: Mapping[str, str]) -> str:
    """Return the proxy's URL for a request, or an empty text for a direct connection.

    Plain http is spoken to the own machine only and goes direct, or a token would cross the network in
    clear text on its way to the proxy.
    """
    parts = urlsplit(url)
    if parts.scheme != "https":
        return ""
    # The lower-case name wins, as in curl and urllib.
    names = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
    name = next((name for name in names if environ.get(name)), "")
    proxy = environ.get(name, "")
    excluded = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    if not proxy or _excluded(parts.hostname or "", excluded):
        return ""
    if "://" not in proxy:
        proxy = f"http://{proxy}"
    if not _is_usable(proxy):
        raise SpotifyTestError(
            f"{name}: expected http://HOST:PORT or https://HOST:PORT (the value is not shown). "
            "Mend it, or unset it for this run."
        )
    return proxy


def certificates(environ: Mapping[str, str]) -> ssl.SSLContext:
    """Return a context that verifies servers against the bundle the environment names, or certifi's.

    Nothing switches the verification off.
    """
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        if path := environ.get(name):
            return _context(name, path)
    return ssl.create_default_context(cafile=certifi.where())


def _excluded(host: str, excluded: str) -> bool:
    """Say whether `NO_PROXY` names a host: itself, a parent domain with or without its dot, or `*`."""
    names = [name.strip().lower().lstrip(".") for name in excluded.split(",")]
    return any(name and (name in ("*", host) or host.endswith(f".{name}")) for name in names)


def _context(name: str, path: str) -> ssl.SSLContext:
    try:
        if os.path.isdir(path):
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except OSError as error:
        fault = error.strerror or "no certificates in it"
    raise SpotifyTestError(f"{name}={path}: expected a file of CA certificates (PEM), found: {fault}.")


def _is_usable(proxy: str) -> bool:
    try:
        parts = urlsplit(proxy)
        return bool(parts.hostname) and parts.port != 0 and bool(re.fullmatch(r"https?://[!-~]+", proxy))
    except ValueError:
        return False
