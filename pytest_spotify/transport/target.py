"""The target of a live run, and the translation of its URLs to Spotify's own.

Contracts and cassettes only have Spotify's own URLs: a response from another target is rewritten on receipt,
and links that are followed are translated back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from pytest_spotify.errors import InvalidTarget
from pytest_spotify.exchange import ACCOUNTS_URL, API_URL, Exchange, Headers, Request, Response

API_URL_VARIABLE, ACCOUNTS_URL_VARIABLE = "SPOTIFY_API_URL", "SPOTIFY_ACCOUNTS_URL"
"""The variables that name the addresses where no option does, as `pytest-spotify sandbox` prints them."""

_PORTS = {"http": 80, "https": 443}

_Bases: TypeAlias = tuple[tuple[str, str], ...]  # base URLs, each with the one that takes its place


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The Web API and the accounts service of one run: `https`, or `http` on a loopback literal."""

    api_url: str = API_URL
    accounts_url: str = ACCOUNTS_URL

    def __post_init__(self) -> None:
        object.__setattr__(self, "api_url", _checked(self.api_url, "--spotify-api-url"))
        object.__setattr__(self, "accounts_url", _checked(self.accounts_url, "--spotify-accounts-url"))
        if self.api_url == self.accounts_url:
            raise InvalidTarget(
                f"--spotify-api-url and --spotify-accounts-url: expected two addresses, found {self.api_url} "
                "for both."
            )

    @classmethod
    def spotify(cls) -> Target:
        """Return Spotify itself."""
        return cls()

    @property
    def is_spotify(self) -> bool:
        """Return True if canonical and live URLs are the same."""
        return (self.api_url, self.accounts_url) == (API_URL, ACCOUNTS_URL)

    @property
    def _spotify_bases(self) -> _Bases:
        # The longer one first: one service's URL may lie below the other's.
        pairs = [(self.api_url, API_URL), (self.accounts_url, ACCOUNTS_URL)]
        return tuple(sorted(pairs, key=lambda pair: len(pair[0]), reverse=True))

    @property
    def _target_bases(self) -> _Bases:
        return (API_URL, self.api_url), (ACCOUNTS_URL, self.accounts_url)

    def live_url(self, canonical_url: str) -> str:
        """Return this target's URL for a canonical one; other URLs stay as they are."""
        return _replace_base(canonical_url, self._target_bases)

    def canonical_url(self, url: str) -> str:
        """Return Spotify's own URL for one of this target's; other URLs stay as they are."""
        return _replace_base(url, (*self._spotify_bases, (API_URL, API_URL), (ACCOUNTS_URL, ACCOUNTS_URL)))

    @property
    def is_local(self) -> bool:
        """Return True if the Web API's address is of this machine."""
        return urlsplit(self.api_url).hostname in ("127.0.0.1", "::1")

    def to_target(self, request: Request) -> Request:
        """Return a request under this target's address."""
        if self.is_spotify:
            return request
        return replace(
            request,
            url=self.live_url(request.url),
            headers=_headers(request.headers, self._target_bases),
            body=_body(request.body, self._target_bases),
        )

    def canonical_request(self, request: Request) -> Request:
        """Return a request under Spotify's own address."""
        if self.is_spotify:
            return replace(request, url=self.canonical_url(request.url))
        return replace(
            request,
            url=self.canonical_url(request.url),
            headers=_headers(request.headers, self._spotify_bases),
            body=_body(request.body, self._spotify_bases),
        )

    def canonical_response(self, response: Response) -> Response:
        """Return a response with Spotify's own address in its header fields and body."""
        if self.is_spotify:
            return response
        return replace(
            response,
            headers=_headers(response.headers, self._spotify_bases),
            body=_body(response.body, self._spotify_bases),
        )

    def to_spotify(self, exchange: Exchange) -> Exchange:
        """Return an exchange under Spotify's own address."""
        return Exchange(
            request=self.canonical_request(exchange.request),
            response=self.canonical_response(exchange.response),
        )


def resolve_target(
    environ: Mapping[str, str],
    api_url: str | None = None,
    accounts_url: str | None = None,
    *,
    prefix: str = "--spotify-",
) -> Target:
    """Return the target that options name, else variables, else Spotify; `prefix` is that of the options.

    Raises InvalidTarget, which names the option or the variable that is wrong.
    """
    names = {
        "--spotify-api-url": f"{prefix}api-url" if api_url else API_URL_VARIABLE,
        "--spotify-accounts-url": f"{prefix}accounts-url" if accounts_url else ACCOUNTS_URL_VARIABLE,
    }
    try:
        return Target(
            api_url=api_url or environ.get(API_URL_VARIABLE) or API_URL,
            accounts_url=accounts_url or environ.get(ACCOUNTS_URL_VARIABLE) or ACCOUNTS_URL,
        )
    except InvalidTarget as error:
        message = re.sub("|".join(names), lambda match: names[match.group()], str(error))
    raise InvalidTarget(message)


