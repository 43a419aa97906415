"""Files that are hostile whatever should be in them: no regular ones, names, encodings, other formats."""

from __future__ import annotations

import bz2
import copy
import gzip
import io
import lzma
import os
import socket
import tarfile
import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

MB = 1024 * 1024
# What a terminal or the runner of GitHub Actions would obey, at the start of a line and within one.
EVIL = (
    "\n::error file=x::evil ##[error]evil \x1b]0;evil\x07\x1b[31m \x9b2J \u202e\u2066 \r::add-mask::evil \x00"
)
EVIL_LINES = "\n::error::evil\r::stop-commands::evil ##[command]evil \x1b[2J\u202e \x9b"  # without a NUL

Make = Callable[[Path], Path]
"""Makes a hostile file at a path, and returns what to name to the command."""
Content = Callable[[], bytes] | bytes


def file_of(content: Content) -> Make:
    def make(path: Path) -> Path:
        path.write_bytes(content if isinstance(content, bytes) else content())
        return path

    return make


def replaced(document: Any, place: str, value: object) -> Any:
    """Return a copy of a document with another value at a place, whose parts are parted by blanks."""
    changed = copy.deepcopy(document)
    *way, last = place.split(" ")
    holder = changed
    for part in way:
        holder = holder[int(part) if isinstance(holder, list) else part]
    holder[int(last) if isinstance(holder, list) else last] = value
    return changed


