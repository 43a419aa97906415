"""Secrets in every place and form, recorded by marked tests through four clients: none in any file."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest

from pytest_spotify.redaction.scan import find_secrets
from tests.support.loopback_server import LoopbackServer, Received, Reply, as_json
from tests.support.project import Project
from tests.support.secret_forms import FORMS, PACKED, new_secret

CLIENTS = ("requests", "urllib", "httpx", "aiohttp")

TESTS = """
import asyncio, json
from pathlib import Path
from urllib.request import Request, urlopen
from urllib.error import HTTPError

import aiohttp, httpx, pytest, requests

PLAN = json.loads(Path(__file__).with_name("plan.json").read_text())

def by_requests(method, url, headers, body):
    return requests.request(method, url, headers=headers, data=body, allow_redirects=False, timeout=9).content

def by_urllib(method, url, headers, body):
    try:
        with urlopen(Request(url, method=method, headers=headers, data=body), timeout=9) as answer:
            return answer.read()
    except HTTPError as error:
        return error.read()

def by_httpx(method, url, headers, body):
    return httpx.request(method, url, headers=headers, content=body, timeout=9).content

def by_aiohttp(method, url, headers, body):
    async def ask():
        async with aiohttp.ClientSession() as session:
            asked = session.request(method, url, headers=headers, data=body, allow_redirects=False)
            async with asked as answer:
                return await answer.read()
    return asyncio.run(ask())

@pytest.mark.spotify
@pytest.mark.parametrize("number", range(len(PLAN)))
def test_planted(number, spotify_target):
    one = PLAN[number]
    body = one["body"].encode() if one["body"] else None
    url = spotify_target.api_url + one["path"]
    globals()["by_" + one["client"]](one["method"], url, one["headers"], body)
