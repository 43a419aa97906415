"""Reading recorded traffic."""

from __future__ import annotations

import base64
import errno
import gzip
import json
import os
import random
import zlib
from datetime import UTC, datetime
from pathlib import Path

import brotli
import pytest
import yaml
import zstandard

from pytest_spotify.errors import UnreadableTraffic
from pytest_spotify.formats import yaml_reader
from pytest_spotify.traffic import parse_traffic, read_traffic
from tests.support.traffic_samples import ALBUM, exchange, har, vcr_cassette

# A long run sets it, to try more of what is tried at random.
SCALE = int(os.environ.get("TEST_SCALE", "1"))

PUT = exchange(
    b"", method="PUT", status=204, sent=b'{"ids": ["x"]}', url="https://api.spotify.com/v1/me/tracks"
)
ELSEWHERE = exchange(b"<html>", url="https://example.com/?a=b&c=%20d", status=404)
FORM = exchange(b"{}", url="https://accounts.spotify.com/api/token", method="POST")
EXCHANGES = [exchange(), PUT, FORM]


@pytest.mark.parametrize("data", [har(EXCHANGES), har(EXCHANGES, as_base64=True)], ids=["text", "base64"])
def test_har_gives_back_its_exchanges(data):
    """A HAR file's entries of both of Spotify's hosts come back as the exchanges that they record."""
    entries = parse_traffic(data, "a.har")
    assert [entry.index for entry in entries] == [0, 1, 2]
    assert [entry.exchange for entry in entries] == EXCHANGES
    assert datetime(2026, 11, 21, 18, 32, 24, 123000, UTC) == entries[0].recorded_at


@pytest.mark.parametrize("as_json", [False, True], ids=["yaml", "json"])
def test_vcr_cassette_gives_back_its_exchanges(as_json):
    """What VCR.py wrote comes back as the exchanges that it recorded, in either of its formats."""
    entries = parse_traffic(vcr_cassette(EXCHANGES, as_json=as_json), "a.yaml")
    assert [entry.exchange for entry in entries] == EXCHANGES
    assert [entry.index for entry in entries] == [0, 1, 2]
    assert entries[0].recorded_at is None


def test_kind_of_file_is_told_by_content_not_name(tmp_path):
    """A HAR file named .yaml and a cassette named .har are read all the same, byte order mark or not."""
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbf" + har(EXCHANGES))
    (tmp_path / "b.har").write_bytes(vcr_cassette(EXCHANGES))
    for name in ("a.yaml", "b.har"):
        assert [entry.exchange for entry in read_traffic(tmp_path / name)] == EXCHANGES


def test_har_form_and_pseudo_headers():
    """A form's `params` become its body, and HTTP/2's pseudo-header fields are no header fields."""
    data = json.loads(har([FORM]))
    request = data["log"]["entries"][0]["request"]
    request["postData"] = {"params": [{"name": "grant_type", "value": "x y"}, {"name": "b", "value": "&"}]}
    request["headers"].insert(0, {"name": ":authority", "value": "example.com"})
    found = parse_traffic(json.dumps(data).encode(), "a.har")[0].exchange.request
    assert found.body == b"grant_type=x+y&b=%26"
    assert [name for name, _ in found.headers] == ["Accept", "Authorization"]


BODY = json.dumps(ALBUM).encode()
RAW_DEFLATE = zlib.compressobj(wbits=-15)
ENCODED = {
    "gzip": gzip.compress(BODY),
    "x-gzip": gzip.compress(BODY[:9]) + gzip.compress(BODY[9:]),
    "deflate": zlib.compress(BODY),
    "Deflate": RAW_DEFLATE.compress(BODY) + RAW_DEFLATE.flush(),
    "br": brotli.compress(BODY),
    "zstd": zstandard.compress(BODY),
    "br, gzip": gzip.compress(brotli.compress(BODY)),
    "identity": BODY,
    "gzip, br": BODY,
}


