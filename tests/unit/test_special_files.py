"""What is no regular file, where a contract, recorded traffic or a body is expected."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_spotify.contracts.loader import contract_files, is_contract, load_contract, load_schemas
from pytest_spotify.errors import InvalidContract
from tests.support.command import run
from tests.support.contract_files import contract, write
from tests.support.project import Project, no_traceback


def make_socket(path: Path) -> None:
    # A socket's address may not be long, and a test's folder is.
    folder = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"/proc/self/fd/{folder}/{path.name}")
    os.close(folder)


def make_link_loop(path: Path) -> None:
    other = path.with_name(f"other-{path.name}")
    other.symlink_to(path)
    path.symlink_to(other)


KINDS: dict[str, Callable[[Path], None]] = {
    "FIFO": os.mkfifo,
    "link to a FIFO": lambda path: (os.mkfifo(path.with_name("pipe")), path.symlink_to("pipe"))[0],
    "device": lambda path: path.symlink_to("/dev/zero"),
    "socket": make_socket,
    "folder": lambda path: (path / "inner").mkdir(parents=True),
    "links in a circle": make_link_loop,
    "link to itself": lambda path: path.symlink_to(path.name),
    "link to nothing": lambda path: path.symlink_to("nothing"),
}
pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="files of Linux")
kinds = pytest.mark.parametrize("kind", KINDS)


@kinds
@pytest.mark.parametrize("command", ["lint", "check", "scan", "diff", "migrate", "openapi"])
def test_commands_refuse_it_at_once(kind: str, command: str, tmp_path: Path) -> None:
    """Named itself or found in a folder, it is refused in a line or left out, and never waited for."""
    path = tmp_path / "folder" / "x.contract.json"
    path.parent.mkdir()
    KINDS[kind](path)

    for named in (path, path.parent):
        ran = run(command, named)
        assert ran.status in {0, 2}
        assert "Traceback" not in ran.err
        assert (ran.out + ran.err).count("\n") <= 12
        if named == path and kind != "folder" and command in {"lint", "check", "scan"}:
            assert ran.status == 2
            assert path.name in ran.err


@kinds
def test_a_contract_is_refused_at_once(kind: str, tmp_path: Path) -> None:
    """Its author is told that it is no regular file; one that is named by a reference is refused as well."""
    path = tmp_path / "x.contract.json"
    KINDS[kind](path)
    schemas = load_schemas()

    assert kind == "folder" or is_contract(path)
    assert path in contract_files(tmp_path)
    with pytest.raises(
        InvalidContract, match=r"x\.contract\.json: (not a regular file|a directory|cannot be)"
    ):
        load_contract(path, schemas)
    reference = {"$ref": "x.contract.json"}
    other = write(
        tmp_path, contract(responses={"200": {"body": "json", "schema": reference}}), "a.contract.json"
    )
    with pytest.raises(InvalidContract, match=r"not a regular file|a directory|cannot be|leads out of"):
        load_contract(other, schemas)


@kinds
def test_a_run_refuses_it_at_once(kind: str, project: Project) -> None:
    """As a contract of the project, as a cassette and as a body it fails in a line what needs it."""
    for name in ("contracts/x.contract.json", "cassettes/test_it/test_it.yaml", "bodies/x.json"):
        (project.path / name).parent.mkdir(parents=True)
        KINDS[kind](project.path / name)
    project.file("tox.ini", "[pytest]\nspotify_bodies = bodies/*.json = get-track")
    project.file(
        "test_it.py",
        """
        import pytest, requests

        @pytest.mark.spotify
        def test_it():
            requests.get("https://api.spotify.com/v1/tracks/11dFghVXANMlKmJXsNCbNl", timeout=9)
        """,
    )
    result = project.run()
    assert result.ret != 0
    no_traceback(result)
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
