"""A text that must not be shown, and the encodings in which it can stand in another text.

`Secret` is an object and no `str`: a subclass of `str` leaks its characters in assertion diffs and in
concatenation, and an f-string would put `***` on the wire.

`encodings_of` names an encoding as `decoded_texts` and `encoded_runs` name the one that they undo. Those read
bytes as text of one character a byte (Latin-1), so that nothing is lost, and each decoded text knows where
its characters stood. `docs/recording.md` describes what a user sees of redaction.
"""

from __future__ import annotations

import base64
import hmac
import html
import re
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Never, TypeAlias
from urllib.parse import quote, unquote_to_bytes

MASK = "***"
ACCOUNT = "pytest-spotify-user"  # the pseudonym of who recorded


class Secret:
    """A text that is shown as `***`; only `reveal()` returns it."""

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """Return the text itself. Call it only to send the text or to write it to disk."""
        return self.__value

    def __repr__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.__value.encode(), other.__value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __getstate__(self) -> Never:
        raise TypeError("a Secret is not pickled: hand the token store's path to the other process")

    def __reduce_ex__(self, protocol: object) -> Never:
        self.__getstate__()


_MAX_ROUNDS = 4
_JOINT = re.compile(r"\\?\r?\n[ \t]*\\?")
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|x[0-9A-Fa-f]{2}|[0abtnrvfe/\"'\\])")
# One literal first is searched for much faster; a run without a bound takes 120 bytes of memory a byte.
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}(?:%[0-9A-Fa-f]{2}){0,999}")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z]{2,8});")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{11,}")
_HEX = re.compile(r"[0-9A-Fa-f]{16,}")
_LETTERS = {
    "0": "\0",
    "a": "\a",
    "b": "\b",
    "t": "\t",
    "n": "\n",
    "r": "\r",
    "v": "\v",
    "f": "\f",
    "e": "\x1b",
}
_FROM_URLSAFE, _TO_URLSAFE = str.maketrans("-_", "+/"), str.maketrans("+/", "-_")


def encodings_of(secret: str) -> dict[str, str]:
    """Return a secret as it stands in each encoding that HTTP, JSON and Basic authentication use, by name.

    base64 of a text depends on where in the encoded bytes the text begins: at the first, second or third of
    three. The characters that it shares with its neighbours are left out of the latter two.
    """
    data = secret.encode("utf-8", "surrogatepass")
    encodings = {
        "plain": secret,
        "percent-encoded": quote(data, safe=""),
        "JSON or YAML escapes": secret.replace("/", "\\/"),
        "hex": data.hex(),
        "base64": base64.b64encode(data).decode().rstrip("="),
    }
    for offset, number in ((1, "second"), (2, "third")):
        length = offset + len(data)
        encoded = base64.b64encode(bytes(offset) + data).decode()[offset + 1 : length * 4 // 3]
        encodings[f"base64, from the {number} byte"] = encoded
    url_safe = {
        name.replace("base64", "base64url"): encoded.translate(_TO_URLSAFE)
        for name, encoded in encodings.items()
        if name.startswith("base64")
    }
    return encodings | url_safe


_Replacement: TypeAlias = Callable[[re.Match[str]], str]


@dataclass(frozen=True, kw_only=True)
class DecodedText:
    """A text in which one encoding was undone. `joined` says that its line breaks were taken out."""

    form: str
    text: str
    inner: DecodedText | None = None
    pattern: re.Pattern[str] = _JOINT
    replacement: _Replacement = str
    joined: bool = False

    def position(self, at: int) -> int:
        """Return the position in the original text of a character of this one."""
        if self.inner is None:
            return at
        here, there = self._starts
        index = bisect_right(here, at) - 1
        at = there[index] + at - here[index] if index >= 0 else at
        return self.inner.position(at)

    @cached_property
    def _starts(self) -> tuple[array[int], array[int]]:
        """Return where the parts of the text begin, here and in the text before: wanted of few texts."""
        here, there = array("I"), array("I")
        length = last = 0
        for match in self.pattern.finditer(self.inner.text if self.inner else ""):
            before = length + match.start() - last
            here.extend((length, before))
            there.extend((last, match.start()))
            length, last = before + len(self.replacement(match)), match.end()
        here.append(length)
        there.append(last)
        return here, there


def decoded_texts(text: str) -> Iterator[DecodedText]:
    """Yield the text itself and with each encoding undone; the last one has all of them undone."""
    plain = DecodedText(form="plain", text=text)
    yield plain
    escaped = plain
    for _ in range(_MAX_ROUNDS):  # a body within a HAR file is escaped twice
        further = _replaced(escaped, "JSON or YAML escapes", _ESCAPE, _unescape)
        if further is None:
            break
        yield (escaped := further)
    for form, pattern, replacement in _FORMS:
        other = _replaced(plain, form, pattern, replacement)
        if other is not None:
            yield other
    undone = plain
    for _ in range(_MAX_ROUNDS):
        before = undone
        for _, pattern, replacement in (*_FORMS, ("", _ESCAPE, _unescape)):
            undone = _replaced(undone, "several escapes", pattern, replacement) or undone
        if undone is before:
            break
    if undone is not plain:
        yield undone
    if "\0" in undone.text:
        yield _replaced(undone, "UTF-16", re.compile("\0"), _nothing, joined=True) or undone


def encoded_runs(text: str) -> Iterator[tuple[str, int, list[bytes]]]:
    """Yield the form, the position and the decoded bytes, one per alignment, of every run."""
    seen: set[str] = set()
    for form, pattern, decoder in (("base64", _BASE64, _base64), ("hex", _HEX, _hex)):
        for match in pattern.finditer(text):
            run = match.group()
            # A hexadecimal run is no base64 of text: of that, each third character would be of h to z.
            if run not in seen and not (pattern is _BASE64 and _HEX.fullmatch(run)):
                seen.add(run)
                yield form, match.start(), decoder(run)
        seen.clear()


def _replaced(
    inner: DecodedText,
    form: str,
    pattern: re.Pattern[str],
    replacement: _Replacement,
    *,
    joined: bool = False,
) -> DecodedText | None:
    """Return the text with a pattern replaced, or None if it does not occur."""
    # A constant is put in without a call for each match, which is much faster.
    text, number = pattern.subn("" if replacement is _nothing else replacement, inner.text)
    if not number:
        return None
    joined = joined or inner.joined or pattern is _JOINT
    return DecodedText(
        form=form, text=text, inner=inner, pattern=pattern, replacement=replacement, joined=joined
    )


def _nothing(_match: re.Match[str]) -> str:
    return ""


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    if len(code) > 1:
        number = int(code[1:], 16)
        return _latin(chr(number) if number < 0x110000 else "?")
    return _LETTERS.get(code, code)


def _latin(text: str) -> str:
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _base64(run: str) -> list[bytes]:
    run = run.translate(_FROM_URLSAFE)
    variants = []
    for start in range(4):
        part = run[start:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        variants.append(base64.b64decode(part + "=" * (-len(part) % 4)))
    return variants


def _hex(run: str) -> list[bytes]:
    return [bytes.fromhex(part[: len(part) // 2 * 2]) for part in (run, run[1:])]


_FORMS: tuple[tuple[str, re.Pattern[str], _Replacement], ...] = (
    ("split over lines", _JOINT, _nothing),
    ("percent-encoded", _PERCENT, lambda match: unquote_to_bytes(match.group()).decode("latin-1")),
    ("HTML escapes", _ENTITY, lambda match: _latin(html.unescape(match.group()))),
)
