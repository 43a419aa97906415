"""Large files made to be slow: `check`, `lint` and `scan` end in time and memory in proportion to them."""

from __future__ import annotations

import base64
import gc
import gzip
import json
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.command import run
from tests.support.contract_files import contract
from tests.support.machine import is_in_time

MB = 1024 * 1024
Make = Callable[[int], bytes]


def repeat(unit: bytes) -> Make:
    return lambda size: unit * (size // len(unit))


def lines(unit: str, *, before: str = "", after: str = "") -> Make:
    """Return the maker of a document with numbered parts."""
    return lambda size: (before + "".join(unit % n for n in range(size // len(unit % 0))) + after).encode()


def noise(size: int) -> bytes:
    return random.Random(1).randbytes(size)


def packed(number: int) -> bytes:
    return base64.b64encode(gzip.compress(random.Random(number).randbytes(20) + b"ab " * 100))


def words(length: int) -> Make:
    def make(size: int) -> bytes:
        data = noise(size // 2).hex().encode()
        return b" ".join(data[at : at + length] for at in range(0, len(data), length))

    return make


ENTRY = (
    '{"startedDateTime":"2026-11-01T10:00:00Z","request":{"method":"GET","url":"https://cdn.example.org/%06d",'
    '"headers":[]},"response":{"status":200,"headers":[],"content":{"mimeType":"a/b","text":""}}},'
)
TRAFFIC: dict[str, Make] = {
    "entries of other hosts": lines(ENTRY, before='{"log":{"entries":[', after="0]}}"),
    "anchors": lines("- &a%07d x\n", before="interactions:\n"),
    "aliases": lambda size: b"interactions:\n- &a x\n" + b"- *a\n" * (size // 5),
    "keys": lines("  k%07d: 1\n", before="interactions: []\nx:\n"),
    "flow": lambda size: b"interactions: [" + b"a," * (size // 2) + b"]",
    "quoted escapes": lambda size: b'interactions: ["' + b"\\x41" * (size // 4) + b'"]',
    "folded text": lambda size: b"interactions: >\n" + b"  a\n" * (size // 4),
    "comments": repeat(b"# x\n"),
    "documents": repeat(b"---\n"),
    "tags": repeat(b"%TAG ! x\n"),
    "question marks": repeat(b"? a\n"),
    "nested lists": repeat(b"- "),
    "JSON keys": lines('"k%07d":1,', before="{", after='"x":1}'),
    "nested JSON": repeat(b"["),
    "JSON numbers": lambda size: b'{"log":{"entries":[' + b"1," * (size // 2) + b"1]}}",
    "JSON text": lambda size: b'{"log":{"entries":["' + b"a" * size + b'"]}}',
    "white space": lambda size: b'{"log":' + b" " * size + b"}",
}
TEXTS: dict[str, Make] = {
    "escapes": repeat(b'\\n\\u0041\\"'),
    "unicode escapes": repeat(b"\\u0061"),
    "backslashes": repeat(b"\\"),
    "hex": words(MB),
    "hex words": words(16),
    "percent-encoding": repeat(b"%41"),
    "percent signs": repeat(b"%25"),
    "ampersands": repeat(b"&"),
    "entities": repeat(b"&amp;"),
    "numbers of entities": repeat(b"&#65;"),
    "line ends": repeat(b"\n"),
    "CRLF": repeat(b"\r\n"),
    "folded lines": repeat(b"\\\n  a"),
    "one long line": repeat(b"a"),
    "base64": lambda size: base64.b64encode(noise(size * 3 // 4)),
    "lines of base64": lambda size: base64.encodebytes(noise(size * 3 // 4)),
    "gzip within base64": lambda size: base64.b64encode(gzip.compress(noise(size * 3 // 4))),
    "many gzip within base64": lambda size: b"\n".join(map(packed, range(size // 400))),
    "at signs": repeat(b"a@"),
    "equal signs": repeat(b"token="),
    "NULs": bytes,
    "noise": noise,
    "UTF-16": lambda size: ("\ufeff" + "abc " * (size // 8)).encode("utf-16-le"),
}
SCHEMAS: dict[str, Callable[[int], object]] = {
    "properties": lambda size: {"properties": {f"p{n}": {"type": "string"} for n in range(size // 26)}},
    "enum": lambda size: {"enum": [f"value-{n}" for n in range(size // 14)]},
    "pattern": lambda size: {"pattern": "a" * size},
    "alternatives": lambda size: {"anyOf": [{"const": n} for n in range(size // 18)]},
    "description": lambda size: {"description": "::error::x\n" * (size // 12)},
    "definitions": lambda size: {"$defs": {f"d{n}": {} for n in range(size // 12)}},
}


def lint_file(make: Callable[[int], object]) -> Make:
    def content(size: int) -> bytes:
        schema = {"type": "object"} | dict(make(size))  # type: ignore[call-overload]
        return json.dumps(contract(responses={"200": {"body": "json", "schema": schema}})).encode()

    return content


CASES = {
    **{("check", name): make for name, make in TRAFFIC.items()},
    **{("scan", name): make for name, make in (TRAFFIC | TEXTS).items()},
    **{("lint", name): lint_file(make) for name, make in SCHEMAS.items()},
}


# A contract has at most 256 KiB.
LARGE = {"check": 3 * MB, "scan": 3 * MB, "lint": MB // 5}


def in_a_fork(size: int, work: Callable[[], object]) -> None:
    """Assert that a child process does the work in a time and a memory in proportion.

    What grows with the square of the size takes far longer.

    Most take less than ten times the file, lines of three characters 25 times: `re.sub` has a text for each.
    """
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        gc.freeze()  # all that this process holds is not looked through, nor copied for it
        signal.alarm(60)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.process_time()
        work()
        seconds = time.process_time() - started
        memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        os.write(write, f"{seconds} {memory}".encode())
        os._exit(0)
    os.close(write)
    with open(read, encoding="ascii") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    assert status == 0
    seconds, memory = map(float, answer.split())
    print(f"{size / MB:.1f} MB: {seconds:.1f} s, {memory / MB:.0f} MB", file=sys.stderr)
    assert is_in_time(seconds, max(10, size / MB))
    assert memory <= max(64 * MB, 30 * size)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="measured in forks")
@pytest.mark.parametrize(("command", "name"), CASES)
def test_time_and_memory_are_in_proportion(command: str, name: str, tmp_path: Path) -> None:
    """Of 3 MB, or the largest contract, each takes a time and a memory in proportion."""
    path = tmp_path / "x.contract.json"
    path.write_bytes(CASES[command, name](LARGE[command]))
    run(command, "--help")
    in_a_fork(path.stat().st_size, lambda: run(command, path))


@pytest.mark.parametrize(("command", "name"), CASES)
def test_commands_end(command: str, name: str, tmp_path: Path) -> None:
    """The same of 30 kB: each ends with an exit status of its own, and a few lines."""
    path = tmp_path / "x.contract.json"
    path.write_bytes(CASES[command, name](30_000))
    ran = run(command, path)
    assert ran.status in {0, 1, 2}
    assert "Traceback" not in ran.err
    assert not [line for line in (ran.out + ran.err).splitlines() if line.startswith("::")]


def test_contracts_have_a_size(tmp_path: Path) -> None:
    """A contract of more than 256 KiB is refused unread, and so is a schema that one refers to."""
    path = tmp_path / "x.contract.json"
    path.write_bytes(b" " * (MB // 4 + 1))
    ran = run("lint", path)
    assert ran.status == 2
    assert f"at most {MB // 4} can be read" in ran.err.replace("\n", " ")
