"""The text of a cassette: what is written, and that it comes back, to us and to stock VCR.py."""

from __future__ import annotations

import json
import urllib.request
from contextlib import suppress
from unicodedata import category

import pytest
import requests
import vcr
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_spotify.cassettes import Cassette, add_checksum, load
from pytest_spotify.cassettes.persister import write
from pytest_spotify.cassettes.writer import serialize
from pytest_spotify.errors import DamagedCassette, UnreadableTraffic, UnrecordableTraffic
from pytest_spotify.exchange import Exchange, Headers, Request, Response
from tests.support.traffic_samples import ALBUM, exchange

API = "https://api.spotify.com/v1"
PROVENANCE = {
    "recorded_at": "2026-11-21T18:32:24Z",
    "target": "spotify",
    "access": "development",
    "version": "0.1.0",
    "account": {"own-playlist": "3cEYpjA9oz9GiPac4AsH4n", "a \U0001f525": ["x", 1, None, True]},
}

EXPECTED = b"""\
interactions:
- request:
    method: GET
    uri: https://api.spotify.com/v1/albums/4aawyAB9vmqN3uQ7FjRGTy
    headers:
      Accept: ["*/*"]
      Authorization: [Bearer x]
    body: null
  response:
    status: {code: 200, message: OK}
    headers:
      Content-Type: [application/json; charset=utf-8]
    body:
      string: |-
        {
          "name": "Global Warming \\ud83d\\udd25 \xc2\xab\xc3\xa9t\xc3\xa9\xc2\xbb",
          "id": "4aawyAB9vmqN3uQ7FjRGTy",
          "artists": [{"id": "0TnOYISbd1XYRBk9myaseg", "name": "Pitbull"}],
          "popularity": 57,
          "label": null,
          "ratio": 0.5
        }
version: 1
pytest-spotify:
  target: spotify
  sha256: """


def test_what_a_cassette_looks_like():
    """A body is pretty-printed, what is short on one line, and its emoji are escaped as in JSON."""
    assert serialize([exchange()], {"target": "spotify"}).startswith(EXPECTED)


def read_back(exchanges, tmp_path, provenance=PROVENANCE) -> Cassette:
    path = tmp_path / "a.yaml"
    path.write_bytes(serialize(exchanges, provenance))
    return load(path)


def test_provenance_comes_back(tmp_path):
    """What is known of a recording, nested values too, is read back as it was written."""
    assert dict(read_back([], tmp_path).provenance) == PROVENANCE


