"""The README keeps its word: every command and example in it is run, and what it shows is what is printed."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import chdir
from pathlib import Path
from unittest.mock import patch

import pytest

from pytest_spotify.sandbox import Sandbox
from tests.support.command import run as run_command
from tests.support.inner_run import PLUGINS_BY_VARIABLE
from tests.support.project import Project

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent

SET_UP = (
    "python3 -m venv .venv && .venv/bin/pip install -q -r requirements.txt"
    " && .venv/bin/pip install -q --no-build-isolation -e . && .venv/bin/pytest contracts"
)
TESTS = ".venv/bin/pytest -n auto --dist worksteal"
LOGIN = ".venv/bin/pytest-spotify login"
DOCTOR = ".venv/bin/pytest-spotify doctor"
SANDBOX = ".venv/bin/pytest-spotify sandbox"
IN_SANDBOX = ".venv/bin/pytest contracts --spotify-sandbox"
WITHOUT_TOKEN = ".venv/bin/pytest contracts --spotify-live -k no-token"
LIVE = ".venv/bin/pytest contracts --spotify-live"
INSTALL = "pip install '/path/to/the/checkout[sandbox]'"  # tests/e2e/test_wheel.py does
RECORD = "pytest test_player.py --record-mode=once"
REPLAY = "pytest test_player.py -o addopts="
MIGRATE = "pytest-spotify migrate test_player.py"
CHECK = "pytest-spotify check cassettes/development/test_player/test_the_player_finds_a_song.spotify.yaml"
LINT = ".venv/bin/pytest-spotify lint contracts"
RECORD_CONTRACT = (
    ".venv/bin/pytest contracts/GROUP/OPERATION.contract.json --spotify-sandbox --record-mode=once"
)
REPLAY_CONTRACT = ".venv/bin/pytest contracts/GROUP/OPERATION.contract.json"


BROWSER = """
import sys
from types import SimpleNamespace
from urllib.parse import parse_qsl, urlsplit

import requests

sys.path.insert(0, {root!r})
from tests.support.sandbox_client import Browser

asked = dict(parse_qsl(urlsplit(sys.argv[1]).query))
accounts = SimpleNamespace(
    accounts_url=sys.argv[1].partition("/authorize")[0],
    client_id=asked["client_id"],
    redirect_uri=asked["redirect_uri"],
)
with Browser(accounts) as browser:
    requests.get(browser.authorize(**asked).headers["location"], timeout=30)
"""


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


Run = Callable[..., str]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return what runs a command of the README in a folder, in this process, and returns its output."""
    project = Project(pytester, monkeypatch)

    def run(
        command: str, folder: Path, *, status: int = 0, environment: Mapping[str, str] | None = None
    ) -> str:
        program, *arguments = shlex.split(command.replace(".venv/bin/", ""))
        variables = {**os.environ, **home(folder), "COLUMNS": "80", **(environment or {})}
        with patch.dict(os.environ, variables, clear=True), chdir(folder):
            if program == "pytest":
                ran = project.run(*arguments)
                ended, output = int(ran.ret), ran.stdout.str() + ran.stderr.str()
            else:
                assert program == "pytest-spotify"
                told = run_command(*arguments, columns=80)
                ended, output = told.status, told.out + told.err
        assert ended == status, f"{command}\n{output}"
        return output

    return run


