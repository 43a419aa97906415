"""The rules for secrets: variables of the environment that hold one, and text that looks like one.

That is tokens, credentials in fields and e-mail addresses. Values that were put in a secret's place (`***`,
`removed`, `$TOKEN`, `undefined`) do not count.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from heapq import merge

MIN_SECRET = 8
"""The length from which a value counts as a secret: a shorter one would be found everywhere."""

_VALUE = r"([A-Za-z0-9._~+/=-]{8,})"
_VALUE_AT = re.compile(r"[A-Za-z0-9._~+/=-]+")
_S = r"\s{0,40}"  # bounded, so that no text takes a search more than a moment
_SCHEMES = rf"(?:Bearer|Basic)\s{{1,40}}{_VALUE}"
_AUTHORIZATION = re.compile(
    rf"authorization[\"']?(?:{_S}[:=,]|\s){_S}(?:[\"']?value[\"']?{_S}:{_S})?(?:-{_S}|\[{_S})?[\"']?{_SCHEMES}",
    re.IGNORECASE | re.ASCII,
)
_SCHEME = re.compile(rf"\b{_SCHEMES}", re.IGNORECASE | re.ASCII)
_NAME = r"(?:access|refresh|id)[_-]?token|client[_-]?secret|code[_-]?verifier"
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE | re.ASCII)
_LAST_WORDS = ("token", "secret", "verifier")
_LONGEST_START = len("refresh_")
# Between the name of a field and its value: JSON, YAML, Python and forms; a HAR file's `"name": ...,
# "value": ...`; and the empty line within multipart/form-data (RFC 7578 section 4.2).
_FIELD = re.compile(
    rf"(?<![A-Za-z0-9])({_NAME})[\"']?(?:"
    rf"\]?{_S}(?:,{_S}[\"']?value[\"']?{_S})?[:=]{_S}(?:[>|][+-]?{_S}|-{_S}|\[{_S})?[\"']?"
    rf"|(?:\r?\n[A-Za-z-]{{1,40}}:[^\r\n]{{0,200}}){{0,4}}\r?\n\r?\n){_VALUE}",
    re.IGNORECASE | re.ASCII,
)
# Spotify's access tokens begin with BQ, its authorization codes and refresh tokens with AQ; both are long.
_TOKEN = re.compile(r"(?<![A-Za-z0-9_+/.-])[AB]Q[A-Za-z0-9_-]{58,}")
_MAX_LOCAL = 64
EMAIL_LOCAL = rf"[A-Za-z0-9._%+-]{{1,{_MAX_LOCAL}}}"
EMAIL_DOMAIN = r"(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9_-])"
_EMAIL = re.compile(f"{EMAIL_LOCAL}@{EMAIL_DOMAIN}")
_AN_EMAIL = "an e-mail address"
_RESERVED_DOMAIN = re.compile(
    r"@(?:.*\.)?(?:example(?:\.(?:com|org|net))?|test|invalid|localhost)\Z", re.IGNORECASE
)
_FILE_SUFFIX = re.compile(r"\.(?:png|jpe?g|gif|webp|svg|css|js|json|ya?ml)\Z", re.IGNORECASE)
_PLACEHOLDER = re.compile(
    r"redact|remov|dummy|fake|test|placeholder|example|hidden|scrub|mask|your|token|secret|filter|xxx|\.\.\."
    r"|undefined|invalid|wrong|expired|\Aperson-[0-9]+\Z",  # the last is ours, of an address
    re.IGNORECASE | re.ASCII,
)


def find_suspected_secrets(text: str) -> Iterator[tuple[int, str]]:
    """Yield the position and the kind of everything that looks like a secret."""
    lowered = lower(text)
    if "authorization" in lowered:
        for match in _AUTHORIZATION.finditer(text):
            if not is_placeholder(match[1]):
                yield match.start(1), "an Authorization value"
    if "bearer" in lowered or "basic" in lowered:
        for match in _SCHEME.finditer(text):
            is_one = _is_basic_credentials if match.group()[:5].lower() == "basic" else _is_random
            if is_one(match[1]) and not is_placeholder(match[1]):
                yield match.start(1), "an Authorization value"
    for match in _matches_near(_FIELD, text, lowered, _LAST_WORDS, _LONGEST_START):
        if looks_random(match[2]) and not is_placeholder(match[2]):
            yield match.start(2), f"the value of {match[1].lower()}"
    for match in _matches_near(_TOKEN, text, text, ("AQ", "BQ"), 0):
        if looks_random(match.group()[2:]):
            yield match.start(), "what looks like a Spotify token"
    for match in _matches_near(_EMAIL, text, text, ("@",), _MAX_LOCAL):
        if not is_example_address(match.group()):
            yield match.start(), _AN_EMAIL


def lower(text: str) -> str:
    """Return a text in lower case, each character at its place."""
    if not text.isascii():
        try:  # str.lower takes twelve times the memory of a text that is not ASCII
            return text.encode("latin-1").lower().decode("latin-1")
        except UnicodeEncodeError:
            text = text.replace("İ", "I")  # the one letter that is longer in lower case
    return text.lower()


def _matches_near(
    pattern: re.Pattern[str], text: str, searched: str, words: Sequence[str], before: int
) -> Iterator[re.Match[str]]:
    """Yield the matches of a pattern that begin at most so far before the first of the words in them.

    Words are found ten times faster than a pattern that may begin with one of many characters.
    """
    if not any(word in searched for word in words):
        return
    first = 0
    for at in merge(*(_places(searched, word) for word in words)):
        for start in range(max(first, at - before), at + 1):
            if match := pattern.match(text, start):
                yield match
                first = match.end()
                break
        first = max(first, at + 1)


def _places(text: str, word: str) -> Iterator[int]:
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + 1)


def mask_suspected_secrets(text: str, hidden: str) -> str:
    """Return the text with everything that looks like a secret hidden, e-mail addresses excepted."""
    parts: list[str] = []
    last = 0
    for at in sorted({at for at, kind in find_suspected_secrets(text) if kind != _AN_EMAIL}):
        value = _VALUE_AT.match(text, at)
        if at >= last:
            parts += (text[last:at], hidden)
        last = max(last, value.end() if value else at)
    return "".join([*parts, text[last:]])


def is_secret_name(name: str) -> bool:
    """Return True if the value of a field of this name is a secret: `access_token`, `clientSecret`."""
    return bool(_SECRET_NAME.fullmatch(name))


def is_example_address(address: str) -> bool:
    """Return True if an e-mail address is an example (RFC 2606), or a file name such as `icon@2x.png`."""
    return bool(_RESERVED_DOMAIN.search(address) or _FILE_SUFFIX.search(address))


def looks_random(text: str) -> bool:
    """Return True if a text has two of capitals, small letters and digits, as random ones have."""
    return (
        bool(re.search("[A-Z]", text)) + bool(re.search("[a-z]", text)) + bool(re.search("[0-9]", text)) >= 2
    )


def _is_random(value: str) -> bool:
    """Return True if the text after the word `bearer` is a token, not the next word."""
    return len(value) >= 16 and looks_random(value) and bool(re.search("[0-9]", value))


def _is_basic_credentials(value: str) -> bool:
    """Return True if the text after the word `basic` is a user and a password (RFC 7617)."""
    plain = value.rstrip("=.")
    try:
        pair = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode()
    except ValueError:
        return False
    return ":" in pair and pair.isprintable()


def is_placeholder(value: str) -> bool:
    """Return True if a value was put in a secret's place."""
    return len(value) < 40 and (len(set(value)) <= 2 or bool(_PLACEHOLDER.search(value)))