def is_below(url: str, base: str) -> bool:
    """Return True if a canonical URL is below a base, and stays there.

    A `..` in the path, in plain or encoded, would lead out of it (RFC 3986 section 5.2.4); an id that holds
    one has reached another operation before (CVE-2023-23608).
    """
    rest = url.removeprefix(base)
    if not url.startswith(base) or rest[:1] not in ("", "/", "?"):
        return False
    return ".." not in re.split(r"[/\\]", unquote(rest.partition("?")[0]))


def _checked(url: str, option: str) -> str:
    """Return an address without its trailing slash; raises InvalidTarget if it cannot be used."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if "@" in url or "?" in url or "#" in url:
        raise InvalidTarget(f"{option}: expected a URL without user name, query and fragment.")
    if not host or port == 0 or not re.fullmatch(r"(?i:https?)://[!-~]+", url) or "\\" in url:
        raise InvalidTarget(f"{option}: expected a URL such as {API_URL}, found {url!r}.")
    if parts.scheme == "http" and host not in ("127.0.0.1", "::1"):
        raise InvalidTarget(
            f"{option}: expected https, or http on 127.0.0.1 or [::1], found http://{parts.netloc}: tokens "
            "do not cross a network in clear text."
        )
    return f"{_origin(parts.scheme, host, port)}{parts.path.rstrip('/')}"


def _replace_base(url: str, pairs: _Bases) -> str:
    """Return a URL with its base replaced; scheme and host are compared as RFC 3986 section 6.2.2.1 says."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return url
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc:
        return url
    # What follows the authority is kept byte for byte; urlsplit takes it apart only to find where it begins.
    normalized = _origin(parts.scheme, host, port) + url[url.index("//") + 2 + len(parts.netloc) :]
    for base, other in pairs:
        rest = normalized.removeprefix(base)
        if normalized.startswith(base) and rest[:1] in ("", "/", "?", "#"):
            return other + rest
    return url


def _origin(scheme: str, host: str, port: int | None) -> str:
    """Return scheme, host and port, without the port that the scheme has anyway."""
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" if port in (None, _PORTS[scheme]) else f"{scheme}://{shown}:{port}"


def _headers(headers: Headers, pairs: _Bases) -> Headers:
    return Headers((name, _rewritten(value.encode(), pairs).decode()) for name, value in headers)


def _body(body: bytes, pairs: _Bases) -> bytes:
    """Rewrite the strings of a JSON body, and leave every other body alone."""
    return _rewritten(body, pairs) if body.lstrip(b" \t\r\n\xef\xbb\xbf")[:1] in (b"{", b"[", b'"') else body


def _with_port(base: str) -> str:
    """Return a base URL with its port named, as some servers write their own default port."""
    parts = urlsplit(base)
    if parts.port is not None:
        return base
    return parts._replace(netloc=f"{parts.netloc}:{_PORTS[parts.scheme]}").geturl()


def _rewritten(data: bytes, pairs: _Bases) -> bytes:
    """Replace each whole base URL, with plain or escaped slashes as it has.

    Bytes, not parsed JSON: everything else keeps its exact form.
    """
    whole, found = _spellings(pairs)
    return whole.sub(lambda match: found[match.group()], data)


@lru_cache(maxsize=16)
def _spellings(pairs: _Bases) -> tuple[re.Pattern[bytes], Mapping[bytes, bytes]]:
    """Return the pattern of each spelling of the base URLs, and what takes the place of each."""
    found: dict[bytes, bytes] = {}
    for base, other in pairs:
        for slash in ("/", "\\/"):
            for spelling in (base, _with_port(base)):
                found[spelling.replace("/", slash).encode()] = other.replace("/", slash).encode()
    # One pass over all of them, so that nothing is exchanged twice; longer ones first.
    bases = b"|".join(re.escape(base) for base in sorted(found, key=len, reverse=True))
    # Before it: no scheme's letters, but an escaped line break may stand there. After it: nothing that would
    # continue the port, the host or the path segment.
    whole = rb"(?:(?<![A-Za-z0-9+.-])|(?<=\\[bfnrt]))(?:" + bases + rb")(?![A-Za-z0-9_~%:@-]|\.[A-Za-z0-9])"
    return re.compile(whole), found
