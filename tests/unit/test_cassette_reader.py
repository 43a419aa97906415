"""Cassettes are read without a YAML parser where they are as written, and to the same exchanges."""

import random
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from pytest_spotify.cassettes import load, refresh_checksum
from pytest_spotify.cassettes.reader import read_written
from pytest_spotify.cassettes.writer import serialize
from pytest_spotify.errors import SpotifyTestError
from pytest_spotify.exchange import Exchange, Headers, Request, Response
from pytest_spotify.formats import Data

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path for folder in ("cassettes", "tests", "examples") for path in (ROOT / folder).rglob("*.yaml")
)
PROVENANCE = {"recorded_at": "2026-11-27T18:18:52+00:00", "target": "sandbox", "account": {}}


def exchange(body: str = '{"id": "a"}', *, sent: bytes = b"", **headers: str) -> Exchange:
    fields = {"Content-Type": "application/json; charset=utf-8", **headers}
    return Exchange(
        request=Request(method="GET", url="https://api.spotify.com/v1/me?market=DE", body=sent),
        response=Response(status=200, headers=Headers(fields), body=body.encode()),
    )


def read_as_yaml(data: bytes, path: Path) -> tuple[Sequence[Exchange], Mapping[str, Data]]:
    """Read with the YAML parser: what has no valid checksum is always read so."""
    path.write_bytes(re.sub(rb"[0-9a-f]{64}\n\Z", b"0" * 64 + b"\n", data))
    cassette = load(path)
    assert cassette.edited_by_hand
    return cassette.exchanges, dict(cassette.provenance)


def assert_read_alike(data: bytes, path: Path) -> bool:
    """Hold a file that is read without YAML to the reading as YAML; return True if it was."""
    written = read_written(data)
    if written is not None:
        exchanges, provenance = read_as_yaml(data, path)
        assert list(written[0]) == list(exchanges)
        assert written[1] == provenance
    return written is not None


def test_all_cassettes_are_read_as_yaml_reads_them(tmp_path: Path) -> None:
    """Of all cassettes here nine in ten are read without YAML, and each to the exchanges that YAML gives."""
    sample = FILES[::10]
    read = sum(assert_read_alike(path.read_bytes(), tmp_path / "cassette.yaml") for path in sample)

    assert len(sample) > 50
    assert read > 0.9 * len(sample)


@pytest.mark.slow
def test_every_cassette_is_read_as_yaml_reads_it(tmp_path: Path) -> None:
    """Each cassette that is read without YAML has the exchanges and the provenance that YAML gives."""
    assert all(FILES)
    assert sum(assert_read_alike(path.read_bytes(), tmp_path / "cassette.yaml") for path in FILES) > 700


@pytest.mark.parametrize(
    "exchanges",
    [
        pytest.param([exchange()], id="one"),
        pytest.param([exchange(), exchange("[]"), exchange("")], id="three, one of them empty"),
        pytest.param([exchange('{"name": "Größe \\u00a0\\ud83d\\ude00 日本"}')], id="text of all kinds"),
        pytest.param([exchange(ETag='W/"a\\b"', Vary="a, b: [c]")], id="quotes in a header field"),
        pytest.param([exchange('{"a": "' + "x" * 200 + '", "b": [1.0, 1e5]}')], id="laid out"),
    ],
)
def test_what_is_written_is_read_without_yaml(exchanges: list[Exchange], tmp_path: Path) -> None:
    """Exchanges without a request body are read without YAML, however many they are and whatever they say."""
    assert assert_read_alike(serialize(exchanges, PROVENANCE), tmp_path / "cassette.yaml")


@pytest.mark.parametrize(
    "edit",
    [
        ("method: GET", "method: !!str GET"),
        ("method: GET", "method: GET # a comment"),
        ("market=DE", "market=DE:"),
        ("body: null", "body: ~"),
        ("body: null", "body: text"),
        ("headers: {}", "headers: {Null: [a]}"),
        ("headers: {}", "headers:\n      Null: [a]"),
        ("headers: {}", "headers:\n      A: [true]"),
        ("headers: {}", "headers:\n      A: [a]\n      A: [b]"),
        ("headers: {}", 'headers:\n      A: ["\\x41"]'),
        ("headers: {}", "headers:\n      A: [*a]"),
        ("Content-Type", "Content-Encoding"),
        ("api.spotify.com", "example.com"),
        ("|-", "|"),
        ("|-", "|2-"),
        ("|-", ">-"),
        ('        {"id"', '         {"id"'),
        ('        {"id"', '        \t{"id"'),
        ('        {"id"', '        \n        {"id"'),
        ('        {"id"', '        {\n\n        "id"'),
        ('        {"id"', '        {\u2028        "id"'),
        ('        {"id"', '        {\u0085        "id"'),
        ('"a"}\n', '"a"}\n        \n'),
        ('"a"}\n', '"a"}\n       # a comment\n'),
        ("version: 1", "version: 2"),
        ("account: {}", "account: {user: a}"),
        ("target: sandbox", "target: null"),
        ("target: sandbox", "target: sandbox\n  target: live"),
    ],
    ids=lambda edit: f"{edit[0]} to {edit[1]}".encode("unicode_escape").decode(),
)
def test_another_form_is_left_to_yaml(edit: tuple[str, str]) -> None:
    """A file of another form than the writer's is read by the YAML parser, whatever its checksum says."""
    text = serialize([exchange()], PROVENANCE).decode()
    assert edit[0] in text
    edited = refresh_checksum(text.replace(*edit, 1).encode())

    assert edited is not None
    assert read_written(edited) is None


@pytest.mark.parametrize("number", [300, pytest.param(20_000, marks=pytest.mark.slow)])
def test_no_edit_is_read_otherwise_than_yaml_reads_it(number: int, tmp_path: Path) -> None:
    """With any one character changed, left out or put in, what is read without YAML is what YAML reads."""
    chance = random.Random(17)
    data = serialize([exchange(ETag='"a"'), exchange("[1,\n 2]")], PROVENANCE)
    read = 0
    for _ in range(number):
        at, cut = chance.randrange(len(data)), chance.randrange(2)
        put = chance.choice(["", "\n", " ", '"', "\\", ":", "#", "-", "]", "{", "a", "~", "\t", "\u00a0"])
        edited = refresh_checksum(data[:at] + put.encode() + data[at + cut :])
        try:
            read += edited is not None and assert_read_alike(edited, tmp_path / "cassette.yaml")
        except SpotifyTestError as error:
            pytest.fail(f"read, but YAML refuses it: {error}\n{(edited or b'').decode()}")

    assert read > number / 10
