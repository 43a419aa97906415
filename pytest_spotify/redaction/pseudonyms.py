"""The pseudonyms of people and devices in a cassette.

The account that recorded is always `pytest-spotify-user`; everybody else is numbered in the order of
appearance within one cassette. So a name needs no table on the disk and no key, tells nothing of the person
it hides (a hash of a user name could be guessed), and is the same in the next recording. A name that a test
sent itself, in an address or a body, before any response held it, can be read in the test's source: it stays,
so that replay matches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import parse_qs, unquote, urlsplit

from pytest_spotify.exchange import Exchange, Request
from pytest_spotify.formats import Data, json_text
from pytest_spotify.redaction import ACCOUNT
from pytest_spotify.redaction.patterns import EMAIL_DOMAIN, EMAIL_LOCAL, is_example_address

ACCOUNT_NAME = "pytest-spotify user"

# In a query the signs between may be percent-encoded: `uris=spotify%3Auser%3Aanna%2Cspotify%3A...`.
_NAMED = re.compile(
    r"(spotify(?::|%3A)user(?::|%3A)|(?:/|%2F)v1(?:/|%2F)users(?:/|%2F)"
    r"|open\.spotify\.com(?:/|%2F)(?:intl-[a-z-]+(?:/|%2F))?user(?:/|%2F))"
    r"((?:(?!%3A|%2F|%3F|%2C|%26|%22)[^:/?#&,\s\"'<>\\])+)",
    re.IGNORECASE,
)
_AT = re.compile("@|&#64;|&#x40;|&commat;|%40")  # descriptions are HTML, and URLs may encode it
_EMAIL = re.compile(rf"({EMAIL_LOCAL})(?:{_AT.pattern})({EMAIL_DOMAIN})")
_IDS = re.compile(r"([?&]ids=)([^&#]*)")
_COMMA = re.compile(",|%2C", re.IGNORECASE)
_NUMBERED = re.compile("(?:user|person|User|Device)[- ][0-9]+")
_OWNERS = {"owner", "added_by"}
_PHOTO = "https://i.scdn.co/image/ab6775700000ee85000000000000000000000000"
# Said of a person by `GET /me` or a user object, and always the same here.
_FIXED: dict[str, Data] = {
    "account_id": "pytestspotifyaccount",
    "birthdate": "2000-01-01",
    "country": "SE",
    "product": "premium",
}


class Pseudonyms:
    """The pseudonyms of all users and devices in the exchanges of one cassette."""

    def __init__(self, identity: Mapping[str, object] | None) -> None:
        self._users: dict[str, str] = {ACCOUNT: ACCOUNT}
        self._numbered = 0
        self._devices: dict[str, int] = {}
        self._emails: dict[str, str] = {}
        self._strangers = 0
        self._texts: dict[str, tuple[re.Pattern[str], str]] = {}
        self._account = ""
        if identity:
            self._collect_account(identity)

    def collect(self, exchanges: Sequence[Exchange]) -> None:
        """Collect and number all users in the exchanges: the account first, then in order of appearance."""
        bodies = [_value(exchange.response.body) for exchange in exchanges]
        for exchange, body in zip(exchanges, bodies, strict=True):
            is_me = urlsplit(exchange.request.url).path.rstrip("/") == "/v1/me" and _is_user(body, "")
            # A test may ask for further identities: they are others.
            if is_me and self._account in ("", body.get("id")):
                self._collect_account(body)
        for exchange, body in zip(exchanges, bodies, strict=True):
            sent = _value(exchange.request.body)
            for name in _users_in_request(exchange.request, sent):
                self._users.setdefault(name, name)
            self._collect_value(sent, "")
            self._collect_value(body, "")

    def user(self, name: str) -> str:
        """Return the pseudonym of a user."""
        plain = unquote(name)
        if plain not in self._users:
            self._numbered += 1
            while self._users.get(f"user-{self._numbered}") == f"user-{self._numbered}":  # a test's own name
                self._numbered += 1
            self._users[plain] = f"user-{self._numbered}"
        return self._users[plain] if self._users[plain] != plain else name

    def known(self, name: str) -> str:
        """Return the pseudonym of a user, or the text itself if it is no known user."""
        return self.user(name) if unquote(name) in self._users else name

    def url(self, url: str) -> str:
        """Return the URL of a request with pseudonyms for the users and devices in it."""
        url = self._named(url)
        if not _is_about_users(url):
            return url
        return _IDS.sub(lambda match: match[1] + ",".join(map(self.known, _COMMA.split(match[2]))), url)

    def name(self, name: str) -> str:
        """Return the name of a JSON field, which is never a person's."""
        return name

    def text(self, text: str) -> str:
        """Return a text with pseudonyms for the users and devices in it."""
        text = self._named(text)
        if _AT.search(text):  # found far sooner than what may stand before it
            text = _EMAIL.sub(lambda match: self._email(f"{match[1]}@{match[2]}", match.group()), text)
        for known, (pattern, shown) in sorted(self._texts.items(), key=_longest_first):
            if known in text:
                text = pattern.sub(shown, text)
        return text

    def fields(self, value: Mapping[str, Data], key: str, url: str) -> Mapping[str, Data]:
        """Return the replacements for the fields of a JSON object that describe a person or a device."""
        if _is_user(value, key):
            return self._person(value)
        if _is_device(value):
            return self._device(value)
        names = value.get("ids")
        if isinstance(names, list) and _is_about_users(url):
            return {"ids": [self.known(name) if isinstance(name, str) else name for name in names]}
        return {}

    def _person(self, fields: Mapping[str, Data]) -> dict[str, Data]:
        name = fields.get("id")
        shown = self.user(name) if isinstance(name, str) and name else ""
        replaced: dict[str, Data] = {
            key: value for key, value in _FIXED.items() if isinstance(fields.get(key), str)
        }
        if shown:
            replaced["id"] = shown
        if isinstance(fields.get("display_name"), str):
            replaced["display_name"] = (
                ACCOUNT_NAME if shown == ACCOUNT else shown.replace("user-", "User ") or "User"
            )
        if isinstance(fields.get("email"), str):
            replaced["email"] = f"{shown or 'user'}@example.com"
        if isinstance(fields.get("images"), list):
            replaced["images"] = [_photo(image) for image in fields["images"]]
        return replaced

    def _device(self, fields: Mapping[str, Data]) -> dict[str, Data]:
        # People name devices after themselves.
        number = self._devices.get(str(fields.get("id")), 0)
        replaced: dict[str, Data] = {}
        if isinstance(fields.get("id"), str):
            replaced["id"] = _device_id(number)
        if isinstance(fields.get("name"), str):
            replaced["name"] = f"Device {number}"
        return replaced

    def _named(self, text: str) -> str:
        text = _NAMED.sub(lambda match: match[1] + self.user(match[2]), text)
        for device, number in self._devices.items():
            text = text.replace(device, _device_id(number))
        return text

    def _collect_account(self, fields: Mapping[str, object]) -> None:
        name, shown, email = (fields.get(key) for key in ("id", "display_name", "email"))
        if isinstance(name, str) and name:
            self._users[name] = ACCOUNT
            self._account = name
            # A name of ordinary letters could be a word of any text, "artist" say.
            if len(name) >= 12 or (len(name) >= 6 and re.search("[0-9]", name)):
                self._replace_everywhere(name, ACCOUNT)
        if isinstance(shown, str) and len(shown) >= 6:
            self._replace_everywhere(shown, ACCOUNT_NAME)
        if isinstance(email, str) and email:
            self._emails[email.lower()] = f"{ACCOUNT}@example.com"
        if isinstance(fields.get("account_id"), str) and len(str(fields["account_id"])) >= 6:
            self._replace_everywhere(str(fields["account_id"]), str(_FIXED["account_id"]))

    def _replace_everywhere(self, known: str, shown: str) -> None:
        """Replace a text wherever it occurs from now on, unless it is a pseudonym."""
        is_ours = any(known in text for text in (ACCOUNT, ACCOUNT_NAME, str(_FIXED["account_id"])))
        if not is_ours and not _NUMBERED.fullmatch(known):
            # A long random name is one wherever it stands; a short one must be a word.
            is_random = len(known) >= 16 and re.search("[0-9]", known) is not None
            edges = ("", "") if is_random else (r"(?<![^\W_])", r"(?![^\W_])")
            self._texts[known] = re.compile(edges[0] + re.escape(known) + edges[1]), shown

    def _collect_value(self, value: Data, key: str) -> None:
        if isinstance(value, dict):
            if _is_user(value, key) and isinstance(value.get("id"), str) and value["id"]:
                self.user(value["id"])
            if _is_device(value) and isinstance(value.get("id"), str):
                self._devices.setdefault(value["id"], len(self._devices) + 1)
            for name, part in value.items():
                self._collect_value(part, name)
        elif isinstance(value, list):
            for part in value:
                self._collect_value(part, key)
        elif isinstance(value, str):
            for match in _NAMED.finditer(value):
                self.user(match[2])

    def _email(self, address: str, written: str) -> str:
        if is_example_address(address):
            return written
        known = address.lower()
        if known not in self._emails:
            self._strangers += 1
            self._emails[known] = f"person-{self._strangers}@example.com"
        return self._emails[known]


