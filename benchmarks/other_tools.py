"""100 checks of one recorded album, whole runs, start-up included: this plugin and four other tools.

`python benchmarks/other_tools.py [--tavern-ci PATH] [--newman PATH] [--stepci PATH] [--schemathesis PATH]`; a
program is otherwise looked for on PATH, and skipped where it is not. A check asks for the album, and holds
status and body to the contract's schema:

- This plugin replays 100 cases of one contract from 100 cassettes, in a pytest that loads no other plugin, as
  the environments of the other tools have nothing else either.
- The others have no replay that checks. They ask a server on loopback, in a process of its own: its CPU time
  is not counted, but elapsed time has what it takes. It is as fast as Python's standard library allows: bytes
  made beforehand for whatever is asked, on connections that are kept.

Each tool is first seen to fail where a field of the body has another name, and is used in the fastest way
known to make the check:

- Tavern has no JSON Schema; a function beside its test calls jsonschema-rs, as this plugin does.
- Newman repeats one request and reports nothing. Its sandbox compiles the schema for each response.
- Step CI would too, but keeps the reference to a schema that refers to itself, and compiles that once.
- Schemathesis sends 100 examples of the id, from an OpenAPI document of this operation alone.
"""

import argparse
import json
import multiprocessing
import shutil
import socket
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any, NamedTuple

from measure import interleaved, run, tell
from recorded_tests import RECORDED, URL, write_cases

from pytest_spotify.cassettes import load, refresh_checksum
from pytest_spotify.cli.openapi import openapi
from pytest_spotify.exchange import API_URL

NUMBER = 100
ROUNDS = 3
ALBUM = URL.removeprefix(API_URL)
HEADERS = {"Accept": "application/json", "Authorization": "Bearer a"}
SCHEMAS = "#/components/schemas/"
PYTEST = ["-q", "-p", "no:cacheprovider"]
VARIABLES = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "STEPCI_DISABLE_ANALYTICS": "1"}

TAVERN_TEST = f"""
test_name: album
marks:
  - parametrize: {{key: n, vals: {[*range(NUMBER)]}}}
stages:
  - name: album
    request: {{url: "API{ALBUM}", method: GET, headers: {json.dumps(HEADERS)}}}
    response:
      status_code: 200
      verify_response_with: {{function: "album_schema:validate"}}
"""
TAVERN_FUNCTION = """
import json
from pathlib import Path

import jsonschema_rs

validator = jsonschema_rs.validator_for(json.loads(Path("schema.json").read_text("utf-8")))

def validate(response):
    validator.validate(response.json())
"""
NEWMAN_SCRIPT = """
const schema = SCHEMA;
pm.test("as documented", () => {
    pm.response.to.have.status(200);
    pm.response.to.have.jsonSchema(schema);
});
"""


class Tool(NamedTuple):
    """A tool: the program to look for, what writes its files, its exit status if a check fails, its bar."""

    name: str
    program: str
    write: Callable[[Path, str, str], list[str]]  # given a folder, the program and the API's address
    failed: int
    bar: float


class AlbumHandler(BaseRequestHandler):
    """Sends the same bytes for every request of a connection; none of them has a body."""

    response = b""

    def handle(self) -> None:
        """Answer until the connection is closed."""
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        received = b""
        while data := self.request.recv(65536):
            *requests, received = (received + data).split(b"\r\n\r\n")
            for _ in requests:
                self.request.sendall(self.response)


class AlbumServer(ThreadingTCPServer):
    """A thread for each connection."""

    daemon_threads = True
    request_queue_size = NUMBER  # Step CI opens as many at once