@pytest.mark.parametrize("coding", ENCODED)
@pytest.mark.parametrize("as_json", [False, True], ids=["yaml", "base64"])
def test_encoded_bodies_are_decoded(coding, as_json):
    """A body is decoded where Content-Encoding and its bytes say so, not where it is text already."""
    one = exchange(ENCODED[coding], response_headers={"content-encoding": coding})
    if as_json:
        data = json.loads(vcr_cassette([exchange(b"x")], as_json=True))
        response = data["interactions"][0]["response"]
        response["headers"] = {"content-encoding": [coding]}
        response["body"] = {"base64_string": base64.b64encode(ENCODED[coding]).decode()}
        cassette = json.dumps(data).encode()
    else:
        cassette = vcr_cassette([one])
    assert parse_traffic(cassette, "a.yaml")[0].exchange.response.body == BODY


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_cut_encoded_body_is_refused(coding):
    """Compressed bytes that are cut short are refused, with the place."""
    cassette = vcr_cassette([exchange(ENCODED[coding][:-9], response_headers={"content-encoding": coding})])
    with pytest.raises(UnreadableTraffic, match=r"a\.yaml, interactions 0, response, body: the compressed"):
        parse_traffic(cassette, "a.yaml")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_decompression_bomb_is_refused(coding):
    """A body that grows beyond the cap is refused before it fills the memory."""
    blob = b"\0" * 70_000_000
    packed = {
        "gzip": lambda: gzip.compress(blob, 1),
        "deflate": lambda: zlib.compress(blob, 1),
        "br": lambda: brotli.compress(blob, quality=1),
        "zstd": lambda: zstandard.compress(blob),
    }[coding]()
    cassette = vcr_cassette([exchange(packed, response_headers={"content-encoding": coding})])
    with pytest.raises(UnreadableTraffic, match="when decompressed"):
        parse_traffic(cassette, "a.yaml")


OLD_HTTPX = b"""
interactions:
- request: {body: '', headers: {accept: ['*/*']}, method: GET, uri: 'https://api.spotify.com/v1/me'}
  response:
    content: '{"id": "x"}'
    headers: {content-type: [application/json]}
    http_version: HTTP/1.1
    status_code: 200
version: 1
"""
BEFORE_1_0 = b"""
- request: !!python/object:vcr.request.Request
    body: null
    headers: !!python/object/apply:__builtin__.frozenset
    - - !!python/tuple [Accept, '*/*']
    host: api.spotify.com
    method: GET
    path: /v1/me
    port: 443
    protocol: https
  response:
    body: {string: !!python/unicode '{"id": "x"}'}
    headers: ["Content-Type: application/json\\r\\n"]
    status: {code: 200, message: OK}
"""
BEFORE_1_0_JSON = json.dumps(
    [
        {
            "request": {
                "body": None,
                "headers": {"Accept": "*/*"},
                "host": "api.spotify.com",
                "method": "GET",
                "path": "/v1/me",
                "port": 443,
                "protocol": "https",
            },
            "response": {
                "body": {"string": '{"id": "x"}'},
                "headers": ["Content-Type: application/json\r\n"],
                "status": {"code": 200, "message": "OK"},
            },
        }
    ]
).encode()


