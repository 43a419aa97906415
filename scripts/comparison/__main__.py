"""Which of ten faults do tools find? Runs each tool on each fault, and writes docs/comparison.md.

    python scripts/comparison [NEWMAN]

Needs schemathesis, tavern (with pytest below 9), responses and pytest-recording beside this package, and
newman (npm) at the path NEWMAN. Everything talks to the sandbox. Prints each command with its exit status.

A tool finds a fault if its command, which ends with 0 while nothing is wrong, ends with 1 when the fault is
there.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import requests
from faults import FAULTS, PLAYLIST, Fault
from tools import PYTEST, TOOLS, Tool, write_examples, write_project

from pytest_spotify.cli.openapi import openapi
from pytest_spotify.sandbox import Sandbox

PAGE = Path(__file__).parents[2] / "docs" / "comparison.md"
TEMPLATE = Path(__file__).parent / "page.md"
BIN = Path(sys.executable).parent
NEWMAN = sys.argv[1] if len(sys.argv) > 1 else "newman"


class Trial:
    """A folder for each tool, and a sandbox that they talk to."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self.sandbox = sandbox
        self.quiet: dict[tuple[str, str], bool] = {}  # by tool and command: 0 while nothing is wrong
        write_project(folder)
        bodies = {fault.path: get(sandbox, fault.path) for fault in FAULTS}
        with Sandbox(access="extended") as older:
            playlist = bodies[f"/playlists/{PLAYLIST}"] = get(older, f"/playlists/{PLAYLIST}")
        (folder / "responses/bodies.json").write_text(json.dumps(bodies))
        (folder / "playlist.json").write_text(json.dumps(playlist))
        document = folder / "schemathesis/spotify.json"
        options = ["--access", "development", "--api-url", sandbox.api_url, "--output", str(document)]
        openapi(options, standalone_mode=False)
        write_examples(document)
        if self.run("recording", f"{PYTEST} -p no:spotify --record-mode=rewrite test_app.py"):
            raise SystemExit("a healthy API could not be recorded")

    def run(self, folder: str, command: str) -> int:
        """Return the exit status of a command, in the environment that the sandbox prints."""
        bearer = token(self.sandbox)
        name, *arguments = shlex.split(command.replace("API", self.sandbox.api_url))
        if name == "schemathesis":
            arguments += ["-H", f"Authorization: Bearer {bearer}"]
        if name == "newman":
            arguments += ["--env-var", f"api={self.sandbox.api_url}", "--env-var", f"token={bearer}"]
        ran = subprocess.run(
            [NEWMAN if name == "newman" else str(BIN / name), *arguments],
            cwd=self.folder / folder,
            env={**os.environ, **self.sandbox.variables, "TOKEN": bearer},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        print(f"  {ran.returncode}  {folder}$ {command}", flush=True)
        if os.environ.get("SHOW") == folder:
            print(ran.stdout[-3000:], ran.stderr[-2000:])
        return ran.returncode

    def finds(self, tool: Tool, fault: Fault) -> str:
        """Return `yes` or `no`, or `false alarm` where it fails while nothing is wrong."""
        command = tool.for_fixture if tool.for_fixture and fault.test == "rows" else tool.command
        command = command.replace("NAME", fault.test).replace("OPERATION", fault.operation)
        self.sandbox.reset()
        if fault.patch:
            key = tool.name, command
            if key not in self.quiet:
                self.quiet[key] = self.run(tool.folder, command) == 0
            if not self.quiet[key]:
                return "false alarm"
            self.sandbox.drift(fault.operation, [fault.patch])
        return "yes" if self.run(tool.folder, command) == 1 else "no"


def token(sandbox: Sandbox) -> str:
    """Return an access token of the sandbox's user."""
    response = requests.post(
        f"{sandbox.accounts_url}/api/token",
        data={"grant_type": "refresh_token", "refresh_token": sandbox.refresh_token},
        auth=(sandbox.client_id, sandbox.client_secret),
        timeout=30,
    )
    return str(response.json()["access_token"])


def get(sandbox: Sandbox, path: str) -> Any:
    """Ask a sandbox as the app does."""
    header = {"Authorization": f"Bearer {token(sandbox)}"}
    return requests.get(sandbox.api_url + path, headers=header, timeout=30).json()


def page(rows: list[list[str]]) -> str:
    """Return the page: what was done, the table, the commands."""
    head = ["fault", *(tool.name for tool in TOOLS)]
    found = ["**found of 10**", *(str(sum(row[i] == "yes" for row in rows)) for i in range(1, len(head)))]
    table = "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows, found])
    commands = "\n".join(f"| {tool.name} | `{tool.command}` |" for tool in TOOLS)
    names = ("responses", "pytest-recording", "tavern", "schemathesis")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    text = TEMPLATE.read_text(encoding="utf-8")
    return text.replace("@TABLE@", table).replace("@COMMANDS@", commands).replace("@VERSIONS@", versions)


def main() -> None:
    """Run everything, and write the page."""
    rows = []
    with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
        trial = Trial(Path(folder), sandbox)
        for fault in FAULTS:
            print(fault.text, flush=True)
            rows.append([fault.text, *(trial.finds(tool, fault) for tool in TOOLS)])
    PAGE.write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
