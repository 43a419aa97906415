"""The app that signs people in, and which redirect URIs it has. It does not depend on grants and HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A registered app. A loopback URI without a port stands for any port (RFC 8252 section 7.3)."""

    id: str
    secret: str = field(repr=False)
    redirect_uris: tuple[str, ...]

    def allows(self, uri: str) -> bool:
        """Compare exactly; where the registered URI is a loopback literal without a port, add any."""
        if uri in self.redirect_uris:
            return True
        parts = urlsplit(uri)
        if not is_loopback(parts.hostname):
            return False
        bare = parts._replace(netloc=parts.netloc.rpartition(":")[0]).geturl() if parts.port else uri
        return bare in self.redirect_uris


def is_loopback(host: str | None) -> bool:
    """Return True if a host is a loopback literal; the name `localhost` is none."""
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False