@pytest.mark.parametrize("data", [OLD_HTTPX, BEFORE_1_0, BEFORE_1_0_JSON], ids=["httpx", "list", "json-list"])
def test_old_vcr_forms(data):
    """What VCR.py wrote for httpx before version 8, and anything before its version 1, is read as well."""
    found = parse_traffic(data, "old")[0].exchange
    assert (found.request.method, found.request.url) == ("GET", "https://api.spotify.com/v1/me")
    assert (found.response.status, found.response.body) == (200, b'{"id": "x"}')
    assert found.response.headers.get("Content-Type") == "application/json"
    assert found.request.headers.get("accept") == "*/*"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("{ids: [a, b], position_ms: 0}", b'{"ids": ["a", "b"], "position_ms": 0}'),
        ("[a]", b'["a"]'),
        ("!!python/object/new:_io.BytesIO {state: !!python/tuple [!!binary YWI=, 0, null]}", b"ab"),
        ("!!python/object/apply:builtins.iter {args: [[!!binary YWI=, cd]]}", b"abcd"),
        ("!!binary YWI=", b"ab"),
        ("{string: ab}", b"ab"),
        ("null", b""),
    ],
)
def test_request_bodies_as_objects(body, expected):
    """Objects, files and iterators that VCR.py keeps as a request's body become the bytes that were sent."""
    text = f"""
interactions:
- request: {{body: {body}, headers: {{}}, method: PUT, uri: 'https://api.spotify.com/v1/me/tracks'}}
  response: {{body: {{string: ''}}, headers: {{}}, status: {{code: 200, message: OK}}}}
version: 1
"""
    assert expected == parse_traffic(text.encode(), "a")[0].exchange.request.body


TAGS = [
    "!!python/object/apply:os.system ['touch {marker}']",
    "!!python/object/apply:subprocess.Popen [[touch, '{marker}']]",
    "!!python/object/new:os.system ['touch {marker}']",
    "!!python/object/new:type {{args: [z, !!python/tuple [], {{extend: !!python/name:exec }}]}}",
    "!!python/name:os.system",
    "!!python/module:os",
    "!!python/object:os.stat_result {{}}",
    '!!python/object/apply:builtins.eval [\'open("{marker}", "w")\']',
    '!!python/object/apply:builtins.exec [\'open("{marker}", "w")\']',
    "!!python/object/apply:builtins.getattr [os, system]",
    "!!python/bytes YWI=",
    "!!python/long 1",
    "!!python/complex 1j",
    "!!python/dict {{}}",
    "!!python/list []",
    "!!set {{a, b}}",
    "!!omap [a: b]",
    "!!pairs [a: b]",
    "!!timestamp 2026-01-01",
    "!local x",
    "!<tag:example.com,2026:x> y",
    "!!python/object/apply:vcr.request.Request [GET, x, null, {{}}]",
]


@pytest.mark.parametrize("tag", TAGS)
def test_yaml_tags_do_nothing(tag, tmp_path):
    """A tag that makes other loaders run code is refused by name, with its line, and runs nothing."""
    marker = tmp_path / "marker"
    text = "version: 1\ninteractions:\n- request: " + tag.format(marker=marker) + "\n"
    with pytest.raises(UnreadableTraffic, match="line 3, column 12: the tag "):
        parse_traffic(text.encode(), "a.yaml")
    assert not marker.exists()