def _is_user(value: Data, key: str) -> bool:
    if not isinstance(value, dict) or _is_device(value):
        return False
    return value.get("type") == "user" or ("id" in value and (key in _OWNERS or "display_name" in value))


def _is_device(fields: Mapping[str, Data]) -> bool:
    return "is_private_session" in fields and "volume_percent" in fields


def _is_about_users(url: str) -> bool:
    parts = urlsplit(url)
    return "user" in parse_qs(parts.query).get("type", []) or parts.path.rstrip("/").endswith(
        "/followers/contains"
    )


def _users_in_request(request: Request, sent: Data) -> Iterator[str]:
    """Yield the names of users in the URL and the body of a request."""
    for text in (request.url, request.body.decode(errors="replace")):
        for match in _NAMED.finditer(text):
            yield unquote(match[2])
    if _is_about_users(request.url):
        for value in parse_qs(urlsplit(request.url).query).get("ids", []):
            yield from filter(None, value.split(","))
        names = sent.get("ids") if isinstance(sent, dict) else None
        yield from (name for name in names or () if isinstance(name, str))


def _value(body: bytes) -> Data:
    try:
        return json_text.loads(body)
    except ValueError:
        return body.decode(errors="replace")


def _longest_first(item: tuple[str, object]) -> tuple[int, str]:
    return -len(item[0]), item[0]


def _device_id(number: int) -> str:
    return f"{number:040x}"


def _photo(image: Data) -> Data:
    return {**image, "url": _PHOTO} if isinstance(image, dict) and "url" in image else image