_PREFIXES = ("SPOTIFY_", "SPOTIPY_")
_SECRET_NAMES = ("SECRET", "TOKEN", "PASSWORD", "KEY")
# Variables that hold no secret, people's names among them: those are scrubbed under their pseudonyms.
_PUBLIC_NAMES = ("ACCESS", "DATE", "URI", "URL", "MARKET", "COUNTRY", "FILE", "PATH", "SCOPE", "SCOPES")
_PEOPLE_NAMES = ("NAME", "USER", "USER_ID")
# Values that are none whatever their variable is called.
_PUBLIC_VALUE = re.compile(r"[a-z]+://.*|spotify:[a-z]+:.*|[0-9]{4}-[0-9]{2}-[0-9]{2}", re.DOTALL)
# `SPOTIFY_PLAYLIST_ID`: an id of Spotify's stands in every address. No secret of Spotify's has this shape.
_ID = re.compile("[0-9A-Za-z]{22}")


def environment_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the secret values of SPOTIFY_* and SPOTIPY_* variables, by the name of the variable."""
    return {
        name: value.strip()
        for name, value in sorted(environ.items())
        if name.startswith(_PREFIXES) and len(value.strip()) >= MIN_SECRET
        if not _is_public(name, value.strip())
    }


def _is_public(name: str, value: str) -> bool:
    if _PUBLIC_VALUE.fullmatch(value):
        return True
    if any(part in name for part in _SECRET_NAMES):
        # `SPOTIFY_REFRESH_TOKEN_USER` is the token of a profile of that name; where one lies is no secret.
        return name.endswith(("FILE", "PATH")) and ("/" in value or "\\" in value)
    return name.endswith((*_PUBLIC_NAMES, *_PEOPLE_NAMES)) or bool(_ID.fullmatch(value))
