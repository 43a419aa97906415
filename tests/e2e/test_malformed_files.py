"""Malformed files: a clear line or a few, exit status 2, never a traceback."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import run
from tests.support.contract_files import contract
from tests.support.traffic_samples import CASSETTE_YAML as CASSETTE

# A fifth of them by default: 5 has no factor in common with the numbers of kinds.
NUMBERS = [pytest.param(number, marks=[pytest.mark.slow] if number % 5 else []) for number in range(200)]
HAR = {
    "log": {
        "version": "1.2",
        "entries": [
            {
                "startedDateTime": "2026-11-01T10:00:00Z",
                "request": {"method": "GET", "url": "https://api.spotify.com/v1/me", "headers": []},
                "response": {
                    "status": 401,
                    "headers": [{"name": "Content-Type", "value": "application/json"}],
                    "content": {"mimeType": "application/json", "text": "{}"},
                },
            }
        ],
    }
}
WRONG_STRUCTURES = [
    *(b"", b"[]", b"{}", b"null", b"7", b'"text"', b"[[]]", b'{"log": []}', b'{"log": {"entries": 5}}'),
    *(b"interactions: 5\nversion: 1\n", b"- a\n- b\n", b"interactions: [{}]\nversion: 1\n", b"a: b: c"),
    *(b'{"$schema": 5}', b'{"$schema": "contract.schema.json"}', b"\n", b"%!PS", b"!!python/name:os.system"),
]
Damage = Callable[[bytes, random.Random], bytes]


def cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) - 2)]


def wrong_encoding(data: bytes, chance: random.Random) -> bytes:
    return chance.choice(
        [data.decode().encode("utf-16"), data.decode().encode("utf-32"), b"\xff\xfe" + data, b"\x00" + data]
    )


def wrong_byte(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data))
    return data[:at] + chance.choice([b"\xff", b"\x00", b"\x80\x80"]) + data[at:]


def deep(data: bytes, chance: random.Random) -> bytes:
    levels = chance.choice([100, 1000, 100_000])
    bracket = chance.choice([b"[", b'{"a":'])
    return bracket * levels + data


def huge_number(data: bytes, chance: random.Random) -> bytes:
    number = chance.choice([b"9" * 5000, b"1e999", b"-" + b"9" * 5000, b"1" + b"0" * 4400])
    return data.replace(b"401", number).replace(b'"available"', number)


def wrong_structure(data: bytes, chance: random.Random) -> bytes:
    return chance.choice(WRONG_STRUCTURES)


def wrong_type(data: bytes, chance: random.Random) -> bytes:
    """Replace one value somewhere in a JSON document by one of another type."""
    document = json.loads(data)
    places: list[tuple[Any, Any]] = []

    def walk(value: Any) -> None:
        pairs = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        for key, inner in pairs:
            if key in REQUIRED_BY_READERS:
                places.append((value, key))
            walk(inner)

    walk(document)
    holder, key = chance.choice(places)
    holder[key] = (
        chance.choice([[[]], 7.5, [7], {"x": {}}]) if key != "status" else chance.choice(["x", [], -4])
    )
    return json.dumps(document).encode()


REQUIRED_BY_READERS = {
    "entries",
    "request",
    "method",
    "url",
    "response",
    "status",
    "operation",
    "path",
    "access",
}
DAMAGES: list[Damage] = [cut, wrong_encoding, wrong_byte, deep, huge_number, wrong_structure, wrong_type]


def damaged(good: bytes, number: int, damages: list[Damage]) -> bytes:
    return damages[number % len(damages)](good, random.Random(number))


def complains(text: str, path: Path) -> None:
    """Assert that the text is a line or a few, about the file, without a traceback."""
    assert "Traceback" not in text
    assert 1 <= text.count("\n") <= 3
    assert str(path) in text
    assert len(text) < 1000


@pytest.mark.parametrize("number", NUMBERS)
def test_malformed_contracts_are_refused_by_lint(number: int, tmp_path: Path) -> None:
    """200 of them, seven kinds of damage; forty unless slowly."""
    path = tmp_path / "thing.contract.json"
    path.write_bytes(damaged(json.dumps(contract()).encode(), number, DAMAGES))

    ran = run("lint", path)

    assert ran.status == 2
    for line in ran.err.splitlines(keepends=True):  # one for each error
        complains(line, path)


@pytest.mark.parametrize("number", NUMBERS)
def test_malformed_traffic_is_refused_by_check(number: int, tmp_path: Path) -> None:
    """200 of HAR, and of YAML, where a cut is only told by what is missing; forty unless slowly."""
    path = tmp_path / "traffic"
    if number % 3:
        path.write_bytes(damaged(json.dumps(HAR).encode(), number, DAMAGES))
    else:
        kinds = [wrong_encoding, deep, wrong_structure, wrong_byte]
        path.write_bytes(damaged(CASSETTE.encode(), number // 3, kinds))

    ran = run("check", path)

    assert ran.status == 2
    complains(ran.err, path)