def main(*arguments: str) -> None:
    """Print the ratios."""
    parser = argparse.ArgumentParser()
    for tool in TOOLS:
        parser.add_argument(f"--{tool.program}", dest=tool.name, default=tool.program)
    programs = {}
    for name, program in vars(parser.parse_args(arguments)).items():
        if found := shutil.which(program):
            programs[name] = str(Path(found).absolute())
        else:
            print(f"{name}: skipped, there is no {program}")
    if not programs:
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        spoiled = folder / "spoiled.yaml"
        text = RECORDED.read_bytes().replace(b'"album_type": "', b'"album_form": "')
        spoiled.write_bytes(refresh_checksum(text) or b"")
        status = {"pytest-spotify": 1} | {tool.name: tool.failed for tool in TOOLS}
        with commands(folder / "spoiled", programs, spoiled) as each:
            for name, command in each.items():
                run(command, folder / "spoiled" / name, expected=status[name], **VARIABLES)
        with commands(folder / "recorded", programs, RECORDED) as each:
            _compare(folder / "recorded", each)


def _compare(folder: Path, commands: Mapping[str, list[str]]) -> None:
    elapsed: dict[str, list[float]] = {name: [] for name in commands}

    def task(name: str) -> float:
        taken = run(commands[name], folder / name, **VARIABLES)
        elapsed[name].append(taken.elapsed)
        return taken.cpu

    cpu = interleaved({name: lambda name=name: task(name) for name in commands}, rounds=ROUNDS)
    clock = {name: statistics.median(seconds[1:]) for name, seconds in elapsed.items()}
    for what, took in {"processor time": cpu, "elapsed time": clock}.items():
        ours = took.pop("pytest-spotify")
        for tool in TOOLS:
            if tool.name in took:
                shown = f"{ours:.2f} s, {tool.name} {took[tool.name]:.2f} s"
                tell(
                    f"{NUMBER} contracts / with {tool.name}, {what}", ours / took[tool.name], tool.bar, shown
                )


@contextmanager
def commands(folder: Path, programs: Mapping[str, str], cassette: Path) -> Iterator[dict[str, list[str]]]:
    """Yield the command of each tool that makes the checks, in a folder of its name, while a server runs."""
    found = {}
    with _served(cassette) as api:
        for tool in TOOLS:
            if tool.name in programs:
                (folder / tool.name).mkdir(parents=True)
                found[tool.name] = tool.write(folder / tool.name, programs[tool.name], api)
        write_cases(folder / "pytest-spotify", NUMBER, cassette)
        pytest = [sys.executable, "-m", "pytest", *PYTEST, "-p", "spotify", "contracts"]
        yield {"pytest-spotify": pytest, **found}


@contextmanager
def _served(cassette: Path) -> Iterator[str]:
    """Yield the address of a server that answers as recorded."""
    recorded = load(cassette).exchanges[0].response
    fields = [f"HTTP/1.1 {recorded.status} -", *(f"{name}: {value}" for name, value in recorded.headers)]
    head = "\r\n".join([*fields, f"Content-Length: {len(recorded.body)}", "", ""])
    receiver, sender = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.Process(target=_serve, args=(head.encode() + recorded.body, sender))
    process.start()
    try:
        yield f"http://127.0.0.1:{receiver.recv()}"
    finally:
        process.terminate()
        process.join()


def _serve(response: bytes, port: Connection) -> None:
    AlbumHandler.response = response
    with AlbumServer(("127.0.0.1", 0), AlbumHandler) as server:
        port.send(server.server_address[1])
        server.serve_forever()


def _write_tavern(folder: Path, program: str, api: str) -> list[str]:
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\n", "utf-8")
    (folder / "test_album.tavern.yaml").write_text(TAVERN_TEST.replace("API", api), "utf-8")
    (folder / "album_schema.py").write_text(TAVERN_FUNCTION, "utf-8")
    (folder / "schema.json").write_text(json.dumps(_draft7_schema()), "utf-8")
    return [
        str(Path(program).resolve().with_name("pytest")),
        *PYTEST,
        "-p",
        "tavern",
        "test_album.tavern.yaml",
    ]


def _write_newman(folder: Path, program: str, api: str) -> list[str]:
    headers = [{"key": name, "value": value} for name, value in HEADERS.items()]
    script = NEWMAN_SCRIPT.replace("SCHEMA", json.dumps(_draft7_schema())).splitlines()
    item = {
        "name": "album",
        "request": {"method": "GET", "url": api + ALBUM, "header": headers},
        "event": [{"listen": "test", "script": {"exec": script}}],
    }
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    content = {"info": {"name": "Spotify", "schema": schema}, "item": [item]}
    (folder / "collection.json").write_text(json.dumps(content), "utf-8")
    return [program, "run", "collection.json", "--silent", "--iteration-count", str(NUMBER)]


