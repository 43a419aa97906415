"""The tools, and the files that each of them needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from faults import EXPECTED, FAULTS, PLAYLIST, Fault

PROJECT = Path(__file__).parent / "project"
TAVERN_TYPES = {"string": "anystr", "number": "anyint", "array": "anylist", "object": "anydict"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool: its folder, and the commands for a fault. `NAME`, `OPERATION` and `API` are filled in."""

    name: str
    folder: str
    command: str
    for_fixture: str = ""


PYTEST = "pytest -q -p no:cacheprovider"
TOOLS = [
    Tool(name="responses", folder="responses", command=f"{PYTEST} -p no:spotify test_app.py -k test_NAME"),
    Tool(
        name="pytest-recording, replayed",
        folder="recording",
        command=f"{PYTEST} -p no:spotify test_app.py -k test_NAME",
    ),
    Tool(
        name="pytest-recording, recorded anew",
        folder="anew",
        command=f"{PYTEST} -p no:spotify --record-mode=rewrite test_app.py -k test_NAME",
    ),
    Tool(
        name="Tavern",
        folder="tavern",
        command=f"{PYTEST} -p no:spotify -p no:recording test_NAME.tavern.yaml",
    ),
    Tool(name="Newman", folder="newman", command="newman run collection.json --folder NAME"),
    Tool(
        name="Schemathesis, with our OpenAPI",
        folder="schemathesis",
        command="schemathesis run spotify.json --url API --include-operation-id OPERATION --phases examples"
        " --checks status_code_conformance,content_type_conformance,response_schema_conformance",
    ),
    Tool(
        name="pytest-spotify",
        folder="spotify",
        command=f"{PYTEST} --spotify-live test_app.py -k test_NAME",
        for_fixture="pytest-spotify check --operation get-playlist ../playlist.json",
    ),
]


def write_project(folder: Path) -> None:
    """Write the folder of each tool, but for what has to be asked for first."""
    for tool in TOOLS:
        (folder / tool.folder).mkdir()
        (folder / tool.folder / "pytest.ini").write_text("[pytest]\n")
    app, tests = ((PROJECT / name).read_text() for name in ("app.py", "test_app.py"))
    for name, mark in {"responses": "", "recording": "vcr", "anew": "vcr", "spotify": "spotify"}.items():
        marked = f"import pytest\n\npytestmark = pytest.mark.{mark}\n\n" if mark else ""
        (folder / name / "app.py").write_text(app)
        (folder / name / "test_app.py").write_text(marked + tests)
    (folder / "responses/conftest.py").write_text((PROJECT / "mocks.py").read_text())
    for fault in _requests():
        (folder / f"tavern/test_{fault.test}.tavern.yaml").write_text(_tavern(fault))
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    items = [_postman(fault) for fault in _requests()]
    content = {"info": {"name": "Spotify", "schema": schema}, "item": items}
    (folder / "newman/collection.json").write_text(json.dumps(content))


def write_examples(file: Path) -> None:
    """Give each operation of an OpenAPI file the app's own values as examples: ask what the app asks."""
    document = json.loads(file.read_text())
    for fault in FAULTS:
        path, _, query = fault.path.partition("?")
        values = dict(parse_qsl(query)) | {"id": f"{path}//".split("/")[2], "playlist_id": PLAYLIST}
        for operations in document["paths"].values():
            operation = operations.get("get", {})
            if operation.get("operationId") == fault.operation:
                for each in operation.get("parameters", ()):
                    if each["name"] in values:
                        each["example"] = values[each["name"]]
    file.write_text(json.dumps(document))


def _requests() -> Iterator[Fault]:
    """Yield one fault for each test: a request that the app sends."""
    yield from {fault.test: fault for fault in FAULTS}.values()


def _tavern(fault: Fault) -> str:
    fields = EXPECTED[fault.test].items()
    lines = "\n".join(f"        {name}: !{TAVERN_TYPES[kind]}" for name, kind in fields)
    text = (PROJECT / "tavern.yaml").read_text()
    return text.replace("@NAME@", fault.test).replace("@PATH@", fault.path).replace("@FIELDS@", lines)


def _postman(fault: Fault) -> dict[str, Any]:
    lines = ["pm.response.to.have.status(200);", "const body = pm.response.json();"]
    lines += [f"pm.expect(body.{name}).to.be.a('{kind}');" for name, kind in EXPECTED[fault.test].items()]
    script = ["pm.test('as documented', () => {", *lines, "});"]
    header = [{"key": "Authorization", "value": "Bearer {{token}}"}]
    return {
        "name": fault.test,
        "request": {"method": "GET", "url": "{{api}}" + fault.path, "header": header},
        "event": [{"listen": "test", "script": {"exec": script}}],
    }
