"""Hostile files of traffic: HAR files, archives, cassettes of VCR.py, and what is none of them."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import brotli
import zstandard

from tests.support.hostile_files import (
    EVIL,
    EVIL_LINES,
    MB,
    NAMES,
    SPECIAL,
    Content,
    Make,
    encoded,
    file_of,
    malformed_json,
    named,
    places,
    replaced,
    wrapped,
)
from tests.support.traffic_samples import CASSETTE_YAML as YAML

URL = "https://api.spotify.com/v1/tracks/11dFghVXANMlKmJXsNCbNl"
ENTRY: dict[str, Any] = {
    "startedDateTime": "2026-11-01T10:00:00Z",
    "request": {
        "method": "GET",
        "url": URL,
        "headers": [{"name": "Authorization", "value": "Bearer x"}],
        "postData": {"mimeType": "application/json", "text": "", "params": [{"name": "a", "value": "b"}]},
        "bodySize": 0,
    },
    "response": {
        "status": 401,
        "headers": [{"name": "Content-Type", "value": "application/json"}],
        "content": {"size": 2, "mimeType": "application/json", "text": "{}", "encoding": ""},
    },
}
HAR: dict[str, Any] = {"log": {"version": "1.2", "entries": [ENTRY]}}
INTERACTION: dict[str, Any] = {
    "request": {"method": "GET", "uri": URL, "body": None, "headers": {"Accept": ["*/*"]}},
    "response": {
        "status": {"code": 401, "message": "Unauthorized"},
        "headers": {"Content-Type": ["application/json"]},
        "body": {"string": "{}"},
    },
    "recorded_at": "2026-11-01T10:00:00",
}
CASSETTE: dict[str, Any] = {"interactions": [INTERACTION], "version": 1}
OLD_INTERACTION = INTERACTION | {
    "request": {
        "host": "api.spotify.com",
        "port": 443,
        "protocol": "https",
        "path": "/v1/me",
        "method": "GET",
    }
}
# What VCR.py or a browser would never write, beside each other: at each place one of them, in turn.
WRONG = (7.5, [[[]]], {"evil": {}}, True, EVIL, -4, [EVIL], {EVIL: EVIL}, "")
# Of a response from Spotify, at places that messages may tell of.
PLACES_OF_TEXT = {
    "method": "request method",
    "address": "request url",
    "name of a field that was sent": "request headers 0 name",
    "name of a field": "response headers 0 name",
    "value of a field": "response headers 0 value",
    "coding": "response content encoding",
    "time": "startedDateTime",
}


def as_json(document: object) -> bytes:
    return json.dumps(document).encode()


def har_of(*changes: tuple[str, object], status: int = 200) -> bytes:
    """Return a HAR file of one entry with changes."""
    entry = replaced(ENTRY, "response status", status)
    for place, value in changes:
        entry = replaced(entry, place, value)
    return as_json({"log": {"version": "1.2", "entries": [entry]}})


def body(text: str, url: str = URL) -> bytes:
    """Return a HAR file of one response with a body."""
    return har_of(("response content text", text), ("request url", url))


def cassette_of(data: bytes, coding: str) -> bytes:
    """Return a cassette of one response whose body has a content coding."""
    interaction = replaced(INTERACTION, "response body", {"base64_string": base64.b64encode(data).decode()})
    interaction = replaced(interaction, "response headers Content-Encoding", [coding])
    return as_json({"interactions": [interaction], "version": 1})


def entries(number: int, change: Callable[[int], dict[str, Any]]) -> bytes:
    """Return a HAR file of so many entries."""
    return as_json({"log": {"entries": [ENTRY | change(one) for one in range(number)]}})


def in_entries(text: str) -> bytes:
    return f'{{"log":{{"entries":[{text}]}}}}'.encode()


def other_hosts(number: int) -> bytes:
    request = {"method": "GET", "url": "https://cdn.example.org/", "headers": []}
    return entries(number, lambda _: {"request": request, "response": {}})


def zip_of(*members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return target.getvalue()


def patched(data: bytes, offset: int, value: bytes) -> bytes:
    """Return an archive with other bytes in the local header and in the central directory of its member."""
    central = data.index(b"PK\1\2")
    changed = bytearray(data)
    changed[offset : offset + len(value)] = value
    changed[central + offset + 2 : central + offset + 2 + len(value)] = value
    return bytes(changed)


def symbolic_link(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.create_system = 3
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    return member


def attachment(name: str) -> bytes:
    """Return a HAR file whose body is in another file."""
    return har_of(("response content", {"size": 2, "mimeType": "application/json", "_file": name}))


def beside(name: str, other: Make | bytes) -> Make:
    """Return the maker of a HAR file with an attachment."""

    def make(path: Path) -> Path:
        target = path.with_name(name)
        other.__call__(target) if callable(other) else target.write_bytes(other)
        path.write_bytes(attachment(name))
        return path

    return make


def _link_out(path: Path) -> Path:
    outside = path.parent.parent / "outside.json"
    outside.write_text('{"secret": 1}')
    path.symlink_to(outside)
    return path


def _wrong_types() -> Iterator[tuple[str, Content]]:
    """Yield a value of a wrong type at each place of HAR files and cassettes of either age."""
    forms = (("HAR", HAR), ("cassette", CASSETTE), ("old cassette", [OLD_INTERACTION]))
    everywhere = ((name, document, place) for name, document in forms for place in places(document))
    for number, (name, document, place) in enumerate(everywhere):
        yield f"{name}, wrong {place}", as_json(replaced(document, place, WRONG[number % len(WRONG)]))


def _yaml() -> dict[str, Content]:
    laughs = ["a0: &a0 [evil, evil]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
    names = ["a0: &a0 {evil: evil}", *(f"a{n}: &a{n} {{l: *a{n - 1}, r: *a{n - 1}}}" for n in range(1, 40))]
    return {
        "billion laughs in lists": "\n".join(laughs).encode(),
        "billion laughs in objects": "\n".join(names).encode(),
        "a long text a million times": b"a: &a " + b"e" * 100_000 + b"\nb:\n" + b"- *a\n" * 1_000_000,
        "alias of itself": b"interactions: &a [*a]\n",
        "alias of what is open": b"interactions: &a\n- request: {uri: *a}\n",
        "alias of nothing": b"interactions: *evil\n",
        "alias as a key": b"&a interactions: [*a : *a]\n",
        "anchor twice": b"- &a x\n- &a y\n- *a\n",
        "anchor with a hostile name": "interactions: &evil\u202e\x9b x\n".encode(),
        "merge key": b"a: &a {interactions: []}\n<<: *a\n",
        "300,000 anchors": lambda: b"interactions:\n" + b"".join(b"- &a%d x\n" % n for n in range(300_000)),
        "300,000 aliases": lambda: b"interactions:\n- &a x\n" + b"- *a\n" * 300_000,
        "300,000 keys": lambda: b"".join(b"k%d: 1\n" % n for n in range(300_000)),
        "300,000 interactions": lambda: b"interactions:\n" + b"- {request: {uri: 'http://a'}}\n" * 300_000,
        "flow lists 100,000 deep": b"interactions: " + b"[" * 100_000,
        "flow objects 100,000 deep": b"interactions: " + b"{a: " * 100_000,
        "block lists 10,000 deep": b"interactions:\n" + b"- " * 10_000 + b"x\n",
        "block objects 2,000 deep": b"".join(b" " * n + b"a:\n" for n in range(2_000)),
        "key that is a list": b"? [a, b]\n: c\n",
        "key that is an object": b"{{a: b}: c}\n",
        "key that is null": b"interactions:\n- ~: 1\n",
        "key of 6 MB": lambda: b"e" * (6 * MB) + b": 1\n",
        "key twice": b"interactions: []\ninteractions: []\n",
        "two documents of YAML": YAML.encode() + b"---\n" + YAML.encode(),
        "6 MB of documents": b"---\n" * (6 * MB // 4),
        "end of the document": YAML.encode() + b"...\nevil\n",
        "unknown directive": b"%EVIL 1\n---\n" + YAML.encode(),
        "version of YAML": b"%YAML 9.9\n---\n" + YAML.encode(),
        "6 MB of %TAG": b"%TAG ! x\n" * (6 * MB // 9),
        "tab for indentation": YAML.replace("    ", "\t").encode(),
        "quote that does not close": YAML.encode() + b"'" + b"a" * 100,
        "escape that is none": b'interactions: "\\q"\n',
        "escaped control characters": b'interactions: "\\e[2J\\a\\0\\N\\L\\P"\n',
        "control characters in plain text": b"interactions: \x1b[2J\n",
        "reserved character": b"interactions: @evil\n",
        "hostile tag": b"interactions: !<tag:evil,2026:%0A::error::evil> []\n",
        "tag of Python": b"interactions: !!python/object/apply:os.system ['touch evil']\n",
        "tag of Ruby": b"interactions: !ruby/object:Gem::Installer {i: x}\n",
        "tag of Java": b"interactions: !!javax.script.ScriptEngineManager []\n",
        "bytes that are no base64": b"interactions: !!binary 'evil!'\n",
        "60 MB of bytes": lambda: b"interactions: !!binary " + b"AAAA" * (15 * MB) + b"\n",
        "set": b"interactions: !!set {a, b}\n",
        "ordered map": b"interactions: !!omap [a: 1]\n",
        "time stamp": b"interactions: 2026-11-01T10:00:00Z\n",
        "numbers of YAML 1.1": b"interactions: [0o17, 017, 0b11, 1:30:00, 1_000, .inf, -.inf, .nan]\n",
        "integer of a million digits": b"interactions: " + b"9" * 1_000_000 + b"\n",
        "words that may be truths": b"interactions: [yes, No, on, OFF, y, TRUE]\n",
        "6 MB of comments": b"# evil\n" * (6 * MB // 7),
        "60 MB of comments": lambda: b"#" + b"e" * (60 * MB) + b"\ninteractions: []\n",
        "6 MB of folded text": b"interactions: >\n" + b"  a\n" * (6 * MB // 4),
        "60 MB of text": lambda: b"interactions: |\n  " + b"e" * (60 * MB) + b"\n",
        "60 MB of text in quotes": lambda: b'interactions: "' + b"\\x41" * (15 * MB) + b'"\n',
        "6 MB of short texts": b"interactions: [" + b"ab," * (2 * MB) + b"]\n",
        "6 MB of numbers": b"interactions: [" + b"300," * (3 * MB // 2) + b"]\n",
        "6 MB of lists": b"interactions: [" + b"[]," * (2 * MB) + b"]\n",
        "6 MB of objects": b"interactions: [" + b"{}," * (2 * MB) + b"]\n",
        "6 MB of question marks": b"? a\n" * (6 * MB // 4),
        "6 MB of colons": b": " * (3 * MB),
        "6 MB of nested lists": b"- " * (3 * MB),
        "indentation of 6 MB": b"interactions:\n" + b" " * (6 * MB) + b"- x\n",
        "cassette of Ruby's VCR": b"http_interactions:\n- request: {method: get}\nrecorded_with: VCR 6\n",
        "cassette without an end": YAML.encode()[:-40],
        "one address 60 MB long": lambda: YAML.replace("v1/me", "v1/" + "e" * (60 * MB)).encode(),
    }


def _json() -> dict[str, Content]:
    return {
        "60 MB of lists beside the entries": lambda: b'{"evil":[' + b"[]," * (20 * MB) + b'0],"log":5}',
        "6 MB of lists beside the entries": lambda: b'{"evil":[' + b"[]," * (2 * MB) + b'0],"log":5}',
        "6 MB of objects in an entry": lambda: in_entries('{"request":[' + "{}," * (2 * MB) + "0]}"),
        "6 MB of short texts in an entry": lambda: in_entries("[" + '"ab",' * MB + "0]"),
        "6 MB of numbers in an entry": lambda: in_entries("[" + "300," * (3 * MB // 2) + "0]"),
        "6 MB of fractions in an entry": lambda: in_entries("[" + "1.5," * (3 * MB // 2) + "0]"),
        "6 MB of names in an entry": lambda: in_entries(
            "{" + "".join(f'"e{n}":1,' for n in range(6 * MB // 12)) + '"x":1}'
        ),
        "6 MB of entries that are lists": lambda: in_entries("[]," * (2 * MB) + "[]"),
        "6 MB of entries that are numbers": lambda: in_entries("1," * (3 * MB) + "1"),
        "300,000 entries of other hosts": lambda: other_hosts(300_000),
        "300,000 interactions in JSON": lambda: as_json(
            {"interactions": [{"request": {"uri": "http://a"}}] * 300_000}
        ),
        "300,000 fields in an entry": lambda: har_of(
            ("response headers", [{"name": "X", "value": ""}] * 300_000)
        ),
        "300,000 parameters in an entry": lambda: har_of(
            ("request postData params", [{"name": "a", "value": "b"}] * 300_000), ("request method", "PUT")
        ),
        "300,000 pages in the log": lambda: as_json(
            {"log": {"pages": [{"id": "p"}] * 300_000, "entries": []}}
        ),
        "entries twice": b'{"log": {"entries": [], "entries": [7]}}',
        "log twice": b'{"log": {"entries": []}, "log": {"entries": [7]}}',
        "log and interactions": as_json(HAR | CASSETTE),
        "log of a log": as_json({"log": HAR}),
        "entry nested 100,000 deep": in_entries('{"evil":' + "[" * 100_000 + "]" * 100_000 + "}"),
        "name nested 100,000 deep": b'{"evil":' + b"[" * 100_000 + b"]" * 100_000 + b',"log":{}}',
        "entry with brackets in texts": in_entries('{"request":"[{[{[{\\"","response":"}]}]"}'),
        "separators of entries in texts": in_entries('{"a":"},{\\"a\\":"},{"a":"},{\\"a\\":"},{"a":1}'),
        "60 MB in one entry": lambda: body("e" * (60 * MB)),
        "60 MB of an entry that does not end": lambda: b'{"log":{"entries":[{"a":"' + b"e" * (60 * MB),
        "60 MB of entries that do not end": lambda: (
            b'{"log":{"entries":[' + (as_json(ENTRY).replace(b"api.spotify", b"api.example") + b",") * 90_000
        ),
        "log of a text": as_json({"log": EVIL}),
        "entries of a text": as_json({"log": {"entries": EVIL}}),
        "aborted exchanges": har_of(status=0),
        "collection of Postman": b'{"info": {"name": "evil"}, "item": [{"request": {"url": "https://a"}}]}',
        "session of Charles": b'[{"status": "COMPLETE", "method": "GET", "host": "api.spotify.com"}]',
        "recording of Polly.js": b'{"log": {"_recordingName": "evil", "creator": {}}}',
        "mapping of WireMock": b'{"mappings": [{"request": {"urlPath": "/"}, "response": {"status": 200}}]}',
        "cassette of Betamax": b'{"http_interactions": [], "recorded_with": "betamax/0.8"}',
    }


def _exchanges() -> dict[str, Content]:
    """Return files that are well-formed, and hostile in what was sent and received."""
    track = {"id": "11dFghVXANMlKmJXsNCbNl", "type": "track", "name": EVIL}
    texts = {f"hostile {name}": har_of((place, EVIL)) for name, place in PLACES_OF_TEXT.items()}
    return texts | {
        "address with commands": har_of(("request url", URL + EVIL_LINES)),
        "address with user and password": har_of(("request url", URL.replace("api", "evil:evil@api"))),
        "address of a port that is none": har_of(("request url", URL.replace(".com", ".com:evil"))),
        "address of half a network": har_of(("request url", "https://[::1")),
        "address in capitals": har_of(("request url", URL.upper())),
        "address with a dot at the end": har_of(("request url", URL.replace(".com", ".com."))),
        "address of another scheme": har_of(("request url", "file://api.spotify.com/etc/passwd")),
        "address of JavaScript": har_of(("request url", "javascript:evil()")),
        "address of a name beyond ASCII": har_of(("request url", "https://\u0430pi.spotify.com/v1/me")),
        "address with damaged percent signs": har_of(("request url", URL + "%zz%%0a::error::evil?%=%")),
        "address with dots": har_of(("request url", URL + "/../../../../evil")),
        "address of 100,000 parts": lambda: har_of(("request url", URL + "/e" * 100_000)),
        "address of 300,000 parameters": lambda: har_of(
            ("request url", URL + "?" + "&".join(f"e{n}=1" for n in range(300_000)))
        ),
        "address of one parameter 300,000 times": lambda: har_of(
            ("request url", URL + "?" + "ids=e&" * 300_000)
        ),
        "address of 60 MB": lambda: har_of(("request url", URL + "?q=" + "e" * (60 * MB))),
        "method of 6 MB": lambda: har_of(("request method", "E" * (6 * MB))),
        "name of a field of 6 MB": lambda: har_of(("response headers 0 name", "e" * (6 * MB))),
        "media type of 6 MB": lambda: har_of(("response headers 0 value", "application/" + "e" * (6 * MB))),
        "media type of semicolons": lambda: har_of(
            ("response headers 0 value", "application/json" + ";a=" * 300_000)
        ),
        "charset that is no text": har_of(("response headers 0 value", "application/json; charset=idna")),
        "body that is no base64": har_of(("response content encoding", "base64")),
        "body of base64 that is no UTF-8": har_of(
            ("response content encoding", "base64"), ("response content text", "/////w==")
        ),
        "body of 60 MB in base64": lambda: har_of(
            ("response content encoding", "base64"), ("response content text", "AAAA" * (15 * MB))
        ),
        "body nested 100,000 deep": body("[" * 100_000 + "]" * 100_000),
        "body nested 300 deep": body("[" * 300 + "]" * 300),
        "body of half a JSON document": body('{"id": "evil'),
        "body of NaN": body('{"popularity": NaN}'),
        "body of a number of 5,000 digits": body('{"popularity": ' + "9" * 5000 + "}"),
        "body with a name twice": body('{"id": "a", "id": "b"}'),
        "body with a mark": body("\ufeff{}"),
        "body of HTML": body("<html>\n::error::evil\n</html>"),
        "body of half a surrogate pair": body('{"name": "\\ud800"}'),
        "body of hostile texts": body(json.dumps(track)),
        "body of hostile names": body(json.dumps({EVIL: EVIL, EVIL_LINES: {EVIL_LINES: [EVIL_LINES]}})),
        "hostile text that a message of Spotify's may have": har_of(
            ("response content text", json.dumps({"error": {"status": 400, "message": EVIL}})), status=400
        ),
        "body of 300,000 unknown names": lambda: body(json.dumps({f"e{n}": 1 for n in range(300_000)})),
        "body of 300,000 wrong items": lambda: body(
            json.dumps({"tracks": [{"evil": 1}] * 300_000}), "https://api.spotify.com/v1/tracks?ids=a"
        ),
        "body of 300,000 items that are none": lambda: body(
            json.dumps({"items": [1] * 300_000, "href": "https://evil"}),
            "https://api.spotify.com/v1/me/tracks",
        ),
        "body of one name 6 MB long": lambda: body(json.dumps({"e" * (6 * MB): 1})),
        "body of one text 15 MB long": lambda: body(json.dumps({"id": "e" * (15 * MB)})),
        "body of 6 MB of lists": lambda: body("[" + "[]," * (2 * MB) + "[]]"),
        "body of 6 MB of numbers": lambda: body("[" + "300," * (3 * MB // 2) + "0]"),
        "body of 6 MB of objects": lambda: body('{"artists":[' + "{}," * (2 * MB) + "{}]}"),
        "status of a year": har_of(status=999),
        "answers to 20,000 unknown addresses": lambda: entries(
            20_000, lambda n: {"request": {"method": "GET", "url": f"https://api.spotify.com/v1/evil{n}"}}
        ),
        "10,000 answers that are wrong": lambda: entries(
            10_000, lambda _: {"response": ENTRY["response"] | {"status": 200}}
        ),
    }


def _codings() -> dict[str, Content]:
    zeros = b"\0" * (65 * MB)
    return {
        "bomb of gzip": lambda: cassette_of(gzip.compress(zeros), "gzip"),
        "bomb of gzip in gzip": lambda: cassette_of(gzip.compress(gzip.compress(zeros)), "gzip, gzip"),
        "bomb of deflate": lambda: cassette_of(zlib.compress(zeros), "deflate"),
        "bomb of bare deflate": lambda: cassette_of(zlib.compress(zeros, wbits=-15), "deflate"),
        "bomb of br": lambda: cassette_of(brotli.compress(zeros, quality=1), "br"),
        "bomb of zstd": lambda: cassette_of(zstandard.compress(zeros), "zstd"),
        "bomb of gzip without a field": lambda: as_json(
            replaced(
                replaced(CASSETTE, "interactions 0 response headers", {}),
                "interactions 0 response body",
                {"base64_string": base64.b64encode(gzip.compress(zeros)).decode()},
            )
        ),
        "gzip that is cut": cassette_of(gzip.compress(b"{}" * 100)[:-9], "gzip"),
        "gzip with a wrong sum": cassette_of(gzip.compress(b"{}")[:-8] + bytes(8), "gzip"),
        "gzip of 10,000 members": lambda: cassette_of(gzip.compress(b" ") * 10_000, "gzip"),
        "zstd that is cut": cassette_of(zstandard.compress(b"{}" * 100)[:-3], "zstd"),
        "zstd with a window of 2 GB": cassette_of(b"\x28\xb5\x2f\xfd\x00\xa8" + bytes(20), "zstd"),
        "br that is damaged": cassette_of(b"\xff" * 40, "br"),
        "deflate that is damaged": cassette_of(b"\x78\x9c" + b"\xff" * 40, "deflate"),
        "coding that nobody knows": cassette_of(b"\0\1\2", "evil\n::error::evil"),
        "10,000 codings": cassette_of(gzip.compress(b"{}"), ", ".join(["gzip"] * 10_000)),
    }


def _zips() -> dict[str, Content]:
    har = as_json(HAR)
    plain = zip_of(("a.har", har), method=zipfile.ZIP_STORED)
    return {
        "archive without a HAR file": zip_of(("evil.txt", b"")),
        "empty archive": zip_of(),
        "archive that is cut": zip_of(("a.har", har))[:-30],
        "archive of a signature alone": b"PK\x03\x04",
        "archive with bytes before it": b"evil" + zip_of(("a.har", har)),
        "archive that is encrypted": patched(plain, 6, b"\x01\x00"),
        "archive of an unknown compression": patched(plain, 8, struct.pack("<H", 77)),
        "archive with a wrong sum": patched(plain, 14, b"evil"),
        "archive that says it unpacks to 4 GB": patched(plain, 22, b"\xfe\xff\xff\xff"),
        "archive that says it unpacks to nothing": patched(plain, 22, bytes(4)),
        "archive with another name in its member": plain.replace(b"a.har", b"b.har", 1),
        "bomb in an archive": lambda: zip_of(("a.har", b'{"log":' + b" " * (512 * MB))),
        "bomb in an attachment": lambda: zip_of(("a.har", attachment("b")), ("b", bytes(65 * MB))),
        "archive in an archive": zip_of(("a.har", zip_of(("a.har", har)))),
        "gzip in an archive": zip_of(("a.har", gzip.compress(har))),
        "archive with links": zip_of((symbolic_link("a.har"), b"/etc/passwd")),
        "attachment that is a link": zip_of(("a.har", attachment("b")), (symbolic_link("b"), b"/etc/passwd")),
        "archive that leads out": zip_of(("../../evil.har", har), ("/etc/evil.har", har)),
        "archive of hostile names": zip_of((EVIL_LINES.replace("\0", "") + ".har", b"{")),
        "archive with a folder for a HAR file": zip_of(("a.har/", b"")),
        "archive of one name twice": zip_of(("a.har", b"{"), ("A.HAR", b"{")),
        "archive of 30,000 members": lambda: zip_of(*((f"{n}.txt", b"") for n in range(30_000))),
        "archive of 3,000 HAR files": lambda: zip_of(
            *((f"{n}.har", b'{"log":{"entries":[]}}') for n in range(3_000))
        ),
        "session of Fiddler": zip_of(("raw/1_c.txt", b"GET /"), ("_index.htm", b"")),
        "attachment that is not in the archive": zip_of(("a.har", attachment("evil"))),
        "attachment above the archive": zip_of(("a.har", attachment("../evil"))),
        "attachment that is the HAR file": zip_of(("a.har", attachment("a.har"))),
        "archive of 60 MB": lambda: zip_of(("a.txt", os.urandom(60 * MB)), method=zipfile.ZIP_STORED),
    }


_ATTACHMENTS: dict[str, Make] = {
    "attachment that leads out": file_of(attachment("../../../../etc/passwd")),
    "attachment of a whole path": file_of(attachment("/etc/passwd")),
    "attachment of Windows": file_of(attachment("C:\\windows\\evil")),
    "attachment of another machine": file_of(attachment("\\\\evil\\share")),
    "attachment with a hostile name": file_of(attachment(EVIL)),
    "attachment without a name": file_of(attachment("")),
    "attachment with a long name": file_of(attachment("e" * 5000)),
    "attachment that is a FIFO": beside("evil", SPECIAL["FIFO"]),
    "attachment that is a device": beside("evil", SPECIAL["device without an end"]),
    "attachment that is a folder": beside("evil", SPECIAL["folder of the same name"]),
    "attachment that is a circle": beside("evil", SPECIAL["links in a circle"]),
    "attachment that is a link out": beside("evil", _link_out),
    "attachment that is too large": beside("evil", SPECIAL["larger than can be read"]),
    "attachment that is not there": file_of(attachment("evil")),
}


def _files(contents: dict[str, Content]) -> dict[str, Make]:
    return {name: file_of(content) for name, content in contents.items()}


TRAFFIC: dict[str, Make] = {
    **SPECIAL,
    **{f"name of {name}": named(file) for name, file in NAMES.items()},
    **{f"HAR in {name}": make for name, make in _files(encoded(json.dumps(HAR))).items()},
    **{f"YAML in {name}": make for name, make in _files(encoded(YAML)).items() if "60 MB" not in name},
    **{f"{name} file": make for name, make in _files(wrapped(as_json(HAR))).items()},
    **{f"JSON: {name}": make for name, make in _files(malformed_json(json.dumps(HAR))).items()},
    **_files(dict(_wrong_types())),
    **_files(_yaml()),
    **_files(_json()),
    **_files(_exchanges()),
    **_files(_codings()),
    **_files(_zips()),
    **_ATTACHMENTS,
}
