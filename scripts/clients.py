"""Run every client that people use for Spotify under the guard, and write docs/clients.md.

    python scripts/clients.py            with the clients that this Python can import
    python scripts/clients.py FOLDER     with all: makes two environments there by pip, if they are not there

Each client sends one request in a marked test: recorded from the sandbox, replayed, and sent to the sandbox.
No cell may be silent: the script fails if a test passes, its request is not checked, and nothing says so.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "clients.md"
_BEGIN, _END = "<!-- made by scripts/clients.py -->\n", "<!-- end -->\n"
# niquests takes urllib3's place, so that it has an environment of its own.
ENVIRONMENTS = {
    "main": [
        *("aioresponses", "aiosonic", "CacheControl", "curl_cffi", "grpcio", "hishel", "primp", "pycurl"),
        *("pytest-httpx", "requests-cache", "requests-mock", "requests-oauthlib", "respx", "rnet"),
        *("tls_client", "tornado", "aiohttp<3.14"),  # aioresponses 0.7.9 fails with a later one
    ],
    "niquests": ["niquests"],
}
MODES = {
    "record": ["--spotify-sandbox", "--record-mode=rewrite"],
    "replay": [],
    "sandbox": ["--spotify-sandbox"],
}
_TEST = """
import asyncio, json, os, subprocess, sys
import pytest

URL = "https://api.spotify.com/v1/albums/4aawyAB9vmqN3uQ7FjRGTy"

{get}