def home(folder: Path) -> dict[str, str]:
    """Return the variables that have nothing read or written outside the folder."""
    return {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config")}


def run_apart(
    command: str,
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
    verbatim: bool = False,
) -> str:
    """Run a command in a shell; unless `verbatim`, the environment of this test stands for `.venv`."""
    line = command if verbatim else command.replace(".venv/bin/", f"{shlex.quote(str(BIN))}/")
    ran = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env={
            **os.environ,
            **({} if verbatim else PLUGINS_BY_VARIABLE),
            "PATH": f"{BIN}:{os.environ['PATH']}",
            **home(folder),
            **(environment or {}),
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"{line}\n{ran.stdout}"
    return ran.stdout


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with the README's examples in it."""
    for block in [*blocks("python"), *blocks("toml")]:
        name = re.match(r"# (\w+\.\w+)\n", block)
        assert name, "an example names its file"
        (tmp_path / name[1]).write_text(block, encoding="utf-8")
    return tmp_path


ALL = [path.name.removesuffix(".contract.json") for path in (ROOT / "contracts").rglob("*.contract.json")]
FEW = ["get-an-album", "get-current-users-profile", "get-track"]


@pytest.fixture
def checkout(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Return a copy of what the contract suite needs of a checkout: a few operations, or a parameter's."""
    wanted = getattr(request, "param", FEW)
    shutil.copytree(ROOT / "contracts/schemas", tmp_path / "contracts/schemas")
    for file in (ROOT / "contracts").glob("*.json"):
        shutil.copy(file, tmp_path / "contracts")
    for operation in wanted:
        (contract,) = (ROOT / "contracts").glob(f"*/{operation}.contract.json")
        for path in (contract, *(ROOT / "cassettes").glob(f"*/*/{operation}")):
            to = tmp_path / path.relative_to(ROOT)
            to.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if path.is_dir() else shutil.copy)(path, to)
    (tmp_path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    return tmp_path


def live_at(sandbox: Sandbox) -> dict[str, str]:
    """Return an environment in which a live run finds the sandbox in Spotify's place."""
    addresses = f"--spotify-api-url={sandbox.api_url} --spotify-accounts-url={sandbox.accounts_url}"
    return {
        "PYTEST_ADDOPTS": addresses,
        "SPOTIFY_CLIENT_ID": sandbox.client_id,
        "SPOTIFY_CLIENT_SECRET": sandbox.client_secret,
        "SPOTIFY_REFRESH_TOKEN": sandbox.refresh_token,
    }


def test_every_command_is_run():
    """A command that no test below runs does not get into the README."""
    listed = [line for block in blocks("sh") for line in block.splitlines()]
    typed = [line.removeprefix("$ ") for block in blocks("console") for line in block.splitlines()]
    inline = re.findall(
        r"`((?:\.venv/bin/)?pytest(?:-spotify)? [^`]+)`", README.split("## Guard your own project")[1]
    )
    known = [
        *(INSTALL, RECORD, REPLAY, CHECK, MIGRATE),
        *(SET_UP, TESTS, LOGIN, DOCTOR, IN_SANDBOX, WITHOUT_TOKEN, LIVE),
        *(SANDBOX, LINT, RECORD_CONTRACT, REPLAY_CONTRACT),
    ]
    assert [*typed, *listed, *inline] == known


def test_the_two_commands_of_the_repository_are_the_first_to_copy():
    """Whoever takes the first block of shell commands has the set-up and the tests, as `.ci/run` does."""
    assert blocks("sh")[0].splitlines() == [SET_UP, TESTS]


def test_every_link_leads_somewhere():
    """A link to a file of the repository names one that is there."""
    for page in [ROOT / "README.md", *ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        text = page.read_text(encoding="utf-8")
        for link in re.findall(r"(?:\]\(|src=\")(?!https?:)([^)#\"]+)", text):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


def test_the_failing_output_is_real(project: Path, run: Run):
    """What the README shows of a failing test is what its example prints."""
    (shown,) = blocks("text")
    assert shown in run("pytest test_shelf.py --spotify-sandbox", project, status=1)


def test_a_marked_test_is_recorded_then_replayed(project: Path, run: Run):
    """The guard's example is recorded, replays without server and credentials, and its recording fits."""
    assert "1 passed" in run(RECORD, project)
    assert "1 passed" in run(REPLAY, project)
    assert "1 exchange" in run(CHECK, project)
    run(MIGRATE, project)


@pytest.mark.parametrize(
    "checkout", [FEW, pytest.param(ALL, marks=pytest.mark.slow)], ids=["few", "all"], indirect=True
)
def test_the_suite_runs_live(checkout: Path, sandbox: Sandbox, run: Run):
    """The live commands work; against a server that is not Spotify, but by the way to Spotify."""
    assert " passed" in run(IN_SANDBOX, checkout)
    environment = live_at(sandbox)
    assert " passed" in run(LIVE, checkout, environment=environment)
    without = {"PYTEST_ADDOPTS": environment["PYTEST_ADDOPTS"]}
    contracts = len([*(checkout / "contracts").rglob("*.contract.json")])
    assert f"{contracts} passed" in run(WITHOUT_TOKEN, checkout, environment=without)


def test_one_sign_in_serves_live_runs(checkout: Path, sandbox: Sandbox, run: Run):
    """After `login` in a browser, `doctor` finds nothing red, and a live run needs no refresh token."""
    browser = checkout / "browser"
    program = BROWSER.format(root=str(ROOT))
    browser.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, "-c", program])} "$1"\n', "utf-8")
    browser.chmod(0o700)
    environment = live_at(sandbox) | {
        "BROWSER": str(browser),
        "SPOTIFY_REDIRECT_URI": "http://127.0.0.1/callback",
    }
    del environment["SPOTIFY_REFRESH_TOKEN"]
    target = f" --api-url={sandbox.api_url} --accounts-url={sandbox.accounts_url}"
    run_apart(f"{LOGIN} --timeout=20{target}", checkout, environment=environment)
    run(DOCTOR + target, checkout, environment=environment)
    one = f"{LIVE} -k get-current-users-profile"
    assert " passed" in run(one, checkout, environment=environment)


def test_what_the_sandbox_prints_can_be_typed(checkout: Path):
    """Its variables and its first command, copied to the letter, run tests live."""
    serving = subprocess.Popen(
        [f"{BIN}/pytest-spotify", "sandbox"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    )
    assert serving.stdout is not None
    try:
        told = "".join(iter(serving.stdout.readline, "  pytest-spotify login\n"))
        variables = "".join(re.findall(r"^  export .*\n", told, re.MULTILINE))
        (command,) = re.findall(r"^  (pytest (?:.*\\\n)*.*)\n", told, re.MULTILINE)
        assert " passed" in run_apart(f"{variables}{command} contracts/users", checkout)
    finally:
        serving.terminate()
        serving.communicate()


def test_live_without_credentials_says_what_is_missing(checkout: Path, run: Run):
    """Before anything is sent, the run ends with the variables that the README names."""
    told = run(LIVE, checkout, status=4)
    for name in ("SPOTIFY_CLIENT_ID", "SPOTIFY_REFRESH_TOKEN"):
        assert name in README
        assert name in told


def test_a_contract_is_added_in_four_lines(checkout: Path, run: Run):
    """Who follows the four lines gets a contract that runs, and fails with a clear text when it is wrong."""
    group, operation = "tracks", "get-track"
    wanted = json.loads((checkout / f"contracts/{group}/{operation}.contract.json").read_text("utf-8"))
    (checkout / f"contracts/{group}/{operation}.contract.json").unlink()
    shutil.rmtree(checkout / f"cassettes/development/{group}/{operation}")

    def line(command: str) -> str:
        return command.replace("GROUP", group).replace("OPERATION", operation)

    made = checkout / f"contracts/{group}/{operation}.contract.json"
    shutil.copy(checkout / "contracts/albums/get-an-album.contract.json", made)
    content = json.loads(made.read_text("utf-8"))
    for key in ("operation", "method", "path", "docs", "access", "parameters", "responses", "cases"):
        content[key] = wanted[key]
    made.write_text(json.dumps(content, indent=2), encoding="utf-8")
    run(LINT, checkout)
    assert " passed" in run(line(RECORD_CONTRACT), checkout)
    assert " passed" in run(line(REPLAY_CONTRACT), checkout)

    schema = {"type": "object", "required": ["tempo"], "properties": {"tempo": {"type": "number"}}}
    content["responses"]["200"]["schema"] = schema
    made.write_text(json.dumps(content, indent=2), encoding="utf-8")
    told = run(line(REPLAY_CONTRACT), checkout, status=1)
    assert "/tempo" in told
    assert "replayed: cassettes/development/tracks/get-track/" in told
    assert "Traceback" not in told


@pytest.mark.slow
def test_a_fresh_machine_is_set_up_by_two_lines(tmp_path: Path):
    """On a copy with nothing installed the first line ends green, and so does the second."""
    fresh = tmp_path / "pytest-spotify"
    left_out = shutil.ignore_patterns(".git", ".venv", ".tox", ".*_cache", ".hypothesis", "__pycache__")
    shutil.copytree(ROOT, fresh, ignore=left_out)
    assert re.search(r"\d+ passed in .*\n$", run_apart(SET_UP, fresh, verbatim=True))
    if not subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode:
        assert " passed" in run_apart("unshare -rn .venv/bin/pytest contracts", fresh, verbatim=True)
    assert re.search(r"\d+ passed.* in .*\n$", run_apart(TESTS, fresh, verbatim=True))