ONE = """request: {method: GET, uri: 'https://api.spotify.com/v1/me'}
  response: {status: {code: 200}, body: {string: %s}}
"""
REFUSED = {
    "empty": (b"", "empty"),
    "blank": (b" \n", "empty"),
    "NUL": (b"interactions:\n- \0", "line 2: a NUL character"),
    "UTF-16": ("version: 1".encode("utf-16"), "UTF-16"),
    "Latin-1": ("version: 1\nname: é".encode("latin-1"), r"line 2, column 7: not UTF-8 \(byte 0xe9\)"),
    "other JSON": (b'{"id": "x"}', "neither a HAR file nor a VCR.py cassette; a plain response body"),
    "other YAML": (b"just text", "neither a HAR file nor a VCR.py cassette"),
    "betamax": (b'{"http_interactions": []}', "betamax"),
    "cut JSON": (har(EXCHANGES)[:99], r"line 1, column \d+: not JSON"),
    "deep JSON": (b'{"log": ' + b"[" * 100_000, "nested too deeply"),
    "deep YAML": (b"interactions: " + b"[" * 100_000, "nested more than 64 levels"),
    "deep YAML blocks": (b"- " * 100_000, "nested more than 64 levels"),
    "huge number": (b'{"log": {"entries": [' + b"9" * 5_000 + b"]}}", "number too large"),
    "entries of another type": (
        b'{"log": {"entries": {}}}',
        "log, entries: expected a list, found an object",
    ),
    "entry of another type": (
        b'{"log": {"entries": [1]}}',
        "log, entries 0: expected an object, found another num",
    ),
    "no log": (b'{"log": null}', "log: expected an object, found nothing"),
    "status text": (
        b'{"log": {"entries": [{"request": {"method": "GET", "url": "https://api.spotify.com/v1/me"},'
        b'"response": {"status": "200"}}]}}',
        "entries 0, response, status: exp",
    ),
    "status huge": (b"interactions:\n- " + ONE.replace("200", "9" * 30).encode() % b"x", "a status code"),
    "status true": (b"interactions:\n- " + ONE.replace("200", "true").encode() % b"x", "found true or false"),
    "surrogate": (
        b'{"log": {"entries": [{"response": {"status": 200}, "request": {"url": "\\ud800"}}]}}',
        "pair",
    ),
    "key twice": (b"version: 1\nversion: 1\n", "line 2, column 1: the key 'version' twice"),
    "key no text": (b"? [a]\n: b", "a mapping key that is not text"),
    "two documents": (b"--- a\n--- b\n", "line 2, column 1: a second document"),
    "alias of itself": (b"&a [*a]", "line 1, column 5: an alias of something"),
    "alias of nothing": (b"interactions: *a", "an alias of something"),
    "bad base64": (b"interactions:\n- " + ONE.encode() % b"!!binary '?'", "!!binary that is not base64"),
    "body a list": (
        b"interactions:\n- " + ONE.encode() % b"[]",
        "response, body, string: expected text or bytes",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusals_say_what_and_where(name):
    """What is no recorded traffic is refused in one line that names the file, the place and the fault."""
    data, expected = REFUSED[name]
    with pytest.raises(UnreadableTraffic, match=expected) as caught:
        parse_traffic(data, "a.yaml")
    assert str(caught.value).startswith("a.yaml")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


LOADERS = dict.fromkeys([yaml_reader._Loader, yaml.SafeLoader])
DEEP = {
    "flow sequences": lambda levels: "[" * levels + "]" * levels,
    "flow mappings": lambda levels: "{a: " * levels + "1" + "}" * levels,
    "flow mappings in one key": lambda levels: "{? " * levels + "a" + "}" * levels,
    "block sequences": lambda levels: "- " * levels + "a",
    "block keys": lambda levels: "? " * levels + "a",
}


@pytest.mark.parametrize("levels", [65, 500, 1_005, 5_000])
@pytest.mark.parametrize("shape", DEEP)
@pytest.mark.parametrize("loader", LOADERS, ids=lambda each: each.__name__)
def test_deep_yaml_is_refused_by_our_limit_first(monkeypatch, loader, shape, levels):
    """YAML nested too deeply is refused in the same words whichever limit its parser has of its own."""
    monkeypatch.setattr(yaml_reader, "_Loader", loader)
    with pytest.raises(UnreadableTraffic, match=r"^a.yaml, line 2, column \d+: nested more than 64 levels"):
        parse_traffic(f"---\n{DEEP[shape](levels)}".encode(), "a.yaml")


def test_unreadable_paths_are_refused(tmp_path):
    """A directory, a missing file, a device and a hostile name each give one line."""
    cases = {
        tmp_path: "a directory",
        tmp_path / "missing.har": f"cannot be opened: {os.strerror(errno.ENOENT)}",
        Path("/dev/null"): "not a regular file",
        tmp_path / "a\n\x1b[31mb": "cannot be opened",
        Path("a\0b"): "cannot be opened",
        tmp_path / ("a" * 300): f"cannot be opened: {os.strerror(errno.ENAMETOOLONG)}",
    }
    for path, expected in cases.items():
        with pytest.raises(UnreadableTraffic, match=expected) as caught:
            read_traffic(path)
        assert str(caught.value).isprintable()


def test_alias_bomb_is_refused():
    """Aliases may repeat what stands in the file, but not make gigabytes of it."""
    nested = "".join(f"- &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    text = f"x:\n- &a0 [{'lol, ' * 9}]\n{nested}interactions: []\n"
    with pytest.raises(UnreadableTraffic, match="aliases that make the document too large"):
        parse_traffic(text.encode(), "a.yaml")


def test_aliases_of_pyyaml_are_read():
    """PyYAML writes an object that occurs twice as an alias; both places hold it."""
    text = """
interactions:
- request: &r {method: GET, uri: 'https://api.spotify.com/v1/me', headers: &h {A: [b]}}
  response: {status: &s {code: 200}, headers: *h, body: {string: a}}
- request: *r
  response: {status: *s, headers: *h, body: {string: b}}
"""
    found = [entry.exchange for entry in parse_traffic(text.encode(), "a.yaml")]
    assert found[0].request == found[1].request
    assert found[1].response.headers.get("a") == "b"


def test_yaml_scalars_keep_their_text():
    """A date, a yes and a version number in a header stay the text that was sent."""
    headers = "{A: 2026-01-01, B: [yes], C: [12]}"
    address = "https://api.spotify.com/v1/me"
    text = f"interactions:\n- request: {{method: GET, uri: '{address}', headers: {headers}}}\n"
    text += "  response: {status: {code: 200}, body: {string: 2026-01-01}}\n"
    found = parse_traffic(text.encode(), "a.yaml")[0].exchange
    assert list(found.request.headers) == [("A", "2026-01-01"), ("B", "yes"), ("C", "12")]
    assert found.response.body == b"2026-01-01"


def test_mutated_files_give_exchanges_or_one_line():
    """A file damaged anyhow is read or refused in one line, and nothing else happens."""
    rng = random.Random(4)
    seeds = [
        har(EXCHANGES),
        vcr_cassette(EXCHANGES),
        vcr_cassette(EXCHANGES, as_json=True),
        BEFORE_1_0,
        OLD_HTTPX,
    ]
    pieces = [
        b"\0",
        b"\xff",
        b"&a ",
        b"*a",
        b"!!binary ",
        b"!!python/object/apply:os.system ",
        b"null",
        b"[" * 70,
    ]
    pieces += [
        b"{",
        b"}",
        b"- ",
        b"\n",
        b"\t",
        b'"',
        b"'",
        b": ",
        b"9" * 20,
        b"1e999",
        b"\\ud800",
        b"|-\n",
        b"<<: ",
    ]
    messages = []
    for _ in range(1_000 * SCALE):
        data = bytearray(rng.choice(seeds))
        for _ in range(rng.randint(1, 4)):
            data = data or bytearray(b"x")
            at = rng.randrange(len(data))
            kind = rng.randrange(5)
            if kind == 0:
                del data[at : at + rng.randint(1, 40)]
            elif kind == 1:
                data[at:at] = rng.choice(pieces)
            elif kind == 2:
                data[at] = rng.randrange(256)
            elif kind == 3:
                del data[at:]
            else:
                start = rng.randrange(len(data))
                data[at:at] = data[start : start + rng.randint(1, 200)]
        try:
            parse_traffic(bytes(data), "fuzzed")
        except UnreadableTraffic as error:
            messages.append(str(error))
    assert len(messages) > 300 * SCALE
    assert [message for message in messages if not message.isprintable() or len(message) > 400] == []


def vcr_text(request: str = "", response: str = "", uri: str = "https://api.spotify.com/v1/me") -> bytes:
    """Return a cassette of one interaction, with more fields in its request or response."""
    return f"""
interactions:
- request:
    method: get
    uri: {uri}
    {request}
  response:
    status: {{code: 200}}
    {response}
""".encode()


@pytest.mark.parametrize(
    "fields",
    [
        "headers: {A: b, C: [d, e]}",
        "headers: [[A, b], [C, d], [C, e]]",
        "headers: [{A: b}, {C: [d, e]}]",
        "headers: ['A: b', 'C: d', 'C: e']",
        "headers: {A: !!binary Yg==, C: [d, e]}",
    ],
)
def test_header_fields_in_every_form(fields):
    """Mappings, pairs and raw lines of header fields, as versions of VCR.py wrote them, mean the same."""
    found = parse_traffic(vcr_text(fields), "a")[0].exchange.request
    assert list(found.headers) == [("A", "b"), ("C", "d"), ("C", "e")]
    assert found.method == "GET"


def test_absent_parts_are_empty():
    """An entry without header fields or bodies has none."""
    found = parse_traffic(vcr_text(), "a")[0].exchange
    assert (list(found.response.headers), found.request.body, found.response.body) == ([], b"", b"")
    data = json.loads(har([PUT]))
    entry = data["log"]["entries"][0]
    del entry["request"]["headers"], entry["response"]["content"]
    entry["request"].update(bodySize=-1, postData={"mimeType": "text/plain"})
    entry["startedDateTime"] = "yesterday"
    read = parse_traffic(json.dumps(data).encode(), "a")[0]
    assert (list(read.exchange.request.headers), read.exchange.request.body, read.recorded_at) == (
        [],
        b"",
        None,
    )


def test_form_of_the_accounts_service():
    """The fields that aiohttp was given for a token request are the form that it sent."""
    data = vcr_text("body: {grant_type: x y, n: 1}", uri="https://accounts.spotify.com/api/token")
    assert parse_traffic(data, "a")[0].exchange.request.body == b"grant_type=x+y&n=1"


def test_bytes_that_do_not_fit_their_coding_are_refused():
    """Bytes of Spotify's that do not fit their Content-Encoding are refused, with the place."""
    fields = "headers: {Content-Encoding: br}\n    body: {string: !!binary /9j/4AAQ}"
    with pytest.raises(
        UnreadableTraffic, match="interactions 0, response, body: the compressed bytes are damaged"
    ):
        parse_traffic(vcr_text("", fields), "a")


def test_missing_decoder_is_named(monkeypatch):
    """Where a body needs a package that is not there, the error says which."""
    monkeypatch.setattr("pytest_spotify.formats.content_encoding._first", lambda *names: None)
    for coding, package in (("br", "brotli"), ("zstd", "zstandard")):
        cassette = vcr_cassette([exchange(ENCODED[coding], response_headers={"content-encoding": coding})])
        with pytest.raises(UnreadableTraffic, match=f"install the package `{package}` to read it"):
            parse_traffic(cassette, "a")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("protocol: https", "protocol: gopher", "request, protocol: expected http or https"),
        ("port: 443", "port: '443'", "request, port: expected a port number, found other text"),
        ("body: null", "body: {x: !!binary YQ==}", "request, body: expected text, bytes or a JSON value"),
        ("status: {code: 200", "status: {code: 99", "response, status, code: expected a status code"),
    ],
)
def test_broken_parts_of_old_cassettes_are_named(old, new, expected):
    """What is wrong in a cassette from before VCR.py 1.0 is named as in any other."""
    with pytest.raises(UnreadableTraffic, match=expected):
        parse_traffic(BEFORE_1_0.decode().replace(old, new).encode(), "a")


def test_ports_of_old_cassettes():
    """A port that is not the scheme's own stands in the address."""
    found = parse_traffic(BEFORE_1_0.decode().replace("443", "8443").encode(), "a")[0]
    assert found.exchange.request.url == "https://api.spotify.com:8443/v1/me"


def test_size_is_capped_before_anything_is_read(tmp_path):
    """A file larger than any recording is refused by its size."""
    with (tmp_path / "a.har").open("wb") as file:
        file.truncate(1024**3 + 1)
    with pytest.raises(UnreadableTraffic, match="1073741825 bytes; at most 1073741824 can be read"):
        read_traffic(tmp_path / "a.har")