@pytest.mark.spotify({mark})
def test_it(spotify_token{fixtures}):
    headers = {{"Authorization": "Bearer " + spotify_token.reveal()}}
    try:
        body = get(headers{fixtures})
    except OSError as error:  # no network where this runs: a client that gets so far was not intercepted
        print("UNSEEN", error)
        return
    assert "album" in str(body)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client, the code that sends a request by it, and the modules that it needs."""

    name: str
    code: str
    modules: str = ""
    environment: str = "main"
    mark: str = ""
    fixtures: str = ""

    @property
    def test(self) -> str:
        """Return the test module."""
        fixtures = f", {self.fixtures}" if self.fixtures else ""
        head = f"def get(headers{fixtures}):"
        code = f"{head}\n{indent(dedent(self.code).strip(), '    ')}"
        return _TEST.format(get=code, mark=self.mark, fixtures=fixtures)


def native(name: str, code: str, modules: str = "") -> list[Client]:
    """Return a client that Python cannot intercept, alone and with the proxy."""
    return [
        Client(name=name, code=code, modules=modules),
        Client(name=f"{name}, `processes=True`", code=code, modules=modules, mark="processes=True"),
    ]


_ASYNC = "async def run():\n{}\nreturn asyncio.run(run())"


def asynchronous(code: str) -> str:
    """Return code that runs a coroutine."""
    return _ASYNC.format(indent(dedent(code).strip(), "    "))


CLIENTS = [
    Client(name="requests", code="import requests; return requests.get(URL, headers=headers).json()"),
    Client(
        name="urllib3",
        code="import urllib3; return urllib3.PoolManager().request('GET', URL, headers=headers).json()",
    ),
    Client(
        name="urllib",
        code="""
        from urllib.request import Request, urlopen
        return urlopen(Request(URL, headers=headers)).read()
        """,
    ),
    Client(
        name="http.client",
        code="""
        from http.client import HTTPSConnection
        connection = HTTPSConnection("api.spotify.com")
        connection.request("GET", URL.partition(".com")[2], headers=headers)
        return connection.getresponse().read()
        """,
    ),
    Client(
        name="httplib2",
        modules="httplib2",
        code="import httplib2; return httplib2.Http().request(URL, headers=headers)[1]",
    ),
    Client(name="httpx", modules="httpx", code="import httpx; return httpx.get(URL, headers=headers).json()"),
    Client(
        name="httpx, asynchronous",
        modules="httpx",
        code=asynchronous(
            """
            import httpx
            async with httpx.AsyncClient() as client:
                return (await client.get(URL, headers=headers)).json()
            """
        ),
    ),
    Client(
        name="httpcore",
        modules="httpcore",
        code="import httpcore; return httpcore.request('GET', URL, headers=headers).content",
    ),
    Client(
        name="aiohttp",
        modules="aiohttp",
        code=asynchronous(
            """
            import aiohttp
            async with aiohttp.ClientSession() as session, session.get(URL, headers=headers) as response:
                return await response.json()
            """
        ),
    ),
    Client(
        name="aiohttp, `middlewares=`",
        modules="aiohttp",
        code=asynchronous(
            """
            import aiohttp
            async def sign(request, send):
                request.headers.update(headers)
                return await send(request)
            async with aiohttp.ClientSession(middlewares=(sign,)) as session, session.get(URL) as response:
                return await response.json()
            """
        ),
    ),
    Client(
        name="tornado",
        modules="tornado",
        code=asynchronous(
            """
            from tornado.simple_httpclient import SimpleAsyncHTTPClient
            return (await SimpleAsyncHTTPClient().fetch(URL, headers=headers)).body
            """
        ),
    ),
    Client(
        name="niquests",
        modules="niquests",
        environment="niquests",
        code="import niquests; return niquests.get(URL, headers=headers).json()",
    ),
    Client(
        name="niquests, asynchronous",
        modules="niquests",
        environment="niquests",
        code=asynchronous(
            """
            import niquests
            async with niquests.AsyncSession() as session:
                return (await session.get(URL, headers=headers)).json()
            """
        ),
    ),
    Client(
        name="aiosonic",
        modules="aiosonic",
        code=asynchronous(
            """
            import aiosonic
            async with aiosonic.HTTPClient() as client:
                return await (await client.get(URL, headers=headers)).content()
            """
        ),
    ),
    Client(
        name="socket", code="import socket; socket.create_connection(('api.spotify.com', 443), timeout=5)"
    ),
    Client(
        name="asyncio streams",
        code=asynchronous("await asyncio.open_connection('api.spotify.com', 443, ssl=True)"),
    ),
    *native(
        "pycurl",
        """
        import io, certifi, pycurl
        body, curl = io.BytesIO(), pycurl.Curl()
        curl.setopt(curl.URL, URL)
        curl.setopt(curl.CAINFO, certifi.where())
        curl.setopt(curl.WRITEDATA, body)
        curl.setopt(curl.HTTPHEADER, [f"{name}: {value}" for name, value in headers.items()])
        try:
            curl.perform()
        except pycurl.error as error:
            raise OSError(str(error)) from None
        return body.getvalue()
        """,
        "pycurl",
    ),
    *native(
        "curl_cffi",
        "from curl_cffi import requests; return requests.get(URL, headers=headers).json()",
        "curl_cffi",
    ),
    *native(
        "primp",
        """
        import primp
        try:
            return primp.Client().get(URL, headers=headers).text
        except Exception as error:
            raise OSError(str(error)) from None
        """,
        "primp",
    ),
    *native(
        "rnet",
        asynchronous(
            """
            import rnet
            try:
                return await (await rnet.Client().get(URL, headers=headers)).text()
            except Exception as error:
                raise OSError(str(error)) from None
            """
        ),
        "rnet",
    ),
    *native(
        "tls_client",
        """
        import tls_client
        try:
            return tls_client.Session().get(URL, headers=headers).text
        except Exception as error:
            raise OSError(str(error)) from None
        """,
        "tls_client",
    ),
    *native(
        "grpcio",
        """
        import grpc
        channel = grpc.secure_channel("api.spotify.com:443", grpc.ssl_channel_credentials())
        try:
            channel.unary_unary("/v1/albums")(b"", timeout=3)
        except grpc.RpcError as error:
            raise OSError(str(error)) from None
        """,
        "grpc",
    ),
    *native(
        "curl in a process",
        """
        fields = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
        result = subprocess.run(["curl", "-sS", *fields, URL], capture_output=True)
        if result.returncode:
            raise OSError(result.stderr.decode())
        return result.stdout
        """,
    ),
    *native(
        "Python in a process",
        """
        code = f"import requests; print(requests.get({URL!r}, headers={headers!r}).text)"
        result = subprocess.run([sys.executable, "-c", code], capture_output=True)
        if result.returncode:
            raise OSError(result.stderr.decode())
        return result.stdout
        """,
    ),
    Client(
        name="spotipy",
        modules="spotipy",
        code="""
        import spotipy
        return spotipy.Spotify(auth=headers["Authorization"].split()[1]).album(URL.rpartition("/")[2])
        """,
    ),
    Client(
        name="tekore",
        modules="tekore",
        mark='access="extended"',
        code="""
        import tekore
        return tekore.Spotify(headers["Authorization"].split()[1]).album(URL.rpartition("/")[2])
        """,
    ),
    Client(
        name="spotifyaio",
        modules="spotifyaio",
        mark='access="extended"',
        code=asynchronous(
            """
            import spotifyaio
            async with spotifyaio.SpotifyClient() as client:
                client.authenticate(headers["Authorization"].split()[1])
                return await client.get_album(URL.rpartition("/")[2])
            """
        ),
    ),
    Client(
        name="requests-oauthlib",
        modules="requests_oauthlib",
        code="""
        from requests_oauthlib import OAuth2Session
        return OAuth2Session(token={"access_token": headers["Authorization"].split()[1]}).get(URL).json()
        """,
    ),
    Client(
        name="authlib",
        modules="authlib",
        code="""
        from authlib.integrations.requests_client import OAuth2Session
        token = {"access_token": headers["Authorization"].split()[1], "token_type": "Bearer"}
        return OAuth2Session(token=token).get(URL).json()
        """,
    ),
    Client(
        name="requests-cache",
        modules="requests_cache",
        code="""
        import requests_cache
        session = requests_cache.CachedSession(backend="memory", cache_control=True)
        session.get(URL, headers=headers)
        return session.get(URL, headers=headers).json()
        """,
    ),
    Client(
        name="CacheControl",
        modules="cachecontrol",
        code="""
        import cachecontrol, requests
        session = cachecontrol.CacheControl(requests.Session())
        session.get(URL, headers=headers)
        return session.get(URL, headers=headers).json()
        """,
    ),
    Client(
        name="hishel",
        modules="hishel",
        code="""
        import sqlite3, hishel, hishel.httpx
        storage = hishel.SqliteStorage(connection=sqlite3.connect(":memory:", check_same_thread=False))
        options = hishel.CacheOptions(shared=False)
        with hishel.httpx.CacheClient(storage=storage, rfc=options) as client:
            client.get(URL, headers=headers)
            return client.get(URL, headers=headers).json()
        """,
    ),
    Client(
        name="responses",
        modules="responses",
        code="""
        import requests, responses
        with responses.RequestsMock() as mock:
            mock.get(URL, json={"type": "album"})
            return requests.get(URL).json()
        """,
    ),
    Client(
        name="requests-mock",
        modules="requests_mock",
        code="""
        import requests, requests_mock
        with requests_mock.Mocker() as mock:
            mock.get(URL, json={"type": "album"})
            return requests.get(URL).json()
        """,
    ),
    Client(
        name="respx",
        modules="respx",
        code="""
        import httpx, respx
        with respx.mock:
            respx.get(URL).respond(json={"type": "album"})
            return httpx.get(URL).json()
        """,
    ),
    Client(
        name="httpx.MockTransport",
        modules="httpx",
        code="""
        import httpx
        mock = httpx.MockTransport(lambda request: httpx.Response(200, json={"type": "album"}))
        return httpx.Client(transport=mock).get(URL).json()
        """,
    ),
    Client(
        name="pytest-httpx",
        modules="pytest_httpx",
        fixtures="httpx_mock",
        code="""
        import httpx
        httpx_mock.add_response(url=URL, json={"type": "album"})
        return httpx.get(URL).json()
        """,
    ),
    Client(
        name="aioresponses",
        modules="aioresponses",
        code=asynchronous(
            """
            import aiohttp, aioresponses
            with aioresponses.aioresponses() as mock:
                mock.get(URL, payload={"type": "album"})
                async with aiohttp.ClientSession() as session, session.get(URL) as response:
                    return await response.json()
            """
        ),
    ),
]


def make_environments(folder: Path) -> dict[str, str]:
    """Return the Python of each environment, made by pip if it is not there."""
    pythons = {}
    for name, packages in ENVIRONMENTS.items():
        python = folder / name / "bin" / "python"
        if not python.exists():
            venv.create(folder / name, with_pip=True)
            pip = [str(python), "-m", "pip", "install", "--quiet"]
            subprocess.run([*pip, "--editable", f"{ROOT}[test]"], check=True)
            subprocess.run([*pip, *packages], check=True)
        pythons[name] = str(python)
    return pythons


_CONFTEST = """
import json