"""


@dataclass
class Planted:
    """One secret in one place: what is asked, and what is answered."""

    place: str
    secret: str
    text: str
    path: str
    client: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    reply: Reply = field(default_factory=lambda: as_json({"planted": True}))


def places(text: str, path: str) -> Iterator[tuple[str, dict[str, object]]]:
    """Yield every place of an exchange with a text in it; what no header can carry is left to the bodies."""
    api = "https://api.spotify.com/v1"
    if text.isprintable():
        for name, value in {
            "Authorization": f"Bearer {text}",
            "Authorization, Basic": f"Basic {text}",
            "Authorization, no scheme": text,
            "Proxy-Authorization": f"Basic {text}",
            "Cookie": f"sp_dc={text}",
            "X-Token": text,
            "Accept": f"application/json;x={text}",
            "Content-Type": f"application/json; {text}",
        }.items():
            yield name, {"headers": {name.partition(",")[0]: value}}
        for name, value in {
            "Set-Cookie": f"sp_t={text}; Path=/",
            "Location": f"https://example.org/callback?code={text}",
            "Link": f"<{api}/me?code={text}>; rel=next",
            "WWW-Authenticate": f'Bearer realm="{text}"',
            "Cache-Control": f"private, {text}",
            "X-Answer": text,
        }.items():
            yield f"answered {name}", {"reply": Reply(200, {name: value}, b"{}")}
    yield "query", {"path": f"{path}?q={quote(text, safe='')}"}
    yield "path", {"path": f"{path}/{quote(text, safe='')}"}
    yield "form", {"method": "POST", "body": f"grant_type=x&code={quote(text, safe='')}&x=1"}
    yield "multipart", {"method": "POST", "body": f"--x\r\n\r\n{text}\r\n--x--"}
    yield "JSON sent", {"method": "PUT", "body": json.dumps({"a": [text]})}
    for name, document in {
        "JSON string": {"a": {"b": [{"c": text}]}},
        "JSON key": {"a": {text: 1}},
        "JSON link": {"next": f"{api}/me?access_token={text}&x=1"},
        "error": {"error": "invalid", "error_description": f"bad {text}"},
        "person": {"owner": {"id": text, "type": "user", "display_name": text}, "email": text},
    }.items():
        yield name, {"reply": as_json(document)}
    yield (
        "JSON as it is",
        {"reply": Reply(200, {"Content-Type": "application/json"}, f'{{"a": "{text}"}}'.encode())},
    )
    yield "HTML", {"reply": Reply(502, {"Content-Type": "text/html"}, f"<html><b>{text}</b>".encode())}
    yield "plain text", {"reply": Reply(200, {"Content-Type": "text/plain"}, text.encode())}
    for coding in ("gzip", "deflate", "br", "zstd"):
        fields = {"Content-Type": "application/json", "Content-Encoding": coding}
        packed = PACKED[coding](json.dumps({"a": text}).encode())
        yield f"JSON in {coding}", {"reply": Reply(200, fields, packed)}
    image = b"\xff\xd8\xff\xe0\0" + text.encode() + b"\xff\xd9"
    yield "image", {"reply": Reply(200, {"Content-Type": "image/jpeg"}, image)}


def planted(part: slice) -> list[Planted]:
    """Return a part of all: every form in every place, by one client after the other."""
    rng = random.Random(5)
    every = [
        (form, at, place)
        for form, write in FORMS.items()
        for at, (place, _) in enumerate(places(write(new_secret(rng)), ""))
    ]
    found = []
    for number, (form, at, place) in list(enumerate(every))[part]:
        secret = new_secret(rng)
        text, path, client = FORMS[form](secret), f"/planted/{len(found)}-", CLIENTS[number % 4]
        change = list(places(text, path))[at][1]
        name = f"{place}, {form}, {client}"
        found.append(Planted(name, secret, text, **{"path": path, "client": client, **change}))
    return found


BATCHES = 5  # of some two hundred each; each meets all four clients
SMALL = pytest.param(slice(None, None, 61), 16, id="some")
ALL = [
    pytest.param(slice(at, None, BATCHES), 200, marks=pytest.mark.slow, id=f"batch {at + 1} of {BATCHES}")
    for at in range(BATCHES)
]


@pytest.mark.parametrize(("part", "least"), [SMALL, *ALL])
def test_no_file_holds_a_planted_secret(
    project: Project, monkeypatch: pytest.MonkeyPatch, part: slice, least: int
):
    """Each is scrubbed, or its recording refused; neither files nor terminal hold it in any encoding."""
    plan = planted(part)
    assert len(plan) >= least
    assert {one.client for one in plan} == set(CLIENTS)
    for at, one in enumerate(plan):
        monkeypatch.setenv(f"SPOTIFY_SEED_{at}", one.secret)
    monkeypatch.setenv("SPOTIFY_CLIENT_ID", "0123456789abcdef0123456789abcdef")

    def answer(received: Received) -> Reply:
        return plan[int(received.path.split("/planted/")[1].partition("-")[0])].reply

    project.file("test_plant.py", TESTS)
    kept = ("client", "method", "path", "headers", "body")
    orders = project.path / "plan.json"
    orders.write_text(json.dumps([{name: getattr(one, name) for name in kept} for one in plan]))
    with LoopbackServer(answer) as server:
        result = project.run(
            *("--spotify-live", "--spotify-write", "--record-mode=rewrite", "-q", "--tb=line", "-rN"),
            *(f"--spotify-api-url={server.url}/v1", f"--spotify-accounts-url={server.url}/accounts"),
        )
    assert len({received.path for received in server.received}) == len(plan)
    outcomes, written, shown = result.parseoutcomes(), project.cassettes(), result.stdout.str()
    print(f"{len(plan)} planted, {len(written)} written, {outcomes}")
    assert len(written) > len(plan) / 4
    assert outcomes["errors"] == shown.count("not written, it would hold a secret:\n")
    everything = b"\n".join(written.values()).lower()
    for at, one in enumerate(plan):
        for text in (one.secret, one.text, json.dumps(one.text)):
            assert text.lower().encode() not in everything, one.place
        assert one.secret[:8] not in shown, one.place
        for name, data in written.items():
            if f"test_planted-{at}-" in name:
                assert find_secrets(data, {one.place: one.secret}, name) == []
