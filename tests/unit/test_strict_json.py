"""Strict JSON: what parsers disagree on is refused, and said in a few words."""

import json
import random

import pytest

from pytest_spotify.formats import strict_json
from pytest_spotify.formats.strict_json import MAX_BYTES, NotStrictJSONError, loads, read

REFUSED = {
    "byte order mark": (b"\xef\xbb\xbf{}", "byte order mark"),
    "not utf-8": (b'{"a": "\xff"}', "not UTF-8 at byte 7"),
    "latin-1": ('{"a": "é"}'.encode("latin-1"), "not UTF-8"),
    "utf-16": ("{}".encode("utf-16"), "not UTF-8"),
    "duplicate key": (b'{"a": 1, "b": {"a": 2, "a": 3}}', 'duplicate key "a"'),
    "duplicate key in place of an escaped colon": (
        b'{"a": "b:", "a": "\\u003a\\u003A"}',
        'duplicate key "a"',
    ),
    "duplicate key, compact": (b'{"a":1,"a":1}', 'duplicate key "a"'),
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
    "300 levels, more than orjson writes": (b"[" * 300 + b"]" * 300, "nested deeper than 64"),
    "mostly lists": (b"[" + b"[]," * 300_000 + b"0]", "more than 412500 values in 900003 bytes"),
    "mostly short texts": (b"[" + b'"ab",' * 240_000 + b"0]", "more than 450000 values"),
    "mostly numbers": (b"[" + b"1," * 500_000 + b"0]", "more than 425000 values"),
    "a long text": (b'["' + b"\\n" * 1_000_000 + b'"]', "a text of more than 1000000"),
    "a long name": (b'{"' + b"a" * 1_000_000 + b'": 0}', "a name or a text of more than 1000000"),
    "a long list": (b"[" + b"1234567890," * 50_000 + b"0]", "more than 50000 items"),
}


def test_many_values_are_read_where_texts_have_them() -> None:
    """What stands in texts is no list and no value; a response of Spotify's has one value in ten bytes."""
    inside = json.dumps({"a": '[{,"' * 150_000}).encode()
    assert len(loads(inside)["a"]) == 600_000
    analysis = json.dumps({"segments": [{"start": 1.25, "pitches": [0.125] * 12}] * 20_000}).encode()
    assert len(loads(analysis)["segments"]) == 20_000
    markets = json.dumps({"items": [{"name": "a", "available_markets": ["SE"] * 185}] * 1000}).encode()
    assert len(loads(markets)["items"]) == 1000


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


@pytest.mark.parametrize("innermost", [b"[]", b'["a", "b"]', b"{}", b'{"a": "b"}'])
def test_the_cap_counts_the_innermost_level(innermost: bytes) -> None:
    """A list or an object on the 65th level is refused, whatever it holds."""
    assert loads(b"[" * 63 + innermost + b"]" * 63)
    with pytest.raises(NotStrictJSONError, match="nested deeper than 64"):
        loads(b"[" * 64 + innermost + b"]" * 64)


@pytest.mark.parametrize(
    ("text", "objects", "fractions"),
    [
        (b'["a", {"b": ["c", 2.0]}]', [{"b": ["c", 2.0]}], [2.0]),
        (b'["a", ["b", ["c", {"d": 1e1}]]]', [{"d": 10.0}], [10.0]),
        (b'{"a": {"b": []}, "c": 1.5}', [{"a": {"b": []}, "c": 1.5}, {"b": []}], [1.5]),
        (b'{"a": 1.5, "b": 18446744073709551616}', [{"a": 1.5, "b": 2**64}], [1.5]),
        (b'["a", "b", 3]', [], []),
        (b"0.5", [], [0.5]),
    ],
)
def test_objects_and_fractions_are_found_at_any_depth(
    text: bytes, objects: list[object], fractions: list[float]
) -> None:
    """Every object and every number with a fraction is found, behind strings in a list too."""
    content = read(text)
    assert (content.objects, content.fractions) == (objects, fractions)


def test_a_surrogate_pair_is_one_character() -> None:
    """Escaped pairs are lawful JSON (RFC 8259 section 7)."""
    assert loads(b'["\\ud83c\\udfb5"]') == ["\U0001f3b5"]


NUMBERS = [
    *("0", "-0", "7", "5190.0", "8.1E1", "1e5", "-0.0", "1e-400", "0.1", "123456789.123456789"),
    *(
        f"{sign}{number}"
        for sign in ("", "-")
        for number in (2**53 + 1, 2**63, 2**64 - 1, 2**64, 10**18, 10**30)
    ),
]


@pytest.mark.parametrize("text", ["%s", "[%s]", '{"a": %s}', '{"a":\n%s}', "[1,%s]", "[ 1 , %s ]"])
@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_are_read_as_they_are_written(number: str, text: str) -> None:
    """A whole number of any size stays whole, one with a fraction or an exponent is a float."""
    found, expected = loads((text % number).encode()), json.loads(text % number)
    assert repr(found) == repr(expected)


def test_the_fast_engine_changes_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Good and damaged texts give the same value or refusal with orjson and without it."""
    chance = random.Random(5)
    seeds = [
        b'{"a": [1, 2.5, {"b": null, "c": "\\u003a\\"x"}], "d": {"a": -1e3, "b": "\xc3\xa9\\ud83c\\udfb5"}}',
        b'{"a":[1,25,{"b":null,"c":":,{"}],"d":{"a":12345678901234567890,"b":"https://x/1"}}',
    ]
    pieces = [
        b'"a":1,',
        b'"b": ":",',
        b"NaN",
        b"9" * 20,
        b"\\u003a",
        b"\\ud800",
        b"\\\\",
        b"[",
        b"}",
        b"\xff",
        b" ",
        b"1e999",
    ]
    texts = []
    for _ in range(2000):
        text = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(3)):
            at = chance.randrange(len(text))
            text[at : at + chance.randrange(2)] = chance.choice(pieces)
        texts.append(bytes(text))

    def answers() -> list[str]:
        found = []
        for text in texts:
            try:
                found.append(repr(loads(text)))
            except NotStrictJSONError as error:
                found.append(f"refused: {error}")
        return found

    fast = answers()
    monkeypatch.setattr(strict_json, "orjson", None)
    assert fast == answers()
    assert 300 < sum(answer.startswith("refused: ") for answer in fast) < 1900
