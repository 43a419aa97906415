"""Strict JSON: what parsers disagree on is refused, and said in a few words."""

import json

import pytest

from pytest_spotify.formats.strict_json import MAX_BYTES, NotStrictJSONError, loads

REFUSED = {
    "byte order mark": (b"\xef\xbb\xbf{}", "byte order mark"),
    "not utf-8": (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
    "latin-1": ('{"a": "é"}'.encode("latin-1"), "not UTF-8"),
    "utf-16": ("{}".encode("utf-16"), "not UTF-8"),
    "duplicate key": (b'{"a": 1, "b": {"a": 2, "a": 3}}', 'duplicate key "a"'),
    "nan": (b'{"a": NaN}', "NaN is not"),
    "infinity": (b"[-Infinity]", "-Infinity is not"),
    "overflow": (b"[1e999]", "too large for a double"),
    "digits": (b"[" + b"9" * 5000 + b"]", "too many digits"),
    "deep arrays": (b"[" * 65 + b"]" * 65, "nested deeper than 64"),
    "deep objects": (b'{"a":' * 70 + b"1" + b"}" * 70, "nested deeper than 64"),
    "bottomless": (b"[" * 200_000, "nested deeper than 64"),
    "cut": (b'{"a": [1, 2', "line 1 column"),
    "empty": (b"", "line 1 column 1"),
    "trailing": (b"{} {}", "Extra data"),
    "single quotes": (b"{'a': 1}", "line 1 column 2"),
    "lone surrogate": (b'["\\ud800"]', "lone surrogate"),
    "control character": (b'["a\x00b"]', "control character"),
    "too large": (b" " * (MAX_BYTES + 1), "more than 20 MiB"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_parsers_disagree_on_is_refused(name: str) -> None:
    """Each refusal is a NotStrictJSONError whose message says why."""
    data, why = REFUSED[name]
    with pytest.raises(NotStrictJSONError, match=why):
        loads(data)


@pytest.mark.parametrize(
    "value",
    [{"a": [1, 2.5, None, True, "é\U0001f3b5"]}, [], "text", 0, {"[[[[": "{{{{" * 40}, ["[" * 300, "]"]],
)
def test_good_json_is_read_as_the_standard_library_reads_it(value: object) -> None:
    """Good JSON gives the same value, also where brackets stand in strings."""
    assert loads(json.dumps(value).encode()) == value


def test_sixty_four_levels_are_accepted() -> None:
    """The cap is on the 65th level, not before."""
    assert loads(b"[" * 64 + b"]" * 64) == json.loads("[" * 64 + "]" * 64)


def test_a_surrogate_pair_is_one_character() -> None:
    """Escaped pairs are lawful JSON (RFC 8259 section 7)."""
    assert loads(b'["\\ud83c\\udfb5"]') == ["\U0001f3b5"]