def pytest_runtest_logreport(report):
    found = getattr(report, "spotify", {})
    entry = {
        "test": report.nodeid,
        "failure": report.longreprtext if report.failed else "",
        "printed": report.capstdout if report.when == "call" else "",
        "checked": found.get("succeeded_operations", []),
        "mocked": found.get("local_responses", []),
        "nothing": found.get("sent_nothing", []),
    }
    with open("reports.jsonl", "a") as file:
        print(json.dumps(entry), file=file)
"""


def run_clients(clients: list[Client], python: str) -> dict[str, list[str]]:
    """Return the cells of each client, one for each mode; all clients run in one process."""
    cells: dict[str, list[str]] = {client.name: [] for client in clients}
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "conftest.py").write_text(_CONFTEST, encoding="utf-8")
        for number, client in enumerate(clients):
            Path(folder, f"test_{number}.py").write_text(client.test, encoding="utf-8")
        for mode, options in MODES.items():
            print(f"{mode}: {len(clients)} clients", file=sys.stderr)
            reports = _run(python, folder, options)
            for number, client in enumerate(clients):
                cells[client.name].append(cell(client, reports[f"test_{number}.py"]))
    return cells


def _run(python: str, folder: str, options: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Return the reports of each test module."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPOTIFY_")}
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    plugins = ["spotify", "recording", *(["pytest_httpx"] if _can_import(python, "pytest_httpx") else [])]
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += [part for name in plugins for part in ("-p", name)]
    path = Path(folder, "reports.jsonl")
    path.unlink(missing_ok=True)
    output = subprocess.run(
        [*command, *options], cwd=folder, env=environment, capture_output=True, text=True, check=False
    ).stdout
    if not path.exists():
        sys.exit(output)
    reports: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        report = json.loads(line)
        reports[report["test"].partition("::")[0]].append(report)
    return reports


def cell(client: Client, reports: list[dict[str, Any]]) -> str:
    """Return what the reports of a client's test show; raises ValueError if they show nothing."""
    failure = "\n".join(report["failure"] for report in reports if report["failure"])
    if "NetworkBlocked" in failure:
        named = re.search(r"(?:blocked: |E +)([\w ]+ is not intercepted)", failure)
        return f"refused: “{named[1] if named else 'replayed Spotify tests may only use localhost'}”"
    unseen = any("UNSEEN" in report["printed"] for report in reports)
    if failure:
        raise ValueError(f"{client.name} fails:\n{failure}")
    if any(report["checked"] for report in reports) and not unseen:
        return "works"
    if any(report["mocked"] for report in reports):
        return "the mock responds; told at the end"
    if any(report["nothing"] for report in reports):
        return "cannot be seen; told at the end"
    raise ValueError(f"{client.name}: nothing says what became of its request")


def _can_import(python: str, module: str) -> bool:
    command = [python, "-c", f"import {module}"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def table(pythons: dict[str, str]) -> str:
    """Return the table of the page."""
    cells: dict[str, list[str]] = {}
    for name, python in pythons.items():
        clients = [client for client in CLIENTS if client.environment == name]
        there = [client for client in clients if not client.modules or _can_import(python, client.modules)]
        cells |= run_clients(there, python)
    lines = ["| client | " + " | ".join(MODES) + " |", "| --- |" + " --- |" * len(MODES)]
    for client in CLIENTS:
        if client.name in cells:
            lines.append(f"| {client.name} | {' | '.join(cells[client.name])} |")
        else:
            print(f"{client.name}: not installed, left out", file=sys.stderr)
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the table into the page."""
    if shutil.which("curl") is None:
        sys.exit("curl is not installed: one of the clients is its program")
    if sys.argv[1:]:
        pythons = make_environments(Path(sys.argv[1]).resolve())
    else:
        pythons = dict.fromkeys(ENVIRONMENTS, sys.executable)
    made = table(pythons)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(_BEGIN)
    PAGE.write_text(f"{before}{_BEGIN}{made}{_END}{rest.partition(_END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