BODIES = {
    "empty": b"",
    "JSON text": b'"a \\u0000 \\" \\ud83d\\ude00"',
    "numbers as written": b"[1.0, 1e3, 0.10, -0.0, 123456789012345678901234567890, 1E400]",
    "duplicate keys": b'{"a": 1, "a": 2}',
    "lone surrogate": b'{"a": "\\ud800"}',
    "no JSON": b"Active premium subscription required\n\t\x1b[31m <b> \xc2\xa0\xe2\x80\xa8\xf0\x9f\x94\xa5 ",
    "line ends": b"a\r\nb\rc\n\n",
    "NUL": b"\0",
    "YAML": b"--- !!python/object/apply:os.system ['true']\n...\n# x",
    "long list": json.dumps([f"{n:02}" for n in range(400)]).encode(),
    "NaN": b"[NaN]",
    "byte order mark": b'\xef\xbb\xbf{"a": 1}',
    "nested": b"[" * 60 + b"]" * 60,
    "nested too deeply": b"[" * 3000,
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies_come_back(name, tmp_path):
    """A JSON body comes back with the same value and numbers as they were written, any other to the byte."""
    body = BODIES[name]
    one = exchange(body, sent=body, method="PUT")
    found = read_back([one], tmp_path).exchanges[0]
    for back in (found.response.body, found.request.body):
        if name in {"JSON text", "long list", "nested"}:
            assert json.loads(body) == json.loads(back)
        elif name == "numbers as written":
            assert json.loads(back)[:5] == [1.0, 1e3, 0.1, -0.0, 123456789012345678901234567890]
        else:
            assert body == back


def test_images_are_kept_and_other_bytes_refused(tmp_path):
    """The bytes of an image come back; a body that is neither text nor image is refused, with its address."""
    image = exchange(b"", sent=b"\xff\xd8\xff", method="PUT", request_headers={"Content-Type": "image/jpeg"})
    assert image.request == read_back([image], tmp_path).exchanges[0].request
    with pytest.raises(UnrecordableTraffic, match=r"GET https://api\.spotify\.com/v1/albums/.* not text"):
        serialize([exchange(b"\xff\xd8\xff")], {})


TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
HEADERS = st.lists(
    st.tuples(st.from_regex(r"[A-Za-z][A-Za-z0-9-]{0,12}", fullmatch=True), TEXT),
    max_size=4,
    unique_by=lambda field: field[0],
)
EXCHANGES = st.builds(
    lambda method, url, sent, received, sent_fields, fields, status: Exchange(
        request=Request(
            method=method, url="https://api.spotify.com/v1/" + url, headers=Headers(sent_fields), body=sent
        ),
        response=Response(status=status, headers=Headers(fields), body=received),
    ),
    st.sampled_from(["GET", "PUT", "NO", "NULL"]),
    TEXT,
    TEXT.map(str.encode),
    JSON.map(lambda value: json.dumps(value).encode()) | TEXT.map(str.encode),
    HEADERS,
    HEADERS,
    st.integers(100, 599),
)


@pytest.mark.parametrize("number", [25, pytest.param(1000, marks=pytest.mark.slow)])
def test_anything_comes_back(tmp_path, number):
    """Whatever text an exchange holds, it comes back the same, and the file is plain printable text."""

    @given(st.lists(EXCHANGES, max_size=3), JSON)
    @settings(max_examples=number, deadline=None, database=None)
    def check(exchanges, note):
        comes_back(tmp_path / "a.yaml", exchanges, note)

    check()


def comes_back(path, exchanges, note):
    data = serialize(exchanges, {"note": note})
    invisible = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert not [c for c in data.decode() if c != "\n" and (c > "\uffff" or category(c) in invisible)]
    path.write_bytes(data)
    cassette = load(path)
    for one, back in zip(exchanges, cassette.exchanges, strict=True):
        assert (one.request.method, one.request.url) == (back.request.method, back.request.url)
        assert (one.request.headers, one.response.headers) == (back.request.headers, back.response.headers)
        for body, found in ((one.request.body, back.request.body), (one.response.body, back.response.body)):
            assert body == found or json.loads(body) == json.loads(found)
    # A number of more digits than 18 is kept as its text.
    kept, long = cassette.provenance["note"], isinstance(note, int) and abs(note) >= 10**18
    assert repr(note) == repr(kept) or isinstance(note, (float, dict, list)) or (long and str(note) == kept)


def test_stock_vcr_loads_and_replays(tmp_path):
    """VCR.py itself answers requests from the file, and its own YAML loader finds the values in it."""
    path = tmp_path / "a.yaml"
    put = exchange(
        b"",
        method="PUT",
        status=204,
        sent=b'{"ids": ["x"]}',
        url="https://api.spotify.com/v1/me/tracks?b=1&a=%C3%A9",
    )
    plain = exchange(b"no JSON \xf0\x9f\x94\xa5\n", status=403, url=f"{API}/me", response_headers={})
    path.write_bytes(serialize([exchange(), put, plain], PROVENANCE))
    with vcr.VCR().use_cassette(
        str(path), record_mode="none", match_on=["method", "scheme", "host", "path", "query", "body"]
    ) as cassette:
        answer = requests.get(f"{API}/albums/4aawyAB9vmqN3uQ7FjRGTy", timeout=1)
        assert (answer.status_code, answer.json()) == (200, ALBUM)
        answer = requests.put(put.request.url, json={"ids": ["x"]}, timeout=1)
        assert (answer.status_code, answer.content) == (204, b"")
        with pytest.raises(urllib.request.HTTPError) as refused:
            urllib.request.urlopen(f"{API}/me")
        assert (refused.value.code, refused.value.read()) == (403, b"no JSON \xf0\x9f\x94\xa5\n")
        refused.value.close()
        assert cassette.all_played
    document = yaml.safe_load(path.read_bytes())
    assert [document["version"], document["pytest-spotify"]["target"]] == [1, "spotify"]


def cassettes() -> list[bytes]:
    many = [exchange({"items": [ALBUM] * n}) for n in range(2)]
    return [
        serialize([], {}),
        serialize([exchange()], PROVENANCE),
        serialize(many, PROVENANCE),
        serialize([exchange(b"")], {"a": "b"}),
    ]


one_in = pytest.mark.parametrize("one_in", [4, pytest.param(1, marks=pytest.mark.slow)])


@one_in
def test_no_prefix_of_a_cassette_is_accepted(tmp_path, one_in):
    """Wherever a file is cut, it is refused in one error that names it and how to record it again."""
    path = tmp_path / "a.yaml"
    for data in cassettes():
        path.write_bytes(data)
        assert not load(path).edited_by_hand
        for length in range(len(data)):
            if length % one_in and data[length - 1] != ord("\n"):  # at the end of a line always
                continue
            path.write_bytes(data[:length])
            with pytest.raises(DamagedCassette) as caught:
                load(path, record_command=lambda: "pytest x --record-mode=rewrite")
            assert str(path) in str(caught.value)
        assert "pytest x --record-mode=rewrite" in str(caught.value)
        assert "--reseal" not in str(caught.value)


@one_in
def test_every_changed_byte_is_noticed(tmp_path, one_in):
    """No single byte of a cassette can change unnoticed: it counts as edited, if it can be read at all."""
    path = tmp_path / "a.yaml"
    data = serialize([exchange()], PROVENANCE)
    for at in range(0, len(data), one_in):
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(DamagedCassette):
            load(path, strict=True)
        with suppress(UnreadableTraffic):
            assert load(path).edited_by_hand


def test_an_edited_cassette_is_loaded_and_known(tmp_path):
    """A body, a header field or the provenance may be edited by hand; a strict caller refuses such a file."""
    path = tmp_path / "a.yaml"
    data = serialize([exchange()], PROVENANCE)
    for before, after in (
        (b"Pitbull", b"Shakira"),
        (b"Accept:", b"X-Accept:"),
        (b"development", b"extended"),
    ):
        path.write_bytes(data.replace(before, after))
        assert load(path).edited_by_hand
        with pytest.raises(DamagedCassette, match="edited by hand") as caught:
            load(path, strict=True)
        assert f"pytest-spotify scan --reseal {path}" in str(caught.value)


def test_an_edit_is_not_recorded_over(tmp_path):
    """Recording leaves a cassette that was edited by hand as it is, and names the way to keep the edit."""
    path = tmp_path / "a.yaml"
    data = serialize([exchange()], PROVENANCE).replace(b"Pitbull", b"Shakira")
    path.write_bytes(data)
    with pytest.raises(DamagedCassette, match="scan --reseal"):
        write(path, [exchange()], PROVENANCE, root=tmp_path)
    assert path.read_bytes() == data
    path.write_bytes(data[:-1])
    write(path, [], PROVENANCE, root=tmp_path)
    assert load(path).exchanges == ()


def test_line_ends_of_windows_do_not_break_the_checksum(tmp_path):
    """A checkout with CRLF line ends is the same cassette."""
    path = tmp_path / "a.yaml"
    one = exchange({"text": "a\r\nb"}, sent=b"a\r\nb\n", request_headers={"Content-Type": "text/plain"})
    path.write_bytes(serialize([one], {}).replace(b"\n", b"\r\n"))
    found = load(path).exchanges[0]
    assert found.request.body == b"a\r\nb\n"
    assert json.loads(found.response.body) == {"text": "a\r\nb"}


def test_missing_and_foreign_files_are_refused(tmp_path):
    """A missing file, a folder and a cassette of stock VCR.py each give an error that names them."""
    (tmp_path / "b.yaml").write_text("interactions: []\nversion: 1\n")
    for name, expected in (("a.yaml", "cannot be opened"), ("", "a directory"), ("b.yaml", "cut")):
        with pytest.raises(UnreadableTraffic, match=expected):
            load(tmp_path / name)


def test_what_no_file_can_hold_is_refused():
    """Half of a surrogate pair in an address or a header field is no text that could be written."""
    for one in (exchange(url=f"{API}/\ud800"), exchange(request_headers={"Accept": "\udfff"})):
        with pytest.raises(UnrecordableTraffic, match="half of a surrogate pair"):
            serialize([one], {})


def test_a_checksum_without_provenance_is_refused(tmp_path):
    """A checksum alone makes no cassette of ours."""
    (tmp_path / "a.yaml").write_bytes(add_checksum(b"interactions: []\nversion: 1\nother:\n"))
    with pytest.raises(DamagedCassette, match="no 'pytest-spotify' entry"):
        load(tmp_path / "a.yaml")
