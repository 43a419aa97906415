"""One request to the Web API as its handlers see it, and what they answer. Knows no web framework."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pytest_spotify.access import Access
from pytest_spotify.sandbox.catalogue import Catalogue
from pytest_spotify.sandbox.store import Account, Store

T = TypeVar("T")

_BASE62 = re.compile(r"[0-9A-Za-z]{22}")


class ApiError(Exception):
    """The Web API refuses; without a message the error object has none, without a body there is none."""

    def __init__(
        self,
        status: int,
        message: str | None = None,
        *,
        reason: str | None = None,
        headers: Mapping[str, str] | None = None,
        empty: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        error: dict[str, object] = {"status": status}
        if message is not None:
            error["message"] = message
        if reason is not None:
            error["reason"] = reason
        self.body: dict[str, object] | None = None if empty else {"error": error}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status, and a body to be written as JSON; None is no body at all."""

    status: int = 200
    body: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request that passed the gate, with the world it is answered from."""

    api_url: str
    access: Access
    catalogue: Catalogue
    store: Store
    path: str
    names: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    content: bytes = field(default=b"", repr=False)
    account: Account | None
    scope: frozenset[str]

    @property
    def me(self) -> Account:
        """Return the account; the gate has seen to it that there is one."""
        if self.account is None:
            raise ApiError(403, "This request requires user authentication.")
        return self.account

    @property
    def restricted(self) -> bool:
        """Return True if what Spotify closed on 2024-11-27 is closed for this app."""
        return self.access != "extended"

    @property
    def development(self) -> bool:
        """Return True if the fields and names of February 2026 apply."""
        return self.access == "development"

    @property
    def market(self) -> str | None:
        """Return where content must be available: the user's country beats the parameter.

        `from_token` stands in no reference any more, and is still sent and taken; any other writing of it is
        not (adamint/spotify-web-api-kotlin#324).
        """
        asked = self.get("market")
        if asked is not None and asked != "from_token" and not re.fullmatch(r"[A-Z]{2}", asked):
            raise ApiError(400, "Invalid market code")
        if self.account:
            return self.account.country
        return None if asked == "from_token" else asked

    def get(self, name: str) -> str | None:
        """Return a query parameter, the first of that name."""
        return next((value for key, value in self.query if key == name), None)

    def number(self, name: str, default: int | None, *, low: int, high: int | None = None) -> int:
        """Return a number out of the query; 400 where it is missing without default, or out of range."""
        text = self.get(name)
        if text is None and default is not None:
            return default
        if text is None:
            raise ApiError(400, f"Missing required field: {name}")
        found = int(text) if re.fullmatch(r"-?[0-9]{1,15}", text) else None
        if found is None or found < low or (high is not None and found > high):
            raise ApiError(400, f"Invalid {name}")
        return found

    def choice(self, name: str, choices: Sequence[str], default: str | None = None) -> str:
        """Return a parameter that is one of a few words."""
        text = self.get(name) or default
        if text is None:
            raise ApiError(400, f"Missing required field: {name}")
        if text not in choices:
            raise ApiError(400, f"Invalid {name}")
        return text

    def words(self, name: str) -> list[str]:
        """Return a comma-separated parameter's values."""
        return [each.strip() for each in (self.get(name) or "").split(",") if each.strip()]

    def id(self, name: str = "id") -> str:
        """Return an id out of the path; 400 where it is none."""
        return valid_id(self.names[name])

    def find(self, known: Mapping[str, T]) -> T:
        """Return what the id of the path names; 404 where it is not there."""
        found = known.get(self.id())
        if found is None:
            raise ApiError(404, "non existing id")
        return found

    def several(self, known: Mapping[str, T], write: Callable[[Call, T], Any], *, most: int) -> list[Any]:
        """Write what the ids of the query name, in their order; null stands for what is not there."""
        return [write(self, known[id_]) if id_ in known else None for id_ in self.ids(most)]

    def ids(self, most: int) -> list[str]:
        """Return `ids` of the query; 400 where there are none, too many, or malformed ones."""
        return checked_ids(self.words("ids"), most)

    def ids_anywhere(self, most: int) -> list[str]:
        """Return `ids` of the query, else of the JSON object in the body: the query wins."""
        if self.get("ids") is not None:
            return self.ids(most)
        return checked_ids(self.strings("ids"), most)

    def strings(self, name: str) -> list[str]:
        """Return an array of texts out of the JSON object in the body; 400 where it is something else."""
        body = self.json_value()
        found = body.get(name) if isinstance(body, dict) else None
        if not isinstance(found, list):
            raise ApiError(400, f"Missing required field: {name}")
        if not all(isinstance(each, str) for each in found):
            raise ApiError(400, f"Invalid {name}")
        return found

    def json(self) -> dict[str, Any]:
        """Return the JSON object in the body, an empty one for no body; 400 where it is something else."""
        found = self.json_value()
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise ApiError(400, "Error parsing JSON.")
        return found

    def json_value(self) -> Any:
        """Return what the body holds as JSON, None where it is empty; 400 where it is no JSON."""
        if not self.content.strip():
            return None
        try:
            found = json.loads(self.content.decode())
            # Half a surrogate pair is lawful in JSON (RFC 8259, 8.2), and nothing that could be answered.
            json.dumps(found, ensure_ascii=False).encode()
        except (ValueError, RecursionError):
            raise ApiError(400, "Error parsing JSON.") from None
        return found

    def url(self, path: str) -> str:
        """Return the address of a path of this API."""
        return f"{self.api_url}{path}"


def whole(value: object, name: str, default: int | None = None) -> int:
    """Return a whole number out of a body or a query; 400 where it is none, or missing without default."""
    if value is None and default is not None:
        return default
    if value is None:
        raise ApiError(400, f"Missing required field: {name}")
    text = str(value)
    if not text.isdecimal() or len(text) > 9:
        raise ApiError(400, f"Invalid {name}")
    return int(text)


def typed(body: Mapping[str, Any], **kinds: type) -> None:
    """Refuse a body in which one of these fields has a value of another type; null counts as left out."""
    for name, kind in kinds.items():
        if body.get(name) is not None and not isinstance(body[name], kind):
            raise ApiError(400, f"Invalid value for {name}")


def valid_id(text: str) -> str:
    """Return an id that is well-formed; 400 otherwise."""
    if not _BASE62.fullmatch(text):
        raise ApiError(400, "Invalid base62 id")
    return text


def checked_ids(ids: list[str], most: int) -> list[str]:
    """Return ids that are well-formed and not too many; 400 otherwise."""
    return [valid_id(each) for each in counted(ids, "ids", most)]


def counted(values: list[str], name: str, most: int) -> list[str]:
    """Return the values of a parameter; 400 where there are none or too many."""
    if not values:
        raise ApiError(400, f"Missing required field: {name}")
    if len(values) > most:
        raise ApiError(400, f"Too many {name} requested")
    return values