def places(document: Any, way: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield each place of a document that `replaced` takes."""
    inner = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in inner:
        yield " ".join((*way, str(key)))
        if isinstance(value, (dict, list)):
            yield from places(value, (*way, str(key)))


def _socket(path: Path) -> Path:
    # A socket's address may not be long, and a test's folder is.
    folder = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"/proc/self/fd/{folder}/{path.name}")
    os.close(folder)
    return path


def _link_to(target: str | Callable[[Path], Path]) -> Make:
    def make(path: Path) -> Path:
        made = target if isinstance(target, str) else target(path.with_name("target"))
        path.symlink_to(made)
        return path

    return make


def _circle(path: Path) -> Path:
    other = path.with_name(f"other-{path.name}")
    other.symlink_to(path)
    path.symlink_to(other)
    return path


def _fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


def _folder(path: Path) -> Path:
    (path / path.name / path.name).mkdir(parents=True)
    return path


def _sparse(size: int) -> Make:
    def make(path: Path) -> Path:
        path.touch()
        os.truncate(path, size)
        return path

    return make


def _chain(length: int) -> Make:
    """Return the maker of so many links, each to the next: a system follows forty."""

    def make(path: Path) -> Path:
        names = [path.with_name(f"{number}-{path.name}") for number in range(length)]
        names[0].write_text("{}")
        for before, name in pairwise(names):
            name.symlink_to(before.name)
        path.symlink_to(names[-1].name)
        return path

    return make


def _deep_folder(path: Path) -> Path:
    current = os.getcwd()
    path.mkdir()
    try:
        os.chdir(path)
        for _ in range(300):  # the whole path is longer than a system takes
            os.mkdir("x" * 40)
            os.chdir("x" * 40)
        Path("deep.contract.json").write_text("{")
    finally:
        os.chdir(current)
    return path


def _folder_in_a_circle(path: Path) -> Path:
    path.mkdir()
    for number in range(3):
        (path / f"again{number}").symlink_to(path)
    return path


def _folder_with_the_root(path: Path) -> Path:
    path.mkdir()
    (path / "root").symlink_to("/")
    return path


def _many_files(path: Path) -> Path:
    path.mkdir()
    for number in range(3000):
        (path / f"{number}.contract.json").write_text('{"log": 5}')
    return path


def _folder_of_special_files(path: Path) -> Path:
    path.mkdir()
    for number, make in enumerate((_fifo, _socket, _circle, _link_to("/dev/zero"), _link_to("nothing"))):
        make(path / f"{number}.contract.json")
        make(path / f"{number}.har")
    return path


# No file that can be read.
SPECIAL: dict[str, Make] = {
    "FIFO": _fifo,
    "link to a FIFO": _link_to(_fifo),
    "device without an end": _link_to("/dev/zero"),
    "device without content": _link_to("/dev/null"),
    "device of random bytes": _link_to("/dev/urandom"),
    "full device": _link_to("/dev/full"),
    "terminal": _link_to("/dev/tty"),
    "standard input": _link_to("/dev/stdin"),
    "memory of the process": _link_to("/proc/self/mem"),
    "file of the kernel that says it is empty": _link_to("/proc/self/environ"),
    "socket": _socket,
    "folder of the same name": _folder,
    "links in a circle": _circle,
    "link to itself": lambda path: (path.symlink_to(path.name), path)[1],
    "link to nothing": _link_to("nothing"),
    "link to a folder": _link_to(_folder),
    "folder with a link to the root": _folder_with_the_root,
    "link out of the project": _link_to("/etc/passwd"),
    "fifty links": _chain(50),
    "name below a file": lambda path: (path.write_text("{}"), path / "x.contract.json")[1],
    "nothing there": lambda path: path,
    "name that is too long": lambda path: path.with_name("x" * 300 + ".contract.json"),
    "path that is too long": lambda path: path.parent / ("x/" * 3000) / path.name,
    "folder that is too deep": _deep_folder,
    "folder with links to itself": _folder_in_a_circle,
    "folder of 3,000 files": _many_files,
    "folder of what is no file": _folder_of_special_files,
    "larger than can be read": _sparse(1024 * MB + 1),
    "60 MB of nothing": _sparse(60 * MB),
}
# Names of a file that is malformed, so that it is named in the message.
NAMES: dict[str, str] = {
    "line feeds": "a\n::error::evil\n.contract.json",
    "carriage return": "a\r::error::evil.contract.json",
    "command": "::error::evil.contract.json",
    "old command": "##[error]evil.contract.json",
    "escape sequences": "\x1b]0;evil\x07\x1b[2J.contract.json",
    "C1 controls": "\x9b2J\x85evil.contract.json",
    "right to left": "\u202enosj.tcartnoc.evil.contract.json",
    "invisible": "\u200b\u2060\ufeff.contract.json",
    "line separators": "a\u2028::error::evil\u2029.contract.json",
    "no UTF-8": "\udcff\udc80.contract.json",
    "options": "--evil.contract.json",
    "blanks": "   .contract.json",
    "as long as can be": "e" * 241 + ".contract.json",
    "combining": "e" + "\u0301" * 100 + ".contract.json",
    "astral": "\U0001f525" * 50 + ".contract.json",
    "markup": "[red]{0}%s%n$(evil)`evil`.contract.json",
}


def named(name: str, content: bytes = b"{") -> Make:
    """Return the maker of a malformed file with a name, beside the one that was asked for."""

    def make(path: Path) -> Path:
        made = path.with_name(name)
        made.write_bytes(content)
        return made

    return make


def _tar(data: bytes) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        member = tarfile.TarInfo("../../evil.har")
        member.size = len(data)
        archive.addfile(member, io.BytesIO(data))
    return target.getvalue()


def encoded(text: str) -> dict[str, Content]:
    """Return a good document in encodings that are not UTF-8, or damaged."""
    data = text.encode()
    return {
        "UTF-16, little end, with its mark": b"\xff\xfe" + text.encode("utf-16-le"),
        "UTF-16, big end, with its mark": b"\xfe\xff" + text.encode("utf-16-be"),
        "UTF-16 without a mark": text.encode("utf-16-le"),
        "UTF-32 with its mark": text.encode("utf-32"),
        "UTF-32 without a mark": text.encode("utf-32-be"),
        "UTF-7 with its mark": b"+/v8-" + data,
        "EBCDIC": text.encode("cp500"),
        "Latin-1 in a text": data.replace(b"GET", "GÉT".encode("latin-1")),
        "Shift JIS in a text": data.replace(b"GET", "曲名".encode("shift-jis")),
        "half a character at the end": data + b"\xe2\x82",
        "overlong form": data.replace(b"GET", b"\xc0\xafGET"),
        "surrogate in UTF-8": data.replace(b"GET", b"\xed\xa0\x80GET"),
        "beyond Unicode": data.replace(b"GET", b"\xf5\x80\x80\x80GET"),
        "mark of UTF-8 twice": b"\xef\xbb\xbf" * 2 + data,
        "mark of UTF-16 before UTF-8": b"\xff\xfe" + data,
        "NUL within": data.replace(b"GET", b"G\0T"),
        "NUL first": b"\0" + data,
        "control characters": data.replace(b"GET", b"\x1b[2J\x07\x08\x7fGET"),
        "byte of no encoding at the end of 60 MB": lambda: b" " * (60 * MB) + b"\xff",
        "UTF-16 of 60 MB": lambda: b"\xff\xfe" + b" \0" * (30 * MB),
    }


def wrapped(data: bytes) -> dict[str, Content]:
    """Return a good document in files of other formats, and files that are none at all."""
    return {
        "gzip": gzip.compress(data),
        "gzip of 60 MB": lambda: gzip.compress(b" " * (60 * MB)),
        "gzip in gzip in gzip": gzip.compress(gzip.compress(gzip.compress(data))),
        "zlib": zlib.compress(data),
        "bzip2": bz2.compress(data),
        "xz": lzma.compress(data),
        "tar": _tar(data),
        "base64": b"ewogICJsb2ciOiB7fQp9Cg==",
        "PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n",
        "PNG": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        "program": b"\x7fELF\x02\x01\x01" + bytes(57),
        "SQLite": b"SQLite format 3\0" + bytes(84),
        "pickle": b"cos\nsystem\n(S'touch evil'\ntR.",
        "pcap": b"\xd4\xc3\xb2\xa1\x02\0\x04\0" + bytes(16),
        "mitmproxy": b"3:abc,7:version;2:21#8:response;0:~",
        "HTML": b"<!doctype html><script>evil()</script>",
        "XML of a billion laughs": b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><l>&b;</l>',
        "CSV": b"method,url\n=cmd|' /C evil'!A0,https://api.spotify.com/v1/me\n",
        "lines of JSON": data + b"\n" + data + b"\n",
        "JavaScript": b"var har = " + data + b";",
        "JSON with a prefix against scripts": b")]}',\n" + data,
        "shell": b"#!/bin/sh\ntouch evil\n",
        "Markdown": b"# ::error::evil\n\n```json\n{}\n```\n",
        "curl -v": b"> GET /v1/me HTTP/2\n< HTTP/2 200\n\x1b[31m\n{}",
    }


def malformed_json(text: str) -> dict[str, Content]:
    """Return a JSON document broken in each way that the grammar has, and those that parsers differ on."""
    data = text.encode()
    return {
        "empty": b"",
        "white space": b" \r\n\t \n",
        "60 MB of white space": lambda: b" " * (60 * MB),
        "mark alone": b"\xef\xbb\xbf",
        "cut in a text": data[: data.index(b"GET") + 1],
        "cut in an escape": data[: data.index(b"GET")] + b"\\u00",
        "cut after a colon": data[: data.index(b":") + 1],
        "no closing bracket": data[:-1],
        "a closing bracket more": data + b"}",
        "wrong closing bracket": data[:-1] + b"]",
        "something behind": data + b" evil",
        "two documents": data + data,
        "comma before the end": data[:-1] + b",}",
        "comma first": b"{," + data[1:],
        "no comma": data.replace(b", ", b" ", 1),
        "no colon": data.replace(b": ", b" ", 1),
        "no quotes": data.replace(b'"GET"', b"GET"),
        "single quotes": data.replace(b'"GET"', b"'GET'"),
        "comments": b"/* evil */" + data + b"// evil",
        "control character in a text": data.replace(b"GET", b"G\x01T"),
        "line feed in a text": data.replace(b"GET", b"G\nT"),
        "unknown escape": data.replace(b"GET", b"\\evil"),
        "half of a surrogate pair": data.replace(b"GET", b"GET\\ud800"),
        "NUL escaped": data.replace(b"GET", b"GET\\u0000"),
        "NaN": data.replace(b'"GET"', b"NaN"),
        "Infinity": data.replace(b'"GET"', b"-Infinity"),
        "hexadecimal": data.replace(b'"GET"', b"0x10"),
        "number with a leading zero": data.replace(b'"GET"', b"0012"),
        "number of 5,000 digits": data.replace(b'"GET"', b"9" * 5000),
        "number of 6 MB": lambda: data.replace(b'"GET"', b"9" * (6 * MB)),
        "number too large for a double": data.replace(b'"GET"', b"1e999"),
        "fraction of a million digits": lambda: data.replace(b'"GET"', b"0." + b"1" * 1_000_000),
        "exponent of a million digits": lambda: data.replace(b'"GET"', b"1e" + b"1" * 1_000_000),
        "name that comes twice": data[:-1] + b", " + data[1:],
        "lists 100,000 deep, not closed": b"[" * 100_000,
        "lists 100,000 deep": b"[" * 100_000 + b"]" * 100_000,
        "objects 100,000 deep": b'{"evil":' * 100_000 + b"1" + b"}" * 100_000,
        "lists and objects 65 deep": b'[{"evil":' * 65 + b"1" + b"}]" * 65,
        "quotes of 6 MB": lambda: b'{"' * (3 * MB),
        "backslashes of 6 MB": lambda: b'{"' + b"\\" * (6 * MB),
        "text of 60 MB, not closed": lambda: b'{"' + b"a" * (60 * MB),
        "a text alone": b'"\\n::error::evil"',
        "a number alone": b"7",
        "null": b"null",
        "true": b"true",
        "empty list": b"[]",
        "empty object": b"{}",
        "list of texts": b'["::error::evil", "\\u001b[2J"]',
        "empty name": b'{"": 1}',
        "hostile name": b'{"\\n::error::evil ##[error]evil \\u001b[2J\\u202e": 1}',
        "name of 6 MB": lambda: b'{"' + b"e" * (6 * MB) + b'": 1}',
        "300,000 names": lambda: b"{" + b",".join(b'"e%d":1' % n for n in range(300_000)) + b"}",
        "300,000 lists": lambda: b"[" + b"[]," * 300_000 + b"[]]",
    }