def _write_stepci(folder: Path, program: str, api: str) -> list[str]:
    schemas = _draft7(_document()["components"]["schemas"])
    schemas["album"]["definitions"] = {"album": {"$ref": f"{SCHEMAS}album"}}
    check = {"status": 200, "schema": {"$ref": f"{SCHEMAS}album"}}
    request = {"url": api + ALBUM, "method": "GET", "headers": HEADERS, "check": check}
    tests = {f"album-{n}": {"steps": [{"http": request}]} for n in range(NUMBER)}
    workflow = {"version": "1.1", "name": "Spotify", "components": {"schemas": schemas}, "tests": tests}
    (folder / "workflow.yml").write_text(json.dumps(workflow), "utf-8")
    return [program, "run", "workflow.yml"]


def _write_schemathesis(folder: Path, program: str, api: str) -> list[str]:
    document = _document()
    (operation,) = (methods["get"] for methods in document["paths"].values())
    examples = {f"album-{n}": {"value": f"{n:022}"} for n in range(NUMBER)}
    operation["parameters"] = [operation["parameters"][0] | {"examples": examples}]
    (folder / "spotify.json").write_text(json.dumps(document), "utf-8")
    checks = "status_code_conformance,content_type_conformance,response_schema_conformance"
    options = ["--url", api, "--phases", "examples", "--checks", checks]
    return [program, "run", "spotify.json", *options, "-H", f"Authorization: {HEADERS['Authorization']}"]


def _document() -> dict[str, Any]:
    """Return our OpenAPI document with the one operation, its response 200 and the schemas that they use."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "spotify.json")
        openapi(["--access", "development", "--output", str(file)], standalone_mode=False)
        document: dict[str, Any] = json.loads(file.read_text("utf-8"))
    operation = document["paths"]["/albums/{id}"]["get"]
    operation["responses"] = {"200": operation["responses"]["200"]}
    document["paths"] = {"/albums/{id}": {"get": operation}}
    schemas = document["components"]["schemas"]
    used: dict[str, Any] = {}
    todo = [operation]
    while todo:
        value = todo.pop()
        todo += value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        name = value["$ref"].removeprefix(SCHEMAS) if isinstance(value, dict) and "$ref" in value else None
        if name and name not in used:
            used[name] = schemas[name]
            todo.append(schemas[name])
    document["components"]["schemas"] = used
    return document


def _draft7_schema() -> dict[str, Any]:
    """Return the schema of an album in one piece, as JSON Schema draft 7."""
    schemas = _draft7(_document()["components"]["schemas"])
    return {"allOf": [{"$ref": f"{SCHEMAS}album"}], "components": {"schemas": schemas}}


def _draft7(value: Any) -> Any:
    """Return schemas of draft 2020-12 as draft 7 has them, without annotations."""
    if isinstance(value, list):
        return [_draft7(each) for each in value]
    if not isinstance(value, dict):
        return value
    names = {"dependentSchemas": "dependencies"}
    schema = {names.get(name, name): _draft7(each) for name, each in value.items() if name not in ANNOTATIONS}
    if "$ref" in schema and len(schema) > 1:  # draft 7 reads nothing beside a reference
        schema["allOf"] = [*schema.get("allOf", ()), {"$ref": schema.pop("$ref")}]
    return schema


ANNOTATIONS = {"$comment", "title", "x-source"}
TOOLS = [
    Tool("Tavern", "tavern-ci", _write_tavern, 1, 1 / 6),
    Tool("Newman", "newman", _write_newman, 1, 1 / 6),
    Tool("Step CI", "stepci", _write_stepci, 5, 1 / 6),
    Tool("Schemathesis", "schemathesis", _write_schemathesis, 1, 1 / 4),
]

if __name__ == "__main__":
    main(*sys.argv[1:])
