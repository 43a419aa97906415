"""Live runs against a Spotify between which and the run something breaks: answers, or the connection."""

from __future__ import annotations

import gzip
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from xml.etree import ElementTree

import pytest

from pytest_spotify.cassettes import load
from pytest_spotify.plugin.items.live_run import NOT_ANSWERED
from pytest_spotify.sandbox import Sandbox
from tests.support.between import Between
from tests.support.loopback_server import Reply
from tests.support.machine import is_in_time
from tests.support.project import Project, no_traceback

OPERATIONS = (
    "get-track",
    "get-an-album",
    "get-an-artist",
    "get-current-users-profile",
    "get-playlist",
    "search",
)
MARKED = """
import pytest

@pytest.mark.spotify
@pytest.mark.parametrize("path", ["/me", "/tracks/11dFghVXANMlKmJXsNCbNl", "/albums/4aawyAB9vmqN3uQ7FjRGTy"])
def test_it(spotify_session, path):
    spotify_session.get(path).json()["id"].strip()
"""


def results(project: Project) -> list[tuple[str, float, str | None, str]]:
    """Return the name, the seconds, the cause and the text of each failure in the junit file."""
    found = []
    for case in ElementTree.parse(project.path / "junit.xml").iter("testcase"):
        failure, cause = case.find("*[@message]"), case.find("properties/property[@name='spotify_cause']")
        if failure is not None and failure.tag != "skipped":
            value = None if cause is None else cause.get("value")
            found.append((str(case.get("name")), float(case.get("time", "9")), value, failure.text or ""))
    return found


def mutate(reply: Reply, chance: random.Random) -> Reply:
    """Return a success answer broken in one of many ways: bytes, lengths, encodings, structure."""
    body, fields = reply.body, dict(reply.fields)
    place = chance.randrange(1, len(body) - 1)
    document = json.loads(body)
    kinds: list[Callable[[], bytes]] = [
        lambda: body[:place],
        lambda: b"",
        lambda: body + b"}",
        lambda: body.replace(b'"', b'"\xff', 1),
        lambda: b"\xef\xbb\xbf" + body,
        lambda: body.decode().encode("utf-16"),
        lambda: body[:-1] + b', "x": NaN}',
        lambda: body[:-1] + b', "x": 1e999}',
        lambda: body[:-1] + b', "x": ' + b"9" * 5000 + b"}",
        lambda: body[:-1] + b', "x": "\\ud800"}',
        lambda: body[:-1] + b', "type": 1, "type": 2}',
        lambda: body[:-1] + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        lambda: b'{"a":' * chance.randrange(70, 100_000),
        lambda: b"<html>\x1b[2J\x1b]0;x\x07</html>",
        lambda: b"null",
        lambda: b"[" + body + b"]",
        lambda: json.dumps(dict.fromkeys(document)).encode(),
        lambda: json.dumps(list(document)).encode(),
        lambda: bytes(chance.randrange(256) for _ in range(200)),
        lambda: json.dumps({"\x1b[31m::error::\r\n\u202e": "\x07"}).encode(),
    ]
    coded: dict[str, Callable[[], bytes]] = {
        "gzip": lambda: gzip.compress(body)[:-9],
        "x-gzip": lambda: gzip.compress(bytes(15_000_000)),
        "br": lambda: body,
        "gzip, gzip": lambda: gzip.compress(gzip.compress(body)),
        "deflate": lambda: b"\x78\x9c" + body,
    }
    number = chance.randrange(len(kinds) + len(coded))
    if number < len(kinds):
        return Reply(reply.status, fields, kinds[number]())
    coding = list(coded)[number - len(kinds)]
    return Reply(reply.status, fields | {"Content-Encoding": coding}, coded[coding]())


@pytest.mark.parametrize("number", [12, pytest.param(1000, marks=pytest.mark.slow)])
def test_mutated_answers(project: Project, sandbox: Sandbox, live: list[str], number: int):
    """Each is a contract failure of a few lines in due time: no traceback, no hang, no control character."""
    chance = random.Random(1)
    between = Between(sandbox, lambda reply: reply if reply.status != 200 else mutate(reply, chance))
    project.bundled(*OPERATIONS[: None if number > 100 else 2])
    project.file("test_it.py", MARKED)
    texts, slowest = 0, 0.0
    with between:
        while between.changed < number:
            before = between.changed
            result = project.run(*between.options, "-k", "not token and not own")
            no_traceback(result)
            failures = results(project)
            assert len(failures) == between.changed - before, result.stdout.str()
            for name, seconds, cause, text in failures:
                assert cause == "contract", (name, text)
                assert is_in_time(seconds, 10), (name, text)
                slowest = max(slowest, seconds)
                assert len(text.splitlines()) < 60, (name, text)
            assert not set(result.stdout.str()) & {"\x1b", "\x07", "\u202e"}
            texts += len(failures)
    print(f"{between.changed} mutated answers, {texts} contract texts, the slowest in {slowest:.1f} s")


def drip(body: bytes) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n"
    for piece in body[:4999]:
        yield bytes([piece])
        time.sleep(0.5)


def silence(ended: threading.Event) -> Iterator[bytes]:
    yield b""
    ended.wait(40)


FAULTS = ["latency", "cut", "reset", "half a header", "503"]


@pytest.mark.parametrize(
    "faults",
    [
        ["503", "cut"],
        pytest.param(FAULTS, marks=pytest.mark.slow),
        pytest.param([*FAULTS, "drip", "half-open"], marks=pytest.mark.slow),
    ],
)
def test_a_live_run_with_faults(project: Project, sandbox: Sandbox, live: list[str], faults: list[str]):
    """Every failure is an outage and none is drift or the contract's; no cassette is changed by it."""
    ended = threading.Event()
    project.bundled(*OPERATIONS[: {2: 1, 5: 2, 7: 4}[len(faults)]])
    project.file("test_it.py", MARKED)
    turn, met = iter(()), set[str]()

    def break_(reply: Reply) -> Reply:
        number = next(turn, 0)  # nothing breaks while it is recorded
        fault = faults[number // 3 % len(faults)] if number % 3 else ""
        met.add(fault)
        match fault:
            case "latency":
                time.sleep(0.1)
            case "cut":
                return Reply(raw=[b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", reply.body[:50]])
            case "reset":
                return Reply(raw=[])
            case "half a header":
                return Reply(raw=[b"HTTP/1.1 200 OK\r\nContent-Ty"])
            case "503":
                return Reply(503, {"Content-Type": "text/html"}, b"<html>upstream</html>")
            case "drip":
                return Reply(raw=drip(reply.body))
            case "half-open":
                return Reply(raw=silence(ended))
        return reply

    between = Between(sandbox, break_)
    arguments = [*between.options, "--record-mode=rewrite", "-k", "not bad-token", "."]
    with between:
        assert project.run(*arguments).ret == 0
        before = {path: load(path).exchanges for path in project.path.rglob("*.yaml")}
        turn = iter(range(10_000))
        result = project.run(*arguments)
        ended.set()
    no_traceback(result)
    failures = results(project)
    assert failures
    assert [failure for failure in failures if failure[2] != "service"] == []
    assert result.ret == NOT_ANSWERED
    assert met == {*faults, ""}
    result.stdout.no_fnmatch_line("*drift*")
    assert {path: load(path).exchanges for path in project.path.rglob("*.yaml")} == before
    print(f"{between.changed} faults, {len(failures)} outages, 0 drift")
