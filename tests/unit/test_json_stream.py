"""JSON read value by value: the same values as from the whole text, however the windows cut it."""

import io
import json
import random

import pytest

from pytest_spotify.errors import UnreadableTraffic
from pytest_spotify.formats import json_stream
from pytest_spotify.formats.json_stream import JSONStream

SCALARS = [0, -1, 12345, 1e5, 1.5e-7, None, True, "", "x", "é\U0001f525", '"\\', "{[", "}]," * 3, "\n"]


def read(data: bytes) -> dict[str, list[object]]:
    """Return an object of lists."""
    stream = JSONStream(io.BytesIO(data), "a.json")
    found = {name: list(stream.elements()) for name in stream.members()}
    stream.end()
    return found


def some_value(chance: random.Random, depth: int = 0) -> object:
    kind = chance.randrange(3) if depth < 4 else 0
    if kind == 1:
        return [some_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind == 2:
        return {chance.choice('abc{"'): some_value(chance, depth + 1) for _ in range(chance.randrange(4))}
    return chance.choice(SCALARS)


def some_text(chance: random.Random) -> tuple[dict[str, list[object]], bytes]:
    document = {
        name: [some_value(chance) for _ in range(chance.randrange(6))] for name in chance.sample("abc", 2)
    }
    separators = chance.choice([(",", ":"), (", ", ": "), (" ,\r\n", " : ")])
    text = json.dumps(
        document,
        ensure_ascii=chance.random() < 0.5,
        indent=chance.choice([None, 0, 2]),
        separators=separators,
    )
    return document, chance.choice([b"", b"\xef\xbb\xbf"]) + text.encode()


def test_values_are_those_of_the_whole_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists come back as json.loads reads them, for every size of window and way of writing."""
    chance = random.Random(7)
    for _ in range(300):
        monkeypatch.setattr(json_stream, "WINDOW", chance.choice([1, 2, 3, 7, 40, 1000]))
        document, data = some_text(chance)
        assert read(data) == document


def test_damaged_text_is_refused_where_the_whole_text_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text that is no JSON as a whole is refused in one line with the file and the place."""
    chance = random.Random(8)
    refused = 0
    for _ in range(300):
        monkeypatch.setattr(json_stream, "WINDOW", chance.choice([1, 5, 1000]))
        _, data = some_text(chance)
        at = chance.randrange(len(data))
        data = data[:at] + bytes([chance.randrange(256)]) * chance.randrange(2) + data[at + 1 :]
        try:
            json.loads(data)
        except ValueError:
            with pytest.raises(UnreadableTraffic, match=r"a\.json, line \d+, column \d+: not ") as caught:
                read(data)
            assert "\n" not in str(caught.value)
            refused += 1
    assert refused > 100


@pytest.mark.parametrize("element", ['{"a": {"a": [{"a": 1}, {"a": 2}]}}', '{"b": 1, "a": "}, {\\"a\\": "}'])
@pytest.mark.parametrize("between", [",", ", ", ",\n", "\n  ,\n  "])
def test_what_looks_like_the_end_of_an_element_is_none(element: str, between: str) -> None:
    """An element whose parts look like what stands between two elements is read whole."""
    elements = ['{"a": 0}', element, "{ }", '{"a": 3}', "7"]
    expected = [json.loads(each) for each in elements]
    assert read(f'{{"list": [{between.join(elements)}]}}'.encode()) == {"list": expected}


def test_memory_is_that_of_an_element_and_not_of_the_document(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a list no more is read ahead than some windows."""
    monkeypatch.setattr(json_stream, "WINDOW", 1000)
    text = json.dumps([{"name": "x" * 100, "number": number} for number in range(1000)]).encode()
    stream = JSONStream(io.BytesIO(text), "a.json")
    for element in stream.elements():
        consumed = (element["number"] + 1) * len(text) / 1000
        assert stream.position - consumed < 4000
